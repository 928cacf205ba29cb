/// Estimates: whatever a simulation measures is a value, its standard error, and the number of independent samples
/// behind it.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double value;
    double standard_error; ///< of the mean over independent samples; NAN with fewer than 2
    size_t samples;        ///< independent networks (NAN samples are left out)
} qn_estimate;

/// Mean and standard error of `count` independent samples; NANs are left out. {NAN, NAN, 0} when none is left.
qn_estimate qn_estimate_of(size_t count, const double *samples);

/// Mean of the numerators over mean of the denominators, one pair per independent sample (pairs with a NAN are left
/// out), with the jackknife error: right when the two are correlated. {NAN, NAN, 0} when no pair is left.
qn_estimate qn_estimate_ratio(size_t count, const double *numerator, const double *denominator);

/// Value at 1/N -> 0 of a + b/N, weighted least squares through estimates at `count` >= 2 different sizes, with
/// propagated error. samples: the total. {NAN, NAN, 0} when fewer than two sizes carry an error bar.
qn_estimate qn_estimate_extrapolate(size_t count, const size_t *sizes, const qn_estimate *estimates);

/// (estimate - theory) / standard_error; NAN when either side is missing.
double qn_estimate_z(const qn_estimate *estimate, double theory);

#ifdef __cplusplus
}
#endif
