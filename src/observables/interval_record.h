/// What is kept of each neuron while a simulation runs: enough for rate, CV and local variation without its spikes.
///
/// Simulation and estimators share these lines, so that both find the same bits: to be compiled without contraction
/// of products and sums, hence outside kernels (NAME_kernel.c).
#pragma once
#include <math.h>
#include <stdint.h>

/// `{0}` at the start. Times are steps.
typedef struct {
    uint32_t count;         ///< spikes
    uint32_t last;          ///< step of the last one
    uint32_t interval;      ///< between the last two; 0: fewer than two spikes
    double sum;             ///< of the intervals
    double sum_squares;     ///< of their squares
    double local_variation; ///< sum over neighbouring intervals of the terms of LvR
} qn_interval_record;

/// A spike at `step`. `refractory` is R of LvR (section 5 of docs/theory/spiking.md), in steps.
static inline void qn_interval_record_spike(qn_interval_record *record, uint32_t step, double refractory)
{
    if (record->count++ > 0) {
        const double interval = (double)(step - record->last);
        record->sum += interval;
        record->sum_squares += interval * interval;
        if (record->interval > 0) {
            const double both = interval + (double)record->interval;
            const double product = interval * (double)record->interval;
            record->local_variation += (1.0 - 4.0 * product / (both * both)) * (1.0 + 4.0 * refractory / both);
        }
        record->interval = step - record->last;
    }
    record->last = step;
}

/// SD of the intervals (n - 1) over their mean; NAN below 3 spikes. Exactly 0 for a regular train.
static inline double qn_interval_record_cv(const qn_interval_record *record)
{
    if (record->count < 3 || !(record->sum > 0)) return NAN;
    const double intervals = (double)(record->count - 1), mean = record->sum / intervals;
    return sqrt(fmax(record->sum_squares - record->sum * mean, 0) / (intervals - 1)) / mean;
}

/// LvR of Shinomoto et al. (2009): 3 / (n - 1) times the sum over the n - 1 pairs of neighbouring intervals; NAN below
/// 4 spikes.
static inline double qn_interval_record_lvr(const qn_interval_record *record)
{
    return record->count < 4 ? NAN : 3 * record->local_variation / ((double)record->count - 2);
}
