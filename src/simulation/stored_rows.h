/// Synapses that are kept in memory: those of all rules but the total number.
#pragma once
#include "simulation/spiking_layout.h"

/// Of one synapse, 8 bytes.
typedef struct {
    uint32_t place; ///< target in the unit, lane included | delay << 20
    int32_t weight; ///< quanta
} qn_stored_synapse;

/// All stored synapses onto one unit, by source population and source neuron.
typedef struct {
    size_t populations;
    uint64_t **first; ///< per source population: one more than its neurons, or NULL
    qn_stored_synapse *synapse;
    uint64_t count;
    size_t longest; ///< delay, steps; 0: none
} qn_stored_rows;

/// Draw or copy the synapses onto unit `unit`. Cost: 30 ns per synapse.
qn_status qn_stored_rows_make(const qn_spiking_layout *layout, const qn_cipher_key *key, size_t unit,
                              qn_stored_rows *rows);
void qn_stored_rows_clear(qn_stored_rows *rows);

/// Expected number of stored synapses of the network.
double qn_stored_rows_expected(const qn_spiking_layout *layout);
