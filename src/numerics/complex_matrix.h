/// Complex matrices: thin over LAPACK. Row-major. Thread-safe.
#pragma once
#include <quenched/status.h>

#include <complex.h>
#include <stddef.h>

/// Eigenvalues of a general matrix, which is overwritten.
qn_status qn_complex_eigenvalues(size_t size, double complex *matrix, double complex *values);

/// matrix <- its inverse. QN_NO_SOLUTION when it is singular to working precision.
qn_status qn_complex_inverse(size_t size, double complex *matrix);
