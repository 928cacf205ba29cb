/// What an autocorrelation tells: how fast it decays, and for how long it remembers.
///
/// Each function takes the autocorrelations of `networks` independent networks on one grid of lags (empty ones, NULL or
/// count 0, are left out), works on their mean and gives the leave-one-network-out (jackknife) error.
#pragma once
#include <quenched/estimate.h>
#include <quenched/stationary.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Asymptotic decay rate kappa_inf, per tau: C ~ exp(-kappa_inf lag) as lag -> infinity.
///
/// Fit by least squares of A z / (1 + b z^2), z = exp(-kappa lag), for odd transfer functions without input, and of
/// A z / (1 + b z)^2 otherwise: the decay of an orbit in a potential whose first correction to the parabola is quartic,
/// or cubic. Lags from where C falls below 0.7 C(0) (odd) or C(0)/2 to where it meets its own noise (8 standard errors
/// of its shape over networks, or C(0)/50; with one network, 0.15 C(0)). Bias on the exact two-point functions of an
/// erf network: below 0.5 % from g = 1.5 to 5. {NAN, NAN, 0} when C does not fall below C(0)/4 on its lags before its
/// noise hides it, or takes fewer than two lags to do it.
/// @param[in] odd  phi(-x) = -phi(x) and no input and no mean: no static part
qn_estimate qn_decay_rate_of(size_t networks, const qn_stationary *const *fields, bool odd);

/// int_0^infinity C dlag / C(0), units of tau: by a cubic through the logarithm on the grid (exact for exponentials),
/// and beyond the last lag above the noise by the exponential tail of the fit above. Where that fit finds nothing,
/// the sum over all lags if the last ones are noise (four standard errors), else {NAN, NAN, 0}.
qn_estimate qn_correlation_time_of(size_t networks, const qn_stationary *const *fields, bool odd);

/// The same of one autocorrelation, without error bar. NAN where there is no value.
double qn_decay_rate(const qn_stationary *field, bool odd);
double qn_correlation_time(const qn_stationary *field, bool odd);

/// Power spectrum of a measured autocorrelation: C(lag) up to `last_lag` (units of tau), beyond it the exponential of
/// `decay_rate` that continues it, so that a cut at lag_max does not ring. `slope_at_zero` as for
/// qn_stationary_transform(): -noise^2 for the field of a network with noise, 0 without. Angular frequencies up to pi /
/// step; aliased beyond what the step resolves. QN_BAD_VALUE when decay_rate is not positive or last_lag is not on the
/// grid.
qn_status qn_autocorrelation_spectrum(const qn_stationary *field, double last_lag, double decay_rate,
                                      double slope_at_zero, qn_spectrum *result);

#ifdef __cplusplus
}
#endif
