/// Schur form of a real matrix: one O(N^3) step after which (1 - s A)^-1 costs a triangular inverse at every s.
///
/// Matrices here are column-major, as LAPACK wants them.
#pragma once
#include <quenched/status.h>

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

/// A = Q T Q^T: Q orthogonal, T upper triangular but for 2 x 2 blocks on the diagonal, one per complex pair.
typedef struct {
    size_t size;
    double *vectors;        ///< Q, size x size
    double *form;           ///< T, size x size
    double complex *values; ///< eigenvalues in the order of the diagonal; pairs adjacent
} qn_schur;

/// Schur form of `matrix`, row-major, which is left alone. QN_NO_MEMORY, QN_NOT_CONVERGED. Cost: 25 size^3 flops, few
/// of them at full speed: 0.1 s at 250, 4 s at 1000. Memory: 16 size^2 bytes.
qn_status qn_schur_create(size_t size, const double *matrix, qn_schur *result);
void qn_schur_clear(qn_schur *schur);

/// Reorder so that the chosen eigenvalues come first (`chosen[i]` other than 0; one of a pair chooses both): the first
/// columns of Q then span their invariant subspace, and the trailing block of T acts on its orthogonal complement.
/// *count: how many there are.
qn_status qn_schur_move_first(qn_schur *schur, const int *chosen, size_t *count);

/// Unitary, block diagonal G (2 x 2 blocks where T has them) that makes G^* T G upper triangular.
typedef struct {
    size_t size;
    double complex *first, *second; ///< block at k: ((first[k], -conj second[k]), (second[k], conj first[k])); no block
                                    ///< starts where second[k] = 0
} qn_schur_rotation;

/// Of the trailing block of T from row `from`, which must not split a pair: `triangle`, m x m with m = size - from, its
/// upper triangle G^* T G, zero below.
qn_status qn_schur_triangular(const qn_schur *schur, size_t from, double complex *triangle,
                              qn_schur_rotation *rotation);
void qn_schur_rotation_clear(qn_schur_rotation *rotation);

/// matrix <- G matrix G^*, all of an m x m matrix.
void qn_schur_rotate_back(const qn_schur_rotation *rotation, double complex *matrix);
/// `columns` vectors of m entries, one after the other: vectors <- G^* vectors.
void qn_schur_rotate_vectors(const qn_schur_rotation *rotation, size_t columns, double complex *vectors);

/// matrix <- inverse of the upper triangular m x m `matrix`; below the diagonal nothing is read or written.
/// QN_NO_SOLUTION when it is singular.
qn_status qn_triangular_inverse(size_t size, double complex *matrix);
/// matrix <- X X^*, X the upper triangle of `matrix`; the whole of the Hermitian product is written.
void qn_triangular_square(size_t size, double complex *matrix);
