#include "testing.h"

typedef struct {
    double amplitude, tau, offset; // ms
} exponential;

static qn_stationary sum_of(size_t terms, const exponential *e, size_t count, double step)
{
    qn_stationary c;
    assert_ok(qn_stationary_create(count, step / 1000, &c));
    for (size_t l = 0; l < count; ++l)
        for (size_t t = 0; t < terms; ++t)
            c.values[l] += e[t].amplitude * exp(-step * (double)l / e[t].tau) + e[t].offset;
    return c;
}

static qn_time_scales scales_of(const qn_stationary *c, const qn_time_scale_options *options)
{
    qn_time_scales found;
    assert_ok(qn_time_scales_of(c, options, &found));
    return found;
}

// Integrals err by (step / tau)^4, the half width by the trapezoid's (step / tau)^2 / 12 and interpolation.
static void an_exponential_has_one_time_scale(void **state)
{
    (void)state;
    for (double tau = 5; tau < 100; tau *= 1.7) {
        qn_stationary c = sum_of(1, &(exponential){300, tau, 0}, 1201, 1);
        const qn_time_scales found = scales_of(&c, NULL);
        assert_true(found.zero == 300 && !found.trough_dominated);
        assert_close(found.squared / tau, 1, 0.001);
        assert_close(found.integral / tau, 1, 0.001);
        assert_close(found.fit / tau, 1, 1e-6);
        assert_close(found.spectral / tau, 1, 0.005);
        qn_stationary_clear(&c);
    }
}

static void trough_and_slow_part(void **state)
{
    (void)state;
    // -1000 exp(-t/4) + 200 exp(-t/40): a refractory trough and slow rates.
    const exponential parts[] = {{-1000, 4, 0}, {200, 40, 0}};
    qn_stationary c = sum_of(2, parts, 2001, 0.25);
    const qn_time_scales found = scales_of(&c, NULL), later = scales_of(&c, &(qn_time_scale_options){.fit_from = 60});
    assert_true(found.trough_dominated && found.zero == -800);
    assert_close(found.integral, (-1000. * 4 + 200. * 40) / -800, 1e-3);
    assert_close(found.squared, 2 * (1e6 * 2 + 4e4 * 20 - 2 * 2e5 / (1. / 4 + 1. / 40)) / 6.4e5, 1e-3);
    assert_within(found.fit, 40, 6); // from the maximum on: the trough is not quite over
    assert_close(later.fit, 40, 1e-4);
    qn_stationary_clear(&c);
}

static void fit_with_an_offset(void **state)
{
    (void)state;
    qn_stationary c = sum_of(1, &(exponential){50, 30, 8}, 201, 1);
    const qn_time_scale_options options = {.fit_from = 10, .fit_to = 150, .offset = true};
    const qn_time_scales with = scales_of(&c, &options), without = scales_of(&c, NULL);
    assert_close(with.fit, 30, 1e-5);
    assert_true(without.fit > 40);
    qn_stationary_clear(&c);
}

// Equal noise at all lags: the fit scatters as least squares should, by Fisher's information.
static void fit_of_a_noisy_curve(void **state)
{
    (void)state;
    enum { TRIALS = 200, COUNT = 151 };
    const double tau = 25, noise = 0.05;
    double fit[TRIALS];
    for (uint64_t t = 0; t < TRIALS; ++t) {
        qn_stationary c = sum_of(1, &(exponential){1, tau, 0}, COUNT, 1);
        double normal[COUNT];
        qn_normal(&(qn_stream){3, QN_PURPOSE_TEST, t}, 0, COUNT, normal);
        for (size_t l = 0; l < COUNT; ++l) c.values[l] += noise * normal[l];
        fit[t] = scales_of(&c, NULL).fit;
        qn_stationary_clear(&c);
    }
    double aa = 0, tt = 0, at = 0;
    for (size_t l = 1; l < COUNT; ++l) {
        const double a = exp(-(double)l / tau), b = a * (double)l / (tau * tau);
        aa += a * a, tt += b * b, at += a * b;
    }
    const double expected = noise * sqrt(aa / (aa * tt - at * at) / TRIALS);
    const qn_estimate estimate = qn_estimate_of(TRIALS, fit);
    assert_within(estimate.value, tau, 4 * expected + 0.1); // least squares are biased in second order
    assert_within(estimate.standard_error / expected, 1, 0.25);
}

static void spectra_with_a_plateau(void **state)
{
    (void)state;
    // rate + 2 C tau / (1 + omega^2 tau^2), 10 ms; and one that dips.
    for (int sign = -1; sign <= 1; sign += 2) {
        double values[400];
        for (size_t k = 0; k < 400; ++k) values[k] = 30 + sign * 20 / (1 + pow(2.0 * (double)k * 0.01, 2));
        const qn_spectrum s = {400, 2.0, values};
        assert_close(qn_spectral_time_scale(&s, 30), 10, 1e-3);
        values[0] = NAN; // as with one segment only
        assert_close(qn_spectral_time_scale(&s, 30), 10, 2e-3);
    }
    double flat[] = {1, 1, 1}, missing[] = {NAN};
    assert_true(isnan(qn_spectral_time_scale(&(qn_spectrum){3, 1, flat}, 0)));
    assert_true(isnan(qn_spectral_time_scale(&(qn_spectrum){3, 1, flat}, 1)));
    assert_true(isnan(qn_spectral_time_scale(&(qn_spectrum){1, 1, missing}, 1)));
}

static void where_there_is_none(void **state)
{
    (void)state;
    qn_stationary c = sum_of(1, &(exponential){0, 1, 0}, 50, 1);
    qn_time_scales found = scales_of(&c, NULL);
    assert_true(isnan(found.squared) && isnan(found.integral) && isnan(found.fit) && isnan(found.spectral));
    for (size_t l = 0; l < c.count; ++l) c.values[l] = NAN;
    found = scales_of(&c, NULL);
    assert_true(isnan(found.squared) && isnan(found.fit));
    qn_stationary_clear(&c);
    // A straight line up is no decay.
    c = sum_of(1, &(exponential){0, 1, 0}, 50, 1);
    for (size_t l = 0; l < c.count; ++l) c.values[l] = 1 + (double)l;
    assert_true(isnan(scales_of(&c, NULL).fit));
    // Nor is there anything behind a trough that never ends.
    for (size_t l = 0; l < c.count; ++l) c.values[l] = -exp(-(double)l / 100);
    found = scales_of(&c, NULL);
    assert_true(found.trough_dominated && isnan(found.fit));
    assert_fails(qn_time_scales_of(&c, &(qn_time_scale_options){.fit_from = 48}, &found), QN_BAD_VALUE,
                 "from lag 48 to 49 ms has fewer than 3");
    assert_fails(qn_time_scales_of(&c, &(qn_time_scale_options){.fit_from = 47, .offset = true}, &found), QN_BAD_VALUE,
                 "fewer than 4");
    assert_fails(qn_time_scales_of(&c, &(qn_time_scale_options){.fit_from = -1}, &found), QN_BAD_VALUE, "negative");
    c.count = 1;
    assert_fails(qn_time_scales_of(&c, NULL, &found), QN_BAD_VALUE, "autocovariance of 1 lags");
    qn_stationary_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exponential_has_one_time_scale),
        cmocka_unit_test(trough_and_slow_part),
        cmocka_unit_test(fit_with_an_offset),
        cmocka_unit_test(fit_of_a_noisy_curve),
        cmocka_unit_test(spectra_with_a_plateau),
        cmocka_unit_test(where_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
