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

// Along an orbit: -E0 of (E5).
static qn_status orbit_growth(const qn_motion *motion, double *result)
{
    qn_orbit orbit;
    double energy;
    QN_TRY(qn_orbit_create(&motion->force, &orbit));
    const qn_status status = qn_ground_state(&orbit, &energy);
    qn_orbit_clear(&orbit);
    QN_TRY(status);
    *result = -energy;
    return QN_OK;
}

// Positive when small perturbations grow. Without noise g^2 <phi'^2> - 1: exact while all is frozen, positive beyond.
static double growth(double strength, void *context)
{
    search *at = context;
    at->site.strength = strength;
    qn_motion motion;
    at->status = qn_motion_solve(&at->site, TOLERANCE, &motion);
    if (at->status == QN_NO_SOLUTION) {
        at->status = QN_OK;
        at->diverged = true;
        return 1.0;
    }
    if (at->status != QN_OK) return NAN;
    double result = strength * strength * qn_gaussian_average_square_slope(motion.average) - 1.0;
    if (at->site.noise > 0.0) at->status = orbit_growth(&motion, &result);
    qn_motion_clear(&motion);
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
    double low, high, found;
    QN_TRY(bracket(at, start, &low, &high));
    at->diverged = false;
    QN_TRY(qn_find_root(growth, at, low, high, TOLERANCE, &found));
    // The end of all stationary states is the transition only if the exponent reaches zero there (relu: at sqrt 2).
    const bool runaway = at->diverged && growth(found * (1.0 - 1e-9), at) < -1e-6;
    QN_REQUIRE(!runaway, QN_NO_SOLUTION, "no transition to chaos: above strength %g activity grows without bound", found);
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
    return first_growth(&at, symmetric ? 1.0 / slope : 0.5, critical_strength);
}
