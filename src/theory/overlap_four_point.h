/// Equation (E15) before its imaginary part, which is rounding, is dropped.
#pragma once
#include <quenched/overlap_four_point.h>

#include <complex.h>

/// Averages over modes, with t_n = D / (1 - rho D G_n) and G = S(omega1), its conjugate, conj S(omega2), S(omega2).
typedef struct {
    double complex r23, r14; ///< <t2 t3>, <t1 t4>
    double complex a13, a24; ///< <rho^2 t1 t3>, <rho^2 t2 t4>
    double complex b13, b24; ///< <rho t1 t2 t3>, <rho t2 t3 t4>
    double complex c1, c2;   ///< <rho t1 t2 t4>, <rho t1 t3 t4>
    double complex d;        ///< <t1 t2 t3 t4>
} qn_overlap_averages;

qn_overlap_averages qn_overlap_averages_of(size_t count, const qn_overlapping_modes *modes, double complex first,
                                           double complex second);

/// t = D / (1 - rho D S) of a mode, and the averages from t_1 and t_4 of every mode.
double complex qn_overlap_dressed(const qn_overlapping_modes *mode, double complex response);
qn_overlap_averages qn_overlap_averages_from(size_t count, const qn_overlapping_modes *modes,
                                             const double complex *first, const double complex *second);

qn_overlap_averages qn_elliptic_averages(double strength, double symmetry);

/// Theta(omega1, omega2) with S(omega1) = first and S(omega2) = second.
double complex qn_overlap_theta(const qn_overlap_averages *average, double complex first, double complex second,
                                double first_power, double second_power);
