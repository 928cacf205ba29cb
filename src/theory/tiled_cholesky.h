/// Cholesky factorisation by tiles, on the library's own threads: LAPACK's is kept at one (base/parallel.h).
#pragma once
#include <stddef.h>

/// L of A = L L^T in the lower triangle (row-major) of a `count` x `count` matrix; what is above the diagonal stays.
/// @return 0, or the number (from 1) of the pivot that is not positive: the matrix is lost then.
/// Same bits for any number of threads: each tile is worked on in the same order.
size_t qn_tiled_cholesky(size_t count, double *matrix);
size_t qn_tiled_cholesky_float(size_t count, float *matrix);
