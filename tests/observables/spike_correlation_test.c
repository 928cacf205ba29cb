#include "synthetic_spikes.h"

enum { NEURONS = 30, REALISATIONS = 24 };

// Counts [neuron, bin] of the record's whole bins.
static double *counts_of(const qn_spikes *spikes, size_t steps, size_t bins)
{
    const size_t neurons = spikes->first_neuron[spikes->population_count];
    double *counts = calloc(neurons * bins, sizeof *counts);
    assert_non_null(counts);
    for (size_t s = 0; s < spikes->count; ++s) {
        const size_t bin = (spikes->step[s] - spikes->first_step - 1) / steps;
        if (bin < bins) counts[spikes->neuron[s] * bins + bin] += 1;
    }
    return counts;
}

// By definition; NAN for counts that do not vary.
static double pearson(size_t bins, const double *x, const double *y)
{
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t b = 0; b < bins; ++b) mean_x += x[b] / (double)bins, mean_y += y[b] / (double)bins;
    for (size_t b = 0; b < bins; ++b) {
        xx += (x[b] - mean_x) * (x[b] - mean_x);
        yy += (y[b] - mean_y) * (y[b] - mean_y);
        xy += (x[b] - mean_x) * (y[b] - mean_y);
    }
    return xx > 1e-9 && yy > 1e-9 ? xy / sqrt(xx * yy) : NAN;
}

// Each spike of a Poisson process is given to each neuron with probability c: counts of any two are correlated by c,
// whatever the bin.
static synthetic thinned(double c, double rate, size_t neurons, double duration, uint64_t seed)
{
    const double h = 0.1;
    synthetic s = synthetic_create(h, 500, 500 + (uint64_t)(duration / h), 1, &neurons);
    deviates d = deviates_of(seed, 0);
    const double mother = rate / c / 1000; // per ms
    for (double time = next_exponential(&d) / mother; time < duration; time += next_exponential(&d) / mother)
        for (size_t i = 0; i < neurons; ++i)
            if (next_uniform(&d) < c) synthetic_add(&s, 500 + (uint64_t)ceil(time / h), i);
    synthetic_sort(&s);
    return s;
}

static void fast_is_what_all_pairs_give(void **state)
{
    (void)state;
    enum { BINS = 333 };
    // Two populations; in the second, one silent neuron and one with a spike in every bin.
    synthetic s = synthetic_create(0.1, 77, 77 + 10 * BINS + 4, 2, (size_t[]){5, NEURONS});
    for (size_t i = 0; i < 5 + NEURONS; ++i) {
        if (i == 8) continue;
        if (i == 12)
            for (uint64_t b = 0; b < BINS; ++b) synthetic_add(&s, 77 + 10 * b + 1 + b % 10, 12);
        else
            add_renewal(&s, i, 20 + 5 * (double)i, 1 + i % 2, 0, 3);
    }
    synthetic_sort(&s);
    double *counts = counts_of(&s.record, 10, BINS);
    static const size_t most[] = {0, 1000, 7, 2, 1};
    for (size_t trial = 0; trial < 5; ++trial) {
        const qn_correlation_options options = {.bin = 1, .neurons = most[trial]};
        size_t chosen[NEURONS], n = 0;
        for (size_t i = 5; i < 5 + NEURONS && (most[trial] == 0 || n < most[trial]); ++i)
            if (i != 8 && i != 12) chosen[n++] = i;
        double found[NEURONS * (NEURONS - 1) / 2], sum = 0;
        size_t taken;
        assert_ok(qn_spike_correlation_coefficients(&s.record, 1, &options, found, &taken));
        assert_int_equal(taken, n);
        for (size_t i = 1; i < n; ++i)
            for (size_t j = 0; j < i; ++j) {
                const double expected = pearson(BINS, counts + chosen[i] * BINS, counts + chosen[j] * BINS);
                assert_within(found[i * (i - 1) / 2 + j], expected, 1e-12);
                sum += expected;
            }
        qn_pair_correlation mean;
        assert_ok(qn_spike_correlation(&s.record, 1, &options, &mean));
        assert_int_equal(mean.neurons, n);
        assert_int_equal(mean.bins, BINS);
        if (n > 1)
            assert_within(mean.mean, 2 * sum / (double)(n * (n - 1)), 1e-12);
        else
            assert_true(isnan(mean.mean));
    }
    free(counts);
    synthetic_clear(&s);
}

static void common_input_correlates_by_the_fraction_shared(void **state)
{
    (void)state;
    for (int k = 0; k < 2; ++k) {
        const double c = k == 0 ? 0.3 : 0.02;
        double mean[REALISATIONS];
        for (uint64_t r = 0; r < REALISATIONS; ++r) {
            synthetic s = thinned(c, 20, k == 0 ? 10 : 60, 20000, 10 + r);
            qn_pair_correlation found;
            assert_ok(qn_spike_correlation(&s.record, 0, &(qn_correlation_options){.bin = k == 0 ? 1 : 5}, &found));
            mean[r] = found.mean;
            synthetic_clear(&s);
        }
        assert_agrees(c, qn_estimate_of(REALISATIONS, mean), .max_z = 4, .max_relative_error = 0.03,
                      .max_relative_bar = 0.012);
    }
}

// 0 within an error bar that is known: coefficients of independent neurons have variance 1 / bins.
static void independent_neurons_are_not_correlated(void **state)
{
    (void)state;
    const size_t neurons = 50;
    const double bins = 5000;
    double mean[REALISATIONS];
    for (uint64_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(0.1, 0, 10 * (uint64_t)bins, 1, &neurons);
        for (size_t i = 0; i < neurons; ++i) add_renewal(&s, i, 30, 1, 0, 700 + r);
        synthetic_sort(&s);
        qn_pair_correlation found;
        assert_ok(qn_spike_correlation(&s.record, 1, NULL, &found));
        mean[r] = found.mean;
        synthetic_clear(&s);
    }
    const double pairs = (double)(neurons * (neurons - 1)) / 2, expected = 1 / sqrt(bins * pairs * REALISATIONS);
    const qn_estimate estimate = qn_estimate_of(REALISATIONS, mean);
    assert_within(estimate.value, 0, 4 * expected);
    assert_within(estimate.standard_error / expected, 1, 0.6);
}

static void nothing_to_correlate(void **state)
{
    (void)state;
    synthetic s = synthetic_create(0.1, 0, 30, 2, (size_t[]){0, 3});
    qn_pair_correlation found;
    size_t neurons;
    assert_ok(qn_spike_correlation(&s.record, 0, NULL, &found)); // nobody
    assert_true(isnan(found.mean) && found.neurons == 0);
    synthetic_add(&s, 3, 0);
    assert_ok(qn_spike_correlation(&s.record, 1, NULL, &found)); // one spike
    assert_true(isnan(found.mean) && found.neurons == 1 && found.bins == 3);
    assert_ok(qn_spike_correlation_coefficients(&s.record, 1, NULL, NULL, &neurons));
    assert_int_equal(neurons, 0); // one bin of 2 ms: its counts cannot vary
    assert_ok(qn_spike_correlation(&s.record, 1, &(qn_correlation_options){.bin = 5}, &found)); // no bin
    assert_true(isnan(found.mean) && found.bins == 0);
    assert_fails(qn_spike_correlation(&s.record, 1, &(qn_correlation_options){.bin = 0.55}, &found), QN_BAD_VALUE,
                 "bin of correlations is 0.55 ms");
    assert_fails(qn_spike_correlation(&s.record, 3, NULL, &found), QN_BAD_VALUE, "population 3");
    synthetic_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_is_what_all_pairs_give),
        cmocka_unit_test(common_input_correlates_by_the_fraction_shared),
        cmocka_unit_test(independent_neurons_are_not_correlated),
        cmocka_unit_test(nothing_to_correlate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
