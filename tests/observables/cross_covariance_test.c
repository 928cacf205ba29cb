// The four-point function from trials: without the bias that single trials have.
#include "testing.h"

#include "observables/cross_covariance.h"

#include <quenched/random.h>
#include <quenched/threads.h>

#include <stdlib.h>

enum { UNITS = 60, TRIALS = 12, STRIDE = 16, FRAMES = 40, LAGS = 3 };

// Independent frames of unit i = factor_i z + own_i: Theta(0,0) = (1/N) |f f^T + 1|^2, and 0 at other lags.
static const double factor = 0.7;

static void frame_of(size_t draw, size_t frame, double shift, double *out)
{
    static double deviates[(UNITS + 1) * STRIDE];
    const qn_stream stream = {9, QN_PURPOSE_TEST, draw};
    qn_normal(&stream, frame * (UNITS + 1) * STRIDE, (UNITS + 1) * STRIDE, deviates);
    for (size_t i = 0; i < UNITS; ++i)
        for (size_t a = 0; a < STRIDE; ++a)
            out[i * STRIDE + a] = shift * (double)(i % 5) + factor * deviates[a] + deviates[(i + 1) * STRIDE + a];
}

static qn_cross_covariance_statistics measure(size_t draw, double shift, bool centre, double *four_point)
{
    const qn_cross_covariance_layout layout = {
        .units = UNITS, .trials = TRIALS, .stride = STRIDE, .frames = FRAMES, .lags = LAGS};
    bool used[TRIALS];
    for (size_t a = 0; a < TRIALS; ++a) used[a] = true;
    qn_cross_covariance *c;
    assert_ok(qn_cross_covariance_create(&layout, &c));
    double *frame = malloc(UNITS * STRIDE * sizeof *frame);
    assert_non_null(frame);
    for (size_t t = 0; t < FRAMES; ++t) {
        frame_of(draw, t, shift, frame);
        qn_cross_covariance_add(c, frame);
    }
    free(frame);
    qn_cross_covariance_statistics s;
    assert_ok(qn_cross_covariance_finish(c, used, centre, four_point, &s));
    qn_cross_covariance_destroy(c);
    return s;
}

static void it_is_unbiased_where_single_trials_are_not(void **state)
{
    (void)state;
    enum { DRAWS = 60 };
    const double diagonal = 1.0 + factor * factor, off = factor * factor;
    const double theta = diagonal * diagonal + (UNITS - 1.0) * off * off;
    const double zscored = 1.0 + (UNITS - 1.0) * off * off / (diagonal * diagonal);
    // A single trial of independent frames adds ((tr C)^2 + |C|^2) / (N frames).
    const double naive = theta + (UNITS * diagonal * diagonal + theta) / FRAMES;
    double values[5][DRAWS], four_point[LAGS];
    for (size_t d = 0; d < DRAWS; ++d) {
        const qn_cross_covariance_statistics s = measure(d, 0.0, false, four_point);
        values[0][d] = four_point[0], values[1][d] = four_point[1], values[2][d] = s.naive;
        values[3][d] = s.variance, values[4][d] = s.zscored;
    }
    assert_agrees(theta, qn_estimate_of(DRAWS, values[0]), .max_z = 4, .max_relative_error = 0.05,
                  .max_relative_bar = 0.02);
    const qn_estimate later = qn_estimate_of(DRAWS, values[1]);
    assert_within(later.value, 0.0, 4.0 * later.standard_error);
    assert_true(later.standard_error < 0.05 * theta);
    assert_agrees(naive, qn_estimate_of(DRAWS, values[2]), .max_z = 4, .max_relative_error = 0.05,
                  .max_relative_bar = 0.02);
    assert_true(naive > 1.15 * theta);
    assert_agrees(diagonal, qn_estimate_of(DRAWS, values[3]), .max_z = 4, .max_relative_error = 0.02,
                  .max_relative_bar = 0.01);
    assert_agrees(zscored, qn_estimate_of(DRAWS, values[4]), .max_z = 4, .max_relative_error = 0.05,
                  .max_relative_bar = 0.02);
}

// S1 as it is written, with covariance matrices.
static void it_is_the_product_of_different_trials_matrices(void **state)
{
    (void)state;
    static double frames[FRAMES][UNITS * STRIDE], sum[UNITS * UNITS], one[UNITS * UNITS];
    double four_point[LAGS], singles = 0.0, all = 0.0;
    measure(3, 0.0, false, four_point);
    for (size_t t = 0; t < FRAMES; ++t) frame_of(3, t, 0.0, frames[t]);
    memset(sum, 0, sizeof sum);
    const size_t lag = 2;
    for (size_t a = 0; a < TRIALS; ++a) {
        memset(one, 0, sizeof one);
        for (size_t t = 0; t + lag < FRAMES; ++t)
            for (size_t i = 0; i < UNITS; ++i)
                for (size_t j = 0; j < UNITS; ++j)
                    one[i * UNITS + j] +=
                        frames[t][i * STRIDE + a] * frames[t + lag][j * STRIDE + a] / (double)(FRAMES - lag);
        for (size_t k = 0; k < UNITS * UNITS; ++k) sum[k] += one[k], singles += one[k] * one[k];
    }
    for (size_t k = 0; k < UNITS * UNITS; ++k) all += sum[k] * sum[k];
    assert_close(four_point[lag], (all - singles) / (TRIALS * (TRIALS - 1.0) * UNITS), 1e-5);
}

static void pooled_means_are_taken_off(void **state)
{
    (void)state;
    double plain[LAGS], centred[LAGS], shifted[LAGS];
    measure(1, 0.0, true, plain);
    measure(1, 2.0, true, centred);
    measure(1, 2.0, false, shifted);
    assert_close(centred[0], plain[0], 1e-4);
    assert_true(shifted[0] > 10.0 * plain[0]);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    double one[LAGS], two[LAGS];
    qn_set_threads(1);
    measure(2, 0.5, true, one);
    qn_set_threads(2);
    measure(2, 0.5, true, two);
    assert_memory_equal(one, two, sizeof one);
}

static void one_trial_gives_nothing(void **state)
{
    (void)state;
    const qn_cross_covariance_layout layout = {.units = 4, .trials = 2, .stride = STRIDE, .frames = 2, .lags = 1};
    const bool used[2] = {true, false};
    double frame[4 * STRIDE] = {1.0}, four_point;
    qn_cross_covariance *c;
    qn_cross_covariance_statistics s;
    assert_ok(qn_cross_covariance_create(&layout, &c));
    qn_cross_covariance_add(c, frame);
    assert_ok(qn_cross_covariance_finish(c, used, true, &four_point, &s));
    assert_true(isnan(four_point) && isnan(s.naive) && isnan(s.variance));
    qn_cross_covariance_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_unbiased_where_single_trials_are_not),
        cmocka_unit_test(it_is_the_product_of_different_trials_matrices), cmocka_unit_test(pooled_means_are_taken_off),
        cmocka_unit_test(threads_change_nothing), cmocka_unit_test(one_trial_gives_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
