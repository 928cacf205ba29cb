// The laws of a total number of synapses (sections 2.4 and 9.8 of docs/theory/spiking.md), read off rows that are
// written out synapse by synapse.
#include "base/memory.h"
#include "simulation/delivery_kernel.h"
#include "simulation/spiking_rows.h"
#include "testing.h"

#include <stdlib.h>

typedef struct {
    qn_spiking_layout layout;
    qn_spiking_rows rows;
    qn_cipher_key key;
} drawn;

static qn_status draw(size_t targets, size_t sources, double synapses, size_t unit_size, uint64_t seed, drawn *d)
{
    const qn_spiking_population populations[] = {{.name = "to", .size = targets}, {.name = "from", .size = sources}};
    const qn_spiking_projection projection = {.target = 0,
                                              .source = 1,
                                              .count = synapses,
                                              .weight = {QN_WEIGHT_NORMAL, 87.8085, 0.1},
                                              .delay = {QN_DELAY_NORMAL, 1.5, 0.5}};
    const qn_spiking_network network = {.population_count = 2,
                                        .populations = populations,
                                        .projection_count = 1,
                                        .projections = &projection,
                                        .unit_size = unit_size};
    const qn_stream stream = {seed, QN_PURPOSE_SPIKING_COUPLING, 0};
    assert_ok(qn_spiking_layout_make(&network, &d->layout));
    d->key = qn_cipher_key_of(&stream);
    const qn_status status = qn_spiking_rows_make(&d->layout, &d->key, &stream, &d->rows);
    if (status != QN_OK) qn_spiking_layout_clear(&d->layout);
    return status;
}

static void clear(drawn *d)
{
    qn_spiking_rows_clear(&d->rows);
    qn_spiking_layout_clear(&d->layout);
}

static size_t target_units(const drawn *d) { return d->layout.first_unit[1]; }

static uint64_t total(const drawn *d)
{
    uint64_t sum = 0;
    for (size_t u = 0; u < target_units(d); ++u)
        for (size_t i = 0; i < d->layout.network.populations[1].size; ++i) sum += d->rows.size[2 * u + 1][i];
    return sum;
}

// --------------------------------------------------------------------------------------------------------- expansion

typedef struct {
    uint8_t *pair; // synapses of (target, source)
    double delay_sum, delay_squares, weight_sum, weight_squares;
    size_t count;
} synapses;

static uint32_t word(const drawn *d, uint32_t source, uint32_t unit, uint32_t c, uint32_t stream, uint32_t which)
{
    const uint32_t counter[4] = {source, unit, c, stream};
    uint32_t words[4];
    qn_cipher_words(&d->key, counter, 0, 1, words);
    return words[which];
}

static void expand_row(const drawn *d, uint32_t unit, uint32_t neuron, synapses *s)
{
    const qn_spiking_place *place = &d->layout.places[unit];
    const qn_spiking_inputs *in = &d->layout.inputs[0];
    const qn_delay_table *delays = &in->delays[in->delay[1]];
    const uint32_t source = d->layout.first_neuron[1] + neuron, n = d->rows.size[2 * unit + 1][neuron];
    const uint32_t u = word(d, source, unit, 0, QN_SPIKING_DRAW, 0) & 0xffff;
    for (uint32_t delay = 1, before = 0; delay <= delays->last; ++delay) {
        const uint32_t now = (n * delays->cumulative[delay] + u) >> 16;
        for (uint32_t j = 0; j < now - before; ++j) {
            const uint32_t w = word(d, source, unit, delay << 16 | j / 4, QN_SPIKING_SYNAPSE, j % 4);
            const size_t target = place->first + (size_t)((uint64_t)(w >> 8) * place->size >> 24);
            const double weight = in->quantum * in->weights[QN_WEIGHT_LEVELS + (w & 127)];
            ++s->pair[target * d->layout.network.populations[1].size + neuron];
            s->delay_sum += 0.1 * delay;
            s->delay_squares += 0.01 * delay * delay;
            s->weight_sum += weight;
            s->weight_squares += weight * weight;
            ++s->count;
        }
        before = now;
    }
}

static double spread_of(double sum, double squares, double count)
{
    return sqrt(squares / count - sum * sum / count / count);
}

// Variance of binomial degrees: synapses / neurons (1 - 1 / neurons); its relative standard error sqrt(2 / (n - 1)).
static void check_degrees(const double *degree, size_t neurons, double all)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < neurons; ++i) {
        sum += degree[i];
        squares += degree[i] * degree[i];
    }
    const double n = (double)neurons, variance = (squares - sum * sum / n) / (n - 1.0);
    assert_true(sum == all);
    assert_within(variance / (all / n * (1.0 - 1.0 / n)), 1.0, 4.0 * sqrt(2.0 / (n - 1.0)));
}

static void check_pairs(const uint8_t *pair, size_t pairs, double mean)
{
    double found[6] = {0}, probability = exp(-mean);
    for (size_t i = 0; i < pairs; ++i)
        if (pair[i] < 6) ++found[pair[i]];
    for (int k = 0; k < 6; ++k) {
        const double expected = (double)pairs * probability;
        assert_within(found[k], expected, 4.0 * sqrt(expected * (1.0 - probability)) + 1.0);
        probability *= mean / (k + 1);
    }
}

static void check_laws(size_t unit_size, size_t units)
{
    enum { TARGETS = 3000, SOURCES = 5000 };
    const double all = 1.5e6;
    drawn d;
    assert_ok(draw(TARGETS, SOURCES, all, unit_size, 17, &d));
    assert_int_equal(target_units(&d), units);
    assert_true((double)total(&d) == all);
    synapses s = {.pair = calloc((size_t)TARGETS * SOURCES, 1)};
    assert_non_null(s.pair);
    for (uint32_t u = 0; u < units; ++u)
        for (uint32_t i = 0; i < SOURCES; ++i) expand_row(&d, u, i, &s);
    assert_true((double)s.count == all);
    double *in = calloc(TARGETS, sizeof *in), *out = calloc(SOURCES, sizeof *out);
    for (size_t t = 0; t < TARGETS; ++t)
        for (size_t i = 0; i < SOURCES; ++i) {
            in[t] += s.pair[t * SOURCES + i];
            out[i] += s.pair[t * SOURCES + i];
        }
    check_degrees(in, TARGETS, all);
    check_degrees(out, SOURCES, all);
    check_pairs(s.pair, (size_t)TARGETS * SOURCES, all / ((double)TARGETS * SOURCES));
    // 1.5540 and 0.6963 ms of table 9.1; standard errors 0.0006 and 0.0004, less by the systematic split.
    assert_within(s.delay_sum / all, 1.5540352, 0.0015);
    assert_within(spread_of(s.delay_sum, s.delay_squares, all), 0.6962904, 0.0012);
    assert_within(s.weight_sum / all / 87.8085, 1.0, 4.0 * 0.1 / sqrt(all));
    assert_within(spread_of(s.weight_sum, s.weight_squares, all) / 8.78085, 1.0, 0.0025);
    free(in);
    free(out);
    free(s.pair);
    clear(&d);
}

static void rows_obey_the_laws_of_a_total_number(void **state)
{
    (void)state;
    check_laws(0, 1);
    check_laws(704, 5);
}

// The synapses of each unit are a multinomial share of all: over many seeds their mean and variance.
static void units_share_the_synapses_by_their_sizes(void **state)
{
    (void)state;
    enum { SEEDS = 400, UNITS = 3 };
    double sum[UNITS] = {0}, squares[UNITS] = {0};
    for (uint64_t seed = 0; seed < SEEDS; ++seed) {
        drawn d;
        assert_ok(draw(150, 20, 6000, 64, seed, &d));
        assert_int_equal(target_units(&d), UNITS);
        assert_int_equal(total(&d), 6000);
        for (size_t u = 0; u < UNITS; ++u) {
            double own = 0.0;
            for (size_t i = 0; i < 20; ++i) own += d.rows.size[2 * u + 1][i];
            sum[u] += own;
            squares[u] += own * own;
        }
        clear(&d);
    }
    const double sizes[UNITS] = {64, 64, 22};
    for (size_t u = 0; u < UNITS; ++u) {
        const double p = sizes[u] / 150.0, variance = 6000 * p * (1.0 - p);
        assert_within(sum[u] / SEEDS, 6000 * p, 4.0 * sqrt(variance / SEEDS));
        assert_within((squares[u] - sum[u] * sum[u] / SEEDS) / (SEEDS - 1) / variance, 1.0, 4.0 * sqrt(2.0 / SEEDS));
    }
}

// Below 16 the mean of the Poisson numbers is 0 and all synapses are added one by one.
static void small_totals_are_exact_and_uniform(void **state)
{
    (void)state;
    enum { SOURCES = 7, SEEDS = 3000 };
    for (size_t all = 0; all <= 20; ++all) {
        drawn d;
        assert_ok(draw(40, SOURCES, (double)all, 0, all, &d));
        if (all == 0)
            assert_null(d.rows.size[1]);
        else
            assert_int_equal(total(&d), all);
        clear(&d);
    }
    for (size_t all = 3; all <= 25; all += 22) {
        double squares = 0.0, found[SOURCES] = {0};
        for (uint64_t seed = 0; seed < SEEDS; ++seed) {
            drawn d;
            assert_ok(draw(40, SOURCES, (double)all, 0, seed, &d));
            for (size_t i = 0; i < SOURCES; ++i) {
                found[i] += d.rows.size[1][i];
                squares += (double)d.rows.size[1][i] * d.rows.size[1][i];
            }
            clear(&d);
        }
        const double s = (double)all, p = 1.0 / SOURCES, mean = s * p, variance = s * p * (1.0 - p);
        for (size_t i = 0; i < SOURCES; ++i) assert_within(found[i] / SEEDS, mean, 4.0 * sqrt(variance / SEEDS));
        // Sizes vary as those of a multinomial. Their sum of squares has a spread of about variance sqrt(2 SOURCES).
        assert_within(squares / SEEDS, SOURCES * (variance + mean * mean),
                      4.0 * variance * sqrt(2.0 * SOURCES / SEEDS));
    }
}

// Where the Poisson numbers exceed the total, some are taken away: three sources, large rows, many seeds.
static void large_rows_are_multinomial_too(void **state)
{
    (void)state;
    enum { SEEDS = 500 };
    const double all = 150000.0, p = 1.0 / 3.0, variance = all * p * (1.0 - p);
    double squares = 0.0, sum[3] = {0};
    for (uint64_t seed = 0; seed < SEEDS; ++seed) {
        drawn d;
        assert_ok(draw(1000, 3, all, 0, seed, &d));
        assert_true((double)total(&d) == all);
        for (size_t i = 0; i < 3; ++i) {
            const double off = d.rows.size[1][i] - all / 3.0;
            sum[i] += off;
            squares += off * off;
        }
        clear(&d);
    }
    for (size_t i = 0; i < 3; ++i) assert_within(sum[i] / SEEDS, 0.0, 4.0 * sqrt(variance / SEEDS));
    assert_within(squares / (3.0 * SEEDS) / variance, 1.0, 4.0 * sqrt(1.0 / SEEDS));
}

static void rows_that_do_not_fit_are_refused_by_name(void **state)
{
    (void)state;
    const qn_spiking_population populations[] = {{.name = "to", .size = 100}, {.name = "from", .size = 10}};
    qn_spiking_projection projection = {.target = 0,
                                        .source = 1,
                                        .count = 10 * 65000.0,
                                        .weight = {QN_WEIGHT_NORMAL, 87.8085, 0.1},
                                        .delay = {QN_DELAY_NORMAL, 1.5, 0.5}};
    const qn_spiking_network network = {
        .population_count = 2, .populations = populations, .projection_count = 1, .projections = &projection};
    qn_spiking_layout layout;
    assert_fails(qn_spiking_layout_make(&network, &layout), QN_BAD_VALUE, "projections[0]");
    projection.count = 10 * 63000.0;
    assert_ok(qn_spiking_layout_make(&network, &layout));
    qn_spiking_layout_clear(&layout);
}

static void threads_do_not_change_rows(void **state)
{
    (void)state;
    drawn one, many;
    qn_set_threads(1);
    assert_ok(draw(3000, 500, 200000, 640, 3, &one));
    qn_set_threads(3);
    assert_ok(draw(3000, 500, 200000, 640, 3, &many));
    qn_set_threads(0);
    for (size_t u = 0; u < target_units(&one); ++u)
        assert_memory_equal(one.rows.size[2 * u + 1], many.rows.size[2 * u + 1], 500 * sizeof(uint16_t));
    clear(&one);
    clear(&many);
}

// No unit is larger than asked for, all neurons are in one, and units begin at multiples of 64.
static void units_are_no_larger_than_asked_for(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 63, 64, 65, 100, 127, 1000, 4096};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        drawn d;
        assert_ok(draw(5000, 300, 1000, sizes[i], 1, &d));
        size_t neurons = 0;
        for (size_t u = 0; u < target_units(&d); ++u) {
            assert_int_equal(d.layout.places[u].first, neurons);
            assert_int_equal(d.layout.places[u].first % 64, 0);
            assert_true(d.layout.places[u].size <= (sizes[i] < 64 ? 64 : sizes[i]));
            neurons += d.layout.places[u].size;
        }
        assert_int_equal(neurons, 5000);
        clear(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_obey_the_laws_of_a_total_number),
        cmocka_unit_test(units_share_the_synapses_by_their_sizes),
        cmocka_unit_test(small_totals_are_exact_and_uniform),
        cmocka_unit_test(large_rows_are_multinomial_too),
        cmocka_unit_test(rows_that_do_not_fit_are_refused_by_name),
        cmocka_unit_test(threads_do_not_change_rows),
        cmocka_unit_test(units_are_no_larger_than_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
