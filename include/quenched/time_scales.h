/// Intrinsic time scales of an autocovariance.
///
/// Source: equations (E29)-(E32) of the part on single neurons of docs/theory/spiking.md.
#pragma once
#include <quenched/stationary.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double fit_from; ///< first lag of the exponential fit, ms; 0: one step of the curve, or where it is highest when
                     ///< trough-dominated (past the trough)
    double fit_to;   ///< last lag of the fit, ms; 0: the last of the curve
    bool offset;     ///< fit a exp(-lag / tau) + c, else c = 0
} qn_time_scale_options;

/// All in ms; NAN where there is none. An exponential of time constant tau0 has tau0 for all four.
typedef struct {
    double zero;           ///< C(0+), in the curve's unit
    bool trough_dominated; ///< C(0+) < 0: neurons cannot fire twice at once, and `squared` measures the refractory
                           ///< trough
    double squared;        ///< (E29): 2 int_0^infinity [C / C(0+)]^2
    double integral;       ///< (E30): int_0^infinity C / C(0+)
    double fit;      ///< (E31): of the exponential, least squares with equal weights; NAN when the lags of the fit
                     ///< do not bound it (a time constant below half a step or above ten times their range)
    double spectral; ///< (E32): 1 / (angular frequency where |S - nu| is half of its value at 0)
} qn_time_scales;

/// Integrals end with the curve: it should have decayed there. Noise on a measured curve adds its square to `squared`
/// at each lag: average curves over realisations first, or end them where they meet their noise.
/// @param[in]  autocovariance  smooth part, delta removed; lags in s, as spike_autocovariance.h gives it; 2 or more
/// lags
/// @param[in]  options         NULL for defaults
/// @param[out] result          untouched on error
/// @return QN_BAD_VALUE for a curve without lags or a fit of fewer than 3 lags (4 with an offset); QN_NO_MEMORY
qn_status qn_time_scales_of(const qn_stationary *autocovariance, const qn_time_scale_options *options,
                            qn_time_scales *result);

/// (E32) of a spectrum in 1/s over rad/s, ms: from its value at 0 (or at the first frequency, where that is NAN) down
/// to the first frequency where |S - rate| is half as large, linearly between frequencies. NAN when there is none.
double qn_spectral_time_scale(const qn_spectrum *spectrum, double rate);

#ifdef __cplusplus
}
#endif
