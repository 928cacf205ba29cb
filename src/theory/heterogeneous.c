#include <quenched/heterogeneous.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/class_four_point.h"
#include "theory/site.h"
#include "theory/static_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CLASSES = 1024 };

static const double WEIGHT_TOLERANCE = 1e-9, LONGEST_LAG = 1000.0;

struct qn_heterogeneous {
    qn_unit_classes units; // arrays of its own
    qn_class_motion motion;
    qn_class_dimensions dimension;
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
        QN_REQUIRE(!units->outputs || (units->outputs[k] > 0.0 && isfinite(units->outputs[k])), QN_BAD_VALUE,
                   "unit classes: outputs[%zu] is %g; it must be finite and above 0", k, units->outputs[k]);
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

// Keeps the classes and takes the motion over, also on failure.
static qn_status finish(const qn_unit_classes *units, qn_class_motion *motion, qn_heterogeneous **result)
{
    const size_t classes = units->classes;
    qn_heterogeneous *made;
    double *kept = NULL;
    qn_status status = QN_NEW(&made, 1, "theory of unit classes");
    if (status == QN_OK) {
        made->motion = *motion;
        status = QN_NEW(&kept, 3 * classes, "unit classes");
    } else {
        qn_class_motion_clear(motion);
        return status;
    }
    if (status == QN_OK) {
        memcpy(kept, units->gains, classes * sizeof *kept);
        memcpy(kept + classes, units->weights, classes * sizeof *kept);
        made->units = *units;
        made->units.gains = kept;
        made->units.weights = kept + classes;
        made->units.outputs = kept + 2 * classes;
        for (size_t k = 0; k < classes; ++k) kept[2 * classes + k] = sqrt(qn_class_output_square(units, k));
        status = qn_class_four_point(&made->units, &made->motion, &made->dimension);
    }
    if (status != QN_OK) {
        qn_heterogeneous_destroy(made);
        return status;
    }
    for (size_t k = 0; k < classes; ++k) made->rate_variance += units->weights[k] * made->motion.rate_variance[k];
    *result = made;
    return QN_OK;
}

static qn_status solve(const qn_unit_classes *units, qn_heterogeneous **result)
{
    qn_class_motion motion;
    QN_TRY(units->noise > 0.0 ? qn_class_motion_noisy(units, &motion) : qn_class_motion_quiet(units, &motion));
    return finish(units, &motion, result);
}

qn_status qn_heterogeneous_create(const qn_unit_classes *units, qn_heterogeneous **result)
{
    QN_TRY(check(units));
    return solve(units, result);
}

void qn_heterogeneous_destroy(qn_heterogeneous *theory)
{
    if (!theory) return;
    qn_release((void *)theory->units.gains);
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
                                    .class_field_variance = motion->field_variance,
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

static qn_status check_rank(double inverse_effective_rank)
{
    QN_REQUIRE(inverse_effective_rank >= -1.0 - 1e-9 && isfinite(inverse_effective_rank), QN_BAD_VALUE,
               "inverse effective rank is %g; allowed: at least -1 (0: iid couplings, -1: orthogonal ones)",
               inverse_effective_rank);
    return QN_OK;
}

static qn_status dimension_of(const qn_class_dimension *of, double inverse_effective_rank, double *participation_ratio,
                              double *four_point_variance)
{
    QN_TRY(check_rank(inverse_effective_rank));
    const double inverse = of->intercept + of->slope * inverse_effective_rank;
    *participation_ratio = 1.0 / inverse;
    *four_point_variance = inverse * of->size;
    return QN_OK;
}

qn_status qn_heterogeneous_dimension(const qn_heterogeneous *theory, double inverse_effective_rank, bool zscored,
                                     double *participation_ratio, double *four_point_variance)
{
    return dimension_of(zscored ? &theory->dimension.zscored : &theory->dimension.raw, inverse_effective_rank,
                        participation_ratio, four_point_variance);
}

qn_status qn_heterogeneous_field_dimension(const qn_heterogeneous *theory, double inverse_effective_rank,
                                           double *participation_ratio, double *four_point_variance)
{
    return dimension_of(&theory->dimension.field, inverse_effective_rank, participation_ratio, four_point_variance);
}

qn_status qn_heterogeneous_at_lags(const qn_heterogeneous *theory, double inverse_effective_rank, size_t count,
                                   const double *first_lag, const double *second_lag, double *out)
{
    QN_TRY(check_rank(inverse_effective_rank));
    for (size_t n = 0; n < count; ++n)
        QN_REQUIRE(fabs(first_lag[n]) <= LONGEST_LAG && fabs(second_lag[n]) <= LONGEST_LAG, QN_BAD_VALUE,
                   "four-point lags are %g and %g tau; allowed: at most %g", first_lag[n], second_lag[n], LONGEST_LAG);
    return qn_class_four_point_at_lags(&theory->units, &theory->motion, inverse_effective_rank, count, first_lag,
                                       second_lag, out);
}

qn_status qn_heterogeneous_frequency_dimension(const qn_heterogeneous *theory, double inverse_effective_rank,
                                               size_t count, const double *frequency, double *out)
{
    QN_TRY(check_rank(inverse_effective_rank));
    return qn_class_frequency_dimension(&theory->units, &theory->motion, inverse_effective_rank, count, frequency, out);
}

static double mean_square_gain(const qn_unit_classes *units)
{
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k) sum += units->weights[k] * units->gains[k] * units->gains[k];
    return sum;
}

static qn_status create_functions(const qn_class_motion *motion, qn_two_point *made)
{
    const size_t count = motion->base.count;
    const double step = motion->base.step;
    QN_TRY(qn_stationary_create(count, step, &made->field));
    QN_TRY(qn_stationary_create(count, step, &made->rate));
    return qn_stationary_create(count, step, &made->response);
}

// Averages over units. The drift is -x + w h: of x, the part w y that couplings make has the velocity's variance
// w^2 (-Y'') = w^2 (g^2 <v^2 C>(0) - Y(0)), the part that noise makes decays at rate 1.
static qn_status describe(const qn_heterogeneous *theory, qn_two_point *made)
{
    const qn_unit_classes *units = &theory->units;
    const qn_class_motion *motion = &theory->motion;
    const double square = mean_square_gain(units), noise = units->noise * units->noise;
    QN_TRY(create_functions(motion, made));
    double sent = 0.0;
    for (size_t k = 0; k < units->classes; ++k) {
        sent += units->weights[k] * qn_class_output_square(units, k) * motion->rate_variance[k];
        made->field_variance += units->weights[k] * motion->field_variance[k];
        made->mean_slope += units->weights[k] * motion->slope[k] / units->gains[k];
        for (size_t i = 0; i < made->rate.count; ++i)
            made->rate.values[i] += units->weights[k] * motion->rate[k].values[i];
    }
    for (size_t i = 0; i < made->field.count; ++i) {
        const double fading = exp(-(double)i * made->field.step);
        made->field.values[i] = square * motion->base.values[i] + noise * fading;
        made->response.values[i] = made->mean_slope * fading;
    }
    made->rate_variance = theory->rate_variance;
    made->velocity_variance = square * (units->strength * units->strength * sent - motion->base_variance) + noise;
    made->decay_rate = motion->decay_rate;
    made->correlation_time =
        (square * qn_stationary_integral(&motion->base) + noise) / made->field_variance; // of the noise: tau
    made->lyapunov_exponent = motion->lyapunov_exponent;
    made->energy_defect = motion->defect;
    made->phase = units->noise > 0.0 && made->lyapunov_exponent <= 0.0 ? QN_PHASE_NOISE_DRIVEN : QN_PHASE_CHAOTIC;
    return QN_OK;
}

// Nothing moves: what a small perturbation does, and no functions but zero.
static qn_status describe_rest(const qn_unit_classes *units, qn_two_point *made)
{
    enum { LAGS = 801 };
    double slope = 0.0;
    qn_transfer_slope(&units->transfer, 1, &slope, &slope);
    made->phase = QN_PHASE_QUIESCENT;
    made->mean_slope = slope;
    made->lyapunov_exponent = -1.0 + sqrt(qn_class_growth_at_rest(units));
    made->decay_rate = made->correlation_time = NAN;
    QN_TRY(qn_stationary_create(LAGS, 0.05, &made->field));
    QN_TRY(qn_stationary_create(LAGS, 0.05, &made->rate));
    QN_TRY(qn_stationary_create(LAGS, 0.05, &made->response));
    for (size_t i = 0; i < LAGS; ++i) made->response.values[i] = slope * exp(-0.05 * (double)i);
    return QN_OK;
}

// Concave on x > 0: silent wherever small perturbations do not grow.
static bool rests(const qn_unit_classes *units)
{
    const qn_transfer_kind kind = units->transfer.kind;
    const bool concave = kind == QN_TRANSFER_TANH || kind == QN_TRANSFER_ERF || kind == QN_TRANSFER_LINEAR;
    return concave && units->noise == 0.0 && qn_class_growth_at_rest(units) <= 1.0;
}

// A mean coupling Jbar leaves a state without means alone as long as a uniform shift of all units decays.
static qn_status apply_mean(double mean_coupling, double strength_of_shift, qn_two_point *made)
{
    const double uniform = mean_coupling * strength_of_shift - 1.0;
    QN_REQUIRE(uniform < 0.0, QN_BAD_VALUE,
               "the couplings' mean, %g, makes all units move together; theory of units of different gains does not "
               "cover that",
               mean_coupling);
    made->lyapunov_exponent = fmax(made->lyapunov_exponent, uniform);
    return QN_OK;
}

static double mean_response(const qn_unit_classes *units, const qn_heterogeneous *solved, double slope_at_rest)
{
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k)
        sum += units->weights[k] * sqrt(qn_class_output_square(units, k)) *
               (solved ? solved->motion.slope[k] : units->gains[k] * slope_at_rest);
    return sum;
}

static qn_status solve_network(const qn_unit_classes *units, double mean_coupling, qn_two_point *two_point,
                               qn_heterogeneous **theory)
{
    qn_heterogeneous *solved = NULL;
    qn_two_point made = {0};
    QN_TRY(check(units));
    qn_status status;
    if (rests(units)) {
        status = describe_rest(units, &made);
    } else {
        status = solve(units, &solved);
        if (status == QN_OK) status = describe(solved, &made);
    }
    if (status == QN_OK && mean_coupling != 0.0)
        status = apply_mean(mean_coupling, mean_response(units, solved, made.mean_slope), &made);
    if (status != QN_OK) {
        qn_two_point_clear(&made);
        qn_heterogeneous_destroy(solved);
        return status;
    }
    *two_point = made;
    *theory = solved;
    return QN_OK;
}

qn_status qn_heterogeneous_solve(const qn_rate_network *network, qn_two_point *two_point, qn_heterogeneous **theory)
{
    // What the couplings are is checked as for equal units; gains come in by themselves.
    qn_rate_network equal = *network;
    qn_site site;
    double *gains, *weights;
    QN_TRY(qn_rate_network_check(network));
    equal.coupling.gains = (qn_unit_gains){0};
    QN_TRY(qn_site_of(&equal, &site));
    QN_REQUIRE(network->input == 0.0, QN_BAD_VALUE, "network.input is %g; theory of units of different gains covers 0",
               network->input);
    qn_unit_classes units = {.transfer = network->transfer, .strength = site.strength, .noise = network->noise};
    QN_TRY(qn_coupling_gain_classes(&network->coupling, network->size, &units.classes, &gains, &weights));
    units.gains = gains;
    units.weights = weights;
    const qn_status status = solve_network(&units, site.mean_coupling, two_point, theory);
    free(gains);
    free(weights);
    return status;
}

qn_status qn_static_fields_create(const qn_rate_network *network, const qn_two_point *two_point,
                                  qn_heterogeneous **result)
{
    qn_static_fields fields;
    QN_TRY(qn_static_fields_of(network, two_point, &fields));
    const qn_unit_classes units = {.transfer = network->transfer,
                                   .strength = fields.strength,
                                   .noise = network->noise,
                                   .classes = fields.motion.classes,
                                   .gains = fields.gains,
                                   .weights = fields.weights};
    const qn_status status = finish(&units, &fields.motion, result);
    qn_static_fields_clear(&fields);
    return status;
}
