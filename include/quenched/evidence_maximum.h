/// Hyperparameters from the data: the maximum of the log evidence within bounds, by NLopt.
///
/// Source: equation (23) of docs/theory/gaussian-processes.md.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name;    ///< for messages: "g"
    double start;        ///< within the bounds
    double lower, upper; ///< finite, lower < upper
    bool logarithmic;    ///< search in its logarithm (lower > 0): right for scales and for the noise
    bool is_noise;       ///< this is the noise variance s^2, which the kernel does not depend on; at most one
} qn_hyperparameter;

/// Kernel at these parameters: count x count, lower triangle to be filled. `derivatives` is NULL, or has for each
/// parameter a matrix for dK/dtheta (lower triangle), NULL for the noise.
typedef qn_status qn_kernel_at(const double *parameters, double *kernel, double *const *derivatives, void *context);

typedef struct {
    size_t count, outputs; ///< training points, outputs
    const double *targets; ///< count x outputs
    double noise;          ///< s^2 where no parameter is the noise
    size_t parameter_count;
    const qn_hyperparameter *parameters;
    qn_kernel_at *kernel;
    void *context;
    bool has_derivatives; ///< `kernel` fills them: limited-memory BFGS; false: subplex, without derivatives
    double tolerance;     ///< on ln Z, absolute; 0 means 1e-6
    size_t evaluations;   ///< at most; 0 means 500
} qn_evidence_problem;

typedef struct {
    double *parameters; ///< where the evidence is largest
    int *bound;         ///< of each: -1 at its lower bound, 1 at its upper, 0 between
    size_t parameter_count;
    double log_evidence;
    size_t evaluations;
    bool converged; ///< false: stopped by the number of evaluations
} qn_evidence_maximum;

/// Local maximum reached from the start. Where K + noise is singular the evidence counts as minus infinity when there
/// are no derivatives; with derivatives that is an error, which names the parameters.
/// @return the callback's error with the parameters before it; QN_BAD_VALUE naming the parameter; QN_NOT_CONVERGED when
///         the search breaks down. `result` untouched on error; free with qn_evidence_maximum_clear().
/// Cost: per evaluation one kernel and one factorisation, with derivatives one inverse more.
qn_status qn_evidence_maximise(const qn_evidence_problem *problem, qn_evidence_maximum *result);
void qn_evidence_maximum_clear(qn_evidence_maximum *result);

/// "g is at its upper bound 3; sigma is at its lower bound 0", or "" when no bound is active. Truncated to `size`.
void qn_evidence_maximum_bounds(const qn_evidence_problem *problem, const qn_evidence_maximum *result, char *text,
                                size_t size);

#ifdef __cplusplus
}
#endif
