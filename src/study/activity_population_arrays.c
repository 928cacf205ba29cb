// Arrays of the population as it was simulated: principal components, dimension over frequency, and the four-point
// function at pairs of lags with its theory.
#include "base/fail.h"
#include "observables/jackknife.h"
#include "study/activity_point.h"
#include "study/result_builder.h"

#include <quenched/estimate.h>
#include <quenched/stationary.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const qn_rate_measurement *measured(const qn_activity_execution *run, size_t point, size_t network)
{
    const qn_activity_point *p = &run->points[point];
    return p->size_count && network < p->networks[0] ? &p->measurements[0][network] : NULL;
}

// What an array's values are made of, number `index` of it in one network: NAN where it is missing.
typedef double network_value(const qn_rate_measurement *m, size_t index, const void *context);

// Mean and standard error over the networks that count, value by value.
static qn_status fill_means(const qn_activity_point *point, size_t count, network_value *value, const void *context,
                            double *mean, double *error)
{
    if (!point->size_count) return QN_OK;
    const size_t networks = point->networks[0];
    qn_activity_verdict v;
    QN_TRY(qn_activity_judge(point, 0, &v));
    double *samples = malloc(networks * sizeof *samples);
    for (size_t i = 0; samples && i < count; ++i) {
        for (size_t n = 0; n < networks; ++n)
            samples[n] = v.left_out[n] ? NAN : value(&point->measurements[0][n], i, context);
        const qn_estimate estimate = qn_estimate_of(networks, samples);
        mean[i] = estimate.value;
        error[i] = estimate.standard_error;
    }
    qn_activity_verdict_clear(&v);
    QN_REQUIRE(samples, QN_NO_MEMORY, "no memory for %zu networks", networks);
    free(samples);
    return QN_OK;
}

// Component i of `most` stands at (i + 1) / most of N, in smaller networks of a sweep too.
static double component(const qn_rate_measurement *m, size_t i, const void *context)
{
    const size_t most = *(const size_t *)context;
    if (!m->component_count) return NAN;
    return m->component_variances[((i + 1) * m->component_count + most - 1) / most - 1];
}

static qn_status add_components(const qn_activity_execution *run, qn_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; ++i)
        for (size_t n = 0; measured(run, i, n); ++n)
            if (measured(run, i, n)->component_count > count) count = measured(run, i, n)->component_count;
    if (!count) return QN_OK;
    double *mean, *error;
    QN_TRY(qn_activity_add_coordinate("mode", "principal component, its number over N", "1", count, 1.0 / (double)count,
                                      result));
    double *places = result->arrays[result->array_count - 1].values;
    for (size_t i = 0; i < count; ++i) places[i] = (double)(i + 1) / (double)count;
    QN_TRY(qn_activity_new_array(run, "pca_spectrum_simulation",
                                 "variance of the rates along their principal components, mean over networks", "1",
                                 "mode", count, result, &mean));
    QN_TRY(qn_activity_new_array(run, "pca_spectrum_simulation_error", "standard error of pca_spectrum_simulation", "1",
                                 "mode", count, result, &error));
    for (size_t i = 0; i < run->count; ++i)
        QN_TRY(fill_means(&run->points[i], count, component, &count, mean + i * count, error + i * count));
    return QN_OK;
}

typedef struct {
    const qn_activity_point *point;
    const qn_activity_verdict *verdict;
    size_t index;
    double step;
} frequency;

// <C>^2 / <Theta> over networks, as for the dimension at equal times.
static double ratio_of_squares(size_t left_out, void *context)
{
    const frequency *at = context;
    double power = 0.0, four_point = 0.0, count = 0.0;
    for (size_t n = 0; n < at->point->networks[0]; ++n) {
        const qn_rate_measurement *m = &at->point->measurements[0][n];
        const bool there = at->index < m->rate_spectrum.count && m->rate_spectrum.step == at->step;
        if (n == left_out || at->verdict->left_out[n] || !there) continue;
        power += m->rate_spectrum.values[at->index];
        four_point += m->four_point_spectrum.values[at->index];
        count += 1.0;
    }
    return count > 0.0 ? power * power / (count * four_point) : NAN;
}

static qn_status fill_dimension(const qn_activity_point *point, const qn_spectrum *grid, double *value, double *error)
{
    if (!point->size_count) return QN_OK;
    qn_activity_verdict v;
    QN_TRY(qn_activity_judge(point, 0, &v));
    for (size_t f = 0; f < grid->count; ++f) {
        frequency at = {point, &v, f, grid->step};
        const qn_estimate estimate = qn_jackknife(point->networks[0], ratio_of_squares, &at);
        value[f] = estimate.value;
        error[f] = estimate.standard_error;
    }
    qn_activity_verdict_clear(&v);
    return QN_OK;
}

static qn_status add_dimension(const qn_activity_execution *run, qn_result *result)
{
    const qn_spectrum *grid = NULL;
    for (size_t i = 0; i < run->count; ++i)
        for (size_t n = 0; measured(run, i, n); ++n)
            if (measured(run, i, n)->rate_spectrum.count > (grid ? grid->count : 0))
                grid = &measured(run, i, n)->rate_spectrum;
    if (!grid) return QN_OK;
    double *value, *error;
    QN_TRY(qn_activity_add_coordinate("sample_frequency", "angular frequency of the simulation", "rad/tau", grid->count,
                                      grid->step, result));
    QN_TRY(qn_activity_new_array(run, "dimension_simulation", "dimension of the rates at one frequency, PR^phi(omega)",
                                 "of N", "sample_frequency", grid->count, result, &value));
    QN_TRY(qn_activity_new_array(run, "dimension_simulation_error", "standard error of dimension_simulation", "of N",
                                 "sample_frequency", grid->count, result, &error));
    for (size_t i = 0; i < run->count; ++i)
        QN_TRY(fill_dimension(&run->points[i], grid, value + i * grid->count, error + i * grid->count));
    return QN_OK;
}

// Pairs of lags: `lags` steps to either side, so width x width of them.
typedef struct {
    size_t lags, width;
    double step;
} lag_grid;

static lag_grid map_grid(const qn_activity_execution *run)
{
    lag_grid g = {0};
    for (size_t i = 0; i < run->count; ++i) {
        const qn_activity_simulation *asked = run->points[i].activity->simulation;
        for (size_t n = 0; measured(run, i, n); ++n) {
            const qn_rate_measurement *m = measured(run, i, n);
            if (m->map_lags > g.lags) g = (lag_grid){m->map_lags, 0, m->four_point.step};
        }
        const bool theory_only = run->options->wings == QN_WING_THEORY && asked && asked->dimension_map_lags > 0;
        if (theory_only && !g.lags) g = (lag_grid){(size_t)asked->dimension_map_lags, 0, asked->sample_interval};
    }
    g.width = 2 * g.lags + 1;
    return g;
}

static size_t size_of(long lag) { return (size_t)labs(lag); }

// Theta and what it has beyond C(l) C(l'), in one network, at number `index` of the grid.
static double theta(const qn_rate_measurement *m, size_t index, const void *context)
{
    const lag_grid *g = context;
    const long first = (long)(index / g->width) - (long)g->lags, second = (long)(index % g->width) - (long)g->lags;
    if (m->map_lags != g->lags || m->four_point.step != g->step) return NAN;
    const long beside = first < 0 ? -second : second; // Theta(l, l') = Theta(-l, -l')
    return m->four_point_map[size_of(first) * g->width + (size_t)(beside + (long)g->lags)];
}

static double psi(const qn_rate_measurement *m, size_t index, const void *context)
{
    const lag_grid *g = context;
    const size_t first = size_of((long)(index / g->width) - (long)g->lags);
    const size_t second = size_of((long)(index % g->width) - (long)g->lags);
    if (first >= m->rate.count || second >= m->rate.count) return NAN;
    return theta(m, index, context) - m->rate.values[first] * m->rate.values[second];
}

// Every pair once: the rest is the same by Theta(l, l') = Theta(l', l) = Theta(-l, -l').
static qn_status theory_quarter(const qn_activity_point *point, const lag_grid *g, double *values)
{
    const size_t width = g->width, pairs = (g->lags + 1) * (g->lags + 1);
    double *room = malloc(3 * pairs * sizeof *room);
    QN_REQUIRE(room, QN_NO_MEMORY, "no memory for %zu pairs of lags", pairs);
    double *first = room, *second = room + pairs, *found = room + 2 * pairs;
    size_t count = 0;
    for (long l = 0; l <= (long)g->lags; ++l)
        for (long m = -l; m <= l; ++m, ++count) first[count] = g->step * (double)l, second[count] = g->step * (double)m;
    const qn_status status = qn_activity_population_at_lags(
        &point->population, point->collective.inverse_effective_rank, count, first, second, found);
    count = 0;
    double *middle = values + g->lags * width + g->lags;
    const ptrdiff_t row = (ptrdiff_t)width;
    for (ptrdiff_t l = 0; status == QN_OK && l <= (ptrdiff_t)g->lags; ++l)
        for (ptrdiff_t m = -l; m <= l; ++m, ++count)
            middle[l * row + m] = middle[-l * row - m] = middle[m * row + l] = middle[-m * row - l] = found[count];
    free(room);
    return status;
}

static double lag_at(const lag_grid *g, size_t i) { return g->step * ((double)i - (double)g->lags); }

static qn_status fill_theory(const qn_activity_point *point, const lag_grid *g, double *whole, double *rest)
{
    if (!qn_activity_population_known(&point->population) || !isfinite(point->collective.inverse_effective_rank))
        return QN_OK;
    QN_TRY(theory_quarter(point, g, whole));
    const qn_stationary *rate = &point->theory.rate;
    for (size_t l = 0; l < g->width; ++l)
        for (size_t m = 0; m < g->width; ++m) {
            const double own = qn_stationary_at(rate, lag_at(g, l)) * qn_stationary_at(rate, lag_at(g, m));
            rest[l * g->width + m] = whole[l * g->width + m] - own;
        }
    return QN_OK;
}

static qn_status add_lag_coordinate(const char *name, const char *long_name, const lag_grid *g, qn_result *result)
{
    QN_TRY(qn_activity_add_coordinate(name, long_name, "tau", g->width, g->step, result));
    double *values = result->arrays[result->array_count - 1].values;
    for (size_t i = 0; i < g->width; ++i) values[i] = lag_at(g, i);
    return QN_OK;
}

static qn_status new_map(const qn_activity_execution *run, const char *name, const char *long_name, const lag_grid *g,
                         qn_result *result, double **values)
{
    qn_named_array array = {.name = (char *)name, .long_name = (char *)long_name, .unit = (char *)"1"};
    if (run->variant->key_count) {
        array.dimensions[array.rank] = (char *)"point";
        array.shape[array.rank++] = run->count;
    }
    array.dimensions[array.rank] = (char *)"first_lag";
    array.shape[array.rank++] = g->width;
    array.dimensions[array.rank] = (char *)"second_lag";
    array.shape[array.rank++] = g->width;
    QN_TRY(qn_result_add_array(result, &array));
    *values = result->arrays[result->array_count - 1].values;
    return QN_OK;
}

static const char *const words_of_theta = "four-point function of the rates, Theta(lag, lag')";
static const char *const words_of_psi = "four-point function beyond single units, psi = Theta - C C";

static qn_status add_map_theory(const qn_activity_execution *run, const lag_grid *g, qn_result *result)
{
    double *whole, *rest;
    QN_TRY(new_map(run, "four_point_theory", words_of_theta, g, result, &whole));
    QN_TRY(new_map(run, "four_point_map_theory", words_of_psi, g, result, &rest));
    const size_t size = g->width * g->width;
    for (size_t i = 0; i < run->count; ++i) QN_TRY(fill_theory(&run->points[i], g, whole + i * size, rest + i * size));
    return QN_OK;
}

static qn_status add_map_simulation(const qn_activity_execution *run, const lag_grid *g, qn_result *result)
{
    const char *const names[4][2] = {
        {"four_point_simulation", words_of_theta},
        {"four_point_simulation_error", "standard error of four_point_simulation"},
        {"four_point_map_simulation", words_of_psi},
        {"four_point_map_simulation_error", "standard error of four_point_map_simulation"},
    };
    double *values[4];
    for (size_t a = 0; a < 4; ++a) QN_TRY(new_map(run, names[a][0], names[a][1], g, result, &values[a]));
    const size_t size = g->width * g->width;
    for (size_t i = 0; i < run->count; ++i) {
        QN_TRY(fill_means(&run->points[i], size, theta, g, values[0] + i * size, values[1] + i * size));
        QN_TRY(fill_means(&run->points[i], size, psi, g, values[2] + i * size, values[3] + i * size));
    }
    return QN_OK;
}

static qn_status add_map(const qn_activity_execution *run, qn_result *result)
{
    const lag_grid g = map_grid(run);
    if (!g.lags || !qn_activity_computes(run->points[0].activity, QN_COMPUTE_DIMENSION)) return QN_OK;
    QN_TRY(add_lag_coordinate("first_lag", "first lag", &g, result));
    QN_TRY(add_lag_coordinate("second_lag", "second lag", &g, result));
    if (run->options->wings != QN_WING_SIMULATION) QN_TRY(add_map_theory(run, &g, result));
    return run->options->wings != QN_WING_THEORY ? add_map_simulation(run, &g, result) : QN_OK;
}

qn_status qn_activity_add_population_arrays(const qn_activity_execution *run, qn_result *result)
{
    QN_TRY(add_components(run, result));
    QN_TRY(add_dimension(run, result));
    return add_map(run, result);
}
