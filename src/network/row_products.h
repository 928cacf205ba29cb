/// Squares of the entries of J J^T, row by row: what moments and their jackknife need of it.
#pragma once
#include "network/matrix_view.h"

#include <quenched/progress.h>

/// Row i adds its diagonal (J J^T)_ii to `norm[i]`, and to `pairs[i * groups + l % groups]` the (J J^T)_il^2 of the
/// rows l > i: J J^T is symmetric.
typedef struct {
    size_t size, groups;
    double *norm;  ///< size
    double *pairs; ///< size x groups
} qn_row_products;

/// Cost: half the sum over columns of (entries of the column)^2 scattered multiplications; N^3 flops of BLAS when
/// dense. Memory: 8 (groups + 1) bytes per unit, and per thread 16 bytes (dense: 512) per unit. The same bits for any
/// number of threads. Free with qn_row_products_clear().
qn_status qn_row_products_find(const qn_matrix_view *view, size_t groups, const qn_progress *progress,
                               qn_row_products *result);
void qn_row_products_clear(qn_row_products *products);
