// Cleaning a matrix: what is counted, what is left out, and units keep their order; dense and sparse alike.
#include "testing.h"

// Units 0 ... 4: 1 is silent but for its self-loop, 3 only sends, 4 only receives; a stored zero is no entry.
//     0 0 0 7 0
//     0 9 0 0 0
//     5 0 0 0 0
//     0 0 0 0 0
//     0 0 2 0 0
static double dense_values[25] = {[3] = 7, [6] = 9, [10] = 5, [22] = 2};
static double sparse_values[] = {0, 7, 9, 5, 2};
static uint32_t sparse_column[] = {1, 3, 1, 0, 2};
static size_t sparse_start[] = {0, 2, 3, 4, 4, 5};

static const qn_matrix dense = {.rows = 5, .columns = 5, .values = dense_values};
static const qn_matrix sparse = {.rows = 5,
                                 .columns = 5,
                                 .sparse = true,
                                 .entries = 5,
                                 .values = sparse_values,
                                 .column = sparse_column,
                                 .row_start = sparse_start};

static double entry(const qn_matrix *matrix, size_t row, size_t column)
{
    if (!matrix->sparse) return matrix->values[row * matrix->columns + column];
    for (size_t e = matrix->row_start[row]; e < matrix->row_start[row + 1]; ++e)
        if (matrix->column[e] == column) return matrix->values[e];
    return 0;
}

static void assert_cleaned(const qn_matrix *from, const qn_matrix_clean_options *options, size_t size,
                           const double *expected, const qn_matrix_clean_report *reported)
{
    qn_matrix made;
    qn_matrix_clean_report report;
    assert_ok(qn_matrix_clean(from, options, &made, &report));
    assert_int_equal(made.rows, size);
    assert_int_equal(made.columns, size);
    assert_int_equal(made.sparse, from->sparse);
    size_t entries = 0;
    for (size_t i = 0; i < size; ++i)
        for (size_t j = 0; j < size; ++j) {
            assert_true(entry(&made, i, j) == expected[i * size + j]);
            entries += expected[i * size + j] != 0;
        }
    if (made.sparse) assert_int_equal(made.entries, entries);
    assert_int_equal(report.units, reported->units);
    assert_int_equal(report.entries, reported->entries);
    assert_int_equal(report.self_loops, reported->self_loops);
    assert_int_equal(report.silent_rows, reported->silent_rows);
    assert_int_equal(report.silent_columns, reported->silent_columns);
    assert_int_equal(report.dropped_units, reported->dropped_units);
    assert_int_equal(report.dropped_entries, reported->dropped_entries);
    qn_matrix_clear(&made);
}

static void all_that_is_there_is_kept_and_counted(void **state)
{
    (void)state;
    const qn_matrix_clean_report expected = {
        .units = 5, .entries = 4, .self_loops = 1, .silent_rows = 1, .silent_columns = 1};
    assert_cleaned(&dense, NULL, 5, dense_values, &expected);
    assert_cleaned(&sparse, NULL, 5, dense_values, &expected);
}

static void a_unit_with_nothing_but_itself_goes_with_its_self_loop(void **state)
{
    (void)state;
    static const double rest[16] = {[2] = 7, [4] = 5, [13] = 2};
    const qn_matrix_clean_options options = {.drop_self_loops = true, .drop_silent = true};
    const qn_matrix_clean_report expected = {.units = 5,
                                             .entries = 4,
                                             .self_loops = 1,
                                             .silent_rows = 2,
                                             .silent_columns = 2,
                                             .dropped_units = 1,
                                             .dropped_entries = 1};
    assert_cleaned(&dense, &options, 4, rest, &expected);
    assert_cleaned(&sparse, &options, 4, rest, &expected);
}

static void what_is_no_coupling_matrix_is_refused(void **state)
{
    (void)state;
    qn_matrix made = {.rows = 77};
    const qn_matrix before = made;
    double values[4] = {1, 2, INFINITY, 0}, loop[4] = {1, 0, 0, 0};
    const qn_matrix infinite = {.rows = 2, .columns = 2, .values = values};
    assert_fails(qn_matrix_clean(&infinite, NULL, &made, NULL), QN_BAD_VALUE, "matrix[1][0] is inf");
    const qn_matrix oblong = {.rows = 1, .columns = 4, .values = values};
    assert_fails(qn_matrix_clean(&oblong, NULL, &made, NULL), QN_BAD_VALUE, "1 rows and 4 columns");
    const qn_matrix alone = {.rows = 2, .columns = 2, .values = loop};
    assert_fails(qn_matrix_clean(&alone, &(qn_matrix_clean_options){.drop_self_loops = true}, &made, NULL),
                 QN_BAD_VALUE, "no entries other than zero off the diagonal");
    assert_memory_equal(&made, &before, sizeof made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_there_is_kept_and_counted),
        cmocka_unit_test(a_unit_with_nothing_but_itself_goes_with_its_self_loop),
        cmocka_unit_test(what_is_no_coupling_matrix_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
