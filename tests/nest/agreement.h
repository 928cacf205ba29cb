/// Do two simulators of a network agree? Tests (i), (ii) of section 8 of docs/theory/spiking.md: means over seeds by
/// their spread between seeds, distributions by their distances between simulators against those between seeds.
#pragma once
#include "testing.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>

enum { SCALARS = 3, DISTRIBUTIONS = 3, MOST_SEEDS = 16, RELABELLINGS = 5000, CORRELATED = 200 };

static const char *const SCALAR[SCALARS] = {"rate", "CV", "Fano factor"};
static const char *const DISTRIBUTION[DISTRIBUTIONS] = {"rates of neurons", "CVs of neurons", "correlations of pairs"};

/// One population in one run.
typedef struct {
    double scalar[SCALARS];
    double *sample[DISTRIBUTIONS];
    size_t size[DISTRIBUTIONS];
} summary;

/// `all[p]`, for every population of the record.
static inline void summarise(const qn_spikes *spikes, summary *all)
{
    const size_t neurons = spikes->first_neuron[spikes->population_count];
    const double seconds = 1e-3 * spikes->time_step * (double)(spikes->last_step - spikes->first_step);
    qn_population_statistics *statistics = calloc(spikes->population_count + 1, sizeof *statistics);
    uint32_t *count = calloc(neurons, sizeof *count);
    double *cv = calloc(neurons, sizeof *cv);
    assert_true(statistics && count && cv);
    assert_ok(qn_spike_statistics(spikes, NULL, statistics));
    assert_ok(qn_spike_neurons(spikes, 0.0, count, NULL, cv, NULL));
    for (size_t p = 0; p < spikes->population_count; ++p) {
        const size_t first = spikes->first_neuron[p], size = spikes->first_neuron[p + 1] - first;
        summary *s = &all[p];
        *s = (summary){.scalar = {statistics[p].rate, statistics[p].cv, statistics[p].fano_factor},
                       .size = {size, size}};
        s->sample[0] = calloc(size, sizeof(double));
        s->sample[1] = calloc(size, sizeof(double));
        s->sample[2] = calloc((size_t)CORRELATED * (CORRELATED - 1) / 2, sizeof(double));
        assert_true(s->sample[0] && s->sample[1] && s->sample[2]);
        for (size_t i = 0; i < size; ++i) s->sample[0][i] = count[first + i] / seconds;
        memcpy(s->sample[1], cv + first, size * sizeof *cv);
        size_t pairs = 0;
        const qn_correlation_options options = {.bin = 2.0, .neurons = CORRELATED};
        assert_ok(qn_spike_correlation_coefficients(spikes, p, &options, s->sample[2], &pairs));
        s->size[2] = pairs * (pairs - 1) / 2;
    }
    free(statistics);
    free(count);
    free(cv);
}

static inline void free_summaries(size_t count, summary *all)
{
    for (size_t i = 0; i < count; ++i)
        for (int d = 0; d < DISTRIBUTIONS; ++d) free(all[i].sample[d]);
    free(all);
}

/// Welch's test of equal means.
static inline double p_of_means(size_t seeds, const double *a, const double *b)
{
    double mean[2] = {0}, variance[2] = {0};
    for (size_t i = 0; i < seeds; ++i) {
        mean[0] += a[i] / (double)seeds;
        mean[1] += b[i] / (double)seeds;
    }
    for (size_t i = 0; i < seeds; ++i) {
        variance[0] += (a[i] - mean[0]) * (a[i] - mean[0]) / (double)(seeds - 1) / (double)seeds;
        variance[1] += (b[i] - mean[1]) * (b[i] - mean[1]) / (double)(seeds - 1) / (double)seeds;
    }
    const double sum = variance[0] + variance[1];
    const double freedom = (double)(seeds - 1) * sum * sum / (variance[0] * variance[0] + variance[1] * variance[1]);
    return 2.0 * gsl_cdf_tdist_Q(fabs(mean[0] - mean[1]) / sqrt(sum), freedom);
}

/// Mean distance across the two groups less that within them; `group[i]` of run i is 0 or 1.
static inline double excess(size_t runs, double (*distance)[2 * MOST_SEEDS], const int *group)
{
    double across = 0.0, within = 0.0, across_count = 0.0, within_count = 0.0;
    for (size_t i = 0; i < runs; ++i)
        for (size_t j = 0; j < i; ++j) {
            *(group[i] == group[j] ? &within : &across) += distance[i][j];
            *(group[i] == group[j] ? &within_count : &across_count) += 1.0;
        }
    return across / across_count - within / within_count;
}

/// Share of relabellings of the runs that set the groups as far apart as they are.
static inline double p_of_distances(size_t seeds, double (*distance)[2 * MOST_SEEDS])
{
    int group[2 * MOST_SEEDS];
    for (size_t i = 0; i < 2 * seeds; ++i) group[i] = i >= seeds;
    const double found = excess(2 * seeds, distance, group);
    uint64_t state = 1;
    size_t as_far = 1;
    for (int k = 0; k < RELABELLINGS; ++k) {
        for (size_t i = 2 * seeds - 1; i > 0; --i) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            const size_t j = (size_t)((state >> 33) % (i + 1));
            const int held = group[i];
            group[i] = group[j];
            group[j] = held;
        }
        as_far += excess(2 * seeds, distance, group) >= found;
    }
    return (double)as_far / (RELABELLINGS + 1);
}

typedef struct {
    double p;
    const char *population, *what;
} verdict;

static inline int by_p(const void *left, const void *right)
{
    const double a = ((const verdict *)left)->p, b = ((const verdict *)right)->p;
    return (a > b) - (a < b);
}

/// Holm's procedure at level 0.01: the number of tests that reject equality. Prints these, or the smallest p.
static inline size_t rejected(size_t count, verdict *verdicts)
{
    qsort(verdicts, count, sizeof *verdicts, by_p);
    size_t rejections = 0;
    while (rejections < count && verdicts[rejections].p <= 0.01 / (double)(count - rejections)) {
        print_message("  differ: %s of %s, p = %.2g\n", verdicts[rejections].what, verdicts[rejections].population,
                      verdicts[rejections].p);
        ++rejections;
    }
    if (!rejections)
        print_message("  no difference in %zu tests; least p = %.2g (%s of %s)\n", count, verdicts[0].p,
                      verdicts[0].what, verdicts[0].population);
    return rejections;
}

/// Number of tests by which runs `a` and `b` of a network differ, [seed, population].
static inline size_t differences(const qn_spiking_network *network, size_t seeds, const summary *a, const summary *b)
{
    const size_t populations = network->population_count;
    verdict *means = calloc(populations * SCALARS, sizeof *means);
    verdict *distributions = calloc(populations * DISTRIBUTIONS, sizeof *distributions);
    assert_true(means && distributions && seeds <= MOST_SEEDS);
    for (size_t p = 0; p < populations; ++p) {
        const char *name = network->populations[p].name;
        print_message("  %-4s", name);
        for (int k = 0; k < SCALARS; ++k) {
            double left[MOST_SEEDS], right[MOST_SEEDS], mean[2] = {0};
            for (size_t s = 0; s < seeds; ++s) {
                mean[0] += (left[s] = a[s * populations + p].scalar[k]) / (double)seeds;
                mean[1] += (right[s] = b[s * populations + p].scalar[k]) / (double)seeds;
            }
            print_message("  %s %.4f %.4f", SCALAR[k], mean[0], mean[1]);
            means[p * SCALARS + (size_t)k] = (verdict){p_of_means(seeds, left, right), name, SCALAR[k]};
        }
        print_message("\n");
        for (int k = 0; k < DISTRIBUTIONS; ++k) {
            double distance[2 * MOST_SEEDS][2 * MOST_SEEDS] = {{0}};
            for (size_t i = 0; i < 2 * seeds; ++i)
                for (size_t j = 0; j < i; ++j) {
                    const summary *x = i < seeds ? &a[i * populations + p] : &b[(i - seeds) * populations + p];
                    const summary *y = j < seeds ? &a[j * populations + p] : &b[(j - seeds) * populations + p];
                    assert_ok(
                        qn_kolmogorov_smirnov(x->size[k], x->sample[k], y->size[k], y->sample[k], &distance[i][j]));
                }
            distributions[p * DISTRIBUTIONS + (size_t)k] =
                (verdict){p_of_distances(seeds, distance), name, DISTRIBUTION[k]};
        }
    }
    const size_t found = rejected(populations * SCALARS, means) + rejected(populations * DISTRIBUTIONS, distributions);
    free(means);
    free(distributions);
    return found;
}
