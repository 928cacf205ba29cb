#include <quenched/time_scales.h>

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>

static const double MS_PER_S = 1000;

double qn_spectral_time_scale(const qn_spectrum *spectrum, double rate)
{
    size_t k = 0;
    while (k < spectrum->count && isnan(spectrum->values[k])) ++k;
    if (k >= spectrum->count) return NAN;
    const double half = fabs(spectrum->values[k] - rate) / 2;
    double before = 2 * half;
    for (++k; k < spectrum->count && half > 0; ++k) {
        const double now = fabs(spectrum->values[k] - rate);
        if (now <= half) return MS_PER_S / (spectrum->step * ((double)k - (half - now) / (before - now)));
        before = now;
    }
    return NAN;
}

// Integral over the curve, of itself or of its square.
static qn_status integral_of(const qn_stationary *curve, bool squared, double *integral)
{
    qn_stationary integrand;
    QN_TRY(qn_stationary_create(curve->count, curve->step, &integrand));
    for (size_t l = 0; l < curve->count; ++l) {
        const double part = curve->values[l] / curve->values[0];
        integrand.values[l] = squared ? part * part : part;
    }
    *integral = qn_stationary_integral(&integrand);
    qn_stationary_clear(&integrand);
    return QN_OK;
}

typedef struct {
    const double *values; // from the first lag of the fit
    size_t count;
    double step; // ms
    bool offset;
} window;

// What is left of the sum of squares at the best amplitude and offset for this time constant.
static double residual(const window *w, double log_tau)
{
    const double decay = exp(-w->step / exp(log_tau)), n = (double)w->count;
    double model = 1, m = 0, mm = 0, v = 0, vv = 0, mv = 0;
    for (size_t l = 0; l < w->count; ++l, model *= decay) {
        m += model, mm += model * model;
        v += w->values[l], vv += w->values[l] * w->values[l];
        mv += model * w->values[l];
    }
    if (w->offset) mm -= m * m / n, vv -= v * v / n, mv -= m * v / n;
    return vv - mv * mv / mm;
}

static double smallest(const window *w, double low, double high)
{
    const double golden = 0.5 * (sqrt(5.0) - 1.0);
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = residual(w, left), at_right = residual(w, right);
    for (int i = 0; i < 60; ++i) {
        if (at_left < at_right) {
            high = right, right = left, at_right = at_left;
            left = high - golden * (high - low);
            at_left = residual(w, left);
        } else {
            low = left, left = right, at_left = at_right;
            right = low + golden * (high - low);
            at_right = residual(w, right);
        }
    }
    return 0.5 * (low + high);
}

// A scan finds the lowest of several minima, golden section the minimum.
static double fitted_time(const window *w)
{
    enum { POINTS = 64 };
    const double low = log(0.5 * w->step), high = log(10 * (double)(w->count - 1) * w->step);
    const double spacing = (high - low) / (POINTS - 1);
    size_t best = 0;
    double lowest = residual(w, low);
    for (size_t p = 1; p < POINTS; ++p) {
        const double here = residual(w, low + (double)p * spacing);
        if (here < lowest) lowest = here, best = p;
    }
    if (best == 0 || best == POINTS - 1) return NAN;
    return exp(smallest(w, low + ((double)best - 1) * spacing, low + ((double)best + 1) * spacing));
}

static qn_status window_of(const qn_stationary *curve, const qn_time_scale_options *options, window *w)
{
    const double step = curve->step * MS_PER_S;
    size_t first = 1, last = curve->count - 1;
    for (size_t l = 1; l < curve->count && curve->values[0] < 0; ++l)
        if (curve->values[l] > curve->values[first]) first = l;
    if (options->fit_from > 0) first = (size_t)fmin(ceil(options->fit_from / step * (1 - 1e-12)), 1e9);
    if (options->fit_to > 0) last = (size_t)fmin(floor(options->fit_to / step * (1 + 1e-12)), (double)last);
    const size_t needed = options->offset ? 4 : 3;
    // A trough that the curve never leaves is no error of the caller's: there is nothing to fit.
    const bool chosen = options->fit_from > 0 || options->fit_to > 0;
    const bool enough = last + 1 >= first + needed;
    QN_REQUIRE(enough || (!chosen && curve->values[0] < 0), QN_BAD_VALUE,
               "exponential fit from lag %g to %g ms has fewer than %zu of the curve's lags, %g ms apart up to %g ms",
               (double)first * step, (double)last * step, needed, step, (double)(curve->count - 1) * step);
    *w = (window){.values = curve->values + first,
                  .count = enough ? last + 1 - first : 0,
                  .step = step,
                  .offset = options->offset};
    return QN_OK;
}

static qn_status spectral_scale(const qn_stationary *curve, double *scale)
{
    // Padded, so that frequencies are close enough to interpolate between.
    const double box = 64 * (double)(curve->count - 1) * curve->step;
    qn_spectrum spectrum;
    QN_TRY(qn_stationary_transform(curve, box, 0, &spectrum));
    *scale = qn_spectral_time_scale(&spectrum, 0);
    qn_spectrum_clear(&spectrum);
    return QN_OK;
}

qn_status qn_time_scales_of(const qn_stationary *autocovariance, const qn_time_scale_options *options,
                            qn_time_scales *result)
{
    const qn_time_scale_options chosen = options ? *options : (qn_time_scale_options){0};
    QN_REQUIRE(autocovariance->count >= 2, QN_BAD_VALUE, "autocovariance of %zu lags; at least 2 are needed",
               autocovariance->count);
    QN_REQUIRE(chosen.fit_from >= 0 && chosen.fit_to >= 0, QN_BAD_VALUE,
               "exponential fit from lag %g to %g ms; they must not be negative", chosen.fit_from, chosen.fit_to);
    const double zero = autocovariance->values[0];
    qn_time_scales found = {zero, zero < 0, NAN, NAN, NAN, NAN};
    window w;
    QN_TRY(window_of(autocovariance, &chosen, &w));
    if (isfinite(zero) && zero != 0) {
        double squared, integral;
        QN_TRY(integral_of(autocovariance, true, &squared));
        QN_TRY(integral_of(autocovariance, false, &integral));
        QN_TRY(spectral_scale(autocovariance, &found.spectral));
        found.squared = 2 * squared * MS_PER_S;
        found.integral = integral * MS_PER_S;
        if (w.count > 0) found.fit = fitted_time(&w);
    }
    *result = found;
    return QN_OK;
}
