/// New matrices shaped like others.
#pragma once
#include <quenched/matrix.h>

/// A matrix with room for `entries` in `size` rows, zeroed. Free with qn_matrix_clear(). Untouched on error.
qn_status qn_matrix_new_sparse(size_t size, size_t entries, qn_matrix *result);
qn_status qn_matrix_new_dense(size_t rows, size_t columns, qn_matrix *result);
qn_status qn_matrix_copy(const qn_matrix *matrix, qn_matrix *result);
