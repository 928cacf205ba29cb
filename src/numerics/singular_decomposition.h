/// Singular value decompositions of dense matrices, and orthonormal bases: thin over LAPACK. Matrices are column-major:
/// one vector after the other. Thread-safe; the same bits for any number of threads.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

/// matrix = left diag(values) right^T of a size x size matrix, which is overwritten (dgesdd).
/// @param[out] values  `size`, decreasing
/// @param[out] left    size x size: vector a at left + a size
/// @param[out] right   size x size, likewise
/// @return QN_OK; QN_BAD_VALUE for a size LAPACK's integers cannot take; QN_NO_MEMORY; QN_NOT_CONVERGED.
/// Cost: about 20 size^3 flops; memory: that of qn_singular_workspace() beyond the arrays.
qn_status qn_singular_decompose(size_t size, double *matrix, double *values, double *left, double *right);

/// Bytes that qn_singular_decompose() takes while it works, at least nearly (for estimates).
double qn_singular_workspace(size_t size);

/// Replace `columns` <= `rows` vectors of `rows` entries by an orthonormal basis Q of them, in order (dgeqrf).
/// @param[out] triangle  columns x columns: R of vectors = Q R, zero below the diagonal. NULL: not wanted
/// Cost: 4 rows columns^2 flops; memory 68 columns doubles.
qn_status qn_orthonormal_basis(size_t rows, size_t columns, double *vectors, double *triangle);
