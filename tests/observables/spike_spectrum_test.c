#include "synthetic_spikes.h"

#include "observables/single_neuron_spectrum.h"

#include <complex.h>

enum { REALISATIONS = 24 };

// The definition, by sums: periodograms of all segments of all neurons.
static void by_definition(const qn_spikes *spikes, size_t steps, size_t segment, double *power)
{
    const size_t neurons = spikes->first_neuron[spikes->population_count];
    const size_t bins = (size_t)(spikes->last_step - spikes->first_step) / steps, segments = bins / segment;
    const double duration = (double)(segment * steps) * spikes->time_step / 1000;
    double *counts = calloc(neurons * bins, sizeof *counts);
    assert_non_null(counts);
    for (size_t s = 0; s < spikes->count; ++s) {
        const size_t bin = (spikes->step[s] - spikes->first_step - 1) / steps;
        if (bin < bins) counts[spikes->neuron[s] * bins + bin] += 1;
    }
    for (size_t k = 0; k <= segment / 2; ++k) power[k] = 0;
    for (size_t i = 0; i < neurons; ++i) {
        double mean = 0;
        for (size_t b = 0; b < segments * segment; ++b) mean += counts[i * bins + b] / (double)(segments * segment);
        for (size_t s = 0; s < segments; ++s)
            for (size_t k = 0; k <= segment / 2; ++k) {
                double complex sum = 0;
                for (size_t t = 0; t < segment; ++t)
                    sum += (counts[i * bins + s * segment + t] - mean) *
                           cexp(-2 * M_PI * I * (double)(k * t % segment) / (double)segment);
                const double unbiased = k == 0 ? (double)segments / ((double)segments - 1) : 1;
                power[k] += unbiased * pow(cabs(sum), 2) / (duration * (double)(segments * neurons));
            }
    }
    free(counts);
}

static void both_ways_are_the_definition(void **state)
{
    (void)state;
    static const size_t segments[] = {64, 75, 2, 3};
    synthetic s = synthetic_create(0.1, 33, 33 + 5 * 331 + 3, 1, (size_t[]){9});
    for (size_t i = 0; i < 8; ++i) add_renewal(&s, i, 30 + 50 * (double)i, 1, 0, 8); // several spikes in some bins
    synthetic_sort(&s);
    for (size_t k = 0; k < sizeof segments / sizeof *segments; ++k) {
        double expected[64];
        by_definition(&s.record, 5, segments[k], expected);
        const qn_single_neuron_spectrum_options options = {.bin = 0.5, .segment = 0.5 * (double)segments[k]};
        for (int method = QN_SPECTRUM_CHEAPER; method <= QN_SPECTRUM_TRANSFORMS; ++method)
            for (int threads = 1; threads <= 3; ++threads) {
                qn_set_threads(threads);
                qn_spectrum found, alone;
                assert_ok(qn_single_neuron_spectrum_by((qn_spectrum_method)method, &s.record, 0, &options, &found));
                assert_int_equal(found.count, segments[k] / 2 + 1);
                assert_close(found.step, 2 * M_PI / ((double)segments[k] * 0.0005), 1e-13);
                for (size_t f = 0; f < found.count; ++f)
                    assert_within(found.values[f], expected[f], 1e-12 * fmax(1, expected[1]));
                qn_set_threads(1);
                assert_ok(qn_single_neuron_spectrum_by((qn_spectrum_method)method, &s.record, 0, &options, &alone));
                assert_memory_equal(found.values, alone.values, found.count * sizeof(double));
                qn_spectrum_clear(&found), qn_spectrum_clear(&alone);
            }
        qn_set_threads(0);
    }
    synthetic_clear(&s);
}

// Two-sided spectrum of a renewal process: rate (1 - |p|^2) / |1 - p|^2, p the transform of the density of intervals.
static double renewal_spectrum(double rate, unsigned shape, double dead, double omega)
{
    const double scale = (1000 / rate - dead) / shape / 1000;
    const double complex p = cexp(I * omega * dead / 1000) * cpow(1 - I * omega * scale, -(double)shape);
    return rate * (1 - pow(cabs(p), 2)) / pow(cabs(1 - p), 2);
}

// Bins see spikes through a window and alias: what they make of the spectrum, summed to where it is flat (and the sum
// of the windows is 1).
static double binned(double rate, unsigned shape, double dead, double omega, double bin)
{
    double sum = rate;
    for (int m = -40; m <= 40; ++m) {
        const double at = omega + 2 * M_PI * m / bin, half = at * bin / 2;
        const double window = fabs(half) < 1e-9 ? 1 : pow(sin(half) / half, 2);
        sum += window * (renewal_spectrum(rate, shape, dead, at) - rate);
    }
    return sum;
}

// What segments of n bins show of it, exactly: covariances at lag l are seen n - |l| times. covariance[l] is found from
// the spectrum on a grid of GRID frequencies, over which it is a sum of cosines.
enum { SEGMENT = 400, GRID = 4096 };
static void covariances(double rate, unsigned shape, double dead, double bin, double *covariance)
{
    static double spectrum[GRID];
    for (size_t k = 0; k < GRID; ++k)
        spectrum[k] = binned(rate, shape, dead, fmax(1e-3, 2 * M_PI * (double)k / (GRID * bin)), bin);
    for (size_t l = 0; l < SEGMENT; ++l) {
        covariance[l] = 0;
        for (size_t k = 0; k < GRID; ++k)
            covariance[l] += spectrum[k] * cos(2 * M_PI * (double)(k * l % GRID) / GRID) / GRID;
    }
}

static double in_segments(const double *covariance, size_t k)
{
    double sum = covariance[0];
    for (size_t l = 1; l < SEGMENT; ++l)
        sum += 2 * (1 - (double)l / SEGMENT) * covariance[l] * cos(2 * M_PI * (double)(k * l % SEGMENT) / SEGMENT);
    return sum;
}

// Means over bands of neighbouring frequencies, so that each has an error bar below a percent.
static void renewal_has_its_spectrum(double rate, unsigned shape, double dead)
{
    enum { NEURONS = 100, FIRST = 1, BANDS = 14, WIDTH = 14 };
    static double band[BANDS][REALISATIONS];
    const double bin = 0.5, h = 0.02; // ms
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(h, 0, (uint64_t)(20 * SEGMENT * bin / h), 1, (size_t[]){NEURONS});
        for (size_t i = 0; i < NEURONS; ++i) add_renewal(&s, i, rate, shape, dead, 900 + r);
        synthetic_sort(&s);
        qn_spectrum found;
        assert_ok(qn_single_neuron_spectrum(
            &s.record, 0, &(qn_single_neuron_spectrum_options){.bin = bin, .segment = SEGMENT * bin}, &found));
        for (size_t b = 0; b < BANDS; ++b) {
            band[b][r] = 0;
            for (size_t k = 0; k < WIDTH; ++k) band[b][r] += found.values[FIRST + b * WIDTH + k] / WIDTH;
        }
        synthetic_clear(&s);
        qn_spectrum_clear(&found);
    }
    static double covariance[SEGMENT];
    covariances(rate, shape, dead, bin / 1000, covariance);
    for (size_t b = 0; b < BANDS; ++b) {
        double expected = 0;
        for (size_t k = 0; k < WIDTH; ++k) expected += in_segments(covariance, FIRST + b * WIDTH + k) / WIDTH;
        assert_agrees(expected, qn_estimate_of(REALISATIONS, band[b]), .max_z = 4.5, .max_relative_error = 0.01,
                      .max_relative_bar = 0.003);
    }
}

// 20 segments of 200 ms of 100 neurons in 24 realisations, 14 frequencies: bars of 0.12 %.
static void poisson_spectrum_is_flat(void **state) { (void)state, renewal_has_its_spectrum(20, 1, 0); }
static void gamma_spectrum(void **state) { (void)state, renewal_has_its_spectrum(40, 3, 0); }
static void dead_time_spectrum(void **state) { (void)state, renewal_has_its_spectrum(60, 1, 4); }

// At most one spike per bin, with probability p in each: rate (1 - p) at all frequencies, 0 included.
static void one_spike_per_bin_at_most(void **state)
{
    (void)state;
    enum { NEURONS = 200, BINS = 4000, LENGTH = 200, HALF = LENGTH / 2 };
    const double p = 0.05, bin = 0.5;
    double zero[REALISATIONS], rest[REALISATIONS];
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(bin, 0, BINS, 1, (size_t[]){NEURONS});
        deviates d = deviates_of(31 + r, 0);
        for (size_t i = 0; i < NEURONS; ++i)
            for (uint64_t b = 1; b <= BINS; ++b)
                if (next_uniform(&d) < p) synthetic_add(&s, b, i);
        synthetic_sort(&s);
        qn_spectrum found;
        assert_ok(qn_single_neuron_spectrum(
            &s.record, 0, &(qn_single_neuron_spectrum_options){.bin = bin, .segment = LENGTH * bin}, &found));
        zero[r] = found.values[0], rest[r] = 0;
        for (size_t k = 1; k < HALF; ++k) rest[r] += found.values[k] / (HALF - 1);
        qn_spectrum_clear(&found);
        synthetic_clear(&s);
    }
    const double expected = p / (bin / 1000) * (1 - p);
    assert_agrees(expected, qn_estimate_of(REALISATIONS, zero), .max_z = 4, .max_relative_error = 0.02,
                  .max_relative_bar = 0.007);
    assert_agrees(expected, qn_estimate_of(REALISATIONS, rest), .max_z = 4, .max_relative_error = 0.004,
                  .max_relative_bar = 0.0015);
}

// Welch's sum written out.
static void welch_by_definition(void **state)
{
    (void)state;
    enum { COUNT = 103, LENGTH = 20 };
    double signal[COUNT], mean = 0;
    qn_normal(&(qn_stream){4, QN_PURPOSE_TEST, 0}, 0, COUNT, signal);
    for (size_t t = 0; t < COUNT; ++t) signal[t] += 3, mean += signal[t] / COUNT;
    qn_spectrum found;
    assert_ok(qn_signal_spectrum(COUNT, signal, 2, LENGTH, &found));
    assert_int_equal(found.count, LENGTH / 2 + 1);
    assert_close(found.step, 2 * M_PI / 0.04, 1e-14);
    for (size_t k = 0; k <= LENGTH / 2; ++k) {
        double power = 0, square = 0;
        size_t segments = 0;
        for (size_t start = 0; start + LENGTH <= COUNT; start += LENGTH / 2, ++segments) {
            double complex sum = 0;
            square = 0;
            for (size_t t = 0; t < LENGTH; ++t) {
                const double w = 0.5 * (1 - cos(2 * M_PI * (double)t / LENGTH));
                square += w * w;
                sum += w * (signal[start + t] - mean) * cexp(-2 * M_PI * I * (double)(k * t) / LENGTH);
            }
            power += pow(cabs(sum), 2);
        }
        assert_close(found.values[k], 0.002 * power / square / (double)segments, 1e-12);
    }
    qn_spectrum_clear(&found);
    assert_fails(qn_signal_spectrum(COUNT, signal, 2, 0, &found), QN_BAD_VALUE, "1024 samples; allowed: 2 to the 103");
    assert_fails(qn_signal_spectrum(COUNT, signal, 2, 1, &found), QN_BAD_VALUE, "segment of a spectrum is 1 samples");
    assert_fails(qn_signal_spectrum(COUNT, signal, 0, 20, &found), QN_BAD_VALUE, "interval of the signal is 0 ms");
}

// Neurons that take each spike of a common Poisson process with probability c: the sum's spectrum is N rate (1 + c (N -
// 1)), each neuron's is rate, at all frequencies.
static void ratio_of_population_and_neurons_is_their_correlation(void **state)
{
    (void)state;
    enum { NEURONS = 30 };
    const double h = 0.1, duration = 20000, rate = 20;
    for (int k = 0; k < 2; ++k) {
        const double c = k == 0 ? 0 : 0.2;
        double mean[REALISATIONS];
        for (size_t r = 0; r < REALISATIONS; ++r) {
            synthetic s = synthetic_create(h, 0, (uint64_t)(duration / h), 1, (size_t[]){NEURONS});
            deviates d = deviates_of(77 + r, 0);
            for (double t = 0; c > 0 && t < duration; t += 1000 * c / rate * next_exponential(&d))
                for (size_t i = 0; i < NEURONS; ++i)
                    if (next_uniform(&d) < c) synthetic_add(&s, (uint64_t)ceil(t / h), i);
            for (size_t i = 0; c == 0 && i < NEURONS; ++i) add_renewal(&s, i, rate, 1, 0, 5 + r);
            synthetic_sort(&s);
            qn_spike_histogram histogram;
            qn_spectrum population, single, ratio;
            assert_ok(qn_spike_histogram_make(&s.record, 0, 1, &histogram));
            assert_ok(qn_population_rate_spectrum(
                &(qn_population_counts){histogram.count, histogram.bin, histogram.values, NEURONS}, 200, &population));
            assert_ok(
                qn_single_neuron_spectrum(&s.record, 0, &(qn_single_neuron_spectrum_options){.segment = 200}, &single));
            assert_int_equal(population.count, 101);
            assert_int_equal(single.count, 201);
            assert_ok(qn_spectrum_ratio(&population, NEURONS, &single, &ratio));
            assert_int_equal(ratio.count, 101);
            mean[r] = 0;
            for (size_t f = 2; f < 100; ++f) mean[r] += ratio.values[f] / 98;
            qn_spike_histogram_clear(&histogram);
            qn_spectrum_clear(&population), qn_spectrum_clear(&single), qn_spectrum_clear(&ratio);
            synthetic_clear(&s);
        }
        assert_agrees(1 + c * (NEURONS - 1), qn_estimate_of(REALISATIONS, mean), .max_z = 4, .max_relative_error = 0.02,
                      .max_relative_bar = 0.007);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    synthetic s = synthetic_create(0.1, 0, 1000, 2, (size_t[]){3, 0});
    qn_spectrum found, other;
    assert_fails(qn_single_neuron_spectrum(&s.record, 0, NULL, &found), QN_BAD_VALUE,
                 "1024 ms; allowed: multiples of the bin, 0.5 ms, up to the record's 100 ms");
    assert_fails(qn_single_neuron_spectrum(&s.record, 0, &(qn_single_neuron_spectrum_options){.segment = 50.2}, &found),
                 QN_BAD_VALUE, "50.2 ms");
    assert_fails(qn_single_neuron_spectrum(&s.record, 0, &(qn_single_neuron_spectrum_options){.bin = 0.05}, &found),
                 QN_BAD_VALUE, "bin of single-neuron spectra is 0.05 ms");
    assert_fails(qn_single_neuron_spectrum(&s.record, 0, &(qn_single_neuron_spectrum_options){.segment = NAN}, &found),
                 QN_BAD_VALUE, "nan");
    uint32_t histogram[64] = {0};
    assert_fails(qn_population_rate_spectrum(&(qn_population_counts){64, 1, histogram, 0}, 16, &found), QN_BAD_VALUE,
                 "no neurons");
    assert_fails(qn_population_rate_spectrum(&(qn_population_counts){64, 1, histogram, 1}, 0, &found), QN_BAD_VALUE,
                 "segment of the rate's spectrum is 1024");
    assert_fails(qn_population_rate_spectrum(&(qn_population_counts){64, 0, histogram, 1}, 16, &found), QN_BAD_VALUE,
                 "bin of the histogram is 0");
    const qn_single_neuron_spectrum_options whole = {.segment = 100};
    assert_ok(qn_single_neuron_spectrum(&s.record, 0, &whole, &found)); // all silent, one segment
    assert_true(isnan(found.values[0]) && found.values[1] == 0 && found.values[100] == 0);
    assert_ok(qn_single_neuron_spectrum(&s.record, 1, &whole, &other)); // nobody
    assert_true(isnan(other.values[0]) && isnan(other.values[1]));
    qn_spectrum ratio;
    other.step *= 2;
    assert_fails(qn_spectrum_ratio(&other, 3, &found, &ratio), QN_BAD_VALUE, "segments of one duration");
    qn_spectrum_clear(&found), qn_spectrum_clear(&other);
    synthetic_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_are_the_definition),
        cmocka_unit_test(poisson_spectrum_is_flat),
        cmocka_unit_test(gamma_spectrum),
        cmocka_unit_test(dead_time_spectrum),
        cmocka_unit_test(one_spike_per_bin_at_most),
        cmocka_unit_test(welch_by_definition),
        cmocka_unit_test(ratio_of_population_and_neurons_is_their_correlation),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
