/// From the keys of a study to the network they describe.
#pragma once
#include "study/spiking.h"

#include <quenched/spiking_edges.h>

/// A network with everything it points to. `{0}` is empty.
typedef struct {
    qn_spiking_network network;
    qn_spiking_population *populations;
    qn_spiking_projection *projections;
    qn_spiking_stimulus *stimuli;
    size_t edge_lists, spike_lists;
    qn_spiking_edges_owned *edges; ///< those read from files
    qn_given_spikes *spikes;
} qn_spiking_built;

/// Build the network of the keys, at full scale: `scale` is left out. Names are those of `keys`, which must outlive it.
/// Files are read where `folder` is not NULL; else they give lists without entries. The network is not checked.
/// @return QN_BAD_FILE for files; QN_NO_MEMORY. `built` is to be cleared either way.
qn_status qn_spiking_build(const qn_spiking_network_keys *keys, const char *folder, qn_spiking_built *built);
void qn_spiking_built_clear(qn_spiking_built *built);

/// The neuron of a population: its own keys before the network's.
qn_spiking_neuron qn_spiking_neuron_of(const qn_spiking_network_keys *keys, const qn_spiking_population_keys *own);

/// Mean weight (pA; mV onto delta synapses) that `weight` gives for (target, source); NAN where it gives none.
double qn_spiking_weight_of(const qn_spiking_network_keys *keys, const qn_spiking_weight_keys *weight, size_t target,
                            size_t source);
/// Mean delay, ms; NAN where it is not said.
double qn_spiking_delay_of(const qn_spiking_network_keys *keys, const qn_spiking_delay_keys *delay, size_t target,
                           size_t source);
/// The entry of `projections` for a pair, or NULL.
const qn_spiking_projection_keys *qn_spiking_projection_of(const qn_spiking_network_keys *keys, size_t target,
                                                           size_t source);
