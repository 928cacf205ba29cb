#include "theory/lif_warnings.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const double STABLE = 0.9, LARGE_JUMP = 0.1, SLOW_SYNAPSE = 0.1, FEW_INPUTS = 10.0, SILENT = 0.01;
static const double MS_PER_S = 1000.0;
enum { MOST_WARNINGS = 12 };

// The worst of a quantity over populations, and in how many it is beyond what is allowed.
typedef struct {
    double value;
    size_t population, other, count;
} worst;

static void note(worst *so_far, bool beyond, double badness, double value, double *most, size_t population,
                 size_t other)
{
    if (!beyond) return;
    if (so_far->count == 0 || badness > *most) {
        *most = badness;
        so_far->value = value;
        so_far->population = population;
        so_far->other = other;
    }
    ++so_far->count;
}

static void say(qn_lif_mean_field *found, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(qn_lif_mean_field *found, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found->warnings[found->warning_count++], sizeof *found->warnings, format, arguments);
    va_end(arguments);
}

static void doubt_state(qn_lif_mean_field *found)
{
    const qn_lif_state *state = &found->states[0];
    if (state->stability >= 1.0)
        say(found, "this fixed point is unstable (largest real part %.4g, stable below 1)", state->stability);
    else if (state->stability > STABLE)
        say(found,
            "close to instability (largest real part %.4g): finite-size fluctuations may trigger transitions; theory "
            "underestimates rates",
            state->stability);
    if (found->state_count > 1 && isnan(state->start))
        say(found, "%zu fixed points found; this is the one reached from the given rates", found->state_count);
    else if (found->state_count > 1)
        say(found, "%zu fixed points found; this is the one reached from %g / s", found->state_count, state->start);
}

static void doubt_jumps(const qn_lif_input *input, qn_lif_mean_field *found)
{
    const size_t n = input->populations;
    char target[64], source[64];
    worst jump = {0};
    double most = 0.0;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            if (!input->fires[i] || input->count[i * n + j] == 0.0) continue;
            const double way = input->neuron[i].threshold > 0.0 ? input->neuron[i].threshold
                                                                : input->neuron[i].threshold - input->neuron[i].reset;
            const double share = fabs(input->jump[i * n + j]) / way;
            note(&jump, share > LARGE_JUMP, share, share, &most, i, j);
        }
    if (jump.count == 0) return;
    qn_lif_population_name(&input->population[jump.population], jump.population, target);
    qn_lif_population_name(&input->population[jump.other], jump.other, source);
    say(found, "input is not Gaussian: J / threshold is up to %.3g (%.60s from %.60s; wanted: below %g)", jump.value,
        target, source, LARGE_JUMP);
}

static double arrivals(const qn_lif_input *input, const double *rate, size_t target)
{
    const qn_spiking_population *population = &input->population[target];
    double sum = population->external_count * population->external_rate;
    for (size_t j = 0; j < input->populations; ++j) sum += input->count[target * input->populations + j] * rate[j];
    return sum * input->neuron[target].membrane_time / MS_PER_S;
}

static void doubt_inputs(const qn_lif_input *input, qn_lif_mean_field *found)
{
    const qn_lif_state *state = &found->states[0];
    char name[64];
    worst few = {0}, slow = {0}, silent = {0};
    double fewest = -INFINITY, slowest = 0.0, most_silent = -INFINITY;
    for (size_t i = 0; i < input->populations; ++i) {
        if (!input->fires[i]) continue;
        const double inputs = arrivals(input, state->rate, i);
        const double ratio = state->neuron[i].synaptic_time / state->neuron[i].membrane_time;
        note(&few, inputs > 0.0 && inputs < FEW_INPUTS, -inputs, inputs, &fewest, i, 0);
        note(&slow, ratio > SLOW_SYNAPSE, ratio, ratio, &slowest, i, 0);
        note(&silent, state->rate[i] < SILENT, -state->rate[i], state->rate[i], &most_silent, i, 0);
    }
    if (few.count > 0)
        say(found, "input is not Gaussian: %.3g spikes arrive per membrane time (%.60s; wanted: at least %g)",
            few.value, qn_lif_population_name(&input->population[few.population], few.population, name), FEW_INPUTS);
    if (slow.count > 0)
        say(found,
            "synaptic time is up to %.3g of the membrane time (%.60s): the shift of first order is right below %g",
            slow.value, qn_lif_population_name(&input->population[slow.population], slow.population, name),
            SLOW_SYNAPSE);
    if (silent.count > 0)
        say(found, "%zu silent populations (below %g / s), such as %.60s: relative comparisons mean nothing there",
            silent.count, SILENT,
            qn_lif_population_name(&input->population[silent.population], silent.population, name));
}

static void doubt_network(const qn_spiking_network *network, const qn_lif_input *input, qn_lif_mean_field *found)
{
    char name[64];
    if (input->any_mixed)
        say(found, "excitatory and inhibitory synaptic times differ: their mean, weighted with the variances, is used");
    if (network->stimulus_count > 0)
        say(found, "%zu stimuli are not part of the stationary state", network->stimulus_count);
    for (size_t i = 0; i < network->population_count; ++i) {
        const qn_spiking_population *population = &network->populations[i];
        if (population->neuron.kind != QN_NEURON_POISSON || population->size == 0 || population->source_stop == 0.0 ||
            isinf(population->source_stop))
            continue;
        say(found, "%.60s stops at %g ms and counts as silent", qn_lif_population_name(population, i, name),
            population->source_stop);
        return;
    }
}

qn_status qn_lif_warnings(const qn_spiking_network *network, const qn_lif_input *input, qn_lif_mean_field *found)
{
    QN_TRY(QN_NEW(&found->warnings, MOST_WARNINGS, "mean field"));
    doubt_state(found);
    doubt_jumps(input, found);
    doubt_inputs(input, found);
    doubt_network(network, input, found);
    return QN_OK;
}
