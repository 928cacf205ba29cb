// What drawn and listed synapses make of rates: mean, noise, and spread over neurons (E4), against networks drawn
// synapse by synapse.
#include "testing.h"

#include "theory/lif_input.h"

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

// Spread of the summed input over neurons, drawn synapse by synapse, for each rule of connection: (E4).
static double drawn_variance(qn_connection_rule rule, bool no_multapses, size_t targets, size_t sources, double count,
                             const double *rates, uint64_t seed)
{
    uint64_t bits = seed;
    double sum = 0.0, square = 0.0;
    static double input[4000];
    static bool taken[4000];
    memset(input, 0, sizeof input);
#define UNIFORM() ((bits = bits * 6364136223846793005u + 1442695040888963407u), (double)(bits >> 11) * 0x1p-53)
    if (rule == QN_RULE_TOTAL_NUMBER)
        for (size_t k = 0; k < (size_t)count; ++k) {
            const size_t target = (size_t)(UNIFORM() * (double)targets);
            input[target] += rates[(size_t)(UNIFORM() * (double)sources)];
        }
    for (size_t t = 0; t < targets; ++t) {
        if (rule == QN_RULE_BERNOULLI)
            for (size_t s = 0; s < sources; ++s) input[t] += UNIFORM() < count ? rates[s] : 0.0;
        if (rule == QN_RULE_IN_DEGREE) {
            memset(taken, 0, sizeof taken);
            for (size_t k = 0; k < (size_t)count;) {
                const size_t s = (size_t)(UNIFORM() * (double)sources);
                if (no_multapses && taken[s]) continue;
                taken[s] = true;
                input[t] += rates[s];
                ++k;
            }
        }
        sum += input[t];
        square += input[t] * input[t];
    }
#undef UNIFORM
    const double n = (double)targets;
    return (square - sum * sum / n) / (n - 1.0);
}

static void spread_of_input_is_that_of_drawn_networks(void **state)
{
    (void)state;
    enum { TARGETS = 2000, SOURCES = 200, DRAWS = 40 };
    static const struct {
        qn_connection_rule rule;
        bool no_multapses;
        double count;
    } CASE[] = {{QN_RULE_TOTAL_NUMBER, false, 60.0 * TARGETS},
                {QN_RULE_IN_DEGREE, false, 60.0},
                {QN_RULE_IN_DEGREE, true, 60.0},
                {QN_RULE_BERNOULLI, false, 0.3}};
    double rates[SOURCES], mean = 0.0, square = 0.0;
    for (size_t s = 0; s < SOURCES; ++s) {
        rates[s] = 1.0 + 9.0 * (double)s / SOURCES;
        mean += rates[s] / SOURCES;
        square += rates[s] * rates[s] / SOURCES;
    }
    for (size_t c = 0; c < sizeof CASE / sizeof *CASE; ++c) {
        qn_spiking_population populations[2] = {{.size = TARGETS}, {.size = SOURCES}};
        qn_spiking_projection wiring = projection(0, 1, CASE[c].rule, CASE[c].count, 50.0);
        wiring.weight.relative_spread = 0.0;
        wiring.no_multapses = CASE[c].no_multapses;
        const qn_spiking_network network = {
            .population_count = 2, .populations = populations, .projection_count = 1, .projections = &wiring};
        qn_lif_input input;
        assert_ok(qn_lif_input_create(&network, &(qn_lif_mean_field_options){.heterogeneity = true}, &input));
        const double expected = input.static_raw[1] * square - input.static_mean[1] * mean * mean;
        const double unit = 0.01 * 50.0 * 0.5 / 250.0; // tau_m J
        double measured = 0.0, spread = 0.0;
        for (uint64_t d = 0; d < DRAWS; ++d) {
            const double v = unit * unit *
                             drawn_variance(CASE[c].rule, CASE[c].no_multapses, TARGETS, SOURCES, CASE[c].count, rates,
                                            1000 * c + d + 1);
            measured += v / DRAWS;
            spread += v * v / DRAWS;
        }
        const double bar = sqrt((spread - measured * measured) / (DRAWS - 1));
        assert_true(bar < 0.01 * measured);
        assert_within(measured, expected, 4.0 * bar);
        qn_lif_input_clear(&input);
    }
}

// An explicit list counts its own synapses: the same mean and noise as a law with its moments, and its own spread.
static void listed_synapses_count_as_they_are(void **state)
{
    (void)state;
    static const uint32_t SOURCE[] = {0, 1, 2, 0, 1}, TARGET[] = {0, 0, 0, 1, 2};
    static const float WEIGHT[] = {10.0F, 20.0F, 30.0F, 40.0F, 50.0F};
    qn_spiking_population populations[2] = {{.size = 4},
                                            {.size = 3, .neuron = {.kind = QN_NEURON_POISSON}, .source_rate = 5.0}};
    qn_spiking_projection wiring = {.target = 0,
                                    .source = 1,
                                    .rule = QN_RULE_EDGES,
                                    .weight = {.mean = 10.0},
                                    .delay = {.mean = 1.0},
                                    .edges = {.count = 5, .source = SOURCE, .target = TARGET, .weight = WEIGHT}};
    const qn_spiking_network network = {
        .population_count = 2, .populations = populations, .projection_count = 1, .projections = &wiring};
    const double unit = 0.5 / 250.0, membrane = 0.01;
    qn_lif_input input;
    assert_ok(qn_lif_input_create(&network, &(qn_lif_mean_field_options){0}, &input));
    assert_close(input.mean_gain[1], membrane * unit * 150.0 / 4.0, 1e-14);
    assert_close(input.variance_gain[1], membrane * unit * unit * 5500.0 / 4.0, 1e-14);
    // sums of weights 60, 40, 50, 0: variance 2075/3. With sources alike, q = nu^2, that is all.
    const double spread = input.static_raw[1] - input.static_mean[1];
    assert_close(spread / (membrane * membrane * unit * unit), 2075.0 / 3.0, 1e-12);
    qn_lif_input_clear(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_of_input_is_that_of_drawn_networks),
        cmocka_unit_test(listed_synapses_count_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
