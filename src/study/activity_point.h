/// A run of a study of activity: its points, each with its network, its theory and its simulations.
#pragma once
#include "study/activity.h"
#include "study/activity_files.h"
#include "study/activity_population.h"
#include "study/study_data.h"

#include <quenched/estimate.h>
#include <quenched/rate_simulation.h>
#include <quenched/two_point.h>

enum { QN_MOST_SIZES = 8 };

typedef struct {
    const qn_activity_study *activity;
    char *label; ///< "network.coupling.strength = 3, network.noise = 0"; "" without sweep
    qn_rate_network network;

    qn_status solved; ///< how theory went; QN_STOPPED: not asked
    char *trouble;    ///< why it did not go well
    qn_two_point theory;
    double critical_strength; ///< NAN: not asked, or none
    qn_activity_collective collective;
    qn_activity_population population; ///< empty: not asked, or none

    qn_rate_simulation_options options;
    size_t size_count; ///< network sizes simulated: the network's own first; 0: nothing is simulated
    size_t sizes[QN_MOST_SIZES], networks[QN_MOST_SIZES];
    qn_rate_measurement *measurements[QN_MOST_SIZES]; ///< networks[i] each
} qn_activity_point;

typedef struct {
    const qn_study *study;
    const qn_study_variant *variant;
    const qn_study_options *options;
    qn_activity_files *files;
    size_t count;
    qn_activity_point *points;
} qn_activity_execution;

/// Settle how a point is simulated, theory at hand: burn-in, sizes, networks. Warnings go to `result`.
qn_status qn_activity_plan_point(const qn_activity_execution *run, qn_activity_point *point, qn_result *result);

/// Refuse what would not fit into memory, before anything of it is taken.
qn_status qn_activity_check_memory(const qn_activity_execution *run);

/// Simulate every network of every size at every point, with checkpoint and progress.
qn_status qn_activity_simulate(qn_activity_execution *run);

/// What the simulation of a point says about its networks of size number `size`.
typedef struct {
    size_t trials, settled, cycling, diverged; ///< runs; diverged counts networks
    const char *phase;                         ///< NULL: cannot be told
    bool *left_out;                            ///< networks whose numbers do not count, networks[size] of them
} qn_activity_verdict;
qn_status qn_activity_judge(const qn_activity_point *point, size_t size, qn_activity_verdict *verdict);
void qn_activity_verdict_clear(qn_activity_verdict *verdict);

/// Estimate of quantity number `quantity` from the networks of size number `size`.
qn_status qn_activity_estimate(const qn_activity_point *point, size_t size, size_t quantity, qn_estimate *estimate);

/// A new array of NANs over [point,] and one more dimension; *values are its values, owned by the result.
qn_status qn_activity_new_array(const qn_activity_execution *run, const char *name, const char *long_name,
                                const char *unit, const char *dimension, size_t count, qn_result *result,
                                double **values);
/// The coordinate of that dimension: 0, step, 2 step, ...
qn_status qn_activity_add_coordinate(const char *name, const char *long_name, const char *unit, size_t count,
                                     double step, qn_result *result);

/// A quantity's theory.
double qn_activity_theory_value(const qn_activity_quantity *quantity, const qn_two_point *theory,
                                const qn_activity_collective *collective);
/// Theory's four-point function at equal lags and its dimension over frequency, and the simulated four-point function.
qn_status qn_activity_add_collective_arrays(const qn_activity_execution *run, qn_result *result);

/// The simulated principal components and dimensions at frequencies, and the four-point function at pairs of lags.
qn_status qn_activity_add_population_arrays(const qn_activity_execution *run, qn_result *result);

/// Add the table's rows, and the warnings that belong to them.
qn_status qn_activity_add_rows(const qn_activity_execution *run, qn_result *result);
/// Add the functions of lag and frequency, and the raw values of every network.
qn_status qn_activity_add_arrays(const qn_activity_execution *run, qn_result *result);

/// Add theory between the points of a sweep, for the quantities that figures draw over a number of the network.
qn_status qn_activity_add_lines(const qn_activity_execution *run, qn_result *result);

/// The longest lag at which the four-point function of a point is measured, units of tau; 0: none. rate_memory and
/// collective_memory are what is left there of a unit's autocorrelation and of the lagged covariance matrix.
double qn_activity_memory_lag(const qn_activity_point *point);
qn_status qn_activity_memory_theory(qn_activity_point *point);
qn_estimate qn_activity_memory_estimate(const qn_activity_point *point, size_t size, const qn_activity_verdict *verdict,
                                        bool collective);

/// Whether the quantity is measured at several sizes and extrapolated.
bool qn_activity_extrapolates(const qn_activity_point *point, const char *quantity);
/// phi odd, no input and no mean: nothing is static but by chance.
bool qn_activity_is_odd(const qn_activity_point *point);
