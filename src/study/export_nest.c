#include <quenched/export_nest.h>

#include "base/fail.h"
#include "study/export_nest_lists.h"
#include "study/export_nest_program.h"
#include "study/python_text.h"

#include <inttypes.h>
#include <math.h>

enum { USUAL_LIST_LIMIT = 100000 };

static qn_export_nest_options with_defaults(const qn_export_nest_options *options)
{
    qn_export_nest_options chosen = options ? *options : (qn_export_nest_options){0};
    chosen.seed = chosen.seed ? (chosen.seed - 1) % UINT32_MAX + 1 : 1;
    if (chosen.duration == 0.0) chosen.duration = 1000.0;
    if (chosen.threads == 0) chosen.threads = 1;
    if (chosen.list_limit == 0) chosen.list_limit = USUAL_LIST_LIMIT;
    return chosen;
}

static qn_status check_time(const char *name, double time, double least, double step)
{
    QN_REQUIRE(isfinite(time) && time >= least, QN_BAD_VALUE, "%s is %g ms; allowed: %g or more", name, time, least);
    QN_REQUIRE(fabs(time / step - round(time / step)) < 1e-6, QN_BAD_VALUE,
               "%s is %.12g ms; allowed: a multiple of the time step, %g ms", name, time, step);
    return QN_OK;
}

static qn_status check_options(const qn_export_nest_options *options, double step)
{
    QN_TRY(check_time("duration", options->duration, step, step));
    return check_time("discard", options->discard, 0.0, step);
}

static qn_status check_population(const qn_spiking_population *population, const qn_export_nest_options *options,
                                  double step)
{
    QN_REQUIRE(population->neuron.kind != QN_NEURON_ESCAPE_RATE, QN_BAD_VALUE,
               "NEST has no model of these escape-rate neurons; allowed: integrate-and-fire neurons, Poisson sources "
               "and given spikes");
    if (population->neuron.kind != QN_NEURON_GIVEN) return QN_OK;
    const qn_given_spikes *given = &population->given;
    QN_REQUIRE(given->count <= options->list_limit, QN_BAD_VALUE,
               "%zu given spikes; allowed: %zu, as they are written into the script (list_limit)", given->count,
               options->list_limit);
    for (size_t i = 0; i < given->count; ++i)
        QN_REQUIRE(given->time[i] > 1.5 * step, QN_BAD_VALUE,
                   "given spike %zu is at %g ms; allowed: from the second time step on, %g ms, as NEST passes nothing "
                   "on in the first",
                   i, given->time[i], 2.0 * step);
    return QN_OK;
}

static qn_status check_projections(const qn_spiking_network *network, const qn_export_nest_options *options)
{
    size_t edges = 0;
    for (size_t i = 0; i < network->projection_count; ++i)
        if (network->projections[i].rule == QN_RULE_EDGES) edges += network->projections[i].edges.count;
    QN_REQUIRE(edges <= options->list_limit, QN_BAD_VALUE,
               "%zu explicit synapses; allowed: %zu, as they are written into the script (list_limit)", edges,
               options->list_limit);
    return QN_OK;
}

static qn_status check(const qn_spiking_network *network, const qn_export_nest_options *options)
{
    QN_TRY(qn_spiking_network_check(network));
    const double step = qn_spiking_time_step(network);
    QN_TRY(check_options(options, step));
    for (size_t p = 0; p < network->population_count; ++p) {
        const qn_spiking_population *population = &network->populations[p];
        const qn_status status = check_population(population, options, step);
        if (status == QN_OK) continue;
        return population->name ? qn_fail_in(status, "population %s", population->name)
                                : qn_fail_in(status, "population %zu", p);
    }
    return check_projections(network, options);
}

static void put_settings(FILE *stream, const qn_spiking_network *network, const qn_export_nest_options *options,
                         const char *title)
{
    fputs("TITLE = ", stream);
    qn_python_put_string(stream, title ? title : "");
    fputs("\nSTEP = ", stream);
    qn_python_put_number(stream, qn_spiking_time_step(network));
    fputs("  # ms\nLEAST_DELAY = ", stream);
    qn_python_put_number(stream, qn_spiking_delay_minimum(network));
    fputs("  # ms: normal delays are drawn again until they reach it, then rounded to the step\n", stream);
    fprintf(stream, "SEED = %" PRIu64 "\nDURATION = ", options->seed);
    qn_python_put_time(stream, options->duration);
    fputs("  # ms, measured\nDISCARD = ", stream);
    qn_python_put_time(stream, options->discard);
    fprintf(stream, "  # ms, before that\nTHREADS = %u\n\n", options->threads);
}

qn_status qn_export_nest(const qn_spiking_network *network, const qn_export_nest_options *options, const char *title,
                         FILE *stream)
{
    const qn_export_nest_options chosen = with_defaults(options);
    QN_TRY(check(network, &chosen));
    qn_nest_put_head(stream, qn_spiking_neuron_count(network), qn_spiking_synapse_count(network));
    put_settings(stream, network, &chosen, title);
    qn_nest_put_populations(stream, network);
    qn_nest_put_projections(stream, network);
    qn_nest_put_stimuli(stream, network);
    qn_nest_put_program(stream);
    QN_REQUIRE(fflush(stream) == 0 && !ferror(stream), QN_IO_ERROR, "the script for NEST cannot be written");
    return QN_OK;
}
