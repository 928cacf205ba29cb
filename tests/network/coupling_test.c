#include "testing.h"

#include <stdlib.h>

static double *drawn(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation)
{
    double *values = malloc(size * size * sizeof *values);
    assert_non_null(values);
    assert_ok(qn_coupling_draw(coupling, size, seed, realisation, values));
    return values;
}

static void iid_has_its_mean_and_strength(void **state)
{
    (void)state;
    enum { SIZE = 1000 };
    const qn_coupling coupling = {.strength = 1.7, .mean = -3.0};
    double *values = drawn(&coupling, SIZE, 11, 0);
    const double count = (double)SIZE * SIZE;
    double sum = 0, squares = 0, diagonal = 0, reciprocal = 0;
    for (size_t i = 0; i < SIZE; ++i)
        for (size_t j = 0; j < SIZE; ++j) {
            const double deviation = values[i * SIZE + j] + 3.0 / SIZE;
            sum += deviation;
            squares += deviation * deviation;
            if (i == j) diagonal += deviation * deviation;
            if (i < j) reciprocal += deviation * (values[j * SIZE + i] + 3.0 / SIZE);
        }
    const double variance = 1.7 * 1.7 / SIZE;
    assert_within(sum / sqrt(count * variance), 0.0, 4.0);
    assert_within((squares / variance - count) / sqrt(2 * count), 0.0, 4.0);
    assert_within((diagonal / variance - SIZE) / sqrt(2.0 * SIZE), 0.0, 4.0);
    assert_within(reciprocal / variance / sqrt(count / 2), 0.0, 4.0);
    free(values);
}

static void realisations_and_seeds_are_independent(void **state)
{
    (void)state;
    enum { SIZE = 300, COUNT = SIZE * SIZE };
    const qn_coupling coupling = {.strength = 1.0};
    double *first = drawn(&coupling, SIZE, 1, 0), *second = drawn(&coupling, SIZE, 1, 1);
    double *third = drawn(&coupling, SIZE, 2, 0), *again = drawn(&coupling, SIZE, 1, 0);
    double overlap = 0, overlap_of_seeds = 0;
    for (size_t i = 0; i < COUNT; ++i) {
        overlap += first[i] * second[i] * SIZE;
        overlap_of_seeds += first[i] * third[i] * SIZE;
    }
    assert_within(overlap / sqrt((double)COUNT), 0.0, 4.0);
    assert_within(overlap_of_seeds / sqrt((double)COUNT), 0.0, 4.0);
    assert_memory_equal(first, again, COUNT * sizeof *first);
    free(first);
    free(second);
    free(third);
    free(again);
}

static void threads_do_not_change_the_draw(void **state)
{
    (void)state;
    enum { SIZE = 333 };
    const qn_coupling coupling = {.strength = 1.0, .mean = 0.5};
    qn_set_threads(1);
    double *one = drawn(&coupling, SIZE, 3, 9);
    qn_set_threads(3);
    double *three = drawn(&coupling, SIZE, 3, 9);
    qn_set_threads(0);
    assert_memory_equal(one, three, SIZE * SIZE * sizeof *one);
    free(one);
    free(three);
}

// The entry of a known stream position: 1 + 2 * 7 in a network of 7, by hand.
static void entries_are_the_streams(void **state)
{
    (void)state;
    const qn_coupling coupling = {.strength = 2.0, .mean = 14.0};
    const qn_stream stream = {5, QN_PURPOSE_COUPLING, 6};
    double *values = drawn(&coupling, 7, 5, 6), deviate;
    qn_normal(&stream, 15, 1, &deviate);
    assert_close(values[2 * 7 + 1], 2.0 + 2.0 / sqrt(7.0) * deviate, 1e-15);
    free(values);
}

static double four[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const qn_matrix DENSE = {.rows = 4, .columns = 4, .values = four};

// Rows {0, 2, 0, 0}, {}, {1, 0, 0, -3}, {0, 0, 0, 4}.
static double sparse_values[] = {2, 1, -3, 4};
static size_t sparse_start[] = {0, 1, 1, 3, 4};
static uint32_t sparse_column[] = {1, 0, 3, 3};
static const qn_matrix SPARSE = {.rows = 4,
                                 .columns = 4,
                                 .sparse = true,
                                 .values = sparse_values,
                                 .entries = 4,
                                 .row_start = sparse_start,
                                 .column = sparse_column};

// Mean entry 8.5; (1/4) sum of squared deviations = 340 / 4 = 85.
static void statistics_of_a_given_matrix(void **state)
{
    (void)state;
    qn_coupling_statistics found;
    assert_ok(qn_coupling_statistics_of(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &DENSE}, 4, &found));
    assert_close(found.mean, 34.0, 1e-15);
    assert_close(found.strength, sqrt(85.0), 1e-15);
    // mean entry 4 / 16 = 1/4: sum of squares 4 + 1 + 9 + 16 = 30, less 16 / 16.
    assert_ok(qn_coupling_statistics_of(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &SPARSE}, 4, &found));
    assert_close(found.mean, 1.0, 1e-15);
    assert_close(found.strength, sqrt(29.0 / 4.0), 1e-15);
    assert_ok(qn_coupling_statistics_of(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &SPARSE, .strength = 1.5},
                                        4, &found));
    assert_close(found.mean, 1.0, 1e-15);
    assert_close(found.strength, 1.5, 1e-15);
    assert_ok(qn_coupling_statistics_of(&(qn_coupling){.strength = 1.5, .mean = -1}, 4, &found));
    assert_true(found.mean == -1.0 && found.strength == 1.5);
}

static void check_mean_removed(const qn_matrix *matrix, const qn_coupling_statistics *before)
{
    for (int rescaled = 0; rescaled < 2; ++rescaled) {
        const qn_coupling coupling = {
            .kind = QN_COUPLING_GIVEN, .matrix = matrix, .remove_mean = true, .strength = rescaled ? 0.25 : 0.0};
        qn_coupling_statistics told, found;
        double *values = drawn(&coupling, matrix->rows, 2, 2);
        const qn_matrix centred = {.rows = matrix->rows, .columns = matrix->columns, .values = values};
        assert_ok(qn_coupling_statistics_of(&coupling, matrix->rows, &told));
        assert_ok(qn_coupling_statistics_of(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &centred}, matrix->rows,
                                            &found));
        assert_close(found.mean, 0.0, 1e-13);
        assert_true(told.mean == 0.0);
        assert_close(found.strength, rescaled ? 0.25 : before->strength, 1e-13);
        assert_close(told.strength, found.strength, 1e-13);
        free(values);
    }
}

// A drawn matrix, given back, has the statistics that its own sums say.
static void rescaled_matrix_has_the_wanted_strength(void **state)
{
    (void)state;
    enum { SIZE = 97 };
    double *values = drawn(&(qn_coupling){.strength = 3.0, .mean = 5.0}, SIZE, 1, 1);
    const qn_matrix matrix = {.rows = SIZE, .columns = SIZE, .values = values};
    const qn_coupling as_it_is = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix};
    const qn_coupling rescaled = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix, .strength = 0.25};
    qn_coupling_statistics before, after;
    assert_ok(qn_coupling_statistics_of(&as_it_is, SIZE, &before));
    double *same = drawn(&as_it_is, SIZE, 2, 2), *other = drawn(&rescaled, SIZE, 2, 2);
    assert_memory_equal(values, same, SIZE * SIZE * sizeof *same);
    const qn_matrix again = {.rows = SIZE, .columns = SIZE, .values = other};
    assert_ok(qn_coupling_statistics_of(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &again}, SIZE, &after));
    assert_close(after.strength, 0.25, 1e-14);
    assert_close(after.mean, before.mean, 1e-14);
    check_mean_removed(&matrix, &before);
    free(values);
    free(same);
    free(other);
}

static void sparse_matrix_is_drawn_dense(void **state)
{
    (void)state;
    const double expected[16] = {0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, -3, 0, 0, 0, 4};
    double *values = drawn(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &SPARSE}, 4, 0, 0);
    assert_memory_equal(values, expected, sizeof expected);
    free(values);
    const double scale = 1.5 / sqrt(29.0 / 4.0);
    values = drawn(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &SPARSE, .strength = 1.5}, 4, 0, 0);
    for (int i = 0; i < 16; ++i) assert_close(values[i], 0.25 + scale * (expected[i] - 0.25), 1e-15);
    free(values);
}

static void bad_couplings_are_refused(void **state)
{
    (void)state;
    assert_fails(qn_coupling_check(&(qn_coupling){.strength = 1}, 0), QN_BAD_VALUE, "network.size is 0");
    assert_fails(qn_coupling_check(&(qn_coupling){.strength = 0}, 4), QN_BAD_VALUE,
                 "network.coupling.strength is 0; allowed: greater than 0");
    assert_fails(qn_coupling_check(&(qn_coupling){.strength = -2}, 4), QN_BAD_VALUE, "network.coupling.strength is -2");
    assert_fails(qn_coupling_check(&(qn_coupling){.strength = NAN}, 4), QN_BAD_VALUE, "network.coupling.strength is");
    assert_fails(qn_coupling_check(&(qn_coupling){.strength = INFINITY}, 4), QN_BAD_VALUE, "inf; allowed: finite");
    assert_fails(qn_coupling_check(&(qn_coupling){.strength = 1, .mean = INFINITY}, 4), QN_BAD_VALUE,
                 "network.coupling.mean is inf");
    assert_fails(qn_coupling_check(&(qn_coupling){.kind = (qn_coupling_kind)77, .strength = 1}, 4), QN_BAD_VALUE,
                 "network.coupling.kind is 77");

    qn_coupling given = {.kind = QN_COUPLING_GIVEN};
    assert_fails(qn_coupling_check(&given, 4), QN_BAD_VALUE, "network.coupling.matrix is missing");
    given.matrix = &DENSE;
    assert_ok(qn_coupling_check(&given, 4));
    assert_fails(qn_coupling_check(&given, 5), QN_BAD_VALUE, "network.coupling.matrix is 4 x 4; network.size is 5");
    given.strength = -1;
    assert_fails(qn_coupling_check(&given, 4), QN_BAD_VALUE, "network.coupling.strength is -1");
    given.strength = NAN;
    assert_fails(qn_coupling_check(&given, 4), QN_BAD_VALUE, "network.coupling.strength is");
    given.strength = 0;
    given.mean = 1;
    assert_fails(qn_coupling_check(&given, 4), QN_BAD_VALUE, "network.coupling.mean is 1");
    given.mean = 0;
    four[6] = NAN;
    assert_fails(qn_coupling_check(&given, 4), QN_BAD_VALUE, "network.coupling.matrix[1][2] is");
    four[6] = 7;
    given.matrix = &SPARSE;
    sparse_values[2] = -INFINITY;
    assert_fails(qn_coupling_check(&given, 4), QN_BAD_VALUE, "network.coupling.matrix[2][3] is -inf");
    sparse_values[2] = -3;
    sparse_column[3] = 4;
    assert_fails(qn_coupling_check(&given, 4), QN_BAD_VALUE, "row 3 has column 4");
    sparse_column[3] = 3;

    double equal[4] = {2, 2, 2, 2}, unmoved = 5.0;
    const qn_matrix flat = {.rows = 2, .columns = 2, .values = equal};
    const qn_coupling rescaled = {.kind = QN_COUPLING_GIVEN, .matrix = &flat, .strength = 1};
    qn_coupling_statistics statistics = {7, 7};
    assert_fails(qn_coupling_statistics_of(&rescaled, 2, &statistics), QN_BAD_VALUE, "nothing to rescale");
    assert_true(statistics.strength == 7 && statistics.mean == 7);
    assert_fails(qn_coupling_draw(&(qn_coupling){.strength = 0}, 1, 1, 1, &unmoved), QN_BAD_VALUE, "strength");
    assert_true(unmoved == 5.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iid_has_its_mean_and_strength),  cmocka_unit_test(realisations_and_seeds_are_independent),
        cmocka_unit_test(threads_do_not_change_the_draw), cmocka_unit_test(entries_are_the_streams),
        cmocka_unit_test(statistics_of_a_given_matrix),   cmocka_unit_test(rescaled_matrix_has_the_wanted_strength),
        cmocka_unit_test(sparse_matrix_is_drawn_dense),   cmocka_unit_test(bad_couplings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
