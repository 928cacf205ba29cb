#include <quenched/connectivity.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"

#include <math.h>
#include <omp.h>

enum { GROUPS = 20, BLOCK = 1024 };

// Entries by rows and by columns. `start[i] ... start[i + 1]` are those of row (column) i.
typedef struct {
    size_t *start;
    uint32_t *index;
    double *value;
} side;

// What a row of J J^T adds: the square of its diagonal, of the rest, and of the rest within the row's own group.
typedef struct {
    double norm, rest, within;
} row_sums;

typedef struct {
    size_t size, groups, threads;
    side row, column;
    row_sums *sums;
    double *product; // threads * size, all zero between rows
} workspace;

static void clear(workspace *work)
{
    qn_release(work->row.start);
    qn_release(work->row.index);
    qn_release(work->row.value);
    qn_release(work->column.start);
    qn_release(work->column.index);
    qn_release(work->column.value);
    qn_release(work->sums);
    qn_release(work->product);
}

static size_t row_begin(const qn_matrix *matrix, size_t i)
{
    return matrix->sparse ? matrix->row_start[i] : i * matrix->columns;
}

static size_t column_of(const qn_matrix *matrix, size_t i, size_t k)
{
    return matrix->sparse ? matrix->column[k] : k - i * matrix->columns;
}

static qn_status count(const qn_matrix *matrix, const qn_connectivity_options *options, qn_connectivity *found)
{
    for (size_t i = 0; i < matrix->rows; ++i)
        for (size_t k = row_begin(matrix, i); k < row_begin(matrix, i + 1); ++k) {
            if (matrix->values[k] == 0.0) continue;
            const bool loop = column_of(matrix, i, k) == i;
            found->self_loops += loop;
            found->entries += !(loop && options->drop_self_loops);
        }
    QN_REQUIRE(found->entries > 0, QN_BAD_VALUE, "the matrix has no entries other than zero%s, of %zu units",
               options->drop_self_loops && found->self_loops ? " off the diagonal" : "", matrix->rows);
    return QN_OK;
}

static qn_status reserve(workspace *work, size_t entries)
{
    const double size = (double)work->size;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "matrix by rows and by columns", 2.0 * (double)entries,
                       sizeof(double) + sizeof(uint32_t));
    qn_memory_plan_add(&plan, "sums of rows", size, sizeof(row_sums) + 2 * sizeof(size_t));
    qn_memory_plan_add(&plan, "rows of J J^T", size * (double)work->threads, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(QN_NEW(&work->row.start, work->size + 1, "row starts"));
    QN_TRY(QN_NEW(&work->row.index, entries, "matrix by rows"));
    QN_TRY(QN_NEW(&work->row.value, entries, "matrix by rows"));
    QN_TRY(QN_NEW(&work->column.start, work->size + 1, "column starts"));
    QN_TRY(QN_NEW(&work->column.index, entries, "matrix by columns"));
    QN_TRY(QN_NEW(&work->column.value, entries, "matrix by columns"));
    QN_TRY(QN_NEW(&work->sums, work->size, "sums of rows"));
    return QN_NEW(&work->product, work->size * work->threads, "rows of J J^T");
}

static void fill_rows(const qn_matrix *matrix, bool drop_self_loops, side *row)
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

// Counting sort: within a column, rows increase.
static void fill_columns(size_t size, const side *row, side *column)
{
    const size_t entries = row->start[size];
    for (size_t k = 0; k < entries; ++k) ++column->start[row->index[k] + 1];
    for (size_t j = 0; j < size; ++j) column->start[j + 1] += column->start[j];
    for (size_t i = 0; i < size; ++i)
        for (size_t k = row->start[i]; k < row->start[i + 1]; ++k) {
            const size_t to = column->start[row->index[k]]++;
            column->index[to] = (uint32_t)i;
            column->value[to] = row->value[k];
        }
    for (size_t j = size; j > 0; --j) column->start[j] = column->start[j - 1];
    column->start[0] = 0;
}

static row_sums sums_of_row(const workspace *work, size_t i, double *product)
{
    for (size_t k = work->row.start[i]; k < work->row.start[i + 1]; ++k) {
        const size_t j = work->row.index[k];
        const double value = work->row.value[k];
        for (size_t l = work->column.start[j]; l < work->column.start[j + 1]; ++l)
            product[work->column.index[l]] += value * work->column.value[l];
    }
    row_sums sums = {.norm = product[i]};
    product[i] = 0.0;
    for (size_t l = 0; l < work->size; ++l) sums.rest += product[l] * product[l];
    for (size_t l = i % work->groups; l < work->size; l += work->groups) sums.within += product[l] * product[l];
    for (size_t l = 0; l < work->size; ++l) product[l] = 0.0;
    return sums;
}

static qn_status sum_rows(const workspace *work, const qn_progress *progress)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    for (size_t first = 0; first < work->size; first += BLOCK) {
        QN_TRY(qn_progress_meter_tick(&meter, (double)first / (double)work->size, "moments of the matrix"));
        const size_t last = first + BLOCK < work->size ? first + BLOCK : work->size;
#pragma omp parallel for schedule(dynamic, 16) num_threads((int)work->threads)
        for (size_t i = first; i < last; ++i)
            work->sums[i] = sums_of_row(work, i, work->product + (size_t)omp_get_thread_num() * work->size);
    }
    return QN_OK;
}

// m4 of N units from n rows: pairs of rows count as if all N were there.
static double inverse_rank(double n, double size, double norm, double square, double rest)
{
    const double m2 = norm / n, m4 = square / n + (size - 1.0) * rest / (n * (n - 1.0));
    return m4 / (m2 * m2) - 2.0;
}

// Rows are left out, not columns, so that the estimate without a group keeps its expectation: sums over rows and over
// pairs of rows are scaled to all N each.
static double jackknife_error(const workspace *work, row_sums total, double square, double size)
{
    double mean = 0.0, spread = 0.0;
    double without[GROUPS];
    for (size_t g = 0; g < work->groups; ++g) {
        double norm = total.norm, squares = square, rest = total.rest, n = size;
        for (size_t i = g; i < work->size; i += work->groups) {
            const row_sums *sums = &work->sums[i];
            norm -= sums->norm;
            squares -= sums->norm * sums->norm;
            rest -= 2.0 * sums->rest - sums->within;
            n -= 1.0;
        }
        without[g] = inverse_rank(n, size, norm, squares, rest);
        mean += without[g] / (double)work->groups;
    }
    for (size_t g = 0; g < work->groups; ++g) spread += (without[g] - mean) * (without[g] - mean);
    return sqrt(spread * ((double)work->groups - 1.0) / (double)work->groups);
}

static void count_silent(const workspace *work, bool drop, qn_connectivity *found)
{
    for (size_t i = 0; i < work->size; ++i) {
        const bool row = work->row.start[i + 1] == work->row.start[i];
        const bool column = work->column.start[i + 1] == work->column.start[i];
        found->silent_rows += row;
        found->silent_columns += column;
        found->dropped += drop && row && column;
    }
    found->size = work->size - found->dropped;
}

static double dot(size_t size, const double *left, const double *right)
{
    double sum = 0.0;
    for (size_t i = 0; i < size; ++i) sum += left[i] * right[i];
    return sum;
}

// Sums over rows, over columns, and J^T applied to the former.
static void multiply_ones(const workspace *work, double *rows, double *columns, double *back)
{
    for (size_t i = 0; i < work->size; ++i)
        for (size_t k = work->row.start[i]; k < work->row.start[i + 1]; ++k) rows[i] += work->row.value[k];
    for (size_t j = 0; j < work->size; ++j)
        for (size_t k = work->column.start[j]; k < work->column.start[j + 1]; ++k) {
            columns[j] += work->column.value[k];
            back[j] += work->column.value[k] * rows[work->column.index[k]];
        }
}

// sum_ij (J_ij - c)^2 over units that are not left out, row by row for the sake of rounding.
static double square_deviation(const workspace *work, const qn_connectivity *found, double c)
{
    const double all = (double)found->size;
    double sum = -(double)found->dropped * all * c * c; // their rows are among those below
    for (size_t i = 0; i < work->size; ++i) {
        const size_t begin = work->row.start[i], end = work->row.start[i + 1];
        double row = (all - (double)(end - begin)) * c * c;
        for (size_t k = begin; k < end; ++k) row += (work->row.value[k] - c) * (work->row.value[k] - c);
        sum += row;
    }
    return sum;
}

// With c = mean / N and 1 the vector of ones, (J - c 1 1^T)(J - c 1 1^T)^T = J J^T - c (r 1^T + 1 r^T) + c^2 N 1 1^T, r
// the sums over rows: its squared norm needs no more than J's, r and the sums over columns.
static qn_status find_deviations(const workspace *work, qn_connectivity *found)
{
    const double n = (double)found->size, c = found->mean / n;
    double *rows;
    QN_TRY(QN_NEW(&rows, 3 * work->size, "sums of rows and columns"));
    double *columns = rows + work->size, *back = rows + 2 * work->size;
    multiply_ones(work, rows, columns, back);
    const double all = found->mean * n, r2 = dot(work->size, rows, rows);
    const double with_rows = dot(work->size, back, columns), with_ones = dot(work->size, columns, columns);
    const double cross = -2.0 * c * with_rows + c * c * n * with_ones;
    const double square =
        c * c * (2.0 * n * r2 + 2.0 * all * all) - 4.0 * c * c * c * n * n * all + c * c * c * c * n * n * n * n;
    const double m2 = square_deviation(work, found, c) / n, m4 = found->m4 + (2.0 * cross + square) / n;
    qn_release(rows);
    const bool equal = sqrt(m2 / n) <= 1e-12 * fabs(c); // that is how well the mean is known
    found->deviation_m2 = equal ? 0.0 : m2;
    found->deviation_inverse_effective_rank = equal ? NAN : m4 / (m2 * m2) - 2.0;
    return QN_OK;
}

static qn_status finish(const workspace *work, qn_connectivity *found)
{
    const double size = (double)found->size;
    row_sums total = {0};
    double square = 0.0, sum = 0.0;
    for (size_t i = 0; i < work->size; ++i) {
        total.norm += work->sums[i].norm;
        total.rest += work->sums[i].rest;
        square += work->sums[i].norm * work->sums[i].norm;
    }
    for (size_t i = 0; i < work->size; ++i) {
        double row = 0.0;
        for (size_t k = work->row.start[i]; k < work->row.start[i + 1]; ++k) row += work->row.value[k];
        sum += row;
    }
    found->mean = sum / size;
    found->m2 = total.norm / size;
    found->m4 = (square + total.rest) / size;
    const double m2_squared = found->m2 * found->m2;
    QN_REQUIRE(isfinite(found->m4) && isfinite(found->mean) && isnormal(m2_squared), QN_BAD_VALUE,
               "the moments of the matrix leave the range of numbers: m2 is %g, m4 is %g; scale the matrix", found->m2,
               found->m4);
    found->kappa4 = found->m4 - 2.0 * m2_squared;
    found->inverse_effective_rank = found->kappa4 / m2_squared;
    found->effective_rank = m2_squared / found->m4;
    // Silent units that were dropped sit in some groups: only without them do the groups count units rightly.
    found->inverse_effective_rank_error =
        found->dropped || work->size < 3 ? NAN : jackknife_error(work, total, square, size);
    return find_deviations(work, found);
}

static qn_status analyse(workspace *work, const qn_matrix *matrix, const qn_connectivity_options *options,
                         const qn_progress *progress, qn_connectivity *found)
{
    QN_TRY(count(matrix, options, found));
    QN_TRY(reserve(work, found->entries));
    fill_rows(matrix, options->drop_self_loops, &work->row);
    fill_columns(work->size, &work->row, &work->column);
    count_silent(work, options->drop_silent, found);
    QN_TRY(sum_rows(work, progress));
    return finish(work, found);
}

qn_status qn_connectivity_analyse(const qn_matrix *matrix, const qn_connectivity_options *options,
                                  const qn_progress *progress, qn_connectivity *result)
{
    const qn_connectivity_options as_it_is = {0};
    QN_REQUIRE(matrix->rows == matrix->columns, QN_BAD_VALUE, "the matrix has %zu rows and %zu columns; must be square",
               matrix->rows, matrix->columns);
    QN_REQUIRE(matrix->rows > 0 && matrix->rows <= UINT32_MAX, QN_BAD_VALUE,
               "the matrix has %zu units; allowed: 1 to %u", matrix->rows, UINT32_MAX);
    workspace work = {.size = matrix->rows,
                      .groups = matrix->rows < GROUPS ? matrix->rows : GROUPS,
                      .threads = (size_t)qn_threads_for(1 + matrix->rows / 64)};
    qn_connectivity found = {0};
    const qn_status status = analyse(&work, matrix, options != NULL ? options : &as_it_is, progress, &found);
    clear(&work);
    if (status == QN_OK) *result = found;
    return status;
}
