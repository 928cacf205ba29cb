#include "network/transfer_kernel.h"

#include "base/vector_math.h"

// Elements do not depend on each other even in place, which the compiler cannot see: hence the pragma.
#define LOOP(type, name, expression)                                                                                   \
    void QN_KERNEL(name)(type gain, size_t count, const type *x, type *out)                                            \
    {                                                                                                                  \
        _Pragma("omp simd") for (size_t i = 0; i < count; ++i)                                                         \
        {                                                                                                              \
            const type u = gain * x[i];                                                                                \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
    }

#define HALF_ROOT_PI 0.88622692545275801365
#define HALF_ROOT_PI_FLOAT 0.886226925f

// 4 e / (1 + e)^2 with e = exp(-2 |u|): no cancellation in the tails, unlike 1 - tanh^2.
QN_LANE double sech_squared(double u)
{
    const double e = lane_exp(-2.0 * fabs(u)), one_more = 1.0 + e;
    return 4.0 * e / (one_more * one_more);
}

QN_LANE float sech_squared_float(float u)
{
    const float e = lane_exp_float(-2.0f * fabsf(u)), one_more = 1.0f + e;
    return 4.0f * e / (one_more * one_more);
}

// exp(-pi u^2 / 4). The rounding of the square would cost v^2 units in the last place: it is worked out and put back.
QN_LANE double gaussian_slope(double u)
{
    const double magnitude = HALF_ROOT_PI * fabs(u), v = magnitude > 27.5 ? 27.5 : magnitude;
    const double head = lane_from_bits(lane_bits(v) & 0xfffffffff8000000u);
    const double rest = (v - head) * (v + head); // below 1e-4
    return lane_exp(-head * head) * (1.0 - rest * (1.0 - rest * (0.5 - rest * (1.0 / 6.0))));
}

QN_LANE float gaussian_slope_float(float u)
{
    const float magnitude = HALF_ROOT_PI_FLOAT * fabsf(u), v = magnitude > 10.5f ? 10.5f : magnitude;
    const float head = lane_from_bits_float(lane_bits_float(v) & 0xfffff000u);
    return lane_exp_float(-head * head) * lane_exp_float(-(v - head) * (v + head));
}

LOOP(double, qn_tanh_value, lane_tanh(u))
LOOP(double, qn_tanh_slope, gain *sech_squared(u))
LOOP(double, qn_erf_value, lane_erf(HALF_ROOT_PI *u))
LOOP(double, qn_erf_slope, gain *gaussian_slope(u))
LOOP(double, qn_relu_value, u < 0.0 ? 0.0 : u)
LOOP(double, qn_relu_slope, u > 0.0 ? gain : u < 0.0 ? 0.0 : 0.5 * gain + u)
LOOP(double, qn_linear_value, u)
LOOP(float, qn_tanh_value_float, lane_tanh_float(u))
LOOP(float, qn_tanh_slope_float, gain *sech_squared_float(u))
LOOP(float, qn_erf_value_float, lane_erf_float(HALF_ROOT_PI_FLOAT *u))
LOOP(float, qn_erf_slope_float, gain *gaussian_slope_float(u))
LOOP(float, qn_relu_value_float, u < 0.0f ? 0.0f : u)
LOOP(float, qn_relu_slope_float, u > 0.0f ? gain : u < 0.0f ? 0.0f : 0.5f * gain + u)
LOOP(float, qn_linear_value_float, u)

void QN_KERNEL(qn_power_value_float)(double gain, double threshold, double power, double factor, size_t count,
                                     const float *x, float *out)
{
#pragma omp simd
    for (size_t i = 0; i < count; ++i) {
        const double above = gain * ((double)x[i] - threshold);
        const double raised = factor * lane_exp(power * lane_log(above < 0.0 ? 1.0 : above));
        out[i] = (float)(above < 0.0 ? 0.0 : raised);
    }
}
