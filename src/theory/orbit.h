/// The orbit delta(lag) = delta0 exp(u(lag)): the one solution of the equation of motion (E2, E18) that decays.
///
/// An initial-value solution of E2 blows up, for the orbit is a separatrix. Taking the energy integral off leaves
///     u'' = -A(exp u),   u(0) = 0,   u'(0+) = -sigma^2 / delta0,
/// which is the same orbit, has no growing solution beside it, and tends to the straight line u' = -kappa_inf.
#pragma once
#include "theory/force.h"

typedef struct {
    double lag, u, v, a; ///< u, u', u''
} qn_orbit_node;

typedef struct {
    const qn_force *force; ///< not owned
    size_t count;
    qn_orbit_node *nodes; ///< from lag 0 to where the straight line has begun, owned
    double decay_rate;    ///< kappa_inf
    double defect;        ///< largest |C'^2/2 + V(C)| met at the nodes, relative to delta0^2
} qn_orbit;

/// Integrate; error of u about 1e-11. QN_NOT_CONVERGED when kappa_inf^2 <= 0 or the steps become too many. Cost: about
/// 1 ms.
qn_status qn_orbit_create(const qn_force *force, qn_orbit *orbit);
void qn_orbit_clear(qn_orbit *orbit);

/// u at the lags 0, step, ... (count - 1) step.
void qn_orbit_sample(const qn_orbit *orbit, size_t count, double step, double *u);
/// u at `place` in [0, 1] of interval `i` (between nodes i and i + 1).
double qn_orbit_inside(const qn_orbit *orbit, size_t i, double place);
/// int_0^inf exp(u) dlag = int C^x dlag / C^x(0).
double qn_orbit_integral(const qn_orbit *orbit);
