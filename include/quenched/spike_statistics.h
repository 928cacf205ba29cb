/// What the spikes of a population are like, in one realisation: rates, regularity, synchrony.
///
/// Source: sections 5 of docs/theory/spiking.md (rates, CV, LvR, synchrony) and 8 of its part on single neurons (spread
/// of the rates). Errors: qn_estimate_of() over realisations.
#pragma once
#include <quenched/spikes.h>

#ifdef __cplusplus
extern "C" {
#endif

/// NAN is what cannot be measured.
typedef struct {
    size_t neurons;        ///< those looked at
    size_t silent;         ///< of these, without a spike
    uint64_t spikes;       ///< of all
    double rate;           ///< spikes / (neurons duration), 1/s; NAN without neurons
    double rate_deviation; ///< SD over neurons of their spikes / duration (n - 1; the silent included), 1/s: the spread
                           ///< of the rates and the noise of finite counts; NAN below 2 neurons
    double rate_variance;  ///< of the neurons' true rates, (1/s)^2: the covariance over neurons (n - 1) of their rates
                           ///< in the two halves of the time. Without bias from finite counts, hence at times
                           ///< negative: average it over realisations. NAN below 2 neurons or without halves
    double rate_spread;    ///< sqrt(rate_variance), 1/s; 0 where that is negative
    double cv;             ///< of the intervals, SD (n - 1) / mean, averaged over neurons; NAN without any.
                           ///< Low where neurons have few intervals: 0.6 for 0.8 in 0.5 s of a microcircuit
    size_t cv_neurons;     ///< over so many: those with 3 spikes or more
    double lvr;            ///< local variation with refractoriness, averaged over neurons; NAN without any
    size_t lvr_neurons;    ///< over so many: those with 4 spikes or more
    double synchrony;   ///< SD (n - 1) / mean of the histogram; depends on the number of neurons. NAN below 2 bins or
                        ///< without spikes
    double fano_factor; ///< variance / mean of the histogram
} qn_population_statistics;

/// What is known of a population, as a simulation counts it while it runs.
typedef struct {
    size_t neurons;
    double duration;             ///< ms, > 0
    const uint32_t *spike_count; ///< of each neuron
    const uint32_t *first_half;  ///< of each neuron, those in the first half of the time; NULL: not known
    double first_duration;       ///< of the first half, ms, below duration; 0: half of it
    const double *cv, *lvr;      ///< of each neuron, NAN where it has too few spikes; NULL: not known
    size_t bin_count;            ///< of the histogram; 0: not known
    const uint32_t *histogram;   ///< spikes of the population in each bin
} qn_population_record;

/// Statistics from counts. Cost: one reading. QN_BAD_VALUE when a duration is not positive.
qn_status qn_population_statistics_of(const qn_population_record *record, qn_population_statistics *result);

typedef struct {
    double bin;                        ///< of the histogram, ms, a multiple of the time step; 0 means 1
    double local_variation_refractory; ///< R of LvR, ms, >= 0; 0 means 5
} qn_spike_statistics_options;

/// Statistics from spikes: of every population, and of all neurons together.
/// @param[in]  options  NULL for defaults
/// @param[out] result   population_count + 1 entries, the last for all neurons; untouched on error
/// @return QN_BAD_VALUE for a record that breaks the rules of qn_spikes or a bin that does not fit the time step;
/// QN_NO_MEMORY. A record shorter than two bins has synchrony NAN. Cost: 10 ns per spike; 72 bytes per neuron.
qn_status qn_spike_statistics(const qn_spikes *spikes, const qn_spike_statistics_options *options,
                              qn_population_statistics *result);

/// What the record tells of each neuron; each array has an entry per recorded neuron, or is NULL.
/// @param[in]  refractory  R of LvR, ms; 0 means 5
/// @param[out] count       spikes
/// @param[out] first_half  spikes up to the middle of the record (rounded down to a step)
/// @param[out] cv, lvr     NAN below 3 and 4 spikes. To the last bit what qn_spiking_simulate() finds while it runs.
///     LvR = 3/(n-1) sum_i [1 - 4 I_i I_{i+1} / (I_i + I_{i+1})^2] [1 + 4 R / (I_i + I_{i+1})] over the n intervals
/// @return as qn_spike_statistics()
qn_status qn_spike_neurons(const qn_spikes *spikes, double refractory, uint32_t *count, uint32_t *first_half,
                           double *cv, double *lvr);

#ifdef __cplusplus
}
#endif
