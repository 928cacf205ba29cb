/// Where mean-field theory of integrate-and-fire neurons is to be doubted.
#pragma once
#include "theory/lif_input.h"

/// Fill in found->warnings for found->states[0]; one line per kind of doubt, with the worst case.
qn_status qn_lif_warnings(const qn_spiking_network *network, const qn_lif_input *input, qn_lif_mean_field *found);
