// Stationary rates of spiking networks against the published microcircuit's, against exactly known limits, and the
// exact Jacobian against differences.
#include "testing.h"

#include "theory/lif_search.h"

static qn_spiking_network microcircuit(void)
{
    qn_spiking_network network;
    assert_ok(qn_microcircuit_create(NULL, &network));
    return network;
}

static void solve(const qn_spiking_network *network, const qn_lif_mean_field_options *options, qn_lif_mean_field *found)
{
    assert_ok(qn_lif_mean_field_solve(network, options, found));
    assert_true(found->state_count >= 1 && found->population_count == network->population_count);
}

static bool warns(const qn_lif_mean_field *found, const char *part)
{
    for (size_t k = 0; k < found->warning_count; ++k)
        if (strstr(found->warnings[k], part)) return true;
    return false;
}

static void microcircuit_has_its_rates(void **state)
{
    (void)state;
    static const double RATE[] = {0.7564, 2.7998, 4.4403, 5.8303, 7.1532, 8.4787, 1.1614, 7.7654};
    static const double MEAN[] = {2.520, 6.656, 6.957, 6.903, 7.531, 9.020, 2.785, 9.018};
    static const double NOISE[] = {6.239, 5.164, 5.537, 6.008, 5.932, 5.110, 6.476, 4.942};
    qn_spiking_network network = microcircuit();
    qn_lif_mean_field found;
    solve(&network, NULL, &found);
    double neurons = 0.0, spikes = 0.0;
    for (size_t i = 0; i < 8; ++i) {
        assert_within(found.states[0].rate[i], RATE[i], 1e-3 * RATE[i]);
        assert_within(found.states[0].mean_input[i], MEAN[i], 1e-3);
        assert_within(found.states[0].input_noise[i], NOISE[i], 1e-3);
        assert_true(found.states[0].rate_spread[i] == 0.0 && found.states[0].input_spread[i] == 0.0);
        neurons += (double)network.populations[i].size;
        spikes += (double)network.populations[i].size * found.states[0].rate[i];
    }
    assert_close(found.weighted_average, spikes / neurons, 1e-14);
    assert_true(found.state_count == 1 && found.failed_starts == 0 && found.warning_count == 0);
    assert_true(found.states[0].start == 0.0 && found.states[0].stability < 0.2);
    qn_lif_mean_field_clear(&found);
    qn_spiking_network_clear(&network);
}

static void microcircuit_has_its_spread_of_rates(void **state)
{
    (void)state;
    static const double RATE[] = {0.7642, 2.8297, 4.3948, 5.905, 7.217, 8.5583, 1.2683, 7.9009};
    static const double SPREAD[] = {.725, 1.851, 2.877, 3.574, 4.394, 4.770, 1.358, 4.477};
    qn_spiking_network network = microcircuit();
    qn_lif_mean_field found;
    solve(&network, &(qn_lif_mean_field_options){.heterogeneity = true}, &found);
    for (size_t i = 0; i < 8; ++i) {
        assert_within(found.states[0].rate[i], RATE[i], 2e-3 * RATE[i]);
        assert_within(found.states[0].rate_spread[i], SPREAD[i], 2e-3 * SPREAD[i]);
    }
    qn_lif_mean_field_clear(&found);
    qn_spiking_network_clear(&network);
}

// 11 nodes are enough.
static void spread_does_not_depend_on_nodes(void **state)
{
    (void)state;
    qn_spiking_network network = microcircuit();
    qn_lif_mean_field few, many;
    solve(&network, &(qn_lif_mean_field_options){.heterogeneity = true}, &few);
    solve(&network, &(qn_lif_mean_field_options){.heterogeneity = true, .nodes = 41}, &many);
    for (size_t i = 0; i < 8; ++i) {
        assert_within(few.states[0].rate[i] / many.states[0].rate[i], 1.0, 1e-4);
        assert_within(few.states[0].rate_spread[i] / many.states[0].rate_spread[i], 1.0, 1e-3);
    }
    qn_lif_mean_field_clear(&few);
    qn_lif_mean_field_clear(&many);
    qn_spiking_network_clear(&network);
}

// Quantiles of the distribution, its density and its moments say the same.
static void distribution_of_rates_is_one(void **state)
{
    (void)state;
    enum { POINTS = 4000 };
    static double rates[POINTS], density[POINTS];
    qn_spiking_network network = microcircuit();
    qn_lif_mean_field found;
    solve(&network, &(qn_lif_mean_field_options){.heterogeneity = true, .nodes = 41}, &found);
    const qn_lif_state *at = &found.states[0];
    const size_t population = 2;
    for (size_t k = 0; k < POINTS; ++k) rates[k] = 40.0 * ((double)k + 0.5) / POINTS;
    assert_ok(qn_lif_rate_density(at, population, POINTS, rates, density));
    double total = 0.0, mean = 0.0, square = 0.0, below_median = 0.0;
    const double half = 0.5, step = 40.0 / POINTS;
    double median;
    assert_ok(qn_lif_rate_quantiles(at, population, 1, &half, &median));
    for (size_t k = 0; k < POINTS; ++k) {
        total += density[k] * step;
        mean += density[k] * rates[k] * step;
        square += density[k] * rates[k] * rates[k] * step;
        if (rates[k] < median) below_median += density[k] * step;
    }
    assert_close(total, 1.0, 1e-4);
    assert_close(mean, at->rate[population], 1e-4);
    assert_close(sqrt(square - mean * mean), at->rate_spread[population], 3e-4);
    assert_within(below_median, 0.5, 2e-3);
    double untouched = 7.0, zero = 0.0;
    assert_fails(qn_lif_rate_quantiles(at, 0, 1, &zero, &untouched), QN_BAD_VALUE, "probabilities[0] is 0");
    assert_fails(qn_lif_rate_density(at, 0, 1, &zero, &untouched), QN_BAD_VALUE, "rates[0] is 0");
    qn_lif_mean_field_clear(&found);

    solve(&network, NULL, &found);
    assert_fails(qn_lif_rate_density(&found.states[0], 0, 1, rates, &untouched), QN_BAD_VALUE, "with heterogeneity");
    assert_ok(qn_lif_rate_quantiles(&found.states[0], 0, 1, &half, &median));
    assert_true(median == found.states[0].rate[0] && untouched == 7.0);
    qn_lif_mean_field_clear(&found);
    qn_spiking_network_clear(&network);
}

// Two populations with all that may enter the Jacobian: two synaptic times, spread of weights, differing neurons.
typedef struct {
    qn_spiking_population populations[3];
    qn_spiking_projection projections[6];
    qn_spiking_network network;
} small;

static qn_spiking_projection projection(size_t target, size_t source, qn_connection_rule rule, double count,
                                        double weight)
{
    return (qn_spiking_projection){.target = target,
                                   .source = source,
                                   .rule = rule,
                                   .count = count,
                                   .weight = {.mean = weight, .relative_spread = 0.2},
                                   .delay = {.mean = 1.5}};
}

static const qn_spiking_network *small_build(small *made)
{
    memset(made, 0, sizeof *made);
    const qn_spiking_neuron neuron = {
        .membrane_time = 12.0, .synaptic_time = 0.4, .inhibitory_synaptic_time = 1.0, .refractory_time = 1.0};
    made->populations[0] = (qn_spiking_population){.name = "E",
                                                   .size = 1000,
                                                   .neuron = neuron,
                                                   .constant_current = 150.0,
                                                   .external_count = 500.0,
                                                   .external_rate = 9.0,
                                                   .external_weight = 80.0};
    made->populations[1] = made->populations[0];
    made->populations[1].name = "I";
    made->populations[1].size = 250;
    made->populations[2] =
        (qn_spiking_population){.size = 400, .neuron = {.kind = QN_NEURON_POISSON}, .source_rate = 12.0};
    made->projections[0] = projection(0, 0, QN_RULE_TOTAL_NUMBER, 60e3, 80.0);
    made->projections[1] = projection(0, 1, QN_RULE_IN_DEGREE, 25.0, -320.0);
    made->projections[2] = projection(1, 0, QN_RULE_BERNOULLI, 0.1, 80.0);
    made->projections[3] = projection(1, 1, QN_RULE_BERNOULLI, 0.1, -320.0);
    made->projections[4] = projection(0, 2, QN_RULE_IN_DEGREE, 40.0, 80.0);
    made->projections[4].no_multapses = true;
    made->network = (qn_spiking_network){.population_count = 3,
                                         .populations = made->populations,
                                         .projection_count = 5,
                                         .projections = made->projections};
    return &made->network;
}

static void jacobian_agrees_with_differences(void **state)
{
    (void)state;
    enum { UNKNOWNS = 6 };
    small network;
    small_build(&network);
    const qn_lif_mean_field_options options = {.heterogeneity = true, .nodes = 15, .average_synaptic_time = true};
    qn_lif_input input;
    qn_lif_map map;
    assert_ok(qn_lif_input_create(&network.network, &options, &input));
    assert_ok(qn_lif_map_create(&input, &options, &map));
    assert_int_equal(map.unknowns, UNKNOWNS);
    // The second start has no spread over neurons in population I, whose in-degrees are alike when sources are silent.
    static const double AT[2][UNKNOWNS] = {{6.0, 9.0, 12.0, 20.0, 30.0, 0.0}, {0.0, 0.0, 12.0, 0.0, 0.0, 0.0}};
    for (int k = 0; k < 2; ++k) {
        double jacobian[UNKNOWNS * UNKNOWNS], image[2][UNKNOWNS];
        assert_ok(qn_lif_map_evaluate(&map, AT[k], image[0]));
        qn_lif_map_jacobian(&map, AT[k], jacobian);
        for (size_t j = 0; j < UNKNOWNS; ++j) {
            if (j % 3 == 2 || (k == 1)) continue; // one-sided at 0
            double x[UNKNOWNS];
            for (int side = 0; side < 2; ++side) {
                memcpy(x, AT[k], sizeof x);
                x[j] += (side ? 1e-5 : -1e-5) * AT[k][j];
                assert_ok(qn_lif_map_evaluate(&map, x, image[side]));
            }
            for (size_t i = 0; i < UNKNOWNS; ++i)
                assert_within(jacobian[i * UNKNOWNS + j], (image[1][i] - image[0][i]) / (2e-5 * AT[k][j]),
                              1e-7 * (1.0 + fabs(jacobian[i * UNKNOWNS + j])));
        }
        for (size_t j = 0; j < UNKNOWNS && k == 1; ++j) { // the limit of no spread
            double x[UNKNOWNS];
            memcpy(x, AT[k], sizeof x);
            x[j] += 1e-6;
            assert_ok(qn_lif_map_evaluate(&map, x, image[1]));
            for (size_t i = 0; i < UNKNOWNS; ++i)
                if (j % 3 != 2)
                    assert_within(jacobian[i * UNKNOWNS + j], (image[1][i] - image[0][i]) / 1e-6,
                                  1e-5 * (1.0 + fabs(jacobian[i * UNKNOWNS + j])));
        }
    }
    qn_lif_map_clear(&map);
    qn_lif_input_clear(&input);
}

// Neurons that only listen have Siegert's rate of their drive, to the last digits.
static void network_without_loops_is_siegert(void **state)
{
    (void)state;
    qn_spiking_population populations[3] = {
        {.name = "white", .size = 100, .neuron = {.synapse = QN_SYNAPSE_DELTA, .membrane_time = 20.0}},
        {.name = "coloured", .size = 100, .neuron = {.refractory_time = 2.0}, .constant_current = 100.0},
        {.name = "source", .size = 1000, .neuron = {.kind = QN_NEURON_POISSON}, .source_rate = 8.0}};
    populations[0].external_count = 1000.0;
    populations[0].external_rate = 3.0;
    populations[0].external_weight = 0.2;
    const qn_spiking_projection wiring[2] = {{.target = 0,
                                              .source = 2,
                                              .rule = QN_RULE_IN_DEGREE,
                                              .count = 100,
                                              .weight = {.mean = 0.1, .relative_spread = 0.3},
                                              .delay = {.mean = 1.0}},
                                             {.target = 1,
                                              .source = 2,
                                              .rule = QN_RULE_IN_DEGREE,
                                              .count = 400,
                                              .weight = {.kind = QN_WEIGHT_CONSTANT, .mean = 100.0},
                                              .delay = {.mean = 1.0}}};
    const qn_spiking_network network = {
        .population_count = 3, .populations = populations, .projection_count = 2, .projections = wiring};
    qn_lif_mean_field found;
    solve(&network, NULL, &found);
    const double white_mean = 0.02 * (1000 * 3 * 0.2 + 100 * 8 * 0.1);
    const double white_noise = sqrt(0.02 * (1000 * 3 * 0.04 + 100 * 8 * 0.01 * 1.09));
    const qn_siegert_neuron white = {.membrane_time = 20.0, .threshold = 15.0};
    const qn_siegert_neuron coloured = {
        .membrane_time = 10.0, .synaptic_time = 0.5, .refractory_time = 2.0, .threshold = 15.0};
    qn_siegert_response response;
    assert_ok(qn_siegert(&white, white_mean, white_noise, &response));
    assert_close(found.states[0].rate[0], response.rate, 1e-12);
    assert_close(found.states[0].mean_input[0], white_mean, 1e-13);
    assert_ok(qn_siegert(&coloured, 0.01 * 400 * 8 * 0.2 + 4.0, sqrt(0.01 * 400 * 8 * 0.04), &response));
    assert_close(found.states[0].rate[1], response.rate, 1e-12);
    assert_true(found.states[0].rate[2] == 8.0 && found.state_count == 1);
    assert_true(found.states[0].stability == 0.0 && found.states[0].spectral_radius == 0.0);
    qn_lif_mean_field_clear(&found);

    // A source that stops is no part of the stationary state.
    populations[2].source_stop = 500.0;
    solve(&network, NULL, &found);
    assert_true(found.states[0].rate[2] == 0.0 && warns(&found, "population source stops at 500 ms"));
    qn_lif_mean_field_clear(&found);
}

static void runaway_says_so(void **state)
{
    (void)state;
    small network;
    small_build(&network);
    const qn_lif_mean_field_options options = {.average_synaptic_time = true};
    qn_lif_mean_field found = {.state_count = 77};
    network.projections[0].count *= 20.0;
    assert_fails(qn_lif_mean_field_solve(&network.network, &options, &found), QN_NO_SOLUTION,
                 "no low-activity fixed point found; the network probably runs away (mean rate");
    network.populations[0].neuron.refractory_time = 0.0;
    network.projections[0].count *= 10.0;
    assert_fails(qn_lif_mean_field_solve(&network.network, &options, &found), QN_NO_SOLUTION, "probably runs away");
    assert_int_equal(found.state_count, 77);

    // Whoever asks for it gets the state of high activity.
    small_build(&network);
    network.projections[0].count *= 20.0;
    solve(&network.network, &(qn_lif_mean_field_options){.average_synaptic_time = true, .rate_limit = INFINITY},
          &found);
    assert_true(found.weighted_average > 100.0);
    qn_lif_mean_field_clear(&found);
}

// Excitation alone with a weak drive: silent and active, both found, and continuation stays where it was.
static void both_fixed_points_are_found(void **state)
{
    (void)state;
    qn_spiking_population population = {.name = "E",
                                        .size = 1000,
                                        .neuron = {.refractory_time = 5.0},
                                        .external_count = 1000.0,
                                        .external_rate = 5.5,
                                        .external_weight = 87.8};
    const qn_spiking_projection wiring = projection(0, 0, QN_RULE_IN_DEGREE, 120.0, 87.8);
    const qn_spiking_network network = {
        .population_count = 1, .populations = &population, .projection_count = 1, .projections = &wiring};
    qn_lif_mean_field found, again;
    solve(&network, NULL, &found);
    assert_int_equal(found.state_count, 2);
    assert_true(found.states[0].rate[0] < 10.0 && found.states[1].rate[0] > 50.0 && found.states[1].start == 100.0);
    for (size_t k = 0; k < 2; ++k) {
        assert_true(found.states[k].stability < 1.0);
        assert_close(found.states[k].gain[0], found.states[k].stability, 1e-12);
        solve(&network,
              &(qn_lif_mean_field_options){
                  .start_rates = found.states[k].rate, .rate_limit = INFINITY, .starts = found.states[k].rate},
              &again);
        assert_close(again.states[0].rate[0], found.states[k].rate[0], 1e-10);
        assert_true(again.state_count == 1 && isnan(again.states[0].start));
        qn_lif_mean_field_clear(&again);
    }
    assert_true(warns(&found, "2 fixed points found; this is the one reached from 0 / s"));
    qn_lif_mean_field_clear(&found);
}

static void doubts_are_told(void **state)
{
    (void)state;
    small network;
    small_build(&network);
    network.projections[1].weight.mean = -1500.0;
    network.populations[0].neuron.synaptic_time = 2.0; // at a fifth of the weight: the same charge
    network.populations[0].external_weight = 16.0;
    network.populations[0].constant_current = 60.0;
    network.projections[0].weight.mean = network.projections[4].weight.mean = 16.0;
    const qn_spiking_stimulus stimulus = {.population = 0, .start = 1.0, .stop = 2.0, .current = 10.0};
    network.network.stimulus_count = 1;
    network.network.stimuli = &stimulus;
    network.populations[1].external_count = network.populations[1].constant_current = 0.0;
    qn_lif_mean_field found;
    solve(&network.network, &(qn_lif_mean_field_options){.average_synaptic_time = true}, &found);
    assert_true(warns(&found, "J / threshold is up to 0.4 (population E from population I; wanted: below 0.1)"));
    assert_true(warns(&found, "spikes arrive per membrane time (population I; wanted: at least 10)"));
    assert_true(warns(&found, "of the membrane time (population E): the shift of first order is right below 0.1"));
    assert_true(warns(&found, "silent populations (below 0.01 / s), such as population I"));
    assert_true(warns(&found, "synaptic times differ"));
    assert_true(warns(&found, "1 stimuli are not part of the stationary state"));
    qn_lif_mean_field_clear(&found);
}

static void what_is_not_covered_is_refused(void **state)
{
    (void)state;
    small network;
    const qn_spiking_network *n = small_build(&network);
    qn_lif_mean_field found = {.state_count = 77};
    assert_fails(qn_lif_mean_field_solve(n, NULL, &found), QN_BAD_VALUE,
                 "population E has inhibitory synapses of another synaptic_time than the excitatory 0.4 ms");
    const qn_lif_mean_field_options fine = {.average_synaptic_time = true};
    qn_lif_mean_field_options options = fine;
    options.nodes = 2;
    assert_fails(qn_lif_mean_field_solve(n, &options, &found), QN_BAD_VALUE, "nodes is 2; allowed: 3 to 101");
    options = fine, options.rate_limit = -1.0;
    assert_fails(qn_lif_mean_field_solve(n, &options, &found), QN_BAD_VALUE, "rate_limit is -1");
    options = fine, options.tolerance = 2.0;
    assert_fails(qn_lif_mean_field_solve(n, &options, &found), QN_BAD_VALUE, "tolerance is 2");
    const double negative[] = {-3.0, 0.0, 0.0};
    options = fine, options.starts = negative;
    assert_fails(qn_lif_mean_field_solve(n, &options, &found), QN_BAD_VALUE, "start_count is 0");
    options.start_count = 1;
    assert_fails(qn_lif_mean_field_solve(n, &options, &found), QN_BAD_VALUE, "starts[0] is -3");
    options = fine, options.start_rates = negative;
    assert_fails(qn_lif_mean_field_solve(n, &options, &found), QN_BAD_VALUE, "start_rates[0] is -3");

    network.populations[1].neuron = (qn_spiking_neuron){
        .kind = QN_NEURON_ESCAPE_RATE, .link_rate = 10.0, .link_potential = -50.0, .link_width = 4.0};
    assert_fails(qn_lif_mean_field_solve(n, &fine, &found), QN_BAD_VALUE, "population I has escape-rate neurons");
    const qn_spiking_network empty = {0};
    assert_true(qn_lif_mean_field_solve(&empty, NULL, &found) == QN_BAD_VALUE);
    const qn_spiking_network sources = {.population_count = 1, .populations = &network.populations[2]};
    assert_fails(qn_lif_mean_field_solve(&sources, NULL, &found), QN_BAD_VALUE, "none of 1 populations has integrate");
    assert_int_equal(found.state_count, 77);
    qn_lif_mean_field_clear(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(microcircuit_has_its_rates),
        cmocka_unit_test(microcircuit_has_its_spread_of_rates),
        cmocka_unit_test(spread_does_not_depend_on_nodes),
        cmocka_unit_test(distribution_of_rates_is_one),
        cmocka_unit_test(jacobian_agrees_with_differences),
        cmocka_unit_test(network_without_loops_is_siegert),
        cmocka_unit_test(runaway_says_so),
        cmocka_unit_test(both_fixed_points_are_found),
        cmocka_unit_test(doubts_are_told),
        cmocka_unit_test(what_is_not_covered_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
