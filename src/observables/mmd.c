#include <quenched/mmd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "observables/jackknife.h"

#include <math.h>
#include <stdbool.h>

enum { BLOCKS_MAX = 40 };

// A pairwise statistic over samples in blocks, for the jackknife: sums of k(r, r') over pairs of blocks (r != r'), of
// k(r, Gaussian) over each block.
typedef struct {
    size_t points, samples, blocks;
    double length_squared, constant; // the Gaussian process with itself
    const double *values, *gaussian;
    double *pair_sum, *sum, *effect; // blocks x blocks, blocks, blocks
} comparison;

static size_t first_of(const comparison *c, size_t block) { return block * c->samples / c->blocks; }

// log det of the symmetric positive definite `matrix`, whose lower triangle becomes its Cholesky factor; NAN: is not.
static double log_determinant(size_t n, double *matrix)
{
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j <= i; ++j) {
            double rest = matrix[i * n + j];
            for (size_t k = 0; k < j; ++k) rest -= matrix[i * n + k] * matrix[j * n + k];
            if (j < i) {
                matrix[i * n + j] = rest / matrix[j * n + j];
                continue;
            }
            if (!(rest > 0)) return NAN;
            matrix[i * n + i] = sqrt(rest);
            sum += log(rest);
        }
    return sum;
}

// det(1 + (a + b) / l^2)^(-1/2): the average of k over outputs of the kernels a and b.
static double between_kernels(const comparison *c, const double *a, const double *b, double *work)
{
    const size_t n = c->points;
    if (n == 1) return 1 / sqrt(1 + (a[0] + b[0]) / c->length_squared);
    for (size_t i = 0; i < n * n; ++i) work[i] = (a[i] + b[i]) / c->length_squared + (i % (n + 1) == 0 ? 1 : 0);
    if (n == 2) return 1 / sqrt(work[0] * work[3] - work[2] * work[2]);
    return exp(-0.5 * log_determinant(n, work));
}

static double between_outputs(const comparison *c, const double *x, const double *y)
{
    double distance = 0;
    for (size_t i = 0; i < c->points; ++i) distance += (x[i] - y[i]) * (x[i] - y[i]);
    return exp(-distance / (2 * c->length_squared));
}

static void sum_kernel_blocks(comparison *c, double *work)
{
    const size_t size = c->points * c->points;
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(c->blocks))
    for (size_t a = 0; a < c->blocks; ++a) {
        double *own = work + a * size;
        for (size_t r = first_of(c, a); r < first_of(c, a + 1); ++r)
            c->sum[a] += between_kernels(c, c->values + r * size, c->gaussian, own);
        for (size_t b = 0; b <= a; ++b) {
            double sum = 0;
            for (size_t r = first_of(c, a); r < first_of(c, a + 1); ++r) {
                const size_t end = a == b ? r : first_of(c, b + 1);
                for (size_t q = first_of(c, b); q < end; ++q)
                    sum += between_kernels(c, c->values + r * size, c->values + q * size, own);
            }
            c->pair_sum[a * c->blocks + b] = c->pair_sum[b * c->blocks + a] = a == b ? 2 * sum : sum;
        }
    }
}

// <k(y, y')> over y' of the Gaussian process: det(1 + K / l^2)^(-1/2) exp(-y (l^2 + K)^-1 y / 2).
static double against_gaussian(const comparison *c, const double *factor, double determinant, const double *y,
                               double *work)
{
    const size_t n = c->points;
    double square = 0;
    for (size_t i = 0; i < n; ++i) {
        double rest = y[i];
        for (size_t k = 0; k < i; ++k) rest -= factor[i * n + k] * work[k];
        work[i] = rest / factor[i * n + i];
        square += work[i] * work[i];
    }
    return exp(-0.5 * (determinant + square / c->length_squared));
}

static void sum_output_blocks(comparison *c, const double *factor, double determinant, double *work)
{
    const size_t n = c->points;
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(c->blocks))
    for (size_t a = 0; a < c->blocks; ++a) {
        for (size_t r = first_of(c, a); r < first_of(c, a + 1); ++r)
            c->sum[a] += against_gaussian(c, factor, determinant, c->values + r * n, work + a * n * n);
        for (size_t b = 0; b <= a; ++b) {
            double sum = 0;
            for (size_t r = first_of(c, a); r < first_of(c, a + 1); ++r) {
                const size_t end = a == b ? r : first_of(c, b + 1);
                for (size_t q = first_of(c, b); q < end; ++q)
                    sum += between_outputs(c, c->values + r * n, c->values + q * n);
            }
            c->pair_sum[a * c->blocks + b] = c->pair_sum[b * c->blocks + a] = a == b ? 2 * sum : sum;
        }
    }
}

static double without_block(size_t left_out, void *context)
{
    const comparison *c = context;
    double pairs = 0, single = 0, count = (double)c->samples;
    if (left_out != QN_LEAVE_NONE) count -= (double)(first_of(c, left_out + 1) - first_of(c, left_out));
    for (size_t a = 0; a < c->blocks; ++a) {
        if (a == left_out) continue;
        single += c->sum[a];
        for (size_t b = 0; b < c->blocks; ++b)
            if (b != left_out) pairs += c->pair_sum[a * c->blocks + b];
    }
    return pairs / (count * (count - 1)) - 2 * single / count + c->constant;
}

static double mean_between(const comparison *c, size_t a, size_t b)
{
    const double left = (double)(first_of(c, a + 1) - first_of(c, a));
    const double right = (double)(first_of(c, b + 1) - first_of(c, b));
    return c->pair_sum[a * c->blocks + b] / (left * right);
}

// The part of the estimate's variance that is left where there is no discrepancy, 2 <k~^2> / R^2 with k~ = k without
// its averages over either side: from what pairs of blocks have beyond the sum of the two. `effect`: of the blocks.
static double pair_variance(const comparison *c, double *effect)
{
    const double n = (double)c->blocks;
    if (c->blocks < 4) return 0;
    double mean = 0, squares = 0;
    for (size_t a = 0; a < c->blocks; ++a) {
        effect[a] = 0;
        for (size_t b = 0; b < c->blocks; ++b)
            if (b != a) effect[a] += mean_between(c, a, b) / (n - 1);
        mean += effect[a] / n;
    }
    for (size_t a = 0; a < c->blocks; ++a) effect[a] = (n - 1) / (n - 2) * (effect[a] - mean);
    for (size_t a = 0; a < c->blocks; ++a)
        for (size_t b = 0; b < a; ++b) squares += pow(mean_between(c, a, b) - mean - effect[a] - effect[b], 2);
    const double r = (double)c->samples, each = squares / (n * (n - 3) / 2), size = r / n;
    return 2 * size * size * each / (r * (r - 1));
}

// The jackknife counts the part of pairs twice (Efron & Stein 1981), which matters where the discrepancy is small.
static qn_estimate estimate_of(comparison *c, double *floor)
{
    qn_estimate estimate = qn_jackknife(c->blocks, without_block, c);
    const double pairs = pair_variance(c, c->effect);
    estimate.samples = c->samples;
    const double square = estimate.standard_error * estimate.standard_error;
    estimate.standard_error = sqrt(square - fmin(pairs, square / 2)); // half: there is nothing but pairs
    if (floor) *floor = c->blocks < 4 ? NAN : sqrt(pairs);
    return estimate;
}

static qn_status check_finite(const char *what, size_t count, const double *values, size_t size)
{
    for (size_t i = 0; i < count; ++i)
        QN_REQUIRE(isfinite(values[i]), QN_BAD_VALUE, "discrepancy: %s %zu has the value %g", what, i / size,
                   values[i]);
    return QN_OK;
}

// Is every kernel a covariance? Tested with a billionth of its trace on the diagonal, which rounding may need.
static qn_status check_kernels(const char *what, size_t points, size_t count, const double *kernels, double *work)
{
    for (size_t r = 0; r < count; ++r) {
        const double *kernel = kernels + r * points * points;
        double trace = 0;
        for (size_t i = 0; i < points; ++i) trace += kernel[i * (points + 1)];
        for (size_t i = 0; i < points; ++i)
            for (size_t j = 0; j < points; ++j) {
                const double value = kernel[i * points + j];
                QN_REQUIRE(fabs(value - kernel[j * points + i]) <= 1e-9 * fabs(trace), QN_BAD_VALUE,
                           "discrepancy: %s %zu is not symmetric (%g at %zu, %zu, %g opposite)", what, r, value, i, j,
                           kernel[j * points + i]);
                work[i * points + j] = value + (i == j ? 1e-9 * trace : 0);
            }
        QN_REQUIRE(trace >= 0 && (trace == 0 || !isnan(log_determinant(points, work))), QN_BAD_VALUE,
                   "discrepancy: %s %zu is not a covariance (trace %g)", what, r, trace);
    }
    return QN_OK;
}

static qn_status prepare(comparison *c, double **memory, double **work)
{
    const size_t n = c->points, square = n * n;
    QN_REQUIRE(n > 0, QN_BAD_VALUE, "discrepancy: points is 0; at least 1 is needed");
    QN_REQUIRE(c->samples >= 4, QN_BAD_VALUE, "discrepancy: %zu samples; at least 4 are needed", c->samples);
    QN_REQUIRE(isfinite(c->length_squared) && c->length_squared >= 0, QN_BAD_VALUE,
               "length_squared is %g; allowed: greater than 0, or 0 for the mean variance", c->length_squared);
    QN_TRY(check_finite("the Gaussian kernel's row", square, c->gaussian, n));
    c->blocks = c->samples / 2 < BLOCKS_MAX ? c->samples / 2 : BLOCKS_MAX;

    QN_TRY(QN_NEW(memory, c->blocks * (c->blocks + 2), "sums over blocks of networks"));
    c->pair_sum = *memory;
    c->sum = c->pair_sum + c->blocks * c->blocks;
    c->effect = c->sum + c->blocks;
    QN_TRY(QN_NEW(work, (c->blocks + 1) * square, "matrices of blocks"));
    QN_TRY(check_kernels("Gaussian kernel", n, 1, c->gaussian, *work));
    double trace = 0;
    for (size_t i = 0; i < n; ++i) trace += c->gaussian[i * (n + 1)];
    if (c->length_squared == 0) c->length_squared = trace / (double)n;
    QN_REQUIRE(c->length_squared > 0, QN_BAD_VALUE,
               "discrepancy: the Gaussian kernel vanishes; give a length_squared greater than 0");
    c->constant = between_kernels(c, c->gaussian, c->gaussian, *work);
    return QN_OK;
}

static qn_status compare_kernels(comparison *c, double **memory, double **work)
{
    QN_TRY(prepare(c, memory, work));
    QN_TRY(check_finite("kernel", c->samples * c->points * c->points, c->values, c->points * c->points));
    QN_TRY(check_kernels("kernel", c->points, c->samples, c->values, *work));
    sum_kernel_blocks(c, *work);
    return QN_OK;
}

qn_status qn_mmd_of_kernels(size_t points, size_t samples, const double *kernels, const double *gaussian,
                            double length_squared, qn_estimate *discrepancy)
{
    comparison c = {.points = points,
                    .samples = samples,
                    .values = kernels,
                    .gaussian = gaussian,
                    .length_squared = length_squared};
    double *memory = NULL, *work = NULL;
    const qn_status status = compare_kernels(&c, &memory, &work);
    if (status == QN_OK) *discrepancy = estimate_of(&c, NULL);
    qn_release(memory);
    qn_release(work);
    return status;
}

static qn_status compare_outputs(comparison *c, double **memory, double **work)
{
    const size_t n = c->points;
    QN_TRY(prepare(c, memory, work));
    QN_TRY(check_finite("output", c->samples * n, c->values, n));
    double *factor = *work + c->blocks * n * n; // of 1 + K / l^2
    for (size_t i = 0; i < n * n; ++i) factor[i] = c->gaussian[i] / c->length_squared + (i % (n + 1) == 0 ? 1 : 0);
    const double determinant = log_determinant(n, factor);
    sum_output_blocks(c, factor, determinant, *work);
    return QN_OK;
}

qn_status qn_mmd_of_outputs(size_t points, size_t samples, const double *outputs, const double *gaussian,
                            double length_squared, qn_estimate *discrepancy, double *floor)
{
    comparison c = {.points = points,
                    .samples = samples,
                    .values = outputs,
                    .gaussian = gaussian,
                    .length_squared = length_squared};
    double *memory = NULL, *work = NULL;
    const qn_status status = compare_outputs(&c, &memory, &work);
    if (status == QN_OK) *discrepancy = estimate_of(&c, floor);
    qn_release(memory);
    qn_release(work);
    return status;
}
