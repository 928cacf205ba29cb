/// Controls of a given coupling matrix: new matrices that share some of its structure and have none of the rest.
#pragma once
#include <quenched/matrix.h>
#include <quenched/progress.h>
#include <quenched/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    /// Weights permuted among the entries: which units are connected stays, how strongly does not.
    QN_SHUFFLE_WEIGHTS = 0,
    /// Rewired: who drives whom is drawn anew, but every unit keeps its number of inputs, its number of outputs and the
    /// weights of its outputs. No pair is connected twice; self-loops stay, none are made. Swaps of targets between two
    /// couplings, many at a time: a target and a partner deal the sources that only one of them has out anew, and swap
    /// the weights of those that both have with probability 1/2 (trades: Strona et al. 2014; unbiased: Carstens 2015).
    /// In a round every unit takes part as target, hubs with as many partners as they have inputs over the average:
    /// every coupling is offered to another target about once. All wirings become as likely (but, as with single
    /// swaps, a cycle of three that shares nothing with others cannot be turned around).
    QN_SHUFFLE_REWIRE,
    /// Rows and columns permuted, independently: the same singular values, overlaps of left and right modes destroyed.
    QN_SHUFFLE_SINGULAR_VECTORS,
    /// Every pair (of different units, if there are no self-loops) connected independently with the matrix's density,
    /// by weights drawn from its own with replacement: mean and m2 kept on average. Stored as the matrix is.
    QN_SHUFFLE_RANDOM_GRAPH,
    /// Every entry (off the diagonal, if there are no self-loops) independent and Gaussian, with the matrix's mean and
    /// variance over pairs: mean and m2 kept on average. Dense: 8 N^2 bytes, refused where they are not to be had.
    QN_SHUFFLE_GAUSSIAN
} qn_shuffle_kind;

typedef struct {
    qn_shuffle_kind kind;
    uint64_t seed, index; ///< stream (seed, QN_PURPOSE_SHUFFLE, index): another index, another shuffle
    size_t rounds; ///< rewire only: rounds of trades; 0 means 30. What is left of the start falls by about 0.6 a round:
                   ///< with 140 000 units, 15 million entries and heavy tails it is gone after 20
} qn_shuffle_options;

/// What a shuffle left. Pairs are (target, source).
typedef struct {
    size_t entries;        ///< of the result, other than zero
    double kept;           ///< fraction of the matrix's pairs, self-loops aside, that the result connects too
    double kept_by_chance; ///< rewire: what wirings with these degrees have in common, sum_ij (in_i out_j / E)^2 / E
                           ///< for sparse ones (an upper bound where hubs meet); others: NAN
} qn_shuffle_report;

/// Shuffle a square matrix.
/// @param[in]  options   NULL: `{0}`
/// @param[in]  progress  may be NULL
/// @param[out] result    free with qn_matrix_clear(); dense or sparse as said above, else as the matrix is. Untouched
///                       on error.
/// @param[out] report    may be NULL
/// @return QN_OK; QN_BAD_VALUE (not square, nothing but zeros, an unknown kind); QN_NO_MEMORY with the figures;
///         QN_STOPPED.
/// Cost: about 0.3 us per entry; rewiring 20 ns per entry and round; Gaussian 3 ns per pair. Memory: 24 bytes per
/// entry besides the result. The same bits for any number of threads. Thread-safe.
qn_status qn_shuffle(const qn_matrix *matrix, const qn_shuffle_options *options, const qn_progress *progress,
                     qn_matrix *result, qn_shuffle_report *report);

#ifdef __cplusplus
}
#endif
