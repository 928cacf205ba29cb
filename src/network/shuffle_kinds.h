/// The kinds of shuffles, one function each.
#pragma once
#include "network/matrix_view.h"

#include <quenched/random.h>
#include <quenched/shuffle.h>

/// Uniform deviates of a stream one after the other, from `position` on.
typedef struct {
    qn_stream stream;
    uint64_t position;
    size_t left;
    double buffer[1024];
} qn_draws;

double qn_draw_next(qn_draws *draws);
/// 0 ... count - 1, each as likely.
size_t qn_draw_below(qn_draws *draws, size_t count);

/// `view` is the matrix by rows and by columns (qn_matrix_view_sparse_of()); its arrays may be used up, except `row`.
typedef struct {
    const qn_matrix *matrix;
    qn_matrix_view *view;
    qn_stream stream;
    size_t rounds;
    const qn_progress *progress;
} qn_shuffle_task;

qn_status qn_shuffle_rewire(const qn_shuffle_task *task, qn_matrix *result);
qn_status qn_shuffle_random_graph(const qn_shuffle_task *task, qn_matrix *result);
qn_status qn_shuffle_gaussian(const qn_shuffle_task *task, qn_matrix *result);

/// A matrix of these rows, dense or sparse as the task's is; takes the arrays of `rows` or releases them.
qn_status qn_shuffle_deliver(const qn_shuffle_task *task, qn_matrix_side *rows, qn_matrix *result);
/// Room for `entries` in rows. Release with qn_shuffle_release() unless delivered.
qn_status qn_shuffle_reserve(size_t size, size_t entries, qn_matrix_side *rows);
void qn_shuffle_release(qn_matrix_side *rows);
