// Odd transfer function, no input: x has mean zero and nothing frozen, and its variance c0 is a root of equation (E3).
#include "theory/motion.h"

#include "base/fail.h"
#include "numerics/roots.h"

#include <math.h>

enum { TABLE_PLACES = 160 };

typedef struct {
    const qn_site *site;
    qn_status status;
} search;

// E(c0) / c0^2 of (E3): beside g_c the root is small, and E itself would be all cancellation.
static double energy(double variance, void *context)
{
    search *at = context;
    qn_gaussian_average *average;
    const qn_status status = qn_gaussian_average_create(at->site->transfer, 0.0, variance, &average);
    if (status != QN_OK) {
        at->status = status;
        return NAN;
    }
    const double potential = qn_gaussian_average_potential_at_variance(average);
    qn_gaussian_average_destroy(average);
    const double g2 = at->site->strength * at->site->strength, noise = at->site->noise * at->site->noise / variance;
    return g2 * potential / variance / variance - 0.5 + 0.5 * noise * noise;
}

static double slope_at_zero(const qn_site *site)
{
    double slope = 0.0;
    qn_transfer_slope(site->transfer, 1, &slope, &slope);
    return slope;
}

// tanh and erf are concave on x > 0: then E / c0^2 falls all the way and its root is the only one.
static bool falls_everywhere(const qn_site *site)
{
    return site->transfer->kind == QN_TRANSFER_TANH || site->transfer->kind == QN_TRANSFER_ERF;
}

// From a variance that is surely too large down to the first place where the energy is positive.
static bool bracket_downwards(search *at, double top, double bottom, double *low, double *high)
{
    *high = top;
    for (*low = 0.5 * top; *low > bottom; *low *= 0.25) {
        const double here = energy(*low, at);
        if (isnan(here)) return false;
        if (here > 0.0) return true;
        *high = *low;
    }
    *low = bottom;
    return energy(bottom, at) > 0.0;
}

static bool bracket_last_root(search *at, double top, double bottom, double *low, double *high)
{
    double places[TABLE_PLACES];
    for (int i = 0; i < TABLE_PLACES; ++i) places[i] = bottom * pow(top / bottom, (double)i / (TABLE_PLACES - 1));
    return qn_last_sign_change(energy, at, TABLE_PLACES, places, -1, low, high);
}

// An upper bound of the variance of x: that of the field, for it is only ever smoothed. Without a bound of phi: upwards
// until the energy is negative.
static qn_status largest_variance(search *at, double *top)
{
    const double bound = qn_transfer_bound(at->site->transfer), noise = at->site->noise;
    *top = at->site->strength * at->site->strength * bound * bound + noise * noise;
    if (isfinite(*top)) return QN_OK;
    for (*top = fmax(1.0, noise * noise); energy(*top, at) >= 0.0; *top *= 16.0)
        if (*top > 1e24) return qn_motion_diverges(at->site);
    *top *= 256.0; // past a dip that is not the last one
    return at->status;
}

static qn_status slope(const qn_site *site, double variance, double *mean_slope)
{
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(site->transfer, 0.0, variance, &average));
    *mean_slope = qn_gaussian_average_slope(average);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

qn_status qn_odd_state(const qn_site *site, double tolerance, qn_motion_kind *kind, qn_site_state *state, bool *uniform)
{
    search at = {.site = site, .status = QN_OK};
    double variance = 0.0, top, low, high, mean_slope = slope_at_zero(site);
    const double noise = site->noise * site->noise;
    const bool silent = noise == 0.0 && falls_everywhere(site) && site->strength * mean_slope <= 1.0;
    if (!silent) {
        QN_TRY(largest_variance(&at, &top));
        const double bottom = noise > 0.0 ? noise * (1.0 - 1e-12) : 1e-14 * top;
        const bool found = falls_everywhere(site) ? bracket_downwards(&at, top, bottom, &low, &high)
                                                  : bracket_last_root(&at, top, bottom, &low, &high);
        QN_TRY(at.status);
        if (found) QN_TRY(qn_find_root(energy, &at, low, high, 1e-3 * tolerance, &variance));
        QN_REQUIRE(found || noise == 0.0, QN_NOT_CONVERGED,
                   "no root of the zero-lag energy between variances %g and %g", bottom, top);
        // No root though zero is unstable: the root is smaller than can be told from zero.
        QN_REQUIRE(found || site->strength * mean_slope <= 1.0, QN_NOT_CONVERGED,
                   "strength %.17g is too close to the transition at %.17g: the variance is below %g", site->strength,
                   1.0 / mean_slope, bottom);
    }
    if (variance > 0.0) QN_TRY(slope(site, variance, &mean_slope));
    *uniform = site->mean_coupling * mean_slope > 1.0;
    *kind = variance > 0.0 ? QN_MOTION_LIVELY : QN_MOTION_NONE;
    *state = (qn_site_state){.variance = variance, .amplitude = variance};
    return QN_OK;
}
