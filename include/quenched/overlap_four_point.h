/// Four-point function at one pair of frequencies when the modes of the couplings overlap, as N -> infinity.
///
/// J = L diag(D) R^T whose output and input modes have correlations rho_a, and partially symmetric (elliptic) J:
/// equation (E15) of docs/theory/random-mode.md. It takes what one unit does, S(omega) and C(omega), as given (E12-E14)
/// and is algebra from there on. Without overlaps it is (E6).
#pragma once
#include <quenched/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One unit at one angular frequency.
typedef struct {
    double response_real, response_imaginary; ///< S(omega): response of phi to the field, feedback through J included
    double power;                             ///< C(omega) of phi, real and at least 0
} qn_unit_spectrum;

/// A group of modes that share D and rho.
typedef struct {
    double strength; ///< D >= 0
    double overlap;  ///< rho in [-1, 1]
    double weight;   ///< number of such modes over N, above 0; the weights add up to M / N
} qn_overlapping_modes;

/// theta = Theta(omega1, omega2) = (1/N) sum_ij C_ij(omega1) C_ij(omega2), i = j included, for `count` >= 1 groups.
///
/// Written without any division by S: exact down to S = 0. The result is real; what rounding leaves of an imaginary
/// part is dropped. *theta is untouched on error.
/// @return QN_BAD_VALUE naming the argument at fault; QN_NO_SOLUTION at a pole (a mode with rho D S(omega) = 1, or a
///         covariance that diverges). Cost: 50 ns and 10 ns per group. Thread-safe.
qn_status qn_overlap_four_point(size_t count, const qn_overlapping_modes *modes, const qn_unit_spectrum *first,
                                const qn_unit_spectrum *second, double *theta);

/// The same for elliptic J: independent entries of standard deviation strength / sqrt(N), but for the correlation
/// `symmetry` in [-1, 1] of J_ij with J_ji.
qn_status qn_elliptic_four_point(double strength, double symmetry, const qn_unit_spectrum *first,
                                 const qn_unit_spectrum *second, double *theta);

#ifdef __cplusplus
}
#endif
