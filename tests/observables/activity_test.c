#include "testing.h"

#include "base/memory.h"
#include "observables/activity.h"

#include <stdlib.h>

enum { UNITS = 300, TRIALS = 20, STRIDE = 32, LAGS = 21, FRAMES = 160 };

static void square(const void *context, size_t count, const void *in, void *out)
{
    (void)context;
    for (size_t i = 0; i < count; ++i) ((double *)out)[i] = ((const double *)in)[i] * ((const double *)in)[i];
}

static void square_float(const void *context, size_t count, const void *in, void *out)
{
    (void)context;
    for (size_t i = 0; i < count; ++i) ((float *)out)[i] = ((const float *)in)[i] * ((const float *)in)[i];
}

typedef struct {
    double decay, mean, frozen; // of one step; the same for all; sd over units of the static part
    size_t trials, frames, units;
    bool single;
} process;

// Ornstein-Uhlenbeck of variance 1 in every unit and trial, plus what is static.
static void run(const process *p, uint64_t seed, const bool *used, qn_activity_statistics *found)
{
    static _Alignas(64) double ou[UNITS * STRIDE], x[UNITS * STRIDE], y[UNITS * STRIDE];
    static _Alignas(64) float narrow_x[UNITS * STRIDE], narrow_y[UNITS * STRIDE];
    static double noise[UNITS * STRIDE], frozen[UNITS];
    const qn_stream stream = {seed, QN_PURPOSE_TEST, 1}, other = {seed, QN_PURPOSE_TEST, 2};
    const size_t values = p->units * STRIDE;
    const qn_activity_layout layout = {
        p->units, p->trials, STRIDE, p->single, LAGS, p->frames, p->single ? square_float : square, NULL};
    qn_activity *activity;
    assert_ok(qn_activity_create(&layout, &activity));
    qn_normal(&other, 0, p->units, frozen);
    for (size_t frame = 0; frame < p->frames; ++frame) {
        qn_normal(&stream, frame * values, values, noise);
        for (size_t i = 0; i < values; ++i) {
            ou[i] = frame == 0 ? noise[i] : p->decay * ou[i] + sqrt(1 - p->decay * p->decay) * noise[i];
            const double value = p->mean + p->frozen * frozen[i / STRIDE] + ou[i];
            x[i] = value, y[i] = value * value;
            narrow_x[i] = (float)value, narrow_y[i] = (float)value * (float)value;
        }
        if (p->single)
            qn_activity_add(activity, narrow_x, narrow_y);
        else
            qn_activity_add(activity, x, y);
    }
    assert_ok(qn_activity_finish(activity, used, found));
    qn_activity_destroy(activity);
}

static const bool ALL[STRIDE] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static void clear(qn_activity_statistics *found)
{
    qn_stationary_clear(&found->field);
    qn_stationary_clear(&found->rate);
}

// Mean, static part and time-dependent part of a process with all three, averaged over independent repetitions: z and
// relative error bounded. A per-trial mean taken off would make the variance 6 % low here (30 of 160 frames are
// independent).
static void parts_are_told_apart_without_bias(void **state)
{
    (void)state;
    enum { REPETITIONS = 12 };
    const process p = {.decay = 0.8, .mean = 0.5, .frozen = 0.7, .trials = TRIALS, .frames = FRAMES, .units = UNITS};
    double variance[REPETITIONS], frozen[REPETITIONS], mean[REPETITIONS], at_five[REPETITIONS], at_twenty[REPETITIONS],
        ratio[REPETITIONS];
    for (uint64_t seed = 0; seed < REPETITIONS; ++seed) {
        qn_activity_statistics found;
        run(&p, seed + 1, ALL, &found);
        variance[seed] = found.field_variance, frozen[seed] = found.frozen_variance, mean[seed] = found.mean_rate;
        at_five[seed] = found.field.values[5], at_twenty[seed] = found.field.values[20];
        ratio[seed] = found.rate_variance;
        assert_close(found.field.values[0], found.field_variance, 0);
        assert_within(found.drift, 0, 0.05);
        clear(&found);
    }
    assert_agrees(1, qn_estimate_of(REPETITIONS, variance), .max_z = 4, .max_relative_error = 0.005,
                  .max_relative_bar = 0.002);
    assert_agrees(0.49, qn_estimate_of(REPETITIONS, frozen), .max_z = 4, .max_relative_error = 0.1,
                  .max_relative_bar = 0.03);
    assert_agrees(0.25 + 0.49 + 1, qn_estimate_of(REPETITIONS, mean), .max_z = 4, .max_relative_error = 0.1,
                  .max_relative_bar = 0.03);
    assert_agrees(pow(0.8, 5), qn_estimate_of(REPETITIONS, at_five), .max_z = 4, .max_relative_error = 0.02,
                  .max_relative_bar = 0.01);
    const qn_estimate far = qn_estimate_of(REPETITIONS, at_twenty);
    assert_within(far.value, pow(0.8, 20), 4 * far.standard_error);
    assert_true(far.standard_error < 0.004);
    // var(x^2 in time) = 2 + 4 <(static)^2>
    assert_agrees(2 + 4 * (0.25 + 0.49), qn_estimate_of(REPETITIONS, ratio), .max_z = 4, .max_relative_error = 0.05,
                  .max_relative_bar = 0.02);
}

static void single_precision_agrees_with_double(void **state)
{
    (void)state;
    process p = {.decay = 0.8, .mean = 0.5, .frozen = 0.7, .trials = TRIALS, .frames = 40, .units = UNITS};
    qn_activity_statistics wide, narrow;
    run(&p, 1, ALL, &wide);
    p.single = true;
    run(&p, 1, ALL, &narrow);
    assert_close(narrow.field_variance, wide.field_variance, 1e-5);
    assert_close(narrow.rate_variance, wide.rate_variance, 1e-5);
    assert_close(narrow.frozen_variance, wide.frozen_variance, 1e-5);
    for (int lag = 0; lag < LAGS; ++lag) assert_within(narrow.rate.values[lag], wide.rate.values[lag], 1e-4);
    clear(&wide);
    clear(&narrow);
}

// A constant has no variance, exactly; what is left out does not matter, whatever it is.
static void constants_do_not_fluctuate(void **state)
{
    (void)state;
    static _Alignas(64) double x[UNITS * STRIDE], y[UNITS * STRIDE];
    const qn_activity_layout layout = {UNITS, 4, STRIDE, false, LAGS, 50, square, NULL};
    qn_activity *activity;
    assert_ok(qn_activity_create(&layout, &activity));
    for (size_t frame = 0; frame < 50; ++frame) {
        for (size_t i = 0; i < UNITS * STRIDE; ++i) {
            x[i] =
                i % STRIDE == 1 ? NAN : (double)(i / STRIDE % 2); // half the units at 0, half at 1; trial 1 is broken
            y[i] = x[i] * x[i];
        }
        qn_activity_add(activity, x, y);
    }
    const bool used[STRIDE] = {true, false, true, true};
    qn_activity_statistics found;
    assert_ok(qn_activity_finish(activity, used, &found));
    assert_within(found.field_variance, 0, 1e-14);
    assert_close(found.mean_field, 0.5, 1e-14);
    assert_close(found.frozen_variance, 0.25, 1e-13);
    for (int lag = 0; lag < LAGS; ++lag) assert_within(found.field.values[lag], 0, 1e-14);
    clear(&found);

    const bool none[STRIDE] = {false};
    assert_ok(qn_activity_finish(activity, none, &found));
    assert_true(isnan(found.field_variance) && isnan(found.mean_field) && isnan(found.frozen_variance));
    clear(&found);
    qn_activity_destroy(activity);
}

// Every product of every pair of frames that has a reference, against a plain double loop over a stored history.
static void products_are_those_of_the_history(void **state)
{
    (void)state;
    enum { SMALL = 5, KEPT = 23 };
    static _Alignas(64) double history[KEPT][SMALL * STRIDE], y[SMALL * STRIDE];
    for (size_t lags = 1; lags < 12; ++lags) {
        const qn_activity_layout layout = {SMALL, 3, STRIDE, false, lags, KEPT, square, NULL};
        qn_activity *activity;
        assert_ok(qn_activity_create(&layout, &activity));
        const qn_stream stream = {9, QN_PURPOSE_TEST, lags};
        for (size_t frame = 0; frame < KEPT; ++frame) {
            qn_normal(&stream, frame * SMALL * STRIDE, SMALL * STRIDE, history[frame]);
            square(NULL, SMALL * STRIDE, history[frame], y);
            qn_activity_add(activity, history[frame], y);
        }
        qn_activity_statistics found;
        assert_ok(qn_activity_finish(activity, ALL, &found));
        const size_t spacing = lags > 4 ? (lags + 2) / 4 : 1;
        for (size_t lag = 1; lag < lags; ++lag) {
            double with = 0, zero = 0, samples = 0;
            for (size_t from = 0; from + lag < KEPT; from += spacing, ++samples)
                for (size_t i = 0; i < SMALL * STRIDE; ++i)
                    if (i % STRIDE < 3) with += history[from][i] * history[from + lag][i];
            for (size_t frame = 0; frame < KEPT; ++frame)
                for (size_t i = 0; i < SMALL * STRIDE; ++i)
                    if (i % STRIDE < 3) zero += history[frame][i] * history[frame][i];
            assert_close(found.field.values[0] - found.field.values[lag], (zero / KEPT - with / samples) / (3 * SMALL),
                         1e-12);
        }
        clear(&found);
        qn_activity_destroy(activity);
    }
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const process p = {.decay = 0.8, .mean = 0.5, .frozen = 0.7, .trials = TRIALS, .frames = 30, .units = UNITS};
    qn_activity_statistics one, many;
    qn_set_threads(1);
    run(&p, 1, ALL, &one);
    for (int threads = 2; threads < 4; ++threads) {
        qn_set_threads(threads);
        run(&p, 1, ALL, &many);
        assert_true(one.field_variance == many.field_variance && one.frozen_variance == many.frozen_variance);
        assert_memory_equal(one.rate.values, many.rate.values, LAGS * sizeof(double));
        clear(&many);
    }
    qn_set_threads(0);
    clear(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_told_apart_without_bias), cmocka_unit_test(single_precision_agrees_with_double),
        cmocka_unit_test(constants_do_not_fluctuate),        cmocka_unit_test(products_are_those_of_the_history),
        cmocka_unit_test(threads_do_not_change_a_bit),
    };
    return cmocka_run_group_tests_name("activity", tests, NULL, NULL);
}
