/// Elementary functions as branch-free inline code, so that a compiler turns a loop over them into vector instructions
/// (in a NAME_kernel.c: base/cpu.h). Libraries of vector functions differ between systems; these give the same
/// everywhere.
///
/// Double: a few 1e-16 relative; float: 2e-7. NaN propagates. Polynomials are weighted minimax fits (Lawson iteration
/// in 40 digits); their error is well below half a unit in the last place unless said otherwise.
#pragma once
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define QN_LANE static inline __attribute__((always_inline))

QN_LANE double lane_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

QN_LANE uint64_t lane_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

QN_LANE float lane_from_bits_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

QN_LANE uint32_t lane_bits_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// `magnitude` (>= 0) with the sign of `sign`.
QN_LANE double lane_signed(double magnitude, double sign)
{
    return lane_from_bits(lane_bits(magnitude) | (lane_bits(sign) & 0x8000000000000000u));
}

QN_LANE float lane_signed_float(float magnitude, float sign)
{
    return lane_from_bits_float(lane_bits_float(magnitude) | (lane_bits_float(sign) & 0x80000000u));
}

/// a b + c with one rounding. Where the processor has no such operation: the product of two floats is exact in double;
/// the sum, rounded to an odd last bit where it is inexact, then rounds to float as the exact one does (Boldo &
/// Melquiond 2008).
QN_LANE float lane_fused_float(float a, float b, float c)
{
#if defined(__FMA__) || defined(__aarch64__)
    return __builtin_fmaf(a, b, c);
#else
    const double product = (double)a * (double)b, addend = (double)c, sum = product + addend;
    const double part = sum - product, error = (product - (sum - part)) + (addend - part);
    const uint64_t bits = lane_bits(sum), even = ~bits & 1;
    const uint64_t up = (uint64_t)(error > 0.0), down = (uint64_t)(error < 0.0); // neither for infinities
    const uint64_t negative = bits >> 63;
    const uint64_t away = (up & ~negative & 1) | (down & negative), towards = (up & negative) | (down & ~negative & 1);
    return (float)lane_from_bits(bits + (even & away) - (even & towards));
#endif
}

// Adding this rounds to the nearest integer, which then stands in the low bits: no instruction of SSE4.1 or AVX-512DQ
// needed.
#define QN_LANE_ROUNDER 0x1.8p52
#define QN_LANE_ROUNDER_FLOAT 0x1.8p23f

/// 2^n for integer n with -1022 <= n <= 1023.
QN_LANE double lane_power_of_two(double n) { return lane_from_bits(lane_bits(n + (QN_LANE_ROUNDER + 1023.0)) << 52); }
QN_LANE float lane_power_of_two_float(float n)
{
    return lane_from_bits_float(lane_bits_float(n + (QN_LANE_ROUNDER_FLOAT + 127.0f)) << 23);
}

/// exp(x) = 2^n (1 + tail): n an integer, |tail| < 0.42 to full relative precision.
QN_LANE double lane_exp_parts(double x, double *n)
{
    const double rounded = x * 1.4426950408889634 + QN_LANE_ROUNDER;
    *n = rounded - QN_LANE_ROUNDER;
    double r = x - *n * 6.93147180369123816490e-01; // 21 trailing zeros: the product is exact
    r -= *n * 1.90821492927058770002e-10;
    double p = 2.5115984125011032e-8;
    p = p * r + 2.7628976506460868e-7;
    p = p * r + 2.7557223605219985e-6;
    p = p * r + 2.4801498001640418e-5;
    p = p * r + 0.00019841269907300502;
    p = p * r + 0.0013888888937509225;
    p = p * r + 0.0083333333333129826;
    p = p * r + 0.041666666666558859;
    p = p * r + 0.16666666666666688;
    p = p * r + 0.50000000000000067;
    return r + (r * r) * p;
}

QN_LANE float lane_exp_parts_float(float x, float *n)
{
    const float rounded = x * 1.44269504f + QN_LANE_ROUNDER_FLOAT;
    *n = rounded - QN_LANE_ROUNDER_FLOAT;
    float r = x - *n * 0.693359375f;
    r -= *n * -2.12194440e-4f;
    float p = 0.001394783033f;
    p = p * r + 0.008367794532f;
    p = p * r + 0.04166626415f;
    p = p * r + 0.1666653419f;
    p = p * r + 0.5000000067f;
    return r + (r * r) * p;
}

/// exp(x) for every x: overflows to INFINITY, underflows gradually to 0.
QN_LANE double lane_exp(double x)
{
    double n;
    const double clamped = x > 710.0 ? 710.0 : x < -746.0 ? -746.0 : x;
    const double tail = lane_exp_parts(clamped, &n);
    const double half = (n * 0.5 + QN_LANE_ROUNDER) - QN_LANE_ROUNDER;
    return (1.0 + tail) * lane_power_of_two(half) * lane_power_of_two(n - half);
}

QN_LANE float lane_exp_float(float x)
{
    float n;
    const float clamped = x > 89.0f ? 89.0f : x < -104.0f ? -104.0f : x;
    const float tail = lane_exp_parts_float(clamped, &n);
    const float half = (n * 0.5f + QN_LANE_ROUNDER_FLOAT) - QN_LANE_ROUNDER_FLOAT;
    return (1.0f + tail) * lane_power_of_two_float(half) * lane_power_of_two_float(n - half);
}

/// log(x): -INFINITY at 0 and for subnormal x, NaN below 0.
QN_LANE double lane_log(double x)
{
    const uint64_t root_half = 0x3fe6a09e667f3bcdu; // sqrt(1/2): the mantissa is taken into [sqrt(1/2), sqrt 2)
    const uint64_t shifted = lane_bits(x) - root_half + ((uint64_t)1023 << 52);
    const double exponent = lane_from_bits((shifted >> 52) | 0x4330000000000000u) - (0x1p52 + 1023.0);
    const double f = lane_from_bits((shifted & 0x000fffffffffffffu) + root_half) - 1.0;
    const double s = f / (2.0 + f), t = s * s, half_square = 0.5 * f * f;
    double p = 0.13267456167526955;
    p = p * t + 0.13248340738290876;
    p = p * t + 0.15387169796145932;
    p = p * t + 0.18181773851866439;
    p = p * t + 0.22222222669547843;
    p = p * t + 0.28571428568934339;
    p = p * t + 0.4000000000000672;
    p = p * t + 0.6666666666666666;
    const double small = half_square - (s * (half_square + t * p) + exponent * 1.90821492927058770002e-10);
    double result = exponent * 6.93147180369123816490e-01 - (small - f);
    result = x < DBL_MIN ? -HUGE_VAL : result;
    result = x > DBL_MAX ? HUGE_VAL : result;
    return x >= 0.0 ? result : (double)NAN;
}

/// log(x) of a finite x that is FLT_MIN at least: nothing is asked of others.
QN_LANE float lane_log_normal_float(float x)
{
    const uint32_t root_half = 0x3f3504f3u;
    const uint32_t shifted = lane_bits_float(x) - root_half + ((uint32_t)127 << 23);
    const float exponent = (float)((int32_t)(shifted >> 23) - 127);
    const float f = lane_from_bits_float((shifted & 0x007fffffu) + root_half) - 1.0f;
    const float s = f / (2.0f + f), t = s * s, half_square = 0.5f * f * f;
    float p = 0.2987586111f;
    p = p * t + 0.3997747719f;
    p = p * t + 0.6666677592f;
    const float small = half_square - (s * (half_square + t * p) + exponent * -2.12194440e-4f);
    return exponent * 0.693359375f - (small - f);
}

QN_LANE float lane_log_float(float x)
{
    float result = lane_log_normal_float(x);
    result = x < FLT_MIN ? -HUGE_VALF : result;
    result = x > FLT_MAX ? HUGE_VALF : result;
    return x >= 0.0f ? result : NAN;
}

/// sin and cos of 2 pi u, |u| < 2^49.
QN_LANE void lane_sincos_turns(double u, double *sine, double *cosine)
{
    const double rounded = 4.0 * u + QN_LANE_ROUNDER;
    const uint64_t quadrant = lane_bits(rounded);
    const double r = u - 0.25 * (rounded - QN_LANE_ROUNDER), t = r * r;
    double s = 3.7804831509631428;
    s = s * t - 15.093787514661725;
    s = s * t + 42.058684751170028;
    s = s * t - 76.70585970229345;
    s = s * t + 81.605249275941502;
    s = s * t - 41.341702240399628;
    s = r * (s * t + 6.2831853071795865);
    double c = -1.6968537558617754;
    c = c * t + 7.9030932980397156;
    c = c * t - 26.426250978082197;
    c = c * t + 60.244641330070421;
    c = c * t - 85.456817206532731;
    c = c * t + 64.939394022667998;
    c = 1.0 + t * (c * t - 19.739208802178717);
    const uint64_t odd = -(quadrant & 1); // all ones: sine and cosine change places
    const uint64_t sine_bits = lane_bits(s), cosine_bits = lane_bits(c), swap = (sine_bits ^ cosine_bits) & odd;
    *sine = lane_from_bits((sine_bits ^ swap) ^ ((quadrant & 2) << 62));
    *cosine = lane_from_bits((cosine_bits ^ swap) ^ (((quadrant + 1) & 2) << 62));
}

/// The same in float, |u| < 2^20.
QN_LANE void lane_sincos_turns_float(float u, float *sine, float *cosine)
{
    const float rounded = 4.0f * u + QN_LANE_ROUNDER_FLOAT;
    const uint32_t quadrant = lane_bits_float(rounded);
    const float r = u - 0.25f * (rounded - QN_LANE_ROUNDER_FLOAT), t = r * r;
    float s = -75.38912753f;
    s = s * t + 81.59229957f;
    s = s * t - 41.34166144f;
    s = r * (s * t + 6.283185287f);
    float c = 59.23500367f;
    c = c * t - 85.44344841f;
    c = c * t + 64.93932419f;
    c = 1.0f + t * (c * t - 19.73920869f);
    const uint32_t odd = -(quadrant & 1);
    const uint32_t sine_bits = lane_bits_float(s), cosine_bits = lane_bits_float(c),
                   swap = (sine_bits ^ cosine_bits) & odd;
    *sine = lane_from_bits_float((sine_bits ^ swap) ^ ((quadrant & 2) << 30));
    *cosine = lane_from_bits_float((cosine_bits ^ swap) ^ (((quadrant + 1) & 2) << 30));
}

/// tanh(x) = e / (e + 2) with e = expm1(2 |x|), which keeps full relative precision near 0.
QN_LANE double lane_tanh(double x)
{
    const double magnitude = fabs(x), clamped = magnitude > 20.0 ? 20.0 : magnitude;
    double n;
    const double tail = lane_exp_parts(2.0 * clamped, &n), power = lane_power_of_two(n);
    const double e = power * tail + (power - 1.0);
    return lane_signed(e / (e + 2.0), x);
}

QN_LANE float lane_tanh_float(float x)
{
    const float magnitude = fabsf(x), clamped = magnitude > 10.0f ? 10.0f : magnitude;
    float n;
    const float tail = lane_exp_parts_float(2.0f * clamped, &n), power = lane_power_of_two_float(n);
    const float e = power * tail + (power - 1.0f);
    return lane_signed_float(e / (e + 2.0f), x);
}

/// erf(x): an odd polynomial up to 1, 1 - exp(-x^2 - q(x)) beyond.
QN_LANE double lane_erf(double x)
{
    const double magnitude = fabs(x), a = magnitude > 6.0 ? 6.0 : magnitude, t = a * a;
    double p = 5.9425164072540204e-11;
    p = p * t - 1.1364077113625207e-9;
    p = p * t + 1.4657478081142397e-8;
    p = p * t - 1.6349966946904971e-7;
    p = p * t + 1.6460967464817656e-6;
    p = p * t - 1.492559318275717e-5;
    p = p * t + 0.00012055331023828517;
    p = p * t - 0.0008548326978395894;
    p = p * t + 0.0052239776247750623;
    p = p * t - 0.026866170645072322;
    p = p * t + 0.11283791670954855;
    p = p * t - 0.37612638903183748;
    const double near = a * 1.1283791670955126 + (a * t) * p;

    const double s = (a - 3.4995) * (1.0 / 2.5005);
    double q = -1.5369993915487501e-5;
    q = q * s - 0.00010638575890307676;
    q = q * s - 0.00032631414263281424;
    q = q * s - 0.00059266536094437373;
    q = q * s - 0.00066530983837754215;
    q = q * s - 0.00046224832924082697;
    q = q * s - 0.00013202929916843452;
    q = q * s + 8.2223796096374352e-5;
    q = q * s - 5.1772709091119441e-6;
    q = q * s + 0.00034675241988617557;
    q = q * s - 0.00089029918980193151;
    q = q * s + 0.0023763584107292835;
    q = q * s - 0.0059654789959084637;
    q = q * s + 0.014405868594729478;
    q = q * s - 0.03417011934045484;
    q = q * s + 0.081727241059118333;
    q = q * s - 0.20792555114150392;
    q = q * s + 0.66546516451181051;
    q = q * s + 1.8623043440406531;
    double n;
    const double tail = lane_exp_parts(-(t + q), &n), power = lane_power_of_two(n);
    const double far = 1.0 - (power + power * tail);
    return lane_signed(a < 1.0 ? near : far, x);
}

QN_LANE float lane_erf_float(float x)
{
    const float magnitude = fabsf(x), a = magnitude > 4.0f ? 4.0f : magnitude, t = a * a;
    float p = -0.0005630278329f;
    p = p * t + 0.004917310864f;
    p = p * t - 0.02671113878f;
    p = p * t + 0.112801752f;
    p = p * t - 0.3761232571f;
    const float near = a * 1.128379122f + (a * t) * p;

    const float s = (a - 2.4995f) * (1.0f / 1.5005f);
    float q = -0.002128484518f;
    q = q * s + 0.001156913544f;
    q = q * s - 0.01250215474f;
    q = q * s + 0.03620325366f;
    q = q * s - 0.1263826236f;
    q = q * s + 0.5293017242f;
    q = q * s + 1.556641546f;
    float n;
    const float tail = lane_exp_parts_float(-(t + q), &n), power = lane_power_of_two_float(n);
    const float far = 1.0f - (power + power * tail);
    return lane_signed_float(a < 1.0f ? near : far, x);
}

/// What asin and what is made of it need: the argument clamped into [-1, 1], its square below 1/2, and beyond that the
/// square of the sine of half the angle to +-1, so that t <= 1/4 and no precision is lost at either end.
typedef struct {
    double magnitude, t, s; ///< |x|, and s = sqrt(t)
} lane_half_angle;

QN_LANE lane_half_angle lane_halve_angle(double x)
{
    const double beyond = fabs(x), m = beyond > 1.0 ? 1.0 : beyond, half = 0.5 * (1.0 - m);
    const double root = sqrt(half);
    return (lane_half_angle){m, m > 0.5 ? half : m * m, m > 0.5 ? root : m};
}

/// asin(x), x beyond [-1, 1] taken as +-1; below 2 units in the last place.
QN_LANE double lane_asin(double x)
{
    const lane_half_angle h = lane_halve_angle(x);
    const double t = h.t;
    double p = 0.031912197532746776;
    p = p * t - 0.0162241490599254581;
    p = p * t + 0.0195282006283791703;
    p = p * t + 0.00652799810664855711;
    p = p * t + 0.012169206583799093;
    p = p * t + 0.013885236198246338;
    p = p * t + 0.017359704692872345;
    p = p * t + 0.0223717580548624693;
    p = p * t + 0.0303819591367977013;
    p = p * t + 0.0446428568283316472;
    p = p * t + 0.0750000000033701252;
    p = p * t + 0.166666666666654089;
    const double arc = h.s + (h.s * t) * p;
    return lane_signed(h.magnitude > 0.5 ? 1.5707963267948966 - 2.0 * arc : arc, x);
}

QN_LANE float lane_asin_float(float x)
{
    const float beyond = fabsf(x), m = beyond > 1.0f ? 1.0f : beyond, half = 0.5f * (1.0f - m);
    const float root = sqrtf(half), t = m > 0.5f ? half : m * m, s = m > 0.5f ? root : m;
    float p = 0.0421660929361138855f;
    p = p * t + 0.0241796505656427478f;
    p = p * t + 0.0454703469416500064f;
    p = p * t + 0.074952978790663204f;
    p = p * t + 0.166667524764469729f;
    const float arc = s + (s * t) * p;
    return lane_signed_float(m > 0.5f ? 1.57079633f - 2.0f * arc : arc, x);
}

/// sqrt(1 - x^2) + x (pi - acos x), the arc-cosine kernel of first order without its 1 / (2 pi): relative error 1e-15,
/// even at -1, where it vanishes as the cube of the angle. Its even part is a polynomial of t below 1/2, and beyond
/// that |x| pi / 2 + s t H(t).
QN_LANE double lane_arc_cosine(double x)
{
    const lane_half_angle h = lane_halve_angle(x);
    const double t = h.t;
    const int far = h.magnitude > 0.5;
    double p = far ? 0.00987151487891615059 : 0.00160233764077618009;
    p = p * t + (far ? -0.00137432374417895663 : -0.000171944015342864195);
    p = p * t + (far ? 0.00676357585818875364 : 0.0011759786220352281);
    p = p * t + (far ? 0.00614899902730104131 : 0.00117204584890248042);
    p = p * t + (far ? 0.00931403311796804732 : 0.00187379656978120815);
    p = p * t + (far ? 0.0137622134763185975 : 0.00303735336722557944);
    p = p * t + (far ? 0.0220962497902296966 : 0.00558040349705700338);
    p = p * t + (far ? 0.0396825304006762704 : 0.0124999985159734468);
    p = p * t + (far ? 0.0857142858661000648 : 0.041666666690968712);
    p = p * t + (far ? 0.266666666665699926 : 0.499999999999845012);
    p = p * t + (far ? 2.66666666666666768 : 1.00000000000000016);
    const double signed_magnitude = lane_signed(h.magnitude, x);
    const double odd = 1.5707963267948966 * (far ? h.magnitude + signed_magnitude : signed_magnitude);
    return odd + (far ? h.s * t : 1.0) * p;
}

QN_LANE float lane_arc_cosine_float(float x)
{
    const float beyond = fabsf(x), m = beyond > 1.0f ? 1.0f : beyond, half = 0.5f * (1.0f - m);
    const int far = m > 0.5f;
    const float root = sqrtf(half), t = far ? half : m * m;
    float p = far ? 0.0338963207383720519f : 0.00811478554608359f;
    p = p * t + (far ? 0.0368253670906227097f : 0.0118904368634100507f);
    p = p * t + (far ? 0.0859837240331503635f : 0.0417240178775951572f);
    p = p * t + (far ? 0.266657922810812124f : 0.499998139050135911f);
    p = p * t + (far ? 2.66666671180300887f : 1.00000000962333712f);
    const float signed_magnitude = lane_signed_float(m, x);
    const float odd = 1.57079633f * (far ? m + signed_magnitude : signed_magnitude);
    return odd + (far ? root * t : 1.0f) * p;
}
