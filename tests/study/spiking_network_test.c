// From the keys of a study to the network: every law, unit and override.
#include "testing.h"

#include "study/spiking_build.h"
#include "study/study_data.h"

#define HEAD                                                                                                           \
    "study: spiking\n"                                                                                                 \
    "network:\n"                                                                                                       \
    "  neuron: {membrane_time: 20, capacitance: 200, threshold: -52, refractory_time: 1}\n"                            \
    "  external: {count: 100, rate: 8, weight: {jump: 0.2}}\n"                                                         \
    "  populations:\n"                                                                                                 \
    "    - {name: E, size: 400}\n"                                                                                     \
    "    - {name: I, size: 100, inhibitory: true, neuron: {membrane_time: 10, inhibitory_synaptic_time: 2}}\n"

static const qn_spiking_study *read_study(const char *text, qn_study **study)
{
    assert_ok(qn_study_read_text(text, strlen(text), "studies/x.yaml", 0, NULL, study));
    return (*study)->normal.descriptions[0];
}

static void assert_same_neuron(const qn_spiking_neuron *a, const qn_spiking_neuron *b)
{
    const qn_spiking_neuron x = qn_spiking_neuron_resolved(a), y = qn_spiking_neuron_resolved(b);
    assert_int_equal(x.kind, y.kind);
    assert_int_equal(x.synapse, y.synapse);
    assert_within(x.membrane_time, y.membrane_time, 0);
    assert_within(x.synaptic_time, y.synaptic_time, 0);
    assert_within(x.inhibitory_synaptic_time, y.inhibitory_synaptic_time, 0);
    assert_within(x.capacitance, y.capacitance, 0);
    assert_within(x.rest, y.rest, 0);
    assert_within(x.threshold, y.threshold, 0);
    assert_within(x.reset, y.reset, 0);
    assert_within(x.refractory_time, y.refractory_time, 0);
}

static void assert_same_population(const qn_spiking_population *a, const qn_spiking_population *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->size, b->size);
    assert_same_neuron(&a->neuron, &b->neuron);
    assert_within(a->constant_current, b->constant_current, 1e-12 * fabs(b->constant_current));
    assert_within(a->external_count, b->external_count, 0);
    assert_within(a->external_rate, b->external_rate, 0);
    assert_close(a->external_weight, b->external_weight, 1e-14);
    assert_within(a->initial_mean, b->initial_mean, 0);
    assert_within(a->initial_spread, b->initial_spread, 0);
}

static const qn_spiking_projection *projection(const qn_spiking_network *network, size_t target, size_t source)
{
    for (size_t k = 0; k < network->projection_count; ++k)
        if (network->projections[k].target == target && network->projections[k].source == source)
            return &network->projections[k];
    return NULL;
}

static void assert_same_network(const qn_spiking_network *made, const qn_spiking_network *wanted)
{
    assert_int_equal(made->population_count, wanted->population_count);
    for (size_t p = 0; p < made->population_count; ++p)
        assert_same_population(&made->populations[p], &wanted->populations[p]);
    assert_int_equal(made->projection_count, wanted->projection_count);
    for (size_t k = 0; k < made->projection_count; ++k) {
        const qn_spiking_projection *a = &made->projections[k], *b = projection(wanted, a->target, a->source);
        assert_non_null(b);
        assert_int_equal(a->rule, b->rule);
        assert_within(a->count, b->count, 0);
        assert_int_equal(a->no_multapses, b->no_multapses);
        assert_int_equal(a->no_autapses, b->no_autapses);
        assert_int_equal(a->weight.kind, b->weight.kind);
        assert_close(a->weight.mean, b->weight.mean, 1e-14);
        assert_within(a->weight.relative_spread, b->weight.relative_spread, 0);
        assert_int_equal(a->delay.kind, b->delay.kind);
        assert_within(a->delay.mean, b->delay.mean, 0);
        assert_within(a->delay.relative_spread, b->delay.relative_spread, 0);
    }
    assert_int_equal(made->stimulus_count, wanted->stimulus_count);
    assert_within(qn_spiking_time_step(made), qn_spiking_time_step(wanted), 0);
    assert_within(qn_spiking_delay_minimum(made), qn_spiking_delay_minimum(wanted), 0);
    assert_int_equal(made->delay_split, wanted->delay_split);
    assert_int_equal(qn_spiking_unit_size(made), qn_spiking_unit_size(wanted));
}

// The shipped study spells the same network as the library's own maker does.
static void same_as_library(const char *file, size_t count, const char *const *overrides,
                            const qn_microcircuit_options *options)
{
    char path[512];
    snprintf(path, sizeof path, "%s/studies/%s", SOURCE_DIRECTORY, file);
    qn_study *study;
    qn_spiking_built built;
    qn_spiking_network wanted;
    assert_ok(qn_study_read(path, count, overrides, &study));
    const qn_spiking_study *spiking = study->normal.descriptions[0];
    assert_ok(qn_spiking_build(&spiking->network, study->folder, &built));
    assert_ok(qn_microcircuit_create(options, &wanted));
    assert_ok(qn_spiking_network_check(&built.network));
    assert_same_network(&built.network, &wanted);
    qn_spiking_network_clear(&wanted);
    qn_spiking_built_clear(&built);
    qn_study_destroy(study);
}

static void shipped_microcircuit_is_that_of_the_library(void **state)
{
    (void)state;
    same_as_library("microcircuit.yaml", 0, NULL, NULL);
    same_as_library("microcircuit-scaled.yaml", 0, NULL, NULL); // its weights as a matrix of factors
    const char *const constant[] = {"network.external.drive=constant"};
    same_as_library("microcircuit.yaml", 1, constant, &(qn_microcircuit_options){.constant_drive = true});
    const char *const finer[] = {"network.time_step=0.05", "network.delay_minimum=0.025"};
    same_as_library("microcircuit.yaml", 2, finer,
                    &(qn_microcircuit_options){.time_step = 0.05, .delay_minimum = 0.025});
}

static void populations_differ_where_they_say_so(void **state)
{
    (void)state;
    qn_study *study;
    qn_spiking_built built;
    const qn_spiking_study *s = read_study(HEAD "    - {name: P, size: 10, neuron: {kind: poisson}, source: {rate: 7, "
                                                "start: 5, stop: 9}}\n"
                                                "    - {name: X, size: 1, constant_current: 3, neuron: {reset: -80, "
                                                "refractory_time: 0}, external: {count: 0}, initial: {mean: -70, "
                                                "spread: 2}}\n",
                                           &study);
    assert_ok(qn_spiking_build(&s->network, NULL, &built));
    const qn_spiking_population *p = built.populations;
    assert_within(p[0].neuron.membrane_time, 20, 0);
    assert_within(p[1].neuron.membrane_time, 10, 0);
    assert_within(p[1].neuron.capacitance, 200, 0);
    assert_within(p[1].neuron.inhibitory_synaptic_time, 2, 0);
    assert_within(p[0].neuron.reset, -65, 0); // rest
    assert_within(p[3].neuron.reset, -80, 0);
    assert_within(p[3].neuron.refractory_time, 0, 0);
    assert_within(p[0].neuron.refractory_time, 1, 0);
    assert_within(p[0].external_weight, 0.2 * 200 / 0.5, 1e-12); // J C / tau_s
    assert_within(p[0].initial_mean, -65, 0);
    assert_within(p[3].external_count, 0, 0);
    assert_within(p[3].external_rate, 8, 0);
    assert_within(p[3].constant_current, 3, 0);
    assert_within(p[3].initial_spread, 2, 0);
    assert_int_equal(p[2].neuron.kind, QN_NEURON_POISSON);
    assert_within(p[2].source_rate, 7, 0);
    assert_within(p[2].source_start, 5, 0);
    assert_within(p[2].source_stop, 9, 0);
    assert_within(p[2].external_count, 0, 0);
    assert_int_equal(built.network.projection_count, 0);
    qn_spiking_built_clear(&built);
    qn_study_destroy(study);
}

static void rules_weights_and_delays_of_matrices(void **state)
{
    (void)state;
    qn_study *study;
    qn_spiking_built built;
    const qn_spiking_study *s =
        read_study(HEAD "  connectivity:\n"
                        "    in_degree: [[40, 10], [30, 0]]\n"
                        "    multapses: false\n"
                        "    weight: {jump: 0.1, relative_inhibition: 5, factor: [[1, 1], [2, 1]], spread: 0.2, law: "
                        "lognormal}\n"
                        "    delay: {distance: [[0, 7], [0, 0]], velocity: 3.5, excitatory: 1.5, inhibitory: 0.8, law: "
                        "constant}\n"
                        "  projections: [{source: I, target: I, bernoulli: 0.1, autapses: false, weight: {value: -7}, "
                        "delay: 3}]\n"
                        "  stimuli: [{population: I, start: 10, stop: 20, current: 5, rate: 100}]\n",
                   &study);
    assert_ok(qn_spiking_build(&s->network, NULL, &built));
    const qn_spiking_network *n = &built.network;
    assert_int_equal(n->projection_count, 4);
    const qn_spiking_projection *ee = projection(n, 0, 0), *ei = projection(n, 0, 1), *ie = projection(n, 1, 0),
                                *ii = projection(n, 1, 1);
    assert_int_equal(ee->rule, QN_RULE_IN_DEGREE);
    assert_within(ee->count, 40, 0);
    assert_true(ee->no_multapses);
    assert_false(ee->no_autapses);
    assert_within(ee->weight.mean, 0.1 * 200 / 0.5, 1e-12);
    assert_within(ei->weight.mean, -5 * 0.1 * 200 / 0.5, 1e-12);
    assert_within(ie->weight.mean, 2 * 0.1 * 200 / 0.5, 1e-12);
    assert_int_equal(ee->weight.kind, QN_WEIGHT_LOGNORMAL);
    assert_within(ee->weight.relative_spread, 0.2, 0);
    assert_within(ee->delay.mean, 1.5, 0);
    assert_within(ei->delay.mean, 2, 1e-15); // 7 mm at 3.5 mm/ms
    assert_int_equal(ee->delay.kind, QN_DELAY_CONSTANT);
    assert_int_equal(ii->rule, QN_RULE_BERNOULLI);
    assert_true(ii->no_autapses);
    assert_within(ii->weight.mean, -7, 0);
    assert_within(ii->delay.mean, 3, 0);
    assert_int_equal(ii->delay.kind, QN_DELAY_NORMAL); // an entry's own delay is wholly its own
    assert_int_equal(n->stimulus_count, 1);
    assert_int_equal(n->stimuli[0].population, 1);
    assert_within(n->stimuli[0].rate, 100, 0);
    assert_ok(qn_spiking_network_check(n));
    qn_spiking_built_clear(&built);
    qn_study_destroy(study);
}

// The sign is known before the excursion becomes a current: an inhibitory synapse decays with a time of its own.
static void inhibitory_excursions_use_their_synaptic_time(void **state)
{
    (void)state;
    qn_study *study;
    qn_spiking_built built;
    const qn_spiking_study *s = read_study(HEAD "  connectivity: {bernoulli: 0.1, weight: {excursion: 0.1, "
                                                "relative_inhibition: 4}, delay: {mean: [1, 2]}}\n",
                                           &study);
    assert_ok(qn_spiking_build(&s->network, NULL, &built));
    const qn_spiking_neuron *target = &built.populations[1].neuron;
    const qn_spiking_projection *ii = projection(&built.network, 1, 1);
    assert_within(ii->weight.mean, qn_weight_of_excursion(target, -0.4), 1e-12);
    const qn_spiking_neuron alike = {.membrane_time = 10, .synaptic_time = 0.5, .capacitance = 200};
    assert_true(fabs(ii->weight.mean / qn_weight_of_excursion(&alike, -0.4)) < 0.6);
    assert_within(ii->delay.mean, 2, 0); // one per source
    assert_within(projection(&built.network, 1, 0)->delay.mean, 1, 0);
    qn_spiking_built_clear(&built);
    qn_study_destroy(study);
}

// A matrix may leave out the sources at the end: nothing projects to them, and what they project is listed.
static void matrices_may_leave_out_sources_at_the_end(void **state)
{
    (void)state;
    qn_study *study;
    qn_spiking_built built;
    const qn_spiking_study *s = read_study(HEAD "    - {name: TC, size: 9, neuron: {kind: poisson}, source: 120}\n"
                                                "  connectivity: {probability: [[0.1, 0.2], [0.1, 0.2]], weight: "
                                                "{excursion: 0.1, relative_inhibition: 4}, delay: {mean: 1}}\n"
                                                "  projections: [{source: TC, target: E, probability: 0.1, weight: 20, "
                                                "delay: 1}]\n",
                                           &study);
    assert_ok(qn_spiking_build(&s->network, NULL, &built));
    assert_int_equal(built.network.projection_count, 5);
    assert_within(projection(&built.network, 0, 2)->count, qn_total_number_of_probability(0.1, 400, 9), 0);
    assert_ok(qn_spiking_network_check(&built.network));
    qn_spiking_built_clear(&built);
    qn_study_destroy(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_microcircuit_is_that_of_the_library),
        cmocka_unit_test(populations_differ_where_they_say_so),
        cmocka_unit_test(rules_weights_and_delays_of_matrices),
        cmocka_unit_test(inhibitory_excursions_use_their_synaptic_time),
        cmocka_unit_test(matrices_may_leave_out_sources_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
