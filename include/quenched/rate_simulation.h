/// Direct simulation of one realisation of a rate network: many trials of one coupling matrix side by side.
///
/// Knows no theory: burn-in and lags are given by the caller, and checked against the activity itself.
#pragma once
#include <quenched/progress.h>
#include <quenched/rate_network.h>
#include <quenched/stationary.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_INTEGRATOR_AUTOMATIC = 0,    ///< RK4 without noise, exponential Euler with noise
    QN_INTEGRATOR_RK4,              ///< classical Runge-Kutta; without noise only
    QN_INTEGRATOR_HEUN,             ///< stochastic Heun (order 1 strong, 2 weak for additive noise)
    QN_INTEGRATOR_EXPONENTIAL_EULER ///< exact leak and exact Ornstein-Uhlenbeck noise, coupling by a second-order
                                    ///< exponential step
} qn_integrator;

typedef struct {
    uint64_t seed;
    size_t trials;   ///< independent initial conditions of the same J, 1 to 1024; 0 means 32
    double duration; ///< measured, units of tau, per trial; 0 means 200
    double burn_in;  ///< discarded before, units of tau; 0 means 100
    double step;     ///< time step, units of tau, at most 0.5; 0 means 0.2 (RK4), 0.1 (exponential Euler), 0.05 (Heun)
    double sample_interval; ///< between frames, units of tau, rounded to steps; 0 means 1
    double
        lag_max; ///< last lag of the autocorrelations, units of tau, at most duration; 0 means 20, or half of duration
    size_t
        tangents; ///< tangent vectors, one per trial of the first `tangents` trials; 0: no Lyapunov exponent. The cost
                  ///< goes by trials + tangents, rounded up to a multiple of 16: 28 and 4 cost as much as 32 and 0
    qn_integrator integrator;
    qn_precision precision;    ///< single is enough for every statistic here
    bool dimension;            ///< measure the four-point function, by products of different trials (at least 2). Keeps
                               ///< every frame: 12 bytes x units x trials x frames
    size_t dimension_lags;     ///< of the four-point function: 0, 1, ... this many frames, at most as many as are
                               ///< measured; 0 means 1
    bool pca;                  ///< measure the variances along principal components. Keeps every frame of the rates
    size_t dimension_map_lags; ///< with `dimension`: the four-point function at all pairs of lags up to this many
                               ///< frames, of either sign; at most lag_max; 0: not measured
} qn_rate_simulation_options;

/// One network's measurements: averages over units, trials and time of the trials that kept moving. NAN where not
/// measured. When none did, of those on periodic orbits; when all came to rest, of their fixed points (the variances in
/// time are then 0, and the frozen variance is that over the units of each trial).
///
/// With one trial only, nothing but its own time average tells what is static: field_variance and rate_variance are
/// then too low by a factor 1 - 2 correlation_time / duration, and frozen_variance is too high by what they lack.
typedef struct {
    double mean_field, mean_rate;
    double field_variance;    ///< C^x(0): variance in time, static part taken off without finite-time bias (cross-trial
                              ///< products)
    double rate_variance;     ///< C^phi(0), likewise
    double frozen_variance;   ///< variance over units of the time average of x, by cross-trial products
    double velocity_variance; ///< <(dx/dt)^2> per tau^2 of the drift
    double mean_slope;        ///< <phi'(x)>
    double decay_rate; ///< per tau: of C^x at long lag (qn_decay_rate()); NAN when C^x does not get there by lag_max
    double correlation_time;  ///< int_0^inf C^x dlag / C^x(0), units of tau (qn_correlation_time()); NAN likewise
    double lyapunov_exponent; ///< largest, per tau; NAN without tangents
    double drift;  ///< (second half - first half) / mean of the second moment of x about its mean: is it stationary?
                   ///< (burn-in check)
    size_t trials; ///< simulated
    size_t settled_trials; ///< came to rest at a fixed point; left out of the averages above unless all did
    size_t cycling_trials; ///< ended on a periodic orbit; likewise
    bool diverged;         ///< activity grew beyond any bound: all figures are NAN, the functions empty
    qn_stationary field;   ///< C^x(lag) on the sample grid
    qn_stationary rate;    ///< C^phi(lag)

    // With `dimension`, from trials that kept moving, at least two of them; else NAN and empty. Theta(l, l') = sum
    // over pairs of units of <products of their covariances at lags l and l'> / N, the diagonal included. Unbiased:
    // formed of covariances of different trials. Average over networks before taking ratios. Unless nothing is
    // static (odd phi, no input, no mean coupling), units' means over trials and time are taken off, and with them a
    // fraction of about 4 correlation_time / (trials * duration) of Theta.
    double four_point_variance;         ///< Theta^phi(0, 0)
    double field_four_point_variance;   ///< Theta^x(0, 0)
    double zscored_four_point_variance; ///< Theta(0, 0) of rates each divided by its unit's standard deviation over
                                        ///< trials and time
    double naive_four_point_variance; ///< Theta^phi(0, 0) of one trial's covariance with itself, mean over trials: too
                                      ///< high by about N / duration int C^phi(lag)^2 dlag; for comparison only
    double participation_ratio;       ///< of this network, rates: rate_variance^2 / four_point_variance
    double participation_ratio_field; ///< field_variance^2 / field_four_point_variance
    double participation_ratio_zscored; ///< the same of rates divided by their standard deviations
    qn_stationary four_point;           ///< Theta^phi(lag, lag) on the sample grid, `dimension_lags` values
    double zscored_rate_variance;       ///< mean square of the rates divided by their standard deviations: 1 but for
                                        ///< silent units
    double class_zscored_four_point_variance; ///< Theta(0, 0) of rates divided by the root mean square over the units
                                              ///< of the same gain (network.coupling.gains)
    double class_zscored_rate_variance;       ///< the mean square of these

    size_t bytes; ///< peak of what this call held

    // With `dimension`, too: the rates at frequencies 0, 2 pi / segment, ... up to half of pi / sample_interval, seen
    // through a taper over the whole duration (segments of 512 tau where it is longer): a dip of the dimension narrower
    // than 9 / segment is smoothed out. Of rates averaged over each frame's interval, so that faster fluctuations do
    // not fold in; the averaging is divided out again. PR^phi(omega) = rate_spectrum^2 / four_point_spectrum, each
    // averaged over networks first.
    qn_spectrum rate_spectrum;       ///< C^phi(omega), mean over units
    qn_spectrum four_point_spectrum; ///< Theta^phi(omega, -omega), of different trials
    size_t map_lags;                 ///< `dimension_map_lags`, or 0
    double *four_point_map; ///< Theta^phi(l, l'), (map_lags + 1) x (2 map_lags + 1), in frames: l = 0 ... map_lags, l'
                            ///< = -map_lags ... map_lags; the rest follows from Theta(l, l') = Theta(-l, -l')

    // With `pca`, from trials that kept moving, one at least; else empty.
    size_t component_count; ///< the number of units, or 0
    double
        *component_variances; ///< eigenvalues of the rates' equal-time covariances over trials and frames, decreasing;
                              ///< spread by finite sampling: the large ones are too large and the small ones too
                              ///< small, by what 2 sqrt(N / (trials * duration / correlation time)) is of them
} qn_rate_measurement;

/// Simulate realisation `realisation`: draws J, initial states N(0,1) and noise from streams named by (seed, purpose,
/// realisation).
/// @param[in]  progress  NULL or a callback
/// @param[out] result    free with qn_rate_measurement_clear(); untouched on error
/// @return QN_OK (also when all trials settled, or the activity diverged: see the fields); QN_NO_MEMORY before anything
/// is
///         taken when it would not fit; QN_BAD_VALUE naming the option; QN_STOPPED.
/// Trials that settled are left running unless all have settled and no tangents are carried; then the call returns
/// early. Same bits for any number of threads. Cost: 2 N^2 trials flops per right-hand side. Memory: J + 11 states of N
/// x trials.
qn_status qn_rate_simulate(const qn_rate_network *network, const qn_rate_simulation_options *options,
                           uint64_t realisation, const qn_progress *progress, qn_rate_measurement *result);
void qn_rate_measurement_clear(qn_rate_measurement *measurement);

#ifdef __cplusplus
}
#endif
