// The four-point theory against numbers computed by other means, and against a plain sum over a fine grid.
#include "four_point_solved.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    qn_transfer_kind kind;
    double strength, noise;
    double intercept, slope, field_intercept, field_slope, independent, ranked; // A, B, A_x, B_x, PR at 1/PR^D = 0, 10
    double diagonal[4], opposite, one_sided,
        ranked_diagonal;    // Theta(l, l) at 0, 2, 5, 10; (5, -5); (5, 0); (5, 5) at 1
    double at_zero, at_one; // PR(omega = 0), PR(omega = 1)
} known;

static const known table[] = {
    {QN_TRANSFER_TANH,
     1.5,
     0.0,
     160.27093,
     149.75969,
     178.21368,
     167.33580,
     0.006239,
     0.000603,
     {18.75618, 18.55389, 17.64516, 15.47397},
     13.90568,
     17.08513,
     34.17246,
     0.00068,
     0.26322},
    {QN_TRANSFER_TANH,
     2.0,
     0.0,
     50.65684,
     43.96203,
     62.83464,
     55.63648,
     0.019741,
     0.002040,
     {13.34057, 12.88881, 11.25860, 8.38676},
     7.15278,
     10.78122,
     21.14741,
     0.00271,
     0.27669},
    {QN_TRANSFER_TANH,
     3.0,
     0.0,
     22.39594,
     17.67657,
     31.87558,
     26.51534,
     0.044651,
     0.005021,
     {10.37354, 9.56733, 7.43769, 4.59016},
     3.73785,
     7.10404,
     13.51415,
     0.00668,
     0.29254},
    {QN_TRANSFER_TANH,
     5.0,
     0.0,
     13.50069,
     9.78488,
     21.91317,
     17.42449,
     0.074070,
     0.008981,
     {8.87428, 7.72798, 5.45435, 2.91422},
     2.30340,
     5.22575,
     9.67081,
     0.01095,
     0.30506},
    {QN_TRANSFER_ERF,
     1.5,
     0.0,
     135.06642,
     125.18329,
     151.88579,
     141.62475,
     0.007404,
     0.000721,
     {20.01543, 19.76052, 18.63682, 16.04665},
     14.33301,
     18.01422,
     35.96233,
     0.00085,
     0.26478},
    {QN_TRANSFER_ERF,
     2.0,
     0.0,
     43.45239,
     37.14723,
     54.94698,
     48.12631,
     0.023014,
     0.002410,
     {13.32694, 12.80136, 10.98006, 7.92247},
     6.70997,
     10.50697,
     20.50524,
     0.00326,
     0.27937},
    {QN_TRANSFER_ERF,
     3.0,
     0.0,
     20.10365,
     15.59934,
     29.24019,
     24.08179,
     0.049742,
     0.005679,
     {10.15509, 9.27515, 7.06423, 4.22404},
     3.42046,
     6.75098,
     12.76581,
     0.00753,
     0.29527},
    {QN_TRANSFER_ERF,
     5.0,
     0.0,
     12.69052,
     9.08343,
     20.97476,
     16.58019,
     0.078799,
     0.009660,
     {8.72998, 7.53202, 5.24589, 2.74861},
     2.16541,
     5.03014,
     9.27088,
     0.01161,
     0.30679},
    {QN_TRANSFER_TANH,
     1.2,
     0.5,
     3.25224,
     1.27725,
     3.39190,
     1.37814,
     0.307480,
     0.062403,
     {0.25194, 0.13917, 0.05533, 0.01220},
     0.01215,
     0.06314,
     0.08559,
     0.06252,
     0.39065},
    {QN_TRANSFER_TANH,
     0.5,
     1.0,
     1.04626,
     0.00213,
     1.05027,
     0.00248,
     0.955781,
     0.936692,
     {0.17001, 0.00511, 0.00005, 0.00000},
     0.00002,
     0.00163,
     0.00005,
     0.82979,
     0.91291},
    {QN_TRANSFER_ERF,
     2.0,
     0.5,
     21.91987,
     17.66368,
     27.64317,
     22.96047,
     0.045621,
     0.005036,
     {6.80686, 6.26457, 5.02528, 3.29668},
     2.63192,
     4.77118,
     9.23362,
     0.00505,
     0.28678},
};
enum { ROWS = sizeof table / sizeof *table };

static qn_rate_network network_of(const known *k)
{
    return (qn_rate_network){
        .size = 1000, .transfer = {.kind = k->kind}, .coupling = {.strength = k->strength}, .noise = k->noise};
}

// Printed digits, or 1e-4 of the value where that is more.
static void assert_printed(double value, double printed, double digit)
{
    const double allowed = fmax(0.6 * digit, 1e-4 * fabs(printed));
    if (!(fabs(value - printed) <= allowed)) fail_msg("%.8g, expected %.8g", value, printed);
}

static void dimension_agrees_with_known_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; ++i) {
        const known *k = &table[i];
        const qn_rate_network network = network_of(k);
        qn_two_point two_point;
        qn_four_point *f = solve(&network, &two_point);
        qn_dimension d;
        assert_ok(qn_four_point_dimension(f, 10.0, &d));
        assert_printed(d.intercept, k->intercept, 1e-5);
        assert_printed(d.slope, k->slope, 1e-5);
        assert_printed(d.field_intercept, k->field_intercept, 1e-5);
        assert_printed(d.field_slope, k->field_slope, 1e-5);
        assert_printed(d.participation_ratio, k->ranked, 1e-6);
        assert_ok(qn_four_point_dimension(f, 0.0, &d));
        assert_printed(d.participation_ratio, k->independent, 1e-6);
        assert_printed(d.participation_ratio_zero_frequency, k->at_zero, 1e-5);
        assert_printed(d.four_point_variance, k->diagonal[0], 1e-5);
        const double one = 1.0;
        double at_one;
        assert_ok(qn_four_point_frequency_dimension(f, 0.0, 1, &one, &at_one));
        assert_printed(at_one, k->at_one, 1e-5);
        qn_four_point_destroy(f);
        qn_two_point_clear(&two_point);
    }
}

static void lags_agree_with_known_numbers(void **state)
{
    (void)state;
    static const double first[] = {0, 2, 5, 10, 5, 5}, second[] = {0, 2, 5, 10, -5, 0};
    for (size_t i = 0; i < ROWS; ++i) {
        const known *k = &table[i];
        const qn_rate_network network = network_of(k);
        qn_two_point two_point;
        qn_four_point *f = solve(&network, &two_point);
        double theta[6], ranked;
        assert_ok(qn_four_point_at_lags(f, 0.0, 6, first, second, theta));
        for (size_t l = 0; l < 4; ++l) assert_printed(theta[l], k->diagonal[l], 1e-5);
        assert_printed(theta[4], k->opposite, 1e-5);
        assert_printed(theta[5], k->one_sided, 1e-5);
        assert_ok(qn_four_point_at_lags(f, 1.0, 1, &first[2], &second[2], &ranked));
        assert_printed(ranked, k->ranked_diagonal, 1e-5);
        qn_four_point_destroy(f);
        qn_two_point_clear(&two_point);
    }
}

// PR at 1/PR^D = 1 of every row of the table, and 1/PR linear in 1/PR^D down to orthogonal couplings.
static void inverse_dimension_is_linear_in_inverse_rank(void **state)
{
    (void)state;
    static const double full_rank[ROWS] = {0.003225, 0.010569, 0.024955, 0.042945, 0.003842, 0.012407,
                                           0.028009, 0.045926, 0.220775, 0.953837, 0.025263};
    static const double inverse_ranks[] = {-1.0, -0.5, 0.0, 1.0, 3.0, 10.0};
    for (size_t i = 0; i < ROWS; ++i) {
        const known *k = &table[i];
        const qn_rate_network network = network_of(k);
        qn_two_point two_point;
        qn_four_point *f = solve(&network, &two_point);
        qn_dimension d;
        assert_ok(qn_four_point_dimension(f, 1.0, &d));
        assert_printed(d.participation_ratio, full_rank[i], 1e-6);
        for (size_t r = 0; r < sizeof inverse_ranks / sizeof *inverse_ranks; ++r) {
            assert_ok(qn_four_point_dimension(f, inverse_ranks[r], &d));
            assert_close(1.0 / d.participation_ratio, k->intercept + k->slope * inverse_ranks[r], 1e-4);
            assert_close(1.0 / d.participation_ratio_field, k->field_intercept + k->field_slope * inverse_ranks[r],
                         1e-4);
            assert_close(d.four_point_variance * d.participation_ratio, pow(two_point.rate_variance, 2.0), 1e-12);
            assert_close(d.field_four_point_variance * d.participation_ratio_field, pow(two_point.field_variance, 2.0),
                         1e-12);
            assert_true(d.participation_ratio > 0.0 && d.participation_ratio_field > 0.0);
        }
        qn_four_point_destroy(f);
        qn_two_point_clear(&two_point);
    }
}

// What is asked of the two-point part must not show in the dimension: a grid too wide for C^phi aliases, a short one
// cuts its tail, and strong noise bends it within a fraction of the default step.
static void the_lag_grid_does_not_matter(void **state)
{
    (void)state;
    static const struct {
        double strength, noise, lag_step, lag_max;
    } cases[] = {{2.0, 0.0, 1.0, 0.0},  {2.0, 0.0, 0.0, 10.0}, {2.0, 0.0, 0.5, 20.0},
                 {2.0, 0.5, 0.25, 0.0}, {2.0, 0.5, 1.0, 10.0}, {10.0, 10.0, 0.05, 0.0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const qn_rate_network network = {
            .size = 100, .coupling = {.strength = cases[i].strength}, .noise = cases[i].noise};
        qn_two_point fine, given;
        qn_four_point *expected, *found;
        const double lag = 5.0;
        double expected_lag, found_lag;
        assert_ok(qn_two_point_solve(&network, &(qn_two_point_options){.lag_step = 0.005}, &fine));
        assert_ok(qn_four_point_create(&network, &fine, &expected));
        assert_ok(qn_four_point_at_lags(expected, 0.3, 1, &lag, &lag, &expected_lag));
        assert_ok(qn_two_point_solve(
            &network, &(qn_two_point_options){.lag_step = cases[i].lag_step, .lag_max = cases[i].lag_max}, &given));
        assert_ok(qn_four_point_create(&network, &given, &found));
        assert_ok(qn_four_point_at_lags(found, 0.3, 1, &lag, &lag, &found_lag));
        qn_dimension a, b;
        assert_ok(qn_four_point_dimension(expected, 0.0, &a));
        assert_ok(qn_four_point_dimension(found, 0.0, &b));
        assert_close(b.intercept, a.intercept, 1e-5);
        assert_close(b.slope, a.slope, 1e-5);
        assert_close(b.field_intercept, a.field_intercept, 1e-5);
        assert_close(b.field_slope, a.field_slope, 1e-5);
        assert_close(found_lag, expected_lag, 1e-5);
        qn_four_point_destroy(expected);
        qn_four_point_destroy(found);
        qn_two_point_clear(&fine);
        qn_two_point_clear(&given);
    }
}

// (E6) as it stands, S and all in complex numbers' moduli, on an even grid: no panels, no rewriting.
static void a_plain_sum_agrees(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 100, .transfer = {.kind = QN_TRANSFER_ERF}, .coupling = {.strength = 3.0}};
    qn_two_point t;
    qn_four_point *f = solve(&network, &t);
    qn_spectrum spectrum;
    assert_ok(qn_stationary_transform(&t.rate, 2.0 * t.rate.step * (double)(t.rate.count - 1), 0.0, &spectrum));
    const double w = spectrum.step, g2 = 9.0, kappa4 = 0.7 * g2 * g2;
    const long last = (long)(8.0 / w);
    double sum = 0.0;
    for (long i = -last; i <= last; ++i)
        for (long j = -last; j <= last; ++j) {
            const double first = w * (double)i, second = w * (double)j, s0 = t.mean_slope;
            const double across = (1.0 + first * first) * (1.0 + second * second);
            // s = g^2 S0^2 (1 - i first)(1 - i second) / across
            const double q = g2 * s0 * s0 / across;
            const double real = 1.0 - q * (1.0 - first * second), imaginary = q * (first + second);
            const double c = spectrum.values[labs(i)] * spectrum.values[labs(j)];
            sum += c * ((1.0 + kappa4 * pow(s0, 4.0) / across) / (real * real + imaginary * imaginary) - 1.0);
        }
    const double theta = t.rate_variance * t.rate_variance + sum * w * w / (4.0 * M_PI * M_PI);
    qn_dimension d;
    assert_ok(qn_four_point_dimension(f, 0.7, &d));
    assert_close(d.four_point_variance, theta, 1e-3);
    qn_spectrum_clear(&spectrum);
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

// Many pairs are done in groups: each the same bits as alone with the longest of them.
static void pairs_of_lags_do_not_matter_to_each_other(void **state)
{
    (void)state;
    enum { PAIRS = 75 };
    const qn_rate_network network = {.size = 100, .coupling = {.strength = 2.0}};
    double first[PAIRS], second[PAIRS], together[PAIRS];
    qn_two_point t;
    qn_four_point *f = solve(&network, &t);
    for (size_t n = 0; n < PAIRS; ++n) {
        first[n] = 0.3 * (double)n - 7.0;
        second[n] = 12.0 - 0.2 * (double)n;
    }
    assert_ok(qn_four_point_at_lags(f, 0.4, PAIRS, first, second, together));
    for (size_t n = 0; n < PAIRS; n += 7) {
        const double lags[] = {first[n], first[PAIRS - 1]}, others[] = {second[n], second[PAIRS - 1]};
        double alone[2];
        assert_ok(qn_four_point_at_lags(f, 0.4, 2, lags, others, alone));
        assert_true(alone[0] == together[n]);
    }
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

static void what_has_no_dimension_is_refused(void **state)
{
    (void)state;
    qn_rate_network network = {.size = 100, .coupling = {.strength = 0.8}};
    qn_two_point t;
    qn_four_point *f = NULL;
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_NO_SOLUTION);
    assert_non_null(strstr(qn_last_error(), "quiescent"));
    qn_two_point_clear(&t);

    network.coupling.strength = 2.0;
    network.input = 0.3;
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "network.input is 0.3"));
    assert_null(f);
    qn_two_point_clear(&t);

    network = (qn_rate_network){.size = 100, .coupling = {.strength = 2.0, .mean = -0.5}};
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "network.coupling.mean is -0.5"));
    qn_two_point_clear(&t);

    network = (qn_rate_network){.size = 100,
                                .transfer = {.kind = QN_TRANSFER_RELU},
                                .coupling = {.strength = 2.0, .mean = -12.0},
                                .input = 1.0};
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "network.transfer is relu"));
    assert_null(f);
    qn_two_point_clear(&t);

    network = (qn_rate_network){.size = 100, .coupling = {.strength = 2.0}};
    f = solve(&network, &t);
    qn_dimension d;
    assert_int_equal(qn_four_point_dimension(f, -1.2, &d), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "inverse effective rank is -1.2"));
    assert_int_equal(qn_four_point_dimension(f, NAN, &d), QN_BAD_VALUE);
    assert_int_equal(qn_four_point_dimension(f, INFINITY, &d), QN_BAD_VALUE);
    assert_ok(qn_four_point_dimension(f, -1.0, &d));
    assert_true(d.participation_ratio > 0.0 && d.participation_ratio < 1.0);
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dimension_agrees_with_known_numbers),
                                       cmocka_unit_test(lags_agree_with_known_numbers),
                                       cmocka_unit_test(inverse_dimension_is_linear_in_inverse_rank),
                                       cmocka_unit_test(the_lag_grid_does_not_matter),
                                       cmocka_unit_test(a_plain_sum_agrees),
                                       cmocka_unit_test(pairs_of_lags_do_not_matter_to_each_other),
                                       cmocka_unit_test(what_has_no_dimension_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
