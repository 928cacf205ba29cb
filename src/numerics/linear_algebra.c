#include "numerics/linear_algebra.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <limits.h>

// Fortran's LAPACK: everything by reference, column-major, 32-bit integers; the lengths of the character arguments
// follow.
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork,
             int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work,
             const int *lwork, int *info);
void dstebz_(const char *range, const char *order, const int *n, const double *vl, const double *vu, const int *il,
             const int *iu, const double *abstol, const double *d, const double *e, int *m, int *nsplit, double *w,
             int *iblock, int *isplit, double *work, int *iwork, int *info, size_t, size_t);
void dsterf_(const int *n, double *d, double *e, int *info);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);
void dgeev_(const char *jobvl, const char *jobvr, const int *n, double *a, const int *lda, double *wr, double *wi,
            double *vl, const int *ldvl, double *vr, const int *ldvr, double *work, const int *lwork, int *info, size_t,
            size_t);
void dgesv_(const int *n, const int *nrhs, double *a, const int *lda, int *ipiv, double *b, const int *ldb, int *info);

static qn_status check_size(size_t size)
{
    QN_REQUIRE(size > 0 && size <= 46340, QN_BAD_VALUE, "matrix of size %zu; allowed: 1 to 46340", size);
    return QN_OK;
}

static qn_status judge(const char *routine, int info)
{
    QN_REQUIRE(info >= 0, QN_INTERNAL, "%s: argument %d is wrong", routine, -info);
    QN_REQUIRE(info == 0, QN_NOT_CONVERGED, "%s did not converge (info %d)", routine, info);
    return QN_OK;
}

qn_status qn_tridiagonal_lowest(size_t size, const double *diagonal, const double *off_diagonal, double *lowest)
{
    QN_REQUIRE(size > 0 && size <= INT_MAX / 8, QN_BAD_VALUE, "tridiagonal matrix of size %zu", size);
    double *work;
    int *integers;
    QN_TRY(QN_NEW(&work, 5 * size, "tridiagonal eigenvalue"));
    const qn_status status = QN_NEW(&integers, 5 * size, "tridiagonal eigenvalue");
    if (status != QN_OK) {
        qn_release(work);
        return status;
    }
    const int n = (int)size, one = 1;
    qn_blas_single_thread();
    const double none = 0.0, tolerance = 0.0;
    int found = 0, splits = 0, info = 0;
    dstebz_("I", "E", &n, &none, &none, &one, &one, &tolerance, diagonal, off_diagonal, &found, &splits, work, integers,
            integers + size, work + size, integers + 2 * size, &info, 1, 1);
    const double value = work[0];
    qn_release(integers);
    qn_release(work);
    QN_TRY(judge("dstebz", info));
    QN_REQUIRE(found == 1, QN_INTERNAL, "dstebz found %d eigenvalues; 1 was asked for", found);
    *lowest = value;
    return QN_OK;
}

qn_status qn_tridiagonal_eigenvalues(size_t size, double *diagonal, double *off_diagonal)
{
    QN_REQUIRE(size > 0 && size <= INT_MAX / 8, QN_BAD_VALUE, "tridiagonal matrix of size %zu", size);
    qn_blas_single_thread();
    const int n = (int)size;
    int info = 0;
    dsterf_(&n, diagonal, off_diagonal, &info);
    return judge("dsterf", info);
}

// Row-major and column-major are the same for a symmetric matrix, but for the triangle: our lower is Fortran's upper.
qn_status qn_symmetric_eigenvalues(size_t size, double *matrix, bool vectors, double *values)
{
    QN_TRY(check_size(size));
    qn_blas_single_thread();
    const int n = (int)size;
    const char *job = vectors ? "V" : "N";
    double best;
    int best_integers, query = -1, info = 0;
    dsyevd_(job, "U", &n, matrix, &n, values, &best, &query, &best_integers, &query, &info, 1, 1);
    QN_TRY(judge("dsyevd", info));
    const int length = (int)best;
    double *work;
    int *integers;
    QN_TRY(QN_NEW(&work, (size_t)length, "symmetric eigenvalues"));
    const qn_status status = QN_NEW(&integers, (size_t)best_integers, "symmetric eigenvalues");
    if (status == QN_OK)
        dsyevd_(job, "U", &n, matrix, &n, values, work, &length, integers, &best_integers, &info, 1, 1);
    if (status == QN_OK) qn_release(integers);
    qn_release(work);
    QN_TRY(status);
    return judge("dsyevd", info);
}

// A matrix and its transpose have the same eigenvalues.
qn_status qn_general_eigenvalues(size_t size, double *matrix, double complex *values)
{
    QN_TRY(check_size(size));
    qn_blas_single_thread();
    const int n = (int)size, one = 1, query = -1;
    double best, nothing;
    int info = 0;
    dgeev_("N", "N", &n, matrix, &n, &nothing, &nothing, &nothing, &one, &nothing, &one, &best, &query, &info, 1, 1);
    QN_TRY(judge("dgeev", info));
    const int length = (int)best;
    double *work;
    QN_TRY(QN_NEW(&work, 2 * size + (size_t)length, "eigenvalues"));
    double *real = work, *imaginary = work + size;
    dgeev_("N", "N", &n, matrix, &n, real, imaginary, &nothing, &one, &nothing, &one, work + 2 * size, &length, &info,
           1, 1);
    for (size_t i = 0; i < size; ++i) values[i] = real[i] + imaginary[i] * I;
    qn_release(work);
    return judge("dgeev", info);
}

static void transpose(size_t rows, size_t columns, const double *in, double *out)
{
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) out[j * rows + i] = in[i * columns + j];
}

qn_status qn_solve_linear(size_t size, double *matrix, size_t columns, double *b)
{
    QN_TRY(check_size(size));
    qn_blas_single_thread();
    QN_REQUIRE(columns > 0 && columns <= INT_MAX, QN_BAD_VALUE, "linear solve with %zu right-hand sides", columns);
    double *work;
    int *pivots;
    QN_TRY(QN_NEW(&work, size * (size > columns ? size : columns), "linear solve"));
    const qn_status status = QN_NEW(&pivots, size, "linear solve");
    if (status != QN_OK) {
        qn_release(work);
        return status;
    }
    const int n = (int)size, right = (int)columns;
    int info = 0;
    transpose(size, size, matrix, work);
    for (size_t i = 0; i < size * size; ++i) matrix[i] = work[i];
    transpose(size, columns, b, work);
    dgesv_(&n, &right, matrix, &n, pivots, work, &n, &info);
    if (info == 0) transpose(columns, size, work, b);
    qn_release(pivots);
    qn_release(work);
    QN_REQUIRE(info <= 0, QN_NO_SOLUTION, "linear system of size %zu is singular (pivot %d is zero)", size, info);
    return judge("dgesv", info);
}

static qn_status orthonormalise(int n, int m, double *vectors, double *tau, double *sign, double *work, int length)
{
    int info = 0;
    dgeqrf_(&n, &m, vectors, &n, tau, work, &length, &info);
    QN_TRY(judge("dgeqrf", info));
    for (int a = 0; a < m; ++a) sign[a] = vectors[(size_t)a * (size_t)n + (size_t)a] < 0.0 ? -1.0 : 1.0;
    dorgqr_(&n, &m, &m, vectors, &n, tau, work, &length, &info);
    QN_TRY(judge("dorgqr", info));
    for (int a = 0; a < m; ++a)
        for (int i = 0; i < n; ++i) vectors[(size_t)a * (size_t)n + (size_t)i] *= sign[a];
    return QN_OK;
}

qn_status qn_orthonormalise(size_t size, size_t columns, double *vectors)
{
    enum { PANEL = 64 }; // columns LAPACK works on at a time
    QN_REQUIRE(columns <= size && size <= INT_MAX, QN_BAD_VALUE,
               "%zu vectors of %zu entries cannot be orthogonal; allowed: at most as many as entries", columns, size);
    qn_blas_single_thread();
    double *tau;
    QN_TRY(QN_NEW(&tau, (2 + PANEL) * columns, "orthogonal vectors"));
    const qn_status status =
        orthonormalise((int)size, (int)columns, vectors, tau, tau + columns, tau + 2 * columns, (int)(PANEL * columns));
    qn_release(tau);
    return status;
}
