#include "base/fail.h"
#include "network/npy_array.h"
#include "network/spiking_edges_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { CHUNK = 1 << 15 };

static qn_status file_source(void *context, void *bytes, size_t count, size_t *got)
{
    *got = fread(bytes, 1, count, context);
    return QN_OK;
}

static qn_status check_form(const char *path, qn_npy_array *array)
{
    QN_TRY(qn_npy_check_number(path, array));
    char type[16];
    QN_REQUIRE(array->kind != 'b', QN_BAD_FILE, "%s: array of %s; allowed: integers or floats", path,
               qn_npy_type_name(array, type));
    QN_REQUIRE(array->rank == 2, QN_BAD_FILE,
               "%s: array has %zu dimension%s; allowed: 2, a row per synapse with source, target, weight, delay", path,
               array->rank, array->rank == 1 ? "" : "s");
    QN_REQUIRE(array->shape[1] >= 2 && array->shape[1] <= QN_EDGE_COLUMNS, QN_BAD_FILE,
               "%s: array has %" PRIu64 " columns; allowed: 2 to 4, source, target, weight, delay", path,
               array->shape[1]);
    return QN_OK;
}

// The file's length tells before memory is taken whether the header tells the truth.
static qn_status check_length(FILE *stream, const char *path, const qn_npy_array *array)
{
    const off_t here = ftello(stream);
    const bool moved = here >= 0 && fseeko(stream, 0, SEEK_END) == 0;
    const off_t end = moved ? ftello(stream) : -1;
    QN_REQUIRE(end >= here && fseeko(stream, here, SEEK_SET) == 0, QN_BAD_FILE, "%s: its size cannot be told: %s", path,
               strerror(errno));
    const double needed = (double)array->shape[0] * (double)array->shape[1] * (double)array->width;
    QN_REQUIRE((double)(end - here) == needed, QN_BAD_FILE,
               "%s: header says %" PRIu64 " x %" PRIu64 " numbers of %zu bytes (%.0f bytes) but %.0f follow it", path,
               array->shape[0], array->shape[1], array->width, needed, (double)(end - here));
    return QN_OK;
}

static qn_status put_number(qn_edge_builder *builder, const qn_npy_array *array, size_t place, double value)
{
    const size_t rows = (size_t)array->shape[0], columns = (size_t)array->shape[1];
    const size_t row = array->fortran ? place % rows : place / columns;
    const size_t column = array->fortran ? place / rows : place % columns;
    const qn_status status = qn_edges_put(builder, (qn_edge_column)column, row, value, builder->options->index_base);
    return status == QN_OK ? QN_OK : qn_fail_in(status, "%s: row %zu", builder->path, row);
}

static qn_status read_numbers(FILE *stream, qn_edge_builder *builder, const qn_npy_array *array)
{
    const size_t count = (size_t)(array->shape[0] * array->shape[1]), width = array->width;
    const size_t per_chunk = CHUNK / width; // NOLINT(clang-analyzer-core.DivideZero): width is 1 to 8
    unsigned char chunk[CHUNK];
    for (size_t begin = 0; begin < count; begin += per_chunk) {
        const size_t length = count - begin < per_chunk ? count - begin : per_chunk;
        QN_REQUIRE(fread(chunk, width, length, stream) == length, QN_BAD_FILE, "%s: cannot be read to its end: %s",
                   builder->path, ferror(stream) ? strerror(errno) : "it was cut short meanwhile");
        for (size_t i = 0; i < length; ++i)
            QN_TRY(put_number(builder, array, begin + i, qn_npy_number(array, chunk + i * width)));
    }
    return QN_OK;
}

qn_status qn_edges_read_npy(FILE *stream, qn_edge_builder *builder)
{
    qn_npy_array array = {0};
    QN_TRY(qn_npy_read_header(file_source, stream, builder->path, &array));
    QN_TRY(check_form(builder->path, &array));
    QN_TRY(qn_edges_check_base(builder));
    QN_TRY(check_length(stream, builder->path, &array));
    QN_TRY(qn_edges_take(builder, (double)array.shape[0], array.shape[1] > QN_EDGE_WEIGHT,
                         array.shape[1] > QN_EDGE_DELAY));
    return read_numbers(stream, builder, &array);
}
