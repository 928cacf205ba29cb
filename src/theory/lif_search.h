/// From a start to a fixed point of the map: relaxation with error control, then Newton's method.
#pragma once
#include "theory/lif_map.h"

/// Integrate dx/ds = F(x) - x (variances four times faster) over `duration`, `x` in place, by BDF (CVODE) with the
/// exact Jacobian. QN_NO_SOLUTION when a rate passes 1e5 / s; QN_NOT_CONVERGED when the integrator gives up.
qn_status qn_lif_relax(qn_lif_map *map, double duration, double *x);

/// max_i |F_i(x) - x_i| / (x_i + 0.001), `image` at hand.
double qn_lif_residual(const qn_lif_map *map, const double *x, const double *image);

/// Newton's method with backtracking, entries kept at or above 0; the map is left evaluated at the solution.
/// QN_NOT_CONVERGED with the residual reached, x untouched.
qn_status qn_lif_newton(qn_lif_map *map, double tolerance, double *x);

/// Largest real part and modulus among the eigenvalues of dF/dx at x, where the map was evaluated last.
qn_status qn_lif_stability(const qn_lif_map *map, const double *x, double *real_part, double *modulus);
