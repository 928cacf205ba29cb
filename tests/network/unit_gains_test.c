// Gains of the units: rows of J multiplied, in every form J takes, and the classes theory is told of.
#include "testing.h"

#include "base/memory.h"

#include <quenched/coupling.h>
#include <quenched/rate_network.h>

#include <stdlib.h>

enum { SIZE = 90 };

static const double two_values[] = {0.3, 2.0}, two_weights[] = {0.7, 0.3};

static double *drawn(const qn_coupling *coupling)
{
    double *j = malloc(SIZE * SIZE * sizeof *j);
    assert_non_null(j);
    assert_ok(qn_coupling_draw(coupling, SIZE, 3, 1, j));
    return j;
}

// Row i is w_i times that of the couplings without gains, drawn and applied; strength, mean and rank are theirs.
static void check_rows(qn_coupling coupling)
{
    double *plain = drawn(&coupling), gains[SIZE], in[SIZE * 16] __attribute__((aligned(64))) = {0};
    double out[SIZE * 16] __attribute__((aligned(64)));
    qn_coupling_statistics before, after;
    double rank_before, rank_after;
    assert_ok(qn_coupling_statistics_of(&coupling, SIZE, &before));
    assert_ok(qn_coupling_inverse_effective_rank(&coupling, SIZE, &rank_before));
    coupling.gains = (qn_unit_gains){2, two_values, two_weights};
    assert_ok(qn_coupling_unit_gains(&coupling, SIZE, gains));
    double *scaled = drawn(&coupling);
    for (size_t i = 0; i < SIZE; ++i)
        for (size_t j = 0; j < SIZE; ++j) assert_within(scaled[i * SIZE + j], gains[i] * plain[i * SIZE + j], 1e-15);
    for (size_t j = 0; j < SIZE; ++j) in[j * 16] = sin(1.0 + (double)j);
    qn_coupling_operator *operator;
    assert_ok(qn_coupling_operator_create(&coupling, SIZE, 3, 1, QN_PRECISION_DOUBLE, &operator));
    qn_coupling_operator_apply(operator, 1, 16, in, out);
    for (size_t i = 0; i < SIZE; ++i) {
        double expected = 0.0;
        for (size_t j = 0; j < SIZE; ++j) expected += scaled[i * SIZE + j] * in[j * 16];
        assert_within(out[i * 16], expected, 1e-12);
    }
    qn_coupling_operator_destroy(operator);
    assert_ok(qn_coupling_statistics_of(&coupling, SIZE, &after));
    assert_ok(qn_coupling_inverse_effective_rank(&coupling, SIZE, &rank_after));
    assert_within(after.strength, before.strength, 0.0);
    assert_within(after.mean, before.mean, 0.0);
    assert_within(rank_after, rank_before, 0.0);
    free(plain);
    free(scaled);
}

static void drawn_couplings_have_their_rows_multiplied(void **state)
{
    (void)state;
    check_rows((qn_coupling){.strength = 1.5, .mean = -2.0});
    check_rows((qn_coupling){.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.5, .spectrum = {.effective_rank = 0.5}});
    check_rows(
        (qn_coupling){.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 2.0, .spectrum = {.effective_rank = 1.0}});
    check_rows((qn_coupling){.kind = QN_COUPLING_ELLIPTIC, .strength = 1.0, .symmetry = 0.3});
}

// Every fifth entry, so that the operator keeps it sparse; with the mean taken off every row has a constant besides.
static void given_matrices_have_their_rows_multiplied(void **state)
{
    (void)state;
    double values[SIZE * SIZE], few[SIZE * SIZE];
    uint32_t column[SIZE * SIZE];
    size_t start[SIZE + 1] = {0}, entries = 0;
    for (size_t i = 0; i < SIZE; ++i) {
        for (size_t j = 0; j < SIZE; ++j) {
            values[i * SIZE + j] = cos(0.3 * (double)(i * i) + 1.7 * (double)j);
            if ((i + 2 * j) % 5) continue;
            column[entries] = (uint32_t)j;
            few[entries++] = values[i * SIZE + j];
        }
        start[i + 1] = entries;
    }
    const qn_matrix dense = {.rows = SIZE, .columns = SIZE, .values = values};
    const qn_matrix sparse = {.rows = SIZE,
                              .columns = SIZE,
                              .sparse = true,
                              .values = few,
                              .entries = entries,
                              .row_start = start,
                              .column = column};
    for (int centred = 0; centred < 2; ++centred) {
        check_rows((qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &dense, .remove_mean = centred});
        check_rows((qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &sparse, .remove_mean = centred});
        check_rows(
            (qn_coupling){.kind = QN_COUPLING_GIVEN, .strength = 1.2, .matrix = &sparse, .remove_mean = centred});
    }
}

static void classes_are_consecutive_units(void **state)
{
    (void)state;
    const double values[] = {3.0, 1.0, 2.0}, weights[] = {0.25, 0.5, 0.25};
    const qn_coupling coupling = {.strength = 1.0, .gains = {3, values, weights}};
    double gains[10], *found, *fractions;
    size_t unit_class[10], classes;
    assert_ok(qn_coupling_unit_gains(&coupling, 10, gains));
    assert_ok(qn_coupling_gain_class_of(&coupling, 10, unit_class));
    const size_t expected[10] = {0, 0, 0, 1, 1, 1, 1, 1, 2, 2}; // 2.5 rounds to 3, 7.5 to 8
    for (size_t i = 0; i < 10; ++i) {
        assert_int_equal(unit_class[i], expected[i]);
        assert_within(gains[i], values[expected[i]], 0.0);
    }
    assert_ok(qn_coupling_gain_classes(&coupling, 10, &classes, &found, &fractions));
    assert_int_equal(classes, 3);
    assert_within(found[2], 2.0, 0.0);
    assert_within(fractions[1], 0.5, 0.0);
    free(found);
    free(fractions);
}

// One gain per unit: distinct ones are classes, many are grouped so that the mean square stays.
static void gains_of_units_are_grouped(void **state)
{
    (void)state;
    enum { UNITS = 1000 };
    double values[UNITS], square = 0.0, grouped = 0.0, total = 0.0, *gains, *weights;
    size_t classes, unit_class[UNITS];
    for (size_t i = 0; i < UNITS; ++i) values[i] = i % 3 ? 0.5 : 2.0;
    qn_coupling coupling = {.strength = 1.0, .gains = {UNITS, values, NULL}};
    assert_ok(qn_coupling_gain_classes(&coupling, UNITS, &classes, &gains, &weights));
    assert_int_equal(classes, 2);
    assert_within(gains[0], 0.5, 0.0);
    assert_within(weights[0], 0.666, 1e-12);
    free(gains);
    free(weights);
    for (size_t i = 0; i < UNITS; ++i) values[i] = exp(sin(0.37 * (double)i)), square += values[i] * values[i] / UNITS;
    assert_ok(qn_coupling_gain_classes(&coupling, UNITS, &classes, &gains, &weights));
    assert_ok(qn_coupling_gain_class_of(&coupling, UNITS, unit_class));
    assert_int_equal(classes, 64);
    for (size_t k = 0; k < classes; ++k) {
        grouped += weights[k] * gains[k] * gains[k], total += weights[k];
        assert_true(k == 0 || gains[k] > gains[k - 1]);
    }
    assert_within(grouped / square, 1.0, 1e-12);
    assert_within(total, 1.0, 1e-12);
    for (size_t i = 0; i < UNITS; ++i) assert_within(values[i] / gains[unit_class[i]], 1.0, 0.2);
    free(gains);
    free(weights);
}

// Units of one gain are one class, however many, and a class has the units that say they are in it.
static void equal_gains_stay_together(void **state)
{
    (void)state;
    enum { UNITS = 1000 };
    double values[UNITS], *gains, *weights;
    size_t classes, unit_class[UNITS];
    for (size_t i = 0; i < UNITS; ++i) values[i] = i % 2 ? 1.5 : 1.0 + (double)i / UNITS;
    const qn_coupling coupling = {.strength = 1.0, .gains = {UNITS, values, NULL}};
    assert_ok(qn_coupling_gain_classes(&coupling, UNITS, &classes, &gains, &weights));
    assert_ok(qn_coupling_gain_class_of(&coupling, UNITS, unit_class));
    assert_in_range(classes, 20, 64);
    for (size_t k = 0; k < classes; ++k) {
        double count = 0.0, square = 0.0;
        for (size_t i = 0; i < UNITS; ++i)
            if (unit_class[i] == k) count += 1.0, square += values[i] * values[i];
        assert_within(weights[k], count / UNITS, 1e-15);
        assert_close(gains[k] * gains[k], square / count, 1e-12);
    }
    free(gains);
    free(weights);
}

static void bad_gains_are_named(void **state)
{
    (void)state;
    const double zero[] = {1.0, 0.0}, heavy[] = {0.7, 0.4}, tiny[] = {0.999, 0.001};
    qn_rate_network network = {.size = 100, .coupling = {.strength = 1.0, .gains = {2, zero, two_weights}}};
    assert_fails(qn_rate_network_check(&network), QN_BAD_VALUE, "network.coupling.gain.values[1] is 0");
    network.coupling.gains = (qn_unit_gains){2, two_values, heavy};
    assert_fails(qn_rate_network_check(&network), QN_BAD_VALUE, "gain.weights add up to 1.1");
    network.coupling.gains.weights = tiny;
    assert_fails(qn_rate_network_check(&network), QN_BAD_VALUE, "of 100 units that is less than one");
    network.coupling.gains.weights = NULL;
    assert_fails(qn_rate_network_check(&network), QN_BAD_VALUE, "2 values for 100 units");
    network.coupling.gains.values = NULL;
    assert_fails(qn_rate_network_check(&network), QN_BAD_VALUE, "gain.values is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_couplings_have_their_rows_multiplied),
        cmocka_unit_test(given_matrices_have_their_rows_multiplied),
        cmocka_unit_test(classes_are_consecutive_units),
        cmocka_unit_test(gains_of_units_are_grouped),
        cmocka_unit_test(equal_gains_stay_together),
        cmocka_unit_test(bad_gains_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
