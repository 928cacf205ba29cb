#include "theory/class_motion.h"

#include "base/memory.h"

#include <math.h>

static const double STEP = 0.05, MOST_LAGS = 16384.0;

qn_status qn_class_motion_create(size_t classes, qn_class_motion *motion)
{
    qn_class_motion made = {.classes = classes, .base_variance = NAN, .lyapunov_exponent = NAN};
    qn_status status = QN_NEW(&made.rate_variance, classes, "unit classes");
    if (status == QN_OK) status = QN_NEW(&made.field_variance, classes, "unit classes");
    if (status == QN_OK) status = QN_NEW(&made.slope, classes, "unit classes");
    if (status == QN_OK) status = QN_NEW(&made.cusp, classes, "unit classes");
    if (status == QN_OK) status = QN_NEW(&made.rate, classes, "unit classes");
    if (status != QN_OK) {
        qn_class_motion_clear(&made);
        return status;
    }
    *motion = made;
    return QN_OK;
}

double qn_class_output_square(const qn_unit_classes *units, size_t k)
{
    return units->outputs ? units->outputs[k] * units->outputs[k] : 1.0;
}

void qn_class_motion_clear(qn_class_motion *motion)
{
    if (motion->rate)
        for (size_t k = 0; k < motion->classes; ++k) qn_stationary_clear(&motion->rate[k]);
    qn_stationary_clear(&motion->base);
    qn_release(motion->rate_variance);
    qn_release(motion->field_variance);
    qn_release(motion->slope);
    qn_release(motion->cusp);
    qn_release(motion->rate);
    *motion = (qn_class_motion){0};
}

void qn_class_motion_lags(double decay_rate, size_t *count, double *step)
{
    const double last = fmax(40.0, 30.0 / decay_rate);
    *step = fmax(STEP, last / MOST_LAGS);
    *count = (size_t)(last / *step + 0.5) + 1;
}
