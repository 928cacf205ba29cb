#include <quenched/heterogeneity.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/progress_meter.h"
#include "network/matrix_view.h"

#include <math.h>
#include <string.h>

// Sinkhorn's iteration on a_ij = (J_ij / largest)^2: rows r = w^2 and columns c = v^2 with their inverses, 0 where
// there is nothing to scale.
typedef struct {
    qn_matrix_view view; // of a
    double *squares;     // behind the view where it is dense
    double largest;
    double *row, *column, *inverse_row, *inverse_column, *sum; // size each; owned through `row`
    double receiving, sending;
    double kept, even; // a_ij becomes kept a_ij + even for pairs of a receiving and a sending unit
} balance;

static double largest_of(const qn_matrix *matrix)
{
    const size_t count = matrix->sparse ? matrix->entries : matrix->rows * matrix->columns;
    double largest = 0.0;
    for (size_t k = 0; k < count; ++k) largest = fmax(largest, fabs(matrix->values[k]));
    return largest;
}

static void square_all(size_t count, double largest, const double *from, double *to)
{
    for (size_t k = 0; k < count; ++k) to[k] = (from[k] / largest) * (from[k] / largest);
}

static qn_status take_squares(const qn_matrix *matrix, balance *work)
{
    qn_matrix_view *view = &work->view;
    QN_TRY(qn_matrix_view_of(matrix, false, view));
    work->largest = largest_of(matrix);
    if (!view->dense) {
        square_all(view->entries, work->largest, view->row.value, view->row.value);
        square_all(view->entries, work->largest, view->column.value, view->column.value);
        return QN_OK;
    }
    const size_t pairs = view->size * view->size;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "squares of the matrix", (double)pairs, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(QN_NEW(&work->squares, pairs, "squares of the matrix"));
    square_all(pairs, work->largest, view->dense, work->squares);
    view->dense = work->squares;
    return QN_OK;
}

static void clear(balance *work)
{
    qn_matrix_view_clear(&work->view);
    qn_release(work->squares);
    qn_release(work->row);
}

static double sum_of(size_t size, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < size; ++i) sum += values[i];
    return sum;
}

// out_i = sum_j a_ij inverse_j, or the same of the transposed; 0 for those that have no entry.
static void multiply(const balance *work, bool transposed, double *out)
{
    const double *inverse = transposed ? work->inverse_row : work->inverse_column;
    qn_matrix_view_multiply(&work->view, transposed, 1, inverse, out);
    const double evenly = work->even * sum_of(work->view.size, inverse);
    for (size_t i = 0; i < work->view.size; ++i) out[i] = out[i] > 0.0 ? work->kept * out[i] + evenly : 0.0;
}

static void invert(size_t size, const double *values, double *inverse)
{
    for (size_t i = 0; i < size; ++i) inverse[i] = values[i] > 0.0 ? 1.0 / values[i] : 0.0;
}

static qn_status begin(balance *work, double evened)
{
    const size_t size = work->view.size;
    QN_TRY(QN_NEW(&work->row, 5 * size, "scales of rows and columns"));
    work->column = work->row + size;
    work->inverse_row = work->row + 2 * size;
    work->inverse_column = work->row + 3 * size;
    work->sum = work->row + 4 * size;
    for (size_t i = 0; i < size; ++i) work->sum[i] = 1.0;
    qn_matrix_view_multiply(&work->view, false, 1, work->sum, work->row);
    qn_matrix_view_multiply(&work->view, true, 1, work->sum, work->column);
    for (size_t i = 0; i < size; ++i) {
        work->receiving += work->row[i] > 0.0;
        work->sending += work->column[i] > 0.0;
    }
    work->kept = 1.0 - evened;
    work->even = evened * sum_of(size, work->row) / (work->receiving * work->sending);
    for (size_t i = 0; i < size; ++i) work->column[i] = work->column[i] > 0.0 ? 1.0 : 0.0;
    invert(size, work->row, work->inverse_row);
    invert(size, work->column, work->inverse_column);
    return QN_OK;
}

// Columns onto their sums, then the free factor onto sum c = N, which keeps both sides in the range of numbers.
static void balance_columns(balance *work)
{
    const size_t size = work->view.size;
    multiply(work, true, work->column);
    const double factor = sum_of(size, work->column) / (double)size;
    for (size_t j = 0; j < size; ++j) work->column[j] /= factor;
    const double wanted = work->sending / (double)size; // c_j = sum_i a_ij / r_i times this
    for (size_t i = 0; i < size; ++i) work->row[i] *= factor * wanted;
    invert(size, work->row, work->inverse_row);
    invert(size, work->column, work->inverse_column);
}

typedef struct {
    double largest, summed; // relative deviations of rows
    size_t unbalanced;      // by more than 1 %
    bool drifted;           // a scale of one unit is 1e8 times that of another: they have no limit
} deviations;

static bool spans(size_t size, const double *values, double ratio)
{
    double smallest = INFINITY, largest = 0.0;
    for (size_t i = 0; i < size; ++i) {
        if (values[i] <= 0.0) continue;
        smallest = fmin(smallest, values[i]);
        largest = fmax(largest, values[i]);
    }
    return largest > ratio * smallest;
}

// How far rows are off while columns hold; leaves in `sum` the r that would balance them.
static deviations measure_rows(balance *work)
{
    const size_t size = work->view.size;
    const double wanted = work->receiving / (double)size;
    deviations found = {.drifted = spans(size, work->row, 1e16) || spans(size, work->column, 1e16)};
    multiply(work, false, work->sum);
    for (size_t i = 0; i < size; ++i) {
        work->sum[i] *= wanted;
        if (work->row[i] <= 0.0) continue;
        const double off = fabs(work->sum[i] / work->row[i] - 1.0);
        found.largest = fmax(found.largest, off);
        found.summed += off;
        found.unbalanced += off > 0.01;
    }
    return found;
}

// Where rows cannot be balanced their summed deviation stops falling: a hundred iterations for a thousandth are in
// vain.
static qn_status iterate(balance *work, const qn_heterogeneity_options *options, const qn_progress *progress,
                         qn_heterogeneity *found)
{
    enum { PATIENCE = 100 };
    const double tolerance = options->tolerance > 0.0 ? options->tolerance : 1e-8;
    const size_t most = options->iterations > 0 ? options->iterations : 2000, size = work->view.size;
    double before = INFINITY;
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    for (;;) {
        QN_TRY(qn_progress_meter_tick(&meter, (double)found->iterations / (double)most, "scales of rows and columns"));
        balance_columns(work);
        ++found->iterations;
        const deviations rows = measure_rows(work);
        found->imbalance = rows.largest;
        found->unbalanced = rows.unbalanced;
        found->converged = rows.largest <= tolerance;
        if (found->converged || rows.drifted || found->iterations >= most) return QN_OK;
        if (found->iterations % PATIENCE == 0) {
            if (rows.summed > 0.999 * before) return QN_OK;
            before = rows.summed;
        }
        memcpy(work->row, work->sum, size * sizeof *work->row);
        invert(size, work->row, work->inverse_row);
    }
}

// r and c as the sums are; a_ij then adds up to r_i over c_j / N.
static void take_sums(balance *work, qn_heterogeneity *found)
{
    const size_t size = work->view.size;
    for (size_t i = 0; i < size; ++i) work->sum[i] = 1.0;
    qn_matrix_view_multiply(&work->view, true, 1, work->sum, work->column);
    const double mean = sum_of(size, work->column) / (double)size;
    for (size_t j = 0; j < size; ++j) work->column[j] /= mean;
    invert(size, work->column, work->inverse_column);
    const deviations rows = measure_rows(work);
    found->imbalance = rows.largest;
    found->unbalanced = rows.unbalanced;
    found->converged = true;
}

static qn_scale_spread spread_of(size_t size, const double *scales, size_t count)
{
    qn_scale_spread found = {.smallest = INFINITY};
    double square = 0.0;
    for (size_t i = 0; i < size; ++i) {
        if (scales[i] <= 0.0) continue;
        found.mean += scales[i] / (double)count;
        found.smallest = fmin(found.smallest, scales[i]);
        found.largest = fmax(found.largest, scales[i]);
    }
    for (size_t i = 0; i < size; ++i)
        if (scales[i] > 0.0) square += (scales[i] - found.mean) * (scales[i] - found.mean);
    found.coefficient_of_variation = sqrt(square / (double)count) / found.mean;
    return found;
}

// <s^4> / <s^2>^2 over all units.
static double inverse_participation(size_t size, const double *scales)
{
    double squares = 0.0, fourths = 0.0;
    for (size_t i = 0; i < size; ++i) {
        const double square = scales[i] * scales[i];
        squares += square;
        fourths += square * square;
    }
    return (double)size * fourths / (squares * squares);
}

// 1 by the sums over columns, but for what was evened out.
static double rescaled_m2(const balance *work)
{
    const size_t size = work->view.size;
    qn_matrix_view_multiply(&work->view, false, 1, work->inverse_column, work->sum);
    double m2 = 0.0;
    for (size_t i = 0; i < size; ++i) m2 += work->sum[i] * work->inverse_row[i] / (double)size;
    return m2;
}

static void finish(const balance *work, double m2, qn_heterogeneity *found)
{
    const size_t size = work->view.size;
    for (size_t i = 0; i < size; ++i) {
        found->row_scale[i] = work->largest * sqrt(m2 * work->row[i]);
        found->column_scale[i] = sqrt(work->column[i]);
    }
    found->receiving = (size_t)work->receiving;
    found->sending = (size_t)work->sending;
    found->row = spread_of(size, found->row_scale, found->receiving);
    found->column = spread_of(size, found->column_scale, found->sending);
    found->inverse_effective_rank =
        inverse_participation(size, found->row_scale) + inverse_participation(size, found->column_scale) - 2.0;
}

static qn_status fit(const qn_matrix *matrix, const qn_heterogeneity_options *options, const qn_progress *progress,
                     balance *work, qn_heterogeneity *found)
{
    QN_TRY(take_squares(matrix, work));
    found->size = matrix->rows;
    QN_TRY(QN_NEW(&found->row_scale, found->size, "row scales"));
    QN_TRY(QN_NEW(&found->column_scale, found->size, "column scales"));
    QN_TRY(begin(work, options->evened));
    if (options->from_sums) {
        take_sums(work, found);
        finish(work, 1.0, found);
        return QN_OK;
    }
    QN_TRY(iterate(work, options, progress, found));
    finish(work, rescaled_m2(work), found);
    return QN_OK;
}

qn_status qn_heterogeneity_fit(const qn_matrix *matrix, const qn_heterogeneity_options *options,
                               const qn_progress *progress, qn_heterogeneity *result)
{
    const qn_heterogeneity_options defaults = {0}, *chosen = options ? options : &defaults;
    QN_REQUIRE(chosen->evened >= 0.0 && chosen->evened < 1.0, QN_BAD_VALUE, "evened is %g; allowed: 0 to below 1",
               chosen->evened);
    QN_REQUIRE(chosen->tolerance >= 0.0 && chosen->tolerance < 1.0, QN_BAD_VALUE,
               "tolerance is %g; allowed: 0 (the default) to below 1", chosen->tolerance);
    balance work = {0};
    qn_heterogeneity found = {0};
    const qn_status status = fit(matrix, chosen, progress, &work, &found);
    clear(&work);
    if (status == QN_OK)
        *result = found;
    else
        qn_heterogeneity_clear(&found);
    return status;
}

void qn_heterogeneity_clear(qn_heterogeneity *heterogeneity)
{
    if (heterogeneity == NULL) return;
    qn_release(heterogeneity->row_scale);
    qn_release(heterogeneity->column_scale);
    *heterogeneity = (qn_heterogeneity){0};
}
