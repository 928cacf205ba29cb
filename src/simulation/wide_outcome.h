/// From sums over realisations to the result.
#pragma once
#include "simulation/wide_moments.h"
#include "simulation/wide_plan.h"

typedef struct {
    qn_wide_moments kernel, tangent;
    double *kernels;  ///< kernels of all realisations, or of a wave of them
    double *tangents; ///< of a wave
} qn_wide_sums;

/// Take what the result holds: the arrays that realisations write into are there, the others still NULL.
qn_status qn_wide_outcome_begin(const qn_wide_plan *plan, qn_wide_simulation *result);
/// Estimates from sums. `sums->kernels` goes to the result where it is to be kept.
qn_status qn_wide_outcome_finish(const qn_wide_plan *plan, qn_wide_sums *sums, qn_wide_simulation *result);
