// The jobs of a run, one network each, in a fixed order: point by point, size by size. Each is recorded as it ends.
#include "base/crew.h"
#include "base/fail.h"
#include "base/memory.h"
#include "simulation/rate_plan.h"
#include "study/activity_pack.h"
#include "study/activity_point.h"
#include "study/checkpoint.h"

#include <quenched/threads.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    qn_activity_point *point;
    size_t size, network; ///< numbers
} job;

typedef struct {
    size_t count;
    job *jobs;
    double *cost;
    bool *done;
    double largest; ///< bytes that the most demanding job takes
    qn_checkpoint *checkpoint;
} job_list;

static qn_rate_measurement *measurement_of(const job *j) { return &j->point->measurements[j->size][j->network]; }

static qn_rate_network network_of(const qn_activity_point *point, size_t size)
{
    qn_rate_network network = point->network;
    network.size = point->sizes[size];
    return network;
}

static qn_status make_room(size_t count, job_list *list)
{
    list->jobs = calloc(count + 1, sizeof *list->jobs);
    list->cost = calloc(count + 1, sizeof *list->cost);
    list->done = calloc(count + 1, sizeof *list->done);
    QN_REQUIRE(list->jobs && list->cost && list->done, QN_NO_MEMORY, "no memory for %zu networks", count);
    return QN_OK;
}

static qn_status list_jobs_of(qn_activity_point *point, size_t size, job_list *list)
{
    const double time = point->options.burn_in + point->options.duration, units = (double)point->sizes[size];
    const qn_rate_network network = network_of(point, size);
    qn_rate_plan plan;
    QN_TRY(qn_rate_plan_make(&network, &point->options, &plan));
    list->largest = fmax(list->largest, plan.peak_bytes);
    for (size_t n = 0; n < point->networks[size]; ++n) {
        list->jobs[list->count] = (job){.point = point, .size = size, .network = n};
        list->cost[list->count++] = units * (units + 200.0) * time;
    }
    return QN_OK;
}

static qn_status list_jobs(qn_activity_execution *run, job_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; ++i)
        for (size_t s = 0; s < run->points[i].size_count; ++s) count += run->points[i].networks[s];
    QN_TRY(make_room(count, list));
    for (size_t i = 0; i < run->count; ++i)
        for (size_t s = 0; s < run->points[i].size_count; ++s) QN_TRY(list_jobs_of(&run->points[i], s, list));
    return QN_OK;
}

static qn_status take_recorded(size_t index, size_t count, const double *numbers, void *context)
{
    job_list *list = context;
    qn_rate_measurement m;
    QN_REQUIRE(index < list->count && qn_activity_pack_fits(count, numbers), QN_BAD_FILE,
               "the checkpoint does not fit the study; remove it or run without --resume");
    if (list->done[index]) return QN_OK;
    QN_TRY(qn_activity_unpack(numbers, &m));
    *measurement_of(&list->jobs[index]) = m;
    list->done[index] = true;
    return QN_OK;
}

// Everything that the numbers depend on.
static uint64_t identity_of(const qn_activity_execution *run, size_t jobs)
{
    const char *const texts[] = {run->study->text, run->study->overrides, qn_version()};
    const uint64_t numbers[] = {run->options->quick, jobs, QN_ACTIVITY_PACK_LAYOUT};
    uint64_t hash = qn_hash(QN_HASH_START, numbers, sizeof numbers);
    for (size_t i = 0; i < 3; ++i) hash = qn_hash(hash, texts[i], strlen(texts[i]) + 1);
    return qn_activity_files_hash(run->files, hash);
}

static qn_status open_checkpoint(const qn_activity_execution *run, job_list *list)
{
    const char *path = run->options->checkpoint;
    if (!path) return QN_OK;
    const uint64_t identity = identity_of(run, list->count);
    if (!run->options->resume) return qn_checkpoint_begin(path, identity, &list->checkpoint);
    return qn_checkpoint_resume(path, identity, take_recorded, list, &list->checkpoint);
}

static void label(size_t index, char *text, size_t size, void *context)
{
    const job_list *list = context;
    const job *j = &list->jobs[index];
    snprintf(text, size, "%s%snetwork %zu of %zu%s", j->point->label, *j->point->label ? ": " : "", j->network + 1,
             j->point->networks[j->size], j->size ? " (smaller)" : "");
}

static qn_status work(size_t index, const qn_progress *progress, void *context)
{
    const job_list *list = context;
    const job *j = &list->jobs[index];
    const qn_rate_network network = network_of(j->point, j->size);
    // Sizes take their streams from different ranges, so that no two networks of a run are alike. Points of a sweep
    // share theirs: each gives the numbers that a study of it alone would give.
    const uint64_t realisation = (uint64_t)j->size << 32 | j->network;
    return qn_rate_simulate(&network, &j->point->options, realisation, progress, measurement_of(j));
}

static qn_status finish(size_t index, void *context)
{
    job_list *list = context;
    if (!list->checkpoint) return QN_OK;
    size_t count;
    double *numbers;
    QN_TRY(qn_activity_pack(measurement_of(&list->jobs[index]), &count, &numbers));
    const qn_status status = qn_checkpoint_add(list->checkpoint, index, count, numbers);
    free(numbers);
    return status;
}

// Whole networks side by side keep every thread at work, whatever the number of trials; as many as fit into memory
// twice over what is planned, since what one job has taken another can no longer count on.
static size_t workers_for(const qn_activity_execution *run, const job_list *list)
{
    size_t waiting = 0;
    for (size_t i = 0; i < list->count; ++i) waiting += !list->done[i];
    double room = 0.75 * qn_memory_available();
    if (run->options->memory_limit > 0.0) room = fmin(room, run->options->memory_limit);
    const double most = fmin(floor(room / fmax(list->largest, 1.0)), fmin((double)qn_threads(), (double)waiting));
    return most > 1.0 ? (size_t)most : 1;
}

static qn_status run_jobs(qn_activity_execution *run, job_list *list)
{
    const qn_crew crew = {.count = list->count,
                          .cost = list->cost,
                          .done = list->done,
                          .workers = workers_for(run, list),
                          .context = list,
                          .work = work,
                          .finish = finish,
                          .label = label};
    return qn_crew_run(&crew, &run->options->progress);
}

qn_status qn_activity_simulate(qn_activity_execution *run)
{
    for (size_t i = 0; i < run->count; ++i)
        for (size_t s = 0; s < run->points[i].size_count; ++s) {
            const size_t networks = run->points[i].networks[s];
            run->points[i].measurements[s] = calloc(networks, sizeof(qn_rate_measurement));
            QN_REQUIRE(run->points[i].measurements[s], QN_NO_MEMORY, "no memory for %zu networks", networks);
        }
    job_list list = {0};
    qn_status status = list_jobs(run, &list);
    if (status == QN_OK && list.count) status = open_checkpoint(run, &list);
    if (status == QN_OK) status = run_jobs(run, &list);
    qn_checkpoint_close(list.checkpoint);
    free(list.jobs);
    free(list.cost);
    free(list.done);
    return status;
}
