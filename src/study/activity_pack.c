#include "study/activity_pack.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

// First the scalars, then for each function of lag its count and its step, then their values one after the other.
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
static const size_t functions[] = {
    offsetof(qn_rate_measurement, field),
    offsetof(qn_rate_measurement, rate),
    offsetof(qn_rate_measurement, four_point),
};

enum {
    SCALARS = sizeof scalars / sizeof *scalars,
    WHOLE = sizeof whole / sizeof *whole,
    FUNCTIONS = sizeof functions / sizeof *functions,
    SHAPES = SCALARS + WHOLE + 1, // 1: diverged
    VALUES = SHAPES + 2 * FUNCTIONS
};

static const void *at(const qn_rate_measurement *m, size_t offset) { return (const char *)m + offset; }

qn_status qn_activity_pack(const qn_rate_measurement *m, size_t *count, double **numbers)
{
    size_t all = VALUES;
    for (size_t f = 0; f < FUNCTIONS; ++f) all += ((const qn_stationary *)at(m, functions[f]))->count;
    double *out = malloc(all * sizeof *out);
    QN_REQUIRE(out, QN_NO_MEMORY, "no memory for a checkpoint");
    for (size_t i = 0; i < SCALARS; ++i) out[i] = *(const double *)at(m, scalars[i]);
    for (size_t i = 0; i < WHOLE; ++i) out[SCALARS + i] = (double)*(const size_t *)at(m, whole[i]);
    out[SHAPES - 1] = m->diverged;
    double *values = out + VALUES;
    for (size_t f = 0; f < FUNCTIONS; ++f) {
        const qn_stationary *function = at(m, functions[f]);
        out[SHAPES + 2 * f] = (double)function->count;
        out[SHAPES + 2 * f + 1] = function->step;
        if (function->count) memcpy(values, function->values, function->count * sizeof *values);
        values += function->count;
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
    return all == (double)count;
}

static qn_status take_functions(const double *numbers, qn_rate_measurement *m)
{
    const double *values = numbers + VALUES;
    for (size_t f = 0; f < FUNCTIONS; ++f) {
        const size_t count = (size_t)numbers[SHAPES + 2 * f];
        qn_stationary *function = (qn_stationary *)((char *)m + functions[f]);
        if (!count) continue;
        QN_TRY(qn_stationary_create(count, numbers[SHAPES + 2 * f + 1], function));
        memcpy(function->values, values, count * sizeof *values);
        values += count;
    }
    return QN_OK;
}

qn_status qn_activity_unpack(const double *numbers, qn_rate_measurement *measurement)
{
    qn_rate_measurement m = {0};
    for (size_t i = 0; i < SCALARS; ++i) *(double *)((char *)&m + scalars[i]) = numbers[i];
    for (size_t i = 0; i < WHOLE; ++i) *(size_t *)((char *)&m + whole[i]) = (size_t)numbers[SCALARS + i];
    m.diverged = numbers[SHAPES - 1] != 0.0;
    const qn_status status = take_functions(numbers, &m);
    if (status != QN_OK) {
        qn_rate_measurement_clear(&m);
        return status;
    }
    *measurement = m;
    return QN_OK;
}
