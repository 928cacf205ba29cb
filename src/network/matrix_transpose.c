#include "network/matrix_transpose.h"

#include "base/fail.h"
#include "base/memory.h"

// Tile by tile, so that neither side leaves the cache.
static void transpose_dense(const qn_matrix *matrix, qn_matrix *made)
{
    enum { TILE = 32 };
    const size_t rows = matrix->rows, columns = matrix->columns;
    for (size_t first = 0; first < columns; first += TILE)
        for (size_t i = 0; i < rows; ++i)
            for (size_t j = first; j < columns && j < first + TILE; ++j)
                made->values[j * rows + i] = matrix->values[i * columns + j];
}

// Counting sort: within a column, rows increase.
static void transpose_sparse(const qn_matrix *matrix, qn_matrix *made)
{
    size_t *start = made->row_start;
    for (size_t e = 0; e < matrix->entries; ++e) ++start[matrix->column[e] + 1];
    for (size_t j = 0; j < made->rows; ++j) start[j + 1] += start[j];
    for (size_t i = 0; i < matrix->rows; ++i)
        for (size_t e = matrix->row_start[i]; e < matrix->row_start[i + 1]; ++e) {
            const size_t to = start[matrix->column[e]]++;
            made->column[to] = (uint32_t)i;
            made->values[to] = matrix->values[e];
        }
    for (size_t j = made->rows; j > 0; --j) start[j] = start[j - 1];
    start[0] = 0;
}

static qn_status fill(const qn_matrix *matrix, qn_matrix *made)
{
    if (!matrix->sparse) {
        QN_TRY(QN_NEW(&made->values, matrix->rows * matrix->columns, "transposed matrix"));
        transpose_dense(matrix, made);
        return QN_OK;
    }
    QN_TRY(QN_NEW(&made->values, matrix->entries, "transposed matrix"));
    QN_TRY(QN_NEW(&made->column, matrix->entries, "transposed matrix"));
    QN_TRY(QN_NEW(&made->row_start, made->rows + 1, "transposed matrix"));
    transpose_sparse(matrix, made);
    return QN_OK;
}

qn_status qn_matrix_transpose(const qn_matrix *matrix, qn_matrix *result)
{
    qn_matrix made = {
        .rows = matrix->columns, .columns = matrix->rows, .sparse = matrix->sparse, .entries = matrix->entries};
    const qn_status status = fill(matrix, &made);
    if (status != QN_OK)
        qn_matrix_release_transpose(&made);
    else
        *result = made;
    return status;
}

void qn_matrix_release_transpose(qn_matrix *transpose)
{
    qn_release(transpose->values);
    qn_release(transpose->column);
    qn_release(transpose->row_start);
    *transpose = (qn_matrix){0};
}
