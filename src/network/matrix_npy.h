/// NumPy's .npy files, format versions 1 to 3.
#pragma once
#include <quenched/matrix.h>

#include <stdio.h>

/// Read a two-dimensional array of float32, float64, int8 to int64, uint8 to uint64 or bool, either byte order, C or
/// Fortran order, as a dense matrix. `stream` is seekable and at its beginning; `path` is for messages. 64-bit integers
/// beyond 2^53 are rounded.
qn_status qn_matrix_read_npy(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result);
