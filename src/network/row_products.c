#include "network/row_products.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"

#include <cblas.h>
#include <omp.h>

enum { BLOCK_ROWS = 64, BLOCKS_A_TICK = 16 };

// What a thread works in. Sparse: a row of J J^T, the last row that touched each of its entries (from 1 on), and the
// list of those touched. Dense: BLOCK_ROWS of its rows.
typedef struct {
    double *product;
    uint32_t *last, *touched;
} scratch;

// Rows l > i of column j come last: from the back, until row i itself.
static size_t scatter(const qn_matrix_view *view, size_t i, const scratch *work)
{
    const qn_matrix_side *row = &view->row, *column = &view->column;
    const uint32_t mark = (uint32_t)i + 1;
    size_t touched = 0;
    for (size_t k = row->start[i]; k < row->start[i + 1]; ++k) {
        const size_t begin = column->start[row->index[k]];
        const double value = row->value[k];
        for (size_t e = column->start[row->index[k] + 1]; e-- > begin && column->index[e] > i;) {
            const uint32_t l = column->index[e];
            const double product = value * column->value[e];
            if (work->last[l] == mark) {
                work->product[l] += product;
                continue;
            }
            work->last[l] = mark;
            work->product[l] = product;
            work->touched[touched++] = l;
        }
    }
    return touched;
}

static void sparse_row(const qn_matrix_view *view, size_t i, const scratch *work, qn_row_products *out)
{
    const qn_matrix_side *row = &view->row;
    double *pairs = out->pairs + i * out->groups;
    for (size_t k = row->start[i]; k < row->start[i + 1]; ++k) out->norm[i] += row->value[k] * row->value[k];
    const size_t touched = scatter(view, i, work);
    for (size_t t = 0; t < touched; ++t) {
        const uint32_t l = work->touched[t];
        pairs[l % (uint32_t)out->groups] += work->product[l] * work->product[l];
    }
}

static void dense_rows(const qn_matrix_view *view, size_t first, size_t end, const scratch *work, qn_row_products *out)
{
    const size_t size = view->size, rest = size - first;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(end - first), (int)rest, (int)size, 1.0,
                view->dense + first * size, (int)size, view->dense + first * size, (int)size, 0.0, work->product,
                (int)rest);
    for (size_t i = first; i < end; ++i) {
        const double *row = work->product + (i - first) * rest;
        double *pairs = out->pairs + i * out->groups;
        out->norm[i] = row[i - first];
        for (size_t l = i + 1; l < size; ++l) pairs[l % out->groups] += row[l - first] * row[l - first];
    }
}

static qn_status reserve(const qn_matrix_view *view, size_t threads, qn_row_products *out, scratch *all)
{
    const size_t size = view->size, rows = view->dense ? BLOCK_ROWS : 1;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "sums over rows of J J^T", (double)size, (double)(out->groups + 1) * sizeof(double));
    qn_memory_plan_add(&plan, "rows of J J^T", (double)(size * threads),
                       (double)rows * (sizeof(double) + 2 * sizeof(uint32_t)));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(QN_NEW(&out->norm, size, "sums over rows of J J^T"));
    QN_TRY(QN_NEW(&out->pairs, size * out->groups, "sums over rows of J J^T"));
    QN_TRY(QN_NEW(&all->product, threads * rows * size, "rows of J J^T"));
    if (view->dense) return QN_OK;
    QN_TRY(QN_NEW(&all->last, threads * size, "rows of J J^T"));
    return QN_NEW(&all->touched, threads * size, "rows of J J^T");
}

static scratch of_thread(const qn_matrix_view *view, const scratch *all)
{
    const size_t thread = (size_t)omp_get_thread_num();
    if (view->dense) return (scratch){.product = all->product + thread * BLOCK_ROWS * view->size};
    const size_t first = thread * view->size;
    return (scratch){all->product + first, all->last + first, all->touched + first};
}

static void find_block(const qn_matrix_view *view, size_t first, const scratch *all, qn_row_products *out)
{
    const size_t end = view->size - first < BLOCK_ROWS ? view->size : first + BLOCK_ROWS;
    const scratch work = of_thread(view, all);
    if (view->dense) {
        dense_rows(view, first, end, &work, out);
        return;
    }
    for (size_t i = first; i < end; ++i) sparse_row(view, i, &work, out);
}

static qn_status find(const qn_matrix_view *view, size_t threads, const qn_progress *progress, const scratch *all,
                      qn_row_products *out)
{
    const size_t blocks = (view->size + BLOCK_ROWS - 1) / BLOCK_ROWS;
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    qn_blas_single_thread();
    for (size_t from = 0; from < blocks; from += BLOCKS_A_TICK) {
        const double done = (double)from / (double)blocks; // early rows have more rows after them
        QN_TRY(qn_progress_meter_tick(&meter, done * (2.0 - done), "moments of the matrix"));
        const size_t to = blocks - from < BLOCKS_A_TICK ? blocks : from + BLOCKS_A_TICK;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
        for (size_t b = from; b < to; ++b) find_block(view, b * BLOCK_ROWS, all, out);
    }
    return QN_OK;
}

qn_status qn_row_products_find(const qn_matrix_view *view, size_t groups, const qn_progress *progress,
                               qn_row_products *result)
{
    const size_t threads = (size_t)qn_threads_for((view->size + BLOCK_ROWS - 1) / BLOCK_ROWS);
    qn_row_products out = {.size = view->size, .groups = groups};
    scratch all = {0};
    qn_status status = reserve(view, threads, &out, &all);
    if (status == QN_OK) status = find(view, threads, progress, &all, &out);
    qn_release(all.product);
    qn_release(all.last);
    qn_release(all.touched);
    if (status == QN_OK)
        *result = out;
    else
        qn_row_products_clear(&out);
    return status;
}

void qn_row_products_clear(qn_row_products *products)
{
    qn_release(products->norm);
    qn_release(products->pairs);
    *products = (qn_row_products){0};
}
