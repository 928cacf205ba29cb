/// The four-point function of a network of unit classes (E11).
#pragma once
#include "theory/class_motion.h"

/// Analysis weights u_k: 1 for raw rates, 1 / sqrt(C_k(0)) for z-scored ones.
typedef struct {
    double independent; ///< psi_u, whatever the modes
    double ranked;      ///< what 1/PR^D multiplies
} qn_class_pair;

/// Of what units send, v_k phi(x_k): its power v_k^2 C_k, its response v_k S_k. With output gains the functions of
/// pairs below take these, and square = u_k^2 / v_k^2 undoes the gain in what is analysed.

/// psi_u(omega1, omega2) = Theta_u - <u^4 C_k C_k>, from the classes' spectra at the two frequencies; `square` holds
/// u_k^2.
qn_class_pair qn_class_four_point_pair(const qn_unit_classes *units, const double *slope, const double *square,
                                       double first_frequency, double second_frequency, const double *first,
                                       const double *second);

/// psi^x of the fields, with w the gains and C^h_k = w_k^2 g^2 <C> + 2 sigma^2 the power of a unit's input:
///     (1 + omega1^2)(1 + omega2^2) Theta^x = <C^h_k C^h_k> + 2 Re[Y <S_k S_k C^h_k C^h_k / w_k^2>]
///                                            + |Y|^2 (<C_k C_k> + <C_k><C_k> / PR^D),   Y = g^2 <w^2> / (1 - g^2 <S
///                                            S>).
/// An input is correlated with another's because it drives it (Y S S), or because both listen to the same units (Y Y).
/// With one class this is (E8).
qn_class_pair qn_class_field_pair(const qn_unit_classes *units, const double *slope, double first_frequency,
                                  double second_frequency, const double *first, const double *second);

/// 1/PR_u = intercept + slope / PR^D, and Theta_u(0, 0) = size (intercept + slope / PR^D).
typedef struct {
    double intercept, slope, size;
} qn_class_dimension;

typedef struct {
    qn_class_dimension raw, zscored, field;
} qn_class_dimensions;

/// Cost: (frequencies)^2, some hundred each, times classes.
qn_status qn_class_four_point(const qn_unit_classes *units, const qn_class_motion *motion, qn_class_dimensions *result);

/// out[i] = Theta(first_lag[i], second_lag[i]) of raw rates.
qn_status qn_class_four_point_at_lags(const qn_unit_classes *units, const qn_class_motion *motion,
                                      double inverse_effective_rank, size_t count, const double *first_lag,
                                      const double *second_lag, double *out);

/// out[i] = <C_k>^2 / Theta(omega, -omega) at frequency[i], of raw rates.
qn_status qn_class_frequency_dimension(const qn_unit_classes *units, const qn_class_motion *motion,
                                       double inverse_effective_rank, size_t count, const double *frequency,
                                       double *out);
