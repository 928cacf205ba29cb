/// Cross-spectra of recorded activity y_i (trial a, frame t), and the squared norm of their matrix without the bias of
/// finite duration: products of different trials only.
///
///     y^a_i(omega; s) = sum_t w(t) y^a_i(s + t) exp(-i omega t),
///     C^a_ij(omega) = interval / (sum_t w(t)^2) <conj(y^a_i(omega; s)) y^a_j(omega; s)>_s,
///     C(omega) = (1/N) sum_i C_ii(omega),     Theta(omega, -omega) = (1/N) <sum_ij C^a_ij(omega) conj(C^b_ij(omega))>
///
/// over segments s of each trial, half overlapping, under a Hann taper w, and over pairs of different trials a, b.
///
/// A taper smooths what it shows over some 9 / (segment interval), and a steep spectrum then fills its own flank with
/// what belongs to slower, lower-dimensional fluctuations. So y is whitened first, by one prediction-error filter for
/// all units, sum_k a_k y(t - k), made from their mean autocorrelation, and the filter's |H(omega)|^2 divided out: that
/// leaves every dimension as it is, since it multiplies all C_ij(omega) alike. What remains:
/// - a dip or rise of the dimension narrower than 9 / (segment interval) is smoothed out;
/// - folding: what is faster than pi / interval comes in from above. Only the lower half of the frames' own frequencies
///   is given;
/// - at a distance d the taper passes less than (segment interval d / 6)^-6 of the (whitened) power.
#pragma once
#include <quenched/stationary.h>

#include "observables/cross_covariance.h"

enum { QN_MOST_WHITENING = 16 }; ///< largest order

/// What it takes beside the record. `segment` in frames, 1 to layout.frames; it is lengthened where that spares work.
void qn_cross_spectrum_plan(const qn_cross_covariance_layout *layout, size_t segment, qn_memory_plan *plan);

/// @param[in]  autocorrelation  mean over units at lags of 0 ... order frames, for the filter; NULL: no whitening
/// @param[in]  order     below `segment`; 0: none
/// @param[in]  interval  between frames
/// @param[out] power, four_point  C(omega) and Theta(omega, -omega) at 0, 2 pi / (segment interval), ... up to a
/// quarter
///                                of 2 pi / interval; free with qn_spectrum_clear(); untouched on error
/// @return QN_BAD_VALUE for fewer than two used trials, a segment longer than the record or a filter longer than the
/// segment; QN_NO_MEMORY
/// Cost per frequency: 4 N M^2 flops for M segments of all trials together. Single precision, sums in double; the same
/// bits for any number of threads.
qn_status qn_cross_spectrum(const qn_activity_record *record, const bool *used, size_t segment, double interval,
                            size_t order, const double *autocorrelation, qn_spectrum *power, qn_spectrum *four_point);
