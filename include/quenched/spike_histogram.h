/// How many spikes a population has in each bin of time.
#pragma once
#include <quenched/spikes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t count;     ///< whole bins; what remains of the record after them is left out
    double bin;       ///< ms
    uint32_t *values; ///< `count` numbers of spikes, owned
} qn_spike_histogram;

/// What estimators of a population's rate are given: its histogram, from spikes or counted by a simulation while it
/// runs. Its rate is spikes / (neurons bin).
typedef struct {
    size_t bins;
    double bin; ///< ms, > 0
    const uint32_t *histogram;
    size_t neurons; ///< > 0
} qn_population_counts;

/// Bin b has the spikes with b bin < time - first_step h <= (b + 1) bin.
/// @param[in]  population  one of them; population_count: all together
/// @param[in]  bin         ms, a multiple of the time step; 0 means 1
/// @param[out] result      free with qn_spike_histogram_clear(); untouched on error
/// @return QN_BAD_VALUE, also when the record is shorter than a bin; QN_NO_MEMORY
/// Cost: 2 ns per spike.
qn_status qn_spike_histogram_make(const qn_spikes *spikes, size_t population, double bin, qn_spike_histogram *result);
void qn_spike_histogram_clear(qn_spike_histogram *histogram);

#ifdef __cplusplus
}
#endif
