/// The four-point function of a network of unit classes (E11), at a pair of frequencies and at zero lags.
#pragma once
#include "theory/class_motion.h"

/// Analysis weights u_k: 1 for raw rates, 1 / sqrt(C_k(0)) for z-scored ones.
typedef struct {
    double independent; ///< psi_u, whatever the modes
    double ranked;      ///< what 1/PR^D multiplies
} qn_class_pair;

/// psi_u(omega1, omega2) = Theta_u - <u^4 C_k C_k>, from the classes' spectra at the two frequencies; `square` holds
/// u_k^2.
qn_class_pair qn_class_four_point_pair(const qn_unit_classes *units, const double *slope, const double *square,
                                       double first_frequency, double second_frequency, const double *first,
                                       const double *second);

/// 1/PR_u = intercept + slope / PR^D, and Theta_u(0, 0) = size (intercept + slope / PR^D).
typedef struct {
    double intercept, slope, size;
} qn_class_dimension;

/// Cost: (frequencies)^2, some hundred each, times classes.
qn_status qn_class_four_point(const qn_unit_classes *units, const qn_class_motion *motion, qn_class_dimension *raw,
                              qn_class_dimension *zscored);
