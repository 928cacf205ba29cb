/// Singular values and vectors of a given coupling matrix, J = sum_a s_a u_a v_a^T: all of a small matrix, the leading
/// ones of a large sparse one.
///
/// Source: section 7 ("A given matrix") of docs/theory/random-mode.md; method: numerics/leading_singular.h.
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

/// `{0}`: all values and vectors up to 2500 units, the 20 leading ones beyond.
typedef struct {
    size_t count;       ///< triplets wanted; 0: all of a complete decomposition, else 20
    size_t complete_to; ///< decompose completely (LAPACK's dgesdd) up to this number of units; 0: 2500
    bool remove_mean;   ///< of J_ij - (1/N^2) sum_ij J_ij; a sparse matrix stays sparse
    double tolerance;   ///< on the residuals of leading triplets, relative to the largest value; 0: 1e-8
    size_t most_steps;  ///< products of J^T J with 16 vectors to spend on leading triplets; 0: 2000
    uint64_t seed;      ///< of the random vectors that leading triplets start from
} qn_singular_options;

/// The result; `{0}` is empty. Values in units of J. The sign of a pair (u_a, v_a), which is free, makes the entry of
/// u_a that is largest in size positive (the first such). Vectors of values that coincide are any basis of their space.
typedef struct {
    size_t size;           ///< N
    size_t known;          ///< values known: N when complete
    size_t count;          ///< vectors known, of the largest values
    double *values;        ///< `known`, decreasing, >= 0
    double *left, *right;  ///< count x size: u_a at left + a size (output, rows of J), v_a at right + a size (input)
    double *residuals;     ///< `count`: the larger of |J v_a - s_a u_a| and |J^T u_a - s_a v_a|, in units of J
    double worst_residual; ///< the largest of them
    double effective_rank; ///< PR^s = (sum s^2)^2 / (N sum s^4), a fraction of N; NAN unless all values are known
    size_t steps;          ///< products of J^T J with 16 vectors; 0: dgesdd
} qn_singular_values;

/// Decompose a square matrix: completely when it has no more units than options->complete_to (or so few that it is no
/// dearer), else by block Krylov iteration until the residuals of the leading triplets are below the tolerance; the
/// error of a value is at most its residual, and of the order of the residual's square over the distance to values left
/// out.
/// @param[in]  matrix    square, dense or sparse; finite, not all zero
/// @param[in]  options   NULL: `{0}`
/// @param[in]  progress  may be NULL; a complete decomposition reports nothing and cannot be stopped
/// @param[out] result    owned by the caller; free with qn_singular_values_clear(). Untouched on error
/// @return QN_OK; QN_BAD_VALUE (not square, nothing but zeros or, without the mean, all entries equal, not finite, more
///         triplets than units); QN_NO_MEMORY with the figures, before anything is taken; QN_NOT_CONVERGED with the
///         residual reached; QN_STOPPED.
/// Cost: complete: 20 N^3 flops, memory 56 N^2 bytes (2000 units: 2.6 s, 0.2 GB). Leading: 64 flops per entry and step,
/// memory 36 bytes per entry (sparse) or 24 N^2 bytes (dense), and some 3000 bytes per unit and 20 triplets. The same
/// bits for any number of threads. Thread-safe.
qn_status qn_singular_values_find(const qn_matrix *matrix, const qn_singular_options *options,
                                  const qn_progress *progress, qn_singular_values *result);
void qn_singular_values_clear(qn_singular_values *values);

#ifdef __cplusplus
}
#endif
