#include "autoregressive.h"

#include "observables/four_point_map.h"

static double lagged(const qn_activity_record *record, size_t trial, size_t i, size_t j, long lag)
{
    double sum = 0, samples = 0;
    for (long t = 0; t < (long)record->recorded; ++t) {
        if (t + lag < 0 || t + lag >= (long)record->recorded) continue;
        sum += (double)qn_activity_record_frame(record, trial, (size_t)t)[i] *
               qn_activity_record_frame(record, trial, (size_t)(t + lag))[j];
        ++samples;
    }
    return sum / samples;
}

// Ordered pairs of different trials, term by term.
static double by_definition(const qn_activity_record *record, const bool *used, long first, long second)
{
    const size_t units = record->layout.units;
    double sum = 0, pairs = 0;
    for (size_t a = 0; a < record->layout.trials; ++a)
        for (size_t b = 0; b < record->layout.trials; ++b) {
            if (a == b || !used[a] || !used[b]) continue;
            ++pairs;
            for (size_t i = 0; i < units; ++i)
                for (size_t j = 0; j < units; ++j)
                    sum += lagged(record, a, i, j, first) * lagged(record, b, i, j, second);
        }
    return sum / (pairs * (double)units);
}

static void both_methods_are_the_definition(void **state)
{
    (void)state;
    enum { LAGS = 3, WIDTH = 2 * LAGS + 1 };
    const bool used[4] = {true, false, true, true};
    for (int method = QN_CROSS_COVARIANCE_OF_UNITS; method <= QN_CROSS_COVARIANCE_OF_TIMES; ++method) {
        qn_activity_record record = autoregressive_record(
            (qn_cross_covariance_layout){
                .units = 45, .trials = 4, .frames = 11, .lags = 1, .method = (qn_cross_covariance_method)method},
            1);
        double map[LAGS + 1][WIDTH];
        assert_ok(qn_four_point_map(&record, used, LAGS, map[0]));
        for (int l = 0; l <= LAGS; ++l)
            for (int m = -LAGS; m <= LAGS; ++m)
                assert_close(map[l][LAGS + m], by_definition(&record, used, l, m), 1e-5);
        // The same numbers as the diagonal has by itself.
        double diagonal;
        assert_ok(qn_cross_covariance(&record, used, &diagonal, NULL));
        assert_close(map[0][LAGS], diagonal, 1e-5);
        qn_activity_record_clear(&record);
    }
}

static void lags_of_either_sign_have_no_bias(void **state)
{
    (void)state;
    enum { SAMPLES = 2500, LAGS = 2, WIDTH = 2 * LAGS + 1, UNITS = 15 };
    static double found[LAGS + 1][WIDTH][SAMPLES];
    for (uint64_t s = 0; s < SAMPLES; ++s) {
        qn_activity_record record = autoregressive_record(
            (qn_cross_covariance_layout){.units = UNITS, .trials = 4, .frames = 24, .lags = 1}, s);
        double map[LAGS + 1][WIDTH];
        assert_ok(qn_four_point_map(&record, (const bool[]){true, true, true, true}, LAGS, map[0]));
        for (int l = 0; l <= LAGS; ++l)
            for (int m = 0; m < WIDTH; ++m) found[l][m][s] = map[l][m];
        qn_activity_record_clear(&record);
    }
    double same_sign = 0, other_sign = 0;
    for (int l = 0; l <= LAGS; ++l)
        for (int m = -LAGS; m <= LAGS; ++m) {
            double expected = 0;
            for (size_t i = 0; i < UNITS; ++i)
                for (size_t j = 0; j < UNITS; ++j)
                    expected += lagged_covariance(i, j, l) * lagged_covariance(i, j, m) / UNITS;
            assert_agrees(expected, qn_estimate_of(SAMPLES, found[l][LAGS + m]), .max_z = 4.5,
                          .max_relative_error = 0.07, .max_relative_bar = 0.02);
            if (l == LAGS && m == LAGS) same_sign = expected;
            if (l == LAGS && m == -LAGS) other_sign = expected;
        }
    assert_true(fabs(same_sign / other_sign - 1) > 0.2); // delays: the sign of a lag is there to be seen
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    enum { LAGS = 4, SIZE = (LAGS + 1) * (2 * LAGS + 1) };
    const bool used[6] = {true, true, true, true, false, true};
    for (int method = QN_CROSS_COVARIANCE_OF_UNITS; method <= QN_CROSS_COVARIANCE_OF_TIMES; ++method) {
        qn_activity_record record = autoregressive_record(
            (qn_cross_covariance_layout){
                .units = 200, .trials = 6, .frames = 20, .lags = 1, .method = (qn_cross_covariance_method)method},
            2);
        double map[3][SIZE];
        for (int threads = 1; threads <= 3; ++threads) {
            qn_set_threads(threads);
            assert_ok(qn_four_point_map(&record, used, LAGS, map[threads - 1]));
            assert_memory_equal(map[threads - 1], map[0], sizeof map[0]);
        }
        qn_set_threads(0);
        qn_activity_record_clear(&record);
    }
}

static void what_cannot_be_measured_is_refused(void **state)
{
    (void)state;
    double map[100];
    qn_activity_record record =
        autoregressive_record((qn_cross_covariance_layout){.units = 5, .trials = 2, .frames = 6, .lags = 1}, 3);
    assert_fails(qn_four_point_map(&record, (const bool[]){true, false}, 1, map), QN_BAD_VALUE, "at least 2");
    assert_fails(qn_four_point_map(&record, (const bool[]){true, true}, 6, map), QN_BAD_VALUE, "allowed: 1 to 5");
    assert_fails(qn_four_point_map(&record, (const bool[]){true, true}, 0, map), QN_BAD_VALUE, "allowed: 1 to 5");
    qn_activity_record_clear(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_methods_are_the_definition),
        cmocka_unit_test(lags_of_either_sign_have_no_bias),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
