/// <phi phi> or <phi' phi'> of one pair of layers of a wide network, for activations without closed form, as a
/// Chebyshev series in both log variances and in the correlation (7b). tanh: in rho^2, times rho for <phi phi>, so that
/// covariances of 0 stay 0 exactly; others: in the angle acos rho, in which kinks leave no trace at its ends.
#pragma once
#include <quenched/transfer.h>

#include <stddef.h>

typedef struct {
    size_t count[3];         ///< terms by log a, log b and correlation
    double low[2], scale[2]; ///< (log q - low) scale - 1 is in [-1, 1]
    bool angle;              ///< of acos rho
    bool odd;                ///< times rho
    double *c;               ///< count[0] x count[1] x count[2]
    double error;            ///< largest absolute error at 64 places between the nodes, doubled
} qn_wide_interpolant;

/// Over variances range_a[0] <= a <= range_a[1] and the same of b; terms are added until `tolerance` (relative to the
/// largest value) holds or there are 20 x 20 x 48. Variances of 0 are taken as 1e-300. Cost: 400 to 20000 quadratures,
/// shared among threads. QN_NO_MEMORY, or what a quadrature says.
qn_status qn_wide_interpolant_create(const qn_transfer *activation, bool slope, const double range_a[2],
                                     const double range_b[2], double tolerance, qn_wide_interpolant *series);
void qn_wide_interpolant_clear(qn_wide_interpolant *series);

/// Polynomials of one variance: T_k, k < count[side].
void qn_wide_interpolant_basis(const qn_wide_interpolant *series, int side, double q, double *basis);

/// Values for one row: `basis_a` of its variance; `basis_b` holds T_m of column j at basis_b[m count + j]; rho of each
/// column in [-1, 1]. `work` has count[1] count[2] + 4 count elements.
void qn_wide_interpolant_row(const qn_wide_interpolant *series, const double *basis_a, size_t count,
                             const double *basis_b, const double *rho, double *work, double *out);

/// <phi' phi'> of one pair by quadrature, inputs that coincide included.
qn_status qn_wide_slope_by_quadrature(const qn_transfer *activation, double a, double c, double b, double *slope);
