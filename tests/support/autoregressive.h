/// Recorded activity whose covariances are known: sources u_m, stationary, first-order autoregressive and independent,
/// reach the units with weights and delays of their own, y_i(t) = sum_m weight_im u_m(t - delay_i).
#pragma once
#include "testing.h"

#include "observables/cross_covariance.h"

#include <stdlib.h>

enum { SOURCES = 5, LONGEST_DELAY = 3 };

static const double SOURCE_REGRESSION[SOURCES] = {0.9, 0.7, 0.5, 0.3, 0.0};

static inline size_t delay_of(size_t unit) { return unit % 4 == 1 ? 2 : unit % 7 == 3 ? LONGEST_DELAY : 0; }

static inline double weight_of(size_t unit, size_t source)
{
    return unit % SOURCES == source ? 1.0 : unit % 3 == source ? 0.6 : 0.0;
}

/// C_ij(lag) = <y_i(t) y_j(t + lag)>.
static inline double lagged_covariance(size_t i, size_t j, long lag)
{
    const long apart = labs(lag + (long)delay_of(i) - (long)delay_of(j));
    double sum = 0;
    for (size_t m = 0; m < SOURCES; ++m) {
        const double regression = SOURCE_REGRESSION[m], both = weight_of(i, m) * weight_of(j, m);
        if (both != 0) sum += both * (apart == 0 ? 1 : pow(regression, (double)apart));
    }
    return sum;
}

static inline qn_activity_record autoregressive_record(qn_cross_covariance_layout layout, uint64_t index)
{
    const qn_stream stream = {.seed = 8, .purpose = QN_PURPOSE_TEST, .index = index};
    const size_t length = layout.frames + LONGEST_DELAY;
    qn_activity_record record;
    assert_ok(qn_activity_record_create(&layout, &record));
    double *u = malloc(SOURCES * length * sizeof *u);
    assert_non_null(u);
    for (size_t a = 0; a < layout.trials; ++a) {
        qn_normal(&stream, a * SOURCES * length, SOURCES * length, u);
        for (size_t m = 0; m < SOURCES; ++m)
            for (size_t t = 1; t < length; ++t) {
                const double regression = SOURCE_REGRESSION[m];
                u[m * length + t] =
                    regression * u[m * length + t - 1] + sqrt(1 - regression * regression) * u[m * length + t];
            }
        for (size_t t = 0; t < layout.frames; ++t)
            for (size_t i = 0; i < layout.units; ++i) {
                double sum = 0;
                for (size_t m = 0; m < SOURCES; ++m)
                    sum += weight_of(i, m) * u[m * length + t + LONGEST_DELAY - delay_of(i)];
                record.values[(a * layout.frames + t) * layout.units + i] = (float)sum;
            }
    }
    record.recorded = layout.frames;
    free(u);
    return record;
}
