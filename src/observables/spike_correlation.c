#include <quenched/spike_correlation.h>

#include "base/fail.h"
#include "base/memory.h"
#include "observables/spike_trains.h"

#include <math.h>
#include <string.h>

// Sums over all bins of a neuron's counts and of their squares: whole numbers, as all below are until they are divided.
typedef struct {
    size_t train;
    double sum, squares;
} member;

typedef struct {
    qn_spike_trains trains;
    member *members;
    size_t count, most; // of members
    double bins;
} sample;

static void clear(sample *s)
{
    qn_spike_trains_clear(&s->trains);
    qn_release(s->members);
}

// How many of the train's spikes from `from` on lie in one bin.
static size_t same_bin(const qn_spike_trains *trains, size_t from, size_t end)
{
    size_t to = from + 1;
    while (to < end && trains->time[to] == trains->time[from]) ++to;
    return to - from;
}

static double variance_of(const sample *s, const member *m)
{
    return s->bins * m->squares - m->sum * m->sum; // times bins^2
}

static void choose(sample *s)
{
    for (size_t i = 0; i < s->trains.neurons && s->count < s->most; ++i) {
        const size_t end = s->trains.offset[i + 1];
        member m = {.train = i, .sum = (double)(end - s->trains.offset[i])};
        for (size_t k = s->trains.offset[i], same; k < end; k += same) {
            same = same_bin(&s->trains, k, end);
            m.squares += (double)same * (double)same;
        }
        if (variance_of(s, &m) > 0) s->members[s->count++] = m;
    }
}

static qn_status take_sample(const qn_spikes *spikes, size_t population, double bin, double default_bin, size_t most,
                             sample *result)
{
    qn_neuron_range range;
    size_t steps, bins;
    QN_TRY(qn_spikes_range(spikes, population, &range));
    QN_TRY(qn_spikes_bins(spikes, "correlations", bin, default_bin, &steps, &bins));
    const size_t neurons = range.end - range.first;
    sample fresh = {.bins = (double)bins, .most = most < neurons ? most : neurons};
    QN_TRY(qn_spike_trains_make(spikes, range, steps, &fresh.trains));
    const qn_status status = QN_NEW(&fresh.members, fresh.most, "neurons of correlations");
    if (status != QN_OK) {
        clear(&fresh);
        return status;
    }
    choose(&fresh);
    *result = fresh;
    return QN_OK;
}

// The variance over time of the sum of standardised counts. The sum of the means is the same in every bin.
static double variance_of_sum(const sample *s, double *sum)
{
    double mean = 0, squares = 0;
    for (size_t n = 0; n < s->count; ++n) {
        const member *m = &s->members[n];
        const double scale = s->bins / sqrt(variance_of(s, m));
        mean += scale * m->sum / s->bins;
        for (size_t k = s->trains.offset[m->train]; k < s->trains.offset[m->train + 1]; ++k)
            sum[s->trains.time[k]] += scale;
    }
    for (size_t b = 0; b < s->trains.bins; ++b) squares += (sum[b] - mean) * (sum[b] - mean);
    return squares / s->bins;
}

qn_status qn_spike_correlation(const qn_spikes *spikes, size_t population, const qn_correlation_options *options,
                               qn_pair_correlation *result)
{
    const qn_correlation_options chosen = options ? *options : (qn_correlation_options){0};
    sample s;
    QN_TRY(take_sample(spikes, population, chosen.bin, 1, chosen.neurons > 0 ? chosen.neurons : 2000, &s));
    double *sum;
    const qn_status status = QN_NEW(&sum, s.trains.bins, "sum of standardised counts");
    if (status == QN_OK) {
        const double n = (double)s.count;
        *result = (qn_pair_correlation){
            .mean = s.count < 2 ? NAN : (variance_of_sum(&s, sum) - n) / (n * (n - 1)),
            .neurons = s.count,
            .bins = s.trains.bins,
        };
        qn_release(sum);
    }
    clear(&s);
    return status;
}

typedef struct {
    size_t *begin;            // of each bin among the entries; bins + 1
    uint32_t *member, *count; // who spikes in the bin, and how often; members ascending
} occupied;

static void clear_occupied(occupied *by_bin)
{
    qn_release(by_bin->begin);
    qn_release(by_bin->member);
    qn_release(by_bin->count);
}

static qn_status sort_by_bin(const sample *s, occupied *by_bin)
{
    const qn_spike_trains *trains = &s->trains;
    QN_TRY(QN_NEW(&by_bin->begin, trains->bins + 2, "bins of correlations"));
    size_t *next = by_bin->begin + 1, entries = 0;
    for (size_t n = 0; n < s->count; ++n) {
        const size_t train = s->members[n].train, end = trains->offset[train + 1];
        for (size_t k = trains->offset[train]; k < end; k += same_bin(trains, k, end))
            ++next[trains->time[k] + 1], ++entries;
    }
    for (size_t b = 0; b < trains->bins; ++b) next[b + 1] += next[b];
    QN_TRY(QN_NEW(&by_bin->member, entries, "bins of correlations"));
    QN_TRY(QN_NEW(&by_bin->count, entries, "bins of correlations"));
    for (size_t n = 0; n < s->count; ++n) {
        const size_t train = s->members[n].train, end = trains->offset[train + 1];
        for (size_t k = trains->offset[train], same; k < end; k += same) {
            same = same_bin(trains, k, end);
            const size_t place = next[trains->time[k]]++;
            by_bin->member[place] = (uint32_t)n;
            by_bin->count[place] = (uint32_t)same;
        }
    }
    return QN_OK;
}

static void correlate(const sample *s, const occupied *by_bin, double *coefficient)
{
    memset(coefficient, 0, s->count * (s->count - 1) / 2 * sizeof *coefficient);
    for (size_t b = 0; b < s->trains.bins; ++b)
        for (size_t k = by_bin->begin[b]; k < by_bin->begin[b + 1]; ++k) {
            const size_t i = by_bin->member[k];
            double *row = coefficient + i * (i > 0 ? i - 1 : 0) / 2;
            for (size_t l = by_bin->begin[b]; l < k; ++l)
                row[by_bin->member[l]] += (double)by_bin->count[k] * (double)by_bin->count[l];
        }
    for (size_t i = 1; i < s->count; ++i)
        for (size_t j = 0; j < i; ++j) {
            const member *one = &s->members[i], *other = &s->members[j];
            double *value = &coefficient[i * (i - 1) / 2 + j];
            *value =
                (s->bins * *value - one->sum * other->sum) / (sqrt(variance_of(s, one)) * sqrt(variance_of(s, other)));
        }
}

qn_status qn_spike_correlation_coefficients(const qn_spikes *spikes, size_t population,
                                            const qn_correlation_options *options, double *coefficient, size_t *neurons)
{
    const qn_correlation_options chosen = options ? *options : (qn_correlation_options){0};
    sample s;
    QN_TRY(take_sample(spikes, population, chosen.bin, 2, chosen.neurons > 0 ? chosen.neurons : 200, &s));
    occupied by_bin = {0};
    const qn_status status = sort_by_bin(&s, &by_bin);
    if (status == QN_OK) {
        if (s.count > 1) correlate(&s, &by_bin, coefficient);
        *neurons = s.count;
    }
    clear_occupied(&by_bin);
    clear(&s);
    return status;
}
