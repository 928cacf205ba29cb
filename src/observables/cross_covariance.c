#include "observables/cross_covariance.h"

#include "base/fail.h"
#include "base/parallel.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>

struct qn_cross_covariance {
    qn_cross_covariance_layout layout;
    size_t shown;
    float *values; ///< trials x frames x units
};

void qn_cross_covariance_plan(const qn_cross_covariance_layout *layout, qn_memory_plan *plan)
{
    qn_memory_plan_add(plan, "frames of activity",
                       (double)layout->units * (double)layout->trials * (double)layout->frames, sizeof(float));
}

qn_status qn_cross_covariance_create(const qn_cross_covariance_layout *layout, qn_cross_covariance **result)
{
    qn_cross_covariance *made;
    QN_TRY(QN_NEW(&made, 1, "covariances"));
    made->layout = *layout;
    const qn_status status =
        QN_NEW(&made->values, layout->units * layout->trials * layout->frames, "frames of activity");
    if (status != QN_OK) {
        qn_release(made);
        return status;
    }
    *result = made;
    return QN_OK;
}

void qn_cross_covariance_destroy(qn_cross_covariance *c)
{
    if (!c) return;
    qn_release(c->values);
    qn_release(c);
}

static float *frame_of(const qn_cross_covariance *c, size_t trial, size_t frame)
{
    return c->values + (trial * c->layout.frames + frame) * c->layout.units;
}

void qn_cross_covariance_add(qn_cross_covariance *c, const void *frame)
{
    const qn_cross_covariance_layout *l = &c->layout;
    if (c->shown == l->frames) return;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(l->trials))
    for (size_t trial = 0; trial < l->trials; ++trial) {
        float *to = frame_of(c, trial, c->shown);
        for (size_t i = 0; i < l->units; ++i)
            to[i] = l->single ? ((const float *)frame)[i * l->stride + trial]
                              : (float)((const double *)frame)[i * l->stride + trial];
    }
    ++c->shown;
}

typedef struct {
    qn_cross_covariance *of;
    size_t count; ///< used trials
    size_t *trial;
    size_t lags;
} selection;

static const float *frames_of(const selection *s, size_t number) { return frame_of(s->of, s->trial[number], 0); }

// Pooled moments of every unit over used trials and frames.
static void moments(const selection *s, double *mean, double *square)
{
    const size_t units = s->of->layout.units, shown = s->of->shown;
    for (size_t a = 0; a < s->count; ++a)
        for (size_t t = 0; t < shown; ++t) {
            const float *frame = frames_of(s, a) + t * units;
            for (size_t i = 0; i < units; ++i) mean[i] += frame[i], square[i] += (double)frame[i] * (double)frame[i];
        }
    const double samples = (double)s->count * (double)shown;
    for (size_t i = 0; i < units; ++i) mean[i] /= samples, square[i] /= samples;
}

static void shift_and_scale(const selection *s, const double *shift, const double *scale)
{
    const size_t units = s->of->layout.units;
    for (size_t a = 0; a < s->count; ++a)
        for (size_t t = 0; t < s->of->shown; ++t) {
            float *frame = frame_of(s->of, s->trial[a], t);
            for (size_t i = 0; i < units; ++i) frame[i] = (float)(((double)frame[i] - shift[i]) * scale[i]);
        }
}

// Mean over t, t' of G(t, t') G(t + lag, t' + lag).
static double mean_product(const float *overlap, size_t frames, size_t lag)
{
    const size_t count = frames - lag;
    double sum = 0.0;
    for (size_t t = 0; t < count; ++t) {
        const float *now = overlap + t * frames, *later = overlap + (t + lag) * frames + lag;
        double row = 0.0;
        for (size_t u = 0; u < count; ++u) row += (double)now[u] * (double)later[u];
        sum += row;
    }
    return sum / ((double)count * (double)count);
}

// Number `pair` of a < b, counted row by row.
static void pair_of(size_t pair, size_t count, size_t *a, size_t *b)
{
    *a = 0;
    for (size_t left = count - 1; pair >= left; --left, ++*a) pair -= left;
    *b = *a + 1 + pair;
}

// out[lag]: mean over pairs of trials (`across`), or over single trials. Every pair's share is kept and added in order.
static qn_status mean_squares(const selection *s, bool across, size_t lags, double *out)
{
    const size_t frames = s->of->shown, units = s->of->layout.units;
    const size_t pairs = across ? s->count * (s->count - 1) / 2 : s->count;
    const int threads = qn_threads_for(pairs);
    double *shares = NULL;
    float *overlaps = NULL;
    qn_status status = QN_NEW(&shares, pairs * lags, "covariances");
    if (status == QN_OK) status = QN_NEW(&overlaps, (size_t)threads * frames * frames, "overlaps of trials");
    if (status == QN_OK) {
        qn_blas_single_thread();
#pragma omp parallel for schedule(static) num_threads(threads)
        for (size_t pair = 0; pair < pairs; ++pair) {
            float *overlap = overlaps + (size_t)omp_get_thread_num() * frames * frames;
            size_t a = pair, b = pair;
            if (across) pair_of(pair, s->count, &a, &b);
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)frames, (int)frames, (int)units, 1.0f,
                        frames_of(s, a), (int)units, frames_of(s, b), (int)units, 0.0f, overlap, (int)frames);
            for (size_t lag = 0; lag < lags; ++lag) shares[pair * lags + lag] = mean_product(overlap, frames, lag);
        }
        for (size_t lag = 0; lag < lags; ++lag) {
            double sum = 0.0;
            for (size_t pair = 0; pair < pairs; ++pair) sum += shares[pair * lags + lag];
            out[lag] = sum / ((double)pairs * (double)units);
        }
    }
    qn_release(shares);
    qn_release(overlaps);
    return status;
}

static qn_status measure(const selection *s, bool centre, double *mean, double *square, double *four_point,
                         qn_cross_covariance_statistics *statistics)
{
    const size_t units = s->of->layout.units;
    moments(s, mean, square);
    double variance = 0.0;
    for (size_t i = 0; i < units; ++i) {
        if (!centre) mean[i] = 0.0;
        square[i] = fmax(square[i] - mean[i] * mean[i], 0.0);
        variance += square[i];
    }
    statistics->variance = variance / (double)units;
    double *scale;
    QN_TRY(QN_NEW(&scale, units, "standard deviations"));
    for (size_t i = 0; i < units; ++i) scale[i] = 1.0;
    if (centre) shift_and_scale(s, mean, scale);
    qn_status status = mean_squares(s, true, s->lags, four_point);
    if (status == QN_OK) status = mean_squares(s, false, 1, &statistics->naive);
    if (status == QN_OK) {
        size_t alive = 0;
        for (size_t i = 0; i < units; ++i) mean[i] = 0.0, alive += square[i] > 0.0;
        for (size_t i = 0; i < units; ++i) scale[i] = square[i] > 0.0 ? 1.0 / sqrt(square[i]) : 0.0;
        shift_and_scale(s, mean, scale);
        status = mean_squares(s, true, 1, &statistics->zscored);
        statistics->zscored *= (double)units / (double)alive;
    }
    qn_release(scale);
    return status;
}

qn_status qn_cross_covariance_finish(qn_cross_covariance *c, const bool *used, bool centre, double *four_point,
                                     qn_cross_covariance_statistics *statistics)
{
    *statistics = (qn_cross_covariance_statistics){NAN, NAN, NAN};
    for (size_t lag = 0; lag < c->layout.lags; ++lag) four_point[lag] = NAN;
    selection s = {.of = c, .lags = c->layout.lags};
    double *mean = NULL, *square = NULL;
    qn_status status = QN_NEW(&s.trial, c->layout.trials, "trials");
    for (size_t trial = 0; status == QN_OK && trial < c->layout.trials; ++trial)
        if (used[trial]) s.trial[s.count++] = trial;
    if (status == QN_OK && s.count >= 2 && c->shown >= s.lags && c->shown > 0) {
        status = QN_NEW(&mean, c->layout.units, "moments of units");
        if (status == QN_OK) status = QN_NEW(&square, c->layout.units, "moments of units");
        if (status == QN_OK) status = measure(&s, centre, mean, square, four_point, statistics);
    }
    qn_release(s.trial);
    qn_release(mean);
    qn_release(square);
    return status;
}
