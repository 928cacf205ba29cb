// Centred pairs with different variances: every transfer function against brute-force quadrature, and against the
// averages at equal ones.
#include "testing.h"

#include "gaussian_quadrature.h"

static qn_transfer_table *table;

// Few rows, far apart: kinks that a rule must not step over.
static int make_table(void **state)
{
    (void)state;
    static const double x[] = {-2.0, -0.7, 0.1, 0.5, 1.9}, value[] = {-0.9, -0.5, 0.2, 0.4, 0.6},
                        slope[] = {0.0, 0.7, 0.6, 0.3, 0.1};
    return qn_transfer_table_create(5, x, value, slope, &table) == QN_OK ? 0 : -1;
}

static int drop_table(void **state)
{
    (void)state;
    qn_transfer_table_destroy(table);
    return 0;
}

static double product(const qn_transfer *transfer, double c11, double c22, double c12)
{
    double found = NAN;
    assert_ok(qn_gaussian_product(transfer, 1, &c11, &c22, &c12, &found));
    return found;
}

static void agrees_with_quadrature(void **state)
{
    (void)state;
    const qn_transfer kinds[] = {{0},
                                 {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 2.0, .threshold = 0.3},
                                 {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 3.0, .gain = 0.6},
                                 {.kind = QN_TRANSFER_THRESHOLD_POWER, .threshold = -0.4}};
    static const double correlations[] = {-1.0, -0.97, -0.3, 0.0, 0.5, 0.97, 1.0};
    for (int k = 0; k < 4; ++k)
        for (int r = 0; r < 7; ++r)
            for (int v = 0; v < 2; ++v) {
                const double c11 = v ? 0.4 : 3.0, c22 = v ? 5.0 : 3.0, rho = correlations[r];
                if (fabs(rho) == 1.0 && v && k) continue; // brute force splits at one kink per variable only
                const double kink = k ? kinds[k].threshold : (double)INFINITY;
                const double expected = brute_pair(qn_transfer_value, &kinds[k], 0.0, c11, c22, rho, kink, 0.5);
                const double found = product(&kinds[k], c11, c22, rho * sqrt(c11 * c22));
                assert_within(found, expected, 1e-11 * fmax(1.0, product(&kinds[k], c22, c22, c22)));
            }
}

// At equal variances there is another way to the same number.
static void equal_variances_agree_with_averages(void **state)
{
    (void)state;
    const qn_transfer kinds[] = {{.gain = 3.0},
                                 {.kind = QN_TRANSFER_TABLE, .table = table},
                                 {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 0.5, .threshold = 0.2},
                                 {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 1.7}};
    for (int k = 0; k < 4; ++k)
        for (double variance = 0.01; variance < 40.0; variance *= 5.0) {
            qn_gaussian_average *average;
            assert_ok(qn_gaussian_average_create(&kinds[k], 0.0, variance, &average));
            for (double rho = -1.0; rho <= 1.0; rho += 0.0625) {
                const double c = rho * variance;
                double expected;
                qn_gaussian_average_product(average, 1, &c, &expected);
                assert_within(product(&kinds[k], variance, variance, c), expected,
                              1e-11 * qn_gaussian_average_square(average));
            }
            qn_gaussian_average_destroy(average);
        }
}

static void a_constant_leaves_the_mean_of_the_other(void **state)
{
    (void)state;
    const qn_transfer transfer = {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 2.0, .threshold = -0.5};
    qn_gaussian_average *average;
    assert_ok(qn_gaussian_average_create(&transfer, 0.0, 3.0, &average));
    assert_close(product(&transfer, 0.0, 3.0, 0.0), 0.25 * qn_gaussian_average_value(average), 1e-14);
    assert_close(product(&transfer, 0.0, 0.0, 0.0), 0.0625, 1e-14);
    assert_true(product(&(qn_transfer){0}, 0.0, 3.0, 0.0) == 0.0);
    qn_gaussian_average_destroy(average);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_quadrature),
                                       cmocka_unit_test(equal_variances_agree_with_averages),
                                       cmocka_unit_test(a_constant_leaves_the_mean_of_the_other)};
    return cmocka_run_group_tests(tests, make_table, drop_table);
}
