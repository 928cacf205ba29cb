#include <quenched/singular_values.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "network/matrix_transpose.h"
#include "numerics/leading_singular.h"
#include "numerics/singular_decomposition.h"

#include <quenched/coupling.h>

#include <math.h>
#include <string.h>

enum { COMPLETE_TO = 2500, COUNT = 20, MOST_STEPS = 2000 };
static const double TOLERANCE = 1e-8;

// J as it is given or without its mean, and its transpose.
typedef struct {
    qn_coupling_operator *forward, *backward;
} both_ways;

static qn_coupling coupling_of(const qn_matrix *matrix, bool remove_mean)
{
    return (qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = matrix, .remove_mean = remove_mean};
}

static void product(bool transposed, size_t vectors, size_t stride, const double *in, double *out, const void *context)
{
    const both_ways *ways = context;
    qn_coupling_operator_apply(transposed ? ways->backward : ways->forward, vectors, stride, in, out);
}

static void destroy(both_ways *ways)
{
    qn_coupling_operator_destroy(ways->forward);
    qn_coupling_operator_destroy(ways->backward);
}

static qn_status create(const qn_matrix *matrix, bool remove_mean, both_ways *ways)
{
    qn_matrix transpose = {0};
    QN_TRY(qn_matrix_transpose(matrix, &transpose));
    const qn_coupling forward = coupling_of(matrix, remove_mean), backward = coupling_of(&transpose, remove_mean);
    qn_status status = qn_coupling_operator_create(&forward, matrix->rows, 0, 0, QN_PRECISION_DOUBLE, &ways->forward);
    if (status == QN_OK)
        status = qn_coupling_operator_create(&backward, matrix->rows, 0, 0, QN_PRECISION_DOUBLE, &ways->backward);
    qn_matrix_release_transpose(&transpose);
    return status;
}

static qn_singular_options with_defaults(const qn_singular_options *options, size_t size)
{
    qn_singular_options chosen = options ? *options : (qn_singular_options){0};
    if (chosen.complete_to == 0) chosen.complete_to = COMPLETE_TO;
    if (chosen.tolerance == 0.0) chosen.tolerance = TOLERANCE;
    if (chosen.most_steps == 0) chosen.most_steps = MOST_STEPS;
    if (chosen.count == 0) chosen.count = size <= chosen.complete_to || size < COUNT ? size : COUNT;
    return chosen;
}

// The least value that tolerance may have: what rounding leaves of residuals.
static const double LEAST_TOLERANCE = 1e-13;

static qn_status check(const qn_matrix *matrix, const qn_singular_options *options)
{
    const size_t size = matrix->rows;
    QN_REQUIRE(matrix->rows == matrix->columns, QN_BAD_VALUE, "the matrix has %zu rows and %zu columns; must be square",
               matrix->rows, matrix->columns);
    QN_REQUIRE(size > 0, QN_BAD_VALUE, "the matrix has 0 units; at least 1 is needed");
    QN_REQUIRE(options->count <= size, QN_BAD_VALUE, "%zu singular values asked for of a matrix of %zu units",
               options->count, size);
    QN_REQUIRE(options->tolerance >= LEAST_TOLERANCE && options->tolerance < 1.0, QN_BAD_VALUE,
               "tolerance of singular vectors: %g; allowed: %g to 1", options->tolerance, LEAST_TOLERANCE);
    const qn_coupling coupling = coupling_of(matrix, options->remove_mean);
    qn_coupling_statistics statistics;
    QN_TRY(qn_coupling_statistics_of(&coupling, size, &statistics));
    QN_REQUIRE(statistics.strength > 0.0 || statistics.mean != 0.0, QN_BAD_VALUE,
               "the matrix has no entries other than zero%s, of %zu units",
               options->remove_mean ? " once its mean is taken off" : "", size);
    return QN_OK;
}

static qn_status reserve(size_t size, size_t known, size_t count, qn_singular_values *found)
{
    *found = (qn_singular_values){.size = size, .known = known, .count = count, .effective_rank = NAN};
    QN_TRY(QN_NEW(&found->values, known, "singular values"));
    QN_TRY(QN_NEW(&found->left, count * size, "singular vectors"));
    QN_TRY(QN_NEW(&found->right, count * size, "singular vectors"));
    return QN_NEW(&found->residuals, count, "residuals");
}

// As operators are packed (coupling.h): dense where a third of the entries or more are there.
static void plan_products(const qn_matrix *matrix, qn_memory_plan *plan)
{
    const double size = (double)matrix->rows, entries = (double)matrix->entries;
    const double whole = 8.0 * size * size, listed = 12.0 * entries;
    const bool packed = !matrix->sparse || entries >= size * size / 3.0;
    qn_memory_plan_add(plan, "matrix and its transpose", 2.0, packed ? whole : listed);
    qn_memory_plan_add(plan, "transpose of the matrix", 1.0, matrix->sparse ? listed : whole);
}

static double participation(const qn_singular_values *found)
{
    double squares = 0.0, fourths = 0.0;
    for (size_t a = found->known; a-- > 0;) { // the small ones first
        const double square = found->values[a] * found->values[a] / (found->values[0] * found->values[0]);
        squares += square;
        fourths += square * square;
    }
    return squares * squares / ((double)found->size * fourths);
}

// J row by row is J^T to LAPACK, so its left vectors are our right ones.
static qn_status decompose_into(const qn_matrix *matrix, bool remove_mean, double *values, double *left, double *right)
{
    const size_t size = matrix->rows;
    const qn_coupling coupling = coupling_of(matrix, remove_mean);
    double *dense;
    QN_TRY(QN_NEW(&dense, size * size, "coupling matrix"));
    qn_status status = qn_coupling_draw(&coupling, size, 0, 0, dense);
    if (status == QN_OK) status = qn_singular_decompose(size, dense, values, right, left);
    qn_release(dense);
    return status;
}

static qn_status decompose(const qn_matrix *matrix, bool remove_mean, qn_singular_values *found)
{
    const size_t size = found->size, all = size * size, some = found->count * size;
    if (some == all) return decompose_into(matrix, remove_mean, found->values, found->left, found->right);
    double *vectors;
    QN_TRY(QN_NEW(&vectors, 2 * all, "singular vectors"));
    const qn_status status = decompose_into(matrix, remove_mean, found->values, vectors, vectors + all);
    if (status == QN_OK) {
        memcpy(found->left, vectors, some * sizeof(double));
        memcpy(found->right, vectors + all, some * sizeof(double));
    }
    qn_release(vectors);
    return status;
}

static qn_status find_complete(const qn_matrix *matrix, const qn_singular_options *options, qn_singular_values *found)
{
    const double size = (double)matrix->rows;
    const double vectors = options->count == matrix->rows ? 0.0 : 2.0 * size * (double)options->count;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "complete singular value decomposition", 3.0 * size * size, sizeof(double));
    qn_memory_plan_add(&plan, "workspace of it", qn_singular_workspace(matrix->rows), 1.0);
    qn_memory_plan_add(&plan, "singular vectors", vectors, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(reserve(matrix->rows, matrix->rows, options->count, found));
    QN_TRY(decompose(matrix, options->remove_mean, found));
    found->effective_rank = participation(found);
    both_ways ways = {0};
    qn_status status = create(matrix, options->remove_mean, &ways);
    const qn_product_operator of = {matrix->rows, product, &ways};
    if (status == QN_OK)
        status =
            qn_singular_residuals(&of, true, found->count, found->values, found->left, found->right, found->residuals);
    destroy(&ways);
    return status;
}

static qn_status find_leading(const qn_matrix *matrix, const qn_singular_options *options, const qn_progress *progress,
                              qn_singular_values *found)
{
    const size_t size = matrix->rows, count = options->count;
    qn_memory_plan plan = {0};
    plan_products(matrix, &plan);
    qn_memory_plan_add(&plan, "search for singular vectors", qn_leading_singular_bytes(size, count), 1.0);
    qn_memory_plan_add(&plan, "singular vectors", 2.0 * (double)count * (double)size, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(reserve(size, count, count, found));
    both_ways ways = {0};
    qn_status status = create(matrix, options->remove_mean, &ways);
    const qn_leading_problem problem = {.of = {size, product, &ways},
                                        .count = count,
                                        .tolerance = options->tolerance,
                                        .most_steps = options->most_steps,
                                        .start = {options->seed, QN_PURPOSE_SUBSPACE, 0}};
    if (status == QN_OK)
        status = qn_leading_singular(&problem, progress, found->values, found->left, found->right, &found->steps);
    if (status == QN_OK)
        status =
            qn_singular_residuals(&problem.of, true, count, found->values, found->left, found->right, found->residuals);
    destroy(&ways);
    return status;
}

static void fix_signs(qn_singular_values *found)
{
    const size_t size = found->size;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(found->count))
    for (size_t a = 0; a < found->count; ++a) {
        double *left = found->left + a * size, *right = found->right + a * size, largest = 0.0;
        for (size_t i = 0; i < size; ++i)
            if (fabs(left[i]) > fabs(largest)) largest = left[i];
        if (largest >= 0.0) continue;
        for (size_t i = 0; i < size; ++i) left[i] = -left[i];
        for (size_t i = 0; i < size; ++i) right[i] = -right[i];
    }
}

qn_status qn_singular_values_find(const qn_matrix *matrix, const qn_singular_options *options,
                                  const qn_progress *progress, qn_singular_values *result)
{
    const qn_singular_options chosen = with_defaults(options, matrix->rows);
    QN_TRY(check(matrix, &chosen));
    const bool complete = matrix->rows <= chosen.complete_to || chosen.count > qn_leading_singular_most(matrix->rows);
    qn_singular_values found = {0};
    const qn_status status =
        complete ? find_complete(matrix, &chosen, &found) : find_leading(matrix, &chosen, progress, &found);
    if (status != QN_OK) {
        qn_singular_values_clear(&found);
        return status;
    }
    for (size_t a = 0; a < found.count; ++a) found.worst_residual = fmax(found.worst_residual, found.residuals[a]);
    fix_signs(&found);
    *result = found;
    return QN_OK;
}

void qn_singular_values_clear(qn_singular_values *values)
{
    qn_release(values->values);
    qn_release(values->left);
    qn_release(values->right);
    qn_release(values->residuals);
    *values = (qn_singular_values){0};
}
