/// What the recorded rates of a run tell of the population, beyond lags: principal components, frequencies, pairs of
/// lags.
#pragma once
#include "base/memory.h"
#include "simulation/rate_outcome.h"

/// What all records and the measurements from them take.
void qn_rate_population_plan(const qn_rate_plan *plan, qn_memory_plan *memory);

/// Add the present rates to the sum over a frame's interval, and record it when `complete`. Frequencies are measured of
/// these sums: they are blind to what frames fold onto low frequencies (there, to the power of three), and what a sum
/// does to all units alike is known.
void qn_rate_population_sum(qn_rate_run *run, bool complete);

/// From the trials with `used[trial]`, one at least; what compares trials is measured from two on. Takes off the rates'
/// static part where there may be one.
qn_status qn_rate_run_population(qn_rate_run *run, const bool *used, qn_rate_measurement *found);
