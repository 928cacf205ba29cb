/// Largest Lyapunov exponent along an orbit: the ground state of equation (E5).
#pragma once
#include "theory/orbit.h"

/// Ground-state energy E0 of [-d^2/dlag^2 + 1 - g^2 F1(D(lag))] on the full line (the even state: half line, Neumann at
/// 0). Error below 1e-9 (1 + |E0|). Cost: about 1 ms.
qn_status qn_ground_state(const qn_orbit *orbit, double *energy);

/// A potential that is known as a function of lag.
typedef struct {
    double last;   ///< lag from which on it is constant
    size_t steps;  ///< equal steps up to there, small against the scale on which it varies
    double beyond; ///< its value there
    qn_status (*at)(size_t count, double *lag_to_value, void *context); ///< replaces lags by values
    void *context;
} qn_potential;

/// Ground-state energy of -d^2/dlag^2 + potential, likewise. Error of fourth order in the step, the leading one
/// removed.
qn_status qn_ground_state_of(const qn_potential *potential, double *energy);

/// lambda = -1 + sqrt(1 - E0), per tau.
double qn_lyapunov_exponent(double ground_state_energy);
