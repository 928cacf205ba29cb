#include "study/export_nest_lists.h"
#include "study/python_text.h"

#include <inttypes.h>
#include <math.h>

// The last step of the grid at or before a time, as a time: start < t <= stop asks for no more.
static double on_grid(double time, double step) { return floor(time / step + 1e-6) * step; }

static double whole_steps(double delay, double step) { return fmax(1.0, round(delay / step)) * step; }

static void put_entry(FILE *stream, const char *key, double value)
{
    fprintf(stream, "\"%s\": ", key);
    qn_python_put_number(stream, value);
}

static void put_time_entry(FILE *stream, const char *key, double time)
{
    fprintf(stream, "\"%s\": ", key);
    qn_python_put_time(stream, time);
}

static void put_pair(FILE *stream, double first, double second)
{
    fputc('(', stream);
    qn_python_put_number(stream, first);
    fputs(", ", stream);
    qn_python_put_number(stream, second);
    fputc(')', stream);
}

static void put_name(FILE *stream, const qn_spiking_network *network, size_t p)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", p);
    qn_python_put_string(stream, network->populations[p].name ? network->populations[p].name : number);
}

static void put_membrane(FILE *stream, const qn_spiking_population *population)
{
    const qn_spiking_neuron neuron = qn_spiking_neuron_resolved(&population->neuron);
    const bool delta = neuron.synapse == QN_SYNAPSE_DELTA;
    fprintf(stream, "        \"model\": \"%s\",\n        \"neuron\": {", delta ? "iaf_psc_delta" : "iaf_psc_exp");
    put_entry(stream, "tau_m", neuron.membrane_time);
    fputs(", ", stream);
    put_entry(stream, "C_m", neuron.capacitance);
    fputs(", ", stream);
    put_entry(stream, "E_L", neuron.rest);
    fputs(", ", stream);
    put_entry(stream, "V_th", neuron.threshold);
    fputs(", ", stream);
    put_entry(stream, "V_reset", neuron.reset);
    fputs(", ", stream);
    put_time_entry(stream, "t_ref", neuron.refractory_time);
    if (!delta) {
        fputs(", ", stream);
        put_entry(stream, "tau_syn_ex", neuron.synaptic_time);
        fputs(", ", stream);
        put_entry(stream, "tau_syn_in", neuron.inhibitory_synaptic_time);
    }
    fputs("},\n        ", stream);
    put_entry(stream, "current", population->constant_current);
    fputs(",\n        \"initial\": ", stream);
    put_pair(stream, population->initial_mean, population->initial_spread);
    fputs(",\n        \"drive\": ", stream);
    put_pair(stream, population->external_count * population->external_rate, population->external_weight);
    fputs(",\n", stream);
}

static void put_poisson(FILE *stream, const qn_spiking_population *population, double step)
{
    fputs("        \"model\": \"poisson\",\n        ", stream);
    put_entry(stream, "rate", population->source_rate);
    fputs(",\n        ", stream);
    put_time_entry(stream, "start", on_grid(population->source_start, step));
    fputs(",\n        \"stop\": ", stream);
    if (population->source_stop > 0.0)
        qn_python_put_time(stream, on_grid(population->source_stop, step));
    else
        fputs("None", stream);
    fputs(",\n", stream);
}

static void put_indices(FILE *stream, const char *key, size_t count, const uint32_t *indices)
{
    fprintf(stream, "        \"%s\": [", key);
    for (size_t i = 0; i < count; ++i) fprintf(stream, "%s%" PRIu32, i ? ", " : "", indices[i]);
    fputs("],\n", stream);
}

static void put_given(FILE *stream, const qn_given_spikes *given, double step)
{
    fputs("        \"model\": \"given\",\n", stream);
    put_indices(stream, "spike_neuron", given->count, given->neuron);
    fputs("        \"spike_time\": [", stream);
    for (size_t i = 0; i < given->count; ++i) {
        fputs(i ? ", " : "", stream);
        qn_python_put_time(stream, whole_steps(given->time[i], step));
    }
    fputs("],\n", stream);
}

void qn_nest_put_populations(FILE *stream, const qn_spiking_network *network)
{
    fputs(
        "# Potentials in mV, absolute; times in ms, currents in pA, capacitances in pF, rates in 1/s.\n"
        "# initial: mean and standard deviation of the potential at time 0; drive: rate and weight of Poisson input.\n"
        "POPULATIONS = [\n",
        stream);
    for (size_t p = 0; p < network->population_count; ++p) {
        const qn_spiking_population *population = &network->populations[p];
        fputs("    {\n        \"name\": ", stream);
        put_name(stream, network, p);
        fprintf(stream, ",\n        \"size\": %zu,\n", population->size);
        switch (population->neuron.kind) {
        case QN_NEURON_POISSON: put_poisson(stream, population, qn_spiking_time_step(network)); break;
        case QN_NEURON_GIVEN: put_given(stream, &population->given, qn_spiking_time_step(network)); break;
        case QN_NEURON_INTEGRATE_AND_FIRE:
        case QN_NEURON_ESCAPE_RATE: put_membrane(stream, population); break;
        }
        fputs("    },\n", stream);
    }
    fputs("]\n\n", stream);
}

static void put_rule(FILE *stream, const qn_spiking_projection *projection)
{
    const char *multapses = projection->no_multapses ? "False" : "True";
    const char *autapses = projection->no_autapses ? "False" : "True";
    switch (projection->rule) {
    case QN_RULE_TOTAL_NUMBER:
        fprintf(stream, "{\"rule\": \"fixed_total_number\", \"N\": %.0f}", round(projection->count));
        return;
    case QN_RULE_IN_DEGREE:
        fprintf(stream,
                "{\"rule\": \"fixed_indegree\", \"indegree\": %.0f, \"allow_multapses\": %s, \"allow_autapses\": %s}",
                round(projection->count), multapses, autapses);
        return;
    case QN_RULE_BERNOULLI:
        fputs("{\"rule\": \"pairwise_bernoulli\", ", stream);
        put_entry(stream, "p", projection->count);
        fprintf(stream, ", \"allow_autapses\": %s}", autapses);
        return;
    case QN_RULE_EDGES: fputs("None", stream);
    }
}

static void put_laws(FILE *stream, const qn_weight_law *weight, const qn_delay_law *delay, double step)
{
    static const char *const KIND[] = {"normal", "lognormal", "constant"};
    const bool even = weight->relative_spread == 0.0 || weight->mean == 0.0;
    fprintf(stream, "        \"weight\": (\"%s\", ", even ? "constant" : KIND[weight->kind]);
    qn_python_put_number(stream, weight->mean);
    fputs(", ", stream);
    qn_python_put_number(stream, fabs(weight->mean) * weight->relative_spread);
    const bool constant = delay->kind == QN_DELAY_CONSTANT || delay->relative_spread == 0.0;
    fprintf(stream, "),\n        \"delay\": (\"%s\", ", constant ? "constant" : "normal");
    if (constant)
        qn_python_put_time(stream, whole_steps(delay->mean, step));
    else
        qn_python_put_number(stream, delay->mean);
    fputs(", ", stream);
    qn_python_put_number(stream, delay->mean * delay->relative_spread);
    fputs("),\n", stream);
}

// Weights as they are: a float's exact value, in the digits of a double.
static void put_edges(FILE *stream, const qn_spiking_edges *edges, double step)
{
    put_indices(stream, "sources", edges->count, edges->source);
    put_indices(stream, "targets", edges->count, edges->target);
    if (edges->weight != NULL) {
        fputs("        \"weights\": [", stream);
        for (size_t i = 0; i < edges->count; ++i) {
            fputs(i ? ", " : "", stream);
            qn_python_put_number(stream, (double)edges->weight[i]);
        }
        fputs("],\n", stream);
    }
    if (edges->delay == NULL) return;
    fputs("        \"delays\": [", stream);
    for (size_t i = 0; i < edges->count; ++i) {
        fputs(i ? ", " : "", stream);
        qn_python_put_time(stream, whole_steps((double)edges->delay[i], step));
    }
    fputs("],\n", stream);
}

static bool is_empty(const qn_spiking_projection *projection)
{
    if (projection->rule == QN_RULE_EDGES) return projection->edges.count == 0;
    return projection->rule == QN_RULE_BERNOULLI ? projection->count == 0.0 : round(projection->count) == 0.0;
}

void qn_nest_put_projections(FILE *stream, const qn_spiking_network *network)
{
    const double step = qn_spiking_time_step(network);
    fputs("# Populations by their place in the list above. weight (pA, or mV for iaf_psc_delta) and delay (ms): law, "
          "mean,\n"
          "# standard deviation before anything is drawn again.\n"
          "PROJECTIONS = [\n",
          stream);
    for (size_t i = 0; i < network->projection_count; ++i) {
        const qn_spiking_projection *projection = &network->projections[i];
        if (is_empty(projection)) continue;
        fprintf(stream,
                "    {\n        \"source\": %zu,\n        \"target\": %zu,\n        \"rule\": ", projection->source,
                projection->target);
        put_rule(stream, projection);
        fputs(",\n", stream);
        put_laws(stream, &projection->weight, &projection->delay, step);
        if (projection->rule == QN_RULE_EDGES) put_edges(stream, &projection->edges, step);
        fputs("    },\n", stream);
    }
    fputs("]\n\n", stream);
}

void qn_nest_put_stimuli(FILE *stream, const qn_spiking_network *network)
{
    const double step = qn_spiking_time_step(network);
    fputs("# Added for start < t <= stop: a current to every neuron, Poisson input of the population's own weight.\n"
          "STIMULI = [\n",
          stream);
    for (size_t i = 0; i < network->stimulus_count; ++i) {
        const qn_spiking_stimulus *stimulus = &network->stimuli[i];
        fprintf(stream, "    {\"population\": %zu, ", stimulus->population);
        put_time_entry(stream, "start", on_grid(stimulus->start, step));
        fputs(", ", stream);
        put_time_entry(stream, "stop", on_grid(stimulus->stop, step));
        fputs(", ", stream);
        put_entry(stream, "current", stimulus->current);
        fputs(", ", stream);
        put_entry(stream, "rate", stimulus->rate);
        fputs("},\n", stream);
    }
    fputs("]\n", stream);
}
