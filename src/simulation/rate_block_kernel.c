#include "simulation/rate_block_kernel.h"

#include <stdbool.h>

static inline bool is_nothing(const qn_combination *of)
{
    return of->state == 0 && of->stage == 0 && of->sum == 0 && of->field == 0 && of->noise == 0;
}

#define DEFINE_KERNELS(real)                                                                                           \
    static void combine_##real(const qn_combination *next_of, const qn_combination *sum_of, size_t count,              \
                               const real *state, const real *stage, real *sum, const real *field, const real *input,  \
                               real *next)                                                                             \
    {                                                                                                                  \
        const real n0 = (real)next_of->state, n1 = (real)next_of->stage, n2 = (real)next_of->sum;                      \
        const real n3 = (real)next_of->field, s0 = (real)sum_of->state, s1 = (real)sum_of->stage;                      \
        const real s2 = (real)sum_of->sum, s3 = (real)sum_of->field;                                                   \
        _Pragma("omp simd") for (size_t i = 0; i < count; ++i)                                                         \
        {                                                                                                              \
            const real x = state[i], y = stage[i], z = sum[i], h = field[i] + input[i];                                \
            next[i] = n0 * x + n1 * y + (n2 * z + n3 * h);                                                             \
            sum[i] = s0 * x + s1 * y + (s2 * z + s3 * h);                                                              \
        }                                                                                                              \
    }                                                                                                                  \
    /* The last stage leaves no sum: that of the step before stays, which the next step takes zero times. */           \
    static void complete_##real(const qn_combination *next_of, size_t count, const real *state, const real *stage,     \
                                const real *sum, const real *field, const real *input, real *next)                     \
    {                                                                                                                  \
        const real n0 = (real)next_of->state, n1 = (real)next_of->stage, n2 = (real)next_of->sum;                      \
        const real n3 = (real)next_of->field;                                                                          \
        _Pragma("omp simd") for (size_t i = 0; i < count; ++i) next[i] =                                               \
            n0 * state[i] + n1 * stage[i] + (n2 * sum[i] + n3 * (field[i] + input[i]));                                \
    }                                                                                                                  \
    static void add_noise_##real(const qn_integrator_stage *of, size_t count, const real *noise, real *sum,            \
                                 real *next)                                                                           \
    {                                                                                                                  \
        const real to_next = (real)of->next.noise, to_sum = (real)of->sum.noise;                                       \
        _Pragma("omp simd") for (size_t i = 0; i < count; ++i)                                                         \
        {                                                                                                              \
            next[i] += to_next * noise[i];                                                                             \
            sum[i] += to_sum * noise[i];                                                                               \
        }                                                                                                              \
    }                                                                                                                  \
    void QN_KERNEL(qn_rate_combine_##real)(const qn_integrator_stage *of, size_t rows, size_t stride,                  \
                                           const real *state, const real *stage, real *sum, const real *field,         \
                                           const real *input, const real *noise, real *next)                           \
    {                                                                                                                  \
        const bool last = is_nothing(&of->sum);                                                                        \
        for (size_t row = 0; row < rows; ++row) {                                                                      \
            const size_t at = row * stride;                                                                            \
            if (last)                                                                                                  \
                complete_##real(&of->next, stride, state + at, stage + at, sum + at, field + at, input, next + at);    \
            else                                                                                                       \
                combine_##real(&of->next, &of->sum, stride, state + at, stage + at, sum + at, field + at, input,       \
                               next + at);                                                                             \
        }                                                                                                              \
        if (noise) add_noise_##real(of, rows *stride, noise, sum, next);                                               \
    }                                                                                                                  \
    void QN_KERNEL(qn_rate_kinetics_##real)(size_t rows, size_t stride, const real *state, const real *rate,           \
                                            const real *slope, const real *field, const real *input, double *sums)     \
    {                                                                                                                  \
        double *x = sums, *xx = sums + stride, *phi = sums + 2 * stride, *slopes = sums + 3 * stride;                  \
        double *vv = sums + 4 * stride;                                                                                \
        for (size_t row = 0; row < rows; ++row) {                                                                      \
            const size_t at = row * stride;                                                                            \
            _Pragma("omp simd") for (size_t i = 0; i < stride; ++i)                                                    \
            {                                                                                                          \
                const double value = state[at + i], drift = (double)(field[at + i] + input[i] - state[at + i]);        \
                x[i] += value;                                                                                         \
                xx[i] += value * value;                                                                                \
                phi[i] += rate[at + i];                                                                                \
                slopes[i] += slope[at + i];                                                                            \
                vv[i] += drift * drift;                                                                                \
            }                                                                                                          \
        }                                                                                                              \
    }

DEFINE_KERNELS(float)
DEFINE_KERNELS(double)
