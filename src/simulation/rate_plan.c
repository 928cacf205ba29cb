#include "simulation/rate_plan.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/coupling_operator.h"
#include "observables/activity.h"
#include "simulation/kinetics.h"
#include "simulation/rate_block.h"
#include "simulation/rate_population.h"
#include "simulation/settling.h"

#include <math.h>

static const double MAX_STEP = 0.5;
static const double MAX_STEPS = 1e12;
static const double SPECTRUM_SEGMENT = 512; // tau: resolves rates of 0.02 per tau

static void set_default(double *value, double chosen)
{
    if (*value == 0) *value = chosen;
}

static qn_rate_simulation_options with_defaults(const qn_rate_network *network, const qn_rate_simulation_options *given)
{
    qn_rate_simulation_options options = given ? *given : (qn_rate_simulation_options){0};
    if (options.trials == 0) options.trials = 32;
    if (options.integrator == QN_INTEGRATOR_AUTOMATIC)
        options.integrator = network->noise > 0 ? QN_INTEGRATOR_EXPONENTIAL_EULER : QN_INTEGRATOR_RK4;
    set_default(&options.duration, 200);
    set_default(&options.burn_in, 100);
    set_default(&options.step, options.integrator == QN_INTEGRATOR_RK4                 ? 0.2
                               : options.integrator == QN_INTEGRATOR_EXPONENTIAL_EULER ? 0.1
                                                                                       : 0.05);
    set_default(&options.sample_interval, fmax(1, options.step));
    set_default(&options.lag_max, fmin(20, options.duration / 2));
    if (options.dimension_lags == 0) options.dimension_lags = 1;
    return options;
}

static qn_status check_time(const char *name, double value, double least, double most)
{
    QN_REQUIRE(isfinite(value) && value >= least && value <= most, QN_BAD_VALUE,
               "simulation.%s is %g; allowed: %g to %g (units of tau)", name, value, least, most);
    return QN_OK;
}

static qn_status check(const qn_rate_network *network, const qn_rate_simulation_options *options)
{
    QN_REQUIRE(options->trials <= QN_RATE_BLOCK_COLUMNS, QN_BAD_VALUE, "simulation.trials is %zu; allowed: 1 to %d",
               options->trials, QN_RATE_BLOCK_COLUMNS);
    QN_REQUIRE(options->tangents <= options->trials, QN_BAD_VALUE,
               "simulation.tangents is %zu; allowed: 0 to %zu (one per trial)", options->tangents, options->trials);
    QN_REQUIRE(qn_rate_block_stride(options->trials, options->tangents) <= QN_RATE_BLOCK_COLUMNS, QN_BAD_VALUE,
               "simulation.trials + simulation.tangents is %zu; allowed: at most %d",
               options->trials + options->tangents, QN_RATE_BLOCK_COLUMNS);
    QN_REQUIRE(!options->dimension || options->trials >= 2, QN_BAD_VALUE,
               "simulation.dimension compares trials, and simulation.trials is %zu; allowed: 2 to %d", options->trials,
               QN_RATE_BLOCK_COLUMNS);
    QN_REQUIRE(options->integrator <= QN_INTEGRATOR_EXPONENTIAL_EULER, QN_BAD_VALUE,
               "simulation.integrator is %d; allowed: 0 to %d", (int)options->integrator,
               QN_INTEGRATOR_EXPONENTIAL_EULER);
    QN_REQUIRE(options->precision <= QN_PRECISION_DOUBLE, QN_BAD_VALUE,
               "simulation.precision is %d; allowed: 0 (single) or 1 (double)", (int)options->precision);
    QN_REQUIRE(
        options->integrator != QN_INTEGRATOR_RK4 || network->noise == 0, QN_BAD_VALUE,
        "simulation.integrator is rk4, which takes no noise, and network.noise is %g; allowed: heun, exponential-euler",
        network->noise);
    QN_REQUIRE(isfinite(options->step) && options->step > 0 && options->step <= MAX_STEP, QN_BAD_VALUE,
               "simulation.step is %g; allowed: above 0, at most %g (units of tau)", options->step, MAX_STEP);
    const double longest = MAX_STEPS * options->step;
    QN_TRY(check_time("burn_in", options->burn_in, 0, longest));
    QN_TRY(check_time("sample_interval", options->sample_interval, options->step, longest));
    QN_TRY(check_time("duration", options->duration, options->sample_interval, longest));
    return check_time("lag_max", options->lag_max, 0, options->duration);
}

static qn_status check_memory(const qn_rate_network *network, qn_rate_plan *plan)
{
    const qn_activity_layout layout = {.units = network->size,
                                       .trials = plan->options.trials,
                                       .stride = plan->stride,
                                       .single = plan->single,
                                       .lags = plan->lags};
    qn_memory_plan memory = {0};
    qn_rate_block_plan(network->size, plan->stride, plan->single, &memory);
    qn_activity_plan(&layout, &memory);
    qn_kinetics_plan(network->size, plan->stride, &memory);
    qn_settling_plan(network->size, plan->stride, plan->single, &memory);
    qn_rate_population_plan(plan, &memory);
    plan->bytes = (size_t)fmin(memory.bytes, 1e18);
    qn_coupling_operator_plan(&network->coupling, network->size, plan->options.precision, &memory);
    plan->peak_bytes = memory.bytes;
    return qn_memory_plan_check(&memory, 0);
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t steps_in(double time, double step) { return (size_t)fmax(1, floor(time / step + 0.5)); }

qn_status qn_rate_plan_make(const qn_rate_network *network, const qn_rate_simulation_options *options,
                            qn_rate_plan *result)
{
    qn_rate_plan plan = {.options = with_defaults(network, options)};
    QN_TRY(check(network, &plan.options));
    const qn_rate_simulation_options *chosen = &plan.options;
    plan.single = chosen->precision == QN_PRECISION_SINGLE;
    plan.stride = qn_rate_block_stride(chosen->trials, chosen->tangents);
    plan.burn_in_steps = steps_in(chosen->burn_in, chosen->step);
    plan.frame_steps = steps_in(chosen->sample_interval, chosen->step);
    plan.look_steps = steps_in(1, chosen->step);
    const double interval = (double)plan.frame_steps * chosen->step;
    plan.frames = steps_in(chosen->duration, interval);
    plan.lags = (size_t)floor(chosen->lag_max / interval + 0.5) + 1;
    if (plan.lags > plan.frames) plan.lags = plan.frames;
    QN_REQUIRE(!chosen->dimension || chosen->dimension_lags <= plan.frames, QN_BAD_VALUE,
               "simulation.dimension_lags is %zu; allowed: 1 to %zu (frames in simulation.duration)",
               chosen->dimension_lags, plan.frames);
    plan.dimension = (qn_cross_covariance_layout){
        .units = network->size, .trials = chosen->trials, .frames = plan.frames, .lags = chosen->dimension_lags};
    QN_REQUIRE(chosen->dimension_map_lags < plan.lags, QN_BAD_VALUE,
               "simulation.dimension_map_lags is %zu; allowed: 0 to %zu (frames in simulation.lag_max)",
               chosen->dimension_map_lags, plan.lags - 1);
    plan.spectrum_segment = least(plan.frames, steps_in(SPECTRUM_SEGMENT, interval));
    QN_TRY(check_memory(network, &plan));
    *result = plan;
    return QN_OK;
}

size_t qn_rate_plan_steps(const qn_rate_plan *plan) { return plan->burn_in_steps + plan->frames * plan->frame_steps; }
