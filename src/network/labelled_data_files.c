#include "base/fail.h"
#include "base/memory.h"
#include "network/labelled_data_parts.h"
#include "network/matrix_lines.h"
#include "network/npy_array.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

qn_status qn_data_array_allocate(const char *path, size_t count, size_t dimension, qn_data_array *array)
{
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "data", (double)count * (double)dimension, sizeof(double));
    qn_status status = qn_memory_plan_check(&plan, 0.0);
    double *values = NULL;
    if (status == QN_OK) status = QN_NEW(&values, count * dimension, "data");
    if (status != QN_OK) return qn_fail_in(status, "%s", path);
    *array = (qn_data_array){.count = count, .dimension = dimension, .values = values};
    return QN_OK;
}

// ---- IDX: big-endian header, bytes ----

static uint32_t big_endian(const char *bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | (unsigned char)bytes[i];
    return value;
}

qn_status qn_labelled_data_read_idx(const qn_data_file *file, bool labels, qn_data_array *array)
{
    const uint32_t allowed = labels ? 0x801 : 0x803;
    const size_t ranks = labels ? 1 : 3, header = 4 + 4 * ranks;
    QN_REQUIRE(file->size >= 4, QN_BAD_FILE, "%s: truncated: %zu bytes, the IDX magic number alone has 4", file->path,
               file->size);
    const uint32_t magic = big_endian(file->bytes);
    QN_REQUIRE(magic == allowed, QN_BAD_FILE,
               "%s: IDX magic number is 0x%08" PRIX32 "; allowed: 0x%08" PRIX32 " (%s)%s", file->path, magic, allowed,
               labels ? "labels" : "images",
               magic == 0x801   ? "; this is a file of labels"
               : magic == 0x803 ? "; this is a file of images"
                                : "");
    QN_REQUIRE(file->size >= header, QN_BAD_FILE, "%s: truncated inside the IDX header (%zu of %zu bytes)", file->path,
               file->size, header);
    uint64_t length[3] = {0, 1, 1};
    for (size_t r = 0; r < ranks; ++r) length[r] = big_endian(file->bytes + 4 + 4 * r);
    QN_REQUIRE(length[0] > 0 && length[1] > 0 && length[2] > 0, QN_BAD_FILE,
               "%s: has %" PRIu64 " points of %" PRIu64 " x %" PRIu64 " numbers; allowed: at least 1 of each",
               file->path, length[0], length[1], length[2]);
    const size_t held = file->size - header;
    const double wanted = (double)length[0] * (double)length[1] * (double)length[2];
    QN_REQUIRE(wanted <= (double)held, QN_BAD_FILE, "%s: truncated: %zu bytes after the header, which announces %.0f",
               file->path, held, wanted);
    QN_REQUIRE(wanted == (double)held, QN_BAD_FILE, "%s: %zu bytes after the header, which announces %.0f", file->path,
               held, wanted);
    QN_TRY(qn_data_array_allocate(file->path, (size_t)length[0], (size_t)(length[1] * length[2]), array));
    for (size_t i = 0; i < held; ++i) array->values[i] = (unsigned char)file->bytes[header + i];
    return QN_OK;
}

// ---- NPY ----

typedef struct {
    const qn_data_file *file;
    size_t at;
} npy_cursor;

static qn_status next_bytes(void *context, void *bytes, size_t count, size_t *got)
{
    npy_cursor *cursor = context;
    const size_t left = cursor->file->size - cursor->at;
    *got = count < left ? count : left;
    memcpy(bytes, cursor->file->bytes + cursor->at, *got);
    cursor->at += *got;
    return QN_OK;
}

qn_status qn_labelled_data_read_npy(const qn_data_file *file, bool labels, qn_data_array *array)
{
    const char *path = file->path;
    qn_npy_array npy;
    QN_TRY(qn_npy_read_header(next_bytes, &(npy_cursor){.file = file}, path, &npy));
    QN_TRY(qn_npy_check_number(path, &npy));
    QN_REQUIRE(npy.type[0] != '>', QN_BAD_FILE,
               "%s: numbers are big-endian ('%s'); allowed: little-endian: numpy.save(path, a.astype('<%c%zu'))", path,
               npy.type, npy.kind, npy.width);
    const size_t rank = labels ? 1 : 2;
    QN_REQUIRE(npy.rank == rank, QN_BAD_FILE, "%s: array of %zu dimensions; allowed for %s: %zu", path, npy.rank,
               labels ? "labels" : "inputs (points x numbers)", rank);
    QN_REQUIRE(!npy.fortran || labels, QN_BAD_FILE,
               "%s: Fortran order (columns first); allowed: C order: numpy.save(path, numpy.ascontiguousarray(a))",
               path);
    const uint64_t count = npy.shape[0], dimension = labels ? 1 : npy.shape[1];
    QN_REQUIRE(count > 0 && dimension > 0, QN_BAD_FILE, "%s: empty (%" PRIu64 " points of %" PRIu64 " numbers)", path,
               count, dimension);
    const size_t held = file->size - (size_t)npy.header_bytes;
    const double wanted = (double)count * (double)dimension * (double)npy.width;
    QN_REQUIRE(wanted == (double)held, QN_BAD_FILE, "%s: %s: %zu bytes after the header, whose shape needs %.0f", path,
               (double)held < wanted ? "truncated" : "too long", held, wanted);
    QN_TRY(qn_data_array_allocate(path, (size_t)count, (size_t)dimension, array));
    const unsigned char *bytes = (const unsigned char *)file->bytes + npy.header_bytes;
    for (size_t i = 0; i < array->count * array->dimension; ++i) {
        array->values[i] = qn_npy_number(&npy, bytes + i * npy.width);
        if (isfinite(array->values[i])) continue;
        const double value = array->values[i];
        qn_release(array->values);
        *array = (qn_data_array){0};
        return qn_fail(QN_BAD_FILE, "%s: element [%zu][%zu] is %g; allowed: finite", path, i / (size_t)dimension,
                       i % (size_t)dimension, value);
    }
    return QN_OK;
}

// ---- CSV ----

enum { MOST_COLUMNS = 2048 }; // as many as a line has room for

typedef struct {
    qn_lines text;
    qn_lines_place first;
    size_t columns, count, label;
} csv;

static const char *const SEPARATORS = ",; \t";

// The next field: where it begins, its length, quotes included. Separators may be surrounded by blanks.
static bool next_field(const char **cursor, const char **field, size_t *length, bool first)
{
    const char *at = qn_lines_skip(*cursor);
    if (!first) {
        if (*at == ',' || *at == ';')
            at = qn_lines_skip(at + 1);
        else if (*at == '\0')
            return false;
    }
    *field = at;
    *length = *at == '"' ? strcspn(at + 1, "\"") + 1 : strcspn(at, SEPARATORS);
    if (*at == '"' && at[*length] == '"') ++*length;
    *cursor = at + *length;
    return true;
}

static bool is_number(const char *field, size_t length, double *value, bool *finite)
{
    const char *end = field;
    const qn_number_kind kind = qn_lines_real(&end, value);
    *finite = kind == QN_NUMBER_FINITE;
    return kind != QN_NUMBER_NONE && end == field + length;
}

static bool is_name(const char *field, size_t length, const char *name)
{
    if (length >= 2 && *field == '"') ++field, length -= 2;
    return strlen(name) == length && strncmp(field, name, length) == 0;
}

// The first line: how many columns, whether it names them, and which is the label's.
static qn_status read_first(csv *table, const qn_labelled_data_options *options, bool *names)
{
    const char *cursor = table->text.content, *field;
    size_t length;
    bool finite, found = false;
    double value;
    *names = false;
    for (bool first = true; next_field(&cursor, &field, &length, first); first = false) {
        QN_REQUIRE(table->columns < MOST_COLUMNS, QN_BAD_FILE, "%s:%zu: more than %d columns", table->text.path,
                   table->text.line, MOST_COLUMNS);
        if (!is_number(field, length, &value, &finite)) *names = true;
        if (options->label_column && is_name(field, length, options->label_column)) {
            table->label = table->columns;
            found = true;
        }
        ++table->columns;
    }
    QN_REQUIRE(!options->label_column || (found && *names), QN_BAD_FILE,
               "%s:%zu: no column is named '%s'; the first line must name the columns", table->text.path,
               table->text.line, options->label_column);
    if (!found) table->label = options->no_labels || options->labels ? SIZE_MAX : table->columns - 1;
    QN_REQUIRE(table->columns > (table->label != SIZE_MAX), QN_BAD_FILE,
               "%s:%zu: %zu column; at least one input and the label are needed", table->text.path, table->text.line,
               table->columns);
    return QN_OK;
}

static qn_status read_row(csv *table, double *out)
{
    const char *cursor = table->text.content, *field, *path = table->text.path;
    const size_t line = table->text.line;
    char excerpt[QN_LINES_EXCERPT];
    size_t length, column = 0;
    for (; next_field(&cursor, &field, &length, column == 0); ++column) {
        QN_REQUIRE(column < table->columns, QN_BAD_FILE, "%s:%zu: more columns than the %zu of the first line", path,
                   line, table->columns);
        double value;
        bool finite;
        QN_REQUIRE(is_number(field, length, &value, &finite), QN_BAD_FILE,
                   "%s:%zu: column %zu is \"%s\"; allowed: a "
                   "number",
                   path, line, column + 1, qn_lines_excerpt(field, ",;", excerpt));
        QN_REQUIRE(finite, QN_BAD_FILE, "%s:%zu: column %zu is \"%s\"; allowed: finite", path, line, column + 1,
                   qn_lines_excerpt(field, ",;", excerpt));
        if (out) out[column] = value;
    }
    QN_REQUIRE(column == table->columns, QN_BAD_FILE, "%s:%zu: %zu columns; the first line has %zu", path, line, column,
               table->columns);
    return QN_OK;
}

static qn_status read_rows(csv *table, double *out)
{
    QN_TRY(qn_lines_return(&table->text, &table->first));
    table->count = 0;
    for (bool found;; ++table->count) {
        QN_TRY(qn_lines_next(&table->text, '#', &found));
        if (!found) return QN_OK;
        QN_TRY(read_row(table, out ? out + table->count * table->columns : NULL));
    }
}

// Twice over the lines: the first finds how many there are and what is wrong with them.
static qn_status read_table(csv *table, const qn_labelled_data_options *options, qn_data_array *array)
{
    bool found, names;
    QN_TRY(qn_lines_tell(&table->text, &table->first));
    QN_TRY(qn_lines_next(&table->text, '#', &found));
    QN_REQUIRE(found, QN_BAD_FILE, "%s: empty", table->text.path);
    QN_TRY(read_first(table, options, &names));
    if (names) QN_TRY(qn_lines_tell(&table->text, &table->first));
    QN_TRY(read_rows(table, NULL));
    QN_REQUIRE(table->count > 0, QN_BAD_FILE, "%s: no row of numbers", table->text.path);
    QN_TRY(qn_data_array_allocate(table->text.path, table->count, table->columns, array));
    const qn_status status = read_rows(table, array->values);
    if (status == QN_OK) return QN_OK;
    qn_release(array->values);
    *array = (qn_data_array){0};
    return status;
}

qn_status qn_labelled_data_read_csv(const qn_data_file *file, const qn_labelled_data_options *options,
                                    qn_data_array *array, size_t *label)
{
    QN_REQUIRE(file->size > 0, QN_BAD_FILE, "%s: empty", file->path);
    FILE *stream = fmemopen((void *)(uintptr_t)file->bytes, file->size, "rb");
    QN_REQUIRE(stream, QN_NO_MEMORY, "%s: cannot be read: %s", file->path, strerror(errno));
    csv table = {.label = SIZE_MAX};
    qn_status status = qn_lines_open(&table.text, stream, file->path);
    if (status == QN_OK) {
        status = read_table(&table, options, array);
        qn_lines_close(&table.text);
    }
    fclose(stream);
    if (status == QN_OK) *label = table.label;
    return status;
}
