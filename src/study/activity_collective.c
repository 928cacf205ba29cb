// What theory says of the population: the couplings' numbers and the dimension of activity, with their arrays.
#include "base/fail.h"
#include "study/activity_point.h"
#include "study/result_builder.h"

#include <quenched/estimate.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

double qn_activity_theory_value(const qn_activity_quantity *quantity, const qn_two_point *theory,
                                const qn_activity_collective *collective)
{
    if (quantity->theory < 0) return NAN;
    return quantity->collective ? qn_activity_value(collective, quantity->theory)
                                : qn_activity_value(theory, quantity->theory);
}

static qn_status add_dimension_spectrum(const qn_activity_execution *run, qn_result *result)
{
    const qn_named_array *frequency = qn_result_array(result, "frequency");
    if (!frequency) return QN_OK;
    const size_t count = frequency->shape[0];
    double *values;
    QN_TRY(qn_activity_new_array(run, "dimension_theory", "dimension of the rates at one frequency, PR^phi(omega)",
                                 "of N", "frequency", count, result, &values));
    frequency = qn_result_array(result, "frequency"); // the arrays have moved
    for (size_t i = 0; i < run->count; ++i) {
        const qn_activity_point *point = &run->points[i];
        if (!qn_activity_population_known(&point->population) || !isfinite(point->collective.inverse_effective_rank))
            continue;
        QN_TRY(qn_activity_population_at_frequencies(&point->population, point->collective.inverse_effective_rank,
                                                     count, frequency->values, values + i * count));
    }
    return QN_OK;
}

static const qn_stationary *measured(const qn_activity_execution *run, size_t point, size_t network)
{
    const qn_activity_point *p = &run->points[point];
    return p->size_count && network < p->networks[0] ? &p->measurements[0][network].four_point : NULL;
}

// The longest measured function gives the grid.
static const qn_stationary *longest(const qn_activity_execution *run)
{
    const qn_stationary *found = NULL;
    for (size_t i = 0; i < run->count; ++i)
        for (size_t n = 0; measured(run, i, n); ++n)
            if (measured(run, i, n)->count > (found ? found->count : 0)) found = measured(run, i, n);
    return found;
}

static qn_status fill_theory(const qn_activity_point *point, size_t count, const double *lags, double *values)
{
    if (!qn_activity_population_known(&point->population) || !isfinite(point->collective.inverse_effective_rank))
        return QN_OK;
    return qn_activity_population_at_lags(&point->population, point->collective.inverse_effective_rank, count, lags,
                                          lags, values);
}

static qn_status fill_measured(const qn_activity_execution *run, size_t index, size_t count, double *mean,
                               double *error)
{
    const qn_activity_point *point = &run->points[index];
    if (!point->size_count) return QN_OK;
    qn_activity_verdict v;
    QN_TRY(qn_activity_judge(point, 0, &v));
    double *samples = malloc(point->networks[0] * sizeof *samples);
    for (size_t l = 0; samples && l < count; ++l) {
        for (size_t n = 0; n < point->networks[0]; ++n) {
            const qn_stationary *function = measured(run, index, n);
            samples[n] = !v.left_out[n] && l < function->count ? function->values[l] : NAN;
        }
        const qn_estimate estimate = qn_estimate_of(point->networks[0], samples);
        mean[l] = estimate.value;
        error[l] = estimate.standard_error;
    }
    const bool enough = samples;
    free(samples);
    qn_activity_verdict_clear(&v);
    QN_REQUIRE(enough, QN_NO_MEMORY, "no memory for %zu networks", point->networks[0]);
    return QN_OK;
}

static const char *const words_of_theta = "squared norm of the lagged covariance matrix over N, Theta(lag, lag)";

// Fine enough for a curve, as far as is simulated.
static qn_status add_four_point_theory(const qn_activity_execution *run, double end, qn_result *result)
{
    enum { LAGS = 81 };
    const double step = end / (LAGS - 1);
    double lags[LAGS], *values;
    for (size_t l = 0; l < LAGS; ++l) lags[l] = step * (double)l;
    QN_TRY(qn_activity_add_coordinate("four_point_lag", "time lag, the same twice", "tau", LAGS, step, result));
    QN_TRY(qn_activity_new_array(run, "four_point_diagonal_theory", words_of_theta, "1", "four_point_lag", LAGS, result,
                                 &values));
    for (size_t i = 0; i < run->count; ++i) QN_TRY(fill_theory(&run->points[i], LAGS, lags, values + i * LAGS));
    return QN_OK;
}

static qn_status add_four_point_simulation(const qn_activity_execution *run, const qn_stationary *grid,
                                           qn_result *result)
{
    const size_t count = grid->count;
    const double step = grid->step;
    double *mean, *error;
    QN_TRY(qn_activity_add_coordinate("four_point_sample_lag", "time lag of the simulation, the same twice", "tau",
                                      count, step, result));
    QN_TRY(qn_activity_new_array(run, "four_point_diagonal_simulation", words_of_theta, "1", "four_point_sample_lag",
                                 count, result, &mean));
    QN_TRY(qn_activity_new_array(run, "four_point_diagonal_simulation_error",
                                 "standard error of four_point_diagonal_simulation", "1", "four_point_sample_lag",
                                 count, result, &error));
    for (size_t i = 0; i < run->count; ++i) QN_TRY(fill_measured(run, i, count, mean + i * count, error + i * count));
    return QN_OK;
}

static bool has_modes(const qn_coupling *coupling)
{
    return coupling->kind == QN_COUPLING_RANDOM_MODE || coupling->kind == QN_COUPLING_ORTHOGONAL_MODE ||
           coupling->kind == QN_COUPLING_OVERLAPPING;
}

static int by_strength(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left < right) - (left > right);
}

// D of the modes, largest first, at places a / N: on one grid for all points, the finest.
static qn_status fill_mode_strengths(const qn_rate_network *network, size_t count, const double *places, double *values)
{
    size_t modes;
    double *strengths, *overlaps;
    QN_TRY(qn_coupling_modes(&network->coupling, network->size, &modes, &strengths, &overlaps));
    qsort(strengths, modes, sizeof *strengths, by_strength);
    for (size_t i = 0; i < count; ++i) {
        const double mode = floor(places[i] * (double)network->size);
        values[i] = mode < (double)modes ? strengths[(size_t)mode] : NAN;
    }
    free(strengths);
    free(overlaps);
    return QN_OK;
}

static qn_status add_mode_strengths(const qn_activity_execution *run, qn_result *result)
{
    enum { PLACES = 401 };
    double last = 0.0, *values;
    for (size_t i = 0; i < run->count; ++i) {
        const qn_rate_network *network = &run->points[i].network;
        size_t modes;
        double *strengths, *overlaps;
        if (!has_modes(&network->coupling)) continue;
        QN_TRY(qn_coupling_modes(&network->coupling, network->size, &modes, &strengths, &overlaps));
        last = fmax(last, (double)modes / (double)network->size);
        free(strengths);
        free(overlaps);
    }
    if (last == 0.0) return QN_OK;
    const double step = last / (PLACES - 1);
    QN_TRY(
        qn_activity_add_coordinate("mode_rank", "mode of the couplings, its number over N", "1", PLACES, step, result));
    QN_TRY(qn_activity_new_array(run, "mode_strength_theory", "strengths D of the couplings' modes", "1", "mode_rank",
                                 PLACES, result, &values));
    const double *places = qn_result_array(result, "mode_rank")->values;
    for (size_t i = 0; i < run->count; ++i)
        if (has_modes(&run->points[i].network.coupling))
            QN_TRY(fill_mode_strengths(&run->points[i].network, PLACES, places, values + i * PLACES));
    return QN_OK;
}

qn_status qn_activity_add_collective_arrays(const qn_activity_execution *run, qn_result *result)
{
    if (!qn_activity_computes(run->points[0].activity, QN_COMPUTE_DIMENSION)) return QN_OK;
    const qn_stationary *grid = longest(run);
    if (grid) QN_TRY(add_four_point_simulation(run, grid, result));
    if (run->options->wings == QN_WING_SIMULATION) return QN_OK;
    const double end = grid && grid->count > 1 ? grid->step * (double)(grid->count - 1) : 20.0;
    QN_TRY(add_mode_strengths(run, result));
    QN_TRY(add_four_point_theory(run, end, result));
    return add_dimension_spectrum(run, result);
}
