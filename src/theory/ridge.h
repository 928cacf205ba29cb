/// The ridge of the four-point function: weights that integrate it exactly, on frequencies that do not resolve it.
///
/// Theta is smooth but for its denominator |D|^2, D = (1 + i omega1)(1 + i omega2) - q with q = g^2 S0^2 = 1 -
/// kappa_inf^2. Along omega1 = -omega2 that makes a ridge of width kappa_inf^2 + omega^2, far narrower near zero than
/// anything in a two-point function. In omega2, D has one zero,
///     p = [-q omega1 + i (kappa_inf^2 + omega1^2)] / (1 + omega1^2),
/// so that 1/|D|^2 and Re 1/D follow from int f(omega2) / (omega2 - p) domega2, and in a panel where f is its
/// interpolant on Gauss-Legendre nodes t that integral is a sum with weights
///     [w + 2 Q_n(z) / P_n'(t)] / (t - z),     z: p on the panel's scale, [-1, 1],
/// Q_n being the Legendre function of the second kind: Gauss-Legendre's own weights where the pole is far away. What is
/// left to be integrated over omega1 varies on the scale kappa_inf + omega1, as spectra do.
#pragma once
#include "theory/frequency_grid.h"

/// Weights of one omega1, for all omega2: [0] omega2 = -omega_j, [1] omega2 = +omega_j. Arrays of grid->count.
typedef struct {
    double *real[2];   ///< int domega2 / (2 pi) f Re(1/D) = sum_j f(omega_j) real[j], of either half line
    double *square[2]; ///< int domega2 / (2 pi) f / |D|^2 likewise
} qn_ridge;

qn_status qn_ridge_create(const qn_frequency_grid *grid, qn_ridge *ridge);
void qn_ridge_clear(qn_ridge *ridge);

/// Fill in the weights of omega1 = first >= 0. `gap` = 1 - q > 0 is asked for as such, for beside a transition it is
/// small. Error 1e-11 where f is a polynomial of degree below QN_FREQUENCY_PANEL in every panel, however small the gap.
void qn_ridge_at(const qn_frequency_grid *grid, double gap, double first, qn_ridge *ridge);
