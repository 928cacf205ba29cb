/// One time step of the membranes of a unit: exact integration, equation (3) of docs/theory/spiking.md, with the
/// Poisson input drawn on the way.
///
/// The order of the floating-point operations is part of what a run is, and the same on all processors: every
/// multiplication with an addition is one fused operation.
#pragma once
#include "base/counter_cipher.h"
#include "simulation/poisson_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QN_MEMBRANE_CHUNK = 64,        ///< neurons; arrays of a unit are padded to a multiple
    QN_EXTERNAL_SECOND = 1U << 30, ///< second words of a draw are in the stream so far behind it
};

typedef struct {
    double membrane_decay;                       ///< P22
    double excitatory_couple, inhibitory_couple; ///< P21, mV/pA
    double excitatory_decay, inhibitory_decay;   ///< P11
    double drift;                                ///< P20 x constant current, mV
    double quantum;                              ///< pA, or mV, of a unit of the sums
    double threshold;                            ///< mV above rest; INFINITY: none
    bool two_currents;                           ///< else all input decays as the excitatory
    bool delta;                                  ///< input adds to the potential; currents are not used
} qn_membrane;

/// Poisson input of this step; count 0: none.
typedef struct {
    size_t count;                  ///< independent draws per neuron
    const qn_poisson_table *table; ///< of each
    const double *weight;          ///< of each, pA or mV
    bool inhibitory;               ///< with two currents: which of them
    qn_cipher_key key;
    uint32_t population, first; ///< the unit's first neuron in its population: a multiple of 32
    uint32_t step, stream;      ///< the last two words of the counters; `stream` of the first draw
} qn_external;

/// The state of a unit: potentials above rest, mV, minus infinity while refractory; currents, pA; sums, which are
/// cleared (with two currents: `padded` excitatory ones, then the inhibitory ones).
typedef struct {
    size_t padded;
    void *potential, *excitatory, *inhibitory; ///< float or double
    int32_t *sum;
} qn_membrane_state;

/// Advance by a step. Neurons at threshold are put at minus infinity.
/// @param[out] spiked  their numbers, increasing; room for all
/// @return how many
QN_DECLARE_CIPHER_KERNEL(size_t, qn_membrane_step_float,
                         (const qn_membrane *membrane, const qn_external *external, const qn_membrane_state *state,
                          uint32_t *spiked));
QN_DECLARE_CIPHER_KERNEL(size_t, qn_membrane_step_double,
                         (const qn_membrane *membrane, const qn_external *external, const qn_membrane_state *state,
                          uint32_t *spiked));
