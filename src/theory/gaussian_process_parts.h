/// What the files of the Gaussian process share: the factor of K + noise 1 in either precision, and what it solves.
#pragma once
#include <quenched/gaussian_process.h>

struct qn_gaussian_process {
    size_t count, outputs;
    double noise;
    double *kernel;      ///< upper triangle: K; NULL for a kernel in float. Not owned
    float *kernel_float; ///< the same in float
    double *factor;      ///< lower triangle, diagonal included: L; NULL in single precision. Is `kernel`
    float *factor_float; ///< the same in float; owned unless it is kernel_float
    double *diagonal;    ///< count: K_ii + noise
    double *targets;     ///< outputs x count
    double *weights;     ///< outputs x count
    double log_evidence;
};

/// Solve (K + noise 1) x = b for `columns` vectors one after the other in `b`, replaced by x; single precision is
/// refined against the kernel in double.
qn_status qn_gaussian_process_solve(const qn_gaussian_process *process, size_t columns, double *b);

/// (K + noise 1)^-1 into count x count doubles, lower triangle. Single precision: of the float factor, not refined.
qn_status qn_gaussian_process_inverse(const qn_gaussian_process *process, double *inverse);

/// Fail with what is known about the pivot (from 0) at which the factorisation broke down.
/// `element` gives K + noise 1.
qn_status qn_gaussian_process_blame(const qn_gaussian_process *process, size_t pivot);

/// Element (row, column) of K + noise 1.
double qn_gaussian_process_element(const qn_gaussian_process *process, size_t row, size_t column);
