#include "observables/four_point_map.h"

#include "base/fail.h"
#include "base/parallel.h"

#include <cblas.h>
#include <omp.h>

enum { TILE = 32, COLUMNS = 1024 }; // units whose covariances with all others, at all lags, are worked on at a time

static size_t least(size_t a, size_t b) { return a < b ? a : b; }
static size_t tile_count(size_t units) { return (units + TILE - 1) / TILE; }
static size_t pair_count(size_t trials) { return trials * (trials - 1) / 2; }
static size_t width_of(size_t lags) { return 2 * lags + 1; }
static size_t map_size(size_t lags) { return (lags + 1) * width_of(lags); }

// Decided by the layout, as the choice of cross_covariance.c: so the memory is known beforehand.
static bool by_times(const qn_cross_covariance_layout *layout, size_t lags)
{
    if (layout->method != QN_CROSS_COVARIANCE_AUTOMATIC) return layout->method == QN_CROSS_COVARIANCE_OF_TIMES;
    const double units = (double)layout->units, samples = (double)layout->trials * (double)layout->frames;
    const double times = samples * samples * (units + 2.0 * (double)map_size(lags));
    return times < 2.0 * samples * units * units * (double)width_of(lags);
}

void qn_four_point_map_plan(const qn_cross_covariance_layout *layout, size_t lags, qn_memory_plan *plan)
{
    const double units = (double)layout->units, frames = (double)layout->frames, map = (double)map_size(lags);
    if (by_times(layout, lags)) {
        const size_t pairs = pair_count(layout->trials);
        qn_memory_plan_add(plan, "overlaps of trials", (double)qn_threads_for(pairs) * frames * frames, sizeof(float));
        qn_memory_plan_add(plan, "sums over overlaps", (double)pairs * map, sizeof(double));
        return;
    }
    const size_t tiles = tile_count(layout->units);
    qn_memory_plan_add(plan, "lagged covariances",
                       (double)qn_threads_for(tiles) * (double)width_of(lags) * TILE * units,
                       sizeof(float) + sizeof(double));
    qn_memory_plan_add(plan, "sums over covariances", (double)tiles * map, sizeof(double));
}

// Sum over t, t' of y^a(t) . y^b(t') times the same of t + l, t' + l', as a mean over samples.
static double sum_shifted(const float *overlap, size_t frames, size_t lag, size_t forward, size_t backward)
{
    const size_t columns = frames - forward - backward;
    double sum = 0;
    for (size_t t = 0; t + lag < frames; ++t)
        sum += cblas_sdot((int)columns, overlap + t * frames + backward, 1, overlap + (t + lag) * frames + forward, 1);
    return sum / ((double)(frames - lag) * (double)columns);
}

static void sum_pair(const qn_activity_record *record, size_t a, size_t b, size_t lags, float *overlap, double *map)
{
    const size_t units = record->layout.units, frames = record->recorded;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)frames, (int)frames, (int)units, 1,
                qn_activity_record_frame(record, a, 0), (int)units, qn_activity_record_frame(record, b, 0), (int)units,
                0, overlap, (int)frames);
    for (size_t lag = 0; lag <= lags; ++lag) {
        double *row = map + lag * width_of(lags) + lags;
        for (size_t other = 0; other <= lags; ++other) row[other] = sum_shifted(overlap, frames, lag, other, 0);
        for (size_t other = 1; other <= lags; ++other) *(row - other) = sum_shifted(overlap, frames, lag, 0, other);
    }
}

// Sums over unordered pairs: half of what the definition sums, the rest of it mirrored by symmetrise().
static qn_status of_times(const qn_activity_record *record, size_t count, const size_t *list, size_t lags, double *map)
{
    const size_t pairs = pair_count(count), frames = record->recorded, size = map_size(lags);
    const int threads = qn_threads_for(pairs);
    float *overlaps = NULL;
    double *partial = NULL;
    qn_status status = QN_NEW(&overlaps, (size_t)threads * frames * frames, "overlaps of trials");
    if (status == QN_OK) status = QN_NEW(&partial, pairs * size, "sums over overlaps of trials");
    if (status == QN_OK) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (size_t pair = 0; pair < count * count; ++pair) {
            const size_t a = pair / count, b = pair % count;
            if (b >= a) continue;
            sum_pair(record, list[a], list[b], lags, overlaps + (size_t)omp_get_thread_num() * frames * frames,
                     partial + (pair_count(a) + b) * size);
        }
        for (size_t pair = 0; pair < pairs; ++pair)
            for (size_t i = 0; i < size; ++i) map[i] += 2 * partial[pair * size + i];
    }
    qn_release(overlaps);
    qn_release(partial);
    return status;
}

// All lags' covariances of the units of a tile with all others, in one trial: width x rows x units.
static void covariances(const qn_activity_record *record, size_t trial, size_t lags, size_t begin, size_t rows,
                        float *out)
{
    const size_t units = record->layout.units;
    for (size_t column = 0; column < width_of(lags); ++column) {
        const size_t forward = column > lags ? column - lags : 0, backward = column < lags ? lags - column : 0;
        const size_t samples = record->recorded - forward - backward;
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows, (int)units, (int)samples, 1 / (float)samples,
                    qn_activity_record_frame(record, trial, backward) + begin, (int)units,
                    qn_activity_record_frame(record, trial, forward), (int)units, 0, out + column * rows * units,
                    (int)units);
    }
}

// What a tile adds to the sum over pairs of different trials: all pairs, less each trial with itself.
static void sum_tile(const qn_activity_record *record, size_t count, const size_t *list, size_t lags, size_t begin,
                     float *each, double *total, double *map)
{
    const size_t units = record->layout.units, rows = least(TILE, units - begin), width = width_of(lags);
    const size_t length = rows * units;
    float own[COLUMNS];
    for (size_t i = 0; i < width * length; ++i) total[i] = 0;
    for (size_t k = 0; k < count; ++k) {
        covariances(record, list[k], lags, begin, rows, each);
        for (size_t lag = 0; lag <= lags; ++lag) {
            cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)width, (int)length, 1, each, (int)length,
                        each + (lags + lag) * length, 1, 0, own, 1);
            for (size_t i = 0; i < width; ++i) map[lag * width + i] -= own[i];
        }
        for (size_t i = 0; i < width * length; ++i) total[i] += each[i];
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(lags + 1), (int)width, (int)length, 1,
                total + lags * length, (int)length, total, (int)length, 1, map, (int)width);
}

static qn_status of_units(const qn_activity_record *record, size_t count, const size_t *list, size_t lags, double *map)
{
    const size_t units = record->layout.units, tiles = tile_count(units), size = map_size(lags);
    const size_t room = width_of(lags) * TILE * units;
    const int threads = qn_threads_for(tiles);
    float *each = NULL;
    double *totals = NULL, *partial = NULL;
    qn_status status = QN_NEW(&each, (size_t)threads * room, "lagged covariances");
    if (status == QN_OK) status = QN_NEW(&totals, (size_t)threads * room, "lagged covariances");
    if (status == QN_OK) status = QN_NEW(&partial, tiles * size, "sums over covariances");
    if (status == QN_OK) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (size_t tile = 0; tile < tiles; ++tile) {
            const size_t mine = (size_t)omp_get_thread_num() * room;
            sum_tile(record, count, list, lags, tile * TILE, each + mine, totals + mine, partial + tile * size);
        }
        for (size_t tile = 0; tile < tiles; ++tile)
            for (size_t i = 0; i < size; ++i) map[i] += partial[tile * size + i];
    }
    qn_release(each);
    qn_release(totals);
    qn_release(partial);
    return status;
}

// Theta(l, l') = Theta(l', l), and with a negative lag Theta(l, -l') = Theta(l', -l). Where l' = 0 the two are one.
static void symmetrise(size_t lags, double *map)
{
    const size_t width = width_of(lags);
    double *middle = map + lags; // of row 0
    for (size_t l = 1; l <= lags; ++l) {
        middle[l * width] = middle[l] = 0.5 * (middle[l * width] + middle[l]);
        *(middle - l) = middle[l];
        for (size_t m = 1; m < l; ++m)
            for (int sign = -1; sign <= 1; sign += 2) {
                double *one = sign > 0 ? middle + l * width + m : middle + l * width - m;
                double *other = sign > 0 ? middle + m * width + l : middle + m * width - l;
                *one = *other = 0.5 * (*one + *other);
            }
    }
}

qn_status qn_four_point_map(const qn_activity_record *record, const bool *used, size_t lags, double *map)
{
    size_t list[COLUMNS];
    const size_t count = qn_activity_record_used(record, used, list), size = map_size(lags);
    QN_REQUIRE(count >= 2, QN_BAD_VALUE, "trials for the four-point function: %zu; needed: at least 2", count);
    QN_REQUIRE(lags >= 1 && lags < record->recorded && width_of(lags) <= COLUMNS, QN_BAD_VALUE,
               "lags of the four-point map: %zu; allowed: 1 to %zu", lags,
               least(record->recorded - 1, (COLUMNS - 1) / 2));
    double *sums;
    QN_TRY(QN_NEW(&sums, size, "four-point map"));
    qn_blas_single_thread();
    const qn_status status = by_times(&record->layout, lags) ? of_times(record, count, list, lags, sums)
                                                             : of_units(record, count, list, lags, sums);
    if (status == QN_OK) {
        const double trials = (double)count, scale = 1 / (trials * (trials - 1) * (double)record->layout.units);
        symmetrise(lags, sums);
        for (size_t i = 0; i < size; ++i) map[i] = scale * sums[i];
    }
    qn_release(sums);
    return status;
}
