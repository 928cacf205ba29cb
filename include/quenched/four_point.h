/// Four-point dynamic mean-field theory of a rate network: how its units fluctuate together as N -> infinity.
///
/// Theta(lag1, lag2) = (1/N) sum_ij C_ij(lag1) C_ij(lag2), i = j included, of the rates' covariances C_ij, for
/// couplings whose modes are independent (iid, random modes, orthogonal modes): equations (E6)-(E9) of
/// docs/theory/random-mode.md, after Clark, Marschall, van Meegen & Litwin-Kumar (arXiv 2409.01969).
///
/// The couplings enter by their strength and by their inverse effective rank 1/PR^D: 0 for iid couplings, -1 for
/// orthogonal ones. Everything but that number is computed once.
#pragma once
#include <quenched/two_point.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qn_four_point qn_four_point;

/// Prepare the theory of `network`, whose two-point part has been solved on any lag grid: where the grid is too short
/// or too wide to resolve C^phi the two-point part is solved again. Both are needed during the call only.
/// @return QN_NO_SOLUTION when activity does not fluctuate ("... it has no dimension"); QN_BAD_VALUE for a phi that is
///         not odd, an input or a mean coupling: means are not covered; QN_NOT_CONVERGED.
/// Towards the transition of a network without noise A and B below become pi^2 / (12 kappa_inf^3), whatever phi: PR^phi
/// vanishes as kappa_inf^3.
/// Cost: 1 to 3 ms, beside the transition too; with strong noise (sigma = 10) 7 ms. Memory 0.2 MB. Accuracy: 1e-5
/// relative (intercept and slope below), 1e-4 with noise.
qn_status qn_four_point_create(const qn_rate_network *network, const qn_two_point *two_point, qn_four_point **result);
void qn_four_point_destroy(qn_four_point *four_point);

/// Dimensions are fractions of N, in (0, 1].
typedef struct {
    double participation_ratio;                ///< PR^phi = C^phi(0)^2 / Theta^phi(0, 0)
    double participation_ratio_field;          ///< PR^x, the same of the fields (E8)
    double participation_ratio_zero_frequency; ///< PR^phi(omega = 0) (E9)
    double four_point_variance;                ///< Theta^phi(0, 0)
    double field_four_point_variance;          ///< Theta^x(0, 0)
    double intercept, slope;                   ///< A, B of 1/PR^phi = A + B / PR^D (E7)
    double field_intercept, field_slope;       ///< the same of PR^x
} qn_dimension;

/// The dimension at an inverse effective rank, at least -1; QN_BAD_VALUE below. Cost: nanoseconds.
qn_status qn_four_point_dimension(const qn_four_point *four_point, double inverse_effective_rank, qn_dimension *result);

/// out[i] = Theta^phi(first_lag[i], second_lag[i]), lags in units of tau, of either sign, up to 1000. Cost: 1 to 3 ms
/// and 0.02 to 0.1 ms per pair for lags up to 30; ten times as much for 300. Error: 1e-5 of Theta(0, 0).
qn_status qn_four_point_at_lags(const qn_four_point *four_point, double inverse_effective_rank, size_t count,
                                const double *first_lag, const double *second_lag, double *out);

/// out[i] = PR^phi(omega) at frequency[i] (rad per tau), the dimension of the cross-spectral matrix (E9).
qn_status qn_four_point_frequency_dimension(const qn_four_point *four_point, double inverse_effective_rank,
                                            size_t count, const double *frequency, double *out);

#ifdef __cplusplus
}
#endif
