#include "simulation/spiking_rows.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "numerics/random_generator.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 256, GUIDE_BITS = 10, GUIDES = 1 << GUIDE_BITS, LARGEST_ROW = 65535 };

// --------------------------------------------------------------------------------- Poisson numbers by exact inversion

typedef struct {
    size_t low, count;
    uint64_t *cumulative;       // 2^64 times the distribution function at low, low + 1, ...
    uint32_t guide[GUIDES + 1]; // where to begin, by the word's upper bits
} inversion;

// From the mode outwards: exp(-mean) itself may be below the smallest number.
static qn_status inversion_make(double mean, inversion *table)
{
    const double reach = 12.0 * sqrt(mean) + 40.0;
    const size_t low = mean > reach ? (size_t)(mean - reach) : 0, high = (size_t)(mean + reach) + 1;
    const size_t count = high - low + 1, mode = (size_t)mean - low;
    double *share;
    QN_TRY(QN_NEW(&share, count, "row sizes"));
    const qn_status status = QN_NEW(&table->cumulative, count, "row sizes");
    if (status != QN_OK) {
        qn_release(share);
        return status;
    }
    share[mode] = 1.0;
    for (size_t k = mode; k + 1 < count; ++k) share[k + 1] = share[k] * mean / (double)(low + k + 1);
    for (size_t k = mode; k > 0; --k) share[k - 1] = mean > 0.0 ? share[k] * (double)(low + k) / mean : 0.0;
    double total = 0.0, sum = 0.0;
    for (size_t k = 0; k < count; ++k) total += share[k];
    for (size_t k = 0; k < count; ++k) {
        sum += share[k];
        const double scaled = sum / total * 0x1p64;
        table->cumulative[k] = scaled < 0x1p64 ? (uint64_t)scaled : UINT64_MAX;
    }
    table->cumulative[count - 1] = UINT64_MAX;
    qn_release(share);
    table->low = low;
    table->count = count;
    for (size_t g = 0, k = 0; g <= GUIDES; ++g) {
        const uint64_t word = g < GUIDES ? (uint64_t)g << (64 - GUIDE_BITS) : UINT64_MAX;
        while (k + 1 < count && table->cumulative[k] <= word) ++k;
        table->guide[g] = (uint32_t)k;
    }
    return QN_OK;
}

static size_t inversion_of(const inversion *table, uint64_t word)
{
    size_t k = table->guide[word >> (64 - GUIDE_BITS)];
    while (k + 1 < table->count && table->cumulative[k] <= word) ++k;
    return table->low + k;
}

// ----------------------------------------------------------------------------------------------- rows of one
// projection

typedef struct {
    const qn_spiking_layout *layout;
    const qn_cipher_key *key;
    size_t unit, source; // population
    uint64_t synapses;   // of all rows
    size_t neurons;      // of the source population
    uint16_t *size;      // results
} drawing;

static qn_status draw_poisson(const drawing *d, uint64_t *total)
{
    // Four standard deviations below, so that synapses are to be added to the sum, not to be removed; 0 for mean 0.
    const double s = (double)d->synapses, n = (double)d->neurons, mean = fmax(0.0, (s - 4.0 * sqrt(s)) / n);
    inversion table;
    QN_TRY(inversion_make(mean, &table));
    qn_status status = QN_OK;
    *total = 0;
    for (size_t first = 0; first < d->neurons && status == QN_OK; first += BATCH) {
        uint32_t words[4 * BATCH];
        const size_t count = d->neurons - first < BATCH ? d->neurons - first : BATCH;
        const uint32_t counter[4] = {(uint32_t)d->source, (uint32_t)d->unit, (uint32_t)first, QN_SPIKING_ROW};
        qn_cipher_words(d->key, counter, 2, count, words);
        for (size_t i = 0; i < count; ++i) {
            const size_t size = inversion_of(&table, words[4 * i] | (uint64_t)words[4 * i + 1] << 32);
            if (size > LARGEST_ROW) status = QN_BAD_VALUE;
            d->size[first + i] = (uint16_t)size;
            *total += size;
        }
    }
    qn_release(table.cumulative);
    return status;
}

static uint64_t word_of(const drawing *d, uint32_t number, uint32_t stream)
{
    const uint32_t counter[4] = {(uint32_t)d->source, (uint32_t)d->unit, number, stream};
    uint32_t words[4];
    qn_cipher_words(d->key, counter, 2, 1, words);
    return words[0];
}

static qn_status add_missing(const drawing *d, uint64_t missing)
{
    for (uint32_t q = 0; q < missing; ++q) {
        uint16_t *size = &d->size[word_of(d, q, QN_SPIKING_ROW_ADD) * d->neurons >> 32];
        if (*size == LARGEST_ROW) return QN_BAD_VALUE;
        ++*size;
    }
    return QN_OK;
}

// Each synapse is as likely as any other: the rarely needed way back.
static void remove_surplus(const drawing *d, uint64_t total)
{
    for (uint32_t q = 0; total > d->synapses; ++q, --total) {
        uint64_t rank = word_of(d, q, QN_SPIKING_ROW_REMOVE) * total >> 32;
        size_t i = 0;
        while (rank >= d->size[i]) rank -= d->size[i++];
        --d->size[i];
    }
}

static qn_status draw_rows(const drawing *d)
{
    uint64_t total;
    qn_status status = draw_poisson(d, &total);
    if (status == QN_OK && total < d->synapses) status = add_missing(d, d->synapses - total);
    if (status == QN_OK && total > d->synapses) remove_surplus(d, total);
    if (status != QN_BAD_VALUE) return status;
    const qn_spiking_population *populations = d->layout->network.populations;
    const size_t target = d->layout->places[d->unit].population;
    return qn_fail(QN_BAD_VALUE,
                   "projection %zu (%s) -> %zu (%s): a neuron has more than %d synapses onto one unit; use a smaller "
                   "unit_size, or a smaller total number",
                   d->source, populations[d->source].name ? populations[d->source].name : "", target,
                   populations[target].name ? populations[target].name : "", LARGEST_ROW);
}

// ------------------------------------------------------------------------------------------------------- all of them

// A projection's synapses over the units of its target: multinomial by the units' sizes.
static void split(const qn_spiking_layout *layout, const qn_stream *stream, size_t target, size_t source,
                  uint64_t *synapses)
{
    const size_t from = layout->first_unit[target], to = layout->first_unit[target + 1];
    qn_random_generator generator;
    gsl_rng rng;
    qn_random_generator_start(&generator, stream, &rng);
    generator.position = (uint64_t)(target * layout->population_count + source) << 20;
    uint64_t left = (uint64_t)llrint(layout->inputs[target].projection[source]->count);
    size_t neurons = layout->network.populations[target].size;
    for (size_t unit = from; unit < to; ++unit) {
        const size_t size = layout->places[unit].size;
        const uint64_t own_synapses =
            unit + 1 == to ? left : gsl_ran_binomial(&rng, (double)size / (double)neurons, (unsigned)left);
        synapses[unit] = own_synapses;
        left -= own_synapses;
        neurons -= size;
    }
}

static bool has_rows(const qn_spiking_layout *layout, size_t target, size_t source)
{
    const qn_spiking_projection *p = layout->inputs[target].projection[source];
    return p && qn_projection_is_computed(p);
}

static qn_status make_source(const qn_spiking_layout *layout, const qn_cipher_key *key, const qn_stream *stream,
                             size_t target, size_t source, uint64_t *synapses, qn_spiking_rows *rows)
{
    const size_t count = layout->population_count, neurons = layout->network.populations[source].size;
    split(layout, stream, target, source, synapses);
    for (size_t unit = layout->first_unit[target]; unit < layout->first_unit[target + 1]; ++unit) {
        uint16_t **size = &rows->size[unit * count + source];
        QN_TRY(QN_NEW(size, neurons, "row sizes"));
        const drawing d = {layout, key, unit, source, synapses[unit], neurons, *size};
        QN_TRY(draw_rows(&d));
    }
    return QN_OK;
}

qn_status qn_spiking_rows_make(const qn_spiking_layout *layout, const qn_cipher_key *key, const qn_stream *stream,
                               qn_spiking_rows *rows)
{
    const size_t count = layout->population_count;
    qn_spiking_rows made = {.units = layout->unit_count, .populations = count};
    uint64_t *synapses;
    QN_TRY(QN_NEW(&made.size, layout->unit_count * count + 1, "row sizes"));
    qn_status status = QN_NEW(&synapses, layout->unit_count + 1, "row sizes");
    char message[1024] = "";
    // Pairs of the same target write to different units' entries of `synapses` only if targets differ: one target a
    // job.
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(count))
    for (size_t target = 0; target < count; ++target)
        for (size_t source = 0; source < count; ++source) {
            qn_status so_far;
#pragma omp atomic read
            so_far = status;
            if (so_far != QN_OK || !has_rows(layout, target, source)) continue;
            const qn_status own = make_source(layout, key, stream, target, source, synapses, &made);
            if (own == QN_OK) continue;
#pragma omp critical
            {
#pragma omp atomic write
                status = own;
                snprintf(message, sizeof message, "%s", qn_last_error());
            }
        }
    qn_release(synapses);
    if (status != QN_OK) {
        qn_spiking_rows_clear(&made);
        return message[0] ? qn_fail(status, "%s", message) : status;
    }
    *rows = made;
    return QN_OK;
}

void qn_spiking_rows_clear(qn_spiking_rows *rows)
{
    for (size_t i = 0; rows->size && i < rows->units * rows->populations; ++i) qn_release(rows->size[i]);
    qn_release(rows->size);
    *rows = (qn_spiking_rows){0};
}

double qn_spiking_rows_bytes(const qn_spiking_layout *layout)
{
    double bytes = 0.0;
    for (size_t target = 0; target < layout->population_count; ++target)
        for (size_t source = 0; source < layout->population_count; ++source)
            if (has_rows(layout, target, source))
                bytes += 2.0 * (double)layout->network.populations[source].size *
                         (double)(layout->first_unit[target + 1] - layout->first_unit[target]);
    return bytes;
}
