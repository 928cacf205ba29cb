// Every option that is refused, with what the message says.
#include "testing.h"

static const qn_spiking_population population = {.name = "E", .size = 10, .initial_mean = -65.0};
static const qn_spiking_network network = {.population_count = 1, .populations = &population};

static void refuse(qn_spiking_options options, const char *part)
{
    qn_spiking_activity a = {.population_count = 99};
    assert_fails(qn_spiking_simulate(&network, &options, 0, NULL, &a), QN_BAD_VALUE, part);
    assert_int_equal(a.population_count, 99);
}

static void bad_options_are_refused_by_name(void **state)
{
    (void)state;
    refuse((qn_spiking_options){.duration = -1.0}, "duration is -1 ms; allowed: at least 0.1");
    refuse((qn_spiking_options){.duration = 0.05}, "duration is 0.05 ms");
    refuse((qn_spiking_options){.duration = 10.05},
           "duration is 10.05 ms; allowed: at least 0.1, a multiple of the time step");
    refuse((qn_spiking_options){.duration = NAN}, "duration is nan ms");
    refuse((qn_spiking_options){.duration = INFINITY}, "duration is inf ms");
    refuse((qn_spiking_options){.duration = 1e9}, "allowed: fewer than 2^32 time steps");
    refuse((qn_spiking_options){.discard = -0.1}, "discard is -0.1 ms");
    refuse((qn_spiking_options){.discard = 0.25}, "discard is 0.25 ms");
    refuse((qn_spiking_options){.discard = NAN}, "discard is nan ms");
    refuse((qn_spiking_options){.discard = 1e9}, "allowed: fewer than 2^32 time steps");
    refuse((qn_spiking_options){.bin = -1.0}, "bin is -1 ms");
    refuse((qn_spiking_options){.bin = 0.25}, "bin is 0.25 ms");
    refuse((qn_spiking_options){.bin = 1001.0}, "bin is 1001 ms; allowed: at most the duration, 1000 ms");
    refuse((qn_spiking_options){.bin = NAN}, "bin is nan ms");
    refuse((qn_spiking_options){.local_variation_refractory = -1.0}, "local_variation_refractory is -1 ms");
    refuse((qn_spiking_options){.local_variation_refractory = NAN}, "local_variation_refractory is nan ms");
    refuse((qn_spiking_options){.local_variation_refractory = INFINITY}, "local_variation_refractory is inf ms");
    refuse((qn_spiking_options){.rate_limit = -1.0}, "rate_limit is -1");
    refuse((qn_spiking_options){.rate_limit = NAN}, "rate_limit is nan");
    refuse((qn_spiking_options){.checkpoint_interval = -5.0}, "checkpoint_interval is -5 ms");
    refuse((qn_spiking_options){.checkpoint_interval = NAN}, "checkpoint_interval is nan ms");
    refuse((qn_spiking_options){.memory_limit = -1.0}, "memory_limit is -1");
    refuse((qn_spiking_options){.memory_limit = NAN}, "memory_limit is nan");
}

// Defaults fit whatever else is asked for.
static void defaults_fit_short_runs_and_odd_grids(void **state)
{
    (void)state;
    const qn_spiking_options options[] = {{0}, {.duration = 0.1}, {.duration = 0.7, .discard = 0.2}};
    for (size_t i = 0; i < 3; ++i) {
        qn_spiking_activity a;
        assert_ok(qn_spiking_simulate(&network, &options[i], 0, NULL, &a));
        assert_within(a.duration, i == 0 ? 1000.0 : options[i].duration, 1e-9);
        qn_spiking_activity_clear(&a);
    }
    const double steps[] = {0.15, 0.03, 0.7, 2.5, 0.025};
    for (size_t i = 0; i < 5; ++i) {
        qn_spiking_network other = network;
        other.time_step = steps[i];
        const qn_spiking_options whole = {.duration = steps[i] * 1000.0};
        qn_spiking_activity a;
        assert_ok(qn_spiking_simulate(&other, &whole, 0, NULL, &a));
        assert_int_equal(a.steps, 1000);
        assert_true(a.bin >= steps[i] && a.bin_count >= 1);
        qn_spiking_activity_clear(&a);
    }
    qn_spiking_activity a;
    assert_ok(qn_spiking_simulate(&network, NULL, 0, NULL, &a));
    assert_int_equal(a.steps, 10000);
    assert_int_equal(a.bin_count, 1000);
    qn_spiking_activity_clear(&a);
}

static void bad_networks_are_refused_before_anything_is_built(void **state)
{
    (void)state;
    qn_spiking_activity a;
    const qn_spiking_network none = {0};
    assert_fails(qn_spiking_simulate(&none, NULL, 0, NULL, &a), QN_BAD_VALUE, "populations");
    const qn_spiking_population wrong = {.name = "E", .size = 10, .neuron = {.membrane_time = -1.0}};
    const qn_spiking_network bad = {.population_count = 1, .populations = &wrong};
    assert_fails(qn_spiking_simulate(&bad, NULL, 0, NULL, &a), QN_BAD_VALUE, "populations[0] (E)");
}

// Populations without neurons are passed over, wherever they are.
static void empty_populations_do_no_harm(void **state)
{
    (void)state;
    const qn_spiking_population populations[] = {{.size = 0},
                                                 {.size = 5, .initial_mean = -65.0, .constant_current = 400.0},
                                                 {.size = 0},
                                                 {.size = 3, .initial_mean = -65.0, .constant_current = 400.0},
                                                 {.size = 0}};
    const qn_spiking_network some = {.population_count = 5, .populations = populations};
    const qn_spiking_options options = {.duration = 50.0, .recorded = 4};
    qn_spiking_activity a;
    assert_ok(qn_spiking_simulate(&some, &options, 0, NULL, &a));
    const size_t recorded[] = {0, 0, 4, 4, 7, 7}, all[] = {0, 0, 5, 5, 8, 8};
    assert_memory_equal(a.spikes.first_neuron, recorded, sizeof recorded);
    assert_memory_equal(a.first_neuron, all, sizeof all);
    assert_int_equal(a.spikes.count, 7);
    qn_spiking_activity_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_options_are_refused_by_name),
        cmocka_unit_test(defaults_fit_short_runs_and_odd_grids),
        cmocka_unit_test(bad_networks_are_refused_before_anything_is_built),
        cmocka_unit_test(empty_populations_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
