/// A spiking network as the engine sees it: neurons numbered through, populations cut into units, laws as integer
/// tables.
#pragma once
#include "base/counter_cipher.h"

#include <quenched/spiking_network.h>

/// What counters are for: their last word. Part of the reproducibility promise; never renumber.
typedef enum {
    QN_SPIKING_SYNAPSE = 1,     ///< (source, unit, d << 16 | block): target and weight of computed synapses
    QN_SPIKING_DRAW = 2,        ///< (source, unit, 0): how a row is split over delays
    QN_SPIKING_DELAY = 3,       ///< (source, unit, synapse): independent delays
    QN_SPIKING_ROW = 4,         ///< (source population, unit, source in its population): size of a row
    QN_SPIKING_ROW_ADD = 5,     ///< (source population, unit, number)
    QN_SPIKING_ROW_REMOVE = 6,  ///< (source population, unit, number)
    QN_SPIKING_WIDE_RADIUS = 7, ///< as QN_SPIKING_SYNAPSE: lognormal weights
    QN_SPIKING_WIDE_ANGLE = 8,
    QN_SPIKING_IN_DEGREE = 9, ///< (target, source population, number): synapses of a fixed in-degree
    QN_SPIKING_BERNOULLI = 10,
    QN_SPIKING_EDGE = 11,   ///< (number of the edge, source population, target population)
    QN_SPIKING_SOURCE = 12, ///< (neuron / 4 in its population, population, step): trains of Poisson sources
    QN_SPIKING_ESCAPE = 13, ///< likewise: spikes of escape-rate neurons
    QN_SPIKING_INPUT = 64   ///< and following, one per draw: (population, neuron / 8, step): Poisson input; and as many
                            ///< from 2^30 on: second words of rare input
} qn_spiking_counter;

enum {
    QN_LANE_TARGETS = 1 << 20, ///< most targets, of all lanes, of a unit
    QN_DELAY_STEPS = 1 << 12,  ///< delays are below
    QN_LONGEST_BLOCK = 32      ///< steps
};

/// One law of delays: 65536 times its distribution function at 0, 1, ..., `last` steps.
typedef struct {
    qn_delay_law law;
    bool wide; ///< of lognormal weights, which are delivered apart
    size_t last;
    uint32_t *cumulative;
} qn_delay_table;

typedef struct {
    size_t population, first, size, padded; ///< `first` neuron in the population, a multiple of 64
    uint32_t global;                        ///< number of its first neuron
} qn_spiking_place;

/// Of a target population.
typedef struct {
    double quantum; ///< pA or mV: what one unit of the integer sums is
    bool two_lanes; ///< inhibitory input is summed apart
    size_t delay_count;
    qn_delay_table *delays;                   ///< the different laws of its computed projections
    size_t *delay;                            ///< per source population: which
    int16_t *weights;                         ///< per source population: QN_WEIGHT_LEVELS weights, in quanta
    const qn_spiking_projection **projection; ///< per source population, or NULL
    bool computed, stored;                    ///< has projections of that kind
} qn_spiking_inputs;

typedef struct {
    qn_spiking_network network; ///< a copy
    double time_step;
    size_t population_count;
    uint32_t *first_neuron; ///< population_count + 1
    size_t unit_count;
    qn_spiking_place *places;
    size_t *first_unit; ///< population_count + 1
    qn_spiking_inputs *inputs;
    size_t block; ///< steps between meetings of threads: the shortest delay, so that no spike is heard too late
} qn_spiking_layout;

/// QN_BAD_VALUE as qn_spiking_network_check(); QN_NO_MEMORY. Free with qn_spiking_layout_clear().
qn_status qn_spiking_layout_make(const qn_spiking_network *network, qn_spiking_layout *layout);
void qn_spiking_layout_clear(qn_spiking_layout *layout);

/// Are the synapses of this projection computed when they are due?
bool qn_projection_is_computed(const qn_spiking_projection *projection);
/// By its law of weights: explicit weights have signs of their own.
bool qn_projection_is_inhibitory(const qn_spiking_projection *projection);

/// First delay d with cumulative[d] > word: a delay by its law, of a uniform word of 16 bits.
uint32_t qn_delay_of_word(const qn_delay_table *table, uint32_t word);

/// The table of a law; free its `cumulative` with qn_release().
qn_status qn_delay_table_make(const qn_delay_law *law, double time_step, double minimum, qn_delay_table *table);

/// QN_WEIGHT_LEVELS weights of the law (not lognormal) in quanta: mid-quantiles, scaled to the exact variance.
void qn_weight_table_make(const qn_weight_law *law, double quantum, int16_t *weights);
