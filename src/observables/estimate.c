#include "observables/jackknife.h"

#include <math.h>

qn_estimate qn_estimate_of(size_t count, const double *samples)
{
    qn_estimate result = {NAN, NAN, 0};
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
        if (!isnan(samples[i])) sum += samples[i], ++result.samples;
    if (result.samples == 0) return result;

    result.value = sum / (double)result.samples;
    if (result.samples < 2) return result;
    double squares = 0;
    for (size_t i = 0; i < count; ++i)
        if (!isnan(samples[i])) squares += (samples[i] - result.value) * (samples[i] - result.value);
    result.standard_error = sqrt(squares / ((double)result.samples * ((double)result.samples - 1.0)));
    return result;
}

typedef struct {
    const double *numerator, *denominator;
    size_t count;
} ratio;

static double ratio_without(size_t left_out, void *context)
{
    const ratio *r = context;
    double above = 0, below = 0;
    for (size_t i = 0; i < r->count; ++i) {
        if (i == left_out || isnan(r->numerator[i]) || isnan(r->denominator[i])) continue;
        above += r->numerator[i];
        below += r->denominator[i];
    }
    return above / below;
}

qn_estimate qn_estimate_ratio(size_t count, const double *numerator, const double *denominator)
{
    // Samples with a missing side would enter the jackknife as leaving nothing out: find the complete ones first.
    size_t complete = 0, first = QN_LEAVE_NONE;
    double mean = 0, squares = 0;
    ratio all = {numerator, denominator, count};
    for (size_t i = 0; i < count; ++i) {
        if (isnan(numerator[i]) || isnan(denominator[i])) continue;
        if (first == QN_LEAVE_NONE) first = i;
        mean += ratio_without(i, &all);
        ++complete;
    }
    if (complete == 0) return (qn_estimate){NAN, NAN, 0};
    const double value = ratio_without(QN_LEAVE_NONE, &all);
    if (complete < 2) return (qn_estimate){value, NAN, complete};
    mean /= (double)complete;
    for (size_t i = first; i < count; ++i) {
        if (isnan(numerator[i]) || isnan(denominator[i])) continue;
        const double off = ratio_without(i, &all) - mean;
        squares += off * off;
    }
    return (qn_estimate){value, sqrt(squares * ((double)complete - 1.0) / (double)complete), complete};
}

qn_estimate qn_jackknife(size_t count, qn_leave_one_out statistic, void *context)
{
    if (count == 0) return (qn_estimate){NAN, NAN, 0};
    const double value = statistic(QN_LEAVE_NONE, context);
    if (isnan(value)) return (qn_estimate){NAN, NAN, 0};
    if (count < 2) return (qn_estimate){value, NAN, count};

    double mean = 0, squares = 0; // Welford, so that no array of `count` values is needed
    for (size_t i = 0; i < count; ++i) {
        const double sample = statistic(i, context), off = sample - mean;
        mean += off / (double)(i + 1);
        squares += off * (sample - mean);
    }
    return (qn_estimate){value, sqrt(squares * ((double)count - 1.0) / (double)count), count};
}

qn_estimate qn_estimate_extrapolate(size_t count, const size_t *sizes, const qn_estimate *estimates)
{
    // Weighted straight line in u = 1/N: with weights w, a = (Suu Sy - Su Suy) / D, var a = Suu / D, D = S Suu - Su^2.
    double s = 0, su = 0, suu = 0, sy = 0, suy = 0;
    size_t samples = 0, first_size = 0;
    int different = 0;
    for (size_t i = 0; i < count; ++i) {
        const double error = estimates[i].standard_error;
        if (!(error > 0) || !isfinite(error) || !isfinite(estimates[i].value) || sizes[i] == 0) continue;
        const double weight = 1.0 / (error * error), u = 1.0 / (double)sizes[i];
        s += weight, su += weight * u, suu += weight * u * u;
        sy += weight * estimates[i].value, suy += weight * u * estimates[i].value;
        samples += estimates[i].samples;
        if (first_size == 0) first_size = sizes[i];
        different |= sizes[i] != first_size;
    }
    if (!different) return (qn_estimate){NAN, NAN, 0};
    const double determinant = s * suu - su * su;
    return (qn_estimate){(suu * sy - su * suy) / determinant, sqrt(suu / determinant), samples};
}

double qn_estimate_z(const qn_estimate *estimate, double theory)
{
    return (estimate->value - theory) / estimate->standard_error;
}
