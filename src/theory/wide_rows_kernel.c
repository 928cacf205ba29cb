#include "theory/wide_rows_kernel.h"

#include "base/vector_math.h"

// Elements do not depend on each other even in place, which the compiler cannot see: hence the pragma.
#define LOOP(type, row_type, name, expression)                                                                         \
    void QN_KERNEL(name)(const row_type *r, const type *c, type *out)                                                  \
    {                                                                                                                  \
        const type base = r->base, scale = r->scale, row = r->row, row_inverse = r->row_inverse;                       \
        const type *column = r->column, *column_inverse = r->column_inverse, *input = r->input;                        \
        const size_t count = r->count;                                                                                 \
        (void)row, (void)row_inverse, (void)column, (void)column_inverse;                                              \
        if (input) {                                                                                                   \
            _Pragma("omp simd") for (size_t j = 0; j < count; ++j) out[j] = (base + input[j]) + (expression);          \
        } else {                                                                                                       \
            _Pragma("omp simd") for (size_t j = 0; j < count; ++j) out[j] = base + (expression);                       \
        }                                                                                                              \
    }

LOOP(double, qn_wide_row, qn_wide_erf_row, scale *lane_asin(c[j] * (row * column[j])))
LOOP(double, qn_wide_row, qn_wide_relu_row,
     scale *((row * column[j]) * lane_arc_cosine(c[j] * (row_inverse * column_inverse[j]))))
LOOP(double, qn_wide_row, qn_wide_linear_row, scale *c[j])
LOOP(float, qn_wide_row_float, qn_wide_erf_row_float, scale *lane_asin_float(c[j] * (row * column[j])))
LOOP(float, qn_wide_row_float, qn_wide_relu_row_float,
     scale *((row * column[j]) * lane_arc_cosine_float(c[j] * (row_inverse * column_inverse[j]))))
LOOP(float, qn_wide_row_float, qn_wide_linear_row_float, scale *c[j])

void QN_KERNEL(qn_wide_erf_slope_row)(const qn_wide_row *r, const double *c, double *tangent)
{
    const double scale = r->scale, row = r->row;
    const double *column = r->column;
#pragma omp simd
    for (size_t j = 0; j < r->count; ++j) {
        const double factor = row * column[j], x = c[j] * factor, left = (1.0 - x) * (1.0 + x);
        tangent[j] *= scale * factor / sqrt(left > DBL_MIN ? left : DBL_MIN);
    }
}

void QN_KERNEL(qn_wide_relu_slope_row)(const qn_wide_row *r, const double *c, double *tangent)
{
    const double scale = r->scale, inverse = r->row_inverse;
    const double *column = r->column_inverse;
#pragma omp simd
    for (size_t j = 0; j < r->count; ++j)
        tangent[j] *= scale * (1.5707963267948966 + lane_asin(c[j] * (inverse * column[j])));
}
