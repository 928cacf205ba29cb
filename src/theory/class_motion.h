/// The fluctuating state of a network of unit classes: autocovariance and response of each class.
#pragma once
#include <quenched/heterogeneous.h>
#include <quenched/stationary.h>

typedef struct {
    size_t classes;
    double base_variance; ///< Y(0)
    double decay_rate;    ///< kappa_inf
    double lyapunov_exponent;
    double defect;
    qn_stationary base;     ///< Y: what the couplings make of the base field's autocovariance; C^x_k = w_k^2 Y +
                            ///< sigma^2 exp(-|lag|)
    double *rate_variance;  ///< C_k(0)
    double *field_variance; ///< C^x_k(0)
    double *slope;          ///< w_k <phi'>_k
    double *cusp;           ///< -C_k'(0+) = sigma^2 <phi'^2>_k
    qn_stationary *rate;    ///< C_k, all on the same lags
} qn_class_motion;

/// v_k^2, the square of a class's output gain.
double qn_class_output_square(const qn_unit_classes *units, size_t k);

/// g^2 <v^2 w^2> phi'(0)^2: without noise the silent state is unstable above 1.
double qn_class_growth_at_rest(const qn_unit_classes *units);

/// Without noise: the base field's orbit (E10). `units` has been checked. *motion is untouched on error.
qn_status qn_class_motion_quiet(const qn_unit_classes *units, qn_class_motion *motion);
/// With noise: an integral equation for what the classes share.
qn_status qn_class_motion_noisy(const qn_unit_classes *units, qn_class_motion *motion);

/// Room for `classes` classes, nothing filled in; lags are for the solver to create.
qn_status qn_class_motion_create(size_t classes, qn_class_motion *motion);
void qn_class_motion_clear(qn_class_motion *motion);

/// Lags of a function that decays at `decay_rate`: as for one class, at most 16385 of them.
void qn_class_motion_lags(double decay_rate, size_t *count, double *step);
