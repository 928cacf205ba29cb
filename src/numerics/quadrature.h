/// Quadrature: Gauss-Legendre and Gauss-Hermite nodes, and adaptive integration to a stated tolerance.
///
/// GSL's nodes and its 21-point Kronrod rule are used; GSL's error handler, which would end the process, is never
/// reached and never replaced: it belongs to the program that calls the library. Thread-safe.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

/// `count` >= 1 nodes (increasing) and weights on [low, high]: exact for polynomials of degree 2 count - 1.
qn_status qn_gauss_legendre(size_t count, double low, double high, double *nodes, double *weights);

/// `count` (1 to 512) nodes (increasing) and weights of the standard normal density: sum_i w_i f(z_i) = <f(z)>, exact
/// for polynomials of degree 2 count - 1. Weights keep their relative accuracy (1e-12) far into the tails.
qn_status qn_gauss_hermite(size_t count, double *nodes, double *weights);

typedef double (*qn_integrand)(double x, void *context);

/// int_low^high f, low < high, either may be infinite; adaptive bisection until the error estimate is below
/// max(absolute, relative |result|). `error` (NULL allowed) receives the estimate.
/// @return QN_NOT_CONVERGED (with the estimate reached) after 2000 intervals; QN_NO_SOLUTION when f is not finite
/// somewhere.
qn_status qn_integrate(qn_integrand f, void *context, double low, double high, double absolute, double relative,
                       double *result, double *error);
