/// Inference for many values of the observation noise by one eigendecomposition of the kernel, K = U Lambda U^T.
///
/// Source: equation (26) of docs/theory/gaussian-processes.md, with (22)-(24).
#pragma once
#include <quenched/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qn_noise_scan qn_noise_scan;

/// Decompose `kernel` (count x count, lower triangle read). It stays the caller's, must outlive the scan and holds the
/// eigenvectors from then on; on error of the decomposition its values are lost. `targets`: count x outputs, copied.
/// Cost: about 9 count^3 flops. Memory: two more matrices while it runs.
qn_status qn_noise_scan_create(size_t count, double *kernel, size_t outputs, const double *targets,
                               qn_noise_scan **scan);
void qn_noise_scan_destroy(qn_noise_scan *scan);

/// Eigenvalues of the kernel, increasing; `count` of them.
const double *qn_noise_scan_eigenvalues(const qn_noise_scan *scan);

/// Evidence and leave-one-out for this noise; NULL: not wanted. `loo_mean` is count x outputs, `loo_variance` count.
/// QN_NO_SOLUTION when noise + the smallest eigenvalue is not positive to working precision. Cost: O(count^2).
qn_status qn_noise_scan_evaluate(const qn_noise_scan *scan, double noise, double *log_evidence, double *loo_mean,
                                 double *loo_variance);

/// Test points in the basis of eigenvectors, once for all noises: projected (tests x count) from cross (tests x count).
/// Cost: 2 tests count^2 flops.
void qn_noise_scan_project(const qn_noise_scan *scan, size_t tests, const double *cross, double *projected);
/// Mean (tests x outputs) and variance (tests; needs prior) from projected points; either may be NULL. O(tests count).
qn_status qn_noise_scan_predict(const qn_noise_scan *scan, double noise, size_t tests, const double *projected,
                                const double *prior, double *mean, double *variance);

#ifdef __cplusplus
}
#endif
