/// Pairwise correlations of spike counts: Pearson coefficients over time of the counts of two neurons in bins.
///
/// Source: section 5 of docs/theory/spiking.md.
#pragma once
#include <quenched/spikes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double bin;     ///< ms, a multiple of the time step; 0 means 1 for the mean and 2 for the distribution
    size_t neurons; ///< at most so many, the first of the population whose counts are not all the same (the silent are
                    ///< thus left out); 0 means 2000 for the mean and 200 for the distribution
} qn_correlation_options;

typedef struct {
    double mean;    ///< over all pairs; NAN below 2 neurons
    size_t neurons; ///< that take part
    size_t bins;    ///< whole bins of the record
} qn_pair_correlation;

/// Mean coefficient of all pairs, without going through the pairs: with standardised counts z_i, the variance over time
/// of sum_i z_i is n + n (n - 1) mean.
/// @param[in]  population  one of them; population_count: all together
/// @param[in]  options     NULL for defaults
/// @param[out] result      untouched on error
/// @return QN_BAD_VALUE for a record that breaks the rules of qn_spikes or a bin that does not fit the time step;
/// QN_NO_MEMORY. Cost: 20 ns per spike.
qn_status qn_spike_correlation(const qn_spikes *spikes, size_t population, const qn_correlation_options *options,
                               qn_pair_correlation *result);

/// The coefficients of all pairs, (1, 0), (2, 0), (2, 1), (3, 0), ... of the neurons that take part.
/// @param[out] coefficient  room for m (m - 1) / 2 values, m the most neurons that options allow or the population has
/// @param[out] neurons      n that take part: n (n - 1) / 2 values are written
/// @return as above. Cost: n^2, and of each bin the square of the number of neurons that spike in it.
qn_status qn_spike_correlation_coefficients(const qn_spikes *spikes, size_t population,
                                            const qn_correlation_options *options, double *coefficient,
                                            size_t *neurons);

#ifdef __cplusplus
}
#endif
