#include "numerics/singular_decomposition.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <limits.h>

// Fortran's LAPACK: everything by reference, column-major, 32-bit integers; the lengths of the character arguments
// follow.
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
             const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork, int *info,
             size_t);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork,
             int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work,
             const int *lwork, int *info);

// 4 size^2 of workspace must be counted by LAPACK's integers.
enum { MOST_SIZE = 23000, PANEL = 64 };

static qn_status judge(const char *routine, int info)
{
    QN_REQUIRE(info >= 0, QN_INTERNAL, "%s: argument %d is wrong", routine, -info);
    QN_REQUIRE(info == 0, QN_NOT_CONVERGED, "%s did not converge (info %d)", routine, info);
    return QN_OK;
}

static void transpose_in_place(size_t size, double *matrix)
{
    enum { TILE = 32 };
    for (size_t first = 0; first < size; first += TILE)
        for (size_t i = 0; i < size; ++i)
            for (size_t j = first; j < first + TILE && j < i; ++j) {
                const double kept = matrix[i * size + j];
                matrix[i * size + j] = matrix[j * size + i];
                matrix[j * size + i] = kept;
            }
}

double qn_singular_workspace(size_t size)
{
    const double n = (double)size;
    return sizeof(double) * (4.0 * n * n + 7.0 * n * PANEL) + sizeof(int) * 8.0 * n;
}

qn_status qn_singular_decompose(size_t size, double *matrix, double *values, double *left, double *right)
{
    QN_REQUIRE(size > 0 && size <= MOST_SIZE, QN_BAD_VALUE,
               "a complete singular value decomposition of size %zu; allowed: 1 to %d", size, MOST_SIZE);
    qn_blas_single_thread();
    const int n = (int)size, query = -1;
    double best;
    int info = 0, *integers = NULL;
    dgesdd_("S", &n, &n, matrix, &n, values, left, &n, right, &n, &best, &query, integers, &info, 1);
    QN_TRY(judge("dgesdd", info));
    const int length = (int)best;
    double *work;
    QN_TRY(QN_NEW(&work, (size_t)length, "singular values"));
    const qn_status status = QN_NEW(&integers, 8 * size, "singular values");
    if (status == QN_OK) {
        dgesdd_("S", &n, &n, matrix, &n, values, left, &n, right, &n, work, &length, integers, &info, 1);
        qn_release(integers);
    }
    qn_release(work);
    QN_TRY(status);
    QN_TRY(judge("dgesdd", info));
    transpose_in_place(size, right);
    return QN_OK;
}

static qn_status factor(int rows, int columns, double *vectors, double *triangle, double *tau)
{
    const int length = PANEL * columns;
    const size_t height = (size_t)rows, width = (size_t)columns;
    double *work = tau + columns;
    int info = 0;
    dgeqrf_(&rows, &columns, vectors, &rows, tau, work, &length, &info);
    QN_TRY(judge("dgeqrf", info));
    if (triangle)
        for (size_t j = 0; j < width; ++j)
            for (size_t i = 0; i < width; ++i) triangle[j * width + i] = i <= j ? vectors[j * height + i] : 0.0;
    dorgqr_(&rows, &columns, &columns, vectors, &rows, tau, work, &length, &info);
    return judge("dorgqr", info);
}

qn_status qn_orthonormal_basis(size_t rows, size_t columns, double *vectors, double *triangle)
{
    QN_REQUIRE(columns > 0 && columns <= rows && rows <= INT_MAX && columns <= INT_MAX / PANEL, QN_BAD_VALUE,
               "a basis of %zu vectors of %zu entries; allowed: 1 to as many as entries", columns, rows);
    qn_blas_single_thread();
    double *tau;
    QN_TRY(QN_NEW(&tau, (1 + PANEL) * columns, "orthonormal basis"));
    const qn_status status = factor((int)rows, (int)columns, vectors, triangle, tau);
    qn_release(tau);
    return status;
}
