// What drives a network: sources of spikes, stimuli, neurons that spike at random (escape rates).
#include "simulation/escape_rate.h"
#include "testing.h"

#include <stdlib.h>

static qn_spiking_activity run(const qn_spiking_network *network, const qn_spiking_options *options)
{
    qn_spiking_activity a;
    assert_ok(qn_spiking_simulate(network, options, 0, NULL, &a));
    return a;
}

static qn_spiking_network of(const qn_spiking_population *populations, size_t count)
{
    return (qn_spiking_network){.population_count = count, .populations = populations};
}

static uint64_t spikes_in(const qn_spiking_activity *a, size_t population)
{
    uint64_t spikes = 0;
    for (size_t i = a->first_neuron[population]; i < a->first_neuron[population + 1]; ++i) spikes += a->spike_count[i];
    return spikes;
}

// ------------------------------------------------------------------------------------------------------------ sources

static void poisson_sources_have_their_rate_and_window(void **state)
{
    (void)state;
    const qn_spiking_population populations[] = {
        {.size = 1001, .neuron.kind = QN_NEURON_POISSON, .source_rate = 37.0},
        {.size = 500,
         .neuron.kind = QN_NEURON_POISSON,
         .source_rate = 2000.0,
         .source_start = 30.0,
         .source_stop = 90.5},
        {.size = 200, .neuron.kind = QN_NEURON_POISSON},
        {.size = 64, .neuron.kind = QN_NEURON_POISSON, .source_rate = 20000.0}};
    const qn_spiking_network network = of(populations, 4);
    const qn_spiking_options options = {.duration = 2000.0, .recorded = 2000, .bin = 0.1};
    qn_spiking_activity a = run(&network, &options);
    const double expected[] = {1001 * 37.0 * 2.0, 500 * 2000.0 * 0.0605, 0.0, 64 * 20000.0 * 2.0};
    for (size_t p = 0; p < 4; ++p) assert_within((double)spikes_in(&a, p), expected[p], 4.0 * sqrt(expected[p]));
    // Not before, not after: active for 30 < t <= 90.5.
    for (size_t b = 0; b < a.bin_count; ++b) {
        const uint32_t step = (uint32_t)b + 1, found = a.histogram[a.bin_count + b];
        assert_true(step > 300 && step <= 905 ? found > 0 : found == 0);
    }
    // Numbers of the population in a step are Poisson: mean and variance are equal.
    double sum = 0.0, squares = 0.0, n = 605.0;
    for (size_t b = 300; b < 905; ++b) {
        const double k = a.histogram[a.bin_count + b];
        sum += k / n;
        squares += k * k / n;
    }
    assert_within((squares - sum * sum) / sum, 1.0, 4.0 * sqrt(2.0 / n));
    // Intervals of a Poisson train are exponential: CV 1, LvR 3 where R is 0 (here 5 ms: larger).
    double cv = 0.0;
    for (size_t i = 0; i < 1001; ++i) cv += a.cv[i] / 1001.0;
    assert_within(cv, 1.0, 0.02);
    // No step is preferred by neurons: neighbours are independent.
    uint64_t doubles = 0, all = 0;
    for (size_t k = 1; k < a.spikes.count; ++k) {
        if (a.spikes.neuron[k] >= 1001 || a.spikes.neuron[k - 1] >= 1001) continue;
        ++all;
        doubles += a.spikes.step[k] == a.spikes.step[k - 1] && a.spikes.neuron[k] == a.spikes.neuron[k - 1] + 1;
    }
    const double pairs = 1000.0 * 20000.0 * 0.0037 * 0.0037;
    assert_true(all > 50000);
    assert_within((double)doubles, pairs, 4.0 * sqrt(pairs));
    qn_spiking_activity_clear(&a);
}

static void a_source_that_is_too_fast_for_the_step_is_refused(void **state)
{
    (void)state;
    const qn_spiking_population population = {.size = 1, .neuron.kind = QN_NEURON_POISSON, .source_rate = 20001.0};
    const qn_spiking_network network = of(&population, 1);
    qn_spiking_activity a;
    assert_fails(qn_spiking_simulate(&network, NULL, 0, NULL, &a), QN_BAD_VALUE, "source_rate is 20001 /s");
}

static void given_spikes_are_emitted_as_given(void **state)
{
    (void)state;
    // Out of order, twice the same, at the first and the last step, beyond the end, in two units.
    const uint32_t neuron[] = {100, 3, 3, 0, 99, 3, 7, 64, 64};
    const double time[] = {5.0, 0.1, 0.1, 10.0, 10.1, 0.1, 2.5, 2.5, 0.3};
    const qn_spiking_population population = {.size = 101, .neuron.kind = QN_NEURON_GIVEN, .given = {9, neuron, time}};
    qn_spiking_network network = of(&population, 1);
    network.unit_size = 64;
    const qn_spiking_options options = {.duration = 10.0, .recorded = 101};
    qn_spiking_activity a = run(&network, &options);
    const uint32_t steps[] = {1, 1, 1, 3, 25, 25, 50, 100}, neurons[] = {3, 3, 3, 64, 7, 64, 100, 0};
    assert_int_equal(a.spikes.count, 8);
    assert_memory_equal(a.spikes.step, steps, sizeof steps);
    assert_memory_equal(a.spikes.neuron, neurons, sizeof neurons);
    assert_int_equal(a.spike_count[3], 3);
    assert_int_equal(a.spike_count[99], 0);
    qn_spiking_activity_clear(&a);
}

// Several spikes at once deliver several times the weight, by every rule.
static void given_spikes_count_as_often_as_they_are_given(void **state)
{
    (void)state;
    const uint32_t neuron[] = {0, 0, 0}, zero[] = {0};
    const double time[] = {1.0, 1.0, 1.0};
    for (int rule = QN_RULE_TOTAL_NUMBER; rule <= QN_RULE_EDGES; ++rule)
        for (int split = 0; split < 2; ++split) {
            const qn_spiking_population populations[] = {
                {.size = 1, .initial_mean = -65.0},
                {.size = 1, .neuron.kind = QN_NEURON_GIVEN, .given = {3, neuron, time}}};
            const bool edges = rule == QN_RULE_EDGES;
            const qn_spiking_projection projection = {.source = 1,
                                                      .rule = (qn_connection_rule)rule,
                                                      .count = edges ? 0.0 : 1.0,
                                                      .weight = {QN_WEIGHT_CONSTANT, 100.0, 0.0},
                                                      .delay = {QN_DELAY_CONSTANT, 0.5, 0.0},
                                                      .edges = edges ? (qn_spiking_edges){1, zero, zero, NULL, NULL}
                                                                     : (qn_spiking_edges){0}};
            qn_spiking_network network = of(populations, 2);
            network.projection_count = 1;
            network.projections = &projection;
            network.delay_split = (qn_delay_split)split;
            const qn_spiking_options options = {.duration = 5.0, .traced = 1};
            qn_spiking_activity a = run(&network, &options);
            assert_int_equal(a.events, 3);
            assert_true(a.current[13] == 0.0F);
            assert_within((double)a.current[14], 300.0, 1e-4);
            qn_spiking_activity_clear(&a);
        }
}

// ------------------------------------------------------------------------------------------------------------ stimuli

static void a_current_stimulus_acts_in_its_window(void **state)
{
    (void)state;
    for (int synapse = 0; synapse < 2; ++synapse) {
        const qn_spiking_population population = {
            .size = 65, .neuron.synapse = (qn_synapse_kind)synapse, .constant_current = 100.0, .initial_mean = -61.0};
        const qn_spiking_stimulus stimuli[] = {{0, 2.0, 5.0, 50.0, 0.0}, {0, 4.0, 7.0, -200.0, 0.0}};
        qn_spiking_network network = of(&population, 1);
        network.stimulus_count = 2;
        network.stimuli = stimuli;
        const qn_spiking_options options = {.duration = 10.0, .traced = 65};
        qn_spiking_activity a = run(&network, &options);
        double v = 4.0;
        for (int step = 1; step <= 100; ++step) {
            const double current =
                100.0 + (step > 20 && step <= 50 ? 50.0 : 0.0) + (step > 40 && step <= 70 ? -200.0 : 0.0);
            v = v * exp(-0.01) + current * 0.04 * (1.0 - exp(-0.01));
            for (size_t i = 0; i < 65; ++i)
                assert_within((double)a.potential[i * 100 + (size_t)step - 1] + 65.0, v, 2e-5);
        }
        qn_spiking_activity_clear(&a);
    }
}

static void a_rate_stimulus_acts_in_its_window(void **state)
{
    (void)state;
    enum { NEURONS = 2000 };
    const qn_spiking_population population = {.size = NEURONS,
                                              .neuron = {.rest = -65.0, .threshold = 1e6, .reset = -65.0},
                                              .external_weight = 10.0,
                                              .initial_mean = -65.0};
    const qn_spiking_stimulus stimuli[] = {{0, 2.0, 5.0, 0.0, 5000.0}, {0, 3.0, 4.0, 0.0, 120000.0}};
    qn_spiking_network network = of(&population, 1);
    network.stimulus_count = 2;
    network.stimuli = stimuli;
    const qn_spiking_options options = {.duration = 8.0, .traced = NEURONS};
    qn_spiking_activity a = run(&network, &options);
    // What a step adds to the current, over neurons: mean and variance of Poisson numbers.
    for (size_t step = 1; step <= 80; ++step) {
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < NEURONS; ++i) {
            const double before = step > 1 ? (double)a.current[i * 80 + step - 2] : 0.0;
            const double added = ((double)a.current[i * 80 + step - 1] - before * exp(-0.2)) / 10.0;
            sum += added / NEURONS;
            squares += added * added / NEURONS;
        }
        const double mean = (step > 20 && step <= 50 ? 0.5 : 0.0) + (step > 30 && step <= 40 ? 12.0 : 0.0);
        assert_within(sum, mean, 4.5 * sqrt(mean / NEURONS) + 1e-6);
        if (mean > 0.0) assert_within((squares - sum * sum) / mean, 1.0, 4.5 * sqrt((2.0 + 1.0 / mean) / NEURONS));
    }
    qn_spiking_activity_clear(&a);
}

// ------------------------------------------------------------------------------------------------------- escape rates

static const double potentials[] = {-70.0, -60.0, -50.0}, rates[] = {5.0, 25.0, 300.0};

static qn_spiking_neuron escaping(qn_link_kind link)
{
    qn_spiking_neuron n = {.kind = QN_NEURON_ESCAPE_RATE, .link = link, .refractory_time = 5.0};
    if (link == QN_LINK_TABLE) {
        n.table_count = 3;
        n.table_potential = potentials;
        n.table_rate = rates;
        return n;
    }
    n.link_rate = link == QN_LINK_ERF ? 120.0 : 15.0;
    n.link_potential = -55.0;
    n.link_width = 4.0;
    return n;
}

static void links_have_their_formulas(void **state)
{
    (void)state;
    const qn_spiking_neuron exponential = escaping(QN_LINK_EXPONENTIAL), erf_link = escaping(QN_LINK_ERF);
    const qn_spiking_neuron table = escaping(QN_LINK_TABLE);
    for (double v = -90.0; v < -30.0; v += 0.37) {
        assert_close(qn_escape_intensity(&exponential, v), 15.0 * exp((v + 55.0) / 4.0), 1e-13);
        assert_close(qn_escape_intensity(&erf_link, v), 60.0 * (1.0 + erf((v + 55.0) / 4.0 / sqrt(2.0))), 1e-13);
    }
    assert_true(qn_escape_intensity(&table, -80.0) == 5.0 && qn_escape_intensity(&table, -40.0) == 300.0);
    assert_close(qn_escape_intensity(&table, -65.0), 15.0, 1e-13);
    assert_close(qn_escape_intensity(&table, -60.0), 25.0, 1e-13);
    assert_close(qn_escape_intensity(&table, -52.5), 231.25, 1e-13);
}

// Steps in which a neuron could have spiked, and spikes as early as they can be: `shortest` steps after the last.
typedef struct {
    double exposure, intervals, earliest;
    uint32_t shortest;
} risks;

static risks count_risks(const qn_spiking_activity *a, uint32_t dead)
{
    static uint32_t last[3000];
    memset(last, 0, sizeof last);
    const uint32_t end = (uint32_t)a->spikes.last_step, least = dead > 1 ? dead : 1;
    risks r = {.exposure = 3000.0 * end, .shortest = UINT32_MAX};
    for (size_t k = 0; k < a->spikes.count; ++k) {
        const uint32_t n = a->spikes.neuron[k], step = a->spikes.step[k];
        r.exposure -= least - 1 < end - step ? least - 1 : end - step;
        if (last[n] && step - last[n] < r.shortest) r.shortest = step - last[n];
        // Intervals that could have ended before the run did, whatever their length: of the first three quarters.
        if (last[n] && last[n] < end / 4 * 3) r.intervals += 1.0;
        if (last[n] && last[n] < end / 4 * 3 && step - last[n] == least) r.earliest += 1.0;
        last[n] = step;
    }
    return r;
}

// Constant V: a spike with probability 1 - exp(-phi h) in every step that is not dead, the first of them as well.
static void escape_rates_at_constant_potential(void **state)
{
    (void)state;
    for (int link = QN_LINK_EXPONENTIAL; link <= QN_LINK_TABLE; ++link)
        for (uint32_t dead = 0; dead < 60; dead += 50) {
            qn_spiking_population population = {
                .size = 3000, .neuron = escaping((qn_link_kind)link), .constant_current = 225.0, .initial_mean = -56.0};
            population.neuron.refractory_time = 0.1 * dead;
            const qn_spiking_network network = of(&population, 1);
            const qn_spiking_options options = {
                .duration = 2000.0, .recorded = 3000, .rate_limit = 1e9, .double_precision = true};
            qn_spiking_activity a = run(&network, &options);
            const double p = -expm1(-qn_escape_intensity(&population.neuron, -56.0) * 1e-4);
            const risks r = count_risks(&a, dead);
            assert_int_equal(r.shortest, dead > 1 ? dead : 1);
            assert_within((double)a.spikes.count, p * r.exposure, 4.0 * sqrt(p * r.exposure));
            assert_within(r.earliest, p * r.intervals, 4.0 * sqrt(p * r.intervals));
            qn_spiking_activity_clear(&a);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_sources_have_their_rate_and_window),
        cmocka_unit_test(a_source_that_is_too_fast_for_the_step_is_refused),
        cmocka_unit_test(given_spikes_are_emitted_as_given),
        cmocka_unit_test(given_spikes_count_as_often_as_they_are_given),
        cmocka_unit_test(a_current_stimulus_acts_in_its_window),
        cmocka_unit_test(a_rate_stimulus_acts_in_its_window),
        cmocka_unit_test(links_have_their_formulas),
        cmocka_unit_test(escape_rates_at_constant_potential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
