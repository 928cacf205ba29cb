// Transfer functions that are not odd, inputs, mean couplings: equation (E18).
//
// Everything hangs on the variance D0. Given D0, the mean follows from mu = b + Jbar <phi>, then the frozen variance as
// the smaller root r of r = g^2 F(D0, r), which is convex in r. What is left is one equation for D0:
//   frozen:  k(D0) = g^2 <phi^2> - D0 = 0, stable while g^2 <phi'^2> <= 1;
//   lively:  e(D0) + sigma^4 / 2 = 0,  e = int_r^D0 [g^2 F(u) - u] du, the energy of the orbit between D0 and r.
// Where r does not exist, F lies above and e > 0; the integral from where F comes closest continues e. An unstable
// frozen state at D0 = Delta has e < 0, so a lively one lies always below it, however narrow the window in which r
// exists. Of several states the one of largest variance that is stable (k or e falling) is taken.
#include "theory/mean_field.h"
#include "theory/motion.h"

#include "base/fail.h"
#include "numerics/quadrature.h"
#include "numerics/roots.h"

#include <math.h>

enum { MOST_PLACES = 256 };

// Of a lively variance, relative: polishing by the tabulated force comes after.
static const double COARSE = 1e-7;

typedef struct {
    const qn_site *site;
    qn_site_state state;
    qn_gaussian_average *average; // of the state
    bool exists;                  // the mean does
    qn_status status;
} search;

static bool move_to(search *at, double variance)
{
    qn_gaussian_average_destroy(at->average);
    at->average = NULL;
    at->status = qn_mean_field(at->site, variance, &at->state.mean, &at->average, &at->exists);
    at->state.variance = variance;
    return at->status == QN_OK && at->exists;
}

static double squared(double x) { return x * x; }

// k / D0; where there is no mean, activity runs away.
static double frozen_excess(double variance, void *context)
{
    search *at = context;
    if (!move_to(at, variance)) return at->status == QN_OK ? 1.0 : NAN;
    return squared(at->site->strength) * qn_gaussian_average_square(at->average) / variance - 1.0;
}

typedef struct {
    const qn_gaussian_average *average;
    double strength;
} inside;

static double slope_excess(double covariance, void *context)
{
    const inside *at = context;
    double slope;
    qn_gaussian_average_slope_product(at->average, 1, &covariance, &slope);
    return squared(at->strength) * fmin(slope, 1e300) - 1.0;
}

// Smallest root of g^2 F(r) = r. Newton from 0: on a convex function it climbs to the root without passing it, or meets
// a slope that says there is none; then `closest` is where F comes closest.
static qn_status frozen_variance(const search *at, bool *exists, double *closest)
{
    const double g2 = squared(at->site->strength), variance = at->state.variance;
    double r = 0.0;
    *exists = false;
    for (int i = 0; i < 200; ++i) {
        double product, slope;
        qn_gaussian_average_product(at->average, 1, &r, &product);
        qn_gaussian_average_slope_product(at->average, 1, &r, &slope);
        const double value = g2 * product - r, rise = g2 * slope - 1.0;
        if (value <= 0.0) *exists = true;
        if (value <= 0.0 || rise >= 0.0) break;
        const double next = r - value / rise;
        if (next >= variance) break;
        if (next <= r * (1.0 + 2e-16)) *exists = true;
        r = next;
        if (*exists) break;
    }
    *closest = r;
    if (*exists) return QN_OK;
    inside within = {.average = at->average, .strength = at->site->strength};
    if (slope_excess(variance, &within) <= 0.0)
        *closest = variance;
    else if (slope_excess(0.0, &within) >= 0.0)
        *closest = 0.0;
    else
        return qn_find_root(slope_excess, &within, 0.0, variance, 1e-13, closest);
    return QN_OK;
}

// e / (D0 - r)^2 for r close to D0, where the difference of potentials would be all rounding: by parts,
// e = int_r^D0 (D0 - u) [g^2 F1(u) - 1] du + [g^2 F(r) - r] (D0 - r), with D0 - u = (D0 - r) (1 - s)^2.
static double energy_of_narrow_window(const search *at, double r)
{
    enum { NODES = 20 };
    const double g2 = squared(at->site->strength), width = at->state.variance - r;
    double node[NODES], weight[NODES], covariance[NODES], slope[NODES], product;
    if (width <= 0.0 || qn_gauss_legendre(NODES, 0.0, 1.0, node, weight) != QN_OK) return 0.0; // node = 1 - s
    for (int i = 0; i < NODES; ++i) covariance[i] = at->state.variance - width * squared(node[i]);
    qn_gaussian_average_slope_product(at->average, NODES, covariance, slope);
    qn_gaussian_average_product(at->average, 1, &r, &product);
    double sum = (g2 * product - r) / width;
    for (int i = 0; i < NODES; ++i) sum += weight[i] * 2.0 * squared(node[i]) * node[i] * (g2 * slope[i] - 1.0);
    return sum;
}

// (e + sigma^4 / 2) / D0^2.
static double lively_energy(double variance, void *context)
{
    search *at = context;
    if (!move_to(at, variance)) return at->status == QN_OK ? 1.0 : NAN;
    bool exists;
    double r;
    at->status = frozen_variance(at, &exists, &r);
    if (at->status != QN_OK) return NAN;
    const double g2 = squared(at->site->strength), noise = squared(at->site->noise) / variance, ratio = r / variance;
    if (ratio > 0.8) return energy_of_narrow_window(at, r) * squared(1.0 - ratio) + 0.5 * noise * noise;
    double potential;
    qn_gaussian_average_potential(at->average, 1, &r, &potential);
    potential = qn_gaussian_average_potential_at_variance(at->average) - potential;
    return g2 * potential / variance / variance - 0.5 * (1.0 - ratio) * (1.0 + ratio) + 0.5 * noise * noise;
}

// Increasing variances to look at, up to the largest there can be, or far beyond all scales of the problem.
static size_t places_to_look(const qn_site *site, double places[MOST_PLACES])
{
    const double g2 = squared(site->strength), noise = squared(site->noise), bound = qn_transfer_bound(site->transfer);
    const double gain = site->transfer->gain == 0.0 ? 1.0 : site->transfer->gain;
    const double scale = squared(site->input) + squared(site->transfer->threshold) + noise + 1.0 / squared(gain);
    const bool homogeneous = site->transfer->kind == QN_TRANSFER_RELU;
    const double top =
        isfinite(bound) ? (g2 * bound * bound + noise) * (1.0 + 1e-9) : scale * (homogeneous ? 1e24 : 1e12);
    const double bottom = noise > 0.0 ? noise * (1.0 - 1e-9) : isfinite(bound) ? 1e-16 * top : 1e-16 * scale;
    const double factor = isfinite(bound) ? 1.4 : 2.0;
    const double wanted = ceil(log(top / bottom) / log(factor)) + 1.0;
    const size_t count = wanted < 2.0 ? 2 : wanted > MOST_PLACES ? MOST_PLACES : (size_t)wanted;
    for (size_t i = 0; i < count; ++i) places[i] = bottom * pow(top / bottom, (double)i / (double)(count - 1));
    return count;
}

// No frozen variance sustains itself: all units rest at one value, if phi vanishes there.
static qn_status at_rest(search *at, qn_motion_kind *kind)
{
    if (!move_to(at, 0.0)) return at->status == QN_OK ? qn_motion_diverges(at->site) : at->status;
    const double rate = qn_gaussian_average_value(at->average);
    if (squared(at->site->strength * rate) > 1e-14 * squared(at->state.mean)) return qn_motion_diverges(at->site);
    at->state.frozen = 0.0;
    *kind = QN_MOTION_NONE;
    return QN_OK;
}

static qn_status too_close(const search *at, double slope_square)
{
    return qn_fail(
        QN_NOT_CONVERGED,
        "strength %.17g is too close to the transition (g^2 <phi'^2> = 1 + %.3g): the fluctuations are below rounding",
        at->site->strength, squared(at->site->strength) * slope_square - 1.0);
}

// Below an unstable frozen state, down to where the energy is positive.
static qn_status below_frozen(search *at, double slope_square, qn_motion_kind *kind)
{
    double low = at->state.variance, high, variance, energy;
    if (!(lively_energy(low, at) < 0.0)) return at->status == QN_OK ? too_close(at, slope_square) : at->status;
    do {
        high = low;
        low *= 0.8;
        energy = lively_energy(low, at);
        QN_TRY(at->status);
        QN_REQUIRE(low > 0.0, QN_NOT_CONVERGED, "no fluctuating state below an unstable frozen one");
    } while (energy <= 0.0);
    QN_TRY(qn_find_root(lively_energy, at, low, high, COARSE, &variance));
    *kind = QN_MOTION_LIVELY;
    if (qn_shifted_state_at(at->site, variance, &at->state) == QN_OK) return QN_OK;
    return too_close(at, slope_square);
}

static qn_status frozen(search *at, double tolerance, qn_motion_kind *kind, double *slope_square)
{
    double places[MOST_PLACES], low, high, variance;
    const size_t count = places_to_look(at->site, places);
    const bool found = qn_last_sign_change(frozen_excess, at, count, places, -1, &low, &high);
    QN_TRY(at->status);
    if (!found && frozen_excess(places[0], at) >= 0.0) return qn_motion_diverges(at->site);
    if (!found) {
        QN_TRY(at_rest(at, kind));
        return qn_rest_slope_square(at->site, at->state.mean, slope_square);
    }
    QN_TRY(qn_find_root(frozen_excess, at, low, high, 1e-5 * tolerance, &variance));
    if (!move_to(at, variance)) return at->status;
    at->state.frozen = variance;
    *kind = QN_MOTION_FROZEN;
    *slope_square = qn_gaussian_average_square_slope(at->average);
    return QN_OK;
}

// Mean and frozen part at the root `variance` of the energy. Where rounding leaves no frozen part below it, all is
// frozen.
static qn_status settle(search *at, double variance)
{
    bool exists;
    if (!move_to(at, variance)) return at->status == QN_OK ? qn_motion_diverges(at->site) : at->status;
    QN_TRY(frozen_variance(at, &exists, &at->state.frozen));
    if (!exists) at->state.frozen = variance;
    at->state.amplitude = variance - at->state.frozen;
    return QN_OK;
}

// The last place where the energy falls through zero.
static qn_status lively(search *at, qn_motion_kind *kind)
{
    double places[MOST_PLACES], low, high, variance;
    const size_t count = places_to_look(at->site, places);
    const bool found = qn_last_sign_change(lively_energy, at, count, places, -1, &low, &high);
    QN_TRY(at->status);
    if (!found) return qn_motion_diverges(at->site);
    QN_TRY(qn_find_root(lively_energy, at, low, high, COARSE, &variance));
    *kind = QN_MOTION_LIVELY;
    QN_TRY(settle(at, variance));
    if (at->state.amplitude > 1e-3 * variance || at->site->noise == 0.0) return QN_OK;
    // Small fluctuations: the variance must be known far better than to their size. What rounding leaves of the
    // amplitude is a first estimate only; it is polished by itself.
    low = variance * (1.0 - 10.0 * COARSE), high = variance * (1.0 + 10.0 * COARSE);
    QN_TRY(qn_find_root(lively_energy, at, low, high, 0.0, &variance));
    QN_TRY(settle(at, variance));
    at->state.amplitude = fmax(at->state.amplitude, squared(at->site->noise));
    return QN_OK;
}

// Inhibition may hold fluctuating units where it could not hold frozen ones: no frozen state is not yet no state.
static qn_status without_noise(search *at, double tolerance, qn_motion_kind *kind)
{
    double slope_square = 0.0;
    const qn_status status = frozen(at, tolerance, kind, &slope_square);
    if (status == QN_NO_SOLUTION) return lively(at, kind);
    QN_TRY(status);
    if (*kind == QN_MOTION_NONE || squared(at->site->strength) * slope_square <= 1.0) return QN_OK;
    return below_frozen(at, slope_square, kind);
}

qn_status qn_shifted_state_at(const qn_site *site, double variance, qn_site_state *state)
{
    search at = {.site = site, .state = *state};
    bool exists = false;
    double r = 0.0;
    qn_status status = QN_OK;
    if (move_to(&at, variance))
        status = frozen_variance(&at, &exists, &r);
    else
        status = at.status == QN_OK ? qn_motion_diverges(site) : at.status;
    qn_gaussian_average_destroy(at.average);
    QN_TRY(status);
    QN_REQUIRE(exists, QN_NOT_CONVERGED,
               "variance %.17g has no frozen part: the root of (E18) is at the end of its window", variance);
    *state = (qn_site_state){.mean = at.state.mean, .variance = variance, .frozen = r, .amplitude = variance - r};
    return QN_OK;
}

qn_status qn_shifted_state(const qn_site *site, double tolerance, qn_motion_kind *kind, qn_site_state *state)
{
    search at = {.site = site, .state = {.mean = site->input}};
    const qn_status status = site->noise > 0.0 ? lively(&at, kind) : without_noise(&at, tolerance, kind);
    qn_gaussian_average_destroy(at.average);
    QN_TRY(status);
    *state = at.state;
    return QN_OK;
}

qn_status qn_frozen_state(const qn_site *site, double tolerance, qn_motion_kind *kind, qn_site_state *state,
                          double *slope_square)
{
    search at = {.site = site, .state = {.mean = site->input}};
    const qn_status status = frozen(&at, tolerance, kind, slope_square);
    qn_gaussian_average_destroy(at.average);
    QN_TRY(status);
    *state = at.state;
    return QN_OK;
}
