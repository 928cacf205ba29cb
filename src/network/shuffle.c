#include <quenched/shuffle.h>

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_copy.h"
#include "network/shuffle_kinds.h"

#include <math.h>
#include <string.h>

double qn_draw_next(qn_draws *draws)
{
    enum { COUNT = sizeof draws->buffer / sizeof *draws->buffer };
    if (draws->left == 0) {
        qn_uniform(&draws->stream, draws->position, COUNT, draws->buffer);
        draws->position += COUNT;
        draws->left = COUNT;
    }
    return draws->buffer[COUNT - draws->left--];
}

size_t qn_draw_below(qn_draws *draws, size_t count)
{
    const size_t drawn = (size_t)(qn_draw_next(draws) * (double)count);
    return drawn < count ? drawn : count - 1; // rounding up to count needs more than 2^52 of them
}

qn_status qn_shuffle_reserve(size_t size, size_t entries, qn_matrix_side *rows)
{
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "shuffled matrix", (double)entries, sizeof(double) + sizeof(uint32_t));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    qn_matrix_side fresh = {0};
    qn_status status = QN_NEW(&fresh.start, size + 1, "shuffled matrix");
    if (status == QN_OK) status = QN_NEW(&fresh.index, entries, "shuffled matrix");
    if (status == QN_OK) status = QN_NEW(&fresh.value, entries, "shuffled matrix");
    if (status == QN_OK)
        *rows = fresh;
    else
        qn_shuffle_release(&fresh);
    return status;
}

void qn_shuffle_release(qn_matrix_side *rows)
{
    qn_release(rows->start);
    qn_release(rows->index);
    qn_release(rows->value);
    *rows = (qn_matrix_side){0};
}

qn_status qn_shuffle_deliver(const qn_shuffle_task *task, qn_matrix_side *rows, qn_matrix *result)
{
    const size_t size = task->matrix->rows, entries = rows->start[size];
    qn_matrix made = {size, size, true, rows->value, entries, rows->start, rows->index};
    if (task->matrix->sparse) {
        *rows = (qn_matrix_side){0};
        *result = made;
        return QN_OK;
    }
    qn_matrix dense = {0};
    const qn_status status = qn_matrix_new_dense(size, size, &dense);
    for (size_t i = 0; status == QN_OK && i < size; ++i)
        for (size_t k = rows->start[i]; k < rows->start[i + 1]; ++k)
            dense.values[i * size + rows->index[k]] = rows->value[k];
    qn_shuffle_release(rows);
    if (status == QN_OK) *result = dense;
    return status;
}

static qn_status permute_weights(const qn_shuffle_task *task, qn_matrix *result)
{
    const qn_matrix_view *view = task->view;
    const size_t size = view->size, entries = view->entries;
    qn_matrix_side rows;
    QN_TRY(qn_shuffle_reserve(size, entries, &rows));
    memcpy(rows.start, view->row.start, (size + 1) * sizeof *rows.start);
    memcpy(rows.index, view->row.index, entries * sizeof *rows.index);
    memcpy(rows.value, view->row.value, entries * sizeof *rows.value);
    qn_draws draws = {.stream = task->stream};
    for (size_t k = entries; k > 1; --k) {
        const size_t other = qn_draw_below(&draws, k);
        const double kept = rows.value[k - 1];
        rows.value[k - 1] = rows.value[other];
        rows.value[other] = kept;
    }
    return qn_shuffle_deliver(task, &rows, result);
}

static void permutation(qn_draws *draws, size_t size, uint32_t *order)
{
    for (size_t i = 0; i < size; ++i) order[i] = (uint32_t)i;
    for (size_t k = size; k > 1; --k) {
        const size_t other = qn_draw_below(draws, k);
        const uint32_t kept = order[k - 1];
        order[k - 1] = order[other];
        order[other] = kept;
    }
}

// Row i of the result is row from[i]; column j goes to to[j].
static void permute(const qn_matrix_view *view, const uint32_t *from, const uint32_t *to, qn_matrix_side *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < view->size; ++i) {
        for (size_t k = view->row.start[from[i]]; k < view->row.start[from[i] + 1]; ++k) {
            rows->index[n] = to[view->row.index[k]];
            rows->value[n++] = view->row.value[k];
        }
        rows->start[i + 1] = n;
    }
}

static qn_status permute_units(const qn_shuffle_task *task, qn_matrix *result)
{
    const size_t size = task->view->size;
    uint32_t *orders;
    QN_TRY(QN_NEW(&orders, 2 * size, "order of units"));
    qn_matrix_side rows;
    const qn_status status = qn_shuffle_reserve(size, task->view->entries, &rows);
    if (status == QN_OK) {
        qn_draws draws = {.stream = task->stream};
        permutation(&draws, size, orders);
        permutation(&draws, size, orders + size);
        permute(task->view, orders, orders + size, &rows);
        // There and back again: entries are in order within their rows.
        qn_matrix_side_transpose(size, &rows, &task->view->column);
        qn_matrix_side_transpose(size, &task->view->column, &rows);
    }
    qn_release(orders);
    return status == QN_OK ? qn_shuffle_deliver(task, &rows, result) : status;
}

static void count_row(const qn_matrix *matrix, size_t i, uint32_t *mark, size_t *entries, size_t *common)
{
    const size_t begin = matrix->sparse ? matrix->row_start[i] : i * matrix->columns;
    const size_t end = matrix->sparse ? matrix->row_start[i + 1] : begin + matrix->columns;
    for (size_t k = begin; k < end; ++k) {
        const size_t j = matrix->sparse ? matrix->column[k] : k - begin;
        if (matrix->values[k] == 0.0) continue;
        ++*entries;
        *common += i != j && mark[j] == i + 1;
    }
}

static qn_status compare(const qn_shuffle_task *task, bool rewired, const qn_matrix *result, qn_shuffle_report *report)
{
    const qn_matrix_side *row = &task->view->row;
    const size_t size = task->view->size;
    uint32_t *mark, *outputs;
    QN_TRY(QN_NEW(&mark, 2 * size, "comparison of matrices"));
    outputs = mark + size;
    qn_shuffle_report found = {.kept_by_chance = NAN};
    double pairs = 0.0, inputs_squared = 0.0, outputs_squared = 0.0;
    size_t common = 0;
    for (size_t i = 0; i < size; ++i) {
        double inputs = 0.0;
        for (size_t k = row->start[i]; k < row->start[i + 1]; ++k) {
            mark[row->index[k]] = (uint32_t)i + 1;
            outputs[row->index[k]] += row->index[k] != i;
            inputs += row->index[k] != i;
        }
        pairs += inputs;
        inputs_squared += inputs * inputs;
        count_row(result, i, mark, &found.entries, &common);
    }
    for (size_t j = 0; j < size; ++j) outputs_squared += (double)outputs[j] * (double)outputs[j];
    qn_release(mark);
    found.kept = pairs > 0.0 ? (double)common / pairs : NAN;
    if (rewired && pairs > 0.0) found.kept_by_chance = inputs_squared * outputs_squared / (pairs * pairs * pairs);
    *report = found;
    return QN_OK;
}

static qn_status shuffled(const qn_shuffle_task *task, qn_shuffle_kind kind, qn_matrix *result)
{
    switch (kind) {
    case QN_SHUFFLE_WEIGHTS: return permute_weights(task, result);
    case QN_SHUFFLE_REWIRE: return qn_shuffle_rewire(task, result);
    case QN_SHUFFLE_SINGULAR_VECTORS: return permute_units(task, result);
    case QN_SHUFFLE_RANDOM_GRAPH: return qn_shuffle_random_graph(task, result);
    case QN_SHUFFLE_GAUSSIAN: return qn_shuffle_gaussian(task, result);
    }
    return qn_fail(QN_BAD_VALUE, "shuffle.kind is %d; allowed: 0 to %d", (int)kind, (int)QN_SHUFFLE_GAUSSIAN);
}

qn_status qn_shuffle(const qn_matrix *matrix, const qn_shuffle_options *options, const qn_progress *progress,
                     qn_matrix *result, qn_shuffle_report *report)
{
    const qn_shuffle_options chosen = options ? *options : (qn_shuffle_options){0};
    qn_matrix_view view;
    QN_TRY(qn_matrix_view_sparse_of(matrix, &view));
    const qn_shuffle_task task = {.matrix = matrix,
                                  .view = &view,
                                  .stream = {chosen.seed, QN_PURPOSE_SHUFFLE, chosen.index},
                                  .rounds = chosen.rounds > 0 ? chosen.rounds : 30,
                                  .progress = progress};
    qn_matrix made = {0};
    qn_shuffle_report found;
    qn_status status = shuffled(&task, chosen.kind, &made);
    if (status == QN_OK && report) status = compare(&task, chosen.kind == QN_SHUFFLE_REWIRE, &made, &found);
    qn_matrix_view_clear(&view);
    if (status != QN_OK) {
        qn_matrix_clear(&made);
        return status;
    }
    *result = made;
    if (report) *report = found;
    return QN_OK;
}
