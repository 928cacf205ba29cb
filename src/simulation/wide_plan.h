/// What a simulation of a wide network is about to do: options with their defaults, which blocks of kernels it needs
/// and where they lie, where in the streams each weight lies, and the memory all this takes.
#pragma once
#include <quenched/wide_simulation.h>

#include "base/memory.h"

typedef struct {
    const qn_wide_network *network;
    const qn_wide_inputs *inputs;
    qn_wide_simulation_options options; ///< with defaults filled in; pairs and pair_count as below
    bool recurrent, weights;            ///< the sampler: weights or rows
    bool keep_rates;                    ///< rates of all layers are kept, not of two
    size_t layers, points;              ///< depth + 1, P
    size_t rows;                        ///< S = layers P
    size_t widest;
    size_t pair_count;
    qn_wide_layer_pair *pairs; ///< owned
    size_t readouts;
    size_t block_count;   ///< P^2
    size_t stride;        ///< between rows of a block of kernels
    size_t kernel_count;  ///< numbers in all kernels
    size_t *block;        ///< layers x layers: where C^(a,b) begins, or QN_WIDE_NO_BLOCK; owned
    double *drive;        ///< kernel_count: input and bias terms of the pre-activations' covariance; owned
    size_t *row_position; ///< layers: where deviates of a layer begin without weights; owned
    size_t *weight_position, *input_position, *bias_position; ///< the same of weights; owned together
    size_t most_threads;                                      ///< as many as memory allows
} qn_wide_plan;

/// Results of realisations wait in at most so many bytes to be added up in their order.
enum { QN_WIDE_WAVE_BYTES = 64000000 };

#define QN_WIDE_NO_BLOCK ((size_t)-1)

/// Check everything, choose, and refuse what does not fit. `plan` is to be freed with qn_wide_plan_clear() in any case.
qn_status qn_wide_plan_make(const qn_wide_network *network, const qn_wide_inputs *inputs,
                            const qn_wide_simulation_options *options, qn_wide_plan *plan);
void qn_wide_plan_clear(qn_wide_plan *plan);

/// The options' own mistakes, given a checked network and inputs.
qn_status qn_wide_options_check(const qn_wide_network *network, const qn_wide_inputs *inputs,
                                const qn_wide_simulation_options *options);

/// Covariance K^(a,b)_{alpha beta} of pre-activations given the kernels `kernel`, equation (2); a >= b.
double qn_wide_plan_covariance(const qn_wide_plan *plan, const double *kernel, size_t a, size_t alpha, size_t b,
                               size_t beta);
/// Does `step` couple layers a and b, beyond input and bias: have they a recurrent term?
bool qn_wide_plan_couples(const qn_wide_plan *plan, size_t a, size_t b);

/// Rough cost of one realisation in nanoseconds of one core.
double qn_wide_plan_cost(const qn_wide_plan *plan);
/// Numbers each thread needs, for the plan of memory.
double qn_wide_plan_scratch(const qn_wide_plan *plan);
