// The spectrum of a segment with few spikes follows from the differences of their times: with c_t spikes in bin t,
//     |sum_t c_t exp(-i omega t)|^2 = sum_d h_d exp(-i omega d),   h_d = #{pairs of spikes d bins apart},
// and h may be summed over all neurons and segments first, in whole numbers: then one transform serves all. The mean
// that is subtracted matters at frequency 0 only, where it is taken care of by itself.
#include <quenched/spike_spectrum.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "numerics/fourier.h"
#include "observables/single_neuron_spectrum.h"
#include "observables/spike_trains.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>

static const double PI = 3.141592653589793238;
static const double MS_PER_S = 1000;

// What a transform costs, in pairs of spikes, per bin and doubling of the number of bins, as measured.
static const double PAIRS_PER_TRANSFORM = 0.35;

enum { BLOCKS = 32 }; // of neurons: their sums are added in the same order whoever made them

typedef struct {
    qn_spike_trains trains;
    size_t segment, segments; // bins; per neuron
    double bin;               // s
} layout;

static size_t first_of_block(const layout *l, size_t block) { return block * l->trains.neurons / BLOCKS; }

// The end of the spikes that lie before `bin`, from `from` on.
static size_t spikes_before(const qn_spike_trains *trains, size_t from, size_t end, size_t bin)
{
    while (from < end && trains->time[from] < bin) ++from;
    return from;
}

static double count_pairs(const layout *l)
{
    double pairs = 0, transforms = 0;
    for (size_t i = 0; i < l->trains.neurons; ++i) {
        size_t from = l->trains.offset[i];
        for (size_t s = 0; s < l->segments; ++s) {
            const size_t to = spikes_before(&l->trains, from, l->trains.offset[i + 1], (s + 1) * l->segment);
            pairs += 0.5 * (double)(to - from) * (double)(to - from);
            transforms += to > from;
            from = to;
        }
    }
    const double bins = (double)l->segment;
    return pairs - transforms * PAIRS_PER_TRANSFORM * bins * (1 + log2(bins));
}

// (n - 1) variance over segments of each neuron's count, summed over the block's neurons.
static double squares_of_block(const layout *l, size_t block)
{
    double sum = 0;
    for (size_t i = first_of_block(l, block); i < first_of_block(l, block + 1); ++i) {
        size_t from = l->trains.offset[i];
        double all = 0, squares = 0;
        for (size_t s = 0; s < l->segments; ++s) {
            const size_t to = spikes_before(&l->trains, from, l->trains.offset[i + 1], (s + 1) * l->segment);
            const double count = (double)(to - from);
            all += count, squares += count * count;
            from = to;
        }
        sum += squares - all * all / (double)l->segments;
    }
    return sum;
}

static void add_differences(const qn_spike_trains *trains, size_t from, size_t to, uint64_t *pairs)
{
    for (size_t k = from; k < to; ++k) {
        const uint32_t time = trains->time[k];
        for (size_t j = k; j < to; ++j) ++pairs[trains->time[j] - time];
    }
}

static void differences_of_block(const layout *l, size_t block, uint64_t *pairs)
{
    for (size_t i = first_of_block(l, block); i < first_of_block(l, block + 1); ++i) {
        size_t from = l->trains.offset[i];
        for (size_t s = 0; s < l->segments; ++s) {
            const size_t to = spikes_before(&l->trains, from, l->trains.offset[i + 1], (s + 1) * l->segment);
            add_differences(&l->trains, from, to, pairs);
            from = to;
        }
    }
}

// power[k] <- sum over segments of |DFT(counts)|^2, k = 0 ... segment / 2, by differences of times.
static qn_status power_by_differences(const layout *l, const qn_fourier *fourier, double *power)
{
    const size_t n = l->segment;
    const int threads = qn_threads_for(BLOCKS);
    uint64_t *pairs = NULL;
    double *folded = NULL;
    double complex *transform = NULL;
    qn_status status = QN_NEW(&pairs, (size_t)threads * n, "differences of spike times");
    if (status == QN_OK) status = QN_NEW(&folded, n, "differences of spike times");
    if (status == QN_OK) status = QN_NEW(&transform, n / 2 + 1, "spectrum");
    if (status == QN_OK) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (size_t block = 0; block < BLOCKS; ++block)
            differences_of_block(l, block, pairs + (size_t)omp_get_thread_num() * n);
        for (int t = 1; t < threads; ++t)
            for (size_t d = 0; d < n; ++d) pairs[d] += pairs[(size_t)t * n + d];
        // Each spike with itself was counted among those 0 apart, each other pair once and not twice.
        double spikes = 0;
        for (size_t i = 0; i < l->trains.neurons; ++i)
            spikes +=
                (double)(spikes_before(&l->trains, l->trains.offset[i], l->trains.offset[i + 1], l->segments * n) -
                         l->trains.offset[i]);
        folded[0] = 2 * (double)pairs[0] - spikes;
        for (size_t d = 1; d < n; ++d) folded[d] = (double)pairs[d] + (double)pairs[n - d];
        qn_fourier_transform(fourier, folded, transform);
        for (size_t k = 0; k <= n / 2; ++k) power[k] = creal(transform[k]);
    }
    qn_release(pairs);
    qn_release(folded);
    qn_release(transform);
    return status;
}

static void transform_block(const layout *l, const qn_fourier *fourier, size_t block, double *counts,
                            double complex *transform, double *power)
{
    for (size_t i = first_of_block(l, block); i < first_of_block(l, block + 1); ++i) {
        size_t from = l->trains.offset[i];
        for (size_t s = 0; s < l->segments; ++s) {
            const size_t to = spikes_before(&l->trains, from, l->trains.offset[i + 1], (s + 1) * l->segment);
            if (to == from) continue;
            for (size_t t = 0; t < l->segment; ++t) counts[t] = 0;
            for (; from < to; ++from) ++counts[l->trains.time[from] - s * l->segment];
            qn_fourier_transform(fourier, counts, transform);
            for (size_t k = 0; k <= l->segment / 2; ++k) power[k] += creal(transform[k] * conj(transform[k]));
        }
    }
}

static qn_status power_by_transforms(const layout *l, const qn_fourier *fourier, double *power)
{
    // Rows of whole cache lines, as the plan's alignment asks for.
    const size_t bins = (l->segment + 7) / 8 * 8, frequencies = (l->segment / 2 + 8) / 8 * 8;
    const size_t threads = (size_t)qn_threads_for(BLOCKS);
    double *counts = NULL, *powers = NULL;
    double complex *transforms = NULL;
    qn_status status = QN_NEW(&counts, threads * bins, "counts of spikes");
    if (status == QN_OK) status = QN_NEW(&transforms, threads * frequencies, "spectra");
    if (status == QN_OK) status = QN_NEW(&powers, BLOCKS * frequencies, "spectra");
    if (status == QN_OK) {
#pragma omp parallel for schedule(dynamic) num_threads((int)threads)
        for (size_t block = 0; block < BLOCKS; ++block) {
            const size_t thread = (size_t)omp_get_thread_num();
            transform_block(l, fourier, block, counts + thread * bins, transforms + thread * frequencies,
                            powers + block * frequencies);
        }
        for (size_t block = 0; block < BLOCKS; ++block)
            for (size_t k = 0; k <= l->segment / 2; ++k) power[k] += powers[block * frequencies + k];
    }
    qn_release(counts);
    qn_release(transforms);
    qn_release(powers);
    return status;
}

static qn_status measure(const layout *l, qn_spectrum_method method, double *values)
{
    qn_fourier *fourier;
    QN_TRY(qn_fourier_create(l->segment, &fourier));
    const bool by_transforms = method == QN_SPECTRUM_CHEAPER ? count_pairs(l) > 0 : method == QN_SPECTRUM_TRANSFORMS;
    const qn_status status =
        by_transforms ? power_by_transforms(l, fourier, values) : power_by_differences(l, fourier, values);
    qn_fourier_destroy(fourier);
    if (status != QN_OK) return status;

    const double neurons = (double)l->trains.neurons, segments = (double)l->segments;
    const double duration = (double)l->segment * l->bin;
    for (size_t k = 1; k <= l->segment / 2; ++k) values[k] /= neurons * segments * duration;
    double squares = 0;
    for (size_t block = 0; block < BLOCKS; ++block) squares += squares_of_block(l, block);
    values[0] = l->segments > 1 ? squares / ((segments - 1) * neurons * duration) : NAN;
    return QN_OK;
}

static qn_status plan_segments(const qn_spikes *spikes, const qn_single_neuron_spectrum_options *chosen, size_t *steps,
                               layout *l)
{
    size_t bins;
    QN_TRY(qn_spikes_bins(spikes, "single-neuron spectra", chosen->bin, 0.5, steps, &bins));
    const double bin = (double)*steps * spikes->time_step;
    const double wanted = chosen->segment == 0 ? 1024 : chosen->segment, length = wanted / bin;
    const double whole = nearbyint(length);
    QN_REQUIRE(
        whole >= 2 && whole <= (double)bins && fabs(length - whole) <= 1e-6 * whole, QN_BAD_VALUE,
        "segment of single-neuron spectra is %g ms; allowed: multiples of the bin, %g ms, up to the record's %g ms",
        wanted, bin, (double)bins * bin);
    l->segment = (size_t)whole;
    l->segments = bins / l->segment;
    l->bin = bin / MS_PER_S;
    return QN_OK;
}

qn_status qn_single_neuron_spectrum_by(qn_spectrum_method method, const qn_spikes *spikes, size_t population,
                                       const qn_single_neuron_spectrum_options *options, qn_spectrum *result)
{
    const qn_single_neuron_spectrum_options chosen = options ? *options : (qn_single_neuron_spectrum_options){0};
    qn_neuron_range range;
    size_t steps;
    layout l;
    QN_TRY(qn_spikes_range(spikes, population, &range));
    QN_TRY(plan_segments(spikes, &chosen, &steps, &l));
    qn_spectrum fresh = {.count = l.segment / 2 + 1, .step = 2 * PI / ((double)l.segment * l.bin)};
    QN_TRY(QN_NEW(&fresh.values, fresh.count, "spectrum"));
    qn_status status = qn_spike_trains_make(spikes, range, steps, &l.trains);
    if (status == QN_OK) {
        status = measure(&l, method, fresh.values);
        qn_spike_trains_clear(&l.trains);
    }
    if (status == QN_OK)
        *result = fresh;
    else
        qn_release(fresh.values);
    return status;
}

qn_status qn_single_neuron_spectrum(const qn_spikes *spikes, size_t population,
                                    const qn_single_neuron_spectrum_options *options, qn_spectrum *result)
{
    return qn_single_neuron_spectrum_by(QN_SPECTRUM_CHEAPER, spikes, population, options, result);
}
