#include "theory/motion.h"

#include "base/fail.h"

#include <math.h>

void qn_motion_clear(qn_motion *motion)
{
    qn_gaussian_average_destroy(motion->average);
    *motion = (qn_motion){0};
}

static double gain_of(const qn_site *site) { return site->transfer->gain == 0.0 ? 1.0 : site->transfer->gain; }

qn_status qn_motion_diverges(const qn_site *site)
{
    const qn_transfer_kind kind = site->transfer->kind;
    const double g = site->strength, mean = site->mean_coupling, gain = gain_of(site);
    const char *name = qn_transfer_name(kind);
    if (kind == QN_TRANSFER_LINEAR && mean * gain >= 1.0)
        return qn_fail(QN_NO_SOLUTION,
                       "no stationary state: a linear network with mean coupling %g grows without bound (mean coupling "
                       "times gain must be below 1)",
                       mean);
    if (kind == QN_TRANSFER_LINEAR)
        return qn_fail(QN_NO_SOLUTION,
                       "no stationary state: a linear network with strength %g grows without bound (allowed: below %g)",
                       g, 1.0 / gain);
    if (kind == QN_TRANSFER_RELU)
        return qn_fail(QN_NO_SOLUTION,
                       "no stationary state: relu with strength %g, mean coupling %g and input %g grows without bound "
                       "(without inhibition it is bounded only below strength sqrt(2) / gain = %g)",
                       g, mean, site->input, sqrt(2.0) / gain);
    return qn_fail(
        QN_NO_SOLUTION,
        "no stationary state: %s with strength %g, mean coupling %g and input %g grows without bound (no variance "
        "of x sustains itself through the couplings)",
        name, g, mean, site->input);
}

// x = J phi + noise with phi = gain x: everything in closed form.
qn_status qn_linear_state(const qn_site *site, qn_motion_kind *kind, qn_site_state *state)
{
    const double loop = site->strength * gain_of(site), rest = 1.0 - loop * loop;
    const double shift = 1.0 - site->mean_coupling * gain_of(site);
    if (rest <= 0.0 || shift <= 0.0) return qn_motion_diverges(site);
    state->mean = site->input / shift;
    state->frozen = loop * loop * state->mean * state->mean / rest;
    state->amplitude = site->noise * site->noise / sqrt(rest);
    state->variance = state->frozen + state->amplitude;
    *kind = site->noise > 0.0 ? QN_MOTION_LIVELY : state->frozen > 0.0 ? QN_MOTION_FROZEN : QN_MOTION_NONE;
    return QN_OK;
}

// At a kink the perturbation's own mean tells which slope it sees; with a mean coupling that mean has no simple law.
qn_status qn_rest_slope_square(const qn_site *site, double mean, double *slope_square)
{
    const qn_transfer *transfer = site->transfer;
    const bool has_kink = transfer->kind == QN_TRANSFER_RELU || transfer->kind == QN_TRANSFER_THRESHOLD_POWER;
    const bool at_kink = has_kink && mean == (transfer->kind == QN_TRANSFER_RELU ? 0.0 : transfer->threshold);
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(transfer, mean, at_kink ? 1e-20 : 0.0, &average));
    *slope_square = at_kink && site->mean_coupling != 0.0 ? NAN : qn_gaussian_average_square_slope(average);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

static qn_status tabulate(const qn_site *site, qn_motion *motion)
{
    qn_gaussian_average_destroy(motion->average);
    motion->average = NULL;
    QN_TRY(qn_gaussian_average_create(site->transfer, motion->state.mean, motion->state.variance, &motion->average));
    if (motion->kind != QN_MOTION_LIVELY) return QN_OK;
    return qn_force_create(motion->average, site, &motion->state, &motion->force);
}

// Little noise on a large frozen background: D0 and Dinf are known to rounding, their difference is not. The energy
// gives it directly, sigma^4 / delta0^2 = 1 - 2 g^2 P, and P hardly depends on it.
static qn_status polish_narrow(const qn_site *site, qn_motion *motion)
{
    double change = INFINITY;
    for (int i = 0; i < 30 && fabs(change) > 1e-13; ++i) {
        const double start = site->noise * site->noise / motion->state.amplitude;
        const double rate_squared = start * start - motion->force.energy;
        QN_REQUIRE(rate_squared > 0.0, QN_NOT_CONVERGED,
                   "fluctuations of a %.3g-th of the frozen variance cannot be resolved",
                   motion->state.amplitude / motion->state.variance);
        const double amplitude = site->noise * site->noise / sqrt(rate_squared);
        change = amplitude / motion->state.amplitude - 1.0;
        motion->state.amplitude = amplitude;
        QN_TRY(tabulate(site, motion));
    }
    return QN_OK;
}

// The state was found from potentials; the orbit will run in the tabulated force. Beside a transition the two must
// agree to the last digit, so the variance is settled (secant) where the force's own energy vanishes.
static qn_status polish(const qn_site *site, double tolerance, bool odd, qn_motion *motion)
{
    enum { STEPS = 12 };
    const double level = 3e-15;
    if (site->noise > 0.0 && motion->state.amplitude < 1e-4 * motion->state.variance)
        return polish_narrow(site, motion);
    double energy = motion->force.energy, variance = motion->state.variance;
    double move = 1e-4 * motion->force.amplitude;
    double best = fabs(energy);
    for (int i = 0; i < STEPS && fabs(energy) > level && fabs(move) > 0.01 * tolerance * variance; ++i) {
        const qn_site_state before = motion->state;
        if (odd)
            motion->state.variance = variance + move;
        else
            QN_TRY(qn_shifted_state_at(site, variance + move, &motion->state));
        QN_TRY(tabulate(site, motion));
        const double slope = (motion->force.energy - energy) / move;
        const bool worse = i > 1 && fabs(motion->force.energy) > 0.5 * best;
        if (worse && fabs(motion->force.energy) > best) { // rounding: stay where the energy was least
            motion->state = before;
            QN_TRY(tabulate(site, motion));
            energy = motion->force.energy;
            break;
        }
        best = fmin(best, fabs(motion->force.energy));
        variance += move;
        energy = motion->force.energy;
        if (worse || slope == 0.0) break;
        move = -energy / slope;
        const double most = 0.1 * motion->force.amplitude;
        move = fmax(-most, fmin(most, move));
    }
    QN_REQUIRE(fabs(energy) <= 1e-9, QN_NOT_CONVERGED,
               "two-point self-consistency stopped at variance %.17g with a relative energy of %.3g; wanted below 1e-9",
               variance, energy);
    return QN_OK;
}

static qn_status solve(const qn_site *site, double tolerance, qn_motion *motion)
{
    const bool odd = qn_transfer_is_odd(site->transfer) && site->input == 0.0;
    bool uniform = true, symmetric = false;
    if (site->transfer->kind == QN_TRANSFER_LINEAR) {
        QN_TRY(qn_linear_state(site, &motion->kind, &motion->state));
        uniform = false;
    } else if (odd) {
        QN_TRY(qn_odd_state(site, tolerance, &motion->kind, &motion->state, &uniform));
        symmetric = !uniform;
    }
    if (uniform) QN_TRY(qn_shifted_state(site, tolerance, &motion->kind, &motion->state));
    QN_TRY(tabulate(site, motion));
    if (motion->kind != QN_MOTION_LIVELY || site->transfer->kind == QN_TRANSFER_LINEAR) return QN_OK;
    return polish(site, tolerance, symmetric, motion);
}

// An odd phi under negative input is the mirror image of positive input. Solved upright, so that of several means the
// largest is the one aligned with the input.
static qn_status solve_upright(const qn_site *site, double tolerance, qn_motion *motion)
{
    if (!(site->input < 0.0 && qn_transfer_is_odd(site->transfer))) return solve(site, tolerance, motion);
    qn_site upright = *site;
    upright.input = -site->input;
    QN_TRY(solve(&upright, tolerance, motion));
    motion->state.mean = -motion->state.mean;
    return tabulate(site, motion);
}

qn_status qn_motion_solve(const qn_site *site, double tolerance, qn_motion *motion)
{
    qn_motion fresh = {0};
    const qn_status status = solve_upright(site, tolerance, &fresh);
    if (status != QN_OK) {
        qn_gaussian_average_destroy(fresh.average);
        return status;
    }
    *motion = fresh;
    return QN_OK;
}
