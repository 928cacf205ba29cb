#include "autoregressive.h"

#include "observables/principal_components.h"

// Covariance matrix of used trials and frames, in double.
static double covariance(const qn_activity_record *record, const bool *used, size_t i, size_t j)
{
    double sum = 0, samples = 0;
    for (size_t a = 0; a < record->layout.trials; ++a) {
        if (!used[a]) continue;
        for (size_t t = 0; t < record->recorded; ++t, ++samples)
            sum += (double)qn_activity_record_frame(record, a, t)[i] * qn_activity_record_frame(record, a, t)[j];
    }
    return sum / samples;
}

// Traces of the first three powers, which no wrong spectrum has all of; more units than samples, and fewer.
static void spectrum_has_the_moments_of_the_covariances(void **state)
{
    (void)state;
    enum { UNITS = 150 };
    static double c[UNITS][UNITS], square[UNITS][UNITS];
    const bool used[5] = {true, false, true, true, true};
    const size_t frames[] = {7, 37, 38, 90}; // 28, 148, 152 and 360 samples
    for (int k = 0; k < 4; ++k) {
        qn_activity_record record = autoregressive_record(
            (qn_cross_covariance_layout){.units = UNITS, .trials = 5, .frames = frames[k], .lags = 1}, 1);
        double moment[4] = {0}, found[4] = {0}, variances[UNITS];
        for (size_t i = 0; i < UNITS; ++i)
            for (size_t j = 0; j < UNITS; ++j) c[i][j] = covariance(&record, used, i, j);
        for (size_t i = 0; i < UNITS; ++i)
            for (size_t j = 0; j < UNITS; ++j) {
                square[i][j] = 0;
                for (size_t l = 0; l < UNITS; ++l) square[i][j] += c[i][l] * c[l][j];
            }
        for (size_t i = 0; i < UNITS; ++i) {
            moment[1] += c[i][i], moment[2] += square[i][i];
            for (size_t j = 0; j < UNITS; ++j) moment[3] += square[i][j] * c[j][i];
        }
        assert_ok(qn_principal_variances(&record, used, variances));
        for (size_t i = 0; i < UNITS; ++i) {
            assert_true(variances[i] >= 0 && (i == 0 || variances[i] <= variances[i - 1]));
            for (int power = 1; power <= 3; ++power) found[power] += pow(variances[i], power);
        }
        for (int power = 1; power <= 3; ++power) assert_close(found[power] / moment[power], 1, 2e-6);
        if (frames[k] == 7) assert_within(variances[28], 0, 0);
        qn_activity_record_clear(&record);
    }
}

// Time courses that are exactly orthogonal: the variances are those of the amplitudes, whatever the directions' order.
static void orthogonal_time_courses_are_the_components(void **state)
{
    (void)state;
    enum { FRAMES = 48, UNITS = 6 };
    qn_activity_record record;
    assert_ok(qn_activity_record_create(
        &(qn_cross_covariance_layout){.units = UNITS, .trials = 1, .frames = FRAMES, .lags = 1}, &record));
    for (size_t t = 0; t < FRAMES; ++t)
        for (size_t i = 0; i < UNITS; ++i)
            record.values[t * UNITS + i] =
                (float)((double)(i + 1) * sqrt(2) * cos(2 * M_PI * (double)((i + 3) * t) / FRAMES));
    record.recorded = FRAMES;
    double variances[UNITS];
    assert_ok(qn_principal_variances(&record, (const bool[]){true}, variances));
    for (size_t i = 0; i < UNITS; ++i) assert_close(variances[i], pow((double)(UNITS - i), 2), 1e-5);
    qn_activity_record_clear(&record);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    enum { UNITS = 300 };
    static double found[3][UNITS];
    const bool used[3] = {true, true, true};
    for (size_t frames = 20; frames <= 320; frames += 300) {
        qn_activity_record record = autoregressive_record(
            (qn_cross_covariance_layout){.units = UNITS, .trials = 3, .frames = frames, .lags = 1}, 2);
        for (int threads = 1; threads <= 3; ++threads) {
            qn_set_threads(threads);
            assert_ok(qn_principal_variances(&record, used, found[threads - 1]));
            assert_memory_equal(found[threads - 1], found[0], sizeof found[0]);
        }
        qn_set_threads(0);
        qn_activity_record_clear(&record);
    }
}

static void no_sample_is_refused(void **state)
{
    (void)state;
    double variance = 77;
    qn_activity_record record =
        autoregressive_record((qn_cross_covariance_layout){.units = 1, .trials = 2, .frames = 2, .lags = 1}, 3);
    assert_fails(qn_principal_variances(&record, (const bool[]){false, false}, &variance), QN_BAD_VALUE, "at least 1");
    assert_within(variance, 77, 0);
    qn_activity_record_clear(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectrum_has_the_moments_of_the_covariances),
        cmocka_unit_test(orthogonal_time_courses_are_the_components),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(no_sample_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
