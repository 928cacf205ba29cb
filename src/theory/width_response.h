/// What a unit's own fluctuation does to it later, through weights used again: the average of r in equation (18) of
/// docs/theory/gaussian-processes.md, point by point of a sample.
///
/// r_p = sum_q d Cov(f_p, f_q)[R_q] is the average over h of
///     d f_p along dK = g^2 X,  X = R (f - <f>),
/// for the other terms vanish point by point: R_q moves only kernels of times later than q, on which f_q does not
/// depend. In the average, that derivative is either
/// - by Price's theorem (1958), d<F>/dK_st = <d_s d_t F>, with second derivatives of phi where s = t: no inverse,
/// little
///   noise; or, where phi has kinks,
/// - along the path, dh = dL z for h = L z: first derivatives only.
#pragma once
#include "theory/width_expansion.h"

typedef struct {
    const qn_width_expansion *expansion;
    const qn_transfer *activation;
    const double *factor; // L, not owned
    double *reply;        // smooth phi: of s to r and t, g^2 R[{s-, r-}, {r, t}], twice for r = t; S x S x S
} qn_width_response;

/// One sample: h = L z, phi and its slopes, X; all of S values, X of the pairs.
typedef struct {
    const double *z, *h, *value, *slope, *x;
} qn_width_sample;

/// QN_NO_SOLUTION where phi has kinks and the kernel is singular at a time after the first.
qn_status qn_width_response_prepare(const qn_width_expansion *expansion, const qn_transfer *activation,
                                    const double *factor, qn_width_response *response);
void qn_width_response_clear(qn_width_response *response);

/// Add the sample's r to `sum`, one for each pair. `scratch`: 2 S (S + 1) values, zeros before the first call.
void qn_width_response_add(const qn_width_response *response, const qn_width_sample *sample, double *scratch,
                           double *sum);
