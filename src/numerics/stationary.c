#include <quenched/stationary.h>

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/fourier.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double PI = 3.141592653589793238;

static bool is_positive(double value) { return isfinite(value) && value > 0.0; }

qn_status qn_stationary_create(size_t count, double step, qn_stationary *result)
{
    QN_REQUIRE(count > 0, QN_BAD_VALUE, "stationary function: count is 0; at least 1 lag is needed");
    QN_REQUIRE(is_positive(step), QN_BAD_VALUE, "stationary function: step is %g; it must be positive and finite",
               step);
    qn_stationary fresh = {.count = count, .step = step};
    QN_TRY(QN_NEW(&fresh.values, count, "stationary function"));
    *result = fresh;
    return QN_OK;
}

void qn_stationary_clear(qn_stationary *function)
{
    qn_release(function->values);
    *function = (qn_stationary){0};
}

void qn_spectrum_clear(qn_spectrum *spectrum)
{
    qn_release(spectrum->values);
    *spectrum = (qn_spectrum){0};
}

// The polynomial through `count` neighbours of the lag (at most four, all on this side of zero: a function with a cusp
// at zero lag is interpolated as well as a smooth one).
double qn_stationary_at(const qn_stationary *function, double lag)
{
    if (function->count == 0) return 0.0;
    const size_t last = function->count - 1;
    const double place = fabs(lag) / function->step;
    if (!(place <= (double)last * (1.0 + 1e-15))) return isnan(lag) ? NAN : 0.0;
    const size_t points = function->count < 4 ? function->count : 4;
    size_t first = (size_t)place;
    first = first > 0 ? first - 1 : 0;
    if (first + points > function->count) first = function->count - points;

    const double *values = function->values + first;
    const double x = place - (double)first;
    double sum = 0.0;
    for (size_t i = 0; i < points; ++i) {
        double weight = 1.0;
        for (size_t j = 0; j < points; ++j)
            if (j != i) weight *= (x - (double)j) / ((double)i - (double)j);
        sum += weight * values[i];
    }
    return sum;
}

qn_status qn_stationary_transform(const qn_stationary *function, double box, double slope_at_zero, qn_spectrum *result)
{
    QN_REQUIRE(function->count > 0, QN_BAD_VALUE, "transform of an empty stationary function");
    QN_REQUIRE(is_positive(function->step), QN_BAD_VALUE, "transform: step is %g; it must be positive and finite",
               function->step);
    QN_REQUIRE(is_positive(box), QN_BAD_VALUE, "transform: box is %g; it must be positive and finite", box);
    QN_REQUIRE(isfinite(slope_at_zero), QN_BAD_VALUE, "transform: slope_at_zero is %g; it must be finite",
               slope_at_zero);
    const double step = function->step;
    const double wanted = ceil(box / (2.0 * step) * (1.0 - 1e-12));
    const double needed = function->count > 1 ? (double)(function->count - 1) : 1.0;
    QN_REQUIRE(wanted >= needed, QN_BAD_VALUE,
               "transform: box is %g; it must hold the function and its mirror image, at least %g", box,
               2.0 * needed * step);
    QN_REQUIRE(wanted < 1073741824.0, QN_BAD_VALUE, "transform: box is %g, %g steps; at most 2^31 are possible", box,
               2.0 * wanted);
    const size_t intervals = (size_t)wanted;

    double *values;
    QN_TRY(QN_NEW(&values, intervals + 1, "spectrum"));
    memcpy(values, function->values, function->count * sizeof *values);
    const qn_status status = qn_fourier_cosine(intervals, values);
    if (status != QN_OK) {
        qn_release(values);
        return status;
    }
    const double cusp = step * step / 6.0 * slope_at_zero;
    for (size_t k = 0; k <= intervals; ++k) values[k] = step * values[k] + cusp;
    *result = (qn_spectrum){.count = intervals + 1, .step = PI / ((double)intervals * step), .values = values};
    return QN_OK;
}

qn_status qn_spectrum_transform(const qn_spectrum *spectrum, qn_stationary *result)
{
    QN_REQUIRE(spectrum->count > 1, QN_BAD_VALUE, "inverse transform of %zu frequencies; at least 2 are needed",
               spectrum->count);
    QN_REQUIRE(is_positive(spectrum->step), QN_BAD_VALUE,
               "inverse transform: step is %g; it must be positive and finite", spectrum->step);
    const size_t intervals = spectrum->count - 1;
    qn_stationary fresh;
    QN_TRY(qn_stationary_create(spectrum->count, PI / ((double)intervals * spectrum->step), &fresh));
    memcpy(fresh.values, spectrum->values, spectrum->count * sizeof *fresh.values);
    const qn_status status = qn_fourier_cosine(intervals, fresh.values);
    if (status != QN_OK) {
        qn_stationary_clear(&fresh);
        return status;
    }
    for (size_t j = 0; j <= intervals; ++j) fresh.values[j] *= spectrum->step / (2.0 * PI);
    *result = fresh;
    return QN_OK;
}

// Simpson's rule, its last panel of three intervals by the 3/8 rule when their number is odd.
double qn_stationary_integral(const qn_stationary *function)
{
    const double *values = function->values;
    const double step = function->step;
    if (function->count < 2) return 0.0;
    const size_t intervals = function->count - 1;
    if (intervals == 1) return step / 2.0 * (values[0] + values[1]);
    double sum = 0.0;
    size_t done = 0;
    for (; done + 2 <= intervals - (intervals % 2 ? 3 : 0); done += 2)
        sum += step / 3.0 * (values[done] + 4.0 * values[done + 1] + values[done + 2]);
    if (intervals % 2)
        sum += 3.0 * step / 8.0 * (values[done] + 3.0 * values[done + 1] + 3.0 * values[done + 2] + values[done + 3]);
    return sum;
}
