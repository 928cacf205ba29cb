// Classes of units without noise. All fields are one base field y times the gain, and the class's force, in terms of
// q = C^y / c0y, is that of a single unit of variance w^2 c0y. The base field's force is their sum (E10):
//     G = sum p v^2 w^2 G_k,   P = sum p v^2 w^2 P_k,   F1 = sum p v^2 w^2 F1_k,
// so that orbit and Lyapunov exponent are those of one unit with this force.
#include "theory/class_motion.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/roots.h"
#include "theory/lyapunov.h"

#include <math.h>

enum { PLACES = 160 };

typedef struct {
    const qn_unit_classes *units;
    qn_status status;
} search;

// V(c0y; c0y) / c0y^2 of (E10): beside the transition the root is small, and V itself would be all cancellation.
static double energy(double base_variance, void *context)
{
    search *at = context;
    const qn_unit_classes *units = at->units;
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k) {
        const double square = units->gains[k] * units->gains[k], variance = square * base_variance;
        qn_gaussian_average *average;
        const qn_status status = qn_gaussian_average_create(&units->transfer, 0.0, variance, &average);
        if (status != QN_OK) {
            at->status = status;
            return NAN;
        }
        const double potential = qn_gaussian_average_potential_at_variance(average);
        qn_gaussian_average_destroy(average);
        sum += units->weights[k] * qn_class_output_square(units, k) * square * (potential / variance / variance);
    }
    return units->strength * units->strength * sum - 0.5;
}

double qn_class_growth_at_rest(const qn_unit_classes *units)
{
    double slope = 0.0, square = 0.0;
    qn_transfer_slope(&units->transfer, 1, &slope, &slope);
    for (size_t k = 0; k < units->classes; ++k)
        square += units->weights[k] * units->gains[k] * units->gains[k] * qn_class_output_square(units, k);
    return units->strength * units->strength * square * slope * slope;
}

static qn_status quiescent(double growth)
{
    return qn_fail(QN_NO_SOLUTION, "activity is quiescent: g^2 phi'(0)^2 <v^2 w^2> is %.6g, it must be above 1",
                   growth);
}

static qn_status largest_variance(search *at, double *top)
{
    const double bound = qn_transfer_bound(&at->units->transfer), g = at->units->strength;
    double sent = 0.0;
    for (size_t k = 0; k < at->units->classes; ++k)
        sent += at->units->weights[k] * qn_class_output_square(at->units, k);
    *top = g * g * bound * bound * sent;
    if (isfinite(*top)) return QN_OK;
    for (*top = 1.0; energy(*top, at) >= 0.0; *top *= 16.0)
        QN_REQUIRE(*top < 1e24, QN_NO_SOLUTION, "no stationary state: activity of strength %g grows without bound", g);
    *top *= 256.0; // past a dip that is not the last one
    return at->status;
}

// The largest root: only that state is stable.
static qn_status solve_variance(const qn_unit_classes *units, double *base_variance)
{
    search at = {.units = units, .status = QN_OK};
    const qn_transfer_kind kind = units->transfer.kind;
    const double growth = qn_class_growth_at_rest(units);
    // Concave on x > 0, or linear: nothing sustains itself when small perturbations do not grow.
    const bool concave = kind == QN_TRANSFER_TANH || kind == QN_TRANSFER_ERF || kind == QN_TRANSFER_LINEAR;
    if (concave && growth <= 1.0) return quiescent(growth);
    QN_REQUIRE(kind != QN_TRANSFER_LINEAR, QN_NO_SOLUTION,
               "no stationary state: activity of strength %g grows without bound", units->strength);
    double top, places[PLACES], low, high;
    QN_TRY(largest_variance(&at, &top));
    const double bottom = 1e-14 * top;
    for (int i = 0; i < PLACES; ++i) places[i] = bottom * pow(top / bottom, (double)i / (PLACES - 1));
    const bool found = qn_last_sign_change(energy, &at, PLACES, places, -1, &low, &high);
    QN_TRY(at.status);
    if (!found && growth <= 1.0) return quiescent(growth);
    QN_REQUIRE(found, QN_NOT_CONVERGED,
               "g^2 phi'(0)^2 <v^2 w^2> = %.17g is too close to the transition at 1: the variance is below %g", growth,
               bottom);
    QN_TRY(qn_find_root(energy, &at, low, high, 1e-13, base_variance));
    return at.status;
}

static void add_series(double factor, size_t degree, const double *series, size_t *sum_degree, double *sum)
{
    for (size_t i = 0; i <= degree; ++i) sum[i] += factor * series[i];
    if (degree > *sum_degree) *sum_degree = degree;
}

// The class's force, in units of its field's variance and at strength 1; it is added to the base field's.
static qn_status add_class(const qn_unit_classes *units, size_t k, qn_force *base, qn_force *own, double *mean_slope)
{
    const double w2 = units->gains[k] * units->gains[k], variance = w2 * base->amplitude;
    const qn_site site = {.transfer = &units->transfer, .strength = 1.0};
    const qn_site_state state = {.variance = variance, .amplitude = variance};
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(&units->transfer, 0.0, variance, &average));
    const qn_status status = qn_force_create(average, &site, &state, own);
    *mean_slope = qn_gaussian_average_slope(average);
    qn_gaussian_average_destroy(average);
    own->average = NULL;
    QN_TRY(status);
    QN_REQUIRE(own->slope_holds, QN_NOT_CONVERGED, "unit class %zu: <phi' phi'> has no smooth form at variance %g", k,
               variance);
    const double share = units->weights[k] * w2 * qn_class_output_square(units, k),
                 g2 = units->strength * units->strength;
    add_series(share, own->ratio_degree, own->ratio, &base->ratio_degree, base->ratio);
    add_series(share, own->slope_degree, own->slope, &base->slope_degree, base->slope);
    add_series(share * g2, own->bend_degree, own->bend, &base->bend_degree, base->bend);
    base->at_zero_lag += share * own->at_zero_lag;
    base->decay_rate_squared -= g2 * share * (1.0 - own->decay_rate_squared);
    base->energy += g2 * share * (own->energy + 1.0);
    return QN_OK;
}

static qn_status sample(const qn_force *own, const qn_orbit *orbit, qn_class_motion *motion)
{
    size_t count;
    double step, *u;
    qn_class_motion_lags(orbit->decay_rate, &count, &step);
    QN_TRY(QN_NEW(&u, count, "autocovariance"));
    qn_orbit_sample(orbit, count, step, u);
    qn_status status = qn_stationary_create(count, step, &motion->base);
    for (size_t i = 0; status == QN_OK && i < count; ++i) motion->base.values[i] = motion->base_variance * exp(u[i]);
    for (size_t k = 0; status == QN_OK && k < motion->classes; ++k) {
        status = qn_stationary_create(count, step, &motion->rate[k]);
        if (status == QN_OK) qn_force_rate_covariance(&own[k], count, u, motion->rate[k].values);
    }
    qn_release(u);
    return status;
}

static qn_status follow(const qn_force *base, const qn_force *own, qn_class_motion *motion)
{
    qn_orbit orbit;
    double ground;
    QN_TRY(qn_orbit_create(base, &orbit));
    motion->decay_rate = orbit.decay_rate;
    motion->defect = orbit.defect;
    qn_status status = qn_ground_state(&orbit, &ground);
    if (status == QN_OK) {
        motion->lyapunov_exponent = qn_lyapunov_exponent(ground);
        status = sample(own, &orbit, motion);
    }
    qn_orbit_clear(&orbit);
    return status;
}

static qn_status solve(const qn_unit_classes *units, qn_force *own, qn_class_motion *motion)
{
    QN_TRY(solve_variance(units, &motion->base_variance));
    qn_force base = {.strength = units->strength,
                     .amplitude = motion->base_variance,
                     .decay_rate_squared = 1.0,
                     .energy = -1.0,
                     .slope_holds = true};
    for (size_t k = 0; k < units->classes; ++k) {
        double mean_slope;
        QN_TRY(add_class(units, k, &base, &own[k], &mean_slope));
        motion->slope[k] = units->gains[k] * mean_slope;
        motion->rate_variance[k] = own[k].amplitude * own[k].at_zero_lag;
        motion->field_variance[k] = own[k].amplitude;
    }
    return follow(&base, own, motion);
}

qn_status qn_class_motion_quiet(const qn_unit_classes *units, qn_class_motion *motion)
{
    qn_class_motion made;
    qn_force *own;
    QN_TRY(QN_NEW(&own, units->classes, "forces on the unit classes"));
    qn_status status = qn_class_motion_create(units->classes, &made);
    if (status == QN_OK) {
        status = solve(units, own, &made);
        if (status == QN_OK)
            *motion = made;
        else
            qn_class_motion_clear(&made);
    }
    qn_release(own);
    return status;
}
