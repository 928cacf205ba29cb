/// All units of a run, advanced together by threads that meet once a step.
#pragma once
#include "simulation/spiking_unit.h"

typedef struct {
    qn_spiking_options options; ///< without zeros that mean defaults
    qn_spiking_layout layout;
    qn_spiking_rows rows;
    qn_spiking_shared shared;
    qn_spiking_unit *units;
    size_t made;          ///< units that are complete
    uint64_t step, steps; ///< done; of the whole run
    uint64_t identity;    ///< of network, options, realisation: what a checkpoint is of
    size_t threads;
    size_t *thread_of; ///< per unit
    double *cost;      ///< per unit: seconds of the last stretch
    double wait_seconds;
    size_t stretches;                       ///< run so far
    double seconds_alone, seconds_together; ///< per step, when last compared
} qn_spiking_engine;

/// Fill in the defaults and check: QN_BAD_VALUE naming the option.
qn_status qn_spiking_options_resolve(const qn_spiking_network *network, const qn_spiking_options *options,
                                     qn_spiking_options *resolved);

/// Threads that such a network is worth.
size_t qn_spiking_engine_threads(const qn_spiking_layout *layout);

/// Build the network. QN_BAD_VALUE, QN_NO_MEMORY. The engine must not move afterwards.
qn_status qn_spiking_engine_make(const qn_spiking_network *network, const qn_spiking_options *resolved,
                                 uint64_t realisation, qn_spiking_engine *engine);
void qn_spiking_engine_clear(qn_spiking_engine *engine);

/// Advance by `steps` steps.
qn_status qn_spiking_engine_run(qn_spiking_engine *engine, uint64_t steps);

/// Spikes so far, of all neurons but sources.
uint64_t qn_spiking_engine_spikes(const qn_spiking_engine *engine);

double qn_spiking_engine_bytes(const qn_spiking_engine *engine);
