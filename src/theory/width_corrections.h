/// Two ways to V and m of chosen elements of an expansion, equations (17), (18) of docs/theory/gaussian-processes.md.
#pragma once
#include "theory/width_expansion.h"

#include <quenched/finite_width.h>

/// Numbers of the elements' pairs in `element`. Both fill fluctuation, curvature and response of `result`, whose arrays
/// exist; the second their errors, too.
qn_status qn_width_exact(const qn_width_expansion *expansion, const qn_transfer *activation, size_t count,
                         const size_t *element, qn_finite_width *result);
qn_status qn_width_sampled(const qn_width_expansion *expansion, const qn_transfer *activation, size_t count,
                           const size_t *element, const qn_finite_width_options *options, qn_finite_width *result);
