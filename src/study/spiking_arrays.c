// Functions of time, rate and frequency, [point, population, place]; and the raster of the first network.
#include "base/fail.h"
#include "study/result_builder.h"
#include "study/spiking_point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE_BINS = 40 };

typedef struct {
    const qn_spiking_execution *run;
    qn_result *result;
    size_t populations;
} adding;

// [point,] population, dimension: NANs to be filled. Without a sweep there is no point.
static qn_status new_array(const adding *to, const char *name, const char *long_name, const char *unit,
                           const char *dimension, size_t count, double **values)
{
    const bool swept = to->run->count > 1;
    qn_named_array array = {.name = (char *)name, .long_name = (char *)long_name, .unit = (char *)unit};
    if (swept) {
        array.dimensions[array.rank] = (char *)"point";
        array.shape[array.rank++] = to->run->count;
    }
    array.dimensions[array.rank] = (char *)"population";
    array.shape[array.rank++] = to->populations;
    array.dimensions[array.rank] = (char *)dimension;
    array.shape[array.rank++] = count;
    QN_TRY(qn_result_add_array(to->result, &array));
    *values = to->result->arrays[to->result->array_count - 1].values;
    return QN_OK;
}

static qn_status add_coordinate(const adding *to, const char *name, const char *long_name, const char *unit,
                                size_t count, double first, double step)
{
    const qn_named_array array = {.name = (char *)name,
                                  .long_name = (char *)long_name,
                                  .unit = (char *)unit,
                                  .rank = 1,
                                  .dimensions = {(char *)name},
                                  .shape = {count}};
    QN_TRY(qn_result_add_array(to->result, &array));
    double *values = to->result->arrays[to->result->array_count - 1].values;
    for (size_t i = 0; i < count; ++i) values[i] = first + (double)i * step;
    return QN_OK;
}

static const qn_measured_function *function_at(const qn_spiking_measurement *m, size_t offset)
{
    return (const qn_measured_function *)(const void *)((const char *)m + offset);
}

// The grid of a function: that of the first realisation that has it, and was not ended before its time.
static const qn_measured_function *grid_of(const qn_spiking_execution *run, size_t offset)
{
    for (size_t i = 0; i < run->count; ++i)
        for (size_t r = 0; r < run->points[i].realisations; ++r) {
            const qn_spiking_measurement *m = &run->points[i].measurements[r];
            if (m->scalars[QN_MEASURED_RAN_AWAY] == 0.0 && function_at(m, offset)->count) return function_at(m, offset);
        }
    return NULL;
}

static qn_status fill(const adding *to, size_t offset, const qn_measured_function *grid, double *values, double *errors)
{
    for (size_t i = 0; i < to->run->count; ++i) {
        const qn_spiking_point *point = &to->run->points[i];
        double *samples = malloc((point->realisations + 1) * sizeof *samples);
        QN_REQUIRE(samples, QN_NO_MEMORY, "no memory for %zu realisations", point->realisations);
        for (size_t k = 0; k < to->populations * grid->count; ++k) {
            for (size_t r = 0; r < point->realisations; ++r) {
                const qn_measured_function *f = function_at(&point->measurements[r], offset);
                const bool there = f->count == grid->count && point->measurements[r].scalars[QN_MEASURED_RAN_AWAY] == 0;
                samples[r] = there ? f->values[k] : NAN;
            }
            const qn_estimate found = qn_estimate_of(point->realisations, samples);
            const size_t at = i * to->populations * grid->count + k;
            values[at] = found.value;
            errors[at] = found.standard_error;
        }
        free(samples);
    }
    return QN_OK;
}

static qn_status add_function(const adding *to, size_t offset, const char *name, const char *long_name,
                              const char *dimension, const char *dimension_name, const char *dimension_unit,
                              double first)
{
    const qn_measured_function *grid = grid_of(to->run, offset);
    char column[96];
    double *values, *errors;
    if (!grid) return QN_OK;
    QN_TRY(add_coordinate(to, dimension, dimension_name, dimension_unit, grid->count, first * grid->step, grid->step));
    snprintf(column, sizeof column, "%s_simulation", name);
    QN_TRY(new_array(to, column, long_name, "1/s", dimension, grid->count, &values));
    snprintf(column, sizeof column, "%s_simulation_error", name);
    QN_TRY(new_array(to, column, long_name, "1/s", dimension, grid->count, &errors));
    return fill(to, offset, grid, values, errors);
}

// Bins that hold the rates of all but the last per mille of neurons, a whole number of spikes wide.
static bool choose_bins(const adding *to, double *width)
{
    const qn_measured_function *grid = grid_of(to->run, offsetof(qn_spiking_measurement, counts));
    double highest = 0.0;
    if (!grid) return false;
    for (size_t i = 0; i < to->run->count; ++i)
        for (size_t r = 0; r < to->run->points[i].realisations; ++r) {
            const qn_measured_function *f = &to->run->points[i].measurements[r].counts;
            for (size_t p = 0; p < to->populations && f->count; ++p) {
                double all = 0.0, tail = 0.0;
                for (size_t k = 0; k < f->count; ++k) all += f->values[p * f->count + k];
                size_t k = f->count;
                while (k > 0 && tail + f->values[p * f->count + k - 1] <= 1e-3 * all)
                    tail += f->values[p * f->count + --k];
                highest = fmax(highest, (double)k * f->step);
            }
        }
    *width = grid->step * ceil(fmax(highest / RATE_BINS / grid->step, 1.0));
    return true;
}

// Share of neurons per 1/s; bin b has the rates from b to b + 1 widths.
static void histogram_of(const qn_measured_function *counts, size_t population, double width, double *density)
{
    const double *neurons = counts->values + population * counts->count;
    double all = 0.0;
    for (size_t k = 0; k < counts->count; ++k) all += neurons[k];
    for (size_t b = 0; b < RATE_BINS; ++b) density[b] = 0.0;
    for (size_t k = 0; k < counts->count && all > 0.0; ++k) {
        const size_t bin = (size_t)floor((double)k * counts->step / width + 1e-9);
        if (bin < RATE_BINS) density[bin] += neurons[k] / (all * width);
    }
}

static qn_status add_simulated_distribution(const adding *to, double width)
{
    double *values, *errors;
    QN_TRY(new_array(to, "rate_distribution_simulation", "density of the rates over neurons", "s", "rate", RATE_BINS,
                     &values));
    QN_TRY(new_array(to, "rate_distribution_simulation_error", "density of the rates over neurons", "s", "rate",
                     RATE_BINS, &errors));
    for (size_t i = 0; i < to->run->count; ++i) {
        const qn_spiking_point *point = &to->run->points[i];
        const size_t n = point->realisations;
        double *samples = malloc((RATE_BINS * n + n + 1) * sizeof *samples), *column = samples + RATE_BINS * n;
        QN_REQUIRE(samples, QN_NO_MEMORY, "no memory for %zu realisations", n);
        for (size_t p = 0; p < to->populations; ++p) {
            for (size_t r = 0; r < n; ++r)
                histogram_of(&point->measurements[r].counts, p, width, samples + RATE_BINS * r);
            for (size_t b = 0; b < RATE_BINS; ++b) {
                for (size_t r = 0; r < n; ++r)
                    column[r] = point->measurements[r].scalars[QN_MEASURED_RAN_AWAY] > 0.0 ||
                                        !point->measurements[r].counts.count
                                    ? NAN
                                    : samples[RATE_BINS * r + b];
                const qn_estimate found = qn_estimate_of(n, column);
                const size_t at = (i * to->populations + p) * RATE_BINS + b;
                values[at] = found.value;
                errors[at] = found.standard_error;
            }
        }
        free(samples);
    }
    return QN_OK;
}

static qn_status add_theory_distribution(const adding *to, double width)
{
    double *values, places[RATE_BINS];
    if (to->run->options->wings == QN_WING_SIMULATION) return QN_OK;
    if (!qn_spiking_computes(to->run->points[0].study, QN_SPIKING_HETEROGENEITY)) return QN_OK;
    for (size_t b = 0; b < RATE_BINS; ++b) places[b] = ((double)b + 0.5) * width;
    QN_TRY(new_array(to, "rate_distribution_theory", "density of the rates over neurons", "s", "rate", RATE_BINS,
                     &values));
    for (size_t i = 0; i < to->run->count; ++i) {
        const qn_lif_state *state = qn_spiking_state_of(&to->run->points[i]);
        for (size_t p = 0; state && p < to->populations; ++p) {
            const qn_neuron_kind kind = to->run->points[i].network->populations[p].neuron.kind;
            if (kind != QN_NEURON_INTEGRATE_AND_FIRE || !(state->input_spread[p] > 0.0)) continue;
            QN_TRY(qn_lif_rate_density(state, p, RATE_BINS, places, values + (i * to->populations + p) * RATE_BINS));
        }
    }
    return QN_OK;
}

static qn_status add_distribution(const adding *to)
{
    double width = 0.0;
    const bool simulated = choose_bins(to, &width);
    if (!simulated) {
        // Theory alone: up to four times the highest mean rate.
        for (size_t i = 0; i < to->run->count; ++i) {
            const qn_lif_state *state = qn_spiking_state_of(&to->run->points[i]);
            for (size_t p = 0; state && p < to->populations; ++p) width = fmax(width, 4.0 * state->rate[p] / RATE_BINS);
        }
        if (!(width > 0.0)) return QN_OK;
    }
    QN_TRY(add_coordinate(to, "rate", "rate of a neuron", "1/s", RATE_BINS, 0.5 * width, width));
    if (simulated) QN_TRY(add_simulated_distribution(to, width));
    return add_theory_distribution(to, width);
}

// By linear response, on the frequencies of the simulation or, without one, every 2 Hz up to 500 Hz.
static qn_status add_rate_spectrum(const adding *to)
{
    const qn_measured_function *grid = grid_of(to->run, offsetof(qn_spiking_measurement, rate));
    const size_t count = grid ? grid->count : 251;
    const double step = grid ? grid->step : 2.0;
    if (to->run->options->wings == QN_WING_SIMULATION) return QN_OK;
    if (!qn_spiking_computes(to->run->points[0].study, QN_SPIKING_SPECTRA)) return QN_OK;
    if (!grid) QN_TRY(add_coordinate(to, "frequency", "frequency", "Hz", count, 0.0, step));
    double *values, *frequencies = malloc(count * sizeof *frequencies);
    QN_REQUIRE(frequencies, QN_NO_MEMORY, "no memory for %zu frequencies", count);
    for (size_t k = 0; k < count; ++k) frequencies[k] = (double)k * step;
    qn_status status = new_array(to, "rate_spectrum_theory", "power spectrum of the population's rate", "1/s",
                                 "frequency", count, &values);
    for (size_t i = 0; status == QN_OK && i < to->run->count; ++i)
        status = qn_spiking_theory_spectra(&to->run->points[i], count, frequencies,
                                           values + i * to->populations * count, to->result);
    free(frequencies);
    return status;
}

static qn_status add_raster(const adding *to)
{
    const qn_spiking_point *point = &to->run->points[0];
    if (!point->realisations || !point->measurements[0].raster_count) return QN_OK;
    const qn_spiking_measurement *m = &point->measurements[0];
    const qn_named_array array = {.name = (char *)"raster",
                                  .long_name = (char *)"spikes of some neurons: time (ms), place, population",
                                  .unit = (char *)"1",
                                  .rank = 2,
                                  .dimensions = {(char *)"spike", (char *)"column"},
                                  .shape = {m->raster_count, 3},
                                  .values = m->raster};
    return qn_result_add_array(to->result, &array);
}

qn_status qn_spiking_add_arrays(const qn_spiking_execution *run, qn_result *result)
{
    const adding to = {run, result, run->points[0].network->population_count};
    for (size_t i = 1; i < run->count; ++i)
        if (run->points[i].network->population_count != to.populations) return QN_OK; // a sweep over populations
    QN_TRY(add_function(&to, offsetof(qn_spiking_measurement, course), "time_course", "rate of the population", "time",
                        "time", "ms", 0.5));
    QN_TRY(add_function(&to, offsetof(qn_spiking_measurement, rate), "rate_spectrum",
                        "power spectrum of the population's rate", "frequency", "frequency", "Hz", 0.0));
    QN_TRY(add_rate_spectrum(&to));
    QN_TRY(add_function(&to, offsetof(qn_spiking_measurement, spike), "spike_spectrum",
                        "power spectrum of single neurons", "spike_frequency", "frequency", "Hz", 0.0));
    QN_TRY(add_distribution(&to));
    return add_raster(&to);
}
