/// Distance of two distributions that are known by samples.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Kolmogorov-Smirnov distance of two samples: the largest difference of their cumulative distributions, 0 to 1. NANs
/// are left out; NAN when one sample has nothing else. To tell simulators apart, compare it with the distances between
/// seeds of one simulator: with many neurons its p value tells nothing.
/// @param[out] distance  untouched on error
/// @return QN_NO_MEMORY. Cost: n log n.
qn_status qn_kolmogorov_smirnov(size_t first_count, const double *first, size_t second_count, const double *second,
                                double *distance);

#ifdef __cplusplus
}
#endif
