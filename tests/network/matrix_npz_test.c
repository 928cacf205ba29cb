// What scipy.sparse.save_npz writes, put together here byte by byte; and one file that SciPy did write.
#include "testing.h"

#include "network/matrix_npz.h"
#include "npz_archive.h"
#include "temporary.h"

// 3 x 4, not square, so that rows and columns cannot be mixed up unseen; a row and a column are empty.
//     0  5  0 -2
//     0  0  0  0
//     3  0  0  7
static const double EXPECTED[3][4] = {{0, 5, 0, -2}, {0, 0, 0, 0}, {3, 0, 0, 7}};

typedef struct {
    const char *format, *format_type, *index_type, *data_type;
    size_t major_count, minor_count, data_count, shape_count;
    double shape[3], major[8], minor[8], data[8];
} npz_content;

static const npz_content CSR = {.format = "csr",
                                .major_count = 4,
                                .minor_count = 4,
                                .data_count = 4,
                                .shape = {3, 4},
                                .major = {0, 2, 2, 4},
                                .minor = {3, 1, 0, 3}, // the first row is out of order
                                .data = {-2, 5, 3, 7}};
static const npz_content CSC = {.format = "csc",
                                .major_count = 5,
                                .minor_count = 4,
                                .data_count = 4,
                                .shape = {3, 4},
                                .major = {0, 1, 2, 2, 4},
                                .minor = {2, 0, 2, 0}, // the last column is out of order
                                .data = {3, 5, 7, -2}};
static const npz_content COO = {.format = "coo",
                                .major_count = 4,
                                .minor_count = 4,
                                .data_count = 4,
                                .shape = {3, 4},
                                .major = {2, 0, 2, 0},
                                .minor = {3, 3, 0, 1},
                                .data = {7, -2, 3, 5}};

static npz_archive archive;

static void begin(bool deflated)
{
    memset(&archive, 0, offsetof(npz_archive, bytes));
    archive.deflated = deflated;
}

static void add(const npz_content *content)
{
    const bool listed = strcmp(content->format, "coo") == 0;
    const char *index_type = content->index_type != NULL ? content->index_type : "<i4";
    const char *format_type = content->format_type != NULL ? content->format_type : "|S3";
    archive_add_numbers(&archive, listed ? "row.npy" : "indptr.npy", index_type, content->major_count, content->major);
    archive_add_numbers(&archive, listed ? "col.npy" : "indices.npy", index_type, content->minor_count, content->minor);
    char wide[64] = {0};
    const size_t width = format_type[1] == 'U' ? 4 : 1, length = strlen(content->format);
    for (size_t i = 0; i < length; ++i) wide[width * i + (format_type[0] == '>' ? width - 1 : 0)] = content->format[i];
    archive_add_array(&archive, "format.npy", format_type, "()", wide, width * (size_t)(format_type[2] - '0'));
    archive_add_numbers(&archive, "shape.npy", "<i8", content->shape_count != 0 ? content->shape_count : 2,
                        content->shape);
    archive_add_numbers(&archive, "data.npy", content->data_type != NULL ? content->data_type : "<f8",
                        content->data_count, content->data);
    archive_add_array(&archive, "_is_array.npy", "|b1", "()", "\1", 1);
}

static void make(const npz_content *content, bool deflated)
{
    begin(deflated);
    add(content);
    archive_end(&archive, "");
}

static qn_status read_bytes(const void *bytes, size_t length, qn_matrix *matrix)
{
    return qn_matrix_read(temporary_bytes("m.npz", bytes, length), NULL, matrix);
}

// Without a file, for tests that read thousands.
static qn_status read_in_memory(const void *bytes, size_t length, qn_matrix *matrix)
{
    FILE *stream = fmemopen((void *)(uintptr_t)bytes, length, "rb");
    assert_non_null(stream);
    const qn_status status = qn_matrix_read_npz(stream, "m.npz", &(qn_matrix_options){.index_base = -1}, matrix);
    fclose(stream);
    return status;
}

static qn_status read_present(qn_matrix *matrix) { return read_bytes(archive.bytes, archive.length, matrix); }

static void assert_expected(const qn_matrix *matrix)
{
    assert_true(matrix->sparse);
    assert_int_equal(matrix->rows, 3);
    assert_int_equal(matrix->columns, 4);
    assert_int_equal(matrix->entries, 4);
    for (size_t row = 0; row < 3; ++row) {
        size_t place = matrix->row_start[row];
        for (size_t column = 0; column < 4; ++column) {
            const bool stored = place < matrix->row_start[row + 1] && matrix->column[place] == column;
            assert_true((stored ? matrix->values[place] : 0) == EXPECTED[row][column]);
            place += stored;
        }
        assert_int_equal(place, matrix->row_start[row + 1]);
    }
}

static void reads_as_expected(void)
{
    qn_matrix matrix = {0};
    assert_ok(read_present(&matrix));
    assert_expected(&matrix);
    qn_matrix_clear(&matrix);
}

static void refuses(const char *part)
{
    qn_matrix matrix = {.rows = 77};
    assert_fails(read_present(&matrix), QN_BAD_FILE, part);
    assert_int_equal(matrix.rows, 77);
    assert_null(matrix.values);
}

static void refuses_content(npz_content content, const char *part)
{
    for (int deflated = 0; deflated < 2; ++deflated) {
        make(&content, deflated);
        refuses(part);
    }
}

static void every_format_and_type_gives_the_same_matrix(void **state)
{
    (void)state;
    static const npz_content *const CONTENTS[] = {&CSR, &CSC, &COO};
    static const char *const INDEX[] = {"<i4", "<i8", ">i4", ">i8", "<u4", "<u8", "|i1"};
    static const char *const DATA[] = {"<f4", "<f8", "|i1", "<i2", "<i4", "<i8", ">f4", ">f8", ">i8"};
    static const char *const TEXT[] = {"|S3", "<U3", ">U3", "|S5"};
    for (size_t content = 0; content < 3; ++content)
        for (size_t index = 0; index < sizeof INDEX / sizeof *INDEX; ++index)
            for (size_t data = 0; data < sizeof DATA / sizeof *DATA; ++data)
                for (size_t text = 0; text < sizeof TEXT / sizeof *TEXT; ++text) {
                    npz_content present = *CONTENTS[content];
                    present.index_type = INDEX[index];
                    present.data_type = DATA[data];
                    present.format_type = TEXT[text];
                    make(&present, (index + data + text) % 2);
                    reads_as_expected();
                }
}

// scipy 1.17.1: save_npz("m.npz", csr_matrix([[0, 1.5, 0, -2], [0, 0, 0, 0], [3, 0, 0, 0.25]]))
static const unsigned char BY_SCIPY[] = {
    0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x8d, 0x7c, 0x68, 0xd4, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0b, 0x00, 0x14, 0x00, 0x69, 0x6e, 0x64, 0x69, 0x63, 0x65, 0x73, 0x2e,
    0x6e, 0x70, 0x79, 0x01, 0x00, 0x10, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x4d, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x9b, 0xec, 0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50, 0xad, 0x9e, 0x92, 0x5a,
    0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0, 0x6e, 0x93, 0x69, 0xa2, 0xae, 0xa3, 0xa0, 0x9e, 0x96, 0x5f, 0x54, 0x52, 0x94,
    0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29, 0x4e, 0x05, 0x8a, 0x17, 0x67, 0x24, 0x16,
    0xa4, 0x02, 0xf9, 0x1a, 0x26, 0x3a, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a, 0x14, 0x00, 0x2e, 0x46, 0x06, 0x06, 0x06, 0x66,
    0x06, 0x08, 0x00, 0xd1, 0x00, 0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00,
    0xb7, 0x9e, 0x57, 0x3e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0a, 0x00, 0x14, 0x00, 0x69, 0x6e, 0x64,
    0x70, 0x74, 0x72, 0x2e, 0x6e, 0x70, 0x79, 0x01, 0x00, 0x10, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x4c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9b, 0xec, 0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50,
    0xad, 0x9e, 0x92, 0x5a, 0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0, 0x6e, 0x93, 0x69, 0xa2, 0xae, 0xa3, 0xa0, 0x9e, 0x96,
    0x5f, 0x54, 0x52, 0x94, 0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29, 0x4e, 0x05, 0x8a,
    0x17, 0x67, 0x24, 0x16, 0xa4, 0x02, 0xf9, 0x1a, 0x26, 0x3a, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a, 0x14, 0x00, 0x2e, 0x06,
    0x20, 0x60, 0x82, 0x62, 0x16, 0x20, 0x06, 0x00, 0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00,
    0x00, 0x21, 0x00, 0xa3, 0xc3, 0x74, 0x97, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0a, 0x00, 0x14, 0x00,
    0x66, 0x6f, 0x72, 0x6d, 0x61, 0x74, 0x2e, 0x6e, 0x70, 0x79, 0x01, 0x00, 0x10, 0x00, 0x83, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x45, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9b, 0xec, 0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8,
    0x50, 0xc6, 0x50, 0xad, 0x9e, 0x92, 0x5a, 0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0, 0x5e, 0x13, 0x6c, 0xac, 0xae, 0xa3,
    0xa0, 0x9e, 0x96, 0x5f, 0x54, 0x52, 0x94, 0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29,
    0x4e, 0x05, 0x8a, 0x17, 0x67, 0x24, 0x16, 0xa4, 0x02, 0xf9, 0x1a, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a, 0x14, 0x01, 0xae,
    0xe4, 0xe2, 0x22, 0x00, 0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0xe8,
    0xd0, 0xd3, 0xa8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x09, 0x00, 0x14, 0x00, 0x73, 0x68, 0x61, 0x70,
    0x65, 0x2e, 0x6e, 0x70, 0x79, 0x01, 0x00, 0x10, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x4a, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9b, 0xec, 0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50, 0xad, 0x9e,
    0x92, 0x5a, 0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0, 0x6e, 0x93, 0x69, 0xa1, 0xae, 0xa3, 0xa0, 0x9e, 0x96, 0x5f, 0x54,
    0x52, 0x94, 0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29, 0x4e, 0x05, 0x8a, 0x17, 0x67,
    0x24, 0x16, 0xa4, 0x02, 0xf9, 0x1a, 0x46, 0x3a, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a, 0x14, 0x00, 0x2e, 0x66, 0x06, 0x08,
    0x60, 0x81, 0xd2, 0x00, 0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0xff,
    0xdb, 0x96, 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x08, 0x00, 0x14, 0x00, 0x64, 0x61, 0x74, 0x61,
    0x2e, 0x6e, 0x70, 0x79, 0x01, 0x00, 0x10, 0x00, 0xa0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x54, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x9b, 0xec, 0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50, 0xad, 0x9e, 0x92,
    0x5a, 0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0, 0x6e, 0x93, 0x66, 0xa1, 0xae, 0xa3, 0xa0, 0x9e, 0x96, 0x5f, 0x54, 0x52,
    0x94, 0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29, 0x4e, 0x05, 0x8a, 0x17, 0x67, 0x24,
    0x16, 0xa4, 0x02, 0xf9, 0x1a, 0x26, 0x3a, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a, 0x14, 0x00, 0x2e, 0x06, 0x30, 0xf8, 0x61,
    0x0f, 0xa1, 0x19, 0x0e, 0x40, 0x28, 0x0e, 0x07, 0x08, 0x7d, 0xc1, 0x1e, 0x00, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03,
    0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x8d, 0x7c, 0x68, 0xd4, 0x4d, 0x00, 0x00, 0x00, 0x90,
    0x00, 0x00, 0x00, 0x0b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00,
    0x00, 0x00, 0x69, 0x6e, 0x64, 0x69, 0x63, 0x65, 0x73, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03,
    0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0xb7, 0x9e, 0x57, 0x3e, 0x4c, 0x00, 0x00, 0x00, 0x90,
    0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x8a, 0x00,
    0x00, 0x00, 0x69, 0x6e, 0x64, 0x70, 0x74, 0x72, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03, 0x2d,
    0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0xa3, 0xc3, 0x74, 0x97, 0x45, 0x00, 0x00, 0x00, 0x83, 0x00,
    0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x12, 0x01, 0x00,
    0x00, 0x66, 0x6f, 0x72, 0x6d, 0x61, 0x74, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03, 0x2d, 0x00,
    0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0xe8, 0xd0, 0xd3, 0xa8, 0x4a, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00,
    0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x93, 0x01, 0x00, 0x00,
    0x73, 0x68, 0x61, 0x70, 0x65, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03, 0x2d, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0xff, 0xdb, 0x96, 0x0a, 0x54, 0x00, 0x00, 0x00, 0xa0, 0x00, 0x00, 0x00, 0x08,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x18, 0x02, 0x00, 0x00, 0x64, 0x61,
    0x74, 0x61, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x05, 0x00, 0x16,
    0x01, 0x00, 0x00, 0xa6, 0x02, 0x00, 0x00, 0x00, 0x00};

static void a_file_that_scipy_wrote_is_read(void **state)
{
    (void)state;
    qn_matrix matrix = {0};
    assert_ok(read_bytes(BY_SCIPY, sizeof BY_SCIPY, &matrix));
    assert_int_equal(matrix.rows, 3);
    assert_int_equal(matrix.columns, 4);
    assert_memory_equal(matrix.row_start, ((const size_t[]){0, 2, 2, 4}), 4 * sizeof(size_t));
    assert_memory_equal(matrix.column, ((const uint32_t[]){1, 3, 0, 3}), 4 * sizeof(uint32_t));
    assert_memory_equal(matrix.values, ((const double[]){1.5, -2, 3, 0.25}), 4 * sizeof(double));
    qn_matrix_clear(&matrix);
}

// More than a block of every array, each way round: 400 x 300, entry (i, j) = 1000 i + j where i + j is a multiple
// of 5.
static void large_matrices_keep_every_entry_in_its_place(void **state)
{
    (void)state;
    enum { ROWS = 400, COLUMNS = 300, ENTRIES = ROWS * COLUMNS / 5 };
    static double major[ENTRIES + 1], minor[ENTRIES], data[ENTRIES];
    static const char *const FORMATS[] = {"csr", "csc", "coo"};
    for (size_t format = 0; format < 3; ++format)
        for (int deflated = 0; deflated < 2; ++deflated) {
            const bool by_column = format == 1, listed = format == 2;
            const size_t lines = by_column ? COLUMNS : ROWS, across = by_column ? ROWS : COLUMNS;
            size_t count = 0;
            for (size_t line = 0; line < lines; ++line) {
                for (size_t at = (5 - line % 5) % 5; at < across; at += 5) {
                    const size_t row = by_column ? at : line, column = by_column ? line : at;
                    if (listed) major[count] = (double)row;
                    minor[count] = (double)at;
                    data[count++] = (double)(1000 * row + column);
                }
                if (!listed) major[line + 1] = (double)count;
            }
            if (!listed) major[0] = 0;
            assert_int_equal(count, ENTRIES);
            begin(deflated);
            archive_add_array(&archive, "format.npy", "|S3", "()", FORMATS[format], 3);
            archive_add_numbers(&archive, "shape.npy", "<i8", 2, (const double[]){ROWS, COLUMNS});
            archive_add_numbers(&archive, listed ? "row.npy" : "indptr.npy", "<i8", listed ? count : lines + 1, major);
            archive_add_numbers(&archive, listed ? "col.npy" : "indices.npy", "<i4", count, minor);
            archive_add_numbers(&archive, "data.npy", "<f8", count, data);
            archive_end(&archive, "");
            qn_matrix matrix = {0};
            assert_ok(read_present(&matrix));
            assert_int_equal(matrix.entries, ENTRIES);
            for (size_t row = 0; row < ROWS; ++row) {
                assert_int_equal(matrix.row_start[row], row * COLUMNS / 5);
                for (size_t i = 0; i < COLUMNS / 5; ++i) {
                    const size_t place = row * COLUMNS / 5 + i, column = (5 - row % 5) % 5 + 5 * i;
                    assert_int_equal(matrix.column[place], column);
                    assert_true(matrix.values[place] == (double)(1000 * row + column));
                }
            }
            qn_matrix_clear(&matrix);
        }
}

static void a_matrix_of_zeros_has_no_entries(void **state)
{
    (void)state;
    for (int deflated = 0; deflated < 2; ++deflated) {
        make(&(npz_content){.format = "csr", .major_count = 3, .shape = {2, 2}}, deflated);
        qn_matrix matrix = {0};
        assert_ok(read_present(&matrix));
        assert_true(matrix.sparse);
        assert_int_equal(matrix.rows, 2);
        assert_int_equal(matrix.entries, 0);
        qn_matrix_clear(&matrix);
    }
}

static void archives_of_more_than_4_gigabytes_and_with_comments_are_read(void **state)
{
    (void)state;
    for (int deflated = 0; deflated < 2; ++deflated) {
        begin(deflated);
        archive.zip64 = true;
        add(&CSR);
        archive_end(&archive, "made by hand");
        reads_as_expected();
    }
}

// Cut anywhere, a file is refused and says that it is cut, or that it is no archive where nothing else can be told.
static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (int deflated = 0; deflated < 2; ++deflated) {
        make(&CSC, deflated);
        for (size_t length = 1; length < archive.length; ++length) {
            qn_matrix matrix = {.rows = 77};
            assert_fails(read_in_memory(archive.bytes, length, &matrix), QN_BAD_FILE,
                         length < 22 ? "not an NPZ file" : "truncated, or no ZIP archive");
            assert_int_equal(matrix.rows, 77);
        }
    }
}

// Checksums and lengths stand guard: no byte can be changed such that another matrix is read.
static void a_damaged_byte_is_noticed_or_does_not_matter(void **state)
{
    (void)state;
    for (int deflated = 0; deflated < 2; ++deflated) {
        make(&COO, deflated);
        size_t refused = 0;
        for (size_t place = 0; place < archive.length; ++place)
            for (int bit = 0; bit < 8; bit += 3) {
                archive.bytes[place] ^= (unsigned char)(1 << bit);
                qn_matrix matrix = {0};
                const qn_status status = read_in_memory(archive.bytes, archive.length, &matrix);
                if (status == QN_OK) assert_expected(&matrix);
                refused += status != QN_OK;
                qn_matrix_clear(&matrix);
                archive.bytes[place] ^= (unsigned char)(1 << bit);
            }
        assert_true(refused > archive.length);
        // 5 becomes another finite number, which only the checksum can tell; inflated, the header may break first.
        const size_t place = archive.data[4] + (deflated ? archive.member[4].packed / 2 : archive.member[4].packed - 1);
        archive.bytes[place] ^= 0x10;
        refuses(deflated ? "m.npz: data.npy: " : "m.npz: data.npy: its checksum is wrong");
        archive.bytes[place] ^= 0x10;
        reads_as_expected();
    }
}

static void lengths_that_disagree_are_refused(void **state)
{
    (void)state;
    npz_content content = CSR;
    content.minor_count = 3;
    refuses_content(content, "m.npz: indices.npy has 3 numbers; 4 are expected (as in data.npy)");
    content = CSR;
    content.major_count = 3;
    refuses_content(content, "m.npz: indptr.npy has 3 numbers; 4 are expected (one more than rows)");
    content = CSC;
    content.major_count = 4;
    refuses_content(content, "m.npz: indptr.npy has 4 numbers; 5 are expected (one more than columns)");
    content = COO;
    content.major_count = 5;
    refuses_content(content, "m.npz: row.npy has 5 numbers; 4 are expected (as in data.npy)");
    begin(false);
    archive_add_array(&archive, "format.npy", "|S3", "()", "csr", 3);
    archive_add_array(&archive, "shape.npy", "<i8", "(2,)", "123456789012345", 15);
    archive_end(&archive, "");
    refuses("m.npz: shape.npy: header says 2 int64 (16 bytes) but there are 15");
}

static void indices_out_of_place_are_named(void **state)
{
    (void)state;
    npz_content content = CSR;
    content.minor[2] = 4;
    refuses_content(content, "m.npz: indices.npy: number 2 is 4; allowed: 0 to 3 (a column of the matrix)");
    content = CSC;
    content.minor[1] = -1;
    refuses_content(content, "m.npz: indices.npy: number 1 is -1; allowed: 0 to 2 (a row of the matrix)");
    content = COO;
    content.major[3] = 3;
    refuses_content(content, "m.npz: row.npy: number 3 is 3; allowed: 0 to 2 (a row of the matrix)");
    content = CSR;
    content.major[0] = 1;
    refuses_content(content, "m.npz: indptr.npy: number 0 is 1; allowed: 0 to 0 (where the first begins)");
    content = CSR;
    content.major[2] = 1;
    refuses_content(content, "m.npz: indptr.npy: number 2 is 1; allowed: 2 to 4 (not below the one before");
    content = CSR;
    content.major[3] = 5;
    refuses_content(content, "m.npz: indptr.npy: number 3 is 5; allowed: 2 to 4");
    content = CSR;
    content.major[3] = 3;
    refuses_content(content, "m.npz: indptr.npy ends with 3 but there are 4 entries");
    content = CSR;
    content.index_type = "<f8";
    refuses_content(content, "m.npz: indptr.npy: element type is float64; integers are expected");
}

static void an_entry_given_twice_is_named(void **state)
{
    (void)state;
    npz_content content = CSR;
    content.minor[0] = 1;
    refuses_content(content, "m.npz: entry (0, 1) is given more than once");
    content = COO;
    content.major[1] = 2;
    refuses_content(content, "m.npz: entry (2, 3) is given more than once");
}

static void entries_that_are_not_finite_are_named(void **state)
{
    (void)state;
    npz_content content = CSC;
    content.data[2] = NAN;
    refuses_content(content, "m.npz: entry (2, 3) is nan; every coupling must be finite");
    content.data[2] = -INFINITY;
    refuses_content(content, "m.npz: entry (2, 3) is -inf");
    content = COO;
    content.data_type = "|b1";
    refuses_content(content, "m.npz: entry (2, 3) of a bool matrix is neither 0 nor 1");
    content.data_type = "<c8";
    refuses_content(content, "m.npz: data.npy: element type is '<c8'; allowed: float32");
}

static void what_is_no_sparse_matrix_is_refused(void **state)
{
    (void)state;
    npz_content content = CSR;
    content.format = "bsr";
    refuses_content(content, "m.npz: matrix is in format \"bsr\"; allowed: csr, csc, coo");
    content = CSR;
    content.shape_count = 3;
    refuses_content(content, "m.npz: array has 3 dimensions; a matrix has 2");
    content = CSR;
    content.shape[0] = 0;
    refuses_content(content, "m.npz: matrix is 0 x 4; it has no entries");
    content = CSR;
    content.shape[1] = -4;
    refuses_content(content, "m.npz: shape.npy: number 1 is -4");
    make(&CSR, false);
    qn_matrix matrix = {0};
    const char *path = temporary_bytes("m.npz", archive.bytes, archive.length);
    assert_fails(qn_matrix_read(path, &(qn_matrix_options){.square = true}, &matrix), QN_BAD_FILE,
                 "m.npz: matrix is 3 x 4; a coupling matrix must be square");
    begin(false);
    archive_add_numbers(&archive, "arr_0.npy", "<f8", 2, (const double[]){1, 2});
    archive_end(&archive, "");
    refuses("m.npz: format.npy is missing; allowed: what scipy.sparse.save_npz writes");
    begin(false);
    archive_add_array(&archive, "format.npy", "<i8", "()", "12345678", 8);
    archive_end(&archive, "");
    refuses("m.npz: format.npy does not hold the name of a format");
    begin(false);
    archive_add(&archive, "format.npy", "csr", 3);
    archive_end(&archive, "");
    refuses("m.npz: format.npy: not an NPY file");
}

static void archives_of_other_kinds_are_refused(void **state)
{
    (void)state;
    begin(false);
    archive.method = 12;
    add(&CSR);
    archive_end(&archive, "");
    refuses("m.npz: indptr.npy is compressed by method 12; allowed: 0 (stored) and 8 (deflated)");
    begin(true);
    archive.flags = 1;
    add(&CSR);
    archive_end(&archive, "");
    refuses("m.npz: indptr.npy is encrypted");
    begin(true);
    add(&CSR);
    add(&CSR);
    archive_end(&archive, "");
    refuses("m.npz: has two members called indptr.npy");
    memcpy(archive.bytes, "\x93NUM", 4);
    refuses("m.npz: not an NPZ file: it does not begin as a ZIP archive");
}

// A length in the directory that the deflated data do not keep.
static void deflated_data_of_another_length_are_refused(void **state)
{
    (void)state;
    static const struct {
        int more;
        const char *message;
    } CASES[] = {{8, "header says 4 float64 (32 bytes) but there are 40"},
                 {-8, "header says 4 float64 (32 bytes) but there are 24"}};
    for (size_t i = 0; i < 2; ++i) {
        begin(true);
        add(&CSR);
        archive.member[4].bytes += (size_t)CASES[i].more;
        archive_end(&archive, "");
        refuses(CASES[i].message);
    }
    // The header agrees with the directory and promises 5 numbers, or 3; the data have 4.
    static const char *const SHAPES[] = {"(5,)", "(3,)"};
    static const char *const MESSAGES[] = {"its deflated data are shorter than the archive's directory says",
                                           "its deflated data are longer than the archive's directory says"};
    for (size_t i = 0; i < 2; ++i) {
        npz_content content = CSR;
        content.minor_count = i == 0 ? 5 : 3;
        content.major[3] = (double)content.minor_count;
        content.minor[4] = 1;
        begin(true);
        archive_add_numbers(&archive, "indptr.npy", "<i4", 4, content.major);
        archive_add_numbers(&archive, "indices.npy", "<i4", content.minor_count, content.minor);
        archive_add_array(&archive, "format.npy", "|S3", "()", "csr", 3);
        archive_add_numbers(&archive, "shape.npy", "<i8", 2, content.shape);
        archive_add_array(&archive, "data.npy", "<f8", SHAPES[i], content.data, 32);
        archive.member[4].bytes += (size_t)(i == 0 ? 8 : -8);
        archive_end(&archive, "");
        refuses(MESSAGES[i]);
    }
}

static void memory_that_would_not_fit_is_refused_before_it_is_taken(void **state)
{
    (void)state;
    npz_content content = COO;
    content.shape[0] = 4294967295.0;
    make(&content, false);
    qn_matrix matrix = {.rows = 77};
    assert_fails(read_present(&matrix), QN_NO_MEMORY, "m.npz: row table of the matrix needs 68.7 GB");
    assert_int_equal(matrix.rows, 77);
}

static int remove_files(void **state)
{
    (void)state;
    temporary_remove(1, (const char *const[]){"m.npz"});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_and_type_gives_the_same_matrix),
        cmocka_unit_test(a_file_that_scipy_wrote_is_read),
        cmocka_unit_test(large_matrices_keep_every_entry_in_its_place),
        cmocka_unit_test(a_matrix_of_zeros_has_no_entries),
        cmocka_unit_test(archives_of_more_than_4_gigabytes_and_with_comments_are_read),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_damaged_byte_is_noticed_or_does_not_matter),
        cmocka_unit_test(lengths_that_disagree_are_refused),
        cmocka_unit_test(indices_out_of_place_are_named),
        cmocka_unit_test(an_entry_given_twice_is_named),
        cmocka_unit_test(entries_that_are_not_finite_are_named),
        cmocka_unit_test(what_is_no_sparse_matrix_is_refused),
        cmocka_unit_test(archives_of_other_kinds_are_refused),
        cmocka_unit_test(deflated_data_of_another_length_are_refused),
        cmocka_unit_test(memory_that_would_not_fit_is_refused_before_it_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
