/// The four-point function (E15) summed over frequencies, from what one unit does.
#pragma once
#include "theory/overlap_map.h"

/// How C^phi goes on beyond `whole`, the lag (in steps) up to which it stands above its noise: as an exponential, or
/// not at all where it does not fall like one.
typedef struct {
    size_t whole;
    double rate;
} qn_overlap_tail;
qn_overlap_tail qn_overlap_tail_of(const qn_overlap_box *box, const double *lags, size_t whole);

typedef struct {
    double variance;       ///< Theta(0, 0)
    double zero_frequency; ///< PR(omega = 0)
    double margin;         ///< 1 - C^h |S|^2 / C^phi at frequency zero: below 0 there is no such state
} qn_overlap_dimension;

/// `diagonal[i]` receives Theta(lag[i], lag[i]). QN_NO_SOLUTION where the margin is not above 0. Cost: (frequencies)^2,
/// some hundred each. Threads share the work.
qn_status qn_overlap_dimension_of(const qn_overlap_box *box, double *state, size_t whole, size_t count,
                                  const double *lag, double *diagonal, qn_overlap_dimension *result);
