// How long a spiking network takes: bench_spiking CASE [--threads K] [--duration MS] [--discard MS]. One line of JSON;
// spiking.sh runs it beside the simulators that a user would take instead.
#include "spiking_ceilings.h"

#include <quenched/quenched.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static void must(qn_status status)
{
    if (status == QN_OK) return;
    fprintf(stderr, "%s\n", qn_last_error());
    exit(1);
}

// Rates of the full microcircuit (section 9.5 of docs/theory/spiking.md), for the tenth of it.
static const double microcircuit_rates[QN_MICROCIRCUIT_POPULATIONS] = {.918,  3.002, 4.386, 5.878,
                                                                       7.682, 8.664, 1.099, 7.844};

static void make_microcircuit(double scale, qn_spiking_network *network)
{
    qn_spiking_network full;
    must(qn_microcircuit_create(NULL, &full));
    if (scale == 1.0) {
        *network = full;
        return;
    }
    must(qn_spiking_down_scale(&full, scale, scale, microcircuit_rates, network));
    qn_spiking_network_clear(&full);
}

// Brunel (2000): sparse, inhibition-dominated, asynchronous irregular; 800 excitatory and 200 inhibitory synapses per
// neuron, external input twice what brings the mean to threshold.
static void make_brunel(size_t neurons, qn_spiking_network *network)
{
    const double weight = 0.1, inhibition = -5.0 * weight, external = 2.0 * 20.0 / (weight * 800.0 * 20e-3);
    const qn_spiking_neuron neuron = {
        .synapse = QN_SYNAPSE_DELTA, .membrane_time = 20.0, .threshold = 20.0, .reset = 10.0, .refractory_time = 2.0};
    const qn_spiking_population one = {.neuron = neuron,
                                       .external_count = 800.0,
                                       .external_rate = external,
                                       .external_weight = weight,
                                       .initial_mean = 10.0,
                                       .initial_spread = 5.0};
    qn_spiking_population populations[2] = {one, one};
    populations[0].name = "E";
    populations[0].size = neurons / 5 * 4;
    populations[1].name = "I";
    populations[1].size = neurons / 5;
    qn_spiking_projection projections[4];
    for (size_t i = 0; i < 4; ++i)
        projections[i] = (qn_spiking_projection){.target = i / 2,
                                                 .source = i % 2,
                                                 .rule = QN_RULE_IN_DEGREE,
                                                 .count = i % 2 ? 200.0 : 800.0,
                                                 .weight = {QN_WEIGHT_CONSTANT, i % 2 ? inhibition : weight, 0.0},
                                                 .delay = {QN_DELAY_CONSTANT, 1.5, 0.0}};
    const qn_spiking_network described = {
        .population_count = 2, .populations = populations, .projection_count = 4, .projections = projections};
    must(qn_spiking_network_copy(&described, network));
}

static void make_case(const char *name, qn_spiking_network *network)
{
    if (!strcmp(name, "microcircuit"))
        make_microcircuit(1.0, network);
    else if (!strcmp(name, "microcircuit-tenth"))
        make_microcircuit(0.1, network);
    else if (!strncmp(name, "microcircuit-", 13) && atof(name + 13) > 0.0) // such as microcircuit-0.5
        make_microcircuit(atof(name + 13), network);
    else if (!strcmp(name, "brunel-10000"))
        make_brunel(10000, network);
    else if (!strcmp(name, "brunel-100000"))
        make_brunel(100000, network);
    else {
        fprintf(stderr, "no case %s; there are microcircuit, microcircuit-tenth, brunel-10000, brunel-100000\n", name);
        exit(2);
    }
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void print_rates(const qn_spiking_activity *a)
{
    for (size_t p = 0; p < a->population_count; ++p) {
        double spikes = 0.0;
        for (size_t i = a->first_neuron[p]; i < a->first_neuron[p + 1]; ++i) spikes += a->spike_count[i];
        const double neurons = (double)(a->first_neuron[p + 1] - a->first_neuron[p]);
        printf("%s%.4f", p ? ", " : "", spikes / neurons / (a->duration * 1e-3));
    }
}

// How near the engine is to what its design allows: the microcircuit's costs beside the same work bare.
static int print_ceilings(void)
{
    const qn_spiking_options options = {.seed = 1, .duration = 500.0, .discard = 100.0};
    qn_spiking_network network;
    qn_spiking_activity a;
    qn_set_threads(1);
    make_microcircuit(1.0, &network);
    must(qn_spiking_simulate(&network, &options, 0, NULL, &a));
    const double steps = (double)a.steps * (double)qn_spiking_neuron_count(&network);
    const double event = 1e9 * a.seconds.deliver / (double)a.events, update = 1e9 * a.seconds.update / steps;
    const double words = ceiling_of_words(), sums = ceiling_of_sums(), membranes = ceiling_of_membranes();
    printf("one core, ns       engine   bare\n");
    printf("a synaptic event   %6.3f   %.3f to sum it, %.3f for its random word: %.0f %% of the engine's\n", event,
           sums, words, 100.0 * (sums + (isnan(words) ? 0.0 : words)) / event);
    printf("a neuron's step    %6.3f   %.3f of arithmetic, %.3f for the 16 random bits of its input: %.0f %%\n", update,
           membranes, words / 2.0, 100.0 * (membranes + (isnan(words) ? 0.0 : words / 2.0)) / update);
    qn_spiking_activity_clear(&a);
    qn_spiking_network_clear(&network);
    return 0;
}

int main(int count, char **arguments)
{
    qn_spiking_options options = {.seed = 1, .duration = 1000.0, .discard = 200.0};
    int threads = 1;
    for (int i = 2; i + 1 < count; i += 2) {
        if (!strcmp(arguments[i], "--threads")) threads = atoi(arguments[i + 1]);
        if (!strcmp(arguments[i], "--duration")) options.duration = atof(arguments[i + 1]);
        if (!strcmp(arguments[i], "--discard")) options.discard = atof(arguments[i + 1]);
        if (!strcmp(arguments[i], "--seed")) options.seed = (uint64_t)atoll(arguments[i + 1]);
    }
    if (count < 2) {
        fprintf(stderr, "bench_spiking CASE [--threads K] [--duration MS] [--discard MS] [--seed S]\n");
        return 2;
    }
    if (!strcmp(arguments[1], "ceilings")) return print_ceilings();
    qn_spiking_network network;
    qn_spiking_activity activity;
    make_case(arguments[1], &network);
    qn_set_threads(threads);
    const double start = cpu_seconds();
    must(qn_spiking_simulate(&network, &options, 0, NULL, &activity));
    const double biological = (options.duration + options.discard) * 1e-3;
    const qn_spiking_seconds *s = &activity.seconds;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "{\"case\": \"%s\", \"threads\": %d, \"build_seconds\": %.4f, \"wall_seconds\": %.4f, \"cpu_seconds\": %.4f, "
        "\"biological_seconds\": %g, \"real_time_factor\": %.4f, \"events\": %llu, "
        "\"events_per_second_per_core\": %.4g, \"deliver_seconds\": %.4f, \"update_seconds\": %.4f, "
        "\"wait_seconds\": %.4f, \"peak_bytes\": %.0f, \"rates\": [",
        arguments[1], threads, s->build, s->wall, cpu_seconds() - start, biological, s->wall / biological,
        (unsigned long long)activity.events, (double)activity.events / s->wall / threads, s->deliver, s->update,
        s->wait, 1024.0 * (double)usage.ru_maxrss);
    print_rates(&activity);
    printf("]}\n");
    qn_spiking_activity_clear(&activity);
    qn_spiking_network_clear(&network);
    return 0;
}
