#include <quenched/microcircuit.h>

#include "base/fail.h"

#include <math.h>

enum { CORTICAL = QN_MICROCIRCUIT_POPULATIONS, THALAMUS = CORTICAL, ALL = CORTICAL + 1, EXCITATORY_4 = 2 };

static const char *const NAMES[ALL] = {"23E", "23I", "4E", "4I", "5E", "5I", "6E", "6I", "TC"};
static const size_t SIZES[ALL] = {20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948, 902};

// Probability of at least one synapse between two neurons, [target, source].
static const double PROBABILITY[CORTICAL][ALL] = {
    {0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000, 0.0000},
    {0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000, 0.0000},
    {0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000, 0.0983},
    {0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000, 0.0619},
    {0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000, 0.0000},
    {0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000, 0.0000},
    {0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252, 0.0512},
    {0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443, 0.0196},
};

static const double EXTERNAL_COUNT[CORTICAL] = {1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100};
static const double EXTERNAL_RATE = 8.0; // 1/s

// mV
static const double OPTIMISED_MEAN[CORTICAL] = {-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43};
static const double OPTIMISED_SPREAD[CORTICAL] = {5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48};

static const double EXCURSION = 0.15;         // of an excitatory postsynaptic potential, mV
static const double INHIBITORY_WEIGHT = -4.0; // in units of the excitatory one
static const double WEIGHT_SPREAD = 0.1, DELAY_SPREAD = 0.5;
static const double EXCITATORY_DELAY = 1.5, INHIBITORY_DELAY = 0.75; // ms

// Neurons of table 2.1: all defaults but one.
static const qn_spiking_neuron NEURON = {.refractory_time = 2.0};

static bool is_inhibitory(size_t population) { return population % 2 == 1; }

static qn_spiking_population cortical(const qn_microcircuit_options *options, size_t p)
{
    const bool original = options->initial_potentials == QN_MICROCIRCUIT_ORIGINAL;
    const double weight = qn_weight_of_excursion(&NEURON, EXCURSION);
    qn_spiking_population population = {
        .name = NAMES[p],
        .size = SIZES[p],
        .neuron = NEURON,
        .initial_mean = original ? -58.0 : OPTIMISED_MEAN[p],
        .initial_spread = original ? 10.0 : OPTIMISED_SPREAD[p],
        .external_weight = weight,
    };
    if (options->constant_drive) {
        const double seconds = 1e-3 * qn_spiking_neuron_resolved(&NEURON).synaptic_time;
        population.constant_current = EXTERNAL_COUNT[p] * EXTERNAL_RATE * seconds * weight;
        return population;
    }
    population.external_count = EXTERNAL_COUNT[p];
    population.external_rate = EXTERNAL_RATE;
    return population;
}

static double or_default(double value, double otherwise) { return value == 0.0 ? otherwise : value; }

static qn_spiking_population thalamus(const qn_microcircuit_options *options)
{
    const double start = or_default(options->thalamic_start, 700.0);
    return (qn_spiking_population){
        .name = NAMES[THALAMUS],
        .size = SIZES[THALAMUS],
        .neuron = {.kind = QN_NEURON_POISSON},
        .source_rate = or_default(options->thalamic_rate, 120.0),
        .source_start = start,
        .source_stop = start + or_default(options->thalamic_length, 10.0),
    };
}

static qn_spiking_projection projection(size_t target, size_t source)
{
    const double unit = qn_weight_of_excursion(&NEURON, EXCURSION);
    const bool inhibitory = is_inhibitory(source);
    const bool doubled = target == 0 && source == EXCITATORY_4; // 4E -> 23E
    return (qn_spiking_projection){
        .target = target,
        .source = source,
        .rule = QN_RULE_TOTAL_NUMBER,
        .count = qn_total_number_of_probability(PROBABILITY[target][source], SIZES[target], SIZES[source]),
        .weight = {.mean = inhibitory ? INHIBITORY_WEIGHT * unit
                           : doubled  ? 2.0 * unit
                                      : unit,
                   .relative_spread = WEIGHT_SPREAD},
        .delay = {.mean = inhibitory ? INHIBITORY_DELAY : EXCITATORY_DELAY, .relative_spread = DELAY_SPREAD},
    };
}

static qn_status check(const qn_microcircuit_options *options)
{
    QN_REQUIRE(options->initial_potentials == QN_MICROCIRCUIT_OPTIMISED ||
                   options->initial_potentials == QN_MICROCIRCUIT_ORIGINAL,
               QN_BAD_VALUE, "initial_potentials is %d; allowed: optimised (0) or original (1)",
               (int)options->initial_potentials);
    const double stimulus[] = {options->thalamic_start, options->thalamic_length, options->thalamic_rate};
    static const char *const STIMULUS[] = {"thalamic_start", "thalamic_length", "thalamic_rate"};
    for (size_t i = 0; i < 3; ++i) {
        QN_REQUIRE(isfinite(stimulus[i]) && stimulus[i] >= 0.0, QN_BAD_VALUE, "%s is %g; allowed: 0 or more, finite",
                   STIMULUS[i], stimulus[i]);
        QN_REQUIRE(options->thalamic_stimulus || stimulus[i] == 0.0, QN_BAD_VALUE,
                   "%s is %g; allowed: 0 without thalamic_stimulus", STIMULUS[i], stimulus[i]);
    }
    return QN_OK;
}

qn_status qn_microcircuit_create(const qn_microcircuit_options *options, qn_spiking_network *network)
{
    qn_microcircuit_options chosen = {0};
    if (options != NULL) chosen = *options;
    QN_TRY(check(&chosen));
    const size_t sources = chosen.thalamic_stimulus ? ALL : CORTICAL;
    qn_spiking_population populations[ALL];
    for (size_t p = 0; p < CORTICAL; ++p) populations[p] = cortical(&chosen, p);
    populations[THALAMUS] = thalamus(&chosen);

    qn_spiking_projection projections[CORTICAL * ALL];
    size_t count = 0;
    for (size_t target = 0; target < CORTICAL; ++target)
        for (size_t source = 0; source < sources; ++source)
            if (PROBABILITY[target][source] > 0.0) projections[count++] = projection(target, source);

    const qn_spiking_network described = {
        .population_count = sources,
        .populations = populations,
        .projection_count = count,
        .projections = projections,
        .time_step = chosen.time_step,
        .delay_minimum = chosen.delay_minimum,
    };
    return qn_spiking_network_copy(&described, network);
}
