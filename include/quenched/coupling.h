/// Couplings: how J is drawn, what theory needs to know of it, and how it is applied to a block of vectors.
#pragma once
#include <quenched/matrix.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_COUPLING_IID = 0,         ///< J_ij = mean / N + strength / sqrt(N) * N(0, 1), diagonal included
    QN_COUPLING_GIVEN,           ///< a given matrix, the same in every realisation
    QN_COUPLING_RANDOM_MODE,     ///< L diag(D) R^T, L and R of N x M independent N(0, 1/N)
    QN_COUPLING_ORTHOGONAL_MODE, ///< the same, L and R columns of Haar orthogonal matrices: D are the singular values
    QN_COUPLING_OVERLAPPING,     ///< random modes, entries of L and R of mode a have correlation rho_a
    QN_COUPLING_ELLIPTIC,        ///< iid but for corr(J_ij, J_ji) = symmetry
    QN_COUPLING_LOW_RANK         ///< iid plus rank_strength / N sum_k m_k n_k^T, m and n standard normal
} qn_coupling_kind;

typedef enum {
    QN_SPECTRUM_FLAT = 0,    ///< D_a alike; M = effective_rank N
    QN_SPECTRUM_EXPONENTIAL, ///< D_a = exp(-a / scale), the scale chosen by effective_rank
    QN_SPECTRUM_POWER_LAW,   ///< D_a = a^-exponent, a = 1 ... M
    QN_SPECTRUM_TWO_LEVEL,   ///< a fraction of the M modes at `ratio`, the others at 1
    QN_SPECTRUM_LIST         ///< given
} qn_spectrum_kind;

/// The law of the modes' strengths D; it is always rescaled to the coupling's strength, sum D^2 = N g^2.
typedef struct {
    qn_spectrum_kind kind;
    double effective_rank;  ///< flat, exponential: (sum D^2)^2 / (N sum D^4) > 0, met exactly at finite N (flat: to one
                            ///< mode). Orthogonal modes: of the singular values, at most 1 (exponential: below 1)
    double exponent;        ///< power-law: >= 0
    double ratio, fraction; ///< two-level: > 0; in (0, 1]
    double modes;           ///< power-law, two-level: M / N; 0 means 1
    const double *values;   ///< list: D >= 0, not all 0; not owned
    size_t count;           ///< list: M
} qn_mode_spectrum;

/// Input gains w_i > 0 of the units: row i of J is multiplied by w_i. Strength, mean, effective rank and modes are
/// those of the couplings without gains.
typedef struct {
    size_t count;          ///< 0: all gains are 1
    const double *values;  ///< one per unit, or, with weights, one per class of units; not owned
    const double *weights; ///< NULL; or the classes' fractions of the units, > 0, which add up to 1 within 1e-9: units
                           ///< of a class are consecutive, class k begins at unit round(N (p_0 + ... + p_k-1)); not
                           ///< owned
} qn_unit_gains;

typedef struct {
    qn_coupling_kind kind;
    double strength; ///< g > 0. Given matrix: 0 takes it as it is; otherwise its deviations from the mean are rescaled
                     ///< to this strength
    double mean;     ///< Jbar, iid only: the mean of J_ij is Jbar / N; 0
    const qn_matrix *matrix;   ///< given only: square; not owned, must outlive the description
    bool remove_mean;          ///< given only: take the mean off every entry, also off those a sparse matrix leaves out
    qn_mode_spectrum spectrum; ///< random, orthogonal and overlapping modes
    double overlap;            ///< overlapping: rho of the modes that overlap, -1 to 1
    double overlap_fraction;   ///< overlapping: their fraction; 0 means 1. Spread evenly over the list of modes: every
                               ///< second one for 1/2, the first included
    double overlap_rest;       ///< overlapping: rho of the others; 0
    double symmetry;           ///< elliptic: -1 to 1
    size_t rank;               ///< low-rank: outlier modes; 0 means 1
    double rank_strength;      ///< low-rank: > 0
    qn_unit_gains gains;       ///< {0}: all 1
} qn_coupling;

/// What single-site theory needs of a coupling: g_eff^2 = (1/N) sum_ij (J_ij - mean)^2 and Jbar = (1/N) sum_ij J_ij.
typedef struct {
    double strength; ///< g_eff (C1). Of modes: sqrt of (1/N) sum_a D_a^2; where they overlap (1/N) tr J J^T is larger
                     ///< by <D rho>^2, the square of the diagonal's mean
    double mean;     ///< Jbar
} qn_coupling_statistics;

/// QN_BAD_VALUE naming the field at fault (size 0, strength <= 0, a matrix of another size, ...).
qn_status qn_coupling_check(const qn_coupling *coupling, size_t size);
qn_status qn_coupling_statistics_of(const qn_coupling *coupling, size_t size, qn_coupling_statistics *result);

/// The modes of one of the kinds that have them: D rescaled to the strength, and the overlaps rho (0 but for
/// overlapping). Free both with free(). QN_BAD_VALUE naming the field at fault, or a kind without modes.
qn_status qn_coupling_modes(const qn_coupling *coupling, size_t size, size_t *modes, double **strengths,
                            double **overlaps);

/// The distinct gains and the units' fractions with each: of classes the values and weights themselves; of one value
/// per unit the distinct ones, or where these are more than 64, the root mean squares of 64 groups of neighbouring
/// gains. {0} is one class of gain 1. Free both with free().
qn_status qn_coupling_gain_classes(const qn_coupling *coupling, size_t size, size_t *classes, double **gains,
                                   double **weights);
/// unit_class[i], `size` values: the class of unit i in qn_coupling_gain_classes().
qn_status qn_coupling_gain_class_of(const qn_coupling *coupling, size_t size, size_t *unit_class);
/// out[i] = w_i, `size` values.
qn_status qn_coupling_unit_gains(const qn_coupling *coupling, size_t size, double *out);

/// 1/PR^D, the number by which couplings enter theory of the population (C3, C4): N sum D^4 / (sum D^2)^2 for random
/// and overlapping modes; that less 2 for orthogonal ones; 0 for iid, elliptic and (its bulk) low-rank couplings; for a
/// given matrix, its mean taken off, m4 / m2^2 - 2 with m2 = tr J J^T / N and m4 = tr (J J^T)^2 / N. Cost for a given
/// matrix: size^3 flops and 16 size^2 bytes when dense; that of qn_connectivity_analyse() when sparse. QN_NO_MEMORY
/// with the figures; QN_BAD_VALUE where all entries are equal.
qn_status qn_coupling_inverse_effective_rank(const qn_coupling *coupling, size_t size, double *result);

/// J of realisation `realisation`, dense, size x size, row-major: J[i][j] is the coupling to unit i from unit j. iid:
/// from normal deviate number i size + j of the stream (seed, QN_PURPOSE_COUPLING, realisation), the same bits on every
/// processor; given: the same for every seed and realisation; modes: L_ia from deviate a size + i, R_ia from number
/// (M + a) size + i. The same bits for any number of threads. `values` is untouched on error. Cost: 2 ns per entry and
/// thread; modes: 2 size^2 M flops more (orthogonal: 8 size M^2), and 8 size^2 + 16 size M bytes while J is formed.
qn_status qn_coupling_draw(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                           double *values);

typedef enum { QN_PRECISION_SINGLE = 0, QN_PRECISION_DOUBLE } qn_precision;

/// J of one realisation, stored once in the order the multiplication reads it. Opaque.
typedef struct qn_coupling_operator qn_coupling_operator;

/// Draw (or take) J and pack it for products with blocks of vectors: qn_coupling_draw()'s J, rounded to `precision`.
/// Memory: one copy of J in the given precision, rows filled up to a multiple of 12 (a sparse matrix less than a third
/// full: its entries), and nothing of that order while it is made (but for modes, elliptic and low-rank couplings,
/// which are formed in double precision first). Modes, when 2 M < N: J is never formed but applied as L diag(D) (R^T
/// in), and its factors are all that is kept. QN_NO_MEMORY with the figures before anything is taken when it would
/// not fit. Needs `coupling` and its matrix during the call only. Cost: 2 ns per entry and thread.
qn_status qn_coupling_operator_create(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                      qn_precision precision, qn_coupling_operator **result);
void qn_coupling_operator_destroy(qn_coupling_operator *coupling);

/// out = J in, for `vectors` vectors at once: in and out are size x stride, row-major (unit by unit, vectors side by
/// side), 64-byte aligned, stride a multiple of 16 and >= vectors, of the operator's precision. in != out. Columns up
/// to the next multiple of 16 are computed, those beyond it are left alone. The same bits for any number of threads
/// (another instruction set sums in the same order, but with or without FMA). Cost: 2 size^2 vectors flops (sparse: 2
/// entries vectors; few modes: 4 size M vectors) at nearly the peak of the processor's multiply-adds from 32 vectors
/// on; fewer are bound by reading J.
void qn_coupling_operator_apply(const qn_coupling_operator *coupling, size_t vectors, size_t stride, const void *in,
                                void *out);

/// Bytes held.
size_t qn_coupling_operator_bytes(const qn_coupling_operator *coupling);

#ifdef __cplusplus
}
#endif
