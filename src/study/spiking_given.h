/// Spike trains that a study gives, from a text file.
#pragma once
#include <quenched/spiking_network.h>

/// Text of "neuron,time" lines, times in ms; `#` begins a comment, and a first line of names is passed over. `file` is
/// relative to `folder`. Times are multiples of `time_step` above 0. QN_BAD_FILE naming the file, the line and what is
/// wrong there.
qn_status qn_given_spikes_read(const char *folder, const char *file, size_t neurons, double time_step,
                               qn_given_spikes *spikes);
void qn_given_spikes_clear(qn_given_spikes *spikes);
