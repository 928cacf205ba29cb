/// The transpose of a matrix, stored once so that products with it share rows among threads as those with the matrix
/// do.
#pragma once
#include <quenched/matrix.h>

/// Dense or sparse as `matrix` is. Free with qn_matrix_release_transpose(). `result` is untouched on error. Memory: a
/// copy of the matrix. Cost: a pass (sparse: three) over it.
qn_status qn_matrix_transpose(const qn_matrix *matrix, qn_matrix *result);
void qn_matrix_release_transpose(qn_matrix *transpose);
