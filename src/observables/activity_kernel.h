/// Sums over the rows of a part of a frame, column by column, in double. Rows are `stride` values apart and all columns
/// are summed.
#pragma once
#include "base/cpu.h"

#include <stddef.h>

/// sums[0..3][stride] += x, x^2, phi, phi^2; total_x += x, total_phi += phi (both of the frame's shape).
QN_DECLARE_KERNEL(void, qn_activity_moments_float,
                  (size_t rows, size_t stride, const float *x, const float *phi, float *total_x, float *total_phi,
                   double *sums));
QN_DECLARE_KERNEL(void, qn_activity_moments_double,
                  (size_t rows, size_t stride, const double *x, const double *phi, double *total_x, double *total_phi,
                   double *sums));

/// sums[stride] += a b.
QN_DECLARE_KERNEL(void, qn_activity_product_float,
                  (size_t rows, size_t stride, const float *a, const float *b, double *sums));
QN_DECLARE_KERNEL(void, qn_activity_product_double,
                  (size_t rows, size_t stride, const double *a, const double *b, double *sums));
