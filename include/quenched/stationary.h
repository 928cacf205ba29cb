/// Stationary functions: C(tau) or C(omega) on one grid, real and even, with their transform.
///
/// Convention: C(omega) = int dtau exp(-i omega tau) C(tau); the inverse has d omega / (2 pi).
#pragma once
#include <quenched/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An even function of lag, on lags 0, step, 2 step, ... (count - 1) step; taken as zero beyond. `{0}` is empty.
typedef struct {
    size_t count;
    double step;    ///< spacing of lags, in units of tau
    double *values; ///< count values, owned
} qn_stationary;

/// An even spectrum, on angular frequencies 0, step, ... (count - 1) step.
typedef struct {
    size_t count;
    double step;    ///< spacing of angular frequencies, in rad per tau
    double *values; ///< count values, owned
} qn_spectrum;

/// Allocate `count` zeros. QN_BAD_VALUE when count is 0 or step is not positive and finite. Free with
/// qn_stationary_clear().
qn_status qn_stationary_create(size_t count, double step, qn_stationary *result);
void qn_stationary_clear(qn_stationary *function);
void qn_spectrum_clear(qn_spectrum *spectrum);

/// Value at any lag (even; cubic interpolation; zero beyond the grid).
double qn_stationary_at(const qn_stationary *function, double lag);

/// C(tau) -> C(omega) by the trapezoid rule (FFTW real even transform) on a box of `box` units of tau, at least
/// 2 (count - 1) step, zero-padded, rounded up to whole steps: box / (2 step) + 1 frequencies, 2 pi / box apart.
/// `slope_at_zero` is C'(0+), for functions with a cusp at zero lag: the Euler-Maclaurin term (step^2 / 6) C'(0+) is
/// then added at every frequency, which is exact to O(step^4); 0 for smooth functions. Cost: n log n. Error otherwise:
/// spectrally small for smooth functions that have decayed within the grid.
qn_status qn_stationary_transform(const qn_stationary *function, double box, double slope_at_zero, qn_spectrum *result);

/// C(omega) -> C(tau): the exact inverse, on the same box, of the transform with slope_at_zero = 0. (A cusp's term is
/// the same at every frequency: taken back, it appears as (step / 6) C'(0+) at zero lag and nowhere else.)
qn_status qn_spectrum_transform(const qn_spectrum *spectrum, qn_stationary *result);

/// int_0^infinity C(tau) dtau, composite Simpson / trapezoid on the grid.
double qn_stationary_integral(const qn_stationary *function);

#ifdef __cplusplus
}
#endif
