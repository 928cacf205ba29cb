// What a reader must know of a network before he believes its numbers.
#include "study/spiking_point.h"

#include <math.h>
#include <stdlib.h>

// Mean of a normal delay that is cut below `least`.
static double mean_of_cut(const qn_delay_law *law, double least)
{
    const double spread = law->relative_spread * law->mean, x = (least - law->mean) / spread;
    const double density = exp(-0.5 * x * x) / sqrt(2.0 * acos(-1.0));
    return law->mean + spread * density / (0.5 * erfc(x / sqrt(2.0)));
}

static qn_status warn_of_delays(const qn_spiking_point *point, qn_result *result)
{
    const qn_spiking_network *network = point->network;
    const double step = qn_spiking_time_step(network), least = qn_spiking_delay_minimum(network);
    for (size_t k = 0; k < network->projection_count; ++k) {
        const qn_spiking_projection *p = &network->projections[k];
        const bool cut = p->delay.kind == QN_DELAY_NORMAL && p->delay.relative_spread > 0.0;
        if (!(p->delay.mean < step) || p->rule == QN_RULE_EDGES) continue;
        return qn_spiking_warn(point, result,
                               "delays %s -> %s have mean %g ms, below the time step of %g ms: cut at %g ms it is %.3g "
                               "ms",
                               network->populations[p->source].name, network->populations[p->target].name,
                               p->delay.mean, step, least, cut ? mean_of_cut(&p->delay, least) : step);
    }
    return QN_OK;
}

// Theories of sparse networks leave correlations through shared input out.
static qn_status warn_of_density(const qn_spiking_point *point, qn_result *result)
{
    const qn_spiking_network *network = point->network;
    const size_t n = network->population_count;
    double *in_degree = malloc(n * n * sizeof *in_degree);
    if (!in_degree) return QN_NO_MEMORY;
    qn_spiking_in_degrees(network, in_degree);
    double densest = 0.0;
    size_t target = 0, source = 0;
    for (size_t k = 0; k < n * n; ++k) {
        const double size = (double)network->populations[k % n].size;
        if (size < 1.0 || in_degree[k] / size <= densest) continue;
        densest = in_degree[k] / size;
        target = k / n;
        source = k % n;
    }
    free(in_degree);
    if (densest <= 0.2 || qn_spiking_state_of(point) == NULL) return QN_OK;
    return qn_spiking_warn(point, result,
                           "%s -> %s has %.2g synapses per pair of neurons: theory is for sparse networks, below 0.2",
                           network->populations[source].name, network->populations[target].name, densest);
}

static qn_status warn_of_scale(const qn_spiking_point *point, qn_result *result)
{
    const qn_spiking_scale_keys *scale = &point->study->network.scale;
    if (scale->degree >= 1.0 && scale->size >= 1.0) return QN_OK;
    if (scale->degree < 0.1)
        return qn_spiking_warn(point, result,
                               "in-degrees are scaled by %g, below 0.1: mean and variance of the input are kept, "
                               "correlations are those of another network",
                               scale->degree);
    return qn_spiking_warn(point, result,
                           "a network scaled down by %g in size and %g in in-degrees: mean and variance of the input "
                           "are kept, correlations and the input's skewness are not",
                           scale->size, scale->degree);
}

qn_status qn_spiking_warn_of_regime(const qn_spiking_execution *run, const qn_spiking_point *point, qn_result *result)
{
    if (point != &run->points[0] && run->count > 1) return QN_OK; // of a sweep the first point says it
    qn_status status = warn_of_delays(point, result);
    if (status == QN_OK) status = warn_of_density(point, result);
    return status == QN_OK ? warn_of_scale(point, result) : status;
}
