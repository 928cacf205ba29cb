/// Autocovariances of single neurons' spike trains, and covariances of the rates of populations.
///
/// Units: (1/s)^2 over lags in s (`step` of qn_stationary), so that qn_stationary_transform() gives spectra in 1/s as
/// in spike_spectrum.h. Counts in bins see a covariance averaged over lags by a triangle of half-width `bin`.
///
/// No bias from finite duration T, to order 1/T: from the mean product is subtracted what has the expectation of the
/// squared mean, the product of the means of the two halves of the record (their own mean alone would leave -S(0)/T at
/// every lag). What remains is of order (correlation time / T)^2.
///
/// Source: sections 3 and 8 of the part on single neurons of docs/theory/spiking.md.
#pragma once
#include <quenched/spike_histogram.h>
#include <quenched/stationary.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Population-averaged single-neuron autocovariance, smooth part,
///     C(lag) = (1/N) sum_i [<x_i(t) x_i(t + lag)> - nu_i^2] without nu delta(lag):
/// each neuron's own rate is taken out; a spike is not paired with itself. At lag 0 pairs of spikes in one bin count,
/// so that neurons whose refractory time exceeds the bin have C(0) = -<nu_i^2> exactly.
/// @param[in]  population  one of them; population_count: all together
/// @param[in]  bin         ms, a multiple of the time step; 0 means 1
/// @param[in]  last_lag    ms, rounded down to whole bins, below half the record; 0 means 200
/// @param[out] result      lags 0, bin, ... ; free with qn_stationary_clear(); untouched on error. NAN without neurons
/// @return QN_BAD_VALUE for a record that breaks the rules of qn_spikes, a bin or lag that does not fit; QN_NO_MEMORY
/// Cost: 1 ns per pair of spikes of one neuron up to last_lag apart: less than by Fourier transforms up to lags of
/// seconds. The same bits for any number of threads.
qn_status qn_single_neuron_autocovariance(const qn_spikes *spikes, size_t population, double bin, double last_lag,
                                          qn_stationary *result);

/// Autocovariance of a population's rate. At lag 0 it has the noise of single spikes, rate / (neurons bin), too.
/// @param[in]  last_lag  ms, rounded down to whole bins, below half the record; 0 means 200
/// @return QN_BAD_VALUE; QN_NO_MEMORY. Cost: 1 ns per bin and lag.
qn_status qn_rate_autocovariance(const qn_population_counts *population, double last_lag, qn_stationary *result);

/// Cross-covariance <r_1(t) r_2(t + lag)> - <r_1><r_2> of two populations' rates, at `lags` bins before and after 0.
/// Its largest value at a positive lag: the first population leads.
/// @param[in]  first, second  of the same time: as many bins, as wide
/// @param[in]  lags        below bins / 2
/// @param[out] covariance  2 lags + 1 values, (1/s)^2: at -lags bin, ..., 0, ..., lags bin. Untouched on error
/// @return QN_BAD_VALUE; QN_NO_MEMORY
qn_status qn_rate_cross_covariance(const qn_population_counts *first, const qn_population_counts *second, size_t lags,
                                   double *covariance);

#ifdef __cplusplus
}
#endif
