// The four-point theory near the transition, where Theta lies along a ridge of the plane of frequencies, and at lags,
// against sums over grids that resolve it.
#include "four_point_solved.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>

static qn_rate_network beside_transition(qn_transfer_kind kind, double strength)
{
    return (qn_rate_network){.size = 100, .transfer = {.kind = kind}, .coupling = {.strength = strength}};
}

// (E6) on an even grid so fine that it resolves the ridge: the trapezoid rule is then exact to exp(-16). A quarter of
// the plane, either side of the ridge.
static void fine_sum(const qn_rate_network *network, const qn_two_point *t, double *intercept, double *slope)
{
    qn_spectrum spectrum;
    const double kappa = t->decay_rate, q = pow(network->coupling.strength * t->mean_slope, 2.0);
    assert_ok(qn_stationary_transform(&t->rate, 16.0 / (kappa * kappa), 0.0, &spectrum));
    const double w = spectrum.step, *c = spectrum.values;
    const size_t last = (size_t)(14.0 * kappa / w);
    double shared = 0.0, loop = 0.0;
    assert_true(last < spectrum.count);
    for (size_t i = 0; i <= last; ++i) {
        double row_shared = 0.0, row_loop = 0.0;
        const double first = w * (double)i;
        for (size_t j = 0; j <= last; ++j) {
            const double second = w * (double)j, share = j ? c[j] : 0.5 * c[j];
            const double below = 1.0 - q - first * second, above = 1.0 - q + first * second;
            const double plus = share / (below * below + pow(first + second, 2.0));
            const double minus = share / (above * above + pow(first - second, 2.0));
            row_shared += plus + minus;
            row_loop += below * plus + above * minus;
        }
        shared += (i ? 2.0 : 1.0) * c[i] * row_shared;
        loop += (i ? 2.0 : 1.0) * c[i] * row_loop;
    }
    qn_spectrum_clear(&spectrum);
    const double measure = pow(w / (2.0 * M_PI * t->rate_variance), 2.0);
    *slope = q * q * shared * measure;
    *intercept = 1.0 + 2.0 * q * loop * measure + *slope;
}

static void a_sum_that_resolves_the_ridge_agrees(void **state)
{
    (void)state;
    static const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH};
    static const double strengths[] = {1.05, 1.01};
    for (size_t i = 0; i < 4; ++i) {
        const qn_rate_network network = beside_transition(kinds[i % 2], strengths[i / 2]);
        qn_two_point t;
        qn_dimension d;
        double intercept, slope;
        qn_four_point *f = solve(&network, &t);
        fine_sum(&network, &t, &intercept, &slope);
        assert_ok(qn_four_point_dimension(f, 0.0, &d));
        assert_close(d.intercept / intercept, 1.0, 1e-6);
        assert_close(d.slope / slope, 1.0, 1e-6);
        qn_four_point_destroy(f);
        qn_two_point_clear(&t);
    }
}

// Values of a product grid with panels as narrow as the ridge everywhere, 10^7 to 10^9 pairs of frequencies.
static void resolved_ridges_are_known(void **state)
{
    (void)state;
    static const struct {
        qn_transfer_kind kind;
        double strength, intercept, slope, field_intercept, field_slope;
    } resolved[] = {
        {QN_TRANSFER_ERF, 1.01, 4425467.28748, 4425117.46228, 4426041.95071, 4425692.11044},
        {QN_TRANSFER_ERF, 1.002, 537970032.652, 537968297.168, 537972886.589, 537971151.103},
        {QN_TRANSFER_TANH, 1.01, 4488882.208, 4488530.72261, 4489459.62337, 4489108.12298},
        {QN_TRANSFER_TANH, 1.002, 539568974.065, 539567236.864, 539571830.831, 539570093.628},
    };
    for (size_t i = 0; i < sizeof resolved / sizeof *resolved; ++i) {
        const qn_rate_network network = beside_transition(resolved[i].kind, resolved[i].strength);
        qn_two_point t;
        qn_dimension d;
        qn_four_point *f = solve(&network, &t);
        assert_ok(qn_four_point_dimension(f, 0.0, &d));
        assert_close(d.intercept / resolved[i].intercept, 1.0, 1e-7);
        assert_close(d.slope / resolved[i].slope, 1.0, 1e-7);
        assert_close(d.field_intercept / resolved[i].field_intercept, 1.0, 1e-7);
        assert_close(d.field_slope / resolved[i].field_slope, 1.0, 1e-7);
        qn_four_point_destroy(f);
        qn_two_point_clear(&t);
    }
}

// Towards the transition C^phi becomes a sech of kappa lag, and the ridge a delta function across omega1 = -omega2 of
// weight pi / (kappa^2 + omega^2):
//     kappa^3 Theta / C^phi(0)^2 -> (pi / 4) int sech^2(pi x / 2) / (1 + x^2) dx = pi^2 / 12,
// for every odd phi and for rates and fields alike; what is missing is linear in kappa.
static void dimension_vanishes_as_the_cube_of_the_decay_rate(void **state)
{
    (void)state;
    static const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH};
    static const double strengths[] = {1.0005, 1.001};
    for (size_t k = 0; k < 2; ++k) {
        double kappa[2], scaled[4][2];
        for (size_t i = 0; i < 2; ++i) {
            const qn_rate_network network = beside_transition(kinds[k], strengths[i]);
            qn_two_point t;
            qn_dimension d;
            qn_four_point *f = solve(&network, &t);
            assert_ok(qn_four_point_dimension(f, 0.0, &d));
            kappa[i] = t.decay_rate;
            const double inverse[] = {d.intercept, d.slope, d.field_intercept, d.field_slope};
            for (size_t n = 0; n < 4; ++n) scaled[n][i] = pow(kappa[i], 3.0) * inverse[n];
            qn_four_point_destroy(f);
            qn_two_point_clear(&t);
        }
        for (size_t n = 0; n < 4; ++n) {
            const double slope = (scaled[n][1] - scaled[n][0]) / (kappa[1] - kappa[0]);
            assert_close(scaled[n][0] - slope * kappa[0], M_PI * M_PI / 12.0, 1e-5);
        }
    }
}

// Beside the transition and far from it: one frequency of the plane at a time, lags of either sign.
static void lags_of_a_fine_sum_agree(void **state)
{
    (void)state;
    const qn_rate_network network = beside_transition(QN_TRANSFER_ERF, 1.1);
    const double first[] = {0.0, 30.0, 30.0, 7.0}, second[] = {0.0, 30.0, -20.0, 0.0};
    qn_two_point t;
    qn_four_point *f = solve(&network, &t);
    const double kappa = t.decay_rate, q = pow(1.1 * t.mean_slope, 2.0);
    qn_spectrum spectrum;
    assert_ok(qn_stationary_transform(&t.rate, 16.0 / (kappa * kappa), 0.0, &spectrum));
    const long last = (long)(14.0 * kappa / spectrum.step);
    double expected[4], found[4];
    for (size_t n = 0; n < 4; ++n) {
        double sum = 0.0;
        for (long i = -last; i <= last; ++i)
            for (long j = -last; j <= last; ++j) {
                const double one = spectrum.step * (double)i, other = spectrum.step * (double)j;
                const double real = 1.0 - q - one * other, size = real * real + pow(one + other, 2.0);
                sum += spectrum.values[labs(i)] * spectrum.values[labs(j)] * (2.0 * q * real + 1.3 * q * q) / size *
                       cos(one * first[n] + other * second[n]);
            }
        expected[n] = qn_stationary_at(&t.rate, first[n]) * qn_stationary_at(&t.rate, second[n]) +
                      sum * pow(spectrum.step / (2.0 * M_PI), 2.0);
    }
    assert_ok(qn_four_point_at_lags(f, 0.3, 4, first, second, found));
    for (size_t n = 0; n < 4; ++n) assert_close(found[n] / expected[n], 1.0, 1e-6);
    qn_spectrum_clear(&spectrum);
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

// With noise spectra end as omega^-2, and where they are small panels are wider than the period of a cosine. On an even
// grid up to 100 rad per tau, from a transform on fine lags with its cusp's term.
static void lags_with_noise_agree_with_a_plain_sum(void **state)
{
    (void)state;
    enum { LAGS = 6, LAST = 1000 };
    static const double first[LAGS] = {0.0, 0.0, 5.0, 9.0, 20.0, -12.0},
                        second[LAGS] = {0.0, 8.0, 5.0, 6.1, -3.0, -9.0};
    const qn_rate_network network = {
        .size = 100, .transfer = {.kind = QN_TRANSFER_ERF}, .coupling = {.strength = 1.05}, .noise = 0.5};
    qn_two_point t, fine;
    qn_four_point *f = solve(&network, &t);
    qn_spectrum spectrum;
    assert_ok(qn_two_point_solve(&network, &(qn_two_point_options){.lag_step = 0.005, .lag_max = 30.0}, &fine));
    const double cusp = 0.25 / sqrt(1.0 + M_PI * t.field_variance), w = 0.1; // sigma^2 <phi'^2>
    assert_ok(qn_stationary_transform(&fine.rate, 2.0 * M_PI / w, -cusp, &spectrum));
    assert_close(spectrum.step, w, 1e-4);
    const double step = spectrum.step, q = pow(1.05 * t.mean_slope, 2.0);
    double expected[LAGS] = {0.0}, found[LAGS];
    for (long i = 0; i <= LAST; ++i)
        for (long j = -LAST; j <= LAST; ++j) {
            const double one = step * (double)i, other = step * (double)j;
            const double real = 1.0 - q - one * other, size = real * real + pow(one + other, 2.0);
            const double psi =
                (i ? 2.0 : 1.0) * spectrum.values[i] * spectrum.values[labs(j)] * (2.0 * q * real + 1.3 * q * q) / size;
            for (size_t n = 0; n < LAGS; ++n) expected[n] += psi * cos(one * first[n] + other * second[n]);
        }
    assert_ok(qn_four_point_at_lags(f, 0.3, LAGS, first, second, found));
    for (size_t n = 0; n < LAGS; ++n) {
        expected[n] = qn_stationary_at(&t.rate, first[n]) * qn_stationary_at(&t.rate, second[n]) +
                      expected[n] * pow(step / (2.0 * M_PI), 2.0);
        assert_within(found[n] / found[0], expected[n] / found[0], 1e-6);
    }
    qn_spectrum_clear(&spectrum);
    qn_four_point_destroy(f);
    qn_two_point_clear(&fine);
    qn_two_point_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_that_resolves_the_ridge_agrees), cmocka_unit_test(resolved_ridges_are_known),
        cmocka_unit_test(dimension_vanishes_as_the_cube_of_the_decay_rate), cmocka_unit_test(lags_of_a_fine_sum_agree),
        cmocka_unit_test(lags_with_noise_agree_with_a_plain_sum)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
