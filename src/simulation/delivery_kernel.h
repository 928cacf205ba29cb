/// Delivery of computed synapses: which of the rows of recent spikes are due, and their sum onto the target neurons.
///
/// A row is all synapses of a source neuron onto a unit. Its size is stored, everything else is a function of the seed:
/// the synapse number j of the segment that is due d steps after the spike has word j & 3 of the counter (source, unit,
/// d << 16 | j >> 2, stream): the upper 24 bits make the target, the lower 7 the weight (sections 6.2.2 to 6.2.4 of
/// docs/theory/spiking.md).
#pragma once
#include "base/counter_cipher.h"

#include <stddef.h>
#include <stdint.h>

enum {
    QN_WEIGHT_LEVELS = 128, ///< of a weight table
    QN_ITEM_SYNAPSES = 16,  ///< most synapses of an item
    QN_ITEM_SLACK = 16      ///< entries beyond the end of item arrays that may be written
};

/// Rows of the spikes of one step, of one law of delays.
typedef struct {
    size_t count, capacity;
    uint32_t *source;        ///< global number of the neuron
    uint32_t *size_and_draw; ///< synapses of the row | u << 16
    uint32_t *table;         ///< number of the weight table << 8
} qn_delivery_rows;

/// Up to 16 synapses each, of one source, with the same delay.
typedef struct {
    size_t count, capacity; ///< capacity: without the slack
    uint32_t *source;
    uint32_t *block; ///< d << 16 | number of the first counter
    uint32_t *meta;  ///< synapses | number of the weight table << 8
} qn_delivery_items;

typedef struct {
    qn_cipher_key key;
    uint32_t unit, stream;
    uint32_t size;          ///< target neurons, below 2^24
    const int16_t *weights; ///< tables of QN_WEIGHT_LEVELS, and two entries to spare
    const uint32_t *lane;   ///< per table: added to the target
    int32_t *sum;           ///< per target and lane: accumulators
} qn_delivery;

/// Append to `items` what is due of `rows` after `delay` steps: of a row of n synapses with draw u, the ranks from (n
/// before + u) >> 16 to (n now + u) >> 16, where `before` and `now` are 65536 times the distribution function of the
/// delays. The caller has made room.
QN_DECLARE_CIPHER_KERNEL(void, qn_delivery_due,
                         (const qn_delivery_rows *rows, uint32_t before, uint32_t now, uint32_t delay,
                          qn_delivery_items *items));

/// Add the weights of all items' synapses to their targets' sums. @return number of synapses
QN_DECLARE_CIPHER_KERNEL(uint64_t, qn_delivery_add, (const qn_delivery *delivery, const qn_delivery_items *items));

/// Lognormal weights, which tables do not hold: mean x exp(spread z - spread^2 / 2), z normal of two further words of
/// the same counter in streams of their own.
typedef struct {
    const float *log_mean; ///< per source population: ln(|mean| / quantum) - spread^2 / 2
    const float *spread;   ///< of the logarithm
    const float *sign;     ///< 1 or -1
    uint32_t radius_stream, angle_stream;
} qn_wide_weights;

/// As qn_delivery_add(), weights by `wide`. Cost: 4 ns per synapse.
QN_DECLARE_CIPHER_KERNEL(uint64_t, qn_delivery_add_wide,
                         (const qn_delivery *delivery, const qn_wide_weights *wide, const qn_delivery_items *items));
