/// A spiking network as a script for another simulator: the same populations, laws and drive in PyNEST.
///
/// Source: sections 2.4, 4.1 and 8 of docs/theory/spiking.md; NEST 3 (iaf_psc_exp, iaf_psc_delta, poisson_generator).
#pragma once
#include <quenched/spiking_network.h>
#include <quenched/status.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What the script does when it is started without options; each is an option of the script, too.
typedef struct {
    uint64_t seed;     ///< of NEST's random numbers; 0 means 1; folded into NEST's range, 1 to 2^32 - 1
    double duration;   ///< measured, ms; 0 means 1000
    double discard;    ///< simulated before that and not measured, ms
    unsigned threads;  ///< NEST's virtual processes per rank; 0 means 1
    size_t list_limit; ///< most explicit synapses and given spikes that are written into the script; 0 means 100000
} qn_export_nest_options;

/// Write a self-contained Python program of the network for NEST 3 that runs unchanged.
///
/// It draws couplings, delays, potentials and Poisson input by the same laws (its own random numbers, so another
/// realisation), times building and simulating, and writes rates (OUTPUT.json) and spikes (OUTPUT.npz: `step`,
/// `neuron`, `first_neuron`, `time_step` as in qn_spikes). Explicit synapses and given spikes are the same ones.
/// Poisson input reaches NEST's neurons from the third time step on, not from the first.
/// @param[in]  network  checked by qn_spiking_network_check()
/// @param[in]  options  NULL for defaults
/// @param[in]  title    of the network, any text; NULL: none
/// @return QN_OK; QN_BAD_VALUE for what is wrong in the network, and naming what NEST has no model for (escape-rate
///         neurons), lists above `list_limit`, and a given spike in the first time step; QN_IO_ERROR. Nothing is
///         written where the network or an option is at fault.
/// Cost: milliseconds. Thread-safe.
qn_status qn_export_nest(const qn_spiking_network *network, const qn_export_nest_options *options, const char *title,
                         FILE *stream);

#ifdef __cplusplus
}
#endif
