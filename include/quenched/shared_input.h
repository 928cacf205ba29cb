/// How much of a neuron's input fluctuates together with its neighbours': whether correlations matter to single
/// neurons.
///
/// Source: section 8 (6) of the part on single neurons of docs/theory/spiking.md.
#pragma once
#include <quenched/spike_histogram.h>
#include <quenched/stationary.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a target population is driven by. All arrays have an entry per source population.
typedef struct {
    size_t sources;
    const qn_population_counts *counts; ///< of the same time: as many bins, as wide
    const double *mean_weight;          ///< K J: mean number of inputs times their mean weight, in any unit of weight
    const double *square_weight;        ///< K <J^2>, in its square
    const qn_spectrum *single_neuron;   ///< mean spectrum of the source's neurons (qn_single_neuron_spectrum())
    double external; ///< white spectrum of what else drives the neuron, J_x^2 r_x, square of the unit per s; >= 0
} qn_neuron_input;

/// Share over frequency: the spectrum of sum_b (K J)_b r_b(t), what the rates of all sources do together, over sum_b (K
/// <J^2>)_b S_b + external, what independent neurons would do. Up to a few percent, theories of single neurons may
/// leave correlations out however large the ratio of qn_spectrum_ratio() is: excitation and inhibition cancel.
/// Independent sources have sum_b (K J)_b^2 S_b / N_b over the same.
/// @param[in]  segment  ms, that of the single-neuron spectra; 0 means 1024 bins
/// @param[out] share    on the frequencies that both have; free with qn_spectrum_clear(); untouched on error
/// @return QN_BAD_VALUE for no sources, times or frequencies that differ; QN_NO_MEMORY. Delays are left out: they turn
/// phases between sources of different delay only.
qn_status qn_shared_input_share(const qn_neuron_input *input, double segment, qn_spectrum *share);

#ifdef __cplusplus
}
#endif
