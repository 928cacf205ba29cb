#include <quenched/rate_distribution.h>

#include "base/fail.h"
#include "base/memory.h"
#include "observables/sorted_sample.h"

#include <math.h>

static const double MS_PER_S = 1000;

void qn_rates_of_counts(size_t neurons, const uint32_t *spike_count, double duration, double *rate)
{
    for (size_t i = 0; i < neurons; ++i) rate[i] = spike_count[i] / (duration / MS_PER_S);
}

void qn_rate_histogram_clear(qn_rate_histogram *histogram)
{
    qn_release(histogram->edge);
    qn_release(histogram->density);
    *histogram = (qn_rate_histogram){0};
}

static qn_rate_histogram_options with_defaults(const qn_rate_histogram_options *options, size_t count,
                                               const double *sorted)
{
    qn_rate_histogram_options chosen = options ? *options : (qn_rate_histogram_options){0};
    if (chosen.bins == 0) chosen.bins = 40;
    for (size_t i = 0; i < count && chosen.logarithmic && chosen.lowest == 0; ++i)
        if (sorted[i] > 0) chosen.lowest = sorted[i];
    const double most = count > 0 ? sorted[count - 1] : 0;
    if (chosen.highest == 0) chosen.highest = most > chosen.lowest ? most : fmax(1, 2 * chosen.lowest);
    if (chosen.logarithmic && chosen.lowest == 0) chosen.lowest = chosen.highest / MS_PER_S; // nobody spikes
    return chosen;
}

static double edge_of(const qn_rate_histogram_options *o, size_t edge)
{
    if (edge == 0) return o->lowest;
    if (edge == o->bins) return o->highest;
    const double part = (double)edge / (double)o->bins;
    return o->logarithmic ? o->lowest * pow(o->highest / o->lowest, part) : o->lowest + (o->highest - o->lowest) * part;
}

// Both are ascending: one walk.
static void fill(size_t count, const double *sorted, qn_rate_histogram *h)
{
    size_t i = 0;
    while (i < count && sorted[i] < h->edge[0]) ++i;
    h->below = (double)i / (double)count;
    for (size_t b = 0; b < h->count; ++b) {
        const size_t first = i;
        const bool last = b + 1 == h->count;
        while (i < count && (sorted[i] < h->edge[b + 1] || (last && sorted[i] == h->edge[b + 1]))) ++i;
        h->density[b] = (double)(i - first) / (double)count / (h->edge[b + 1] - h->edge[b]);
    }
    h->above = (double)(count - i) / (double)count;
}

static qn_status make(size_t count, const double *sorted, const qn_rate_histogram_options *options,
                      qn_rate_histogram *result)
{
    const qn_rate_histogram_options chosen = with_defaults(options, count, sorted);
    QN_REQUIRE(isfinite(chosen.lowest) && isfinite(chosen.highest) && chosen.lowest < chosen.highest &&
                   (!chosen.logarithmic || chosen.lowest > 0),
               QN_BAD_VALUE, "histogram of rates from %g to %g 1/s; the limits must be finite, ascending%s",
               chosen.lowest, chosen.highest, chosen.logarithmic ? " and positive for logarithmic bins" : "");
    qn_rate_histogram fresh = {.count = chosen.bins};
    qn_status status = QN_NEW(&fresh.edge, chosen.bins + 1, "histogram of rates");
    if (status == QN_OK) status = QN_NEW(&fresh.density, chosen.bins, "histogram of rates");
    if (status != QN_OK) {
        qn_rate_histogram_clear(&fresh);
        return status;
    }
    for (size_t e = 0; e <= chosen.bins; ++e) fresh.edge[e] = edge_of(&chosen, e);
    fill(count, sorted, &fresh);
    *result = fresh;
    return QN_OK;
}

qn_status qn_rate_histogram_make(size_t neurons, const double *rate, const qn_rate_histogram_options *options,
                                 qn_rate_histogram *result)
{
    double *sorted;
    size_t count;
    QN_TRY(qn_sorted_sample(neurons, rate, &sorted, &count));
    const qn_status status = make(count, sorted, options, result);
    qn_release(sorted);
    return status;
}

static double quantile_of(size_t count, const double *sorted, double probability)
{
    if (count == 0) return NAN;
    const double place = probability * (double)(count - 1);
    const size_t low = (size_t)place < count - 1 ? (size_t)place : count - 1;
    const size_t high = low + 1 < count ? low + 1 : low;
    return sorted[low] + (place - (double)low) * (sorted[high] - sorted[low]);
}

qn_status qn_quantiles_of(size_t count, const double *values, size_t quantiles, const double *probability,
                          double *quantile)
{
    for (size_t q = 0; q < quantiles; ++q)
        QN_REQUIRE(probability[q] >= 0 && probability[q] <= 1, QN_BAD_VALUE,
                   "quantile at probability %g; allowed: 0 to 1", probability[q]);
    double *sorted;
    size_t left;
    QN_TRY(qn_sorted_sample(count, values, &sorted, &left));
    for (size_t q = 0; q < quantiles; ++q) quantile[q] = quantile_of(left, sorted, probability[q]);
    qn_release(sorted);
    return QN_OK;
}
