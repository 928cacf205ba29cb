#include <quenched/spike_statistics.h>

#include "base/fail.h"
#include "base/memory.h"
#include "observables/interval_record.h"
#include "observables/spikes_window.h"

#include <math.h>

static const double MS_PER_S = 1000;

static qn_population_statistics nothing_known(size_t neurons)
{
    return (qn_population_statistics){.neurons = neurons,
                                      .rate = NAN,
                                      .rate_deviation = NAN,
                                      .rate_variance = NAN,
                                      .rate_spread = NAN,
                                      .cv = NAN,
                                      .lvr = NAN,
                                      .synchrony = NAN,
                                      .fano_factor = NAN};
}

// Covariance over neurons (n - 1) of two counts that are whole numbers.
static double covariance(size_t neurons, const uint32_t *all, const uint32_t *first, double mean_first,
                         double mean_second)
{
    double sum = 0;
    for (size_t i = 0; i < neurons; ++i) {
        const double one = first ? first[i] : all[i], other = first ? all[i] - first[i] : all[i];
        sum += (one - mean_first) * (other - mean_second);
    }
    return sum / ((double)neurons - 1);
}

static void rates(const qn_population_record *record, qn_population_statistics *found)
{
    const double neurons = (double)record->neurons, seconds = record->duration / MS_PER_S;
    uint64_t early = 0;
    for (size_t i = 0; i < record->neurons; ++i) {
        found->spikes += record->spike_count[i];
        found->silent += record->spike_count[i] == 0;
        early += record->first_half ? record->first_half[i] : 0;
    }
    const double mean = (double)found->spikes / neurons, mean_early = (double)early / neurons;
    found->rate = mean / seconds;
    if (record->neurons < 2) return;

    found->rate_deviation = sqrt(covariance(record->neurons, record->spike_count, NULL, mean, mean)) / seconds;
    if (!record->first_half) return;
    const double half = record->first_duration > 0 ? record->first_duration / MS_PER_S : seconds / 2;
    found->rate_variance =
        covariance(record->neurons, record->spike_count, record->first_half, mean_early, mean - mean_early) /
        (half * (seconds - half));
    found->rate_spread = sqrt(fmax(found->rate_variance, 0));
}

static double mean_of(size_t count, const double *values, size_t *there)
{
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
        if (!isnan(values[i])) sum += values[i], ++*there;
    return *there > 0 ? sum / (double)*there : NAN;
}

static void synchrony(size_t bins, const uint32_t *histogram, qn_population_statistics *found)
{
    if (bins < 2) return;
    uint64_t spikes = 0;
    for (size_t b = 0; b < bins; ++b) spikes += histogram[b];
    if (spikes == 0) return;
    const double mean = (double)spikes / (double)bins;
    double squares = 0;
    for (size_t b = 0; b < bins; ++b) squares += (histogram[b] - mean) * (histogram[b] - mean);
    const double variance = squares / ((double)bins - 1);
    found->synchrony = sqrt(variance) / mean;
    found->fano_factor = variance / mean;
}

qn_status qn_population_statistics_of(const qn_population_record *record, qn_population_statistics *result)
{
    QN_REQUIRE(isfinite(record->duration) && record->duration > 0, QN_BAD_VALUE,
               "duration of the record is %g ms; it must be positive and finite", record->duration);
    QN_REQUIRE(record->first_duration >= 0 && record->first_duration < record->duration, QN_BAD_VALUE,
               "first half of the record is %g ms; allowed: 0 to below %g", record->first_duration, record->duration);
    qn_population_statistics found = nothing_known(record->neurons);
    if (record->neurons > 0) rates(record, &found);
    if (record->cv) found.cv = mean_of(record->neurons, record->cv, &found.cv_neurons);
    if (record->lvr) found.lvr = mean_of(record->neurons, record->lvr, &found.lvr_neurons);
    if (record->histogram) synchrony(record->bin_count, record->histogram, &found);
    *result = found;
    return QN_OK;
}

static uint64_t middle_of(const qn_spikes *spikes)
{
    return spikes->first_step + (spikes->last_step - spikes->first_step) / 2;
}

qn_status qn_spike_neurons(const qn_spikes *spikes, double refractory, uint32_t *count, uint32_t *first_half,
                           double *cv, double *lvr)
{
    QN_REQUIRE(isfinite(refractory) && refractory >= 0, QN_BAD_VALUE,
               "refractory time of LvR is %g ms; it must be finite and not negative", refractory);
    qn_neuron_range all;
    QN_TRY(qn_spikes_range(spikes, spikes->population_count, &all));
    qn_interval_record *records;
    QN_TRY(QN_NEW(&records, all.end, "interval records"));

    const double steps = (refractory > 0 ? refractory : 5) / spikes->time_step;
    const uint64_t middle = middle_of(spikes);
    size_t s = 0;
    for (; s < spikes->count && spikes->step[s] <= middle; ++s)
        qn_interval_record_spike(&records[spikes->neuron[s]], spikes->step[s], steps);
    for (size_t i = 0; first_half && i < all.end; ++i) first_half[i] = records[i].count;
    for (; s < spikes->count; ++s) qn_interval_record_spike(&records[spikes->neuron[s]], spikes->step[s], steps);
    for (size_t i = 0; i < all.end; ++i) {
        if (count) count[i] = records[i].count;
        if (cv) cv[i] = qn_interval_record_cv(&records[i]);
        if (lvr) lvr[i] = qn_interval_record_lvr(&records[i]);
    }
    qn_release(records);
    return QN_OK;
}

typedef struct {
    uint32_t *count, *first_half, *histogram; // histogram: [population + 1, bin]
    double *cv, *lvr;
    qn_population_statistics *found;
} arrays;

static void release(arrays *taken)
{
    qn_release(taken->count);
    qn_release(taken->first_half);
    qn_release(taken->histogram);
    qn_release(taken->cv);
    qn_release(taken->lvr);
    qn_release(taken->found);
}

// Each spike is counted in its population's histogram and in that of all, the last.
static qn_status count_bins(const qn_spikes *spikes, size_t steps, size_t bins, uint32_t *histogram)
{
    const size_t populations = spikes->population_count;
    uint32_t *population;
    QN_TRY(QN_NEW(&population, spikes->first_neuron[populations], "populations of neurons"));
    for (size_t p = 0; p < populations; ++p)
        for (size_t i = spikes->first_neuron[p]; i < spikes->first_neuron[p + 1]; ++i) population[i] = (uint32_t)p;
    for (size_t s = 0; s < spikes->count; ++s) {
        const size_t bin = (size_t)(spikes->step[s] - spikes->first_step - 1) / steps;
        if (bin >= bins) continue;
        ++histogram[population[spikes->neuron[s]] * bins + bin];
        ++histogram[populations * bins + bin];
    }
    qn_release(population);
    return QN_OK;
}

static qn_status measure(const qn_spikes *spikes, double refractory, size_t steps, size_t bins, arrays *a)
{
    const size_t populations = spikes->population_count, neurons = spikes->first_neuron[populations];
    QN_TRY(QN_NEW(&a->count, neurons, "statistics of spikes"));
    QN_TRY(QN_NEW(&a->first_half, neurons, "statistics of spikes"));
    QN_TRY(QN_NEW(&a->cv, neurons, "statistics of spikes"));
    QN_TRY(QN_NEW(&a->lvr, neurons, "statistics of spikes"));
    QN_TRY(QN_NEW(&a->histogram, (populations + 1) * bins, "statistics of spikes"));
    QN_TRY(QN_NEW(&a->found, populations + 1, "statistics of spikes"));
    QN_TRY(qn_spike_neurons(spikes, refractory, a->count, a->first_half, a->cv, a->lvr));
    QN_TRY(count_bins(spikes, steps, bins, a->histogram));
    for (size_t p = 0; p <= populations; ++p) {
        const size_t first = p < populations ? spikes->first_neuron[p] : 0;
        const qn_population_record record = {
            .neurons = (p < populations ? spikes->first_neuron[p + 1] : neurons) - first,
            .duration = (double)(spikes->last_step - spikes->first_step) * spikes->time_step,
            .spike_count = a->count + first,
            .first_half = spikes->last_step - spikes->first_step > 1 ? a->first_half + first : NULL,
            .first_duration = (double)(middle_of(spikes) - spikes->first_step) * spikes->time_step,
            .cv = a->cv + first,
            .lvr = a->lvr + first,
            .bin_count = bins,
            .histogram = a->histogram + p * bins};
        QN_TRY(qn_population_statistics_of(&record, &a->found[p]));
    }
    return QN_OK;
}

qn_status qn_spike_statistics(const qn_spikes *spikes, const qn_spike_statistics_options *options,
                              qn_population_statistics *result)
{
    const qn_spike_statistics_options chosen = options ? *options : (qn_spike_statistics_options){0};
    qn_neuron_range all;
    size_t steps, bins;
    QN_TRY(qn_spikes_range(spikes, spikes->population_count, &all));
    QN_TRY(qn_spikes_bins(spikes, "the histogram", chosen.bin, 1, &steps, &bins));
    arrays taken = {0};
    const qn_status status = measure(spikes, chosen.local_variation_refractory, steps, bins, &taken);
    for (size_t p = 0; status == QN_OK && p <= spikes->population_count; ++p) result[p] = taken.found[p];
    release(&taken);
    return status;
}
