/// The memory of a run, refused before it is taken.
#pragma once
#include <quenched/spiking_simulation.h>

/// QN_NO_MEMORY with the figures when the run would take more than the machine or options->memory_limit has.
qn_status qn_spiking_plan_fits(const qn_spiking_network *network, const qn_spiking_options *resolved);
