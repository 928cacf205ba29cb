/// Dynamic mean-field theory of a network whose units differ in gain: two-point and four-point, as N -> infinity.
///
///     dx_i/dt = -x_i + w_i sum_j J_ij v_j phi(x_j) + sqrt(2) sigma xi_i(t)          (tau = 1)
/// with input gains w_i and output gains v_i from classes and couplings whose modes are independent (iid, random modes,
/// orthogonal modes): equations (E10) and (E11) of docs/theory/random-mode.md. The noise is not multiplied by the gain.
///
/// Dimension comes raw and z-scored (every rate divided by the standard deviation of its class). The two differ only
/// because units do: a low dimension that stems from the couplings alone is the same in both. Dividing every unit by
/// its own measured deviation is something else, and gives more at finite N.
///
/// A network whose means do not vanish (phi not odd, an input, a mean coupling) is heterogeneous too: every unit has
/// its own static field, and that is its class ("Means that do not vanish" there).
#pragma once
#include <quenched/rate_network.h>
#include <quenched/two_point.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A network of classes of units. Arrays of `classes` values, needed during the call only.
typedef struct {
    qn_transfer transfer;  ///< odd: tanh, erf, linear, an odd table
    double strength;       ///< g > 0, the standard deviation of the couplings times sqrt(N), gains not counted
    double noise;          ///< sigma >= 0
    size_t classes;        ///< 1 to 1024
    const double *gains;   ///< w_k > 0
    const double *weights; ///< p_k > 0, fractions of the units: they add up to 1 within 1e-9
    const double *outputs; ///< v_k > 0: what a unit sends is v_k phi(x_k), while its rate is phi(x_k); NULL: all 1
} qn_unit_classes;

typedef struct qn_heterogeneous qn_heterogeneous;

/// What one unit does. The arrays belong to the theory they were asked of.
typedef struct {
    double base_variance;              ///< variance of what the couplings make of x_k / w_k, common to all classes; NAN
                                       ///< for static fields
    double decay_rate;                 ///< kappa_inf, per tau: kappa_inf^2 = 1 - g^2 sum_k p_k (v_k w_k <phi'>_k)^2
    double lyapunov_exponent;          ///< largest, per tau
    double rate_variance;              ///< C^phi(0), mean over units
    double defect;                     ///< how well the solution holds: the energy's largest deviation along the orbit,
                                       ///< relative to c0y^2; with noise the last change of C^x relative to C^x(0)
    size_t classes;                    ///< length of the arrays
    const double *class_rate_variance; ///< C_k(0)
    const double *class_field_variance; ///< C^x_k(0)
    const double *class_slope;          ///< w_k <phi'>_k: a unit's response to its base field at zero frequency
} qn_class_activity;

/// Solve.
/// @param[out] result  free with qn_heterogeneous_destroy(). Untouched on error.
/// @return QN_NO_SOLUTION when all is quiescent (without noise, g^2 phi'(0)^2 sum_k p_k (v_k w_k)^2 <= 1) or grows
/// without
///         bound; QN_BAD_VALUE naming the field at fault; QN_NOT_CONVERGED: beside the transition (above all with weak
///         noise), or for a table so kinked that <phi' phi'> has no smooth form.
/// Cost: some ms; with noise 3 to 20 ms (erf) or 30 to 300 ms (tanh) for two classes, up to seconds beside the
/// transition. Accuracy: 1e-8 (two-point), 1e-5 (dimension); with noise 1e-6 and 1e-4. Thread-safe.
qn_status qn_heterogeneous_create(const qn_unit_classes *units, qn_heterogeneous **result);
void qn_heterogeneous_destroy(qn_heterogeneous *theory);

/// Solve for `network`, whose couplings have gains; odd phi, no input, and no mean coupling so strong that all units
/// move together. `two_point` receives averages over units (field and rate on the theory's own lags; the response is to
/// a unit's own field; energy_defect is `defect`). A quiescent network is a result: then *theory is NULL. Clear and
/// destroy both. Errors as qn_heterogeneous_create(); couplings whose modes overlap are refused.
qn_status qn_heterogeneous_solve(const qn_rate_network *network, qn_two_point *two_point, qn_heterogeneous **theory);

/// The four-point theory of `network`, whose means need not vanish and which fluctuates, from its solved two-point part
/// on the default lags (or finer and longer ones): 48 classes of static fields, equal gains. Z-scored then means every
/// rate divided by its own standard deviation. QN_NO_SOLUTION when nothing fluctuates; QN_BAD_VALUE for couplings that
/// it does not cover; QN_NOT_CONVERGED where the lags do not resolve the decay. Cost: 0.1 s (erf)
/// to 0.5 s (tanh). Accuracy: 1e-4.
qn_status qn_static_fields_create(const qn_rate_network *network, const qn_two_point *two_point,
                                  qn_heterogeneous **result);

void qn_heterogeneous_activity(const qn_heterogeneous *theory, qn_class_activity *activity);

/// out[i] = C_k(lag[i]), the rates' autocovariance in class k = `unit_class`; lags in units of tau, of either sign.
/// QN_BAD_VALUE when there is no such class.
qn_status qn_heterogeneous_autocovariance(const qn_heterogeneous *theory, size_t unit_class, size_t count,
                                          const double *lag, double *out);

/// The dimension as a fraction of N, and Theta(0, 0) = (1/N) sum_ij C_ij(0)^2 (E11), of raw or z-scored rates.
/// QN_BAD_VALUE for an inverse effective rank below -1 (0: iid couplings, -1: orthogonal ones). Cost: nanoseconds.
qn_status qn_heterogeneous_dimension(const qn_heterogeneous *theory, double inverse_effective_rank, bool zscored,
                                     double *participation_ratio, double *four_point_variance);

/// PR^x = (1/N sum_i C^x_i(0))^2 / Theta^x(0, 0) of the fields, and Theta^x(0, 0); otherwise as above.
qn_status qn_heterogeneous_field_dimension(const qn_heterogeneous *theory, double inverse_effective_rank,
                                           double *participation_ratio, double *four_point_variance);

/// out[i] = Theta(first_lag[i], second_lag[i]) of raw rates, lags in units of tau, of either sign, up to 1000. Cost:
/// about 1 ms per class, and 0.02 to 0.1 ms per pair for lags up to 30; ten times as much for 300.
qn_status qn_heterogeneous_at_lags(const qn_heterogeneous *theory, double inverse_effective_rank, size_t count,
                                   const double *first_lag, const double *second_lag, double *out);

/// out[i] = PR^phi(omega) = <C_k>^2 / Theta(omega, -omega) at frequency[i], increasing, 0 to 30 rad per tau; NAN where
/// nothing is left of the spectrum.
qn_status qn_heterogeneous_frequency_dimension(const qn_heterogeneous *theory, double inverse_effective_rank,
                                               size_t count, const double *frequency, double *out);

#ifdef __cplusplus
}
#endif
