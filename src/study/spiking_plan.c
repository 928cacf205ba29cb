// What a run would take, by the rates of the mean field, before anything of it is taken.
#include "base/fail.h"
#include "base/memory.h"
#include "study/spiking_point.h"

#include <quenched/threads.h>

#include <math.h>
#include <stdlib.h>

// Without a mean field: what cortex does.
static const double usual_rate = 5.0;

static qn_status plan_point(qn_spiking_point *point)
{
    const size_t n = point->network->population_count;
    const qn_lif_state *state = qn_spiking_state_of(point);
    double *rates = malloc((n + 1) * sizeof *rates);
    QN_REQUIRE(rates, QN_NO_MEMORY, "no memory for %zu populations", n);
    for (size_t p = 0; p < n; ++p) {
        const qn_spiking_population *population = &point->network->populations[p];
        rates[p] = state                                          ? state->rate[p]
                   : population->neuron.kind == QN_NEURON_POISSON ? population->source_rate
                                                                  : usual_rate;
    }
    const qn_status status = qn_spiking_plan_make(point->network, &point->options, rates, &point->plan);
    free(rates);
    point->planned = status == QN_OK;
    return status;
}

qn_status qn_spiking_plan_points(qn_spiking_execution *run)
{
    for (size_t i = 0; i < run->count; ++i)
        if (run->points[i].realisations) QN_TRY(plan_point(&run->points[i]));
    return QN_OK;
}

typedef struct {
    double bytes, seconds, events, spikes;
    size_t realisations;
} total;

static total total_of(const qn_spiking_execution *run)
{
    total sum = {0};
    for (size_t i = 0; i < run->count; ++i) {
        const qn_spiking_point *point = &run->points[i];
        const double times = (double)point->realisations;
        sum.bytes = fmax(sum.bytes, point->plan.bytes);
        sum.seconds += times * point->plan.seconds;
        sum.events += times * point->plan.events;
        sum.spikes += times * point->plan.spikes;
        sum.realisations += point->realisations;
    }
    return sum;
}

static qn_status add_bytes(double bytes, qn_text *text)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    for (; bytes >= 999.5 && unit < 4; bytes /= 1000.0) ++unit;
    return qn_text_add(text, "%.3g %s", bytes, units[unit]);
}

static qn_status add_time(double seconds, qn_text *text)
{
    if (seconds < 120.0) return qn_text_add(text, "%.3g s", seconds);
    if (seconds < 7200.0) return qn_text_add(text, "%.3g min", seconds / 60.0);
    return qn_text_add(text, "%.3g h", seconds / 3600.0);
}

static qn_status write_plan(const qn_spiking_execution *run, qn_text *text)
{
    const qn_spiking_point *first = &run->points[0];
    const total sum = total_of(run);
    const double available = qn_memory_available();
    QN_TRY(qn_text_add(text, "%s   %zu neurons, %.10g synapses", run->study->name,
                       qn_spiking_neuron_count(first->network), round(qn_spiking_synapse_count(first->network))));
    if (run->count > 1) QN_TRY(qn_text_add(text, " (first of %zu points)", run->count));
    QN_TRY(qn_text_add(text, "\n%zu networks of %g ms", sum.realisations,
                       first->options.duration + first->options.discard));
    QN_TRY(
        qn_text_add(text, ", at %s\n",
                    qn_spiking_state_of(first) ? "the rates of the mean field" : "5 / s, for there is no mean field"));
    QN_TRY(qn_text_add(text, "memory            "));
    QN_TRY(add_bytes(sum.bytes, text));
    if (isfinite(available)) {
        QN_TRY(qn_text_add(text, " of "));
        QN_TRY(add_bytes(available, text));
        QN_TRY(qn_text_add(text, " that are free"));
    }
    QN_TRY(qn_text_add(text, "\nsynapses kept     %.4g, computed when due %.4g\n", first->plan.stored_synapses,
                       first->plan.computed_synapses));
    QN_TRY(qn_text_add(text, "spikes            %.3g\nsynaptic events   %.3g\nexpected time     ", sum.spikes,
                       sum.events));
    QN_TRY(add_time(sum.seconds, text));
    return qn_text_add(text, " on %d threads\n", qn_threads());
}

qn_status qn_spiking_refuse_beyond_limits(const qn_spiking_execution *run)
{
    const double memory = run->options->memory_limit, time = run->options->time_limit;
    const total sum = total_of(run);
    const bool too_large = sum.bytes > (memory > 0.0 ? fmin(memory, qn_memory_available()) : qn_memory_available());
    const bool too_long = time > 0.0 && sum.seconds > time;
    if (!too_large && !too_long) return QN_OK;
    qn_text text = {0};
    qn_status status = write_plan(run, &text);
    if (status == QN_OK && text.length) text.bytes[text.length - 1] = '\0';
    if (status == QN_OK && too_large)
        status = qn_fail(QN_NO_MEMORY, "refused: it would take more memory than %s\n%s",
                         memory > 0.0 ? "the limit" : "there is", text.bytes);
    else if (status == QN_OK)
        status = qn_fail(QN_BAD_VALUE, "refused: it would take longer than the limit of %g s\n%s", time, text.bytes);
    free(text.bytes);
    return status;
}

static qn_status plan_text(qn_spiking_execution *run, qn_text *text)
{
    QN_REQUIRE(total_of(run).realisations, QN_BAD_VALUE, "%s: simulation is missing: there is nothing to plan",
               run->study->path);
    QN_TRY(qn_spiking_plan_points(run));
    return write_plan(run, text);
}

// The way to the points is that of a run; nothing of its result is kept.
qn_status qn_spiking_plan_text(const qn_study *study, const qn_study_options *options, char **text)
{
    qn_spiking_execution run;
    qn_text made = {0};
    qn_result unused = {0};
    qn_status status = qn_spiking_open(study, options, &unused, &run);
    if (status == QN_OK) status = plan_text(&run, &made);
    qn_spiking_close(&run);
    qn_result_clear(&unused);
    if (status == QN_OK)
        *text = made.bytes;
    else
        free(made.bytes);
    return status;
}
