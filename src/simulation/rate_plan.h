/// What the options of a simulation come to: checked, defaults filled in, times in steps, memory refused before it is
/// taken.
#pragma once
#include "observables/cross_covariance.h"
#include "simulation/integrator.h"

#include <stdbool.h>

typedef struct {
    qn_rate_simulation_options options; ///< no zero means a default any more
    bool single;
    size_t stride;
    size_t burn_in_steps, frame_steps, frames, look_steps; ///< between frames; how many; between looks (about 1 tau)
    size_t lags;                                           ///< in frames, 0 included
    qn_cross_covariance_layout dimension;                  ///< of the records of x and phi
    size_t spectrum_segment;                               ///< frames
    size_t bytes;                                          ///< of states and statistics, without J
    double peak_bytes;                                     ///< of all that is held at a time, J being formed included
} qn_rate_plan;

/// QN_BAD_VALUE naming the option; QN_NO_MEMORY with the figures.
qn_status qn_rate_plan_make(const qn_rate_network *network, const qn_rate_simulation_options *options,
                            qn_rate_plan *result);

size_t qn_rate_plan_steps(const qn_rate_plan *plan); ///< burn-in included
