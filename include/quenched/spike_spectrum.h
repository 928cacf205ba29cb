/// Power spectra of spike trains and of the rates of populations.
///
/// Convention: two-sided, S(omega) = int C(tau) exp(-i omega tau) dtau with C in (1/s)^2 and tau in s. So all spectra
/// here are in 1/s, which is (1/s)^2 per Hz, over angular frequencies in rad/s (`step` of qn_spectrum; 2 pi times the
/// frequency in Hz). A Poisson process of rate nu has S = nu. Frequency k is k / (segment duration), up to half of
/// 1 / bin.
///
/// Source: section 5 of docs/theory/spiking.md; sections 3 and 8 of its part on single neurons.
#pragma once
#include <quenched/spike_histogram.h>
#include <quenched/stationary.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Power spectrum of any signal by Welch's method: segments half overlapping under a Hann taper w (0 at a segment's
/// first sample), the mean of the whole signal subtracted,
///     S_k = interval / sum_t w_t^2 <|sum_t w_t (x_t - mean) exp(-2 pi i k t / segment)|^2>.
/// @param[in]  signal    `count` samples
/// @param[in]  interval  between samples, ms
/// @param[in]  segment   samples, 2 to count; 0 means 1024
/// @param[out] result    segment / 2 + 1 frequencies, (unit of the signal)^2 s; free with qn_spectrum_clear();
/// untouched on error. What the taper and the mean do to a flat spectrum of white noise: nothing from k = 2 on.
/// @return QN_BAD_VALUE; QN_NO_MEMORY. Cost: count log segment.
qn_status qn_signal_spectrum(size_t count, const double *signal, double interval, size_t segment, qn_spectrum *result);

/// The same of a population's rate. For neurons that are independent of each other it is 1 / neurons of their mean
/// spectrum.
/// @param[in]  segment  ms, a multiple of the bin, at most the record; 0 means 1024 bins
/// @return QN_BAD_VALUE also without neurons
qn_status qn_population_rate_spectrum(const qn_population_counts *population, double segment, qn_spectrum *result);

typedef struct {
    double bin;     ///< ms, a multiple of the time step; 0 means 0.5. At most that, or refractoriness is washed out
    double segment; ///< ms, a multiple of the bin, at most the record; 0 means 1024
} qn_single_neuron_spectrum_options;

/// Mean over neurons of the spectra of their trains: rectangular segments side by side, each neuron's own mean over all
/// segments subtracted. Where a bin has one spike at most, S(infinity) = nu (1 - nu bin), which is right. The value at
/// frequency 0 is the variance over segments of the neuron's count (n - 1) / segment: without bias, but NAN with one
/// segment.
/// @param[in]  population  one of them; population_count: all together
/// @param[in]  options     NULL for defaults
/// @param[out] result      1/s; silent neurons count. NAN without neurons. Untouched on error
/// @return QN_BAD_VALUE for a record that breaks the rules of qn_spikes, or a bin or segment that does not fit;
/// QN_NO_MEMORY. Cost: 1 ns per pair of spikes of a neuron in one segment, or, where that is less, a Fourier transform
/// per neuron and segment (4 ns per bin). The same bits for any number of threads.
qn_status qn_single_neuron_spectrum(const qn_spikes *spikes, size_t population,
                                    const qn_single_neuron_spectrum_options *options, qn_spectrum *result);

/// neurons * (spectrum of the population's rate) / (mean spectrum of its neurons): 1 for independent neurons, above it
/// the sum of all pairwise correlations. On the frequencies that both have. QN_BAD_VALUE when their steps differ.
qn_status qn_spectrum_ratio(const qn_spectrum *population_rate, size_t neurons, const qn_spectrum *single_neuron,
                            qn_spectrum *result);

#ifdef __cplusplus
}
#endif
