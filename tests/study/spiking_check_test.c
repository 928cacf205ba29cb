// What a study of a spiking network may get wrong, and what it is told.
#include "testing.h"

#include "study/study_data.h"

#define POPULATIONS                                                                                                    \
    "study: spiking\n"                                                                                                 \
    "network:\n"                                                                                                       \
    "  external: {count: 100, rate: 8, weight: {excursion: 0.1}}\n"                                                    \
    "  populations:\n"                                                                                                 \
    "    - {name: E, size: 400}\n"                                                                                     \
    "    - {name: I, size: 100, inhibitory: true}\n"
#define CONNECTIVITY                                                                                                   \
    "  connectivity:\n"                                                                                                \
    "    probability: 0.1\n"                                                                                           \
    "    weight: {excursion: 0.1, relative_inhibition: 4}\n"                                                           \
    "    delay: {mean: 1.5, spread: 0.5}\n"
#define FINE POPULATIONS CONNECTIVITY

static void refused(const char *text, const char *message)
{
    qn_study *study = NULL;
    assert_fails(qn_study_read_text(text, strlen(text), "studies/x.yaml", 0, NULL, &study), QN_BAD_VALUE, message);
    assert_null(study);
}

// The study but for one override.
static void override_refused(const char *override, const char *message)
{
    qn_study *study = NULL;
    assert_fails(qn_study_read_text(FINE "simulation: {}\n", strlen(FINE "simulation: {}\n"), "studies/x.yaml", 1,
                                    &override, &study),
                 QN_BAD_VALUE, message);
    assert_null(study);
}

static void what_is_right_reads(void **state)
{
    (void)state;
    qn_study *study = NULL;
    assert_ok(qn_study_read_text(FINE, strlen(FINE), "x.yaml", 0, NULL, &study));
    qn_study_destroy(study);
}

static void numbers_out_of_range(void **state)
{
    (void)state;
    override_refused("network.populations.0.size=-3",
                     "--set network.populations.0.size=-3: network.populations.0.size is -3; allowed: at least 0, at "
                     "most 2147483647 (neurons)");
    override_refused("network.neuron.membrane_time=0",
                     "network.neuron.membrane_time is 0; allowed: greater than 0 (ms)");
    override_refused("network.neuron.synaptic_time=-1", "greater than 0 (ms)");
    override_refused("network.neuron.capacitance=.nan", "network.neuron.capacitance is \".nan\"; allowed: a number");
    override_refused("network.external.rate=-8", "network.external.rate is -8; allowed: at least 0 (1/s)");
    override_refused("network.connectivity.probability=1.5",
                     "network.connectivity.probability is 1.5; allowed: at least 0, at most 0.999999");
    override_refused("network.connectivity.weight.spread=-0.1", "weight.spread is -0.1; allowed: at least 0");
    override_refused("network.connectivity.delay.mean=0",
                     "network.connectivity.delay.mean is 0; allowed: greater than 0, at most 100 (ms)");
    override_refused("network.connectivity.delay.mean=101", "delay.mean is 101; allowed: greater than 0, at most 100");
    override_refused("network.scale.degree=1.5", "network.scale.degree is 1.5; allowed: greater than 0, at most 1");
    override_refused("network.neuron.link.width=0", "network.neuron.link.width is 0; allowed: greater than 0 (mV)");
    override_refused("network.neuron.link.rate=0", "network.neuron.link.rate is 0; allowed: greater than 0 (1/s)");
    override_refused("network.connectivity.weight.relative_inhibition=-4",
                     "relative_inhibition is -4; allowed: at least 0");
    override_refused("simulation.realisations=0", "simulation.realisations is 0; allowed: at least 1");
}

static void times_off_the_grid(void **state)
{
    (void)state;
    override_refused("network.time_step=0.3",
                     "network.populations.0.neuron.refractory_time is 2 ms in population E; allowed: a multiple of "
                     "network.time_step, 0.3 ms");
    override_refused("network.neuron.refractory_time=0.25",
                     "network.neuron.refractory_time is 0.25 ms in population E; allowed: a multiple of");
    override_refused("network.delay_minimum=0.2", "network.delay_minimum is 0.2 ms; allowed: 0.05 to 0.1 ms");
    override_refused("simulation.bin=0.25", "simulation.bin is 0.25 ms; allowed: a multiple of network.time_step");
    override_refused("simulation.duration=1", "simulation.duration is 1 ms; allowed: at least two bins, 2 ms");
}

static void thresholds_and_links(void **state)
{
    (void)state;
    override_refused("network.neuron.reset=-40",
                     "network.neuron.reset is -40 mV in population E; allowed: below the threshold, -50 mV");
    override_refused("network.neuron.kind=escape-rate",
                     "network.populations.0.neuron.link.rate is missing: escape-rate neurons need the rate of their "
                     "link, above 0 (1/s)");
    override_refused(
        "network.neuron.kind=izhikevich",
        "network.neuron.kind is \"izhikevich\"; allowed: integrate-and-fire, escape-rate, poisson or given");
    refused(POPULATIONS "    - {name: G, size: 3, neuron: {kind: given}}\n",
            "studies/x.yaml:7: network.populations.2.spikes is missing: a population of kind given needs the file of "
            "its spikes");
    refused(POPULATIONS "    - {name: G, size: 3, neuron: {kind: given}, spikes: nowhere.csv}\n",
            "studies/x.yaml:7: network.populations.2.spikes is \"nowhere.csv\": No such file");
    refused(POPULATIONS
            "    - {name: X, size: 3, neuron: {kind: escape-rate, link: {kind: table, potentials: [-60, -60], rates: "
            "[1, 2]}}}\n",
            "allowed: at least two increasing potentials, with as many rates");
}

static void names_of_populations(void **state)
{
    (void)state;
    refused(POPULATIONS "    - {name: E, size: 10}\n",
            "studies/x.yaml:7: network.populations.2.name is \"E\", as is that of population 0; allowed: a name of its "
            "own");
    refused(POPULATIONS "    - {name: a/b, size: 10}\n",
            "network.populations.2.name is \"a/b\"; allowed: letters, digits");
    refused("study: spiking\nnetwork: {populations: []}\n", "network.populations is empty");
    refused(
        FINE "  projections: [{source: E, target: Ii, probability: 0.1}]\n",
        "studies/x.yaml:11: network.projections.0.target is \"Ii\"; allowed: the name of a population (did you mean "
        "I?)");
    refused(FINE "  stimuli: [{population: J, stop: 3}]\n", "network.stimuli.0.population is \"J\"");
    refused(FINE "  stimuli: [{population: E, start: 5, stop: 3}]\n",
            "network.stimuli.0.stop is 3 ms; allowed: later than its start, 5 ms");
    refused(FINE "must_see: [{quantity: rate(EE), max_relative_error: 1}]\n",
            "studies/x.yaml:11: must_see.0.quantity is \"rate(EE)\"; allowed: a quantity such as rate, rate(E) or "
            "fano_factor");
    refused(FINE "figures: [{plot: rastr}]\n", "figures.0.plot is \"rastr\"; allowed: a quantity or function such as "
                                               "rate, rate(E) or fano_factor (did you mean raster?)");
    refused(FINE "must_see: [{quantity: rate, theory_within: [3]}]\n",
            "must_see.0.theory_within has 1 numbers; allowed: [least, most]");
    refused(FINE "must_see: [{quantity: rate, simulation_within: [3, 2]}]\n", "allowed: [least, most]");
}

static void matrices_of_the_wrong_shape(void **state)
{
    (void)state;
    refused(POPULATIONS "  connectivity:\n    probability: [[0.1, 0.1], [0.1]]\n",
            "studies/x.yaml:8: network.connectivity.probability.1 has 1 numbers; allowed: 2, as in the first row");
    refused(POPULATIONS "  connectivity:\n    probability: [0.1, 0.1, 0.1]\n    weight: 1\n    delay: 1\n",
            "studies/x.yaml:8: network.connectivity.probability is 1 x 3; allowed: a number, 2 numbers (one per "
            "source), or 2 x 2 [target][source]");
    refused(POPULATIONS "  connectivity:\n    probability: [[0.1, x], [0.1, 0.1]]\n",
            "network.connectivity.probability.0.1 is \"x\"; allowed: a number, a list of numbers");
    refused(POPULATIONS "  connectivity: {probability: 0.1, bernoulli: 0.1, weight: 1, delay: 1}\n",
            "network.connectivity has 2 rules; allowed: one of probability, total_number, in_degree, bernoulli");
    refused(
        FINE "  projections: [{source: E, target: I}]\n",
        "network.projections.0 has 0 rules; allowed: one of probability, total_number, in_degree, bernoulli, edges");
    refused(FINE "  projections: [{source: E, target: I, bernoulli: 0.1}, {source: E, target: I, in_degree: 3}]\n",
            "network.projections.1: there is one from E to I already, number 0");
    refused(FINE "  scale: {size: 0.5, rates: [3]}\n",
            "network.scale.rates has 1 numbers; allowed: 2, one per population");
}

static void synapses_that_cannot_be(void **state)
{
    (void)state;
    // A wrong sign is found at its entry.
    refused(POPULATIONS "  connectivity:\n"
                        "    probability: 0.1\n"
                        "    weight:\n"
                        "      value:\n"
                        "        - [10, -40]\n"
                        "        - [10, 40]\n"
                        "    delay: 1.5\n",
            "studies/x.yaml:12: network.connectivity.weight.value of I -> I is 40; allowed: less than 0, since I is "
            "inhibitory");
    override_refused("network.connectivity.weight.spread=0.4",
                     "network.connectivity.weight.spread is 0.4; allowed: at most 0.3 for the normal law");
    override_refused("network.connectivity.weight.jump=0.4",
                     "network.connectivity.weight has 2 of value, excursion and jump; allowed: one");
    refused(POPULATIONS "  connectivity: {probability: 0.1, delay: 1}\n",
            "network.connectivity.weight has no value for E -> E; allowed: one of value, excursion and jump");
    refused(POPULATIONS "  connectivity: {probability: 0.1, weight: {value: [1, -1]}}\n",
            "network.connectivity.delay has no value for E -> E");
    refused("study: spiking\nnetwork:\n  populations: [{name: E, size: 9}, {name: I, size: 0, inhibitory: true}]\n"
            "  connectivity: {in_degree: [[1, 2], [3, 4]], weight: {value: [1, -1]}, delay: 1}\n",
            "studies/x.yaml:4: network.connectivity.in_degree: I -> E has synapses, but population I is empty");
    refused(POPULATIONS "  connectivity: {total_number: 3e9, weight: {value: [1, -1]}, delay: 1}\n",
            "network.connectivity.total_number: E -> E has 3e+09 synapses; allowed: fewer than 2^31");
    refused(POPULATIONS "  connectivity: {in_degree: 150, multapses: false, weight: {value: [1, -1]}, delay: 1}\n",
            "network.connectivity.in_degree: I -> E is 150; allowed: at most 100, the sources there are, without "
            "multapses");
    refused(POPULATIONS "    - {name: P, size: 3, neuron: {kind: poisson}}\n"
                        "  connectivity: {bernoulli: 0.1, weight: {value: [1, -1, 1]}, delay: 1}\n",
            "E -> P has synapses, but P is a source without input");
    refused(FINE "  projections: [{source: E, target: I, edges: nowhere.csv, index_base: 0}]\n",
            "network.projections.0.edges is \"nowhere.csv\": No such file");
    refused("study: spiking\nnetwork: {external: {count: 3, rate: 8}, populations: [{name: E, size: 4}]}\n",
            "network.populations.0.external.weight has 0 of value, excursion and jump; allowed: one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_reads),     cmocka_unit_test(numbers_out_of_range),
        cmocka_unit_test(times_off_the_grid),      cmocka_unit_test(thresholds_and_links),
        cmocka_unit_test(names_of_populations),    cmocka_unit_test(matrices_of_the_wrong_shape),
        cmocka_unit_test(synapses_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
