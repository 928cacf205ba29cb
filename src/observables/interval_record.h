/// What is kept of each neuron while a simulation runs: enough for rate, CV and local variation without its spikes.
#pragma once
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
