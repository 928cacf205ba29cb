#include "simulation/rate_population.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "observables/cross_spectrum.h"
#include "observables/four_point_map.h"
#include "observables/principal_components.h"

#include <math.h>
#include <string.h>

enum { GROUP_UNITS = 32 }; // whose rates are summed by one thread at a time

void qn_rate_population_plan(const qn_rate_plan *plan, qn_memory_plan *memory)
{
    const qn_rate_simulation_options *options = &plan->options;
    if (options->dimension) qn_activity_record_plan(&plan->dimension, memory);                 // x
    if (options->dimension || options->pca) qn_activity_record_plan(&plan->dimension, memory); // phi
    if (options->pca) qn_principal_variances_plan(&plan->dimension, memory);
    if (!options->dimension) return;
    qn_activity_record_plan(&plan->dimension, memory); // sums of phi
    qn_memory_plan_add(memory, "sums of rates", (double)plan->dimension.units * (double)plan->stride,
                       plan->single ? 4 : 8);
    qn_cross_spectrum_plan(&plan->dimension, plan->spectrum_segment, memory);
    if (options->dimension_map_lags) qn_four_point_map_plan(&plan->dimension, options->dimension_map_lags, memory);
}

static void add_rates(qn_rate_run *run, size_t unit)
{
    const qn_rate_block *block = &run->block;
    const size_t left = block->units - unit, values = (left < GROUP_UNITS ? left : GROUP_UNITS) * block->stride;
    void *sum = qn_rate_block_row(block, run->sum, unit);
    const void *rate = qn_rate_block_row(block, block->rate, unit);
    if (block->single)
        for (size_t i = 0; i < values; ++i) ((float *)sum)[i] += ((const float *)rate)[i];
    else
        for (size_t i = 0; i < values; ++i) ((double *)sum)[i] += ((const double *)rate)[i];
}

void qn_rate_population_sum(qn_rate_run *run, bool complete)
{
    const qn_rate_block *block = &run->block;
    const size_t groups = (block->units + GROUP_UNITS - 1) / GROUP_UNITS;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(groups))
    for (size_t group = 0; group < groups; ++group) add_rates(run, group * GROUP_UNITS);
    if (!complete) return;
    qn_activity_record_add(&run->sums, run->sum, block->stride, block->single);
    memset(run->sum, 0, block->units * block->stride * block->element);
}

// |sum over the steps of a frame's interval of exp(-i omega t)|^2.
static double gain_of_sum(const qn_rate_plan *plan, double omega)
{
    const double half = 0.5 * omega * plan->options.step, steps = (double)plan->frame_steps;
    const double ratio = half > 0 ? sin(steps * half) / sin(half) : steps;
    return ratio * ratio;
}

// As long as the autocorrelation tells and a segment can spare: a quarter of it.
static size_t whitening_order(const qn_rate_run *run, const qn_rate_measurement *found)
{
    size_t order = QN_MOST_WHITENING / 2;
    if (order >= found->rate.count) order = found->rate.count - 1;
    return order > run->plan.spectrum_segment / 4 ? run->plan.spectrum_segment / 4 : order;
}

static qn_status spectra(qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    const qn_rate_plan *plan = &run->plan;
    const double interval = (double)plan->frame_steps * plan->options.step;
    if (!qn_rate_run_is_odd(run->block.network)) qn_activity_record_centre(&run->sums, used);
    QN_TRY(qn_cross_spectrum(&run->sums, used, plan->spectrum_segment, interval, whitening_order(run, found),
                             found->rate.values, &found->rate_spectrum, &found->four_point_spectrum));
    for (size_t f = 0; f < found->rate_spectrum.count; ++f) {
        const double gain = gain_of_sum(plan, found->rate_spectrum.step * (double)f);
        found->rate_spectrum.values[f] /= gain;
        found->four_point_spectrum.values[f] /= gain * gain;
    }
    return QN_OK;
}

static qn_status components(const qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    const size_t units = run->block.units;
    QN_TRY(QN_NEW(&found->component_variances, units, "principal components"));
    found->component_count = units;
    return qn_principal_variances(&run->rates, used, found->component_variances);
}

static qn_status map(const qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    const size_t lags = run->plan.options.dimension_map_lags;
    QN_TRY(QN_NEW(&found->four_point_map, (lags + 1) * (2 * lags + 1), "four-point map"));
    found->map_lags = lags;
    return qn_four_point_map(&run->rates, used, lags, found->four_point_map);
}

qn_status qn_rate_run_population(qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    const qn_rate_simulation_options *options = &run->plan.options;
    size_t trials = 0;
    for (size_t trial = 0; trial < run->block.trials; ++trial) trials += used[trial];
    if (!qn_rate_run_is_odd(run->block.network)) qn_activity_record_centre(&run->rates, used);
    if (options->pca) QN_TRY(components(run, used, found));
    if (!options->dimension || trials < 2) return QN_OK;
    QN_TRY(spectra(run, used, found));
    return options->dimension_map_lags ? map(run, used, found) : QN_OK;
}
