/// What every estimator asks of a record of spikes before it reads it.
#pragma once
#include <quenched/spikes.h>

/// Neurons `first` ... `end` - 1.
typedef struct {
    size_t first, end;
} qn_neuron_range;

/// The population's neurons; all of them for `population` = population_count. QN_BAD_VALUE for a larger one, and for a
/// record that breaks what qn_spikes promises: no time step, an empty window, spikes outside it, out of order or of
/// unknown neurons. Cost: one reading.
qn_status qn_spikes_range(const qn_spikes *spikes, size_t population, qn_neuron_range *range);

/// Steps of a bin of `bin` ms (0: `fallback`) and how many whole bins the window has. QN_BAD_VALUE naming `what` when
/// it is not a multiple of the time step.
qn_status qn_spikes_bins(const qn_spikes *spikes, const char *what, double bin, double fallback, size_t *steps,
                         size_t *count);
