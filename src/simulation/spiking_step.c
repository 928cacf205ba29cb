// One step of a unit, in the order of equation (3): the synapses that are due now, the membranes, the threshold, the
// end of dead times. Spikes are seen by all units at the next step.
#include "base/fail.h"
#include "base/memory.h"
#include "simulation/escape_rate.h"
#include "simulation/spiking_unit.h"

#include <math.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// ------------------------------------------------------------------------------------------------------------- arrival

// Into the ring of sums, at once for all delays.
static uint64_t add_stored(const qn_spiking_unit *unit, const uint64_t *first, const uint32_t *neuron, size_t count,
                           uint64_t emitted)
{
    const size_t mask = unit->slots - 1, stride = unit->stride;
    uint64_t events = 0;
    for (size_t i = 0; i < count; ++i) {
        const qn_stored_synapse *synapse = unit->stored.synapse + first[neuron[i]];
        const size_t synapses = (size_t)(first[neuron[i] + 1] - first[neuron[i]]);
        if (i + 1 < count) __builtin_prefetch(unit->stored.synapse + first[neuron[i + 1]]);
        for (size_t k = 0; k < synapses; ++k) {
            const size_t slot = (size_t)(emitted + (synapse[k].place >> 20)) & mask;
            unit->ring[slot * stride + (synapse[k].place & (QN_LANE_TARGETS - 1))] += synapse[k].weight;
        }
        events += synapses;
    }
    return events;
}

static qn_status take_spikes(const qn_spiking_shared *shared, const qn_spiking_unit *units, qn_spiking_unit *unit,
                             uint64_t emitted)
{
    const qn_spiking_layout *layout = unit->layout;
    qn_active_rows_begin(&unit->active, emitted);
    for (size_t v = 0; v < layout->unit_count; ++v) {
        const qn_spiking_unit *from = &units[v];
        const size_t source = from->place->population, count = qn_spike_lists_count(&from->spikes, emitted);
        const uint32_t *neuron = qn_spike_lists_at(&from->spikes, emitted);
        if (count == 0) continue;
        if (unit->row_size[source])
            QN_TRY(qn_active_rows_add(&unit->active, &shared->couplings, (uint32_t)unit->number, source,
                                      from->place->global, unit->row_size[source] + from->place->first, neuron, count,
                                      emitted));
        if (unit->stored.first && unit->stored.first[source])
            unit->events += add_stored(unit, unit->stored.first[source] + from->place->first, neuron, count, emitted);
    }
    return QN_OK;
}

static qn_status deliver(const qn_spiking_shared *shared, const qn_spiking_unit *units, qn_spiking_unit *unit,
                         uint64_t step)
{
    unit->state.sum = unit->ring + (step & (unit->slots - 1)) * unit->stride;
    // None is due sooner than a block after it was emitted; those of the present block others are still writing.
    const uint64_t block = unit->layout->block;
    if (step > block) QN_TRY(take_spikes(shared, units, unit, step - block));
    if (unit->active.in->delay_count == 0) return QN_OK;
    QN_TRY(qn_active_rows_due(&unit->active, step));
    unit->delivery.sum = unit->state.sum;
    if (unit->active.items.count)
        unit->events += QN_PICK_CIPHER_KERNEL(qn_delivery_add)(&unit->delivery, &unit->active.items);
    if (unit->active.wide.count) {
        const size_t count = unit->layout->population_count;
        const qn_wide_weights wide = {unit->wide, unit->wide + count, unit->wide + 2 * count, QN_SPIKING_WIDE_RADIUS,
                                      QN_SPIKING_WIDE_ANGLE};
        unit->events += QN_PICK_CIPHER_KERNEL(qn_delivery_add_wide)(&unit->delivery, &wide, &unit->active.wide);
    }
    return QN_OK;
}

// ----------------------------------------------------------------------------------------------------------- membranes

static double current_at(const qn_spiking_unit *unit, uint64_t step)
{
    const qn_spiking_network *network = &unit->layout->network;
    double current = network->populations[unit->place->population].constant_current;
    for (size_t i = 0; i < network->stimulus_count; ++i) {
        const qn_spiking_stimulus *s = &network->stimuli[i];
        const double t = (double)step * unit->layout->time_step, half = unit->layout->time_step / 2.0;
        if (s->population == unit->place->population && t > s->start + half && t <= s->stop + half)
            current += s->current;
    }
    return current;
}

static void put_potential(qn_spiking_unit *unit, size_t neuron, double potential)
{
    if (unit->doubles)
        ((double *)unit->state.potential)[neuron] = potential;
    else
        ((float *)unit->state.potential)[neuron] = (float)potential;
}

static qn_external external_at(const qn_spiking_shared *shared, qn_spiking_unit *unit, uint64_t step)
{
    qn_external external = {.table = unit->tables,
                            .weight = unit->table_weights,
                            .key = shared->input,
                            .population = (uint32_t)unit->place->population,
                            .first = (uint32_t)unit->place->first,
                            .step = (uint32_t)step,
                            .stream = QN_SPIKING_INPUT};
    for (size_t i = 0; i < unit->drive_count; ++i) {
        const qn_unit_drive *drive = &unit->drives[i];
        if ((double)step <= drive->start + 0.5 || (double)step > drive->stop + 0.5) continue;
        for (size_t d = 0; d < drive->draws; ++d) {
            unit->tables[external.count] = drive->table;
            unit->table_weights[external.count++] = drive->weight;
        }
        external.inhibitory = drive->weight < 0.0;
    }
    return external;
}

static void integrate(const qn_spiking_shared *shared, qn_spiking_unit *unit, uint64_t step)
{
    const qn_spiking_neuron *n = &unit->neuron;
    qn_membrane membrane = unit->membrane;
    membrane.drift *= current_at(unit, step);
    const qn_external external = external_at(shared, unit, step);
    uint32_t *spiked = qn_spike_lists_at(&unit->spikes, step);
    size_t *count = &unit->spikes.count[step % unit->spikes.slots];
    *count = unit->doubles ? QN_PICK_CIPHER_KERNEL(qn_membrane_step_double)(&membrane, &external, &unit->state, spiked)
                           : QN_PICK_CIPHER_KERNEL(qn_membrane_step_float)(&membrane, &external, &unit->state, spiked);
    if (n->kind == QN_NEURON_ESCAPE_RATE) {
        *count = qn_escape_spikes(&shared->input, unit, step, spiked);
        return;
    }
    if (step <= unit->dead_steps) return;
    const uint64_t then = step - unit->dead_steps;
    const uint32_t *awake = qn_spike_lists_at(&unit->spikes, then);
    for (size_t i = 0; i < qn_spike_lists_count(&unit->spikes, then); ++i)
        put_potential(unit, awake[i], n->reset - n->rest);
}

// ------------------------------------------------------------------------------------------------------------- sources

static void emit_poisson(const qn_spiking_shared *shared, qn_spiking_unit *unit, uint64_t step)
{
    enum { BLOCKS = 64 };
    uint32_t *spiked = qn_spike_lists_at(&unit->spikes, step), words[4 * BLOCKS];
    size_t count = 0;
    if (step <= unit->source_start || step > unit->source_stop) {
        unit->spikes.count[step % unit->spikes.slots] = 0;
        return;
    }
    for (size_t first = 0; first < unit->place->size; first += 4 * BLOCKS) {
        const size_t left = unit->place->size - first, here = left < 4 * BLOCKS ? left : 4 * BLOCKS;
        const uint32_t counter[4] = {(uint32_t)(unit->place->first + first) / 4, (uint32_t)unit->place->population,
                                     (uint32_t)step, QN_SPIKING_SOURCE};
        qn_cipher_words(&shared->input, counter, 0, (here + 3) / 4, words);
        for (size_t i = 0; i < here; ++i)
            for (int k = 0; k < QN_SOURCE_SPIKES && words[i] > unit->source_threshold[k]; ++k)
                spiked[count++] = (uint32_t)(first + i);
    }
    unit->spikes.count[step % unit->spikes.slots] = count;
}

static void emit_given(qn_spiking_unit *unit, uint64_t step)
{
    uint32_t *spiked = qn_spike_lists_at(&unit->spikes, step);
    size_t count = 0;
    while (unit->given_next < unit->given_count && unit->given[unit->given_next] >> 32 <= step) {
        if (unit->given[unit->given_next] >> 32 == step) spiked[count++] = (uint32_t)unit->given[unit->given_next];
        ++unit->given_next;
    }
    unit->spikes.count[step % unit->spikes.slots] = count;
}

// ------------------------------------------------------------------------------------------------------------- records

static qn_status keep_spike(qn_unit_record *record, uint32_t step, uint32_t neuron)
{
    if (record->count == record->capacity) {
        const size_t capacity = 2 * record->capacity + 1024;
        uint32_t *steps, *neurons;
        QN_TRY(QN_NEW(&steps, capacity, "recorded spikes"));
        const qn_status status = QN_NEW(&neurons, capacity, "recorded spikes");
        if (status != QN_OK) {
            qn_release(steps);
            return status;
        }
        if (record->count) {
            memcpy(steps, record->step, record->count * sizeof *steps);
            memcpy(neurons, record->neuron, record->count * sizeof *neurons);
        }
        qn_release(record->step);
        qn_release(record->neuron);
        record->step = steps;
        record->neuron = neurons;
        record->capacity = capacity;
    }
    record->step[record->count] = step;
    record->neuron[record->count++] = neuron;
    return QN_OK;
}

static double potential_of(const qn_spiking_unit *unit, size_t neuron)
{
    const double v =
        unit->doubles ? ((double *)unit->state.potential)[neuron] : (double)((float *)unit->state.potential)[neuron];
    return isinf(v) ? unit->neuron.reset : v + unit->neuron.rest;
}

static double current_of(const qn_spiking_unit *unit, size_t neuron)
{
    const void *ex = unit->state.excitatory, *in = unit->state.inhibitory;
    const double i = unit->doubles ? ((const double *)ex)[neuron] : (double)((const float *)ex)[neuron];
    if (ex == in) return i;
    return i + (unit->doubles ? ((const double *)in)[neuron] : (double)((const float *)in)[neuron]);
}

static qn_status record(qn_spiking_unit *unit, uint64_t step)
{
    const uint32_t *spiked = qn_spike_lists_at(&unit->spikes, step);
    const size_t count = qn_spike_lists_count(&unit->spikes, step);
    const uint64_t measured = step - unit->discard, all = unit->steps - unit->discard;
    unit->histogram[(measured - 1) / unit->bin_steps] += (uint32_t)count;
    for (size_t i = 0; i < count; ++i) {
        qn_interval_record_spike(&unit->intervals[spiked[i]], (uint32_t)step, unit->local_variation_refractory);
        if (spiked[i] < unit->record.neurons) QN_TRY(keep_spike(&unit->record, (uint32_t)step, spiked[i]));
    }
    if (measured == all / 2)
        for (size_t i = 0; i < unit->place->size; ++i) unit->first_half[i] = unit->intervals[i].count;
    for (size_t i = 0; i < unit->record.traced; ++i) {
        unit->record.potential[i * all + measured - 1] = (float)potential_of(unit, i);
        unit->record.current[i * all + measured - 1] = (float)current_of(unit, i);
    }
    return QN_OK;
}

qn_status qn_spiking_unit_step(const qn_spiking_shared *shared, const qn_spiking_unit *units, qn_spiking_unit *unit,
                               uint64_t step)
{
    const double start = now();
    double delivered = start;
    if (unit->neuron.kind == QN_NEURON_POISSON)
        emit_poisson(shared, unit, step);
    else if (unit->neuron.kind == QN_NEURON_GIVEN)
        emit_given(unit, step);
    else {
        QN_TRY(deliver(shared, units, unit, step));
        delivered = now();
        integrate(shared, unit, step);
        unit->emitted += qn_spike_lists_count(&unit->spikes, step);
    }
    const double updated = now();
    unit->deliver_seconds += delivered - start;
    unit->update_seconds += updated - delivered;
    if (step <= unit->discard) return QN_OK;
    QN_TRY(record(unit, step));
    unit->record_seconds += now() - updated;
    return QN_OK;
}
