#include "theory/lif_input.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>

static const double MS_PER_S = 1000.0;

const char *qn_lif_population_name(const qn_spiking_population *population, size_t number, char text[64])
{
    if (population->name)
        snprintf(text, 64, "population %.50s", population->name);
    else
        snprintf(text, 64, "population %zu", number);
    return text;
}

// Of one projection, per target neuron: K, K <J>, K <J^2> and (E4), in powers of the weight as given.
typedef struct {
    double count, first, second, raw, mean;
} projection_moments;

// With n synapses of a neuron, h = sum over them of J_k r_k, rates r of the sources with mean nu and raw mean square q,
// drawn independently: Var h = <n> (<J^2> q - <J>^2 nu^2) + Var(n) <J>^2 nu^2.
//   total number: Var n = K (1 - 1/N_t) over networks; among the neurons of one network, whose mean is fixed, that
//   makes
//                 the sample variance exactly K <J^2> q.
//   in-degree:    Var n = 0. Without multapses the sources are a sample without replacement, with the factor 1 - K/N_s.
//   Bernoulli:    each source by itself, p <J^2> - p^2 <J>^2.
static projection_moments moments_by_rule(const qn_spiking_projection *projection, double count, double sources,
                                          double relative_variance)
{
    const double weight = projection->weight.mean, first = count * weight;
    const double second = count * weight * weight * (1.0 + relative_variance);
    const double share = sources > 0.0 ? count / sources : 0.0, repeated = share * count * weight * weight;
    projection_moments moments = {.count = count, .first = first, .second = second, .raw = second};
    if (projection->rule == QN_RULE_BERNOULLI) moments.raw = second - repeated;
    if (projection->rule == QN_RULE_IN_DEGREE) {
        moments.mean = count * weight * weight;
        if (projection->no_multapses) {
            moments.raw = second - repeated;
            moments.mean -= repeated;
        }
    }
    return moments;
}

// Of a list: sums over its own synapses, and the variance of summed weights among its own neurons. That several
// synapses of a pair share their source is not counted.
static qn_status moments_of_edges(const qn_spiking_projection *projection, size_t targets, double relative_variance,
                                  projection_moments *moments)
{
    const qn_spiking_edges *edges = &projection->edges;
    double *sum, total = 0.0, squares = 0.0, spread = 0.0;
    QN_TRY(QN_NEW(&sum, targets, "weights by target neuron"));
    for (size_t k = 0; k < edges->count; ++k) {
        const double weight = edges->weight ? (double)edges->weight[k] : projection->weight.mean;
        sum[edges->target[k]] += weight;
        total += weight;
        squares += weight * weight;
    }
    if (!edges->weight) squares *= 1.0 + relative_variance;
    const double mean = total / (double)targets, second = squares / (double)targets;
    for (size_t t = 0; t < targets; ++t) spread += (sum[t] - mean) * (sum[t] - mean);
    spread = targets > 1 ? spread / (double)(targets - 1) : 0.0;
    if (!edges->weight) spread += second - second / (1.0 + relative_variance);
    qn_release(sum);
    *moments = (projection_moments){.count = (double)edges->count / (double)targets,
                                    .first = mean,
                                    .second = second,
                                    .raw = second,
                                    .mean = second - spread};
    return QN_OK;
}

static qn_status add_projection(const qn_spiking_network *network, const qn_spiking_projection *projection,
                                double count, bool ignore_spread, qn_lif_input *input)
{
    const size_t target = projection->target, at = target * input->populations + projection->source;
    if (!input->fires[target] || count == 0.0) return QN_OK;
    const double spread = projection->weight.kind == QN_WEIGHT_CONSTANT || ignore_spread
                              ? 0.0
                              : projection->weight.relative_spread * projection->weight.relative_spread;
    projection_moments moments;
    if (projection->rule == QN_RULE_EDGES)
        QN_TRY(moments_of_edges(projection, network->populations[target].size, spread, &moments));
    else
        moments = moments_by_rule(projection, count, (double)network->populations[projection->source].size, spread);

    const qn_spiking_neuron neuron = qn_spiking_neuron_resolved(&network->populations[target].neuron);
    const double membrane = neuron.membrane_time / MS_PER_S;
    double time = 0.0, unit = 1.0;
    if (neuron.synapse == QN_SYNAPSE_EXPONENTIAL) {
        time = moments.first < 0.0 ? neuron.inhibitory_synaptic_time : neuron.synaptic_time;
        unit = time / neuron.capacitance; // mV per pA: (5)
    }
    input->count[at] = moments.count;
    input->jump[at] = unit * moments.first / moments.count;
    input->mean_gain[at] = membrane * unit * moments.first;
    input->variance_gain[at] = membrane * unit * unit * moments.second;
    input->static_raw[at] = membrane * membrane * unit * unit * moments.raw;
    input->static_mean[at] = membrane * membrane * unit * unit * moments.mean;
    input->synaptic_time[at] = time;
    if (time != input->neuron[target].synaptic_time) input->mixed[target] = input->any_mixed = true;
    return QN_OK;
}

static qn_status add_population(const qn_spiking_population *population, size_t number, qn_lif_input *input)
{
    char name[64];
    qn_lif_population_name(population, number, name);
    QN_REQUIRE(population->neuron.kind != QN_NEURON_ESCAPE_RATE, QN_BAD_VALUE,
               "mean field: %s has escape-rate neurons; allowed: integrate-and-fire neurons and Poisson sources", name);
    QN_REQUIRE(population->neuron.kind != QN_NEURON_GIVEN, QN_BAD_VALUE,
               "mean field: %s has given spike trains, which have no stationary rate; use a Poisson source", name);
    if (population->neuron.kind == QN_NEURON_POISSON) {
        const bool lasts = population->source_stop == 0.0 || isinf(population->source_stop);
        input->fixed_rate[number] = lasts && population->size > 0 ? population->source_rate : 0.0;
        return QN_OK;
    }
    input->fires[number] = population->size > 0;
    const qn_spiking_neuron neuron = qn_spiking_neuron_resolved(&population->neuron);
    const bool exponential = neuron.synapse == QN_SYNAPSE_EXPONENTIAL;
    input->neuron[number] = (qn_siegert_neuron){.membrane_time = neuron.membrane_time,
                                                .synaptic_time = exponential ? neuron.synaptic_time : 0.0,
                                                .refractory_time = neuron.refractory_time,
                                                .threshold = neuron.threshold - neuron.rest,
                                                .reset = neuron.reset - neuron.rest};
    const double unit = exponential ? neuron.synaptic_time / neuron.capacitance : 1.0;
    const double jump = unit * population->external_weight, membrane = neuron.membrane_time / MS_PER_S;
    const double arrivals = membrane * population->external_count * population->external_rate;
    input->mean_0[number] = arrivals * jump + neuron.membrane_time / neuron.capacitance * population->constant_current;
    input->variance_0[number] = arrivals * jump * jump;
    return QN_OK;
}

static qn_status allocate(qn_lif_input *input)
{
    const size_t n = input->populations;
    QN_TRY(QN_NEW(&input->neuron, n, "mean field"));
    QN_TRY(QN_NEW(&input->fires, n, "mean field"));
    QN_TRY(QN_NEW(&input->mixed, n, "mean field"));
    double **const vector[] = {&input->fixed_rate, &input->mean_0, &input->variance_0};
    double **const matrix[] = {&input->count,      &input->jump,        &input->mean_gain,    &input->variance_gain,
                               &input->static_raw, &input->static_mean, &input->synaptic_time};
    for (size_t k = 0; k < sizeof vector / sizeof *vector; ++k) QN_TRY(QN_NEW(vector[k], n, "mean field"));
    for (size_t k = 0; k < sizeof matrix / sizeof *matrix; ++k) QN_TRY(QN_NEW(matrix[k], n * n, "mean field"));
    return QN_OK;
}

static qn_status fill(const qn_spiking_network *network, const qn_lif_mean_field_options *options, double *in_degree,
                      qn_lif_input *input)
{
    QN_TRY(allocate(input));
    const size_t n = input->populations;
    bool any = false;
    for (size_t i = 0; i < n; ++i) {
        QN_TRY(add_population(&network->populations[i], i, input));
        any = any || input->fires[i];
    }
    QN_REQUIRE(any, QN_BAD_VALUE, "mean field: none of %zu populations has integrate-and-fire neurons", n);
    qn_spiking_in_degrees(network, in_degree);
    for (size_t k = 0; k < network->projection_count; ++k) {
        const qn_spiking_projection *projection = &network->projections[k];
        QN_TRY(add_projection(network, projection, in_degree[projection->target * n + projection->source],
                              options->ignore_weight_spread, input));
    }
    char name[64];
    for (size_t i = 0; i < n; ++i)
        QN_REQUIRE(
            !input->mixed[i] || options->average_synaptic_time, QN_BAD_VALUE,
            "mean field: %s has inhibitory synapses of another synaptic_time than the excitatory %g ms; coloured "
            "noise has one; average_synaptic_time takes their mean",
            qn_lif_population_name(&network->populations[i], i, name), input->neuron[i].synaptic_time);
    return QN_OK;
}

qn_status qn_lif_input_create(const qn_spiking_network *network, const qn_lif_mean_field_options *options,
                              qn_lif_input *input)
{
    QN_TRY(qn_spiking_network_check(network));
    const size_t n = network->population_count;
    QN_REQUIRE(n > 0, QN_BAD_VALUE, "mean field: the network has no populations");
    qn_lif_input made = {.populations = n, .population = network->populations};
    double *in_degree = NULL;
    qn_status status = QN_NEW(&in_degree, n * n, "mean field");
    if (status == QN_OK) status = fill(network, options, in_degree, &made);
    qn_release(in_degree);
    if (status == QN_OK)
        *input = made;
    else
        qn_lif_input_clear(&made);
    return status;
}

void qn_lif_input_clear(qn_lif_input *input)
{
    qn_release(input->neuron);
    qn_release(input->fires);
    qn_release(input->mixed);
    double *const array[] = {input->fixed_rate,  input->mean_0,       input->variance_0,    input->count,
                             input->jump,        input->mean_gain,    input->variance_gain, input->static_raw,
                             input->static_mean, input->synaptic_time};
    for (size_t k = 0; k < sizeof array / sizeof *array; ++k) qn_release(array[k]);
    *input = (qn_lif_input){0};
}
