/// What every reader of matrices asks before it takes memory.
#pragma once
#include <quenched/matrix.h>

/// Refuse an empty matrix, more units than a sparse index can name, and one that is not square where that is asked.
qn_status qn_matrix_check_shape(const char *path, uint64_t rows, uint64_t columns, const qn_matrix_options *options);

/// Refuse what would not fit: `count` elements of `size` bytes for `what`.
qn_status qn_matrix_check_memory(const char *path, const char *what, double count, double size);
