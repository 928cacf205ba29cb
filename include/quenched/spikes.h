/// Recorded spikes of a network, in order of time.
#pragma once
#include <quenched/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A neuron is known by its index among all recorded ones: those of population p begin at `first_neuron[p]` and end
/// before `first_neuron[p + 1]`. Where a population is not recorded whole, its first neurons are.
typedef struct {
    double time_step;    ///< h, ms: a spike at step k is at time k h
    uint64_t first_step; ///< the record has every spike with first_step < step <= last_step
    uint64_t last_step;  ///< below 2^32
    size_t population_count;
    size_t *first_neuron;    ///< population_count + 1 entries
    size_t count;            ///< spikes
    uint32_t *step, *neuron; ///< by step, then by neuron; of each (step, neuron) at most one, but for Poisson sources
} qn_spikes;

/// A copy of the spikes with first < step <= last, the record of that window alone: first_step and last_step are
/// `first` and `last`, neurons and populations as they were. QN_BAD_VALUE unless spikes->first_step <= first <= last <=
/// spikes->last_step; QN_NO_MEMORY. Free with qn_spikes_clear().
qn_status qn_spikes_copy(const qn_spikes *spikes, uint64_t first, uint64_t last, qn_spikes *copy);
void qn_spikes_clear(qn_spikes *spikes);

#ifdef __cplusplus
}
#endif
