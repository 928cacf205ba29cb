#include "base/crew.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "base/progress_meter.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_SIZE = 256, MESSAGE_SIZE = 2048, STACK_BYTES = 8 << 20 };

typedef struct crew_state crew_state;

typedef struct {
    crew_state *state;
    pthread_t thread;
    int threads;     // of its own
    double at_work;  // cost of its job
    double fraction; // of it done
} worker;

// All below `lock`, but for what is set before the first worker starts.
struct crew_state {
    const qn_crew *crew;
    worker *workers;
    pthread_mutex_t lock;
    pthread_cond_t news; // for the calling thread
    size_t next;         // job not dealt yet
    size_t active;       // workers
    double total, done;  // cost
    bool stop;
    qn_status status; // of the first failure
    char message[MESSAGE_SIZE], label[LABEL_SIZE];
};

static double cost_of_all(const qn_crew *crew)
{
    double total = 0.0;
    for (size_t i = 0; i < crew->count; ++i) total += crew->cost[i];
    return total;
}

static bool is_done(const qn_crew *crew, size_t job) { return crew->done && crew->done[job]; }

static void fail(crew_state *state, qn_status status)
{
    state->stop = true;
    if (status == QN_OK || state->status != QN_OK) return;
    state->status = status;
    snprintf(state->message, sizeof state->message, "%s", qn_last_error());
}

// Called by the job; the calling thread hears of it and reports in its own time.
static bool take_report(const qn_progress_report *report, void *context)
{
    worker *w = context;
    crew_state *state = w->state;
    pthread_mutex_lock(&state->lock);
    w->fraction = report->fraction;
    const bool goes_on = !state->stop;
    pthread_cond_signal(&state->news);
    pthread_mutex_unlock(&state->lock);
    return goes_on;
}

// The next job for a worker, or none.
static bool deal(worker *w, size_t *job)
{
    crew_state *state = w->state;
    const qn_crew *crew = state->crew;
    w->at_work = w->fraction = 0.0;
    for (; state->next < crew->count && is_done(crew, state->next); ++state->next)
        state->done += crew->cost[state->next];
    if (state->stop || state->next == crew->count) return false;
    *job = state->next++;
    w->at_work = crew->cost[*job];
    crew->label(*job, state->label, sizeof state->label, crew->context);
    return true;
}

static void *work(void *context)
{
    worker *w = context;
    crew_state *state = w->state;
    const qn_crew *crew = state->crew;
    const qn_progress progress = {take_report, w};
    size_t job;
    qn_set_threads(w->threads);
    pthread_mutex_lock(&state->lock);
    while (deal(w, &job)) {
        pthread_mutex_unlock(&state->lock);
        qn_status status = crew->work(job, &progress, crew->context);
        pthread_mutex_lock(&state->lock);
        if (status == QN_OK && crew->finish) status = crew->finish(job, crew->context);
        if (status == QN_OK) state->done += w->at_work;
        // That a job stopped because it was told to is not why it was told to.
        else
            fail(state, state->stop ? QN_OK : status);
    }
    --state->active;
    pthread_cond_signal(&state->news);
    pthread_mutex_unlock(&state->lock);
    return NULL;
}

static double fraction_done(const crew_state *state)
{
    double done = state->done;
    for (size_t i = 0; i < state->crew->workers; ++i) done += state->workers[i].at_work * state->workers[i].fraction;
    return done / state->total;
}

// Until the last worker has gone home. The callback is called without the lock: it may take its time.
static void watch(crew_state *state, const qn_progress *progress)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    pthread_mutex_lock(&state->lock);
    while (state->active > 0) {
        char label[LABEL_SIZE];
        memcpy(label, state->label, sizeof label);
        const double fraction = fraction_done(state);
        pthread_mutex_unlock(&state->lock);
        const qn_status status = qn_progress_meter_tick(&meter, fraction, "%s", label);
        pthread_mutex_lock(&state->lock);
        if (status != QN_OK && !state->stop) fail(state, status);
        if (state->active > 0) pthread_cond_wait(&state->news, &state->lock);
    }
    pthread_mutex_unlock(&state->lock);
}

static size_t start_workers(crew_state *state)
{
    const size_t wanted = state->crew->workers;
    const size_t threads = (size_t)qn_threads(), share = threads / wanted, left = threads % wanted;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes)) return 0;
    pthread_attr_setstacksize(&attributes, STACK_BYTES); // macOS gives 512 kB unasked
    size_t started = 0;
    pthread_mutex_lock(&state->lock);
    for (; started < wanted; ++started) {
        worker *w = &state->workers[started];
        *w = (worker){.state = state, .threads = (int)(share + (started < left))};
        if (w->threads < 1) w->threads = 1;
        if (pthread_create(&w->thread, &attributes, work, w)) break;
    }
    state->active = started;
    pthread_mutex_unlock(&state->lock);
    pthread_attr_destroy(&attributes);
    return started;
}

static qn_status run_together(const qn_crew *crew, const qn_progress *progress)
{
    crew_state state = {.crew = crew, .total = cost_of_all(crew)};
    state.workers = calloc(crew->workers, sizeof *state.workers);
    QN_REQUIRE(state.workers, QN_NO_MEMORY, "no memory for %zu threads", crew->workers);
    pthread_mutex_init(&state.lock, NULL);
    pthread_cond_init(&state.news, NULL);
    qn_blas_single_thread();
    const size_t started = start_workers(&state);
    if (started > 0) watch(&state, progress);
    for (size_t i = 0; i < started; ++i) pthread_join(state.workers[i].thread, NULL);
    pthread_cond_destroy(&state.news);
    pthread_mutex_destroy(&state.lock);
    free(state.workers);
    QN_REQUIRE(started > 0, QN_NO_MEMORY, "the system gives no further thread");
    return state.status == QN_OK ? QN_OK : qn_fail(state.status, "%s", state.message);
}

static qn_status run_alone(const qn_crew *crew, const qn_progress *progress)
{
    const double total = cost_of_all(crew);
    double done = 0.0;
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    for (size_t job = 0; job < crew->count; ++job) {
        const double to = done + crew->cost[job];
        if (!is_done(crew, job)) {
            char label[LABEL_SIZE];
            crew->label(job, label, sizeof label, crew->context);
            QN_TRY(qn_progress_meter_tick(&meter, done / total, "%s", label));
            qn_progress_part part = {.whole = &meter, .from = done / total, .to = to / total, .label = label};
            const qn_progress of_job = qn_progress_of_part(&part);
            const qn_status status = crew->work(job, &of_job, crew->context);
            // Stopped: say how far the whole had come, as a crew of several does.
            if (meter.stopped) QN_TRY(qn_progress_meter_tick(&meter, done / total, "%s", label));
            QN_TRY(status);
            if (crew->finish) QN_TRY(crew->finish(job, crew->context));
        }
        done = to;
    }
    return QN_OK;
}

qn_status qn_crew_run(const qn_crew *crew, const qn_progress *progress)
{
    return crew->workers > 1 ? run_together(crew, progress) : run_alone(crew, progress);
}
