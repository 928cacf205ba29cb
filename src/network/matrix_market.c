#include "network/matrix_market.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_check.h"
#include "network/matrix_lines.h"
#include "network/matrix_sparse.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

typedef enum { GENERAL, SYMMETRIC, SKEW } market_symmetry;

typedef struct {
    qn_lines text;
    bool coordinate, pattern;
    market_symmetry symmetry;
    uint64_t rows, columns, entries; // entries: lines that follow
    qn_lines_place first;            // where they begin
} market_file;

typedef struct {
    uint64_t row, column; // from 0
    double value;
} market_entry;

// ---- the first line and the line of sizes ----

static qn_status choose(const market_file *file, const char *what, const char *word, size_t count,
                        const char *const *allowed, size_t *choice)
{
    char list[96] = "", excerpt[QN_LINES_EXCERPT];
    for (size_t i = 0; i < count; ++i) {
        if (strcasecmp(word, allowed[i]) == 0) {
            *choice = i;
            return QN_OK;
        }
        const size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", i == 0 ? "" : ", ", allowed[i]);
    }
    return qn_fail(QN_BAD_FILE, "%s:1: %s is '%s'; allowed: %s", file->text.path, what,
                   qn_lines_excerpt(word, "", excerpt), list);
}

static qn_status read_banner(market_file *file)
{
    bool found;
    QN_TRY(qn_lines_next(&file->text, '\0', &found));
    char word[5][24] = {{0}};
    const int words =
        found ? sscanf(file->text.content, "%23s %23s %23s %23s %23s", word[0], word[1], word[2], word[3], word[4]) : 0;
    QN_REQUIRE(words > 0 && file->text.line == 1 && strcasecmp(word[0], "%%MatrixMarket") == 0, QN_BAD_FILE,
               "%s: not a Matrix Market file: its first line must begin with %%%%MatrixMarket", file->text.path);
    QN_REQUIRE(words == 5, QN_BAD_FILE, "%s:1: first line must be '%%%%MatrixMarket matrix FORMAT FIELD SYMMETRY'",
               file->text.path);

    size_t object = 0, format = 0, field = 0, symmetry = 0;
    QN_TRY(choose(file, "object", word[1], 1, (const char *const[]){"matrix"}, &object));
    QN_TRY(choose(file, "format", word[2], 2, (const char *const[]){"coordinate", "array"}, &format));
    QN_TRY(choose(file, "field", word[3], 3, (const char *const[]){"real", "integer", "pattern"}, &field));
    QN_TRY(choose(file, "symmetry", word[4], 3, (const char *const[]){"general", "symmetric", "skew-symmetric"},
                  &symmetry));
    file->coordinate = format == 0;
    file->pattern = field == 2;
    file->symmetry = symmetry == 0 ? GENERAL : symmetry == 1 ? SYMMETRIC : SKEW;
    QN_REQUIRE(!file->pattern || file->coordinate, QN_BAD_FILE,
               "%s:1: an array has values; pattern is for coordinate files", file->text.path);
    QN_REQUIRE(!file->pattern || file->symmetry != SKEW, QN_BAD_FILE, "%s:1: a pattern cannot be skew-symmetric",
               file->text.path);
    return QN_OK;
}

// Lines that follow the sizes of an array: a symmetric one gives its lower triangle.
static double array_entries(const market_file *file)
{
    const double rows = (double)file->rows;
    if (file->symmetry == SYMMETRIC) return rows * (rows + 1) / 2;
    if (file->symmetry == SKEW) return rows * (rows - 1) / 2;
    return rows * (double)file->columns;
}

static qn_status read_sizes(market_file *file, const qn_matrix_options *options)
{
    bool found;
    QN_TRY(qn_lines_next(&file->text, '%', &found));
    QN_REQUIRE(found, QN_BAD_FILE, "%s: truncated: the line with the sizes is missing", file->text.path);
    const char *cursor = file->text.content;
    bool sizes = qn_lines_whole(&cursor, &file->rows) && qn_lines_whole(&cursor, &file->columns);
    if (file->coordinate) sizes = sizes && qn_lines_whole(&cursor, &file->entries);
    char excerpt[QN_LINES_EXCERPT];
    QN_REQUIRE(sizes && *qn_lines_skip(cursor) == '\0', QN_BAD_FILE, "%s:%zu: expected '%s', found '%s'",
               file->text.path, file->text.line, file->coordinate ? "rows columns entries" : "rows columns",
               qn_lines_excerpt(file->text.content, "", excerpt));
    QN_TRY(qn_matrix_check_shape(file->text.path, file->rows, file->columns, options));
    QN_REQUIRE(file->symmetry == GENERAL || file->rows == file->columns, QN_BAD_FILE,
               "%s:%zu: matrix is %" PRIu64 " x %" PRIu64 "; a %s matrix must be square", file->text.path,
               file->text.line, file->rows, file->columns, file->symmetry == SKEW ? "skew-symmetric" : "symmetric");

    // An entry takes 2 bytes at least ("1", end of line), in a coordinate file 4: refuse a promise that the file cannot
    // hold before memory is taken for it.
    double bytes;
    QN_TRY(qn_lines_size(&file->text, &bytes));
    const double promised = file->coordinate ? (double)file->entries : array_entries(file);
    QN_REQUIRE(promised * (file->coordinate ? 4 : 2) <= bytes + 1, QN_BAD_FILE,
               "%s: truncated: header says %.0f entries but the file has only %.0f bytes", file->text.path, promised,
               bytes);
    if (!file->coordinate) file->entries = (uint64_t)promised;
    return qn_lines_tell(&file->text, &file->first);
}

// ---- the entries ----

static qn_status refuse_number(const market_file *file, const market_entry *entry, const char *number,
                               qn_number_kind kind)
{
    char excerpt[QN_LINES_EXCERPT];
    qn_lines_excerpt(number, " \t", excerpt);
    if (kind == QN_NUMBER_NONE)
        return qn_fail(QN_BAD_FILE, "%s:%zu: expected a number, found '%s'", file->text.path, file->text.line, excerpt);
    return qn_fail(QN_BAD_FILE, "%s:%zu: entry (%" PRIu64 ", %" PRIu64 ") is %s; every coupling must be finite",
                   file->text.path, file->text.line, entry->row + 1, entry->column + 1, excerpt);
}

static qn_status parse_place(const market_file *file, const char **cursor, market_entry *entry)
{
    char excerpt[QN_LINES_EXCERPT];
    uint64_t row, column;
    QN_REQUIRE(qn_lines_whole(cursor, &row) && qn_lines_whole(cursor, &column), QN_BAD_FILE,
               "%s:%zu: expected '%s', found '%s'", file->text.path, file->text.line,
               file->pattern ? "row column" : "row column value", qn_lines_excerpt(file->text.content, "", excerpt));
    QN_REQUIRE(row >= 1 && row <= file->rows, QN_BAD_FILE, "%s:%zu: row is %" PRIu64 "; allowed: 1 to %" PRIu64,
               file->text.path, file->text.line, row, file->rows);
    QN_REQUIRE(column >= 1 && column <= file->columns, QN_BAD_FILE,
               "%s:%zu: column is %" PRIu64 "; allowed: 1 to %" PRIu64, file->text.path, file->text.line, column,
               file->columns);
    QN_REQUIRE(file->symmetry != SKEW || row != column, QN_BAD_FILE,
               "%s:%zu: entry (%" PRIu64 ", %" PRIu64
               ") lies on the diagonal, which is zero in a skew-symmetric matrix",
               file->text.path, file->text.line, row, column);
    entry->row = row - 1;
    entry->column = column - 1;
    return QN_OK;
}

/// Read the next line; in an array file *entry already has the place.
static qn_status next_entry(market_file *file, uint64_t number, market_entry *entry)
{
    bool found;
    QN_TRY(qn_lines_next(&file->text, '%', &found));
    QN_REQUIRE(found, QN_BAD_FILE, "%s: truncated: header says %" PRIu64 " entries but the file has %" PRIu64,
               file->text.path, file->entries, number);
    const char *cursor = file->text.content;
    if (file->coordinate) QN_TRY(parse_place(file, &cursor, entry));
    entry->value = 1;
    if (!file->pattern) {
        const char *start = cursor;
        const qn_number_kind kind = qn_lines_real(&cursor, &entry->value);
        if (kind != QN_NUMBER_FINITE) return refuse_number(file, entry, start, kind);
    }
    const char *rest = qn_lines_skip(cursor);
    char excerpt[QN_LINES_EXCERPT];
    QN_REQUIRE(*rest == '\0', QN_BAD_FILE, "%s:%zu: unexpected '%s' after the entry", file->text.path, file->text.line,
               qn_lines_excerpt(rest, "", excerpt));
    return QN_OK;
}

static qn_status expect_end(market_file *file)
{
    bool found;
    QN_TRY(qn_lines_next(&file->text, '%', &found));
    QN_REQUIRE(!found, QN_BAD_FILE, "%s:%zu: more entries than the %" PRIu64 " the header says", file->text.path,
               file->text.line, file->entries);
    return QN_OK;
}

static bool same_place(const market_file *file, const market_entry *entry, const qn_sparse_duplicate *place)
{
    if (entry->row == place->row && entry->column == place->column) return true;
    return file->symmetry != GENERAL && entry->row == place->column && entry->column == place->row;
}

static qn_status refuse_duplicate(market_file *file, const qn_sparse_duplicate *place)
{
    QN_TRY(qn_lines_return(&file->text, &file->first));
    size_t earlier = 0;
    for (uint64_t number = 0; number < file->entries; ++number) {
        market_entry entry = {0};
        QN_TRY(next_entry(file, number, &entry));
        if (!same_place(file, &entry, place)) continue;
        if (earlier != 0)
            return qn_fail(QN_BAD_FILE, "%s:%zu: entry (%" PRIu64 ", %" PRIu64 ") was given already in line %zu%s",
                           file->text.path, file->text.line, entry.row + 1, entry.column + 1, earlier,
                           file->symmetry == GENERAL ? "" : " (a symmetric file gives one triangle)");
        earlier = file->text.line;
    }
    return qn_fail(QN_BAD_FILE, "%s: was changed while it was read", file->text.path);
}

static bool mirrored(const market_file *file, const market_entry *entry)
{
    return file->symmetry != GENERAL && entry->row != entry->column;
}

static qn_status count_entries(market_file *file, qn_sparse_builder *builder)
{
    for (uint64_t number = 0; number < file->entries; ++number) {
        market_entry entry = {0};
        QN_TRY(next_entry(file, number, &entry));
        qn_sparse_count(builder, entry.row);
        if (mirrored(file, &entry)) qn_sparse_count(builder, entry.column);
    }
    return expect_end(file);
}

static qn_status put_entries(market_file *file, qn_sparse_builder *builder)
{
    QN_TRY(qn_lines_return(&file->text, &file->first));
    for (uint64_t number = 0; number < file->entries; ++number) {
        market_entry entry = {0};
        QN_TRY(next_entry(file, number, &entry));
        QN_TRY(qn_sparse_put(builder, entry.row, entry.column, entry.value));
        const double reflected = file->symmetry == SKEW ? -entry.value : entry.value;
        if (mirrored(file, &entry)) QN_TRY(qn_sparse_put(builder, entry.column, entry.row, reflected));
    }
    return QN_OK;
}

static qn_status fill_sparse(market_file *file, qn_sparse_builder *builder, qn_matrix *result)
{
    QN_TRY(count_entries(file, builder));
    QN_TRY(qn_sparse_allocate(builder));
    QN_TRY(put_entries(file, builder));
    qn_sparse_duplicate duplicate;
    QN_TRY(qn_sparse_finish(builder, &duplicate, result));
    return duplicate.found ? refuse_duplicate(file, &duplicate) : QN_OK;
}

static qn_status read_sparse(market_file *file, qn_matrix *result)
{
    qn_sparse_builder builder;
    QN_TRY(qn_sparse_begin(file->text.path, file->rows, file->columns, &builder));
    const qn_status status = fill_sparse(file, &builder, result);
    qn_sparse_abandon(&builder);
    return status;
}

static qn_status fill_dense(market_file *file, double *values)
{
    uint64_t number = 0;
    for (uint64_t column = 0; column < file->columns; ++column) {
        const uint64_t first = file->symmetry == GENERAL ? 0 : column + (file->symmetry == SKEW);
        for (uint64_t row = first; row < file->rows; ++row) {
            market_entry entry = {.row = row, .column = column};
            QN_TRY(next_entry(file, number++, &entry));
            values[row * file->columns + column] = entry.value;
            if (mirrored(file, &entry))
                values[column * file->columns + row] = file->symmetry == SKEW ? -entry.value : entry.value;
        }
    }
    return expect_end(file);
}

static qn_status read_dense(market_file *file, qn_matrix *result)
{
    const double count = (double)file->rows * (double)file->columns;
    QN_TRY(qn_matrix_check_memory(file->text.path, "matrix", count, sizeof(double)));
    double *values = NULL;
    QN_TRY(QN_NEW(&values, (size_t)count, "matrix"));
    const qn_status status = fill_dense(file, values);
    if (status != QN_OK) {
        qn_release(values);
        return status;
    }
    *result = (qn_matrix){.rows = (size_t)file->rows, .columns = (size_t)file->columns, .values = values};
    return QN_OK;
}

static qn_status read_market(market_file *file, const qn_matrix_options *options, qn_matrix *result)
{
    QN_TRY(read_banner(file));
    QN_TRY(read_sizes(file, options));
    return file->coordinate ? read_sparse(file, result) : read_dense(file, result);
}

qn_status qn_matrix_read_market(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result)
{
    market_file file = {0};
    QN_TRY(qn_lines_open(&file.text, stream, path));
    const qn_status status = read_market(&file, options, result);
    qn_lines_close(&file.text);
    return status;
}
