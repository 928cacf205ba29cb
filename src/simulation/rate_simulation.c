#include <quenched/rate_simulation.h>

#include "base/fail.h"
#include "base/progress_meter.h"
#include "observables/activity.h"
#include "simulation/lyapunov.h"
#include "simulation/rate_outcome.h"
#include "simulation/rate_plan.h"
#include "simulation/rate_population.h"

#include <math.h>

static qn_status start(const qn_rate_network *network, uint64_t realisation, qn_rate_run *run)
{
    const qn_rate_plan *plan = &run->plan;
    const qn_rate_simulation_options *options = &plan->options;
    QN_TRY(qn_coupling_operator_create(&network->coupling, network->size, options->seed, realisation,
                                       options->precision, &run->coupling));
    QN_TRY(qn_rate_block_create(network, run->coupling, options->trials, options->tangents, plan->single, options->seed,
                                realisation, &run->block));
    const qn_activity_layout layout = {.units = network->size,
                                       .trials = options->trials,
                                       .stride = plan->stride,
                                       .single = plan->single,
                                       .lags = plan->lags,
                                       .frames = plan->frames,
                                       .function = qn_rate_run_transfer,
                                       .context = &run->block};
    QN_TRY(qn_activity_create(&layout, &run->activity));
    if (options->dimension) QN_TRY(qn_activity_record_create(&plan->dimension, &run->fields));
    if (options->dimension || options->pca) QN_TRY(qn_activity_record_create(&plan->dimension, &run->rates));
    if (options->dimension) {
        QN_TRY(qn_activity_record_create(&plan->dimension, &run->sums));
        QN_TRY(qn_allocate(run->block.units * run->block.stride, run->block.element, "sums of rates", &run->sum));
    }
    QN_TRY(qn_kinetics_create(&run->block, &run->kinetics));
    QN_TRY(qn_settling_create(&run->block, &run->settling));
    QN_TRY(QN_NEW(&run->slope, options->trials, "slopes"));
    QN_TRY(QN_NEW(&run->velocity_square, options->trials, "velocities"));
    return QN_NEW(&run->growth, options->trials, "growth of tangents");
}

static void stop(qn_rate_run *run)
{
    qn_coupling_operator_destroy(run->coupling);
    qn_rate_block_clear(&run->block);
    qn_activity_destroy(run->activity);
    qn_activity_record_clear(&run->fields);
    qn_activity_record_clear(&run->rates);
    qn_activity_record_clear(&run->sums);
    qn_release(run->sum);
    qn_kinetics_clear(&run->kinetics);
    qn_settling_destroy(run->settling);
    qn_release(run->slope);
    qn_release(run->velocity_square);
    qn_release(run->growth);
}

// Activity beyond this has no stationary state to come back to. A bounded phi has no such limit; NAN is beyond any.
static double largest_square(const qn_rate_network *network)
{
    if (isfinite(qn_transfer_bound(&network->transfer))) return INFINITY;
    const double scale = 1e8 * (1 + fabs(network->input) + network->noise);
    return scale * scale;
}

// Decaying to zero goes through the subnormal numbers, which processors are slow at. Nothing is lost by ending it
// before: rms 1e-15 is zero to any other trial of order one, and zero is where phi(0) = 0 keeps it.
static void finish_decay(qn_rate_run *run)
{
    for (size_t trial = 0; trial < run->kinetics.trials; ++trial)
        if (run->kinetics.field_square[trial] < 1e-30 && run->kinetics.velocity_square[trial] < 1e-30)
            qn_rate_block_scale_column(&run->block, trial, 0);
}

// Every tau or so: has anything diverged, what has come to rest, and tangents back to length 1.
static void look(qn_rate_run *run, size_t step, double *growth)
{
    qn_kinetics_look(&run->block, &run->kinetics);
    const double limit = largest_square(run->block.network);
    for (size_t trial = 0; trial < run->kinetics.trials; ++trial)
        if (!(run->kinetics.field_square[trial] < limit)) run->diverged = true;
    qn_lyapunov_renormalise(&run->block, growth);
    if (run->block.network->noise > 0) return;
    finish_decay(run);
    const size_t settled = qn_settling_look(run->settling, &run->kinetics, (double)step * run->plan.options.step);
    run->at_rest = settled == run->kinetics.trials;
}

static void record_frame(qn_rate_run *run, bool looked_already)
{
    if (!looked_already) qn_kinetics_look(&run->block, &run->kinetics);
    for (size_t trial = 0; trial < run->kinetics.trials; ++trial) {
        run->slope[trial] += run->kinetics.slope[trial];
        run->velocity_square[trial] += run->kinetics.velocity_square[trial];
    }
    qn_activity_add(run->activity, run->block.state, run->block.rate);
    if (run->fields.values)
        qn_activity_record_add(&run->fields, run->block.state, run->block.stride, run->block.single);
    if (run->rates.values) qn_activity_record_add(&run->rates, run->block.rate, run->block.stride, run->block.single);
    ++run->frames;
}

static bool is_over(const qn_rate_run *run) { return run->diverged || (run->at_rest && run->block.tangents == 0); }

static qn_status burn_in(qn_rate_run *run, const qn_integrator_scheme *scheme, qn_progress_meter *meter)
{
    const size_t steps = run->plan.burn_in_steps, all = qn_rate_plan_steps(&run->plan);
    for (size_t step = 0; step < steps; ++step) {
        QN_TRY(qn_progress_meter_tick(meter, (double)step / (double)all, "burn-in"));
        qn_rate_block_field(&run->block);
        if (step % run->plan.look_steps == 0) look(run, step, NULL);
        if (is_over(run)) return QN_OK;
        qn_rate_block_advance(&run->block, scheme, step);
    }
    return QN_OK;
}

static qn_status measure(qn_rate_run *run, const qn_integrator_scheme *scheme, qn_progress_meter *meter)
{
    const qn_rate_plan *plan = &run->plan;
    const size_t first = plan->burn_in_steps, all = qn_rate_plan_steps(plan), half = (all - first) / 2;
    const bool may_cycle = run->block.network->noise == 0;
    for (size_t step = first; step < all; ++step) {
        const size_t measured = step - first;
        QN_TRY(qn_progress_meter_tick(meter, (double)step / (double)all, "measuring"));
        qn_rate_block_field(&run->block);
        const bool looks = measured % plan->look_steps == 0;
        if (looks) look(run, step, measured > 0 ? run->growth : NULL);
        if (is_over(run)) return QN_OK;
        if (measured % plan->frame_steps == 0) record_frame(run, looks);
        if (run->sum) qn_rate_population_sum(run, measured % plan->frame_steps + 1 == plan->frame_steps);
        if (may_cycle && (measured == 0 || measured == half)) qn_settling_remember(run->settling, &run->block);
        qn_rate_block_advance(&run->block, scheme, step);
        if (may_cycle) qn_settling_watch(run->settling, &run->block, plan->options.step);
    }
    qn_rate_block_field(&run->block);
    look(run, all, run->growth);
    run->measured_time = (double)(all - first) * plan->options.step;
    return QN_OK;
}

static qn_status carry_out(qn_rate_run *run, const qn_rate_network *network, uint64_t realisation,
                           const qn_progress *progress, qn_rate_measurement *result)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    QN_TRY(qn_progress_meter_tick(&meter, 0, "drawing couplings"));
    QN_TRY(start(network, realisation, run));
    const qn_rate_simulation_options *options = &run->plan.options;
    const qn_integrator_scheme scheme = qn_integrator_scheme_of(options->integrator, options->step, network->noise);
    QN_TRY(burn_in(run, &scheme, &meter));
    if (!is_over(run)) QN_TRY(measure(run, &scheme, &meter));
    return qn_rate_run_outcome(run, result);
}

qn_status qn_rate_simulate(const qn_rate_network *network, const qn_rate_simulation_options *options,
                           uint64_t realisation, const qn_progress *progress, qn_rate_measurement *result)
{
    QN_TRY(qn_rate_network_check(network));
    qn_rate_run run = {0};
    QN_TRY(qn_rate_plan_make(network, options, &run.plan));
    const qn_status status = carry_out(&run, network, realisation, progress, result);
    stop(&run);
    return status;
}

void qn_rate_measurement_clear(qn_rate_measurement *measurement)
{
    qn_stationary_clear(&measurement->field);
    qn_stationary_clear(&measurement->rate);
    qn_stationary_clear(&measurement->four_point);
    qn_spectrum_clear(&measurement->rate_spectrum);
    qn_spectrum_clear(&measurement->four_point_spectrum);
    qn_release(measurement->four_point_map);
    qn_release(measurement->component_variances);
    measurement->four_point_map = measurement->component_variances = NULL;
    measurement->map_lags = measurement->component_count = 0;
}
