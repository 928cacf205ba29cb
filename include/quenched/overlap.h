/// Dynamic mean-field theory of a rate network whose couplings feed a unit's past back to it: overlapping modes and
/// partially symmetric (elliptic) J, as N -> infinity.
///
/// The field of one unit is then not Gaussian, and no closed form is known: its self-consistent process is solved by
/// Monte Carlo, and what follows from it carries error bars. Equations (E12)-(E15) of docs/theory/random-mode.md.
///
/// Sixteen independent replicas of the whole self-consistency, each with its own random paths, are iterated until they
/// stop; every error bar is the jackknife of these replicas, carried through (E15).
#pragma once
#include <quenched/progress.h>
#include <quenched/rate_network.h>
#include <quenched/stationary.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A Monte-Carlo result with its standard error.
typedef struct {
    double value, standard_error;
} qn_monte_carlo;

typedef struct {
    uint64_t seed;
    double target;     ///< relative standard error of the participation ratio, at most 0.1; 0 means 0.01
    size_t paths;      ///< most paths per iteration, the work limit, at least 16384; 0 means 1048576
    size_t iterations; ///< most of them at one number of paths, at least 8; 0 means 40
    double step;       ///< time step, units of tau, at most 0.2; 0 means 0.05, or 0.1 without noise. What it leaves in
                       ///< C^phi(0) goes with its square: with strong feedback and noise 1e-3 (relative) at 0.1
    double box;       ///< length of the periodic box of time, units of tau, rounded up to a power of two of steps; 0 is
                      ///< the shortest, from 51.2 tau, in which C^phi has decayed
    size_t lag_count; ///< of the four-point function below; 0 means lags 0, 1, ... 20
    const double *lags; ///< units of tau, 0 to 1000; not owned
} qn_overlap_options;

/// Lag functions are empty beyond where they stand above their noise. Free with qn_overlap_clear().
typedef struct {
    qn_monte_carlo field_variance;                                   ///< C^x(0)
    qn_monte_carlo rate_variance;                                    ///< C^phi(0)
    qn_monte_carlo mean_slope;                                       ///< <phi'(x)>, which is S(0+)
    qn_monte_carlo static_response;                                  ///< S(omega = 0) = int S dlag, feedback included
    qn_monte_carlo correlation_time;                                 ///< int_0^inf C^x dlag / C^x(0), units of tau
    qn_monte_carlo four_point_variance;                              ///< Theta^phi(0, 0)
    qn_monte_carlo participation_ratio, inverse_participation_ratio; ///< PR^phi, as fraction of N, and 1 / PR^phi
    qn_monte_carlo participation_ratio_zero_frequency;               ///< PR^phi(omega = 0)
    qn_stationary field, rate, response;                             ///< C^x, C^phi and, causal, S at lags >= 0
    qn_stationary field_error, rate_error, response_error;           ///< their standard errors
    size_t lag_count;
    double *lags;               ///< of the four-point function
    qn_monte_carlo *four_point; ///< Theta^phi(lag, lag)
    double feedback;            ///< K0, the instantaneous part of a unit's feedback
    double drift; ///< largest change of C^phi(0) and S(0) by one more round with fresh random numbers, in its own
                  ///< standard errors: below 5
    size_t iterations;
    double *history;       ///< C^phi(0) after each iteration, mean of the replicas
    size_t *history_paths; ///< and of how many paths
    size_t paths;          ///< of the last iterations
    double box, step;      ///< used, units of tau
} qn_overlap;

/// Solve the self-consistency for `network`: couplings overlapping or elliptic, phi odd, input 0. Its size enters by
/// the list of modes only.
///
/// @param[in]  options, progress  NULL for defaults
/// @param[out] result  owned by the caller; free with qn_overlap_clear(). Untouched on error.
/// @return QN_OK, also when the error bar of PR is above the target because the work limit has been met, but below 0.1
///         (relative); QN_NOT_CONVERGED with the numbers reached when iterations have not settled, when they drift, or
///         when the error bar of PR stays above 0.1; QN_NO_SOLUTION when activity rests (silent, or frozen: C^phi does
///         not decay, which positive feedback K0 phi'(0) > 1 can cause) or grows without bound; QN_BAD_VALUE naming the
///         field at fault; QN_NO_MEMORY; QN_STOPPED.
/// Cost: some 15 ns per path, step and iteration on one core (AVX-512): seconds, and where correlations are long (PR of
/// 0.01 and below) a minute or two; memory below 100 MB.
/// Thread-safe, and the same bits for any number of threads.
qn_status qn_overlap_solve(const qn_rate_network *network, const qn_overlap_options *options,
                           const qn_progress *progress, qn_overlap *result);
void qn_overlap_clear(qn_overlap *result);

/// Whether silence, x = 0, is the state of `network`: without noise, and small activity decays (the linear gain
/// C^h |S|^2 / C^phi is below 1 at every frequency; elliptic: g phi'(0) (1 + r) < 1). Where it is not, and
/// qn_overlap_solve() finds nothing that fluctuates, activity may rest at other fixed points.
/// QN_BAD_VALUE as there. Cost: some ms.
qn_status qn_overlap_is_quiescent(const qn_rate_network *network, bool *quiescent);

#ifdef __cplusplus
}
#endif
