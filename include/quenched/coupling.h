/// Couplings: how J is drawn, what theory needs to know of it, and how it is applied to a block of vectors.
#pragma once
#include <quenched/matrix.h>
#include <quenched/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_COUPLING_IID = 0, ///< J_ij = mean / N + strength / sqrt(N) * N(0, 1), diagonal included
    QN_COUPLING_GIVEN    ///< a given matrix, the same in every realisation
} qn_coupling_kind;

typedef struct {
    qn_coupling_kind kind;
    double strength; ///< g > 0. Given matrix: 0 takes it as it is; otherwise its deviations from the mean are rescaled
                     ///< to this strength
    double mean;     ///< Jbar, iid only: the mean of J_ij is Jbar / N; 0
    const qn_matrix *matrix; ///< given only: square; not owned, must outlive the description
} qn_coupling;

/// What single-site theory needs of a coupling: g_eff^2 = (1/N) sum_ij (J_ij - mean)^2 and Jbar = (1/N) sum_ij J_ij.
typedef struct {
    double strength; ///< g_eff (C1)
    double mean;     ///< Jbar
} qn_coupling_statistics;

/// QN_BAD_VALUE naming the field at fault (size 0, strength <= 0, a matrix of another size, ...).
qn_status qn_coupling_check(const qn_coupling *coupling, size_t size);
qn_status qn_coupling_statistics_of(const qn_coupling *coupling, size_t size, qn_coupling_statistics *result);

/// J of realisation `realisation`, dense, size x size, row-major: J[i][j] is the coupling to unit i from unit j. iid:
/// from normal deviate number i size + j of the stream (seed, QN_PURPOSE_COUPLING, realisation), the same bits on every
/// processor and for any number of threads; given: the same for every seed and realisation. `values` is untouched on
/// error. Cost: 2 ns per entry and thread.
qn_status qn_coupling_draw(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                           double *values);

typedef enum { QN_PRECISION_SINGLE = 0, QN_PRECISION_DOUBLE } qn_precision;

/// J of one realisation, stored once in the order the multiplication reads it. Opaque.
typedef struct qn_coupling_operator qn_coupling_operator;

/// Draw (or take) J and pack it for products with blocks of vectors: qn_coupling_draw()'s J, rounded to `precision`.
/// Memory: one copy of J in the given precision, rows filled up to a multiple of 12 (a sparse matrix less than a third
/// full: its entries), and nothing of that order while it is made. QN_NO_MEMORY with the figures before anything is
/// taken when it would not fit. Needs `coupling` and its matrix during the call only. Cost: 2 ns per entry and thread.
qn_status qn_coupling_operator_create(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                      qn_precision precision, qn_coupling_operator **result);
void qn_coupling_operator_destroy(qn_coupling_operator *coupling);

/// out = J in, for `vectors` vectors at once: in and out are size x stride, row-major (unit by unit, vectors side by
/// side), 64-byte aligned, stride a multiple of 16 and >= vectors, of the operator's precision. in != out. Columns up
/// to the next multiple of 16 are computed, those beyond it are left alone. The same bits for any number of threads
/// (another instruction set sums in the same order, but with or without FMA). Cost: 2 size^2 vectors flops (sparse: 2
/// entries vectors) at nearly the peak of the processor's multiply-adds from 32 vectors on; fewer are bound by reading
/// J.
void qn_coupling_operator_apply(const qn_coupling_operator *coupling, size_t vectors, size_t stride, const void *in,
                                void *out);

/// Bytes held.
size_t qn_coupling_operator_bytes(const qn_coupling_operator *coupling);

#ifdef __cplusplus
}
#endif
