/// Running mean and central moments, up to the fourth, of many elements over realisations, one after the other: stable
/// (Pebay 2008), and a function of the order of realisations only.
#pragma once
#include <quenched/estimate.h>
#include <quenched/status.h>

#include <stddef.h>

typedef struct {
    size_t elements, samples;
    double *mean, *second, *third, *fourth; ///< sums of powers of deviations from the mean, but for the mean
} qn_wide_moments;

qn_status qn_wide_moments_create(size_t elements, qn_wide_moments *moments);
void qn_wide_moments_clear(qn_wide_moments *moments);

/// Add `count` realisations, one row of `elements` numbers each. Elements are dealt to threads.
void qn_wide_moments_add(qn_wide_moments *moments, size_t count, const double *values);

/// Mean, with error sqrt(var / R); variance (unbiased), with error sqrt((m4 - var^2) / R); m4. NAN of one realisation
/// but for the mean.
qn_estimate qn_wide_moments_mean(const qn_wide_moments *moments, size_t element);
qn_estimate qn_wide_moments_variance(const qn_wide_moments *moments, size_t element);
double qn_wide_moments_fourth(const qn_wide_moments *moments, size_t element);
