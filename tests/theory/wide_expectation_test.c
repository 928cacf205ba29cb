#include "testing.h"

#include "theory/wide_expectation.h"

static const qn_transfer TANH = {.kind = QN_TRANSFER_TANH}, ERF = {.kind = QN_TRANSFER_ERF},
                         PLAIN_ERF = {.kind = QN_TRANSFER_ERF, .gain = 2.0 / 1.77245385090551602730},
                         RELU = {.kind = QN_TRANSFER_RELU}, LINEAR = {.kind = QN_TRANSFER_LINEAR},
                         POWER = {.kind = QN_TRANSFER_THRESHOLD_POWER}; // max(0, x)

static qn_wide_moment moment_of(const qn_transfer *phi, double a, double c, double b)
{
    qn_wide_moment moment;
    assert_ok(qn_wide_moment_of(phi, a, c, b, &moment));
    return moment;
}

static const double PLACES[][3] = {{1.3, 0.4, 0.7}, {2.0, -1.2, 1.5}, {0.3, 0.29, 0.31}, {5.0, 4.5, 5.0}};

static void agrees_with_the_table(const qn_transfer *phi, const double expected[4][2], double tolerance)
{
    for (size_t i = 0; i < 4; ++i) {
        const qn_wide_moment moment = moment_of(phi, PLACES[i][0], PLACES[i][1], PLACES[i][2]);
        assert_within(moment.value, expected[i][0], tolerance * fabs(expected[i][0]) + 6e-15);
        assert_within(moment.c, expected[i][1], tolerance * fabs(expected[i][1]) + 6e-15);
    }
}

// Values of a double-precision prototype, printed to 14 decimals.
static void products_and_slopes_are_those_of_the_sheet(void **state)
{
    (void)state;
    const double erf_values[4][2] = {{0.15995324091503, 0.40851583752047},
                                     {-0.33744633146660, 0.31088100304375},
                                     {0.19930884235975, 0.71064292108116},
                                     {0.58858782558294, 0.18755383184783}};
    const double plain[4][2] = {{0.17547965609182, 0.45015815807855},
                                {-0.36062564957621, 0.33740780453988},
                                {0.23462090682569, 0.84777201361629},
                                {0.61003554191573, 0.20131684841795}};
    const double relu[4][2] = {{0.26537809151894, 0.31886466915874},
                               {0.04496372224889, 0.12818394829994},
                               {0.14549836771661, 0.44994386349856},
                               {2.27384599711168, 0.42821685343565}};
    const double tanh_values[4][2] = {{0.15091976410914, 0.38526161055888},
                                      {-0.32032478116923, 0.29373678541218},
                                      {0.18930732330910, 0.67843013504874},
                                      {0.56845895530595, 0.17782215752274}};
    agrees_with_the_table(&ERF, erf_values, 1e-13);
    agrees_with_the_table(&PLAIN_ERF, plain, 1e-13);
    agrees_with_the_table(&RELU, relu, 1e-13);
    agrees_with_the_table(&POWER, relu, 1e-11);
    agrees_with_the_table(&TANH, tanh_values, 5e-12);
    const qn_wide_moment second = moment_of(&ERF, 1.3, 0.4, 0.7);
    assert_within(second.aa, 0.033395, 5e-7);
    assert_within(second.ac, -0.112420, 5e-7);
    assert_within(second.ab, 0.016822, 5e-7);
    assert_within(second.cc, 0.067286, 5e-7);
    assert_within(second.bc, -0.162885, 5e-7);
    assert_within(second.bb, 0.070105, 5e-7);
    qn_wide_square square;
    assert_ok(qn_wide_square_of(&ERF, 0.9, &square));
    assert_within(square.first, 0.211767781, 5e-10);
    assert_within(square.second, -0.224724516, 5e-10);
}

// Every derivative against central differences of the one below it: step 1e-4 leaves 1e-8 of the third derivative.
static void derivatives_are_those_of_differences(void **state)
{
    (void)state;
    const double h = 1e-4;
    const qn_transfer steep = {.kind = QN_TRANSFER_TANH, .gain = 1.7}, tall = {.kind = QN_TRANSFER_RELU, .gain = 0.6},
                      square_root = {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 1.5, .threshold = 0.3},
                      slope = {.kind = QN_TRANSFER_LINEAR, .gain = 1.5};
    const qn_transfer *all[] = {&TANH, &ERF, &RELU, &LINEAR, &steep, &tall, &square_root, &slope};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        for (size_t k = 0; k < (all[i] == &square_root ? 1 : 2); ++k) {
            const double a = PLACES[k][0], c = PLACES[k][1], b = PLACES[k][2];
            const qn_wide_moment m = moment_of(all[i], a, c, b);
            const qn_wide_moment up = moment_of(all[i], a + h, c, b), down = moment_of(all[i], a - h, c, b);
            const qn_wide_moment right = moment_of(all[i], a, c + h, b), left = moment_of(all[i], a, c - h, b);
            const qn_wide_moment on = moment_of(all[i], a, c, b + h), off = moment_of(all[i], a, c, b - h);
            const double tolerance = 2e-7;
            assert_within(m.a, (up.value - down.value) / (2 * h), tolerance);
            assert_within(m.b, (on.value - off.value) / (2 * h), tolerance);
            assert_within(m.c, (right.value - left.value) / (2 * h), tolerance);
            assert_within(m.aa, (up.a - down.a) / (2 * h), tolerance);
            assert_within(m.ab, (up.b - down.b) / (2 * h), tolerance);
            assert_within(m.ac, (up.c - down.c) / (2 * h), tolerance);
            assert_within(m.bb, (on.b - off.b) / (2 * h), tolerance);
            assert_within(m.bc, (right.b - left.b) / (2 * h), tolerance);
            assert_within(m.cc, (right.c - left.c) / (2 * h), tolerance);
        }
}

static void squares_are_products_of_coinciding_indices(void **state)
{
    (void)state;
    const double h = 1e-4;
    const qn_transfer *all[] = {&TANH, &ERF, &RELU, &LINEAR, &POWER, &PLAIN_ERF};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        for (double q = 0.3; q < 4.0; q *= 2.1) {
            qn_wide_square here, up, down;
            assert_ok(qn_wide_square_of(all[i], q, &here));
            assert_ok(qn_wide_square_of(all[i], q + h, &up));
            assert_ok(qn_wide_square_of(all[i], q - h, &down));
            assert_within(here.value, moment_of(all[i], q, q, q).value, 1e-11);
            assert_within(here.first, (up.value - down.value) / (2 * h), 1e-7);
            assert_within(here.second, (up.first - down.first) / (2 * h), 1e-7);
        }
}

// A table of max(0, x) and of tanh must give what the closed form and the quadrature give.
static void tables_agree_with_what_they_tabulate(void **state)
{
    (void)state;
    enum { ROWS = 241 };
    double x[ROWS], value[ROWS], slope[ROWS];
    for (int i = 0; i < ROWS; ++i) {
        x[i] = 0.05 * i - 6.0;
        value[i] = tanh(x[i]);
        slope[i] = 1.0 - value[i] * value[i];
    }
    qn_transfer table = {.kind = QN_TRANSFER_TABLE};
    qn_transfer_table *rows;
    assert_ok(qn_transfer_table_create(ROWS, x, value, slope, &rows));
    table.table = rows;
    const qn_wide_moment found = moment_of(&table, 1.3, 0.4, 0.7), exact = moment_of(&TANH, 1.3, 0.4, 0.7);
    // The cubic between knots h apart is off by h^4 / 384 phi'''' = 7e-8, its second derivative by h^2.
    assert_within(found.value, exact.value, 2e-7);
    assert_within(found.c, exact.c, 2e-6);
    assert_within(found.a, exact.a, 2e-6);
    assert_within(found.cc, exact.cc, 2e-4);
    assert_within(found.ac, exact.ac, 2e-4);
    assert_within(found.bb, exact.bb, 2e-4);
    qn_wide_square square, smooth;
    assert_ok(qn_wide_square_of(&table, 0.8, &square));
    assert_ok(qn_wide_square_of(&TANH, 0.8, &smooth));
    assert_within(square.value, smooth.value, 2e-7);
    assert_within(square.first, smooth.first, 2e-6);
    assert_within(square.second, smooth.second, 2e-4);
    assert_within(qn_wide_mean_of(&table, 1.0), 0.0, 1e-15);
    qn_transfer_table_destroy(rows);
}

static void means_and_edges(void **state)
{
    (void)state;
    assert_true(qn_wide_mean_of(&ERF, 2.0) == 0.0);
    assert_within(qn_wide_mean_of(&RELU, 2.0), 0.5641895835477563, 1e-15);
    assert_within(qn_wide_mean_of(&POWER, 2.0), 0.5641895835477563, 1e-12);
    const qn_wide_moment nothing = moment_of(&RELU, 0.0, 0.0, 1.0);
    assert_true(nothing.value == 0.0 && nothing.c == 0.0 && nothing.cc == 0.0);
    assert_true(isinf(moment_of(&RELU, 1.0, 1.0, 1.0).cc));
    assert_true(isnan(moment_of(&POWER, 1.0, 1.0, 1.0).cc));
    assert_within(moment_of(&POWER, 1.0, 1.0, 1.0).value, 0.5, 1e-12);
    qn_gaussian_average *average; // at u = 0: phi'(0) <phi'>
    assert_ok(qn_gaussian_average_create(&TANH, 0.0, 1.0, &average));
    assert_within(moment_of(&TANH, 0.0, 0.0, 1.0).c, qn_gaussian_average_slope(average), 1e-12);
    qn_gaussian_average_destroy(average);
    qn_wide_moment untouched = {.value = 7.0};
    assert_fails(qn_wide_moment_of(&ERF, -1.0, 0.0, 1.0, &untouched), QN_BAD_VALUE,
                 "variance a is -1; allowed: 0 or more");
    assert_fails(qn_wide_moment_of(&ERF, 1.0, 0.0, NAN, &untouched), QN_BAD_VALUE, "variance b is nan");
    assert_fails(qn_wide_moment_of(&ERF, 1.0, 1.1, 1.0, &untouched), QN_BAD_VALUE,
                 "covariance is 1.1; allowed: at most sqrt(a b) = 1");
    assert_true(untouched.value == 7.0);
    qn_wide_square square;
    assert_fails(qn_wide_square_of(&ERF, -0.5, &square), QN_BAD_VALUE, "variance is -0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products_and_slopes_are_those_of_the_sheet),
                                       cmocka_unit_test(derivatives_are_those_of_differences),
                                       cmocka_unit_test(squares_are_products_of_coinciding_indices),
                                       cmocka_unit_test(tables_agree_with_what_they_tabulate),
                                       cmocka_unit_test(means_and_edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
