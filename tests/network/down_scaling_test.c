#include "testing.h"

enum { MOST = 16 };

// Mean and noise intensity of the input of each population, sheet equation (6), from nothing but the description.
typedef struct {
    double mean[MOST], variance[MOST]; // mV, mV^2
} input;

static double jump(const qn_spiking_neuron *neuron, double weight)
{
    if (neuron->synapse == QN_SYNAPSE_DELTA) return weight;
    const double excitatory = neuron->synaptic_time != 0 ? neuron->synaptic_time : 0.5;
    const double inhibitory = neuron->inhibitory_synaptic_time != 0 ? neuron->inhibitory_synaptic_time : excitatory;
    return weight * (weight < 0 ? inhibitory : excitatory) / (neuron->capacitance != 0 ? neuron->capacitance : 250.0);
}

static double membrane_time(const qn_spiking_neuron *neuron)
{
    return neuron->membrane_time != 0 ? neuron->membrane_time : 10.0; // ms
}

static double in_degree(const qn_spiking_network *network, const qn_spiking_projection *p)
{
    const double targets = (double)network->populations[p->target].size;
    const double sources = (double)network->populations[p->source].size;
    const bool own = p->no_autapses && p->target == p->source;
    return p->rule == QN_RULE_TOTAL_NUMBER ? p->count / targets
           : p->rule == QN_RULE_IN_DEGREE  ? p->count
                                           : p->count * (own ? sources - 1 : sources);
}

// `stimulated`: while all stimuli are on.
static input input_of(const qn_spiking_network *network, const double *rate, bool stimulated)
{
    input in = {0};
    for (size_t i = 0; i < network->projection_count; ++i) {
        const qn_spiking_projection *p = &network->projections[i];
        const qn_spiking_neuron *neuron = &network->populations[p->target].neuron;
        const double seconds = 1e-3 * membrane_time(neuron), j = jump(neuron, p->weight.mean);
        const double drive = in_degree(network, p) * rate[p->source];
        in.mean[p->target] += seconds * drive * j;
        in.variance[p->target] += seconds * drive * j * j * (1 + p->weight.relative_spread * p->weight.relative_spread);
    }
    for (size_t i = 0; i < network->population_count; ++i) {
        const qn_spiking_population *p = &network->populations[i];
        const double seconds = 1e-3 * membrane_time(&p->neuron), j = jump(&p->neuron, p->external_weight);
        double drive = p->external_count * p->external_rate, current = p->constant_current;
        for (size_t s = 0; stimulated && s < network->stimulus_count; ++s) {
            if (network->stimuli[s].population != i) continue;
            drive += network->stimuli[s].rate;
            current += network->stimuli[s].current;
        }
        const double capacitance = p->neuron.capacitance != 0 ? p->neuron.capacitance : 250.0;
        in.mean[i] += seconds * drive * j + membrane_time(&p->neuron) / capacitance * current;
        in.variance[i] += seconds * drive * j * j;
    }
    return in;
}

// All rules, both kinds of synapses, unequal time constants, a source; sizes that a tenth and degrees that a quarter
// divide.
static const qn_spiking_population POPULATIONS[] = {
    {.name = "E",
     .size = 1000,
     .neuron = {.membrane_time = 20, .synaptic_time = 2, .inhibitory_synaptic_time = 5, .capacitance = 200},
     .constant_current = 11,
     .external_count = 100.5,
     .external_rate = 7,
     .external_weight = 12},
    {.name = "I", .size = 400, .neuron = {.synapse = QN_SYNAPSE_DELTA}, .constant_current = -30},
    {.name = "source", .size = 200, .neuron = {.kind = QN_NEURON_POISSON}, .source_rate = 9},
};
static const qn_spiking_projection PROJECTIONS[] = {
    {.target = 0, .source = 0, .count = 40000, .weight = {.mean = 20, .relative_spread = 0.1}, .delay = {.mean = 1}},
    {.target = 0,
     .source = 1,
     .rule = QN_RULE_IN_DEGREE,
     .count = 40,
     .weight = {.kind = QN_WEIGHT_LOGNORMAL, .mean = -70, .relative_spread = 2},
     .delay = {.mean = 1}},
    {.target = 1,
     .source = 1,
     .rule = QN_RULE_BERNOULLI,
     .count = 0.1,
     .no_autapses = true,
     .weight = {.mean = -0.4, .relative_spread = 0.2},
     .delay = {.mean = 1}},
    {.target = 1, .source = 2, .rule = QN_RULE_BERNOULLI, .count = 0.2, .weight = {.mean = 0.3}, .delay = {.mean = 1}},
};
static const qn_spiking_stimulus STIMULI[] = {{.population = 0, .start = 1, .stop = 2, .current = 3, .rate = 500}};
static const qn_spiking_network NETWORK = {.population_count = 3,
                                           .populations = POPULATIONS,
                                           .projection_count = 4,
                                           .projections = PROJECTIONS,
                                           .stimulus_count = 1,
                                           .stimuli = STIMULI};
static const double RATE[] = {5.5, 12, 9};

static void mean_and_variance_stay(void **state)
{
    (void)state;
    qn_spiking_network scaled = {0};
    assert_ok(qn_spiking_down_scale(&NETWORK, 0.1, 0.25, RATE, &scaled));
    for (int stimulated = 0; stimulated < 2; ++stimulated) {
        const input full = input_of(&NETWORK, RATE, stimulated), small = input_of(&scaled, RATE, stimulated);
        for (size_t p = 0; p < 2; ++p) {
            assert_true(fabs(full.mean[p]) > 1.0 && full.variance[p] > 1.0);
            assert_close(small.mean[p], full.mean[p], 1e-12);
            assert_close(small.variance[p], full.variance[p], 1e-12);
        }
    }
    qn_spiking_network_clear(&scaled);
}

static void each_part_is_scaled(void **state)
{
    (void)state;
    qn_spiking_network scaled = {0};
    assert_ok(qn_spiking_down_scale(&NETWORK, 0.1, 0.25, RATE, &scaled));
    assert_true(scaled.populations[0].size == 100 && scaled.populations[1].size == 40);
    assert_true(scaled.populations[2].size == 20 && scaled.populations[2].source_rate == 9.0);
    assert_true(scaled.populations[2].constant_current == 0.0);
    assert_true(scaled.populations[0].external_count == 25.125 && scaled.populations[0].external_rate == 7.0);
    assert_true(scaled.populations[0].external_weight == 24.0);
    assert_true(scaled.projections[0].count == 1000.0 && scaled.projections[1].count == 10.0);
    assert_close(scaled.projections[2].count, 0.25 * 0.1 * 399 / 39, 1e-14);
    assert_close(scaled.projections[3].count, 0.5, 1e-14);
    assert_true(scaled.projections[1].weight.mean == -140.0 && scaled.projections[1].weight.relative_spread == 2.0);
    assert_true(scaled.stimuli[0].rate == 125.0);
    // (C / tau_m) (1 - 1/2) tau_m J nu with J = 12 pA x 2 ms / 200 pF = 0.12 mV: 3 + 200 x 0.5 x 0.12 x 0.5 pA
    assert_close(scaled.stimuli[0].current, 9.0, 1e-14);
    qn_spiking_network_clear(&scaled);
}

static void factors_of_one_change_nothing(void **state)
{
    (void)state;
    qn_spiking_network scaled = {0};
    assert_ok(qn_spiking_down_scale(&NETWORK, 1, 1, RATE, &scaled));
    assert_memory_equal(scaled.stimuli, STIMULI, sizeof STIMULI);
    for (size_t p = 0; p < 3; ++p) {
        assert_int_equal(scaled.populations[p].size, POPULATIONS[p].size);
        assert_true(scaled.populations[p].constant_current == POPULATIONS[p].constant_current);
    }
    for (size_t i = 0; i < 4; ++i) assert_close(scaled.projections[i].count, PROJECTIONS[i].count, 1e-15);
    qn_spiking_network_clear(&scaled);
}

// The microcircuit, whose numbers no factor divides: what is cut off is at most one neuron and one synapse.
static void the_microcircuit_is_scaled(void **state)
{
    (void)state;
    static const double REFERENCE[] = {.918, 3.002, 4.386, 5.878, 7.682, 8.664, 1.099, 7.844}; // table 9.5
    qn_spiking_network full = {0};
    assert_ok(qn_microcircuit_create(NULL, &full));
    static const double FACTORS[][2] = {{0.1, 0.1}, {1.0, 0.1}, {0.03, 0.5}};
    for (size_t f = 0; f < 3; ++f) {
        const double size = FACTORS[f][0], degree = FACTORS[f][1];
        qn_spiking_network scaled = {0};
        assert_ok(qn_spiking_down_scale(&full, size, degree, REFERENCE, &scaled));
        double off_mean[MOST] = {0}, off_variance[MOST] = {0};
        for (size_t i = 0; i < full.projection_count; ++i) {
            const qn_spiking_projection *p = &full.projections[i], *q = &scaled.projections[i];
            assert_true(q->count == floor(size * degree * p->count));
            const double n = size * (double)full.populations[p->target].size, j = p->weight.mean * 0.5 / 250;
            const double share = 0.01 * in_degree(&full, p) * REFERENCE[p->source] * fabs(j);
            const double cut = 1 / (n - 1) + 1 / (size * degree * p->count);
            off_mean[p->target] += sqrt(degree) * share * cut;
            off_variance[p->target] += share * fabs(j) * 1.01 * cut;
        }
        const input before = input_of(&full, REFERENCE, false), after = input_of(&scaled, REFERENCE, false);
        for (size_t p = 0; p < 8; ++p) {
            assert_int_equal(scaled.populations[p].size, (size_t)(size * (double)full.populations[p].size));
            assert_within(after.mean[p], before.mean[p], off_mean[p] + 1e-12);
            assert_within(after.variance[p], before.variance[p], off_variance[p] + 1e-12);
        }
        qn_spiking_network_clear(&scaled);
    }
    qn_spiking_network_clear(&full);
}

static void refuses(const qn_spiking_network *network, double size, double degree, const double *rate, const char *part)
{
    qn_spiking_network scaled = {.unit_size = 77};
    assert_fails(qn_spiking_down_scale(network, size, degree, rate, &scaled), QN_BAD_VALUE, part);
    assert_true(scaled.unit_size == 77 && scaled.populations == NULL);
}

static void what_cannot_be_scaled(void **state)
{
    (void)state;
    refuses(&NETWORK, 0, 1, RATE, "size_factor is 0; allowed: greater than 0, at most 1");
    refuses(&NETWORK, NAN, 1, RATE, "size_factor is nan");
    refuses(&NETWORK, 1, 1.5, RATE, "degree_factor is 1.5; allowed: greater than 0, at most 1");
    refuses(&NETWORK, 1, 1, NULL, "rate is NULL");
    refuses(&NETWORK, 1, 1, (const double[]){1, -2, 3}, "populations[1] (I): the target rate is -2 /s");
    refuses(&NETWORK, 0.004, 0.004, RATE, "populations[2] (source): none of its 200 neurons is left at size_factor");
    refuses(&NETWORK, 0.01, 1, RATE,
            "projections[2] (I -> I): 39.9 synapses per neuron are left from 3 source neurons");
    qn_spiking_network wrong = NETWORK;
    wrong.time_step = -1;
    refuses(&wrong, 0.5, 0.5, RATE, "time_step is -1 ms");

    qn_spiking_projection changed = PROJECTIONS[1];
    wrong = NETWORK;
    wrong.projections = &changed;
    wrong.projection_count = 1;
    changed.no_multapses = true;
    refuses(&wrong, 0.05, 0.9, RATE, "projections[0] (I -> E): count is 36 synapses per neuron without multapses");
    const uint32_t zero = 0;
    changed = (qn_spiking_projection){
        .rule = QN_RULE_EDGES, .edges = {.count = 1, .source = &zero, .target = &zero}, .delay = {.mean = 1}};
    refuses(&wrong, 1, 0.5, RATE, "projections[0] (E -> E): its synapses are an explicit list");

    const double time = 1.0;
    const qn_spiking_population given = {
        .size = 10, .neuron = {.kind = QN_NEURON_GIVEN}, .given = {.count = 1, .neuron = &zero, .time = &time}};
    const qn_spiking_network sources = {.population_count = 1, .populations = &given};
    refuses(&sources, 0.5, 0.5, RATE, "populations[0]: its spikes are given, neuron by neuron");
    qn_spiking_network scaled = {0};
    assert_ok(qn_spiking_down_scale(&sources, 1, 0.5, RATE, &scaled));
    qn_spiking_network_clear(&scaled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_variance_stay),        cmocka_unit_test(each_part_is_scaled),
        cmocka_unit_test(factors_of_one_change_nothing), cmocka_unit_test(the_microcircuit_is_scaled),
        cmocka_unit_test(what_cannot_be_scaled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
