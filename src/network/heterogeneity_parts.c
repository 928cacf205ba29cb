// What a matrix is once its units are made equal, and what parts its effective rank has.
#include <quenched/heterogeneity.h>

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_copy.h"
#include "network/matrix_view.h"

static double quotient(double value, double row, double column)
{
    return row > 0.0 && column > 0.0 ? value / (row * column) : 0.0;
}

qn_status qn_heterogeneity_rescale(const qn_heterogeneity *heterogeneity, const qn_matrix *matrix, qn_matrix *result)
{
    const double *row = heterogeneity->row_scale, *column = heterogeneity->column_scale;
    QN_REQUIRE(matrix->rows == heterogeneity->size && matrix->columns == heterogeneity->size, QN_BAD_VALUE,
               "the matrix is %zu x %zu; its scales are those of %zu units", matrix->rows, matrix->columns,
               heterogeneity->size);
    qn_matrix rescaled;
    QN_TRY(qn_matrix_copy(matrix, &rescaled));
    for (size_t i = 0; i < matrix->rows; ++i) {
        const size_t begin = matrix->sparse ? matrix->row_start[i] : i * matrix->columns;
        const size_t end = matrix->sparse ? matrix->row_start[i + 1] : begin + matrix->columns;
        for (size_t k = begin; k < end; ++k)
            rescaled.values[k] =
                quotient(matrix->values[k], row[i], column[matrix->sparse ? matrix->column[k] : k - begin]);
    }
    *result = rescaled;
    return QN_OK;
}

static double fourth_power_sum(const qn_matrix_view *view)
{
    const size_t count = view->dense ? view->size * view->size : view->entries;
    const double *value = view->dense ? view->dense : view->row.value;
    double sum = 0.0;
    for (size_t k = 0; k < count; ++k) sum += value[k] * value[k] * (value[k] * value[k]);
    return sum;
}

static qn_status find_parts(const qn_matrix_view *view, const qn_connectivity *connectivity,
                            qn_effective_rank_parts *found)
{
    const size_t size = view->size;
    const double unit = (double)connectivity->size * connectivity->m2 * connectivity->m2;
    double *rows;
    QN_TRY(QN_NEW(&rows, 2 * size, "sums of squares"));
    double *columns = rows + size, square_rows = 0.0, square_columns = 0.0;
    qn_matrix_view_squares(view, rows, columns);
    for (size_t i = 0; i < size; ++i) {
        square_rows += rows[i] * rows[i];
        square_columns += columns[i] * columns[i];
    }
    qn_release(rows);
    found->entries = fourth_power_sum(view) / unit;
    found->rows = square_rows / unit - 1.0;
    found->columns = square_columns / unit - 1.0;
    found->cycles = connectivity->inverse_effective_rank - found->rows - found->columns + found->entries;
    // Sums over pairs of different entries: what single entries add to rows and columns is scatter, not inequality.
    const double rows_proper = 1.0 + found->rows - found->entries,
                 columns_proper = 1.0 + found->columns - found->entries;
    found->cycles_error = 2.0 / (double)connectivity->size * rows_proper * columns_proper;
    return QN_OK;
}

qn_status qn_effective_rank_parts_of(const qn_matrix *matrix, const qn_connectivity_options *options,
                                     const qn_connectivity *connectivity, qn_effective_rank_parts *result)
{
    qn_matrix_view view;
    QN_TRY(qn_matrix_view_of(matrix, options && options->drop_self_loops, &view));
    qn_effective_rank_parts found = {0};
    const qn_status status = find_parts(&view, connectivity, &found);
    qn_matrix_view_clear(&view);
    if (status == QN_OK) *result = found;
    return status;
}
