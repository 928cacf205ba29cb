// tr J^3 and tr (J J^T)^2 exactly.
#include "network/trace_parts.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"
#include "network/row_products.h"

#include <cblas.h>
#include <omp.h>

enum { BLOCK_ROWS = 64, BLOCKS_A_TICK = 16 };

// sum_jk J_ij J_jk J_ki of one i: column i is laid out in `laid` (all zero otherwise), then read by the rows j.
static double sparse_row(const qn_matrix_view *view, size_t i, double *laid)
{
    const qn_matrix_side *row = &view->row, *column = &view->column;
    double sum = 0.0;
    for (size_t e = column->start[i]; e < column->start[i + 1]; ++e) laid[column->index[e]] = column->value[e];
    for (size_t k = row->start[i]; k < row->start[i + 1]; ++k) {
        const size_t j = row->index[k];
        double product = 0.0;
        for (size_t e = row->start[j]; e < row->start[j + 1]; ++e) product += row->value[e] * laid[row->index[e]];
        sum += row->value[k] * product;
    }
    for (size_t e = column->start[i]; e < column->start[i + 1]; ++e) laid[column->index[e]] = 0.0;
    return sum;
}

static double dense_rows(const qn_matrix_view *view, size_t first, size_t rows, double *product)
{
    const size_t size = view->size;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)size, (int)size, 1.0,
                view->dense + first * size, (int)size, view->dense, (int)size, 0.0, product, (int)size);
    double sum = 0.0;
    for (size_t i = 0; i < rows; ++i)
        sum += cblas_ddot((int)size, product + i * size, 1, view->dense + first + i, (int)size);
    return sum;
}

static double block_sum(const qn_matrix_view *view, size_t first, double *room)
{
    const size_t rows = view->size - first < BLOCK_ROWS ? view->size - first : BLOCK_ROWS;
    if (view->dense) return dense_rows(view, first, rows, room);
    double sum = 0.0;
    for (size_t i = first; i < first + rows; ++i) sum += sparse_row(view, i, room);
    return sum;
}

static qn_status sum_blocks(const qn_matrix_view *view, size_t threads, double *room, double *sums,
                            qn_progress_meter *meter)
{
    const size_t blocks = (view->size + BLOCK_ROWS - 1) / BLOCK_ROWS, rows = view->dense ? BLOCK_ROWS : 1;
    qn_blas_single_thread();
    for (size_t from = 0; from < blocks; from += BLOCKS_A_TICK) {
        QN_TRY(qn_progress_meter_tick(meter, (double)from / (double)blocks, "third power of the matrix"));
        const size_t to = blocks - from < BLOCKS_A_TICK ? blocks : from + BLOCKS_A_TICK;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
        for (size_t b = from; b < to; ++b)
            sums[b] = block_sum(view, b * BLOCK_ROWS, room + (size_t)omp_get_thread_num() * rows * view->size);
    }
    return QN_OK;
}

static qn_status third_power(const qn_matrix_view *view, const qn_progress *progress, double *result)
{
    const size_t blocks = (view->size + BLOCK_ROWS - 1) / BLOCK_ROWS, threads = (size_t)qn_threads_for(blocks);
    const size_t places = threads * (view->dense ? BLOCK_ROWS : 1) * view->size;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "rows of J^2", (double)places, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    double *room = NULL, *sums = NULL;
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    qn_status status = QN_NEW(&room, places, "rows of J^2");
    if (status == QN_OK) status = QN_NEW(&sums, blocks, "sums over rows of J^3");
    if (status == QN_OK) status = sum_blocks(view, threads, room, sums, &meter);
    double sum = 0.0;
    for (size_t b = 0; status == QN_OK && b < blocks; ++b) sum += sums[b];
    qn_release(sums);
    qn_release(room);
    if (status == QN_OK) *result = sum;
    return status;
}

static qn_status fourth_power(const qn_matrix_view *view, const qn_progress *progress, double *result)
{
    qn_row_products products;
    QN_TRY(qn_row_products_find(view, 1, progress, &products));
    double sum = 0.0;
    for (size_t i = 0; i < view->size; ++i) sum += products.norm[i] * products.norm[i] + 2.0 * products.pairs[i];
    qn_row_products_clear(&products);
    *result = sum;
    return QN_OK;
}

static double dot(size_t count, const double *left, const double *right)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += left[i] * right[i];
    return sum;
}

// tr A B of rank x rank matrices.
static double trace_of(size_t rank, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < rank; ++i)
        for (size_t j = 0; j < rank; ++j) sum += a[i * rank + j] * b[j * rank + i];
    return sum;
}

// With P = V^T U:  tr (J - U V^T)^3 = tr J^3 - 3 tr V^T J^2 U + 3 tr (V^T J U) P - tr P^3.
static double less_in_third(const qn_reduced_matrix *matrix, const double *ju, const double *jtv, double *small)
{
    const size_t size = matrix->view->size, rank = matrix->rank, square = rank * rank;
    double *p = small, *vju = small + square, *p2 = small + 2 * square;
    qn_small_product(size, rank, matrix->right, rank, matrix->left, p);
    qn_small_product(size, rank, matrix->right, rank, ju, vju);
    for (size_t a = 0; a < rank; ++a)
        for (size_t b = 0; b < rank; ++b) {
            p2[a * rank + b] = 0.0;
            for (size_t c = 0; c < rank; ++c) p2[a * rank + b] += p[a * rank + c] * p[c * rank + b];
        }
    return -3.0 * dot(size * rank, jtv, ju) + 3.0 * trace_of(rank, vju, p) - trace_of(rank, p2, p);
}

// With W = J V - U V^T V / 2:  (J - U V^T)(J - U V^T)^T = J J^T - W U^T - U W^T. `w` comes in as J V.
static double less_in_fourth(const qn_reduced_matrix *matrix, double *w, double *jtu, double *jtw, double *small)
{
    const size_t size = matrix->view->size, rank = matrix->rank, square = rank * rank;
    double *gram = small, *ww = small + square, *uw = small + 2 * square;
    qn_small_product(size, rank, matrix->right, rank, matrix->right, gram);
    for (size_t i = 0; i < size; ++i)
        for (size_t a = 0; a < rank; ++a) w[i * rank + a] -= 0.5 * dot(rank, matrix->left + i * rank, gram + a * rank);
    qn_matrix_view_multiply(matrix->view, true, rank, matrix->left, jtu);
    qn_matrix_view_multiply(matrix->view, true, rank, w, jtw);
    qn_small_product(size, rank, matrix->left, rank, matrix->left, gram);
    qn_small_product(size, rank, w, rank, w, ww);
    qn_small_product(size, rank, matrix->left, rank, w, uw);
    return -4.0 * dot(size * rank, jtu, jtw) + 2.0 * (trace_of(rank, ww, gram) + trace_of(rank, uw, uw));
}

static qn_status reduce(const qn_reduced_matrix *matrix, qn_dear_traces *found)
{
    const size_t rank = matrix->rank, count = matrix->view->size * rank;
    double *room;
    QN_TRY(QN_NEW(&room, 4 * count + 3 * rank * rank, "matrix of low rank"));
    double *small = room + 4 * count;
    qn_matrix_view_multiply(matrix->view, false, rank, matrix->left, room);
    qn_matrix_view_multiply(matrix->view, true, rank, matrix->right, room + count);
    found->trace3 += less_in_third(matrix, room, room + count, small);
    qn_matrix_view_multiply(matrix->view, false, rank, matrix->right, room);
    found->fourth += less_in_fourth(matrix, room, room + count, room + 2 * count, small);
    qn_release(room);
    return QN_OK;
}

qn_status qn_dear_traces_sum(const qn_reduced_matrix *matrix, const qn_progress *progress, qn_dear_traces *result)
{
    qn_dear_traces found = {0};
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    qn_progress_part first = {&meter, 0.0, 0.5, NULL}, second = {&meter, 0.5, 1.0, NULL};
    const qn_progress third = qn_progress_of_part(&first), fourth = qn_progress_of_part(&second);
    QN_TRY(third_power(matrix->view, &third, &found.trace3));
    QN_TRY(fourth_power(matrix->view, &fourth, &found.fourth));
    if (matrix->rank > 0) QN_TRY(reduce(matrix, &found));
    *result = found;
    return QN_OK;
}
