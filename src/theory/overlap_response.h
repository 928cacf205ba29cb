/// Causal responses as sums of exponentials: S(lag) = sum_j s_j exp(-p_j lag), p_j fixed rates a factor 1.6 apart.
///
/// Noise of a Monte-Carlo estimate is smoothed by it, and a memory kernel in that form costs as many auxiliary
/// variables, however long it is.
#pragma once
#include "theory/overlap_law.h"
#include "theory/overlap_paths_kernel.h"

#include <quenched/stationary.h>

double qn_overlap_rate(size_t j);

/// S(omega) and S(lag), lag >= 0.
double complex qn_overlap_response_at(const double *coefficients, double omega);
double qn_overlap_response_after(const double *coefficients, double lag);

/// Weighted least squares for the coefficients.
typedef struct {
    double matrix[QN_OVERLAP_RATES * QN_OVERLAP_RATES], right[QN_OVERLAP_RATES];
} qn_overlap_fit;
void qn_overlap_fit_add(qn_overlap_fit *fit, double omega, double complex value, double weight);
/// The value just after the kick, S(0+).
void qn_overlap_fit_start(qn_overlap_fit *fit, double value, double weight);
/// `ridge` > 0 is added to the diagonal; rates before number `first` are left out. `fit` is overwritten.
qn_status qn_overlap_fit_solve(qn_overlap_fit *fit, double ridge, size_t first, double *coefficients);

/// Weights of the exponentials of K(lag) - K0 delta(lag) for the response with `coefficients`; *missed is the largest
/// error at any frequency, over K(0). Rates before number `first` are left out.
qn_status qn_overlap_memory_of(const qn_overlap_law *law, const double *coefficients, size_t first, double *weights,
                               double *missed);
