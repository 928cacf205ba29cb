/// A sample in ascending order, without its NANs.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

/// @param[out] sorted  `left` values; free with qn_release()
qn_status qn_sorted_sample(size_t count, const double *values, double **sorted, size_t *left);
