// The jobs of a run, one network each, in a fixed order: point by point, size by size. Each is recorded as it ends.
#include "base/fail.h"
#include "base/progress_meter.h"
#include "study/activity_point.h"
#include "study/checkpoint.h"

#include <quenched/stationary.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A measurement as numbers: these, then the functions of lag: two of one length and the four-point function.
enum { SCALARS = 28 };

typedef struct {
    qn_activity_point *point;
    size_t size, network; ///< numbers
    double cost;
    bool done;
} job;

typedef struct {
    size_t count;
    job *jobs;
    double total, done; ///< cost
    qn_checkpoint *checkpoint;
} job_list;

static qn_rate_measurement *measurement_of(const job *j) { return &j->point->measurements[j->size][j->network]; }

static qn_status list_jobs(qn_activity_execution *run, job_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; ++i)
        for (size_t s = 0; s < run->points[i].size_count; ++s) count += run->points[i].networks[s];
    list->jobs = calloc(count + 1, sizeof *list->jobs);
    QN_REQUIRE(list->jobs, QN_NO_MEMORY, "no memory for %zu networks", count);
    for (size_t i = 0; i < run->count; ++i) {
        qn_activity_point *point = &run->points[i];
        const double time = point->options.burn_in + point->options.duration;
        for (size_t s = 0; s < point->size_count; ++s) {
            const double units = (double)point->sizes[s];
            for (size_t network = 0; network < point->networks[s]; ++network)
                list->jobs[list->count++] =
                    (job){.point = point, .size = s, .network = network, .cost = units * (units + 200.0) * time};
        }
    }
    for (size_t i = 0; i < list->count; ++i) list->total += list->jobs[i].cost;
    return QN_OK;
}

static void pack_scalars(const qn_rate_measurement *m, double *out)
{
    const double scalars[SCALARS] = {m->mean_field,
                                     m->mean_rate,
                                     m->field_variance,
                                     m->rate_variance,
                                     m->frozen_variance,
                                     m->velocity_variance,
                                     m->mean_slope,
                                     m->decay_rate,
                                     m->correlation_time,
                                     m->lyapunov_exponent,
                                     m->drift,
                                     m->diverged,
                                     (double)m->trials,
                                     (double)m->settled_trials,
                                     (double)m->cycling_trials,
                                     (double)m->bytes,
                                     m->four_point_variance,
                                     m->field_four_point_variance,
                                     m->zscored_four_point_variance,
                                     m->naive_four_point_variance,
                                     m->participation_ratio,
                                     m->participation_ratio_field,
                                     m->participation_ratio_zscored,
                                     m->zscored_rate_variance,
                                     m->class_zscored_four_point_variance,
                                     m->class_zscored_rate_variance,
                                     (double)m->four_point.count,
                                     m->field.step};
    memcpy(out, scalars, sizeof scalars);
}

static void unpack_scalars(const double *in, qn_rate_measurement *m)
{
    m->mean_field = in[0];
    m->mean_rate = in[1];
    m->field_variance = in[2];
    m->rate_variance = in[3];
    m->frozen_variance = in[4];
    m->velocity_variance = in[5];
    m->mean_slope = in[6];
    m->decay_rate = in[7];
    m->correlation_time = in[8];
    m->lyapunov_exponent = in[9];
    m->drift = in[10];
    m->diverged = in[11] != 0.0;
    m->trials = (size_t)in[12];
    m->settled_trials = (size_t)in[13];
    m->cycling_trials = (size_t)in[14];
    m->bytes = (size_t)in[15];
    m->four_point_variance = in[16];
    m->field_four_point_variance = in[17];
    m->zscored_four_point_variance = in[18];
    m->naive_four_point_variance = in[19];
    m->participation_ratio = in[20];
    m->participation_ratio_field = in[21];
    m->participation_ratio_zscored = in[22];
    m->zscored_rate_variance = in[23];
    m->class_zscored_four_point_variance = in[24];
    m->class_zscored_rate_variance = in[25];
}

static qn_status record(job_list *list, size_t index)
{
    if (!list->checkpoint) return QN_OK;
    const qn_rate_measurement *m = measurement_of(&list->jobs[index]);
    const size_t lags = m->field.count < m->rate.count ? m->field.count : m->rate.count;
    const size_t pairs = m->four_point.count, count = SCALARS + 2 * lags + pairs;
    double *numbers = malloc(count * sizeof *numbers);
    QN_REQUIRE(numbers, QN_NO_MEMORY, "no memory for a checkpoint");
    pack_scalars(m, numbers);
    if (lags) memcpy(numbers + SCALARS, m->field.values, lags * sizeof *numbers);
    if (lags) memcpy(numbers + SCALARS + lags, m->rate.values, lags * sizeof *numbers);
    if (pairs) memcpy(numbers + SCALARS + 2 * lags, m->four_point.values, pairs * sizeof *numbers);
    const qn_status status = qn_checkpoint_add(list->checkpoint, index, count, numbers);
    free(numbers);
    return status;
}

static qn_status take_function(size_t count, double step, const double *values, qn_stationary *function)
{
    if (!count) return QN_OK;
    QN_TRY(qn_stationary_create(count, step, function));
    memcpy(function->values, values, count * sizeof *values);
    return QN_OK;
}

static qn_status take_functions(size_t count, const double *numbers, qn_rate_measurement *m)
{
    const double step = numbers[SCALARS - 1], *functions = numbers + SCALARS;
    const size_t pairs = (size_t)numbers[SCALARS - 2], lags = (count - SCALARS - pairs) / 2;
    QN_TRY(take_function(lags, step, functions, &m->field));
    QN_TRY(take_function(lags, step, functions + lags, &m->rate));
    return take_function(pairs, step, functions + 2 * lags, &m->four_point);
}

static qn_status take_recorded(size_t index, size_t count, const double *numbers, void *context)
{
    job_list *list = context;
    const double pairs = count >= SCALARS ? numbers[SCALARS - 2] : -1.0;
    const bool fits = index < list->count && pairs >= 0.0 && pairs <= (double)(count - SCALARS) &&
                      (count - SCALARS - (size_t)pairs) % 2 == 0;
    QN_REQUIRE(fits, QN_BAD_FILE, "the checkpoint does not fit the study; remove it or run without --resume");
    if (list->jobs[index].done) return QN_OK;
    qn_rate_measurement m = {0};
    unpack_scalars(numbers, &m);
    const qn_status status = take_functions(count, numbers, &m);
    if (status != QN_OK) {
        qn_rate_measurement_clear(&m);
        return status;
    }
    *measurement_of(&list->jobs[index]) = m;
    list->jobs[index].done = true;
    return QN_OK;
}

// Everything that the numbers depend on.
static uint64_t identity_of(const qn_activity_execution *run, size_t jobs)
{
    const char *const texts[] = {run->study->text, run->study->overrides, qn_version()};
    const uint64_t numbers[] = {run->options->quick, jobs, SCALARS};
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

static qn_status run_job(job_list *list, size_t index, qn_progress_meter *meter)
{
    job *j = &list->jobs[index];
    char label[256];
    snprintf(label, sizeof label, "%s%snetwork %zu of %zu%s", j->point->label, *j->point->label ? ": " : "",
             j->network + 1, j->point->networks[j->size], j->size ? " (smaller)" : "");
    const double from = list->done / list->total, to = (list->done + j->cost) / list->total;
    QN_TRY(qn_progress_meter_tick(meter, from, "%s", label));
    qn_progress_part part = {.whole = meter, .from = from, .to = to, .label = label};
    const qn_progress progress = qn_progress_of_part(&part);

    qn_rate_network network = j->point->network;
    network.size = j->point->sizes[j->size];
    // Sizes take their streams from different ranges, so that no two networks of a run are alike. Points of a sweep
    // share theirs: each gives the numbers that a study of it alone would give.
    const uint64_t realisation = (uint64_t)j->size << 32 | j->network;
    QN_TRY(qn_rate_simulate(&network, &j->point->options, realisation, &progress, measurement_of(j)));
    j->done = true;
    return record(list, index);
}

static qn_status run_jobs(qn_activity_execution *run, job_list *list)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, &run->options->progress);
    for (size_t i = 0; i < list->count; ++i) {
        if (!list->jobs[i].done) QN_TRY(run_job(list, i, &meter));
        list->done += list->jobs[i].cost;
    }
    return QN_OK;
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
    return status;
}
