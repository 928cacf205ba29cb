#include "simulation/spiking_unit.h"

#include "base/fail.h"
#include "base/memory.h"
#include "simulation/spiking_propagators.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ----------------------------------------------------------------------------------------------------------- membranes

static bool is_source(const qn_spiking_unit *unit)
{
    return unit->neuron.kind == QN_NEURON_POISSON || unit->neuron.kind == QN_NEURON_GIVEN;
}

static qn_membrane membrane_of(const qn_spiking_unit *unit)
{
    const qn_spiking_neuron *n = &unit->neuron;
    const double h = unit->layout->time_step;
    return (qn_membrane){
        .membrane_decay = qn_propagator_decay(h, n->membrane_time),
        .excitatory_couple = qn_propagator_couple(h, n->membrane_time, n->synaptic_time, n->capacitance),
        .inhibitory_couple = qn_propagator_couple(h, n->membrane_time, n->inhibitory_synaptic_time, n->capacitance),
        .excitatory_decay = qn_propagator_decay(h, n->synaptic_time),
        .inhibitory_decay = qn_propagator_decay(h, n->inhibitory_synaptic_time),
        .drift = qn_propagator_drift(h, n->membrane_time, n->capacitance), // of 1 pA; times the current of a step
        .quantum = unit->layout->inputs[unit->place->population].quantum,
        .threshold = n->kind == QN_NEURON_ESCAPE_RATE ? INFINITY : n->threshold - n->rest,
        .two_currents = unit->layout->inputs[unit->place->population].two_lanes,
        .delta = n->synapse == QN_SYNAPSE_DELTA};
}

// Potentials in double, then rounded: precision does not change what is drawn. Pads stay at minus infinity for ever.
static qn_status start_potentials(const qn_spiking_shared *shared, qn_spiking_unit *unit)
{
    const qn_spiking_place *place = unit->place;
    const qn_spiking_population *population = &unit->layout->network.populations[place->population];
    double *normal;
    QN_TRY(QN_NEW(&normal, place->size, "initial potentials"));
    qn_normal(&shared->initial, place->global, place->size, normal);
    const double mean = population->initial_mean - unit->neuron.rest;
    for (size_t i = 0; i < place->padded; ++i) {
        const double v = i < place->size ? mean + population->initial_spread * normal[i] : -INFINITY;
        if (unit->doubles)
            ((double *)unit->state.potential)[i] = v;
        else
            ((float *)unit->state.potential)[i] = (float)v;
    }
    qn_release(normal);
    return QN_OK;
}

static qn_status make_membranes(const qn_spiking_shared *shared, qn_spiking_unit *unit)
{
    const size_t padded = unit->place->padded, bytes = unit->doubles ? sizeof(double) : sizeof(float);
    unit->state.padded = padded;
    QN_TRY(qn_allocate(padded, bytes, "potentials", &unit->state.potential));
    QN_TRY(qn_allocate(padded, bytes, "currents", &unit->state.excitatory));
    unit->membrane = membrane_of(unit);
    unit->state.inhibitory = unit->state.excitatory;
    if (unit->membrane.two_currents) QN_TRY(qn_allocate(padded, bytes, "currents", &unit->state.inhibitory));
    unit->dead_steps = (size_t)lrint(unit->neuron.refractory_time / unit->layout->time_step);
    if (unit->neuron.kind == QN_NEURON_ESCAPE_RATE)
        QN_TRY(QN_NEW(&unit->silent_until, unit->place->size, "refractory times"));
    return start_potentials(shared, unit);
}

// -------------------------------------------------------------------------------------------------------------- drives

static void add_drive(qn_spiking_unit *unit, double rate, double weight, double start, double stop)
{
    qn_unit_drive *drive = &unit->drives[unit->drive_count];
    const double h = unit->layout->time_step, mean = rate * h * 1e-3;
    if (mean <= 0.0 || weight == 0.0) return;
    *drive = (qn_unit_drive){.start = start / h, .stop = stop / h, .mean = mean, .weight = weight};
    drive->draws = (size_t)ceil(mean / QN_POISSON_TABLE_MEAN);
    qn_poisson_table_make(mean / (double)drive->draws, &drive->table);
    drive->weight *= drive->table.scale;
    unit->draw_room += drive->draws;
    ++unit->drive_count;
}

static qn_status make_drives(qn_spiking_unit *unit)
{
    const qn_spiking_network *network = &unit->layout->network;
    const qn_spiking_population *p = &network->populations[unit->place->population];
    QN_TRY(QN_NEW(&unit->drives, network->stimulus_count + 1, "stimuli"));
    add_drive(unit, p->external_count * p->external_rate, p->external_weight, 0.0, INFINITY);
    for (size_t i = 0; i < network->stimulus_count; ++i) {
        const qn_spiking_stimulus *s = &network->stimuli[i];
        if (s->population == unit->place->population) add_drive(unit, s->rate, p->external_weight, s->start, s->stop);
    }
    QN_TRY(QN_NEW(&unit->tables, unit->draw_room + 1, "stimuli"));
    return QN_NEW(&unit->table_weights, unit->draw_room + 1, "stimuli");
}

// ------------------------------------------------------------------------------------------------------------ synapses

static void describe_weights(qn_spiking_unit *unit, const qn_spiking_inputs *in)
{
    const size_t count = unit->layout->population_count;
    for (size_t source = 0; source < count; ++source) {
        const qn_spiking_projection *p = in->projection[source];
        if (!p) continue;
        if (in->two_lanes && qn_projection_is_inhibitory(p)) unit->lanes[source] = (uint32_t)unit->place->padded;
        if (p->weight.kind != QN_WEIGHT_LOGNORMAL || p->weight.mean == 0.0) continue;
        const double variance = log1p(p->weight.relative_spread * p->weight.relative_spread);
        unit->wide[source] = (float)(log(fabs(p->weight.mean) / in->quantum) - variance / 2.0);
        unit->wide[count + source] = (float)sqrt(variance);
        unit->wide[2 * count + source] = p->weight.mean < 0.0 ? -1.0F : 1.0F;
    }
}

static qn_status make_synapses(const qn_spiking_shared *shared, qn_spiking_unit *unit)
{
    const qn_spiking_layout *layout = unit->layout;
    const qn_spiking_inputs *in = &layout->inputs[unit->place->population];
    QN_TRY(QN_NEW(&unit->lanes, layout->population_count, "synapses"));
    QN_TRY(QN_NEW(&unit->wide, 3 * layout->population_count, "synapses"));
    describe_weights(unit, in);
    QN_TRY(qn_active_rows_make(in, layout->network.delay_split, &unit->active));
    if (in->stored) QN_TRY(qn_stored_rows_make(layout, &shared->couplings, unit->number, &unit->stored));
    unit->slots = 1;
    while (in->stored && unit->slots <= unit->stored.longest) unit->slots *= 2;
    unit->stride = unit->place->padded * (in->two_lanes ? 2 : 1);
    QN_REQUIRE(unit->stride <= QN_LANE_TARGETS, QN_BAD_VALUE,
               "a unit has %zu neurons; allowed: at most %d; lower unit_size", unit->place->size, QN_LANE_TARGETS / 2);
    QN_TRY(QN_NEW(&unit->ring, unit->slots * unit->stride, "input sums"));
    unit->row_size = shared->rows->size + unit->number * layout->population_count;
    unit->delivery = (qn_delivery){.key = shared->couplings,
                                   .unit = (uint32_t)unit->number,
                                   .stream = QN_SPIKING_SYNAPSE,
                                   .size = (uint32_t)unit->place->size,
                                   .weights = in->weights,
                                   .lane = unit->lanes};
    return QN_OK;
}

// ------------------------------------------------------------------------------------------------------------- sources

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The unit's part of the given spikes, in order; `most`: spikes of one step.
static qn_status make_given(qn_spiking_unit *unit, size_t *most)
{
    const qn_given_spikes *given = &unit->layout->network.populations[unit->place->population].given;
    QN_TRY(QN_NEW(&unit->given, given->count + 1, "given spikes"));
    for (size_t i = 0; i < given->count; ++i) {
        const size_t neuron = given->neuron[i];
        if (neuron < unit->place->first || neuron >= unit->place->first + unit->place->size) continue;
        const uint64_t step = (uint64_t)llrint(given->time[i] / unit->layout->time_step);
        unit->given[unit->given_count++] = step << 32 | (uint64_t)(neuron - unit->place->first);
    }
    qsort(unit->given, unit->given_count, sizeof *unit->given, by_value);
    *most = 1;
    for (size_t i = 0, first = 0; i < unit->given_count; ++i) {
        if (unit->given[i] >> 32 != unit->given[first] >> 32) first = i;
        if (i - first + 1 > *most) *most = i - first + 1;
    }
    return QN_OK;
}

// A word makes more than k spikes where it is above threshold k: never, where the threshold is the largest word.
static qn_status describe_source(qn_spiking_unit *unit)
{
    const qn_spiking_population *p = &unit->layout->network.populations[unit->place->population];
    const double h = unit->layout->time_step, mean = p->source_rate * h * 1e-3, most = 2.0;
    // Up to there QN_SOURCE_SPIKES are exceeded with a probability below 2^-32.
    QN_REQUIRE(mean <= most, QN_BAD_VALUE,
               "populations[%zu]: source_rate is %g /s; allowed: at most %g /s, %g spikes in a time step",
               unit->place->population, p->source_rate, most / h * 1e3, most);
    double probability = exp(-mean), sum = 0.0;
    for (int k = 0; k < QN_SOURCE_SPIKES; ++k) {
        sum += probability;
        probability *= mean / (k + 1);
        const double scaled = ceil(sum * 0x1p32) - 1.0;
        unit->source_threshold[k] = scaled < 4294967295.0 ? (uint32_t)scaled : UINT32_MAX;
    }
    unit->source_start = (uint64_t)llrint(p->source_start / h);
    unit->source_stop = p->source_stop > 0.0 ? (uint64_t)llrint(p->source_stop / h) : UINT64_MAX;
    return QN_OK;
}

static qn_status make_spikes(qn_spiking_unit *unit)
{
    size_t room = unit->place->size;
    if (unit->neuron.kind == QN_NEURON_GIVEN) QN_TRY(make_given(unit, &room));
    if (unit->neuron.kind == QN_NEURON_POISSON) {
        room *= QN_SOURCE_SPIKES;
        QN_TRY(describe_source(unit));
    }
    // Of this block, which is written, and of the one before, which others read; and of the dead time.
    size_t slots = 2 * unit->layout->block;
    if (unit->neuron.kind == QN_NEURON_INTEGRATE_AND_FIRE && unit->dead_steps + 1 > slots) slots = unit->dead_steps + 1;
    return qn_spike_lists_make(slots, room, &unit->spikes);
}

// ------------------------------------------------------------------------------------------------------------- records

static size_t part(size_t wanted, const qn_spiking_place *place)
{
    if (wanted <= place->first) return 0;
    return wanted - place->first < place->size ? wanted - place->first : place->size;
}

static qn_status make_records(const qn_spiking_shared *shared, qn_spiking_unit *unit)
{
    const size_t measured = (size_t)(unit->steps - unit->discard);
    QN_TRY(QN_NEW(&unit->intervals, unit->place->size, "statistics of neurons"));
    QN_TRY(QN_NEW(&unit->first_half, unit->place->size, "statistics of neurons"));
    QN_TRY(QN_NEW(&unit->histogram, measured / unit->bin_steps + 1, "histograms"));
    unit->record.neurons = part(shared->options->recorded, unit->place);
    unit->record.traced = is_source(unit) ? 0 : part(shared->options->traced, unit->place);
    QN_TRY(QN_NEW(&unit->record.potential, unit->record.traced * measured + 1, "recorded potentials"));
    return QN_NEW(&unit->record.current, unit->record.traced * measured + 1, "recorded currents");
}

// ----------------------------------------------------------------------------------------------------------- the whole

static qn_status make(const qn_spiking_shared *shared, qn_spiking_unit *unit)
{
    const qn_spiking_options *o = shared->options;
    const double h = unit->layout->time_step;
    unit->doubles = o->double_precision;
    unit->discard = (uint64_t)llrint(o->discard / h);
    unit->steps = unit->discard + (uint64_t)llrint(o->duration / h);
    unit->bin_steps = (uint64_t)llrint(o->bin / h);
    unit->local_variation_refractory = o->local_variation_refractory / h;
    QN_TRY(make_records(shared, unit));
    if (is_source(unit)) return make_spikes(unit);
    QN_TRY(make_membranes(shared, unit));
    QN_TRY(make_drives(unit));
    QN_TRY(make_synapses(shared, unit));
    return make_spikes(unit);
}

qn_status qn_spiking_unit_make(const qn_spiking_shared *shared, size_t number, qn_spiking_unit *unit)
{
    const qn_spiking_layout *layout = shared->layout;
    const qn_spiking_place *place = &layout->places[number];
    qn_spiking_unit made = {.layout = layout, .place = place, .number = number};
    made.neuron = qn_spiking_neuron_resolved(&layout->network.populations[place->population].neuron);
    const qn_status status = make(shared, &made);
    if (status != QN_OK) {
        qn_spiking_unit_clear(&made);
        return status;
    }
    *unit = made;
    return QN_OK;
}

void qn_spiking_unit_clear(qn_spiking_unit *unit)
{
    if (unit->state.inhibitory != unit->state.excitatory) qn_release(unit->state.inhibitory);
    qn_release(unit->state.excitatory);
    qn_release(unit->state.potential);
    qn_release(unit->silent_until);
    qn_release(unit->drives);
    qn_release(unit->tables);
    qn_release(unit->table_weights);
    qn_release(unit->lanes);
    qn_release(unit->wide);
    qn_release(unit->ring);
    qn_active_rows_clear(&unit->active);
    qn_stored_rows_clear(&unit->stored);
    qn_release(unit->given);
    qn_spike_lists_clear(&unit->spikes);
    qn_release(unit->intervals);
    qn_release(unit->first_half);
    qn_release(unit->histogram);
    qn_release(unit->record.step);
    qn_release(unit->record.neuron);
    qn_release(unit->record.potential);
    qn_release(unit->record.current);
    *unit = (qn_spiking_unit){0};
}

double qn_spiking_unit_bytes(const qn_spiking_unit *unit)
{
    const double real = unit->doubles ? 8.0 : 4.0, padded = (double)unit->place->padded;
    const double measured = (double)(unit->steps - unit->discard);
    double bytes =
        (double)unit->place->size * (sizeof(qn_interval_record) + 4.0) + measured / (double)unit->bin_steps * 4.0;
    bytes += 8.0 * (double)unit->record.capacity + 8.0 * (double)unit->record.traced * measured;
    bytes += 4.0 * (double)(unit->spikes.slots * unit->spikes.room) + 8.0 * (double)unit->given_count;
    if (is_source(unit)) return bytes;
    bytes += padded * real * (unit->membrane.two_currents ? 3.0 : 2.0) + 4.0 * (double)(unit->slots * unit->stride);
    for (size_t p = 0; unit->stored.first && p < unit->stored.populations; ++p)
        if (unit->stored.first[p]) bytes += 8.0 * (double)(unit->layout->network.populations[p].size + 1);
    return bytes + 8.0 * (double)unit->stored.count + qn_active_rows_bytes(&unit->active);
}
