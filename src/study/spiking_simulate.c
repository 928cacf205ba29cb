// The realisations of a run, one after another in a fixed order, each on all threads. What is done is recorded as it
// ends; the inside of one is the engine's own checkpoint.
#include "base/fail.h"
#include "study/checkpoint.h"
#include "study/spikes_file.h"
#include "study/spiking_point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    qn_spiking_execution *run;
    size_t count;
    bool *done;
    double cost_all, cost_done, cost_now; // of realisations, for the progress
    size_t job;
    char message[192];
    qn_checkpoint *checkpoint;
} job_list;

static qn_spiking_point *point_of(const job_list *list, size_t job, size_t *realisation)
{
    qn_spiking_point *point = list->run->points;
    while (job >= point->realisations) job -= point++->realisations;
    *realisation = job;
    return point;
}

static double cost_of(const qn_spiking_point *point) { return point->planned ? fmax(point->plan.seconds, 1e-6) : 1.0; }

static bool is_done(const job_list *list, size_t job) { return list->done[job]; }

static qn_status take_recorded(size_t job, size_t count, const double *numbers, void *context)
{
    job_list *list = context;
    size_t realisation;
    QN_REQUIRE(job < list->count, QN_BAD_FILE,
               "the checkpoint does not fit the study; remove it or run without --resume");
    if (is_done(list, job)) return QN_OK;
    qn_spiking_point *point = point_of(list, job, &realisation);
    QN_TRY(qn_spiking_unpack(count, numbers, point->network->population_count, &point->measurements[realisation]));
    list->done[job] = true;
    return QN_OK;
}

// Everything that the numbers depend on, but for files that the study names.
static uint64_t identity_of(const qn_spiking_execution *run, size_t jobs)
{
    const char *const texts[] = {run->study->text, run->study->overrides, qn_version()};
    const uint64_t numbers[] = {run->options->quick, jobs, QN_SPIKING_PACK_LAYOUT};
    uint64_t hash = qn_hash(QN_HASH_START, numbers, sizeof numbers);
    for (size_t i = 0; i < 3; ++i) hash = qn_hash(hash, texts[i], strlen(texts[i]) + 1);
    for (size_t i = 0; i < run->count; ++i) {
        const qn_spiking_built *built = &run->points[i].full;
        for (size_t k = 0; k < built->edge_lists; ++k) {
            const qn_spiking_edges_owned *e = &built->edges[k];
            hash = qn_hash(hash, e->source, e->count * sizeof *e->source);
            hash = qn_hash(hash, e->target, e->count * sizeof *e->target);
            if (e->weight) hash = qn_hash(hash, e->weight, e->count * sizeof *e->weight);
            if (e->delay) hash = qn_hash(hash, e->delay, e->count * sizeof *e->delay);
        }
        for (size_t k = 0; k < built->spike_lists; ++k) {
            hash = qn_hash(hash, built->spikes[k].neuron, built->spikes[k].count * sizeof *built->spikes[k].neuron);
            hash = qn_hash(hash, built->spikes[k].time, built->spikes[k].count * sizeof *built->spikes[k].time);
        }
    }
    return hash;
}

static qn_status open_checkpoint(job_list *list)
{
    const char *path = list->run->options->checkpoint;
    if (!path) return QN_OK;
    const uint64_t identity = identity_of(list->run, list->count);
    if (!list->run->options->resume) return qn_checkpoint_begin(path, identity, &list->checkpoint);
    return qn_checkpoint_resume(path, identity, take_recorded, list, &list->checkpoint);
}

static bool report(const qn_progress_report *inner, void *context)
{
    const job_list *list = context;
    const qn_progress *outer = &list->run->options->progress;
    const double done = list->cost_done + inner->fraction * list->cost_now;
    const double rest = list->cost_all - list->cost_done - list->cost_now;
    const bool known = inner->seconds_left >= 0.0 && inner->fraction > 0.0 && inner->fraction < 1.0;
    const double pace = known ? inner->seconds_left / ((1.0 - inner->fraction) * list->cost_now) : -1.0;
    const qn_progress_report whole = {.fraction = done / list->cost_all,
                                      .seconds_left = known ? inner->seconds_left + rest * pace : -1.0,
                                      .message = list->message};
    return outer->report(&whole, outer->context);
}

static qn_status write_spikes(const job_list *list, const qn_spiking_point *point, size_t realisation,
                              const qn_spiking_activity *activity)
{
    static const char *const names[] = {"none", "sonata", "npy", "both"};
    const qn_study_options *options = list->run->options;
    int format = point->study->simulation->spikes;
    for (int k = 0; options->spikes && k < 4; ++k)
        if (!strcmp(options->spikes, names[k])) format = k;
    if (format == QN_SPIKES_NONE || !options->folder || !point->study->simulation->recorded) return QN_OK;
    char *stem = NULL;
    const size_t number = (size_t)(point - list->run->points);
    QN_TRY(list->run->count > 1
               ? qn_text_format(&stem, "%s/%s-point%zu-%zu-spikes", options->folder, list->run->study->name, number,
                                realisation)
               : qn_text_format(&stem, "%s/%s-%zu-spikes", options->folder, list->run->study->name, realisation));
    qn_status status = QN_OK;
    if (format != QN_SPIKES_NPY) status = qn_spikes_write_sonata(&activity->spikes, point->network, stem);
    if (status == QN_OK && format != QN_SPIKES_SONATA)
        status = qn_spikes_write_npy(&activity->spikes, point->network, stem);
    free(stem);
    return status;
}

static qn_status keep(job_list *list, size_t job, const qn_spiking_measurement *measurement)
{
    if (!list->checkpoint) return QN_OK;
    size_t count;
    double *numbers;
    QN_TRY(qn_spiking_pack(measurement, &count, &numbers));
    const qn_status status = qn_checkpoint_add(list->checkpoint, job, count, numbers);
    free(numbers);
    return status;
}

static qn_status simulate(job_list *list, size_t job, const char *checkpoint)
{
    size_t realisation;
    qn_spiking_point *point = point_of(list, job, &realisation);
    qn_spiking_options options = point->options;
    options.checkpoint = checkpoint;
    options.resume = list->run->options->resume && checkpoint && !access(checkpoint, F_OK);
    const qn_progress progress = {.report = list->run->options->progress.report ? report : NULL, .context = list};
    qn_spiking_activity activity;
    QN_TRY(qn_spiking_simulate(point->network, &options, (uint64_t)realisation, &progress, &activity));
    qn_spiking_measurement *measurement = &point->measurements[realisation];
    qn_status status =
        qn_spiking_measure(point->network, point->study->simulation, &activity, realisation == 0, measurement);
    if (status == QN_OK) status = write_spikes(list, point, realisation, &activity);
    qn_spiking_activity_clear(&activity);
    if (status != QN_OK) return status;
    list->done[job] = true;
    return keep(list, job, measurement);
}

static qn_status run_job(job_list *list, size_t job)
{
    size_t realisation;
    const qn_spiking_point *point = point_of(list, job, &realisation);
    snprintf(list->message, sizeof list->message, "%.120s%snetwork %zu of %zu", point->label, *point->label ? ": " : "",
             realisation + 1, point->realisations);
    // A name of its own: the checkpoint of another realisation is never taken for this one's.
    char *inside = NULL;
    if (list->run->options->checkpoint) QN_TRY(qn_text_format(&inside, "%s.%zu", list->run->options->checkpoint, job));
    const qn_status status = simulate(list, job, inside);
    if (status == QN_OK && inside) unlink(inside);
    free(inside);
    return status;
}

static qn_status run_jobs(job_list *list)
{
    for (size_t job = 0; job < list->count; ++job) {
        size_t realisation;
        list->job = job;
        list->cost_now = cost_of(point_of(list, job, &realisation));
        if (!is_done(list, job)) QN_TRY(run_job(list, job));
        list->cost_done += list->cost_now;
    }
    return QN_OK;
}

qn_status qn_spiking_simulate_points(qn_spiking_execution *run)
{
    job_list list = {.run = run};
    for (size_t i = 0; i < run->count; ++i) {
        qn_spiking_point *point = &run->points[i];
        list.count += point->realisations;
        list.cost_all += (double)point->realisations * cost_of(point);
        point->measurements = calloc(point->realisations + 1, sizeof *point->measurements);
        QN_REQUIRE(point->measurements, QN_NO_MEMORY, "no memory for %zu realisations", point->realisations);
    }
    if (!list.count) return QN_OK;
    list.done = calloc(list.count, sizeof *list.done);
    QN_REQUIRE(list.done, QN_NO_MEMORY, "no memory for %zu realisations", list.count);
    qn_status status = open_checkpoint(&list);
    if (status == QN_OK) status = run_jobs(&list);
    qn_checkpoint_close(list.checkpoint);
    free(list.done);
    return status;
}
