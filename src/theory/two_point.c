#include <quenched/two_point.h>

#include "base/fail.h"
#include "theory/lyapunov.h"
#include "theory/motion.h"

#include <math.h>

// The default grid of lags has at most this many: beside the transition the step grows with the decay time.
static const double MOST_LAGS = 16384.0;

const char *qn_phase_name(qn_phase phase)
{
    switch (phase) {
    case QN_PHASE_QUIESCENT: return "quiescent";
    case QN_PHASE_FIXED_POINT: return "fixed point";
    case QN_PHASE_CHAOTIC: return "chaotic";
    case QN_PHASE_NOISE_DRIVEN: return "noise-driven";
    case QN_PHASE_DIVERGING: return "diverging";
    }
    return "unknown phase";
}

void qn_two_point_clear(qn_two_point *result)
{
    qn_stationary_clear(&result->field);
    qn_stationary_clear(&result->rate);
    qn_stationary_clear(&result->response);
    *result = (qn_two_point){0};
}

static qn_status with_defaults(const qn_two_point_options *options, qn_two_point_options *chosen)
{
    *chosen = options ? *options : (qn_two_point_options){0};
    if (chosen->tolerance == 0.0) chosen->tolerance = 1e-10;
    QN_REQUIRE(chosen->tolerance > 0.0 && chosen->tolerance <= 1e-3, QN_BAD_VALUE,
               "two-point tolerance is %g; allowed: above 0, at most 0.001", chosen->tolerance);
    QN_REQUIRE(chosen->lag_step >= 0.0 && isfinite(chosen->lag_step), QN_BAD_VALUE,
               "two-point lag_step is %g; it must be positive (0: chosen for you)", chosen->lag_step);
    QN_REQUIRE(chosen->lag_max >= 0.0 && isfinite(chosen->lag_max), QN_BAD_VALUE,
               "two-point lag_max is %g; it must be positive (0: chosen for you)", chosen->lag_max);
    const double lags = chosen->lag_step > 0.0 ? chosen->lag_max / chosen->lag_step : 0.0;
    QN_REQUIRE(lags < 1e9, QN_BAD_VALUE, "two-point lag_max / lag_step is %g lags; at most 1e9 are possible", lags);
    return QN_OK;
}

// `decay_rate` NAN: nothing decays.
static qn_status create_grids(const qn_two_point_options *options, double decay_rate, qn_two_point *made)
{
    const double decay = isnan(decay_rate) ? 0.0 : 30.0 / decay_rate;
    const double last = options->lag_max > 0.0 ? options->lag_max : fmax(40.0, decay);
    const double step = options->lag_step > 0.0 ? options->lag_step : fmax(0.05, last / MOST_LAGS);
    const double count = floor(last / step + 0.5) + 1.0;
    QN_REQUIRE(count < 1e9, QN_BAD_VALUE, "two-point lag grid has %g lags (decay rate %g); set lag_max or lag_step",
               count, decay_rate);
    QN_TRY(qn_stationary_create((size_t)count, step, &made->field));
    QN_TRY(qn_stationary_create((size_t)count, step, &made->rate));
    QN_TRY(qn_stationary_create((size_t)count, step, &made->response));
    for (size_t i = 0; i < made->response.count; ++i)
        made->response.values[i] = made->mean_slope * exp(-(double)i * step);
    return QN_OK;
}

static qn_status static_phase(const qn_site *site, const qn_two_point_options *options, const qn_motion *motion,
                              qn_two_point *made)
{
    double square = qn_gaussian_average_square_slope(motion->average);
    if (motion->kind == QN_MOTION_NONE) QN_TRY(qn_rest_slope_square(site, motion->state.mean, &square));
    made->phase =
        motion->kind == QN_MOTION_NONE && motion->state.mean == 0.0 ? QN_PHASE_QUIESCENT : QN_PHASE_FIXED_POINT;
    // Independent Gaussian couplings times the units' slopes: eigenvalues fill a disc of radius g sqrt<phi'^2>.
    made->lyapunov_exponent = -1.0 + site->strength * sqrt(square);
    made->decay_rate = made->correlation_time = NAN;
    return create_grids(options, NAN, made);
}

static qn_status lively_phase(const qn_site *site, const qn_two_point_options *options, const qn_motion *motion,
                              qn_two_point *made)
{
    const qn_force *force = &motion->force;
    const double start = site->noise * site->noise / force->amplitude;
    qn_orbit orbit;
    QN_TRY(qn_orbit_create(force, &orbit));
    made->field_variance = force->amplitude;
    made->rate_variance = force->amplitude * force->at_zero_lag;
    // <(-x + h)^2> = C^x(0) - 2 <x h> + g^2 C^phi(0), with <x h> = C^x(0) - sigma^2 by stationarity of <x^2>.
    made->velocity_variance =
        force->amplitude * (qn_force_bend(force, 0.0) - start * start) + 2.0 * site->noise * site->noise;
    made->decay_rate = orbit.decay_rate;
    made->correlation_time = qn_orbit_integral(&orbit);
    made->energy_defect = orbit.defect;

    double energy;
    qn_status status = qn_ground_state(&orbit, &energy);
    if (status == QN_OK) status = create_grids(options, orbit.decay_rate, made);
    if (status == QN_OK) {
        made->lyapunov_exponent = qn_lyapunov_exponent(energy);
        double *u = made->field.values;
        qn_orbit_sample(&orbit, made->field.count, made->field.step, u);
        qn_force_rate_covariance(force, made->rate.count, u, made->rate.values);
        for (size_t i = 0; i < made->field.count; ++i) u[i] = force->amplitude * exp(u[i]);
    }
    qn_orbit_clear(&orbit);
    return status;
}

// Odd phi at mean zero: a uniform shift of all units is a tangent direction of its own, growing as exp((Jbar S0 - 1)
// lag).
static double uniform_exponent(const qn_site *site, const qn_motion *motion, double mean_slope)
{
    const bool symmetric = motion->state.mean == 0.0 && qn_transfer_is_odd(site->transfer);
    return symmetric ? -1.0 + site->mean_coupling * mean_slope : -INFINITY;
}

static qn_status describe(const qn_site *site, const qn_two_point_options *options, const qn_motion *motion,
                          qn_two_point *made)
{
    made->mean_field = motion->state.mean;
    made->mean_rate = qn_gaussian_average_value(motion->average);
    made->mean_slope = qn_gaussian_average_slope(motion->average);
    made->frozen_variance = motion->state.frozen;
    if (motion->kind != QN_MOTION_LIVELY)
        QN_TRY(static_phase(site, options, motion, made));
    else
        QN_TRY(lively_phase(site, options, motion, made));
    const double uniform = uniform_exponent(site, motion, made->mean_slope);
    if (made->lyapunov_exponent < uniform) made->lyapunov_exponent = uniform; // NAN stays
    if (motion->kind == QN_MOTION_LIVELY)
        made->phase = site->noise > 0.0 && made->lyapunov_exponent <= 0.0 ? QN_PHASE_NOISE_DRIVEN : QN_PHASE_CHAOTIC;
    return QN_OK;
}

qn_status qn_two_point_solve(const qn_rate_network *network, const qn_two_point_options *options, qn_two_point *result)
{
    qn_site site;
    qn_two_point_options chosen;
    qn_motion motion;
    QN_TRY(with_defaults(options, &chosen));
    QN_TRY(qn_site_of(network, &site));
    QN_TRY(qn_motion_solve(&site, chosen.tolerance, &motion));
    qn_two_point made = {0};
    const qn_status status = describe(&site, &chosen, &motion, &made);
    qn_motion_clear(&motion);
    if (status != QN_OK) {
        qn_two_point_clear(&made);
        return status;
    }
    *result = made;
    return QN_OK;
}
