// A run of `spiking`: networks, mean field, plan, simulation, and the result put together.
#include "base/fail.h"
#include "study/must_see.h"
#include "study/result_builder.h"
#include "study/spiking_point.h"

#include <quenched/threads.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static qn_status label_point(const qn_spiking_execution *run, size_t index, char **label)
{
    const qn_study_variant *v = run->variant;
    qn_text text = {0};
    qn_status status = qn_text_add(&text, "%s", "");
    for (size_t i = 0; status == QN_OK && i < v->key_count; ++i)
        status = qn_text_add(&text, "%s%s = %s", i ? ", " : "", v->keys[i], v->values[index * v->key_count + i]);
    *label = text.bytes;
    return status;
}

static void choose_options(const qn_spiking_execution *run, qn_spiking_point *point)
{
    const qn_spiking_simulation_keys *s = point->study->simulation;
    if (!s || run->options->wings == QN_WING_THEORY) return;
    point->realisations = (size_t)s->realisations;
    point->options = (qn_spiking_options){.seed = (uint64_t)point->study->common.seed,
                                          .duration = s->duration,
                                          .discard = s->discard,
                                          .bin = s->bin,
                                          .local_variation_refractory = s->local_variation_refractory,
                                          .recorded = (size_t)s->recorded,
                                          .traced = (size_t)s->traced,
                                          .double_precision = s->precision == 1,
                                          .rate_limit = s->rate_limit,
                                          .memory_limit = run->options->memory_limit,
                                          .checkpoint_interval = s->checkpoint_interval};
}

qn_status qn_spiking_open(const qn_study *study, const qn_study_options *options, qn_result *result,
                          qn_spiking_execution *run)
{
    const qn_study_variant *v = options->quick ? &study->quick : &study->normal;
    *run = (qn_spiking_execution){.study = study, .variant = v, .options = options, .count = v->count};
    run->points = calloc(run->count, sizeof *run->points);
    QN_REQUIRE(run->points, QN_NO_MEMORY, "no memory for %zu points", run->count);
    for (size_t i = 0; i < run->count; ++i) {
        qn_spiking_point *point = &run->points[i];
        point->study = v->descriptions[i];
        QN_TRY(label_point(run, i, &point->label));
        QN_TRY(qn_result_add_point(result, v->key_count, v->keys, &v->values[i * v->key_count]));
        QN_TRY(qn_spiking_prepare_point(run, point, result));
        choose_options(run, point);
    }
    return QN_OK;
}

void qn_spiking_close(qn_spiking_execution *run)
{
    for (size_t i = 0; run->points && i < run->count; ++i) qn_spiking_point_clear(&run->points[i]);
    free(run->points);
    run->points = NULL;
}

static bool is_quantity(const char *name)
{
    for (size_t i = 0; qn_spiking_scalars[i]; ++i)
        if (!strcmp(qn_spiking_scalars[i], name)) return true;
    for (size_t i = 0; qn_spiking_families[i]; ++i)
        if (qn_must_see_means(qn_spiking_families[i], name)) return true;
    return false;
}

// A quantity of one population is drawn over the sweep; a family without one, over the populations.
static qn_status add_figure(const qn_study_variant *v, const qn_figure_request *asked, qn_result *result)
{
    const bool quantity = is_quantity(asked->plot),
               over_sweep = quantity && (strchr(asked->plot, '(') || asked->against);
    const char *against = asked->against ? qn_swept_key(v->key_count, v->keys, asked->against)
                          : v->key_count ? v->keys[0]
                                         : NULL;
    if (over_sweep && !against)
        return qn_result_add_warning(result, "the figure of %s is left out: %s is not swept", asked->plot,
                                     asked->against ? asked->against : "its axis");
    qn_figure_request figure = *asked;
    figure.against = over_sweep ? (char *)against : NULL;
    figure.by = asked->by ? (char *)qn_swept_key(v->key_count, v->keys, asked->by) : NULL;
    return qn_result_add_figure(result, &figure);
}

static qn_status add_figures(const qn_spiking_execution *run, qn_result *result)
{
    const qn_study_common *common = run->variant->descriptions[0];
    const qn_figure_request *figures = common->figures.items;
    for (size_t i = 0; i < common->figures.count; ++i) QN_TRY(add_figure(run->variant, &figures[i], result));
    return QN_OK;
}

static qn_status add_header_words(const qn_spiking_execution *run, qn_text *text)
{
    const qn_spiking_point *first = &run->points[0];
    const qn_spiking_network *network = first->network;
    QN_TRY(qn_text_add(text, "N = %zu in %zu population%s", qn_spiking_neuron_count(network), network->population_count,
                       network->population_count == 1 ? "" : "s"));
    QN_TRY(qn_text_add(text, ", %.4g synapses", round(qn_spiking_synapse_count(network))));
    if (run->variant->key_count) QN_TRY(qn_text_add(text, ", %zu points", run->count));
    if (first->realisations)
        QN_TRY(qn_text_add(text, ", %zu network%s x %g s", first->realisations, first->realisations == 1 ? "" : "s",
                           first->options.duration / 1000.0));
    return run->options->quick ? qn_text_add(text, " (quick)") : QN_OK;
}

static qn_status add_convention_words(const qn_spiking_execution *run, qn_text *text)
{
    const qn_spiking_point *first = &run->points[0];
    QN_TRY(qn_text_add(text, "times in ms, rates in 1/s, potentials in mV; mean input mu and noise sigma are those of "
                             "tau_m dV/dt = -(V - rest) + mu + sigma sqrt(tau_m) xi(t); "));
    if (first->study->theory.compute.count && run->options->wings != QN_WING_SIMULATION)
        QN_TRY(qn_text_add(text,
                           "theory: stationary diffusion approximation with the first-order shift for synaptic times"
                           "%s%s; it has an error of some per cent that no number of networks averages away, so there "
                           "is no z; ",
                           qn_spiking_computes(first->study, QN_SPIKING_HETEROGENEITY)
                               ? ", averaged over neurons of unequal in-degrees"
                               : "",
                           first->study->theory.weight_variance ? "" : ", without the variance of the weights"));
    if (!first->realisations) return qn_text_add(text, "nothing is simulated");
    QN_TRY(qn_text_add(text,
                       "error bars: standard error over networks; time step %g ms; synchrony and fano_factor of counts "
                       "in %g ms, correlation in %g ms; R of LvR %g ms; spectra two-sided, in 1/s, a Poisson process "
                       "has its rate",
                       qn_spiking_time_step(first->network), first->options.bin,
                       first->study->simulation->correlation_bin, first->options.local_variation_refractory));
    return qn_text_add(text, "; rate_spread, correlation and spectra of neurons: of the first %zu of each population",
                       first->options.recorded);
}

typedef qn_status words(const qn_spiking_execution *run, qn_text *text);

static qn_status set_words(const qn_spiking_execution *run, words *write, char **field)
{
    qn_text text = {0};
    qn_status status = write(run, &text);
    if (status == QN_OK) status = qn_result_set_text(field, text.bytes);
    free(text.bytes);
    return status;
}

// Of all realisations together. What depends on the machine and the moment is no part of what is reproducible.
static void note_performance(const qn_spiking_execution *run, qn_result *result)
{
    double events = 0.0, simulated = 0.0, seconds = 0.0, bytes = 0.0;
    for (size_t i = 0; i < run->count; ++i)
        for (size_t r = 0; r < run->points[i].realisations; ++r) {
            const double *s = run->points[i].measurements[r].scalars;
            events += s[QN_MEASURED_EVENTS];
            simulated += s[QN_MEASURED_SIMULATED] * 1e-3;
            seconds += s[QN_MEASURED_SECONDS];
            bytes = fmax(bytes, s[QN_MEASURED_BYTES]);
        }
    if (!(seconds > 0.0) || !(simulated > 0.0)) return;
    result->performance = (qn_performance){events / seconds, seconds / simulated, bytes};
}

static qn_status describe(const qn_spiking_execution *run, qn_result *result)
{
    const qn_study_common *common = run->variant->descriptions[0];
    const qn_study *study = run->study;
    result->seed = (uint64_t)common->seed;
    QN_TRY(qn_result_set_text(&result->name, study->name));
    QN_TRY(qn_result_set_text(&result->kind, study->kind->name));
    QN_TRY(qn_result_set_text(&result->title, common->title ? common->title : study->name));
    QN_TRY(qn_result_set_text(&result->source, common->source ? common->source : ""));
    QN_TRY(qn_result_set_text(&result->study_text, study->text));
    QN_TRY(qn_result_set_text(&result->overrides, study->overrides));
    QN_TRY(set_words(run, add_header_words, &result->header));
    return set_words(run, add_convention_words, &result->conventions);
}

static qn_status execute(qn_spiking_execution *run, qn_result *result)
{
    const bool simulates = run->points[0].study->simulation;
    QN_REQUIRE(simulates || run->options->wings != QN_WING_SIMULATION, QN_BAD_VALUE,
               "%s: simulation is missing: there is nothing to simulate", run->study->path);
    QN_TRY(qn_spiking_plan_points(run));
    QN_TRY(qn_spiking_refuse_beyond_limits(run));
    QN_TRY(qn_spiking_simulate_points(run));
    QN_TRY(describe(run, result));
    QN_TRY(qn_spiking_add_rows(run, result));
    QN_TRY(qn_spiking_add_arrays(run, result));
    QN_TRY(add_figures(run, result));
    note_performance(run, result);
    return qn_must_see_evaluate(run->variant->descriptions[0], result);
}

qn_status qn_spiking_run(const qn_study *study, const qn_study_options *options, qn_result *result)
{
    qn_spiking_execution run;
    qn_result made = {0};
    qn_status status = qn_spiking_open(study, options, &made, &run);
    if (status == QN_OK) status = execute(&run, &made);
    qn_spiking_close(&run);
    if (status == QN_OK)
        *result = made;
    else
        qn_result_clear(&made);
    return status;
}
