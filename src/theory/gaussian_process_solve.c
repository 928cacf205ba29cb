#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/gaussian_process_parts.h"

#include <math.h>
#include <stdio.h>

void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b,
             const int *ldb, int *info, size_t);
void spotrs_(const char *uplo, const int *n, const int *nrhs, const float *a, const int *lda, float *b, const int *ldb,
             int *info, size_t);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t);

enum { MOST_REFINEMENTS = 60 };

// residual = b - (K + noise 1) x, with every product in double: K lies in the upper triangle only.
static void residual(const qn_gaussian_process *process, const double *b, const double *x, double *out)
{
    const size_t count = process->count;
    for (size_t i = 0; i < count; ++i) out[i] = b[i] - process->diagonal[i] * x[i];
    for (size_t i = 0; i < count; ++i) {
        double sum = 0.0;
        const double own = x[i];
        if (process->kernel) {
            const double *row = process->kernel + i * count;
            for (size_t j = i + 1; j < count; ++j) sum += row[j] * x[j], out[j] -= row[j] * own;
        } else {
            const float *row = process->kernel_float + i * count;
            for (size_t j = i + 1; j < count; ++j) sum += (double)row[j] * x[j], out[j] -= (double)row[j] * own;
        }
        out[i] -= sum;
    }
}

static double norm(size_t count, const double *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += x[i] * x[i];
    return sqrt(sum);
}

// The classical refinement: each round gains as many digits as the float factor has left at this condition number.
static qn_status refine(const qn_gaussian_process *process, double *b, double *x, double *left, float *step)
{
    const int n = (int)process->count, one = 1;
    const size_t count = process->count;
    for (size_t i = 0; i < count; ++i) x[i] = 0.0, left[i] = b[i];
    const double size = norm(count, b);
    double before = INFINITY;
    for (int round = 0; round < MOST_REFINEMENTS; ++round) {
        const double scale = norm(count, left);
        // As good as double gets: residuals stop shrinking at rounding of K x.
        if (scale <= 1e-14 * size || (scale > 0.5 * before && scale <= 1e-10 * size)) break;
        QN_REQUIRE(scale < 0.9 * before, QN_NOT_CONVERGED,
                   "single precision does not suffice: the residual of the solution stays at %.1e of the right-hand "
                   "side; use double precision or raise noise (now %g)",
                   scale / size, process->noise);
        before = scale;
        int info = 0;
        for (size_t i = 0; i < count; ++i) step[i] = (float)(left[i] / scale);
        spotrs_("U", &n, &one, process->factor_float, &n, step, &n, &info, 1);
        QN_REQUIRE(info == 0, QN_INTERNAL, "spotrs: argument %d is wrong", -info);
        for (size_t i = 0; i < count; ++i) x[i] += scale * (double)step[i];
        residual(process, b, x, left);
    }
    for (size_t i = 0; i < count; ++i) b[i] = x[i];
    return QN_OK;
}

qn_status qn_gaussian_process_solve(const qn_gaussian_process *process, size_t columns, double *b)
{
    const int n = (int)process->count, right = (int)columns;
    qn_blas_single_thread();
    if (process->factor) {
        int info = 0;
        dpotrs_("U", &n, &right, process->factor, &n, b, &n, &info, 1);
        QN_REQUIRE(info == 0, QN_INTERNAL, "dpotrs: argument %d is wrong", -info);
        return QN_OK;
    }
    double *work;
    float *step = NULL;
    QN_TRY(QN_NEW(&work, 2 * process->count, "refinement"));
    qn_status status = QN_NEW(&step, process->count, "refinement");
    for (size_t c = 0; status == QN_OK && c < columns; ++c)
        status = refine(process, b + c * process->count, work, work + process->count, step);
    qn_release(step);
    qn_release(work);
    return status;
}

qn_status qn_gaussian_process_inverse(const qn_gaussian_process *process, double *inverse)
{
    const size_t count = process->count;
    const int n = (int)count;
    int info = 0;
    qn_blas_single_thread();
    if (process->factor) {
        for (size_t i = 0; i < count; ++i)
            for (size_t j = 0; j <= i; ++j) inverse[i * count + j] = process->factor[i * count + j];
        dpotri_("U", &n, inverse, &n, &info, 1);
        QN_REQUIRE(info == 0, QN_INTERNAL, "dpotri: info %d", info);
        return QN_OK;
    }
    float *narrow;
    QN_TRY(QN_NEW(&narrow, count * count, "inverse kernel"));
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j <= i; ++j) narrow[i * count + j] = process->factor_float[i * count + j];
    spotri_("U", &n, narrow, &n, &info, 1);
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j <= i; ++j) inverse[i * count + j] = (double)narrow[i * count + j];
    qn_release(narrow);
    QN_REQUIRE(info == 0, QN_INTERNAL, "spotri: info %d", info);
    return QN_OK;
}

// ---- what a failure says ----

// The point before `pivot` whose kernel with it is closest to one: most failures are two points that coincide.
static size_t closest(const qn_gaussian_process *process, size_t pivot, double *correlation)
{
    size_t best = 0;
    *correlation = 0.0;
    for (size_t j = 0; j < pivot; ++j) {
        const double variances = (process->diagonal[j] - process->noise) * (process->diagonal[pivot] - process->noise);
        const double found = variances > 0.0 ? qn_gaussian_process_element(process, pivot, j) / sqrt(variances) : 0.0;
        if (fabs(found) <= fabs(*correlation)) continue;
        best = j;
        *correlation = found;
    }
    return best;
}

// The factor's rows before the pivot are sound: y = (-K_11^-1 k, 1) has y^T Kt y = the pivot, so the smallest
// eigenvalue is at most pivot / |y|^2. `rows` is pivot x pivot, packed by row, rebuilt since LAPACK leaves the rest
// undefined.
static double smallest_at_most(const qn_gaussian_process *process, size_t pivot, double *rows, double *y)
{
    for (size_t i = 0; i <= pivot; ++i)
        for (size_t j = 0; j <= i; ++j) {
            double sum = qn_gaussian_process_element(process, i, j);
            const double *a = rows + i * (i + 1) / 2, *b = rows + j * (j + 1) / 2;
            for (size_t k = 0; k < j; ++k) sum -= a[k] * b[k];
            rows[i * (i + 1) / 2 + j] = i != j      ? sum / b[j]
                                        : i < pivot ? sqrt(fmax(sum, 0.0) > 0.0 ? sum : 1e-300)
                                                    : sum;
        }
    const double *last = rows + pivot * (pivot + 1) / 2;
    double length = 1.0;
    for (size_t i = pivot; i-- > 0;) {
        double sum = last[i];
        for (size_t j = i + 1; j < pivot; ++j) sum -= rows[j * (j + 1) / 2 + i] * y[j];
        y[i] = sum / rows[i * (i + 1) / 2 + i];
        length += y[i] * y[i];
    }
    return last[pivot] / length;
}

qn_status qn_gaussian_process_blame(const qn_gaussian_process *process, size_t pivot)
{
    char bound[64] = "";
    double *rows = NULL;
    if (pivot <= 2000 && QN_NEW(&rows, (pivot + 1) * (pivot + 4) / 2, "estimate") == QN_OK) {
        const double smallest = smallest_at_most(process, pivot, rows, rows + (pivot + 1) * (pivot + 2) / 2);
        snprintf(bound, sizeof bound, "; its smallest eigenvalue is at most %.1e", smallest);
        qn_release(rows);
    }
    double correlation;
    const size_t like = closest(process, pivot, &correlation);
    char which[96] = "";
    if (pivot > 0)
        snprintf(which, sizeof which, " (closest before it: point %zu, correlation %.10g)", like, correlation);
    return qn_fail(QN_NO_SOLUTION,
                   "kernel + noise is not positive definite%s: pivot %zu of %zu vanishes, data point %zu adds nothing "
                   "to those before it%s%s; raise noise (now %g)",
                   process->factor ? "" : " in single precision", pivot + 1, process->count, pivot, which, bound,
                   process->noise);
}
