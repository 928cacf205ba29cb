// The kernel's average over a Gaussian of covariance S is itself one: D(S) = det(1 + S / l^2)^(-1/2) = <exp(-k S k /
// 2)> over Gaussian k of variance 1 / l^2. So derivatives by S are powers of -k k / 2, and (31) is an eighth moment:
//     n^2 MMD^2 = D(2 K) <Q^2>,  Q = -k m k / 2 + sum V_ij,kl k_i k_j k_k k_l / 8,  k of covariance (l^2 + 2 K)^-1.
// With k = B z and Q in Hermite polynomials of z, <Q^2> = c0^2 + 2 |c2|^2 + 24 |c4|^2: exact, and never negative.
#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <quenched/finite_width.h>
#include <string.h>

enum { POINTS_MAX = 40 };

static size_t packed(size_t i, size_t j) { return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }

// Lower triangle L of l^2 + 2 K; the upper is untouched. False where that is no covariance.
static bool factorise(const qn_output_corrections *c, double length_squared, double *factor)
{
    const size_t n = c->points;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j <= i; ++j) {
            double rest = 2 * c->kernel[packed(i, j)] + (i == j ? length_squared : 0);
            for (size_t k = 0; k < j; ++k) rest -= factor[i * n + k] * factor[j * n + k];
            if (i == j && !(rest > 0)) return false;
            factor[i * n + j] = i == j ? sqrt(rest) : rest / factor[j * n + j];
        }
    return true;
}

// One index of a tensor, the slowest, from k to z: k = L^-T z, so that x_z = L^-1 x_k; that index becomes the fastest.
static void turn(size_t n, size_t rest, const double *factor, double *tensor, double *turned)
{
    for (size_t i = 0; i < n; ++i) {
        double *row = tensor + i * rest;
        for (size_t k = 0; k < i; ++k)
            for (size_t r = 0; r < rest; ++r) row[r] -= factor[i * n + k] * tensor[k * rest + r];
        for (size_t r = 0; r < rest; ++r) row[r] /= factor[i * n + i];
        for (size_t r = 0; r < rest; ++r) turned[r * n + i] = row[r];
    }
    memcpy(tensor, turned, n * rest * sizeof *tensor);
}

static double average_square(size_t n, const double *two, const double *four)
{
    double c0 = 0, second = 0, fourth = 0;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            double trace = 0;
            for (size_t k = 0; k < n; ++k) trace += four[((i * n + j) * n + k) * n + k];
            const double c2 = two[i * n + j] + 6 * trace;
            second += c2 * c2;
            if (i == j) c0 += two[i * n + j] + 3 * trace;
        }
    for (size_t i = 0; i < n * n * n * n; ++i) fourth += four[i] * four[i];
    return c0 * c0 + 2 * second + 24 * fourth;
}

static void fill(const qn_output_corrections *c, double *two, double *four)
{
    const size_t n = c->points;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            two[i * n + j] = -0.5 * c->shift[packed(i, j)];
            for (size_t k = 0; k < n; ++k)
                for (size_t l = 0; l < n; ++l)
                    four[((i * n + j) * n + k) * n + l] = qn_output_cumulant(c, (size_t[]){i, j, k, l}) / 24;
        }
}

static qn_status compute(const qn_output_corrections *c, double length_squared, double **memory, double *discrepancy)
{
    const size_t n = c->points, square = n * n, tensor = square * square;
    QN_TRY(QN_NEW(memory, 2 * square + 2 * tensor, "derivatives of the discrepancy"));
    double *factor = *memory, *two = factor + square, *four = two + square, *turned = four + tensor;
    QN_REQUIRE(factorise(c, length_squared, factor), QN_BAD_VALUE, "discrepancy: the output kernel is no covariance");
    fill(c, two, four);
    for (int index = 0; index < 2; ++index) turn(n, n, factor, two, turned);
    for (int index = 0; index < 4; ++index) turn(n, n * square, factor, four, turned);

    double logarithm = 0; // of det(1 + 2 K / l^2)^(-1/2)
    for (size_t i = 0; i < n; ++i) logarithm -= log(factor[i * n + i]) - 0.5 * log(length_squared);
    *discrepancy = exp(logarithm) * average_square(n, two, four);
    return QN_OK;
}

qn_status qn_mmd_leading_order(const qn_output_corrections *corrections, double length_squared, double *discrepancy)
{
    const size_t n = corrections->points;
    QN_REQUIRE(n <= POINTS_MAX, QN_BAD_VALUE, "discrepancy: %zu points; allowed: at most %d", n, POINTS_MAX);
    QN_REQUIRE(isfinite(length_squared) && length_squared >= 0, QN_BAD_VALUE,
               "length_squared is %g; allowed: greater than 0, or 0 for the mean variance", length_squared);
    double trace = 0;
    for (size_t i = 0; i < n; ++i) trace += corrections->kernel[packed(i, i)];
    const double chosen = length_squared > 0 ? length_squared : trace / (double)n;
    QN_REQUIRE(chosen > 0, QN_BAD_VALUE, "discrepancy: all outputs vanish; give a length_squared greater than 0");
    double *memory = NULL;
    const qn_status status = compute(corrections, chosen, &memory, discrepancy);
    qn_release(memory);
    return status;
}
