/// First passage of the membrane potential from reset to threshold at one frequency: the function psi from which
/// transfer functions and interval statistics follow.
///
/// With y = (V - mean) / noise and s = i omega tau_m, psi is the solution of
///     psi'' / 2 - y psi' = s psi
/// that stays bounded by |y|^(-Re s) as y -> -infinity: psi = exp(y^2 / 2) D_{-s}(-sqrt(2) y). From it the Laplace
/// transform of the first-passage time is psi(reset) / psi(threshold).
#pragma once
#include <quenched/siegert.h>

#include <complex.h>

/// Everything relative to psi at the threshold.
typedef struct {
    double complex s;
    double low, high;          // y of reset and threshold, shift included
    double complex psi_low;    // psi(low)
    double complex slope_low;  // psi'(low)
    double complex slope_high; // psi'(high)
    double complex rise;       // 1 - psi(low), to full relative accuracy
    double complex remaining;  // 1 - exp(-i omega t_ref) psi(low): 1 minus the transform of the intervals
} qn_lif_passage;

/// `frequency` in Hz, above 0. QN_BAD_VALUE as in qn_siegert(), for noise 0 and limits beyond 1000 noise.
qn_status qn_lif_passage_solve(const qn_siegert_neuron *neuron, double mean, double noise, double frequency,
                               qn_lif_passage *passage);

/// Spectrum of a renewal train of rate 1, (15); 1 for a passage that takes forever.
double qn_lif_passage_renewal(const qn_lif_passage *passage);

/// (13), (14): responses of the rate `rate` (1/s) to modulations of mean and noise^2.
double complex qn_lif_passage_by_mean(const qn_lif_passage *passage, double noise, double rate);
double complex qn_lif_passage_by_variance(const qn_lif_passage *passage, double noise, double rate, double shift);
