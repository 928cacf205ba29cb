/// What a run leaves: the units' records put together.
#pragma once
#include "simulation/spiking_engine.h"

/// `activity` is complete but for seconds.build and seconds.wall; untouched on error.
qn_status qn_spiking_outcome_make(const qn_spiking_engine *engine, qn_spiking_activity *activity);
