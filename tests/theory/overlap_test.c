// Theory of couplings with feedback: its parts against closed forms, a linear network that is known exactly, no overlap
// at all, and one row of known numbers.
#include "testing.h"

#include "base/memory.h"
#include "numerics/quadrature.h"
#include "theory/overlap_map.h"
#include "theory/overlap_mixing.h"
#include "theory/overlap_response.h"

#include <complex.h>
#include <quenched/overlap.h>
#include <stdlib.h>

// A Monte-Carlo result must agree within its error bar, and the bar must be small. `exactness`: of the expected value.
static void assert_estimates(qn_monte_carlo found, double expected, double exactness, double max_bar, const char *what)
{
    const double bar = found.standard_error / fabs(expected), off = fabs(found.value - expected);
    if (off <= 4.0 * found.standard_error + exactness * fabs(expected) && bar <= max_bar) return;
    print_error("%s is %.7g +- %.2g, expected %.7g: off by %.2g standard errors; bar %.2g, allowed %.2g\n", what,
                found.value, found.standard_error, expected, off / found.standard_error, bar, max_bar);
    fail();
}

static void transform_is_the_discrete_fourier_transform(void **state)
{
    (void)state;
    static const size_t counts[] = {64, 128};
    static float turns[2 * 128], in[128 * QN_PATHS], one[128 * QN_PATHS], other[128 * QN_PATHS];
    for (size_t c = 0; c < 2; ++c) {
        const size_t count = counts[c];
        qn_overlap_turns(count, turns);
        qn_normal_float(&(qn_stream){1, QN_PURPOSE_TEST, 0}, 0, count * QN_PATHS, in);
        for (int inverse = 0; inverse < 2; ++inverse) {
            const float *out = QN_PICK_KERNEL(qn_overlap_transform)(count, inverse, turns, in, one, other);
            for (size_t n = 0; n < count; n += 7)
                for (size_t l = 0; l < QN_PATHS / 2; l += 5) {
                    double complex sum = 0.0;
                    for (size_t k = 0; k < count; ++k)
                        sum += (in[k * QN_PATHS + l] + I * in[k * QN_PATHS + QN_PATHS / 2 + l]) *
                               cexp((inverse ? 1.0 : -1.0) * 2.0 * M_PI * I * (double)(n * k % count) / (double)count);
                    assert_within(out[n * QN_PATHS + l], creal(sum), 1e-4);
                    assert_within(out[n * QN_PATHS + QN_PATHS / 2 + l], cimag(sum), 1e-4);
                }
        }
    }
}

static qn_coupling exponential_spectrum(void)
{
    return (qn_coupling){.kind = QN_COUPLING_OVERLAPPING,
                         .strength = 0.9,
                         .overlap = 0.5,
                         .overlap_fraction = 0.5,
                         .overlap_rest = -0.8,
                         .spectrum = {.kind = QN_SPECTRUM_EXPONENTIAL, .effective_rank = 0.4}};
}

static void groups_of_modes_keep_every_average(void **state)
{
    (void)state;
    const qn_coupling coupling = exponential_spectrum();
    qn_overlap_law law;
    assert_ok(qn_overlap_law_of(&coupling, 500, &law));
    size_t count;
    double *d, *rho, instantaneous = 0.0;
    assert_ok(qn_coupling_modes(&coupling, 500, &count, &d, &rho));
    assert_true(law.count < count);
    for (size_t a = 0; a < count; ++a) instantaneous += d[a] * rho[a] / 500.0;
    assert_close(law.instantaneous, instantaneous, 1e-12);
    for (double omega = 0.0; omega < 5.0; omega += 0.7) {
        const double complex s = 0.7 / (1.0 + I * omega), other = 0.6 / (1.0 - 0.5 * I * omega);
        double complex memory = 0.0, d4 = 0.0;
        double power = 0.0;
        for (size_t a = 0; a < count; ++a) {
            const double complex t1 = d[a] / (1.0 - rho[a] * d[a] * s), t4 = d[a] / (1.0 - rho[a] * d[a] * other);
            memory += rho[a] * (t1 - d[a]) / 500.0;
            power += creal(t1 * conj(t1)) / 500.0;
            d4 += t1 * conj(t1) * t4 * conj(t4) / 500.0;
        }
        assert_within(cabs(qn_overlap_memory(&law, s) - memory), 0.0, 1e-6);
        assert_close(qn_overlap_field_power(&law, s), power, 1e-6);
        assert_within(cabs(qn_overlap_law_averages(&law, s, other).d - d4), 0.0, 1e-5 * cabs(d4));
    }
    free(d);
    free(rho);
}

// S = S0 exp(-lag): the memory of one group is (rho D)^2 S0 exp(-(1 - rho D S0) lag).
static void memory_is_made_of_exponentials(void **state)
{
    (void)state;
    static const double overlap[] = {-0.9, 0.4, 0.8};
    for (size_t k = 0; k < 3; ++k) {
        const qn_coupling coupling = {.kind = QN_COUPLING_OVERLAPPING,
                                      .strength = 1.3,
                                      .overlap = overlap[k],
                                      .spectrum = {.effective_rank = 1.0}};
        qn_overlap_law law;
        assert_ok(qn_overlap_law_of(&coupling, 100, &law));
        double response[QN_OVERLAP_RATES] = {0}, weights[QN_OVERLAP_RATES], missed;
        for (size_t j = 0; j < QN_OVERLAP_RATES; ++j)
            if (qn_overlap_rate(j) == 1.0) response[j] = 0.6;
        assert_ok(qn_overlap_memory_of(&law, response, 0, weights, &missed));
        assert_true(missed < 1e-3);
        const double feedback = 1.3 * overlap[k];
        for (double lag = 0.0; lag < 8.0; lag += 0.4)
            assert_within(qn_overlap_response_after(weights, lag),
                          0.6 * feedback * feedback * exp(-(1.0 - 0.6 * feedback) * lag), 2e-3);
    }
}

// A contraction by 0.98, 0.9 and -0.5 along three directions takes hundreds of plain rounds.
static void mixing_finds_a_slow_fixed_point(void **state)
{
    (void)state;
    static const double factor[3] = {0.98, 0.9, -0.5}, fixed[3] = {1.0, -2.0, 3.0};
    qn_mixing mixing;
    double at[3] = {0}, mapped[3], residual[3];
    assert_ok(qn_mixing_create(3, 3, &mixing));
    for (int round = 0; round < 8; ++round) {
        for (int i = 0; i < 3; ++i) mapped[i] = fixed[i] + factor[i] * (at[i] - fixed[i]);
        for (int i = 0; i < 3; ++i) residual[i] = mapped[i] - at[i];
        assert_ok(qn_mixing_next(&mixing, mapped, residual, at));
    }
    for (int i = 0; i < 3; ++i) assert_within(at[i], fixed[i], 1e-5);
    qn_mixing_clear(&mixing);
}

// Linear phi: x is Gaussian, S = 1 / (1 + i omega - K(S)) and C = 2 sigma^2 |S|^2 / (1 - C^h/C^phi |S|^2).
typedef struct {
    qn_overlap_law law;
    double noise, rate_variance, theta, static_response;
} exact;

enum { PANELS = 24, ORDER = 16, NODES = PANELS * ORDER };

static void solve_exactly(exact *e)
{
    static double omega[NODES], weight[NODES], power[NODES];
    static double complex response[NODES];
    const double noise = 2.0 * e->noise * e->noise;
    double gain, smooth = 0.0;
    double complex still;
    assert_true(qn_overlap_linear_response(&e->law, 1.0, 0.0, &still, &gain));
    e->static_response = creal(still);
    for (size_t p = 0; p < PANELS; ++p) { // edges 0.02 * 1.55^p: to 500
        const double low = p == 0 ? 0.0 : 0.02 * pow(1.55, (double)p - 1.0), high = 0.02 * pow(1.55, (double)p);
        assert_ok(qn_gauss_legendre(ORDER, low, high, omega + p * ORDER, weight + p * ORDER));
    }
    for (size_t i = 0; i < NODES; ++i) {
        assert_true(qn_overlap_linear_response(&e->law, 1.0, omega[i], &response[i], &gain));
        power[i] = noise * creal(response[i] * conj(response[i])) / (1.0 - gain);
        weight[i] /= 2.0 * M_PI;
        smooth += 2.0 * weight[i] * (power[i] - noise / (1.0 + omega[i] * omega[i]));
    }
    e->rate_variance = smooth + e->noise * e->noise;
    e->theta = e->rate_variance * e->rate_variance;
    for (size_t i = 0; i < NODES; ++i)
        for (size_t j = 0; j < NODES; ++j)
            for (int sign = 0; sign < 2; ++sign) {
                const double complex second = sign ? conj(response[j]) : response[j];
                const qn_overlap_averages average = qn_overlap_law_averages(&e->law, response[i], second);
                const double complex theta = qn_overlap_theta(&average, response[i], second, power[i], power[j]);
                e->theta += 2.0 * weight[i] * weight[j] * (creal(theta) - power[i] * power[j]);
            }
}

static qn_monte_carlo extrapolate(qn_monte_carlo coarse, qn_monte_carlo fine)
{
    return (qn_monte_carlo){(4.0 * fine.value - coarse.value) / 3.0, 4.0 / 3.0 * fine.standard_error};
}

static void a_linear_network_is_met(void **state)
{
    (void)state;
    const qn_coupling couplings[] = {
        {.kind = QN_COUPLING_OVERLAPPING, .strength = 1.0, .overlap = -0.6, .spectrum = {.effective_rank = 1.0}},
        {.kind = QN_COUPLING_OVERLAPPING,
         .strength = 0.5,
         .overlap = 0.5,
         .overlap_fraction = 0.5,
         .overlap_rest = -0.3,
         .spectrum = {.kind = QN_SPECTRUM_TWO_LEVEL, .ratio = 2.0, .fraction = 0.25}},
        {.kind = QN_COUPLING_ELLIPTIC, .strength = 0.9, .symmetry = -0.5}};
    for (size_t k = 0; k < sizeof couplings / sizeof *couplings; ++k) {
        exact e = {.noise = 0.7};
        assert_ok(qn_overlap_law_of(&couplings[k], 200, &e.law));
        solve_exactly(&e);
        const qn_rate_network network = {
            .size = 200, .transfer.kind = QN_TRANSFER_LINEAR, .coupling = couplings[k], .noise = 0.7};
        qn_overlap coarse, fine;
        assert_ok(qn_overlap_solve(&network, &(qn_overlap_options){.step = 0.2}, NULL, &coarse));
        assert_ok(qn_overlap_solve(&network, &(qn_overlap_options){.step = 0.1}, NULL, &fine));
        // Of a linear network nothing is left to chance but rounding. The step's error goes with its square, fourth
        // order is left after extrapolation; real exponentials give an oscillating response to some 1e-4.
        assert_estimates(extrapolate(coarse.rate_variance, fine.rate_variance), e.rate_variance, 2e-4, 1e-4,
                         "C^phi(0)");
        assert_estimates(extrapolate(coarse.static_response, fine.static_response), e.static_response, 5e-4, 1e-4,
                         "S(0)");
        assert_estimates(extrapolate(coarse.four_point_variance, fine.four_point_variance), e.theta, 1e-3, 1e-3,
                         "Theta(0, 0)");
        assert_estimates(fine.field_variance, e.rate_variance, 2e-3, 5e-3, "C^x(0)");
        assert_within(fine.mean_slope.value, 1.0, 1e-6);
        qn_overlap_clear(&coarse);
        qn_overlap_clear(&fine);
    }
}

static void without_overlap_it_is_that_of_independent_modes(void **state)
{
    (void)state;
    const qn_rate_network plain = {
        .size = 200,
        .coupling = {.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.2, .spectrum = {.effective_rank = 0.5}},
        .noise = 0.5};
    qn_rate_network network = plain;
    network.coupling.kind = QN_COUPLING_OVERLAPPING;
    qn_two_point two;
    qn_four_point *four;
    qn_dimension dimension;
    assert_ok(qn_two_point_solve(&plain, NULL, &two));
    assert_ok(qn_four_point_create(&plain, &two, &four));
    assert_ok(qn_four_point_dimension(four, 2.0, &dimension));
    const double lags[3] = {0.0, 2.0, 5.0};
    double diagonal[3];
    assert_ok(qn_four_point_at_lags(four, 2.0, 3, lags, lags, diagonal));
    qn_overlap found;
    const qn_overlap_options options = {.seed = 3, .step = 0.1, .lag_count = 3, .lags = lags};
    assert_ok(qn_overlap_solve(&network, &options, NULL, &found));
    assert_estimates(found.rate_variance, two.rate_variance, 1e-4, 2e-3, "C^phi(0)");
    assert_estimates(found.field_variance, two.field_variance, 1e-4, 3e-3, "C^x(0)");
    assert_estimates(found.static_response, two.mean_slope, 1e-4, 1e-3, "S(0)");
    assert_estimates(found.correlation_time, two.correlation_time, 1e-3, 2e-2, "correlation time");
    assert_estimates(found.participation_ratio, dimension.participation_ratio, 1e-3, 0.01, "PR");
    assert_estimates(found.participation_ratio_zero_frequency, dimension.participation_ratio_zero_frequency, 1e-3, 0.02,
                     "PR(0)");
    for (size_t i = 0; i < 3; ++i) assert_estimates(found.four_point[i], diagonal[i], 1e-3, 0.03, "Theta(lag, lag)");
    for (size_t k = 0; k < found.rate.count; k += 10)
        assert_within(found.rate.values[k], qn_stationary_at(&two.rate, (double)k * found.rate.step),
                      5.0 * found.rate_error.values[k] + 1e-4);
    for (size_t k = 0; k < 60; k += 5)
        assert_within(found.response.values[k], two.mean_slope * exp(-(double)k * found.response.step),
                      5.0 * found.response_error.values[k] + 1e-4);
    qn_overlap_clear(&found);
    qn_four_point_destroy(four);
    qn_two_point_clear(&two);
}

static qn_rate_network opposed(void)
{
    return (qn_rate_network){.size = 300,
                             .coupling = {.kind = QN_COUPLING_OVERLAPPING,
                                          .strength = 1.2,
                                          .overlap = -0.6,
                                          .spectrum = {.effective_rank = 1.0}},
                             .noise = 0.5};
}

static void a_known_row_is_met(void **state)
{
    (void)state;
    const qn_rate_network network = opposed();
    qn_overlap found;
    assert_ok(qn_overlap_solve(&network, &(qn_overlap_options){.seed = 2, .step = 0.1}, NULL, &found));
    assert_within(found.rate_variance.value, 0.1436, 2e-4);
    assert_within(found.static_response.value, 0.597, 2e-3);
    assert_within(found.four_point_variance.value, 0.02483, 1e-4);
    assert_within(found.participation_ratio.value, 0.830, 1e-3);
    assert_true(found.participation_ratio.standard_error < 1e-3);
    assert_close(found.feedback, -0.72, 1e-12);
    assert_close(found.four_point[0].value, found.four_point_variance.value, 1e-6);
    assert_true(found.drift < 5.0 && found.iterations >= 5 && found.paths >= 16384);
    assert_close(found.history[found.iterations - 1], found.rate_variance.value, 1e-12);
    qn_overlap_clear(&found);
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    const qn_rate_network network = opposed();
    qn_overlap one, three;
    qn_set_threads(1);
    assert_ok(qn_overlap_solve(&network, &(qn_overlap_options){.step = 0.2}, NULL, &one));
    qn_set_threads(3);
    assert_ok(qn_overlap_solve(&network, &(qn_overlap_options){.step = 0.2}, NULL, &three));
    qn_set_threads(0);
    assert_true(one.participation_ratio.value == three.participation_ratio.value);
    assert_true(one.participation_ratio.standard_error == three.participation_ratio.standard_error);
    assert_memory_equal(one.rate.values, three.rate.values, one.rate.count * sizeof *one.rate.values);
    assert_memory_equal(one.field.values, three.field.values, one.field.count * sizeof *one.field.values);
    qn_overlap_clear(&one);
    qn_overlap_clear(&three);
}

static bool stop_at_once(const qn_progress_report *report, void *context)
{
    assert_non_null(report->message);
    ++*(int *)context;
    return false;
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    const qn_rate_network network = opposed();
    int calls = 0;
    qn_overlap found = {.paths = 7};
    assert_fails(qn_overlap_solve(&network, NULL, &(qn_progress){stop_at_once, &calls}, &found), QN_STOPPED, "stopped");
    assert_int_equal(calls, 1);
    assert_int_equal(found.paths, 7);
}

// The eigenvalues of elliptic couplings reach g (1 + r): beyond 1 silence is no state, whatever iterations fall to.
static void silence_ends_at_the_edge_of_the_eigenvalues(void **state)
{
    (void)state;
    static const double symmetries[] = {-0.5, 0.2, 0.9};
    for (size_t i = 0; i < sizeof symmetries / sizeof *symmetries; ++i)
        for (int above = 0; above < 2; ++above)
            for (int noisy = 0; noisy < 2; ++noisy) {
                qn_rate_network network = {.size = 100, .transfer = {.gain = 0.5}, .noise = noisy ? 0.1 : 0.0};
                network.coupling = (qn_coupling){.kind = QN_COUPLING_ELLIPTIC,
                                                 .strength = (above ? 2.02 : 1.98) / (1.0 + symmetries[i]),
                                                 .symmetry = symmetries[i]};
                bool quiescent;
                assert_ok(qn_overlap_is_quiescent(&network, &quiescent));
                assert_int_equal(quiescent, !above && !noisy);
            }
    qn_overlap found;
    qn_rate_network frozen = {.size = 100,
                              .coupling = {.kind = QN_COUPLING_ELLIPTIC, .strength = 0.8, .symmetry = 0.9}};
    assert_fails(qn_overlap_solve(&frozen, NULL, NULL, &found), QN_NO_SOLUTION, "silence is unstable");
    bool quiescent;
    frozen.input = 0.5;
    assert_fails(qn_overlap_is_quiescent(&frozen, &quiescent), QN_BAD_VALUE, "network.input is 0.5");
}

static void what_it_cannot_do_is_refused(void **state)
{
    (void)state;
    qn_overlap found;
    qn_rate_network network = opposed();
    network.noise = 0.0;
    network.coupling.strength = 0.8;
    assert_fails(qn_overlap_solve(&network, NULL, NULL, &found), QN_NO_SOLUTION, "quiescent");
    network = opposed();
    network.transfer.kind = QN_TRANSFER_RELU;
    assert_fails(qn_overlap_solve(&network, NULL, NULL, &found), QN_BAD_VALUE, "network.transfer is relu");
    network = opposed();
    network.input = 0.5;
    assert_fails(qn_overlap_solve(&network, NULL, NULL, &found), QN_BAD_VALUE, "network.input is 0.5");
    network = opposed();
    network.coupling = (qn_coupling){.strength = 2.0};
    assert_fails(qn_overlap_solve(&network, NULL, NULL, &found), QN_BAD_VALUE, "neither overlapping nor elliptic");
    network = opposed();
    network.coupling.overlap = 1.5;
    assert_fails(qn_overlap_solve(&network, NULL, NULL, &found), QN_BAD_VALUE, "network.coupling.overlap is 1.5");
    network = opposed();
    network.transfer.kind = QN_TRANSFER_LINEAR;
    network.coupling.overlap = 0.6;
    assert_fails(qn_overlap_solve(&network, NULL, NULL, &found), QN_NO_SOLUTION, "grows without bound");
    network = opposed();
    network.noise = 0.0;
    network.coupling.strength = 1.5;
    network.coupling.overlap = 0.9;
    assert_fails(qn_overlap_solve(&network, &(qn_overlap_options){.step = 0.2, .iterations = 8}, NULL, &found),
                 QN_NO_SOLUTION, "a unit by itself is bistable");
    network = opposed();
    assert_fails(qn_overlap_solve(&network, &(qn_overlap_options){.target = 0.5}, NULL, &found), QN_BAD_VALUE,
                 "target is 0.5");
    assert_fails(qn_overlap_solve(&network, &(qn_overlap_options){.paths = 100}, NULL, &found), QN_BAD_VALUE,
                 "paths is 100");
    assert_fails(qn_overlap_solve(&network, &(qn_overlap_options){.iterations = 3}, NULL, &found), QN_BAD_VALUE,
                 "iterations is 3");
    assert_fails(qn_overlap_solve(&network, &(qn_overlap_options){.step = 1.0}, NULL, &found), QN_BAD_VALUE,
                 "step is 1");
    assert_fails(qn_overlap_solve(&network, &(qn_overlap_options){.box = 1e6}, NULL, &found), QN_BAD_VALUE,
                 "box is 1e+06");
    const double lag = -1.0;
    assert_fails(qn_overlap_solve(&network, &(qn_overlap_options){.lag_count = 1, .lags = &lag}, NULL, &found),
                 QN_BAD_VALUE, "lags[0] is -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(transform_is_the_discrete_fourier_transform),
                                       cmocka_unit_test(groups_of_modes_keep_every_average),
                                       cmocka_unit_test(memory_is_made_of_exponentials),
                                       cmocka_unit_test(mixing_finds_a_slow_fixed_point),
                                       cmocka_unit_test(a_linear_network_is_met),
                                       cmocka_unit_test(without_overlap_it_is_that_of_independent_modes),
                                       cmocka_unit_test(a_known_row_is_met),
                                       cmocka_unit_test(results_do_not_depend_on_threads),
                                       cmocka_unit_test(it_can_be_stopped),
                                       cmocka_unit_test(silence_ends_at_the_edge_of_the_eigenvalues),
                                       cmocka_unit_test(what_it_cannot_do_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
