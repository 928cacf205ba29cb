#include <quenched/spiking_simulation.h>

#include "base/fail.h"
#include "base/progress_meter.h"
#include "simulation/spiking_checkpoint.h"
#include "simulation/spiking_engine.h"
#include "simulation/spiking_outcome.h"
#include "simulation/spiking_plan.h"

#include <math.h>
#include <time.h>

enum { STRETCHES = QN_GUARD_NUMBERS - 1 };           // that make the window of the rate limit
static const double stretch_time = 50.0 / STRETCHES; // ms between looks at progress and rates

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double spiking_neurons(const qn_spiking_engine *engine)
{
    double neurons = 0.0;
    for (size_t u = 0; u < engine->layout.unit_count; ++u) {
        const qn_neuron_kind kind = engine->units[u].neuron.kind;
        if (kind == QN_NEURON_INTEGRATE_AND_FIRE || kind == QN_NEURON_ESCAPE_RATE)
            neurons += (double)engine->layout.places[u].size;
    }
    return neurons;
}

// Mean rate of the last window of 50 ms; 0 before the first is full.
static double recent_rate(qn_spiking_guard *guard, const qn_spiking_engine *engine, uint64_t stretch)
{
    const double neurons = spiking_neurons(engine);
    for (int i = 0; i < STRETCHES; ++i) guard->spikes[i] = guard->spikes[i + 1];
    guard->spikes[STRETCHES] = qn_spiking_engine_spikes(engine);
    if (neurons == 0.0 || engine->step < STRETCHES * stretch) return 0.0;
    const double seconds = (double)(STRETCHES * stretch) * engine->layout.time_step * 1e-3;
    return (double)(guard->spikes[STRETCHES] - guard->spikes[0]) / neurons / seconds;
}

static qn_status keep(qn_spiking_engine *engine, const qn_spiking_guard *guard)
{
    return engine->options.checkpoint ? qn_spiking_checkpoint_write(engine, guard, engine->options.checkpoint) : QN_OK;
}

static qn_status run(qn_spiking_engine *engine, const qn_progress *progress, qn_spiking_guard *guard)
{
    const double h = engine->layout.time_step;
    const uint64_t stretch = (uint64_t)fmax(1.0, round(stretch_time / h));
    const uint64_t interval = (uint64_t)fmax(1.0, round(engine->options.checkpoint_interval / h / (double)stretch));
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    while (engine->step < engine->steps && guard->highest <= engine->options.rate_limit) {
        const uint64_t left = engine->steps - engine->step, steps = stretch - engine->step % stretch;
        const qn_status status =
            qn_progress_meter_tick(&meter, (double)engine->step / (double)engine->steps, "%.0f of %.0f ms",
                                   (double)engine->step * h, (double)engine->steps * h);
        if (status != QN_OK) {
            const qn_status kept = keep(engine, guard);
            return kept != QN_OK ? kept : status;
        }
        QN_TRY(qn_spiking_engine_run(engine, steps < left ? steps : left));
        if (engine->step % stretch == 0) guard->highest = fmax(guard->highest, recent_rate(guard, engine, stretch));
        const bool due = engine->step / stretch % interval == 0 || guard->highest > engine->options.rate_limit;
        if (due && engine->step < engine->steps) QN_TRY(keep(engine, guard));
    }
    return QN_OK;
}

static qn_status simulate(qn_spiking_engine *engine, const qn_progress *progress, qn_spiking_activity *activity)
{
    const double start = now();
    qn_spiking_guard guard = {{0}, 0.0};
    bool found;
    if (engine->options.checkpoint && engine->options.resume)
        QN_TRY(qn_spiking_checkpoint_read(engine, &guard, engine->options.checkpoint, &found));
    QN_TRY(run(engine, progress, &guard));
    QN_TRY(qn_spiking_outcome_make(engine, activity));
    activity->seconds.wall = now() - start;
    activity->highest_rate = guard.highest;
    activity->ran_away = guard.highest > engine->options.rate_limit;
    return QN_OK;
}

qn_status qn_spiking_simulate(const qn_spiking_network *network, const qn_spiking_options *options,
                              uint64_t realisation, const qn_progress *progress, qn_spiking_activity *activity)
{
    qn_spiking_options resolved;
    qn_spiking_engine engine;
    qn_spiking_activity made;
    const double start = now();
    QN_TRY(qn_spiking_network_check(network));
    QN_TRY(qn_spiking_options_resolve(network, options, &resolved));
    QN_TRY(qn_spiking_plan_fits(network, &resolved));
    QN_TRY(qn_spiking_engine_make(network, &resolved, realisation, &engine));
    const double build = now() - start;
    const qn_status status = simulate(&engine, progress, &made);
    qn_spiking_engine_clear(&engine);
    QN_TRY(status);
    made.seconds.build = build;
    *activity = made;
    return QN_OK;
}
