// erf, relu and linear: closed forms against brute-force quadrature, and against each other's derivatives.
#include "testing.h"

#include "gaussian_quadrature.h"

static const double VARIANCES[] = {1e-2, 1.7, 20.0};
static const double CORRELATIONS[] = {-1.0, -0.99, -0.8, -0.45, -0.1, 0.0, 0.2, 0.6, 0.9, 0.99, 1.0};
static const double MEANS[] = {0.0, 0.4, -1.3};
enum { VARIANCE_COUNT = 3, CORRELATION_COUNT = 11, MEAN_COUNT = 3 };

// F, F1 and W at every grid point; `tolerance` is relative to the value at full correlation.
static void against_quadrature(const qn_transfer *transfer, double kink, double width, double tolerance)
{
    for (int v = 0; v < VARIANCE_COUNT; ++v)
        for (int m = 0; m < MEAN_COUNT; ++m) {
            const double c0 = VARIANCES[v], mean = MEANS[m] * fmax(sqrt(c0), 0.3);
            qn_gaussian_average *average;
            assert_ok(qn_gaussian_average_create(transfer, mean, c0, &average));
            const double top = qn_gaussian_average_square(average), slope = qn_gaussian_average_square_slope(average);
            const double potential = qn_gaussian_average_potential_at_variance(average);
            assert_within(top, brute_pair(qn_transfer_value, transfer, mean, c0, c0, 1.0, kink, width),
                          tolerance * top);
            assert_within(qn_gaussian_average_value(average),
                          brute_single(qn_transfer_value, transfer, mean, c0, kink, width), tolerance * sqrt(top));
            assert_within(qn_gaussian_average_slope(average),
                          brute_single(qn_transfer_slope, transfer, mean, c0, kink, width), tolerance * sqrt(slope));
            const double level = brute_single(qn_transfer_integral, transfer, mean, c0, kink, width);
            for (int r = 0; r < CORRELATION_COUNT; ++r) {
                const double rho = CORRELATIONS[r], c = rho * c0;
                double found, found_slope, found_potential;
                qn_gaussian_average_product(average, 1, &c, &found);
                qn_gaussian_average_slope_product(average, 1, &c, &found_slope);
                qn_gaussian_average_potential(average, 1, &c, &found_potential);
                assert_within(found, brute_pair(qn_transfer_value, transfer, mean, c0, c0, rho, kink, width),
                              tolerance * top);
                assert_within(found_slope, brute_pair(qn_transfer_slope, transfer, mean, c0, c0, rho, kink, width),
                              tolerance * slope);
                const double joint = brute_pair(qn_transfer_integral, transfer, mean, c0, c0, rho, kink, width);
                assert_within(found_potential, joint - level * level, tolerance * (potential + level * level));
                if (rho == 1.0) {
                    assert_within(found, top, 1e-14 * top);
                    assert_within(found_slope, slope, 1e-14 * slope);
                    assert_within(found_potential, potential, 1e-14 * potential);
                }
                if (rho == 0.0) assert_within(found, pow(qn_gaussian_average_value(average), 2.0), 1e-15 * top);
            }
            qn_gaussian_average_destroy(average);
        }
}

static void erf_agrees_with_quadrature(void **state)
{
    (void)state;
    against_quadrature(&(qn_transfer){.kind = QN_TRANSFER_ERF}, (double)INFINITY, 0.5, 1e-12);
    against_quadrature(&(qn_transfer){.kind = QN_TRANSFER_ERF, .gain = 0.2}, (double)INFINITY, 1.5, 1e-12);
}

static void relu_agrees_with_quadrature(void **state)
{
    (void)state;
    against_quadrature(&(qn_transfer){.kind = QN_TRANSFER_RELU, .gain = 1.3}, 0.0, 0.75, 1e-12);
}

static void linear_agrees_with_quadrature(void **state)
{
    (void)state;
    against_quadrature(&(qn_transfer){.kind = QN_TRANSFER_LINEAR, .gain = 0.7}, (double)INFINITY, 2.0, 1e-12);
}

// The tables of the theory sheet: rate variance and mean slope at the self-consistent variance.
static void erf_reproduces_table_a(void **state)
{
    (void)state;
    static const double rows[][3] = {{0.838753, 0.384954, 0.656885},
                                     {2.064080, 0.553807, 0.485514},
                                     {5.637432, 0.710730, 0.318541},
                                     {17.201142, 0.829405, 0.188916}};
    for (size_t k = 0; k < 4; ++k) {
        qn_gaussian_average *average;
        assert_ok(qn_gaussian_average_create(&(qn_transfer){.kind = QN_TRANSFER_ERF}, 0.0, rows[k][0], &average));
        assert_within(qn_gaussian_average_square(average), rows[k][1], 1e-6);
        assert_within(qn_gaussian_average_slope(average), rows[k][2], 1e-6);
        qn_gaussian_average_destroy(average);
    }
}

// Steep and far from the threshold: where the integrals change their form.
static void derivatives_fit_together(void **state)
{
    (void)state;
    static const qn_transfer kinds[] = {
        {.kind = QN_TRANSFER_ERF, .gain = 3.0}, {.kind = QN_TRANSFER_RELU}, {.kind = QN_TRANSFER_LINEAR}};
    static const double means[] = {0.0, 1e-6, 0.05, 2.0, -7.0, 30.0}, variances[] = {1e-8, 0.5, 300.0, 1e4};
    for (int kind = 0; kind < 3; ++kind)
        for (int m = 0; m < 6; ++m)
            for (int v = 0; v < 4; ++v)
                for (double rho = -0.97; rho < 1.0; rho += 0.0931) {
                    qn_gaussian_average *average;
                    const double c0 = variances[v], h = 2e-3 * c0 * fmin(1.0, 1.0 - fabs(rho)) * 5.0;
                    assert_ok(qn_gaussian_average_create(&kinds[kind], means[m], c0, &average));
                    double c[7], f[7], w[7], slope[7];
                    for (int i = 0; i < 7; ++i) c[i] = rho * c0 + (i - 3) * h;
                    qn_gaussian_average_product(average, 7, c, f);
                    qn_gaussian_average_potential(average, 7, c, w);
                    qn_gaussian_average_slope_product(average, 7, c, slope);
                    const double df = (45.0 * (f[4] - f[2]) - 9.0 * (f[5] - f[1]) + (f[6] - f[0])) / (60.0 * h);
                    const double dw = (45.0 * (w[4] - w[2]) - 9.0 * (w[5] - w[1]) + (w[6] - w[0])) / (60.0 * h);
                    assert_within(df, slope[3],
                                  1e-8 * qn_gaussian_average_square_slope(average) + 1e-13 * fabs(f[3]) / h);
                    assert_within(dw, f[3], 1e-8 * qn_gaussian_average_square(average) + 1e-13 * fabs(w[3]) / h);
                    qn_gaussian_average_destroy(average);
                }
}

static void arrays_equal_scalars_and_limits_hold(void **state)
{
    (void)state;
    qn_gaussian_average *average;
    assert_ok(qn_gaussian_average_create(&(qn_transfer){.kind = QN_TRANSFER_ERF}, 0.3, 2.0, &average));
    double many[150], one;
    for (int i = 0; i < 150; ++i) many[i] = -2.0 + 4.0 * i / 149.0;
    many[149] = 2.0 * (1.0 + 1e-13); // beyond by rounding
    qn_gaussian_average_potential(average, 150, many, many);
    for (int i = 0; i < 150; ++i) {
        const double c = -2.0 + 4.0 * i / 149.0;
        qn_gaussian_average_potential(average, 1, &c, &one);
        assert_close(many[i], one, 1e-15);
    }
    qn_gaussian_average_destroy(average);

    assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, 0.5, 0.0, &average));
    const double zero = 0.0;
    qn_gaussian_average_product(average, 1, &zero, &one);
    assert_close(one, tanh(0.5) * tanh(0.5), 1e-15);
    assert_close(qn_gaussian_average_slope(average), 1.0 - tanh(0.5) * tanh(0.5), 1e-15);
    assert_true(qn_gaussian_average_potential_at_variance(average) == 0.0);
    qn_gaussian_average_destroy(average);
}

static void different_variances(void **state)
{
    (void)state;
    static const qn_transfer kinds[] = {
        {.kind = QN_TRANSFER_ERF, .gain = 1.5}, {.kind = QN_TRANSFER_RELU, .gain = 1.5}, {.kind = QN_TRANSFER_LINEAR}};
    for (int kind = 0; kind < 3; ++kind)
        for (int r = 0; r < CORRELATION_COUNT; ++r) {
            const double c11 = 0.4, c22 = 7.0, c12 = CORRELATIONS[r] * sqrt(c11 * c22);
            double found;
            assert_ok(qn_gaussian_product(&kinds[kind], 1, &c11, &c22, &c12, &found));
            const double kink = kinds[kind].kind == QN_TRANSFER_RELU ? 0.0 : (double)INFINITY;
            assert_within(found, brute_pair(qn_transfer_value, &kinds[kind], 0.0, c11, c22, CORRELATIONS[r], kink, 0.5),
                          1e-12);
        }
}

static void bad_arguments_are_named(void **state)
{
    (void)state;
    qn_gaussian_average *average = NULL;
    const qn_transfer transfer = {.kind = QN_TRANSFER_ERF};
    assert_fails(qn_gaussian_average_create(&transfer, 0.0, -1.0, &average), QN_BAD_VALUE, "variance is -1");
    assert_fails(qn_gaussian_average_create(&transfer, NAN, 1.0, &average), QN_BAD_VALUE, "mean is nan");
    assert_fails(qn_gaussian_average_create(&(qn_transfer){.gain = -2.0}, 0.0, 1.0, &average), QN_BAD_VALUE,
                 "network.transfer.gain is -2");
    assert_null(average);
    const double c11[] = {1.0, 1.0}, c22[] = {1.0, 4.0}, c12[] = {1.0, 2.1}, negative[] = {1.0, -4.0};
    double out[2];
    assert_fails(qn_gaussian_product(&transfer, 2, c11, c22, c12, out), QN_BAD_VALUE,
                 "c12[1] is 2.1; allowed: at most sqrt(c11 c22) = 2");
    assert_fails(qn_gaussian_product(&transfer, 2, c11, negative, c12, out), QN_BAD_VALUE, "c22[1] is -4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erf_agrees_with_quadrature),    cmocka_unit_test(relu_agrees_with_quadrature),
        cmocka_unit_test(linear_agrees_with_quadrature), cmocka_unit_test(erf_reproduces_table_a),
        cmocka_unit_test(derivatives_fit_together),      cmocka_unit_test(arrays_equal_scalars_and_limits_hold),
        cmocka_unit_test(different_variances),           cmocka_unit_test(bad_arguments_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
