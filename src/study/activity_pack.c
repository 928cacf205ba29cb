#include "study/activity_pack.h"

#include "base/fail.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

// First the scalars, then for each array its length and a number beside it, then their values one after the other.
static const size_t scalars[] = {
    offsetof(qn_rate_measurement, mean_field),
    offsetof(qn_rate_measurement, mean_rate),
    offsetof(qn_rate_measurement, field_variance),
    offsetof(qn_rate_measurement, rate_variance),
    offsetof(qn_rate_measurement, frozen_variance),
    offsetof(qn_rate_measurement, velocity_variance),
    offsetof(qn_rate_measurement, mean_slope),
    offsetof(qn_rate_measurement, decay_rate),
    offsetof(qn_rate_measurement, correlation_time),
    offsetof(qn_rate_measurement, lyapunov_exponent),
    offsetof(qn_rate_measurement, drift),
    offsetof(qn_rate_measurement, four_point_variance),
    offsetof(qn_rate_measurement, field_four_point_variance),
    offsetof(qn_rate_measurement, zscored_four_point_variance),
    offsetof(qn_rate_measurement, naive_four_point_variance),
    offsetof(qn_rate_measurement, participation_ratio),
    offsetof(qn_rate_measurement, participation_ratio_field),
    offsetof(qn_rate_measurement, participation_ratio_zscored),
    offsetof(qn_rate_measurement, zscored_rate_variance),
    offsetof(qn_rate_measurement, class_zscored_four_point_variance),
    offsetof(qn_rate_measurement, class_zscored_rate_variance),
};
static const size_t whole[] = {
    offsetof(qn_rate_measurement, trials),
    offsetof(qn_rate_measurement, settled_trials),
    offsetof(qn_rate_measurement, cycling_trials),
    offsetof(qn_rate_measurement, bytes),
};
// An array of a measurement: its length follows from a number that is kept beside it, or is it.
typedef struct {
    size_t count;
    double beside; // step of a function, lags of a map
    const double *values;
} series;

enum { FIELD, RATE, FOUR_POINT, RATE_SPECTRUM, FOUR_POINT_SPECTRUM, MAP, COMPONENTS, FUNCTIONS };

static series of_function(const qn_stationary *f) { return (series){f->count, f->step, f->values}; }
static series of_spectrum(const qn_spectrum *f) { return (series){f->count, f->step, f->values}; }

static series series_of(const qn_rate_measurement *m, size_t which)
{
    switch (which) {
    case FIELD: return of_function(&m->field);
    case RATE: return of_function(&m->rate);
    case FOUR_POINT: return of_function(&m->four_point);
    case RATE_SPECTRUM: return of_spectrum(&m->rate_spectrum);
    case FOUR_POINT_SPECTRUM: return of_spectrum(&m->four_point_spectrum);
    case MAP:
        return (series){m->map_lags ? (m->map_lags + 1) * (2 * m->map_lags + 1) : 0, (double)m->map_lags,
                        m->four_point_map};
    default: return (series){m->component_count, 0.0, m->component_variances};
    }
}

static void set_series(qn_rate_measurement *m, size_t which, size_t count, double beside, double *values)
{
    switch (which) {
    case FIELD: m->field = (qn_stationary){count, beside, values}; break;
    case RATE: m->rate = (qn_stationary){count, beside, values}; break;
    case FOUR_POINT: m->four_point = (qn_stationary){count, beside, values}; break;
    case RATE_SPECTRUM: m->rate_spectrum = (qn_spectrum){count, beside, values}; break;
    case FOUR_POINT_SPECTRUM: m->four_point_spectrum = (qn_spectrum){count, beside, values}; break;
    case MAP:
        m->map_lags = (size_t)beside;
        m->four_point_map = values;
        break;
    default: m->component_count = count; m->component_variances = values;
    }
}

enum {
    SCALARS = sizeof scalars / sizeof *scalars,
    WHOLE = sizeof whole / sizeof *whole,
    SHAPES = SCALARS + WHOLE + 1, // 1: diverged
    VALUES = SHAPES + 2 * FUNCTIONS
};

static const void *at(const qn_rate_measurement *m, size_t offset) { return (const char *)m + offset; }

qn_status qn_activity_pack(const qn_rate_measurement *m, size_t *count, double **numbers)
{
    size_t all = VALUES;
    for (size_t f = 0; f < FUNCTIONS; ++f) all += series_of(m, f).count;
    double *out = malloc(all * sizeof *out);
    QN_REQUIRE(out, QN_NO_MEMORY, "no memory for a checkpoint");
    for (size_t i = 0; i < SCALARS; ++i) out[i] = *(const double *)at(m, scalars[i]);
    for (size_t i = 0; i < WHOLE; ++i) out[SCALARS + i] = (double)*(const size_t *)at(m, whole[i]);
    out[SHAPES - 1] = m->diverged;
    double *values = out + VALUES;
    for (size_t f = 0; f < FUNCTIONS; ++f) {
        const series one = series_of(m, f);
        out[SHAPES + 2 * f] = (double)one.count;
        out[SHAPES + 2 * f + 1] = one.beside;
        if (one.count) memcpy(values, one.values, one.count * sizeof *values);
        values += one.count;
    }
    *count = all;
    *numbers = out;
    return QN_OK;
}

bool qn_activity_pack_fits(size_t count, const double *numbers)
{
    if (count < VALUES) return false;
    double all = VALUES;
    for (size_t f = 0; f < FUNCTIONS; ++f) {
        const double length = numbers[SHAPES + 2 * f];
        if (!(length >= 0.0 && length <= (double)count)) return false;
        all += (double)(size_t)length;
    }
    const double lags = numbers[SHAPES + 2 * MAP + 1], map = numbers[SHAPES + 2 * MAP];
    if (map != (lags > 0.0 ? (lags + 1.0) * (2.0 * lags + 1.0) : 0.0)) return false;
    return all == (double)count;
}

static qn_status take_series(const double *numbers, qn_rate_measurement *m)
{
    const double *from = numbers + VALUES;
    for (size_t f = 0; f < FUNCTIONS; ++f) {
        const size_t count = (size_t)numbers[SHAPES + 2 * f];
        double *values = NULL;
        if (!count) continue;
        QN_TRY(QN_NEW(&values, count, "measurements"));
        memcpy(values, from, count * sizeof *values);
        set_series(m, f, count, numbers[SHAPES + 2 * f + 1], values);
        from += count;
    }
    return QN_OK;
}

qn_status qn_activity_unpack(const double *numbers, qn_rate_measurement *measurement)
{
    qn_rate_measurement m = {0};
    for (size_t i = 0; i < SCALARS; ++i) *(double *)(void *)((char *)&m + scalars[i]) = numbers[i];
    for (size_t i = 0; i < WHOLE; ++i) *(size_t *)((char *)&m + whole[i]) = (size_t)numbers[SCALARS + i];
    m.diverged = numbers[SHAPES - 1] != 0.0;
    const qn_status status = take_series(numbers, &m);
    if (status != QN_OK) {
        qn_rate_measurement_clear(&m);
        return status;
    }
    *measurement = m;
    return QN_OK;
}
