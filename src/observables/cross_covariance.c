#include "observables/cross_covariance.h"

#include "base/fail.h"
#include "base/parallel.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>

enum {
    TILE = 128,      // units whose covariances with all others are worked on at a time
    UNIT_GROUP = 64, // units transposed, or whose moments are taken, at a time
    STRIP = 80,      // frames of whole trials whose overlaps with others
    PIECE = 640,     // are worked on at a time; at least one trial of each
    COLUMNS = 1024   // trials, at most
};

static size_t tile_count(size_t units) { return (units + TILE - 1) / TILE; }
static size_t pair_count(size_t trials) { return trials * (trials + 1) / 2; }

// Decided by the layout, not by how many trials are used: so the memory is known beforehand.
static bool by_times(const qn_cross_covariance_layout *layout)
{
    if (layout->method != QN_CROSS_COVARIANCE_AUTOMATIC) return layout->method == QN_CROSS_COVARIANCE_OF_TIMES;
    const double units = (double)layout->units, trials = (double)layout->trials, frames = (double)layout->frames;
    return (trials + 1) * frames < units * (2 * (double)layout->lags - 1);
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Trials of a strip and of a piece: rows and columns of overlaps worked on at a time, whole trials and enough frames of
// them for BLAS. How they are cut depends on the layout only, and so does every bit.
static size_t strip_trials(const qn_cross_covariance_layout *layout)
{
    return layout->frames < STRIP ? STRIP / layout->frames : 1;
}

static size_t piece_trials(const qn_cross_covariance_layout *layout)
{
    return layout->frames < PIECE ? PIECE / layout->frames : 1;
}

static size_t overlaps_at_a_time(const qn_cross_covariance_layout *layout)
{
    const size_t rows = least(strip_trials(layout), layout->trials),
                 columns = least(piece_trials(layout), layout->trials);
    return rows * columns * layout->frames * layout->frames;
}

static size_t strip_count(const qn_cross_covariance_layout *layout)
{
    return (layout->trials + strip_trials(layout) - 1) / strip_trials(layout);
}

void qn_activity_record_plan(const qn_cross_covariance_layout *layout, qn_memory_plan *plan)
{
    const double units = (double)layout->units, frames = (double)layout->frames, trials = (double)layout->trials;
    qn_memory_plan_add(plan, "recorded activity", units * frames * trials, sizeof(float));
    // Fewer lags than planned for may turn the choice towards covariances of units: these are always counted.
    qn_memory_plan_add(plan, "covariances", (double)qn_threads_for(tile_count(layout->units)) * TILE * units,
                       sizeof(float) + sizeof(double));
    if (!by_times(layout)) return;
    qn_memory_plan_add(plan, "overlaps of trials",
                       (double)qn_threads_for(strip_count(layout)) * (double)overlaps_at_a_time(layout), sizeof(float));
    qn_memory_plan_add(plan, "sums over overlaps", (double)pair_count(layout->trials) * (double)layout->lags,
                       sizeof(double));
}

qn_status qn_activity_record_create(const qn_cross_covariance_layout *layout, qn_activity_record *result)
{
    QN_REQUIRE(layout->lags >= 1 && layout->lags <= layout->frames, QN_BAD_VALUE,
               "lags of the four-point function: %zu; allowed: 1 to %zu", layout->lags, layout->frames);
    QN_REQUIRE(layout->trials <= COLUMNS, QN_BAD_VALUE, "trials to record: %zu; allowed: at most %d", layout->trials,
               COLUMNS);
    qn_activity_record record = {.layout = *layout};
    QN_TRY(QN_NEW(&record.values, layout->trials * layout->frames * layout->units, "recorded activity"));
    *result = record;
    return QN_OK;
}

void qn_activity_record_clear(qn_activity_record *record)
{
    qn_release(record->values);
    *record = (qn_activity_record){0};
}

static float *frame_of(const qn_activity_record *record, size_t trial, size_t frame)
{
    return record->values + (trial * record->layout.frames + frame) * record->layout.units;
}

const float *qn_activity_record_frame(const qn_activity_record *record, size_t trial, size_t frame)
{
    return frame_of(record, trial, frame);
}

void qn_activity_record_add(qn_activity_record *record, const void *frame, size_t stride, bool single)
{
    const size_t units = record->layout.units, groups = (units + UNIT_GROUP - 1) / UNIT_GROUP;
    if (record->recorded == record->layout.frames) return;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(groups))
    for (size_t group = 0; group < groups; ++group) {
        const size_t begin = group * UNIT_GROUP, end = least(begin + UNIT_GROUP, units);
        for (size_t trial = 0; trial < record->layout.trials; ++trial) {
            float *to = frame_of(record, trial, record->recorded);
            for (size_t unit = begin; unit < end; ++unit)
                to[unit] = single ? ((const float *)frame)[unit * stride + trial]
                                  : (float)((const double *)frame)[unit * stride + trial];
        }
    }
    ++record->recorded;
}

size_t qn_activity_record_used(const qn_activity_record *record, const bool *used, size_t *list)
{
    size_t count = 0;
    for (size_t trial = 0; trial < record->layout.trials; ++trial)
        if (used[trial]) list[count++] = trial;
    return count;
}

// y -> (y - shift) * scale for some units, with sums over used trials and frames telling shift or scale.
static void normalise_group(qn_activity_record *record, size_t count, const size_t *list, size_t begin, bool centre)
{
    const size_t width = least(UNIT_GROUP, record->layout.units - begin);
    const double samples = (double)count * (double)record->recorded;
    double sums[UNIT_GROUP] = {0};
    for (size_t k = 0; k < count; ++k)
        for (size_t frame = 0; frame < record->recorded; ++frame) {
            const float *values = frame_of(record, list[k], frame) + begin;
            for (size_t i = 0; i < width; ++i) sums[i] += centre ? values[i] : (double)values[i] * values[i];
        }
    float shift[UNIT_GROUP] = {0}, scale[UNIT_GROUP] = {0};
    for (size_t i = 0; i < width; ++i) {
        shift[i] = centre ? (float)(sums[i] / samples) : 0;
        scale[i] = centre ? 1 : (float)(sums[i] > 0 ? 1 / sqrt(sums[i] / samples) : 0);
    }
    for (size_t k = 0; k < count; ++k)
        for (size_t frame = 0; frame < record->recorded; ++frame) {
            float *values = frame_of(record, list[k], frame) + begin;
            for (size_t i = 0; i < width; ++i) values[i] = (values[i] - shift[i]) * scale[i];
        }
}

static void normalise(qn_activity_record *record, const bool *used, bool centre)
{
    size_t list[COLUMNS];
    const size_t count = qn_activity_record_used(record, used, list), units = record->layout.units,
                 groups = (units + UNIT_GROUP - 1) / UNIT_GROUP;
    if (count == 0 || record->recorded == 0) return;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(groups))
    for (size_t group = 0; group < groups; ++group) normalise_group(record, count, list, group * UNIT_GROUP, centre);
}

void qn_activity_record_centre(qn_activity_record *record, const bool *used) { normalise(record, used, true); }
void qn_activity_record_standardise(qn_activity_record *record, const bool *used) { normalise(record, used, false); }

static void scale_units(qn_activity_record *record, const bool *used, const double *scale)
{
    const size_t units = record->layout.units;
    for (size_t trial = 0; trial < record->layout.trials; ++trial)
        for (size_t frame = 0; used[trial] && frame < record->recorded; ++frame) {
            float *values = frame_of(record, trial, frame);
            for (size_t i = 0; i < units; ++i) values[i] = (float)(values[i] * scale[i]);
        }
}

qn_status qn_activity_record_standardise_classes(qn_activity_record *record, const bool *used, size_t classes,
                                                 const size_t *unit_class)
{
    const size_t units = record->layout.units;
    double *square, *members, *scale;
    QN_TRY(QN_NEW(&square, 2 * classes + units, "classes of units"));
    members = square + classes, scale = members + classes;
    for (size_t trial = 0; trial < record->layout.trials; ++trial)
        for (size_t frame = 0; used[trial] && frame < record->recorded; ++frame) {
            const float *values = frame_of(record, trial, frame);
            for (size_t i = 0; i < units; ++i) {
                square[unit_class[i]] += (double)values[i] * values[i];
                members[unit_class[i]] += 1;
            }
        }
    for (size_t i = 0; i < units; ++i) {
        const size_t k = unit_class[i];
        scale[i] = square[k] > 0 ? sqrt(members[k] / square[k]) : 0;
    }
    scale_units(record, used, scale);
    qn_release(square);
    return QN_OK;
}

// In strands, which hide the latency of addition.
static double sum_of_squares(size_t count, const float *values)
{
    enum { STRANDS = 16 };
    double strand[STRANDS] = {0}, sum = 0;
    size_t i = 0;
    for (; i + STRANDS <= count; i += STRANDS)
        for (size_t k = 0; k < STRANDS; ++k) strand[k] += (double)values[i + k] * values[i + k];
    for (; i < count; ++i) sum += (double)values[i] * values[i];
    for (size_t k = 0; k < STRANDS; ++k) sum += strand[k];
    return sum;
}

double qn_activity_record_mean_square(const qn_activity_record *record, const bool *used)
{
    const size_t units = record->layout.units;
    double sum = 0, samples = 0;
    for (size_t trial = 0; trial < record->layout.trials; ++trial) {
        if (!used[trial]) continue;
        sum += sum_of_squares(record->recorded * units, frame_of(record, trial, 0));
        samples += (double)record->recorded * (double)units;
    }
    return sum / samples;
}

// Sums over pairs of trials a != b, and over single trials (a = b).
typedef struct {
    double different, same;
} pair_sums;

// Rows begin ... of the covariance of each trial, and of their sum. At lag 0 it is symmetric: only columns from `begin`
// on, those beyond the tile counted twice.
static pair_sums sum_tile(const qn_activity_record *record, size_t count, const size_t *list, size_t lag, size_t begin,
                          float *covariance, double *total)
{
    const size_t units = record->layout.units, rows = least(TILE, units - begin), first = lag == 0 ? begin : 0,
                 columns = units - first, samples = record->recorded - lag;
    double of_each = 0, of_total = 0;
    for (size_t i = 0; i < rows * columns; ++i) total[i] = 0;
    for (size_t k = 0; k < count; ++k) {
        const float *now = frame_of(record, list[k], 0) + begin, *later = frame_of(record, list[k], lag) + first;
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows, (int)columns, (int)samples, 1 / (float)samples,
                    now, (int)units, later, (int)units, 0, covariance, (int)columns);
        for (size_t i = 0; i < rows; ++i)
            for (size_t j = 0; j < columns; ++j) {
                const double value = covariance[i * columns + j], weight = lag == 0 && j >= rows ? 2 : 1;
                of_each += weight * value * value;
                total[i * columns + j] += value;
            }
    }
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) {
            const double value = total[i * columns + j], weight = lag == 0 && j >= rows ? 2 : 1;
            of_total += weight * value * value;
        }
    return (pair_sums){of_total - of_each, of_each};
}

static void sum_tiles(const qn_activity_record *record, size_t count, const size_t *list, int threads,
                      float *covariances, double *totals, pair_sums *partial, pair_sums *sums)
{
    const size_t units = record->layout.units, tiles = tile_count(units);
    for (size_t lag = 0; lag < record->layout.lags; ++lag) {
        // Tiles further down have fewer columns at lag 0, hence dynamic: the sums are per tile.
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (size_t tile = 0; tile < tiles; ++tile) {
            const size_t mine = (size_t)omp_get_thread_num() * TILE * units;
            partial[tile] = sum_tile(record, count, list, lag, tile * TILE, covariances + mine, totals + mine);
        }
        for (size_t tile = 0; tile < tiles; ++tile)
            sums[lag].different += partial[tile].different, sums[lag].same += partial[tile].same;
    }
}

static qn_status of_units(const qn_activity_record *record, size_t count, const size_t *list, pair_sums *sums)
{
    const size_t units = record->layout.units, tiles = tile_count(units);
    const int threads = qn_threads_for(tiles);
    float *covariances = NULL;
    double *totals = NULL;
    pair_sums *partial = NULL;
    qn_status status = QN_NEW(&covariances, (size_t)threads * TILE * units, "covariances");
    if (status == QN_OK) status = QN_NEW(&totals, (size_t)threads * TILE * units, "covariances");
    if (status == QN_OK) status = QN_NEW(&partial, tiles, "sums over covariances");
    if (status == QN_OK) sum_tiles(record, count, list, threads, covariances, totals, partial, sums);
    qn_release(covariances);
    qn_release(totals);
    qn_release(partial);
    return status;
}

// For each lag, the sum over t, t' of y^a(t) . y^b(t') times the same of t + lag, t' + lag, as a mean over samples.
static void sum_pair(const qn_activity_record *record, const float *overlap, size_t width, double *sums)
{
    for (size_t lag = 0; lag < record->layout.lags; ++lag) {
        const size_t samples = record->recorded - lag;
        double sum = 0;
        for (size_t t = 0; t < samples; ++t) {
            const float *now = overlap + t * width, *later = overlap + (t + lag) * width + lag;
            for (size_t s = 0; s < samples; ++s) sum += (double)now[s] * later[s];
        }
        sums[lag] = sum / ((double)samples * (double)samples);
    }
}

// Trials a of a strip with trials b <= a of a piece. One product for all of them: what BLAS arranges for a product of
// two trials costs as much as the product.
static void sum_piece(const qn_activity_record *record, const bool *used, size_t strip, size_t piece, float *overlaps,
                      double *partial)
{
    const size_t units = record->layout.units, frames = record->layout.frames, lags = record->layout.lags;
    const size_t beyond = least(strip + strip_trials(&record->layout), record->layout.trials);
    const size_t end = least(piece + piece_trials(&record->layout), beyond), width = (end - piece) * frames;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)((beyond - strip) * frames), (int)width, (int)units, 1,
                frame_of(record, strip, 0), (int)units, frame_of(record, piece, 0), (int)units, 0, overlaps,
                (int)width);
    for (size_t a = strip; a < beyond; ++a)
        for (size_t b = piece; b < end && b <= a; ++b)
            if (used[a] && used[b])
                sum_pair(record, overlaps + (a - strip) * frames * width + (b - piece) * frames, width,
                         partial + (pair_count(a) + b) * lags);
}

static void sum_pairs(const qn_activity_record *record, const bool *used, int threads, float *overlaps, double *partial,
                      pair_sums *sums)
{
    const qn_cross_covariance_layout *layout = &record->layout;
    const size_t strips = strip_count(layout), room = overlaps_at_a_time(layout), lags = layout->lags;
    // The last strip has most to do and comes first, hence dynamic: the sums are per pair.
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t i = strips; i > 0; --i) {
        const size_t strip = (i - 1) * strip_trials(layout),
                     beyond = least(strip + strip_trials(layout), layout->trials);
        for (size_t piece = 0; piece < beyond; piece += piece_trials(layout))
            sum_piece(record, used, strip, piece, overlaps + (size_t)omp_get_thread_num() * room, partial);
    }
    for (size_t a = 0; a < layout->trials; ++a)
        for (size_t b = 0; b <= a; ++b)
            for (size_t lag = 0; used[a] && used[b] && lag < lags; ++lag) {
                const double value = partial[(pair_count(a) + b) * lags + lag];
                *(a == b ? &sums[lag].same : &sums[lag].different) += a == b ? value : 2 * value;
            }
}

static qn_status of_times(const qn_activity_record *record, const bool *used, pair_sums *sums)
{
    const int threads = qn_threads_for(strip_count(&record->layout));
    const size_t pairs = pair_count(record->layout.trials);
    float *overlaps = NULL;
    double *partial = NULL;
    qn_status status = QN_NEW(&overlaps, (size_t)threads * overlaps_at_a_time(&record->layout), "overlaps of trials");
    if (status == QN_OK) status = QN_NEW(&partial, pairs * record->layout.lags, "sums over overlaps of trials");
    if (status == QN_OK) sum_pairs(record, used, threads, overlaps, partial, sums);
    qn_release(overlaps);
    qn_release(partial);
    return status;
}

qn_status qn_cross_covariance(const qn_activity_record *record, const bool *used, double *four_point, double *naive)
{
    size_t list[COLUMNS];
    const size_t count = qn_activity_record_used(record, used, list), lags = record->layout.lags;
    QN_REQUIRE(count >= 2, QN_BAD_VALUE, "trials for the four-point function: %zu; needed: at least 2", count);
    QN_REQUIRE(record->recorded >= lags, QN_BAD_VALUE, "frames for the four-point function: %zu; needed: at least %zu",
               record->recorded, lags);
    pair_sums *sums;
    QN_TRY(QN_NEW(&sums, lags, "four-point function"));
    qn_blas_single_thread();
    const qn_status status =
        by_times(&record->layout) ? of_times(record, used, sums) : of_units(record, count, list, sums);
    if (status == QN_OK) {
        const double units = (double)record->layout.units, trials = (double)count;
        for (size_t lag = 0; lag < lags; ++lag) four_point[lag] = sums[lag].different / (trials * (trials - 1) * units);
        if (naive) *naive = sums[0].same / (trials * units);
    }
    qn_release(sums);
    return status;
}
