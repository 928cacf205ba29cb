/// Structure of a given coupling matrix: its strength and its effective ranks, without a singular value decomposition.
#pragma once
#include <quenched/matrix.h>
#include <quenched/progress.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// `{0}` takes the matrix as it is.
typedef struct {
    bool drop_self_loops; ///< leave the diagonal out
    bool drop_silent;     ///< leave units out that neither receive nor send: N becomes the number of the others
} qn_connectivity_options;

/// Moments (C4): m2 = (1/N) tr J J^T, m4 = (1/N) tr (J J^T)^2.
typedef struct {
    size_t size;           ///< N, after what was dropped
    size_t entries;        ///< entries other than zero, after what was dropped
    size_t self_loops;     ///< entries other than zero on the diagonal of the matrix as given
    size_t silent_rows;    ///< units that receive nothing (self-loops left out if dropped), as given
    size_t silent_columns; ///< units that send nothing, likewise
    size_t dropped;        ///< units left out by drop_silent
    double mean;           ///< (1/N) sum_ij J_ij
    double m2, m4;         ///< strength g_eff = sqrt(m2)
    double kappa4;         ///< m4 - 2 m2^2
    /// kappa4 / m2^2 = 1/PR^D of random-mode theory: 0 for independent entries, -1 for an orthogonal matrix.
    double inverse_effective_rank;
    double inverse_effective_rank_error; ///< jackknife over rows in 20 groups (fewer when N is); NAN for fewer than 3
                                         ///< units or when some were dropped
    double effective_rank; ///< PR^s = m2^2 / m4, a fraction of N: (sum s^2)^2 / (N sum s^4) of the singular values s
    double deviation_m2;   ///< m2 of J_ij - mean / N: what theory of random couplings calls g^2. 0 where all entries of
                           ///< the matrix, those not stored included, are equal
    double deviation_inverse_effective_rank; ///< kappa4 / m2^2 of J_ij - mean / N, to about 1e-16 mean^4 / (N m2^2);
                                             ///< NAN where deviation_m2 is 0
} qn_connectivity;

/// Analyse a square matrix, and its deviations from the mean, which make it dense but differ from it by a matrix of
/// rank one. Exact: m4 is summed row by row of J J^T.
/// @param[in]  matrix    square, dense or sparse, with an entry other than zero; entries finite
/// @param[in]  options   NULL: `{0}`
/// @param[in]  progress  may be NULL
/// @param[out] result    untouched on error
/// @return QN_OK; QN_BAD_VALUE (empty, not square, nothing but zeros, squares that overflow); QN_NO_MEMORY with the
///         figures; QN_STOPPED.
/// Cost: half the sum over columns of (entries of the column)^2 scattered multiplications (1 ns each); where more than
/// an eighth of all pairs has an entry N^3 flops of BLAS instead (N = 2000: 0.2 s on one core). Memory: 24 bytes per
/// entry, dense 8 N^2 where the matrix is not so already; 168 bytes per unit, and 16 per unit and thread (dense: 512).
/// The same bits for any number of threads. Thread-safe. Where hubs make it too dear qn_moments_find() estimates.
qn_status qn_connectivity_analyse(const qn_matrix *matrix, const qn_connectivity_options *options,
                                  const qn_progress *progress, qn_connectivity *result);

#ifdef __cplusplus
}
#endif
