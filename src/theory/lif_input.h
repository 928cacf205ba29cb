/// The input of integrate-and-fire populations as a function of the rates of all: (6), (12) with the coefficients (E4).
#pragma once
#include <quenched/lif_mean_field.h>

/// Matrices [target, source]; the mean of the input is mean_0 + mean_gain nu, and so on.
typedef struct {
    size_t populations;
    const qn_spiking_population *population; // the network's
    qn_siegert_neuron *neuron;               // from rest; synaptic_time the excitatory one
    bool *fires;                             // integrate-and-fire, with neurons: its rate is unknown
    double *fixed_rate;                      // of the others, 1/s
    double *mean_0, *variance_0;             // mV, mV^2: constant current and external drive
    double *count, *jump;                    // K; J, mV
    double *mean_gain, *variance_gain;       // tau_m K J, mV s; tau_m K <J^2>, mV^2 s
    double *static_raw, *static_mean;        // tau_m^2 a, tau_m^2 b of (E4), mV^2 s^2
    double *synaptic_time;                   // of the projection, ms
    bool *mixed;                             // [target]: its synaptic times differ
    bool any_mixed;
} qn_lif_input;

/// Refuses what the theory does not cover.
qn_status qn_lif_input_create(const qn_spiking_network *network, const qn_lif_mean_field_options *options,
                              qn_lif_input *input);
void qn_lif_input_clear(qn_lif_input *input);

/// "population 4E" or "population 3".
const char *qn_lif_population_name(const qn_spiking_population *population, size_t number, char text[64]);
