/// The cortical microcircuit: 1 mm^2 of early sensory cortex, 77 169 neurons in eight populations, 0.299e9 synapses.
///
/// Source: Potjans & Diesmann (2014), Cereb. Cortex 24, 785; section 2.2 of docs/theory/spiking.md.
#pragma once
#include <quenched/spiking_network.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_MICROCIRCUIT_OPTIMISED = 0, ///< normal, mean and spread of each population near its stationary state
    QN_MICROCIRCUIT_ORIGINAL       ///< -58 +- 10 mV for all, as first published: starts with a volley of spikes
} qn_microcircuit_start;

typedef struct {
    qn_microcircuit_start initial_potentials;
    bool constant_drive;    ///< the mean current of the external input instead of Poisson trains: equation (6b)
    bool thalamic_stimulus; ///< a ninth population, "TC": 902 relay neurons that are silent but for one volley
    double thalamic_start;  ///< ms, >= 0; 0 means 700
    double thalamic_length; ///< ms, > 0; 0 means 10
    double thalamic_rate;   ///< of a relay neuron meanwhile, 1/s, >= 0; 0 means 120
    double time_step;       ///< ms, > 0; 0 means 0.1
    double delay_minimum;   ///< ms, as in qn_spiking_network; 0 means the time step
} qn_microcircuit_options;

enum { QN_MICROCIRCUIT_POPULATIONS = 8 }; ///< 23E, 23I, 4E, 4I, 5E, 5I, 6E, 6I, in this order; then TC

/// @param[in]  options  NULL for defaults
/// @param[out] network  owned by the caller; free with qn_spiking_network_clear(). Untouched on error. Pairs without
///                      synapses have no projection: there are 55, with the thalamic stimulus 59
/// @return QN_OK; QN_BAD_VALUE naming the option or, for a time step that does not divide 2 ms, the population;
///         QN_NO_MEMORY
/// Cost: microseconds.
qn_status qn_microcircuit_create(const qn_microcircuit_options *options, qn_spiking_network *network);

#ifdef __cplusplus
}
#endif
