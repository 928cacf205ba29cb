/// The four-point function of one network's activity from its trials, without the bias of finite duration.
///
/// Theta(lag, lag) = (1/N) sum_ij C_ij(lag)^2. A covariance matrix C^a of one trial a has noise in each of its N^2
/// entries, which squares and adds up. Different trials share the couplings and not the noise, so products of different
/// trials' matrices have no such bias (S1 of docs/theory/random-mode.md):
///     Theta = mean over a != b of (1/N) sum_ij C^a_ij C^b_ij
///           = mean over a != b and frames t, t' of (1/N) G_ab(t, t') G_ab(t + lag, t' + lag),
/// G_ab(t, t') = sum_i x_i^a(t) x_i^b(t'): frames x frames numbers per pair, instead of N x N per trial.
#pragma once
#include <quenched/status.h>

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t units, trials, stride; ///< a frame is units x stride, row-major, as of qn_activity
    bool single;                  ///< float frames, else double
    size_t frames;                ///< at most so many will be shown
    size_t lags;                  ///< 0 ... lags - 1, in frames; at least 1
} qn_cross_covariance_layout;

typedef struct qn_cross_covariance qn_cross_covariance;

/// Keeps every frame: 4 units trials frames bytes.
qn_status qn_cross_covariance_create(const qn_cross_covariance_layout *layout, qn_cross_covariance **result);
void qn_cross_covariance_destroy(qn_cross_covariance *covariance);
void qn_cross_covariance_plan(const qn_cross_covariance_layout *layout, qn_memory_plan *plan);

/// Show one more frame.
void qn_cross_covariance_add(qn_cross_covariance *covariance, const void *frame);

typedef struct {
    double variance; ///< (1/N) sum_i C_ii(0), pooled over trials and frames
    double zscored;  ///< Theta(0, 0) of the units divided each by its own pooled standard deviation (1/PR of those)
    double naive;    ///< Theta(0, 0) from single trials: biased upwards by finite duration
} qn_cross_covariance_statistics;

/// Theta(l, l) for every lag into `four_point`. `centre`: subtract every unit's mean pooled over trials and frames (a
/// mean per trial would bias C); without, the mean is known to be 0. All NAN with fewer than 2 used trials or fewer
/// frames than lags. Frames are changed: call once. `zscored` leaves out units that never change.
/// The same bits for any number of threads. Cost: 2 units (trials frames)^2 flops.
qn_status qn_cross_covariance_finish(qn_cross_covariance *covariance, const bool *used, bool centre, double *four_point,
                                     qn_cross_covariance_statistics *statistics);
