/// What finite width does to Bayesian inference: the exact posterior by importance sampling over kernels drawn from the
/// prior, and its expansion to first order in 1/n.
///
/// Points are numbered with the `train` training points first, then the `tests` test points. Targets are train x
/// outputs. Given the kernel, outputs are independent Gaussian processes; the kernel is shared by all.
/// Source: equations (27) and (28) of docs/theory/gaussian-processes.md.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t train, tests, outputs; ///< each at least 1
    const double *targets;        ///< train x outputs
    double noise;                 ///< s^2 > 0, or kernels that are never singular
} qn_posterior_data;

typedef struct {
    double *mean;        ///< tests x outputs
    double *mean_error;  ///< standard error of `mean`
    double *variance;    ///< tests x outputs, of the noise-free function: second moment - mean^2
    double log_evidence; ///< ln of the mean weight
    double log_evidence_error;
    double effective_samples; ///< (sum w)^2 / sum w^2
} qn_sampled_posterior;

/// (27): average over `draws` kernels (each (train + tests)^2, one after the other, lower triangles read) weighted by
/// their evidence. Error bars are those of a ratio of means.
/// @return QN_NO_SOLUTION when the effective number of samples is below 100: one reports nothing then, the message says
///         how many draws would be needed; also when a kernel is singular. `result` untouched on error; free with
///         qn_sampled_posterior_clear().
/// Cost: draws x (train^3 / 3 + tests train^2). Same bits for any number of threads.
qn_status qn_sampled_posterior_average(const qn_posterior_data *data, size_t draws, const double *kernels,
                                       qn_sampled_posterior *result);
void qn_sampled_posterior_clear(qn_sampled_posterior *result);

/// Number of unordered pairs of points, S (S + 1) / 2, and the number of the pair {first, second}: i (i + 1) / 2 + j
/// for i >= j. The order of `shift` and `fluctuation` below.
size_t qn_pair_count(size_t points);
size_t qn_pair_index(size_t first, size_t second);

typedef struct {
    double *mean, *mean_slope;               ///< tests x outputs; value at infinite width, coefficient of 1/n
    double *variance, *variance_slope;       ///< tests x outputs (the values are those of one output, repeated)
    double log_evidence, log_evidence_slope; ///< the slope is the bracket of (28): ln Z + slope / n
} qn_expanded_posterior;

/// (28): posterior to first order in 1/n.
///
/// @param[in]  kernel       S x S, lower triangle: output kernel at infinite width, S = train + tests
/// @param[in]  shift        m of the output kernel over pairs: g_out^2 times that of C. E[K] = kernel + shift / n
/// @param[in]  fluctuation  V of the output kernel, pairs x pairs, lower triangle: g_out^4 times that of C
/// @return QN_NO_SOLUTION as qn_gaussian_process_fit(). Free the result with qn_expanded_posterior_clear().
/// Cost: pairs^3 for the eigenvectors of V, then pairs x (train^2 (train + tests)): small data sets (S up to about 60).
qn_status qn_expanded_posterior_solve(const qn_posterior_data *data, const double *kernel, const double *shift,
                                      const double *fluctuation, qn_expanded_posterior *result);
void qn_expanded_posterior_clear(qn_expanded_posterior *result);

#ifdef __cplusplus
}
#endif
