#include "network/matrix_npy.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_check.h"
#include "network/npy_array.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { FORTRAN_BLOCK = 1 << 20, CHUNK = 1 << 15 };

static qn_status file_source(void *context, void *bytes, size_t count, size_t *got)
{
    *got = fread(bytes, 1, count, context);
    return QN_OK;
}

static qn_status measure(FILE *stream, const char *path, uint64_t *bytes)
{
    const off_t here = ftello(stream);
    const bool moved = here >= 0 && fseeko(stream, 0, SEEK_END) == 0;
    const off_t end = moved ? ftello(stream) : -1;
    QN_REQUIRE(end >= here && fseeko(stream, here, SEEK_SET) == 0, QN_BAD_FILE, "%s: its size cannot be told: %s", path,
               strerror(errno));
    *bytes = (uint64_t)(end - here);
    return QN_OK;
}

static qn_status check_length(const char *path, const qn_npy_array *array, uint64_t file_bytes)
{
    char type[16];
    qn_npy_type_name(array, type);
    // At most 2^32 rows and columns of 8 bytes: more than 64 bits hold, exact enough as a double to refuse.
    const double needed = (double)array->shape[0] * (double)array->shape[1] * (double)array->width;
    QN_REQUIRE((double)file_bytes >= needed, QN_BAD_FILE,
               "%s: truncated: header says %" PRIu64 " x %" PRIu64 " %s (%.0f bytes) but the file has %" PRIu64, path,
               array->shape[0], array->shape[1], type, needed, file_bytes);
    const uint64_t exact = array->shape[0] * array->shape[1] * array->width;
    QN_REQUIRE(file_bytes == exact, QN_BAD_FILE,
               "%s: %" PRIu64 " bytes too many: header says %" PRIu64 " x %" PRIu64 " %s (%" PRIu64
               " bytes) but the file has %" PRIu64,
               path, file_bytes - exact, array->shape[0], array->shape[1], type, exact, file_bytes);
    return QN_OK;
}

/// `place` counts entries row by row.
static qn_status refuse_entry(const char *path, const qn_npy_array *array, uint64_t place, double value)
{
    const uint64_t row = place / array->shape[1], column = place % array->shape[1];
    if (array->kind == 'b')
        return qn_fail(QN_BAD_FILE, "%s: entry (%" PRIu64 ", %" PRIu64 ") of a bool matrix is neither 0 nor 1", path,
                       row, column);
    return qn_fail(QN_BAD_FILE, "%s: entry (%" PRIu64 ", %" PRIu64 ") is %s; every coupling must be finite", path, row,
                   column,
                   isnan(value) ? "nan"
                   : value > 0  ? "inf"
                                : "-inf");
}

static qn_status read_bytes(FILE *stream, const char *path, void *bytes, size_t count)
{
    QN_REQUIRE(fread(bytes, 1, count, stream) == count, QN_BAD_FILE, "%s: cannot be read to its end: %s", path,
               ferror(stream) ? strerror(errno) : "it was cut short meanwhile");
    return QN_OK;
}

static qn_status read_row_by_row(FILE *stream, const char *path, const qn_npy_array *array, double *values)
{
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): width is 1 to 8
    const size_t count = (size_t)(array->shape[0] * array->shape[1]), per_chunk = CHUNK / array->width;
    const bool as_it_is = array->kind == 'f' && array->width == 8 && !array->swapped;
    unsigned char chunk[CHUNK];
    for (size_t begin = 0; begin < count; begin += per_chunk) {
        const size_t length = count - begin < per_chunk ? count - begin : per_chunk;
        double *out = values + begin;
        QN_TRY(read_bytes(stream, path, as_it_is ? (void *)out : chunk, length * array->width));
        for (size_t i = 0; i < length && !as_it_is; ++i) out[i] = qn_npy_number(array, chunk + i * array->width);
        for (size_t i = 0; i < length; ++i)
            if (!isfinite(out[i])) return refuse_entry(path, array, begin + i, out[i]);
    }
    return QN_OK;
}

// Several columns at a time, so that what is written lies together in each row.
static qn_status read_columns(FILE *stream, const char *path, const qn_npy_array *array, unsigned char *block,
                              size_t per_block, double *values)
{
    const size_t rows = (size_t)array->shape[0], columns = (size_t)array->shape[1], width = array->width;
    for (size_t first = 0; first < columns; first += per_block) {
        const size_t taken = columns - first < per_block ? columns - first : per_block;
        QN_TRY(read_bytes(stream, path, block, taken * rows * width));
        for (size_t row = 0; row < rows; ++row)
            for (size_t column = 0; column < taken; ++column) {
                const double value = qn_npy_number(array, block + (column * rows + row) * width);
                if (!isfinite(value)) return refuse_entry(path, array, row * columns + first + column, value);
                values[row * columns + first + column] = value;
            }
    }
    return QN_OK;
}

static qn_status read_column_by_column(FILE *stream, const char *path, const qn_npy_array *array, double *values)
{
    const size_t column_bytes = (size_t)array->shape[0] * array->width;
    const size_t per_block = column_bytes < FORTRAN_BLOCK ? FORTRAN_BLOCK / column_bytes : 1;
    const size_t taken = per_block < array->shape[1] ? per_block : (size_t)array->shape[1];
    unsigned char *block = NULL;
    QN_TRY(QN_NEW(&block, taken * column_bytes, "columns of the matrix file"));
    const qn_status status = read_columns(stream, path, array, block, taken, values);
    qn_release(block);
    return status;
}

qn_status qn_matrix_read_npy(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result)
{
    qn_npy_array array = {0};
    QN_TRY(qn_npy_read_header(file_source, stream, path, &array));
    QN_TRY(qn_npy_check_number(path, &array));
    QN_REQUIRE(array.rank == 2, QN_BAD_FILE, "%s: array has %zu dimension%s; a matrix has 2", path, array.rank,
               array.rank == 1 ? "" : "s");
    QN_TRY(qn_matrix_check_shape(path, array.shape[0], array.shape[1], options));
    uint64_t file_bytes = 0;
    QN_TRY(measure(stream, path, &file_bytes));
    QN_TRY(check_length(path, &array, file_bytes));

    const double count = (double)array.shape[0] * (double)array.shape[1];
    QN_TRY(qn_matrix_check_memory(path, "matrix", count, sizeof(double)));
    double *values = NULL;
    QN_TRY(QN_NEW(&values, (size_t)count, "matrix"));
    const qn_status status = array.fortran ? read_column_by_column(stream, path, &array, values)
                                           : read_row_by_row(stream, path, &array, values);
    if (status != QN_OK) {
        qn_release(values);
        return status;
    }
    *result = (qn_matrix){.rows = (size_t)array.shape[0], .columns = (size_t)array.shape[1], .values = values};
    return QN_OK;
}
