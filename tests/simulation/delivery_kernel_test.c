// Kernels against a slow second implementation, synapse by synapse, from their description (sections 6.2.2 to 6.2.4 of
// docs/theory/spiking.md).
#include "base/memory.h"
#include "simulation/active_rows.h"
#include "simulation/delivery_kernel.h"
#include "simulation/spiking_layout.h"
#include "testing.h"

#include <stdlib.h>

enum { TABLES = 3, LANE = 1 << 17, MOST_ROWS = 4096 };

static qn_cipher_key key_of(uint64_t seed) { return qn_cipher_key_of(&(qn_stream){seed, QN_PURPOSE_TEST, 0}); }

static uint32_t word(const qn_cipher_key *key, uint32_t a, uint32_t b, uint32_t c, uint32_t d, int which)
{
    const uint32_t counter[4] = {a, b, c, d};
    uint32_t words[4];
    qn_cipher_words(key, counter, 0, 1, words);
    return words[which];
}

typedef struct {
    qn_delivery_rows rows;
    qn_delivery_items items;
} lists;

static void *zeros(size_t count, size_t size)
{
    void *p = calloc(count, size);
    assert_non_null(p);
    return p;
}

// Rows of all sizes, the largest among them, with all draws, the extreme ones among them.
static lists make_lists(size_t count, uint32_t most)
{
    lists l = {{.count = count, .capacity = count}, {.capacity = count * (65536 / QN_ITEM_SYNAPSES + 2)}};
    l.rows.source = zeros(count + 1, sizeof(uint32_t));
    l.rows.size_and_draw = zeros(count + 1, sizeof(uint32_t));
    l.rows.table = zeros(count + 1, sizeof(uint32_t));
    l.items.source = zeros(l.items.capacity + QN_ITEM_SLACK, sizeof(uint32_t));
    l.items.block = zeros(l.items.capacity + QN_ITEM_SLACK, sizeof(uint32_t));
    l.items.meta = zeros(l.items.capacity + QN_ITEM_SLACK, sizeof(uint32_t));
    const qn_cipher_key key = key_of(11);
    for (uint32_t r = 0; r < count; ++r) {
        const uint32_t size = r % 13 == 0 ? most : word(&key, r, 0, 0, 0, 0) % (most + 1);
        const uint32_t draw = r % 7 == 0 ? 65535 : r % 7 == 1 ? 0 : word(&key, r, 0, 0, 0, 1) & 0xffff;
        l.rows.source[r] = word(&key, r, 0, 0, 0, 2);
        l.rows.size_and_draw[r] = size | draw << 16;
        l.rows.table[r] = r % TABLES << 8;
    }
    return l;
}

static void clear_lists(lists *l)
{
    free(l->rows.source);
    free(l->rows.size_and_draw);
    free(l->rows.table);
    free(l->items.source);
    free(l->items.block);
    free(l->items.meta);
}

// c_d of section 6.2.2.
static uint64_t rank(uint32_t size_and_draw, uint32_t cumulative)
{
    return ((uint64_t)(size_and_draw & 0xffff) * cumulative + (size_and_draw >> 16)) >> 16;
}

static void put_tables(int16_t weights[TABLES * QN_WEIGHT_LEVELS])
{
    for (int i = 0; i < TABLES * QN_WEIGHT_LEVELS; ++i)
        weights[i] = (int16_t)(i % 2 ? -32767 + 17 * i : 32767 - 31 * i);
}

static uint64_t add_slowly(const qn_delivery *delivery, const qn_delivery_rows *rows, uint32_t before, uint32_t now,
                           uint32_t delay, int32_t *sum)
{
    uint64_t events = 0;
    for (size_t r = 0; r < rows->count; ++r) {
        const uint64_t due = rank(rows->size_and_draw[r], now) - rank(rows->size_and_draw[r], before);
        const uint32_t table = rows->table[r] >> 8;
        for (uint32_t j = 0; j < due; ++j) {
            const uint32_t w = word(&delivery->key, rows->source[r], delivery->unit, delay << 16 | j >> 2,
                                    delivery->stream, (int)(j & 3));
            const uint64_t target = (uint64_t)(w >> 8) * delivery->size / 16777216;
            sum[target + delivery->lane[table]] += delivery->weights[table * QN_WEIGHT_LEVELS + (w & 127)];
        }
        events += due;
    }
    return events;
}

static void check_sums(uint32_t size, size_t rows, uint32_t most, uint32_t before, uint32_t now, uint32_t delay)
{
    int16_t weights[TABLES * QN_WEIGHT_LEVELS];
    put_tables(weights);
    const uint32_t lane[TABLES] = {0, LANE, 0};
    const qn_delivery d = {key_of(5), 23, QN_SPIKING_SYNAPSE, size, weights, lane, zeros(2 * LANE, sizeof(int32_t))};
    int32_t *expected = zeros(2 * LANE, sizeof *expected);
    lists l = make_lists(rows, most);
    QN_PICK_CIPHER_KERNEL(qn_delivery_due)(&l.rows, before, now, delay, &l.items);
    assert_true(l.items.count <= l.items.capacity);
    const uint64_t events = QN_PICK_CIPHER_KERNEL(qn_delivery_add)(&d, &l.items);
    assert_int_equal(events, add_slowly(&d, &l.rows, before, now, delay, expected));
    assert_memory_equal(d.sum, expected, 2 * LANE * sizeof *expected);
    clear_lists(&l);
    free(d.sum);
    free(expected);
}

static void sums_are_those_of_a_slow_implementation(void **state)
{
    (void)state;
    const uint32_t sizes[] = {1, 63, 64, 16384, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        check_sums(sizes[i], 1000, 400, 20000, 22000, 15);
        check_sums(sizes[i], 17, 65535, 65000, 65536, 47);
        check_sums(sizes[i], 1, 65535, 0, 65536, 1);
        check_sums(sizes[i], 16, 1, 0, 1, 4095);
        check_sums(sizes[i], 0, 1, 0, 65536, 1);
    }
}

// A row's synapses over all delays: all of them, each slot's share right within one.
static void the_slots_of_a_row_make_the_whole_row(void **state)
{
    (void)state;
    qn_delay_table table;
    assert_ok(qn_delay_table_make(&(qn_delay_law){QN_DELAY_NORMAL, 1.5, 0.5}, 0.1, 0.1, &table));
    assert_int_equal(table.cumulative[0], 0);
    assert_int_equal(table.cumulative[table.last], 65536);
    lists l = make_lists(MOST_ROWS, 3000);
    uint32_t *total = zeros(MOST_ROWS, sizeof *total);
    for (uint32_t r = 0; r < MOST_ROWS; ++r) l.rows.source[r] = r;
    for (uint32_t d = 1; d <= table.last; ++d) {
        l.items.count = 0;
        QN_PICK_CIPHER_KERNEL(qn_delivery_due)(&l.rows, table.cumulative[d - 1], table.cumulative[d], d, &l.items);
        uint32_t *slot = zeros(MOST_ROWS, sizeof *slot);
        for (size_t i = 0; i < l.items.count; ++i) {
            assert_int_equal(l.items.block[i] >> 16, d);
            assert_in_range(l.items.meta[i] & 0xff, 1, QN_ITEM_SYNAPSES);
            slot[l.items.source[i]] += l.items.meta[i] & 0xff;
        }
        for (size_t r = 0; r < MOST_ROWS; ++r) {
            const double share = (table.cumulative[d] - table.cumulative[d - 1]) / 65536.0;
            assert_true(fabs(slot[r] - share * (l.rows.size_and_draw[r] & 0xffff)) < 1.0);
            total[r] += slot[r];
        }
        free(slot);
    }
    for (size_t r = 0; r < MOST_ROWS; ++r) assert_int_equal(total[r], l.rows.size_and_draw[r] & 0xffff);
    clear_lists(&l);
    free(total);
    qn_release(table.cumulative);
}

// ------------------------------------------------------------------------------------------------------ active rows

enum { SOURCES = 300, UNIT = 9, GLOBAL = 70000 };

static void fill_inputs(qn_spiking_inputs *in, qn_delay_table *table)
{
    static size_t delay[TABLES];
    assert_ok(qn_delay_table_make(&(qn_delay_law){QN_DELAY_NORMAL, 0.75, 0.5}, 0.1, 0.05, table));
    *in = (qn_spiking_inputs){.delay_count = 1, .delays = table, .delay = delay};
}

static uint32_t slow_delay(const qn_delay_table *table, uint32_t w)
{
    uint32_t d = 1;
    while (table->cumulative[d] <= w) ++d;
    return d;
}

// What rows due by the split's description would be at `delay`: synapses per source.
static void expect_due(const qn_delay_table *table, qn_delay_split split, const qn_cipher_key *key,
                       const uint16_t *size, uint32_t delay, uint32_t *due)
{
    for (uint32_t s = 0; s < SOURCES; ++s) {
        due[s] = 0;
        if (split == QN_DELAY_SPLIT_SYSTEMATIC) {
            const uint32_t u = word(key, GLOBAL + s, UNIT, 0, QN_SPIKING_DRAW, 0) & 0xffff;
            due[s] = (uint32_t)(rank(size[s] | u << 16, table->cumulative[delay]) -
                                rank(size[s] | u << 16, table->cumulative[delay - 1]));
            continue;
        }
        for (uint32_t k = 0; k < size[s]; ++k)
            due[s] +=
                slow_delay(table, word(key, GLOBAL + s, UNIT, k / 4, QN_SPIKING_DELAY, (int)(k % 4)) >> 16) == delay;
    }
}

static void check_split(qn_delay_split split)
{
    enum { EMITTED = 1000 };
    qn_spiking_inputs in;
    qn_delay_table table;
    qn_active_rows active;
    uint16_t size[SOURCES];
    uint32_t neuron[SOURCES], due[SOURCES], found[SOURCES];
    const qn_cipher_key key = key_of(3);
    fill_inputs(&in, &table);
    assert_ok(qn_active_rows_make(&in, split, &active));
    for (uint32_t s = 0; s < SOURCES; ++s) {
        neuron[s] = s;
        size[s] = (uint16_t)(s % 50 == 0 ? 0 : s % 50 == 1 ? 3000 : s);
    }
    qn_active_rows_begin(&active, EMITTED);
    assert_ok(qn_active_rows_add(&active, &key, UNIT, 2, GLOBAL, size, neuron, SOURCES, EMITTED));
    for (uint32_t d = 1; d <= table.last + 3; ++d) {
        if (d > 1) qn_active_rows_begin(&active, EMITTED + d - 1);
        assert_ok(qn_active_rows_due(&active, EMITTED + d));
        memset(found, 0, sizeof found);
        for (size_t i = 0; i < active.items.count; ++i) {
            assert_int_equal(active.items.block[i] >> 16, d);
            assert_int_equal(active.items.meta[i] >> 8, 2);
            found[active.items.source[i] - GLOBAL] += active.items.meta[i] & 0xff;
        }
        memset(due, 0, sizeof due);
        if (d <= table.last) expect_due(&table, split, &key, size, d, due);
        assert_memory_equal(found, due, sizeof due);
    }
    qn_active_rows_clear(&active);
    qn_release(table.cumulative);
}

static void rows_come_due_as_described(void **state)
{
    (void)state;
    check_split(QN_DELAY_SPLIT_SYSTEMATIC);
    check_split(QN_DELAY_SPLIT_INDEPENDENT);
}

// ---------------------------------------------------------------------------------------------------------- lognormal

static uint64_t hash_of(const int32_t *sum, size_t count)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < count; ++i) hash = (hash ^ (uint32_t)sum[i]) * UINT64_C(1099511628211);
    return hash;
}

// One synapse per item, so that the sums over a target of many items give each weight; relative spread 3.
static void lognormal_weights_have_their_moments_and_bits(void **state)
{
    (void)state;
    enum { ITEMS = 20000, SIZE = 1 << 17 };
    const double mean = 12800.0, relative = 3.0, variance = log1p(relative * relative);
    const float log_mean[] = {(float)(log(mean) - variance / 2.0)}, spread[] = {(float)sqrt(variance)}, sign[] = {-1};
    const qn_wide_weights wide = {log_mean, spread, sign, QN_SPIKING_WIDE_RADIUS, QN_SPIKING_WIDE_ANGLE};
    const uint32_t lane[] = {0};
    const qn_delivery d = {key_of(8), 4, QN_SPIKING_SYNAPSE, SIZE, NULL, lane, zeros(SIZE, sizeof(int32_t))};
    lists l = make_lists(0, 0);
    qn_delivery_items one = {.count = ITEMS,
                             .source = zeros(ITEMS + QN_ITEM_SLACK, sizeof(uint32_t)),
                             .block = zeros(ITEMS + QN_ITEM_SLACK, sizeof(uint32_t)),
                             .meta = zeros(ITEMS + QN_ITEM_SLACK, sizeof(uint32_t))};
    double sum = 0.0, logs = 0.0, log_squares = 0.0, samples = 0.0;
    for (uint32_t i = 0; i < ITEMS; ++i) {
        one.source[i] = i;
        one.block[i] = 7U << 16;
        one.meta[i] = QN_ITEM_SYNAPSES;
        const qn_delivery_items single = {
            .count = 1, .source = one.source + i, .block = one.block + i, .meta = one.meta + i};
        assert_int_equal(QN_PICK_CIPHER_KERNEL(qn_delivery_add_wide)(&d, &wide, &single), QN_ITEM_SYNAPSES);
        for (uint32_t j = 0; j < QN_ITEM_SYNAPSES; ++j) {
            const uint64_t target = (uint64_t)(word(&d.key, i, 4, (7U << 16) + j / 4, d.stream, j % 4) >> 8) * SIZE;
            const int32_t weight = d.sum[target >> 24];
            d.sum[target >> 24] = 0;
            if (weight == 0) continue; // two of the item met: the first took both
            assert_true(weight < 0);
            sum -= weight;
            logs += log(-(double)weight);
            log_squares += log(-(double)weight) * log(-(double)weight);
            samples += 1.0;
        }
    }
    // The mean of so broad a law over 3.2e5 samples: 4 standard errors are 4 x 3 / sqrt(3.2e5) = 2.1 %.
    assert_within(sum / (ITEMS * (double)QN_ITEM_SYNAPSES) / mean, 1.0, 0.022);
    const double log_average = logs / samples, log_variance = log_squares / samples - log_average * log_average;
    assert_within(log_average, log_mean[0], 4.0 * sqrt(variance / samples));
    assert_within(log_variance / variance, 1.0, 4.0 * sqrt(2.0 / samples));
    assert_int_equal(QN_PICK_CIPHER_KERNEL(qn_delivery_add_wide)(&d, &wide, &one), ITEMS * QN_ITEM_SYNAPSES);
    // Part of what a run is: the same on all processors.
    assert_int_equal(hash_of(d.sum, SIZE), UINT64_C(0xea1974070f56bfa6));
    free(one.source);
    free(one.block);
    free(one.meta);
    free(d.sum);
    clear_lists(&l);
}

// ------------------------------------------------------------------------------------------------------------- tables

static void weight_tables_have_exact_mean_and_spread(void **state)
{
    (void)state;
    int16_t weights[QN_WEIGHT_LEVELS];
    const double quantum = 87.8085 / 1024.0;
    qn_weight_table_make(&(qn_weight_law){QN_WEIGHT_NORMAL, -4 * 87.8085, 0.1}, quantum, weights);
    double sum = 0.0, squares = 0.0;
    for (int q = 0; q < QN_WEIGHT_LEVELS; ++q) {
        sum += weights[q] / (double)QN_WEIGHT_LEVELS;
        squares += (double)weights[q] * weights[q] / QN_WEIGHT_LEVELS;
    }
    assert_close(sum, -4096.0, 1e-5);
    assert_within(sqrt(squares - sum * sum) / 409.6, 1.0, 1e-4);
    qn_weight_table_make(&(qn_weight_law){QN_WEIGHT_CONSTANT, 87.8085, 0.0}, quantum, weights);
    for (int q = 0; q < QN_WEIGHT_LEVELS; ++q) assert_int_equal(weights[q], 1024);
}

// Weights of few quanta: the mean is that of the law, to 1 / 256 of a quantum, each weight within one.
static void the_mean_of_small_weights_survives_rounding(void **state)
{
    (void)state;
    for (double mean = 0.07; mean < 500.0; mean *= 1.13)
        for (int kind = 0; kind < 2; ++kind)
            for (double sign = -1.0; sign < 2.0; sign += 2.0) {
                int16_t weights[QN_WEIGHT_LEVELS];
                const qn_weight_law normal = {QN_WEIGHT_NORMAL, sign * mean, 0.1};
                const qn_weight_law constant = {QN_WEIGHT_CONSTANT, sign * mean, 0.0};
                qn_weight_table_make(kind ? &normal : &constant, 1.0, weights);
                double sum = 0.0;
                for (int q = 0; q < QN_WEIGHT_LEVELS; ++q) {
                    sum += weights[q] / (double)QN_WEIGHT_LEVELS;
                    if (!kind) assert_true(fabs(weights[q] - sign * mean) <= 1.5);
                }
                assert_within(sum, sign * mean, 1.0 / 256.0 + 1e-9);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_a_slow_implementation),
        cmocka_unit_test(the_slots_of_a_row_make_the_whole_row),
        cmocka_unit_test(rows_come_due_as_described),
        cmocka_unit_test(lognormal_weights_have_their_moments_and_bits),
        cmocka_unit_test(weight_tables_have_exact_mean_and_spread),
        cmocka_unit_test(the_mean_of_small_weights_survives_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
