/// The force on the autocovariance of one unit, tabulated: everything that the orbit and its stability ask for.
///
/// With delta = D - Dinf and q = delta / delta0 in [0, 1] the equation of motion (E2, E18) is
///     delta'' = delta - g^2 [F(D) - F(Dinf)] = delta (1 - g^2 G(q)),        G = [F(D) - F(Dinf)] / delta,
/// and its energy integral, for the one orbit that decays, is (delta'/delta)^2 = 1 - 2 g^2 P(q) with
/// P = (1/delta^2) int_0^delta [F - F(Dinf)]. Both are smooth functions of s, where q = 1 - (1 - s)^2: the half-integer
/// powers of 1 - q that kinks and steep transfer functions bring become polynomials. They are held as Chebyshev series
/// in s.
#pragma once
#include "numerics/chebyshev.h"
#include "theory/site.h"

#include <stdbool.h>

typedef struct {
    const qn_gaussian_average *average; ///< not owned
    double strength, noise;             ///< g, sigma
    double amplitude, frozen;           ///< delta0 = C^x(0), Dinf
    double decay_rate_squared;          ///< kappa_inf^2 = 1 - g^2 F1(Dinf)
    double energy;                      ///< [C'(0+)^2 / 2 + V] / (delta0^2 / 2): zero for a self-consistent state
    double at_zero_lag;                 ///< G(1)
    size_t ratio_degree, bend_degree, slope_degree;
    double ratio[QN_CHEBYSHEV_DEGREE + 1]; ///< G
    double bend[QN_CHEBYSHEV_DEGREE + 1];  ///< A = g^2 (G - 2 P) >= 0
    double slope[QN_CHEBYSHEV_DEGREE + 1]; ///< F1, where the series holds
    bool slope_holds;                      ///< else F1 is asked of the average each time (kinks sharper than relu's)
} qn_force;

/// Tabulate. `average` must be of state->mean and state->variance and outlive the force. Cost: 16 to 256 evaluations of
/// F.
qn_status qn_force_create(const qn_gaussian_average *average, const qn_site *site, const qn_site_state *state,
                          qn_force *force);

/// A at q = exp(u): minus the curvature of ln delta along the orbit.
double qn_force_bend(const qn_force *force, double u);
/// (delta'/delta)^2 + energy offset, i.e. 1 - 2 g^2 P, at q = exp(u).
double qn_force_rate_squared(const qn_force *force, double u);
/// C^phi = F(D) - F(Dinf) at q = exp(u[i]).
void qn_force_rate_covariance(const qn_force *force, size_t count, const double *u, double *out);
/// F1(D) at q = exp(u[i]).
void qn_force_slope_product(const qn_force *force, size_t count, const double *u, double *out);
