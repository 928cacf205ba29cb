#include "testing.h"

#include "temporary.h"

static const qn_matrix_options FROM_ZERO = {.index_base = 0}, FROM_ONE = {.index_base = 1}, UNSAID = {.index_base = -1};

static qn_status read_text(const char *text, const qn_matrix_options *options, qn_matrix *matrix)
{
    return qn_matrix_read(temporary_text("edges.csv", text), options, matrix);
}

static void refuses(const char *text, const qn_matrix_options *options, const char *part)
{
    qn_matrix matrix = {.rows = 77};
    assert_fails(read_text(text, options, &matrix), QN_BAD_FILE, part);
    assert_int_equal(matrix.rows, 77);
    assert_null(matrix.values);
}

static void assert_matrix(const qn_matrix *matrix, size_t size, size_t entries, const size_t *row_start,
                          const uint32_t *column, const double *values)
{
    assert_true(matrix->sparse);
    assert_int_equal(matrix->rows, size);
    assert_int_equal(matrix->columns, size);
    assert_int_equal(matrix->entries, entries);
    assert_memory_equal(matrix->row_start, row_start, (size + 1) * sizeof *row_start);
    assert_memory_equal(matrix->column, column, entries * sizeof *column);
    assert_memory_equal(matrix->values, values, entries * sizeof *values);
}

// "i,j,weight" is the connection to i from j: row i, column j. Self-connections stay, zero weights too.
static void edges_become_rows_and_columns(void **state)
{
    (void)state;
    static const char TEXT[] = "to,from,weight\n# by hand\n\n2,1,0.5\n1, 3 ,-2e-1\r\n3,3,1\n1,2,0\n";
    qn_matrix matrix = {0};
    assert_ok(read_text(TEXT, &FROM_ONE, &matrix));
    assert_matrix(&matrix, 3, 4, (const size_t[]){0, 2, 3, 4}, (const uint32_t[]){1, 2, 0, 2},
                  (const double[]){0, -0.2, 0.5, 1});
    qn_matrix_clear(&matrix);
    assert_ok(read_text(TEXT, &FROM_ZERO, &matrix));
    assert_matrix(&matrix, 4, 4, (const size_t[]){0, 0, 2, 3, 4}, (const uint32_t[]){2, 3, 1, 3},
                  (const double[]){0, -0.2, 0.5, 1});
    qn_matrix_clear(&matrix);
    assert_ok(read_text("0,1,1", &(qn_matrix_options){.size = 5}, &matrix));
    assert_matrix(&matrix, 5, 1, (const size_t[]){0, 1, 1, 1, 1, 1}, (const uint32_t[]){1}, (const double[]){1});
    qn_matrix_clear(&matrix);
}

static void headers_may_have_any_names(void **state)
{
    (void)state;
    static const char *const HEADERS[] = {"i,j,weight\n", "\"post\", \"pre\", \"w\"\n", "info,node,nanosiemens\n",
                                          "\xef\xbb\xbfi,j,w\n"};
    for (size_t i = 0; i < sizeof HEADERS / sizeof *HEADERS; ++i) {
        char text[64];
        snprintf(text, sizeof text, "%s0,0,1\n", HEADERS[i]);
        qn_matrix matrix = {0};
        assert_ok(read_text(text, &FROM_ZERO, &matrix));
        assert_int_equal(matrix.entries, 1);
        qn_matrix_clear(&matrix);
    }
    refuses("i,j\n0,0,1\n", &FROM_ZERO, "edges.csv:1: expected 'i,j,weight'");
    refuses("1,j,weight\n0,0,1\n", &FROM_ZERO, "edges.csv:1: expected 'i,j,weight'");
    refuses("i,,weight\n0,0,1\n", &FROM_ZERO, "edges.csv:1: expected 'i,j,weight'");
    refuses("i,j,weight\ni,j,weight\n", &FROM_ZERO, "edges.csv:2: expected 'i,j,weight'");
}

static void the_index_base_must_be_said(void **state)
{
    (void)state;
    refuses("1,279,1\n5,6,1\n", &UNSAID,
            "edges.csv: index base not stated: units may be counted from 0 or from 1; set network.coupling.index_base "
            "to 0 or 1 "
            "(smallest index found: 1, largest 279)");
    refuses("1,2,1\n", NULL, "index base not stated");
    qn_matrix matrix = {0};
    assert_fails(read_text("1,2,1\n", &(qn_matrix_options){.index_base = 2}, &matrix), QN_BAD_VALUE,
                 "index_base is 2; allowed: 0 or 1");
}

static void indices_out_of_range_are_refused(void **state)
{
    (void)state;
    refuses("1,2,1\n3,0,1\n", &FROM_ONE,
            "edges.csv:2: unit 0 is out of range; allowed: 1 to 3 (3 units counted from 1)");
    refuses("1,2,1\n4,1,1\n", &(qn_matrix_options){.index_base = 1, .size = 3},
            "edges.csv:2: unit 4 is out of range; allowed: 1 to 3 (3 units counted from 1)");
    refuses("1,3,1\n", &(qn_matrix_options){.size = 3}, "edges.csv:1: unit 3 is out of range; allowed: 0 to 2");
    refuses("0,0,1\n", &FROM_ONE, "edges.csv: largest index is 0 although units are counted from 1");
    refuses("0,4294967296,1\n", &FROM_ZERO, "edges.csv: largest index is 4294967296; at most 4294967295 is allowed");
    refuses("-1,0,1\n", &FROM_ZERO,
            "edges.csv:1: expected 'i,j,weight' (two unit numbers and a number), found '-1,0,1'");
    refuses("99999999999999999999,0,1\n", &FROM_ZERO, "edges.csv:1: expected 'i,j,weight'");
}

static void lines_at_fault_are_named(void **state)
{
    (void)state;
    refuses("", &FROM_ZERO, "edges.csv: no connections in it; expected lines 'i,j,weight'");
    refuses("i,j,weight\n# nothing\n", &FROM_ZERO, "edges.csv: no connections in it");
    refuses("0,1,1\n0,2\n", &FROM_ZERO,
            "edges.csv:2: expected 'i,j,weight' (two unit numbers and a number), found '0,2'");
    refuses("0,1,1,1\n", &FROM_ZERO, "edges.csv:1: expected 'i,j,weight'");
    refuses("0;1;1\n", &FROM_ZERO, "found '0;1;1'");
    refuses("0.5,1,1\n", &FROM_ZERO, "found '0.5,1,1'");
    refuses("0,1,0x1\n", &FROM_ZERO, "found '0,1,0x1'");
    refuses("0,1,1e\n", &FROM_ZERO, "found '0,1,1e'");
    refuses("0,1,.\n", &FROM_ZERO, "found '0,1,.'");
    refuses("0,1,1,5\n", &FROM_ZERO, "found '0,1,1,5'");
    refuses("0,1,1\n\n3,17,nan\n", &FROM_ZERO, "edges.csv:3: entry (3, 17) is nan; every coupling must be finite");
    refuses("0,1,-Infinity\n", &FROM_ZERO, "edges.csv:1: entry (0, 1) is -Infinity; every coupling must be finite");
}

static void a_connection_given_twice_is_refused_naming_both_lines(void **state)
{
    (void)state;
    refuses("i,j,w\n3,5,1\n0,0,1\n3,5,2\n3,5,3\n", &FROM_ZERO,
            "edges.csv:4: connection (3, 5) was given already in line 2");
    refuses("1,1,1\n1,1,1\n", &FROM_ONE, "edges.csv:2: connection (1, 1) was given already in line 1");
}

static int remove_files(void **state)
{
    (void)state;
    temporary_remove(1, (const char *const[]){"edges.csv"});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_become_rows_and_columns),
        cmocka_unit_test(headers_may_have_any_names),
        cmocka_unit_test(the_index_base_must_be_said),
        cmocka_unit_test(indices_out_of_range_are_refused),
        cmocka_unit_test(lines_at_fault_are_named),
        cmocka_unit_test(a_connection_given_twice_is_refused_naming_both_lines),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
