/// Gaussian averages of a transfer function: what dynamic mean-field theory needs to know of phi.
///
/// x and y are jointly Gaussian with the same mean and variance c0 and with covariance c, |c| <= c0 (equation E1 of
/// docs/theory/random-mode.md):
///     F(c) = <phi(x) phi(y)>,   F1(c) = <phi'(x) phi'(y)> = dF/dc,   W(c) = int_0^c F(u) du.
/// Closed forms where they exist (erf, relu, linear: 1e-12), quadrature or Hermite series otherwise (1e-10; 1e-12
/// measured), at every correlation including +-1 and for steep transfer functions. Errors are relative to the value at
/// c = c0; F and W of an odd phi also keep their relative accuracy as c -> 0.
#pragma once
#include <quenched/transfer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qn_gaussian_average qn_gaussian_average;

/// Prepare the averages at one (mean, variance); variance >= 0 and finite. Cost: 1 us (erf, relu, linear), 10-30 us
/// (tanh, threshold-power), up to 1 ms (table, by its rows). QN_BAD_VALUE names the argument at fault. The transfer's
/// table must outlive the object.
qn_status qn_gaussian_average_create(const qn_transfer *transfer, double mean, double variance,
                                     qn_gaussian_average **average);
void qn_gaussian_average_destroy(qn_gaussian_average *average);

double qn_gaussian_average_value(const qn_gaussian_average *average);  ///< <phi>
double qn_gaussian_average_slope(const qn_gaussian_average *average);  ///< <phi'>; for an odd phi, S0 of the theory
double qn_gaussian_average_square(const qn_gaussian_average *average); ///< <phi^2> = F(c0)
double qn_gaussian_average_square_slope(
    const qn_gaussian_average *average); ///< <phi'^2> = F1(c0); INFINITY where it diverges (exponent 1/2)
double qn_gaussian_average_potential_at_variance(
    const qn_gaussian_average *average); ///< W(c0), = var of the antiderivative of phi

/// F, F1 and W at `count` covariances, each |covariance| <= variance (clamped when beyond by rounding). In place
/// allowed. Thread-safe. Cost per covariance: some 10 ns (centred closed forms) to 1 us (shifted), 0.1-0.3 us (tanh,
/// table), 3-20 us (threshold-power), after what the first call prepares: 0.2-3 ms (tanh), 1 ms (threshold-power), 1-30
/// ms (a table of some hundred rows; more when steep or long). NAN where the covariance is NAN, or when there is no
/// memory to prepare.
void qn_gaussian_average_product(const qn_gaussian_average *average, size_t count, const double *covariance,
                                 double *out);
void qn_gaussian_average_slope_product(const qn_gaussian_average *average, size_t count, const double *covariance,
                                       double *out);
void qn_gaussian_average_potential(const qn_gaussian_average *average, size_t count, const double *covariance,
                                   double *out);

/// Centred pair with different variances: out[i] = <phi(x) phi(y)> with var x = c11[i], var y = c22[i], cov = c12[i].
/// QN_BAD_VALUE when a variance is negative or |c12| > sqrt(c11 c22) (beyond rounding), naming i. Arrays of `count`
/// values.
qn_status qn_gaussian_product(const qn_transfer *transfer, size_t count, const double *c11, const double *c22,
                              const double *c12, double *out);

#ifdef __cplusplus
}
#endif
