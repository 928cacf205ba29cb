/// The state of a run on disk, from which it continues to the same spikes.
#pragma once
#include "simulation/spiking_engine.h"

/// What the run keeps beside the engine.
enum { QN_GUARD_NUMBERS = 6 };
typedef struct {
    uint64_t spikes[QN_GUARD_NUMBERS]; ///< so far, at the ends of the last stretches of time
    double highest;                    ///< rate, 1/s
} qn_spiking_guard;

/// What tells runs apart: network, options that change results, realisation, version.
uint64_t qn_spiking_identity(const qn_spiking_network *network, const qn_spiking_options *options,
                             uint64_t realisation);

/// Write to `path`: whole or not at all. QN_IO_ERROR, QN_NO_MEMORY.
qn_status qn_spiking_checkpoint_write(qn_spiking_engine *engine, const qn_spiking_guard *guard, const char *path);

/// Continue from `path`; where no file is, `*found` is false and nothing changes. QN_BAD_FILE when it is damaged or of
/// another run.
qn_status qn_spiking_checkpoint_read(qn_spiking_engine *engine, qn_spiking_guard *guard, const char *path, bool *found);
