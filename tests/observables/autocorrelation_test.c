#include "testing.h"

#include <stdlib.h>

static double curve_values[16][128];

// C^x of an erf network without noise, from its equation of motion C'' = C - g^2 F(C) with the energy it conserves: the
// exact orbit, starting at the given variance, sampled every `step`.
static double erf_potential(double variance, double c, double g)
{
    const double a = 1 + M_PI * variance / 2, b = M_PI / 2, u = b * c / a;
    return -c * c / 2 + g * g * (2 / M_PI) * (a / b) * (u * asin(u) + sqrt(1 - u * u) - 1);
}

static double erf_force(double variance, double c, double g)
{
    const double a = 1 + M_PI * variance / 2;
    return c - g * g * (2 / M_PI) * asin(M_PI / 2 * c / a);
}

// Velocity Verlet at first, then (where that is unstable) dC/dlag = -sqrt(-2 V).
static qn_stationary erf_orbit(double variance, double g, double step, size_t count, double *values)
{
    const int substeps = 2000;
    const double dt = step / substeps;
    double c = variance, velocity = 0;
    for (size_t lag = 0; lag < count; ++lag) {
        values[lag] = c;
        for (int i = 0; i < substeps; ++i) {
            if (c > 0.7 * variance) {
                velocity += 0.5 * dt * erf_force(variance, c, g);
                c += dt * velocity;
                velocity += 0.5 * dt * erf_force(variance, c, g);
            } else {
                const double slope = sqrt(fmax(0, -2 * erf_potential(variance, c, g))), half = c - 0.5 * dt * slope;
                c -= dt * sqrt(fmax(0, -2 * erf_potential(variance, half, g)));
            }
        }
    }
    return (qn_stationary){count, step, values};
}

// Decay rates of the table: sqrt(1 - g^2 S0^2).
static void exact_orbits_give_their_decay_rate(void **state)
{
    (void)state;
    const struct {
        double g, variance, rate;
        size_t lags;
    } cases[] = {{1.5, 0.838753, 0.170676, 31},
                 {2, 2.064080, 0.238964, 21},
                 {3, 5.637432, 0.294588, 21},
                 {5, 17.201142, 0.328274, 21}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const qn_stationary field = erf_orbit(cases[i].variance, cases[i].g, 1, cases[i].lags, curve_values[0]);
        assert_within(qn_decay_rate(&field, true) / cases[i].rate, 1, 0.01);
    }
}

// Against the sum on a grid twenty times finer and far longer.
static void exact_orbits_give_their_correlation_time(void **state)
{
    (void)state;
    static double fine[1200];
    const double g[] = {2, 3}, variance[] = {2.064080, 5.637432};
    for (int i = 0; i < 2; ++i) {
        erf_orbit(variance[i], g[i], 0.1, 1200, fine);
        double sum = 0.5 * fine[0];
        for (int lag = 1; lag < 300; ++lag) sum += fine[lag];
        const double rate = i == 0 ? 0.238964 : 0.294588, exact = (0.1 * sum + fine[300] / rate) / fine[0];
        const qn_stationary field = erf_orbit(variance[i], g[i], 1, 21, curve_values[0]);
        assert_within(qn_correlation_time(&field, true) / exact, 1, 0.003);
    }
}

static void exponentials_are_exact(void **state)
{
    (void)state;
    for (double rate = 0.15; rate < 1.1; rate *= 1.5) {
        for (int lag = 0; lag < 41; ++lag) curve_values[0][lag] = 3 * exp(-rate * lag);
        const qn_stationary field = {41, 1, curve_values[0]};
        assert_close(qn_decay_rate(&field, true), rate, 1e-6);
        assert_close(qn_decay_rate(&field, false), rate, 1e-6);
        assert_close(qn_correlation_time(&field, true), 1 / rate, 1e-6);
    }
}

// sech^2: the orbit of a cubic correction.
static void even_correction_is_resummed(void **state)
{
    (void)state;
    for (int lag = 0; lag < 41; ++lag) curve_values[0][lag] = pow(cosh(0.15 * lag), -2);
    const qn_stationary field = {41, 1, curve_values[0]};
    assert_close(qn_decay_rate(&field, false), 0.3, 1e-6);
}

static void what_does_not_decay_has_no_rate(void **state)
{
    (void)state;
    for (int lag = 0; lag < 41; ++lag) curve_values[0][lag] = 1 - 0.005 * lag;
    qn_stationary field = {41, 1, curve_values[0]};
    assert_true(isnan(qn_decay_rate(&field, true)));
    assert_true(isnan(qn_correlation_time(&field, true)));
    field.count = 0;
    assert_true(isnan(qn_decay_rate(&field, true)));
    for (int lag = 0; lag < 41; ++lag) curve_values[0][lag] = 0;
    field.count = 41;
    assert_true(isnan(qn_decay_rate(&field, true)));
}

// The error bar must be the scatter of the estimate, and the estimate must not be biased by noise that hides the tail.
static void error_bar_is_the_scatter(void **state)
{
    (void)state;
    enum { SETS = 200, NETWORKS = 12, LAGS = 21 };
    const qn_stationary exact = erf_orbit(2.064080, 2, 1, LAGS, curve_values[15]);
    double sum = 0, squares = 0, bar = 0, noise[LAGS + 1];
    for (uint64_t set = 0; set < SETS; ++set) {
        qn_stationary fields[NETWORKS];
        const qn_stationary *pointers[NETWORKS];
        for (uint64_t network = 0; network < NETWORKS; ++network) {
            const qn_stream stream = {3, QN_PURPOSE_TEST, set * NETWORKS + network};
            qn_normal(&stream, 0, LAGS + 1, noise);
            for (size_t lag = 0; lag < LAGS; ++lag) // common scatter of the scale, and a little of its own at each lag
                curve_values[network][lag] = exact.values[lag] * (1 + 0.05 * noise[LAGS]) + 0.02 * noise[lag];
            fields[network] = (qn_stationary){LAGS, 1, curve_values[network]};
            pointers[network] = &fields[network];
        }
        const qn_estimate rate = qn_decay_rate_of(NETWORKS, pointers, true);
        assert_int_equal(rate.samples, NETWORKS);
        sum += rate.value, squares += rate.value * rate.value, bar += rate.standard_error;
    }
    const double mean = sum / SETS, scatter = sqrt(squares / SETS - mean * mean);
    assert_within(mean / 0.238964, 1, 0.01);
    assert_within(bar / SETS / scatter, 1, 0.25);
}

static void empty_networks_are_left_out(void **state)
{
    (void)state;
    for (int lag = 0; lag < 41; ++lag)
        curve_values[0][lag] = exp(-0.3 * lag), curve_values[1][lag] = 2 * exp(-0.3 * lag);
    const qn_stationary one = {41, 1, curve_values[0]}, two = {41, 1, curve_values[1]}, empty = {0};
    const qn_stationary *fields[] = {&one, &empty, NULL, &two};
    const qn_estimate rate = qn_decay_rate_of(4, fields, true);
    assert_int_equal(rate.samples, 2);
    assert_close(rate.value, 0.3, 1e-6);
    assert_within(rate.standard_error, 0, 1e-6);
}

// exp(-|lag|) cut at 3 tau: its spectrum is that of the whole, 2 / (1 + omega^2), once the tail is continued.
static void spectrum_does_not_ring(void **state)
{
    (void)state;
    double values[61];
    for (int lag = 0; lag < 61; ++lag) values[lag] = exp(-0.05 * lag);
    const qn_stationary field = {61, 0.05, values};
    qn_spectrum spectrum;
    assert_ok(qn_autocorrelation_spectrum(&field, 3, 1, -1, &spectrum));
    for (size_t i = 0; (double)i * spectrum.step < 6; ++i) {
        const double omega = (double)i * spectrum.step;
        assert_within(spectrum.values[i], 2 / (1 + omega * omega), 2e-5);
    }
    qn_spectrum_clear(&spectrum);
    assert_fails(qn_autocorrelation_spectrum(&field, 3, 0, -1, &spectrum), QN_BAD_VALUE, "decay_rate is 0");
    assert_fails(qn_autocorrelation_spectrum(&field, 4, 1, -1, &spectrum), QN_BAD_VALUE,
                 "last_lag is 4; allowed: 0 to 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_orbits_give_their_decay_rate),
        cmocka_unit_test(exact_orbits_give_their_correlation_time),
        cmocka_unit_test(exponentials_are_exact),
        cmocka_unit_test(even_correction_is_resummed),
        cmocka_unit_test(what_does_not_decay_has_no_rate),
        cmocka_unit_test(error_bar_is_the_scatter),
        cmocka_unit_test(empty_networks_are_left_out),
        cmocka_unit_test(spectrum_does_not_ring),
    };
    return cmocka_run_group_tests_name("autocorrelation", tests, NULL, NULL);
}
