// Mean field and linear response against direct simulation of an asynchronous network of 10 000 neurons: rates, their
// spread over neurons, and spectra of the populations. Delta synapses, where the theory is exact in the limit of many
// weak inputs, and exponential ones, where it is of first order in the root of tau_s / tau_m.
#include "testing.h"

#include <complex.h>

enum { REALISATIONS = 4, SEGMENT = 1000, BANDS = 16 };
static const double PI = 3.14159265358979323846, SECONDS = 2.5, BIN = 0.5; // s, ms

typedef struct {
    qn_spiking_population populations[2];
    qn_spiking_projection projections[4];
    qn_spiking_network network;
} balanced;

static const qn_spiking_network *build(balanced *made, qn_synapse_kind synapse)
{
    static const double DELAY[] = {1.8, 1.0};
    const bool white = synapse == QN_SYNAPSE_DELTA;
    const double count[] = {800.0, 400.0};
    const double weight[] = {white ? 0.06 : 30.0, white ? -0.3 : -150.0}; // the same charge
    memset(made, 0, sizeof *made);
    made->populations[0] = (qn_spiking_population){.name = "E",
                                                   .size = 8000,
                                                   .neuron = {.synapse = synapse, .refractory_time = 2.0},
                                                   .external_count = 1300.0,
                                                   .external_rate = 8.0,
                                                   .external_weight = white ? 0.1756 : 87.8,
                                                   .initial_mean = -58.0,
                                                   .initial_spread = 4.0};
    made->populations[1] = made->populations[0];
    made->populations[1].name = "I";
    made->populations[1].size = 2000;
    made->populations[1].external_count = 1250.0;
    for (size_t k = 0; k < 4; ++k)
        made->projections[k] =
            (qn_spiking_projection){.target = k / 2,
                                    .source = k % 2,
                                    .rule = QN_RULE_TOTAL_NUMBER,
                                    .count = count[k % 2] * (double)made->populations[k < 2 ? 0 : 1].size,
                                    .weight = {.mean = weight[k % 2], .relative_spread = 0.1},
                                    .delay = {.mean = DELAY[k % 2], .relative_spread = 0.5}};
    made->network = (qn_spiking_network){.population_count = 2,
                                         .populations = made->populations,
                                         .projection_count = 4,
                                         .projections = made->projections,
                                         // a jump over the threshold is seen at the end of a step: late by 0.6 sqrt(h)
                                         .time_step = white ? 0.02 : 0.1};
    return &made->network;
}

// Mean over segments of |sum_t (r_t - mean) exp(-i omega t)|^2 / time.
static double power(const uint32_t *histogram, size_t bins, double neurons, double frequency)
{
    const double omega = 2.0 * PI * frequency * BIN / 1000.0;
    double mean = 0.0, sum = 0.0;
    for (size_t t = 0; t < bins; ++t) mean += (double)histogram[t] / (double)bins;
    size_t segments = 0;
    for (size_t start = 0; start + SEGMENT <= bins; start += SEGMENT, ++segments) {
        double complex transform = 0.0;
        for (size_t t = 0; t < SEGMENT; ++t)
            transform += ((double)histogram[start + t] - mean) * cexp(-I * omega * (double)t);
        sum += creal(transform * conj(transform)) / (SEGMENT * BIN / 1000.0);
    }
    return sum / (double)segments / (neurons * neurons);
}

// The variance of true rates: of counts, less what trains that fluctuate with S(0) = nu CV^2 leave of it.
static double rate_spread(const uint32_t *counts, size_t neurons, double noise)
{
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < neurons; ++i) {
        const double rate = (double)counts[i] / SECONDS;
        sum += rate;
        square += rate * rate;
    }
    const double n = (double)neurons;
    return sqrt((square - sum * sum / n) / (n - 1.0) - noise / SECONDS);
}

typedef struct {
    double rate, spread, low, high; // relative errors allowed
} allowed;

static void compare(qn_synapse_kind synapse, size_t realisations, allowed error)
{
    double frequencies[BANDS], rate[2][REALISATIONS], spread[2][REALISATIONS], low[2][REALISATIONS],
        high[2][REALISATIONS];
    for (size_t k = 0; k < BANDS; ++k) frequencies[k] = 20.0 + 10.0 * (double)k;
    balanced made;
    const qn_spiking_network *network = build(&made, synapse);
    const qn_lif_mean_field_options options = {.heterogeneity = true};
    qn_lif_mean_field found;
    qn_lif_spectra spectra;
    assert_ok(qn_lif_mean_field_solve(network, &options, &found));
    assert_ok(qn_lif_spectra_solve(network, &options, &found.states[0], BANDS, frequencies, NULL, &spectra));

    for (size_t r = 0; r < realisations; ++r) {
        qn_spiking_activity activity;
        assert_ok(qn_spiking_simulate(
            network, &(qn_spiking_options){.seed = 3, .duration = 1e3 * SECONDS, .discard = 300.0, .bin = BIN}, r, NULL,
            &activity));
        for (size_t p = 0; p < 2; ++p) {
            const uint32_t *histogram = activity.histogram + p * activity.bin_count;
            const size_t first = activity.first_neuron[p], neurons = activity.first_neuron[p + 1] - first;
            double spikes = 0.0;
            for (size_t t = 0; t < activity.bin_count; ++t) spikes += histogram[t];
            rate[p][r] = spikes / (double)neurons / SECONDS;
            spread[p][r] = rate_spread(activity.spike_count + first, neurons, 0.3 * rate[p][r]);
            low[p][r] = high[p][r] = 0.0;
            for (size_t k = 0; k < BANDS; ++k)
                *(k < BANDS / 2 ? &low[p][r] : &high[p][r]) +=
                    2.0 / BANDS * power(histogram, activity.bin_count, (double)neurons, frequencies[k]);
        }
        qn_spiking_activity_clear(&activity);
    }

    for (size_t p = 0; p < 2; ++p) {
        double theory_low = 0.0, theory_high = 0.0;
        for (size_t k = 0; k < BANDS; ++k)
            *(k < BANDS / 2 ? &theory_low : &theory_high) += 2.0 / BANDS * spectra.power[2 * k + p];
        // Theory is the limit of many weak inputs, and an expansion: what bounds its error is not the bars.
        const double any = INFINITY;
        assert_agrees(found.states[0].rate[p], qn_estimate_of(realisations, rate[p]), any, error.rate, 0.01);
        assert_agrees(found.states[0].rate_spread[p], qn_estimate_of(realisations, spread[p]), any, error.spread, 0.02);
        assert_agrees(theory_low, qn_estimate_of(realisations, low[p]), any, error.low, 0.1);
        assert_agrees(theory_high, qn_estimate_of(realisations, high[p]), any, error.high, 0.1);
    }
    qn_lif_spectra_clear(&spectra);
    qn_lif_mean_field_clear(&found);
}

static void white_network_does_what_theory_says(void **state)
{
    (void)state;
    compare(QN_SYNAPSE_DELTA, 4, (allowed){.rate = 0.025, .spread = 0.04, .low = 0.15, .high = 0.1});
}

// 100 to 170 Hz is omega tau_s = 0.3 to 0.5.
static void coloured_network_does_what_theory_says(void **state)
{
    (void)state;
    compare(QN_SYNAPSE_EXPONENTIAL, 4, (allowed){.rate = 0.04, .spread = 0.07, .low = 0.2, .high = 0.4});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_network_does_what_theory_says),
        cmocka_unit_test(coloured_network_does_what_theory_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
