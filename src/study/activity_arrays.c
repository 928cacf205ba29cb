// The arrays of a result: functions of lag and frequency by both wings, and the raw values of every network.
#include "base/fail.h"
#include "study/activity_point.h"
#include "study/result_builder.h"

#include <quenched/estimate.h>
#include <quenched/stationary.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LAGS = 401, FREQUENCIES = 301 };
static const double longest_lag = 40.0, coarsest_step = 0.1, frequency_step = 0.02;

qn_status qn_activity_new_array(const qn_activity_execution *run, const char *name, const char *long_name,
                                const char *unit, const char *dimension, size_t count, qn_result *result,
                                double **values)
{
    qn_named_array array = {.name = (char *)name, .long_name = (char *)long_name, .unit = (char *)unit};
    if (run->variant->key_count) {
        array.dimensions[array.rank] = (char *)"point";
        array.shape[array.rank++] = run->count;
    }
    array.dimensions[array.rank] = (char *)dimension;
    array.shape[array.rank++] = count;
    QN_TRY(qn_result_add_array(result, &array));
    *values = result->arrays[result->array_count - 1].values;
    return QN_OK;
}

qn_status qn_activity_add_coordinate(const char *name, const char *long_name, const char *unit, size_t count,
                                     double step, qn_result *result)
{
    const qn_named_array array = {.name = (char *)name,
                                  .long_name = (char *)long_name,
                                  .unit = (char *)unit,
                                  .rank = 1,
                                  .dimensions = {(char *)name},
                                  .shape = {count}};
    QN_TRY(qn_result_add_array(result, &array));
    double *values = result->arrays[result->array_count - 1].values;
    for (size_t i = 0; i < count; ++i) values[i] = step * (double)i;
    return QN_OK;
}

typedef struct {
    size_t count;
    double step;
} grid;

// On the theory's own lags where they are alike, every some of them; far enough for what is simulated.
static grid theory_lags(const qn_activity_execution *run)
{
    grid g = {0};
    double end = 0.0;
    for (size_t i = 0; i < run->count; ++i) {
        const qn_activity_point *point = &run->points[i];
        if (point->solved != QN_OK) continue;
        const double own = point->theory.field.step;
        if (g.step == 0.0 && own > 0.0) g.step = own * fmax(1.0, floor(coarsest_step / own + 1e-9));
        const double asked = point->activity->theory.lag_max;
        end = fmax(end, asked > 0.0 ? asked : point->size_count ? fmax(20.0, point->options.lag_max) : longest_lag);
    }
    if (g.step == 0.0) return g;
    g.count = (size_t)floor(fmin(end, longest_lag) / g.step + 1e-9) + 1;
    if (g.count > MOST_LAGS) g.count = MOST_LAGS;
    return g;
}

static void fill_theory(const qn_activity_point *point, grid g, double *field, double *rate, double *response)
{
    for (size_t i = 0; i < g.count; ++i) {
        const double lag = g.step * (double)i;
        field[i] = qn_stationary_at(&point->theory.field, lag);
        rate[i] = qn_stationary_at(&point->theory.rate, lag);
        // Causal, so never interpolated across zero: S(lag) = S0 exp(-lag).
        if (response) response[i] = point->theory.mean_slope * exp(-lag);
    }
}

static qn_status add_theory_lags(const qn_activity_execution *run, qn_result *result)
{
    const grid g = theory_lags(run);
    if (!g.count || run->options->wings == QN_WING_SIMULATION) return QN_OK;
    const bool responds = qn_activity_computes(run->points[0].activity, QN_COMPUTE_RESPONSE);
    double *field, *rate, *response = NULL;
    QN_TRY(qn_activity_add_coordinate("lag", "time lag", "tau", g.count, g.step, result));
    QN_TRY(qn_activity_new_array(run, "field_autocorrelation_theory", "autocorrelation of the field, C^x(lag)", "1",
                                 "lag", g.count, result, &field));
    QN_TRY(qn_activity_new_array(run, "rate_autocorrelation_theory", "autocorrelation of the rate, C^phi(lag)", "1",
                                 "lag", g.count, result, &rate));
    if (responds)
        QN_TRY(qn_activity_new_array(run, "response_theory", "mean response of a rate to a kick of its field, S(lag)",
                                     "1/tau", "lag", g.count, result, &response));
    for (size_t i = 0; i < run->count; ++i)
        if (run->points[i].solved == QN_OK)
            fill_theory(&run->points[i], g, field + i * g.count, rate + i * g.count,
                        response ? response + i * g.count : NULL);
    return QN_OK;
}

static qn_status fill_spectrum(const qn_activity_point *point, double *values)
{
    const qn_stationary *field = &point->theory.field;
    for (size_t i = 0; i < FREQUENCIES; ++i) values[i] = 0.0;
    if (field->count < 2) return QN_OK;
    // A box whose frequencies are the array's, `stride` times finer.
    const double finest = 2.0 * M_PI / frequency_step;
    const size_t stride = (size_t)ceil(2.0 * (double)(field->count - 1) * field->step / finest);
    qn_spectrum spectrum = {0};
    const double cusp = -point->network.noise * point->network.noise;
    QN_TRY(qn_stationary_transform(field, finest * (double)stride, cusp, &spectrum));
    for (size_t i = 0; i < FREQUENCIES; ++i) {
        const double place = frequency_step * (double)i / spectrum.step;
        const size_t left = (size_t)place;
        const double part = place - (double)left;
        if (left + 1 < spectrum.count)
            values[i] = (1.0 - part) * spectrum.values[left] + part * spectrum.values[left + 1];
        else
            values[i] = NAN;
    }
    qn_spectrum_clear(&spectrum);
    return QN_OK;
}

static qn_status add_spectrum(const qn_activity_execution *run, qn_result *result)
{
    bool any = false;
    for (size_t i = 0; i < run->count; ++i) any = any || run->points[i].solved == QN_OK;
    if (!any || run->options->wings == QN_WING_SIMULATION) return QN_OK;
    double *values;
    QN_TRY(
        qn_activity_add_coordinate("frequency", "angular frequency", "rad/tau", FREQUENCIES, frequency_step, result));
    QN_TRY(qn_activity_new_array(run, "field_spectrum_theory", "power spectrum of the field, C^x(omega)", "tau",
                                 "frequency", FREQUENCIES, result, &values));
    for (size_t i = 0; i < run->count; ++i)
        if (run->points[i].solved == QN_OK) QN_TRY(fill_spectrum(&run->points[i], values + i * FREQUENCIES));
    return QN_OK;
}

static grid sample_lags(const qn_activity_execution *run)
{
    grid g = {0};
    for (size_t i = 0; i < run->count; ++i) {
        const qn_activity_point *point = &run->points[i];
        for (size_t n = 0; point->size_count && n < point->networks[0]; ++n) {
            const qn_stationary *field = &point->measurements[0][n].field;
            if (field->count > g.count) g.count = field->count;
            if (g.step == 0.0) g.step = field->step;
        }
    }
    return g;
}

// Mean and standard error over the networks that count, lag by lag.
static void fill_simulation(const qn_activity_point *point, const qn_activity_verdict *v, bool rate, grid g,
                            double *samples, double *mean, double *error)
{
    for (size_t i = 0; i < g.count; ++i) {
        for (size_t n = 0; n < point->networks[0]; ++n) {
            const qn_rate_measurement *m = &point->measurements[0][n];
            const qn_stationary *function = rate ? &m->rate : &m->field;
            const bool there = !v->left_out[n] && i < function->count && function->step == g.step;
            samples[n] = there ? function->values[i] : NAN;
        }
        const qn_estimate estimate = qn_estimate_of(point->networks[0], samples);
        mean[i] = estimate.value;
        error[i] = estimate.standard_error;
    }
}

static qn_status fill_simulated_point(const qn_activity_point *point, grid g, double *const arrays[4])
{
    double *samples = malloc(point->networks[0] * sizeof *samples);
    QN_REQUIRE(samples, QN_NO_MEMORY, "no memory for %zu networks", point->networks[0]);
    qn_activity_verdict v;
    const qn_status status = qn_activity_judge(point, 0, &v);
    if (status == QN_OK) {
        fill_simulation(point, &v, false, g, samples, arrays[0], arrays[1]);
        fill_simulation(point, &v, true, g, samples, arrays[2], arrays[3]);
        qn_activity_verdict_clear(&v);
    }
    free(samples);
    return status;
}

static qn_status add_sample_lags(const qn_activity_execution *run, qn_result *result)
{
    static const char *const names[4][2] = {
        {"field_autocorrelation_simulation", "autocorrelation of the field, C^x(lag), mean over networks"},
        {"field_autocorrelation_simulation_error", "standard error of the field's autocorrelation, over networks"},
        {"rate_autocorrelation_simulation", "autocorrelation of the rate, C^phi(lag), mean over networks"},
        {"rate_autocorrelation_simulation_error", "standard error of the rate's autocorrelation, over networks"}};
    const grid g = sample_lags(run);
    if (!g.count) return QN_OK;
    double *arrays[4];
    QN_TRY(qn_activity_add_coordinate("sample_lag", "time lag of the simulation", "tau", g.count, g.step, result));
    for (size_t a = 0; a < 4; ++a)
        QN_TRY(qn_activity_new_array(run, names[a][0], names[a][1], "1", "sample_lag", g.count, result, &arrays[a]));
    for (size_t i = 0; i < run->count; ++i) {
        double *const here[4] = {arrays[0] + i * g.count, arrays[1] + i * g.count, arrays[2] + i * g.count,
                                 arrays[3] + i * g.count};
        if (run->points[i].size_count) QN_TRY(fill_simulated_point(&run->points[i], g, here));
    }
    return QN_OK;
}

// One raw value per network, also of those left out of the estimates: NAME_networks.
static qn_status add_raw(const qn_activity_execution *run, size_t networks, size_t quantity, qn_result *result)
{
    const qn_activity_quantity *q = &qn_activity_quantities[quantity];
    char name[96], long_name[160];
    snprintf(name, sizeof name, "%s_networks", q->name);
    snprintf(long_name, sizeof long_name, "%s, of every simulated network", q->long_name);
    double *values;
    QN_TRY(qn_activity_new_array(run, name, long_name, q->unit, "network", networks, result, &values));
    for (size_t i = 0; i < run->count; ++i)
        for (size_t n = 0; run->points[i].size_count && n < run->points[i].networks[0]; ++n)
            values[i * networks + n] = qn_activity_value(&run->points[i].measurements[0][n], q->measurement);
    return QN_OK;
}

static qn_status add_all_raw(const qn_activity_execution *run, qn_result *result)
{
    size_t networks = 0;
    for (size_t i = 0; i < run->count; ++i)
        if (run->points[i].size_count && run->points[i].networks[0] > networks) networks = run->points[i].networks[0];
    for (size_t q = 0; networks && q < QN_ACTIVITY_QUANTITIES; ++q)
        if (qn_activity_quantities[q].measurement >= 0 && !strstr(qn_activity_quantities[q].name, "_memory"))
            QN_TRY(add_raw(run, networks, q, result));
    return QN_OK;
}

// What an extrapolation rests on: NAME_by_size over the sizes, which are given beside it.
static qn_status add_by_size(const qn_activity_execution *run, size_t sizes, size_t quantity, qn_result *result)
{
    const qn_activity_quantity *q = &qn_activity_quantities[quantity];
    char name[96], long_name[160];
    double *values, *errors;
    snprintf(name, sizeof name, "%s_by_size", q->name);
    snprintf(long_name, sizeof long_name, "%s, at each simulated size", q->long_name);
    QN_TRY(qn_activity_new_array(run, name, long_name, q->unit, "size_number", sizes, result, &values));
    snprintf(name, sizeof name, "%s_by_size_error", q->name);
    snprintf(long_name, sizeof long_name, "standard error of %s, at each simulated size", q->name);
    QN_TRY(qn_activity_new_array(run, name, long_name, q->unit, "size_number", sizes, result, &errors));
    for (size_t i = 0; i < run->count; ++i)
        for (size_t s = 0; s < run->points[i].size_count; ++s) {
            qn_estimate estimate;
            QN_TRY(qn_activity_estimate(&run->points[i], s, quantity, &estimate));
            values[i * sizes + s] = estimate.value;
            errors[i * sizes + s] = estimate.standard_error;
        }
    return QN_OK;
}

static qn_status add_extrapolations(const qn_activity_execution *run, qn_result *result)
{
    size_t sizes = 0;
    for (size_t i = 0; i < run->count; ++i)
        if (run->points[i].size_count > sizes) sizes = run->points[i].size_count;
    if (sizes < 2) return QN_OK;
    double *values;
    QN_TRY(qn_activity_new_array(run, "network_size", "size of the simulated networks", "1", "size_number", sizes,
                                 result, &values));
    for (size_t i = 0; i < run->count; ++i)
        for (size_t s = 0; s < run->points[i].size_count; ++s) values[i * sizes + s] = (double)run->points[i].sizes[s];
    for (size_t q = 1; q < QN_ACTIVITY_QUANTITIES; ++q)
        if (qn_activity_extrapolates(&run->points[0], qn_activity_quantities[q].name))
            QN_TRY(add_by_size(run, sizes, q, result));
    return QN_OK;
}

qn_status qn_activity_add_arrays(const qn_activity_execution *run, qn_result *result)
{
    QN_TRY(add_theory_lags(run, result));
    QN_TRY(add_spectrum(run, result));
    QN_TRY(add_sample_lags(run, result));
    QN_TRY(qn_activity_add_collective_arrays(run, result));
    QN_TRY(qn_activity_add_population_arrays(run, result));
    QN_TRY(add_all_raw(run, result));
    return add_extrapolations(run, result);
}
