/// Where the iteration begins, and what needs none.
#pragma once
#include "theory/overlap_map.h"

/// QN_NO_SOLUTION when the network is silent, or grows without bound where phi is linear; QN_BAD_VALUE naming what the
/// theory does not cover.
qn_status qn_overlap_check(const qn_rate_network *network, const qn_overlap_law *law);

/// State of the network with the same strengths and no feedback, where there is one, else an exponential.
qn_status qn_overlap_start(const qn_rate_network *network, const qn_overlap_box *box, double *state);

/// The same function of lag in a longer box.
void qn_overlap_lengthen(const qn_overlap_box *from, double *state, const qn_overlap_box *to, double *longer);
