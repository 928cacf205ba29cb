#include "simulation/active_rows.h"

#include "base/fail.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_SHIFT = 8, DRAWS = 64 };

// ------------------------------------------------------------------------------------------------------ growing arrays

static qn_status grow(uint32_t **array, size_t keep, size_t capacity)
{
    uint32_t *larger;
    QN_TRY(QN_NEW(&larger, capacity, "spikes on their way"));
    if (keep) memcpy(larger, *array, keep * sizeof *larger);
    qn_release(*array);
    *array = larger;
    return QN_OK;
}

static qn_status room_for_rows(qn_delivery_rows *rows, size_t more)
{
    if (rows->count + more <= rows->capacity) return QN_OK;
    const size_t capacity = 2 * (rows->count + more) + 16;
    QN_TRY(grow(&rows->source, rows->count, capacity));
    QN_TRY(grow(&rows->size_and_draw, rows->count, capacity));
    QN_TRY(grow(&rows->table, rows->count, capacity));
    rows->capacity = capacity;
    return QN_OK;
}

static qn_status room_for_items(qn_delivery_items *items, size_t more)
{
    if (items->count + more <= items->capacity) return QN_OK;
    const size_t capacity = 2 * (items->count + more) + 64, with_slack = capacity + QN_ITEM_SLACK;
    QN_TRY(grow(&items->source, items->count, with_slack));
    QN_TRY(grow(&items->block, items->count, with_slack));
    QN_TRY(grow(&items->meta, items->count, with_slack));
    items->capacity = capacity;
    return QN_OK;
}

static void clear_items(qn_delivery_items *items)
{
    qn_release(items->source);
    qn_release(items->block);
    qn_release(items->meta);
}

static double bytes_of_items(const qn_delivery_items *items)
{
    return 3.0 * sizeof(uint32_t) * (double)(items->capacity + QN_ITEM_SLACK);
}

// ------------------------------------------------------------------------------------------------------- the whole
// ring

qn_status qn_active_rows_make(const qn_spiking_inputs *in, qn_delay_split split, qn_active_rows *active)
{
    qn_active_rows made = {.in = in, .slots = 1};
    for (size_t c = 0; c < in->delay_count; ++c)
        if (in->delays[c].last + 1 > made.slots) made.slots = in->delays[c].last + 1;
    qn_status status = QN_NEW(&made.rows, in->delay_count * made.slots + 1, "spikes on their way");
    if (status == QN_OK && split == QN_DELAY_SPLIT_INDEPENDENT) {
        status = QN_NEW(&made.due, made.slots, "spikes on their way");
        if (status == QN_OK) status = QN_NEW(&made.due_wide, made.slots, "spikes on their way");
    }
    if (status != QN_OK) {
        qn_active_rows_clear(&made);
        return status;
    }
    *active = made;
    return QN_OK;
}

void qn_active_rows_clear(qn_active_rows *active)
{
    for (size_t i = 0; active->rows && i < active->in->delay_count * active->slots; ++i) {
        qn_release(active->rows[i].source);
        qn_release(active->rows[i].size_and_draw);
        qn_release(active->rows[i].table);
    }
    for (size_t s = 0; s < active->slots; ++s) {
        if (active->due) clear_items(&active->due[s]);
        if (active->due_wide) clear_items(&active->due_wide[s]);
    }
    clear_items(&active->items);
    clear_items(&active->wide);
    qn_release(active->rows);
    qn_release(active->due);
    qn_release(active->due_wide);
    *active = (qn_active_rows){0};
}

double qn_active_rows_bytes(const qn_active_rows *active)
{
    double bytes = bytes_of_items(&active->items) + bytes_of_items(&active->wide);
    for (size_t i = 0; i < active->in->delay_count * active->slots; ++i)
        bytes += 3.0 * sizeof(uint32_t) * (double)active->rows[i].capacity;
    for (size_t s = 0; active->due && s < active->slots; ++s)
        bytes += bytes_of_items(&active->due[s]) + bytes_of_items(&active->due_wide[s]);
    return bytes;
}

void qn_active_rows_begin(qn_active_rows *active, uint64_t step)
{
    for (size_t c = 0; c < active->in->delay_count; ++c)
        active->rows[c * active->slots + step % active->slots].count = 0;
}

// -------------------------------------------------------------------------------------------------------------- adding

static qn_status add_items(qn_delivery_items *items, uint32_t source, uint32_t delay, uint32_t synapses, uint32_t table)
{
    QN_TRY(room_for_items(items, synapses / QN_ITEM_SYNAPSES + 1));
    for (uint32_t block = delay << 16; synapses > 0; block += QN_ITEM_SYNAPSES / 4) {
        const uint32_t part = synapses < QN_ITEM_SYNAPSES ? synapses : QN_ITEM_SYNAPSES;
        items->source[items->count] = source;
        items->block[items->count] = block;
        items->meta[items->count++] = table | part;
        synapses -= part;
    }
    return QN_OK;
}

// Delays of all synapses of a row, each for itself: how many are due when.
static qn_status add_independent(qn_active_rows *active, const qn_cipher_key *key, uint32_t unit, uint32_t source,
                                 uint32_t synapses, size_t population, uint64_t step)
{
    const qn_delay_table *delays = &active->in->delays[active->in->delay[population]];
    uint32_t due[QN_DELAY_STEPS] = {0};
    for (uint32_t first = 0; first < synapses; first += 4 * DRAWS) {
        const uint32_t counter[4] = {source, unit, first / 4, QN_SPIKING_DELAY};
        const uint32_t left = synapses - first, count = left < 4 * DRAWS ? left : 4 * DRAWS;
        uint32_t words[4 * DRAWS];
        qn_cipher_words(key, counter, 2, (count + 3) / 4, words);
        for (uint32_t k = 0; k < count; ++k) ++due[qn_delay_of_word(delays, words[k] >> 16)];
    }
    qn_delivery_items *lists = delays->wide ? active->due_wide : active->due;
    for (uint32_t d = 1; d <= delays->last; ++d)
        if (due[d])
            QN_TRY(
                add_items(&lists[(step + d) % active->slots], source, d, due[d], (uint32_t)population << TABLE_SHIFT));
    return QN_OK;
}

static qn_status add_systematic(qn_active_rows *active, const qn_cipher_key *key, uint32_t unit, size_t population,
                                uint32_t global, const uint16_t *size, const uint32_t *neuron, size_t count,
                                uint64_t step)
{
    qn_delivery_rows *rows = &active->rows[active->in->delay[population] * active->slots + step % active->slots];
    QN_TRY(room_for_rows(rows, count));
    size_t at = rows->count;
    for (size_t i = 0; i < count; ++i) {
        const uint32_t synapses = size[neuron[i]];
        if (synapses == 0) continue;
        const uint32_t counter[4] = {global + neuron[i], unit, 0, QN_SPIKING_DRAW};
        uint32_t words[4];
        qn_cipher_words(key, counter, 2, 1, words);
        rows->source[at] = global + neuron[i];
        rows->size_and_draw[at] = synapses | words[0] << 16;
        rows->table[at++] = (uint32_t)population << TABLE_SHIFT;
    }
    rows->count = at;
    return QN_OK;
}

qn_status qn_active_rows_add(qn_active_rows *active, const qn_cipher_key *key, uint32_t unit, size_t source,
                             uint32_t global, const uint16_t *size, const uint32_t *neuron, size_t count, uint64_t step)
{
    if (count == 0) return QN_OK;
    if (!active->due) return add_systematic(active, key, unit, source, global, size, neuron, count, step);
    for (size_t i = 0; i < count; ++i)
        if (size[neuron[i]])
            QN_TRY(add_independent(active, key, unit, global + neuron[i], size[neuron[i]], source, step));
    return QN_OK;
}

// ----------------------------------------------------------------------------------------------------------------- due

static void swap(qn_delivery_items *a, qn_delivery_items *b)
{
    const qn_delivery_items held = *a;
    *a = *b;
    *b = held;
}

// Items of rows at one delay: a row of the largest size has its share of them, rounded up twice.
static size_t most_items(const qn_delivery_rows *rows, uint32_t share)
{
    return rows->count * ((65535U * share >> 16) / QN_ITEM_SYNAPSES + 2);
}

qn_status qn_active_rows_due(qn_active_rows *active, uint64_t step)
{
    active->items.count = active->wide.count = 0;
    if (active->due) {
        swap(&active->items, &active->due[step % active->slots]);
        swap(&active->wide, &active->due_wide[step % active->slots]);
        return QN_OK;
    }
    for (size_t c = 0; c < active->in->delay_count; ++c) {
        const qn_delay_table *delays = &active->in->delays[c];
        qn_delivery_items *items = delays->wide ? &active->wide : &active->items;
        for (size_t d = 1; d <= delays->last && d <= step; ++d) {
            const qn_delivery_rows *rows = &active->rows[c * active->slots + (step - d) % active->slots];
            const uint32_t before = delays->cumulative[d - 1], now = delays->cumulative[d];
            if (rows->count == 0 || before == now) continue;
            const size_t most = most_items(rows, now - before);
            if (items->count + most > items->capacity) QN_TRY(room_for_items(items, most));
            QN_PICK_CIPHER_KERNEL(qn_delivery_due)(rows, before, now, (uint32_t)d, items);
        }
    }
    return QN_OK;
}
