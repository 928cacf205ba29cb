/// Replicas of the self-consistency, each with its own random paths, iterated side by side.
#pragma once
#include "base/memory.h"
#include "base/progress_meter.h"
#include "theory/overlap_map.h"
#include "theory/overlap_mixing.h"

enum {
    QN_REPLICAS = 16,
    QN_PIECES = 32,                                     ///< in which a replica's paths are run
    QN_LEAST_PATHS = QN_REPLICAS * QN_PIECES * QN_PATHS ///< per iteration; other numbers are multiples of it
};

typedef struct {
    qn_overlap_field field;
    qn_overlap_sums sums;
    qn_mixing mixing;
    double *state, *mapped, *residual;
} qn_replica;

typedef struct {
    qn_overlap_box box;
    uint64_t seed, stream; ///< of the first replica
    qn_replica replica[QN_REPLICAS];
    qn_overlap_sums *pieces;
    float *scratch;
    int threads;
    qn_progress_meter *meter;
    double from, to; ///< progress of what is being done
} qn_search;

/// Mean over replicas with its standard error.
typedef struct {
    double value, error;
} qn_replica_mean;
qn_replica_mean qn_replica_mean_of(const double values[QN_REPLICAS]);

void qn_search_plan(size_t count, qn_memory_plan *plan);
/// Replicas that all start from `state`, owned turns included. `made` is cleared on failure.
qn_status qn_search_create(const qn_overlap_box *box, uint64_t seed, const double *state, qn_progress_meter *meter,
                           qn_search *made);
void qn_search_clear(qn_search *search);

/// Map every replica's state to `mapped`, by `paths` paths in all of the present streams.
qn_status qn_search_map(qn_search *search, size_t paths, const char *doing);
/// Move every replica on to the next state to try.
qn_status qn_search_step(qn_search *search);
/// Fresh random numbers; all replicas at the mean of their states when `gather`.
void qn_search_renew(qn_search *search, bool gather);

/// Mean of the states, of all replicas but `without` (QN_REPLICAS: of all).
void qn_search_mean(const qn_search *search, size_t without, double *state);
/// C^phi(0) and S(0) over replicas, of states or of what they are mapped to.
void qn_search_look(qn_search *search, bool mapped, qn_replica_mean *rate, qn_replica_mean *response);
