#include <quenched/spiking_simulation.h>

#include "base/fail.h"
#include "base/progress_meter.h"
#include "simulation/spiking_engine.h"
#include "simulation/spiking_outcome.h"

#include <math.h>
#include <time.h>

enum { STRETCHES = 5 };                  // that make the window of the rate limit
static const double stretch_time = 10.0; // ms between looks at progress and rates

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    uint64_t spikes[STRETCHES + 1]; // so far, at the ends of the last stretches
    double highest;                 // 1/s
    bool exceeded;
} rate_guard;

static void look(rate_guard *guard, const qn_spiking_engine *engine, uint64_t stretch_steps)
{
    double neurons = 0.0;
    for (size_t u = 0; u < engine->layout.unit_count; ++u) {
        const qn_neuron_kind kind = engine->units[u].neuron.kind;
        if (kind == QN_NEURON_INTEGRATE_AND_FIRE || kind == QN_NEURON_ESCAPE_RATE)
            neurons += (double)engine->layout.places[u].size;
    }
    for (int i = 0; i < STRETCHES; ++i) guard->spikes[i] = guard->spikes[i + 1];
    guard->spikes[STRETCHES] = qn_spiking_engine_spikes(engine);
    if (neurons == 0.0 || engine->step < STRETCHES * stretch_steps) return;
    const double seconds = (double)(STRETCHES * stretch_steps) * engine->layout.time_step * 1e-3;
    const double rate = (double)(guard->spikes[STRETCHES] - guard->spikes[0]) / neurons / seconds;
    if (rate > guard->highest) guard->highest = rate;
    guard->exceeded = rate > engine->options.rate_limit;
}

static qn_status run(qn_spiking_engine *engine, const qn_progress *progress, rate_guard *guard)
{
    const uint64_t stretch = (uint64_t)fmax(1.0, round(stretch_time / engine->layout.time_step));
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    while (engine->step < engine->steps && !guard->exceeded) {
        const uint64_t left = engine->steps - engine->step, steps = stretch - engine->step % stretch;
        QN_TRY(qn_progress_meter_tick(&meter, (double)engine->step / (double)engine->steps, "%.0f ms",
                                      (double)engine->step * engine->layout.time_step));
        QN_TRY(qn_spiking_engine_run(engine, steps < left ? steps : left));
        if (engine->step % stretch == 0) look(guard, engine, stretch);
    }
    return QN_OK;
}

qn_status qn_spiking_simulate(const qn_spiking_network *network, const qn_spiking_options *options,
                              uint64_t realisation, const qn_progress *progress, qn_spiking_activity *activity)
{
    qn_spiking_options resolved;
    qn_spiking_engine engine;
    const double start = now();
    QN_TRY(qn_spiking_network_check(network));
    QN_TRY(qn_spiking_options_resolve(network, options, &resolved));
    QN_TRY(qn_spiking_engine_make(network, &resolved, realisation, &engine));
    const double built = now();
    rate_guard guard = {{0}, 0.0, false};
    qn_spiking_activity made;
    qn_status status = run(&engine, progress, &guard);
    const double end = now();
    if (status == QN_OK) status = qn_spiking_outcome_make(&engine, &made);
    qn_spiking_engine_clear(&engine);
    QN_TRY(status);
    made.seconds.build = built - start;
    made.seconds.wall = end - built;
    made.ran_away = guard.exceeded;
    made.highest_rate = guard.highest;
    *activity = made;
    return QN_OK;
}
