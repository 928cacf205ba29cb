/// The expansion of a wide network's second moments about infinite width: kernels over all (time, input) pairs and the
/// first two derivatives of their map, equations (2), (3), (15), (16) of docs/theory/gaussian-processes.md.
#pragma once
#include <quenched/wide_network.h>

enum { QN_WIDTH_PARENTS = 3, QN_WIDTH_PAIRS_MAX = 1830 };
#define QN_NO_PAIR ((size_t)-1)

/// A second moment C_p, p = {s, t}, and the earlier ones that it depends on: {s-, s-}, {s-, t-}, {t-, t-}, or as many
/// of them as have a recurrent term.
typedef struct {
    size_t s, t; ///< composite indices time * inputs + input, s >= t
    double mean; ///< Cbar_p
    size_t parents;
    size_t parent[QN_WIDTH_PARENTS];
    double slope[QN_WIDTH_PARENTS];                       ///< J
    double curvature[QN_WIDTH_PARENTS][QN_WIDTH_PARENTS]; ///< H, symmetric
} qn_width_pair;

typedef struct {
    bool recurrent;
    size_t inputs, size; ///< P, S = (depth + 1) P
    double *kernel;      ///< K, S x S
    double *weight;      ///< of each index: g^2 of the step into its time; 0 at time 0
    double *ratio;       ///< of each index: width / n_a of its layer
    double width;        ///< smallest of the layers; INFINITY where all are infinite (all ratios are 1 then)
    size_t count;
    qn_width_pair *pair; ///< each after its parents
    size_t *at;          ///< S x S: number of the pair, or QN_NO_PAIR
} qn_width_expansion;

/// QN_BAD_VALUE beyond QN_WIDTH_PAIRS_MAX pairs. `expansion` untouched on error.
qn_status qn_width_expansion_create(const qn_wide_network *network, const qn_wide_inputs *inputs,
                                    qn_width_expansion *expansion);
void qn_width_expansion_clear(qn_width_expansion *expansion);

/// x <- R x, R = (1 - J)^-1: what `count` sources become; row by row of `columns` values.
void qn_width_respond(const qn_width_expansion *expansion, size_t columns, double *x);

/// h_p = sum H V / 2 with V(parent i, parent j) = value(i, j).
typedef double (*qn_width_covariance)(size_t p, size_t q, const void *context);
double qn_width_curve(const qn_width_pair *pair, qn_width_covariance covariance, const void *context);
