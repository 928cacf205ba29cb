/// The cortical microcircuit of Potjans & Diesmann (2014), 77 169 neurons, as the tables of section 2.2 give it.
#pragma once
#include "testing.h"

enum { MICROCIRCUIT_POPULATIONS = 8 };

typedef struct {
    qn_spiking_population populations[MICROCIRCUIT_POPULATIONS];
    qn_spiking_projection projections[MICROCIRCUIT_POPULATIONS * MICROCIRCUIT_POPULATIONS];
    qn_spiking_network network;
} microcircuit;

static const char *const MICROCIRCUIT_NAME[] = {"23E", "23I", "4E", "4I", "5E", "5I", "6E", "6I"};
static const size_t MICROCIRCUIT_SIZE[] = {20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948};
static const double MICROCIRCUIT_EXTERNAL[] = {1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100};
static const double MICROCIRCUIT_PROBABILITY[8][8] = {
    {.1009, .1689, .0437, .0818, .0323, 0, .0076, 0},         {.1346, .1371, .0316, .0515, .0755, 0, .0042, 0},
    {.0077, .0059, .0497, .1350, .0067, .0003, .0453, 0},     {.0691, .0029, .0794, .1597, .0033, 0, .1057, 0},
    {.1004, .0622, .0505, .0057, .0831, .3726, .0204, 0},     {.0548, .0269, .0257, .0022, .0600, .3158, .0086, 0},
    {.0156, .0066, .0211, .0166, .0572, .0197, .0396, .2252}, {.0364, .0010, .0034, .0005, .0277, .0080, .0658, .1443}};

/// Fills in `circuit`, which must stay where it is.
static inline const qn_spiking_network *microcircuit_build(microcircuit *circuit)
{
    const double weight = 87.80849352920845; // pA: an excursion of 0.15 mV
    memset(circuit, 0, sizeof *circuit);
    size_t count = 0;
    for (size_t t = 0; t < 8; ++t) {
        circuit->populations[t] = (qn_spiking_population){.name = MICROCIRCUIT_NAME[t],
                                                          .size = MICROCIRCUIT_SIZE[t],
                                                          .neuron = {.refractory_time = 2.0},
                                                          .external_count = MICROCIRCUIT_EXTERNAL[t],
                                                          .external_rate = 8.0,
                                                          .external_weight = weight,
                                                          .initial_mean = -58.0,
                                                          .initial_spread = 10.0};
        for (size_t s = 0; s < 8; ++s) {
            if (MICROCIRCUIT_PROBABILITY[t][s] == 0.0) continue;
            const double pairs = (double)MICROCIRCUIT_SIZE[t] * (double)MICROCIRCUIT_SIZE[s];
            const double factor = s % 2 == 1 ? -4.0 : t == 0 && s == 2 ? 2.0 : 1.0;
            circuit->projections[count++] = (qn_spiking_projection){
                .target = t,
                .source = s,
                .rule = QN_RULE_TOTAL_NUMBER,
                .count = round(log(1.0 - MICROCIRCUIT_PROBABILITY[t][s]) / log(1.0 - 1.0 / pairs)),
                .weight = {.mean = factor * weight, .relative_spread = 0.1},
                .delay = {.mean = s % 2 == 1 ? 0.75 : 1.5, .relative_spread = 0.5}};
        }
    }
    circuit->network = (qn_spiking_network){.population_count = 8,
                                            .populations = circuit->populations,
                                            .projection_count = count,
                                            .projections = circuit->projections};
    return &circuit->network;
}
