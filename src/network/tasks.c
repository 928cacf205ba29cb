#include <quenched/random.h>
#include <quenched/tasks.h>

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdbool.h>

enum { LARGEST = 1000000 };

static qn_task with_defaults(const qn_task *task)
{
    qn_task chosen = *task;
    if (chosen.dimension == 0) chosen.dimension = 100;
    if (chosen.differing == 0) chosen.differing = (chosen.dimension + 4) / 5;
    if (chosen.flips == 0.0) chosen.flips = chosen.kind == QN_TASK_PROTOTYPES ? 0.3 : 0.15;
    if (chosen.noise == 0.0) chosen.noise = 0.5;
    return chosen;
}

qn_status qn_task_check(const qn_task *task)
{
    const qn_task chosen = with_defaults(task);
    QN_REQUIRE(chosen.kind <= QN_TASK_SEQUENCE_ORDER, QN_BAD_VALUE, "kind is %d; allowed: 0 to 2", (int)chosen.kind);
    QN_REQUIRE(chosen.dimension <= LARGEST, QN_BAD_VALUE, "dimension is %zu; allowed: 1 to %d", chosen.dimension,
               LARGEST);
    QN_REQUIRE(chosen.differing <= chosen.dimension, QN_BAD_VALUE, "differing is %zu; allowed: 1 to %zu, the dimension",
               chosen.differing, chosen.dimension);
    QN_REQUIRE(chosen.flips > 0.0 && chosen.flips <= 0.5, QN_BAD_VALUE, "flips is %g; allowed: 0 to 0.5", chosen.flips);
    QN_REQUIRE(isfinite(chosen.noise) && chosen.noise > 0.0, QN_BAD_VALUE, "noise is %g; allowed: greater than 0",
               chosen.noise);
    QN_REQUIRE(chosen.kind != QN_TASK_SEQUENCE_ORDER || (chosen.depth >= 1 && chosen.depth <= LARGEST), QN_BAD_VALUE,
               "depth is %zu; allowed for cues in order: 1 to %d", chosen.depth, LARGEST);
    return QN_OK;
}

size_t qn_task_times(const qn_task *task) { return task->kind == QN_TASK_SEQUENCE_ORDER ? task->depth + 1 : 1; }

// ---- patterns ----

static void random_signs(uint64_t seed, uint64_t which, size_t count, double *pattern)
{
    qn_uniform(&(qn_stream){.seed = seed, .purpose = QN_PURPOSE_TASK_PATTERN, .index = which}, 0, count, pattern);
    for (size_t i = 0; i < count; ++i) pattern[i] = pattern[i] < 0.5 ? -1.0 : 1.0;
}

// Floyd's selection of `differing` of the bits, each set equally likely: `second` is `first` but for these.
static void differ(const qn_task *task, uint64_t seed, const double *first, double *second)
{
    const size_t count = task->dimension;
    const qn_stream stream = {.seed = seed, .purpose = QN_PURPOSE_TASK_PATTERN, .index = 2};
    for (size_t i = 0; i < count; ++i) second[i] = first[i];
    for (size_t j = count - task->differing; j < count; ++j) {
        double u;
        qn_uniform(&stream, j, 1, &u);
        const size_t bit = (size_t)(u * (double)(j + 1));
        const size_t chosen = second[bit] != first[bit] ? j : bit;
        second[chosen] = -first[chosen];
    }
}

// ---- one sample ----

static void flipped(const qn_task *task, const qn_stream *stream, const double *pattern, double sign, double *out)
{
    qn_uniform(stream, 1, task->dimension, out);
    for (size_t i = 0; i < task->dimension; ++i) out[i] = sign * (out[i] < task->flips ? -pattern[i] : pattern[i]);
}

static void signed_sample(const qn_task *task, const qn_stream *stream, const double *pattern, double *out)
{
    double sign = 1.0;
    if (task->kind == QN_TASK_SIGNED_PROTOTYPES) {
        qn_uniform(stream, 0, 1, &sign);
        sign = sign < 0.5 ? -1.0 : 1.0;
    }
    flipped(task, stream, pattern, sign, out);
}

static void sequence(const qn_task *task, const qn_stream *stream, const double *early, const double *late,
                     size_t stride, double *out)
{
    for (size_t a = 0; a <= task->depth; ++a) {
        double *x = out + a * stride;
        qn_normal(stream, a * task->dimension, task->dimension, x);
        const double *cue = a == 0 ? early : late;
        const bool shown = a == 0 || a == task->depth;
        for (size_t i = 0; i < task->dimension; ++i) x[i] = task->noise * x[i] + (shown ? cue[i] : 0.0);
    }
}

qn_status qn_task_generate(const qn_task *task, uint64_t seed, uint64_t first, size_t count, double *inputs,
                           double *labels)
{
    QN_TRY(qn_task_check(task));
    const qn_task chosen = with_defaults(task);
    const size_t dimension = chosen.dimension;
    double *patterns;
    QN_TRY(QN_NEW(&patterns, 2 * dimension, "patterns of a task"));
    double *one = patterns, *two = patterns + dimension;
    random_signs(seed, 0, dimension, one);
    if (chosen.kind == QN_TASK_PROTOTYPES)
        differ(&chosen, seed, one, two);
    else
        random_signs(seed, 1, dimension, two);
    for (size_t k = 0; k < count; ++k) {
        const qn_stream stream = {.seed = seed, .purpose = QN_PURPOSE_TASK, .index = first + k};
        const bool even = (first + k) % 2 == 0;
        labels[k] = even ? 1.0 : -1.0;
        double *out = inputs + k * dimension;
        if (chosen.kind == QN_TASK_SEQUENCE_ORDER)
            sequence(&chosen, &stream, even ? one : two, even ? two : one, count * dimension, out);
        else
            signed_sample(&chosen, &stream, even ? one : two, out);
    }
    qn_release(patterns);
    return QN_OK;
}
