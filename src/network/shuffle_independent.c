// Matrices whose entries are independent of each other.
#include "network/shuffle_kinds.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "network/matrix_copy.h"

#include <math.h>

// Pairs that may have an entry, in order: all, or all but the diagonal where the matrix has no self-loops.
typedef struct {
    double count;
    size_t in_row;
    bool diagonal;
} pairs;

static pairs allowed(const qn_matrix_view *view)
{
    const bool diagonal = view->self_loops > 0 || view->size == 1;
    const size_t in_row = diagonal ? view->size : view->size - 1;
    return (pairs){(double)view->size * (double)in_row, in_row, diagonal};
}

static uint32_t column_of(const pairs *all, size_t row, size_t place)
{
    return (uint32_t)(place + (!all->diagonal && place >= row));
}

// Gaps between the pairs of a random graph are geometric. Returns how many there are; writes them where `rows` is
// given.
static size_t draw_graph(const qn_shuffle_task *task, const pairs *all, qn_matrix_side *rows)
{
    const qn_matrix_view *view = task->view;
    const double scale = 1.0 / log1p(-(double)view->entries / all->count);
    qn_draws gaps = {.stream = task->stream}, weights = {.stream = task->stream, .position = UINT64_C(1) << 60};
    size_t n = 0, row = 0;
    for (double place = -1.0;;) {
        place += 1.0 + floor(log(qn_draw_next(&gaps)) * scale);
        if (!(place < all->count)) break;
        const size_t pair = (size_t)place;
        if (rows) {
            for (; row < pair / all->in_row; ++row) rows->start[row + 1] = n;
            rows->index[n] = column_of(all, row, pair % all->in_row);
            rows->value[n] = view->row.value[qn_draw_below(&weights, view->entries)];
        }
        ++n;
    }
    for (; rows && row < view->size; ++row) rows->start[row + 1] = n;
    return n;
}

qn_status qn_shuffle_random_graph(const qn_shuffle_task *task, qn_matrix *result)
{
    const pairs all = allowed(task->view);
    const size_t entries = draw_graph(task, &all, NULL);
    qn_matrix_side rows;
    QN_TRY(qn_shuffle_reserve(task->view->size, entries, &rows));
    draw_graph(task, &all, &rows);
    return qn_shuffle_deliver(task, &rows, result);
}

qn_status qn_shuffle_gaussian(const qn_shuffle_task *task, qn_matrix *result)
{
    const qn_matrix_view *view = task->view;
    const pairs all = allowed(view);
    const size_t size = view->size;
    double mean = 0.0, square = 0.0;
    for (size_t k = 0; k < view->entries; ++k) mean += view->row.value[k] / all.count;
    for (size_t k = 0; k < view->entries; ++k) square += (view->row.value[k] - mean) * (view->row.value[k] - mean);
    const double deviation = sqrt((square + (all.count - (double)view->entries) * mean * mean) / all.count);
    qn_matrix made;
    QN_TRY(qn_matrix_new_dense(size, size, &made));
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(1 + size / 64))
    for (size_t i = 0; i < size; ++i) {
        double *row = made.values + i * size;
        qn_normal(&task->stream, (uint64_t)i * size, size, row);
        for (size_t j = 0; j < size; ++j) row[j] = mean + deviation * row[j];
        if (!all.diagonal) row[i] = 0.0;
    }
    *result = made;
    return QN_OK;
}
