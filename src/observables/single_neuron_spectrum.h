/// The two ways to the same spectrum, by name: for tests.
#pragma once
#include <quenched/spike_spectrum.h>

typedef enum { QN_SPECTRUM_CHEAPER, QN_SPECTRUM_DIFFERENCES, QN_SPECTRUM_TRANSFORMS } qn_spectrum_method;

/// qn_single_neuron_spectrum() by that method.
qn_status qn_single_neuron_spectrum_by(qn_spectrum_method method, const qn_spikes *spikes, size_t population,
                                       const qn_single_neuron_spectrum_options *options, qn_spectrum *result);
