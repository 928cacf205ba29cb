#include <quenched/spiking_network.h>

#include <math.h>

// Inhibition has a synaptic time of its own.
static double time_of(const qn_spiking_neuron *resolved, double weight)
{
    return weight < 0.0 ? resolved->inhibitory_synaptic_time : resolved->synaptic_time;
}

// At its extremum C dV/dt = 0, so V = (membrane_time / C) I(t*) with exp(-t* / synaptic_time) = x^(-x / (x - 1)), x the
// ratio of the times: (4) without its difference of powers, and ln x / (x - 1) -> 1 is all that happens at x = 1.
double qn_weight_of_excursion(const qn_spiking_neuron *neuron, double potential)
{
    if (neuron->synapse == QN_SYNAPSE_DELTA) return potential;
    const qn_spiking_neuron resolved = qn_spiking_neuron_resolved(neuron);
    const double ratio = resolved.membrane_time / time_of(&resolved, potential);
    const double excess = (resolved.membrane_time - time_of(&resolved, potential)) / time_of(&resolved, potential);
    const double exponent = excess == 0.0 ? 1.0 : ratio * log1p(excess) / excess;
    return potential * resolved.capacitance / resolved.membrane_time * exp(exponent);
}

double qn_weight_of_jump(const qn_spiking_neuron *neuron, double jump)
{
    if (neuron->synapse == QN_SYNAPSE_DELTA) return jump;
    const qn_spiking_neuron resolved = qn_spiking_neuron_resolved(neuron);
    return jump * resolved.capacitance / time_of(&resolved, jump);
}

double qn_jump_of_weight(const qn_spiking_neuron *neuron, double weight)
{
    if (neuron->synapse == QN_SYNAPSE_DELTA) return weight;
    const qn_spiking_neuron resolved = qn_spiking_neuron_resolved(neuron);
    return weight * time_of(&resolved, weight) / resolved.capacitance;
}

double qn_total_number_of_probability(double probability, size_t targets, size_t sources)
{
    const double pairs = (double)targets * (double)sources;
    if (pairs == 0.0 || probability == 0.0) return 0.0;
    // 1 - 1 / pairs keeps log2(pairs) digits less than a double has: published networks have up to 2^32 pairs.
    const double none = pairs < 0x1p40 ? log(1.0 - 1.0 / pairs) : log1p(-1.0 / pairs);
    return round(log(1.0 - probability) / none);
}
