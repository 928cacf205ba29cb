/// Smaller spiking networks whose neurons receive input of the same mean and variance.
///
/// Source: van Albada, Helias & Diesmann (2015), PLoS Comput. Biol. 11, e1004490; section 2.6, equation (1), of
/// docs/theory/spiking.md.
#pragma once
#include <quenched/spiking_network.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Scale numbers of neurons by `size_factor` a_N and in-degrees by `degree_factor` a_K:
///   N -> int(a_N N);  S -> floor(a_N a_K S);  K of fixed in-degrees -> round(a_K K);  Bernoulli: a_K times the mean
///   in-degree, over the sources that are left;  external synapses K_ext -> a_K K_ext, rates of stimuli alike;
///   all weights -> W / sqrt(a_K), their relative spread unchanged;
///   constant current += (C / tau_m) (1 - sqrt(a_K)) (mu_rec + mu_ext), the mean that is missing at the target rates.
/// Delays, neurons, sources' rates and the seeds' meaning stay.
///
/// At the target rates mean and variance of every population's input are those of the full network, up to what is cut
/// off numbers of neurons and synapses: of a projection's share, a part of 1 / (a_N N) + 1 / (a_N a_K S) at most. What
/// changes: the input's skewness grows as 1 / sqrt(a_K), so rates follow only roughly and those of populations of low
/// rate drop most; correlations between neurons grow as 1 / N and 1 / K, and below a_K of about 0.1 they are those of
/// another network.
///
/// @param[in]  rate     target rate of each population, 1/s, >= 0: of the full network, by simulation or mean field
/// @param[out] scaled   owned by the caller; free with qn_spiking_network_clear(). Untouched on error
/// @return QN_OK; QN_BAD_VALUE naming the argument or the entry: a factor outside (0, 1], a population that would lose
///         its last neuron, an explicit list of synapses, a list of given spikes where a_N < 1, and whatever
///         qn_spiking_network_check() refuses of the result (in-degrees that need multapses); QN_NO_MEMORY
/// Cost: that of qn_spiking_network_copy().
qn_status qn_spiking_down_scale(const qn_spiking_network *network, double size_factor, double degree_factor,
                                const double *rate, qn_spiking_network *scaled);

#ifdef __cplusplus
}
#endif
