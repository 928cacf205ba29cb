/// Maximum mean discrepancy between what networks put out and a Gaussian process, for the kernel
/// k(y, y') = exp(-|y - y'|^2 / (2 l^2)): equations (29) and (30) of docs/theory/gaussian-processes.md.
///
/// Both estimators are unbiased estimates of MMD^2 (which is >= 0): they may come out negative, by no more than their
/// errors.
#pragma once
#include <quenched/estimate.h>
#include <quenched/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/// From the kernels of simulated networks: given its kernel the output is Gaussian, so that the average over outputs is
/// done exactly (29). Orders of magnitude less noise than qn_mmd_of_outputs().
///
/// @param[in]  points          P >= 1, outputs of one neuron
/// @param[in]  samples         R >= 4 independent networks
/// @param[in]  kernels         R x P x P, row-major: output kernels of the networks, symmetric
/// @param[in]  gaussian        P x P: kernel of the Gaussian process
/// @param[in]  length_squared  l^2 > 0; 0 means the mean diagonal of `gaussian`
/// @param[out] discrepancy     MMD^2; standard error by a jackknife over min(R / 2, 40) blocks of networks,
///                             less what it counts twice (Efron & Stein 1981); conservative for R < 8
/// @return QN_BAD_VALUE naming what is not finite, or a kernel that is not a covariance. Untouched on error.
/// Cost: R^2/2 determinants: 10 ns each for one point, 30 ns for two. Same bits for any number of threads.
qn_status qn_mmd_of_kernels(size_t points, size_t samples, const double *kernels, const double *gaussian,
                            double length_squared, qn_estimate *discrepancy);

/// From samples of the outputs alone, one neuron of each network (30): the U-statistic, the Gaussian process averaged
/// exactly.
///
/// @param[in]  outputs  R x P, R >= 4; the rest as above
/// @param[out] floor    NULL allowed: standard deviation of the estimate if the outputs were from the Gaussian process,
///                      about sqrt(2 Var k) / R: smaller discrepancies cannot be seen. NAN for R < 8
qn_status qn_mmd_of_outputs(size_t points, size_t samples, const double *outputs, const double *gaussian,
                            double length_squared, qn_estimate *discrepancy, double *floor);

#ifdef __cplusplus
}
#endif
