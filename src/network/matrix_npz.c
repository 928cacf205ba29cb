#include "network/matrix_npz.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_check.h"
#include "network/matrix_sparse.h"
#include "network/npy_array.h"
#include "network/zip_archive.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 1 << 15, FORMAT_LONGEST = 15 };

typedef enum { CSR, CSC, COO } npz_format;

// The members of an archive, by what they are for.
enum { FORMAT, SHAPE, DATA, INDICES, INDPTR, ROW, COL, MEMBERS };

typedef struct {
    FILE *stream;
    const char *path;
    qn_zip_member members[MEMBERS];
    npz_format format;
    uint64_t rows, columns, entries;
} npz_file;

// ---- one array of the archive, number by number ----

typedef struct {
    const char *path, *name;
    qn_zip_reader *zip;
    qn_npy_array array;
    uint64_t taken; // numbers handed out
    size_t begin, end;
    unsigned char block[BLOCK];
} number_stream;

// Messages of the archive name the file, those of the NPY header do not yet.
typedef struct {
    qn_zip_reader *zip;
    bool failed;
} header_source;

static qn_status zip_source(void *context, void *bytes, size_t count, size_t *got)
{
    header_source *source = context;
    const qn_status status = qn_zip_read(source->zip, bytes, count, got);
    source->failed = status != QN_OK;
    return status;
}

static qn_status read_header(const npz_file *file, int member, qn_zip_reader *zip, qn_npy_array *array)
{
    header_source source = {.zip = zip};
    const qn_status status = qn_npy_read_header(zip_source, &source, file->members[member].name, array);
    return status == QN_OK || source.failed ? status : qn_fail_in(status, "%s", file->path);
}

static qn_status open_member(const npz_file *file, int member, qn_zip_reader **zip)
{
    QN_REQUIRE(file->members[member].found, QN_BAD_FILE,
               "%s: %s is missing; allowed: what scipy.sparse.save_npz writes in format csr, csc or coo", file->path,
               file->members[member].name);
    return qn_zip_open(file->stream, file->path, &file->members[member], zip);
}

static qn_status check_array(const npz_file *file, int member, qn_npy_array *array)
{
    const qn_zip_member *described = &file->members[member];
    const char *path = file->path, *name = described->name;
    const qn_status status = qn_npy_check_number(name, array);
    if (status != QN_OK) return qn_fail_in(status, "%s", path);
    QN_REQUIRE(array->rank == 1, QN_BAD_FILE, "%s: %s: array has %zu dimensions; 1 is expected", path, name,
               array->rank);
    const bool index = member != DATA;
    char type[16];
    qn_npy_type_name(array, type);
    QN_REQUIRE(!index || array->kind == 'i' || array->kind == 'u', QN_BAD_FILE,
               "%s: %s: element type is %s; integers are expected", path, name, type);
    const double needed = (double)array->shape[0] * (double)array->width;
    const double present = (double)(described->bytes - array->header_bytes);
    QN_REQUIRE(needed == present, QN_BAD_FILE, "%s: %s: header says %" PRIu64 " %s (%.0f bytes) but there are %.0f",
               path, name, array->shape[0], type, needed, present);
    return QN_OK;
}

static qn_status open_numbers(const npz_file *file, int member, number_stream *numbers)
{
    numbers->path = file->path;
    numbers->name = file->members[member].name;
    numbers->taken = numbers->begin = numbers->end = 0;
    QN_TRY(open_member(file, member, &numbers->zip));
    QN_TRY(read_header(file, member, numbers->zip, &numbers->array));
    return check_array(file, member, &numbers->array);
}

static void close_numbers(number_stream *numbers)
{
    qn_zip_close(numbers->zip);
    numbers->zip = NULL;
}

// The caller asks for no more numbers than the header says, and so many there are.
static qn_status next_number(number_stream *numbers, double *value)
{
    const size_t width = numbers->array.width;
    if (numbers->begin == numbers->end) {
        numbers->begin = numbers->end = 0;
        QN_TRY(qn_zip_read(numbers->zip, numbers->block, BLOCK / width * width, &numbers->end)); // NOLINT: 1 to 8
        QN_REQUIRE(numbers->end > 0, QN_INTERNAL, "%s: %s: read beyond its end", numbers->path, numbers->name);
    }
    *value = qn_npy_number(&numbers->array, numbers->block + numbers->begin);
    numbers->begin += width;
    ++numbers->taken;
    return QN_OK;
}

/// The next number, which must be from `least` to `most`; `what` says so in a message.
static qn_status next_index(number_stream *numbers, uint64_t least, uint64_t most, const char *what, uint64_t *index)
{
    double value = 0;
    QN_TRY(next_number(numbers, &value));
    QN_REQUIRE(value >= (double)least && value <= (double)most, QN_BAD_FILE,
               "%s: %s: number %" PRIu64 " is %.0f; allowed: %" PRIu64 " to %" PRIu64 " (%s)", numbers->path,
               numbers->name, numbers->taken - 1, value, least, most, what);
    *index = (uint64_t)value;
    return QN_OK;
}

// ---- what kind of matrix it is ----

// A text of one to four bytes per character, "|S3" or "<U3", without its padding.
static qn_status decode_text(const qn_npy_array *array, qn_zip_reader *zip, char text[FORMAT_LONGEST + 1], bool *good)
{
    const char *type = array->type;
    const size_t width = type[0] == '\0' ? 0 : type[1] == 'S' ? 1 : type[1] == 'U' ? 4 : 0;
    const size_t digits = width == 0 ? 0 : strspn(type + 2, "0123456789");
    size_t length = 0;
    for (size_t i = 0; i < digits && length <= FORMAT_LONGEST; ++i) length = 10 * length + (size_t)(type[2 + i] - '0');
    *good = array->rank == 0 && digits > 0 && type[2 + digits] == '\0' && length <= FORMAT_LONGEST;
    unsigned char bytes[4 * FORMAT_LONGEST];
    size_t got = 0;
    if (*good) QN_TRY(qn_zip_read(zip, bytes, width * length, &got));
    *good = *good && got == width * length;
    for (size_t i = 0; i < length && *good; ++i) {
        const unsigned char *at = bytes + width * i;
        unsigned character = 0; // of U, all four bytes, in whichever order: letters have one that is not 0
        for (size_t k = 0; k < width; ++k) character += at[k];
        text[i] = (char)(character != 0 && (character < ' ' || character > '~') ? '?' : character);
    }
    text[*good ? length : 0] = '\0';
    return *good ? qn_zip_finish(zip) : QN_OK;
}

static qn_status read_format(npz_file *file)
{
    qn_zip_reader *zip = NULL;
    qn_npy_array array = {0};
    char text[FORMAT_LONGEST + 1] = "";
    bool good = false;
    QN_TRY(open_member(file, FORMAT, &zip));
    qn_status status = read_header(file, FORMAT, zip, &array);
    if (status == QN_OK) status = decode_text(&array, zip, text, &good);
    qn_zip_close(zip);
    QN_TRY(status);
    static const char *const KNOWN[] = {[CSR] = "csr", [CSC] = "csc", [COO] = "coo"};
    QN_REQUIRE(good, QN_BAD_FILE, "%s: format.npy does not hold the name of a format", file->path);
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; ++i) {
        if (strcmp(text, KNOWN[i]) != 0) continue;
        file->format = (npz_format)i;
        return QN_OK;
    }
    return qn_fail(QN_BAD_FILE, "%s: matrix is in format \"%s\"; allowed: csr, csc, coo (convert it with .tocsr())",
                   file->path, text);
}

static qn_status take_shape(npz_file *file, number_stream *numbers)
{
    QN_TRY(open_numbers(file, SHAPE, numbers));
    QN_REQUIRE(numbers->array.shape[0] == 2, QN_BAD_FILE, "%s: array has %" PRIu64 " dimension%s; a matrix has 2",
               file->path, numbers->array.shape[0], numbers->array.shape[0] == 1 ? "" : "s");
    QN_TRY(next_index(numbers, 0, UINT32_MAX, "number of rows", &file->rows));
    QN_TRY(next_index(numbers, 0, UINT32_MAX, "number of columns", &file->columns));
    return qn_zip_finish(numbers->zip);
}

static qn_status read_shape(npz_file *file, const qn_matrix_options *options)
{
    number_stream *numbers = NULL;
    QN_TRY(QN_NEW(&numbers, 1, "block of the matrix file"));
    const qn_status status = take_shape(file, numbers);
    close_numbers(numbers);
    qn_release(numbers);
    QN_TRY(status);
    return qn_matrix_check_shape(file->path, file->rows, file->columns, options);
}

// ---- entry by entry ----

/// Lines are the rows of csr and the columns of csc; coo has none.
typedef struct {
    const npz_file *file;
    bool with_values;
    uint64_t lines, line; // of all; how many have begun
    uint64_t place, line_end;
    number_stream major, minor, value; // indptr, or the rows of coo; indices, or its columns; data
} entry_stream;

typedef struct {
    uint64_t row, column;
    double value;
} npz_entry;

static qn_status check_count(const npz_file *file, const number_stream *numbers, uint64_t count, const char *what)
{
    QN_REQUIRE(numbers->array.shape[0] == count, QN_BAD_FILE,
               "%s: %s has %" PRIu64 " numbers; %" PRIu64 " are expected (%s)", file->path, numbers->name,
               numbers->array.shape[0], count, what);
    return QN_OK;
}

// The value's array is always opened, for its length, and in the second pass read.
static qn_status open_entries(entry_stream *entries, npz_file *file, bool with_values)
{
    const bool listed = file->format == COO;
    entries->file = file;
    entries->with_values = with_values;
    entries->lines = file->format == CSR ? file->rows : file->columns;
    entries->line = entries->place = entries->line_end = 0;
    QN_TRY(open_numbers(file, DATA, &entries->value));
    file->entries = entries->value.array.shape[0];
    QN_TRY(open_numbers(file, listed ? ROW : INDPTR, &entries->major));
    QN_TRY(open_numbers(file, listed ? COL : INDICES, &entries->minor));
    QN_TRY(check_count(file, &entries->minor, file->entries, "as in data.npy"));
    if (listed) return check_count(file, &entries->major, file->entries, "as in data.npy");
    QN_TRY(check_count(file, &entries->major, entries->lines + 1,
                       file->format == CSR ? "one more than rows" : "one more than columns"));
    return next_index(&entries->major, 0, 0, "where the first begins", &entries->line_end);
}

static void close_entries(entry_stream *entries)
{
    close_numbers(&entries->major);
    close_numbers(&entries->minor);
    close_numbers(&entries->value);
}

static qn_status next_line(entry_stream *entries)
{
    ++entries->line;
    return next_index(&entries->major, entries->line_end, entries->file->entries,
                      "not below the one before, at most the number of entries", &entries->line_end);
}

static qn_status next_entry(entry_stream *entries, npz_entry *entry)
{
    const npz_file *file = entries->file;
    uint64_t major = 0, minor = 0;
    const bool by_row = file->format != CSC;
    if (file->format == COO) QN_TRY(next_index(&entries->major, 0, file->rows - 1, "a row of the matrix", &major));
    while (file->format != COO && entries->place == entries->line_end) {
        QN_REQUIRE(entries->line < entries->lines, QN_BAD_FILE,
                   "%s: indptr.npy ends with %" PRIu64 " but there are %" PRIu64 " entries", file->path,
                   entries->line_end, file->entries);
        QN_TRY(next_line(entries));
    }
    if (file->format != COO) major = entries->line - 1;
    QN_TRY(next_index(&entries->minor, 0, (by_row ? file->columns : file->rows) - 1,
                      by_row ? "a column of the matrix" : "a row of the matrix", &minor));
    *entry = (npz_entry){.row = by_row ? major : minor, .column = by_row ? minor : major};
    if (entries->with_values) QN_TRY(next_number(&entries->value, &entry->value));
    ++entries->place;
    return QN_OK;
}

static qn_status finish_entries(entry_stream *entries)
{
    while (entries->file->format != COO && entries->line < entries->lines) QN_TRY(next_line(entries));
    QN_TRY(qn_zip_finish(entries->major.zip));
    QN_TRY(qn_zip_finish(entries->minor.zip));
    return entries->with_values ? qn_zip_finish(entries->value.zip) : QN_OK;
}

static qn_status count_entries(npz_file *file, entry_stream *entries, qn_sparse_builder *builder)
{
    for (uint64_t i = 0; i < file->entries; ++i) {
        npz_entry entry;
        QN_TRY(next_entry(entries, &entry));
        qn_sparse_count(builder, (size_t)entry.row);
    }
    return finish_entries(entries);
}

static qn_status put_entry(const npz_file *file, const entry_stream *entries, const npz_entry *entry,
                           qn_sparse_builder *builder)
{
    if (isfinite(entry->value)) return qn_sparse_put(builder, (size_t)entry->row, (size_t)entry->column, entry->value);
    const double value = entry->value;
    if (entries->value.array.kind == 'b')
        return qn_fail(QN_BAD_FILE, "%s: entry (%" PRIu64 ", %" PRIu64 ") of a bool matrix is neither 0 nor 1",
                       file->path, entry->row, entry->column);
    return qn_fail(QN_BAD_FILE, "%s: entry (%" PRIu64 ", %" PRIu64 ") is %s; every coupling must be finite", file->path,
                   entry->row, entry->column,
                   isnan(value) ? "nan"
                   : value > 0  ? "inf"
                                : "-inf");
}

static qn_status put_entries(npz_file *file, entry_stream *entries, qn_sparse_builder *builder)
{
    for (uint64_t i = 0; i < file->entries; ++i) {
        npz_entry entry;
        QN_TRY(next_entry(entries, &entry));
        QN_TRY(put_entry(file, entries, &entry, builder));
    }
    return finish_entries(entries);
}

typedef qn_status npz_pass(npz_file *file, entry_stream *entries, qn_sparse_builder *builder);

static qn_status go_through(npz_file *file, entry_stream *entries, bool with_values, npz_pass *pass,
                            qn_sparse_builder *builder)
{
    qn_status status = open_entries(entries, file, with_values);
    if (status == QN_OK && builder->matrix.row_start == NULL)
        status = qn_sparse_begin(file->path, (size_t)file->rows, (size_t)file->columns, builder);
    if (status == QN_OK) status = pass(file, entries, builder);
    close_entries(entries);
    return status;
}

static qn_status build(npz_file *file, entry_stream *entries, qn_sparse_builder *builder, qn_matrix *result)
{
    QN_TRY(go_through(file, entries, false, count_entries, builder));
    QN_TRY(qn_sparse_allocate(builder));
    QN_TRY(go_through(file, entries, true, put_entries, builder));
    qn_sparse_duplicate duplicate;
    QN_TRY(qn_sparse_finish(builder, &duplicate, result));
    QN_REQUIRE(!duplicate.found, QN_BAD_FILE,
               "%s: entry (%zu, %zu) is given more than once (SciPy's sum_duplicates() adds such entries up)",
               file->path, duplicate.row, duplicate.column);
    return QN_OK;
}

qn_status qn_matrix_read_npz(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result)
{
    npz_file file = {.stream = stream,
                     .path = path,
                     .members = {[FORMAT] = {.name = "format.npy"},
                                 [SHAPE] = {.name = "shape.npy"},
                                 [DATA] = {.name = "data.npy"},
                                 [INDICES] = {.name = "indices.npy"},
                                 [INDPTR] = {.name = "indptr.npy"},
                                 [ROW] = {.name = "row.npy"},
                                 [COL] = {.name = "col.npy"}}};
    QN_TRY(qn_zip_find(stream, path, MEMBERS, file.members));
    QN_TRY(read_format(&file));
    QN_TRY(read_shape(&file, options));
    entry_stream *entries = NULL;
    QN_TRY(QN_NEW(&entries, 1, "blocks of the matrix file"));
    qn_sparse_builder builder = {0};
    const qn_status status = build(&file, entries, &builder, result);
    qn_sparse_abandon(&builder);
    qn_release(entries);
    return status;
}
