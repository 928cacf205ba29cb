/// Generated classification tasks for deep and recurrent networks, with as many samples as are asked for.
///
/// Source: tasks T1-T3 in section 7 of docs/theory/gaussian-processes.md.
#pragma once
#include <quenched/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_TASK_PROTOTYPES = 0,    ///< T1: two patterns of signs, some bits flipped in each sample
    QN_TASK_SIGNED_PROTOTYPES, ///< T2: two patterns, the whole sample times a random sign: XOR-like, a quadratic rule
    QN_TASK_SEQUENCE_ORDER     ///< T3: cue 1 first and cue 2 last, or the other way round; noise at every step
} qn_task_kind;

typedef struct {
    qn_task_kind kind;
    size_t dimension; ///< N; 0 means 100
    size_t differing; ///< T1: bits in which the patterns differ; 0 means a fifth of N
    double flips;     ///< T1, T2: probability that a bit is flipped, at most 0.5; 0 means 0.3 (T1), 0.15 (T2)
    double noise;     ///< T3: standard deviation of the additive noise; 0 means 0.5
    size_t depth;     ///< T3: A; inputs enter at a = 0 ... A, cues at the first and the last; at least 1
} qn_task;

/// QN_BAD_VALUE naming the field, or QN_OK.
qn_status qn_task_check(const qn_task *task);
/// Times of the inputs: depth + 1 for T3, else 1.
size_t qn_task_times(const qn_task *task);

/// Samples number `first` ... `first + count - 1` of the task that `seed` names. Sample k depends on (seed, k) only:
/// training points may be 0 ... P - 1 and test points what follows. Even k are of class +1 (pattern 1; cue 1 first),
/// odd of class -1, so that both are equally frequent.
/// @param[out] inputs  times x count x dimension (qn_wide_inputs' order); @param[out] labels  count values +-1
/// Thread-safe. Same bits for any number of threads.
qn_status qn_task_generate(const qn_task *task, uint64_t seed, uint64_t first, size_t count, double *inputs,
                           double *labels);

#ifdef __cplusplus
}
#endif
