/// Moments of a given coupling matrix: m_n = (1/N) tr J^n for n <= 3, and (C4) m2 = (1/N) tr J J^T, m4 = (1/N)
/// tr (J J^T)^2; exact, or estimated with error bars where exact sums are too dear.
#pragma once
#include <quenched/matrix.h>
#include <quenched/progress.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_MOMENTS_AUTO = 0, ///< exact where qn_moments_cost() is at most `limit`
    QN_MOMENTS_EXACT,
    QN_MOMENTS_ESTIMATED ///< m4 and m_3 by random probes; what costs one pass over the matrix is exact all the same
} qn_moments_method;

typedef struct {
    qn_moments_method method;
    double limit;         ///< scattered multiplications; 0 means 3e10: some minutes
    bool drop_self_loops; ///< leave the diagonal out
    bool remove_mean;     ///< of J_ij - (1/N^2) sum J, exactly and without making a sparse matrix dense
    size_t rank;          ///< of J - left right^T: how many columns; 0. The mean is taken off besides, that of J
    const double *left;   ///< size x rank, row-major; not owned
    const double *right;  ///< likewise
    size_t probes;        ///< vectors of random signs; at least 8; 0 means 64. The error falls as 1 / sqrt(probes)
    size_t leading;       ///< leading directions treated exactly, which takes their fluctuations away; 0 means 32
    uint64_t seed;        ///< of the signs
} qn_moments_options;

typedef struct {
    size_t size;
    bool estimated;
    double cost;                         ///< qn_moments_cost()
    double trace[3];                     ///< m_1, m_2, m_3: (1/N) tr J^n
    double trace3_error;                 ///< standard error of m_3 over probes; 0 where exact
    double m2, m4;                       ///< alternating
    double m4_error;                     ///< standard error of m4 over probes; 0 where exact
    double inverse_effective_rank;       ///< m4 / m2^2 - 2 = 1/PR^D
    double inverse_effective_rank_error; ///< from m4_error
    double diagonal_square;              ///< (1/N) sum_i J_ii^2
    /// sum_i r_i c_i / sum_i r_i with r_i = sum_j J_ij^2, c_j = sum_i J_ij^2: the g^2 of a matrix of independent
    /// entries with these sums that its powers see; m2 where units are alike
    double matched_m2;
} qn_moments;

/// Scattered multiplications (some nanoseconds each) that exact moments take: half the sum over columns of (entries)^2
/// for m4, the sum over units of entries in its column times entries in its row for m_3. Where more than an eighth of
/// all pairs has an entry BLAS does it: 2 N^3 / 40. 0 for a matrix without entries.
double qn_moments_cost(const qn_matrix *matrix);

/// Errors of estimates: Hutchinson's tr M = E z^T M z with random signs z, orthogonal to the `leading` directions Q of
/// J J^T, for which tr Q^T M Q is summed exactly (Hutch++: Meyer, Musco, Musco & Woodruff 2021). Unbiased.
/// @param[in]  matrix    square, dense or sparse, entries finite, not all zero
/// @param[in]  options   NULL: `{0}`
/// @param[in]  progress  may be NULL
/// @param[out] result    untouched on error
/// @return QN_OK; QN_BAD_VALUE naming the field at fault; QN_NO_MEMORY with the figures; QN_STOPPED.
/// Cost: exact: `cost`; estimated: 4 probes + 6 leading products of the matrix with a vector, 16 at a time (15 million
/// entries, defaults: 20 s). Memory: 24 bytes per entry (dense 8 N^2 unless it is not so already), exact 40
/// bytes per unit and thread (dense: 512), estimated 8 (leading + 64) bytes per unit. The same bits for any number of
/// threads.
qn_status qn_moments_find(const qn_matrix *matrix, const qn_moments_options *options, const qn_progress *progress,
                          qn_moments *result);

#ifdef __cplusplus
}
#endif
