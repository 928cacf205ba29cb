#include "network/matrix_copy.h"

#include "base/fail.h"
#include "base/memory.h"

#include <string.h>

qn_status qn_matrix_new_sparse(size_t size, size_t entries, qn_matrix *result)
{
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "new matrix", (double)entries, sizeof(double) + sizeof(uint32_t));
    qn_memory_plan_add(&plan, "row starts of the new matrix", (double)size + 1.0, sizeof(size_t));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    qn_matrix fresh = {.rows = size, .columns = size, .sparse = true, .entries = entries};
    qn_status status = QN_NEW(&fresh.values, entries, "new matrix");
    if (status == QN_OK) status = QN_NEW(&fresh.column, entries, "new matrix");
    if (status == QN_OK) status = QN_NEW(&fresh.row_start, size + 1, "row starts of the new matrix");
    if (status == QN_OK)
        *result = fresh;
    else
        qn_matrix_clear(&fresh);
    return status;
}

qn_status qn_matrix_new_dense(size_t rows, size_t columns, qn_matrix *result)
{
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "new dense matrix", (double)rows * (double)columns, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    qn_matrix fresh = {.rows = rows, .columns = columns};
    QN_TRY(QN_NEW(&fresh.values, rows * columns, "new dense matrix"));
    *result = fresh;
    return QN_OK;
}

qn_status qn_matrix_copy(const qn_matrix *matrix, qn_matrix *result)
{
    qn_matrix copy = {0};
    if (!matrix->sparse) {
        QN_TRY(qn_matrix_new_dense(matrix->rows, matrix->columns, &copy));
        memcpy(copy.values, matrix->values, matrix->rows * matrix->columns * sizeof *copy.values);
    } else {
        QN_TRY(qn_matrix_new_sparse(matrix->rows, matrix->entries, &copy));
        copy.columns = matrix->columns;
        memcpy(copy.values, matrix->values, matrix->entries * sizeof *copy.values);
        memcpy(copy.column, matrix->column, matrix->entries * sizeof *copy.column);
        memcpy(copy.row_start, matrix->row_start, (matrix->rows + 1) * sizeof *copy.row_start);
    }
    *result = copy;
    return QN_OK;
}
