/// Units by their static fields ("Means that do not vanish" in docs/theory/random-mode.md): every unit then has its own
/// static field mu + sqrt(Dinf) z, z standard normal, and fluctuates about it with the autocovariance C^x that all
/// units share.
#pragma once
#include "theory/class_motion.h"

#include <quenched/rate_network.h>
#include <quenched/two_point.h>

typedef struct {
    double strength;
    double *gains, *weights; ///< gains are 1; weights those of Gauss-Hermite nodes z
    qn_class_motion motion;  ///< C_z(lag) = <phi phi>_z - <phi>_z^2, <phi'>_z; whoever takes it over empties it
} qn_static_fields;

/// @return QN_NO_SOLUTION when nothing fluctuates; QN_BAD_VALUE for couplings that theory of one unit does not cover;
///         QN_NOT_CONVERGED where the lags of `two_point` do not resolve the decay.
qn_status qn_static_fields_of(const qn_rate_network *network, const qn_two_point *two_point, qn_static_fields *fields);
/// All but the motion, which has been taken over.
void qn_static_fields_clear(qn_static_fields *fields);
