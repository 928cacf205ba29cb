/// What both finite-width posteriors refuse.
#pragma once
#include <quenched/finite_width_posterior.h>

qn_status qn_posterior_data_check(const qn_posterior_data *data);
/// Training block of a kernel over train + tests points, and its rows of test points: `block` train x train, `cross`
/// tests x train, `prior` tests.
void qn_posterior_data_blocks(const qn_posterior_data *data, const double *kernel, double *block, double *cross,
                              double *prior);
