#include "base/fail.h"
#include "network/spiking_check.h"

#include <inttypes.h>
#include <math.h>

static qn_status check_kinds(const qn_spiking_neuron *neuron)
{
    QN_REQUIRE(neuron->kind >= QN_NEURON_INTEGRATE_AND_FIRE && neuron->kind <= QN_NEURON_GIVEN, QN_BAD_VALUE,
               "neuron.kind is %d; allowed: 0 to %d", (int)neuron->kind, QN_NEURON_GIVEN);
    QN_REQUIRE(neuron->synapse == QN_SYNAPSE_EXPONENTIAL || neuron->synapse == QN_SYNAPSE_DELTA, QN_BAD_VALUE,
               "neuron.synapse is %d; allowed: exponential (0) or delta (1)", (int)neuron->synapse);
    QN_REQUIRE(neuron->link >= QN_LINK_EXPONENTIAL && neuron->link <= QN_LINK_TABLE, QN_BAD_VALUE,
               "neuron.link is %d; allowed: 0 to %d", (int)neuron->link, QN_LINK_TABLE);
    return QN_OK;
}

// `neuron` with its defaults replaced.
static qn_status check_membrane(const qn_spiking_neuron *neuron, double time_step)
{
    const bool delta = neuron->synapse == QN_SYNAPSE_DELTA;
    const qn_number_range times = delta ? QN_ANY_NUMBER : QN_POSITIVE;
    const qn_checked_number numbers[] = {
        {"neuron.membrane_time", neuron->membrane_time, " ms", QN_POSITIVE},
        {"neuron.synaptic_time", neuron->synaptic_time, " ms", times},
        {"neuron.inhibitory_synaptic_time", neuron->inhibitory_synaptic_time, " ms", times},
        {"neuron.capacitance", neuron->capacitance, " pF", QN_POSITIVE},
        {"neuron.rest", neuron->rest, " mV", QN_ANY_NUMBER},
        {"neuron.threshold", neuron->threshold, " mV", QN_ANY_NUMBER},
        {"neuron.reset", neuron->reset, " mV", QN_ANY_NUMBER},
        {"neuron.refractory_time", neuron->refractory_time, " ms", QN_NOT_NEGATIVE},
        {"neuron.link_rate", neuron->link_rate, " /s", QN_NOT_NEGATIVE},
        {"neuron.link_potential", neuron->link_potential, " mV", QN_ANY_NUMBER},
        {"neuron.link_width", neuron->link_width, " mV", QN_NOT_NEGATIVE},
    };
    QN_TRY(qn_check_numbers(sizeof numbers / sizeof *numbers, numbers));
    QN_REQUIRE(!delta || (neuron->synaptic_time == 0.0 && neuron->inhibitory_synaptic_time == 0.0), QN_BAD_VALUE,
               "neuron.synaptic_time is %g ms and neuron.inhibitory_synaptic_time %g ms; allowed: 0 for delta synapses",
               neuron->synaptic_time, neuron->inhibitory_synaptic_time);
    QN_TRY(qn_check_on_grid("neuron.refractory_time", neuron->refractory_time, time_step));
    QN_REQUIRE(neuron->kind != QN_NEURON_INTEGRATE_AND_FIRE || neuron->reset < neuron->threshold, QN_BAD_VALUE,
               "neuron.reset is %g mV; allowed: below the threshold, %g mV", neuron->reset, neuron->threshold);
    return QN_OK;
}

static qn_status check_table(const qn_spiking_neuron *neuron)
{
    const double *potential = neuron->table_potential, *rate = neuron->table_rate;
    QN_REQUIRE(neuron->table_count >= 2 && potential != NULL && rate != NULL, QN_BAD_VALUE,
               "neuron.table has %zu points; allowed: at least 2, with potentials and rates",
               potential && rate ? neuron->table_count : 0);
    for (size_t i = 0; i < neuron->table_count; ++i) {
        QN_REQUIRE(isfinite(potential[i]) && (i == 0 || potential[i] > potential[i - 1]), QN_BAD_VALUE,
                   "neuron.table_potential[%zu] is %g mV; allowed: finite and above the one before", i, potential[i]);
        QN_REQUIRE(isfinite(rate[i]) && rate[i] >= 0.0, QN_BAD_VALUE,
                   "neuron.table_rate[%zu] is %g /s; allowed: 0 or more, finite", i, rate[i]);
    }
    return QN_OK;
}

static qn_status check_link(const qn_spiking_neuron *neuron)
{
    QN_REQUIRE(neuron->kind == QN_NEURON_ESCAPE_RATE || neuron->table_count == 0, QN_BAD_VALUE,
               "neuron.table_count is %zu; allowed: 0, as this neuron has no link", neuron->table_count);
    if (neuron->kind != QN_NEURON_ESCAPE_RATE) return QN_OK;
    if (neuron->link == QN_LINK_TABLE) return check_table(neuron);
    QN_REQUIRE(neuron->table_count == 0, QN_BAD_VALUE,
               "neuron.table_count is %zu; allowed: 0 for a link that is no table", neuron->table_count);
    return qn_check_numbers(2,
                            (const qn_checked_number[]){{"neuron.link_rate", neuron->link_rate, " /s", QN_POSITIVE},
                                                        {"neuron.link_width", neuron->link_width, " mV", QN_POSITIVE}});
}

static qn_status check_numbers(const qn_spiking_population *population)
{
    const qn_checked_number numbers[] = {
        {"constant_current", population->constant_current, " pA", QN_ANY_NUMBER},
        {"external_count", population->external_count, "", QN_NOT_NEGATIVE},
        {"external_rate", population->external_rate, " /s", QN_NOT_NEGATIVE},
        {"external_weight", population->external_weight, "", QN_ANY_NUMBER},
        {"initial_mean", population->initial_mean, " mV", QN_ANY_NUMBER},
        {"initial_spread", population->initial_spread, " mV", QN_NOT_NEGATIVE},
        {"source_rate", population->source_rate, " /s", QN_NOT_NEGATIVE},
        {"source_start", population->source_start, " ms", QN_NOT_NEGATIVE},
        {"source_stop", population->source_stop, " ms", QN_NOT_NEGATIVE},
    };
    return qn_check_numbers(sizeof numbers / sizeof *numbers, numbers);
}

// What a population would not use is a mistake of whoever gave it.
static qn_status check_input(const qn_spiking_population *population, const qn_spiking_neuron *neuron)
{
    if (qn_is_source(population)) {
        QN_REQUIRE(population->constant_current == 0.0 && population->external_count == 0.0, QN_BAD_VALUE,
                   "constant_current is %g pA and external_count %g; allowed: 0, as a source of spikes takes no input",
                   population->constant_current, population->external_count);
        return QN_OK;
    }
    QN_REQUIRE(population->external_weight >= 0.0 || neuron->synaptic_time == neuron->inhibitory_synaptic_time,
               QN_BAD_VALUE,
               "external_weight is %g; allowed: 0 or more where inhibitory currents decay otherwise than excitatory",
               population->external_weight);
    return QN_OK;
}

static qn_status check_source(const qn_spiking_population *population)
{
    if (population->neuron.kind != QN_NEURON_POISSON) {
        QN_REQUIRE(population->source_rate == 0.0, QN_BAD_VALUE,
                   "source_rate is %g /s; allowed: 0 but for Poisson "
                   "sources",
                   population->source_rate);
        return QN_OK;
    }
    QN_REQUIRE(population->source_stop == 0.0 || population->source_stop > population->source_start, QN_BAD_VALUE,
               "source_stop is %g ms; allowed: 0 (always) or later than source_start, %g ms", population->source_stop,
               population->source_start);
    return QN_OK;
}

static qn_status check_given(const qn_spiking_population *population, double time_step)
{
    const qn_given_spikes *given = &population->given;
    if (given->count == 0) return QN_OK;
    QN_REQUIRE(population->neuron.kind == QN_NEURON_GIVEN, QN_BAD_VALUE,
               "given.count is %zu; allowed: 0 but for sources of given spikes", given->count);
    QN_REQUIRE(given->neuron != NULL && given->time != NULL, QN_BAD_VALUE,
               "given: %zu spikes are announced but neuron or time is NULL", given->count);
    for (size_t i = 0; i < given->count; ++i) {
        QN_REQUIRE(given->neuron[i] < population->size, QN_BAD_VALUE,
                   "given.neuron[%zu] is %" PRIu32 "; allowed: below %zu, the number of neurons", i, given->neuron[i],
                   population->size);
        const qn_checked_number time = {"given.time", given->time[i], " ms", QN_POSITIVE};
        qn_status status = qn_check_numbers(1, &time);
        if (status == QN_OK) status = qn_check_on_grid("given.time", given->time[i], time_step);
        if (status != QN_OK) return qn_fail_in(status, "given spike %zu", i);
    }
    return QN_OK;
}

qn_status qn_spiking_check_population(const qn_spiking_network *network, const qn_spiking_population *population)
{
    const double time_step = qn_spiking_time_step(network);
    const qn_spiking_neuron neuron = qn_spiking_neuron_resolved(&population->neuron);
    QN_TRY(check_kinds(&neuron));
    QN_TRY(check_membrane(&neuron, time_step));
    QN_TRY(check_link(&neuron));
    QN_TRY(check_numbers(population));
    QN_TRY(check_input(population, &neuron));
    QN_TRY(check_source(population));
    return check_given(population, time_step);
}
