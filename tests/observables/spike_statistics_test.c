#include "synthetic_spikes.h"

#include "observables/interval_record.h"

enum { REALISATIONS = 24 };

// Statistics of one population over realisations, as estimates.
typedef struct {
    double rate[REALISATIONS], deviation[REALISATIONS], variance[REALISATIONS], cv[REALISATIONS], lvr[REALISATIONS];
    double fano[REALISATIONS], synchrony[REALISATIONS];
} measured;

static void keep(measured *m, size_t r, const qn_population_statistics *found)
{
    m->rate[r] = found->rate, m->deviation[r] = found->rate_deviation, m->variance[r] = found->rate_variance;
    m->cv[r] = found->cv, m->lvr[r] = found->lvr, m->fano[r] = found->fano_factor, m->synchrony[r] = found->synchrony;
}

static qn_estimate of(const double *samples) { return qn_estimate_of(REALISATIONS, samples); }

// Intervals dead + gamma of that shape: all of this is known exactly but for finite windows, which are long here.
static measured renewal(double rate, unsigned shape, double dead, size_t neurons, double duration, uint64_t seed)
{
    const double h = 0.01;
    measured m;
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = synthetic_create(h, 1000, 1000 + (uint64_t)(duration / h), 1, &neurons);
        for (size_t i = 0; i < neurons; ++i) add_renewal(&s, i, rate, shape, dead, seed + 1000 * r);
        synthetic_sort(&s);
        qn_population_statistics found[2];
        assert_ok(qn_spike_statistics(&s.record, NULL, found));
        assert_memory_equal(&found[0], &found[1], sizeof found[0]); // one population is all neurons
        keep(&m, r, &found[0]);
        synthetic_clear(&s);
    }
    return m;
}

static const agreement_bounds TIGHT = {.max_z = 4, .max_relative_error = 0.02, .max_relative_bar = 0.005};
#define assert_tight(theory, samples)                                                                                  \
    assert_agrees((theory), of(samples), TIGHT.max_z, TIGHT.max_relative_error, TIGHT.max_relative_bar)

// A window of n intervals on average shows long ones less often: CV and LvR are low by about 1/n, here 1/2400.
static void poisson_neurons(void **state)
{
    (void)state;
    const double rate = 40, seconds = 60, neurons = 10;
    const measured m = renewal(rate, 1, 0, (size_t)neurons, 1000 * seconds, 100);
    assert_tight(rate, m.rate);
    assert_agrees(1, of(m.cv), .max_z = 4.5, .max_relative_error = 0.01, .max_relative_bar = 0.004);
    // The factor 1 + 4R/(I + I') does not depend on the ratio of the intervals, and <1/(I + I')> = rate.
    assert_agrees(1 + 4 * 0.005 * rate, of(m.lvr), .max_z = 4, .max_relative_error = 0.01, .max_relative_bar = 0.005);
    assert_tight(1, m.fano);
    assert_tight(1 / sqrt(neurons * rate * 0.001), m.synchrony);
    // No spread of the true rates: what the deviation has is the noise of counts.
    const qn_estimate variance = of(m.variance);
    // The covariance of independent halves: its SD over realisations is (rate / half the time) / sqrt(neurons - 1).
    const double expected = rate / (seconds / 2) / sqrt((neurons - 1) * REALISATIONS);
    assert_true(fabs(variance.value) < 4 * expected && fabs(variance.standard_error / expected - 1) < 0.6);
    assert_agrees(sqrt(rate / seconds), of(m.deviation), .max_z = 4, .max_relative_error = 0.15,
                  .max_relative_bar = 0.06);
}

static void gamma_neurons(void **state)
{
    (void)state;
    const double rate = 40;
    const unsigned shape = 4;
    const measured m = renewal(rate, shape, 0, 10, 60000, 200);
    assert_tight(rate, m.rate);
    assert_agrees(1 / sqrt(shape), of(m.cv), .max_z = 4.5, .max_relative_error = 0.01, .max_relative_bar = 0.004);
    assert_tight(3. / (2 * shape + 1) * (1 + 4 * 0.005 * shape * rate / (2 * shape - 1)), m.lvr);
}

static void neurons_with_dead_time(void **state)
{
    (void)state;
    const double rate = 60, dead = 5;
    const measured m = renewal(rate, 1, dead, 10, 40000, 300);
    assert_tight(rate, m.rate);
    assert_agrees(1 - rate * dead / 1000, of(m.cv), .max_z = 4.5, .max_relative_error = 0.01,
                  .max_relative_bar = 0.005);
}

// Half the neurons at 4/s, half at 16/s: mean 10, variance 36 (but n - 1). The deviation has the counts' noise on top.
static void spread_is_free_of_the_noise_of_counts(void **state)
{
    (void)state;
    enum { NEURONS = 400 };
    const double h = 0.1, seconds = 1.;
    measured m;
    for (size_t r = 0; r < REALISATIONS; ++r) {
        // An odd number of steps: the halves are not equally long.
        synthetic s = synthetic_create(h, 0, (uint64_t)(seconds * 1000 / h) + 1, 1, (size_t[]){NEURONS});
        for (size_t i = 0; i < NEURONS; ++i) add_renewal(&s, i, i % 2 ? 4 : 16, 1, 0, 5000 + r);
        synthetic_sort(&s);
        qn_population_statistics found[2];
        assert_ok(qn_spike_statistics(&s.record, NULL, found));
        assert_close(found[0].rate_spread, sqrt(found[0].rate_variance), 1e-15);
        keep(&m, r, &found[0]);
        synthetic_clear(&s);
    }
    const double variance = 36. * NEURONS / (NEURONS - 1);
    assert_agrees(variance, of(m.variance), .max_z = 4, .max_relative_error = 0.06, .max_relative_bar = 0.02);
    assert_agrees(sqrt(variance + 10 / seconds), of(m.deviation), .max_z = 4, .max_relative_error = 0.03,
                  .max_relative_bar = 0.01);
}

// In numbers that can be done by hand.
static void regular_trains_and_few_spikes(void **state)
{
    (void)state;
    synthetic s = synthetic_create(0.1, 0, 10000, 3, (size_t[]){6, 0, 1});
    for (uint64_t k = 1; k <= 100; ++k) synthetic_add(&s, 97 * k, 0); // regular, 9.7 ms
    static const uint64_t few[5][5] = {{0}, {7}, {7, 107}, {7, 107, 407}, {7, 107, 407, 507}};
    for (size_t i = 0; i < 5; ++i)
        for (size_t k = 0; k < i; ++k) synthetic_add(&s, few[i][k], 1 + i);
    synthetic_sort(&s);
    uint32_t count[7], first_half[7];
    double cv[7], lvr[7];
    assert_ok(qn_spike_neurons(&s.record, 2, count, first_half, cv, lvr));
    static const uint32_t expected[7] = {100, 0, 1, 2, 3, 4, 0};
    assert_memory_equal(count, expected, sizeof count);
    assert_int_equal(first_half[0], 51);
    assert_true(cv[0] == 0);
    assert_true(lvr[0] == 0);
    assert_true(isnan(cv[1]) && isnan(cv[2]) && isnan(cv[3]) && isnan(cv[6]));
    assert_true(isnan(lvr[3]) && isnan(lvr[4]));
    assert_close(cv[4], sqrt(2 * 100. * 100.) / 200, 1e-15);   // 100, 300
    assert_close(cv[5], sqrt(40000. / 3) / (500. / 3), 1e-14); // 100, 300, 100
    assert_close(lvr[5], 3. / 2 * 2 * 0.25 * (1 + 4 * 20. / 400), 1e-15);
    qn_population_statistics found[4];
    assert_ok(qn_spike_statistics(&s.record, &(qn_spike_statistics_options){.local_variation_refractory = 2}, found));
    assert_int_equal(found[0].neurons, 6);
    assert_int_equal(found[0].silent, 1);
    assert_int_equal(found[0].spikes, 110);
    assert_close(found[0].rate, 110 / 6., 1e-15);
    assert_int_equal(found[0].cv_neurons, 3);
    assert_int_equal(found[0].lvr_neurons, 2);
    assert_close(found[0].cv, (cv[0] + cv[4] + cv[5]) / 3, 1e-15);
    assert_close(found[0].lvr, lvr[5] / 2, 1e-15);
    assert_true(isnan(found[1].rate) && isnan(found[1].cv) && isnan(found[1].synchrony));      // nobody
    assert_true(found[2].rate == 0 && found[2].silent == 1 && isnan(found[2].rate_deviation)); // one silent neuron
    assert_true(isnan(found[2].cv) && isnan(found[2].fano_factor));
    assert_int_equal(found[3].neurons, 7);
    assert_int_equal(found[3].spikes, 110);
    assert_ok(qn_spike_neurons(&s.record, 2, NULL, NULL, NULL, NULL));
    assert_fails(qn_spike_neurons(&s.record, -1, count, NULL, NULL, NULL), QN_BAD_VALUE, "LvR is -1 ms");
    assert_fails(qn_spike_statistics(&s.record, &(qn_spike_statistics_options){.bin = 0.25}, found), QN_BAD_VALUE,
                 "0.25 ms");
    // A window of less than two bins has rates but no synchrony.
    assert_ok(qn_spike_statistics(&s.record, &(qn_spike_statistics_options){.bin = 700}, found));
    assert_true(found[0].rate > 0 && isnan(found[0].synchrony) && isnan(found[0].fano_factor));
    synthetic_clear(&s);
}

// What a simulation counts spike by spike is what the record tells afterwards, to the last bit; two windows are counted
// each from its own start.
static void on_line_and_afterwards_are_the_same_bits(void **state)
{
    (void)state;
    enum { NEURONS = 60 };
    synthetic s = synthetic_create(0.1, 4321, 54321, 2, (size_t[]){40, 20});
    for (size_t i = 0; i < NEURONS; ++i) add_renewal(&s, i, 1 + (double)i, 1 + i % 3, 0.3 * (double)(i % 7), 42);
    synthetic_sort(&s);
    qn_spikes window;
    assert_ok(qn_spikes_copy(&s.record, 14321, 44322, &window));
    qn_interval_record online[NEURONS] = {0};
    for (size_t k = 0; k < s.record.count; ++k)
        if (s.record.step[k] > 14321 && s.record.step[k] <= 44322)
            qn_interval_record_spike(&online[s.record.neuron[k]], s.record.step[k], 2.0 / 0.1);
    uint32_t count[NEURONS], early[NEURONS];
    double cv[NEURONS], lvr[NEURONS];
    assert_ok(qn_spike_neurons(&window, 2.0, count, early, cv, lvr));
    size_t with_cv = 0;
    for (size_t i = 0; i < NEURONS; ++i) {
        const double online_cv = qn_interval_record_cv(&online[i]), online_lvr = qn_interval_record_lvr(&online[i]);
        assert_int_equal(count[i], online[i].count);
        assert_true(cv[i] == online_cv || (isnan(cv[i]) && isnan(online_cv)));
        assert_true(lvr[i] == online_lvr || (isnan(lvr[i]) && isnan(online_lvr)));
        with_cv += !isnan(cv[i]);
    }
    assert_true(with_cv > 50);

    // And populations' statistics follow from such counts alone.
    qn_population_statistics found[3], again;
    assert_ok(
        qn_spike_statistics(&window, &(qn_spike_statistics_options){.bin = 2, .local_variation_refractory = 2}, found));
    for (size_t p = 0; p < 3; ++p) {
        qn_spike_histogram h;
        assert_ok(qn_spike_histogram_make(&window, p, 2, &h));
        const size_t first = p == 1 ? 40 : 0, neurons = p == 0 ? 40 : p == 1 ? 20 : 60;
        const qn_population_record record = {.neurons = neurons,
                                             .duration = 30001 * 0.1,
                                             .spike_count = count + first,
                                             .first_half = early + first,
                                             .first_duration = 15000 * 0.1,
                                             .cv = cv + first,
                                             .lvr = lvr + first,
                                             .bin_count = h.count,
                                             .histogram = h.values};
        assert_ok(qn_population_statistics_of(&record, &again));
        assert_memory_equal(&again, &found[p], sizeof again);
        qn_spike_histogram_clear(&h);
    }
    const qn_population_record bare = {.neurons = 40, .duration = 30001 * 0.1, .spike_count = count};
    assert_ok(qn_population_statistics_of(&bare, &again));
    assert_true(again.rate == found[0].rate && again.rate_deviation == found[0].rate_deviation);
    assert_true(isnan(again.rate_variance) && isnan(again.cv) && isnan(again.synchrony));
    assert_fails(qn_population_statistics_of(&(qn_population_record){.neurons = 1, .spike_count = count}, &again),
                 QN_BAD_VALUE, "duration of the record is 0 ms");
    assert_fails(
        qn_population_statistics_of(
            &(qn_population_record){.neurons = 1, .duration = 5, .first_duration = 5, .spike_count = count}, &again),
        QN_BAD_VALUE, "first half of the record is 5 ms");
    qn_spikes_clear(&window);
    synthetic_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_neurons),
        cmocka_unit_test(gamma_neurons),
        cmocka_unit_test(neurons_with_dead_time),
        cmocka_unit_test(spread_is_free_of_the_noise_of_counts),
        cmocka_unit_test(regular_trains_and_few_spikes),
        cmocka_unit_test(on_line_and_afterwards_are_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
