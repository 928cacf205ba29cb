#include "theory/lif_map.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/quadrature.h"

#include <math.h>

// Below this spread, in units of the noise, derivatives by s^2 come from those by the mean: no quadrature resolves
// them.
static const double NARROW = 1e-3;

qn_status qn_lif_map_create(const qn_lif_input *input, const qn_lif_mean_field_options *options, qn_lif_map *map)
{
    const size_t nodes = !options->heterogeneity ? 1 : options->nodes == 0 ? 11 : options->nodes;
    qn_lif_map made = {.input = input, .heterogeneity = options->heterogeneity, .nodes = nodes};
    made.unknowns = (options->heterogeneity ? 2 : 1) * input->populations;
    double *node = NULL;
    QN_TRY(QN_NEW(&node, 2 * nodes, "mean field"));
    qn_status status = qn_gauss_hermite(nodes, node, node + nodes);
    if (status == QN_OK) status = QN_NEW(&made.population, input->populations, "mean field");
    if (status != QN_OK) {
        qn_release(node);
        return status;
    }
    made.node = node;
    made.weight = node + nodes;
    *map = made;
    return QN_OK;
}

void qn_lif_map_clear(qn_lif_map *map)
{
    qn_release((double *)map->node);
    qn_release(map->population);
    *map = (qn_lif_map){0};
}

static double positive(double value) { return value > 0.0 ? value : 0.0; }

static void gather_input(const qn_lif_map *map, size_t target, const double *x, qn_lif_population_state *at)
{
    const qn_lif_input *input = map->input;
    const size_t n = input->populations, row = target * n;
    double mean = input->mean_0[target], variance = input->variance_0[target], spread = 0.0;
    double timed = variance * input->neuron[target].synaptic_time;
    for (size_t j = 0; j < n; ++j) {
        const double rate = positive(x[j]);
        mean += input->mean_gain[row + j] * rate;
        variance += input->variance_gain[row + j] * rate;
        timed += input->variance_gain[row + j] * rate * input->synaptic_time[row + j];
        if (map->heterogeneity)
            spread += input->static_raw[row + j] * (rate * rate + positive(x[n + j])) -
                      input->static_mean[row + j] * rate * rate;
    }
    at->mean = mean;
    at->variance = variance;
    at->spread = sqrt(positive(spread));
    at->time = input->neuron[target].synaptic_time;
    at->time_variance = 0.0;
    if (input->mixed[target] && variance > 0.0) {
        at->time = timed / variance;
        at->time_variance = variance;
    }
}

static qn_status average_over_neurons(const qn_lif_map *map, const qn_siegert_neuron *neuron,
                                      qn_lif_population_state *at)
{
    const double noise = sqrt(at->variance);
    double square = 0.0;
    at->rate = at->by_mean = at->by_variance = at->by_shift = at->by_spread = 0.0;
    at->square_by_mean = at->square_by_variance = at->square_by_shift = at->square_by_spread = 0.0;
    for (size_t k = 0; k < map->nodes; ++k) {
        const double z = map->node[k], w = map->weight[k];
        qn_siegert_response r;
        QN_TRY(qn_siegert(neuron, at->mean + at->spread * z, noise, &r));
        at->rate += w * r.rate;
        square += w * r.rate * r.rate;
        at->by_mean += w * r.by_mean;
        at->by_variance += w * r.by_variance;
        at->by_shift += w * r.by_shift;
        at->by_spread += w * z * r.by_mean;
        at->square_by_mean += w * 2.0 * r.rate * r.by_mean;
        at->square_by_variance += w * 2.0 * r.rate * r.by_variance;
        at->square_by_shift += w * 2.0 * r.rate * r.by_shift;
        at->square_by_spread += w * z * 2.0 * r.rate * r.by_mean;
    }
    at->rate_variance = map->heterogeneity ? positive(square - at->rate * at->rate) : 0.0;
    return QN_OK;
}

// d<f(mu + s z)>/d(s^2) = <z f'> / (2 s), which tends to <f''> / 2.
static qn_status spread_derivatives(const qn_siegert_neuron *neuron, qn_lif_population_state *at)
{
    const double noise = sqrt(at->variance), step = NARROW * noise;
    if (at->spread > step) {
        at->by_spread /= 2.0 * at->spread;
        at->square_by_spread /= 2.0 * at->spread;
        return QN_OK;
    }
    at->by_spread = at->square_by_spread = 0.0;
    if (noise == 0.0) return QN_OK;
    qn_siegert_response below, above;
    QN_TRY(qn_siegert(neuron, at->mean - step, noise, &below));
    QN_TRY(qn_siegert(neuron, at->mean + step, noise, &above));
    at->by_spread = (above.by_mean - below.by_mean) / (4.0 * step);
    at->square_by_spread = (above.rate * above.by_mean - below.rate * below.by_mean) / (2.0 * step);
    return QN_OK;
}

qn_status qn_lif_map_evaluate(qn_lif_map *map, const double *x, double *image)
{
    const qn_lif_input *input = map->input;
    const size_t n = input->populations;
    for (size_t i = 0; i < n; ++i) {
        qn_lif_population_state *at = &map->population[i];
        if (!input->fires[i]) {
            *at = (qn_lif_population_state){.rate = input->fixed_rate[i]};
        } else {
            gather_input(map, i, x, at);
            qn_siegert_neuron neuron = input->neuron[i];
            neuron.synaptic_time = at->time;
            QN_TRY(average_over_neurons(map, &neuron, at));
            if (map->heterogeneity) QN_TRY(spread_derivatives(&neuron, at));
        }
        image[i] = at->rate;
        if (map->heterogeneity) image[n + i] = at->rate_variance;
    }
    return QN_OK;
}

void qn_lif_map_jacobian(const qn_lif_map *map, const double *x, double *jacobian)
{
    const qn_lif_input *input = map->input;
    const size_t n = input->populations, all = map->unknowns;
    for (size_t k = 0; k < all * all; ++k) jacobian[k] = 0.0;
    for (size_t i = 0; i < n; ++i) {
        const qn_lif_population_state *at = &map->population[i];
        if (!input->fires[i]) continue;
        // q goes with the root of the synaptic time.
        qn_siegert_neuron neuron = input->neuron[i];
        neuron.synaptic_time = at->time;
        const double by_time =
            at->time_variance > 0.0 ? 0.5 * qn_siegert_shift(&neuron) / (at->time * at->time_variance) : 0.0;
        for (size_t j = 0; j < n; ++j) {
            const size_t ij = i * n + j;
            const double mean = input->mean_gain[ij], variance = input->variance_gain[ij];
            const double shift = by_time * variance * (input->synaptic_time[ij] - at->time);
            double *rate_row = jacobian + i * all;
            rate_row[j] = at->by_mean * mean + at->by_variance * variance + at->by_shift * shift;
            if (!map->heterogeneity) continue;
            const double raw = input->static_raw[ij];
            const double spread = 2.0 * positive(x[j]) * (raw - input->static_mean[ij]);
            double *variance_row = jacobian + (n + i) * all;
            rate_row[j] += at->by_spread * spread;
            rate_row[n + j] = at->by_spread * raw;
            variance_row[j] = at->square_by_mean * mean + at->square_by_variance * variance +
                              at->square_by_shift * shift + at->square_by_spread * spread -
                              2.0 * at->rate * rate_row[j];
            variance_row[n + j] = at->square_by_spread * raw - 2.0 * at->rate * rate_row[n + j];
        }
    }
}

void qn_lif_map_gain(const qn_lif_map *map, double *gain)
{
    const qn_lif_input *input = map->input;
    const size_t n = input->populations;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j)
            gain[i * n + j] = map->population[i].by_mean * input->mean_gain[i * n + j] +
                              map->population[i].by_variance * input->variance_gain[i * n + j];
}
