#include <quenched/connectivity.h>

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_view.h"
#include "network/row_products.h"

#include <math.h>

enum { GROUPS = 20 };

// m4 of N units from n rows: pairs of rows count as if all N were there.
static double inverse_rank(double n, double size, double norm, double square, double rest)
{
    const double m2 = norm / n, m4 = square / n + (size - 1.0) * rest / (n * (n - 1.0));
    return m4 / (m2 * m2) - 2.0;
}

// Twice the sum of (J J^T)_il^2 over pairs of rows i < l of which one or both are in group g; over all pairs for g =
// groups.
static double pairs_with(const qn_row_products *products, size_t g)
{
    double sum = 0.0;
    for (size_t i = 0; i < products->size; ++i) {
        const double *pairs = products->pairs + i * products->groups;
        if (i % products->groups != g && g < products->groups) {
            sum += pairs[g];
            continue;
        }
        for (size_t h = 0; h < products->groups; ++h) sum += pairs[h];
    }
    return 2.0 * sum;
}

typedef struct {
    double norm, square, rest; // sums over rows of (J J^T)_ii, of its square, of (J J^T)_il^2
} totals;

static totals add_up(const qn_row_products *products)
{
    totals all = {.rest = pairs_with(products, products->groups)};
    for (size_t i = 0; i < products->size; ++i) {
        all.norm += products->norm[i];
        all.square += products->norm[i] * products->norm[i];
    }
    return all;
}

// Rows are left out, not columns, so that the estimate without a group keeps its expectation: sums over rows and over
// pairs of rows are scaled to all N each.
static double jackknife_error(const qn_row_products *products, totals all)
{
    const size_t size = products->size, groups = products->groups;
    double mean = 0.0, spread = 0.0;
    double without[GROUPS];
    for (size_t g = 0; g < groups; ++g) {
        double norm = all.norm, square = all.square, n = (double)size;
        for (size_t i = g; i < size; i += groups) {
            norm -= products->norm[i];
            square -= products->norm[i] * products->norm[i];
            n -= 1.0;
        }
        without[g] = inverse_rank(n, (double)size, norm, square, all.rest - pairs_with(products, g));
        mean += without[g] / (double)groups;
    }
    for (size_t g = 0; g < groups; ++g) spread += (without[g] - mean) * (without[g] - mean);
    return sqrt(spread * ((double)groups - 1.0) / (double)groups);
}

static void count_silent(size_t size, const double *row_squares, const double *column_squares, bool drop,
                         qn_connectivity *found)
{
    for (size_t i = 0; i < size; ++i) {
        found->silent_rows += row_squares[i] == 0.0;
        found->silent_columns += column_squares[i] == 0.0;
        found->dropped += drop && row_squares[i] == 0.0 && column_squares[i] == 0.0;
    }
    found->size = size - found->dropped;
}

static double dot(size_t size, const double *left, const double *right)
{
    double sum = 0.0;
    for (size_t i = 0; i < size; ++i) sum += left[i] * right[i];
    return sum;
}

static double sum_of(size_t size, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < size; ++i) sum += values[i];
    return sum;
}

// sum_ij (J_ij - c)^2 over units that are not left out, row by row for the sake of rounding.
static double square_deviation(const qn_matrix_view *view, const qn_connectivity *found, double c)
{
    const size_t *start = view->row.start;
    const double all = (double)found->size;
    double sum = -(double)found->dropped * all * c * c;                          // their rows are among those below
    if (view->dense) sum -= (double)found->dropped * (double)view->size * c * c; // and in the others, their columns
    for (size_t i = 0; i < view->size; ++i) {
        const size_t entries = view->dense ? view->size : start[i + 1] - start[i];
        const double *value = view->dense ? view->dense + i * view->size : view->row.value + start[i];
        double row = view->dense ? 0.0 : (all - (double)entries) * c * c;
        for (size_t k = 0; k < entries; ++k) row += (value[k] - c) * (value[k] - c);
        sum += row;
    }
    return sum;
}

// With c = mean / N and 1 the vector of ones, (J - c 1 1^T)(J - c 1 1^T)^T = J J^T - c (r 1^T + 1 r^T) + c^2 N 1 1^T, r
// the sums over rows: its squared norm needs no more than J's, r and the sums over columns.
static void find_deviations(const qn_matrix_view *view, const double *rows, const double *columns, const double *back,
                            qn_connectivity *found)
{
    const double n = (double)found->size, c = found->mean / n;
    const double all = found->mean * n, r2 = dot(view->size, rows, rows);
    const double with_rows = dot(view->size, back, columns), with_ones = dot(view->size, columns, columns);
    const double cross = -2.0 * c * with_rows + c * c * n * with_ones;
    const double square =
        c * c * (2.0 * n * r2 + 2.0 * all * all) - 4.0 * c * c * c * n * n * all + c * c * c * c * n * n * n * n;
    const double m2 = square_deviation(view, found, c) / n, m4 = found->m4 + (2.0 * cross + square) / n;
    const bool equal = sqrt(m2 / n) <= 1e-12 * fabs(c); // that is how well the mean is known
    found->deviation_m2 = equal ? 0.0 : m2;
    found->deviation_inverse_effective_rank = equal ? NAN : m4 / (m2 * m2) - 2.0;
}

static qn_status find_moments(const qn_row_products *products, qn_connectivity *found)
{
    const double size = (double)found->size;
    const totals all = add_up(products);
    found->m2 = all.norm / size;
    found->m4 = (all.square + all.rest) / size;
    const double m2_squared = found->m2 * found->m2;
    QN_REQUIRE(isfinite(found->m4) && isfinite(found->mean) && isnormal(m2_squared), QN_BAD_VALUE,
               "the moments of the matrix leave the range of numbers: m2 is %g, m4 is %g; scale the matrix", found->m2,
               found->m4);
    found->kappa4 = found->m4 - 2.0 * m2_squared;
    found->inverse_effective_rank = found->kappa4 / m2_squared;
    found->effective_rank = m2_squared / found->m4;
    // Silent units that were dropped sit in some groups: only without them do the groups count units rightly.
    found->inverse_effective_rank_error = found->dropped || products->size < 3 ? NAN : jackknife_error(products, all);
    return QN_OK;
}

// `sums`: 4 x size, of which the first is all ones.
static qn_status analyse(const qn_matrix_view *view, bool drop_silent, const qn_progress *progress, double *sums,
                         qn_connectivity *found)
{
    const size_t size = view->size, groups = size < GROUPS ? size : GROUPS;
    double *ones = sums, *rows = sums + size, *columns = sums + 2 * size, *back = sums + 3 * size;
    qn_matrix_view_squares(view, rows, columns);
    count_silent(size, rows, columns, drop_silent, found);
    for (size_t i = 0; i < size; ++i) ones[i] = 1.0;
    qn_matrix_view_multiply(view, false, 1, ones, rows);
    qn_matrix_view_multiply(view, true, 1, ones, columns);
    qn_matrix_view_multiply(view, true, 1, rows, back);
    found->mean = sum_of(size, rows) / (double)found->size;
    qn_row_products products;
    QN_TRY(qn_row_products_find(view, groups, progress, &products));
    const qn_status status = find_moments(&products, found);
    qn_row_products_clear(&products);
    if (status == QN_OK) find_deviations(view, rows, columns, back, found);
    return status;
}

qn_status qn_connectivity_analyse(const qn_matrix *matrix, const qn_connectivity_options *options,
                                  const qn_progress *progress, qn_connectivity *result)
{
    const qn_connectivity_options as_it_is = {0}, *chosen = options ? options : &as_it_is;
    qn_matrix_view view;
    QN_TRY(qn_matrix_view_of(matrix, chosen->drop_self_loops, &view));
    qn_connectivity found = {.entries = view.entries, .self_loops = view.self_loops};
    double *sums = NULL;
    qn_status status = QN_NEW(&sums, 4 * view.size, "sums of rows and columns");
    if (status == QN_OK) status = analyse(&view, chosen->drop_silent, progress, sums, &found);
    qn_release(sums);
    qn_matrix_view_clear(&view);
    if (status == QN_OK) *result = found;
    return status;
}
