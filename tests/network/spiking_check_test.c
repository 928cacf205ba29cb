#include "testing.h"

// A right network, of which every test breaks one thing.
static const uint32_t SOURCES[] = {0, 1, 1}, TARGETS[] = {2, 2, 2};
static const uint32_t GIVEN_NEURON[] = {0, 1};
static const double GIVEN_TIME[] = {0.3, 12.0}, POTENTIAL[] = {-60.0, -50.0}, LINK_RATE[] = {0.0, 10.0};

typedef struct {
    qn_spiking_population populations[5];
    qn_spiking_projection projections[4];
    qn_spiking_stimulus stimuli[2];
    qn_spiking_network network;
} description;

enum { E, I, GIVEN, POISSON, ESCAPE };

static description right_description(void)
{
    return (description){
        .populations = {{.name = "4E", .size = 10, .neuron = {.refractory_time = 2}, .external_weight = 1},
                        {.name = "4I", .size = 5},
                        {.name = "given",
                         .size = 2,
                         .neuron = {.kind = QN_NEURON_GIVEN},
                         .given = {.count = 2, .neuron = GIVEN_NEURON, .time = GIVEN_TIME}},
                        {.size = 3, .neuron = {.kind = QN_NEURON_POISSON}, .source_rate = 20},
                        {.name = "escape",
                         .size = 4,
                         .neuron = {.kind = QN_NEURON_ESCAPE_RATE,
                                    .synapse = QN_SYNAPSE_DELTA,
                                    .link_rate = 10,
                                    .link_width = 2}}},
        .projections = {{.target = E,
                         .source = E,
                         .count = 30,
                         .weight = {.mean = 87.8, .relative_spread = 0.1},
                         .delay = {.mean = 1.5, .relative_spread = 0.5}},
                        {.target = E,
                         .source = I,
                         .rule = QN_RULE_IN_DEGREE,
                         .count = 5,
                         .no_multapses = true,
                         .weight = {.mean = -351},
                         .delay = {.mean = 0.75}},
                        {.target = ESCAPE,
                         .source = POISSON,
                         .rule = QN_RULE_BERNOULLI,
                         .count = 0.5,
                         .delay = {.kind = QN_DELAY_CONSTANT, .mean = 1}},
                        {.target = I,
                         .source = GIVEN,
                         .rule = QN_RULE_EDGES,
                         .edges = {.count = 3, .source = SOURCES, .target = TARGETS},
                         .weight = {.mean = 3},
                         .delay = {.mean = 1}}},
        .stimuli = {{.population = E, .start = 0, .stop = 10, .current = -5, .rate = 100},
                    {.population = ESCAPE, .start = 5, .stop = 6}},
        .network = {.population_count = 5, .projection_count = 4, .stimulus_count = 2},
    };
}

static qn_status check(description *d)
{
    d->network.populations = d->populations;
    d->network.projections = d->projections;
    d->network.stimuli = d->stimuli;
    return qn_spiking_network_check(&d->network);
}

#define ALLOWED(...)                                                                                                   \
    do {                                                                                                               \
        description d = right_description();                                                                           \
        __VA_ARGS__;                                                                                                   \
        assert_ok(check(&d));                                                                                          \
    } while (0)
#define REFUSED(message, ...)                                                                                          \
    do {                                                                                                               \
        description d = right_description();                                                                           \
        __VA_ARGS__;                                                                                                   \
        assert_fails(check(&d), QN_BAD_VALUE, message);                                                                \
    } while (0)

static void right_networks_pass(void **state)
{
    (void)state;
    ALLOWED((void)d);
    ALLOWED(d.network.projection_count = d.network.stimulus_count = 0);
    ALLOWED(d.populations[E].neuron.synaptic_time = 10.0); // as the membrane: a limit, not an error
    ALLOWED(d.populations[E].neuron = qn_spiking_neuron_resolved(&d.populations[E].neuron));
    ALLOWED(d.populations[ESCAPE].neuron = qn_spiking_neuron_resolved(&d.populations[ESCAPE].neuron));
    ALLOWED(d.network.time_step = 0.2, d.network.delay_minimum = 0.1, d.populations[GIVEN].given.count = 0);
    ALLOWED(d.network.time_step = 0.3, d.populations[E].neuron.refractory_time = 0.9,
            d.populations[GIVEN].given.count = 1);
    ALLOWED(d.projections[1].count = 7, d.projections[1].no_multapses = false);
    ALLOWED(d.populations[I].size = 0, d.network.projection_count = 2, d.projections[1].count = 0);
    ALLOWED(d.projections[3].weight.mean = 0, d.projections[3].edges.weight = (const float[]){1, -1, 0});
    ALLOWED(d.projections[3].delay.mean = 0, d.projections[3].edges.delay = (const float[]){1, 0.01f, 100});
    ALLOWED(d.projections[0].weight.kind = QN_WEIGHT_LOGNORMAL, d.projections[0].weight.relative_spread = 3);
}

static void lists_and_grid(void **state)
{
    (void)state;
    REFUSED("populations: there are none; allowed: at least 1", d.network.population_count = 0);
    assert_fails(qn_spiking_network_check(&(qn_spiking_network){.population_count = 1}), QN_BAD_VALUE, "populations:");
    const qn_spiking_population one = {.size = 1};
    assert_fails(qn_spiking_network_check(
                     &(qn_spiking_network){.population_count = 1, .populations = &one, .projection_count = 2}),
                 QN_BAD_VALUE, "projections: 2 are announced but the list is NULL");
    assert_fails(qn_spiking_network_check(
                     &(qn_spiking_network){.population_count = 1, .populations = &one, .stimulus_count = 2}),
                 QN_BAD_VALUE, "stimuli: 2 are announced but the list is NULL");
    REFUSED("time_step is -0.1 ms; allowed: greater than 0", d.network.time_step = -0.1);
    REFUSED("time_step is nan ms", d.network.time_step = NAN);
    REFUSED("time_step is inf ms", d.network.time_step = INFINITY);
    REFUSED("delay_minimum is 0.04 ms; allowed: from half a time step, 0.05 ms, to a whole one, 0.1 ms",
            d.network.delay_minimum = 0.04);
    REFUSED("delay_minimum is 0.2 ms", d.network.delay_minimum = 0.2);
    REFUSED("delay_minimum is nan ms", d.network.delay_minimum = NAN);
    REFUSED("delay_split is 2", d.network.delay_split = 2);
    REFUSED("unit_size is 131073; allowed: at most 131072", d.network.unit_size = 131073);
    REFUSED("neurons in all; allowed: 1 to 4294967295", d.populations[ESCAPE].size = (size_t)1 << 32);
    REFUSED("populations: 0 neurons in all", d.network.population_count = 1; d.populations[0].size = 0;
            d.network.projection_count = d.network.stimulus_count = 0);
}

static void neurons(void **state)
{
    (void)state;
#define NEURON(at) d.populations[at].neuron
    REFUSED("populations[0] (4E): neuron.kind is 4", NEURON(E).kind = 4);
    REFUSED("populations[0] (4E): neuron.synapse is 2", NEURON(E).synapse = 2);
    REFUSED("populations[0] (4E): neuron.link is 3", NEURON(E).link = 3);
    REFUSED("populations[1] (4I): neuron.reset is -40 mV; allowed: below the threshold, -50 mV",
            (NEURON(I).rest = -65, NEURON(I).threshold = -50, NEURON(I).reset = -40));
    REFUSED("neuron.reset is 15 mV; allowed: below the threshold, 15 mV",
            (NEURON(I).threshold = 15, NEURON(I).reset = 15));
    REFUSED("neuron.membrane_time is -10 ms; allowed: greater than 0", NEURON(I).membrane_time = -10);
    REFUSED("neuron.synaptic_time is -1 ms; allowed: greater than 0", NEURON(I).synaptic_time = -1);
    REFUSED("neuron.inhibitory_synaptic_time is nan ms", NEURON(I).inhibitory_synaptic_time = NAN);
    REFUSED("neuron.capacitance is inf pF", NEURON(I).capacitance = INFINITY);
    REFUSED("neuron.rest is nan mV; allowed: a finite number", NEURON(I).rest = NAN);
    REFUSED("neuron.threshold is nan mV", NEURON(I).threshold = NAN);
    REFUSED("neuron.reset is -inf mV", NEURON(I).reset = -INFINITY);
    REFUSED("neuron.refractory_time is -2 ms; allowed: 0 or more", NEURON(E).refractory_time = -2);
    REFUSED("neuron.refractory_time is 2 ms; allowed: a multiple of the time step, 0.15 ms",
            (d.network.time_step = 0.15));
    REFUSED("neuron.refractory_time is 1e+12 ms, 10000000000000 time steps", NEURON(E).refractory_time = 1e12);
    REFUSED("populations[4] (escape): neuron.synaptic_time is 0.5 ms and neuron.inhibitory_synaptic_time 0 ms; "
            "allowed: 0 for delta synapses",
            NEURON(ESCAPE).synaptic_time = 0.5);
    REFUSED("neuron.link_rate is 0 /s; allowed: greater than 0", NEURON(ESCAPE).link_rate = 0);
    REFUSED("neuron.link_width is 0 mV; allowed: greater than 0", NEURON(ESCAPE).link_width = 0);
    REFUSED("neuron.link_potential is nan mV", NEURON(ESCAPE).link_potential = NAN);
    REFUSED("neuron.table_count is 2; allowed: 0, as this neuron has no link", NEURON(I).table_count = 2);
    REFUSED("neuron.table_count is 2; allowed: 0 for a link that is no table", NEURON(ESCAPE).table_count = 2);
#define TABLE(count, potentials, rates)                                                                                \
    NEURON(ESCAPE).link = QN_LINK_TABLE, NEURON(ESCAPE).table_count = (count),                                         \
    NEURON(ESCAPE).table_potential = (potentials), NEURON(ESCAPE).table_rate = (rates)
    ALLOWED(TABLE(2, POTENTIAL, LINK_RATE));
    REFUSED("neuron.table has 1 points; allowed: at least 2", TABLE(1, POTENTIAL, LINK_RATE));
    REFUSED("neuron.table has 0 points", TABLE(2, POTENTIAL, NULL));
    REFUSED("neuron.table_potential[1] is 10 mV; allowed: finite and above the one before",
            TABLE(2, ((const double[]){10, 10}), LINK_RATE));
    REFUSED("neuron.table_rate[1] is -1 /s", TABLE(2, POTENTIAL, ((const double[]){0, -1})));
}

static void populations(void **state)
{
    (void)state;
#define OF(at) d.populations[at]
    REFUSED("populations[1] (4E): name is that of populations[0] too", OF(I).name = "4E");
    REFUSED("populations[1] (): name is empty", OF(I).name = "");
    REFUSED("constant_current is nan pA", OF(I).constant_current = NAN);
    REFUSED("external_count is -1; allowed: 0 or more", OF(I).external_count = -1);
    REFUSED("external_rate is -8 /s", OF(I).external_rate = -8);
    REFUSED("external_weight is nan", OF(I).external_weight = NAN);
    REFUSED("external_weight is -3; allowed: 0 or more where inhibitory currents decay otherwise",
            (OF(I).external_weight = -3, OF(I).neuron.inhibitory_synaptic_time = 2));
    ALLOWED(OF(I).external_weight = -3);
    REFUSED("initial_mean is nan mV", OF(I).initial_mean = NAN);
    REFUSED("initial_spread is -1 mV", OF(I).initial_spread = -1);
    REFUSED("populations[3]: source_rate is -1 /s", OF(POISSON).source_rate = -1);
    REFUSED("populations[1] (4I): source_rate is 20 /s; allowed: 0 but for Poisson sources", OF(I).source_rate = 20);
    REFUSED("source_stop is 5 ms; allowed: 0 (always) or later than source_start, 10 ms",
            (OF(POISSON).source_start = 10, OF(POISSON).source_stop = 5));
    REFUSED("populations[3]: constant_current is 1 pA and external_count 0; allowed: 0, as a source",
            OF(POISSON).constant_current = 1);
    REFUSED("external_count 2; allowed: 0", OF(GIVEN).external_count = 2);
    REFUSED("populations[1] (4I): given.count is 2; allowed: 0 but for sources of given spikes",
            OF(I).given = OF(GIVEN).given);
    REFUSED("given: 2 spikes are announced but neuron or time is NULL", OF(GIVEN).given.time = NULL);
    REFUSED("populations[2] (given): given.neuron[1] is 1; allowed: below 1", OF(GIVEN).size = 1);
    REFUSED("populations[2] (given): given spike 1: given.time is 0.25 ms; allowed: a multiple of the time step",
            OF(GIVEN).given.time = ((const double[]){0.1, 0.25}));
    REFUSED("given spike 0: given.time is 0 ms; allowed: greater than 0",
            OF(GIVEN).given.time = ((const double[]){0, 1}));
    REFUSED("given spike 0: given.time is nan ms", OF(GIVEN).given.time = ((const double[]){NAN, 1}));
}

static void projections(void **state)
{
    (void)state;
#define PROJECTION(at) d.projections[at]
    REFUSED("projections[1]: target is population 5; allowed: 0 to 4", PROJECTION(1).target = 5);
    REFUSED("projections[1]: source is population 9; allowed: 0 to 4", PROJECTION(1).source = 9);
    REFUSED("projections[1] (4I -> given): the target is a source of spikes", PROJECTION(1).target = GIVEN);
    REFUSED("projections[1] (4E -> 4E): the same populations as projections[0]", PROJECTION(1).source = E);
    REFUSED("projections[2] (3 -> escape): rule is 4", PROJECTION(2).rule = 4);
    REFUSED("weight.kind is 3", PROJECTION(2).weight.kind = 3);
    REFUSED("delay.kind is 2", PROJECTION(2).delay.kind = 2);
    REFUSED("projections[1] (4I -> 4E): weight.mean is nan", PROJECTION(1).weight.mean = NAN);
    REFUSED("weight.relative_spread is -0.1", PROJECTION(1).weight.relative_spread = -0.1);
    REFUSED("weight.relative_spread is 0.4; allowed: 0 to 0.3 for normal weights",
            PROJECTION(1).weight.relative_spread = 0.4);
    REFUSED("weight.relative_spread is 0.1; allowed: 0 for constant weights",
            PROJECTION(0).weight.kind = QN_WEIGHT_CONSTANT);
    REFUSED("delay.mean is 0 ms; allowed: greater than 0, at most 100 ms", PROJECTION(1).delay.mean = 0);
    REFUSED("delay.mean is 101 ms", PROJECTION(1).delay.mean = 101);
    REFUSED("delay.mean is nan ms", PROJECTION(1).delay.mean = NAN);
    REFUSED("delay.relative_spread is -0.5; allowed: 0 to 1", PROJECTION(1).delay.relative_spread = -0.5);
    REFUSED("delay.relative_spread is nan", PROJECTION(1).delay.relative_spread = NAN);
    REFUSED("delay.relative_spread is 0.5; allowed: 0 for constant delays", PROJECTION(2).delay.relative_spread = 0.5);
}

static void counts_of_rules(void **state)
{
    (void)state;
    REFUSED("projections[0] (4E -> 4E): count is -1; allowed: 0 or more", PROJECTION(0).count = -1);
    REFUSED("count is nan", PROJECTION(0).count = NAN);
    REFUSED("count is inf", PROJECTION(0).count = INFINITY);
    REFUSED("no_multapses is set; not for a total number", PROJECTION(0).no_multapses = true);
    REFUSED("no_autapses is set; not for a total number", PROJECTION(0).no_autapses = true);
    REFUSED("projections[1] (4I -> 4E): count is 6 synapses per neuron without multapses; allowed: at most 5",
            PROJECTION(1).count = 6);
    REFUSED("count is 10 synapses per neuron without multapses; allowed: at most 9",
            (PROJECTION(0).rule = QN_RULE_IN_DEGREE, PROJECTION(0).no_multapses = PROJECTION(0).no_autapses = true,
             PROJECTION(0).count = 10));
    REFUSED("as the only source neuron is the target itself",
            (d.populations[E].size = 1, PROJECTION(0).rule = QN_RULE_IN_DEGREE, PROJECTION(0).no_autapses = true));
    REFUSED("projections[2] (3 -> escape): count is 1.5; allowed: a probability, 0 to 1", PROJECTION(2).count = 1.5);
    REFUSED("edges.count is 3; allowed: 0 but for the rule of explicit edges", PROJECTION(3).rule = QN_RULE_BERNOULLI);
    REFUSED("there are synapses, but 0 source and 10 target neurons", d.populations[I].size = 0);
    REFUSED("projections[2] (3 -> escape): there are synapses, but 3 source and 0 target neurons",
            d.populations[ESCAPE].size = 0);
    REFUSED("projections[0] (4E -> 4E): 2147483649 synapses; allowed: at most 2^31",
            PROJECTION(0).count = 2147483649.0);
    REFUSED("synapses; allowed: at most 2^31",
            (d.populations[E].size = 100000, PROJECTION(0).rule = QN_RULE_BERNOULLI, PROJECTION(0).count = 0.9));
    // 10 source neurons: 630 000 synapses are 63 000 each; 16384 of 32768 targets are half of that.
    ALLOWED(PROJECTION(0).count = 630000);
    REFUSED("640000 synapses are 64000 per source neuron onto a unit of 10 neurons", PROJECTION(0).count = 640000);
    ALLOWED(PROJECTION(0).source = I, PROJECTION(1).source = E, PROJECTION(1).no_multapses = false,
            d.populations[E].size = 32768, PROJECTION(0).count = 5 * 126000);
    REFUSED("onto a unit of 20000 neurons",
            (PROJECTION(0).source = I, PROJECTION(1).source = E, PROJECTION(1).no_multapses = false,
             d.populations[E].size = 20000, d.network.unit_size = 30000, PROJECTION(0).count = 5 * 126000));
}

static void edges(void **state)
{
    (void)state;
#define EDGES d.projections[3].edges
    REFUSED("projections[3] (given -> 4I): edges: 3 are announced but source or target is NULL", EDGES.target = NULL);
    REFUSED("edges.source[2] is 2; allowed: below 2", EDGES.source = ((const uint32_t[]){0, 1, 2}));
    REFUSED("edges.target[0] is 5; allowed: below 5", EDGES.target = ((const uint32_t[]){5, 1, 2}));
    REFUSED("edges.weight[1] is nan", EDGES.weight = ((const float[]){1, NAN, 1}));
    REFUSED("edges.weight[1] is -1; allowed: the sign of weight.mean, 3", EDGES.weight = ((const float[]){1, -1, 1}));
    REFUSED("edges.delay[2] is 101 ms", EDGES.delay = ((const float[]){1, 2, 101}));
    REFUSED("edges.delay[0] is 0 ms", EDGES.delay = ((const float[]){0, 2, 1}));
    REFUSED("edges.delay[0] is nan ms", EDGES.delay = ((const float[]){NAN, 2, 1}));
    REFUSED("edges: neuron 1 is joined to 2 more than once; not with no_multapses", PROJECTION(3).no_multapses = true);
    REFUSED("edges[0] joins neuron 2 to itself; not with no_autapses",
            (PROJECTION(3).source = I, PROJECTION(3).no_autapses = true, EDGES.source = TARGETS));
    ALLOWED(PROJECTION(3).no_autapses = true, EDGES.source = (const uint32_t[]){0, 1, 1},
            EDGES.target = (const uint32_t[]){0, 1, 2});
}

static void stimuli(void **state)
{
    (void)state;
    REFUSED("stimuli[1]: population is 5; allowed: 0 to 4", d.stimuli[1].population = 5);
    REFUSED("stimuli[1]: start is -5 ms", d.stimuli[1].start = -5);
    REFUSED("stimuli[1]: stop is 5 ms; allowed: later than the start, 5 ms", d.stimuli[1].stop = 5);
    REFUSED("stimuli[1]: stop is inf ms", d.stimuli[1].stop = INFINITY);
    REFUSED("stimuli[0]: current is nan pA", d.stimuli[0].current = NAN);
    REFUSED("stimuli[0]: rate is -1 /s", d.stimuli[0].rate = -1);
    REFUSED("stimuli[1]: population 3 is a source of spikes", d.stimuli[1].population = POISSON);
    REFUSED("stimuli[1]: rate is 3 /s, but the external weight of population escape is 0", d.stimuli[1].rate = 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_networks_pass),
        cmocka_unit_test(lists_and_grid),
        cmocka_unit_test(neurons),
        cmocka_unit_test(populations),
        cmocka_unit_test(projections),
        cmocka_unit_test(counts_of_rules),
        cmocka_unit_test(edges),
        cmocka_unit_test(stimuli),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
