/// The vectorised inside of kernels of wide networks: one layer's map of one row of covariances, one set per
/// instruction set. The same bits on each: products and sums are never contracted (src/CMakeLists.txt).
#pragma once
#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>

/// out[j] = base + input[j] + scale E(c[j]) for the pairs of one row with `count` columns. `row` and `column` are the
/// per-sample factors of qn_wide_layers, `row_inverse` and `column_inverse` those of relu. `input` may be NULL (0).
/// In place allowed.
#define QN_WIDE_ROW(type, name)                                                                                        \
    typedef struct {                                                                                                   \
        size_t count;                                                                                                  \
        type base, scale, row, row_inverse;                                                                            \
        const type *column, *column_inverse, *input;                                                                   \
    } name
QN_WIDE_ROW(double, qn_wide_row);
QN_WIDE_ROW(float, qn_wide_row_float);
#undef QN_WIDE_ROW

/// erf: scale asin(c row column). relu: scale row column f(c row_inverse column_inverse), f of lane_arc_cosine().
/// linear: scale c.
QN_DECLARE_KERNEL(void, qn_wide_erf_row, (const qn_wide_row *row, const double *c, double *out));
QN_DECLARE_KERNEL(void, qn_wide_relu_row, (const qn_wide_row *row, const double *c, double *out));
QN_DECLARE_KERNEL(void, qn_wide_linear_row, (const qn_wide_row *row, const double *c, double *out));
QN_DECLARE_KERNEL(void, qn_wide_erf_row_float, (const qn_wide_row_float *row, const float *c, float *out));
QN_DECLARE_KERNEL(void, qn_wide_relu_row_float, (const qn_wide_row_float *row, const float *c, float *out));
QN_DECLARE_KERNEL(void, qn_wide_linear_row_float, (const qn_wide_row_float *row, const float *c, float *out));

/// tangent[j] *= scale D(c[j]): erf: row column / sqrt(1 - x^2) with x = c row column; relu: pi / 2 + asin(x).
QN_DECLARE_KERNEL(void, qn_wide_erf_slope_row, (const qn_wide_row *row, const double *c, double *tangent));
QN_DECLARE_KERNEL(void, qn_wide_relu_slope_row, (const qn_wide_row *row, const double *c, double *tangent));

/// y[j] = 2 rho^2 - 1, or 1 - 2 acos(rho) / pi with `angle`.
QN_DECLARE_KERNEL(void, qn_wide_places, (size_t count, bool angle, const double *rho, double *y));
/// Clenshaw's sum over r < terms of T_r(y[j]) sum over m < inner of d[m terms + r] basis[m count + j]. `work`: 3 count.
QN_DECLARE_KERNEL(void, qn_wide_series,
                  (size_t count, size_t inner, size_t terms, const double *d, const double *basis, const double *y,
                   double *work, double *out));
