/// How the rates of single neurons are distributed, silent ones included.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t bins;      ///< 0 means 40
    double lowest;    ///< 1/s; 0 means 0 for linear bins, and for logarithmic ones the lowest rate above 0
    double highest;   ///< 1/s, above lowest; 0 means the highest rate (1 where no neuron is above `lowest`)
    bool logarithmic; ///< bins of equal width in log rate; else in rate
} qn_rate_histogram_options;

typedef struct {
    size_t count;    ///< bins
    double *edge;    ///< count + 1, ascending, 1/s. The last bin has its upper edge
    double *density; ///< count: fraction of all neurons per 1/s
    double below;    ///< fraction of the neurons under the lowest edge: with logarithmic bins the silent ones are here
    double above;    ///< over the highest edge
} qn_rate_histogram;

/// @param[in]  rate     1/s, >= 0, of `neurons` neurons; NANs are left out
/// @param[in]  options  NULL for defaults
/// @param[out] result   free with qn_rate_histogram_clear(); untouched on error. Without neurons all is NAN but the
/// edges
/// @return QN_BAD_VALUE for limits that are not ordered or, with logarithmic bins, negative; QN_NO_MEMORY
qn_status qn_rate_histogram_make(size_t neurons, const double *rate, const qn_rate_histogram_options *options,
                                 qn_rate_histogram *result);
void qn_rate_histogram_clear(qn_rate_histogram *histogram);

/// Rates of neurons, 1/s, from their spike counts in `duration` ms, as an array of `neurons` values.
void qn_rates_of_counts(size_t neurons, const uint32_t *spike_count, double duration, double *rate);

/// Quantiles of any sample: between the order statistics, linearly (as NumPy's default). NANs are left out; NAN when
/// nothing is left.
/// @param[in]  probability  `quantiles` values, 0 to 1
/// @return QN_BAD_VALUE for a probability outside; QN_NO_MEMORY. Cost: n log n.
qn_status qn_quantiles_of(size_t count, const double *values, size_t quantiles, const double *probability,
                          double *quantile);

#ifdef __cplusplus
}
#endif
