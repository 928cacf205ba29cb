#include "network/spiking_check.h"

#include "base/fail.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

qn_status qn_check_numbers(size_t count, const qn_checked_number *numbers)
{
    static const char *const ALLOWED[] = {"a finite number", "0 or more, finite", "greater than 0, finite"};
    for (size_t i = 0; i < count; ++i) {
        const qn_checked_number *n = &numbers[i];
        const bool right = isfinite(n->value) && (n->range != QN_NOT_NEGATIVE || n->value >= 0.0) &&
                           (n->range != QN_POSITIVE || n->value > 0.0);
        QN_REQUIRE(right, QN_BAD_VALUE, "%s is %g%s; allowed: %s", n->name, n->value, n->unit, ALLOWED[n->range]);
    }
    return QN_OK;
}

qn_status qn_check_on_grid(const char *name, double time, double time_step)
{
    const double steps = time / time_step;
    QN_REQUIRE(fabs(steps - round(steps)) <= 1e-6, QN_BAD_VALUE,
               "%s is %.9g ms; allowed: a multiple of the time step, %.9g ms", name, time, time_step);
    QN_REQUIRE(steps < 0x1p32, QN_BAD_VALUE, "%s is %g ms, %.0f time steps; allowed: fewer than 2^32 of them", name,
               time, steps);
    return QN_OK;
}

const char *qn_spiking_population_name(const qn_spiking_network *network, size_t population,
                                       char text[QN_POPULATION_NAME])
{
    if (network->populations[population].name != NULL) return network->populations[population].name;
    snprintf(text, QN_POPULATION_NAME, "%zu", population);
    return text;
}

qn_status qn_fail_in_population(qn_status status, const qn_spiking_network *network, size_t population)
{
    const char *name = network->populations[population].name;
    if (name == NULL) return qn_fail_in(status, "populations[%zu]", population);
    return qn_fail_in(status, "populations[%zu] (%.60s)", population, name);
}

bool qn_is_source(const qn_spiking_population *population)
{
    return population->neuron.kind == QN_NEURON_POISSON || population->neuron.kind == QN_NEURON_GIVEN;
}

static qn_status check_grid(const qn_spiking_network *network)
{
    const double step = qn_spiking_time_step(network), cut = qn_spiking_delay_minimum(network);
    QN_TRY(qn_check_numbers(2, (const qn_checked_number[]){{"time_step", step, " ms", QN_POSITIVE},
                                                           {"delay_minimum", cut, " ms", QN_POSITIVE}}));
    QN_REQUIRE(cut >= 0.5 * step * (1.0 - 1e-9) && cut <= step * (1.0 + 1e-9), QN_BAD_VALUE,
               "delay_minimum is %g ms; allowed: from half a time step, %g ms, to a whole one, %g ms", cut, 0.5 * step,
               step);
    QN_REQUIRE(network->delay_split == QN_DELAY_SPLIT_SYSTEMATIC || network->delay_split == QN_DELAY_SPLIT_INDEPENDENT,
               QN_BAD_VALUE, "delay_split is %d; allowed: systematic (0) or independent (1)",
               (int)network->delay_split);
    // Targets within a unit are drawn with 24 bits: beyond 2^17 neurons their probabilities would differ by percents.
    QN_REQUIRE(qn_spiking_unit_size(network) <= (size_t)1 << 17, QN_BAD_VALUE,
               "unit_size is %zu; allowed: at most 131072 neurons", network->unit_size);
    return QN_OK;
}

static qn_status check_lists(const qn_spiking_network *network)
{
    QN_REQUIRE(network->population_count > 0 && network->populations != NULL, QN_BAD_VALUE,
               "populations: there are none; allowed: at least 1");
    QN_REQUIRE(network->projection_count == 0 || network->projections != NULL, QN_BAD_VALUE,
               "projections: %zu are announced but the list is NULL", network->projection_count);
    QN_REQUIRE(network->stimulus_count == 0 || network->stimuli != NULL, QN_BAD_VALUE,
               "stimuli: %zu are announced but the list is NULL", network->stimulus_count);
    return QN_OK;
}

static qn_status check_names(const qn_spiking_network *network, size_t population)
{
    const char *name = network->populations[population].name;
    if (name == NULL) return QN_OK;
    QN_REQUIRE(name[0] != '\0', QN_BAD_VALUE, "name is empty; allowed: some text, or NULL for its number");
    for (size_t p = 0; p < population; ++p)
        if (network->populations[p].name != NULL && strcmp(name, network->populations[p].name) == 0)
            return qn_fail(QN_BAD_VALUE, "name is that of populations[%zu] too; allowed: a name of its own", p);
    return QN_OK;
}

static qn_status check_populations(const qn_spiking_network *network)
{
    double neurons = 0.0;
    for (size_t p = 0; p < network->population_count; ++p) {
        qn_status status = check_names(network, p);
        if (status == QN_OK) status = qn_spiking_check_population(network, &network->populations[p]);
        if (status != QN_OK) return qn_fail_in_population(status, network, p);
        neurons += (double)network->populations[p].size;
    }
    QN_REQUIRE(neurons >= 1.0 && neurons < 0x1p32, QN_BAD_VALUE,
               "populations: %.0f neurons in all; allowed: 1 to 4294967295", neurons);
    return QN_OK;
}

static qn_status check_stimulus(const qn_spiking_network *network, const qn_spiking_stimulus *stimulus)
{
    QN_REQUIRE(stimulus->population < network->population_count, QN_BAD_VALUE, "population is %zu; allowed: 0 to %zu",
               stimulus->population, network->population_count - 1);
    QN_TRY(qn_check_numbers(4, (const qn_checked_number[]){{"start", stimulus->start, " ms", QN_NOT_NEGATIVE},
                                                           {"stop", stimulus->stop, " ms", QN_POSITIVE},
                                                           {"current", stimulus->current, " pA", QN_ANY_NUMBER},
                                                           {"rate", stimulus->rate, " /s", QN_NOT_NEGATIVE}}));
    QN_REQUIRE(stimulus->stop > stimulus->start, QN_BAD_VALUE, "stop is %g ms; allowed: later than the start, %g ms",
               stimulus->stop, stimulus->start);
    const qn_spiking_population *population = &network->populations[stimulus->population];
    char text[QN_POPULATION_NAME];
    QN_REQUIRE(!qn_is_source(population), QN_BAD_VALUE,
               "population %.60s is a source of spikes and takes no input; allowed: populations of neurons",
               qn_spiking_population_name(network, stimulus->population, text));
    QN_REQUIRE(stimulus->rate == 0.0 || population->external_weight != 0.0, QN_BAD_VALUE,
               "rate is %g /s, but the external weight of population %.60s is 0; give it a weight", stimulus->rate,
               qn_spiking_population_name(network, stimulus->population, text));
    return QN_OK;
}

qn_status qn_spiking_network_check(const qn_spiking_network *network)
{
    QN_TRY(check_lists(network));
    QN_TRY(check_grid(network));
    QN_TRY(check_populations(network));
    QN_TRY(qn_spiking_check_projections(network));
    for (size_t i = 0; i < network->stimulus_count; ++i) {
        const qn_status status = check_stimulus(network, &network->stimuli[i]);
        if (status != QN_OK) return qn_fail_in(status, "stimuli[%zu]", i);
    }
    return QN_OK;
}
