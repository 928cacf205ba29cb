#include <quenched/spike_autocovariance.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "observables/spike_trains.h"

#include <math.h>
#include <omp.h>

static const double MS_PER_S = 1000;

enum { BLOCKS = 32 }; // of neurons, for threads: what is summed are whole numbers, in whatever order

// lags <- those of last_lag.
static qn_status lags_of(double last_lag, double bin, size_t bins, size_t *lags)
{
    const size_t half = bins / 2;
    const double wanted = last_lag == 0 ? 200 : last_lag, whole = floor(wanted / bin * (1 + 1e-12));
    QN_REQUIRE(isfinite(bin) && bin > 0, QN_BAD_VALUE, "bin of covariances is %g ms; it must be positive and finite",
               bin);
    QN_REQUIRE(whole >= 0 && whole < (double)half, QN_BAD_VALUE,
               "last lag of covariances is %g ms; allowed: 0 to below %g, half the record", wanted, (double)half * bin);
    *lags = (size_t)whole;
    return QN_OK;
}

typedef struct {
    qn_spike_trains trains;
    size_t lags;        // besides 0
    uint64_t *pairs;    // [thread, lag]
    uint64_t *weighted; // [thread, bin]: the sum over neurons of their number of spikes times those in the bin
    int threads;
} counting;

static void count_block(const counting *c, size_t block)
{
    const qn_spike_trains *trains = &c->trains;
    const size_t thread = (size_t)omp_get_thread_num();
    uint64_t *pairs = c->pairs + thread * (c->lags + 1), *weighted = c->weighted + thread * trains->bins;
    const size_t first = block * trains->neurons / BLOCKS, last = (block + 1) * trains->neurons / BLOCKS;
    for (size_t i = first; i < last; ++i) {
        const size_t end = trains->offset[i + 1], spikes = end - trains->offset[i];
        for (size_t k = trains->offset[i]; k < end; ++k) {
            const uint32_t time = trains->time[k];
            weighted[time] += spikes;
            for (size_t j = k + 1; j < end && trains->time[j] - time <= c->lags; ++j) ++pairs[trains->time[j] - time];
        }
    }
}

static void count_all(const counting *c)
{
#pragma omp parallel for schedule(dynamic) num_threads(c->threads)
    for (size_t block = 0; block < BLOCKS; ++block) count_block(c, block);
    for (size_t t = 1; t < (size_t)c->threads; ++t) {
        for (size_t l = 0; l <= c->lags; ++l) c->pairs[l] += c->pairs[t * (c->lags + 1) + l];
        for (size_t b = 0; b < c->trains.bins; ++b) c->weighted[b] += c->weighted[t * c->trains.bins + b];
    }
}

// Sum over neurons of the squares of: the mean count m, and half the difference of the halves' means.
static void squares_of_means(const qn_spike_trains *trains, double *mean, double *half_difference)
{
    const size_t half = trains->bins / 2;
    *mean = *half_difference = 0;
    for (size_t i = 0; i < trains->neurons; ++i) {
        double early = 0, late = 0;
        for (size_t k = trains->offset[i]; k < trains->offset[i + 1]; ++k) {
            early += trains->time[k] < half;
            late += trains->time[k] >= half && trains->time[k] < 2 * half;
        }
        const double m = (double)(trains->offset[i + 1] - trains->offset[i]) / (double)trains->bins;
        const double difference = (early - late) / (2 * (double)half);
        *mean += m * m;
        *half_difference += difference * difference;
    }
}

// Per lag, summed over neurons: the mean over the pairs of bins t, t + lag of (c_t - m)(c_{t + lag} - m), the means
// over the early and the late bins being those of exactly these.
static void covariances(const counting *c, double bin, double *values)
{
    const size_t bins = c->trains.bins;
    const double neurons = (double)c->trains.neurons, seconds = bin / MS_PER_S;
    double mean, half_difference;
    squares_of_means(&c->trains, &mean, &half_difference);
    uint64_t all = 0, cut = 0; // weighted counts: of all bins; of the first and last `lag` bins
    for (size_t b = 0; b < bins; ++b) all += c->weighted[b];
    for (size_t l = 0; l <= c->lags; ++l) {
        if (l > 0) cut += c->weighted[l - 1] + c->weighted[bins - l];
        const double places = (double)(bins - l);
        const double pairs = (double)c->pairs[l] * (l == 0 ? 2 : 1);
        const double linear = ((double)all * 2 - (double)cut) / (double)bins;
        values[l] = ((pairs - linear) / places + mean + half_difference) / (neurons * seconds * seconds);
    }
}

static qn_status measure(counting *c, double bin, double *values)
{
    c->threads = qn_threads_for(BLOCKS);
    QN_TRY(QN_NEW(&c->pairs, (size_t)c->threads * (c->lags + 1), "pairs of spikes"));
    QN_TRY(QN_NEW(&c->weighted, (size_t)c->threads * c->trains.bins, "weighted histogram"));
    count_all(c);
    covariances(c, bin, values);
    return QN_OK;
}

qn_status qn_single_neuron_autocovariance(const qn_spikes *spikes, size_t population, double bin, double last_lag,
                                          qn_stationary *result)
{
    qn_neuron_range range;
    size_t steps, bins;
    QN_TRY(qn_spikes_range(spikes, population, &range));
    QN_TRY(qn_spikes_bins(spikes, "autocovariances", bin, 1, &steps, &bins));
    const double wide = (double)steps * spikes->time_step;
    counting c = {0};
    QN_TRY(lags_of(last_lag, wide, bins, &c.lags));
    qn_stationary fresh;
    QN_TRY(qn_stationary_create(c.lags + 1, wide / MS_PER_S, &fresh));
    qn_status status = qn_spike_trains_make(spikes, range, steps, &c.trains);
    if (status == QN_OK) status = measure(&c, wide, fresh.values);
    qn_spike_trains_clear(&c.trains);
    qn_release(c.pairs);
    qn_release(c.weighted);
    if (status == QN_OK)
        *result = fresh;
    else
        qn_stationary_clear(&fresh);
    return status;
}

typedef struct {
    double mean, half_difference; // halves: (early - late) / 2
    double *deviation;
} signal;

static qn_status take_signal(const qn_population_counts *population, signal *s)
{
    QN_REQUIRE(population->neurons > 0, QN_BAD_VALUE, "covariance of rates: a population has no neurons");
    const size_t bins = population->bins;
    QN_TRY(QN_NEW(&s->deviation, bins, "rate"));
    const double scale = MS_PER_S / ((double)population->neurons * population->bin);
    double sum = 0, early = 0, late = 0;
    const size_t half = bins / 2;
    for (size_t b = 0; b < bins; ++b) {
        sum += population->histogram[b];
        if (b < 2 * half) *(b < half ? &early : &late) += population->histogram[b];
    }
    s->half_difference = scale * (early - late) / (2 * (double)half);
    for (size_t b = 0; b < bins; ++b) s->deviation[b] = scale * (population->histogram[b] - sum / (double)bins);
    return QN_OK;
}

// Lags 0 ... lags, the second signal later.
static void lagged_products(const signal *first, const signal *second, size_t bins, size_t lags, double *covariance)
{
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(lags / 16 + 1))
    for (size_t l = 0; l <= lags; ++l) {
        double sum = 0;
        for (size_t b = 0; b + l < bins; ++b) sum += first->deviation[b] * second->deviation[b + l];
        covariance[l] = sum / (double)(bins - l) + first->half_difference * second->half_difference;
    }
}

qn_status qn_rate_autocovariance(const qn_population_counts *population, double last_lag, qn_stationary *result)
{
    size_t lags = 0;
    QN_TRY(lags_of(last_lag, population->bin, population->bins, &lags));
    signal s = {0};
    qn_stationary fresh;
    QN_TRY(take_signal(population, &s));
    const qn_status status = qn_stationary_create(lags + 1, population->bin / MS_PER_S, &fresh);
    if (status == QN_OK) {
        lagged_products(&s, &s, population->bins, lags, fresh.values);
        *result = fresh;
    }
    qn_release(s.deviation);
    return status;
}

// Negative lags first: those at which the first signal comes later.
static void both_sides(const signal *first, const signal *second, size_t bins, size_t lags, double *covariance)
{
    lagged_products(second, first, bins, lags, covariance);
    for (size_t l = 0; l < (lags + 1) / 2; ++l) {
        const double swapped = covariance[l];
        covariance[l] = covariance[lags - l];
        covariance[lags - l] = swapped;
    }
    lagged_products(first, second, bins, lags, covariance + lags);
}

qn_status qn_rate_cross_covariance(const qn_population_counts *first, const qn_population_counts *second, size_t lags,
                                   double *covariance)
{
    QN_REQUIRE(isfinite(first->bin) && first->bin > 0, QN_BAD_VALUE,
               "bin of covariances is %g ms; it must be positive and finite", first->bin);
    QN_REQUIRE(first->bins == second->bins && first->bin == second->bin, QN_BAD_VALUE,
               "cross-covariance of %zu bins of %g ms and %zu bins of %g ms; they must be of the same time",
               first->bins, first->bin, second->bins, second->bin);
    const size_t half = first->bins / 2;
    QN_REQUIRE(lags < half, QN_BAD_VALUE, "lags of covariances: %zu bins; allowed: 0 to below %zu, half the record",
               lags, half);
    signal one = {0}, other = {0};
    QN_TRY(take_signal(first, &one));
    const qn_status status = take_signal(second, &other);
    if (status == QN_OK) both_sides(&one, &other, first->bins, lags, covariance);
    qn_release(one.deviation);
    qn_release(other.deviation);
    return status;
}
