/// Gaussian expectations of a product of activations, and their derivatives by variances and covariance: (5)-(7) of
/// docs/theory/gaussian-processes.md. u and v are centred Gaussians with var u = a, cov = c, var v = b.
///
/// Accuracy: closed forms (erf, relu, linear) a few 1e-16 relative to the size of the terms; tanh 1e-12 of
/// the largest value of the derivative; table and threshold-power 1e-11 of gain^k / (1 - |rho|)^(k - 1) for the k-th
/// derivative by c (nothing is differenced: derivatives act on the Gaussian).
#pragma once
#include <quenched/transfer.h>

/// E2 = <phi(u) phi(v)> and derivatives: c is D2 = <phi'(u) phi'(v)>. Each of a and b counts as a variable of its own.
typedef struct {
    double value, a, b, c, aa, bb, cc, ab, ac, bc;
} qn_wide_moment;

/// QN_BAD_VALUE when a or b is negative or c^2 > a b beyond rounding (1e-9; c is clipped below that). relu at |rho| =
/// 1: second derivatives are infinite; with a = 0 or b = 0 all its derivatives are set to 0. Table and threshold-power
/// with 1 - |rho| < 1e-7, or a variance of 0: all but the value are NAN; take qn_wide_square_of() for coinciding
/// indices. Cost: 50 ns (closed forms); tanh 0.1 ms, more as max(a, b) gain^2 above 4; table, threshold-power 1 to 100
/// ms.
qn_status qn_wide_moment_of(const qn_transfer *activation, double a, double c, double b, qn_wide_moment *moment);

/// E(q) = <phi(u)^2>, its first and second derivative by q.
typedef struct {
    double value, first, second;
} qn_wide_square;

/// Coinciding indices, u = v with variance q >= 0 (else QN_BAD_VALUE). Table and threshold-power at q = 0: derivatives
/// are NAN. Cost: 20 ns (closed forms), 2 us (tanh), 20 us and more (table, threshold-power).
qn_status qn_wide_square_of(const qn_transfer *activation, double q, qn_wide_square *square);

/// <phi(u)> at variance q; 0 where phi is odd; NAN without memory or q.
double qn_wide_mean_of(const qn_transfer *activation, double q);
