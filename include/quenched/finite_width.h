/// What a finite width n changes in a wide random network, to order 1/n: equations (13)-(21) and (31) of
/// docs/theory/gaussian-processes.md.
///
/// The second moments C^(a,b)_{alpha beta} = (1/n) sum_i phi(h_i^(a)_alpha) phi(h_i^(b)_beta) differ from one network
/// to the next: Cov(C_p, C_q) = V_pq / n and <C_p> = Cbar_p + m_p / n, up to relative corrections of order 1/n.
/// m = m_H + m_resp: curvature of the kernel's map, and the response of later steps to a fluctuation through the same
/// weights (recurrent networks only).
///
/// The fourth moments behind V and m are exact for erf (one integral), linear, and relu in a deep network of at most
/// two inputs; otherwise by Sobol points with random digital shifts (L'Ecuyer & Lemieux 2002), with standard
/// errors.
#pragma once
#include <quenched/wide_network.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An element C^(first_time, second_time)_{first_input second_input}; both orders name the same element.
typedef struct {
    size_t first_time, second_time; ///< layers or steps, 0 ... depth; equal in a deep network
    size_t first_input, second_input;
} qn_wide_pair;

typedef struct {
    bool sampled;      ///< quasi-Monte-Carlo also where exact moments are known
    size_t replicates; ///< independent digital shifts, at least 4; 0 means 16
    size_t points;     ///< of each, rounded up to a power of two, at most 2^24; 0 means 8192
    uint64_t seed;     ///< of the shifts
} qn_finite_width_options;

typedef struct {
    size_t count;      ///< elements asked for
    double width;      ///< n that V and m belong to: the network's; the smallest where layers differ; INFINITY if none
    bool sampled;      ///< by quasi-Monte-Carlo: the errors are not 0
    double *moment;    ///< Cbar of each element
    double *shift;     ///< m of each
    double *curvature; ///< m_H
    double *response;  ///< m_resp; 0 in a deep network
    double *shift_error;       ///< standard errors of m, m_H, m_resp: 3 rows of `count`; 0 where exact
    double *fluctuation;       ///< V, count x count
    double *fluctuation_error; ///< its standard errors
    /// Is this width inside the regime of a theory of order 1/n? The largest of |m_p| / (n s_p) and of V_pp / (n s_p^2)
    /// over the elements, s_p^2 = Cbar_ss Cbar_tt for p = {s, t}; and for recurrent networks the two guides of
    /// what comes next: A (A - 1) / (3 n) of the variance and c(A) / n^2 of the mean, exact for a linear phi.
    double relative_shift, relative_fluctuation, next_variance, next_mean;
    bool outside;      ///< the first two above 0.3 or one of the others above 0.1: simulate instead
    char warning[256]; ///< "" or why `outside`, with the figures
} qn_finite_width;

/// V and m of `count` elements.
///
/// @param[in]  pairs    any elements of one network; a deep network's have equal times (its layers are independent)
/// @param[in]  options  NULL for defaults
/// @param[out] result   owned by the caller; free with qn_finite_width_clear(). Untouched on error.
/// @return QN_BAD_VALUE naming the pair, or the limit: all pairs of (time, input) pairs (recurrent), of inputs within
///         layers (deep) must be at most 1830, as for 60 (time, input) pairs; 40 of these where Sobol points are
///         needed. QN_NO_SOLUTION where the kernel is singular and derivatives do not exist (identical inputs).
/// Cost, one core: erf 1 ms for one input at depth 20, 0.1 s for one readout and 2 s for all pairs of 60 (time, input)
/// pairs; default Sobol points 0.1 s for 4 of these, 1 s for 20, 4 s for 40, and errors that grow with their number.
/// Memory: at most 60 MB beside the result. Same bits for any number of threads.
qn_status qn_finite_width_solve(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t count,
                                const qn_wide_pair *pairs, const qn_finite_width_options *options,
                                qn_finite_width *result);
void qn_finite_width_clear(qn_finite_width *result);

/// The same for the outputs: points are (readout, input), readout by readout; a deep network needs a single readout.
/// Unordered pairs of points {i >= j} are packed at i (i + 1) / 2 + j.
typedef struct {
    size_t points, pairs;
    double width;
    double *kernel;      ///< Kout of each pair
    double *shift;       ///< g_out^2 m
    double *fluctuation; ///< g_out^4 V, pairs x pairs
    double *kurtosis;    ///< n times the excess kurtosis of the output, of each point; NAN where Kout is 0
    qn_finite_width of;  ///< of the second moments, pair by pair: errors, regime
} qn_output_corrections;

qn_status qn_output_corrections_solve(const qn_wide_network *network, const qn_wide_inputs *inputs,
                                      const qn_finite_width_options *options, qn_output_corrections *result);
void qn_output_corrections_clear(qn_output_corrections *result);

/// n times the fourth cumulant of the outputs of one neuron at four points, and of two different output neurons
/// <y^i_1 y^i_2 y^j_3 y^j_4>, equation (13): uncorrelated outputs are not independent.
double qn_output_cumulant(const qn_output_corrections *corrections, const size_t point[4]);
double qn_output_cross_cumulant(const qn_output_corrections *corrections, const size_t point[4]);

/// n^2 times the squared maximum mean discrepancy between the outputs of one neuron and their Gaussian process, leading
/// order (31), for the kernel exp(-|y - y'|^2 / (2 length_squared)). At most 40 points. Cost: points^5.
/// @param[in]  length_squared  > 0; 0 means the mean diagonal of Kout
/// @param[out] discrepancy     n^2 MMD^2
qn_status qn_mmd_leading_order(const qn_output_corrections *corrections, double length_squared, double *discrepancy);

/// c(A): the mean second moment of a linear recurrent network exceeds its limit by the factor 1 + c(A) / n^2 + ...
double qn_recurrent_mean_growth(size_t depth);

#ifdef __cplusplus
}
#endif
