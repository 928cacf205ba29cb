/// Four-point function of recorded activity y_i (trial a, frame t), without the bias of finite duration: products of
/// covariances of different trials, which share the network and nothing else.
///
///     C^a_ij(l) = sum_t y^a_i(t) y^a_j(t + l) / (K - l),
///     Theta(l, l) = sum_{a != b} sum_ij C^a_ij(l) C^b_ij(l) / (R (R - 1) N)
///
/// for N units, R trials, K frames. The same number is N times the mean over pairs of trials and of times of the
/// product of two overlaps Q_ab(t, t') Q_ab(t + l, t' + l), Q_ab(t, t') = y^a(t) . y^b(t') / N, which is cheaper when
/// R K is less than N.
#pragma once
#include <quenched/status.h>

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    QN_CROSS_COVARIANCE_AUTOMATIC = 0, ///< what takes fewer operations
    QN_CROSS_COVARIANCE_OF_UNITS,      ///< 2 R K N^2 operations per lag, half of that for lag 0
    QN_CROSS_COVARIANCE_OF_TIMES       ///< R^2 K^2 N operations, any number of lags
} qn_cross_covariance_method;

typedef struct {
    size_t units, trials, frames; ///< frames: at most this many are recorded
    size_t lags;                  ///< 0 ... lags - 1, in frames; 1 to frames
    qn_cross_covariance_method method;
} qn_cross_covariance_layout;

/// Recorded activity, trials x frames x units floats.
typedef struct {
    qn_cross_covariance_layout layout;
    size_t recorded; ///< frames
    float *values;
} qn_activity_record;

/// What the record and the measurements from it take.
void qn_activity_record_plan(const qn_cross_covariance_layout *layout, qn_memory_plan *plan);
qn_status qn_activity_record_create(const qn_cross_covariance_layout *layout, qn_activity_record *result);
void qn_activity_record_clear(qn_activity_record *record);

/// Frame number `frame` of a trial: units values.
const float *qn_activity_record_frame(const qn_activity_record *record, size_t trial, size_t frame);

/// The used trials, increasing, into `list` (layout.trials of them at most). @return how many.
size_t qn_activity_record_used(const qn_activity_record *record, const bool *used, size_t *list);

/// Keep one more frame: units x stride, row-major, trials side by side, float when `single`, else double. Frames beyond
/// those of the layout are ignored.
void qn_activity_record_add(qn_activity_record *record, const void *frame, size_t stride, bool single);

/// Subtract each unit's mean over all used trials and frames. (Not the mean of each trial: that takes off part of the
/// slow fluctuations.) What is left of the bias is a factor 1 - O(correlation time / (trials * duration)).
void qn_activity_record_centre(qn_activity_record *record, const bool *used);

/// Divide each unit by its root mean square over all used trials and frames; a unit that is always 0 stays so.
void qn_activity_record_standardise(qn_activity_record *record, const bool *used);

/// Divide each unit by the root mean square of all units of its class, over used trials and frames.
/// @param[in]  unit_class  layout.units values below `classes`
qn_status qn_activity_record_standardise_classes(qn_activity_record *record, const bool *used, size_t classes,
                                                 const size_t *unit_class);

/// Theta(l, l) for l = 0 ... lags - 1, from the trials with `used[trial]`.
/// @param[out] four_point  layout.lags values
/// @param[out] naive       NULL or mean over trials of sum_ij C^a_ij(0)^2 / N: too high by about (N / duration) int
///                         C(lag)^2 dlag
/// @return QN_BAD_VALUE for fewer than two used trials or no more frames than the last lag; QN_NO_MEMORY
/// Products in single precision, sums of them in double; same bits for any number of threads.
qn_status qn_cross_covariance(const qn_activity_record *record, const bool *used, double *four_point, double *naive);

/// Mean of y^2 over used trials, frames and units.
double qn_activity_record_mean_square(const qn_activity_record *record, const bool *used);
