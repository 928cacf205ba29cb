// C(omega) = chi Sigma chi^+ of a given matrix at one frequency.
#include "theory/given.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "numerics/linear_algebra.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

static bool diagonal(const qn_given_matrix *given) { return given->found.source == QN_GIVEN_SOURCE_DIAGONAL; }

double qn_given_power_bytes(const qn_given_matrix *given)
{
    const double n = (double)given->size;
    return diagonal(given) ? 40.0 * n * n : 0.0;
}

// (1 + S K - S T')^-1, zero below the diagonal.
static qn_status resolvent(const qn_given_matrix *given, const qn_given_point *point, double complex *out)
{
    const size_t m = given->bulk;
    for (size_t i = 0; i < m * m; ++i) out[i] = -point->response * given->triangle[i];
    for (size_t i = 0; i < m; ++i) out[i * m + i] += 1.0 + point->response * point->feedback;
    return qn_triangular_inverse(m, out);
}

// out = Q in Q^T, Q the bulk's columns: in bulk x bulk, out size x size.
static void turn(const qn_given_matrix *given, const double *in, double *half, double *out)
{
    const int n = (int)given->size, m = (int)given->bulk;
    const double *q = given->schur.vectors + (given->size - given->bulk) * given->size;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, m, m, 1.0, q, n, in, m, 0.0, half, n);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, m, 1.0, half, n, q, n, 0.0, out, n);
}

// (|chi|^2 entrywise) sigma = C^phi: sigma, one per unit.
static qn_status match_diagonal(const qn_given_point *point, size_t n, const double *real, const double *imaginary,
                                double *square, double *source)
{
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            const double re = real[j * n + i], im = imaginary[j * n + i];
            square[i * n + j] = re * re + im * im;
        }
    for (size_t i = 0; i < n; ++i) source[i] = point->power;
    QN_TRY(qn_solve_linear(n, square, 1, source));
    for (size_t i = 0; i < n; ++i)
        QN_REQUIRE(source[i] >= 0.0, QN_NO_SOLUTION,
                   "given matrix: at frequency %g unit %zu would need a source of negative power (%.3g times its "
                   "spectrum) for all spectra to be alike; use another source",
                   point->frequency, i, source[i] / point->power);
    return QN_OK;
}

static qn_status weigh(const qn_given_matrix *given, const qn_given_point *point, double *work, double complex *out)
{
    const size_t n = given->size;
    double *real = work, *imaginary = work + n * n, *half = work + 2 * n * n, *part = work + 3 * n * n;
    double *source = work + 4 * n * n;
    qn_schur_rotate_back(&given->rotation, out);
    for (size_t i = 0; i < n * n; ++i) part[i] = creal(out[i]);
    turn(given, part, half, real);
    for (size_t i = 0; i < n * n; ++i) part[i] = cimag(out[i]);
    turn(given, part, half, imaginary);
    QN_TRY(match_diagonal(point, n, real, imaginary, part, source));
    for (size_t j = 0; j < n; ++j) {
        const double root = sqrt(source[j]);
        for (size_t i = 0; i < n; ++i) real[j * n + i] *= root, imaginary[j * n + i] *= root;
    }
    // (A + i B)(A + i B)^+ = A A^T + B B^T + i (B A^T - A B^T)
    const int size = (int)n;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, size, size, size, 1.0, real, size, real, size, 0.0, half,
                size);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, size, size, size, 1.0, imaginary, size, imaginary, size, 1.0,
                half, size);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, size, size, size, 1.0, imaginary, size, real, size, 0.0, part,
                size);
    for (size_t j = 0; j < n; ++j)
        for (size_t i = 0; i < n; ++i)
            out[j * n + i] = 0.5 * (half[j * n + i] + half[i * n + j]) + I * (part[j * n + i] - part[i * n + j]);
    return QN_OK;
}

static qn_status diagonal_power(const qn_given_matrix *given, const qn_given_point *point, double complex *resolvent_of)
{
    const size_t n = given->size;
    if (point->power == 0.0) {
        memset(resolvent_of, 0, n * n * sizeof *resolvent_of);
        return QN_OK;
    }
    double *work;
    QN_TRY(QN_NEW(&work, 4 * n * n + n, "response in the basis of units"));
    const qn_status status = weigh(given, point, work, resolvent_of);
    qn_release(work);
    return status;
}

static qn_status uniform_source(const qn_given_matrix *given, const qn_given_point *point, double *source)
{
    const double size = cabs(point->response), rest = 1.0 - pow(given->found.strength * size, 2.0);
    QN_REQUIRE(rest > 0.0, QN_NO_SOLUTION,
               "given matrix: at frequency %g the response %g times the strength %g is not below 1; source trace needs "
               "no strength",
               point->frequency, size, given->found.strength);
    *source = point->power * rest;
    return QN_OK;
}

qn_status qn_given_power(const qn_given_matrix *given, const qn_given_point *point, double complex *out)
{
    const size_t m = given->bulk;
    QN_TRY(resolvent(given, point, out));
    if (diagonal(given)) return diagonal_power(given, point, out);
    qn_triangular_square(m, out);
    double source = 0.0, trace = 0.0;
    for (size_t i = 0; i < m; ++i) trace += creal(out[i * m + i]);
    if (given->found.source == QN_GIVEN_SOURCE_UNIFORM)
        QN_TRY(uniform_source(given, point, &source));
    else
        source = point->power * (double)m / trace;
    for (size_t i = 0; i < m * m; ++i) out[i] *= source;
    return QN_OK;
}

qn_status qn_given_to_units(const qn_given_matrix *given, double complex *matrix, double *real, double *imaginary)
{
    const size_t n = given->size, m = given->bulk;
    double *work;
    if (diagonal(given)) {
        for (size_t i = 0; i < n * n; ++i) real[i] = creal(matrix[i]);
        for (size_t i = 0; imaginary && i < n * n; ++i) imaginary[i] = cimag(matrix[i]);
        return QN_OK;
    }
    QN_TRY(QN_NEW(&work, m * m + n * m, "covariances in the Schur basis"));
    qn_blas_single_thread();
    qn_schur_rotate_back(&given->rotation, matrix);
    for (size_t i = 0; i < m * m; ++i) work[i] = creal(matrix[i]);
    turn(given, work, work + m * m, real);
    if (imaginary) {
        for (size_t i = 0; i < m * m; ++i) work[i] = cimag(matrix[i]);
        turn(given, work, work + m * m, imaginary);
    }
    qn_release(work);
    return QN_OK;
}
