#include <quenched/spike_histogram.h>

#include "base/fail.h"
#include "base/memory.h"
#include "observables/spikes_window.h"

void qn_spike_histogram_clear(qn_spike_histogram *histogram)
{
    qn_release(histogram->values);
    *histogram = (qn_spike_histogram){0};
}

qn_status qn_spike_histogram_make(const qn_spikes *spikes, size_t population, double bin, qn_spike_histogram *result)
{
    qn_neuron_range range;
    size_t steps, count;
    QN_TRY(qn_spikes_range(spikes, population, &range));
    QN_TRY(qn_spikes_bins(spikes, "the histogram", bin, 1, &steps, &count));
    QN_REQUIRE(count >= 1, QN_BAD_VALUE, "bin of the histogram is %g ms; the record has only %g ms",
               (double)steps * spikes->time_step, (double)(spikes->last_step - spikes->first_step) * spikes->time_step);
    qn_spike_histogram fresh = {.count = count, .bin = (double)steps * spikes->time_step};
    QN_TRY(QN_NEW(&fresh.values, count, "spike histogram"));
    const uint64_t start = spikes->first_step + 1;
    for (size_t s = 0; s < spikes->count; ++s) {
        const size_t at = (size_t)(spikes->step[s] - start) / steps;
        if (at < count && spikes->neuron[s] >= range.first && spikes->neuron[s] < range.end) ++fresh.values[at];
    }
    *result = fresh;
    return QN_OK;
}
