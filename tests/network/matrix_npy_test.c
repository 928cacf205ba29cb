// NPY files are put together here byte by byte, so that nothing but the format's description stands behind them.
#include "testing.h"

#include "temporary.h"

enum { LIMIT = 1 << 16 };

static unsigned char file[LIMIT];
static size_t length;

static void begin(int version, const char *header)
{
    const size_t text = strlen(header);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[7] = 0;
    file[8] = (unsigned char)(text & 0xff);
    file[9] = (unsigned char)(text >> 8);
    length = 10;
    if (version > 1) {
        file[10] = file[11] = 0;
        length = 12;
    }
    memcpy(file + length, header, text);
    length += text;
}

// The lowest `width` bytes of `bits`, in the byte order asked for.
static void append(uint64_t bits, size_t width, bool big_endian)
{
    for (size_t i = 0; i < width; ++i) file[length++] = (unsigned char)(bits >> 8 * (big_endian ? width - 1 - i : i));
}

static void append_double(double value, bool big_endian)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    append(bits, 8, big_endian);
}

static const char *header_of(const char *type, bool fortran, size_t rows, size_t columns)
{
    static char header[128];
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': (%zu, %zu), }   \n", type,
             fortran ? "True" : "False", rows, columns);
    return header;
}

static qn_status read_with(const qn_matrix_options *options, qn_matrix *matrix)
{
    return qn_matrix_read(temporary_bytes("m.npy", file, length), options, matrix);
}

static qn_status read_present(qn_matrix *matrix) { return read_with(NULL, matrix); }

static void refuses(const char *part)
{
    qn_matrix matrix = {.rows = 77};
    assert_fails(read_present(&matrix), QN_BAD_FILE, part);
    assert_int_equal(matrix.rows, 77);
    assert_null(matrix.values);
}

static void refuses_header(const char *header, const char *part)
{
    begin(1, header);
    refuses(part);
}

// 2 x 3 of 1..6 (bool: 0 and 1) in every type, order and byte order: the same matrix each time.
static void every_type_order_and_byte_order_gives_the_same_matrix(void **state)
{
    (void)state;
    static const char *const TYPES[] = {"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
    for (size_t type = 0; type < sizeof TYPES / sizeof *TYPES; ++type)
        for (int version = 1; version <= 3; ++version)
            for (int choice = 0; choice < 4; ++choice) {
                const bool fortran = choice & 1, big_endian = choice & 2;
                const size_t width = (size_t)(TYPES[type][1] - '0');
                const char name[8] = {width == 1 ? '|' : big_endian ? '>' : '<', TYPES[type][0], TYPES[type][1]};
                begin(version, header_of(name, fortran, 2, 3));
                double expected[6];
                for (size_t i = 0; i < 6; ++i) expected[i] = *TYPES[type] == 'b' ? (double)(i % 2) : (double)(i + 1);
                for (size_t i = 0; i < 6; ++i) {
                    const double value = fortran ? expected[i % 2 * 3 + i / 2] : expected[i];
                    const float narrow = (float)value;
                    uint64_t bits = (uint64_t)value;
                    uint32_t half;
                    memcpy(&half, &narrow, sizeof half);
                    if (*TYPES[type] == 'f') bits = half;
                    if (*TYPES[type] == 'f' && width == 8) memcpy(&bits, &value, sizeof bits);
                    append(bits, width, big_endian);
                }
                qn_matrix matrix = {0};
                assert_ok(read_present(&matrix));
                assert_false(matrix.sparse);
                assert_int_equal(matrix.rows, 2);
                assert_int_equal(matrix.columns, 3);
                assert_memory_equal(matrix.values, expected, sizeof expected);
                qn_matrix_clear(&matrix);
            }
}

static void integers_keep_their_sign_and_size(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        uint64_t bits;
        size_t width;
        double value;
    } CASES[] = {{"|i1", 0x80, 1, -128},
                 {"|u1", 0xff, 1, 255},
                 {"<i2", 0xffff, 2, -1},
                 {"<u2", 0xffff, 2, 65535},
                 {">i4", 0x80000000, 4, -2147483648.0},
                 {"<u4", 0xffffffff, 4, 4294967295.0},
                 {"<i8", UINT64_C(0x8000000000000000), 8, -9223372036854775808.0},
                 {">u8", UINT64_C(0xffffffffffffffff), 8, 18446744073709551615.0}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; ++i) {
        begin(1, header_of(CASES[i].type, false, 1, 1));
        append(CASES[i].bits, CASES[i].width, CASES[i].type[0] == '>');
        qn_matrix matrix = {0};
        assert_ok(read_present(&matrix));
        assert_true(matrix.values[0] == CASES[i].value);
        qn_matrix_clear(&matrix);
    }
}

// Larger than the reader's blocks, both ways round: 700 rows of 300 columns, entry (i, j) = 1000 i + j.
static void large_matrices_keep_every_entry_in_its_place(void **state)
{
    (void)state;
    enum { ROWS = 700, COLUMNS = 300 };
    for (int fortran = 0; fortran < 2; ++fortran) {
        begin(1, header_of(">f8", fortran, ROWS, COLUMNS));
        FILE *stream = fopen(temporary_path("large.npy"), "wb");
        assert_non_null(stream);
        fwrite(file, 1, length, stream);
        for (size_t i = 0; i < ROWS * COLUMNS; ++i) {
            const size_t row = fortran ? i % ROWS : i / COLUMNS, column = fortran ? i / ROWS : i % COLUMNS;
            length = 0;
            append_double((double)(1000 * row + column), true);
            fwrite(file, 1, 8, stream);
        }
        fclose(stream);
        qn_matrix matrix = {0};
        assert_ok(qn_matrix_read(temporary_path("large.npy"), NULL, &matrix));
        for (size_t row = 0; row < ROWS; ++row)
            for (size_t column = 0; column < COLUMNS; ++column)
                assert_true(matrix.values[row * COLUMNS + column] == (double)(1000 * row + column));
        qn_matrix_clear(&matrix);
    }
}

static void a_file_too_short_or_too_long_is_refused_with_both_lengths(void **state)
{
    (void)state;
    begin(1, header_of("<f8", false, 20, 20));
    for (size_t i = 0; i < 399; ++i) append_double(1, false);
    append(0, 3, false);
    refuses("m.npy: truncated: header says 20 x 20 float64 (3200 bytes) but the file has 3195");
    append(0, 5, false);
    qn_matrix matrix = {0};
    assert_ok(read_present(&matrix));
    qn_matrix_clear(&matrix);
    append(0, 1, false);
    refuses("m.npy: 1 bytes too many: header says 20 x 20 float64 (3200 bytes) but the file has 3201");
    begin(1, header_of("|b1", false, 4000000000, 4000000000));
    refuses("truncated: header says 4000000000 x 4000000000 bool (16000000000000000000 bytes) but the file has 0");
}

static void entries_that_are_not_finite_are_named(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *name;
    } CASES[] = {{NAN, "nan"}, {INFINITY, "inf"}, {-INFINITY, "-inf"}};
    for (size_t i = 0; i < 3; ++i)
        for (int fortran = 0; fortran < 2; ++fortran) {
            begin(1, header_of("<f8", fortran, 20, 20));
            const size_t place = fortran ? 17 * 20 + 3 : 3 * 20 + 17;
            for (size_t at = 0; at < 400; ++at) append_double(at == place ? CASES[i].value : 0.5, false);
            char message[96];
            snprintf(message, sizeof message, "m.npy: entry (3, 17) is %s; every coupling must be finite",
                     CASES[i].name);
            refuses(message);
        }
    begin(1, header_of("|b1", false, 1, 2));
    append(0x0201, 2, false);
    refuses("m.npy: entry (0, 1) of a bool matrix is neither 0 nor 1");
}

static void shapes_that_are_no_coupling_matrix_are_refused(void **state)
{
    (void)state;
    begin(1, header_of("<f8", false, 500, 400));
    for (size_t i = 0; i < 2000; ++i) append_double(0, false);
    qn_matrix matrix = {0};
    assert_fails(read_with(&(qn_matrix_options){.square = true}, &matrix), QN_BAD_FILE,
                 "m.npy: matrix is 500 x 400; a coupling matrix must be square");
    begin(1, header_of("<f8", false, 0, 0));
    refuses("matrix is 0 x 0; it has no entries");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (5,), }\n",
                   "array has 1 dimension; a matrix has 2");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (5, 2, 3), }\n",
                   "array has 3 dimensions; a matrix has 2");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", "array has 0 dimensions");
}

static void headers_are_parsed_strictly(void **state)
{
    (void)state;
    refuses_header("{'descr': '<c16', 'fortran_order': False, 'shape': (1, 1)}\n",
                   "element type is '<c16'; allowed: float32, float64, int8 to int64, uint8 to uint64 and bool");
    refuses_header("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1)}\n", "element type is '|O'");
    refuses_header("{'descr': '|f8', 'fortran_order': False, 'shape': (1, 1)}\n", "element type is '|f8'");
    refuses_header("{'descr': '', 'fortran_order': False, 'shape': (1, 1)}\n", "element type is ''");
    refuses_header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1, 1)}\n",
                   "expected a plain number type");
    refuses_header("{'descr': '<f8', 'fortran_order': 0, 'shape': (1, 1)}\n",
                   "expected True or False, found \"0, 'shape'");
    refuses_header("{'descr': '<f8', 'fortran_order': False}\n", "'shape' is missing");
    refuses_header("{'descr': '<f8', 'shape': (1, 1)}\n", "'fortran_order' is missing");
    refuses_header("{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}\n", "each of 'descr'");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), 'more': 1}\n", "found \"'more': 1");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 1)}\n",
                   "the length of a dimension, found \"-1");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 1)}\n",
                   "the length of a dimension");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)} x\n",
                   "the end of the header, found \"x?\"");
    refuses_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1 1)}\n", "expected \",\" or \")\"");
    refuses_header("{'descr': '<f8' 'fortran_order': False}\n", "expected \",\" or \"}\"");
    refuses_header("", "expected \"{\"");
    begin(1, header_of("<f8", false, 1, 1));
    file[14] = 0;
    refuses("it has a zero byte");
}

static void what_is_no_npy_file_is_refused(void **state)
{
    (void)state;
    length = 0;
    refuses("m.npy: not an NPY file: it does not begin with the NumPy signature");
    begin(1, "{}");
    file[0] = 'x';
    refuses("not an NPY file");
    begin(4, "{}");
    refuses("NPY format version is 4.0; allowed: 1.0, 2.0 and 3.0");
    begin(1, header_of("<f8", false, 1, 1));
    length = 40;
    refuses("m.npy: truncated inside the NPY header");
    length = 10;
    refuses("truncated inside the NPY header");
    begin(2, "{}");
    file[11] = 1;
    refuses("NPY header is 16777218 bytes long; at most 10000 are allowed");
}

static int remove_files(void **state)
{
    (void)state;
    temporary_remove(2, (const char *const[]){"m.npy", "large.npy"});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_order_and_byte_order_gives_the_same_matrix),
        cmocka_unit_test(integers_keep_their_sign_and_size),
        cmocka_unit_test(large_matrices_keep_every_entry_in_its_place),
        cmocka_unit_test(a_file_too_short_or_too_long_is_refused_with_both_lengths),
        cmocka_unit_test(entries_that_are_not_finite_are_named),
        cmocka_unit_test(shapes_that_are_no_coupling_matrix_are_refused),
        cmocka_unit_test(headers_are_parsed_strictly),
        cmocka_unit_test(what_is_no_npy_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
