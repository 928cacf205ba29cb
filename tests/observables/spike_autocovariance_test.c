#include "synthetic_spikes.h"

#include "observables/spikes_window.h"

enum { REALISATIONS = 24 };

// The definition, neuron by neuron and bin by bin.
static double by_definition(const qn_spikes *spikes, qn_neuron_range population, size_t steps, size_t lag)
{
    const size_t bins = (size_t)(spikes->last_step - spikes->first_step) / steps, half = bins / 2;
    const double bin = (double)steps * spikes->time_step / 1000;
    double *counts = calloc(bins, sizeof *counts), sum = 0;
    assert_non_null(counts);
    for (size_t i = population.first; i < population.end; ++i) {
        double mean = 0, early = 0, late = 0, product = 0;
        for (size_t b = 0; b < bins; ++b) counts[b] = 0;
        for (size_t s = 0; s < spikes->count; ++s) {
            const size_t b = (spikes->step[s] - spikes->first_step - 1) / steps;
            if (spikes->neuron[s] == i && b < bins) counts[b] += 1;
        }
        for (size_t b = 0; b < bins; ++b) mean += counts[b] / (double)bins;
        for (size_t b = 0; b < half; ++b) early += counts[b] / (double)half, late += counts[half + b] / (double)half;
        for (size_t b = 0; b + lag < bins; ++b) {
            product += (counts[b] - mean) * (counts[b + lag] - mean);
            if (lag == 0) product -= counts[b]; // a spike is not paired with itself
        }
        sum += product / (double)(bins - lag) + pow((early - late) / 2, 2);
    }
    free(counts);
    return sum / ((double)(population.end - population.first) * bin * bin);
}

static void single_neurons_by_definition(void **state)
{
    (void)state;
    synthetic s = synthetic_create(0.1, 12, 12 + 10 * 207 + 7, 2, (size_t[]){4, 9});
    for (size_t i = 0; i < 12; ++i) add_renewal(&s, i, 30 + 40 * (double)i, 1 + i % 2, 0, 8);
    synthetic_sort(&s);
    const double scale = pow(180, 2); // of what cancels: rates squared
    static const qn_neuron_range range[] = {{0, 4}, {4, 13}, {0, 13}};
    for (size_t p = 0; p < 3; ++p)
        for (int threads = 1; threads <= 3; ++threads) {
            qn_set_threads(threads);
            qn_stationary found;
            assert_ok(qn_single_neuron_autocovariance(&s.record, p, 1, 50.5, &found));
            assert_int_equal(found.count, 51);
            assert_close(found.step, 0.001, 1e-14);
            for (size_t l = 0; l < found.count; ++l)
                assert_within(found.values[l], by_definition(&s.record, range[p], 10, l), 1e-12 * scale);
            qn_stationary_clear(&found);
        }
    qn_set_threads(0);
    synthetic_clear(&s);
}

static void neurons_that_spike_once_per_bin_have_minus_their_rates_squared_at_zero(void **state)
{
    (void)state;
    enum { NEURONS = 20, BINS = 1000 };
    synthetic s = synthetic_create(0.1, 0, 10 * BINS, 1, (size_t[]){NEURONS});
    for (size_t i = 0; i < NEURONS; ++i) add_renewal(&s, i, 20 + 5 * (double)i, 1, 2, 8);
    synthetic_sort(&s);
    uint32_t count[NEURONS], early[NEURONS];
    assert_ok(qn_spike_neurons(&s.record, 0, count, early, NULL, NULL));
    double product = 0;
    for (size_t i = 0; i < NEURONS; ++i) product += early[i] / 0.5 * ((count[i] - early[i]) / 0.5) / NEURONS;
    qn_stationary found;
    assert_ok(qn_single_neuron_autocovariance(&s.record, 0, 0, 100, &found));
    assert_close(found.values[0], -product, 1e-12);
    qn_stationary_clear(&found);
    synthetic_clear(&s);
}

// Poisson counts given a rate that is an Ornstein-Uhlenbeck process, base (1 + SPREAD x): on the grid of its steps
// their autocovariance is exactly base^2 SPREAD^2 exp(-lag / TAU) (with SPREAD of 0.25, rates below 0 have a share of
// 3e-5).
static const double SPREAD = 0.25, TAU = 20; // ms
static void add_doubly_stochastic(synthetic *s, size_t neuron, double base, uint64_t seed)
{
    const size_t steps = (size_t)(s->record.last_step - s->record.first_step);
    double *normal = malloc((steps + 1) * sizeof *normal);
    assert_non_null(normal);
    qn_normal(&(qn_stream){seed, QN_PURPOSE_TEST, 2 * neuron}, 0, steps + 1, normal);
    deviates d = deviates_of(seed, 2 * neuron + 1);
    const double decay = exp(-s->record.time_step / TAU), kick = sqrt(1 - decay * decay);
    double x = normal[steps];
    for (size_t k = 0; k < steps; ++k) {
        const double mean = base / 1000 * s->record.time_step * fmax(0, 1 + SPREAD * x);
        for (double left = mean + log(next_uniform(&d)); left > 0; left += log(next_uniform(&d)))
            synthetic_add(s, s->record.first_step + 1 + k, neuron);
        x = decay * x + kick * normal[k];
    }
    free(normal);
}

// Short records: their own means alone would leave all lags 5 % too low.
static void slow_rates_of_single_neurons(void **state)
{
    (void)state;
    enum { NEURONS = 800, LAGS = 60, BAND = 6 };
    static double band[LAGS / BAND][REALISATIONS], squared_rates;
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(1, 0, 4000, 1, (size_t[]){NEURONS});
        squared_rates = 0;
        for (size_t i = 0; i < NEURONS; ++i) {
            const double base = 50 + 100 * (double)i / NEURONS;
            squared_rates += base * base / NEURONS;
            add_doubly_stochastic(&s, i, base, 60 + r);
        }
        synthetic_sort(&s);
        qn_stationary found;
        assert_ok(qn_single_neuron_autocovariance(&s.record, 0, 1, LAGS, &found));
        for (size_t b = 0; b < LAGS / BAND; ++b) {
            band[b][r] = 0;
            for (size_t l = 0; l < BAND; ++l) band[b][r] += found.values[b * BAND + l] / BAND;
        }
        qn_stationary_clear(&found);
        synthetic_clear(&s);
    }
    for (size_t b = 0; b < LAGS / BAND; ++b) {
        double expected = 0;
        for (size_t l = 0; l < BAND; ++l)
            expected += squared_rates * SPREAD * SPREAD * exp(-(double)(b * BAND + l) / TAU) / BAND;
        const double late = exp((double)(b * BAND) / TAU);
        assert_agrees(expected, qn_estimate_of(REALISATIONS, band[b]), .max_z = 4, .max_relative_error = 0.035 * late,
                      .max_relative_bar = 0.012 * late);
    }
}

// 0 at all lags, 0 included, without the -rate / T of their own means.
static void poisson_neurons_have_none(void **state)
{
    (void)state;
    enum { NEURONS = 300, LAGS = 100 };
    const double rate = 30, duration = 500;
    double zero[REALISATIONS], mean[REALISATIONS];
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(0.01, 0, (uint64_t)(duration * 100), 1, (size_t[]){NEURONS});
        for (size_t i = 0; i < NEURONS; ++i) add_renewal(&s, i, rate, 1, 0, 90 + r);
        synthetic_sort(&s);
        qn_stationary found;
        assert_ok(qn_single_neuron_autocovariance(&s.record, 0, 1, LAGS, &found));
        zero[r] = found.values[0], mean[r] = 0;
        for (size_t l = 1; l <= LAGS; ++l) mean[r] += found.values[l] / LAGS;
        qn_stationary_clear(&found);
        synthetic_clear(&s);
    }
    const qn_estimate at_zero = qn_estimate_of(REALISATIONS, zero), later = qn_estimate_of(REALISATIONS, mean);
    // Pairs in one bin are Poisson of mean bins (rate bin)^2 / 2 per neuron.
    const double expected = rate * sqrt(2 / (0.001 * duration / 1000 * NEURONS * REALISATIONS));
    assert_within(at_zero.value, 0, 4 * expected);
    assert_within(at_zero.standard_error / expected, 1, 0.6);
    const double bias = rate / (duration / 1000);
    assert_within(later.value, 0, 4 * later.standard_error);
    assert_true(later.standard_error < bias / 12);
}

// Conventions of the two estimators are one: the transform of the autocovariance is the spectrum without its plateau.
static void its_transform_is_the_spectrum(void **state)
{
    (void)state;
    enum { NEURONS = 60, SHAPE = 4 };
    const double rate = 40;
    double low[REALISATIONS], peak[REALISATIONS];
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(0.02, 0, 500000, 1, (size_t[]){NEURONS});
        for (size_t i = 0; i < NEURONS; ++i) add_renewal(&s, i, rate, SHAPE, 0, 40 + r);
        synthetic_sort(&s);
        qn_stationary c;
        qn_spectrum found;
        assert_ok(qn_single_neuron_autocovariance(&s.record, 0, 0.5, 200, &c));
        assert_ok(qn_stationary_transform(&c, 0.4, 0, &found));
        assert_close(found.step, 2 * M_PI / 0.4, 1e-12);
        low[r] = rate + found.values[1];   // 2.5 Hz
        peak[r] = rate + found.values[16]; // 40 Hz
        qn_stationary_clear(&c);
        qn_spectrum_clear(&found);
        synthetic_clear(&s);
    }
    for (int k = 0; k < 2; ++k) {
        const double omega = 2 * M_PI * (k == 0 ? 2.5 : 40);
        const double square = pow(1 + pow(omega / (rate * SHAPE), 2), 0.5 * SHAPE); // 1 / |p|
        const double phase = SHAPE * atan(omega / (rate * SHAPE));
        const double expected = rate * (1 - pow(square, -2)) / (1 - 2 * cos(phase) / square + pow(square, -2));
        assert_agrees(expected, qn_estimate_of(REALISATIONS, k == 0 ? low : peak), .max_z = 4,
                      .max_relative_error = 0.06, .max_relative_bar = 0.02);
    }
}

static void rates_of_populations_by_definition(void **state)
{
    (void)state;
    enum { BINS = 151, HALF = BINS / 2, LAGS = 40 };
    uint32_t one[BINS], other[BINS];
    double u[2 * BINS];
    qn_uniform(&(qn_stream){9, QN_PURPOSE_TEST, 0}, 0, 2 * BINS, u);
    for (size_t b = 0; b < BINS; ++b) one[b] = (uint32_t)(10 * u[b]), other[b] = (uint32_t)(4 * u[BINS + b] + b / 50.);
    const qn_population_counts first = {BINS, 2, one, 20}, second = {BINS, 2, other, 7};
    double found[2 * LAGS + 1], back[2 * LAGS + 1];
    assert_ok(qn_rate_cross_covariance(&first, &second, LAGS, found));
    assert_ok(qn_rate_cross_covariance(&second, &first, LAGS, back));
    double mean[2] = {0}, half[2] = {0};
    for (size_t b = 0; b < BINS; ++b) {
        mean[0] += one[b] / 0.04 / BINS, mean[1] += other[b] / 0.014 / BINS;
        const double sign = b >= 2 * HALF ? 0 : b < HALF ? 0.5 : -0.5;
        half[0] += sign * one[b] / 0.04 / HALF, half[1] += sign * other[b] / 0.014 / HALF;
    }
    for (int lag = -LAGS; lag <= LAGS; ++lag) {
        double sum = 0;
        for (int b = 0; b < BINS; ++b)
            if (b + lag >= 0 && b + lag < BINS)
                sum += (one[b] / 0.04 - mean[0]) * (other[b + lag] / 0.014 - mean[1]) / (BINS - abs(lag));
        assert_close(found[LAGS + lag], sum + half[0] * half[1], 1e-11);
        assert_close(back[LAGS - lag], found[LAGS + lag], 1e-11);
    }
    assert_ok(qn_rate_cross_covariance(&first, &first, LAGS, found));
    qn_stationary c;
    assert_ok(qn_rate_autocovariance(&first, 2 * LAGS, &c));
    assert_int_equal(c.count, LAGS + 1);
    assert_close(c.step, 0.002, 1e-15);
    for (size_t l = 0; l <= LAGS; ++l) assert_true(c.values[l] == found[LAGS + l]);
    qn_stationary_clear(&c);

    // What comes `delay` later in the second population is at lag +delay.
    for (size_t b = 0; b < BINS; ++b) other[b] = b < 7 ? 0 : one[b - 7];
    assert_ok(qn_rate_cross_covariance(&first, &second, LAGS, found));
    size_t highest = 0;
    for (size_t l = 0; l < 2 * LAGS + 1; ++l) highest = found[l] > found[highest] ? l : highest;
    assert_int_equal(highest, LAGS + 7);
}

// Independent Poisson neurons: rate / (neurons bin) at lag 0, nothing elsewhere.
static void noise_of_single_spikes(void **state)
{
    (void)state;
    enum { NEURONS = 50 };
    const double rate = 20;
    double zero[REALISATIONS], mean[REALISATIONS];
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(0.1, 0, 100000, 1, (size_t[]){NEURONS});
        for (size_t i = 0; i < NEURONS; ++i) add_renewal(&s, i, rate, 1, 0, 20 + r);
        synthetic_sort(&s);
        qn_spike_histogram h;
        qn_stationary c;
        assert_ok(qn_spike_histogram_make(&s.record, 0, 1, &h));
        assert_ok(qn_rate_autocovariance(&(qn_population_counts){h.count, h.bin, h.values, NEURONS}, 0, &c));
        assert_int_equal(c.count, 201);
        zero[r] = c.values[0], mean[r] = 0;
        for (size_t l = 1; l <= 200; ++l) mean[r] += c.values[l] / 200;
        qn_spike_histogram_clear(&h);
        qn_stationary_clear(&c);
        synthetic_clear(&s);
    }
    assert_agrees(rate / (NEURONS * 0.001), qn_estimate_of(REALISATIONS, zero), .max_z = 4, .max_relative_error = 0.02,
                  .max_relative_bar = 0.005);
    const qn_estimate later = qn_estimate_of(REALISATIONS, mean);
    assert_within(later.value, 0, 4 * later.standard_error);
    assert_true(later.standard_error < 0.001 * rate / (NEURONS * 0.001));
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    synthetic s = synthetic_create(0.1, 0, 1000, 2, (size_t[]){3, 0});
    qn_stationary found;
    assert_fails(qn_single_neuron_autocovariance(&s.record, 0, 1, 0, &found), QN_BAD_VALUE,
                 "last lag of covariances is 200 ms; allowed: 0 to below 50");
    assert_fails(qn_single_neuron_autocovariance(&s.record, 0, 1, -3, &found), QN_BAD_VALUE, "is -3 ms");
    assert_fails(qn_single_neuron_autocovariance(&s.record, 0, 1, NAN, &found), QN_BAD_VALUE, "nan");
    assert_fails(qn_single_neuron_autocovariance(&s.record, 0, 0.15, 10, &found), QN_BAD_VALUE, "is 0.15 ms");
    assert_fails(qn_single_neuron_autocovariance(&s.record, 0, 200, 10, &found), QN_BAD_VALUE, "below 0, half");
    assert_ok(qn_single_neuron_autocovariance(&s.record, 0, 1, 10, &found)); // silent
    for (size_t l = 0; l < found.count; ++l) assert_true(found.values[l] == 0);
    qn_stationary_clear(&found);
    assert_ok(qn_single_neuron_autocovariance(&s.record, 1, 1, 10, &found)); // nobody
    assert_true(isnan(found.values[0]));
    qn_stationary_clear(&found);
    synthetic_clear(&s);
    uint32_t histogram[20] = {0};
    double covariance[21];
    const qn_population_counts there = {20, 1, histogram, 2}, nobody = {20, 1, histogram, 0};
    const qn_population_counts no_bin = {20, 0, histogram, 2}, shorter = {19, 1, histogram, 2};
    assert_fails(qn_rate_cross_covariance(&there, &nobody, 5, covariance), QN_BAD_VALUE, "no neurons");
    assert_fails(qn_rate_cross_covariance(&there, &there, 10, covariance), QN_BAD_VALUE, "10 bins; allowed: 0");
    assert_fails(qn_rate_cross_covariance(&no_bin, &there, 5, covariance), QN_BAD_VALUE, "is 0 ms");
    assert_fails(qn_rate_cross_covariance(&there, &shorter, 5, covariance), QN_BAD_VALUE,
                 "20 bins of 1 ms and 19 bins");
    assert_fails(qn_rate_autocovariance(&there, 10, &found), QN_BAD_VALUE, "last lag of covariances is 10 ms");
    assert_fails(qn_rate_autocovariance(&nobody, 5, &found), QN_BAD_VALUE, "no neurons");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_neurons_by_definition),
        cmocka_unit_test(neurons_that_spike_once_per_bin_have_minus_their_rates_squared_at_zero),
        cmocka_unit_test(slow_rates_of_single_neurons),
        cmocka_unit_test(poisson_neurons_have_none),
        cmocka_unit_test(its_transform_is_the_spectrum),
        cmocka_unit_test(rates_of_populations_by_definition),
        cmocka_unit_test(noise_of_single_spikes),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
