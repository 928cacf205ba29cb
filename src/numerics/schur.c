#include "numerics/schur.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

// Fortran's LAPACK, as in linear_algebra.c; the callback that selects eigenvalues is never called.
void dgees_(const char *jobvs, const char *sort, int (*select)(const double *, const double *), const int *n, double *a,
            const int *lda, int *sdim, double *wr, double *wi, double *vs, const int *ldvs, double *work,
            const int *lwork, int *bwork, int *info, size_t, size_t);
void dtrsen_(const char *job, const char *compq, const int *select, const int *n, double *t, const int *ldt, double *q,
             const int *ldq, double *wr, double *wi, int *m, double *s, double *sep, double *work, const int *lwork,
             int *iwork, const int *liwork, int *info, size_t, size_t);
void ztrtri_(const char *uplo, const char *diag, const int *n, double complex *a, const int *lda, int *info, size_t,
             size_t);

static qn_status judge(const char *routine, int info)
{
    QN_REQUIRE(info >= 0, QN_INTERNAL, "%s: argument %d is wrong", routine, -info);
    QN_REQUIRE(info == 0, QN_NOT_CONVERGED, "%s did not converge (info %d)", routine, info);
    return QN_OK;
}

void qn_schur_clear(qn_schur *schur)
{
    qn_release(schur->vectors);
    qn_release(schur->form);
    qn_release(schur->values);
    *schur = (qn_schur){0};
}

static void join(size_t size, const double *parts, double complex *values)
{
    for (size_t i = 0; i < size; ++i) values[i] = parts[i] + parts[size + i] * I;
}

static qn_status decompose(qn_schur *schur)
{
    const int n = (int)schur->size, query = -1;
    double best, *work;
    int found = 0, unused = 0, info = 0;
    dgees_("V", "N", NULL, &n, schur->form, &n, &found, &best, &best, schur->vectors, &n, &best, &query, &unused, &info,
           1, 1);
    QN_TRY(judge("dgees", info));
    const int length = (int)best;
    QN_TRY(QN_NEW(&work, 2 * schur->size + (size_t)length, "Schur form"));
    dgees_("V", "N", NULL, &n, schur->form, &n, &found, work, work + n, schur->vectors, &n, work + 2 * (size_t)n,
           &length, &unused, &info, 1, 1);
    join(schur->size, work, schur->values);
    qn_release(work);
    return judge("dgees", info);
}

qn_status qn_schur_create(size_t size, const double *matrix, qn_schur *result)
{
    QN_REQUIRE(size > 0 && size <= 46340, QN_BAD_VALUE, "matrix of size %zu; allowed: 1 to 46340", size);
    qn_blas_single_thread();
    qn_schur made = {.size = size};
    qn_status status = QN_NEW(&made.vectors, size * size, "Schur vectors");
    if (status == QN_OK) status = QN_NEW(&made.form, size * size, "Schur form");
    if (status == QN_OK) status = QN_NEW(&made.values, size, "eigenvalues");
    if (status == QN_OK) {
        for (size_t i = 0; i < size; ++i)
            for (size_t j = 0; j < size; ++j) made.form[j * size + i] = matrix[i * size + j];
        status = decompose(&made);
    }
    if (status != QN_OK) {
        qn_schur_clear(&made);
        return status;
    }
    *result = made;
    return QN_OK;
}

qn_status qn_schur_move_first(qn_schur *schur, const int *chosen, size_t *count)
{
    const int n = (int)schur->size, length = n, integers = 1;
    double *work, condition = 0.0, separation = 0.0;
    int moved = 0, unused = 0, info = 0;
    qn_blas_single_thread();
    QN_TRY(QN_NEW(&work, 3 * schur->size, "Schur form"));
    dtrsen_("N", "V", chosen, &n, schur->form, &n, schur->vectors, &n, work, work + n, &moved, &condition, &separation,
            work + 2 * (size_t)n, &length, &unused, &integers, &info, 1, 1);
    join(schur->size, work, schur->values);
    qn_release(work);
    QN_TRY(judge("dtrsen", info));
    *count = (size_t)moved;
    return QN_OK;
}

void qn_schur_rotation_clear(qn_schur_rotation *rotation)
{
    qn_release(rotation->first);
    qn_release(rotation->second);
    *rotation = (qn_schur_rotation){0};
}

// LAPACK's standard block ((a, b), (c, a)) with b c < 0 has the eigenvector (b, i sqrt(-b c)).
static void rotation_of_block(double above, double below, double complex *first, double complex *second)
{
    const double mu = sqrt(-above * below), norm = hypot(above, mu);
    *first = above / norm;
    *second = I * (mu / norm);
}

static void rotate_columns(size_t rows, double complex *left, double complex *right, double complex a, double complex b)
{
    for (size_t i = 0; i < rows; ++i) {
        const double complex x = left[i], y = right[i];
        left[i] = x * a + y * b;
        right[i] = -x * conj(b) + y * conj(a);
    }
}

static void rotate_rows_adjoint(size_t columns, size_t stride, double complex *upper, double complex a,
                                double complex b)
{
    for (size_t j = 0; j < columns; ++j) {
        const double complex x = upper[j * stride], y = upper[j * stride + 1];
        upper[j * stride] = conj(a) * x + conj(b) * y;
        upper[j * stride + 1] = -b * x + a * y;
    }
}

qn_status qn_schur_triangular(const qn_schur *schur, size_t from, double complex *triangle, qn_schur_rotation *rotation)
{
    const size_t n = schur->size, m = n - from;
    qn_schur_rotation made = {.size = m};
    qn_status status = QN_NEW(&made.first, m, "Schur rotations");
    if (status == QN_OK) status = QN_NEW(&made.second, m, "Schur rotations");
    if (status != QN_OK) {
        qn_schur_rotation_clear(&made);
        return status;
    }
    const double *form = schur->form + from * n + from;
    for (size_t j = 0; j < m; ++j)
        for (size_t i = 0; i < m; ++i) triangle[j * m + i] = i <= j ? form[j * n + i] : 0.0;
    for (size_t k = 0; k + 1 < m; ++k) {
        const double below = form[k * n + k + 1];
        if (below == 0.0) continue;
        triangle[k * m + k + 1] = below;
        rotation_of_block(form[(k + 1) * n + k], below, &made.first[k], &made.second[k]);
        const double complex a = made.first[k], b = made.second[k];
        rotate_columns(k + 2, triangle + k * m, triangle + (k + 1) * m, a, b);
        rotate_rows_adjoint(m - k, m, triangle + k * m + k, a, b);
        triangle[k * m + k + 1] = 0.0;
        ++k;
    }
    *rotation = made;
    return QN_OK;
}

void qn_schur_rotate_back(const qn_schur_rotation *rotation, double complex *matrix)
{
    const size_t m = rotation->size;
    for (size_t k = 0; k + 1 < m; ++k) {
        const double complex a = rotation->first[k], b = rotation->second[k];
        if (b == 0.0) continue;
        // Of G = ((a, -b*), (b, a*)): its adjoint is the same with a* and -b.
        rotate_columns(m, matrix + k * m, matrix + (k + 1) * m, conj(a), -b);
        rotate_rows_adjoint(m, m, matrix + k, conj(a), -b);
    }
}

void qn_schur_rotate_vectors(const qn_schur_rotation *rotation, size_t columns, double complex *vectors)
{
    const size_t m = rotation->size;
    for (size_t k = 0; k + 1 < m; ++k)
        if (rotation->second[k] != 0.0)
            rotate_rows_adjoint(columns, m, vectors + k, rotation->first[k], rotation->second[k]);
}

qn_status qn_triangular_inverse(size_t size, double complex *matrix)
{
    const int n = (int)size;
    int info = 0;
    ztrtri_("U", "N", &n, matrix, &n, &info, 1, 1);
    QN_REQUIRE(info <= 0, QN_NO_SOLUTION, "triangular matrix of size %zu is singular (element %d is zero)", size, info);
    return judge("ztrtri", info);
}

// The upper triangle of X X^*, X the block on the diagonal that starts at `matrix`.
static void square_block(size_t stride, size_t size, double complex *matrix)
{
    for (size_t j = 0; j < size; ++j)
        for (size_t i = 0; i <= j; ++i) {
            double complex sum = 0.0;
            for (size_t k = j; k < size; ++k) sum += matrix[k * stride + i] * conj(matrix[k * stride + j]);
            matrix[j * stride + i] = sum;
        }
}

// In place, block of columns by block of columns: what is left of a block holds the product of what was there. (LAPACK
// has zlauum, which takes the diagonal for real; OpenBLAS 0.3.21's reads beyond the end of the matrix.)
void qn_triangular_square(size_t size, double complex *matrix)
{
    enum { BLOCK = 32 };
    const int n = (int)size;
    const double complex one = 1.0;
    for (size_t first = 0; first < size; first += BLOCK) {
        const size_t width = size - first < BLOCK ? size - first : BLOCK;
        double complex *block = matrix + first * size;
        if (first > 0) {
            cblas_zherk(CblasColMajor, CblasUpper, CblasNoTrans, (int)first, (int)width, 1.0, block, n, 1.0, matrix, n);
            cblas_ztrmm(CblasColMajor, CblasRight, CblasUpper, CblasConjTrans, CblasNonUnit, (int)first, (int)width,
                        &one, block + first, n, block, n);
        }
        square_block(size, width, block + first);
    }
    for (size_t j = 0; j < size; ++j) {
        for (size_t i = 0; i < j; ++i) matrix[i * size + j] = conj(matrix[j * size + i]);
        matrix[j * size + j] = creal(matrix[j * size + j]);
    }
}
