/// Bayesian inference with a Gaussian-process prior whose covariance (the kernel) is given as a matrix: mean,
/// covariance, evidence and its gradient, leave-one-out, classification read-out.
///
/// Any kernel will do: that of a wide network with one readout, or the block matrix over (time, point) pairs for
/// readouts at several times. Kernels are row-major; of a symmetric one the lower triangle is read. Targets are `count`
/// x `outputs`, row-major; outputs share the kernel and are independent. Logarithms are natural. Source: equations
/// (22)-(25) of docs/theory/gaussian-processes.md.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The training data and the Cholesky factor of K + noise 1.
typedef struct qn_gaussian_process qn_gaussian_process;

typedef struct {
    double noise;          ///< s^2 >= 0, variance of the observation noise; 0: none, which singular kernels do not bear
    bool single_precision; ///< factor in float, solutions refined in double; up to condition numbers of about 1e6
} qn_gaussian_process_options;

/// Factor K + noise 1 and solve for the targets.
///
/// @param[in]     count    P, training points
/// @param[in,out] kernel   count x count; stays the caller's and must outlive the process, which works in it: the lower
///                         triangle becomes the factor, the upper the kernel (single precision: both keep the kernel)
/// @param[in]     outputs  D >= 1
/// @param[in]     targets  count x outputs, copied
/// @param[in]     options  NULL for defaults
/// @param[out]    process  free with qn_gaussian_process_destroy(). Untouched on error, as are the kernel's values.
/// @return QN_BAD_VALUE naming the element; QN_NO_SOLUTION when the matrix is not positive definite to working
///         precision: the message has the pivot, the data point it is like, a bound of the smallest eigenvalue, and the
///         advice to raise the noise; QN_NOT_CONVERGED when single precision cannot be refined; QN_NO_MEMORY.
/// Cost: count^3 / 3 flops. Memory: count x outputs, and count^2 floats in single precision. Thread-safe.
qn_status qn_gaussian_process_fit(size_t count, double *kernel, size_t outputs, const double *targets,
                                  const qn_gaussian_process_options *options, qn_gaussian_process **process);

/// The same with a kernel kept in single precision, for points so many that doubles do not fit: 4 bytes per element and
/// nothing else. What is solved is the kernel as rounded to float, refined in double.
qn_status qn_gaussian_process_fit_float(size_t count, float *kernel, size_t outputs, const double *targets,
                                        double noise, qn_gaussian_process **process);
void qn_gaussian_process_destroy(qn_gaussian_process *process);

size_t qn_gaussian_process_count(const qn_gaussian_process *process);
size_t qn_gaussian_process_outputs(const qn_gaussian_process *process);
double qn_gaussian_process_noise(const qn_gaussian_process *process);

/// w = (K + noise 1)^-1 Y, `outputs` x `count`: the mean at a point is sum_i k(point, i) w[d][i].
const double *qn_gaussian_process_weights(const qn_gaussian_process *process);

/// ln Z, summed over outputs, (23). Single precision: its determinant is that of the float factor, relative error 1e-7
/// per pivot.
double qn_gaussian_process_log_evidence(const qn_gaussian_process *process);

/// What is asked of a prediction; NULL: not wanted.
typedef struct {
    double *mean;       ///< tests x outputs
    double *variance;   ///< tests; of the noise-free function: add the noise for an observation
    double *covariance; ///< tests x tests, full
} qn_prediction;

/// Mean, variance and covariance at `tests` points, (22).
///
/// @param[in] cross   tests x count: kernel between test and training points
/// @param[in] prior   tests: kernel of each test point with itself; for `variance`, else NULL
/// @param[in] among   tests x tests, lower triangle: kernel of the test points; for `covariance`, else NULL
/// Cost: 2 tests count outputs flops for the mean, tests count^2 for the variance, and tests^2 count for the
/// covariance.
qn_status qn_gaussian_process_predict(const qn_gaussian_process *process, size_t tests, const double *cross,
                                      const double *prior, const double *among, const qn_prediction *prediction);

/// d ln Z / d theta = (1/2) tr[(w w^T - D Kt^-1) dKt/dtheta], below (23).
/// @param[in]  derivatives  `parameters` matrices dK/dtheta (count x count, lower triangle); NULL among them means the
///                          unit matrix: theta is the noise variance s^2
/// Cost: count^3 flops for the inverse, count^2 per parameter. Memory: one matrix.
qn_status qn_gaussian_process_gradient(const qn_gaussian_process *process, size_t parameters,
                                       const double *const *derivatives, double *gradient);

/// Prediction of each training point from all others, (24): mean (count x outputs) and variance (count; of a noisy
/// observation); either may be NULL. Cost: count^3 flops. Memory: one matrix.
qn_status qn_gaussian_process_leave_one_out(const qn_gaussian_process *process, double *mean, double *variance);

/// Probability of class +1 when labels +-1 were regressed on, (25): Phi(mean / sqrt(variance + noise)); where that root
/// is zero, 0, 1/2 or 1 by the sign of the mean. This is regression on labels, not a classification likelihood.
double qn_class_probability(double mean, double variance, double noise);

/// Class of each point: for one output the sign, 1 or 0 (a mean of exactly 0 is 1); for several the output of the
/// largest mean (of equal ones the first).
void qn_classify(size_t count, size_t outputs, const double *mean, size_t *classes);

#ifdef __cplusplus
}
#endif
