#include "network/matrix_view.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <cblas.h>
#include <string.h>

// A product by BLAS takes about a fortieth of the time of a scattered one, of which J J^T has fewer by the square of
// the fraction of pairs that have an entry: dense wins where that is more than a sixth, and is near from an eighth on.
enum { DENSE_FROM = 8, BLOCK_ROWS = 64 };

static size_t row_begin(const qn_matrix *matrix, size_t i)
{
    return matrix->sparse ? matrix->row_start[i] : i * matrix->columns;
}

static size_t column_of(const qn_matrix *matrix, size_t i, size_t k)
{
    return matrix->sparse ? matrix->column[k] : k - i * matrix->columns;
}

static qn_status count(const qn_matrix *matrix, bool drop_self_loops, qn_matrix_view *view)
{
    for (size_t i = 0; i < matrix->rows; ++i)
        for (size_t k = row_begin(matrix, i); k < row_begin(matrix, i + 1); ++k) {
            if (matrix->values[k] == 0.0) continue;
            const bool loop = column_of(matrix, i, k) == i;
            view->self_loops += loop;
            view->entries += !(loop && drop_self_loops);
        }
    QN_REQUIRE(view->entries > 0, QN_BAD_VALUE, "the matrix has no entries other than zero%s, of %zu units",
               drop_self_loops && view->self_loops ? " off the diagonal" : "", matrix->rows);
    return QN_OK;
}

static qn_status reserve_side(size_t size, size_t entries, const char *what, qn_matrix_side *side)
{
    QN_TRY(QN_NEW(&side->start, size + 1, what));
    QN_TRY(QN_NEW(&side->index, entries, what));
    return QN_NEW(&side->value, entries, what);
}

static void clear_side(qn_matrix_side *side)
{
    qn_release(side->start);
    qn_release(side->index);
    qn_release(side->value);
}

static void fill_rows(const qn_matrix *matrix, bool drop_self_loops, qn_matrix_side *row)
{
    size_t n = 0;
    for (size_t i = 0; i < matrix->rows; ++i) {
        for (size_t k = row_begin(matrix, i); k < row_begin(matrix, i + 1); ++k) {
            const size_t j = column_of(matrix, i, k);
            if (matrix->values[k] == 0.0 || (drop_self_loops && i == j)) continue;
            row->index[n] = (uint32_t)j;
            row->value[n++] = matrix->values[k];
        }
        row->start[i + 1] = n;
    }
}

// Counting sort.
void qn_matrix_side_transpose(size_t size, const qn_matrix_side *from, qn_matrix_side *to)
{
    const size_t entries = from->start[size];
    memset(to->start, 0, (size + 1) * sizeof *to->start);
    for (size_t k = 0; k < entries; ++k) ++to->start[from->index[k] + 1];
    for (size_t j = 0; j < size; ++j) to->start[j + 1] += to->start[j];
    for (size_t i = 0; i < size; ++i)
        for (size_t k = from->start[i]; k < from->start[i + 1]; ++k) {
            const size_t place = to->start[from->index[k]]++;
            to->index[place] = (uint32_t)i;
            to->value[place] = from->value[k];
        }
    for (size_t j = size; j > 0; --j) to->start[j] = to->start[j - 1];
    to->start[0] = 0;
}

static qn_status view_sides(const qn_matrix *matrix, bool drop_self_loops, qn_matrix_view *view)
{
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "matrix by rows and by columns", 2.0 * (double)view->entries,
                       sizeof(double) + sizeof(uint32_t));
    qn_memory_plan_add(&plan, "row and column starts", 2.0 * (double)view->size, sizeof(size_t));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(reserve_side(view->size, view->entries, "matrix by rows", &view->row));
    QN_TRY(reserve_side(view->size, view->entries, "matrix by columns", &view->column));
    fill_rows(matrix, drop_self_loops, &view->row);
    qn_matrix_side_transpose(view->size, &view->row, &view->column);
    return QN_OK;
}

static qn_status view_dense(const qn_matrix *matrix, bool drop_self_loops, qn_matrix_view *view)
{
    if (!matrix->sparse && (!drop_self_loops || view->self_loops == 0)) {
        view->dense = matrix->values;
        return QN_OK;
    }
    const size_t size = view->size;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "dense copy of the matrix", (double)size * (double)size, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(QN_NEW(&view->copy, size * size, "dense copy of the matrix"));
    for (size_t i = 0; i < size; ++i) {
        for (size_t k = row_begin(matrix, i); k < row_begin(matrix, i + 1); ++k)
            view->copy[i * size + column_of(matrix, i, k)] = matrix->values[k];
        if (drop_self_loops) view->copy[i * size + i] = 0.0;
    }
    view->dense = view->copy;
    return QN_OK;
}

static qn_status check_shape(const qn_matrix *matrix)
{
    QN_REQUIRE(matrix->rows == matrix->columns, QN_BAD_VALUE, "the matrix has %zu rows and %zu columns; must be square",
               matrix->rows, matrix->columns);
    QN_REQUIRE(matrix->rows > 0 && matrix->rows <= UINT32_MAX, QN_BAD_VALUE,
               "the matrix has %zu units; allowed: 1 to %u", matrix->rows, UINT32_MAX);
    return QN_OK;
}

// More than `full` of all pairs must have an entry for a dense view.
static qn_status view_of(const qn_matrix *matrix, bool drop_self_loops, double full, qn_matrix_view *result)
{
    QN_TRY(check_shape(matrix));
    qn_matrix_view view = {.size = matrix->rows};
    QN_TRY(count(matrix, drop_self_loops, &view));
    const bool dense = (double)view.entries > full * (double)view.size * (double)view.size;
    const qn_status status =
        dense ? view_dense(matrix, drop_self_loops, &view) : view_sides(matrix, drop_self_loops, &view);
    if (status == QN_OK)
        *result = view;
    else
        qn_matrix_view_clear(&view);
    return status;
}

qn_status qn_matrix_view_of(const qn_matrix *matrix, bool drop_self_loops, qn_matrix_view *result)
{
    return view_of(matrix, drop_self_loops, 1.0 / DENSE_FROM, result);
}

qn_status qn_matrix_view_sparse_of(const qn_matrix *matrix, qn_matrix_view *result)
{
    return view_of(matrix, false, 2.0, result);
}

void qn_matrix_view_clear(qn_matrix_view *view)
{
    clear_side(&view->row);
    clear_side(&view->column);
    qn_release(view->copy);
    *view = (qn_matrix_view){0};
}

double qn_matrix_view_diagonal(const qn_matrix_view *view, size_t i)
{
    if (view->dense) return view->dense[i * view->size + i];
    for (size_t k = view->row.start[i]; k < view->row.start[i + 1]; ++k)
        if (view->row.index[k] == i) return view->row.value[k];
    return 0.0;
}

// In blocks of rows of the result that do not depend on the number of threads.
static void multiply_dense(const qn_matrix_view *view, bool transposed, size_t columns, const double *in, double *out)
{
    const size_t size = view->size, blocks = (size + BLOCK_ROWS - 1) / BLOCK_ROWS;
    qn_blas_single_thread();
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(blocks))
    for (size_t b = 0; b < blocks; ++b) {
        const size_t row = b * BLOCK_ROWS, rows = size - row < BLOCK_ROWS ? size - row : BLOCK_ROWS;
        cblas_dgemm(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, (int)rows, (int)columns,
                    (int)size, 1.0, view->dense + (transposed ? row : row * size), (int)size, in, (int)columns, 0.0,
                    out + row * columns, (int)columns);
    }
}

static void multiply_row(const qn_matrix_side *side, size_t i, size_t columns, const double *in, double *out)
{
    memset(out, 0, columns * sizeof *out);
    for (size_t k = side->start[i]; k < side->start[i + 1]; ++k) {
        const double value = side->value[k], *from = in + side->index[k] * columns;
        for (size_t c = 0; c < columns; ++c) out[c] += value * from[c];
    }
}

void qn_matrix_view_multiply(const qn_matrix_view *view, bool transposed, size_t columns, const double *in, double *out)
{
    if (view->dense) {
        multiply_dense(view, transposed, columns, in, out);
        return;
    }
    const qn_matrix_side *side = transposed ? &view->column : &view->row;
#pragma omp parallel for schedule(dynamic, 64) num_threads(qn_threads_for(1 + view->size / 64))
    for (size_t i = 0; i < view->size; ++i) multiply_row(side, i, columns, in, out + i * columns);
}

static void side_squares(const qn_matrix_side *side, size_t size, double *sums)
{
    for (size_t i = 0; i < size; ++i) {
        double sum = 0.0;
        for (size_t k = side->start[i]; k < side->start[i + 1]; ++k) sum += side->value[k] * side->value[k];
        sums[i] = sum;
    }
}

void qn_matrix_view_squares(const qn_matrix_view *view, double *rows, double *columns)
{
    if (!view->dense) {
        side_squares(&view->row, view->size, rows);
        side_squares(&view->column, view->size, columns);
        return;
    }
    memset(columns, 0, view->size * sizeof *columns);
    for (size_t i = 0; i < view->size; ++i) {
        const double *row = view->dense + i * view->size;
        double sum = 0.0;
        for (size_t j = 0; j < view->size; ++j) {
            const double square = row[j] * row[j];
            sum += square;
            columns[j] += square;
        }
        rows[i] = sum;
    }
}
