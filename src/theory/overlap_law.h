/// What couplings with feedback (overlapping modes, elliptic) do to one unit: equation (E12).
#pragma once
#include <quenched/overlap_four_point.h>
#include <quenched/rate_network.h>

#include "theory/overlap_four_point.h"

enum { QN_OVERLAP_GROUPS = 24 };

/// Modes in groups: those of one overlap as they are where they have few strengths, else by the Gauss quadrature of
/// their strengths, exact for their first 23 moments.
typedef struct {
    bool elliptic;
    double strength, symmetry; ///< g; elliptic: r
    size_t count;
    qn_overlapping_modes modes[QN_OVERLAP_GROUPS];
    double instantaneous; ///< K0
} qn_overlap_law;

/// QN_BAD_VALUE naming the field at fault or a kind without feedback.
qn_status qn_overlap_law_of(const qn_coupling *coupling, size_t size, qn_overlap_law *law);

/// K(omega) - K0 for the response S(omega).
double complex qn_overlap_memory(const qn_overlap_law *law, double complex response);
/// C^h(omega) / C^phi(omega).
double qn_overlap_field_power(const qn_overlap_law *law, double complex response);
/// Largest rho D over the groups: K has a pole where it meets 1 / S.
double qn_overlap_strongest(const qn_overlap_law *law);
/// Averages of (E15).
qn_overlap_averages qn_overlap_law_averages(const qn_overlap_law *law, double complex first, double complex second);

/// Response of a linear unit, phi = slope x, to its field at omega: S = slope / (1 + i omega - slope K(S)). False when
/// there is none: feedback alone drives it away. `gain` is then untouched, else C^h |S|^2 / C^phi: the network at rest
/// is stable while that is below 1 at all omega.
bool qn_overlap_linear_response(const qn_overlap_law *law, double slope, double omega, double complex *response,
                                double *gain);
