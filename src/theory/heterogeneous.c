#include <quenched/heterogeneous.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/class_four_point.h"

#include <math.h>

enum { MOST_CLASSES = 1024 };

static const double WEIGHT_TOLERANCE = 1e-9;

struct qn_heterogeneous {
    qn_class_motion motion;
    qn_class_dimension raw, zscored;
    double rate_variance;
};

static qn_status check_classes(const qn_unit_classes *units)
{
    QN_REQUIRE(units->classes > 0 && units->classes <= MOST_CLASSES, QN_BAD_VALUE,
               "unit classes: there are %zu; allowed: 1 to %d", units->classes, MOST_CLASSES);
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k) {
        QN_REQUIRE(units->gains[k] > 0.0 && isfinite(units->gains[k]), QN_BAD_VALUE,
                   "unit classes: gains[%zu] is %g; it must be finite and above 0", k, units->gains[k]);
        QN_REQUIRE(units->weights[k] > 0.0 && isfinite(units->weights[k]), QN_BAD_VALUE,
                   "unit classes: weights[%zu] is %g; it must be finite and above 0", k, units->weights[k]);
        sum += units->weights[k];
    }
    QN_REQUIRE(fabs(sum - 1.0) <= WEIGHT_TOLERANCE, QN_BAD_VALUE,
               "unit classes: weights add up to %.12g; they must add up to 1", sum);
    return QN_OK;
}

static qn_status check(const qn_unit_classes *units)
{
    QN_TRY(qn_transfer_check(&units->transfer));
    QN_REQUIRE(qn_transfer_is_odd(&units->transfer), QN_BAD_VALUE,
               "unit classes: transfer is %s; theory covers odd transfer functions (tanh, erf, linear)",
               qn_transfer_name(units->transfer.kind));
    QN_REQUIRE(units->strength > 0.0 && isfinite(units->strength), QN_BAD_VALUE,
               "unit classes: strength is %g; it must be finite and above 0", units->strength);
    QN_REQUIRE(units->noise >= 0.0 && isfinite(units->noise), QN_BAD_VALUE,
               "unit classes: noise is %g; it must be finite and at least 0", units->noise);
    return check_classes(units);
}

qn_status qn_heterogeneous_create(const qn_unit_classes *units, qn_heterogeneous **result)
{
    QN_TRY(check(units));
    qn_heterogeneous *made;
    QN_TRY(QN_NEW(&made, 1, "theory of unit classes"));
    qn_status status =
        units->noise > 0.0 ? qn_class_motion_noisy(units, &made->motion) : qn_class_motion_quiet(units, &made->motion);
    if (status == QN_OK) status = qn_class_four_point(units, &made->motion, &made->raw, &made->zscored);
    if (status != QN_OK) {
        qn_heterogeneous_destroy(made);
        return status;
    }
    for (size_t k = 0; k < units->classes; ++k)
        made->rate_variance += units->weights[k] * made->motion.rate_variance[k];
    *result = made;
    return QN_OK;
}

void qn_heterogeneous_destroy(qn_heterogeneous *theory)
{
    if (!theory) return;
    qn_class_motion_clear(&theory->motion);
    qn_release(theory);
}

void qn_heterogeneous_activity(const qn_heterogeneous *theory, qn_class_activity *activity)
{
    const qn_class_motion *motion = &theory->motion;
    *activity = (qn_class_activity){.base_variance = motion->base_variance,
                                    .decay_rate = motion->decay_rate,
                                    .lyapunov_exponent = motion->lyapunov_exponent,
                                    .rate_variance = theory->rate_variance,
                                    .defect = motion->defect,
                                    .classes = motion->classes,
                                    .class_rate_variance = motion->rate_variance,
                                    .class_slope = motion->slope};
}

qn_status qn_heterogeneous_autocovariance(const qn_heterogeneous *theory, size_t unit_class, size_t count,
                                          const double *lag, double *out)
{
    QN_REQUIRE(unit_class < theory->motion.classes, QN_BAD_VALUE, "unit class is %zu; allowed: 0 to %zu", unit_class,
               theory->motion.classes - 1);
    for (size_t i = 0; i < count; ++i) out[i] = qn_stationary_at(&theory->motion.rate[unit_class], lag[i]);
    return QN_OK;
}

qn_status qn_heterogeneous_dimension(const qn_heterogeneous *theory, double inverse_effective_rank, bool zscored,
                                     double *participation_ratio, double *four_point_variance)
{
    QN_REQUIRE(inverse_effective_rank >= -1.0 - 1e-9 && isfinite(inverse_effective_rank), QN_BAD_VALUE,
               "inverse effective rank is %g; allowed: at least -1 (0: iid couplings, -1: orthogonal ones)",
               inverse_effective_rank);
    const qn_class_dimension *of = zscored ? &theory->zscored : &theory->raw;
    const double inverse = of->intercept + of->slope * inverse_effective_rank;
    *participation_ratio = 1.0 / inverse;
    *four_point_variance = inverse * of->size;
    return QN_OK;
}
