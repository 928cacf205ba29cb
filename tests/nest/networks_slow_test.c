// The same networks in NEST and here: rates, regularity, synchrony and correlations agree as well as seeds of one
// simulator do. That the tests see small differences is shown on ourselves.
#include "agreement.h"
#include "nest_run.h"

enum { SEEDS = 10 };

typedef struct {
    qn_spiking_network network;
    double discard, duration; // ms
} experiment;

static experiment microcircuit_tenth(void)
{
    static const double RATE[] = {0.918, 3.002, 4.386, 5.878, 7.682, 8.664, 1.099, 7.844}; // 1/s, at full scale
    experiment e = {.discard = 300.0, .duration = 1500.0};
    qn_spiking_network full;
    assert_ok(qn_microcircuit_create(NULL, &full));
    assert_ok(qn_spiking_down_scale(&full, 0.1, 0.1, RATE, &e.network));
    qn_spiking_network_clear(&full);
    return e;
}

// Brunel (2000), model A, smaller: delta synapses, fixed in-degrees, twice the drive that reaches the threshold.
static experiment brunel(double inhibition)
{
    const double jump = 0.2, membrane = 20.0, threshold = 20.0; // mV, ms, mV
    const qn_spiking_population neurons = {.neuron = {.synapse = QN_SYNAPSE_DELTA,
                                                      .membrane_time = membrane,
                                                      .threshold = threshold,
                                                      .reset = 10,
                                                      .refractory_time = 2},
                                           .external_count = 1.0,
                                           .external_rate = 2.0 * threshold / (jump * membrane * 1e-3),
                                           .external_weight = jump,
                                           .initial_mean = 10.0,
                                           .initial_spread = 5.0};
    qn_spiking_population populations[] = {neurons, neurons};
    populations[0].name = "E";
    populations[0].size = 4000;
    populations[1].name = "I";
    populations[1].size = 1000;
    qn_spiking_projection projections[4];
    for (size_t i = 0; i < 4; ++i)
        projections[i] = (qn_spiking_projection){.target = i / 2,
                                                 .source = i % 2,
                                                 .rule = QN_RULE_IN_DEGREE,
                                                 .count = i % 2 ? 100.0 : 400.0,
                                                 .weight = {QN_WEIGHT_CONSTANT, i % 2 ? -inhibition * jump : jump, 0.0},
                                                 .delay = {QN_DELAY_CONSTANT, 1.5, 0.0}};
    const qn_spiking_network network = {
        .population_count = 2, .populations = populations, .projection_count = 4, .projections = projections};
    experiment e = {.discard = 200.0, .duration = 1000.0};
    assert_ok(qn_spiking_network_copy(&network, &e.network));
    return e;
}

static summary *ours(const experiment *e, uint64_t first_seed)
{
    const size_t populations = e->network.population_count;
    summary *all = calloc(SEEDS * populations, sizeof *all);
    assert_non_null(all);
    for (size_t s = 0; s < SEEDS; ++s) {
        const qn_spiking_options options = {
            .seed = first_seed + s, .duration = e->duration, .discard = e->discard, .recorded = SIZE_MAX};
        qn_spiking_activity activity;
        assert_ok(qn_spiking_simulate(&e->network, &options, 0, NULL, &activity));
        summarise(&activity.spikes, all + s * populations);
        qn_spiking_activity_clear(&activity);
    }
    return all;
}

static summary *theirs(const experiment *e)
{
    const size_t populations = e->network.population_count;
    summary *all = calloc(SEEDS * populations, sizeof *all);
    assert_non_null(all);
    for (size_t s = 0; s < SEEDS; ++s) {
        const qn_export_nest_options options = {.seed = 1 + s, .duration = e->duration, .discard = e->discard};
        qn_spikes spikes = nest_spikes(&e->network, &options);
        summarise(&spikes, all + s * populations);
        nest_spikes_free(&spikes);
    }
    return all;
}

static void agree_in_nest_and_here(experiment e)
{
    const size_t runs = SEEDS * e.network.population_count;
    summary *here = ours(&e, 1), *there = theirs(&e);
    assert_int_equal(differences(&e.network, SEEDS, here, there), 0);
    free_summaries(runs, here);
    free_summaries(runs, there);
    qn_spiking_network_clear(&e.network);
}

static void microcircuit_agrees(void **state)
{
    (void)state;
    require_nest();
    agree_in_nest_and_here(microcircuit_tenth());
}

static void brunel_agrees(void **state)
{
    (void)state;
    require_nest();
    agree_in_nest_and_here(brunel(6.0));
}

static void seeds_agree_and_small_changes_are_seen(void **state)
{
    (void)state;
    experiment e = brunel(6.0), changed = brunel(6.1);
    const size_t runs = SEEDS * e.network.population_count;
    summary *some = ours(&e, 1), *others = ours(&e, 101), *stronger = ours(&changed, 201);
    assert_int_equal(differences(&e.network, SEEDS, some, others), 0);
    assert_true(differences(&e.network, SEEDS, some, stronger) >= 2);
    free_summaries(runs, some);
    free_summaries(runs, others);
    free_summaries(runs, stronger);
    qn_spiking_network_clear(&e.network);
    qn_spiking_network_clear(&changed.network);
}

// An argument names the tests to run: networks_slow microcircuit_agrees.
int main(int count, char **arguments)
{
    if (count > 1) cmocka_set_test_filter(arguments[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_agree_and_small_changes_are_seen),
        cmocka_unit_test(brunel_agrees),
        cmocka_unit_test(microcircuit_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
