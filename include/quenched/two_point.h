/// Two-point dynamic mean-field theory of a rate network: the statistics of one unit as N -> infinity.
///
/// Source: Sompolinsky, Crisanti & Sommers (1988); equations (E2)-(E5) and (E18) of docs/theory/random-mode.md.
#pragma once
#include <quenched/rate_network.h>
#include <quenched/stationary.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_PHASE_QUIESCENT,    ///< all units at zero (odd phi, no noise, no input)
    QN_PHASE_FIXED_POINT,  ///< static, heterogeneous: every unit at its own constant value
    QN_PHASE_CHAOTIC,      ///< largest Lyapunov exponent > 0
    QN_PHASE_NOISE_DRIVEN, ///< fluctuates because of private noise only: largest Lyapunov exponent <= 0
    QN_PHASE_DIVERGING     ///< no stationary state: activity grows without bound
} qn_phase;

/// "quiescent", "fixed point", "chaotic", "noise-driven", "diverging".
const char *qn_phase_name(qn_phase phase);

typedef struct {
    double tolerance; ///< relative, on field_variance; 0 means 1e-10
    double lag_step;  ///< spacing of the lag grid in units of tau; 0 means 0.05, or lag_max / 16384 where that is more
                      ///< (beside the transition, where everything varies on the scale of the decay time)
    double lag_max;   ///< last lag in units of tau; 0 chooses max(40, 30 decay times)
} qn_two_point_options;

typedef struct {
    qn_phase phase;
    double mean_field;        ///< mu, mean over units of x
    double mean_rate;         ///< m = <phi>
    double field_variance;    ///< C^x(0): variance of x in time
    double rate_variance;     ///< C^phi(0): variance of phi in time
    double frozen_variance;   ///< variance over units of the time average of x (Dinf)
    double velocity_variance; ///< <(dx/dt)^2> per tau^2, of the drift -x + h (white noise not counted)
    double mean_slope;        ///< S0 = <phi'(x)>
    double decay_rate;        ///< kappa_inf, per tau: C^x ~ exp(-kappa_inf lag); NAN where nothing decays
    double correlation_time;  ///< int_0^inf C^x(lag) dlag / C^x(0), units of tau; NAN where nothing fluctuates
    double lyapunov_exponent; ///< largest, per tau (E5). Quiescent and fixed point: -1 + g sqrt<phi'^2>, the edge of
                              ///< the disc of eigenvalues of J phi'. Odd phi at mean zero: at least Jbar <phi'> - 1,
                              ///< that of a uniform shift; elsewhere the outlier that a mean coupling adds is not
                              ///< looked at. NAN at rest on a kink with Jbar
    double
        energy_defect; ///< largest |C'^2/2 + V(C) - V at start| along the orbit, relative to c0^2: the accuracy reached
    qn_stationary field;    ///< C^x(lag), the static part taken off
    qn_stationary rate;     ///< C^phi(lag), the static part taken off
    qn_stationary response; ///< S(lag) = S0 exp(-lag) for lag >= 0 (causal)
} qn_two_point;

/// Solve the self-consistency for `network` (its size does not enter, its coupling by strength and mean only).
///
/// Where there are several stable states, the one of largest variance is returned, and of several means the largest
/// (odd phi: the one aligned with the input; without input the positive one). An odd phi whose mean coupling makes the
/// symmetric state unstable (Jbar <phi'> > 1) has a spontaneous mean, which is found. Fluctuations smaller than 1e-5 of
/// the variance beside a transition that is not at mean zero end in QN_NOT_CONVERGED, never in a number.
///
/// @param[in]  options  NULL for defaults
/// @param[out] result   owned by the caller; free with qn_two_point_clear(). Untouched on error.
/// @return QN_OK (a quiescent network is a result, not an error); QN_NO_SOLUTION when no stationary state exists
///         ("no stationary state: ..."); QN_NOT_CONVERGED with the residual reached; QN_BAD_VALUE naming the field at
///         fault.
/// Cost: 1 to 5 ms (tanh with input or mean coupling: up to 0.2 s when driven hard; tables and threshold-power: more);
/// memory 24 bytes per lag. Thread-safe, and the same bits whatever the number of threads.
qn_status qn_two_point_solve(const qn_rate_network *network, const qn_two_point_options *options, qn_two_point *result);
void qn_two_point_clear(qn_two_point *result);

/// Critical strength g_c of `network` (its strength is ignored): where the largest Lyapunov exponent crosses zero. Odd
/// phi without noise: 1 / phi'(0). Non-odd without noise: g^2 <phi'^2> = 1 at the fixed point. With noise: the root of
/// E0(g) = 0. QN_NO_SOLUTION when there is none below g = 100, or when activity diverges before. Cost: up to some tens
/// of solutions.
qn_status qn_transition_strength(const qn_rate_network *network, double *critical_strength);

#ifdef __cplusplus
}
#endif
