#include "network/matrix_sparse.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_check.h"

qn_status qn_sparse_begin(const char *path, size_t rows, size_t columns, qn_sparse_builder *builder)
{
    QN_TRY(qn_matrix_check_memory(path, "row table of the matrix", 2 * ((double)rows + 1), sizeof(size_t)));
    qn_sparse_builder fresh = {.path = path, .matrix = {.rows = rows, .columns = columns, .sparse = true}};
    qn_status status = QN_NEW(&fresh.matrix.row_start, rows + 1, "row table of the matrix");
    if (status == QN_OK) status = QN_NEW(&fresh.next, rows, "row table of the matrix");
    if (status != QN_OK) {
        qn_sparse_abandon(&fresh);
        return status;
    }
    *builder = fresh;
    return QN_OK;
}

void qn_sparse_count(qn_sparse_builder *builder, size_t row) { ++builder->matrix.row_start[row + 1]; }

qn_status qn_sparse_allocate(qn_sparse_builder *builder)
{
    qn_matrix *matrix = &builder->matrix;
    for (size_t row = 0; row < matrix->rows; ++row) {
        builder->next[row] = matrix->row_start[row];
        matrix->row_start[row + 1] += matrix->row_start[row];
    }
    matrix->entries = matrix->row_start[matrix->rows];
    QN_TRY(qn_matrix_check_memory(builder->path, "matrix", (double)matrix->entries, sizeof(double) + sizeof(uint32_t)));
    QN_TRY(QN_NEW(&matrix->values, matrix->entries, "matrix entries"));
    return QN_NEW(&matrix->column, matrix->entries, "matrix columns");
}

static qn_status changed(const qn_sparse_builder *builder)
{
    return qn_fail(QN_BAD_FILE, "%s: was changed while it was read", builder->path);
}

qn_status qn_sparse_put(qn_sparse_builder *builder, size_t row, size_t column, double value)
{
    qn_matrix *matrix = &builder->matrix;
    if (row >= matrix->rows || column >= matrix->columns || builder->next[row] >= matrix->row_start[row + 1])
        return changed(builder);
    const size_t place = builder->next[row]++;
    matrix->column[place] = (uint32_t)column;
    matrix->values[place] = value;
    return QN_OK;
}

static void swap(uint32_t *column, double *values, size_t a, size_t b)
{
    const uint32_t kept_column = column[a];
    const double kept_value = values[a];
    column[a] = column[b];
    values[a] = values[b];
    column[b] = kept_column;
    values[b] = kept_value;
}

static void sift_down(uint32_t *column, double *values, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && column[child] < column[child + 1]) ++child;
        if (column[root] >= column[child]) return;
        swap(column, values, root, child);
        root = child;
    }
}

// Heapsort of two arrays at once: in place, n log n even for a file made to be slow. Most files come in order.
static void order_row(uint32_t *column, double *values, size_t count)
{
    size_t ordered = 1;
    while (ordered < count && column[ordered - 1] < column[ordered]) ++ordered;
    if (ordered >= count) return;
    for (size_t root = count / 2; root-- > 0;) sift_down(column, values, root, count);
    for (size_t last = count; last-- > 1;) {
        swap(column, values, 0, last);
        sift_down(column, values, 0, last);
    }
}

qn_status qn_sparse_finish(qn_sparse_builder *builder, qn_sparse_duplicate *duplicate, qn_matrix *result)
{
    const qn_matrix *matrix = &builder->matrix;
    *duplicate = (qn_sparse_duplicate){0};
    for (size_t row = 0; row < matrix->rows; ++row) {
        const size_t begin = matrix->row_start[row], end = matrix->row_start[row + 1];
        if (builder->next[row] != end) return changed(builder);
        order_row(matrix->column + begin, matrix->values + begin, end - begin);
        for (size_t i = begin + 1; i < end; ++i) {
            if (matrix->column[i - 1] != matrix->column[i]) continue;
            *duplicate = (qn_sparse_duplicate){.found = true, .row = row, .column = matrix->column[i]};
            return QN_OK;
        }
    }
    *result = builder->matrix;
    builder->matrix = (qn_matrix){0};
    qn_sparse_abandon(builder);
    return QN_OK;
}

void qn_sparse_abandon(qn_sparse_builder *builder)
{
    qn_matrix_clear(&builder->matrix);
    qn_release(builder->next);
    *builder = (qn_sparse_builder){0};
}
