/// Leave-one-out error of any statistic of independent samples.
#pragma once
#include <quenched/estimate.h>

/// Left out of the statistic: nothing.
#define QN_LEAVE_NONE ((size_t)-1)

/// The statistic of all samples but number `left_out`.
typedef double (*qn_leave_one_out)(size_t left_out, void *context);

/// Value: the statistic of all `count` samples; error by the jackknife (Efron 1982). The error is NAN with fewer than 2
/// samples or where leaving one out leaves nothing to measure.
qn_estimate qn_jackknife(size_t count, qn_leave_one_out statistic, void *context);
