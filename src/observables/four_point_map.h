/// The four-point function of recorded activity at two lags of either sign, without the bias of finite duration:
///
///     Theta(l, l') = sum_{a != b} sum_ij C^a_ij(l) C^b_ij(l') / (R (R - 1) N),
///
/// with the covariances of cross_covariance.h, C_ij(-l) = C_ji(l). Exactly Theta(l, l') = Theta(l', l) =
/// Theta(-l, -l').
#pragma once
#include "observables/cross_covariance.h"

/// What it takes beside the record, for lags up to `lags` frames.
void qn_four_point_map_plan(const qn_cross_covariance_layout *layout, size_t lags, qn_memory_plan *plan);

/// @param[in]  lags  1 to recorded frames - 1
/// @param[out] map   (lags + 1) x (2 lags + 1) values: row l = 0 ... lags, column l' = -lags ... lags
/// @return QN_BAD_VALUE for fewer than two used trials or lags beyond the record; QN_NO_MEMORY
/// Cost: the least of 4 R K N^2 lags flops and R^2 K^2 (N + 2 lags^2). Single precision, sums in double; the same bits
/// for any number of threads.
qn_status qn_four_point_map(const qn_activity_record *record, const bool *used, size_t lags, double *map);
