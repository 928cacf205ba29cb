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

static writer writer_of(const qn_matrix_side *side, size_t row)
{
    return (writer){side->index, side->value, side->start[row]};
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

// Sources that only one of the targets has are dealt out anew: each to the first target with the probability of the
// places it has left among those left, which makes all divisions equally likely and keeps both rows in order.
static void trade(const qn_matrix_side *from, const qn_matrix_side *to, size_t a, size_t b, const double *uniform)
{
    source_of_pair item;
    double places = 0.0, left = 0.0;
    for (reader first = reader_of(from, a), second = reader_of(from, b); next(&first, &second, &item);) {
        if (item.in_first == item.in_second || stays(&item, a, b)) continue;
        places += item.in_first;
        left += 1.0;
    }
    writer to_first = writer_of(to, a), to_second = writer_of(to, b);
    for (reader first = reader_of(from, a), second = reader_of(from, b); next(&first, &second, &item); ++uniform) {
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
}

static void copy_row(const qn_matrix_side *from, const qn_matrix_side *to, size_t row)
{
    const size_t begin = from->start[row], count = from->start[row + 1] - begin;
    memcpy(to->index + begin, from->index + begin, count * sizeof *to->index);
    memcpy(to->value + begin, from->value + begin, count * sizeof *to->value);
}

typedef struct {
    size_t size, entries, longest, threads;
    qn_stream stream;
    uint32_t *order;
    double *uniform; // threads x 2 longest
} trading;

// Each round has its own stretch of the stream: first the order of the targets, then one deviate for every entry.
static void play_round(const trading *work, size_t round, const qn_matrix_side *from, const qn_matrix_side *to)
{
    const size_t size = work->size, pairs = size / 2;
    const uint64_t begin = (uint64_t)round * ((uint64_t)size + 1024 + work->entries);
    qn_draws draws = {.stream = work->stream, .position = begin};
    for (size_t i = 0; i < size; ++i) work->order[i] = (uint32_t)i;
    for (size_t k = size; k > 1; --k) {
        const size_t other = qn_draw_below(&draws, k);
        const uint32_t kept = work->order[k - 1];
        work->order[k - 1] = work->order[other];
        work->order[other] = kept;
    }
#pragma omp parallel for schedule(dynamic, 32) num_threads((int)work->threads)
    for (size_t p = 0; p < pairs; ++p) {
        const size_t a = work->order[2 * p], b = work->order[2 * p + 1];
        const size_t first = from->start[a + 1] - from->start[a], second = from->start[b + 1] - from->start[b];
        double *uniform = work->uniform + (size_t)omp_get_thread_num() * 2 * work->longest;
        const uint64_t trades = begin + size + 1024;
        qn_uniform(&work->stream, trades + from->start[a], first, uniform);
        qn_uniform(&work->stream, trades + from->start[b], second, uniform + first);
        trade(from, to, a, b, uniform);
    }
    if (size % 2 == 1) copy_row(from, to, work->order[size - 1]);
}

static qn_status play(const qn_shuffle_task *task, const trading *work, qn_matrix_side *one, qn_matrix_side *other)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, task->progress);
    memcpy(one->start, task->view->row.start, (work->size + 1) * sizeof *one->start);
    memcpy(other->start, one->start, (work->size + 1) * sizeof *one->start);
    memcpy(one->index, task->view->row.index, work->entries * sizeof *one->index);
    memcpy(one->value, task->view->row.value, work->entries * sizeof *one->value);
    for (size_t round = 0; round < task->rounds; ++round) {
        QN_TRY(qn_progress_meter_tick(&meter, (double)round / (double)task->rounds, "rewiring"));
        play_round(work, round, one, other);
        const qn_matrix_side kept = *one;
        *one = *other;
        *other = kept;
    }
    return QN_OK;
}

static qn_status prepare(const qn_shuffle_task *task, trading *work)
{
    const size_t *start = task->view->row.start;
    for (size_t i = 0; i < work->size; ++i) {
        const size_t length = start[i + 1] - start[i];
        if (length > work->longest) work->longest = length;
    }
    QN_TRY(QN_NEW(&work->order, work->size, "order of units"));
    return QN_NEW(&work->uniform, work->threads * 2 * work->longest, "deviates of trades");
}

// The matrix by columns is not needed: its room serves as the second one.
qn_status qn_shuffle_rewire(const qn_shuffle_task *task, qn_matrix *result)
{
    trading work = {.size = task->view->size,
                    .entries = task->view->entries,
                    .threads = (size_t)qn_threads_for(1 + task->view->size / 64),
                    .stream = task->stream};
    qn_matrix_side rows = {0};
    qn_status status = prepare(task, &work);
    if (status == QN_OK) status = qn_shuffle_reserve(work.size, work.entries, &rows);
    if (status == QN_OK) status = play(task, &work, &rows, &task->view->column);
    qn_release(work.order);
    qn_release(work.uniform);
    if (status == QN_OK) return qn_shuffle_deliver(task, &rows, result);
    qn_shuffle_release(&rows);
    return status;
}
