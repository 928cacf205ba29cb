// The schema of a spiking network: its populations, what joins and what drives them.
#include "study/spiking.h"

#define UNSAID "-1e300"
#define NETWORK(member) offsetof(qn_spiking_network_keys, member)
#define POPULATION(member) offsetof(qn_spiking_population_keys, member)
#define STIMULUS(member) offsetof(qn_spiking_stimulus_keys, member)

static const char *const delay_splits[] = {"systematic", "independent", NULL};

static const qn_key source_keys[] = {{.name = "rate",
                                      .type = QN_KEY_NUMBER,
                                      .bounds = QN_AT_LEAST,
                                      .unit = "1/s",
                                      .fallback = "0",
                                      .doc = "of every neuron",
                                      .offset = offsetof(qn_spiking_source_keys, rate)},
                                     {.name = "start",
                                      .type = QN_KEY_NUMBER,
                                      .bounds = QN_AT_LEAST,
                                      .unit = "ms",
                                      .fallback = "0",
                                      .doc = "from when on, of the network's time; the discarded time counts",
                                      .offset = offsetof(qn_spiking_source_keys, start)},
                                     {.name = "stop",
                                      .type = QN_KEY_NUMBER,
                                      .bounds = QN_AT_LEAST,
                                      .unit = "ms",
                                      .fallback = "0",
                                      .fallback_doc = "never",
                                      .doc = "until when",
                                      .offset = offsetof(qn_spiking_source_keys, stop)},
                                     {0}};

#define NEURON_KEYS(OFFSET, whose, otherwise)                                                                          \
    {.name = "neuron",                                                                                                 \
     .type = QN_KEY_MAPPING,                                                                                           \
     .keys = qn_spiking_neuron_schema,                                                                                 \
     .size = sizeof(qn_spiking_neuron_keys),                                                                           \
     .fallback_doc = otherwise,                                                                                        \
     .doc = "C dV/dt = -C (V - rest) / membrane_time + currents" whose,                                                \
     .offset = OFFSET(neuron)},                                                                                        \
        {.name = "constant_current",                                                                                   \
         .type = QN_KEY_NUMBER,                                                                                        \
         .unit = "pA",                                                                                                 \
         .fallback = UNSAID,                                                                                           \
         .fallback_doc = otherwise,                                                                                    \
         .doc = "I_e" whose,                                                                                           \
         .offset = OFFSET(constant_current)},                                                                          \
        {.name = "external",                                                                                           \
         .type = QN_KEY_MAPPING,                                                                                       \
         .keys = qn_spiking_external_schema,                                                                           \
         .size = sizeof(qn_spiking_external_keys),                                                                     \
         .fallback_doc = otherwise,                                                                                    \
         .doc = "input from outside the network" whose,                                                                \
         .offset = OFFSET(external)},                                                                                  \
    {                                                                                                                  \
        .name = "initial", .type = QN_KEY_MAPPING, .keys = qn_spiking_initial_schema,                                  \
        .size = sizeof(qn_spiking_initial_keys), .fallback_doc = otherwise,                                            \
        .doc = "potentials at time 0; currents are 0" whose, .offset = OFFSET(initial)                                 \
    }

static const qn_key population_keys[] = {
    {.name = "name",
     .type = QN_KEY_TEXT,
     .required = true,
     .doc = "such as 4E: letters, digits, and . _ + -",
     .offset = POPULATION(name)},
    {.name = "size",
     .type = QN_KEY_WHOLE,
     .required = true,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .most = 2147483647,
     .unit = "neurons",
     .doc = "0: an empty population, which nothing may project from or to",
     .offset = POPULATION(size)},
    {.name = "inhibitory",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "the weights of its synapses are negative",
     .offset = POPULATION(inhibitory)},
    NEURON_KEYS(POPULATION, ", where it differs from `network`'s", "as `network` says"),
    {.name = "source",
     .type = QN_KEY_MAPPING,
     .shorthand = "rate",
     .keys = source_keys,
     .size = sizeof(qn_spiking_source_keys),
     .fallback_doc = "silent",
     .doc = "of neurons of kind poisson",
     .offset = POPULATION(source)},
    {.name = "spikes",
     .type = QN_KEY_TEXT,
     .fallback_doc = "must be said for kind given",
     .doc = "of neurons of kind given: text file with one \"neuron,time\" (from 0; ms) per line, relative to the "
            "study's folder",
     .offset = POPULATION(spikes)},
    {0}};

static const qn_key stimulus_keys[] = {
    {.name = "population", .type = QN_KEY_TEXT, .required = true, .doc = "which one", .offset = STIMULUS(population)},
    {.name = "start",
     .type = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .unit = "ms",
     .fallback = "0",
     .doc = "active for start < t <= stop, of the network's time; the discarded time counts",
     .offset = STIMULUS(start)},
    {.name = "stop",
     .type = QN_KEY_NUMBER,
     .required = true,
     .bounds = QN_ABOVE,
     .unit = "ms",
     .doc = "when it ends",
     .offset = STIMULUS(stop)},
    {.name = "current",
     .type = QN_KEY_NUMBER,
     .unit = "pA",
     .fallback = "0",
     .doc = "added to every neuron",
     .offset = STIMULUS(current)},
    {.name = "rate",
     .type = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .unit = "1/s",
     .fallback = "0",
     .doc = "further Poisson input per neuron, in all, with the population's external weight",
     .offset = STIMULUS(rate)},
    {0}};

static const qn_key scale_keys[] = {
    {.name = "size",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1,
     .fallback = "1",
     .doc = "factor on the numbers of neurons",
     .offset = offsetof(qn_spiking_scale_keys, size)},
    {.name = "degree",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1,
     .fallback = "1",
     .doc = "factor on the numbers of inputs of a neuron; weights grow by its root, and a constant current replaces "
            "the mean that is missing: mean and variance of the input stay, correlations do not",
     .offset = offsetof(qn_spiking_scale_keys, degree)},
    {.name = "rates",
     .type = QN_KEY_LIST,
     .item = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .unit = "1/s",
     .fallback_doc = "of the mean field of the full network",
     .doc = "one per population: those at which mean and variance are kept",
     .offset = offsetof(qn_spiking_scale_keys, rates)},
    {0}};

const qn_key qn_spiking_network_schema[] = {
    {.name = "time_step",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 10,
     .unit = "ms",
     .fallback = "0.1",
     .doc = "h: spikes and delays are multiples of it",
     .offset = NETWORK(time_step)},
    {.name = "delay_minimum",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .unit = "ms",
     .fallback_doc = "the time step",
     .doc = "where normal delays are cut: from half a time step to a whole one",
     .offset = NETWORK(delay_minimum)},
    {.name = "delay_split",
     .type = QN_KEY_CHOICE,
     .choices = delay_splits,
     .fallback = "systematic",
     .doc = "how the synapses of a neuron are spread over delays: by systematic sampling, or each independently",
     .offset = NETWORK(delay_split)},
    {.name = "unit_size",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 1,
     .most = 65536,
     .unit = "neurons",
     .fallback_doc = "16384",
     .doc = "most neurons of the pieces into which populations are cut for work; another size is another realisation",
     .offset = NETWORK(unit_size)},
    NEURON_KEYS(NETWORK, ", of all populations that say nothing else", "the defaults"),
    {.name = "populations",
     .type = QN_KEY_LIST,
     .item = QN_KEY_MAPPING,
     .required = true,
     .keys = population_keys,
     .size = sizeof(qn_spiking_population_keys),
     .doc = "groups of like neurons",
     .offset = NETWORK(populations)},
    {.name = "connectivity",
     .type = QN_KEY_MAPPING,
     .keys = qn_spiking_connectivity_schema,
     .size = sizeof(qn_spiking_connectivity_keys),
     .fallback_doc = "no synapses but those of `projections`",
     .doc = "synapses between populations, as matrices [target][source] in the order of `populations`; a number "
            "stands for all pairs, a list for one number per source",
     .offset = NETWORK(connectivity)},
    {.name = "projections",
     .type = QN_KEY_LIST,
     .item = QN_KEY_MAPPING,
     .fallback_doc = "none",
     .keys = qn_spiking_projection_schema,
     .size = sizeof(qn_spiking_projection_keys),
     .doc = "single pairs of populations",
     .offset = NETWORK(projections)},
    {.name = "stimuli",
     .type = QN_KEY_LIST,
     .item = QN_KEY_MAPPING,
     .fallback_doc = "none",
     .keys = stimulus_keys,
     .size = sizeof(qn_spiking_stimulus_keys),
     .doc = "pulses and steps of input",
     .offset = NETWORK(stimuli)},
    {.name = "scale",
     .type = QN_KEY_MAPPING,
     .keys = scale_keys,
     .size = sizeof(qn_spiking_scale_keys),
     .fallback_doc = "full size",
     .doc = "a smaller network with the same mean and variance of the input",
     .offset = NETWORK(scale)},
    {0}};
