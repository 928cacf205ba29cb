/// SciPy's .npz files of sparse matrices, as scipy.sparse.save_npz writes them, compressed or not.
#pragma once
#include <quenched/matrix.h>

#include <stdio.h>

/// Read a matrix in one of SciPy's formats csr, csc and coo as a sparse matrix: indices of any integer type and in any
/// order, numbers of any type that the reader of .npy files takes. An entry given twice is refused. Both passes inflate
/// what is deflated again, so that nothing but the matrix is held. `stream` is seekable; `path` is for messages.
qn_status qn_matrix_read_npz(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result);
