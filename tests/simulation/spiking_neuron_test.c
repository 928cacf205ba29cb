// Single neurons in the whole engine: when what arrives changes what (section 4.1 of docs/theory/spiking.md).
#include "simulation/spiking_propagators.h"
#include "testing.h"

#include <stdlib.h>

static qn_spiking_activity run(const qn_spiking_network *network, const qn_spiking_options *options)
{
    qn_spiking_activity a;
    assert_ok(qn_spiking_simulate(network, options, 0, NULL, &a));
    return a;
}

// --------------------------------------------------------------------------------------------------- constant current

static void a_constant_current_spikes_at_the_steps_of_the_table(void **state)
{
    (void)state;
    for (int doubles = 0; doubles < 2; ++doubles) {
        const qn_spiking_population population = {
            .size = 3, .neuron = {.refractory_time = 2.0}, .constant_current = 400.0, .initial_mean = -65.0};
        const qn_spiking_network network = {.population_count = 1, .populations = &population};
        const qn_spiking_options options = {.duration = 100.0, .recorded = 3, .double_precision = doubles};
        qn_spiking_activity a = run(&network, &options);
        const uint32_t expected[] = {278, 576, 874};
        assert_int_equal(a.spikes.count, 9);
        for (size_t i = 0; i < 9; ++i) {
            assert_int_equal(a.spikes.step[i], expected[i / 3]);
            assert_int_equal(a.spikes.neuron[i], i % 3);
        }
        qn_spiking_activity_clear(&a);
    }
}

// ---------------------------------------------------------------------------------------------- one spike, one synapse

// A source spikes at step k; the synapse has a delay of d steps. First change of V and of I.
static void check_arrival(qn_synapse_kind synapse, qn_connection_rule rule, qn_delay_split split, uint32_t k,
                          uint32_t d)
{
    const uint32_t zero[] = {0};
    const double time[] = {0.1 * k};
    const qn_spiking_population populations[] = {
        {.size = 1, .neuron = {.synapse = synapse, .refractory_time = 2.0}, .initial_mean = -65.0},
        {.size = 1, .neuron = {.kind = QN_NEURON_GIVEN}, .given = {1, zero, time}}};
    const qn_spiking_projection projection = {
        .source = 1,
        .rule = rule,
        .count = rule == QN_RULE_EDGES ? 0.0 : 1.0,
        .weight = {QN_WEIGHT_CONSTANT, synapse == QN_SYNAPSE_DELTA ? 0.5 : 500.0, 0.0},
        .delay = {QN_DELAY_CONSTANT, 0.1 * d, 0.0},
        .edges = rule == QN_RULE_EDGES ? (qn_spiking_edges){1, zero, zero, NULL, NULL} : (qn_spiking_edges){0}};
    const qn_spiking_network network = {.population_count = 2,
                                        .populations = populations,
                                        .projection_count = 1,
                                        .projections = &projection,
                                        .delay_split = split};
    const qn_spiking_options options = {.duration = 10.0, .recorded = 1, .traced = 1};
    qn_spiking_activity a = run(&network, &options);
    assert_int_equal(a.spikes.count, 1);
    assert_int_equal(a.spikes.step[0], k);
    assert_int_equal(a.events, 1);
    const uint32_t arrival = k + d, changed = synapse == QN_SYNAPSE_DELTA ? arrival : arrival + 1;
    for (uint32_t step = 1; step <= 100; ++step) {
        const double v = (double)a.potential[step - 1] + 65.0, i = (double)a.current[step - 1];
        if (step < changed) assert_true(v == 0.0);
        if (step < arrival) assert_true(i == 0.0);
        if (synapse == QN_SYNAPSE_DELTA) {
            if (step >= changed) assert_within(v, 0.5 * exp(-0.01 * (step - changed)), 2e-5);
            continue;
        }
        if (step >= arrival) assert_within(i, 500.0 * exp(-0.2 * (step - arrival)), 1e-3);
        const double since = 0.1 * (step - arrival), form = 500.0 / 250.0 * 10.0 * 0.5 / 9.5;
        if (step >= changed) assert_within(v, form * (exp(-since / 10.0) - exp(-since / 0.5)), 2e-5);
    }
    qn_spiking_activity_clear(&a);
}

static void a_spike_arrives_after_its_delay(void **state)
{
    (void)state;
    const uint32_t steps[] = {1, 2, 17}, delays[] = {1, 2, 15, 64};
    for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 4; ++j)
            for (int synapse = 0; synapse < 2; ++synapse) {
                check_arrival((qn_synapse_kind)synapse, QN_RULE_TOTAL_NUMBER, QN_DELAY_SPLIT_SYSTEMATIC, steps[i],
                              delays[j]);
                check_arrival((qn_synapse_kind)synapse, QN_RULE_TOTAL_NUMBER, QN_DELAY_SPLIT_INDEPENDENT, steps[i],
                              delays[j]);
                check_arrival((qn_synapse_kind)synapse, QN_RULE_IN_DEGREE, QN_DELAY_SPLIT_SYSTEMATIC, steps[i],
                              delays[j]);
                check_arrival((qn_synapse_kind)synapse, QN_RULE_EDGES, QN_DELAY_SPLIT_SYSTEMATIC, steps[i], delays[j]);
            }
}

// --------------------------------------------------------------------------------------------- a second implementation

typedef struct {
    double membrane_time, excitatory_time, inhibitory_time, capacitance, rest, threshold, reset;
    int dead_steps;
    bool delta;
} scalar_neuron;

// One neuron in plain double, with a counter for refractoriness, in the order (a), (b), (c) of equation (3).
static size_t integrate(const scalar_neuron *n, const double *excitatory, const double *inhibitory, size_t steps,
                        double *potential, uint32_t *spiked)
{
    const double h = 0.1, decay = exp(-h / n->membrane_time);
    double v = 0.0, ex = 0.0, in = 0.0;
    int left = 0;
    size_t count = 0;
    for (size_t t = 1; t <= steps; ++t) {
        const double couple_ex =
            n->delta ? 0.0 : qn_propagator_couple(h, n->membrane_time, n->excitatory_time, n->capacitance);
        const double couple_in =
            n->delta ? 0.0 : qn_propagator_couple(h, n->membrane_time, n->inhibitory_time, n->capacitance);
        if (left > 0) {
            --left;
            v = n->reset - n->rest;
        } else
            v = decay * v + couple_ex * ex + couple_in * in + (n->delta ? excitatory[t] + inhibitory[t] : 0.0);
        ex = ex * (n->delta ? 0.0 : exp(-h / n->excitatory_time)) + excitatory[t];
        in = in * (n->delta ? 0.0 : exp(-h / n->inhibitory_time)) + inhibitory[t];
        if (v >= n->threshold - n->rest) {
            spiked[count++] = (uint32_t)t;
            v = n->reset - n->rest;
            left = n->dead_steps;
        }
        potential[t] = v + n->rest;
    }
    return count;
}

// 200 excitatory and 100 inhibitory given trains onto a neuron by explicit edges of many delays. Weights are multiples
// of the smallest over 128, which the engine's integers hold exactly.
static void check_against_scalar(const scalar_neuron *n)
{
    enum { SOURCES = 300, SPIKES = 30000, STEPS = 10000 };
    uint32_t *neuron = malloc(SPIKES * sizeof *neuron), source[2][SOURCES], target[SOURCES] = {0};
    double *time = malloc(SPIKES * sizeof *time), *input[2];
    float weight[2][SOURCES], delay[SOURCES], unit = n->delta ? 0x1p-9F : 1.0F;
    double draws[2 * SPIKES];
    qn_uniform(&(qn_stream){5, QN_PURPOSE_TEST, 1}, 0, 2 * SPIKES, draws);
    for (uint32_t s = 0; s < SOURCES; ++s) {
        source[0][s] = source[1][s] = s;
        weight[0][s] = unit * (float)(128 + s % 64);
        weight[1][s] = -unit * (float)(128 + s % 64) * (float)(n->excitatory_time / n->inhibitory_time);
        delay[s] = 0.1F * (float)(1 + s % 90);
    }
    for (int x = 0; x < 2; ++x) input[x] = calloc(STEPS + 200, sizeof(double));
    for (size_t i = 0; i < SPIKES; ++i) {
        neuron[i] = (uint32_t)(draws[2 * i] * SOURCES);
        const size_t step = 1 + (size_t)(draws[2 * i + 1] * STEPS);
        time[i] = 0.1 * (double)step;
        const int inhibitory = neuron[i] >= 200;
        input[inhibitory][step + 1 + neuron[i] % 90] += (double)weight[inhibitory][neuron[i]];
    }
    const qn_spiking_neuron described = {.synapse = n->delta ? QN_SYNAPSE_DELTA : QN_SYNAPSE_EXPONENTIAL,
                                         .membrane_time = n->membrane_time,
                                         .synaptic_time = n->delta ? 0.0 : n->excitatory_time,
                                         .inhibitory_synaptic_time = n->delta ? 0.0 : n->inhibitory_time,
                                         .capacitance = n->capacitance,
                                         .rest = n->rest,
                                         .threshold = n->threshold,
                                         .reset = n->reset,
                                         .refractory_time = 0.1 * n->dead_steps};
    qn_spiking_population populations[3] = {
        {.size = 1, .neuron = described, .initial_mean = n->rest},
        {.size = SOURCES, .neuron = {.kind = QN_NEURON_GIVEN}, .given = {SPIKES, neuron, time}},
        {.size = SOURCES, .neuron = {.kind = QN_NEURON_GIVEN}, .given = {SPIKES, neuron, time}}};
    const qn_spiking_projection projections[2] = {
        {.source = 1, .rule = QN_RULE_EDGES, .edges = {200, source[0], target, weight[0], delay}},
        {.source = 2, .rule = QN_RULE_EDGES, .edges = {100, source[1] + 200, target, weight[1] + 200, delay + 200}}};
    const qn_spiking_network network = {
        .population_count = 3, .populations = populations, .projection_count = 2, .projections = projections};
    double *potential = calloc(STEPS + 1, sizeof *potential);
    uint32_t *spiked = calloc(STEPS + 1, sizeof *spiked);
    const size_t count = integrate(n, input[0], input[1], STEPS, potential, spiked);
    assert_in_range(count, 5, STEPS);
    for (int doubles = 0; doubles < 2; ++doubles) {
        const qn_spiking_options options = {
            .duration = 0.1 * STEPS, .recorded = 1, .traced = 1, .double_precision = doubles, .rate_limit = 1e9};
        qn_spiking_activity a = run(&network, &options);
        assert_int_equal(a.spike_count[0], count);
        for (size_t i = 0, k = 0; i < a.spikes.count; ++i)
            if (a.spikes.neuron[i] == 0) assert_int_equal(a.spikes.step[i], spiked[k++]);
        for (size_t t = 1; t <= STEPS; ++t)
            assert_within((double)a.potential[t - 1], potential[t], doubles ? 1e-5 : 3e-4);
        qn_spiking_activity_clear(&a);
    }
    free(neuron);
    free(time);
    free(input[0]);
    free(input[1]);
    free(potential);
    free(spiked);
}

static void spikes_are_those_of_a_scalar_implementation(void **state)
{
    (void)state;
    const scalar_neuron one = {10.0, 0.5, 0.5, 250.0, -65.0, -50.0, -65.0, 20, false};
    scalar_neuron n = one;
    check_against_scalar(&n);
    n.inhibitory_time = 2.0;
    check_against_scalar(&n);
    n = one;
    n.membrane_time = n.excitatory_time = 4.0; // equal times
    n.inhibitory_time = 8.0;
    check_against_scalar(&n);
    n = one;
    n.reset = -58.0;
    n.rest = -60.0;
    n.dead_steps = 0;
    check_against_scalar(&n);
    n.dead_steps = 1;
    check_against_scalar(&n);
    n.delta = true;
    n.dead_steps = 5;
    check_against_scalar(&n);
}

// ------------------------------------------------------------------------------------------------------ refractoriness

// However large the input: never two spikes within the refractory time and the step after it.
static void no_input_is_stronger_than_refractoriness(void **state)
{
    (void)state;
    const double times[] = {0.0, 0.1, 0.2, 2.0};
    for (size_t i = 0; i < 4; ++i)
        for (int synapse = 0; synapse < 2; ++synapse) {
            const qn_spiking_population population = {
                .size = 100,
                .neuron = {.synapse = (qn_synapse_kind)synapse, .refractory_time = times[i]},
                .external_count = 1e4,
                .external_rate = 10.0,
                .external_weight = synapse ? 1e6 : 1e9,
                .initial_mean = -65.0};
            const qn_spiking_network network = {.population_count = 1, .populations = &population};
            const qn_spiking_options options = {.duration = 500.0, .recorded = 100, .rate_limit = 1e9};
            qn_spiking_activity a = run(&network, &options);
            uint32_t last[100] = {0}, shortest = UINT32_MAX;
            for (size_t k = 0; k < a.spikes.count; ++k) {
                const uint32_t neuron = a.spikes.neuron[k], step = a.spikes.step[k];
                if (last[neuron] && step - last[neuron] < shortest) shortest = step - last[neuron];
                last[neuron] = step;
            }
            assert_int_equal(shortest, (uint32_t)lrint(times[i] / 0.1) + 1);
            qn_spiking_activity_clear(&a);
        }
}

// Neurons that start far above threshold spike in step 1; pads beside them never do.
static void neurons_above_threshold_spike_in_the_first_step(void **state)
{
    (void)state;
    const qn_spiking_population population = {
        .size = 70, .neuron = {.refractory_time = 2.0}, .constant_current = 1e6, .initial_mean = 100.0};
    const qn_spiking_network network = {.population_count = 1, .populations = &population};
    const qn_spiking_options options = {.duration = 2000.0, .recorded = 70, .rate_limit = 1e9};
    qn_spiking_activity a = run(&network, &options);
    uint64_t all = 0;
    for (size_t i = 0; i < 70; ++i) {
        assert_int_equal(a.spikes.step[i], 1);
        assert_int_equal(a.spike_count[i], 1 + (20000 - 1) / 21);
        all += a.spike_count[i];
    }
    uint64_t counted = 0;
    for (size_t b = 0; b < a.bin_count; ++b) counted += a.histogram[b];
    assert_int_equal(counted, all);
    qn_spiking_activity_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_current_spikes_at_the_steps_of_the_table),
        cmocka_unit_test(a_spike_arrives_after_its_delay),
        cmocka_unit_test(spikes_are_those_of_a_scalar_implementation),
        cmocka_unit_test(no_input_is_stronger_than_refractoriness),
        cmocka_unit_test(neurons_above_threshold_spike_in_the_first_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
