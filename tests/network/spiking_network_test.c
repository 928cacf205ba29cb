#include "testing.h"

static const qn_spiking_neuron CORTICAL = {.refractory_time = 2.0};

static void zeros_mean_the_defaults(void **state)
{
    (void)state;
    const qn_spiking_neuron lif = qn_spiking_neuron_resolved(&(qn_spiking_neuron){0});
    assert_true(lif.membrane_time == 10.0 && lif.synaptic_time == 0.5 && lif.inhibitory_synaptic_time == 0.5);
    assert_true(lif.capacitance == 250.0 && lif.rest == -65.0 && lif.threshold == -50.0 && lif.reset == -65.0);
    assert_true(lif.refractory_time == 0.0);
    const qn_spiking_neuron slow =
        qn_spiking_neuron_resolved(&(qn_spiking_neuron){.synaptic_time = 2.0, .threshold = 15.0, .capacitance = 1.0});
    assert_true(slow.inhibitory_synaptic_time == 2.0 && slow.rest == 0.0 && slow.threshold == 15.0);
    assert_true(slow.capacitance == 1.0 && slow.reset == 0.0);
    const qn_spiking_neuron delta = qn_spiking_neuron_resolved(&(qn_spiking_neuron){.synapse = QN_SYNAPSE_DELTA});
    assert_true(delta.synaptic_time == 0.0 && delta.inhibitory_synaptic_time == 0.0 && delta.membrane_time == 10.0);
    assert_true(qn_spiking_time_step(&(qn_spiking_network){0}) == 0.1);
    assert_true(qn_spiking_delay_minimum(&(qn_spiking_network){0}) == 0.1);
    assert_true(qn_spiking_delay_minimum(&(qn_spiking_network){.time_step = 0.2}) == 0.2);
    assert_true(qn_spiking_delay_minimum(&(qn_spiking_network){.delay_minimum = 0.05}) == 0.05);
    assert_int_equal(qn_spiking_unit_size(&(qn_spiking_network){0}), 16384);
    assert_int_equal(qn_spiking_unit_size(&(qn_spiking_network){.unit_size = 7}), 7);
}

// Table 9.1 of the theory page.
static void weights_have_the_published_values(void **state)
{
    (void)state;
    assert_close(qn_weight_of_excursion(&CORTICAL, 0.15) / 87.80849352920845, 1.0, 1e-12);
    assert_close(qn_jump_of_weight(&CORTICAL, 87.80849352920845), 0.17561698705841688, 1e-12);
    assert_close(qn_weight_of_jump(&CORTICAL, 0.17561698705841688) / 87.80849352920845, 1.0, 1e-12);
    const qn_spiking_neuron delta = {.synapse = QN_SYNAPSE_DELTA};
    assert_true(qn_weight_of_excursion(&delta, -0.3) == -0.3 && qn_weight_of_jump(&delta, 0.3) == 0.3);
    assert_true(qn_jump_of_weight(&delta, -0.3) == -0.3);
}

// The largest potential after a current W exp(-t / tau_s), by search in steps of a thousandth of a millisecond.
static double largest_excursion(double membrane, double synaptic, double capacitance, double weight)
{
    double largest = 0.0;
    for (double t = 0.0; t < 10.0 * membrane; t += 1e-3) {
        const double rate = 1.0 / synaptic - 1.0 / membrane; // exp(-t/tau_m) (1 - exp(-rate t)) / rate, also for rate 0
        const double v = weight / capacitance * exp(-t / membrane) * (rate == 0.0 ? t : -expm1(-rate * t) / rate);
        if (fabs(v) > fabs(largest)) largest = v;
    }
    return largest;
}

// Any pair of time constants, the equal ones and nearly equal ones included: the maximum is flat, so 1e-3 ms off costs
// (1e-3 / 0.2)^2 / 8 at most.
static void excursions_are_what_they_are_called(void **state)
{
    (void)state;
    static const double SYNAPTIC[] = {0.5, 2.0, 9.999999, 10.0, 10.0000001, 15.0};
    for (size_t i = 0; i < sizeof SYNAPTIC / sizeof *SYNAPTIC; ++i) {
        const qn_spiking_neuron neuron = {.synaptic_time = SYNAPTIC[i], .capacitance = 200.0};
        assert_close(largest_excursion(10.0, SYNAPTIC[i], 200.0, qn_weight_of_excursion(&neuron, 0.15)) / 0.15, 1.0,
                     4e-6);
    }
    const qn_spiking_neuron two = {.synaptic_time = 0.5, .inhibitory_synaptic_time = 4.0};
    assert_close(largest_excursion(10.0, 4.0, 250.0, qn_weight_of_excursion(&two, -0.6)) / -0.6, 1.0, 4e-6);
    assert_close(qn_jump_of_weight(&two, -250.0), -4.0, 1e-15);
    assert_close(qn_weight_of_jump(&two, 1.0), 500.0, 1e-15);
}

static void a_probability_gives_a_number_of_synapses(void **state)
{
    (void)state;
    assert_true(qn_total_number_of_probability(0.0, 100, 100) == 0.0);
    assert_true(qn_total_number_of_probability(0.3, 0, 100) == 0.0);
    assert_true(isinf(qn_total_number_of_probability(1.0, 100, 100)));
    // 1 - (1 - 1/4)^S = 0.578125 at S = 3
    assert_true(qn_total_number_of_probability(0.578125, 2, 2) == 3.0);
    // 2199.9 of each of 20683 neurons
    assert_close(qn_total_number_of_probability(0.1009, 20683, 20683) / 20683.0, 2199.9, 0.05 / 2199.9);
    // Where the plain logarithm has lost its digits
    assert_close(qn_total_number_of_probability(0.5, (size_t)1 << 30, (size_t)1 << 30) / (0x1p60 * log(2.0)), 1.0,
                 1e-12);
}

static const uint32_t SOURCES[] = {0, 1, 4}, TARGETS[] = {2, 2, 0};
static const float WEIGHTS[] = {1.0f, 0.5f, 2.0f}, DELAYS[] = {1.0f, 0.1f, 100.0f};
static const uint32_t GIVEN_NEURON[] = {1, 0};
static const double GIVEN_TIME[] = {0.3, 12.0}, POTENTIAL[] = {-60.0, -50.0}, RATE[] = {0.0, 10.0};

static const qn_spiking_population POPULATIONS[] = {
    {.name = "E", .size = 5},
    {.name = "I", .size = 3},
    {.size = 2, .neuron = {.kind = QN_NEURON_GIVEN}, .given = {.count = 2, .neuron = GIVEN_NEURON, .time = GIVEN_TIME}},
    {.size = 4,
     .neuron = {.kind = QN_NEURON_ESCAPE_RATE,
                .link = QN_LINK_TABLE,
                .table_count = 2,
                .table_potential = POTENTIAL,
                .table_rate = RATE}},
};
static const qn_spiking_projection PROJECTIONS[] = {
    {.target = 0, .source = 0, .count = 12.4, .weight = {.mean = 1}, .delay = {.mean = 1}},
    {.target = 1,
     .source = 0,
     .rule = QN_RULE_EDGES,
     .edges = {.count = 3, .source = SOURCES, .target = TARGETS, .weight = WEIGHTS, .delay = DELAYS}},
    {.target = 1, .source = 1, .rule = QN_RULE_BERNOULLI, .count = 0.5, .no_autapses = true, .delay = {.mean = 1}},
    {.target = 0, .source = 1, .rule = QN_RULE_IN_DEGREE, .count = 1.6, .delay = {.mean = 1}},
    {.target = 3, .source = 2, .rule = QN_RULE_BERNOULLI, .count = 0.25, .no_autapses = true, .delay = {.mean = 1}},
};
static const qn_spiking_stimulus STIMULI[] = {{.population = 1, .start = 1, .stop = 2, .current = 3}};
static const qn_spiking_network NETWORK = {.population_count = 4,
                                           .populations = POPULATIONS,
                                           .projection_count = 5,
                                           .projections = PROJECTIONS,
                                           .stimulus_count = 1,
                                           .stimuli = STIMULI,
                                           .time_step = 0.1,
                                           .unit_size = 100};

static void synapses_are_counted(void **state)
{
    (void)state;
    assert_int_equal(qn_spiking_neuron_count(&NETWORK), 14);
    static const double COUNTS[] = {12, 3, 3, 10, 2}; // 0.5 x 3 x 2 without autapses; 2 for each of 5; 0.25 x 4 x 2
    for (size_t i = 0; i < 5; ++i)
        assert_close(qn_spiking_projection_count(&NETWORK, &PROJECTIONS[i]), COUNTS[i], 1e-15);
    assert_close(qn_spiking_synapse_count(&NETWORK), 30.0, 1e-15);
    double degree[16];
    for (size_t i = 0; i < 16; ++i) degree[i] = NAN;
    qn_spiking_in_degrees(&NETWORK, degree);
    static const double EXPECTED[16] = {2.4, 2, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0};
    for (size_t i = 0; i < 16; ++i) assert_close(degree[i], EXPECTED[i], 1e-15);
}

static void assert_copied(const void *copy, const void *original, size_t size)
{
    assert_non_null(copy);
    assert_ptr_not_equal(copy, original);
    assert_memory_equal(copy, original, size);
}

static void a_copy_has_everything_of_its_own(void **state)
{
    (void)state;
    qn_spiking_network copy = {0};
    assert_ok(qn_spiking_network_copy(&NETWORK, &copy));
    assert_true(copy.population_count == 4 && copy.projection_count == 5 && copy.stimulus_count == 1);
    assert_true(copy.time_step == 0.1 && copy.unit_size == 100);
    assert_string_equal(copy.populations[1].name, "I");
    assert_ptr_not_equal(copy.populations[1].name, POPULATIONS[1].name);
    assert_null(copy.populations[2].name);
    assert_copied(copy.populations[2].given.neuron, GIVEN_NEURON, sizeof GIVEN_NEURON);
    assert_copied(copy.populations[2].given.time, GIVEN_TIME, sizeof GIVEN_TIME);
    assert_copied(copy.populations[3].neuron.table_potential, POTENTIAL, sizeof POTENTIAL);
    assert_copied(copy.populations[3].neuron.table_rate, RATE, sizeof RATE);
    assert_copied(copy.projections[1].edges.source, SOURCES, sizeof SOURCES);
    assert_copied(copy.projections[1].edges.target, TARGETS, sizeof TARGETS);
    assert_copied(copy.projections[1].edges.weight, WEIGHTS, sizeof WEIGHTS);
    assert_copied(copy.projections[1].edges.delay, DELAYS, sizeof DELAYS);
    assert_copied(copy.stimuli, STIMULI, sizeof STIMULI);
    assert_true(copy.projections[3].count == 1.6);
    qn_spiking_network again = {0};
    assert_ok(qn_spiking_network_copy(&copy, &again));
    qn_spiking_network_clear(&copy);
    assert_null(copy.populations);
    qn_spiking_network_clear(&copy);
    assert_string_equal(again.populations[0].name, "E");
    qn_spiking_network_clear(&again);
    qn_spiking_network_clear(NULL);
}

static void what_is_wrong_is_not_copied(void **state)
{
    (void)state;
    qn_spiking_network wrong = NETWORK, copy = {.unit_size = 77};
    wrong.time_step = -1.0;
    assert_fails(qn_spiking_network_copy(&wrong, &copy), QN_BAD_VALUE, "time_step is -1 ms");
    assert_int_equal(copy.unit_size, 77);
    assert_null(copy.populations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_mean_the_defaults),
        cmocka_unit_test(weights_have_the_published_values),
        cmocka_unit_test(excursions_are_what_they_are_called),
        cmocka_unit_test(a_probability_gives_a_number_of_synapses),
        cmocka_unit_test(synapses_are_counted),
        cmocka_unit_test(a_copy_has_everything_of_its_own),
        cmocka_unit_test(what_is_wrong_is_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
