#include "observables/spike_trains.h"

#include "base/fail.h"
#include "base/memory.h"

void qn_spike_trains_clear(qn_spike_trains *trains)
{
    qn_release(trains->offset);
    qn_release(trains->time);
    *trains = (qn_spike_trains){0};
}

// A counting sort: stable, so that each train stays in order of time.
static qn_status sort(const qn_spikes *spikes, qn_neuron_range range, qn_spike_trains *trains)
{
    const size_t first = (size_t)spikes->first_step, end = first + trains->bins * trains->steps;
    QN_TRY(QN_NEW(&trains->offset, trains->neurons + 2, "spike trains"));
    size_t *next = trains->offset + 1; // where the neuron's next spike goes; at the end, where the next train begins
    size_t until = 0;
    for (; until < spikes->count && spikes->step[until] <= end; ++until) {
        const size_t neuron = spikes->neuron[until];
        if (neuron >= range.first && neuron < range.end) ++next[neuron - range.first + 1];
    }
    for (size_t i = 0; i < trains->neurons; ++i) next[i + 1] += next[i];
    QN_TRY(QN_NEW(&trains->time, next[trains->neurons], "spike trains"));
    for (size_t s = 0; s < until; ++s) {
        const size_t neuron = spikes->neuron[s];
        if (neuron < range.first || neuron >= range.end) continue;
        trains->time[next[neuron - range.first]++] = (uint32_t)((spikes->step[s] - first - 1) / trains->steps);
    }
    return QN_OK;
}

qn_status qn_spike_trains_make(const qn_spikes *spikes, qn_neuron_range range, size_t bin_steps,
                               qn_spike_trains *result)
{
    qn_spike_trains fresh = {.neurons = range.end - range.first,
                             .bins = (size_t)(spikes->last_step - spikes->first_step) / bin_steps,
                             .steps = bin_steps};
    const qn_status status = sort(spikes, range, &fresh);
    if (status != QN_OK) {
        qn_spike_trains_clear(&fresh);
        return status;
    }
    *result = fresh;
    return QN_OK;
}
