#include "numerics/complex_matrix.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"

void zgeev_(const char *jobvl, const char *jobvr, const int *n, double complex *a, const int *lda, double complex *w,
            double complex *vl, const int *ldvl, double complex *vr, const int *ldvr, double complex *work,
            const int *lwork, double *rwork, int *info, size_t, size_t);
void zgetrf_(const int *m, const int *n, double complex *a, const int *lda, int *ipiv, int *info);
void zgetri_(const int *n, double complex *a, const int *lda, const int *ipiv, double complex *work, const int *lwork,
             int *info);

static qn_status check_size(size_t size)
{
    QN_REQUIRE(size > 0 && size <= 32767, QN_BAD_VALUE, "matrix of size %zu; allowed: 1 to 32767", size);
    return QN_OK;
}

// A matrix and its transpose have the same eigenvalues: row-major or not is no matter.
qn_status qn_complex_eigenvalues(size_t size, double complex *matrix, double complex *values)
{
    QN_TRY(check_size(size));
    qn_blas_single_thread();
    const int n = (int)size, one = 1, query = -1;
    int info = 0;
    double complex best, nothing;
    double none;
    zgeev_("N", "N", &n, matrix, &n, values, &nothing, &one, &nothing, &one, &best, &query, &none, &info, 1, 1);
    QN_REQUIRE(info == 0, QN_INTERNAL, "zgeev: argument %d is wrong", -info);
    const int length = (int)creal(best);
    double complex *work;
    QN_TRY(QN_NEW(&work, (size_t)length + size, "eigenvalues")); // the last `size` hold 2 size real numbers
    zgeev_("N", "N", &n, matrix, &n, values, &nothing, &one, &nothing, &one, work, &length, (double *)(work + length),
           &info, 1, 1);
    qn_release(work);
    QN_REQUIRE(info >= 0, QN_INTERNAL, "zgeev: argument %d is wrong", -info);
    QN_REQUIRE(info == 0, QN_NOT_CONVERGED, "zgeev did not converge (info %d)", info);
    return QN_OK;
}

// The inverse of the transpose is the transpose of the inverse.
qn_status qn_complex_inverse(size_t size, double complex *matrix)
{
    QN_TRY(check_size(size));
    qn_blas_single_thread();
    const int n = (int)size, length = 64 * n;
    int info = 0, *pivots;
    double complex *work;
    QN_TRY(QN_NEW(&work, (size_t)length, "matrix inverse"));
    const qn_status status = QN_NEW(&pivots, size, "matrix inverse");
    if (status == QN_OK) {
        zgetrf_(&n, &n, matrix, &n, pivots, &info);
        if (info == 0) zgetri_(&n, matrix, &n, pivots, work, &length, &info);
        qn_release(pivots);
    }
    qn_release(work);
    QN_TRY(status);
    QN_REQUIRE(info >= 0, QN_INTERNAL, "zgetrf: argument %d is wrong", -info);
    QN_REQUIRE(info == 0, QN_NO_SOLUTION, "matrix of size %zu is singular (pivot %d is zero)", size, info);
    return QN_OK;
}
