#include "testing.h"

#include "observables/cross_covariance.h"

#include <stdlib.h>

enum { MAX_UNITS = 300, MAX_TRIALS = 8 };
static const double REGRESSION = 0.8; // of a frame on the one before

// y = A z + offset, A = the identity and a few entries beside it, z_i stationary and first-order autoregressive:
// C_ij(l) = REGRESSION^l (A A^T)_ij.
static double mixing(size_t i, size_t j) { return i == j ? 1 : j == (7 * i + 3) % 10 ? 0.7 : 0; }

static double covariance(size_t units, size_t i, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < units; ++k) sum += mixing(i, k) * mixing(j, k);
    return sum;
}

static qn_activity_record record_of(qn_cross_covariance_layout layout, uint64_t index, double offset)
{
    const qn_stream stream = {.seed = 5, .purpose = QN_PURPOSE_TEST, .index = index};
    const size_t stride = 16, values = layout.units * stride;
    double *z = calloc(values, sizeof *z), *next = calloc(values, sizeof *next), *frame = calloc(values, sizeof *frame);
    assert_true(z && next && frame);
    qn_activity_record record;
    assert_ok(qn_activity_record_create(&layout, &record));
    for (size_t t = 0; t < layout.frames; ++t) {
        qn_normal(&stream, t * values, values, next);
        for (size_t i = 0; i < values; ++i)
            z[i] = t == 0 ? next[i] : REGRESSION * z[i] + sqrt(1 - REGRESSION * REGRESSION) * next[i];
        for (size_t i = 0; i < layout.units; ++i)
            for (size_t a = 0; a < layout.trials; ++a) {
                const size_t other = (7 * i + 3) % 10;
                frame[i * stride + a] = z[i * stride + a] + offset * (double)i;
                if (other != i) frame[i * stride + a] += 0.7 * z[other * stride + a];
            }
        qn_activity_record_add(&record, frame, stride, false);
    }
    free(z), free(next), free(frame);
    return record;
}

static const bool all_used[MAX_TRIALS] = {true, true, true, true, true, true, true, true};

// For Gaussian activity <C_ij^2> of one trial is C_ij^2 + (C_ii C_jj + C_ij^2) sum_tt' rho^2(t - t') / K^2, exactly.
static void has_no_bias_where_one_trial_has(void **state)
{
    (void)state;
    enum { SAMPLES = 600, LAGS = 3 };
    const qn_cross_covariance_layout layout = {.units = 30, .trials = 4, .frames = 20, .lags = LAGS};
    static double four_point[LAGS][SAMPLES], naive[SAMPLES];
    for (uint64_t sample = 0; sample < SAMPLES; ++sample) {
        qn_activity_record record = record_of(layout, sample, 0);
        double found[LAGS];
        assert_ok(qn_cross_covariance(&record, all_used, found, &naive[sample]));
        for (int lag = 0; lag < LAGS; ++lag) four_point[lag][sample] = found[lag];
        qn_activity_record_clear(&record);
    }
    double trace = 0, square = 0, repeats = 0;
    for (size_t i = 0; i < layout.units; ++i) {
        trace += covariance(layout.units, i, i);
        for (size_t j = 0; j < layout.units; ++j) square += pow(covariance(layout.units, i, j), 2);
    }
    for (int t = 0; t < 20; ++t)
        for (int s = 0; s < 20; ++s) repeats += pow(REGRESSION, 2 * abs(t - s)) / 400;
    for (int lag = 0; lag < LAGS; ++lag)
        assert_agrees(square / 30 * pow(REGRESSION, 2 * lag), qn_estimate_of(SAMPLES, four_point[lag]), .max_z = 4,
                      .max_relative_error = 0.05, .max_relative_bar = 0.02);
    const double biased = (square + (trace * trace + square) * repeats) / 30;
    assert_true(biased > 3 * square / 30);
    assert_agrees(biased, qn_estimate_of(SAMPLES, naive), .max_z = 4, .max_relative_error = 0.02,
                  .max_relative_bar = 0.01);
}

// The definition, in double, term by term.
static double by_definition(const qn_activity_record *record, const bool *used, size_t lag, double *naive)
{
    const size_t units = record->layout.units, frames = record->layout.frames;
    double different = 0, same = 0, trials = 0;
    for (size_t a = 0; a < record->layout.trials; ++a) trials += used[a];
    for (size_t i = 0; i < units; ++i)
        for (size_t j = 0; j < units; ++j) {
            double sum = 0, squares = 0;
            for (size_t a = 0; a < record->layout.trials; ++a) {
                if (!used[a]) continue;
                double product = 0;
                for (size_t t = 0; t + lag < frames; ++t)
                    product += (double)record->values[(a * frames + t) * units + i] *
                               record->values[(a * frames + t + lag) * units + j] / (double)(frames - lag);
                sum += product, squares += product * product;
            }
            different += sum * sum - squares, same += squares;
        }
    *naive = same / (trials * (double)units);
    return different / (trials * (trials - 1) * (double)units);
}

static void both_methods_are_the_definition(void **state)
{
    (void)state;
    enum { LAGS = 4 };
    const bool used[5] = {true, true, false, true, true};
    for (int method = QN_CROSS_COVARIANCE_OF_UNITS; method <= QN_CROSS_COVARIANCE_OF_TIMES; ++method) {
        const qn_cross_covariance_layout layout = {
            .units = 150, .trials = 5, .frames = 13, .lags = LAGS, .method = (qn_cross_covariance_method)method};
        qn_activity_record record = record_of(layout, 1, 0);
        double found[LAGS], naive, expected_naive;
        assert_ok(qn_cross_covariance(&record, used, found, &naive));
        for (size_t lag = LAGS; lag-- > 0;)
            assert_close(found[lag], by_definition(&record, used, lag, &expected_naive), 1e-5);
        assert_close(naive, expected_naive, 1e-5);
        qn_activity_record_clear(&record);
    }
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const int before = qn_threads();
    for (int method = QN_CROSS_COVARIANCE_OF_UNITS; method <= QN_CROSS_COVARIANCE_OF_TIMES; ++method) {
        const qn_cross_covariance_layout layout = {
            .units = MAX_UNITS, .trials = 6, .frames = 17, .lags = 2, .method = (qn_cross_covariance_method)method};
        double found[2][3];
        for (int run = 0; run < 2; ++run) {
            qn_set_threads(run + 1);
            qn_activity_record record = record_of(layout, 2, 0.1);
            qn_activity_record_centre(&record, all_used);
            qn_activity_record_standardise(&record, all_used);
            assert_ok(qn_cross_covariance(&record, all_used, found[run], &found[run][2]));
            qn_activity_record_clear(&record);
        }
        assert_memory_equal(found[0], found[1], sizeof found[0]);
    }
    qn_set_threads(before);
}

static void normalising_takes_off_means_and_scales(void **state)
{
    (void)state;
    const bool used[4] = {true, false, true, true};
    const qn_cross_covariance_layout layout = {.units = 70, .trials = 4, .frames = 30, .lags = 1};
    qn_activity_record plain = record_of(layout, 3, 0), other = record_of(layout, 3, 0.05);
    const size_t units = layout.units;
    for (size_t k = 0; k < layout.trials * layout.frames; ++k) {
        for (size_t i = 1; i < units; ++i) other.values[k * units + i] *= (float)i;
        plain.values[k * units] = 0, other.values[k * units] = 4; // a silent unit
    }
    double expected, found;
    qn_activity_record_centre(&plain, used), qn_activity_record_centre(&other, used);
    qn_activity_record_standardise(&plain, used), qn_activity_record_standardise(&other, used);
    assert_ok(qn_cross_covariance(&plain, used, &expected, NULL));
    assert_ok(qn_cross_covariance(&other, used, &found, NULL));
    assert_close(found, expected, 1e-4);
    assert_true(expected > 1);
    assert_close(qn_activity_record_mean_square(&other, used), 69.0 / 70, 1e-5);
    double mean = 0;
    for (size_t a = 0; a < 4; ++a)
        for (size_t t = 0; t < 30; ++t) mean += used[a] ? other.values[(a * 30 + t) * units + 5] / 90 : 0;
    assert_within(mean, 0, 1e-5);
    qn_activity_record_clear(&plain), qn_activity_record_clear(&other);
}

static void one_trial_is_not_enough(void **state)
{
    (void)state;
    const bool used[4] = {false, true, false, false};
    qn_activity_record record =
        record_of((qn_cross_covariance_layout){.units = 10, .trials = 4, .frames = 5, .lags = 1}, 4, 0);
    double found = 77;
    assert_fails(qn_cross_covariance(&record, used, &found, NULL), QN_BAD_VALUE, "at least 2");
    assert_close(found, 77, 0);
    qn_activity_record_clear(&record);
    const qn_cross_covariance_layout layout = {.units = 10, .trials = 4, .frames = 5, .lags = 6};
    assert_fails(qn_activity_record_create(&layout, &record), QN_BAD_VALUE, "1 to 5");
}

// By class: what a common factor of its units was is gone, what tells units of a class apart is not.
static void standardising_classes_keeps_units_apart(void **state)
{
    (void)state;
    const qn_cross_covariance_layout layout = {.units = 60, .trials = 4, .frames = 30, .lags = 1};
    qn_activity_record plain = record_of(layout, 4, 0), scaled = record_of(layout, 4, 0),
                       mixed = record_of(layout, 4, 0);
    size_t unit_class[60];
    for (size_t i = 0; i < 60; ++i) unit_class[i] = i % 3;
    for (size_t k = 0; k < layout.trials * layout.frames; ++k)
        for (size_t i = 0; i < 60; ++i) {
            scaled.values[k * 60 + i] *= (float)(1 + 4 * (i % 3));
            mixed.values[k * 60 + i] *= (float)(1 + i % 7);
        }
    double expected, found, other;
    assert_ok(qn_activity_record_standardise_classes(&plain, all_used, 3, unit_class));
    assert_ok(qn_activity_record_standardise_classes(&scaled, all_used, 3, unit_class));
    assert_ok(qn_activity_record_standardise_classes(&mixed, all_used, 3, unit_class));
    assert_close(qn_activity_record_mean_square(&scaled, all_used), 1, 1e-5);
    assert_ok(qn_cross_covariance(&plain, all_used, &expected, NULL));
    assert_ok(qn_cross_covariance(&scaled, all_used, &found, NULL));
    assert_ok(qn_cross_covariance(&mixed, all_used, &other, NULL));
    assert_close(found, expected, 1e-4);
    assert_true(fabs(other / expected - 1) > 0.05);
    qn_activity_record_clear(&plain), qn_activity_record_clear(&scaled), qn_activity_record_clear(&mixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_no_bias_where_one_trial_has),
        cmocka_unit_test(both_methods_are_the_definition),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(normalising_takes_off_means_and_scales),
        cmocka_unit_test(standardising_classes_keeps_units_apart),
        cmocka_unit_test(one_trial_is_not_enough),
    };
    return cmocka_run_group_tests_name("cross_covariance", tests, NULL, NULL);
}
