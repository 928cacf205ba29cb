#include "observables/activity_kernel.h"

#define DEFINE_KERNELS(real)                                                                                           \
    void QN_KERNEL(qn_activity_moments_##real)(size_t rows, size_t stride, const real *x, const real *phi,             \
                                               real *total_x, real *total_phi, double *sums)                           \
    {                                                                                                                  \
        double *sum_x = sums, *sum_xx = sums + stride, *sum_phi = sums + 2 * stride, *sum_phi2 = sums + 3 * stride;    \
        for (size_t row = 0; row < rows; ++row) {                                                                      \
            const size_t at = row * stride;                                                                            \
            _Pragma("omp simd") for (size_t i = 0; i < stride; ++i)                                                    \
            {                                                                                                          \
                const double value = x[at + i], rate = phi[at + i];                                                    \
                total_x[at + i] += x[at + i];                                                                          \
                total_phi[at + i] += phi[at + i];                                                                      \
                sum_x[i] += value;                                                                                     \
                sum_xx[i] += value * value;                                                                            \
                sum_phi[i] += rate;                                                                                    \
                sum_phi2[i] += rate * rate;                                                                            \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    void QN_KERNEL(qn_activity_product_##real)(size_t rows, size_t stride, const real *a, const real *b, double *sums) \
    {                                                                                                                  \
        for (size_t row = 0; row < rows; ++row) {                                                                      \
            const size_t at = row * stride;                                                                            \
            _Pragma("omp simd") for (size_t i = 0; i < stride; ++i) sums[i] += (double)a[at + i] * (double)b[at + i];  \
        }                                                                                                              \
    }

DEFINE_KERNELS(float)
DEFINE_KERNELS(double)
