/// Recorded spikes as files that other programs read.
#pragma once
#include <quenched/spikes.h>
#include <quenched/spiking_network.h>

/// STEM.h5 in the SONATA layout: of each population, /spikes/NAME/node_ids (from 0 within it) and
/// /spikes/NAME/timestamps (ms), sorted by time, which the attribute `sorting` of the group says. Written beside and
/// moved there when complete; the same spikes give the same bytes. QN_IO_ERROR; QN_NO_MEMORY.
qn_status qn_spikes_write_sonata(const qn_spikes *spikes, const qn_spiking_network *network, const char *stem);

/// STEM.npy for NumPy: an array of (time: ms, population: number, neuron: from 0 within it), sorted by time.
qn_status qn_spikes_write_npy(const qn_spikes *spikes, const qn_spiking_network *network, const char *stem);
