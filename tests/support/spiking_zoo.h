/// A small network with everything in it that the engine knows: rules, laws of weights and delays, kinds of neurons,
/// stimuli. Enough neurons and units for three threads.
#pragma once
#include "testing.h"

enum { ZOO_EDGES = 4000, ZOO_GIVEN = 500, ZOO_POPULATIONS = 7 };

typedef struct {
    qn_spiking_population populations[ZOO_POPULATIONS];
    qn_spiking_projection projections[10];
    qn_spiking_stimulus stimuli[2];
    uint32_t edge_source[ZOO_EDGES], edge_target[ZOO_EDGES], given_neuron[ZOO_GIVEN];
    float edge_weight[ZOO_EDGES], edge_delay[ZOO_EDGES];
    double given_time[ZOO_GIVEN];
    qn_spiking_network network;
} spiking_zoo;

static inline void fill_zoo_lists(spiking_zoo *zoo)
{
    double u[4 * ZOO_EDGES];
    qn_uniform(&(qn_stream){9, QN_PURPOSE_TEST, 0}, 0, sizeof u / sizeof *u, u);
    for (size_t e = 0; e < ZOO_EDGES; ++e) {
        zoo->edge_source[e] = (uint32_t)(u[4 * e] * 300.0);
        zoo->edge_target[e] = (uint32_t)(u[4 * e + 1] * 2500.0);
        zoo->edge_weight[e] = (float)(-300.0 + 1000.0 * u[4 * e + 2]);
        zoo->edge_delay[e] = (float)(0.1 + 9.0 * u[4 * e + 3]);
    }
    for (size_t i = 0; i < ZOO_GIVEN; ++i) {
        zoo->given_neuron[i] = (uint32_t)(u[i] * 300.0);
        zoo->given_time[i] = 0.1 * (1.0 + floor(u[ZOO_GIVEN + i] * 1500.0));
    }
}

/// `zoo->network` points into `zoo`.
static inline void make_spiking_zoo(spiking_zoo *zoo)
{
    enum { E, I, D, X, P, G, NONE };
    memset(zoo, 0, sizeof *zoo);
    fill_zoo_lists(zoo);
    const qn_spiking_population cell = {.neuron = {.refractory_time = 2.0},
                                        .external_count = 1000.0,
                                        .external_rate = 8.0,
                                        .external_weight = 90.0,
                                        .initial_mean = -60.0,
                                        .initial_spread = 6.0};
    qn_spiking_population *p = zoo->populations;
    for (int i = E; i <= X; ++i) p[i] = cell;
    p[E].size = 6000;
    p[E].external_weight = 75.0;
    p[I].size = 2500;
    p[I].neuron.inhibitory_synaptic_time = 2.0;
    p[I].constant_current = 20.0;
    p[D].size = 777;
    p[D].neuron.synapse = QN_SYNAPSE_DELTA;
    p[D].neuron.refractory_time = 0.0;
    p[D].external_count = 15000.0; // two draws a step
    p[D].external_weight = 0.012;
    p[X].size = 501;
    p[X].neuron.kind = QN_NEURON_ESCAPE_RATE;
    p[X].neuron.link_rate = 10.0;
    p[X].neuron.link_potential = -55.0;
    p[X].neuron.link_width = 3.0;
    p[P] = (qn_spiking_population){.size = 99, .neuron.kind = QN_NEURON_POISSON, .source_rate = 40.0};
    p[G] = (qn_spiking_population){
        .size = 300, .neuron.kind = QN_NEURON_GIVEN, .given = {ZOO_GIVEN, zoo->given_neuron, zoo->given_time}};
    const qn_delay_law late = {QN_DELAY_NORMAL, 1.5, 0.5}, early = {QN_DELAY_NORMAL, 0.75, 0.5};
    const qn_weight_law plus = {QN_WEIGHT_NORMAL, 80.0, 0.1}, minus = {QN_WEIGHT_NORMAL, -400.0, 0.1};
    const qn_spiking_projection all[] = {
        {E, E, QN_RULE_TOTAL_NUMBER, 6e5, .weight = plus, .delay = late},
        {I, E, QN_RULE_TOTAL_NUMBER, 2e5, .weight = {QN_WEIGHT_LOGNORMAL, 80.0, 1.0}, .delay = late},
        {E, I, QN_RULE_TOTAL_NUMBER, 1.5e5, .weight = minus, .delay = early},
        {I, I, QN_RULE_IN_DEGREE, 40, true, true, minus, early, {0}},
        {D, E, QN_RULE_BERNOULLI, 0.02, .weight = {QN_WEIGHT_CONSTANT, 0.2, 0.0},
         .delay = {QN_DELAY_CONSTANT, 3.0, 0.0}},
        {D, I, QN_RULE_TOTAL_NUMBER, 30000, .weight = {QN_WEIGHT_NORMAL, -0.5, 0.2}, .delay = early},
        {X, E, QN_RULE_TOTAL_NUMBER, 10000, .weight = plus, .delay = late},
        {E, P, QN_RULE_IN_DEGREE, 5, .weight = plus, .delay = {QN_DELAY_CONSTANT, 0.1, 0.0}},
        {I, G, QN_RULE_EDGES,
         .edges = {ZOO_EDGES, zoo->edge_source, zoo->edge_target, zoo->edge_weight, zoo->edge_delay}},
        {E, X, QN_RULE_TOTAL_NUMBER, 20000, .weight = plus, .delay = late},
    };
    memcpy(zoo->projections, all, sizeof all);
    zoo->stimuli[0] = (qn_spiking_stimulus){E, 40.0, 60.0, 50.0, 2000.0};
    zoo->stimuli[1] = (qn_spiking_stimulus){D, 30.0, 50.0, -20.0, 0.0};
    zoo->network = (qn_spiking_network){.population_count = ZOO_POPULATIONS,
                                        .populations = zoo->populations,
                                        .projection_count = 10,
                                        .projections = zoo->projections,
                                        .stimulus_count = 2,
                                        .stimuli = zoo->stimuli,
                                        .unit_size = 1024};
}
