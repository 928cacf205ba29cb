#include <quenched/spiking_network.h>

#include "base/memory.h"

#include <stdint.h>
#include <string.h>

// A network of one's own has arrays that are written while it is made: its fields are const for those who use it.
typedef struct {
    qn_spiking_population *populations;
    qn_spiking_projection *projections;
    qn_spiking_stimulus *stimuli;
} own_arrays;

// *pointer becomes a copy of `count` elements at `values`, or NULL for none.
static qn_status copy_array(const void *values, size_t count, size_t size, const char *what, void **pointer)
{
    *pointer = NULL;
    if (values == NULL || count == 0) return QN_OK;
    const qn_status status = qn_allocate(count, size, what, pointer);
    if (status == QN_OK) memcpy(*pointer, values, count * size);
    return status;
}

#define COPY(field, count, what)                                                                                       \
    do {                                                                                                               \
        void *copied = NULL;                                                                                           \
        const qn_status copy_status = copy_array((field), (count), sizeof *(field), (what), &copied);                  \
        (field) = copied;                                                                                              \
        if (status == QN_OK) status = copy_status;                                                                     \
    } while (0)

// Every pointer is replaced, by NULL where memory ran out: what is half made can be cleared.
static qn_status copy_population(qn_spiking_population *population)
{
    qn_status status = QN_OK;
    COPY(population->name, population->name == NULL ? 0 : strlen(population->name) + 1, "name of a population");
    COPY(population->neuron.table_potential, population->neuron.table_count, "link table");
    COPY(population->neuron.table_rate, population->neuron.table_count, "link table");
    COPY(population->given.neuron, population->given.count, "given spikes");
    COPY(population->given.time, population->given.count, "given spikes");
    return status;
}

static qn_status copy_projection(qn_spiking_projection *projection)
{
    qn_status status = QN_OK;
    const size_t count = projection->edges.count;
    COPY(projection->edges.source, count, "explicit edges");
    COPY(projection->edges.target, count, "explicit edges");
    COPY(projection->edges.weight, count, "explicit edges");
    COPY(projection->edges.delay, count, "explicit edges");
    return status;
}

static void release(const void *pointer) { qn_release((void *)(uintptr_t)pointer); }

static qn_status copy_parts(const qn_spiking_network *network, qn_spiking_network *copy)
{
    own_arrays own = {0};
    qn_status status = QN_NEW(&own.populations, network->population_count, "populations");
    copy->populations = own.populations;
    if (status == QN_OK && network->projection_count > 0)
        status = QN_NEW(&own.projections, network->projection_count, "projections");
    copy->projections = own.projections;
    if (status == QN_OK && network->stimulus_count > 0)
        status = QN_NEW(&own.stimuli, network->stimulus_count, "stimuli");
    copy->stimuli = own.stimuli;
    if (status != QN_OK) return status;

    // The counts grow with what is whole, so that what is half made can be cleared.
    for (; copy->population_count < network->population_count && status == QN_OK; ++copy->population_count) {
        own.populations[copy->population_count] = network->populations[copy->population_count];
        status = copy_population(&own.populations[copy->population_count]);
    }
    for (; copy->projection_count < network->projection_count && status == QN_OK; ++copy->projection_count) {
        own.projections[copy->projection_count] = network->projections[copy->projection_count];
        status = copy_projection(&own.projections[copy->projection_count]);
    }
    for (; copy->stimulus_count < network->stimulus_count; ++copy->stimulus_count)
        own.stimuli[copy->stimulus_count] = network->stimuli[copy->stimulus_count];
    return status;
}

qn_status qn_spiking_network_copy(const qn_spiking_network *network, qn_spiking_network *copy)
{
    const qn_status right = qn_spiking_network_check(network);
    if (right != QN_OK) return right;
    qn_spiking_network fresh = *network;
    fresh.population_count = fresh.projection_count = fresh.stimulus_count = 0;
    const qn_status status = copy_parts(network, &fresh);
    if (status == QN_OK)
        *copy = fresh;
    else
        qn_spiking_network_clear(&fresh);
    return status;
}

void qn_spiking_network_clear(qn_spiking_network *network)
{
    if (network == NULL) return;
    for (size_t p = 0; p < network->population_count; ++p) {
        const qn_spiking_population *population = &network->populations[p];
        release(population->name);
        release(population->neuron.table_potential);
        release(population->neuron.table_rate);
        release(population->given.neuron);
        release(population->given.time);
    }
    for (size_t i = 0; i < network->projection_count; ++i) {
        const qn_spiking_edges *edges = &network->projections[i].edges;
        release(edges->source);
        release(edges->target);
        release(edges->weight);
        release(edges->delay);
    }
    release(network->populations);
    release(network->projections);
    release(network->stimuli);
    *network = (qn_spiking_network){0};
}
