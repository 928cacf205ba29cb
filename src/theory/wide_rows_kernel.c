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

void QN_KERNEL(qn_wide_places)(size_t count, bool angle, const double *rho, double *y)
{
#pragma omp simd
    for (size_t j = 0; j < count; ++j)
        y[j] = angle ? 0.63661977236758134308 * lane_asin(rho[j]) : 2.0 * rho[j] * rho[j] - 1.0;
}

void QN_KERNEL(qn_wide_series)(size_t count, size_t inner, size_t terms, const double *d, const double *basis,
                               const double *y, double *work, double *out)
{
    double *one = work, *two = work + count, *sum = work + 2 * count;
    for (size_t j = 0; j < count; ++j) one[j] = two[j] = 0.0;
    for (size_t r = terms; r-- > 0;) {
        const double first = d[r], twice = r > 0 ? 2.0 : 1.0;
        for (size_t j = 0; j < count; ++j) sum[j] = first; // T_0 = 1
        for (size_t m = 1; m < inner; ++m) {
            const double factor = d[m * terms + r], *polynomial = basis + m * count;
#pragma omp simd
            for (size_t j = 0; j < count; ++j) sum[j] += factor * polynomial[j];
        }
#pragma omp simd
        for (size_t j = 0; j < count; ++j) {
            const double next = sum[j] + (twice * y[j] * one[j] - two[j]);
            two[j] = one[j];
            one[j] = next;
        }
    }
    for (size_t j = 0; j < count; ++j) out[j] = one[j];
}
