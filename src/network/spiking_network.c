#include <quenched/spiking_network.h>

#include <math.h>

static double or_default(double value, double otherwise) { return value == 0.0 ? otherwise : value; }

qn_spiking_neuron qn_spiking_neuron_resolved(const qn_spiking_neuron *neuron)
{
    qn_spiking_neuron resolved = *neuron;
    resolved.membrane_time = or_default(neuron->membrane_time, 10.0);
    resolved.capacitance = or_default(neuron->capacitance, 250.0);
    if (neuron->synapse == QN_SYNAPSE_EXPONENTIAL) {
        resolved.synaptic_time = or_default(neuron->synaptic_time, 0.5);
        resolved.inhibitory_synaptic_time = or_default(neuron->inhibitory_synaptic_time, resolved.synaptic_time);
    }
    if (neuron->rest == 0.0 && neuron->threshold == 0.0 && neuron->reset == 0.0) {
        resolved.rest = resolved.reset = -65.0;
        resolved.threshold = -50.0;
    }
    return resolved;
}

double qn_spiking_time_step(const qn_spiking_network *network) { return or_default(network->time_step, 0.1); }

double qn_spiking_delay_minimum(const qn_spiking_network *network)
{
    return or_default(network->delay_minimum, qn_spiking_time_step(network));
}

size_t qn_spiking_unit_size(const qn_spiking_network *network)
{
    return network->unit_size == 0 ? 16384 : network->unit_size;
}

size_t qn_spiking_neuron_count(const qn_spiking_network *network)
{
    size_t count = 0;
    for (size_t p = 0; p < network->population_count; ++p) count += network->populations[p].size;
    return count;
}

double qn_spiking_projection_count(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    const double targets = (double)network->populations[projection->target].size;
    const double sources = (double)network->populations[projection->source].size;
    const bool own = projection->target == projection->source && projection->no_autapses;
    switch (projection->rule) {
    case QN_RULE_TOTAL_NUMBER: return round(projection->count);
    case QN_RULE_IN_DEGREE: return round(projection->count) * targets;
    case QN_RULE_BERNOULLI: return projection->count * targets * (own ? fmax(sources - 1.0, 0.0) : sources);
    case QN_RULE_EDGES: break;
    }
    return (double)projection->edges.count;
}

double qn_spiking_synapse_count(const qn_spiking_network *network)
{
    double count = 0.0;
    for (size_t i = 0; i < network->projection_count; ++i)
        count += qn_spiking_projection_count(network, &network->projections[i]);
    return count;
}

void qn_spiking_in_degrees(const qn_spiking_network *network, double *in_degree)
{
    const size_t populations = network->population_count;
    for (size_t i = 0; i < populations * populations; ++i) in_degree[i] = 0.0;
    for (size_t i = 0; i < network->projection_count; ++i) {
        const qn_spiking_projection *projection = &network->projections[i];
        const size_t targets = network->populations[projection->target].size;
        if (targets == 0) continue;
        in_degree[projection->target * populations + projection->source] +=
            qn_spiking_projection_count(network, projection) / (double)targets;
    }
}
