// Threshold-power: against moments known in closed form, against relu, against brute-force quadrature, and derivative
// by derivative.
#include "testing.h"

#include "gaussian_quadrature.h"
#include "network/power_moment.h"

static double product_at(const qn_gaussian_average *average, double c)
{
    double found;
    qn_gaussian_average_product(average, 1, &c, &found);
    return found;
}

static double slope_product_at(const qn_gaussian_average *average, double c)
{
    double found;
    qn_gaussian_average_slope_product(average, 1, &c, &found);
    return found;
}

static double potential_at(const qn_gaussian_average *average, double c)
{
    double found;
    qn_gaussian_average_potential(average, 1, &c, &found);
    return found;
}

static void moments_agree_with_closed_forms(void **state)
{
    (void)state;
    static qn_power_moments above, below;
    for (int nu = 0; nu <= 2; ++nu) {
        qn_power_moments_fill(nu, 0, &above);
        qn_power_moments_fill(nu, 1, &below);
        for (double t = -3.0; t < 20.0; t += 0.07) {
            const double active = 0.5 * erfc(-t / sqrt(2.0)), density = exp(-0.5 * t * t) / sqrt(2.0 * acos(-1.0));
            const double expected = nu == 0   ? active
                                    : nu == 1 ? t * active + density
                                              : (1.0 + t * t) * active + t * density;
            assert_within(exp(qn_power_moment_log(nu, t)), expected, 2e-13 * expected);
            const double tabled =
                t < 0.0 ? qn_power_moments_log(&below, t) - 0.5 * t * t : qn_power_moments_log(&above, t);
            assert_within(exp(tabled), expected, 5e-13 * expected);
        }
    }
    // H_nu(0) = 2^(nu/2) Gamma((nu + 1) / 2) / (2 sqrt(pi))
    for (double nu = -0.97; nu < 24.0; nu += 0.31)
        assert_within(qn_power_moment_log(nu, 0.0),
                      0.5 * nu * log(2.0) + lgamma(0.5 * (nu + 1.0)) - log(2.0 * sqrt(acos(-1.0))), 1e-13);
}

static void exponents_beside_one_meet_relu(void **state)
{
    (void)state;
    for (double q = -4.0; q < 14.5; q += 1.85)
        for (double rho = -0.99; rho <= 1.0; rho += 0.0995) {
            qn_gaussian_average *relu, *low, *high;
            const double variance = 2.0, mean = q * sqrt(variance), c = rho * variance, step = 1e-3;
            assert_ok(qn_gaussian_average_create(&(qn_transfer){.kind = QN_TRANSFER_RELU}, mean, variance, &relu));
            const qn_transfer above = {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 1.0 + step};
            const qn_transfer under = {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 1.0 - step};
            assert_ok(qn_gaussian_average_create(&above, mean, variance, &high));
            assert_ok(qn_gaussian_average_create(&under, mean, variance, &low));
            // Geometric mean: second order in the step.
            const double top = qn_gaussian_average_square(relu);
            assert_within(0.5 * (product_at(high, c) + product_at(low, c)), product_at(relu, c), 4e-5 * top);
            qn_gaussian_average_destroy(relu);
            qn_gaussian_average_destroy(low);
            qn_gaussian_average_destroy(high);
        }
}

// Exponent 2 centred: the arc-cosine kernel of degree 2, and above threshold 0 with p = 1 shifted the relu.
static void squares_have_their_arc_cosine_kernel(void **state)
{
    (void)state;
    const double pi = acos(-1.0);
    qn_gaussian_average *average;
    assert_ok(qn_gaussian_average_create(&(qn_transfer){.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 2.0}, 0.0, 1.5,
                                         &average));
    for (double rho = -1.0; rho <= 1.0; rho += 0.03125) {
        const double angle = acos(rho), s = sin(angle);
        const double kernel = (3.0 * s * cos(angle) + (pi - angle) * (1.0 + 2.0 * rho * rho)) / (2.0 * pi);
        assert_within(product_at(average, 1.5 * rho), 1.5 * 1.5 * kernel, 1e-13);
        const double relu = (s + (pi - angle) * rho) / (2.0 * pi);
        assert_within(slope_product_at(average, 1.5 * rho), 4.0 * 1.5 * relu, 1e-13);
    }
    qn_gaussian_average_destroy(average);
}

static const qn_transfer KINDS[] = {
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 2.0, .threshold = 0.3},
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 3.0, .threshold = -0.2, .gain = 0.7},
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 5.0, .gain = 0.4},
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 1.0, .threshold = 0.5}};

// Integer exponents, for which the brute rule converges.
static void integer_exponents_agree_with_quadrature(void **state)
{
    (void)state;
    static const double variances[] = {0.05, 9.0}, means[] = {0.0, 1.1, -0.6},
                        correlations[] = {-0.95, -0.4, 0.0, 0.5, 0.97, 1.0};
    for (int k = 0; k < 4; ++k)
        for (int v = 0; v < 2; ++v)
            for (int m = 0; m < 3; ++m) {
                qn_gaussian_average *average;
                const double c0 = variances[v], mean = means[m], kink = KINDS[k].threshold;
                assert_ok(qn_gaussian_average_create(&KINDS[k], mean, c0, &average));
                const double level = brute_single(qn_transfer_integral, &KINDS[k], mean, c0, kink, 0.5);
                const double top = qn_gaussian_average_square(average),
                             slope = qn_gaussian_average_square_slope(average);
                const double w = qn_gaussian_average_potential_at_variance(average);
                assert_within(qn_gaussian_average_value(average),
                              brute_single(qn_transfer_value, &KINDS[k], mean, c0, kink, 0.5), 1e-12 * sqrt(top));
                assert_within(qn_gaussian_average_slope(average),
                              brute_single(qn_transfer_slope, &KINDS[k], mean, c0, kink, 0.5), 1e-12 * sqrt(slope));
                for (int r = 0; r < 6; ++r) {
                    const double rho = correlations[r], c = rho * c0;
                    assert_within(product_at(average, c),
                                  brute_pair(qn_transfer_value, &KINDS[k], mean, c0, c0, rho, kink, 0.5), 1e-12 * top);
                    assert_within(slope_product_at(average, c),
                                  brute_pair(qn_transfer_slope, &KINDS[k], mean, c0, c0, rho, kink, 0.5),
                                  1e-12 * slope);
                    const double joint = brute_pair(qn_transfer_integral, &KINDS[k], mean, c0, c0, rho, kink, 0.5);
                    assert_within(potential_at(average, c), joint - level * level, 1e-12 * (w + level * level));
                }
                qn_gaussian_average_destroy(average);
            }
}

static void derivatives_fit_together(void **state)
{
    (void)state;
    static const double exponents[] = {0.5, 0.7, 1.5, 2.37, 10.0}, means[] = {0.0, 3.0, -2.5, 11.9, 12.1, 60.0},
                        variances[] = {1e-4, 1.0, 500.0};
    for (int e = 0; e < 5; ++e)
        for (int m = 0; m < 6; ++m)
            for (int v = 0; v < 3; ++v) {
                qn_gaussian_average *average;
                const double c0 = variances[v];
                const qn_transfer transfer = {
                    .kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = exponents[e], .gain = 0.8};
                assert_ok(qn_gaussian_average_create(&transfer, means[m] * sqrt(c0), c0, &average));
                for (double rho = -0.98; rho < 1.0; rho += 0.109) {
                    const double h = 0.02 * c0 * (1.0 - fabs(rho)) * fmin(1.0, 3.0 / exponents[e]);
                    double c[7], f[7], w[7], slope[7];
                    for (int i = 0; i < 7; ++i) c[i] = rho * c0 + (i - 3) * h;
                    qn_gaussian_average_product(average, 7, c, f);
                    qn_gaussian_average_potential(average, 7, c, w);
                    qn_gaussian_average_slope_product(average, 7, c, slope);
                    const double df = (45.0 * (f[4] - f[2]) - 9.0 * (f[5] - f[1]) + (f[6] - f[0])) / (60.0 * h);
                    const double dw = (45.0 * (w[4] - w[2]) - 9.0 * (w[5] - w[1]) + (w[6] - w[0])) / (60.0 * h);
                    const double square = qn_gaussian_average_square(average), at = fmax(fabs(f[3]), 1e-3 * square);
                    const double top = fmax(fabs(slope[3]), square / c0);
                    assert_within(df, slope[3], 1e-9 * top + 3e-13 * at / h);
                    const double ratio = means[m] * means[m]; // W is a difference of averages of P^2
                    assert_within(dw, f[3],
                                  1e-9 * at +
                                      1e-12 * (1.0 + ratio) * qn_gaussian_average_potential_at_variance(average) / h);
                }
                assert_close(product_at(average, c0 * (1.0 - 1e-14)) / qn_gaussian_average_square(average), 1.0, 1e-6);
                assert_within(product_at(average, 0.0), pow(qn_gaussian_average_value(average), 2.0),
                              1e-12 * qn_gaussian_average_square(average));
                assert_true(potential_at(average, 0.0) == 0.0);
                qn_gaussian_average_destroy(average);
            }
}

// F1 at full correlation is <phi'^2>, which diverges as the exponent reaches 1/2.
static void divergence_is_reported(void **state)
{
    (void)state;
    qn_gaussian_average *average;
    assert_ok(qn_gaussian_average_create(&(qn_transfer){.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 0.5}, 0.2, 1.0,
                                         &average));
    assert_true(qn_gaussian_average_square_slope(average) == INFINITY && slope_product_at(average, 1.0) == INFINITY);
    assert_true(isfinite(slope_product_at(average, 0.999999)) && isfinite(product_at(average, 1.0)));
    qn_gaussian_average_destroy(average);
    assert_ok(qn_gaussian_average_create(&(qn_transfer){.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 0.8}, 0.0, 1.0,
                                         &average));
    const double expected = 0.64 * exp(qn_power_moment_log(-0.4, 0.0)); // 0.8^2 <x_+^-0.4>
    assert_close(slope_product_at(average, 1.0), expected, 1e-13);
    assert_close(slope_product_at(average, 1.0 - 1e-12), expected, 1e-3);
    qn_gaussian_average_destroy(average);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(moments_agree_with_closed_forms),
                                       cmocka_unit_test(exponents_beside_one_meet_relu),
                                       cmocka_unit_test(squares_have_their_arc_cosine_kernel),
                                       cmocka_unit_test(integer_exponents_agree_with_quadrature),
                                       cmocka_unit_test(derivatives_fit_together),
                                       cmocka_unit_test(divergence_is_reported)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
