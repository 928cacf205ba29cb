// Spectra of population rates: against closed forms for one and two populations, and the count of growing modes against
// where an eigenvalue passes 1.
#include "testing.h"

#include "theory/lif_delays.h"

#include <complex.h>

static const double PI = 3.14159265358979323846;

typedef struct {
    qn_spiking_population populations[2];
    qn_spiking_projection projections[4];
    qn_spiking_network network;
} pair;

static qn_spiking_projection projection(size_t target, size_t source, double count, double weight, double delay)
{
    return (qn_spiking_projection){.target = target,
                                   .source = source,
                                   .rule = QN_RULE_IN_DEGREE,
                                   .count = count,
                                   .weight = {.mean = weight, .relative_spread = 0.1},
                                   .delay = {.kind = QN_DELAY_CONSTANT, .mean = delay}};
}

// An excitatory or source population 0 and an inhibitory population 1.
static qn_spiking_network *build(pair *made, qn_neuron_kind first)
{
    memset(made, 0, sizeof *made);
    made->populations[1] = (qn_spiking_population){.name = "second",
                                                   .size = 200,
                                                   .neuron = {.refractory_time = 2.0},
                                                   .external_count = 1000.0,
                                                   .external_rate = 8.0,
                                                   .external_weight = 87.8};
    made->populations[0] = made->populations[1];
    if (first == QN_NEURON_POISSON)
        made->populations[0] = (qn_spiking_population){.neuron = {.kind = first}, .source_rate = 10.0};
    made->populations[0].name = "first";
    made->populations[0].size = 800;
    made->network =
        (qn_spiking_network){.population_count = 2, .populations = made->populations, .projections = made->projections};
    return &made->network;
}

static qn_lif_mean_field solved(const qn_spiking_network *network, const qn_lif_mean_field_options *options)
{
    qn_lif_mean_field found;
    assert_ok(qn_lif_mean_field_solve(network, options, &found));
    return found;
}

// What a spike of the source does to the target's rate at this frequency, from the transfer functions.
static double complex loop(const qn_lif_mean_field *found, const qn_spiking_projection *wiring, double frequency)
{
    const qn_lif_state *at = &found->states[0];
    const size_t i = wiring->target;
    double by_mean[2], by_variance[2];
    assert_ok(
        qn_lif_transfer(&at->neuron[i], at->mean_input[i], at->input_noise[i], 1, &frequency, by_mean, by_variance));
    const double omega = 2.0 * PI * frequency / 1000.0, jump = wiring->weight.mean * 0.5 / 250.0;
    const double complex passes = cexp(-I * omega * wiring->delay.mean) / (1.0 + I * omega * 0.5);
    const double complex by_noise = (by_variance[0] + I * by_variance[1]) / (1.0 + I * omega * 0.25);
    return 0.01 * wiring->count * passes * (jump * (by_mean[0] + I * by_mean[1]) + jump * jump * 1.01 * by_noise);
}

// Power of the noise that a population of so many neurons makes by itself.
static double own(const qn_lif_mean_field *found, size_t i, double neurons, double frequency)
{
    const qn_lif_state *at = &found->states[0];
    double power;
    assert_ok(qn_lif_spectrum(&at->neuron[i], at->mean_input[i], at->input_noise[i], 1, &frequency, &power));
    return power / neurons;
}

static const double FREQUENCY[] = {0.0, 1.0, 30.0, 100.0, 237.0, 800.0};
enum { FREQUENCIES = sizeof FREQUENCY / sizeof *FREQUENCY };

static void single_population_amplifies_by_its_loop(void **state)
{
    (void)state;
    pair made;
    qn_spiking_network *network = build(&made, QN_NEURON_INTEGRATE_AND_FIRE);
    made.projections[0] = projection(1, 1, 100.0, -200.0, 1.5);
    network->projection_count = 1;
    qn_lif_mean_field found = solved(network, NULL);
    qn_lif_spectra spectra;
    assert_ok(qn_lif_spectra_solve(network, NULL, &found.states[0], FREQUENCIES, FREQUENCY, NULL, &spectra));
    for (size_t k = 0; k < FREQUENCIES; ++k) {
        const double complex around = loop(&found, &made.projections[0], FREQUENCY[k]);
        const double white = own(&found, 1, 200.0, FREQUENCY[k]);
        assert_close(spectra.power[2 * k], own(&found, 0, 800.0, FREQUENCY[k]), 1e-12); // has no input from anyone
        assert_close(spectra.power[2 * k + 1] * 1e3, 1e3 * white / creal((1.0 - around) * conj(1.0 - around)), 1e-9);
        assert_close(spectra.distance[k], fmin(1.0, cabs(1.0 - around)), 1e-9);
    }
    assert_true(spectra.cross == NULL && spectra.count == FREQUENCIES && spectra.population_count == 2);
    assert_within(spectra.distance[0], fmin(1.0, 1.0 - found.states[0].gain[3]), 1e-12);
    qn_lif_spectra_clear(&spectra);
    qn_lif_mean_field_clear(&found);
}

// A source drives a population without loops: coherence |M|^2 nu_s / N_s over the whole.
static void source_is_heard(void **state)
{
    (void)state;
    pair made;
    qn_spiking_network *network = build(&made, QN_NEURON_POISSON);
    made.projections[0] = projection(1, 0, 200.0, 87.8, 1.0);
    network->projection_count = 1;
    qn_lif_mean_field found = solved(network, NULL);
    qn_lif_spectra spectra;
    const qn_lif_spectra_options options = {.cross = true, .no_eigenvalues = true};
    assert_ok(qn_lif_spectra_solve(network, NULL, &found.states[0], FREQUENCIES, FREQUENCY, &options, &spectra));
    for (size_t k = 0; k < FREQUENCIES; ++k) {
        const double complex m = loop(&found, &made.projections[0], FREQUENCY[k]);
        const double source = 10.0 / 800.0, alone = own(&found, 1, 200.0, FREQUENCY[k]);
        const double *cross = spectra.cross + 8 * k; // (0,0), (0,1), (1,0), (1,1)
        assert_close(cross[0], source, 1e-12);
        assert_close(cross[4], creal(m) * source, 1e-10);
        assert_close(cross[5], cimag(m) * source, 1e-10);
        assert_close(cross[2], cross[4], 1e-14);
        assert_close(cross[3], -cross[5], 1e-14);
        assert_close(cross[6], alone + creal(m * conj(m)) * source, 1e-10);
        assert_close(spectra.power[2 * k + 1], cross[6], 1e-15);
        assert_true(isnan(spectra.distance[k]));
    }
    assert_true(spectra.unstable_modes == -1 && isnan(spectra.critical_frequency));
    qn_lif_spectra_clear(&spectra);
    qn_lif_mean_field_clear(&found);
}

static void two_populations_have_their_closed_form(void **state)
{
    (void)state;
    pair made;
    qn_spiking_network *network = build(&made, QN_NEURON_INTEGRATE_AND_FIRE);
    made.projections[0] = projection(0, 0, 100.0, 87.8, 1.5);
    made.projections[1] = projection(0, 1, 50.0, -300.0, 0.8);
    made.projections[2] = projection(1, 0, 120.0, 87.8, 1.2);
    made.projections[3] = projection(1, 1, 40.0, -300.0, 0.7);
    network->projection_count = 4;
    qn_lif_mean_field found = solved(network, NULL);
    qn_lif_spectra spectra;
    assert_ok(qn_lif_spectra_solve(network, NULL, &found.states[0], FREQUENCIES, FREQUENCY, NULL, &spectra));
    for (size_t k = 0; k < FREQUENCIES; ++k) {
        double complex m[4];
        for (size_t l = 0; l < 4; ++l) m[l] = loop(&found, &made.projections[l], FREQUENCY[k]);
        const double white[2] = {own(&found, 0, 800.0, FREQUENCY[k]), own(&found, 1, 200.0, FREQUENCY[k])};
        const double complex determinant = (1.0 - m[0]) * (1.0 - m[3]) - m[1] * m[2];
        const double square = creal(determinant * conj(determinant));
        const double first = creal((1.0 - m[3]) * conj(1.0 - m[3])) * white[0] + creal(m[1] * conj(m[1])) * white[1];
        assert_within(spectra.power[2 * k] / (first / square), 1.0, 1e-9);
        const double complex half = 0.5 * (m[0] + m[3]), root = csqrt(half * half - (m[0] * m[3] - m[1] * m[2]));
        assert_close(spectra.distance[k], fmin(cabs(1.0 - half - root), cabs(1.0 - half + root)), 1e-9);
    }
    qn_lif_spectra_clear(&spectra);
    qn_lif_mean_field_clear(&found);
}

// Inhibition with a delay oscillates once the loop gain, real and positive at some frequency, passes 1 there: then, and
// only then, two modes grow.
static void growing_modes_are_counted(void **state)
{
    (void)state;
    enum { POINTS = 1200 };
    static double frequencies[POINTS];
    for (size_t k = 0; k < POINTS; ++k) frequencies[k] = (double)k;
    size_t stable = 0, unstable = 0;
    for (double count = 50.0; count < 4000.0; count *= 1.3) {
        pair made;
        qn_spiking_network *network = build(&made, QN_NEURON_INTEGRATE_AND_FIRE);
        made.populations[1].external_rate = 16.0;
        made.projections[0] = projection(1, 1, round(count), -60.0, 2.0);
        network->projection_count = 1;
        qn_lif_mean_field found = solved(network, NULL);
        qn_lif_spectra spectra;
        assert_ok(qn_lif_spectra_solve(network, NULL, &found.states[0], POINTS, frequencies, NULL, &spectra));
        size_t beyond = 0;
        double complex before = loop(&found, &made.projections[0], 0.0);
        for (size_t k = 1; k < POINTS; ++k) {
            const double complex now = loop(&found, &made.projections[0], frequencies[k]);
            if (cimag(before) > 0.0 && cimag(now) <= 0.0 && creal(now) > 1.0) ++beyond;
            before = now;
        }
        assert_int_equal(spectra.unstable_modes, (int)(2 * beyond));
        *(beyond ? &unstable : &stable) += 1;
        qn_lif_spectra_clear(&spectra);

        // Too few frequencies to tell, and none: said so.
        assert_ok(qn_lif_spectra_solve(network, NULL, &found.states[0], 3, FREQUENCY, NULL, &spectra));
        assert_true(spectra.unstable_modes <= 0);
        qn_lif_spectra_clear(&spectra);
        qn_lif_mean_field_clear(&found);
    }
    assert_true(stable >= 3 && unstable >= 3);
}

// With neurons that differ, the response at zero frequency is the average gain.
static void spread_of_neurons_is_averaged(void **state)
{
    (void)state;
    pair made;
    qn_spiking_network *network = build(&made, QN_NEURON_INTEGRATE_AND_FIRE);
    made.projections[0] = projection(1, 1, 0.2, -200.0, 1.5);
    made.projections[0].rule = QN_RULE_BERNOULLI;
    network->projection_count = 1;
    const qn_lif_mean_field_options options = {.heterogeneity = true};
    qn_lif_mean_field found = solved(network, &options);
    assert_true(found.states[0].input_spread[1] > 0.1);
    const double frequencies[] = {0.0, 1e-4};
    qn_lif_spectra spectra;
    const qn_lif_spectra_options poisson = {.poisson_noise = true};
    assert_ok(qn_lif_spectra_solve(network, &options, &found.states[0], 2, frequencies, &poisson, &spectra));
    const double gain = 1.0 - found.states[0].gain[3];
    for (size_t k = 0; k < 2; ++k)
        assert_within(spectra.power[2 * k + 1] / (found.states[0].rate[1] / 200.0 / (gain * gain)), 1.0, 1e-7);
    qn_lif_spectra_clear(&spectra);
    qn_lif_mean_field_clear(&found);
}

static void published_simplifications_are_offered(void **state)
{
    (void)state;
    pair made;
    qn_spiking_network *network = build(&made, QN_NEURON_INTEGRATE_AND_FIRE);
    made.projections[0] = projection(1, 1, 100.0, -200.0, 1.5);
    network->projection_count = 1;
    qn_lif_mean_field found = solved(network, NULL);
    const qn_lif_spectra_options options = {.poisson_noise = true, .mean_only = true};
    const double frequency = 100.0, omega = 2.0 * PI * 0.1;
    const qn_lif_state *at = &found.states[0];
    qn_lif_spectra spectra;
    double by_mean[2];
    assert_ok(qn_lif_spectra_solve(network, NULL, at, 1, &frequency, &options, &spectra));
    assert_ok(qn_lif_transfer(&at->neuron[1], at->mean_input[1], at->input_noise[1], 1, &frequency, by_mean, NULL));
    const double complex around =
        0.01 * 100.0 * -0.4 * (by_mean[0] + I * by_mean[1]) * cexp(-I * omega * 1.5) / (1.0 + I * omega * 0.5);
    assert_within(spectra.power[1] / (at->rate[1] / 200.0 / creal((1.0 - around) * conj(1.0 - around))), 1.0, 1e-9);
    qn_lif_spectra_clear(&spectra);
    qn_lif_mean_field_clear(&found);
}

static void delays_are_transformed(void **state)
{
    (void)state;
    static const uint32_t NEURON[] = {0, 1, 2, 3};
    static const float DELAY[] = {1.0F, 1.0F, 2.04F, 0.01F};
    pair made;
    qn_spiking_network *network = build(&made, QN_NEURON_INTEGRATE_AND_FIRE);
    made.projections[0] = projection(0, 0, 10.0, 87.8, 1.5);
    made.projections[1] = projection(0, 1, 10.0, -87.8, 1.5);
    made.projections[2] = projection(1, 0, 10.0, 87.8, 1.5);
    made.projections[2].delay.kind = QN_DELAY_NORMAL;
    made.projections[2].delay.relative_spread = 0.5;
    made.projections[3] = projection(1, 1, 10.0, -87.8, 1.5);
    made.projections[3].rule = QN_RULE_EDGES;
    made.projections[3].edges = (qn_spiking_edges){.count = 4, .source = NEURON, .target = NEURON, .delay = DELAY};
    network->projection_count = 4;
    qn_lif_delays delays;
    assert_ok(qn_lif_delays_create(network, &delays));
    assert_int_equal(delays.count, 3); // equal laws share a table
    assert_int_equal(delays.of_projection[0], delays.of_projection[1]);
    double complex transform[3];
    qn_lif_delays_transform(&delays, 50.0, transform);
    const double omega = 2.0 * PI * 0.05;
    assert_within(cabs(transform[delays.of_projection[0]] - cexp(-I * omega * 1.5)), 0.0, 1e-12);
    assert_within(cabs(transform[delays.of_projection[3]] -
                       (2.0 * cexp(-I * omega) + cexp(-I * omega * 2.0) + cexp(-I * omega * 0.1)) / 4.0),
                  0.0, 1e-12);
    // The truncated normal law has mean 1.5540352 ms and deviation 0.6962904 ms on its grid.
    qn_lif_delays_transform(&delays, 1e-3, transform);
    const double complex slow = transform[delays.of_projection[2]];
    assert_within(-cimag(slow) / (2.0 * PI * 1e-6), 1.5540352, 1e-5);
    assert_within(2.0 * (1.0 - creal(slow)) / (4.0 * PI * PI * 1e-12), 1.5540352 * 1.5540352 + 0.6962904 * 0.6962904,
                  1e-3);
    qn_lif_delays_clear(&delays);
}

// The microcircuit oscillates: a pair of modes grows, and all populations have their peak where simulation has it, at
// 84 Hz.
static void microcircuit_oscillates(void **state)
{
    (void)state;
    enum { POINTS = 600 };
    static double frequencies[POINTS];
    for (size_t k = 0; k < POINTS; ++k) frequencies[k] = (double)k;
    qn_spiking_network network;
    assert_ok(qn_microcircuit_create(NULL, &network));
    qn_lif_mean_field found = solved(&network, NULL);
    qn_lif_spectra spectra;
    assert_ok(qn_lif_spectra_solve(&network, NULL, &found.states[0], POINTS, frequencies, NULL, &spectra));
    for (size_t i = 0; i < 8; ++i) {
        size_t peak = 30;
        for (size_t k = 30; k < 130; ++k)
            if (spectra.power[8 * k + i] > spectra.power[8 * peak + i]) peak = k;
        assert_true(peak >= 80 && peak <= 90);
    }
    assert_true(spectra.unstable_modes == 2 && spectra.critical_frequency >= 80 && spectra.critical_frequency <= 90);
    assert_true(spectra.critical_real > 1.0);
    qn_lif_spectra_clear(&spectra);
    qn_lif_mean_field_clear(&found);
    qn_spiking_network_clear(&network);
}

static void bad_values_are_named(void **state)
{
    (void)state;
    pair made;
    qn_spiking_network *network = build(&made, QN_NEURON_INTEGRATE_AND_FIRE);
    qn_lif_mean_field found = solved(network, NULL);
    qn_lif_spectra spectra = {.count = 77};
    const double falling[] = {2.0, 1.0};
    assert_fails(qn_lif_spectra_solve(network, NULL, &found.states[0], 2, falling, NULL, &spectra), QN_BAD_VALUE,
                 "frequencies[1] is 1 Hz; allowed: increasing");
    found.states[0].input_noise[1] = 0.0;
    assert_fails(qn_lif_spectra_solve(network, NULL, &found.states[0], 1, falling, NULL, &spectra), QN_BAD_VALUE,
                 "population second: response of a neuron: noise is 0 mV");
    assert_int_equal(spectra.count, 77);
    qn_lif_spectra_clear(NULL);
    qn_lif_mean_field_clear(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_population_amplifies_by_its_loop),
        cmocka_unit_test(source_is_heard),
        cmocka_unit_test(two_populations_have_their_closed_form),
        cmocka_unit_test(growing_modes_are_counted),
        cmocka_unit_test(spread_of_neurons_is_averaged),
        cmocka_unit_test(published_simplifications_are_offered),
        cmocka_unit_test(delays_are_transformed),
        cmocka_unit_test(microcircuit_oscillates),
        cmocka_unit_test(bad_values_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
