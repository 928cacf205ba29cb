/// Overlaps of the input and output modes of a matrix, its right and left singular vectors: O_ab = v_a . u_b. On the
/// diagonal rho_a = v_a . u_a, with which mode a feeds back on itself.
///
/// Source: section 7 ("A given matrix") of docs/theory/random-mode.md. Null: v and u independent and uniform, O a Haar
/// orthogonal matrix (or as many of its rows and columns as there are modes), so that sqrt(N) O_ab are N(0, 1) nearly;
/// the variances of the sums below are those of Haar matrices at finite N, from E O^4 = 3 / (N (N + 2)), E O_ab^2
/// O_ac^2 = 1 / (N (N + 2)) and E O_ab^2 O_cd^2 = (N + 1) / (N (N - 1) (N + 2)) (Weingarten): rows of a complete O have
/// length 1, its entries are not independent.
#pragma once
#include <quenched/progress.h>
#include <quenched/singular_values.h>
#include <quenched/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// `{0}`: all modes whose vectors and (non-zero) values are known.
typedef struct {
    size_t skip; ///< leave out the modes of the largest values, such as outliers
    size_t most; ///< modes used at most; 0: all
} qn_mode_overlap_options;

/// The entries x = sqrt(N) O_ab with from <= |a - b| <= to.
typedef struct {
    size_t from, to;        ///< distance in rank
    size_t entries;         ///< n, their number
    double mean;            ///< null: 0. Off the diagonal signs are a convention (singular_values.h), and so is it
    double deviation;       ///< standard deviation, about the mean; null: 1. NAN for a single entry
    double excess_kurtosis; ///< n sum x^4 / (sum x^2)^2 - 3; null: 0. Large where vectors are localised: z_deviation
                            ///< then overstates, since variances fluctuate more
    double z_mean;          ///< mean sqrt(n)
    double z_deviation;     ///< of the variance, by the cube root that makes chi-squared normal (Wilson & Hilferty
                            ///< 1931); NAN where constraints or n = 1 leave it no freedom
    double freedom;         ///< its degrees of freedom under the null: n - 1 were the entries independent
} qn_overlap_statistics;

typedef struct {
    size_t size;                        ///< N
    size_t first, modes;                ///< modes first ... first + modes - 1, by decreasing singular value
    qn_overlap_statistics diagonal;     ///< rho_a
    qn_overlap_statistics off_diagonal; ///< all others
    size_t distances;                   ///< number of the following
    qn_overlap_statistics *distance;    ///< |a - b| = 1, 2-3, 4-7, ...
    double *overlaps;                   ///< `modes`: rho_a, between -1 and 1
} qn_mode_overlaps;

/// @param[in]  values    modes whose value is below N 2^-52 of the largest are left out: their vectors are arbitrary.
///                       Nor mean the overlaps of modes much whose values coincide
/// @param[in]  options   NULL: `{0}`
/// @param[out] result    owned by the caller; free with qn_mode_overlaps_clear(). Untouched on error
/// @return QN_OK; QN_BAD_VALUE (no mode left, fewer than 2 units); QN_NO_MEMORY with the figures; QN_STOPPED.
/// Cost: 2 N modes^2 flops; memory 2 (modes)^2 bytes or less and 512 modes bytes per thread. The same bits for any
/// number of threads. Thread-safe.
qn_status qn_mode_overlaps_measure(const qn_singular_values *values, const qn_mode_overlap_options *options,
                                   const qn_progress *progress, qn_mode_overlaps *result);
void qn_mode_overlaps_clear(qn_mode_overlaps *overlaps);

#ifdef __cplusplus
}
#endif
