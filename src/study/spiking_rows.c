// The rows of the table: of every family one per population, theory beside the estimate over realisations.
#include "base/fail.h"
#include "study/result_builder.h"
#include "study/spiking_point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *unit, *long_name;
} families[QN_MEASURED_FAMILIES] = {
    [QN_MEASURED_RATE] = {"1/s", "mean rate over neurons"},
    [QN_MEASURED_RATE_SPREAD] = {"1/s", "standard deviation of the rates over neurons"},
    [QN_MEASURED_CV] = {"1", "coefficient of variation of the intervals, mean over neurons"},
    [QN_MEASURED_LVR] = {"1", "local variation LvR of the intervals, mean over neurons"},
    [QN_MEASURED_SYNCHRONY] = {"1", "standard deviation over mean of the spike counts of the population"},
    [QN_MEASURED_CORRELATION] = {"1", "mean correlation coefficient of the spike counts of two neurons"},
    [QN_MEASURED_MEAN_INPUT] = {"mV", "mean input mu, from rest"},
    [QN_MEASURED_INPUT_NOISE] = {"mV", "noise of the input, sigma"}};

static double theory_of(const qn_spiking_point *point, size_t family, size_t population)
{
    const qn_lif_state *state = qn_spiking_state_of(point);
    const qn_neuron_kind kind = point->network->populations[population].neuron.kind;
    if (!state) return NAN;
    if (kind != QN_NEURON_INTEGRATE_AND_FIRE) return family == QN_MEASURED_RATE ? state->rate[population] : NAN;
    switch (family) {
    case QN_MEASURED_RATE: return state->rate[population];
    case QN_MEASURED_RATE_SPREAD:
        return qn_spiking_computes(point->study, QN_SPIKING_HETEROGENEITY) ? state->rate_spread[population] : NAN;
    case QN_MEASURED_CV: return point->cv ? point->cv[population] : NAN;
    case QN_MEASURED_MEAN_INPUT: return state->mean_input[population];
    case QN_MEASURED_INPUT_NOISE: return state->input_noise[population];
    default: return NAN;
    }
}

// One value per realisation, taken by `value`.
typedef double taken(const qn_spiking_measurement *m, size_t which, size_t population);

static double take_family(const qn_spiking_measurement *m, size_t which, size_t population)
{
    return m->scalars[QN_MEASURED_RAN_AWAY] > 0.0 ? NAN : m->families[which * m->population_count + population];
}

static double take_scalar(const qn_spiking_measurement *m, size_t which, size_t population)
{
    (void)population;
    return m->scalars[QN_MEASURED_RAN_AWAY] > 0.0 ? NAN : m->scalars[which];
}

static qn_status estimate(const qn_spiking_point *point, taken *value, size_t which, size_t population,
                          qn_estimate *result)
{
    double *values = malloc((point->realisations + 1) * sizeof *values);
    QN_REQUIRE(values, QN_NO_MEMORY, "no memory for %zu realisations", point->realisations);
    for (size_t i = 0; i < point->realisations; ++i) values[i] = value(&point->measurements[i], which, population);
    *result = qn_estimate_of(point->realisations, values);
    free(values);
    return QN_OK;
}

qn_status qn_spiking_estimate(const qn_spiking_point *point, size_t family, size_t population, qn_estimate *result)
{
    return estimate(point, take_family, family, population, result);
}

static qn_status add_row(const char *name, const char *unit, const char *long_name, size_t point, double theory,
                         qn_estimate simulation, qn_result *result)
{
    // Mean field is an approximation with an error of its own, of some per cent: how many standard errors of ever more
    // seeds that makes tells nothing, so there is no z.
    const qn_quantity row = {.name = (char *)name,
                             .unit = (char *)unit,
                             .long_name = (char *)long_name,
                             .point = point,
                             .theory = theory,
                             .simulation = simulation,
                             .z = NAN};
    return qn_result_add_quantity(result, &row);
}

static qn_status add_family(const qn_spiking_execution *run, size_t index, size_t family, qn_result *result)
{
    const qn_spiking_point *point = &run->points[index];
    const bool theory = run->options->wings != QN_WING_SIMULATION && point->study->theory.compute.count > 0;
    for (size_t p = 0; p < point->network->population_count; ++p) {
        char name[96], long_name[256];
        qn_estimate simulation;
        snprintf(name, sizeof name, "%s(%.63s)", qn_spiking_families[family], point->network->populations[p].name);
        snprintf(long_name, sizeof long_name, "%s, population %.63s", families[family].long_name,
                 point->network->populations[p].name);
        QN_TRY(qn_spiking_estimate(point, family, p, &simulation));
        QN_TRY(add_row(name, families[family].unit, long_name, index, theory ? theory_of(point, family, p) : NAN,
                       simulation, result));
    }
    return QN_OK;
}

static qn_status add_whole(const qn_spiking_execution *run, size_t index, qn_result *result)
{
    const qn_spiking_point *point = &run->points[index];
    const qn_lif_state *state = run->options->wings == QN_WING_SIMULATION ? NULL : qn_spiking_state_of(point);
    qn_estimate fano;
    QN_TRY(estimate(point, take_scalar, QN_MEASURED_FANO_FACTOR, 0, &fano));
    QN_TRY(add_row("fano_factor", "1", "variance over mean of the spike counts of the whole network", index, NAN, fano,
                   result));
    if (!qn_spiking_computes(point->study, QN_SPIKING_STABILITY)) return QN_OK;
    return add_row("stability", "1", "largest real part of the eigenvalues of the gain matrix; stable below 1", index,
                   state ? state->stability : NAN, (qn_estimate){NAN, NAN, 0}, result);
}

// A run that was ended is no estimate; a network without spikes is one, and may be what a silent state looks like.
static qn_status warn_of_runs(const qn_spiking_point *point, qn_result *result)
{
    for (size_t i = 0; i < point->realisations; ++i) {
        const double *s = point->measurements[i].scalars;
        if (s[QN_MEASURED_RAN_AWAY] > 0.0)
            QN_TRY(qn_spiking_warn(point, result,
                                   "network %zu ran away: its mean rate exceeded simulation.rate_limit, %g / s, for 50 "
                                   "ms (%.3g / s); it was stopped after %g ms and does not count",
                                   i + 1, point->study->simulation->rate_limit, s[QN_MEASURED_HIGHEST],
                                   s[QN_MEASURED_SIMULATED]));
        else if (!(s[QN_MEASURED_HIGHEST] > 0.0))
            QN_TRY(qn_spiking_warn(point, result, "network %zu: quiescent state, not a single spike", i + 1));
    }
    return QN_OK;
}

qn_status qn_spiking_add_rows(const qn_spiking_execution *run, qn_result *result)
{
    for (size_t i = 0; i < run->count; ++i) {
        for (size_t f = 0; f < QN_MEASURED_FAMILIES; ++f) QN_TRY(add_family(run, i, f, result));
        QN_TRY(add_whole(run, i, result));
        QN_TRY(warn_of_runs(&run->points[i], result));
    }
    return QN_OK;
}
