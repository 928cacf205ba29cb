/// Sizes of the rows of computed projections: how many synapses each source neuron has onto each unit, so that the
/// total is exactly what the projection says (section 6.2.1 of docs/theory/spiking.md).
#pragma once
#include "simulation/spiking_layout.h"

/// Sizes for every (unit, source population) with a computed projection; NULL elsewhere.
typedef struct {
    size_t units, populations;
    uint16_t **size; ///< [unit, population] -> one per source neuron
} qn_spiking_rows;

/// Draw all sizes, on qn_threads() threads. QN_BAD_VALUE naming the projection when a row has more than 65535 synapses.
/// Cost: 20 ns per row.
qn_status qn_spiking_rows_make(const qn_spiking_layout *layout, const qn_cipher_key *key, const qn_stream *stream,
                               qn_spiking_rows *rows);
void qn_spiking_rows_clear(qn_spiking_rows *rows);

/// Bytes that they take.
double qn_spiking_rows_bytes(const qn_spiking_layout *layout);
