#include "theory/overlap_start.h"

#include "base/fail.h"
#include "theory/overlap_dimension.h"

#include <math.h>
#include <quenched/gaussian_average.h>
#include <quenched/overlap.h>
#include <quenched/two_point.h>
#include <string.h>

enum { E = QN_OVERLAP_RATES, LEAK = 7 }; // LEAK: the exponential of rate 1

static double slope_at_rest(const qn_transfer *transfer)
{
    double slope = 0.0;
    qn_transfer_slope(transfer, 1, &(double){0.0}, &slope);
    return slope;
}

// At rest every unit is linear: stable while the network's gain is below 1 at every frequency.
static bool rests(const qn_overlap_law *law, double slope)
{
    for (double omega = 0.0; omega < 30.0; omega = omega == 0.0 ? 0.02 : 1.1 * omega) {
        double complex response;
        double gain;
        if (!qn_overlap_linear_response(law, slope, omega, &response, &gain) || gain >= 1.0) return false;
    }
    return true;
}

static qn_status check_covered(const qn_rate_network *network)
{
    const qn_transfer *transfer = &network->transfer;
    QN_REQUIRE(qn_transfer_is_odd(transfer), QN_BAD_VALUE,
               "theory of overlaps: network.transfer is %s; it covers odd transfer functions (tanh, erf, linear)",
               qn_transfer_name(transfer->kind));
    QN_REQUIRE(network->input == 0.0, QN_BAD_VALUE, "theory of overlaps: network.input is %g; it covers 0 only",
               network->input);
    return QN_OK;
}

qn_status qn_overlap_is_quiescent(const qn_rate_network *network, bool *quiescent)
{
    qn_overlap_law law;
    QN_TRY(qn_rate_network_check(network));
    QN_TRY(qn_overlap_law_of(&network->coupling, network->size, &law));
    QN_TRY(check_covered(network));
    *quiescent = network->noise == 0.0 && rests(&law, slope_at_rest(&network->transfer));
    return QN_OK;
}

qn_status qn_overlap_check(const qn_rate_network *network, const qn_overlap_law *law)
{
    QN_TRY(check_covered(network));
    const bool still = rests(law, slope_at_rest(&network->transfer));
    QN_REQUIRE(!still || network->noise > 0.0, QN_NO_SOLUTION,
               "activity is quiescent: it does not fluctuate and has no dimension");
    QN_REQUIRE(still || network->transfer.kind != QN_TRANSFER_LINEAR, QN_NO_SOLUTION,
               "no stationary state: activity of strength %g grows without bound", law->strength);
    return QN_OK;
}

static void exponential(const qn_overlap_box *box, double *state)
{
    const double slope = slope_at_rest(box->transfer);
    const double variance = box->noise > 0.0 ? fmin(0.5, box->noise * box->noise * slope * slope) : 0.1;
    for (size_t k = 0; k < qn_overlap_lags(box); ++k) state[k] = variance * exp(-(double)k * box->step);
    double *means = qn_overlap_means_of(box, state);
    qn_overlap_response_of(box, state)[LEAK] = means[QN_OVERLAP_SLOPE] = slope * (1.0 - variance);
    means[QN_OVERLAP_SQUARE_SLOPE] = slope * slope * (1.0 - variance);
}

qn_status qn_overlap_start(const qn_rate_network *network, const qn_overlap_box *box, double *state)
{
    memset(state, 0, qn_overlap_state_length(box) * sizeof *state);
    qn_rate_network independent = *network;
    independent.coupling = (qn_coupling){.strength = network->coupling.strength};
    const qn_two_point_options options = {.lag_step = box->step, .lag_max = 0.5 * box->step * (double)box->count};
    qn_two_point found;
    if (qn_two_point_solve(&independent, &options, &found) != QN_OK) {
        exponential(box, state);
        return QN_OK;
    }
    if (!(found.rate_variance > 0.0)) {
        qn_two_point_clear(&found);
        exponential(box, state);
        return QN_OK;
    }
    memcpy(state, found.rate.values, qn_overlap_lags(box) * sizeof *state);
    double *means = qn_overlap_means_of(box, state);
    qn_overlap_response_of(box, state)[LEAK] = means[QN_OVERLAP_SLOPE] = found.mean_slope;
    means[QN_OVERLAP_SQUARE_SLOPE] = found.mean_slope * found.mean_slope;
    qn_two_point_clear(&found);
    return QN_OK;
}

void qn_overlap_lengthen(const qn_overlap_box *from, double *state, const qn_overlap_box *to, double *longer)
{
    const size_t whole = (size_t)(0.35 * (double)from->count);
    const qn_overlap_tail tail = qn_overlap_tail_of(from, state, whole);
    memset(longer, 0, qn_overlap_state_length(to) * sizeof *longer);
    memcpy(longer, state, (whole + 1) * sizeof *state);
    for (size_t k = whole + 1; tail.rate > 0.0 && k < qn_overlap_lags(to); ++k)
        longer[k] = state[whole] * exp(-tail.rate * from->step * (double)(k - whole));
    memcpy(qn_overlap_response_of(to, longer), qn_overlap_response_of(from, state), E * sizeof *state);
    memcpy(qn_overlap_means_of(to, longer), qn_overlap_means_of(from, state), QN_OVERLAP_MEANS * sizeof *state);
}
