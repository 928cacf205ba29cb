#include "theory/static_fields.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/quadrature.h"
#include "theory/site.h"

#include <math.h>
#include <quenched/gaussian_average.h>
#include <string.h>

enum { FIELDS = 48 };

static const double DECAY_TIMES = 12.0, WIDEST_STEP = 0.05;

static qn_status check(const qn_two_point *two_point)
{
    const qn_stationary *field = &two_point->field;
    const double last = field->step * (double)(field->count - 1), decay = two_point->decay_rate;
    QN_REQUIRE(two_point->phase == QN_PHASE_CHAOTIC || two_point->phase == QN_PHASE_NOISE_DRIVEN, QN_NO_SOLUTION,
               "activity is %s: it does not fluctuate and has no dimension",
               two_point->phase == QN_PHASE_FIXED_POINT ? "at a fixed point" : qn_phase_name(two_point->phase));
    QN_REQUIRE(decay > 0.0, QN_NOT_CONVERGED, "dimension: the decay rate is %g; it must be positive", decay);
    QN_REQUIRE(last >= DECAY_TIMES / decay && field->step <= fmax(WIDEST_STEP, 0.002 / decay) * (1.0 + 1e-9),
               QN_NOT_CONVERGED,
               "dimension: lags of 0 to %g in steps of %g do not resolve the decay (rate %g); leave lag_step and "
               "lag_max out",
               last, field->step, decay);
    return QN_OK;
}

// One class: the unit's mean field is `mean`, its fluctuations those of all.
static qn_status solve_class(const qn_rate_network *network, const qn_two_point *two_point, double mean, size_t k,
                             qn_class_motion *motion)
{
    const qn_stationary *field = &two_point->field;
    const double noise = network->noise;
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(&network->transfer, mean, two_point->field_variance, &average));
    qn_status status = qn_stationary_create(field->count, field->step, &motion->rate[k]);
    if (status == QN_OK) {
        const double rate = qn_gaussian_average_value(average), still = rate * rate;
        double *values = motion->rate[k].values;
        qn_gaussian_average_product(average, field->count, field->values, values);
        for (size_t i = 0; i < field->count; ++i) values[i] -= still;
        motion->rate_variance[k] = qn_gaussian_average_square(average) - still;
        motion->field_variance[k] = two_point->field_variance;
        motion->slope[k] = qn_gaussian_average_slope(average);
        motion->cusp[k] = noise > 0.0 ? noise * noise * qn_gaussian_average_square_slope(average) : 0.0;
    }
    qn_gaussian_average_destroy(average);
    return status;
}

static qn_status solve_classes(const qn_rate_network *network, const qn_two_point *two_point, const double *node,
                               qn_class_motion *motion)
{
    motion->base_variance = NAN;
    motion->decay_rate = two_point->decay_rate;
    motion->lyapunov_exponent = two_point->lyapunov_exponent;
    motion->defect = two_point->energy_defect;
    for (size_t k = 0; k < motion->classes; ++k) {
        const double mean = two_point->mean_field + sqrt(two_point->frozen_variance) * node[k];
        QN_TRY(solve_class(network, two_point, mean, k, motion));
    }
    return QN_OK;
}

qn_status qn_static_fields_of(const qn_rate_network *network, const qn_two_point *two_point, qn_static_fields *fields)
{
    qn_site site;
    QN_TRY(qn_site_of(network, &site));
    QN_TRY(check(two_point));
    const size_t classes = two_point->frozen_variance > 0.0 ? FIELDS : 1;
    double *memory, node[FIELDS];
    QN_TRY(QN_NEW(&memory, 2 * classes, "static fields"));
    qn_static_fields made = {.strength = site.strength, .gains = memory, .weights = memory + classes};
    qn_status status = qn_gauss_hermite(classes, node, made.weights);
    for (size_t k = 0; k < classes; ++k) made.gains[k] = 1.0;
    if (status == QN_OK) status = qn_class_motion_create(classes, &made.motion);
    if (status == QN_OK) {
        status = solve_classes(network, two_point, node, &made.motion);
        if (status != QN_OK) qn_class_motion_clear(&made.motion);
    }
    if (status != QN_OK) {
        qn_release(memory);
        return status;
    }
    *fields = made;
    return QN_OK;
}

void qn_static_fields_clear(qn_static_fields *fields)
{
    qn_release(fields->gains);
    *fields = (qn_static_fields){0};
}
