#include "simulation/spiking_engine.h"

#include "base/barrier.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "simulation/spiking_checkpoint.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    MOST_THREADS = 1024,
    LOOKS_APART = 64,   // stretches from one comparison of thread numbers to the next
    LOOKS_TOGETHER = 4, // of which so many by all threads: a core that was asleep takes a while to wake
    LOOK_ALONE = 16     // and after them one by one thread; all before the first are by all threads
};

// ------------------------------------------------------------------------------------------------------------- options

static bool is_whole(double value) { return fabs(value - round(value)) <= 1e-6 * fmax(1.0, fabs(value)); }

static qn_status require_steps(const char *name, double value, double h, double least)
{
    QN_REQUIRE(isfinite(value) && value >= least && is_whole(value / h), QN_BAD_VALUE,
               "%s is %g ms; allowed: at least %g, a multiple of the time step, %g ms", name, value, least, h);
    return QN_OK;
}

qn_status qn_spiking_options_resolve(const qn_spiking_network *network, const qn_spiking_options *options,
                                     qn_spiking_options *resolved)
{
    qn_spiking_options o = options ? *options : (qn_spiking_options){0};
    const double h = qn_spiking_time_step(network);
    if (o.duration == 0.0) o.duration = 1000.0;
    if (o.bin == 0.0) o.bin = fmin(fmax(1.0, round(1.0 / h)) * h, o.duration);
    if (o.local_variation_refractory == 0.0) o.local_variation_refractory = 5.0;
    if (o.rate_limit == 0.0) o.rate_limit = 100.0;
    if (o.checkpoint_interval == 0.0) o.checkpoint_interval = 1000.0;
    QN_TRY(require_steps("duration", o.duration, h, h));
    QN_TRY(require_steps("discard", o.discard, h, 0.0));
    QN_TRY(require_steps("bin", o.bin, h, h));
    QN_REQUIRE(o.bin <= o.duration, QN_BAD_VALUE, "bin is %g ms; allowed: at most the duration, %g ms", o.bin,
               o.duration);
    QN_REQUIRE((o.duration + o.discard) / h < 4294967040.0, QN_BAD_VALUE,
               "duration and discard are %g ms; allowed: fewer than 2^32 time steps", o.duration + o.discard);
    QN_REQUIRE(isfinite(o.local_variation_refractory) && o.local_variation_refractory >= 0.0, QN_BAD_VALUE,
               "local_variation_refractory is %g ms; allowed: at least 0", o.local_variation_refractory);
    QN_REQUIRE(o.rate_limit > 0.0, QN_BAD_VALUE, "rate_limit is %g / s; allowed: greater than 0", o.rate_limit);
    QN_REQUIRE(o.checkpoint_interval > 0.0, QN_BAD_VALUE, "checkpoint_interval is %g ms; allowed: greater than 0",
               o.checkpoint_interval);
    QN_REQUIRE(o.memory_limit >= 0.0, QN_BAD_VALUE, "memory_limit is %g bytes; allowed: at least 0", o.memory_limit);
    *resolved = o;
    return QN_OK;
}

// ------------------------------------------------------------------------------------------------------------ building

// A thread is worth its meetings with the others where a step gives it some ten microseconds of work.
size_t qn_spiking_engine_threads(const qn_spiking_layout *layout)
{
    enum { NEURONS_PER_THREAD = 8000 };
    const size_t neurons = layout->first_neuron[layout->population_count];
    size_t threads = (size_t)qn_threads_for(layout->unit_count);
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    // Whoever cuts units smaller than they come wants threads to share them.
    const bool cut = layout->network.unit_size > 0;
    if (!cut && threads > 1 + neurons / NEURONS_PER_THREAD) threads = 1 + neurons / NEURONS_PER_THREAD;
    return threads;
}

static qn_status make_units(qn_spiking_engine *engine)
{
    const size_t count = engine->layout.unit_count;
    QN_TRY(QN_NEW(&engine->units, count + 1, "units"));
    QN_TRY(QN_NEW(&engine->thread_of, count + 1, "units"));
    QN_TRY(QN_NEW(&engine->cost, count + 1, "units"));
    qn_status status = QN_OK;
    char message[1024] = "";
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(count))
    for (size_t u = 0; u < count; ++u) {
        const qn_status own = qn_spiking_unit_make(&engine->shared, u, &engine->units[u]);
        if (own == QN_OK) continue;
#pragma omp critical
        {
            status = own;
            snprintf(message, sizeof message, "%s", qn_last_error());
        }
    }
    if (status != QN_OK) return qn_fail(status, "%s", message);
    for (size_t u = 0; u < count; ++u) engine->cost[u] = (double)engine->layout.places[u].size;
    return QN_OK;
}

static qn_status make(const qn_spiking_network *network, uint64_t realisation, qn_spiking_engine *engine)
{
    const qn_spiking_options *o = &engine->options;
    const qn_stream couplings = {o->seed, QN_PURPOSE_SPIKING_COUPLING, realisation};
    const qn_stream input = {o->seed, QN_PURPOSE_SPIKING_INPUT, realisation};
    QN_TRY(qn_spiking_layout_make(network, &engine->layout));
    engine->shared = (qn_spiking_shared){.layout = &engine->layout,
                                         .options = &engine->options,
                                         .couplings = qn_cipher_key_of(&couplings),
                                         .input = qn_cipher_key_of(&input),
                                         .initial = {o->seed, QN_PURPOSE_SPIKING_INITIAL, realisation},
                                         .rows = &engine->rows};
    QN_TRY(qn_spiking_rows_make(&engine->layout, &engine->shared.couplings, &couplings, &engine->rows));
    engine->threads = qn_spiking_engine_threads(&engine->layout);
    return make_units(engine);
}

qn_status qn_spiking_engine_make(const qn_spiking_network *network, const qn_spiking_options *resolved,
                                 uint64_t realisation, qn_spiking_engine *engine)
{
    const double h = qn_spiking_time_step(network);
    *engine = (qn_spiking_engine){.options = *resolved};
    engine->steps = (uint64_t)llrint(resolved->discard / h) + (uint64_t)llrint(resolved->duration / h);
    engine->identity = qn_spiking_identity(network, resolved, realisation);
    const qn_status status = make(network, realisation, engine);
    if (status != QN_OK) qn_spiking_engine_clear(engine);
    return status;
}

void qn_spiking_engine_clear(qn_spiking_engine *engine)
{
    for (size_t u = 0; engine->units && u < engine->layout.unit_count; ++u) qn_spiking_unit_clear(&engine->units[u]);
    qn_release(engine->units);
    qn_release(engine->thread_of);
    qn_release(engine->cost);
    qn_spiking_rows_clear(&engine->rows);
    qn_spiking_layout_clear(&engine->layout);
    *engine = (qn_spiking_engine){0};
}

double qn_spiking_engine_bytes(const qn_spiking_engine *engine)
{
    double bytes = qn_spiking_rows_bytes(&engine->layout);
    for (size_t u = 0; u < engine->layout.unit_count; ++u) bytes += qn_spiking_unit_bytes(&engine->units[u]);
    return bytes;
}

// ------------------------------------------------------------------------------------------------------------- running

// The costliest unit to the least loaded thread, and so on: by what units took in the last stretch. Which thread does a
// unit changes nothing but the time it takes.
static void deal(qn_spiking_engine *engine, size_t threads)
{
    const size_t count = engine->layout.unit_count;
    double load[MOST_THREADS] = {0};
    for (size_t u = 0; u < count; ++u) engine->thread_of[u] = SIZE_MAX;
    for (size_t n = 0; n < count; ++n) {
        size_t next = SIZE_MAX, least = 0;
        for (size_t u = 0; u < count; ++u)
            if (engine->thread_of[u] == SIZE_MAX && (next == SIZE_MAX || engine->cost[u] > engine->cost[next]))
                next = u;
        for (size_t t = 1; t < threads; ++t)
            if (load[t] < load[least]) least = t;
        engine->thread_of[next] = least;
        load[least] += engine->cost[next];
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    qn_spiking_engine *engine;
    uint64_t first, last; // steps
    qn_barrier barrier;
    atomic_uint_fast64_t failed_at; // step of the first failure; UINT64_MAX: none
    atomic_flag told;
    qn_status status; // of the failure that was told first
    char message[1024];
} stretch;

static void fail_at(stretch *s, uint64_t step, qn_status status)
{
    if (!atomic_flag_test_and_set(&s->told)) {
        s->status = status;
        snprintf(s->message, sizeof s->message, "%s", qn_last_error());
    }
    uint_fast64_t first = atomic_load(&s->failed_at);
    while (step < first && !atomic_compare_exchange_weak(&s->failed_at, &first, step)) {
    }
}

// All threads come to the barrier after the step that failed, and none goes beyond.
// A unit goes through all steps of a block while its state is in the cache.
static void advance(stretch *s, qn_spiking_unit *unit, uint64_t first, uint64_t last)
{
    qn_spiking_engine *engine = s->engine;
    for (uint64_t step = first; step <= last; ++step) {
        const qn_status status = qn_spiking_unit_step(&engine->shared, engine->units, unit, step);
        if (status == QN_OK) continue;
        fail_at(s, step, status);
        return;
    }
}

static double work(stretch *s, size_t thread)
{
    qn_spiking_engine *engine = s->engine;
    const uint64_t block = engine->layout.block;
    double waited = 0.0;
    for (uint64_t first = s->first; first <= s->last; first += block) {
        const uint64_t last = first + block - 1 < s->last ? first + block - 1 : s->last;
        for (size_t u = 0; u < engine->layout.unit_count; ++u)
            if (engine->thread_of[u] == thread) advance(s, &engine->units[u], first, last);
        if (s->barrier.threads > 1) {
            const double before = now();
            qn_barrier_wait(&s->barrier);
            waited += now() - before;
        }
        if (atomic_load_explicit(&s->failed_at, memory_order_relaxed) <= last) break;
    }
    return waited;
}

static void note_costs(qn_spiking_engine *engine, const double *before)
{
    for (size_t u = 0; u < engine->layout.unit_count; ++u)
        engine->cost[u] = engine->units[u].deliver_seconds + engine->units[u].update_seconds - before[u];
}

// Threads that meet every step gain nothing where a step is short, and lose where other programs hold the cores. So
// now and then a stretch is run by one thread and one by all, and those in between by whichever was faster.
static size_t threads_of_stretch(const qn_spiking_engine *engine)
{
    const size_t place = engine->stretches % LOOKS_APART;
    if (place == LOOK_ALONE) return 1;
    const bool looking = place >= LOOK_ALONE - LOOKS_TOGETHER && place < LOOK_ALONE;
    const bool faster = engine->seconds_alone == 0.0 || engine->seconds_together < engine->seconds_alone;
    return looking || faster ? engine->threads : 1;
}

static void note_time(qn_spiking_engine *engine, double seconds_per_step)
{
    const size_t place = engine->stretches++ % LOOKS_APART;
    if (place == LOOK_ALONE) engine->seconds_alone = seconds_per_step;
    if (place == LOOK_ALONE - LOOKS_TOGETHER) engine->seconds_together = 0.0;
    if (place >= LOOK_ALONE - LOOKS_TOGETHER && place < LOOK_ALONE)
        engine->seconds_together += seconds_per_step / LOOKS_TOGETHER;
}

static void run_stretch(stretch *s, size_t threads)
{
    qn_spiking_engine *engine = s->engine;
    double waited = 0.0;
    // OpenMP may give fewer threads than asked for.
#pragma omp parallel num_threads((int)threads) reduction(+ : waited)
    {
#pragma omp single
        {
            deal(engine, (size_t)omp_get_num_threads());
            qn_barrier_start(&s->barrier, (unsigned)omp_get_num_threads());
        }
        waited += work(s, (size_t)omp_get_thread_num());
    }
    engine->wait_seconds += waited;
}

qn_status qn_spiking_engine_run(qn_spiking_engine *engine, uint64_t steps)
{
    stretch s = {.told = ATOMIC_FLAG_INIT, .engine = engine, .first = engine->step + 1, .last = engine->step + steps};
    const size_t threads = threads_of_stretch(engine);
    const double start = now();
    double *before;
    QN_TRY(QN_NEW(&before, engine->layout.unit_count + 1, "units"));
    for (size_t u = 0; u < engine->layout.unit_count; ++u)
        before[u] = engine->units[u].deliver_seconds + engine->units[u].update_seconds;
    atomic_init(&s.failed_at, UINT64_MAX);
    run_stretch(&s, threads);
    note_costs(engine, before);
    qn_release(before);
    note_time(engine, (now() - start) / (double)steps);
    if (atomic_load(&s.failed_at) != UINT64_MAX) return qn_fail(s.status, "%s", s.message);
    engine->step += steps;
    return QN_OK;
}

uint64_t qn_spiking_engine_spikes(const qn_spiking_engine *engine)
{
    uint64_t spikes = 0;
    for (size_t u = 0; u < engine->layout.unit_count; ++u) spikes += engine->units[u].emitted;
    return spikes;
}
