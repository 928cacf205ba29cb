// User tables: reading, refusing, interpolating, averaging.
#include "testing.h"

#include "gaussian_quadrature.h"

#include <stdlib.h>
#include <unistd.h>

// A file of the given text; the caller removes it.
static const char *file_with(const char *text)
{
    static char path[] = "transfer_table_test.txt";
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void a_file_is_read(void **state)
{
    (void)state;
    qn_transfer_table *table;
    const char *path = file_with("# x phi dphi\n-1, -1, 1   # a comment\n\n 0 0 1\r\n1\t1\t1\n  2,2,1\n");
    assert_ok(qn_transfer_table_read(path, &table));
    const qn_transfer transfer = {.kind = QN_TRANSFER_TABLE, .table = table};
    double x[] = {-5.0, -0.3, 0.0, 1.7, 9.0, NAN}, value[6], slope[6], integral[6];
    qn_transfer_value(&transfer, 6, x, value);
    qn_transfer_slope(&transfer, 6, x, slope);
    qn_transfer_integral(&transfer, 6, x, integral);
    for (int i = 0; i < 5; ++i) {
        assert_close(value[i], x[i], 1e-15);
        assert_close(slope[i], 1.0, 1e-15);
        assert_close(integral[i], 0.5 * x[i] * x[i], 1e-15);
    }
    assert_true(isnan(value[5]) && isnan(integral[5]));
    assert_false(qn_transfer_is_odd(&transfer));
    assert_true(qn_transfer_bound(&transfer) == INFINITY);
    qn_transfer_table_destroy(table);
    remove(path);
}

#define REFUSED(text, message)                                                                                         \
    do {                                                                                                               \
        qn_transfer_table *table_ = NULL;                                                                              \
        assert_fails(qn_transfer_table_read(file_with(text), &table_), QN_BAD_FILE,                                    \
                     "transfer_table_test.txt" message);                                                               \
        assert_null(table_);                                                                                           \
    } while (0)

static void files_at_fault_are_refused_with_line_and_value(void **state)
{
    (void)state;
    qn_transfer_table *table = NULL;
    assert_fails(qn_transfer_table_read("no/such/table", &table), QN_BAD_FILE,
                 "no/such/table: No such file or directory");
    assert_fails(qn_transfer_table_read(".", &table), QN_BAD_FILE, ".: ");
    REFUSED("", ": 0 rows of x, phi, dphi; at least 4 are needed");
    REFUSED("0 0 1\n1 1 1\n2 2 1\n", ": 3 rows of x, phi, dphi; at least 4 are needed");
    REFUSED("0 0 1\n1 1 1\n1 2 1\n3 3 1\n", ":3: x = 1 follows x = 1; x must be strictly increasing");
    REFUSED("# head\n0 0 1\n1 1 1\n0.5 2 1\n3 3 1\n", ":4: x = 0.5 follows x = 1");
    REFUSED("0 0 1\n1 1\n2 2 1\n3 3 1\n", ":2: 2 numbers; a row is x, phi, dphi");
    REFUSED("0 0 1\n1 1 1 1\n2 2 1\n3 3 1\n", ":2: 4 numbers; a row is x, phi, dphi");
    REFUSED("0 0 1\n1 nan 1\n2 2 1\n3 3 1\n", ":2: \"nan\" is not finite");
    REFUSED("0 0 1\n1 1e999 1\n2 2 1\n3 3 1\n", ":2: \"1e999\" is not finite");
    REFUSED("0 0 1\n1 one 1\n2 2 1\n3 3 1\n", ":2: \"one\" is not a number");
    REFUSED("0 0 1\n1 1.5x 1\n2 2 1\n3 3 1\n", ":2: \"1.5x\" is not a number");
    REFUSED("0 0 1\n1 1 40\n2 2 1\n3 3 1\n",
            ":2: dphi = 40 at x = 1 does not fit phi, which changes by 1 per unit of x before it");
    REFUSED("\x7f\x45\x4c\x46garbage", ":1: \"");
    remove("transfer_table_test.txt");
}

static void a_zero_byte_is_no_text(void **state)
{
    (void)state;
    FILE *file = fopen("transfer_table_zero.txt", "w");
    assert_non_null(file);
    fwrite("0 0 1\n1 \0 1 1\n", 1, 14, file);
    fclose(file);
    qn_transfer_table *table = NULL;
    assert_fails(qn_transfer_table_read("transfer_table_zero.txt", &table), QN_BAD_FILE, ":2: a zero byte");
    remove("transfer_table_zero.txt");
}

static void arrays_at_fault_are_refused(void **state)
{
    (void)state;
    const double x[] = {0, 1, 2, 3}, back[] = {0, 1, 1, 3}, value[] = {0, 1, 2, 3}, slope[] = {1, 1, 1, 1},
                 wrong[] = {1, 1, NAN, 1};
    qn_transfer_table *table = NULL;
    assert_fails(qn_transfer_table_create(3, x, value, slope, &table), QN_BAD_VALUE,
                 "has 3 rows; at least 4 are needed");
    assert_fails(qn_transfer_table_create(4, back, value, slope, &table), QN_BAD_VALUE, "row 3: x = 1 follows x = 1");
    assert_fails(qn_transfer_table_create(4, x, value, wrong, &table), QN_BAD_VALUE,
                 "row 3: x = 2, phi = 2, dphi = nan; every number");
    assert_null(table);
    assert_fails(qn_transfer_check(&(qn_transfer){.kind = QN_TRANSFER_TABLE, .table = NULL}), QN_BAD_VALUE,
                 "table is missing");
}

// A cubic is its own interpolant: uneven knots, any place.
static double cubic(double x) { return 0.3 + x * (0.5 + x * (-0.2 + 0.1 * x)); }
static double cubic_slope(double x) { return 0.5 + x * (-0.4 + 0.3 * x); }

static void cubics_are_reproduced_between_uneven_knots(void **state)
{
    (void)state;
    enum { KNOTS = 40 };
    double x[KNOTS], value[KNOTS], slope[KNOTS];
    for (int k = 0; k < KNOTS; ++k) {
        x[k] = -2.0 + 4.0 * pow(k / (KNOTS - 1.0), 3.0) + 1e-3 * k;
        value[k] = cubic(x[k]);
        slope[k] = cubic_slope(x[k]);
    }
    qn_transfer_table *table;
    assert_ok(qn_transfer_table_create(KNOTS, x, value, slope, &table));
    const qn_transfer transfer = {.kind = QN_TRANSFER_TABLE, .table = table};
    for (double at = -2.5; at < 2.6; at += 0.00037) {
        const double inside = fmax(x[0], fmin(x[KNOTS - 1], at)), rest = at - inside;
        double found, found_slope, found_integral;
        qn_transfer_value(&transfer, 1, &at, &found);
        qn_transfer_slope(&transfer, 1, &at, &found_slope);
        qn_transfer_integral(&transfer, 1, &at, &found_integral);
        const double expected = inside * (0.3 + inside * (0.25 + inside * (-0.2 / 3.0 + 0.025 * inside)));
        assert_close(found, cubic(inside) + rest * cubic_slope(inside), 1e-13);
        assert_close(found_slope, cubic_slope(inside), 1e-11);
        assert_close(found_integral, expected + rest * (cubic(inside) + 0.5 * rest * cubic_slope(inside)), 1e-13);
    }
    qn_transfer_table_destroy(table);
}

static qn_transfer_table *tanh_table(size_t count)
{
    double *columns = malloc(3 * count * sizeof *columns);
    assert_non_null(columns);
    for (size_t k = 0; k < count; ++k) {
        columns[k] = 24.0 * (double)k / (double)(count - 1) - 12.0;
        columns[count + k] = tanh(columns[k]);
        columns[2 * count + k] = 1.0 - columns[count + k] * columns[count + k];
    }
    qn_transfer_table *table;
    assert_ok(qn_transfer_table_create(count, columns, columns + count, columns + 2 * count, &table));
    free(columns);
    return table;
}

// phi'''' h^4 / 384 with |tanh''''| < 4.1: what a table may differ by.
static void a_fine_table_of_tanh_averages_like_tanh(void **state)
{
    (void)state;
    const size_t count = 481;
    qn_transfer_table *table = tanh_table(count);
    const double h = 24.0 / (double)(count - 1), allowed = 2.0 * 4.1 * h * h * h * h / 384.0;
    const qn_transfer transfer = {.kind = QN_TRANSFER_TABLE, .table = table};
    assert_true(qn_transfer_is_odd(&transfer));
    static const double means[] = {0.0, 0.5}, variances[] = {0.04, 1.924805};
    for (int m = 0; m < 2; ++m)
        for (int v = 0; v < 2; ++v) {
            qn_gaussian_average *average, *expected;
            assert_ok(qn_gaussian_average_create(&transfer, means[m], variances[v], &average));
            assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, means[m], variances[v], &expected));
            assert_within(qn_gaussian_average_value(average), qn_gaussian_average_value(expected), allowed);
            assert_within(qn_gaussian_average_square(average), qn_gaussian_average_square(expected), allowed);
            for (double rho = -1.0; rho <= 1.0; rho += 0.05) {
                const double c = rho * variances[v];
                double found, reference;
                qn_gaussian_average_product(average, 1, &c, &found);
                qn_gaussian_average_product(expected, 1, &c, &reference);
                assert_within(found, reference, allowed);
                qn_gaussian_average_potential(average, 1, &c, &found);
                qn_gaussian_average_potential(expected, 1, &c, &reference);
                assert_within(found, reference, allowed * variances[v] + 1e-14);
            }
            qn_gaussian_average_destroy(average);
            qn_gaussian_average_destroy(expected);
        }
    qn_transfer_table_destroy(table);
}

static void a_level_end_stays_level_to_infinity(void **state)
{
    (void)state;
    static const double knots[] = {-2.0, -1.0, 1.0, 2.0}, value[] = {-1.0, -0.8, 0.8, 1.0},
                        slope[] = {0.0, 0.5, 0.5, 0.0};
    qn_transfer_table *table;
    assert_ok(qn_transfer_table_create(4, knots, value, slope, &table));
    const qn_transfer transfer = {.kind = QN_TRANSFER_TABLE, .table = table};
    double x[] = {-INFINITY, INFINITY, 1e300}, found[3];
    qn_transfer_value(&transfer, 3, x, found);
    assert_true(found[0] == -1.0 && found[1] == 1.0 && found[2] == 1.0);
    qn_transfer_slope(&transfer, 3, x, found);
    assert_true(found[0] == 0.0 && found[1] == 0.0);
    qn_transfer_integral(&transfer, 3, x, found);
    assert_true(found[0] == INFINITY && found[1] == INFINITY);
    assert_close(qn_transfer_bound(&transfer), 1.0, 1e-15);
    qn_transfer_table_destroy(table);
}

// Coarse, uneven, not odd: kinks are what the averages must not step over.
static void a_coarse_table_keeps_f1_f_and_w_consistent(void **state)
{
    (void)state;
    static const double x[] = {-2.0, -0.7, 0.1, 0.5, 1.9}, value[] = {-0.9, -0.5, 0.2, 0.4, 0.6},
                        slope[] = {0.0, 0.7, 0.6, 0.3, 0.1};
    qn_transfer_table *table;
    assert_ok(qn_transfer_table_create(5, x, value, slope, &table));
    const qn_transfer transfer = {.kind = QN_TRANSFER_TABLE, .table = table};
    static const double means[] = {0.0, -0.6}, variances[] = {1e-4, 0.3, 20.0};
    for (int m = 0; m < 2; ++m)
        for (int v = 0; v < 3; ++v) {
            const double c0 = variances[v];
            qn_gaussian_average *average;
            assert_ok(qn_gaussian_average_create(&transfer, means[m], c0, &average));
            const double square = qn_gaussian_average_square(average),
                         steepest = qn_gaussian_average_square_slope(average);
            for (double rho = -0.995; rho < 1.0; rho += 0.0331) {
                const double h = 0.02 * c0 * (1.0 - fabs(rho));
                double c[7], f[7], w[7], f1[7];
                for (int i = 0; i < 7; ++i) c[i] = rho * c0 + (i - 3) * h;
                qn_gaussian_average_product(average, 7, c, f);
                qn_gaussian_average_potential(average, 7, c, w);
                qn_gaussian_average_slope_product(average, 7, c, f1);
                const double df = (45.0 * (f[4] - f[2]) - 9.0 * (f[5] - f[1]) + (f[6] - f[0])) / (60.0 * h);
                const double dw = (45.0 * (w[4] - w[2]) - 9.0 * (w[5] - w[1]) + (w[6] - w[0])) / (60.0 * h);
                assert_within(df, f1[3], 1e-9 * steepest + 1e-13 * square / h);
                assert_within(dw, f[3], 1e-9 * square + 1e-13 * qn_gaussian_average_potential_at_variance(average) / h);
            }
            double brute = 0.0; // <phi^2> by a plain sum fine enough for kinks in phi''
            const double step = 2e-4;
            for (double z = -9.0; z < 9.0; z += step) {
                double at = means[m] + sqrt(c0) * z;
                qn_transfer_value(&transfer, 1, &at, &at);
                brute += step * 0.39894228040143267794 * exp(-0.5 * z * z) * at * at;
            }
            assert_within(square, brute, 1e-11);
            qn_gaussian_average_destroy(average);
        }
    qn_transfer_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_is_read),
                                       cmocka_unit_test(files_at_fault_are_refused_with_line_and_value),
                                       cmocka_unit_test(a_zero_byte_is_no_text),
                                       cmocka_unit_test(arrays_at_fault_are_refused),
                                       cmocka_unit_test(cubics_are_reproduced_between_uneven_knots),
                                       cmocka_unit_test(a_level_end_stays_level_to_infinity),
                                       cmocka_unit_test(a_fine_table_of_tanh_averages_like_tanh),
                                       cmocka_unit_test(a_coarse_table_keeps_f1_f_and_w_consistent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
