#include "simulation/spiking_layout.h"

#include "base/fail.h"
#include "base/memory.h"
#include "simulation/delivery_kernel.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum {
    PAD = 64,
    LEVELS_PER_WEIGHT = 128, // of the smallest weight, at least
    LARGEST_WEIGHT = 32767
};

bool qn_projection_is_computed(const qn_spiking_projection *projection)
{
    return projection->rule == QN_RULE_TOTAL_NUMBER;
}

bool qn_projection_is_inhibitory(const qn_spiking_projection *projection) { return projection->weight.mean < 0.0; }

// ------------------------------------------------------------------------------------------------ delays and weights

qn_status qn_delay_table_make(const qn_delay_law *law, double time_step, double minimum, qn_delay_table *table)
{
    const size_t last = qn_delay_last(law, time_step, minimum);
    QN_REQUIRE(last < QN_DELAY_STEPS, QN_BAD_VALUE, "a delay of mean %g ms takes up to %zu steps; allowed: below %d",
               law->mean, last, QN_DELAY_STEPS);
    double *probability;
    uint32_t *cumulative;
    QN_TRY(QN_NEW(&probability, last, "delays"));
    const qn_status status = QN_NEW(&cumulative, last + 1, "delays");
    if (status != QN_OK) {
        qn_release(probability);
        return status;
    }
    qn_delay_probabilities(law, time_step, minimum, last, probability);
    double sum = 0.0;
    for (size_t d = 1; d <= last; ++d) {
        sum += probability[d - 1];
        cumulative[d] = d < last ? (uint32_t)lrint(65536.0 * (sum < 1.0 ? sum : 1.0)) : 65536;
    }
    qn_release(probability);
    *table = (qn_delay_table){.law = *law, .last = last, .cumulative = cumulative};
    return QN_OK;
}

uint32_t qn_delay_of_word(const qn_delay_table *table, uint32_t word)
{
    size_t low = 1, high = table->last;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (table->cumulative[middle] > word)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint32_t)low;
}

void qn_weight_table_make(const qn_weight_law *law, double quantum, int16_t *weights)
{
    double z[QN_WEIGHT_LEVELS], squares = 0.0;
    for (int q = 0; q < QN_WEIGHT_LEVELS; ++q) {
        z[q] = gsl_cdf_ugaussian_Pinv((q + 0.5) / QN_WEIGHT_LEVELS);
        squares += z[q] * z[q];
    }
    const double unit_variance = 1.0 / sqrt(squares / QN_WEIGHT_LEVELS);
    const double spread = law->kind == QN_WEIGHT_CONSTANT ? 0.0 : law->relative_spread * unit_variance;
    double owed = 0.0;
    for (int q = 0; q < QN_WEIGHT_LEVELS; ++q) {
        const double exact = law->mean / quantum * (1.0 + spread * z[q]);
        weights[q] = (int16_t)lrint(exact);
        owed += exact - weights[q];
    }
    // Beside far larger ones, weights are few quanta: what rounding took from their mean is given back here and there.
    const int missing = (int)lrint(owed);
    for (int i = 0; i < abs(missing); ++i)
        weights[(2 * i + 1) * QN_WEIGHT_LEVELS / (2 * abs(missing))] += (int16_t)(missing > 0 ? 1 : -1);
}

// ---------------------------------------------------------------------------------------------------------- quantum

typedef struct {
    double smallest, largest; // of the sizes of weights
    double smallest_law;      // of the sizes of mean weights
    double input;             // of a neuron that hears all its synapses at once
    double wide;              // a lognormal weight six standard deviations up
} weight_range;

static void widen(weight_range *range, double size)
{
    if (size == 0.0) return;
    if (range->smallest == 0.0 || size < range->smallest) range->smallest = size;
    if (size > range->largest) range->largest = size;
}

// Weights of an explicit list, and the input of the target that gets most.
static qn_status widen_by_edges(weight_range *range, const qn_spiking_edges *edges, size_t targets)
{
    double *input, most = 0.0;
    QN_TRY(QN_NEW(&input, targets, "inputs"));
    for (size_t e = 0; e < edges->count; ++e) {
        const double size = fabs((double)edges->weight[e]);
        widen(range, size);
        input[edges->target[e]] += size;
        most = fmax(most, input[edges->target[e]]);
    }
    qn_release(input);
    range->input += most;
    return QN_OK;
}

static void widen_by_law(weight_range *range, const qn_spiking_projection *p, double in_degree)
{
    const double mean = fabs(p->weight.mean);
    widen(range, mean);
    if (mean > 0.0 && (range->smallest_law == 0.0 || mean < range->smallest_law)) range->smallest_law = mean;
    if (p->weight.kind == QN_WEIGHT_NORMAL)
        widen(range, fabs(p->weight.mean) * (1.0 + 2.7 * p->weight.relative_spread));
    if (p->weight.kind == QN_WEIGHT_LOGNORMAL) {
        const double variance = log1p(p->weight.relative_spread * p->weight.relative_spread);
        range->wide = fmax(range->wide, fabs(p->weight.mean) * exp(6.0 * sqrt(variance)));
    }
    range->input += in_degree * fabs(p->weight.mean);
}

// The smallest weight is 128 x 2^k quanta with k as large as tables of 16 bits and sums of 32 allow: whole multiples of
// it stay exact.
static double quantum_of(const weight_range *range)
{
    if (range->smallest == 0.0) return 1.0;
    const double room = 0x1p31 / 4.0;
    const double least_by_table = range->largest / LARGEST_WEIGHT, least_by_sum = range->input / room;
    const double least = fmax(fmax(least_by_table, least_by_sum), range->wide * 0x1p-27);
    double quantum = range->smallest / LEVELS_PER_WEIGHT;
    if (quantum < least) return least;
    while (quantum / 2.0 >= least) quantum /= 2.0;
    return quantum;
}

// Coarser weights would have another spread than was asked for.
static qn_status check_resolution(const weight_range *range, double quantum, const qn_spiking_network *network,
                                  size_t target)
{
    enum { LEAST = 16 };
    const char *name = network->populations[target].name;
    QN_REQUIRE(range->smallest_law == 0.0 || range->smallest_law >= LEAST * quantum, QN_BAD_VALUE,
               "populations[%zu] (%s): a mean weight of size %g meets others of up to %g; allowed: at least %.3g, for "
               "sums are kept in whole multiples of %.3g",
               target, name ? name : "", range->smallest_law, range->largest, LEAST * quantum, quantum);
    return QN_OK;
}

// ----------------------------------------------------------------------------------------------------------- inputs

static qn_status find_delay(qn_spiking_inputs *in, const qn_spiking_projection *p, const qn_spiking_network *network,
                            size_t *which)
{
    const bool wide = p->weight.kind == QN_WEIGHT_LOGNORMAL;
    for (size_t i = 0; i < in->delay_count; ++i) {
        const qn_delay_table *t = &in->delays[i];
        if (t->wide == wide && t->law.kind == p->delay.kind && t->law.mean == p->delay.mean &&
            t->law.relative_spread == p->delay.relative_spread) {
            *which = i;
            return QN_OK;
        }
    }
    qn_delay_table table;
    QN_TRY(qn_delay_table_make(&p->delay, qn_spiking_time_step(network), qn_spiking_delay_minimum(network), &table));
    table.wide = wide;
    in->delays[in->delay_count] = table;
    *which = in->delay_count++;
    return QN_OK;
}

// The shortest delay that a synapse of this projection can have.
static qn_status shorten_block(qn_spiking_layout *layout, const qn_spiking_projection *p)
{
    const qn_spiking_edges *edges = &p->edges;
    if (p->rule == QN_RULE_EDGES && edges->delay) {
        for (size_t e = 0; e < edges->count; ++e) {
            const long steps = lround((double)edges->delay[e] / layout->time_step);
            if (steps < (long)layout->block) layout->block = steps > 1 ? (size_t)steps : 1;
        }
        return QN_OK;
    }
    qn_delay_table table;
    QN_TRY(qn_delay_table_make(&p->delay, layout->time_step, qn_spiking_delay_minimum(&layout->network), &table));
    const size_t shortest = qn_delay_of_word(&table, 0);
    if (shortest < layout->block) layout->block = shortest;
    qn_release(table.cumulative);
    return QN_OK;
}

static qn_status make_inputs(qn_spiking_layout *layout, const double *in_degree, size_t target)
{
    const size_t count = layout->population_count;
    qn_spiking_inputs *in = &layout->inputs[target];
    QN_TRY(QN_NEW(&in->delays, count, "delays"));
    QN_TRY(QN_NEW(&in->delay, count, "delays"));
    QN_TRY(QN_NEW(&in->weights, count * QN_WEIGHT_LEVELS + 2, "weights"));
    QN_TRY(QN_NEW(&in->projection, count, "projections"));
    const qn_spiking_network *network = &layout->network;
    const qn_spiking_neuron neuron = qn_spiking_neuron_resolved(&network->populations[target].neuron);
    in->two_lanes = neuron.synapse == QN_SYNAPSE_EXPONENTIAL && neuron.inhibitory_synaptic_time != neuron.synaptic_time;
    weight_range range = {0};
    for (size_t i = 0; i < network->projection_count; ++i) {
        const qn_spiking_projection *p = &network->projections[i];
        if (p->target != target || in_degree[target * count + p->source] == 0.0) continue;
        in->projection[p->source] = p;
        if (p->rule == QN_RULE_EDGES && p->edges.weight)
            QN_TRY(widen_by_edges(&range, &p->edges, network->populations[target].size));
        else
            widen_by_law(&range, p, in_degree[target * count + p->source]);
        *(qn_projection_is_computed(p) ? &in->computed : &in->stored) = true;
    }
    in->quantum = quantum_of(&range);
    QN_TRY(check_resolution(&range, in->quantum, network, target));
    for (size_t source = 0; source < count; ++source) {
        const qn_spiking_projection *p = in->projection[source];
        if (!p) continue;
        if (p->weight.kind != QN_WEIGHT_LOGNORMAL)
            qn_weight_table_make(&p->weight, in->quantum, in->weights + source * QN_WEIGHT_LEVELS);
        if (qn_projection_is_computed(p)) QN_TRY(find_delay(in, p, network, &in->delay[source]));
        QN_TRY(shorten_block(layout, p));
    }
    return QN_OK;
}

// ------------------------------------------------------------------------------------------------------------ places

// Units of nearly equal size, cut at multiples of 64 neurons.
static size_t cut(size_t size, size_t wanted, size_t *pieces)
{
    const size_t most = wanted < PAD ? PAD : wanted / PAD * PAD;
    *pieces = (size + most - 1) / most;
    if (*pieces == 0) return 0;
    const size_t each = (size + *pieces - 1) / *pieces, padded = (each + PAD - 1) / PAD * PAD;
    *pieces = (size + padded - 1) / padded;
    return padded;
}

static qn_status make_places(qn_spiking_layout *layout)
{
    const qn_spiking_network *network = &layout->network;
    const size_t most = qn_spiking_unit_size(network);
    uint64_t neurons = 0;
    for (size_t p = 0; p < layout->population_count; ++p) {
        size_t pieces;
        cut(network->populations[p].size, most, &pieces);
        layout->first_unit[p] = layout->unit_count;
        layout->unit_count += pieces;
        layout->first_neuron[p] = (uint32_t)neurons;
        neurons += network->populations[p].size;
    }
    QN_REQUIRE(neurons < UINT32_MAX, QN_BAD_VALUE, "the network has %llu neurons; allowed: below 2^32",
               (unsigned long long)neurons);
    layout->first_unit[layout->population_count] = layout->unit_count;
    layout->first_neuron[layout->population_count] = (uint32_t)neurons;
    QN_TRY(QN_NEW(&layout->places, layout->unit_count + 1, "units"));
    for (size_t p = 0, unit = 0; p < layout->population_count; ++p) {
        const size_t size = network->populations[p].size;
        size_t pieces;
        const size_t each = cut(size, most, &pieces);
        for (size_t first = 0; first < size; first += each) {
            const size_t own = size - first < each ? size - first : each;
            layout->places[unit++] = (qn_spiking_place){.population = p,
                                                        .first = first,
                                                        .size = own,
                                                        .padded = (own + PAD - 1) / PAD * PAD,
                                                        .global = layout->first_neuron[p] + (uint32_t)first};
        }
    }
    return QN_OK;
}

static qn_status fill(qn_spiking_layout *layout)
{
    const size_t count = layout->population_count;
    QN_TRY(QN_NEW(&layout->first_neuron, count + 1, "populations"));
    QN_TRY(QN_NEW(&layout->first_unit, count + 1, "populations"));
    QN_TRY(QN_NEW(&layout->inputs, count, "populations"));
    QN_TRY(make_places(layout));
    double *in_degree;
    QN_TRY(QN_NEW(&in_degree, count * count, "in-degrees"));
    qn_spiking_in_degrees(&layout->network, in_degree);
    qn_status status = QN_OK;
    for (size_t p = 0; p < count && status == QN_OK; ++p) status = make_inputs(layout, in_degree, p);
    qn_release(in_degree);
    return status;
}

qn_status qn_spiking_layout_make(const qn_spiking_network *network, qn_spiking_layout *layout)
{
    qn_spiking_layout made = {.population_count = network->population_count, .block = QN_LONGEST_BLOCK};
    QN_TRY(qn_spiking_network_copy(network, &made.network));
    made.time_step = qn_spiking_time_step(network);
    const qn_status status = fill(&made);
    if (status != QN_OK) {
        qn_spiking_layout_clear(&made);
        return status;
    }
    *layout = made;
    return QN_OK;
}

void qn_spiking_layout_clear(qn_spiking_layout *layout)
{
    for (size_t p = 0; layout->inputs && p < layout->population_count; ++p) {
        qn_spiking_inputs *in = &layout->inputs[p];
        for (size_t i = 0; i < in->delay_count; ++i) qn_release(in->delays[i].cumulative);
        qn_release(in->delays);
        qn_release(in->delay);
        qn_release(in->weights);
        qn_release(in->projection);
    }
    qn_release(layout->inputs);
    qn_release(layout->places);
    qn_release(layout->first_unit);
    qn_release(layout->first_neuron);
    qn_spiking_network_clear(&layout->network);
    *layout = (qn_spiking_layout){0};
}
