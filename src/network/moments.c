#include <quenched/moments.h>

#include "base/fail.h"
#include "base/memory.h"
#include "network/trace_parts.h"

#include <cblas.h>
#include <math.h>

enum { BLAS_SPEED = 40 }; // products by BLAS in the time of a scattered one

static double cost_of(const qn_matrix_view *view)
{
    const double n = (double)view->size;
    if (view->dense) return 2.0 * n * n * n / BLAS_SPEED;
    double cost = 0.0;
    for (size_t i = 0; i < view->size; ++i) {
        const double row = (double)(view->row.start[i + 1] - view->row.start[i]);
        const double column = (double)(view->column.start[i + 1] - view->column.start[i]);
        cost += column * (0.5 * column + row);
    }
    return cost;
}

double qn_moments_cost(const qn_matrix *matrix)
{
    qn_matrix_view view;
    if (qn_matrix_view_of(matrix, false, &view) != QN_OK) return 0.0;
    const double cost = cost_of(&view);
    qn_matrix_view_clear(&view);
    return cost;
}

static qn_status check(const qn_moments_options *options)
{
    QN_REQUIRE(options->method <= QN_MOMENTS_ESTIMATED, QN_BAD_VALUE, "moments.method is %d; allowed: 0 to %d",
               (int)options->method, (int)QN_MOMENTS_ESTIMATED);
    QN_REQUIRE(options->rank == 0 || (options->left && options->right), QN_BAD_VALUE,
               "moments.rank is %zu, but moments.left or moments.right is missing", options->rank);
    QN_REQUIRE(options->limit >= 0.0, QN_BAD_VALUE, "moments.limit is %g; allowed: 0 (the default) or more",
               options->limit);
    QN_REQUIRE(options->probes == 0 || options->probes >= 8, QN_BAD_VALUE,
               "moments.probes is %zu; allowed: 0 (the default) or at least 8, for an error bar", options->probes);
    return QN_OK;
}

static qn_moments_options with_defaults(const qn_moments_options *options, size_t size)
{
    qn_moments_options chosen = options ? *options : (qn_moments_options){0};
    if (chosen.limit == 0.0) chosen.limit = 3e10;
    if (chosen.probes == 0) chosen.probes = 64;
    if (chosen.leading == 0) chosen.leading = 32;
    if (chosen.leading > size / 4) chosen.leading = size / 4;
    return chosen;
}

void qn_small_product(size_t rows, size_t rank_left, const double *left, size_t rank_right, const double *right,
                      double *out)
{
    for (size_t a = 0; a < rank_left * rank_right; ++a) out[a] = 0.0;
    for (size_t i = 0; i < rows; ++i)
        for (size_t a = 0; a < rank_left; ++a)
            for (size_t b = 0; b < rank_right; ++b)
                out[a * rank_right + b] += left[i * rank_left + a] * right[i * rank_right + b];
}

static double sum_of_entries(const qn_matrix_view *view)
{
    double sum = 0.0;
    for (size_t i = 0; i < view->size; ++i) {
        const size_t count = view->dense ? view->size : view->row.start[i + 1] - view->row.start[i];
        const double *value = view->dense ? view->dense + i * view->size : view->row.value + view->row.start[i];
        double row = 0.0;
        for (size_t k = 0; k < count; ++k) row += value[k];
        sum += row;
    }
    return sum;
}

// The mean is one more column: c 1 1^T.
static qn_status take_off(const qn_moments_options *options, qn_reduced_matrix *matrix)
{
    const size_t size = matrix->view->size, given = options->rank, rank = given + options->remove_mean;
    matrix->rank = rank;
    if (rank == 0) return QN_OK;
    QN_TRY(QN_NEW(&matrix->left, 2 * size * rank, "matrix of low rank"));
    matrix->right = matrix->left + size * rank;
    const double n = (double)size, mean = options->remove_mean ? sum_of_entries(matrix->view) / (n * n) : 0.0;
    for (size_t i = 0; i < size; ++i) {
        for (size_t a = 0; a < given; ++a) {
            matrix->left[i * rank + a] = options->left[i * given + a];
            matrix->right[i * rank + a] = options->right[i * given + a];
        }
        if (!options->remove_mean) continue;
        matrix->left[i * rank + given] = mean;
        matrix->right[i * rank + given] = 1.0;
    }
    return QN_OK;
}

static double dot(size_t count, const double *left, const double *right)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += left[i] * right[i];
    return sum;
}

// sum_j (J_ij - left_i . right_j)^2 from sum_j J_ij^2, (J right)_i and right^T right; `gram` is that of the other side.
static void reduce_squares(size_t size, size_t rank, const double *own, const double *product, const double *gram,
                           double *squares)
{
    for (size_t i = 0; i < size; ++i) {
        const double *u = own + i * rank;
        double change = -2.0 * dot(rank, u, product + i * rank);
        for (size_t a = 0; a < rank; ++a) change += u[a] * dot(rank, gram + a * rank, u);
        const double reduced = squares[i] + change;
        squares[i] = reduced > 1e-14 * squares[i] ? reduced : 0.0; // less is rounding
    }
}

static double reciprocal_sum(const qn_matrix_view *view)
{
    const size_t size = view->size;
    double sum = 0.0;
    for (size_t i = 0; i < size; ++i) {
        if (view->dense) {
            sum += cblas_ddot((int)size, view->dense + i * size, 1, view->dense + i, (int)size);
            continue;
        }
        size_t r = view->row.start[i], c = view->column.start[i];
        while (r < view->row.start[i + 1] && c < view->column.start[i + 1]) {
            if (view->row.index[r] == view->column.index[c]) sum += view->row.value[r] * view->column.value[c];
            const bool forward = view->row.index[r] <= view->column.index[c];
            c += view->column.index[c] <= view->row.index[r];
            r += forward;
        }
    }
    return sum;
}

// tr (J - U V^T) = tr J - tr V^T U,  tr (J - U V^T)^2 = tr J^2 - 2 tr V^T J U + tr (V^T U)^2; `squares` holds 2 size.
static void find_cheap(const qn_reduced_matrix *matrix, const double *product, const double *back, double *squares,
                       double *gram, qn_moments *found)
{
    const size_t size = matrix->view->size, rank = matrix->rank;
    const double n = (double)size;
    double *rows = squares, *columns = squares + size;
    double trace = 0.0, diagonal = 0.0;
    for (size_t i = 0; i < size; ++i) {
        double value = qn_matrix_view_diagonal(matrix->view, i);
        for (size_t a = 0; a < rank; ++a) value -= matrix->left[i * rank + a] * matrix->right[i * rank + a];
        trace += value;
        diagonal += value * value;
    }
    double second = reciprocal_sum(matrix->view);
    qn_matrix_view_squares(matrix->view, rows, columns);
    if (rank > 0) {
        qn_small_product(size, rank, matrix->right, rank, matrix->left, gram);
        for (size_t a = 0; a < rank; ++a)
            for (size_t b = 0; b < rank; ++b) second += gram[a * rank + b] * gram[b * rank + a];
        // tr V^T J U = sum_i (J^T V)_i . U_i
        second -= 2.0 * dot(size * rank, back, matrix->left);
        qn_small_product(size, rank, matrix->right, rank, matrix->right, gram);
        reduce_squares(size, rank, matrix->left, product, gram, rows);
        qn_small_product(size, rank, matrix->left, rank, matrix->left, gram);
        qn_matrix_view_multiply(matrix->view, true, rank, matrix->left, squares + 2 * size);
        reduce_squares(size, rank, matrix->right, squares + 2 * size, gram, columns);
    }
    double sum = 0.0, matched = 0.0;
    for (size_t i = 0; i < size; ++i) {
        sum += rows[i];
        matched += rows[i] * columns[i];
    }
    found->trace[0] = trace / n;
    found->trace[1] = second / n;
    found->diagonal_square = diagonal / n;
    found->m2 = sum / n;
    found->matched_m2 = sum > 0.0 ? matched / sum : 0.0;
}

static qn_status cheap(const qn_reduced_matrix *matrix, qn_moments *found)
{
    const size_t size = matrix->view->size, rank = matrix->rank;
    double *room;
    QN_TRY(QN_NEW(&room, size * (2 + 3 * rank) + rank * rank + 1, "sums of squares"));
    double *product = room + 2 * size + size * rank, *back = product + size * rank;
    if (rank > 0) {
        qn_matrix_view_multiply(matrix->view, false, rank, matrix->right, product);
        qn_matrix_view_multiply(matrix->view, true, rank, matrix->right, back);
    }
    find_cheap(matrix, product, back, room, back + size * rank, found);
    qn_release(room);
    return QN_OK;
}

static qn_status find(const qn_matrix_view *view, const qn_moments_options *chosen, const qn_progress *progress,
                      qn_reduced_matrix *matrix, qn_moments *found)
{
    const double n = (double)view->size;
    QN_TRY(take_off(chosen, matrix));
    QN_TRY(cheap(matrix, found));
    found->cost = cost_of(view);
    found->estimated =
        chosen->method == QN_MOMENTS_ESTIMATED || (chosen->method == QN_MOMENTS_AUTO && found->cost > chosen->limit);
    qn_dear_traces dear;
    QN_TRY(found->estimated ? qn_dear_traces_estimate(matrix, chosen, progress, &dear)
                            : qn_dear_traces_sum(matrix, progress, &dear));
    found->trace[2] = dear.trace3 / n;
    found->trace3_error = dear.trace3_error / n;
    found->m4 = dear.fourth / n;
    found->m4_error = dear.fourth_error / n;
    const double unit = found->m2 * found->m2;
    QN_REQUIRE(isfinite(found->m4) && isfinite(found->trace[2]), QN_BAD_VALUE,
               "the moments of the matrix leave the range of numbers: m2 is %g, m4 is %g; scale the matrix", found->m2,
               found->m4);
    found->inverse_effective_rank = unit > 0.0 ? found->m4 / unit - 2.0 : NAN;
    found->inverse_effective_rank_error = unit > 0.0 ? found->m4_error / unit : NAN;
    return QN_OK;
}

qn_status qn_moments_find(const qn_matrix *matrix, const qn_moments_options *options, const qn_progress *progress,
                          qn_moments *result)
{
    if (options) QN_TRY(check(options));
    const qn_moments_options chosen = with_defaults(options, matrix->rows);
    qn_matrix_view view;
    QN_TRY(qn_matrix_view_of(matrix, chosen.drop_self_loops, &view));
    qn_moments found = {.size = view.size};
    qn_reduced_matrix reduced = {.view = &view};
    const qn_status status = find(&view, &chosen, progress, &reduced, &found);
    qn_release(reduced.left);
    qn_matrix_view_clear(&view);
    if (status == QN_OK) *result = found;
    return status;
}
