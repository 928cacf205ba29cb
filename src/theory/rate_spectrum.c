#include "theory/rate_spectrum.h"

#include "base/fail.h"
#include "theory/site.h"

#include <math.h>
#include <quenched/gaussian_average.h>
#include <stdbool.h>
#include <string.h>

// Without noise C^phi(omega) falls off exponentially; with noise as omega^-2, and what is summed as omega^-3.
static const double last_smooth = 12.0, last_noisy = 1000.0, trusted = 30.0;
static const double decay_times = 12.0;

void qn_rate_spectrum_clear(qn_rate_spectrum *spectrum)
{
    qn_stationary_clear(&spectrum->rate);
    *spectrum = (qn_rate_spectrum){0};
}

qn_status qn_rate_spectrum_check(const qn_rate_network *network)
{
    QN_REQUIRE(qn_transfer_is_odd(&network->transfer), QN_BAD_VALUE,
               "dimension: network.transfer is %s; theory covers odd transfer functions (tanh, erf, linear)",
               qn_transfer_name(network->transfer.kind));
    QN_REQUIRE(network->input == 0.0, QN_BAD_VALUE, "dimension: network.input is %g; theory covers 0 only",
               network->input);
    QN_REQUIRE(network->coupling.mean == 0.0, QN_BAD_VALUE,
               "dimension: network.coupling.mean is %g; theory covers 0 only", network->coupling.mean);
    return QN_OK;
}

static qn_status check(const qn_rate_network *network, const qn_two_point *two_point)
{
    QN_REQUIRE(two_point->phase == QN_PHASE_CHAOTIC || two_point->phase == QN_PHASE_NOISE_DRIVEN, QN_NO_SOLUTION,
               "activity is %s: it does not fluctuate and has no dimension",
               two_point->phase == QN_PHASE_FIXED_POINT ? "at a fixed point" : qn_phase_name(two_point->phase));
    QN_TRY(qn_rate_spectrum_check(network));
    QN_REQUIRE(two_point->mean_rate == 0.0, QN_BAD_VALUE,
               "dimension: the mean rate is %.3g (the couplings have a mean); theory covers 0 only",
               two_point->mean_rate);
    QN_REQUIRE(two_point->decay_rate > 0.0, QN_NOT_CONVERGED, "dimension: the decay rate is %g; it must be positive",
               two_point->decay_rate);
    return QN_OK;
}

// <phi'^2>, by which white noise kinks C^phi: C^phi'(0+) = -sigma^2 <phi'^2>.
static qn_status square_slope(const qn_rate_network *network, double variance, double *square)
{
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(&network->transfer, 0.0, variance, &average));
    *square = qn_gaussian_average_square_slope(average);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

// Whether lags reach far enough, and are close enough, for 1e-5: 12 decay times leave out exp(-12); with strong noise
// C^phi bends within 1/C^x(0) of zero lag; beside the transition everything scales with the decay time.
static double widest_step(const qn_rate_network *network, const qn_two_point *two_point)
{
    const double smooth = fmax(0.05, 0.002 / two_point->decay_rate);
    return network->noise > 0.0 ? fmin(smooth, fmax(1.0 / two_point->field_variance, 0.0025)) : smooth;
}

static bool resolves(const qn_rate_network *network, const qn_two_point *two_point)
{
    const qn_stationary *rate = &two_point->rate;
    return rate->step <= widest_step(network, two_point) * (1.0 + 1e-9) &&
           rate->step * (double)(rate->count - 1) >= decay_times / two_point->decay_rate;
}

// C^phi on lags that resolve it: the caller's where they do, else those of another solution. (Its default tolerance is
// as good as any: a given tolerance moves the numbers, a given lag grid must not.)
static qn_status take_rate(const qn_rate_network *network, const qn_two_point *two_point, qn_stationary *rate)
{
    qn_two_point again = {0};
    const qn_stationary *source = &two_point->rate;
    if (!resolves(network, two_point)) {
        const double step = widest_step(network, two_point);
        QN_TRY(qn_two_point_solve(network, &(qn_two_point_options){.lag_step = step}, &again));
        source = &again.rate;
    }
    const qn_status status = qn_stationary_create(source->count, source->step, rate);
    if (status == QN_OK) memcpy(rate->values, source->values, source->count * sizeof *source->values);
    qn_two_point_clear(&again);
    return status;
}

qn_status qn_rate_spectrum_create(const qn_rate_network *network, const qn_two_point *two_point,
                                  qn_rate_spectrum *result)
{
    QN_TRY(check(network, two_point));
    qn_site site;
    QN_TRY(qn_site_of(network, &site));
    qn_rate_spectrum made = {.strength = site.strength,
                             .noise = network->noise,
                             .mean_slope = two_point->mean_slope,
                             .decay_rate = two_point->decay_rate,
                             .rate_variance = two_point->rate_variance,
                             .field_variance = two_point->field_variance,
                             .last_frequency = network->noise > 0.0 ? last_noisy : last_smooth};
    if (network->noise > 0.0) QN_TRY(square_slope(network, made.field_variance, &made.cusp));
    made.cusp *= network->noise * network->noise;
    QN_TRY(take_rate(network, two_point, &made.rate));
    *result = made;
    return QN_OK;
}

void qn_rate_spectrum_at(const qn_rate_spectrum *spectrum, const qn_frequency_grid *grid, double *values)
{
    qn_frequency_grid_transform(grid, &spectrum->rate, spectrum->cusp, trusted, values);
}

// Beyond the trusted frequencies the transform continues from the last trusted one, which must be on the grid.
double qn_rate_spectrum_value(const qn_rate_spectrum *spectrum, double frequency)
{
    double frequencies[] = {trusted, frequency}, values[2];
    const size_t skip = frequency <= trusted ? 1 : 0;
    const qn_frequency_grid grid = {.count = 2 - skip, .frequency = frequencies + skip};
    qn_rate_spectrum_at(spectrum, &grid, values + skip);
    return values[1];
}
