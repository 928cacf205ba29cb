#include "testing.h"

#include "temporary.h"

static qn_status read_text(const char *text, qn_matrix *matrix)
{
    return qn_matrix_read(temporary_text("m.mtx", text), NULL, matrix);
}

static void refuses(const char *text, const char *part)
{
    qn_matrix matrix = {.rows = 77};
    assert_fails(read_text(text, &matrix), QN_BAD_FILE, part);
    assert_int_equal(matrix.rows, 77);
    assert_null(matrix.values);
}

static void reads_dense(const char *text, size_t rows, size_t columns, const double *expected)
{
    qn_matrix matrix = {0};
    assert_ok(read_text(text, &matrix));
    assert_int_equal(matrix.rows, rows);
    assert_int_equal(matrix.columns, columns);
    for (size_t row = 0; row < rows; ++row) {
        if (!matrix.sparse) {
            for (size_t column = 0; column < columns; ++column)
                assert_true(matrix.values[row * columns + column] == expected[row * columns + column]);
            continue;
        }
        // Sparse: what is stored is in order and right, and what is not stored is zero.
        size_t place = matrix.row_start[row];
        for (size_t column = 0; column < columns; ++column) {
            const bool stored = place < matrix.row_start[row + 1] && matrix.column[place] == column;
            assert_true((stored ? matrix.values[place] : 0) == expected[row * columns + column]);
            place += stored;
        }
        assert_int_equal(place, matrix.row_start[row + 1]);
    }
    qn_matrix_clear(&matrix);
}

#define BANNER "%%MatrixMarket matrix "

static void coordinate_files_are_read_in_any_order(void **state)
{
    (void)state;
    reads_dense(BANNER "coordinate real general\n% made by hand\n\n2 3 4\n2 3 -1.5e0\n1 1 1\n2 1 +.25\n1 3 7.\n", 2, 3,
                (const double[]){1, 0, 7, 0.25, 0, -1.5});
    reads_dense("%%MATRIXMARKET Matrix Coordinate Integer General\r\n2 2 2\r\n1 2 -3\r\n2 1 4\r\n", 2, 2,
                (const double[]){0, -3, 4, 0});
    reads_dense(BANNER "coordinate pattern general\n2 2 2\n 1\t1 \n2 2", 2, 2, (const double[]){1, 0, 0, 1});
    reads_dense(BANNER "coordinate real general\n2 2 0\n", 2, 2, (const double[]){0, 0, 0, 0});
}

static void symmetric_files_fill_the_other_triangle(void **state)
{
    (void)state;
    reads_dense(BANNER "coordinate real symmetric\n3 3 4\n3 1 5\n1 1 1\n3 2 6\n2 1 2\n", 3, 3,
                (const double[]){1, 2, 5, 2, 0, 6, 5, 6, 0});
    reads_dense(BANNER "coordinate real skew-symmetric\n3 3 2\n3 1 5\n2 1 -2\n", 3, 3,
                (const double[]){0, 2, -5, -2, 0, 0, 5, 0, 0});
    reads_dense(BANNER "coordinate pattern symmetric\n2 2 1\n2 1\n", 2, 2, (const double[]){0, 1, 1, 0});
}

static void arrays_go_down_the_columns(void **state)
{
    (void)state;
    reads_dense(BANNER "array real general\n2 3\n1\n4\n2\n5\n3\n6\n", 2, 3, (const double[]){1, 2, 3, 4, 5, 6});
    reads_dense(BANNER "array integer symmetric\n2 2\n1\n2\n3\n", 2, 2, (const double[]){1, 2, 2, 3});
    reads_dense(BANNER "array real skew-symmetric\n3 3\n1\n2\n3\n", 3, 3,
                (const double[]){0, -1, -2, 1, 0, -3, 2, 3, 0});
    reads_dense(BANNER "array real skew-symmetric\n1 1\n", 1, 1, (const double[]){0});
}

// Columns of one row in descending order and shuffled, more of them than any simple case would catch.
static void long_rows_come_out_ordered(void **state)
{
    (void)state;
    enum { COLUMNS = 997 };
    char text[20 * COLUMNS];
    int length = snprintf(text, sizeof text, "%scoordinate real general\n1 %d %d\n", BANNER, COLUMNS, COLUMNS);
    for (int i = 1; i <= COLUMNS; ++i) {
        const int column = i * 513 % COLUMNS + 1;
        length += snprintf(text + length, sizeof text - (size_t)length, "1 %d %d\n", column, 2 * column);
    }
    qn_matrix matrix = {0};
    assert_ok(read_text(text, &matrix));
    assert_int_equal(matrix.entries, COLUMNS);
    for (size_t i = 0; i < COLUMNS; ++i) {
        assert_int_equal(matrix.column[i], i);
        assert_true(matrix.values[i] == 2.0 * ((double)i + 1));
    }
    qn_matrix_clear(&matrix);
}

static void first_lines_that_promise_something_else_are_refused(void **state)
{
    (void)state;
    refuses("", "m.mtx: not a Matrix Market file");
    refuses("1 1 1\n1 1 1\n", "m.mtx: not a Matrix Market file: its first line must begin with %%MatrixMarket");
    refuses(BANNER "coordinate real\n1 1 1\n1 1 1\n",
            "m.mtx:1: first line must be '%%MatrixMarket matrix FORMAT FIELD SYMMETRY'");
    refuses("%%MatrixMarket vector coordinate real general\n", "m.mtx:1: object is 'vector'; allowed: matrix");
    refuses(BANNER "sparse real general\n", "m.mtx:1: format is 'sparse'; allowed: coordinate, array");
    refuses(BANNER "coordinate complex general\n", "m.mtx:1: field is 'complex'; allowed: real, integer, pattern");
    refuses(BANNER "coordinate real hermitian\n",
            "m.mtx:1: symmetry is 'hermitian'; allowed: general, symmetric, skew-symmetric");
    refuses(BANNER "array pattern general\n1 1\n", "m.mtx:1: an array has values");
    refuses(BANNER "coordinate pattern skew-symmetric\n1 1 0\n", "m.mtx:1: a pattern cannot be skew-symmetric");
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refuses(BANNER "coordinate real general\n% nothing more\n", "m.mtx: truncated: the line with the sizes is missing");
    refuses(BANNER "coordinate real general\n2 2\n", "m.mtx:2: expected 'rows columns entries', found '2 2'");
    refuses(BANNER "array real general\n2 2 4\n", "m.mtx:2: expected 'rows columns', found '2 2 4'");
    refuses(BANNER "array real general\n-2 2\n", "found '-2 2'");
    refuses(BANNER "array real general\n0 2\n", "m.mtx: matrix is 0 x 2; it has no entries");
    refuses(BANNER "array real symmetric\n2 3\n", "m.mtx:2: matrix is 2 x 3; a symmetric matrix must be square");
    refuses(BANNER "array real general\n100000 100000\n1\n",
            "m.mtx: truncated: header says 10000000000 entries but the file has only");
    refuses(BANNER "coordinate real general\n5 5 9000000000000000000\n", "truncated: header says");
    refuses(BANNER "coordinate real general\n99999999999 1 0\n", "at most 4294967295 rows and columns are allowed");
    qn_matrix matrix = {0};
    assert_fails(qn_matrix_read(temporary_text("m.mtx", BANNER "array real general\n1 2\n1\n2\n"),
                                &(qn_matrix_options){.square = true}, &matrix),
                 QN_BAD_FILE, "m.mtx: matrix is 1 x 2; a coupling matrix must be square");
}

static void memory_that_would_not_fit_is_refused_before_it_is_taken(void **state)
{
    (void)state;
    qn_matrix matrix = {0};
    assert_fails(read_text(BANNER "coordinate real general\n4294967295 4294967295 0\n", &matrix), QN_NO_MEMORY,
                 "m.mtx: row table of the matrix needs 68.7 GB");
}

static void entries_at_fault_are_named_with_their_line(void **state)
{
    (void)state;
    refuses(BANNER "coordinate real general\n2 2 2\n1 1 1\n",
            "m.mtx: truncated: header says 2 entries but the file has 1");
    refuses(BANNER "coordinate real general\n2 2 1\n1 1 1\n1 2 1\n",
            "m.mtx:4: more entries than the 1 the header says");
    refuses(BANNER "array real general\n1 1\n1\n2\n", "m.mtx:4: more entries than the 1 the header says");
    refuses(BANNER "coordinate real general\n2 2 1\n3 1 1\n", "m.mtx:3: row is 3; allowed: 1 to 2");
    refuses(BANNER "coordinate real general\n2 2 1\n1 0 1\n", "m.mtx:3: column is 0; allowed: 1 to 2");
    refuses(BANNER "coordinate real general\n2 2 1\n1 1 one\n", "m.mtx:3: expected a number, found 'one'");
    refuses(BANNER "coordinate real general\n2 2 1\n1 1 0x10\n", "m.mtx:3: unexpected 'x10' after the entry");
    refuses(BANNER "coordinate real general\n2 2 1\n1 1 1,5\n", "m.mtx:3: unexpected ',5' after the entry");
    refuses(BANNER "coordinate real general\n2 2 1\n1 1 1 5\n", "m.mtx:3: unexpected '5' after the entry");
    refuses(BANNER "coordinate real general\n2 2 1\n1.0 1 1\n",
            "m.mtx:3: expected 'row column value', found '1.0 1 1'");
    refuses(BANNER "coordinate pattern general\n2 2 1\n1 x y\n", "m.mtx:3: expected 'row column', found '1 x y'");
    refuses(BANNER "coordinate real general\n2 2 1\n1 2 NaN\n",
            "m.mtx:3: entry (1, 2) is NaN; every coupling must be finite");
    refuses(BANNER "coordinate real general\n2 2 1\n1 2 -inf\n",
            "m.mtx:3: entry (1, 2) is -inf; every coupling must be finite");
    refuses(BANNER "array real general\n2 2\n1\n2\n1e400\n4\n",
            "m.mtx:5: entry (1, 2) is 1e400; every coupling must be finite");
    refuses(BANNER "coordinate real skew-symmetric\n2 2 1\n1 1 1\n", "m.mtx:3: entry (1, 1) lies on the diagonal");
}

static void an_entry_given_twice_is_refused_naming_both_lines(void **state)
{
    (void)state;
    refuses(BANNER "coordinate real general\n% c\n2 2 3\n1 2 1\n2 2 1\n1 2 1\n",
            "m.mtx:6: entry (1, 2) was given already in line 4");
    refuses(BANNER "coordinate real symmetric\n2 2 2\n2 1 1\n1 2 1\n",
            "m.mtx:4: entry (1, 2) was given already in line 3 (a symmetric file gives one triangle)");
}

static void what_is_not_text_is_refused(void **state)
{
    (void)state;
    qn_matrix matrix = {0};
    static const char ZERO[] = BANNER "array real general\n1 1\n1\0\n";
    assert_fails(qn_matrix_read(temporary_bytes("m.mtx", ZERO, sizeof ZERO - 1), NULL, &matrix), QN_BAD_FILE,
                 "m.mtx:3: not a text file: it has a zero byte");
    char line[5000];
    memset(line, '7', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    refuses(line, "m.mtx:1: line is longer than 4095 characters");
    refuses(BANNER "array real general\n1 1\n\033[31m\n", "m.mtx:3: expected a number, found '?[31m'");
}

static int remove_files(void **state)
{
    (void)state;
    temporary_remove(1, (const char *const[]){"m.mtx"});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinate_files_are_read_in_any_order),
        cmocka_unit_test(symmetric_files_fill_the_other_triangle),
        cmocka_unit_test(arrays_go_down_the_columns),
        cmocka_unit_test(long_rows_come_out_ordered),
        cmocka_unit_test(first_lines_that_promise_something_else_are_refused),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(memory_that_would_not_fit_is_refused_before_it_is_taken),
        cmocka_unit_test(entries_at_fault_are_named_with_their_line),
        cmocka_unit_test(an_entry_given_twice_is_refused_naming_both_lines),
        cmocka_unit_test(what_is_not_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
