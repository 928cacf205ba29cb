#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/gaussian_process_parts.h"

#include <cblas.h>
#include <math.h>

void dtrtrs_(const char *uplo, const char *trans, const char *diag, const int *n, const int *nrhs, const double *a,
             const int *lda, double *b, const int *ldb, int *info, size_t, size_t, size_t);

enum { BLOCK = 256, LARGEST = 46340 }; // test points at a time, where only variances are asked

static qn_status check(const qn_gaussian_process *process, size_t tests, const double *cross, const double *prior,
                       const double *among, const qn_prediction *prediction)
{
    QN_REQUIRE(tests >= 1 && tests <= LARGEST, QN_BAD_VALUE, "tests is %zu; allowed: 1 to %d points", tests, LARGEST);
    QN_REQUIRE(cross, QN_BAD_VALUE, "cross is NULL; the kernel between test and training points is needed");
    QN_REQUIRE(!prediction->variance || prior, QN_BAD_VALUE, "prior is NULL; the variance needs it");
    QN_REQUIRE(!prediction->covariance || among, QN_BAD_VALUE, "among is NULL; the covariance needs it");
    for (size_t i = 0; i < tests * process->count; ++i)
        QN_REQUIRE(isfinite(cross[i]), QN_BAD_VALUE, "cross[%zu][%zu] is %g; allowed: finite", i / process->count,
                   i % process->count, cross[i]);
    for (size_t i = 0; prediction->variance && i < tests; ++i)
        QN_REQUIRE(isfinite(prior[i]) && prior[i] >= 0.0, QN_BAD_VALUE, "prior[%zu] is %g; a variance is at least 0", i,
                   prior[i]);
    return QN_OK;
}

static void predict_mean(const qn_gaussian_process *process, size_t tests, const double *cross, double *out)
{
    const int rows = (int)tests, outputs = (int)process->outputs, count = (int)process->count;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, outputs, count, 1.0, cross, count, process->weights,
                count, 0.0, out, outputs);
}

// `left` and `right` (tests x count) such that cross Kt^-1 cross^T = left right^T: both L^-1 cross^T where L is in
// double, so that variances of the explained part cannot be negative; else cross and the refined solution.
static qn_status explain(const qn_gaussian_process *process, size_t tests, const double *cross, double *right)
{
    const size_t count = process->count;
    for (size_t i = 0; i < tests * count; ++i) right[i] = cross[i];
    if (!process->factor) return qn_gaussian_process_solve(process, tests, right);
    const int n = (int)count, columns = (int)tests;
    int info = 0;
    dtrtrs_("U", "T", "N", &n, &columns, process->factor, &n, right, &n, &info, 1, 1, 1);
    QN_REQUIRE(info == 0, QN_INTERNAL, "dtrtrs: info %d", info);
    return QN_OK;
}

static qn_status predict_variance(const qn_gaussian_process *process, size_t tests, const double *cross,
                                  const double *prior, double *right, double *out)
{
    const size_t count = process->count;
    for (size_t first = 0; first < tests; first += BLOCK) {
        const size_t here = tests - first < BLOCK ? tests - first : BLOCK;
        QN_TRY(explain(process, here, cross + first * count, right));
        for (size_t t = 0; t < here; ++t) {
            const double *b = right + t * count, *a = process->factor ? b : cross + (first + t) * count;
            double sum = 0.0;
            for (size_t i = 0; i < count; ++i) sum += a[i] * b[i];
            out[first + t] = fmax(prior[first + t] - sum, 0.0);
        }
    }
    return QN_OK;
}

static qn_status predict_covariance(const qn_gaussian_process *process, size_t tests, const double *cross,
                                    const double *among, double *right, double *out)
{
    const int rows = (int)tests, count = (int)process->count;
    QN_TRY(explain(process, tests, cross, right));
    for (size_t s = 0; s < tests; ++s)
        for (size_t t = 0; t < tests; ++t) out[s * tests + t] = s < t ? among[t * tests + s] : among[s * tests + t];
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, rows, count, -1.0, process->factor ? right : cross,
                count, right, count, 1.0, out, rows);
    for (size_t s = 0; s < tests; ++s)
        for (size_t t = 0; t < s; ++t) {
            const double both = 0.5 * (out[s * tests + t] + out[t * tests + s]);
            out[s * tests + t] = out[t * tests + s] = both;
        }
    return QN_OK;
}

qn_status qn_gaussian_process_predict(const qn_gaussian_process *process, size_t tests, const double *cross,
                                      const double *prior, const double *among, const qn_prediction *prediction)
{
    QN_TRY(check(process, tests, cross, prior, among, prediction));
    qn_blas_single_thread();
    double *right = NULL, *own_variance = NULL, *own_covariance = NULL;
    const size_t rows = prediction->covariance || tests < BLOCK ? tests : BLOCK;
    qn_status status = QN_OK;
    if (prediction->variance || prediction->covariance)
        status = QN_NEW(&right, rows * process->count, "explained covariance");
    if (status == QN_OK && prediction->variance) status = QN_NEW(&own_variance, tests, "variance");
    if (status == QN_OK && prediction->covariance) status = QN_NEW(&own_covariance, tests * tests, "covariance");
    if (status == QN_OK && own_variance) status = predict_variance(process, tests, cross, prior, right, own_variance);
    if (status == QN_OK && own_covariance)
        status = predict_covariance(process, tests, cross, among, right, own_covariance);
    if (status == QN_OK) {
        for (size_t i = 0; own_variance && i < tests; ++i) prediction->variance[i] = own_variance[i];
        for (size_t i = 0; own_covariance && i < tests * tests; ++i) prediction->covariance[i] = own_covariance[i];
        if (prediction->mean) predict_mean(process, tests, cross, prediction->mean);
    }
    qn_release(own_covariance);
    qn_release(own_variance);
    qn_release(right);
    return status;
}

// ---- the inverse: gradient of the evidence, leave-one-out ----

static double gradient_along(const qn_gaussian_process *process, const double *inverse, const double *derivative)
{
    const size_t count = process->count;
    const double outputs = (double)process->outputs;
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i)
        for (size_t j = derivative ? 0 : i; j <= i; ++j) {
            double square = 0.0;
            for (size_t d = 0; d < process->outputs; ++d)
                square += process->weights[d * count + i] * process->weights[d * count + j];
            const double change = derivative ? derivative[i * count + j] : 1.0;
            sum += (i == j ? 0.5 : 1.0) * (square - outputs * inverse[i * count + j]) * change;
        }
    return sum;
}

qn_status qn_gaussian_process_gradient(const qn_gaussian_process *process, size_t parameters,
                                       const double *const *derivatives, double *gradient)
{
    double *inverse;
    QN_TRY(QN_NEW(&inverse, process->count * process->count, "inverse kernel"));
    const qn_status status = qn_gaussian_process_inverse(process, inverse);
    for (size_t k = 0; status == QN_OK && k < parameters; ++k)
        gradient[k] = gradient_along(process, inverse, derivatives[k]);
    qn_release(inverse);
    return status;
}

qn_status qn_gaussian_process_leave_one_out(const qn_gaussian_process *process, double *mean, double *variance)
{
    const size_t count = process->count, outputs = process->outputs;
    double *inverse;
    QN_TRY(QN_NEW(&inverse, count * count, "inverse kernel"));
    const qn_status status = qn_gaussian_process_inverse(process, inverse);
    for (size_t i = 0; status == QN_OK && i < count; ++i) {
        const double own = inverse[i * count + i];
        if (variance) variance[i] = 1.0 / own;
        for (size_t d = 0; mean && d < outputs; ++d)
            mean[i * outputs + d] = process->targets[d * count + i] - process->weights[d * count + i] / own;
    }
    qn_release(inverse);
    return status;
}

// ---- classification ----

double qn_class_probability(double mean, double variance, double noise)
{
    const double spread = sqrt(variance + noise);
    if (spread == 0.0) return mean > 0.0 ? 1.0 : mean < 0.0 ? 0.0 : 0.5;
    return 0.5 * erfc(-mean / spread / sqrt(2.0));
}

void qn_classify(size_t count, size_t outputs, const double *mean, size_t *classes)
{
    for (size_t i = 0; i < count; ++i) {
        const double *row = mean + i * outputs;
        size_t best = 0;
        for (size_t d = 1; d < outputs; ++d)
            if (row[d] > row[best]) best = d;
        classes[i] = outputs == 1 ? row[0] >= 0.0 : best;
    }
}
