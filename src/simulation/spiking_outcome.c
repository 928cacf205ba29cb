#include "simulation/spiking_outcome.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static qn_status copy_neurons(const qn_spiking_engine *engine, qn_spiking_activity *a)
{
    const qn_spiking_layout *layout = &engine->layout;
    const size_t count = layout->population_count, neurons = layout->first_neuron[count];
    QN_TRY(QN_NEW(&a->first_neuron, count + 1, "results"));
    QN_TRY(QN_NEW(&a->spike_count, neurons + 1, "results"));
    QN_TRY(QN_NEW(&a->first_half, neurons + 1, "results"));
    QN_TRY(QN_NEW(&a->cv, neurons + 1, "results"));
    QN_TRY(QN_NEW(&a->lvr, neurons + 1, "results"));
    for (size_t p = 0; p <= count; ++p) a->first_neuron[p] = layout->first_neuron[p];
    for (size_t u = 0; u < layout->unit_count; ++u)
        for (size_t i = 0; i < layout->places[u].size; ++i) {
            const qn_interval_record *record = &engine->units[u].intervals[i];
            const size_t at = layout->places[u].global + i;
            a->spike_count[at] = record->count;
            a->first_half[at] = engine->units[u].first_half[i];
            a->cv[at] = qn_interval_record_cv(record);
            a->lvr[at] = qn_interval_record_lvr(record);
        }
    return QN_OK;
}

static qn_status copy_histograms(const qn_spiking_engine *engine, qn_spiking_activity *a)
{
    const qn_spiking_layout *layout = &engine->layout;
    const uint64_t bin_steps = engine->units[0].bin_steps, discard = engine->units[0].discard;
    const uint64_t measured = engine->step > discard ? engine->step - discard : 0;
    a->bin = (double)bin_steps * layout->time_step;
    a->bin_count = (size_t)(measured / bin_steps);
    QN_TRY(QN_NEW(&a->histogram, layout->population_count * a->bin_count + 1, "results"));
    for (size_t u = 0; u < layout->unit_count; ++u) {
        uint32_t *row = a->histogram + layout->places[u].population * a->bin_count;
        for (size_t b = 0; b < a->bin_count; ++b) row[b] += engine->units[u].histogram[b];
    }
    return QN_OK;
}

// Units are in the order of neurons, and each has its spikes in the order of time: step by step.
static void merge(const qn_spiking_engine *engine, const size_t *first_of_unit, size_t *cursor, qn_spikes *spikes)
{
    size_t at = 0;
    for (uint64_t step = spikes->first_step + 1; step <= spikes->last_step; ++step)
        for (size_t u = 0; u < engine->layout.unit_count; ++u) {
            const qn_unit_record *record = &engine->units[u].record;
            for (; cursor[u] < record->count && record->step[cursor[u]] == step; ++cursor[u], ++at) {
                spikes->step[at] = (uint32_t)step;
                spikes->neuron[at] = (uint32_t)first_of_unit[u] + record->neuron[cursor[u]];
            }
        }
}

static qn_status copy_spikes(const qn_spiking_engine *engine, qn_spiking_activity *a)
{
    const qn_spiking_layout *layout = &engine->layout;
    qn_spikes *s = &a->spikes;
    *s = (qn_spikes){.time_step = layout->time_step,
                     .first_step = engine->units[0].discard,
                     .last_step = engine->step,
                     .population_count = layout->population_count};
    if (s->last_step < s->first_step) s->last_step = s->first_step;
    size_t *scratch;
    QN_TRY(QN_NEW(&s->first_neuron, layout->population_count + 1, "results"));
    QN_TRY(QN_NEW(&scratch, 2 * layout->unit_count + 1, "results"));
    size_t neurons = 0;
    for (size_t u = 0; u < layout->unit_count; ++u) {
        scratch[u] = neurons;
        neurons += engine->units[u].record.neurons;
        s->first_neuron[layout->places[u].population + 1] = neurons;
        s->count += engine->units[u].record.count;
    }
    for (size_t p = 1; p <= layout->population_count; ++p)
        if (s->first_neuron[p] < s->first_neuron[p - 1]) s->first_neuron[p] = s->first_neuron[p - 1];
    qn_status status = QN_NEW(&s->step, s->count + 1, "recorded spikes");
    if (status == QN_OK) status = QN_NEW(&s->neuron, s->count + 1, "recorded spikes");
    if (status == QN_OK) merge(engine, scratch, scratch + layout->unit_count, s);
    qn_release(scratch);
    return status;
}

static qn_status copy_traces(const qn_spiking_engine *engine, qn_spiking_activity *a)
{
    const uint64_t discard = engine->units[0].discard, all = engine->steps - discard;
    a->traced_steps = engine->step > discard ? (size_t)(engine->step - discard) : 0;
    for (size_t u = 0; u < engine->layout.unit_count; ++u) a->traced_count += engine->units[u].record.traced;
    QN_TRY(QN_NEW(&a->potential, a->traced_count * a->traced_steps + 1, "recorded potentials"));
    QN_TRY(QN_NEW(&a->current, a->traced_count * a->traced_steps + 1, "recorded currents"));
    size_t at = 0;
    for (size_t u = 0; u < engine->layout.unit_count; ++u)
        for (size_t i = 0; i < engine->units[u].record.traced; ++i, at += a->traced_steps) {
            memcpy(a->potential + at, engine->units[u].record.potential + i * all, a->traced_steps * sizeof(float));
            memcpy(a->current + at, engine->units[u].record.current + i * all, a->traced_steps * sizeof(float));
        }
    return QN_OK;
}

static qn_status fill(const qn_spiking_engine *engine, qn_spiking_activity *a)
{
    a->population_count = engine->layout.population_count;
    QN_TRY(copy_neurons(engine, a));
    QN_TRY(copy_histograms(engine, a));
    QN_TRY(copy_spikes(engine, a));
    QN_TRY(copy_traces(engine, a));
    a->duration = (double)(a->spikes.last_step - a->spikes.first_step) * engine->layout.time_step;
    const uint64_t half = (engine->steps - a->spikes.first_step) / 2; // of the run as it was planned
    a->first_half_duration = (double)half * engine->layout.time_step;
    a->steps = engine->step;
    for (size_t u = 0; u < engine->layout.unit_count; ++u) {
        a->events += engine->units[u].events;
        a->seconds.update += engine->units[u].update_seconds;
        a->seconds.deliver += engine->units[u].deliver_seconds;
        a->seconds.record += engine->units[u].record_seconds;
    }
    a->seconds.wait = engine->wait_seconds;
    a->bytes = (size_t)qn_spiking_engine_bytes(engine);
    return QN_OK;
}

qn_status qn_spiking_outcome_make(const qn_spiking_engine *engine, qn_spiking_activity *activity)
{
    qn_spiking_activity made = {0};
    const qn_status status = fill(engine, &made);
    if (status != QN_OK) {
        qn_spiking_activity_clear(&made);
        return status;
    }
    *activity = made;
    return QN_OK;
}

void qn_spiking_activity_clear(qn_spiking_activity *activity)
{
    qn_release(activity->first_neuron);
    qn_release(activity->spike_count);
    qn_release(activity->first_half);
    qn_release(activity->cv);
    qn_release(activity->lvr);
    qn_release(activity->histogram);
    qn_spikes_clear(&activity->spikes);
    qn_release(activity->potential);
    qn_release(activity->current);
    *activity = (qn_spiking_activity){0};
}
