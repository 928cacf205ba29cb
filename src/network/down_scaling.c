#include <quenched/down_scaling.h>

#include "base/fail.h"
#include "base/memory.h"
#include "network/spiking_check.h"

#include <math.h>

typedef struct {
    const qn_spiking_network *full;
    double size, degree, root; // a_N, a_K and its square root
    qn_spiking_population *populations;
    qn_spiking_projection *projections;
    qn_spiking_stimulus *stimuli;
    double *drive; // of each population, mV/s: sum of K J nu, recurrent and external
} scaling;

static qn_status check_arguments(const qn_spiking_network *network, double size, double degree, const double *rate)
{
    QN_REQUIRE(size > 0.0 && size <= 1.0, QN_BAD_VALUE, "size_factor is %g; allowed: greater than 0, at most 1", size);
    QN_REQUIRE(degree > 0.0 && degree <= 1.0, QN_BAD_VALUE, "degree_factor is %g; allowed: greater than 0, at most 1",
               degree);
    QN_REQUIRE(rate != NULL, QN_BAD_VALUE, "rate is NULL; allowed: a target rate for each population");
    for (size_t p = 0; p < network->population_count; ++p)
        if (!isfinite(rate[p]) || rate[p] < 0.0)
            return qn_fail_in_population(
                qn_fail(QN_BAD_VALUE, "the target rate is %g /s; allowed: 0 or more, finite", rate[p]), network, p);
    return QN_OK;
}

static qn_status scale_size(const scaling *s, qn_spiking_population *population)
{
    const size_t full = population->size;
    population->size = (size_t)(s->size * (double)full); // truncated, as the published scripts do
    QN_REQUIRE(population->size > 0 || full == 0, QN_BAD_VALUE, "none of its %zu neurons is left at size_factor %g",
               full, s->size);
    QN_REQUIRE(population->size == full || population->given.count == 0, QN_BAD_VALUE,
               "its spikes are given, neuron by neuron; allowed: size_factor 1, not %g", s->size);
    return QN_OK;
}

// (C / tau_m) (1 - sqrt(a_K)) mu of a drive in mV/s, where mu = tau_m drive: tau_m is in seconds there, in ms in
// front, and pF mV / ms = pA.
static double missing_current(const scaling *s, const qn_spiking_population *population, double drive)
{
    return 1e-3 * qn_spiking_neuron_resolved(&population->neuron).capacitance * (1.0 - s->root) * drive;
}

static double external_jump(const qn_spiking_population *population)
{
    return qn_jump_of_weight(&population->neuron, population->external_weight);
}

static void add_up_drives(scaling *s, const double *rate)
{
    const qn_spiking_network *full = s->full;
    for (size_t p = 0; p < full->population_count; ++p) {
        const qn_spiking_population *population = &full->populations[p];
        s->drive[p] = population->external_count * population->external_rate * external_jump(population);
    }
    for (size_t i = 0; i < full->projection_count; ++i) {
        const qn_spiking_projection *projection = &full->projections[i];
        const qn_spiking_population *target = &full->populations[projection->target];
        if (target->size == 0) continue;
        const double degree = qn_spiking_projection_count(full, projection) / (double)target->size;
        s->drive[projection->target] +=
            degree * qn_jump_of_weight(&target->neuron, projection->weight.mean) * rate[projection->source];
    }
}

static qn_status scale_populations(scaling *s)
{
    for (size_t p = 0; p < s->full->population_count; ++p) {
        qn_spiking_population *population = &s->populations[p];
        *population = s->full->populations[p];
        const qn_status status = scale_size(s, population);
        if (status != QN_OK) return qn_fail_in_population(status, s->full, p);
        if (qn_is_source(population)) continue;
        population->constant_current += missing_current(s, population, s->drive[p]);
        population->external_count *= s->degree;
        population->external_weight /= s->root;
    }
    return QN_OK;
}

// Mean in-degree of Bernoulli pairs: p times the sources a target may have.
static double partners(const qn_spiking_projection *projection, const qn_spiking_population *populations)
{
    const double sources = (double)populations[projection->source].size;
    return projection->no_autapses && projection->source == projection->target ? sources - 1.0 : sources;
}

static qn_status scale_projection(const scaling *s, qn_spiking_projection *projection)
{
    projection->weight.mean /= s->root;
    switch (projection->rule) {
    case QN_RULE_TOTAL_NUMBER: projection->count = floor(s->size * s->degree * round(projection->count)); return QN_OK;
    case QN_RULE_IN_DEGREE: projection->count = round(s->degree * round(projection->count)); return QN_OK;
    case QN_RULE_BERNOULLI: break;
    case QN_RULE_EDGES:
        return qn_fail(QN_BAD_VALUE, "its synapses are an explicit list, which cannot be scaled; allowed: other rules");
    }
    const double degree = s->degree * projection->count * partners(projection, s->full->populations);
    const double left = partners(projection, s->populations);
    QN_REQUIRE(degree <= left, QN_BAD_VALUE,
               "%g synapses per neuron are left from %.0f source neurons; allowed: at most one from each (a "
               "degree_factor of at most size_factor)",
               degree, left);
    projection->count = degree == 0.0 ? 0.0 : degree / left;
    return QN_OK;
}

static qn_status scale_projections(scaling *s)
{
    for (size_t i = 0; i < s->full->projection_count; ++i) {
        s->projections[i] = s->full->projections[i];
        const qn_status status = scale_projection(s, &s->projections[i]);
        if (status != QN_OK) return qn_fail_in_projection(status, s->full, i);
    }
    return QN_OK;
}

// Further Poisson input misses its mean like all other, while it lasts.
static void scale_stimuli(scaling *s)
{
    for (size_t i = 0; i < s->full->stimulus_count; ++i) {
        qn_spiking_stimulus *stimulus = &s->stimuli[i];
        *stimulus = s->full->stimuli[i];
        const qn_spiking_population *population = &s->full->populations[stimulus->population];
        stimulus->current += missing_current(s, population, stimulus->rate * external_jump(population));
        stimulus->rate *= s->degree;
    }
}

static qn_status take_arrays(scaling *s)
{
    QN_TRY(QN_NEW(&s->drive, s->full->population_count, "drives of populations"));
    QN_TRY(QN_NEW(&s->populations, s->full->population_count, "populations"));
    if (s->full->projection_count > 0) QN_TRY(QN_NEW(&s->projections, s->full->projection_count, "projections"));
    if (s->full->stimulus_count > 0) QN_TRY(QN_NEW(&s->stimuli, s->full->stimulus_count, "stimuli"));
    return QN_OK;
}

static qn_status scale(scaling *s, const double *rate, qn_spiking_network *scaled)
{
    QN_TRY(take_arrays(s));
    add_up_drives(s, rate);
    QN_TRY(scale_populations(s));
    QN_TRY(scale_projections(s));
    scale_stimuli(s);
    qn_spiking_network described = *s->full;
    described.populations = s->populations;
    described.projections = s->projections;
    described.stimuli = s->stimuli;
    return qn_spiking_network_copy(&described, scaled);
}

qn_status qn_spiking_down_scale(const qn_spiking_network *network, double size_factor, double degree_factor,
                                const double *rate, qn_spiking_network *scaled)
{
    QN_TRY(qn_spiking_network_check(network));
    QN_TRY(check_arguments(network, size_factor, degree_factor, rate));
    scaling s = {.full = network, .size = size_factor, .degree = degree_factor, .root = sqrt(degree_factor)};
    const qn_status status = scale(&s, rate, scaled);
    qn_release(s.drive);
    qn_release(s.populations);
    qn_release(s.projections);
    qn_release(s.stimuli);
    return status;
}
