/// The largest singular values of a large square matrix that is known by its products only, and their vectors.
///
/// Method: block Krylov subspaces of J^T J, all vectors kept orthonormal, restarted thickly (Golub, Luk & Overton 1981;
/// Wu & Simon 2000) with the best vectors found; values and left vectors from a QR decomposition of J applied to the
/// basis (Rayleigh and Ritz), so that nothing is squared. Blocks find values that coincide (up to the block's width by
/// construction, more by random continuation), which a single vector does not, and read J once for 16 vectors.
/// Why not ARPACK: it keeps its state in static variables and so is not thread-safe, and works vector by vector.
#pragma once
#include <quenched/progress.h>
#include <quenched/random.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

/// out = J in, or J^T in: `vectors` of `size` entries side by side, row-major with `stride`, a multiple of 16; columns
/// up to the next multiple of 16 hold zeros. 64-byte aligned. The same bits for any number of threads.
typedef void qn_block_product(bool transposed, size_t vectors, size_t stride, const double *in, double *out,
                              const void *context);

typedef struct {
    size_t size;
    qn_block_product *product;
    const void *context;
} qn_product_operator;

typedef struct {
    qn_product_operator of;
    size_t count;      ///< triplets wanted, at most qn_leading_singular_most(size)
    double tolerance;  ///< on the residual of each, relative to the largest value
    size_t most_steps; ///< blocks of 16 vectors to which J^T J may be applied
    qn_stream start;   ///< of random vectors
} qn_leading_problem;

/// Most triplets of a matrix of this size that are found this way; more ask for the complete decomposition.
size_t qn_leading_singular_most(size_t size);

/// Bytes taken by the iteration beyond its results.
double qn_leading_singular_bytes(size_t size, size_t count);

/// @param[out] values  `count`, decreasing
/// @param[out] left    count x size: vector a at left + a size; orthonormal. J right = values left to rounding
/// @param[out] right   likewise
/// @param[out] steps   blocks to which J^T J was applied
/// @return QN_OK; QN_NOT_CONVERGED with the residual reached after `most_steps`; QN_NO_MEMORY; QN_STOPPED.
/// Thread-safe; the same bits for any number of threads.
qn_status qn_leading_singular(const qn_leading_problem *problem, const qn_progress *progress, double *values,
                              double *left, double *right, size_t *steps);

/// The residuals |J^T u - s v| of triplets, or, with `both`, the larger of that and |J v - s u|.
qn_status qn_singular_residuals(const qn_product_operator *of, bool both, size_t count, const double *values,
                                const double *left, const double *right, double *residuals);
