/// F1 near full correlation, conditional on what x and y share.
#pragma once
#include "network/gaussian_average_kind.h"

/// <phi'(x) phi'(y)> at correlation 1 - s^2, or -(1 - s^2) when `negative`, of tanh or a table, 0 < s < 1; relative
/// error 1e-13 of F1(c0). `odd` says that phi is odd and the mean 0. Cost: some 10 us (tanh), up to milliseconds (a
/// table of thousands of rows).
qn_status qn_conditional_slope(const qn_gaussian_average *average, double s, bool negative, bool odd, double *result);
