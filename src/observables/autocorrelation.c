#include <quenched/autocorrelation.h>

#include "base/fail.h"
#include "observables/jackknife.h"

#include <math.h>
#include <stdlib.h>

// The fit begins where C / C(0) falls below UPPER: higher, the tail is not yet a tail; lower, little of C is left above
// the noise. Slow collective modes put the same error on all long lags of a network: what is below NOISE of it adds
// nothing. A curve that is lost in noise above REACH has not shown its tail: no rate is better than a wrong one.
static const double UPPER = 0.7, UPPER_NOT_ODD = 0.5;
static const double NOISE = 8.0;
static const double REACH = 0.25;
static const double LOWER = 0.02, LOWER_ALONE = 0.15; // of C(0), with an error bar and with one network only
static const double MAX_CURVATURE = 1.; // |b z^power| at the first lag of the fit: beyond, the tail is not yet a tail

typedef struct {
    size_t networks, count;             // curves that are there; lags
    const qn_stationary *const *fields; // `given` of them, some empty
    size_t given;
    double step;
    bool odd;
    size_t first, last; // lags of the fit, found once from all networks so that leaving one out does not move them
    double *mean;       // work space: the mean curve, `count` values
} curves;

static bool is_there(const qn_stationary *field) { return field && field->count > 0 && !isnan(field->values[0]); }

static const qn_stationary *curve_number(const curves *all, size_t number)
{
    for (size_t i = 0; i < all->given; ++i)
        if (is_there(all->fields[i]) && number-- == 0) return all->fields[i];
    return NULL;
}

static void mean_without(const curves *all, size_t left_out)
{
    const double weight = 1.0 / (double)(all->networks - (left_out != QN_LEAVE_NONE));
    for (size_t lag = 0; lag < all->count; ++lag) all->mean[lag] = 0;
    for (size_t number = 0; number < all->networks; ++number) {
        if (number == left_out) continue;
        const double *values = curve_number(all, number)->values;
        for (size_t lag = 0; lag < all->count; ++lag) all->mean[lag] += weight * values[lag];
    }
}

// Of the mean curve's shape: networks that differ by a factor agree about every rate.
static double error_of_shape(const curves *all, size_t lag)
{
    if (all->networks < 2) return 0;
    const double shape = all->mean[lag] / all->mean[0];
    double squares = 0;
    for (size_t number = 0; number < all->networks; ++number) {
        const double *values = curve_number(all, number)->values, off = values[lag] - shape * values[0];
        squares += off * off;
    }
    return sqrt(squares / ((double)all->networks * ((double)all->networks - 1.0)));
}

// False when C never falls that far or is gone at the first lag.
static bool find_window(curves *all)
{
    const double zero = all->mean[0], upper = all->odd ? UPPER : UPPER_NOT_ODD;
    const double lower = all->networks > 1 ? LOWER : LOWER_ALONE;
    if (!(zero > 0)) return false;
    size_t lag = 0;
    while (lag < all->count && all->mean[lag] > upper * zero) ++lag;
    all->first = lag;
    while (lag < all->count && all->mean[lag] > fmax(lower * zero, NOISE * error_of_shape(all, lag))) ++lag;
    all->last = lag - 1;
    if (all->first >= all->count || lag < 2) return false;
    // A curve that falls within a few lags is used from the beginning: two points make an exponential.
    while (all->last - all->first + 1 < 4 && all->first > 0) --all->first;
    return all->mean[all->last] < REACH * zero ||
           (all->last + 1 < all->count && all->mean[all->last + 1] < lower * zero);
}

typedef struct {
    double rate, curvature, amplitude, residual;
} tail;

// Curvature is b z^power at the first lag, so that its range does not depend on where that lag is.
static double shape(const curves *all, double rate, double curvature, double lags_after_first)
{
    const double z = exp(-rate * all->step * lags_after_first);
    if (all->odd) return z * (1 + curvature) / (1 + curvature * z * z);
    const double scale = (1 + curvature) / (1 + curvature * z);
    return z * scale * scale;
}

static tail amplitude_for(const curves *all, double rate, double curvature)
{
    double overlap = 0, norm = 0, square = 0;
    for (size_t lag = all->first; lag <= all->last; ++lag) {
        const double model = shape(all, rate, curvature, (double)(lag - all->first));
        overlap += model * all->mean[lag];
        norm += model * model;
        square += all->mean[lag] * all->mean[lag];
    }
    return (tail){rate, curvature, overlap / norm, square - overlap * overlap / norm};
}

typedef tail (*profile)(const curves *all, double fixed, double free);

// Golden section over the last argument of `along`.
static tail smallest_residual(const curves *all, profile along, double fixed, double low, double high)
{
    const double golden = 0.5 * (sqrt(5.0) - 1.0);
    double left = high - golden * (high - low), right = low + golden * (high - low);
    tail at_left = along(all, fixed, left), at_right = along(all, fixed, right);
    for (int i = 0; i < 60; ++i) {
        if (at_left.residual < at_right.residual) {
            high = right, right = left, at_right = at_left;
            left = high - golden * (high - low);
            at_left = along(all, fixed, left);
        } else {
            low = left, left = right, at_left = at_right;
            right = low + golden * (high - low);
            at_right = along(all, fixed, right);
        }
    }
    return at_left.residual < at_right.residual ? at_left : at_right;
}

static tail best_curvature(const curves *all, double unused, double log_rate)
{
    (void)unused;
    const double rate = exp(log_rate);
    if (all->last - all->first + 1 < 5) return amplitude_for(all, rate, 0);
    return smallest_residual(all, amplitude_for, rate, -0.5 * MAX_CURVATURE, MAX_CURVATURE);
}

static tail fit_tail(const curves *all)
{
    const double lags = (double)(all->last - all->first) * all->step;
    const double slope = log(all->mean[all->first] / all->mean[all->last]) / lags;
    if (!(slope > 0)) return (tail){NAN, NAN, NAN, NAN};
    return smallest_residual(all, best_curvature, 0, log(slope / 3), log(slope * 3));
}

static double rate_without(size_t left_out, void *context)
{
    const curves *all = context;
    mean_without(all, left_out);
    return fit_tail(all).rate;
}

// int over one step, from the four points around it: a cubic through their logarithms, or a straight line where the
// curve is low.
static double panel(const curves *all, size_t lag)
{
    const double *values = all->mean, floor = 0.1 * values[0];
    const size_t first = lag == 0 ? 0 : lag + 3 > all->count ? all->count - 4 : lag - 1;
    const double from = values[lag], to = values[lag + 1];
    if (all->count < 4 || values[first + 3] < floor || values[first + 2] < floor)
        return from > 0 && to > 0 && fabs(from - to) > 1e-9 * from ? all->step * (from - to) / log(from / to)
                                                                   : 0.5 * all->step * (from + to);

    static const double node[] = {0.1127016653792583, 0.5, 0.8872983346207417}, weight[] = {5. / 18, 8. / 18, 5. / 18};
    double integral = 0;
    for (int i = 0; i < 3; ++i) {
        const double t = (double)(lag - first) + node[i];
        const double l0 = -(t - 1) * (t - 2) * (t - 3) / 6, l1 = t * (t - 2) * (t - 3) / 2;
        const double l2 = -t * (t - 1) * (t - 3) / 2, l3 = t * (t - 1) * (t - 2) / 6;
        integral += weight[i] * exp(l0 * log(values[first]) + l1 * log(values[first + 1]) +
                                    l2 * log(values[first + 2]) + l3 * log(values[first + 3]));
    }
    return all->step * integral;
}

// Where the tail is lost in noise the lags themselves are summed: all of them, so that no choice hangs on the noise.
static double time_on_lags_without(size_t left_out, void *context)
{
    const curves *all = context;
    mean_without(all, left_out);
    double integral = 0;
    for (size_t lag = 0; lag + 1 < all->count; ++lag)
        integral += 0.5 * all->step * (all->mean[lag] + all->mean[lag + 1]);
    return integral / all->mean[0];
}

static double time_without(size_t left_out, void *context)
{
    const curves *all = context;
    mean_without(all, left_out);
    const tail end = fit_tail(all);
    double integral = 0;
    for (size_t lag = 0; lag < all->last; ++lag) integral += panel(all, lag);
    const double at_last = end.amplitude * shape(all, end.rate, end.curvature, (double)(all->last - all->first));
    return (integral + at_last / end.rate) / all->mean[0];
}

// Nothing is left at the last lag that stands out of its noise.
static bool has_decayed(const curves *all)
{
    const size_t last = all->count - 1;
    return all->networks > 1 && last >= 3 && all->mean[0] > 0 && fabs(all->mean[last]) < 4 * error_of_shape(all, last);
}

static qn_estimate estimate_with(qn_leave_one_out statistic, qn_leave_one_out without_tail, size_t given,
                                 const qn_stationary *const *fields, bool odd)
{
    curves all = {.fields = fields, .given = given, .odd = odd};
    for (size_t i = 0; i < given; ++i) {
        if (!is_there(fields[i])) continue;
        if (all.networks++ == 0 || fields[i]->count < all.count) all.count = fields[i]->count;
        all.step = fields[i]->step;
    }
    qn_estimate result = {NAN, NAN, 0};
    if (all.networks == 0) return result;
    all.mean = malloc(all.count * sizeof *all.mean);
    if (!all.mean) return result;
    mean_without(&all, QN_LEAVE_NONE);
    if (find_window(&all))
        result = qn_jackknife(all.networks, statistic, &all);
    else if (without_tail && has_decayed(&all))
        result = qn_jackknife(all.networks, without_tail, &all);
    free(all.mean);
    return result;
}

qn_estimate qn_decay_rate_of(size_t networks, const qn_stationary *const *fields, bool odd)
{
    return estimate_with(rate_without, NULL, networks, fields, odd);
}

qn_estimate qn_correlation_time_of(size_t networks, const qn_stationary *const *fields, bool odd)
{
    return estimate_with(time_without, time_on_lags_without, networks, fields, odd);
}

double qn_decay_rate(const qn_stationary *field, bool odd) { return qn_decay_rate_of(1, &field, odd).value; }

double qn_correlation_time(const qn_stationary *field, bool odd)
{
    return qn_correlation_time_of(1, &field, odd).value;
}

qn_status qn_autocorrelation_spectrum(const qn_stationary *field, double last_lag, double decay_rate,
                                      double slope_at_zero, qn_spectrum *result)
{
    QN_REQUIRE(isfinite(decay_rate) && decay_rate > 0, QN_BAD_VALUE, "decay_rate is %g; allowed: greater than 0",
               decay_rate);
    const double last = floor(last_lag / field->step + 0.5);
    QN_REQUIRE(last >= 0 && last < (double)field->count, QN_BAD_VALUE, "last_lag is %g; allowed: 0 to %g", last_lag,
               (double)(field->count - 1) * field->step);

    const double more = ceil(35.0 / (decay_rate * field->step)); // exp(-35) is below rounding
    QN_REQUIRE(more < 1e8, QN_BAD_VALUE, "decay_rate is %g; too slow for lags in steps of %g", decay_rate, field->step);
    qn_stationary extended;
    QN_TRY(qn_stationary_create((size_t)last + (size_t)more + 1, field->step, &extended));
    for (size_t lag = 0; lag < extended.count; ++lag) {
        const double beyond = (double)lag - last;
        extended.values[lag] =
            beyond <= 0 ? field->values[lag] : field->values[(size_t)last] * exp(-decay_rate * beyond * field->step);
    }
    const qn_status status =
        qn_stationary_transform(&extended, 2 * (double)(extended.count - 1) * field->step, slope_at_zero, result);
    qn_stationary_clear(&extended);
    return status;
}
