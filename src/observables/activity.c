#include "observables/activity.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "observables/activity_kernel.h"

#include <math.h>
#include <string.h>

enum {
    TILE = 2048,       // values worked on at a time: a tile of both frames stays in the first-level cache
    REFERENCES = 4,    // frames kept
    MOMENTS = 4,       // sums of x, x^2, phi, phi^2
    GROUP_UNITS = 128, // units summed in one piece; the pieces are then added in order
    MAX_GROUPS = 64
};

struct qn_activity {
    qn_activity_layout layout;
    size_t element, frame_values, tile_rows, groups;
    size_t spacing, references; // frames between two references; how many are kept at most
    size_t shown;
    void *total_x, *total_phi;       // sum over frames, units x stride
    void *reference[REFERENCES];     // frame number k * spacing is in slot k % references
    double *partial;                 // groups x (MOMENTS + 2 references) x stride
    double *moments, *first_half;    // MOMENTS x stride
    double *product_x, *product_phi; // lags x stride; row 0 unused (it is a moment)
    size_t *samples;                 // of each lag
};

static size_t group_count(size_t units)
{
    const size_t groups = (units + GROUP_UNITS - 1) / GROUP_UNITS;
    return groups < MAX_GROUPS ? groups : MAX_GROUPS;
}

static size_t reference_spacing(size_t lags)
{
    return lags > REFERENCES ? (lags - 1 + REFERENCES - 1) / REFERENCES : 1;
}

static size_t reference_count(size_t lags)
{
    const size_t spacing = reference_spacing(lags);
    return (lags - 1 + spacing - 1) / spacing;
}

void qn_activity_plan(const qn_activity_layout *layout, qn_memory_plan *plan)
{
    const double frame = (double)layout->units * (double)layout->stride, element = layout->single ? 4 : 8;
    const double references = (double)reference_count(layout->lags), stride = (double)layout->stride;
    qn_memory_plan_add(plan, "activity sums and reference frames", (2 + references) * frame, element);
    qn_memory_plan_add(plan, "activity products",
                       stride * ((MOMENTS + 2 * references) * (double)group_count(layout->units) + 2 * MOMENTS +
                                 2 * (double)layout->lags),
                       sizeof(double));
}

static qn_status allocate(qn_activity *activity)
{
    const qn_activity_layout *layout = &activity->layout;
    const size_t values = activity->frame_values, stride = layout->stride;
    QN_TRY(qn_allocate(values, activity->element, "time averages", &activity->total_x));
    QN_TRY(qn_allocate(values, activity->element, "time averages", &activity->total_phi));
    for (size_t i = 0; i < activity->references; ++i)
        QN_TRY(qn_allocate(values, activity->element, "reference frames", &activity->reference[i]));
    QN_TRY(
        QN_NEW(&activity->partial, activity->groups * (MOMENTS + 2 * activity->references) * stride, "partial sums"));
    QN_TRY(QN_NEW(&activity->moments, MOMENTS * stride, "moments"));
    QN_TRY(QN_NEW(&activity->first_half, MOMENTS * stride, "moments"));
    QN_TRY(QN_NEW(&activity->product_x, layout->lags * stride, "lagged products"));
    QN_TRY(QN_NEW(&activity->product_phi, layout->lags * stride, "lagged products"));
    return QN_NEW(&activity->samples, layout->lags, "samples per lag");
}

qn_status qn_activity_create(const qn_activity_layout *layout, qn_activity **result)
{
    qn_activity *activity;
    QN_TRY(QN_NEW(&activity, 1, "activity statistics"));
    activity->layout = *layout;
    activity->element = layout->single ? sizeof(float) : sizeof(double);
    activity->frame_values = layout->units * layout->stride;
    activity->tile_rows = TILE / layout->stride;
    activity->groups = group_count(layout->units);
    activity->spacing = reference_spacing(layout->lags);
    activity->references = reference_count(layout->lags);
    const qn_status status = allocate(activity);
    if (status != QN_OK) {
        qn_activity_destroy(activity);
        return status;
    }
    *result = activity;
    return QN_OK;
}

void qn_activity_destroy(qn_activity *activity)
{
    if (!activity) return;
    qn_release(activity->total_x);
    qn_release(activity->total_phi);
    for (size_t i = 0; i < REFERENCES; ++i) qn_release(activity->reference[i]);
    qn_release(activity->partial);
    qn_release(activity->moments);
    qn_release(activity->first_half);
    qn_release(activity->product_x);
    qn_release(activity->product_phi);
    qn_release(activity->samples);
    qn_release(activity);
}

static void *offset(const qn_activity *activity, const void *frame, size_t row)
{
    return (char *)frame + row * activity->layout.stride * activity->element;
}

static void add_moments(qn_activity *activity, const void *x, const void *phi, size_t row, size_t rows, double *sums)
{
    const size_t stride = activity->layout.stride;
    void *total_x = offset(activity, activity->total_x, row), *total_phi = offset(activity, activity->total_phi, row);
    x = offset(activity, x, row), phi = offset(activity, phi, row);
    if (activity->layout.single)
        QN_PICK_KERNEL(qn_activity_moments_float)(rows, stride, x, phi, total_x, total_phi, sums);
    else
        QN_PICK_KERNEL(qn_activity_moments_double)(rows, stride, x, phi, total_x, total_phi, sums);
}

static void add_products(const qn_activity *activity, const void *a, const void *b, size_t rows, double *sums)
{
    if (activity->layout.single)
        QN_PICK_KERNEL(qn_activity_product_float)(rows, activity->layout.stride, a, b, sums);
    else
        QN_PICK_KERNEL(qn_activity_product_double)(rows, activity->layout.stride, a, b, sums);
}

// Lag between the present frame and the one in `slot`; 0 when there is none or it is too old.
static size_t lag_of(const qn_activity *activity, size_t slot)
{
    if (activity->shown == 0) return 0;
    const size_t newest = (activity->shown - 1) / activity->spacing,
                 back = (newest + activity->references - slot) % activity->references;
    if (back > newest) return 0;
    const size_t lag = activity->shown - (newest - back) * activity->spacing;
    return lag < activity->layout.lags ? lag : 0;
}

static void sum_group(qn_activity *activity, const void *x, const void *phi, size_t group)
{
    const qn_activity_layout *layout = &activity->layout;
    const size_t stride = layout->stride, width = (MOMENTS + 2 * activity->references) * stride;
    const size_t begin = layout->units * group / activity->groups, end = layout->units * (group + 1) / activity->groups;
    double *sums = activity->partial + group * width;
    _Alignas(64) unsigned char
        image[TILE * sizeof(double)]; // phi of a tile of a reference: cheaper to compute again than to keep
    memset(sums, 0, width * sizeof *sums);
    for (size_t row = begin; row < end; row += activity->tile_rows) {
        const size_t rows = end - row < activity->tile_rows ? end - row : activity->tile_rows;
        add_moments(activity, x, phi, row, rows, sums);
        for (size_t slot = 0; slot < activity->references; ++slot) {
            if (lag_of(activity, slot) == 0) continue;
            double *products = sums + (MOMENTS + 2 * slot) * stride;
            const void *reference = offset(activity, activity->reference[slot], row);
            add_products(activity, offset(activity, x, row), reference, rows, products);
            layout->function(layout->context, rows * stride, reference, image);
            add_products(activity, offset(activity, phi, row), image, rows, products + stride);
        }
    }
}

static void add_row(size_t stride, const double *from, double *to)
{
    for (size_t i = 0; i < stride; ++i) to[i] += from[i];
}

static void collect(qn_activity *activity)
{
    const size_t stride = activity->layout.stride, width = (MOMENTS + 2 * activity->references) * stride;
    for (size_t group = 0; group < activity->groups; ++group) {
        const double *sums = activity->partial + group * width;
        add_row(MOMENTS * stride, sums, activity->moments);
        if (activity->shown < activity->layout.frames / 2) add_row(MOMENTS * stride, sums, activity->first_half);
        for (size_t slot = 0; slot < activity->references; ++slot) {
            const size_t lag = lag_of(activity, slot);
            if (lag == 0) continue;
            add_row(stride, sums + (MOMENTS + 2 * slot) * stride, activity->product_x + lag * stride);
            add_row(stride, sums + (MOMENTS + 2 * slot + 1) * stride, activity->product_phi + lag * stride);
        }
    }
    for (size_t slot = 0; slot < activity->references; ++slot)
        if (lag_of(activity, slot) > 0) ++activity->samples[lag_of(activity, slot)];
}

void qn_activity_add(qn_activity *activity, const void *x, const void *phi)
{
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(activity->groups))
    for (size_t group = 0; group < activity->groups; ++group) sum_group(activity, x, phi, group);
    collect(activity);
    if (activity->references > 0 && activity->shown % activity->spacing == 0)
        memcpy(activity->reference[activity->shown / activity->spacing % activity->references], x,
               activity->frame_values * activity->element);
    ++activity->shown;
}

// (1/N) sum_i of the product of the time averages of unit i in two different trials, averaged over pairs; and the same
// of the averages over units, which is the squared mean.
typedef struct {
    double second_moment, squared_mean;
} static_part;

static static_part cross_trial(const qn_activity *activity, const void *totals, const bool *used, size_t trials)
{
    const qn_activity_layout *layout = &activity->layout;
    const double frames = (double)activity->shown, pairs = trials > 1 ? (double)trials * ((double)trials - 1) : 1;
    double second_moment = 0, mean_of_trial[1024] = {0}, mean = 0, squares = 0;
    for (size_t unit = 0; unit < layout->units; ++unit) {
        double sum = 0, own = 0;
        for (size_t trial = 0; trial < layout->trials; ++trial) {
            if (!used[trial]) continue;
            const size_t at = unit * layout->stride + trial;
            const double average =
                (layout->single ? (double)((const float *)totals)[at] : ((const double *)totals)[at]) / frames;
            sum += average, own += average * average;
            mean_of_trial[trial] += average / (double)layout->units;
        }
        second_moment += trials > 1 ? sum * sum - own : own;
    }
    for (size_t trial = 0; trial < layout->trials; ++trial)
        mean += mean_of_trial[trial], squares += mean_of_trial[trial] * mean_of_trial[trial];
    return (static_part){second_moment / (pairs * (double)layout->units),
                         (trials > 1 ? mean * mean - squares : squares) / pairs};
}

static double mean_over_trials(const qn_activity *activity, const double *sums, double samples, const bool *used,
                               size_t trials)
{
    double sum = 0;
    for (size_t trial = 0; trial < activity->layout.trials; ++trial)
        if (used[trial]) sum += sums[trial];
    return sum / ((double)trials * (double)activity->layout.units * samples);
}

static qn_status autocorrelation(const qn_activity *activity, const double *products, double variance,
                                 double static_moment, const bool *used, size_t trials, qn_stationary *result)
{
    QN_TRY(qn_stationary_create(activity->layout.lags, 1, result));
    result->values[0] = variance;
    for (size_t lag = 1; lag < activity->layout.lags; ++lag)
        result->values[lag] = mean_over_trials(activity, products + lag * activity->layout.stride,
                                               (double)activity->samples[lag], used, trials) -
                              static_moment;
    return QN_OK;
}

static double drift(const qn_activity *activity, double mean, const bool *used, size_t trials)
{
    const size_t stride = activity->layout.stride;
    const size_t half_frames = activity->layout.frames / 2;
    const double half = (double)half_frames, frames = (double)activity->shown;
    if (half < 1 || frames <= half) return NAN;
    const double whole = mean_over_trials(activity, activity->moments + stride, frames, used, trials);
    const double first = mean_over_trials(activity, activity->first_half + stride, half, used, trials);
    const double second = (whole * frames - first * half) / (frames - half);
    return (second - first) / (whole - mean * mean);
}

qn_status qn_activity_finish(const qn_activity *activity, const bool *used, qn_activity_statistics *result)
{
    const size_t stride = activity->layout.stride;
    const double frames = (double)activity->shown;
    size_t trials = 0;
    for (size_t trial = 0; trial < activity->layout.trials; ++trial) trials += used[trial];
    // Nothing to average: 0 / 0 below makes every figure NAN, as it should be.
    const static_part x = cross_trial(activity, activity->total_x, used, trials);
    const static_part phi = cross_trial(activity, activity->total_phi, used, trials);
    qn_activity_statistics found = {
        .mean_field = mean_over_trials(activity, activity->moments, frames, used, trials),
        .mean_rate = mean_over_trials(activity, activity->moments + 2 * stride, frames, used, trials),
        .field_variance =
            mean_over_trials(activity, activity->moments + stride, frames, used, trials) - x.second_moment,
        .rate_variance =
            mean_over_trials(activity, activity->moments + 3 * stride, frames, used, trials) - phi.second_moment,
        .frozen_variance = trials > 0 ? x.second_moment - x.squared_mean : NAN,
    };
    found.drift = drift(activity, found.mean_field, used, trials);
    QN_TRY(autocorrelation(activity, activity->product_x, found.field_variance, x.second_moment, used, trials,
                           &found.field));
    const qn_status status = autocorrelation(activity, activity->product_phi, found.rate_variance, phi.second_moment,
                                             used, trials, &found.rate);
    if (status != QN_OK) {
        qn_stationary_clear(&found.field);
        return status;
    }
    *result = found;
    return QN_OK;
}
