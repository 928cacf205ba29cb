/// Rules that say which neurons are connected, drawn synapse by synapse: fixed in-degree, Bernoulli, explicit edges.
#pragma once
#include "simulation/spiking_layout.h"

typedef struct {
    uint32_t source, target; ///< in their populations
    uint32_t word[4];        ///< random words of this synapse: 1 and 2 are for weight and delay
    size_t edge;             ///< number of an explicit edge
} qn_drawn_synapse;

typedef void (*qn_synapse_visit)(const qn_drawn_synapse *synapse, void *context);

/// Visit all synapses of `projection` onto the unit at `place`, targets increasing (explicit edges: in their order).
/// The same ones at every call, and for every cut into units. QN_NO_MEMORY.
qn_status qn_connection_rule_draw(const qn_spiking_layout *layout, const qn_spiking_projection *projection,
                                  const qn_cipher_key *key, const qn_spiking_place *place, qn_synapse_visit visit,
                                  void *context);

/// Expected number of synapses.
double qn_connection_rule_expected(const qn_spiking_layout *layout, const qn_spiking_projection *projection);
