// Rules whose synapses are kept in memory: what qn_stored_rows_make() keeps, written out and compared with the laws.
#include "simulation/delivery_kernel.h"
#include "simulation/stored_rows.h"
#include "testing.h"

#include <stdlib.h>

typedef struct {
    double weight;
    uint32_t source, target, delay;
    bool second_lane;
} synapse;

typedef struct {
    size_t count;
    synapse *all; // by source, then target
} synapses;

static int by_pair(const void *left, const void *right)
{
    const synapse *a = left, *b = right;
    if (a->source != b->source) return a->source < b->source ? -1 : 1;
    if (a->target != b->target) return a->target < b->target ? -1 : 1;
    if (a->delay != b->delay) return a->delay < b->delay ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static void append_unit(const qn_spiking_layout *layout, const qn_cipher_key *key, size_t unit, size_t source,
                        synapses *found)
{
    qn_stored_rows rows;
    const qn_spiking_place *place = &layout->places[unit];
    assert_ok(qn_stored_rows_make(layout, key, unit, &rows));
    found->all = realloc(found->all, (found->count + rows.count + 1) * sizeof *found->all);
    assert_non_null(found->all);
    const uint64_t *first = rows.first[source];
    for (uint32_t s = 0; s < layout->network.populations[source].size; ++s)
        for (uint64_t k = first[s]; k < first[s + 1]; ++k) {
            const uint32_t at = rows.synapse[k].place & (QN_LANE_TARGETS - 1);
            const bool second = at >= place->padded;
            const uint32_t local = second ? at - (uint32_t)place->padded : at;
            assert_in_range(local, 0, place->size - 1);
            assert_in_range(rows.synapse[k].place >> 20, 1, rows.longest);
            found->all[found->count++] = (synapse){.weight = rows.synapse[k].weight * layout->inputs[0].quantum,
                                                   .source = s,
                                                   .target = (uint32_t)place->first + local,
                                                   .delay = rows.synapse[k].place >> 20,
                                                   .second_lane = second};
        }
    assert_int_equal(first[layout->network.populations[source].size] - first[0], rows.count);
    qn_stored_rows_clear(&rows);
}

// All synapses of a projection from population `projection.source` (0 or 1, of `sources` neurons) onto population 0.
static synapses draw(const qn_spiking_projection *projection, size_t targets, size_t sources, size_t unit_size,
                     double time_step, bool two_lanes)
{
    const qn_spiking_neuron neuron = {.inhibitory_synaptic_time = two_lanes ? 2.0 : 0.0};
    const qn_spiking_population populations[] = {{.size = targets, .neuron = neuron}, {.size = sources}};
    const qn_spiking_network network = {.population_count = 2,
                                        .populations = populations,
                                        .projection_count = 1,
                                        .projections = projection,
                                        .unit_size = unit_size,
                                        .time_step = time_step};
    const qn_cipher_key key = qn_cipher_key_of(&(qn_stream){4, QN_PURPOSE_SPIKING_COUPLING, 0});
    qn_spiking_layout layout;
    synapses found = {0};
    assert_ok(qn_spiking_layout_make(&network, &layout));
    for (size_t u = layout.first_unit[0]; u < layout.first_unit[1]; ++u)
        append_unit(&layout, &key, u, projection->source, &found);
    qn_spiking_layout_clear(&layout);
    assert_non_null(found.all);
    qsort(found.all, found.count, sizeof *found.all, by_pair);
    return found;
}

static const qn_weight_law constant = {QN_WEIGHT_CONSTANT, 40.0, 0.0};
static const qn_delay_law one_and_a_half = {QN_DELAY_CONSTANT, 1.5, 0.0};

static size_t multapses(const synapses *s)
{
    size_t count = 0;
    for (size_t i = 1; i < s->count; ++i)
        count += s->all[i].source == s->all[i - 1].source && s->all[i].target == s->all[i - 1].target;
    return count;
}

static size_t autapses(const synapses *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; ++i) count += s->all[i].source == s->all[i].target;
    return count;
}

static void count_degrees(const synapses *s, size_t targets, size_t sources, double *in, double *out)
{
    memset(in, 0, targets * sizeof *in);
    memset(out, 0, sources * sizeof *out);
    for (size_t i = 0; i < s->count; ++i) {
        ++in[s->all[i].target];
        ++out[s->all[i].source];
    }
}

// Chi square of `count` cells that should all be `mean`, over its number of degrees of freedom, as a deviation.
static double chi_square_deviation(const double *found, size_t count, double mean, double variance)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += (found[i] - mean) * (found[i] - mean) / variance;
    return (sum - (double)count) / sqrt(2.0 * (double)count);
}

// ---------------------------------------------------------------------------------------------------- fixed in-degree

static void every_target_has_its_in_degree(void **state)
{
    (void)state;
    enum { TARGETS = 900, SOURCES = 400, DEGREE = 50 };
    double in[TARGETS], out[SOURCES];
    const qn_spiking_projection p = {
        .source = 1, .rule = QN_RULE_IN_DEGREE, .count = DEGREE, .weight = constant, .delay = one_and_a_half};
    synapses s = draw(&p, TARGETS, SOURCES, 0, 0.1, false);
    count_degrees(&s, TARGETS, SOURCES, in, out);
    for (size_t t = 0; t < TARGETS; ++t) assert_true(in[t] == DEGREE);
    const double mean = (double)TARGETS * DEGREE / SOURCES, share = 1.0 / SOURCES;
    assert_true(fabs(chi_square_deviation(out, SOURCES, mean, mean * (1.0 - share))) < 4.0);
    // Pairs of synapses that meet: each of the C(50, 2) pairs of a target with probability 1 / 400, not counting
    // triples.
    const double met = TARGETS * DEGREE * (DEGREE - 1) / 2.0 * share;
    assert_within((double)multapses(&s), met, 4.0 * sqrt(met) + 0.1 * met);
    for (size_t i = 0; i < s.count; ++i) {
        assert_within(s.all[i].weight, 40.0, 1e-12);
        assert_int_equal(s.all[i].delay, 15);
    }
    free(s.all);
}

static void pairs_and_selves_are_left_out_on_demand(void **state)
{
    (void)state;
    enum { NEURONS = 300, DEGREE = 120 };
    double in[NEURONS], out[NEURONS];
    const qn_spiking_projection p = {.rule = QN_RULE_IN_DEGREE,
                                     .count = DEGREE,
                                     .no_multapses = true,
                                     .no_autapses = true,
                                     .weight = constant,
                                     .delay = one_and_a_half};
    synapses s = draw(&p, NEURONS, 1, 64, 0.1, false);
    assert_int_equal(multapses(&s), 0);
    assert_int_equal(autapses(&s), 0);
    count_degrees(&s, NEURONS, NEURONS, in, out);
    for (size_t t = 0; t < NEURONS; ++t) assert_true(in[t] == DEGREE);
    const double share = DEGREE / (NEURONS - 1.0);
    assert_true(fabs(chi_square_deviation(out, NEURONS, DEGREE, DEGREE * (1.0 - share))) < 4.0);
    free(s.all);
    // Everyone but oneself: no choice is left.
    qn_spiking_projection all = p;
    all.count = NEURONS - 1;
    s = draw(&all, NEURONS, 1, 0, 0.1, false);
    assert_int_equal(s.count, NEURONS * (NEURONS - 1));
    assert_int_equal(multapses(&s) + autapses(&s), 0);
    free(s.all);
    // Only one of the two forbidden.
    qn_spiking_projection one = p;
    one.no_multapses = false;
    s = draw(&one, NEURONS, 1, 0, 0.1, false);
    assert_true(multapses(&s) > 0 && autapses(&s) == 0);
    free(s.all);
    one.no_multapses = true;
    one.no_autapses = false;
    s = draw(&one, NEURONS, 1, 0, 0.1, false);
    assert_true(multapses(&s) == 0 && autapses(&s) > 0);
    free(s.all);
}

// ---------------------------------------------------------------------------------------------------------- Bernoulli

static void bernoulli_pairs_have_their_probability(void **state)
{
    (void)state;
    enum { TARGETS = 700, SOURCES = 500 };
    double in[TARGETS], out[SOURCES];
    const double probabilities[] = {1e-4, 0.1, 0.9, 1.0};
    for (size_t i = 0; i < 4; ++i) {
        const double p = probabilities[i], pairs = (double)TARGETS * SOURCES;
        const qn_spiking_projection projection = {
            .source = 1, .rule = QN_RULE_BERNOULLI, .count = p, .weight = constant, .delay = one_and_a_half};
        synapses s = draw(&projection, TARGETS, SOURCES, 0, 0.1, false);
        assert_int_equal(multapses(&s), 0);
        assert_within((double)s.count, pairs * p, 4.0 * sqrt(pairs * p * (1.0 - p)));
        count_degrees(&s, TARGETS, SOURCES, in, out);
        if (p > 0.01 && p < 1.0) {
            assert_true(fabs(chi_square_deviation(in, TARGETS, SOURCES * p, SOURCES * p * (1.0 - p))) < 4.0);
            assert_true(fabs(chi_square_deviation(out, SOURCES, TARGETS * p, TARGETS * p * (1.0 - p))) < 4.0);
        }
        free(s.all);
    }
    const qn_spiking_projection self = {
        .rule = QN_RULE_BERNOULLI, .count = 1.0, .no_autapses = true, .weight = constant, .delay = one_and_a_half};
    synapses s = draw(&self, 200, 1, 64, 0.1, false);
    assert_int_equal(s.count, 200 * 199);
    assert_int_equal(autapses(&s), 0);
    free(s.all);
}

// -------------------------------------------------------------------------------------------------- weights and delays

typedef struct {
    double weight, weight_spread, delay, delay_spread;
} moments;

static moments moments_of(const synapses *s)
{
    double w = 0.0, w2 = 0.0, d = 0.0, d2 = 0.0;
    const double n = (double)s->count;
    for (size_t i = 0; i < s->count; ++i) {
        w += s->all[i].weight / n;
        w2 += s->all[i].weight * s->all[i].weight / n;
        d += 0.1 * s->all[i].delay / n;
        d2 += 0.01 * s->all[i].delay * s->all[i].delay / n;
    }
    return (moments){w, sqrt(w2 - w * w), d, sqrt(d2 - d * d)};
}

static void weights_and_delays_have_their_laws(void **state)
{
    (void)state;
    qn_spiking_projection p = {.source = 1,
                               .rule = QN_RULE_IN_DEGREE,
                               .count = 100,
                               .weight = {QN_WEIGHT_NORMAL, -351.2, 0.1},
                               .delay = {QN_DELAY_NORMAL, 1.5, 0.5}};
    const double n = 2000.0 * 100.0;
    synapses s = draw(&p, 2000, 1000, 0, 0.1, true);
    moments m = moments_of(&s);
    assert_within(m.weight, -351.2, 4.0 * 35.12 / sqrt(n));
    assert_within(m.weight_spread / 35.12, 1.0, 4.0 / sqrt(2.0 * n));
    assert_within(m.delay, 1.5540352, 4.0 * 0.6963 / sqrt(n));
    assert_within(m.delay_spread / 0.6962904, 1.0, 4.0 / sqrt(2.0 * n));
    for (size_t i = 0; i < s.count; ++i) assert_true(s.all[i].second_lane && s.all[i].weight < 0.0);
    free(s.all);
    // Lognormal: the logarithm is normal, so its moments are the sharper test; relative spread 1.
    p.weight = (qn_weight_law){QN_WEIGHT_LOGNORMAL, 20.0, 1.0};
    p.delay = one_and_a_half;
    s = draw(&p, 2000, 1000, 0, 0.1, true);
    m = moments_of(&s);
    assert_within(m.weight, 20.0, 4.0 * 20.0 / sqrt(n));
    assert_within(m.weight_spread / 20.0, 1.0, 0.1);
    double logs = 0.0, squares = 0.0;
    for (size_t i = 0; i < s.count; ++i) {
        logs += log(s.all[i].weight) / n;
        squares += log(s.all[i].weight) * log(s.all[i].weight) / n;
    }
    assert_within(logs, log(20.0) - log(2.0) / 2.0, 4.0 * sqrt(log(2.0) / n) + 1e-4);
    assert_within((squares - logs * logs) / log(2.0), 1.0, 4.0 * sqrt(2.0 / n));
    for (size_t i = 0; i < s.count; ++i) assert_true(!s.all[i].second_lane);
    free(s.all);
}

// Weight and delay of a synapse are independent of each other, of its source and its target.
static void weights_and_delays_are_independent(void **state)
{
    (void)state;
    const qn_spiking_projection p = {.source = 1,
                                     .rule = QN_RULE_IN_DEGREE,
                                     .count = 100,
                                     .weight = {QN_WEIGHT_NORMAL, 87.8, 0.1},
                                     .delay = {QN_DELAY_NORMAL, 1.5, 0.5}};
    synapses s = draw(&p, 2000, 1000, 0, 0.1, false);
    const moments m = moments_of(&s);
    const double n = (double)s.count, source_spread = 1000.0 / sqrt(12.0);
    double weight_delay = 0.0, weight_source = 0.0, delay_source = 0.0;
    for (size_t i = 0; i < s.count; ++i) {
        const double w = (s.all[i].weight - m.weight) / m.weight_spread;
        const double d = (0.1 * s.all[i].delay - m.delay) / m.delay_spread;
        const double from = (s.all[i].source - 499.5) / source_spread;
        weight_delay += w * d / sqrt(n);
        weight_source += w * from / sqrt(n);
        delay_source += d * from / sqrt(n);
    }
    assert_true(fabs(weight_delay) < 4.0 && fabs(weight_source) < 4.0 && fabs(delay_source) < 4.0);
    free(s.all);
}

// The same synapses for every cut into units.
static void the_cut_does_not_matter(void **state)
{
    (void)state;
    uint32_t source[600], target[600];
    for (uint32_t e = 0; e < 600; ++e) {
        source[e] = e * 7 % 60;
        target[e] = e * 13 % 500;
    }
    for (int rule = QN_RULE_IN_DEGREE; rule <= QN_RULE_EDGES; ++rule) {
        const bool edges = rule == QN_RULE_EDGES;
        const qn_spiking_projection p = {.source = 1,
                                         .rule = (qn_connection_rule)rule,
                                         .count = edges                       ? 0.0
                                                  : rule == QN_RULE_IN_DEGREE ? 30.0
                                                                              : 0.3,
                                         .no_multapses = rule == QN_RULE_IN_DEGREE,
                                         .weight = {QN_WEIGHT_LOGNORMAL, 10.0, 0.8},
                                         .delay = {QN_DELAY_NORMAL, 1.5, 0.5},
                                         .edges = edges ? (qn_spiking_edges){600, source, target, NULL, NULL}
                                                        : (qn_spiking_edges){0}};
        synapses whole = draw(&p, 500, 60, 0, 0.1, false), pieces = draw(&p, 500, 60, 128, 0.1, false);
        assert_int_equal(whole.count, pieces.count);
        assert_true(whole.count > 500);
        for (size_t i = 0; i < whole.count; ++i) assert_int_equal(by_pair(&whole.all[i], &pieces.all[i]), 0);
        free(whole.all);
        free(pieces.all);
    }
}

// ------------------------------------------------------------------------------------------------------ explicit edges

static void explicit_edges_come_as_they_are(void **state)
{
    (void)state;
    const uint32_t source[] = {3, 0, 3, 1, 3}, target[] = {129, 0, 129, 64, 2};
    const float weight[] = {2.5F, 1.0F, -0.75F, 1000.0F, 3.25F}, delay[] = {0.1F, 3.0F, 0.04F, 100.0F, 0.26F};
    const qn_spiking_projection p = {.source = 1, .rule = QN_RULE_EDGES, .edges = {5, source, target, weight, delay}};
    synapses s = draw(&p, 130, 4, 64, 0.1, false);
    const synapse expected[] = {{1.0, 0, 0, 30, false},
                                {1000.0, 1, 64, 1000, false},
                                {3.25, 3, 2, 3, false},
                                {-0.75, 3, 129, 1, false},
                                {2.5, 3, 129, 1, false}};
    assert_int_equal(s.count, 5);
    for (size_t i = 0; i < 5; ++i) {
        assert_int_equal(s.all[i].source, expected[i].source);
        assert_int_equal(s.all[i].target, expected[i].target);
        assert_int_equal(s.all[i].delay, expected[i].delay);
        assert_within(s.all[i].weight, expected[i].weight, 0.02); // half of 1000 / 32767
    }
    free(s.all);
}

// The resolution of weights does not suffer from there being many neurons: it is for the input of one.
static void many_edges_keep_their_weights(void **state)
{
    (void)state;
    enum { NEURONS = 20000, EDGES = 4000000 };
    uint32_t *source = malloc(EDGES * sizeof *source), *target = malloc(EDGES * sizeof *target);
    float *weight = malloc(EDGES * sizeof *weight);
    assert_true(source && target && weight);
    for (uint32_t e = 0; e < EDGES; ++e) {
        source[e] = e % NEURONS;
        target[e] = (uint32_t)((uint64_t)e * 7919 % NEURONS);
        weight[e] = 80.0F + (float)(e % 50);
    }
    const qn_spiking_projection p = {.source = 1,
                                     .rule = QN_RULE_EDGES,
                                     .weight = {QN_WEIGHT_CONSTANT, 1.0, 0.0},
                                     .delay = one_and_a_half,
                                     .edges = {EDGES, source, target, weight, NULL}};
    synapses s = draw(&p, NEURONS, NEURONS, 0, 0.1, false);
    double sum = 0.0, worst = 0.0;
    for (size_t i = 0; i < s.count; ++i) {
        sum += s.all[i].weight / EDGES;
        worst = fmax(worst, fabs(s.all[i].weight - round(s.all[i].weight)));
    }
    assert_within(sum, 104.5, 1e-3);
    assert_true(worst <= 80.0 / 128.0 / 2.0 + 1e-9);
    free(s.all);
    free(source);
    free(target);
    free(weight);
}

// The sign of a projection is that of its law, whatever its first weight is.
static void a_weight_of_zero_does_not_hide_the_sign(void **state)
{
    (void)state;
    const uint32_t source[] = {0, 1}, target[] = {0, 1};
    const float weight[] = {0.0F, -5.0F};
    for (int named = 0; named < 2; ++named) {
        const qn_spiking_projection p = {.source = 1,
                                         .rule = QN_RULE_EDGES,
                                         .weight = {QN_WEIGHT_CONSTANT, named ? -1.0 : 0.0, 0.0},
                                         .delay = one_and_a_half,
                                         .edges = {2, source, target, weight, NULL}};
        synapses s = draw(&p, 2, 2, 0, 0.1, true);
        assert_int_equal(s.count, 2);
        assert_true(s.all[1].weight == -5.0 && s.all[1].second_lane);
        free(s.all);
    }
}

// Delays have 12 bits: on a fine grid long ones are refused, not cut.
static void delays_beyond_the_ring_are_refused(void **state)
{
    (void)state;
    const uint32_t one[] = {0};
    const float delay[] = {90.0F};
    const qn_spiking_population populations[] = {{.size = 1}, {.size = 1}};
    qn_spiking_projection p = {
        .source = 1, .rule = QN_RULE_EDGES, .weight = constant, .edges = {1, one, one, NULL, delay}};
    const qn_spiking_network network = {
        .population_count = 2, .populations = populations, .projection_count = 1, .projections = &p, .time_step = 0.01};
    const qn_spiking_options options = {.duration = 10};
    qn_spiking_activity activity;
    assert_fails(qn_spiking_simulate(&network, &options, 0, NULL, &activity), QN_BAD_VALUE, "edges.delay[0] is 90 ms");
    p = (qn_spiking_projection){.source = 1,
                                .rule = QN_RULE_IN_DEGREE,
                                .count = 1,
                                .weight = constant,
                                .delay = {QN_DELAY_CONSTANT, 90.0, 0.0}};
    assert_fails(qn_spiking_simulate(&network, &options, 0, NULL, &activity), QN_BAD_VALUE, "delay");
    p.rule = QN_RULE_TOTAL_NUMBER;
    assert_fails(qn_spiking_simulate(&network, &options, 0, NULL, &activity), QN_BAD_VALUE, "delay");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_target_has_its_in_degree),
        cmocka_unit_test(pairs_and_selves_are_left_out_on_demand),
        cmocka_unit_test(bernoulli_pairs_have_their_probability),
        cmocka_unit_test(weights_and_delays_have_their_laws),
        cmocka_unit_test(weights_and_delays_are_independent),
        cmocka_unit_test(the_cut_does_not_matter),
        cmocka_unit_test(explicit_edges_come_as_they_are),
        cmocka_unit_test(many_edges_keep_their_weights),
        cmocka_unit_test(a_weight_of_zero_does_not_hide_the_sign),
        cmocka_unit_test(delays_beyond_the_ring_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
