/// Spikes by neuron rather than by time.
#pragma once
#include <quenched/spikes.h>

#include "observables/spikes_window.h"

/// Train i of the range, ascending: time[offset[i]] ... time[offset[i + 1] - 1].
typedef struct {
    size_t neurons;
    size_t *offset; ///< neurons + 1
    uint32_t *time; ///< bins since the start of the record, each below `bins`
    size_t bins;    ///< of the record; spikes after the last whole one are left out
    size_t steps;   ///< of a bin
} qn_spike_trains;

/// Memory: 4 bytes per spike and 8 per neuron. Cost: 10 ns per spike. Free with qn_spike_trains_clear().
qn_status qn_spike_trains_make(const qn_spikes *spikes, qn_neuron_range range, size_t bin_steps,
                               qn_spike_trains *result);
void qn_spike_trains_clear(qn_spike_trains *trains);
