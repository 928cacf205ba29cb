/// Singular values that stand out of the others, and the connectivity numbers without them.
///
/// Source: section 7 ("A given matrix") of docs/theory/random-mode.md, equations (C1)-(C4).
#pragma once
#include <quenched/singular_values.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Values that stand out. With the k largest taken out, the bulk is what remains, its edge the largest of it, its
/// spread the standard deviation of its singular values. The k largest are outliers when the least of them lies more
/// than three spreads above the edge, and when they are few: at most a tenth of the bulk's effective number of values,
/// (sum s^2)^2 / sum s^4, so that the modes of a matrix of low rank are its bulk and not its outliers. Of all such k
/// the largest counts. It takes a gap to make outliers: a long tail that joins the bulk without one is part of its
/// effective rank. Independent entries of strength g have edge 2 g and spread 0.53 g: a value counts from 3.6 g on.
typedef struct {
    size_t count;         ///< k
    double edge;          ///< the largest value of the bulk
    double spread;        ///< standard deviation of the bulk's values
    bool spread_is_bound; ///< not all values are known, and the spread is the largest that m2 and m4 allow,
                          ///< sqrt(m2 - m2^3 / m4) of the bulk (iid: 0.71 g, where it is 0.53 g): outliers may be
                          ///< missed then, none is invented
    double distance;      ///< from the edge to the least outlier, in spreads; to the largest value's neighbour when
                          ///< there is no outlier: (s_1 - s_2) / spread
} qn_outliers;

/// @param[in] m2, m4  (1/N) tr J J^T and (1/N) tr (J J^T)^2 of the matrix decomposed (its mean taken off if it was):
///                    qn_connectivity has them. Exact ones: of an estimate little but its error would be left
///                    once outliers are taken off. Not read when all values are known
/// @return QN_OK; QN_BAD_VALUE (a single value known of many, moments smaller than those of the values known).
/// Where only the leading values are known at most known - 1 outliers are found: ask for more than there may be.
qn_status qn_outliers_find(const qn_singular_values *values, double m2, double m4, qn_outliers *result);

/// The connectivity numbers (C1)-(C4) of J - sum_{a <= k} s_a u_a v_a^T, per N as before.
typedef struct {
    double m2, m4;                 ///< m2 - (1/N) sum s^2, m4 - (1/N) sum s^4 over the k largest
    double kappa4;                 ///< m4 - 2 m2^2
    double inverse_effective_rank; ///< 1/PR^D = kappa4 / m2^2; NAN where nothing remains
    double effective_rank;         ///< PR^s = m2^2 / m4; NAN where nothing remains
} qn_deflated;

/// Project the `count` <= known largest triplets out of the moments (as for qn_outliers_find()). Exact but for rounding
/// of about 1e-16 m4 and the square of the residuals.
qn_status qn_singular_values_deflate(const qn_singular_values *values, size_t count, double m2, double m4,
                                     qn_deflated *result);

#ifdef __cplusplus
}
#endif
