/// Streaming statistics of activity: a variable x_i of many units in many trials of one network, and a function
/// phi(x_i) of it.
///
/// Frames are shown one at a time and not kept, but for a few: the present frame is correlated with each of these at
/// the lag they happen to have. Products are summed in double, in an order that does not depend on the number of
/// threads.
///
/// Without finite-time bias: nothing is subtracted frame by frame or trial by trial. The static part is found from
/// products of time averages of different trials, which share the network and nothing else.
#pragma once
#include <quenched/stationary.h>
#include <quenched/status.h>

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/// out[i] = phi(in[i]) for `count` values of the frames' precision.
typedef void (*qn_activity_function)(const void *context, size_t count, const void *in, void *out);

typedef struct {
    size_t units, trials; ///< a frame is units x stride, row-major: unit by unit, trials side by side, 64-byte aligned
    size_t stride;        ///< a multiple of 16, >= trials, at most 1024
    bool single;          ///< float frames, else double
    size_t lags;          ///< 0 ... lags - 1, in frames; >= 1
    size_t frames;        ///< how many will be shown (to tell the first half from the second)
    qn_activity_function function;
    const void *context;
} qn_activity_layout;

typedef struct qn_activity qn_activity;

/// Memory: 2 + 4 frames (fewer for fewer than 5 lags), and O(stride (lags + 64)).
qn_status qn_activity_create(const qn_activity_layout *layout, qn_activity **result);
void qn_activity_destroy(qn_activity *activity);
void qn_activity_plan(const qn_activity_layout *layout, qn_memory_plan *plan);

/// Show one more frame, x and phi(x).
void qn_activity_add(qn_activity *activity, const void *x, const void *phi);

typedef struct {
    double mean_field, mean_rate;
    double field_variance, rate_variance; ///< in time: second moment minus what is static
    double frozen_variance;               ///< variance over units of the time average of x
    double drift;              ///< (second half - first half) / mean of the second moment of x about its mean
    qn_stationary field, rate; ///< C(lag), step 1: the caller knows the time between frames
} qn_activity_statistics;

/// Averages over the trials with `used[trial]`. With a single one the static part is the product of its own time
/// average with itself, which makes the variances too low by a factor 1 - 2 correlation_time / duration. All NAN when
/// there is none or no frame. Free field and rate with qn_stationary_clear().
qn_status qn_activity_finish(const qn_activity *activity, const bool *used, qn_activity_statistics *result);
