// Where the largest Lyapunov exponent crosses zero as the strength g grows.
#include <quenched/two_point.h>

#include "base/fail.h"
#include "numerics/roots.h"
#include "theory/lyapunov.h"
#include "theory/motion.h"

#include <math.h>
#include <stdbool.h>

static const double TOLERANCE = 1e-11, LARGEST = 100.0;

typedef struct {
    qn_site site;
    qn_status status;
    bool diverged; // at some strength that was tried
} search;

// With noise: -E0 of (E5).
static qn_status orbit_growth(const qn_site *site, double *result)
{
    qn_motion motion;
    qn_orbit orbit;
    double energy = NAN;
    QN_TRY(qn_motion_solve(site, TOLERANCE, &motion));
    qn_status status = qn_orbit_create(&motion.force, &orbit);
    if (status == QN_OK) {
        status = qn_ground_state(&orbit, &energy);
        qn_orbit_clear(&orbit);
    }
    qn_motion_clear(&motion);
    *result = -energy;
    return status;
}

// Without noise: g^2 <phi'^2> - 1 where all units rest.
static qn_status frozen_growth(const qn_site *site, double *result)
{
    qn_motion_kind kind;
    qn_site_state state;
    double square;
    QN_TRY(qn_frozen_state(site, TOLERANCE, &kind, &state, &square));
    *result = site->strength * site->strength * square - 1.0;
    return QN_OK;
}

// Positive when small perturbations grow, or when there is no stationary state at all.
static double growth(double strength, void *context)
{
    search *at = context;
    double result = NAN;
    at->site.strength = strength;
    at->status = at->site.noise > 0.0 ? orbit_growth(&at->site, &result) : frozen_growth(&at->site, &result);
    if (at->status == QN_NO_SOLUTION) {
        at->status = QN_OK;
        at->diverged = true;
        return 1.0;
    }
    return at->status == QN_OK ? result : NAN;
}

static qn_status bracket(search *at, double start, double *low, double *high)
{
    double here;
    for (*low = start; (here = growth(*low, at)) > 0.0; *low *= 0.8)
        QN_REQUIRE(*low > 1e-6, QN_NO_SOLUTION, "no transition: perturbations grow at every strength");
    QN_TRY(at->status);
    for (*high = *low; !(here > 0.0); here = growth(*high, at)) {
        QN_TRY(at->status);
        QN_REQUIRE(*high < LARGEST, QN_NO_SOLUTION, "no transition to chaos below strength %g", LARGEST);
        *low = *high;
        *high = fmin(1.25 * *high, LARGEST);
    }
    return QN_OK;
}

static qn_status first_growth(search *at, double start, double *critical)
{
    double low = start, high = start, found;
    QN_TRY(bracket(at, start, &low, &high));
    at->diverged = false;
    const qn_status status = qn_find_root(growth, at, low, high, TOLERANCE, &found);
    QN_REQUIRE(at->status == QN_OK, at->status, "transition between strengths %g and %g: no solution at %.17g", low,
               high, at->site.strength);
    QN_TRY(status);
    // The end of all stationary states is the transition only if the exponent reaches zero there (relu: at sqrt 2).
    const bool runaway = at->diverged && growth(found * (1.0 - 1e-9), at) < -1e-6;
    QN_REQUIRE(!runaway, QN_NO_SOLUTION, "no transition to chaos: above strength %g activity grows without bound",
               found);
    *critical = found;
    return QN_OK;
}

qn_status qn_transition_strength(const qn_rate_network *network, double *critical_strength)
{
    qn_rate_network any = *network;
    any.coupling.strength = 1.0;
    search at = {.status = QN_OK};
    QN_TRY(qn_site_of(&any, &at.site));
    const bool odd = qn_transfer_is_odd(at.site.transfer) && at.site.input == 0.0;
    double slope = 0.0;
    qn_transfer_slope(at.site.transfer, 1, &slope, &slope);
    const bool symmetric = odd && slope > 0.0 && at.site.mean_coupling * slope <= 1.0;
    if (symmetric && at.site.noise == 0.0) {
        QN_REQUIRE(1.0 / slope < LARGEST, QN_NO_SOLUTION, "no transition to chaos below strength %g", LARGEST);
        *critical_strength = 1.0 / slope;
        return QN_OK;
    }
    // relu without inhibition: at sqrt(2) the mean square of phi sustains any variance, and lambda rises to 0 just
    // there.
    if (at.site.transfer->kind == QN_TRANSFER_RELU && at.site.mean_coupling == 0.0 && at.site.input >= 0.0) {
        *critical_strength = 1.41421356237309505 / (at.site.transfer->gain == 0.0 ? 1.0 : at.site.transfer->gain);
        return QN_OK;
    }
    QN_REQUIRE(at.site.transfer->kind != QN_TRANSFER_RELU || at.site.noise > 0.0 || at.site.input != 0.0,
               QN_NO_SOLUTION,
               "no transition: without input and noise relu rests on its kink at every strength, or diverges");
    return first_growth(&at, symmetric ? 1.0 / slope : 0.5, critical_strength);
}
