/// Which trials have stopped wandering: at rest at a fixed point, or on a periodic orbit. For networks without noise.
#pragma once
#include "simulation/kinetics.h"

typedef enum { QN_TRIAL_MOVING = 0, QN_TRIAL_SETTLED, QN_TRIAL_CYCLING } qn_trial_fate;

typedef struct qn_settling qn_settling;

qn_status qn_settling_create(const qn_rate_block *block, qn_settling **result);
void qn_settling_destroy(qn_settling *settling);
void qn_settling_plan(size_t units, size_t stride, bool single, qn_memory_plan *plan);

/// A trial has settled when the drift's rms has stayed below 1e-4 of the field's, or the field's below 1e-6 of its
/// largest, for 20 tau. `time` in units of tau. @return how many trials have settled.
size_t qn_settling_look(qn_settling *settling, const qn_kinetics *kinetics, double time);

/// Remember the present state: recurrences are to this one.
void qn_settling_remember(qn_settling *settling, const qn_rate_block *block);

/// To be called after every step of length `step`. A trial cycles when it has come back twice, after equal times, to
/// the state remembered, to within 1e-3 of the largest squared distance between (of up to 256 units, interpolated
/// between steps).
void qn_settling_watch(qn_settling *settling, const qn_rate_block *block, double step);

qn_trial_fate qn_settling_fate(const qn_settling *settling, size_t trial);
