/// Phases and depth scales of wide networks: where variances and correlations go with depth, and how fast; equations
/// (8)-(11) of docs/theory/gaussian-processes.md. Deep and recurrent networks have the same: in a recurrent network
/// with a bias or a constant input, the kernel between two distant times is that of two inputs, `overlap`.
#pragma once
#include <quenched/wide_network.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The map from layer to layer: q -> input + sigma^2 + g^2 E(q).
typedef struct {
    qn_transfer activation;
    double strength;      ///< g > 0
    double bias;          ///< sigma >= 0
    double input;         ///< g_0^2 |x|^2 / N_in where the same input enters every layer; 0: only the first
    double input_overlap; ///< the same of two inputs, |input_overlap| <= input
} qn_wide_map_parameters;

typedef struct {
    double variance;          ///< q*; 0 where the signal dies
    double variance_slope;    ///< lambda_q = g^2 E'(q*)
    double variance_depth;    ///< xi_q = -1 / ln lambda_q, in layers; INFINITY at lambda_q = 1, 0 at lambda_q <= 0
    double chi;               ///< chi_1 = g^2 <phi'^2>: above 1 nearby inputs part (chaos)
    double correlation;       ///< c*: where the correlation of two inputs goes; 1 in the ordered phase
    double correlation_slope; ///< chi_c = g^2 <phi' phi'> at c*
    double correlation_depth; ///< xi_c = -1 / ln chi_c, in layers; INFINITY at chi_c = 1, 0 at chi_c = 0
} qn_wide_phase;

/// At q* = 0 (no bias, no input, g below the transition) the correlation of two inputs decays no further: c* is NAN,
/// and chi_c is chi_1.
/// @return QN_BAD_VALUE naming the field at fault; QN_NO_SOLUTION where the variance grows without bound (relu: g gain
/// at or above sqrt(2)), with the strength below which it does not; QN_NOT_CONVERGED.
/// Accuracy 1e-12 (closed forms, tanh), 1e-9 (table, threshold-power). Cost: 20 us (closed forms), some ms (tanh), up
/// to seconds (table, threshold-power).
qn_status qn_wide_phase_solve(const qn_wide_map_parameters *map, qn_wide_phase *phase);

/// The strength at which chi_1 = 1 for given bias and input (`map->strength` is not read): the border between order and
/// chaos, by Brent's method to 1e-12. relu and linear: chi_1 does not depend on the variance.
/// @return QN_NO_SOLUTION where chi_1 stays below 1 for all strengths up to 1e3.
qn_status qn_wide_critical_strength(const qn_wide_map_parameters *map, double *strength);

#ifdef __cplusplus
}
#endif
