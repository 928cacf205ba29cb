#include <quenched/noise_scan.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "numerics/linear_algebra.h"

#include <cblas.h>
#include <float.h>
#include <math.h>

enum { LARGEST = 46340 };

struct qn_noise_scan {
    size_t count, outputs;
    const double *vectors; // row k: eigenvector k
    double *values;        // eigenvalues, increasing
    double *targets;       // count x outputs
    double *projected;     // count x outputs: U^T Y
};

static qn_status check(size_t count, const double *kernel, size_t outputs, const double *targets)
{
    QN_REQUIRE(count >= 1 && count <= LARGEST, QN_BAD_VALUE, "count is %zu; allowed: 1 to %d training points", count,
               LARGEST);
    QN_REQUIRE(outputs >= 1 && outputs <= LARGEST, QN_BAD_VALUE, "outputs is %zu; allowed: 1 to %d", outputs, LARGEST);
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j <= i; ++j)
            QN_REQUIRE(isfinite(kernel[i * count + j]), QN_BAD_VALUE, "kernel[%zu][%zu] is %g; allowed: finite", i, j,
                       kernel[i * count + j]);
    for (size_t i = 0; i < count * outputs; ++i)
        QN_REQUIRE(isfinite(targets[i]), QN_BAD_VALUE, "targets[%zu][%zu] is %g; allowed: finite", i / outputs,
                   i % outputs, targets[i]);
    return QN_OK;
}

static qn_status fill(qn_noise_scan *scan, double *kernel, const double *targets)
{
    const size_t count = scan->count, outputs = scan->outputs;
    QN_TRY(QN_NEW(&scan->values, count, "eigenvalues"));
    QN_TRY(QN_NEW(&scan->targets, count * outputs, "targets"));
    QN_TRY(QN_NEW(&scan->projected, count * outputs, "targets"));
    for (size_t i = 0; i < count * outputs; ++i) scan->targets[i] = targets[i];
    QN_TRY(qn_symmetric_eigenvalues(count, kernel, true, scan->values));
    scan->vectors = kernel;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)count, (int)outputs, (int)count, 1.0, kernel,
                (int)count, targets, (int)outputs, 0.0, scan->projected, (int)outputs);
    return QN_OK;
}

qn_status qn_noise_scan_create(size_t count, double *kernel, size_t outputs, const double *targets,
                               qn_noise_scan **scan)
{
    QN_TRY(check(count, kernel, outputs, targets));
    qn_noise_scan *made;
    QN_TRY(QN_NEW(&made, 1, "noise scan"));
    *made = (qn_noise_scan){.count = count, .outputs = outputs};
    const qn_status status = fill(made, kernel, targets);
    if (status == QN_OK)
        *scan = made;
    else
        qn_noise_scan_destroy(made);
    return status;
}

void qn_noise_scan_destroy(qn_noise_scan *scan)
{
    if (scan == NULL) return;
    qn_release(scan->values);
    qn_release(scan->targets);
    qn_release(scan->projected);
    qn_release(scan);
}

const double *qn_noise_scan_eigenvalues(const qn_noise_scan *scan) { return scan->values; }

static qn_status check_noise(const qn_noise_scan *scan, double noise)
{
    QN_REQUIRE(isfinite(noise) && noise >= 0.0, QN_BAD_VALUE, "noise is %g; allowed: at least 0 (a variance)", noise);
    const double smallest = scan->values[0] + noise, largest = scan->values[scan->count - 1] + noise;
    QN_REQUIRE(
        smallest > 4.0 * DBL_EPSILON * largest, QN_NO_SOLUTION,
        "kernel + noise is not positive definite: its smallest eigenvalue is %.1e, its largest %.1e; raise noise "
        "(now %g)",
        smallest, largest, noise);
    return QN_OK;
}

static double evidence_at(const qn_noise_scan *scan, double noise)
{
    const double pi = 3.14159265358979323846;
    double square = 0.0, determinant = 0.0;
    for (size_t k = 0; k < scan->count; ++k) {
        const double value = scan->values[k] + noise;
        determinant += log(value);
        for (size_t d = 0; d < scan->outputs; ++d)
            square += scan->projected[k * scan->outputs + d] * scan->projected[k * scan->outputs + d] / value;
    }
    return -0.5 * square - 0.5 * (double)scan->outputs * (determinant + (double)scan->count * log(2.0 * pi));
}

// weights = U (Lambda + noise)^-1 U^T Y; inverse = the diagonal of the inverse.
static void leave_one_out(const qn_noise_scan *scan, double noise, double *weights, double *inverse)
{
    const size_t count = scan->count, outputs = scan->outputs;
    for (size_t k = 0; k < count; ++k) {
        const double value = scan->values[k] + noise, *vector = scan->vectors + k * count;
        for (size_t i = 0; i < count; ++i) {
            inverse[i] += vector[i] * vector[i] / value;
            for (size_t d = 0; d < outputs; ++d)
                weights[i * outputs + d] += vector[i] * scan->projected[k * outputs + d] / value;
        }
    }
}

qn_status qn_noise_scan_evaluate(const qn_noise_scan *scan, double noise, double *log_evidence, double *loo_mean,
                                 double *loo_variance)
{
    const size_t count = scan->count, outputs = scan->outputs;
    QN_TRY(check_noise(scan, noise));
    if (loo_mean || loo_variance) {
        double *work;
        QN_TRY(QN_NEW(&work, count * (outputs + 1), "leave-one-out"));
        double *inverse = work + count * outputs;
        leave_one_out(scan, noise, work, inverse);
        for (size_t i = 0; i < count; ++i) {
            if (loo_variance) loo_variance[i] = 1.0 / inverse[i];
            for (size_t d = 0; loo_mean && d < outputs; ++d)
                loo_mean[i * outputs + d] = scan->targets[i * outputs + d] - work[i * outputs + d] / inverse[i];
        }
        qn_release(work);
    }
    if (log_evidence) *log_evidence = evidence_at(scan, noise);
    return QN_OK;
}

void qn_noise_scan_project(const qn_noise_scan *scan, size_t tests, const double *cross, double *projected)
{
    const int count = (int)scan->count;
    qn_blas_single_thread();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)tests, count, count, 1.0, cross, count, scan->vectors,
                count, 0.0, projected, count);
}

qn_status qn_noise_scan_predict(const qn_noise_scan *scan, double noise, size_t tests, const double *projected,
                                const double *prior, double *mean, double *variance)
{
    const size_t count = scan->count, outputs = scan->outputs;
    QN_TRY(check_noise(scan, noise));
    QN_REQUIRE(!variance || prior, QN_BAD_VALUE, "prior is NULL; the variance needs it");
    for (size_t t = 0; t < tests; ++t) {
        const double *row = projected + t * count;
        double explained = 0.0;
        for (size_t d = 0; mean && d < outputs; ++d) mean[t * outputs + d] = 0.0;
        for (size_t k = 0; k < count; ++k) {
            const double share = row[k] / (scan->values[k] + noise);
            explained += row[k] * share;
            for (size_t d = 0; mean && d < outputs; ++d)
                mean[t * outputs + d] += share * scan->projected[k * outputs + d];
        }
        if (variance) variance[t] = fmax(prior[t] - explained, 0.0);
    }
    return QN_OK;
}
