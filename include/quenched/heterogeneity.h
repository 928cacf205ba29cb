/// How unequal the units of a given coupling matrix are, and what low rank is left when that is taken off.
///
/// J_ij = w_i X_ij v_j with row scales w (how strongly a unit is driven) and column scales v (how strongly it drives),
/// so that all rows of X are alike in squares, and all columns: J_ij^2 ~ w_i^2 v_j^2 / N. Section 7 ("A given
/// matrix") of docs/theory/random-mode.md. Where X is otherwise generic, contributions to the effective rank add up:
///     1/PR^D of J = <w^4>/<w^2>^2 + <v^4>/<v^2>^2 - 2 + 1/PR^D of X
/// with averages over all N units, and X as if units that are silent (w or v = 0) were like the others. A matrix X of
/// independent entries, once balanced, has 1/PR^D = -sum X_ij^4 / N, not 0: that counts where entries are few. What is
/// left of low rank is qn_effective_rank_parts.cycles of the matrix rescaled.
#pragma once
#include <quenched/connectivity.h>
#include <quenched/matrix.h>
#include <quenched/progress.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double tolerance;  ///< largest relative deviation of a row's sum of squares; 0 means 1e-8
    size_t iterations; ///< at most; 0 means 2000
    /// 0 to below 1: fraction of the squares that is spread evenly over all pairs of a receiving and a sending unit
    /// before scales are fitted, so that they exist for every pattern of entries and units with few entries are not
    /// taken at their word; 0
    double evened;
    /// No iteration: w_i^2 = sum_j J_ij^2 and v_j^2 in proportion to sum_i J_ij^2, so that not X but w_i^2 v_j^2 / N
    /// has the sums over rows and columns. For matrices of few entries per unit, where every pattern has such scales
    bool from_sums;
} qn_heterogeneity_options;

/// How scales other than zero are spread.
typedef struct {
    double mean, coefficient_of_variation, smallest, largest;
} qn_scale_spread;

typedef struct {
    size_t size;          ///< N
    double *row_scale;    ///< w, in units of the couplings; 0 for units that receive nothing
    double *column_scale; ///< v, (1/N) sum_j v_j^2 = 1; 0 for units that send nothing
    size_t receiving;     ///< units with w > 0
    size_t sending;       ///< units with v > 0
    qn_scale_spread row, column;
    bool converged;                ///< whether all rows are balanced to the tolerance
    double imbalance;              ///< largest relative deviation of a row's sum of squares from what it should be
    size_t unbalanced;             ///< rows off by more than 1 %
    size_t iterations;             ///< done
    double inverse_effective_rank; ///< <w^4>/<w^2>^2 + <v^4>/<v^2>^2 - 2: what unequal units alone would make
} qn_heterogeneity;

/// Fit w and v by alternating normalisation of J o J (Sinkhorn & Knopp 1967): sums over rows of J_ij^2 / (w_i v_j)^2
/// are N / receiving, over columns N / sending, so that the rescaled matrix has m2 = 1. That leaves one factor between
/// w and v open; (1/N) sum v_j^2 = 1 fixes it. w_i is then the gain of unit i in a network of strength 1, and the root
/// mean square of w over all N units is close to sqrt(m2). For a random matrix w and v are known to 1 in sqrt(2 N)
/// (sparse: fewer entries, fewer digits).
///
/// Not every pattern of entries can be balanced (it must have total support: a row whose only entry shares its column
/// with others has none), and real wiring diagrams of few entries per unit cannot. Then scales of the units concerned
/// drift towards 0 or infinity; the iteration stops when it no longer gains or w or v spans eight decades, at its last
/// state, which is never worse than any before in the summed deviation of rows. `converged` is false, `imbalance` and
/// `unbalanced` say how much and how many. What helps: `evened` = 0.01, or `from_sums`. qn_effective_rank_parts needs
/// no fit at all.
/// @param[in]  matrix   square, dense or sparse, entries finite, not all zero
/// @param[in]  options  NULL: `{0}`
/// @param[out] result   free with qn_heterogeneity_clear(). Untouched on error.
/// @return QN_OK also when not converged; QN_BAD_VALUE; QN_NO_MEMORY with the figures; QN_STOPPED.
/// Cost: two products of the matrix with a vector per iteration (15 million entries: 0.05 s); tens of iterations, a
/// hundred and more where degrees have heavy tails. Memory: 24 bytes per entry; dense 8 N^2. The same bits for any
/// number of threads. Thread-safe.
qn_status qn_heterogeneity_fit(const qn_matrix *matrix, const qn_heterogeneity_options *options,
                               const qn_progress *progress, qn_heterogeneity *result);
void qn_heterogeneity_clear(qn_heterogeneity *heterogeneity);

/// X_ij = J_ij / (w_i v_j), stored as `matrix` is. @param[out] result  free with qn_matrix_clear(). Untouched on error.
qn_status qn_heterogeneity_rescale(const qn_heterogeneity *heterogeneity, const qn_matrix *matrix, qn_matrix *result);

/// `count` classes of equally many receiving units, from small w to large: gains[k] the root mean square of w in class
/// k, weights[k] its fraction of the receiving units (together 1). For qn_unit_classes, with strength
/// sqrt(receiving / N). QN_BAD_VALUE: count 0 or more than receiving units.
qn_status qn_heterogeneity_classes(const qn_heterogeneity *heterogeneity, size_t count, double *gains, double *weights);

/// row_count x column_count classes: quantiles of w, and within each quantiles of v (which may be 0). gains[k] and
/// output_gains[k] are root mean squares of w and v; arrays of row_count * column_count, v running fastest.
qn_status qn_heterogeneity_joint_classes(const qn_heterogeneity *heterogeneity, size_t row_count, size_t column_count,
                                         double *gains, double *output_gains, double *weights);

/// 1/PR^D = rows + columns - entries + cycles, exactly, by what the steps of tr (J J^T)^2 have in common. With r_i, c_j
/// the sums over rows and columns of J_ij^2:
typedef struct {
    double rows;         ///< sum r_i^2 / (N m2^2) - 1: unequal rows, what scales from sums give for w
    double columns;      ///< sum c_j^2 / (N m2^2) - 1: unequal columns
    double entries;      ///< sum J_ij^4 / (N m2^2): few or unequal entries, which rows and columns both count
    double cycles;       ///< sum over i != k, j != l of J_ij J_kj J_kl J_il, over N m2^2: low rank proper
    double cycles_error; ///< standard deviation of `cycles`, whose mean is 0, for independent entries of mean 0 with
                         ///< such rows and columns: (2/N)(1 + rows - entries)(1 + columns - entries)
} qn_effective_rank_parts;

/// `connectivity`: of this matrix, by the same options. Of the matrix rescaled, `cycles` is what is left of low rank.
/// Cost: one pass over the matrix.
qn_status qn_effective_rank_parts_of(const qn_matrix *matrix, const qn_connectivity_options *options,
                                     const qn_connectivity *connectivity, qn_effective_rank_parts *result);

#ifdef __cplusplus
}
#endif
