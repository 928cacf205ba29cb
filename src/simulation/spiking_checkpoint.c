#include "simulation/spiking_checkpoint.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char magic[8] = {'Q', 'N', 'S', 'P', 'I', 'K', 'E', '1'};

// The same function writes and reads each part, so that the two cannot differ.
typedef struct {
    bool reading;
    char *bytes;
    size_t at, size, capacity;
} image;

static qn_status carry(image *m, void *data, size_t size)
{
    if (m->reading) {
        QN_REQUIRE(size <= m->size - m->at, QN_BAD_FILE, "the checkpoint ends too early");
        if (size) memcpy(data, m->bytes + m->at, size);
        m->at += size;
        return QN_OK;
    }
    if (m->size + size > m->capacity) {
        const size_t capacity = 2 * (m->size + size) + 4096;
        char *larger = realloc(m->bytes, capacity);
        QN_REQUIRE(larger, QN_NO_MEMORY, "no memory for a checkpoint of %zu bytes", capacity);
        m->bytes = larger;
        m->capacity = capacity;
    }
    if (size) memcpy(m->bytes + m->size, data, size);
    m->size += size;
    return QN_OK;
}

#define CARRY(image, variable) carry((image), &(variable), sizeof(variable))

// An array whose length is part of the state; `grow` makes room when reading.
static qn_status carry_words(image *m, uint32_t **array, size_t count, size_t room)
{
    if (m->reading && room > 0) {
        qn_release(*array);
        *array = NULL;
        QN_TRY(QN_NEW(array, room, "checkpoint"));
    }
    return carry(m, *array, count * sizeof **array);
}

static qn_status carry_rows(image *m, qn_delivery_rows *rows)
{
    QN_TRY(CARRY(m, rows->count));
    if (m->reading) {
        QN_REQUIRE(rows->count <= m->size / sizeof(uint32_t), QN_BAD_FILE, "the checkpoint is damaged");
        rows->capacity = rows->count;
    }
    QN_TRY(carry_words(m, &rows->source, rows->count, rows->count));
    QN_TRY(carry_words(m, &rows->size_and_draw, rows->count, rows->count));
    return carry_words(m, &rows->table, rows->count, rows->count);
}

static qn_status carry_items(image *m, qn_delivery_items *items)
{
    QN_TRY(CARRY(m, items->count));
    if (m->reading) {
        QN_REQUIRE(items->count <= m->size / sizeof(uint32_t), QN_BAD_FILE, "the checkpoint is damaged");
        items->capacity = items->count;
    }
    const size_t room = items->count + QN_ITEM_SLACK;
    QN_TRY(carry_words(m, &items->source, items->count, room));
    QN_TRY(carry_words(m, &items->block, items->count, room));
    return carry_words(m, &items->meta, items->count, room);
}

static qn_status carry_active(image *m, qn_active_rows *active)
{
    if (!active->in) return QN_OK;
    for (size_t i = 0; i < active->in->delay_count * active->slots; ++i) QN_TRY(carry_rows(m, &active->rows[i]));
    for (size_t s = 0; active->due && s < active->slots; ++s) {
        QN_TRY(carry_items(m, &active->due[s]));
        QN_TRY(carry_items(m, &active->due_wide[s]));
    }
    return QN_OK;
}

static qn_status carry_spikes(image *m, qn_spike_lists *lists)
{
    for (size_t s = 0; s < lists->slots; ++s) {
        QN_TRY(CARRY(m, lists->count[s]));
        QN_REQUIRE(lists->count[s] <= lists->room, QN_BAD_FILE, "the checkpoint is damaged");
        QN_TRY(carry(m, lists->neuron + s * lists->room, lists->count[s] * sizeof *lists->neuron));
    }
    return QN_OK;
}

static qn_status carry_record(image *m, qn_unit_record *record, uint64_t measured)
{
    QN_TRY(CARRY(m, record->count));
    if (m->reading) {
        QN_REQUIRE(record->count <= m->size / sizeof(uint32_t), QN_BAD_FILE, "the checkpoint is damaged");
        record->capacity = record->count;
    }
    QN_TRY(carry_words(m, &record->step, record->count, record->count));
    QN_TRY(carry_words(m, &record->neuron, record->count, record->count));
    QN_TRY(carry(m, record->potential, record->traced * measured * sizeof *record->potential));
    return carry(m, record->current, record->traced * measured * sizeof *record->current);
}

static qn_status carry_membranes(image *m, qn_spiking_unit *unit)
{
    const size_t bytes = unit->state.padded * (unit->doubles ? sizeof(double) : sizeof(float));
    if (!unit->state.potential) return QN_OK;
    QN_TRY(carry(m, unit->state.potential, bytes));
    QN_TRY(carry(m, unit->state.excitatory, bytes));
    if (unit->membrane.two_currents) QN_TRY(carry(m, unit->state.inhibitory, bytes));
    if (unit->silent_until) QN_TRY(carry(m, unit->silent_until, unit->place->size * sizeof *unit->silent_until));
    return carry(m, unit->ring, unit->slots * unit->stride * sizeof *unit->ring);
}

static qn_status carry_unit(image *m, qn_spiking_unit *unit)
{
    const uint64_t measured = unit->steps - unit->discard;
    QN_TRY(carry_membranes(m, unit));
    QN_TRY(carry_active(m, &unit->active));
    QN_TRY(carry_spikes(m, &unit->spikes));
    QN_TRY(CARRY(m, unit->given_next));
    QN_TRY(carry(m, unit->intervals, unit->place->size * sizeof *unit->intervals));
    QN_TRY(carry(m, unit->first_half, unit->place->size * sizeof *unit->first_half));
    QN_TRY(carry(m, unit->histogram, (size_t)(measured / unit->bin_steps + 1) * sizeof *unit->histogram));
    QN_TRY(carry_record(m, &unit->record, measured));
    QN_TRY(CARRY(m, unit->events));
    return CARRY(m, unit->emitted);
}

static qn_status carry_all(image *m, qn_spiking_engine *engine, qn_spiking_guard *guard)
{
    QN_TRY(CARRY(m, engine->step));
    QN_TRY(CARRY(m, *guard));
    for (size_t u = 0; u < engine->layout.unit_count; ++u) QN_TRY(carry_unit(m, &engine->units[u]));
    return QN_OK;
}

static qn_status write_image(image *m, qn_spiking_engine *engine, const qn_spiking_guard *guard, const char *path)
{
    char head[sizeof magic];
    qn_spiking_guard copy = *guard;
    memcpy(head, magic, sizeof head);
    QN_TRY(carry(m, head, sizeof head));
    QN_TRY(CARRY(m, engine->identity));
    QN_TRY(carry_all(m, engine, &copy));
    uint64_t checksum = qn_hash(QN_HASH_START, m->bytes, m->size);
    QN_TRY(CARRY(m, checksum));
    return qn_file_write(path, m->bytes, m->size);
}

qn_status qn_spiking_checkpoint_write(qn_spiking_engine *engine, const qn_spiking_guard *guard, const char *path)
{
    image m = {0};
    const qn_status status = write_image(&m, engine, guard, path);
    free(m.bytes);
    return status;
}

static qn_status read_image(image *m, qn_spiking_engine *engine, qn_spiking_guard *guard)
{
    uint64_t checksum, identity;
    QN_REQUIRE(m->size >= sizeof magic + 2 * sizeof checksum && !memcmp(m->bytes, magic, sizeof magic), QN_BAD_FILE,
               "no checkpoint of a spiking network");
    memcpy(&identity, m->bytes + sizeof magic, sizeof identity);
    m->size -= sizeof checksum;
    memcpy(&checksum, m->bytes + m->size, sizeof checksum);
    QN_REQUIRE(checksum == qn_hash(QN_HASH_START, m->bytes, m->size), QN_BAD_FILE, "the checkpoint is damaged");
    QN_REQUIRE(identity == engine->identity, QN_BAD_FILE,
               "the checkpoint is of another network, other options or another version of quenched");
    m->at = sizeof magic + sizeof identity;
    return carry_all(m, engine, guard);
}

qn_status qn_spiking_checkpoint_read(qn_spiking_engine *engine, qn_spiking_guard *guard, const char *path, bool *found)
{
    image m = {.reading = true};
    *found = access(path, F_OK) == 0;
    if (!*found) return QN_OK;
    QN_TRY(qn_file_read(path, SIZE_MAX / 2, &m.bytes, &m.size));
    const qn_status status = read_image(&m, engine, guard);
    free(m.bytes);
    return status == QN_OK ? QN_OK : qn_fail_in(status, "%s", path);
}

// ------------------------------------------------------------------------------------------------------------ identity

static uint64_t hash_number(uint64_t hash, double number) { return qn_hash(hash, &number, sizeof number); }

static uint64_t hash_array(uint64_t hash, const void *array, size_t count, size_t size)
{
    hash = hash_number(hash, array ? (double)count : -1.0);
    return array ? qn_hash(hash, array, count * size) : hash;
}

static uint64_t hash_numbers(uint64_t hash, size_t count, const double *numbers)
{
    for (size_t i = 0; i < count; ++i) hash = hash_number(hash, numbers[i]);
    return hash;
}

#define HASH(hash, ...)                                                                                                \
    hash_numbers((hash), sizeof((double[]){__VA_ARGS__}) / sizeof(double), (const double[]){__VA_ARGS__})

static uint64_t hash_population(uint64_t hash, const qn_spiking_population *p)
{
    const qn_spiking_neuron n = qn_spiking_neuron_resolved(&p->neuron);
    hash = HASH(hash, (double)p->size, n.kind, n.synapse, n.membrane_time, n.synaptic_time, n.inhibitory_synaptic_time,
                n.capacitance, n.rest, n.threshold, n.reset, n.refractory_time, n.link, n.link_rate, n.link_potential,
                n.link_width);
    hash = hash_array(hash, n.table_potential, n.table_count, sizeof(double));
    hash = hash_array(hash, n.table_rate, n.table_count, sizeof(double));
    hash = HASH(hash, p->constant_current, p->external_count, p->external_rate, p->external_weight, p->initial_mean,
                p->initial_spread, p->source_rate, p->source_start, p->source_stop);
    hash = hash_array(hash, p->given.neuron, p->given.count, sizeof(uint32_t));
    return hash_array(hash, p->given.time, p->given.count, sizeof(double));
}

static uint64_t hash_projection(uint64_t hash, const qn_spiking_projection *p)
{
    hash = HASH(hash, (double)p->target, (double)p->source, p->rule, p->count, p->no_multapses, p->no_autapses,
                p->weight.kind, p->weight.mean, p->weight.relative_spread, p->delay.kind, p->delay.mean,
                p->delay.relative_spread);
    hash = hash_array(hash, p->edges.source, p->edges.count, sizeof(uint32_t));
    hash = hash_array(hash, p->edges.target, p->edges.count, sizeof(uint32_t));
    hash = hash_array(hash, p->edges.weight, p->edges.count, sizeof(float));
    return hash_array(hash, p->edges.delay, p->edges.count, sizeof(float));
}

uint64_t qn_spiking_identity(const qn_spiking_network *network, const qn_spiking_options *o, uint64_t realisation)
{
    const char *version = qn_version();
    uint64_t hash = qn_hash(QN_HASH_START, version, strlen(version));
    hash = qn_hash(hash, &o->seed, sizeof o->seed);
    hash = qn_hash(hash, &realisation, sizeof realisation);
    hash = HASH(hash, o->duration, o->discard, o->bin, o->local_variation_refractory, (double)o->recorded,
                (double)o->traced, o->double_precision, o->rate_limit);
    hash = HASH(hash, qn_spiking_time_step(network), qn_spiking_delay_minimum(network), network->delay_split,
                (double)network->unit_size, (double)network->population_count, (double)network->projection_count);
    for (size_t i = 0; i < network->population_count; ++i) hash = hash_population(hash, &network->populations[i]);
    for (size_t i = 0; i < network->projection_count; ++i) hash = hash_projection(hash, &network->projections[i]);
    for (size_t i = 0; i < network->stimulus_count; ++i) {
        const qn_spiking_stimulus *s = &network->stimuli[i];
        hash = HASH(hash, (double)s->population, s->start, s->stop, s->current, s->rate);
    }
    return hash;
}
