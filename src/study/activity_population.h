/// Theory of a network's units and of its population, by whichever theory covers it: equal units, classes of gains, or
/// static fields.
#pragma once
#include "study/activity.h"

#include <quenched/four_point.h>
#include <quenched/heterogeneous.h>
#include <quenched/overlap.h>
#include <quenched/two_point.h>

/// `{0}`: none.
typedef struct {
    qn_four_point *equal;
    qn_heterogeneous *classes;
    qn_overlap *overlapping; ///< by Monte Carlo, with error bars
    bool by_field;           ///< classes are static fields, not gains: z-scoring is by unit
} qn_activity_population;

void qn_activity_population_clear(qn_activity_population *population);
bool qn_activity_population_known(const qn_activity_population *population);

/// Theory of one unit, averaged over units. What has been solved of the population on the way is kept.
qn_status qn_activity_solve_units(const qn_rate_network *network, const qn_two_point_options *options, uint64_t seed,
                                  const qn_progress *progress, qn_two_point *two_point,
                                  qn_activity_population *population);

/// Whether a unit's past is fed back to it by couplings whose modes overlap: theory is by Monte Carlo then.
bool qn_activity_feeds_back(const qn_rate_network *network);

/// The standard error of theory's value of a quantity; 0 where theory has none.
double qn_activity_theory_error(const qn_activity_population *population, const char *quantity);

/// The population's numbers, its two-point part solved. `population` stays empty where activity has no dimension;
/// `*trouble` (owned by the caller) then says why. Errors are of input or memory.
qn_status qn_activity_solve_population(const qn_rate_network *network, const qn_two_point *two_point,
                                       qn_activity_population *population, qn_activity_collective *collective,
                                       char **trouble);

/// Theta at pairs of lags, and the dimension at frequencies.
qn_status qn_activity_population_at_lags(const qn_activity_population *population, double inverse_effective_rank,
                                         size_t count, const double *first, const double *second, double *out);
qn_status qn_activity_population_at_frequencies(const qn_activity_population *population, double inverse_effective_rank,
                                                size_t count, const double *frequency, double *out);

/// Nothing known.
qn_activity_collective qn_activity_collective_none(void);

/// The strength at which chaos begins.
qn_status qn_activity_critical_strength(const qn_rate_network *network, double *critical_strength);
