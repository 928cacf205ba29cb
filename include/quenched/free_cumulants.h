/// Free cumulants k_n of couplings: the part of the overlaps of left and right modes that single-site theory sees.
///
/// With modes of strength D_a and overlap rho_a, k_n = (1/N) sum_a (D_a rho_a)^n, and a unit feels its own past through
/// K(S) = sum_n k_n S^(n-1): "Modes that overlap" in docs/theory/random-mode.md. All vanish where modes do not overlap.
#pragma once
#include <quenched/coupling.h>
#include <quenched/moments.h>

#ifdef __cplusplus
extern "C" {
#endif

/// From the moments m_n = (1/N) tr J^n: k_1 = m_1, k_2 = m_2 - m_1^2, k_3 = m_3 - 3 m_1 m_2 + 2 m_1^3.
typedef struct {
    double value[3];          ///< k_1, k_2, k_3
    double estimate_error[3]; ///< standard error from random probes; 0 where exact
    /// What entries independent of each other and of mean 0 would have, given the sums over rows and columns of J_ij^2:
    /// mean (0, d, 0), d = (1/N) sum_i J_ii^2 as it is (g^2 / N for a matrix whose diagonal is like the rest), and
    /// standard deviation sqrt(n) g^n / N up to relative corrections of order 1 / N; g^2 is qn_moments.matched_m2,
    /// which is m2 where units are alike. Without self-loops k_1 of deviations from the mean is exactly -mean / N.
    double null_mean[3], null_deviation[3];
    double z[3]; ///< (value - null_mean) / deviation, the error of the estimate included; NAN where both are 0
} qn_free_cumulants;

/// Of a matrix whose moments are known, for example without its mean or outliers: a mean or an outlier lambda shows in
/// k_n as lambda^n / N.
void qn_free_cumulants_of(const qn_moments *moments, qn_free_cumulants *result);

/// k_1 ... k_count of an ensemble: modes as above (0 unless they overlap); elliptic: k_2 = symmetry strength^2,
/// otherwise 0; iid and (its bulk) low-rank: 0. Of a given matrix its deviations from the mean, at the strength asked
/// for, by qn_moments_find() with defaults. QN_BAD_VALUE: count 0, for a given matrix above 3, or as
/// qn_coupling_check() says.
qn_status qn_coupling_free_cumulants(const qn_coupling *coupling, size_t size, size_t count, double *result);

#ifdef __cplusplus
}
#endif
