/// Dense and tridiagonal linear algebra: thin over LAPACK. Matrices are row-major. Thread-safe.
#pragma once
#include <quenched/status.h>

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

/// Lowest eigenvalue of the symmetric tridiagonal matrix with `size` diagonal and `size - 1` off-diagonal elements, by
/// bisection (dstebz), to the last bits of the matrix norm. Cost: about 60 size divisions. Memory: 9 arrays of `size`.
qn_status qn_tridiagonal_lowest(size_t size, const double *diagonal, const double *off_diagonal, double *lowest);

/// All eigenvalues, increasing, into `diagonal`; `off_diagonal` (size - 1 values, `size` allocated) is overwritten.
qn_status qn_tridiagonal_eigenvalues(size_t size, double *diagonal, double *off_diagonal);

/// Eigenvalues, increasing, of a symmetric matrix (its lower triangle is read). `matrix` is overwritten: row k by the
/// k-th eigenvector when `vectors`, else by nothing useful.
qn_status qn_symmetric_eigenvalues(size_t size, double *matrix, bool vectors, double *values);

/// Eigenvalues of a general real matrix, in LAPACK's order (conjugate pairs adjacent, positive imaginary part first).
/// `matrix` is overwritten.
qn_status qn_general_eigenvalues(size_t size, double *matrix, double complex *values);

/// Solve A x = b for `columns` right-hand sides; b is size x columns, row-major, replaced by x; `matrix` is
/// overwritten. QN_NO_SOLUTION when A is singular to working precision.
qn_status qn_solve_linear(size_t size, double *matrix, size_t columns, double *b);

/// Make `columns` <= `size` vectors of `size` entries each, one after the other in `vectors`, orthonormal by QR with
/// the signs that make the diagonal of R positive: independent Gaussian vectors become columns of a Haar orthogonal
/// matrix (Mezzadri 2007), which LAPACK's own signs do not give. Cost: 4 size columns^2 flops.
qn_status qn_orthonormalise(size_t size, size_t columns, double *vectors);
