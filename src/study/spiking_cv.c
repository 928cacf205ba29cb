// Irregularity by theory, of neurons with delta synapses: those of a population differ in their mean input, and the
// intervals of each vary as those of a neuron with white noise. With synapses that take time the shifted theory is right
// about rates, not about intervals.
#include "base/fail.h"
#include "study/spiking_point.h"

#include <quenched/lif_response.h>

#include <math.h>
#include <stdlib.h>

enum { NODES = 5 };

// Gauss-Hermite for the standard normal.
static const double nodes[NODES] = {-2.856970013872806, -1.355626179974266, 0.0, 1.355626179974266, 2.856970013872806};
static const double weights[NODES] = {0.011257411327721, 0.222075922005613, 0.533333333333333, 0.222075922005613,
                                      0.011257411327721};

static qn_status solve(const qn_lif_state *state, size_t population, double *cv)
{
    double sum = 0.0, weight = 0.0;
    *cv = NAN;
    if (!(state->input_noise[population] > 0.0) || !(state->rate[population] > 0.0)) return QN_OK;
    for (size_t k = 0; k < NODES; ++k) {
        const double mean = state->mean_input[population] + nodes[k] * state->input_spread[population];
        double one;
        const qn_status status =
            qn_lif_interval_variation(&state->neuron[population], mean, state->input_noise[population], &one);
        if (status == QN_NO_MEMORY) return status;
        if (status != QN_OK || !isfinite(one)) continue; // all but silent: it has no intervals
        sum += weights[k] * one;
        weight += weights[k];
        if (state->input_spread[population] == 0.0) break;
    }
    if (weight > 0.0) *cv = sum / weight;
    return QN_OK;
}

qn_status qn_spiking_solve_cv(qn_spiking_point *point)
{
    const qn_lif_state *state = qn_spiking_state_of(point);
    const size_t n = point->network->population_count;
    point->cv = malloc((n + 1) * sizeof *point->cv);
    QN_REQUIRE(point->cv, QN_NO_MEMORY, "no memory for %zu populations", n);
    for (size_t p = 0; p < n; ++p) {
        point->cv[p] = NAN;
        const qn_spiking_neuron *neuron = &point->network->populations[p].neuron;
        if (neuron->kind == QN_NEURON_INTEGRATE_AND_FIRE && neuron->synapse == QN_SYNAPSE_DELTA)
            QN_TRY(solve(state, p, &point->cv[p]));
    }
    return QN_OK;
}
