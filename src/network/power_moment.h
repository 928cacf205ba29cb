/// Moments of a Gaussian above a threshold: H_nu(t) = int Dy max(0, t + y)^nu, the parabolic cylinder functions of a
/// threshold-power.
#pragma once

/// log H_nu(t), nu > -1; -INFINITY where it underflows (t < -38). About 10 us; relative error of H 1e-14.
double qn_power_moment_log(double nu, double t);

/// The same from Chebyshev panels for one nu >= 0, in some 20 ns.
enum { QN_MOMENT_PANELS = 18, QN_MOMENT_POINTS = 18 };
typedef struct {
    double nu;
    double coefficient[QN_MOMENT_PANELS][QN_MOMENT_POINTS];
} qn_power_moments;

/// Fill in the panels for t >= 0 or, with `below`, for t <= 0. About 0.1 ms.
void qn_power_moments_fill(double nu, int below, qn_power_moments *moments);
/// log H_nu(t) for t >= 0 when filled so; for t <= 0 when filled `below`, then log H_nu(t) + t^2 / 2, which stays
/// moderate.
double qn_power_moments_log(const qn_power_moments *moments, double t);
