#include "theory/overlap_search.h"

#include "base/fail.h"
#include "base/parallel.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum { AT_ONCE = 4, ITEMS = QN_REPLICAS * AT_ONCE }; // pieces of a replica between two looks at the progress

qn_replica_mean qn_replica_mean_of(const double values[QN_REPLICAS])
{
    double mean = 0.0, square = 0.0;
    for (size_t r = 0; r < QN_REPLICAS; ++r) mean += values[r] / QN_REPLICAS;
    for (size_t r = 0; r < QN_REPLICAS; ++r) square += (values[r] - mean) * (values[r] - mean);
    return (qn_replica_mean){mean, sqrt(square / (QN_REPLICAS * (QN_REPLICAS - 1.0)))};
}

void qn_search_plan(size_t count, qn_memory_plan *plan)
{
    const double lags = (double)count / 2.0 + 1.0, state = lags + 100.0;
    qn_memory_plan_add(plan, "paths of a unit", (double)qn_threads_for(ITEMS) * (double)qn_overlap_scratch(count),
                       sizeof(float));
    qn_memory_plan_add(plan, "states of the replicas", QN_REPLICAS * 2.0 * (QN_MIXING_DEPTH + 2.5) * state,
                       sizeof(double));
    qn_memory_plan_add(plan, "sums over paths", (ITEMS + 2.0 * QN_REPLICAS) * 5.0 * lags, sizeof(double));
}

static qn_status create_replica(const qn_overlap_box *box, const double *state, qn_replica *replica)
{
    const size_t length = qn_overlap_state_length(box), image = qn_overlap_image_length(box);
    QN_TRY(qn_overlap_field_create(box, &replica->field));
    QN_TRY(qn_overlap_sums_create(box, true, &replica->sums));
    QN_TRY(qn_mixing_create(length, image, &replica->mixing));
    QN_TRY(QN_NEW(&replica->state, length, "state"));
    QN_TRY(QN_NEW(&replica->mapped, length, "state"));
    QN_TRY(QN_NEW(&replica->residual, image, "state"));
    memcpy(replica->state, state, length * sizeof *state);
    return QN_OK;
}

static qn_status fill(const double *state, qn_search *search)
{
    const qn_overlap_box *box = &search->box;
    search->threads = qn_threads_for(ITEMS);
    QN_TRY(QN_NEW(&search->box.turns, 2 * box->count, "turns"));
    qn_overlap_turns(box->count, search->box.turns);
    QN_TRY(QN_NEW(&search->scratch, (size_t)search->threads * qn_overlap_scratch(box->count), "paths of a unit"));
    QN_TRY(QN_NEW(&search->pieces, ITEMS, "sums over paths"));
    for (size_t i = 0; i < ITEMS; ++i) QN_TRY(qn_overlap_sums_create(box, true, &search->pieces[i]));
    for (size_t r = 0; r < QN_REPLICAS; ++r) QN_TRY(create_replica(box, state, &search->replica[r]));
    return QN_OK;
}

qn_status qn_search_create(const qn_overlap_box *box, uint64_t seed, const double *state, qn_progress_meter *meter,
                           qn_search *made)
{
    *made = (qn_search){.box = *box, .seed = seed, .meter = meter};
    made->box.turns = NULL;
    const qn_status status = fill(state, made);
    if (status != QN_OK) qn_search_clear(made);
    return status;
}

void qn_search_clear(qn_search *search)
{
    for (size_t r = 0; r < QN_REPLICAS; ++r) {
        qn_replica *replica = &search->replica[r];
        qn_overlap_field_clear(&replica->field);
        qn_overlap_sums_clear(&replica->sums);
        qn_mixing_clear(&replica->mixing);
        qn_release(replica->state);
        qn_release(replica->mapped);
        qn_release(replica->residual);
    }
    for (size_t i = 0; search->pieces && i < ITEMS; ++i) qn_overlap_sums_clear(&search->pieces[i]);
    qn_release(search->pieces);
    qn_release(search->scratch);
    qn_release(search->box.turns);
    *search = (qn_search){0};
}

static void run_item(qn_search *search, size_t item, size_t wave, size_t blocks)
{
    const size_t r = item / AT_ONCE, piece = wave * AT_ONCE + item % AT_ONCE;
    const qn_stream stream = {search->seed, QN_PURPOSE_PATHS, search->stream + r};
    float *scratch = search->scratch + (size_t)omp_get_thread_num() * qn_overlap_scratch(search->box.count);
    qn_overlap_sums_reset(&search->box, &search->pieces[item]);
    qn_overlap_run(&search->replica[r].field.process, search->box.turns, &stream, piece * blocks, blocks, scratch,
                   &search->pieces[item]);
}

static qn_status run_paths(qn_search *search, size_t paths, const char *doing)
{
    const size_t blocks = paths / QN_LEAST_PATHS;
    for (size_t r = 0; r < QN_REPLICAS; ++r) qn_overlap_sums_reset(&search->box, &search->replica[r].sums);
    for (size_t wave = 0; wave < QN_PIECES / AT_ONCE; ++wave) {
        const double done = (double)wave * AT_ONCE / QN_PIECES;
        QN_TRY(qn_progress_meter_tick(search->meter, search->from + done * (search->to - search->from), "%s", doing));
#pragma omp parallel for schedule(dynamic) num_threads(search->threads)
        for (size_t item = 0; item < ITEMS; ++item) run_item(search, item, wave, blocks);
        for (size_t item = 0; item < ITEMS; ++item)
            qn_overlap_sums_add(&search->box, &search->pieces[item], &search->replica[item / AT_ONCE].sums);
    }
    return QN_OK;
}

qn_status qn_search_map(qn_search *search, size_t paths, const char *doing)
{
    const qn_overlap_box *box = &search->box;
    for (size_t r = 0; r < QN_REPLICAS; ++r)
        QN_TRY(qn_overlap_field_set(box, search->replica[r].state, &search->replica[r].field));
    QN_TRY(run_paths(search, paths, doing));
    for (size_t r = 0; r < QN_REPLICAS; ++r) {
        qn_replica *replica = &search->replica[r];
        QN_TRY(qn_overlap_collect(box, &replica->field, &replica->sums, paths / QN_REPLICAS, replica->mapped));
    }
    return QN_OK;
}

qn_status qn_search_step(qn_search *search)
{
    const qn_overlap_box *box = &search->box;
    const size_t length = qn_overlap_state_length(box);
    for (size_t r = 0; r < QN_REPLICAS; ++r) {
        qn_replica *replica = &search->replica[r];
        for (size_t i = 0; i < length; ++i) replica->state[i] = replica->mapped[i] - replica->state[i];
        qn_overlap_image(box, replica->state, replica->residual);
        QN_TRY(qn_mixing_next(&replica->mixing, replica->mapped, replica->residual, replica->state));
    }
    return QN_OK;
}

void qn_search_mean(const qn_search *search, size_t without, double *state)
{
    const size_t length = qn_overlap_state_length(&search->box);
    const double share = 1.0 / (without < QN_REPLICAS ? QN_REPLICAS - 1.0 : QN_REPLICAS);
    memset(state, 0, length * sizeof *state);
    for (size_t r = 0; r < QN_REPLICAS; ++r)
        for (size_t i = 0; r != without && i < length; ++i) state[i] += share * search->replica[r].state[i];
}

void qn_search_renew(qn_search *search, bool gather)
{
    search->stream += QN_REPLICAS;
    if (gather) {
        double *mean = search->replica[0].mapped;
        qn_search_mean(search, QN_REPLICAS, mean);
        for (size_t r = 0; r < QN_REPLICAS; ++r)
            memcpy(search->replica[r].state, mean, qn_overlap_state_length(&search->box) * sizeof *mean);
    }
    for (size_t r = 0; r < QN_REPLICAS; ++r) qn_mixing_restart(&search->replica[r].mixing);
}

void qn_search_look(qn_search *search, bool mapped, qn_replica_mean *rate, qn_replica_mean *response)
{
    double c[QN_REPLICAS], s[QN_REPLICAS];
    for (size_t r = 0; r < QN_REPLICAS; ++r) {
        double *state = mapped ? search->replica[r].mapped : search->replica[r].state;
        c[r] = state[0];
        s[r] = creal(qn_overlap_response_at(qn_overlap_response_of(&search->box, state), 0.0));
    }
    *rate = qn_replica_mean_of(c);
    *response = qn_replica_mean_of(s);
}
