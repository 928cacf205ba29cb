#include "testing.h"

enum { POPULATIONS = QN_MICROCIRCUIT_POPULATIONS };

static qn_spiking_network created(const qn_microcircuit_options *options)
{
    qn_spiking_network network = {0};
    assert_ok(qn_microcircuit_create(options, &network));
    return network;
}

static const qn_spiking_projection *between(const qn_spiking_network *network, size_t target, size_t source)
{
    for (size_t i = 0; i < network->projection_count; ++i)
        if (network->projections[i].target == target && network->projections[i].source == source)
            return &network->projections[i];
    return NULL;
}

// The numbers of section 2.2, which are rounded to their last digit.
static void numbers_of_synapses(void **state)
{
    (void)state;
    qn_spiking_network network = created(NULL);
    assert_int_equal(network.population_count, POPULATIONS);
    assert_int_equal(network.projection_count, 55);
    assert_int_equal(qn_spiking_neuron_count(&network), 77169);
    assert_true(qn_spiking_synapse_count(&network) == 298880968.0);
    static const double ROW_SUMS[] = {4995.1, 5285.0, 2806.4, 5888.4, 4943.9, 2736.0, 2563.6, 2434.1};
    double degree[POPULATIONS * POPULATIONS];
    qn_spiking_in_degrees(&network, degree);
    for (size_t i = 0; i < POPULATIONS; ++i) {
        double sum = 0.0;
        for (size_t j = 0; j < POPULATIONS; ++j) sum += degree[i * POPULATIONS + j];
        assert_within(sum, ROW_SUMS[i], 0.0501);
    }
    assert_within(degree[0], 2199.9, 0.05);
    assert_within(degree[2 * POPULATIONS + 3], 794.6, 0.05);
    assert_within(degree[6 * POPULATIONS + 7], 752.2, 0.05);
    qn_spiking_network_clear(&network);
}

static void pairs_without_synapses_have_no_projection(void **state)
{
    (void)state;
    qn_spiking_network network = created(NULL);
    static const size_t EMPTY[][2] = {{0, 5}, {0, 7}, {1, 5}, {1, 7}, {2, 7}, {3, 5}, {3, 7}, {4, 7}, {5, 7}};
    for (size_t i = 0; i < 9; ++i) assert_null(between(&network, EMPTY[i][0], EMPTY[i][1]));
    for (size_t i = 0; i < network.projection_count; ++i) assert_true(network.projections[i].count > 0.0);
    assert_non_null(between(&network, 2, 5)); // 0.0003, the smallest there is
    qn_spiking_network_clear(&network);
}

static void weights_and_delays(void **state)
{
    (void)state;
    qn_spiking_network network = created(NULL);
    for (size_t i = 0; i < network.projection_count; ++i) {
        const qn_spiking_projection *p = &network.projections[i];
        const double factor = p->source % 2 == 1 ? -4.0 : p->target == 0 && p->source == 2 ? 2.0 : 1.0;
        assert_close(p->weight.mean, factor * 87.80849352920845, 1e-12);
        assert_true(p->weight.kind == QN_WEIGHT_NORMAL && p->weight.relative_spread == 0.1);
        assert_true(p->delay.mean == (p->source % 2 == 1 ? 0.75 : 1.5) && p->delay.relative_spread == 0.5);
        assert_true(p->delay.kind == QN_DELAY_NORMAL && p->rule == QN_RULE_TOTAL_NUMBER);
    }
    qn_spiking_network_clear(&network);
}

static void drive_and_start(void **state)
{
    (void)state;
    qn_spiking_network network = created(NULL);
    assert_string_equal(network.populations[3].name, "4I");
    assert_true(network.populations[3].external_count == 1900.0 && network.populations[3].external_rate == 8.0);
    assert_close(network.populations[3].external_weight, 87.80849352920845, 1e-12);
    assert_true(network.populations[3].constant_current == 0.0);
    assert_true(network.populations[7].initial_mean == -61.43 && network.populations[7].initial_spread == 4.48);
    assert_true(network.populations[0].neuron.refractory_time == 2.0);
    qn_spiking_network_clear(&network);

    network = created(&(qn_microcircuit_options){
        .initial_potentials = QN_MICROCIRCUIT_ORIGINAL, .constant_drive = true, .delay_minimum = 0.05});
    for (size_t p = 0; p < POPULATIONS; ++p) {
        assert_true(network.populations[p].external_count == 0.0 && network.populations[p].initial_mean == -58.0);
        assert_true(network.populations[p].initial_spread == 10.0);
    }
    // K nu tau_s W: 1600 x 8 /s x 0.5 ms x 87.8 pA. The same mean as the Poisson input has, tau_m K nu J = (tau_m / C)
    // I:
    assert_close(network.populations[0].constant_current, 561.9743585869341, 1e-12);
    assert_close(network.populations[6].constant_current * 10.0 / 250.0, 0.01 * 2900 * 8 * 0.17561698705841688, 1e-12);
    assert_true(qn_spiking_delay_minimum(&network) == 0.05);
    qn_spiking_network_clear(&network);
}

static void thalamic_volley(void **state)
{
    (void)state;
    qn_spiking_network network = created(&(qn_microcircuit_options){.thalamic_stimulus = true});
    assert_int_equal(network.population_count, 9);
    assert_int_equal(network.projection_count, 59);
    const qn_spiking_population *relay = &network.populations[8];
    assert_string_equal(relay->name, "TC");
    assert_true(relay->size == 902 && relay->neuron.kind == QN_NEURON_POISSON && relay->source_rate == 120.0);
    assert_true(relay->source_start == 700.0 && relay->source_stop == 710.0);
    static const double PROBABILITY[] = {0, 0, .0983, .0619, 0, 0, .0512, .0196};
    for (size_t target = 0; target < POPULATIONS; ++target) {
        const qn_spiking_projection *p = between(&network, target, 8);
        if (PROBABILITY[target] == 0.0) {
            assert_null(p);
            continue;
        }
        // A pair is joined by at least one of S synapses with this probability.
        const double pairs = 902.0 * (double)network.populations[target].size;
        assert_within(-expm1(p->count * log1p(-1.0 / pairs)), PROBABILITY[target], 1.0 / pairs);
        assert_true(p->weight.mean > 87.8 && p->weight.mean < 87.9 && p->delay.mean == 1.5);
    }
    qn_spiking_network_clear(&network);
    network = created(&(qn_microcircuit_options){
        .thalamic_stimulus = true, .thalamic_start = 50, .thalamic_length = 5, .thalamic_rate = 30});
    assert_true(network.populations[8].source_start == 50.0 && network.populations[8].source_stop == 55.0);
    assert_true(network.populations[8].source_rate == 30.0);
    qn_spiking_network_clear(&network);
}

static void refuses(qn_microcircuit_options options, const char *part)
{
    qn_spiking_network network = {.unit_size = 77};
    assert_fails(qn_microcircuit_create(&options, &network), QN_BAD_VALUE, part);
    assert_true(network.unit_size == 77 && network.populations == NULL);
}

static void wrong_options(void **state)
{
    (void)state;
    refuses((qn_microcircuit_options){.initial_potentials = 2}, "initial_potentials is 2; allowed: optimised");
    refuses((qn_microcircuit_options){.thalamic_stimulus = true, .thalamic_rate = -1},
            "thalamic_rate is -1; allowed: 0 or more");
    refuses((qn_microcircuit_options){.thalamic_stimulus = true, .thalamic_start = NAN}, "thalamic_start is nan");
    refuses((qn_microcircuit_options){.thalamic_length = 5}, "thalamic_length is 5; allowed: 0 without");
    refuses((qn_microcircuit_options){.time_step = 0.3}, "populations[0] (23E): neuron.refractory_time is 2 ms");
    refuses((qn_microcircuit_options){.delay_minimum = 1}, "delay_minimum is 1 ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_synapses), cmocka_unit_test(pairs_without_synapses_have_no_projection),
        cmocka_unit_test(weights_and_delays),  cmocka_unit_test(drive_and_start),
        cmocka_unit_test(thalamic_volley),     cmocka_unit_test(wrong_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
