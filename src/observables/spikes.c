#include <quenched/spikes.h>

#include "base/fail.h"
#include "base/memory.h"
#include "observables/spikes_window.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void qn_spikes_clear(qn_spikes *spikes)
{
    qn_release(spikes->first_neuron);
    qn_release(spikes->step);
    qn_release(spikes->neuron);
    *spikes = (qn_spikes){0};
}

// How many spikes have step <= last.
static size_t spikes_until(const qn_spikes *spikes, uint64_t last)
{
    size_t low = 0, high = spikes->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (spikes->step[middle] <= last)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void copy_array(void *target, const void *source, size_t bytes)
{
    if (bytes > 0) memcpy(target, source, bytes);
}

static qn_status take_copy(const qn_spikes *spikes, size_t from, qn_spikes *fresh)
{
    QN_TRY(QN_NEW(&fresh->first_neuron, fresh->population_count + 1, "spikes"));
    QN_TRY(QN_NEW(&fresh->step, fresh->count, "spikes"));
    QN_TRY(QN_NEW(&fresh->neuron, fresh->count, "spikes"));
    if (spikes->first_neuron)
        copy_array(fresh->first_neuron, spikes->first_neuron, (fresh->population_count + 1) * sizeof(size_t));
    if (fresh->count == 0) return QN_OK;
    copy_array(fresh->step, spikes->step + from, fresh->count * sizeof *fresh->step);
    copy_array(fresh->neuron, spikes->neuron + from, fresh->count * sizeof *fresh->neuron);
    return QN_OK;
}

qn_status qn_spikes_copy(const qn_spikes *spikes, uint64_t first, uint64_t last, qn_spikes *copy)
{
    QN_REQUIRE(first >= spikes->first_step && first <= last && last <= spikes->last_step, QN_BAD_VALUE,
               "copy of spikes: steps %llu to %llu; the record has %llu to %llu", (unsigned long long)first,
               (unsigned long long)last, (unsigned long long)spikes->first_step, (unsigned long long)spikes->last_step);
    const size_t from = spikes_until(spikes, first);
    qn_spikes fresh = {.time_step = spikes->time_step,
                       .first_step = first,
                       .last_step = last,
                       .population_count = spikes->population_count,
                       .count = spikes_until(spikes, last) - from};
    const qn_status status = take_copy(spikes, from, &fresh);
    if (status != QN_OK) {
        qn_spikes_clear(&fresh);
        return status;
    }
    *copy = fresh;
    return QN_OK;
}

static qn_status check_each(const qn_spikes *spikes)
{
    const size_t neurons = spikes->first_neuron[spikes->population_count];
    for (size_t s = 0; s < spikes->count; ++s) {
        const uint32_t step = spikes->step[s];
        QN_REQUIRE(step > spikes->first_step && step <= spikes->last_step && spikes->neuron[s] < neurons, QN_BAD_VALUE,
                   "spike %zu is of neuron %lu at step %lu; the record is of %zu neurons, steps %llu to %llu", s,
                   (unsigned long)spikes->neuron[s], (unsigned long)step, neurons,
                   (unsigned long long)spikes->first_step + 1, (unsigned long long)spikes->last_step);
        QN_REQUIRE(s == 0 || spikes->step[s - 1] <= step, QN_BAD_VALUE,
                   "spike %zu is at step %lu, after one at step %lu; they must be in order of time", s,
                   (unsigned long)step, (unsigned long)spikes->step[s - 1]);
    }
    return QN_OK;
}

qn_status qn_spikes_range(const qn_spikes *spikes, size_t population, qn_neuron_range *range)
{
    QN_REQUIRE(population <= spikes->population_count && spikes->first_neuron, QN_BAD_VALUE,
               "population %zu of spikes; there are %zu (that number itself: all together)", population,
               spikes->population_count);
    QN_REQUIRE(isfinite(spikes->time_step) && spikes->time_step > 0, QN_BAD_VALUE,
               "time step of spikes is %g ms; it must be positive and finite", spikes->time_step);
    QN_REQUIRE(spikes->first_step < spikes->last_step && spikes->last_step <= UINT32_MAX, QN_BAD_VALUE,
               "record of spikes from step %llu to %llu; at least one step is needed, and below 2^32",
               (unsigned long long)spikes->first_step, (unsigned long long)spikes->last_step);
    QN_TRY(check_each(spikes));
    const bool all = population == spikes->population_count;
    *range = (qn_neuron_range){.first = all ? 0 : spikes->first_neuron[population],
                               .end = spikes->first_neuron[all ? population : population + 1]};
    return QN_OK;
}

qn_status qn_spikes_bins(const qn_spikes *spikes, const char *what, double bin, double fallback, size_t *steps,
                         size_t *count)
{
    const double wide = bin == 0 ? fallback : bin, ratio = wide / spikes->time_step, whole = nearbyint(ratio);
    QN_REQUIRE(whole >= 1 && whole <= 4294967295.0 && fabs(ratio - whole) <= 1e-6 * whole, QN_BAD_VALUE,
               "bin of %s is %g ms; allowed: multiples of the time step, %g ms", what, wide, spikes->time_step);
    *steps = (size_t)whole;
    *count = (size_t)(spikes->last_step - spikes->first_step) / *steps;
    return QN_OK;
}
