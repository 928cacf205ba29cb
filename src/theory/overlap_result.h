/// From replicas that have settled to results with error bars.
#pragma once
#include <quenched/overlap.h>

#include "theory/overlap_search.h"

/// The last lag (in steps) at which C^phi stands above its noise; *decayed tells whether C^phi has come down to a
/// hundredth (or to its noise) within the box.
qn_status qn_overlap_whole(const qn_search *search, size_t *whole, bool *decayed);

/// Relative standard error of the participation ratio, and the ratio itself.
qn_status qn_overlap_accuracy(const qn_search *search, size_t whole, double *ratio, double *error);

/// Everything but what the iteration counts; the search's mapped sums must hold the field.
qn_status qn_overlap_describe(qn_search *search, size_t whole, size_t paths, size_t lag_count, const double *lags,
                              qn_overlap *result);
