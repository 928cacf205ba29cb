#include "testing.h"

static void linear_bins_by_hand(void **state)
{
    (void)state;
    static const double rate[] = {0, 1, 1.5, 2, NAN, 4, 0, 3.9, 9, 2.5};
    qn_rate_histogram h;
    assert_ok(qn_rate_histogram_make(10, rate, &(qn_rate_histogram_options){.bins = 2, .highest = 4}, &h));
    assert_int_equal(h.count, 2);
    assert_close(h.edge[1], 2, 1e-15);
    assert_close(h.density[0], 4. / 9 / 2, 1e-15); // an edge belongs to the bin above it, but for the last
    assert_close(h.density[1], 4. / 9 / 2, 1e-15);
    assert_close(h.above, 1. / 9, 1e-15);
    assert_true(h.below == 0);
    qn_rate_histogram_clear(&h);
    assert_null(h.edge);
}

static void logarithmic_bins_by_hand(void **state)
{
    (void)state;
    static const double rate[] = {0, 0.1, 0.5, 5, 10, 100, 0, 20};
    qn_rate_histogram h;
    assert_ok(qn_rate_histogram_make(8, rate, &(qn_rate_histogram_options){.bins = 3, .logarithmic = true}, &h));
    assert_true(h.edge[0] == 0.1 && h.edge[3] == 100);
    assert_close(h.edge[1], 1, 1e-14);
    assert_close(h.density[0] * 0.9, 2. / 8, 1e-14);
    assert_close(h.density[2] * (h.edge[3] - h.edge[2]), 3. / 8, 1e-14);
    assert_close(h.below, 2. / 8, 1e-15);
    double all = h.below + h.above;
    for (size_t b = 0; b < 3; ++b) all += h.density[b] * (h.edge[b + 1] - h.edge[b]);
    assert_close(all, 1, 1e-14);
    qn_rate_histogram_clear(&h);
}

static void defaults_and_edges(void **state)
{
    (void)state;
    qn_rate_histogram h;
    for (int logarithmic = 0; logarithmic < 2; ++logarithmic) {
        const qn_rate_histogram_options options = {.logarithmic = logarithmic};
        assert_ok(qn_rate_histogram_make(3, (double[]){0, 0, 0}, &options, &h)); // all silent
        assert_int_equal(h.count, 40);
        assert_true(h.edge[0] < h.edge[1] && h.edge[40] == 1 && h.above == 0);
        assert_true(logarithmic ? h.below == 1 : fabs(h.density[0] - 40) < 1e-12);
        qn_rate_histogram_clear(&h);
        assert_ok(qn_rate_histogram_make(0, NULL, &options, &h)); // nobody
        assert_true(isnan(h.below) && isnan(h.density[0]) && isnan(h.above));
        qn_rate_histogram_clear(&h);
        assert_ok(qn_rate_histogram_make(2, (double[]){7, 7}, &options, &h)); // all alike
        assert_true(h.below == 0 && h.above == 0);
        qn_rate_histogram_clear(&h);
    }
    assert_fails(qn_rate_histogram_make(1, (double[]){1}, &(qn_rate_histogram_options){.lowest = 3, .highest = 2}, &h),
                 QN_BAD_VALUE, "from 3 to 2 1/s");
    assert_fails(qn_rate_histogram_make(1, (double[]){1},
                                        &(qn_rate_histogram_options){.lowest = -1, .highest = 2, .logarithmic = true},
                                        &h),
                 QN_BAD_VALUE, "positive for logarithmic bins");
}

static void quantiles_and_rates(void **state)
{
    (void)state;
    static const double values[] = {9, 1, NAN, 3, 5};
    double found[5];
    assert_ok(qn_quantiles_of(5, values, 5, (double[]){0, 0.25, 0.5, 0.9, 1}, found));
    static const double expected[] = {1, 2.5, 4, 7.8, 9}; // numpy.quantile
    for (size_t q = 0; q < 5; ++q) assert_close(found[q], expected[q], 1e-14);
    assert_ok(qn_quantiles_of(1, (double[]){NAN}, 1, (double[]){0.5}, found));
    assert_true(isnan(found[0]));
    assert_ok(qn_quantiles_of(1, (double[]){2}, 1, (double[]){0.5}, found));
    assert_true(found[0] == 2);
    assert_fails(qn_quantiles_of(5, values, 1, (double[]){1.1}, found), QN_BAD_VALUE, "1.1");
    qn_rates_of_counts(3, (uint32_t[]){0, 5, 10}, 500, found);
    assert_true(found[0] == 0 && found[1] == 10 && found[2] == 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_bins_by_hand),
        cmocka_unit_test(logarithmic_bins_by_hand),
        cmocka_unit_test(defaults_and_edges),
        cmocka_unit_test(quantiles_and_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
