/// The two ways to tr J^3 and tr (J J^T)^2, and J less a matrix of low rank.
#pragma once
#include "network/matrix_view.h"

#include <quenched/moments.h>

/// J - left right^T. The arrays are size x rank, row-major.
typedef struct {
    const qn_matrix_view *view;
    size_t rank;
    double *left, *right; ///< owned by who made it
} qn_reduced_matrix;

/// What costs more than one pass over the matrix: sums, not divided by N.
typedef struct {
    double trace3, trace3_error; ///< tr J^3
    double fourth, fourth_error; ///< tr (J J^T)^2
} qn_dear_traces;

/// Exact, by rows of J J^T and of J^2.
qn_status qn_dear_traces_sum(const qn_reduced_matrix *matrix, const qn_progress *progress, qn_dear_traces *result);

/// By random probes; `options` with defaults filled in.
qn_status qn_dear_traces_estimate(const qn_reduced_matrix *matrix, const qn_moments_options *options,
                                  const qn_progress *progress, qn_dear_traces *result);

/// out = left^T right: rows x rank arrays, row-major, to rank_left x rank_right.
void qn_small_product(size_t rows, size_t rank_left, const double *left, size_t rank_right, const double *right,
                      double *out);
