/// The activations without closed forms, for wide_expectation.c; gain and exponent are resolved, variances are positive
/// or zero, |c| <= sqrt(a b).
#pragma once
#include "theory/wide_expectation.h"

/// tanh of gain 1, by the trapezoidal rule (7a).
qn_status qn_wide_tanh_moment(double a, double c, double b, qn_wide_moment *moment);
qn_status qn_wide_tanh_square(double q, qn_wide_square *square);

/// Table and threshold-power: smoothed by what u and v do not share, whose Gaussian takes the derivatives.
qn_status qn_wide_rough_moment(const qn_transfer *phi, double a, double c, double b, qn_wide_moment *moment);
qn_status qn_wide_rough_square(const qn_transfer *phi, double q, qn_wide_square *square);
