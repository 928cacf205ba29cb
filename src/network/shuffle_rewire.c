// Rewiring by trades: see QN_SHUFFLE_REWIRE.
#include "network/shuffle_kinds.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"

#include <omp.h>
#include <string.h>

// A row being read, from `at` to `end`.
typedef struct {
    const uint32_t *index;
    const double *value;
    size_t at, end;
} reader;

typedef struct {
    uint32_t *index;
    double *value;
    size_t at;
} writer;

static reader reader_of(const qn_matrix_side *side, size_t row)
{
    return (reader){side->index, side->value, side->start[row], side->start[row + 1]};
}

static void write(writer *to, uint32_t index, double value)
{
    to->index[to->at] = index;
    to->value[to->at++] = value;
}

// A source of one of two targets or of both.
typedef struct {
    uint32_t source;
    bool in_first, in_second;
    double first, second; // weights
} source_of_pair;

// The next in increasing order; false at the end.
static bool next(reader *first, reader *second, source_of_pair *out)
{
    const bool a = first->at < first->end, b = second->at < second->end;
    if (!a && !b) return false;
    const uint32_t i = a ? first->index[first->at] : UINT32_MAX, j = b ? second->index[second->at] : UINT32_MAX;
    *out = (source_of_pair){.source = i < j ? i : j, .in_first = a && i <= j, .in_second = b && j <= i};
    if (out->in_first) out->first = first->value[first->at++];
    if (out->in_second) out->second = second->value[second->at++];
    return true;
}

// A source that is one of the two targets would become, or cease to be, a self-loop: it stays.
static bool stays(const source_of_pair *item, size_t a, size_t b) { return item->source == a || item->source == b; }

static size_t length_of(const qn_matrix_side *side, size_t row) { return side->start[row + 1] - side->start[row]; }

static void put_back(const writer *from, const qn_matrix_side *rows, size_t row)
{
    memcpy(rows->index + rows->start[row], from->index, from->at * sizeof *rows->index);
    memcpy(rows->value + rows->start[row], from->value, from->at * sizeof *rows->value);
}

// What a thread works in: two rows, and the deviates of one trade.
typedef struct {
    uint32_t *index;
    double *value, *uniform;
} scratch;

// Sources that only one of the targets has are dealt out anew: each to the first target with the probability of the
// places it has left among those left, which makes all divisions equally likely and keeps both rows in order.
static void trade(const qn_matrix_side *rows, size_t a, size_t b, const scratch *work)
{
    const double *uniform = work->uniform;
    source_of_pair item;
    double places = 0.0, left = 0.0;
    for (reader first = reader_of(rows, a), second = reader_of(rows, b); next(&first, &second, &item);) {
        if (item.in_first == item.in_second || stays(&item, a, b)) continue;
        places += item.in_first;
        left += 1.0;
    }
    const size_t length = length_of(rows, a);
    writer to_first = {work->index, work->value, 0}, to_second = {work->index + length, work->value + length, 0};
    for (reader first = reader_of(rows, a), second = reader_of(rows, b); next(&first, &second, &item); ++uniform) {
        const bool kept = stays(&item, a, b);
        if (item.in_first && item.in_second) {
            const bool swapped = !kept && *uniform < 0.5;
            write(&to_first, item.source, swapped ? item.second : item.first);
            write(&to_second, item.source, swapped ? item.first : item.second);
            continue;
        }
        const double weight = item.in_first ? item.first : item.second;
        const bool goes_first = kept ? item.in_first : *uniform * left < places;
        write(goes_first ? &to_first : &to_second, item.source, weight);
        if (kept) continue;
        places -= goes_first;
        left -= 1.0;
    }
    put_back(&to_first, rows, a);
    put_back(&to_second, rows, b);
}

// A target and those that follow it in the order, with each of which it trades in turn. A hub needs as many partners as
// it has times the average number of inputs, or it would keep most of them: small partners have little to give.
typedef struct {
    size_t first, partners;
    uint64_t position; // of its deviates
} group;

typedef struct {
    size_t size, longest, threads;
    qn_stream stream;
    uint32_t *order;
    group *groups;
    scratch all; // threads x 2 longest
} trading;

static void draw_order(trading *work, uint64_t position)
{
    qn_draws draws = {.stream = work->stream, .position = position};
    for (size_t i = 0; i < work->size; ++i) work->order[i] = (uint32_t)i;
    for (size_t k = work->size; k > 1; --k) {
        const size_t other = qn_draw_below(&draws, k);
        const uint32_t kept = work->order[k - 1];
        work->order[k - 1] = work->order[other];
        work->order[other] = kept;
    }
}

// The stream's deviates from *position on: first those of the order, then of each trade one for every entry.
static size_t form_groups(const qn_matrix_side *rows, trading *work, uint64_t *position)
{
    const size_t size = work->size, entries = rows->start[size];
    draw_order(work, *position);
    uint64_t next_free = *position + size + 1024;
    size_t count = 0;
    for (size_t first = 0; first + 1 < size; ++count) {
        const size_t own = length_of(rows, work->order[first]), wanted = own * size / entries;
        const size_t most = size - first - 1, partners = wanted < 1 ? 1 : wanted < most ? wanted : most;
        work->groups[count] = (group){first, partners, next_free};
        for (size_t p = 1; p <= partners; ++p) next_free += own + length_of(rows, work->order[first + p]);
        first += 1 + partners;
    }
    *position = next_free;
    return count;
}

static void play_group(const qn_matrix_side *rows, const trading *work, const group *played)
{
    const size_t place = (size_t)omp_get_thread_num() * 2 * work->longest, leader = work->order[played->first];
    const scratch own = {work->all.index + place, work->all.value + place, work->all.uniform + place};
    uint64_t position = played->position;
    for (size_t p = 1; p <= played->partners; ++p) {
        const size_t partner = work->order[played->first + p];
        const size_t deviates = length_of(rows, leader) + length_of(rows, partner);
        qn_uniform(&work->stream, position, deviates, own.uniform);
        position += deviates;
        trade(rows, leader, partner, &own);
    }
}

static qn_status play(const qn_shuffle_task *task, trading *work, const qn_matrix_side *rows)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, task->progress);
    uint64_t position = 0;
    for (size_t round = 0; round < task->rounds; ++round) {
        QN_TRY(qn_progress_meter_tick(&meter, (double)round / (double)task->rounds, "rewiring"));
        const size_t count = form_groups(rows, work, &position);
#pragma omp parallel for schedule(dynamic, 16) num_threads((int)work->threads)
        for (size_t g = 0; g < count; ++g) play_group(rows, work, &work->groups[g]);
    }
    return QN_OK;
}

static qn_status prepare(const qn_shuffle_task *task, trading *work, qn_matrix_side *rows)
{
    const qn_matrix_side *given = &task->view->row;
    const size_t size = work->size, entries = task->view->entries;
    for (size_t i = 0; i < size; ++i)
        if (length_of(given, i) > work->longest) work->longest = length_of(given, i);
    const size_t room = work->threads * 2 * work->longest;
    QN_TRY(QN_NEW(&work->order, size, "order of units"));
    QN_TRY(QN_NEW(&work->groups, size, "groups of units"));
    QN_TRY(QN_NEW(&work->all.index, room, "trades"));
    QN_TRY(QN_NEW(&work->all.value, room, "trades"));
    QN_TRY(QN_NEW(&work->all.uniform, room, "trades"));
    QN_TRY(qn_shuffle_reserve(size, entries, rows));
    memcpy(rows->start, given->start, (size + 1) * sizeof *rows->start);
    memcpy(rows->index, given->index, entries * sizeof *rows->index);
    memcpy(rows->value, given->value, entries * sizeof *rows->value);
    return QN_OK;
}

qn_status qn_shuffle_rewire(const qn_shuffle_task *task, qn_matrix *result)
{
    trading work = {.size = task->view->size,
                    .threads = (size_t)qn_threads_for(1 + task->view->entries / 2048),
                    .stream = task->stream};
    qn_matrix_side rows = {0};
    qn_status status = prepare(task, &work, &rows);
    if (status == QN_OK) status = play(task, &work, &rows);
    qn_release(work.order);
    qn_release(work.groups);
    qn_release(work.all.index);
    qn_release(work.all.value);
    qn_release(work.all.uniform);
    if (status == QN_OK) return qn_shuffle_deliver(task, &rows, result);
    qn_shuffle_release(&rows);
    return status;
}
