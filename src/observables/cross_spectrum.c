#include "observables/cross_spectrum.h"

#include "base/fail.h"
#include "base/parallel.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    BLOCK = 2, // frequencies worked on at a time: each reading of the record serves as many
    COLUMNS = 1024,
    MOST_SEGMENTS = 512 // of all trials together, where these are not more
};

static const double PI = 3.141592653589793238;

typedef struct {
    size_t segment, hop, segments, frequencies; // frames; per trial
} grid;

static size_t segments_of(size_t frames, size_t segment)
{
    const size_t hop = segment > 1 ? segment / 2 : 1;
    return 1 + (frames - segment) / hop;
}

// More segments than units, or very many, cost more than they tell: longer ones resolve frequencies better instead.
static grid grid_of(const qn_cross_covariance_layout *layout, size_t frames, size_t segment)
{
    const size_t most = layout->units < MOST_SEGMENTS ? layout->units : MOST_SEGMENTS;
    while (segment < frames && layout->trials * segments_of(frames, segment) > most) segment += 1 + segment / 4;
    if (segment > frames) segment = frames;
    return (grid){segment, segment > 1 ? segment / 2 : 1, segments_of(frames, segment), segment / 4 + 1};
}

static size_t blocks_of(const grid *g) { return (g->frequencies + BLOCK - 1) / BLOCK; }

typedef struct {
    size_t order;
    double tap[QN_MOST_WHITENING + 1];
} filter;

typedef struct {
    filter whiten;
    float *transforms;            // BLOCK x 2 M x units: real parts of all segments, then their imaginary parts
    float *waves;                 // 2 BLOCK x segment
    float *overlaps;              // 2 M x 2 M
    double *taper, *power, *four; // shared by threads
} workspace;

void qn_cross_spectrum_plan(const qn_cross_covariance_layout *layout, size_t segment, qn_memory_plan *plan)
{
    const grid g = grid_of(layout, layout->frames, segment);
    const double all = 2.0 * (double)(layout->trials * g.segments), units = (double)layout->units;
    qn_memory_plan_add(plan, "cross-spectra",
                       (double)qn_threads_for(blocks_of(&g)) *
                           (BLOCK * all * units + 2.0 * BLOCK * (double)g.segment + all * all),
                       sizeof(float));
}

// Prediction-error filter of a mean autocorrelation, by Levinson's recursion; as long as prediction gets better.
static filter whitening(size_t order, const double *autocorrelation)
{
    filter f = {.order = 0, .tap = {1.0}};
    double error = order ? autocorrelation[0] : 0.0;
    for (size_t m = 1; m <= order && error > 1e-6 * autocorrelation[0]; ++m) {
        double sum = 0.0;
        for (size_t k = 0; k < m; ++k) sum += f.tap[k] * autocorrelation[m - k];
        const double reflection = -sum / error;
        if (!(fabs(reflection) < 1.0)) return f;
        double next[QN_MOST_WHITENING + 1];
        for (size_t k = 0; k <= m; ++k) next[k] = (k < m ? f.tap[k] : 0.0) + (k > 0 ? reflection * f.tap[m - k] : 0.0);
        memcpy(f.tap, next, (m + 1) * sizeof *next);
        f.order = m;
        error *= 1.0 - reflection * reflection;
    }
    return f;
}

static double gain_of(const filter *f, double phase)
{
    double real = 0.0, imaginary = 0.0;
    for (size_t k = 0; k <= f->order; ++k)
        real += f->tap[k] * cos(phase * (double)k), imaginary -= f->tap[k] * sin(phase * (double)k);
    return real * real + imaginary * imaginary;
}

// Tapered waves, and the filter applied to them rather than to the activity: what frame u of a segment is weighted by.
static void draw_waves(const grid *g, const filter *whiten, const double *taper, size_t first, size_t count,
                       float *waves)
{
    for (size_t f = 0; f < count; ++f)
        for (size_t u = 0; u < g->segment; ++u) {
            double real = 0.0, imaginary = 0.0;
            for (size_t k = 0; k <= whiten->order; ++k) {
                const size_t t = u + k; // the filter's output, there from frame `order` on
                if (t < whiten->order || t >= g->segment) continue;
                // Reduced in whole numbers: the phase stays exact however long the segment.
                const double phase = 2.0 * PI * (double)((first + f) * t % g->segment) / (double)g->segment;
                const double weight = whiten->tap[k] * taper[t - whiten->order];
                real += weight * cos(phase), imaginary -= weight * sin(phase);
            }
            waves[2 * f * g->segment + u] = (float)real;
            waves[(2 * f + 1) * g->segment + u] = (float)imaginary;
        }
}

// One frequency, from the overlaps x_p^+ x_q of all pairs of segments (lower triangle).
static void sum_overlaps(size_t trials, size_t segments, const float *overlaps, double *power, double *four)
{
    const size_t all = trials * segments, wide = 2 * all;
    double same = 0, different = 0;
    for (size_t p = 0; p < all; ++p) {
        same += (double)overlaps[p * wide + p] + overlaps[(all + p) * wide + all + p];
        for (size_t q = 0; q < p / segments * segments; ++q) {
            const double in_phase = (double)overlaps[p * wide + q] + overlaps[(all + p) * wide + all + q];
            const double quadrature = (double)overlaps[(all + q) * wide + p] - overlaps[(all + p) * wide + q];
            different += in_phase * in_phase + quadrature * quadrature;
        }
    }
    *power = same;
    *four = 2 * different;
}

static void work_block(const qn_activity_record *record, size_t count, const size_t *list, const grid *g,
                       const workspace *shared, size_t first)
{
    const size_t units = record->layout.units, all = count * g->segments;
    const size_t here = g->frequencies - first < BLOCK ? g->frequencies - first : BLOCK;
    const size_t thread = (size_t)omp_get_thread_num();
    float *transforms = shared->transforms + thread * BLOCK * 2 * all * units;
    float *waves = shared->waves + thread * 2 * BLOCK * g->segment,
          *overlaps = shared->overlaps + thread * 4 * all * all;
    draw_waves(g, &shared->whiten, shared->taper, first, here, waves);
    for (size_t p = 0; p < all; ++p)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 2 * (int)here, (int)units, (int)g->segment, 1, waves,
                    (int)g->segment, qn_activity_record_frame(record, list[p / g->segments], p % g->segments * g->hop),
                    (int)units, 0, transforms + p * units, (int)(all * units));
    for (size_t f = 0; f < here; ++f) {
        cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)(2 * all), (int)units, 1,
                    transforms + f * 2 * all * units, (int)units, 0, overlaps, (int)(2 * all));
        sum_overlaps(count, g->segments, overlaps, &shared->power[first + f], &shared->four[first + f]);
    }
}

static qn_status take_room(const qn_activity_record *record, size_t count, const grid *g, int threads, workspace *taken)
{
    const size_t all = count * g->segments;
    QN_TRY(QN_NEW(&taken->taper, g->segment, "cross-spectra"));
    QN_TRY(QN_NEW(&taken->power, g->frequencies, "cross-spectra"));
    QN_TRY(QN_NEW(&taken->four, g->frequencies, "cross-spectra"));
    QN_TRY(QN_NEW(&taken->transforms, (size_t)threads * BLOCK * 2 * all * record->layout.units, "cross-spectra"));
    QN_TRY(QN_NEW(&taken->waves, (size_t)threads * 2 * BLOCK * g->segment, "cross-spectra"));
    return QN_NEW(&taken->overlaps, (size_t)threads * 4 * all * all, "cross-spectra");
}

static void work(const qn_activity_record *record, size_t count, const size_t *list, const grid *g, double interval,
                 int threads, const workspace *room)
{
    const double units = (double)record->layout.units, trials = (double)count, segments = (double)g->segments;
    const size_t blocks = blocks_of(g);
    double square = 0;
    const size_t length = g->segment - room->whiten.order;
    for (size_t t = 0; t < length; ++t) {
        const double sine = sin(PI * ((double)t + 0.5) / (double)length);
        room->taper[t] = sine * sine;
        square += room->taper[t] * room->taper[t];
    }
    qn_blas_single_thread();
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t block = 0; block < blocks; ++block) work_block(record, count, list, g, room, block * BLOCK);
    for (size_t f = 0; f < g->frequencies; ++f) {
        const double gain = gain_of(&room->whiten, 2.0 * PI * (double)f / (double)g->segment);
        const double scale = interval / (square * segments * gain);
        room->power[f] *= scale / (trials * units);
        room->four[f] *= scale * scale / (trials * (trials - 1) * units);
    }
}

qn_status qn_cross_spectrum(const qn_activity_record *record, const bool *used, size_t segment, double interval,
                            size_t order, const double *autocorrelation, qn_spectrum *power, qn_spectrum *four_point)
{
    size_t list[COLUMNS];
    const size_t count = qn_activity_record_used(record, used, list);
    QN_REQUIRE(count >= 2, QN_BAD_VALUE, "trials for cross-spectra: %zu; needed: at least 2", count);
    QN_REQUIRE(segment >= 1 && segment <= record->recorded, QN_BAD_VALUE,
               "segment of cross-spectra: %zu frames; allowed: 1 to %zu", segment, record->recorded);
    QN_REQUIRE(order <= QN_MOST_WHITENING && order < segment && (autocorrelation || !order), QN_BAD_VALUE,
               "order of the whitening filter: %zu; allowed: 0 to %zu", order,
               segment - 1 < QN_MOST_WHITENING ? segment - 1 : (size_t)QN_MOST_WHITENING);
    const grid g = grid_of(&record->layout, record->recorded, segment);
    const int threads = qn_threads_for(blocks_of(&g));
    workspace room = {.whiten = whitening(order, autocorrelation)};
    const qn_status status = take_room(record, count, &g, threads, &room);
    if (status == QN_OK) work(record, count, list, &g, interval, threads, &room);
    qn_release(room.transforms);
    qn_release(room.waves);
    qn_release(room.overlaps);
    qn_release(room.taper);
    if (status != QN_OK) {
        qn_release(room.power);
        qn_release(room.four);
        return status;
    }
    const double step = 2.0 * PI / ((double)g.segment * interval);
    *power = (qn_spectrum){g.frequencies, step, room.power};
    *four_point = (qn_spectrum){g.frequencies, step, room.four};
    return QN_OK;
}
