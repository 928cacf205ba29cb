#include "synthetic_spikes.h"

enum { REALISATIONS = 24, NEURONS = 25 };

static const double C = 0.2, RATE = 20; // 1/s

// Two populations that take each spike of one Poisson process with probability C: any two neurons of either share C of
// their spikes.
static synthetic common(uint64_t seed)
{
    const double h = 0.1, duration = 60000;
    synthetic s = synthetic_create(h, 0, (uint64_t)(duration / h), 2, (size_t[]){NEURONS, NEURONS});
    deviates d = deviates_of(seed, 0);
    for (double t = 1000 * C / RATE * next_exponential(&d); t < duration; t += 1000 * C / RATE * next_exponential(&d))
        for (size_t i = 0; i < 2 * NEURONS; ++i)
            if (next_uniform(&d) < C) synthetic_add(&s, (uint64_t)ceil(t / h), i);
    synthetic_sort(&s);
    return s;
}

// The rates' spectra are RATE (1 + C (N - 1)) / N, their cross-spectrum C RATE: with weights w and -w what is shared
// cancels but for 2 w^2 RATE (1 - C) / N; with w and w it adds up.
static void excitation_and_inhibition_cancel(void **state)
{
    (void)state;
    const double w = 3, square = 0.5, external = 7;
    double mean[2][REALISATIONS];
    for (size_t r = 0; r < REALISATIONS; ++r) {
        synthetic s = common(1 + r);
        qn_spike_histogram h[2];
        qn_spectrum single[2];
        qn_population_counts counts[2];
        for (size_t p = 0; p < 2; ++p) {
            assert_ok(qn_spike_histogram_make(&s.record, p, 1, &h[p]));
            assert_ok(qn_single_neuron_spectrum(&s.record, p, &(qn_single_neuron_spectrum_options){.segment = 100},
                                                &single[p]));
            counts[p] = (qn_population_counts){h[p].count, h[p].bin, h[p].values, NEURONS};
        }
        for (size_t k = 0; k < 2; ++k) {
            const qn_neuron_input input = {.sources = 2,
                                           .counts = counts,
                                           .mean_weight = (double[]){w, k == 0 ? -w : w},
                                           .square_weight = (double[]){square, square},
                                           .single_neuron = single,
                                           .external = external};
            qn_spectrum share;
            assert_ok(qn_shared_input_share(&input, 100, &share));
            assert_int_equal(share.count, 51);
            assert_close(share.step, 2 * M_PI / 0.1, 1e-12);
            mean[k][r] = 0;
            for (size_t f = 2; f < 50; ++f) mean[k][r] += share.values[f] / 48;
            qn_spectrum_clear(&share);
        }
        for (size_t p = 0; p < 2; ++p) qn_spike_histogram_clear(&h[p]), qn_spectrum_clear(&single[p]);
        synthetic_clear(&s);
    }
    const double independent = 2 * square * RATE + external;
    assert_agrees(2 * w * w * RATE * (1 - C) / NEURONS / independent, qn_estimate_of(REALISATIONS, mean[0]), .max_z = 4,
                  .max_relative_error = 0.02, .max_relative_bar = 0.006);
    assert_agrees(w * w * RATE * (2 * (1 + C * (NEURONS - 1)) / NEURONS + 2 * C) / independent,
                  qn_estimate_of(REALISATIONS, mean[1]), .max_z = 4, .max_relative_error = 0.03,
                  .max_relative_bar = 0.01);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    uint32_t histogram[64] = {0};
    double values[33] = {0};
    qn_population_counts counts[2] = {{64, 1, histogram, 5}, {64, 1, histogram, 5}};
    qn_spectrum single[2] = {{33, 2 * M_PI / 0.064, values}, {33, 2 * M_PI / 0.064, values}}, share;
    qn_neuron_input input = {2, counts, (double[]){1, 1}, (double[]){1, 1}, single, 1};
    assert_ok(qn_shared_input_share(&input, 64, &share));
    for (size_t k = 0; k < share.count; ++k) assert_true(share.values[k] == 0);
    qn_spectrum_clear(&share);
    assert_fails(qn_shared_input_share(&input, 65, &share), QN_BAD_VALUE, "65 ms; allowed: up to the record's 64");
    assert_fails(qn_shared_input_share(&input, 0, &share), QN_BAD_VALUE, "1024 samples");
    assert_fails(qn_shared_input_share(&input, 32, &share), QN_BAD_VALUE, "segments of one duration");
    counts[1].bins = 63;
    assert_fails(qn_shared_input_share(&input, 64, &share), QN_BAD_VALUE, "source 1 has 63 bins of 1 ms");
    counts[1] = (qn_population_counts){64, 1, histogram, 0};
    assert_fails(qn_shared_input_share(&input, 64, &share), QN_BAD_VALUE, "source 1 has 0 neurons");
    input.external = -1;
    assert_fails(qn_shared_input_share(&input, 64, &share), QN_BAD_VALUE, "external spectrum is -1");
    input.sources = 0;
    assert_fails(qn_shared_input_share(&input, 64, &share), QN_BAD_VALUE, "no sources");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(excitation_and_inhibition_cancel),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
