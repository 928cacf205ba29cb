/// Computed synapses on their way: the rows of recent spikes onto a unit, until their last synapse is due.
#pragma once
#include "simulation/delivery_kernel.h"
#include "simulation/spiking_layout.h"

typedef struct {
    const qn_spiking_inputs *in;
    size_t slots;                      ///< steps that are kept: one more than the longest delay
    qn_delivery_rows *rows;            ///< [law of delays, slot]
    qn_delivery_items items, wide;     ///< what is due now: weights from tables, and lognormal ones
    qn_delivery_items *due, *due_wide; ///< independent delays: what is due, per slot; else NULL
} qn_active_rows;

qn_status qn_active_rows_make(const qn_spiking_inputs *in, qn_delay_split split, qn_active_rows *active);
void qn_active_rows_clear(qn_active_rows *active);

/// Before the spikes of `step` are added: forget those of long ago.
void qn_active_rows_begin(qn_active_rows *active, uint64_t step);

/// Rows of the spikes at `step` of `count` neurons `neuron` (numbers in their unit, whose first has the global number
/// `global`, and row sizes from `size` on) of population `source`, onto unit `unit`.
qn_status qn_active_rows_add(qn_active_rows *active, const qn_cipher_key *key, uint32_t unit, size_t source,
                             uint32_t global, const uint16_t *size, const uint32_t *neuron, size_t count,
                             uint64_t step);

/// Collect in `items` and `wide` what is due at `step`.
qn_status qn_active_rows_due(qn_active_rows *active, uint64_t step);

double qn_active_rows_bytes(const qn_active_rows *active);
