#include <quenched/mode_overlaps.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"

#include <cblas.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <omp.h>

enum { ROWS = 64, BATCH = 16 }; // rows of O worked out at a time; such groups of rows between reports

// Of entries x at one distance from the diagonal.
typedef struct {
    double sum, squares, fourths;
} power_sums;

static void add(power_sums *to, power_sums some)
{
    to->sum += some.sum;
    to->squares += some.squares;
    to->fourths += some.fourths;
}

// How often modes at a distance within [from, to] meet row a of O: as often as column a.
static double in_row(size_t modes, size_t a, size_t from, size_t to)
{
    const size_t below = a < from ? 0 : (a < to ? a : to) - from + 1; // distances a - b
    const size_t last = modes - 1 - a;
    const size_t above = last < from ? 0 : (last < to ? last : to) - from + 1;
    return (double)(from == 0 ? below + above - 1 : below + above);
}

// Variance of the sum of N O_ab^2 over the entries of a Haar matrix of size N at these distances, from the moments in
// the header: 2 (N - 1) / (N + 2) of each entry, -2 / (N + 2) of each ordered pair in a row or in a column, 2 / ((N -
// 1) (N + 2)) of each other pair.
static double null_variance(double size, size_t modes, size_t from, size_t to)
{
    double entries = 0.0, squares = 0.0;
    for (size_t a = 0; a < modes; ++a) {
        const double some = in_row(modes, a, from, to);
        entries += some;
        squares += some * some;
    }
    const double pairs = squares - entries, others = entries * entries - 2.0 * squares + entries;
    return 2.0 / (size + 2.0) * ((size - 1.0) * entries - 2.0 * pairs + others / (size - 1.0));
}

static qn_overlap_statistics statistics_of(double size, size_t modes, size_t from, size_t to, const power_sums *sums)
{
    power_sums all = {0};
    double n = 0.0;
    for (size_t d = from; d <= to && d < modes; ++d) {
        add(&all, sums[d]);
        n += (double)(d == 0 ? modes : 2 * (modes - d));
    }
    const double mean = all.sum / n, variance = (all.squares - n * mean * mean) / (n - 1.0);
    const double spread = null_variance(size, modes, from, to);
    // Taking the mean off costs one in n degrees of freedom.
    const double freedom = spread > 1e-9 * n ? 2.0 * n * n / spread * (n - 1.0) / n : 0.0;
    const double bias = 2.0 / (9.0 * freedom);
    const bool any = n > 1.0 && freedom > 0.0;
    return (qn_overlap_statistics){.from = from,
                                   .to = to,
                                   .entries = (size_t)n,
                                   .mean = mean,
                                   .deviation = n > 1.0 ? sqrt(fmax(variance, 0.0)) : NAN,
                                   .excess_kurtosis = n * all.fourths / (all.squares * all.squares) - 3.0,
                                   .z_mean = mean * sqrt(n),
                                   .z_deviation = any ? (cbrt(fmax(variance, 0.0)) - 1.0 + bias) / sqrt(bias) : NAN,
                                   .freedom = freedom};
}

// Rows first ... of sqrt(N) O, and what they add at each distance.
static void sum_rows(const qn_singular_values *values, qn_mode_overlaps *made, size_t first, double *rows,
                     power_sums *sums)
{
    const size_t size = made->size, modes = made->modes, some = modes - first < ROWS ? modes - first : ROWS;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some, (int)modes, (int)size, sqrt((double)size),
                values->right + (made->first + first) * size, (int)size, values->left + made->first * size, (int)size,
                0.0, rows, (int)modes);
    for (size_t a = first; a < first + some; ++a)
        for (size_t b = 0; b < modes; ++b) {
            const double x = rows[(a - first) * modes + b], square = x * x;
            add(&sums[a < b ? b - a : a - b], (power_sums){x, square, square * square});
            if (a == b) made->overlaps[a] = x / sqrt((double)size);
        }
}

static qn_status sum_all(const qn_singular_values *values, const qn_progress *progress, qn_mode_overlaps *made,
                         size_t threads, double *rows, power_sums *sums)
{
    const size_t modes = made->modes, groups = (modes + ROWS - 1) / ROWS;
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    qn_blas_single_thread();
    for (size_t begin = 0; begin < groups; begin += BATCH) {
        QN_TRY(qn_progress_meter_tick(&meter, (double)begin / (double)groups, "overlaps of modes"));
        const size_t end = begin + BATCH < groups ? begin + BATCH : groups;
#pragma omp parallel for schedule(dynamic) num_threads((int)threads)
        for (size_t group = begin; group < end; ++group)
            sum_rows(values, made, group * ROWS, rows + (size_t)omp_get_thread_num() * ROWS * modes,
                     sums + group * modes);
    }
    for (size_t group = 1; group < groups; ++group)
        for (size_t d = 0; d < modes; ++d) add(&sums[d], sums[group * modes + d]);
    return QN_OK;
}

static size_t doublings(size_t modes)
{
    size_t count = 0;
    for (size_t from = 1; from < modes; from *= 2) ++count;
    return count;
}

static void finish(const power_sums *sums, qn_mode_overlaps *made)
{
    const double size = (double)made->size;
    const size_t modes = made->modes;
    made->diagonal = statistics_of(size, modes, 0, 0, sums);
    if (modes > 1) made->off_diagonal = statistics_of(size, modes, 1, modes - 1, sums);
    for (size_t k = 0, from = 1; from < modes; ++k, from *= 2)
        made->distance[k] = statistics_of(size, modes, from, 2 * from <= modes ? 2 * from - 1 : modes - 1, sums);
}

static qn_status measure(const qn_singular_values *values, const qn_progress *progress, qn_mode_overlaps *made)
{
    const size_t modes = made->modes, groups = (modes + ROWS - 1) / ROWS, threads = (size_t)qn_threads_for(groups);
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "sums over overlaps", (double)groups * (double)modes, sizeof(power_sums));
    qn_memory_plan_add(&plan, "rows of overlaps", (double)threads * ROWS * (double)modes, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    made->distances = doublings(modes);
    QN_TRY(QN_NEW(&made->overlaps, modes, "overlaps"));
    QN_TRY(QN_NEW(&made->distance, made->distances, "overlaps by distance"));
    double *rows = NULL;
    power_sums *sums = NULL;
    qn_status status = QN_NEW(&rows, threads * ROWS * modes, "rows of overlaps");
    if (status == QN_OK) status = QN_NEW(&sums, groups * modes, "sums over overlaps");
    if (status == QN_OK) status = sum_all(values, progress, made, threads, rows, sums);
    if (status == QN_OK) finish(sums, made);
    qn_release(rows);
    qn_release(sums);
    return status;
}

static size_t usable(const qn_singular_values *values)
{
    const double least = (double)values->size * DBL_EPSILON * values->values[0];
    size_t count = 0;
    while (count < values->count && values->values[count] > least) ++count;
    return count;
}

qn_status qn_mode_overlaps_measure(const qn_singular_values *values, const qn_mode_overlap_options *options,
                                   const qn_progress *progress, qn_mode_overlaps *result)
{
    const qn_mode_overlap_options chosen = options ? *options : (qn_mode_overlap_options){0};
    QN_REQUIRE(values->size >= 2 && values->size <= INT_MAX, QN_BAD_VALUE, "overlaps of modes of %zu units; at least 2",
               values->size);
    const size_t count = usable(values);
    QN_REQUIRE(chosen.skip < count, QN_BAD_VALUE,
               "%zu modes to leave out of %zu whose vectors are known and whose values are not zero", chosen.skip,
               count);
    const size_t left = count - chosen.skip;
    qn_mode_overlaps made = {
        .size = values->size, .first = chosen.skip, .modes = chosen.most && chosen.most < left ? chosen.most : left};
    const qn_status status = measure(values, progress, &made);
    if (status != QN_OK)
        qn_mode_overlaps_clear(&made);
    else
        *result = made;
    return status;
}

void qn_mode_overlaps_clear(qn_mode_overlaps *overlaps)
{
    qn_release(overlaps->distance);
    qn_release(overlaps->overlaps);
    *overlaps = (qn_mode_overlaps){0};
}
