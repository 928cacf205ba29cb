/// Simulation of wide networks with random weights at finite width: the empirical kernels
///     C^(a,b)_{alpha beta} = (1/n) sum_i phi(h^(a)_{i alpha}) phi(h^(b)_{i beta})
/// over independent realisations of all weights and biases, with error bars; outputs, trained readouts and empirical
/// tangent kernels of the same networks. Section 6 of docs/theory/gaussian-processes.md; exact in law for every width.
#pragma once
#include <quenched/estimate.h>
#include <quenched/progress.h>
#include <quenched/status.h>
#include <quenched/wide_network.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a realisation is drawn. Both have the same law for every width, smaller than the number of rows too.
typedef enum {
    QN_WIDE_SAMPLER_AUTOMATIC = 0, ///< what is cheaper by a count of operations; weights where these are needed
    QN_WIDE_SAMPLER_ROWS,          ///< no weights: units are independent given the kernels so far, and Gaussian
    QN_WIDE_SAMPLER_WEIGHTS        ///< weights drawn and multiplied
} qn_wide_sampler;

/// Readouts trained on the last hidden layer of each realisation, hidden weights as drawn: Gaussian prior of the
/// readout weights, observation noise; the posterior mean is ridge regression on the features g_out phi(h) / sqrt(n).
typedef struct {
    size_t train_count, test_count;
    const size_t *train, *test;                   ///< which inputs
    const size_t *train_readouts, *test_readouts; ///< which of the network's readouts each is taken at; NULL: the last
    size_t target_count;                          ///< D; 0 means 1
    const double *targets;                        ///< train_count x D
    double noise;                                 ///< s^2 >= 0, variance of the observation noise
} qn_wide_training;

typedef struct {
    qn_wide_sampler sampler;
    size_t realisations;             ///< R; 0 means 1000
    uint64_t seed;                   ///< realisation r is a function of seed, r, network and inputs (and sampler) only
    uint64_t first;                  ///< number of the first realisation: a longer run continues a shorter one
    size_t pair_count;               ///< 0: (depth, depth) only
    const qn_wide_layer_pair *pairs; ///< (a, b): C^(a,b) is asked for; deep and a != b: layers of the same width
    bool all_pairs;                  ///< instead of `pairs`: all a >= b of a recurrent network, all (a,a) of a deep one
    const double *reference;         ///< pairs x P x P, what C is compared with in scaled_shift; NULL: nothing
    bool covariance;                 ///< covariances between all elements of all pairs. Memory: R x pairs x P^2 numbers
    bool keep_kernels;               ///< C of every realisation is returned. Memory: the same
    size_t outputs;                  ///< D, output neurons drawn for each realisation
    bool tangent_kernel;             ///< empirical neural tangent kernels of the readouts; needs weights
    const qn_wide_training *training; ///< NULL: none
    double memory_limit;              ///< bytes; 0: what the process may take
} qn_wide_simulation_options;

/// Shapes: pairs x P x P is row-major, element [pair][alpha][beta] = C^(a,b)_{alpha beta}; rows are numbered
/// readout x P + alpha, M = readouts x P of them. What was not asked for is NULL.
typedef struct {
    qn_wide_sampler sampler; ///< what was used
    size_t realisations, point_count, pair_count, readout_count;
    qn_wide_layer_pair *pairs;
    qn_estimate *kernel;              ///< pairs x P x P: mean of C
    qn_estimate *variance;            ///< the same: variance of C over realisations; error sqrt((m4 - var^2)/R)
    qn_estimate *scaled_variance;     ///< n variance; n is the width of the pair's layers
    qn_estimate *scaled_shift;        ///< n (mean - reference)
    double *fourth;                   ///< fourth central moment of C
    qn_estimate *covariance;          ///< E x E with E = pairs P^2: covariances of elements
    double *kernels;                  ///< R x pairs x P x P
    double *outputs;                  ///< R x D x M: y of D output neurons, which share the hidden layers
    qn_estimate *tangent;             ///< M x M: mean of the tangent kernel; error: spread / sqrt(R)
    double *tangent_spread;           ///< M x M: standard deviation over realisations
    double *predictions;              ///< R x test x D: posterior mean of each realisation
    double *prediction_variances;     ///< R x test: posterior variance without noise
    qn_estimate *prediction;          ///< test x D: mean over realisations drawn from the prior
    qn_estimate *prediction_variance; ///< test: the same of the variance
} qn_wide_simulation;

/// Simulate. Realisations are dealt to threads; results have the same bits for any number of threads.
///
/// Equations: h given kernels by (1)-(2) with C in place of its limit; outputs by (4) and (13); trained readouts by
/// (22) with the empirical kernel; tangent kernels by explicit backpropagation, normalised as (32)-(33).
/// @param[in]  options  NULL for defaults
/// @param[in]  progress NULL: none; returning false stops
/// @param[out] result   owned by the caller; free with qn_wide_simulation_clear(). Untouched on error.
/// @return QN_BAD_VALUE naming the field at fault (widths must be finite); QN_NO_MEMORY with the figures before
/// anything
///         is taken; QN_NO_SOLUTION when activity overflows or a readout cannot be trained, with the realisation;
///         QN_STOPPED.
/// Cost, one realisation of S = (depth + 1) P rows of width n: without weights n S normal deviates and values of phi
/// and 2 n S^2 (deep: 2 n S P) flops; with weights n^2 (deep: depth n^2) deviates and 2 n^2 S flops. Measured on one
/// AVX-512 core, erf, P = 2: n = 100, depth 5: 8 us recurrent, 6 us deep (with weights 35 and 90 us); n = 1000, depth
/// 10: 0.2 ms and 0.09 ms (8 and 24 ms). Tangent kernels add 2 n^2 S flops for each readout. Memory per thread: 2 n S
/// doubles (deep: 4 n P), with weights n^2 (deep networks' tangent kernels: depth n^2).
qn_status qn_wide_simulate(const qn_wide_network *network, const qn_wide_inputs *inputs,
                           const qn_wide_simulation_options *options, const qn_progress *progress,
                           qn_wide_simulation *result);
void qn_wide_simulation_clear(qn_wide_simulation *simulation);

#ifdef __cplusplus
}
#endif
