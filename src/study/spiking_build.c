#include "study/spiking_build.h"

#include "base/fail.h"
#include "study/spiking_given.h"
#include "study/study_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool qn_is_said(double value) { return value > 0.5 * QN_UNSAID; }

bool qn_table_is_said(const qn_table *table) { return table->rows > 0; }

// A matrix may leave out populations at the end: sources, which receive nothing and whose projections are listed.
double qn_table_at(const qn_table *table, size_t target, size_t source)
{
    const double *values = table->values.items;
    const size_t rows = (size_t)table->rows, columns = (size_t)table->columns;
    if (!rows) return NAN;
    const size_t row = rows == 1 ? 0 : target, column = columns == 1 && rows == 1 ? 0 : source;
    return row < rows && column < columns ? values[row * columns + column] : NAN;
}

int qn_spiking_population_named(const qn_spiking_network_keys *keys, const char *name)
{
    const qn_spiking_population_keys *populations = keys->populations.items;
    for (size_t i = 0; i < keys->populations.count; ++i)
        if (!strcmp(populations[i].name, name)) return (int)i;
    return -1;
}

static const qn_spiking_population_keys *population_at(const qn_spiking_network_keys *keys, size_t index)
{
    return (const qn_spiking_population_keys *)keys->populations.items + index;
}

static const char *word(const char *own, const char *common, const char *otherwise)
{
    return own ? own : common ? common : otherwise;
}

// Keys whose absence is 0 cannot be said to be 0.
static double positive(double own, double common, double otherwise)
{
    return own > 0.0 ? own : common > 0.0 ? common : otherwise;
}

static double said(double own, double common, double otherwise)
{
    return qn_is_said(own) ? own : qn_is_said(common) ? common : otherwise;
}

static int index_of(const char *name, const char *const *names)
{
    for (int i = 0; names[i]; ++i)
        if (!strcmp(names[i], name)) return i;
    return 0;
}

static void set_link(const qn_spiking_link_keys *own, const qn_spiking_link_keys *common, qn_spiking_neuron *neuron)
{
    static const char *const links[] = {"exponential", "erf", "table", NULL};
    const qn_list *potentials = own->potentials.count ? &own->potentials : &common->potentials;
    const qn_list *rates = own->rates.count ? &own->rates : &common->rates;
    neuron->link = (qn_link_kind)index_of(word(own->kind, common->kind, links[0]), links);
    if (neuron->link == QN_LINK_TABLE) {
        neuron->table_count = potentials->count < rates->count ? potentials->count : rates->count;
        neuron->table_potential = potentials->items;
        neuron->table_rate = rates->items;
        return;
    }
    neuron->link_rate = positive(own->rate, common->rate, 0.0);
    neuron->link_potential = said(own->potential, common->potential, neuron->threshold);
    neuron->link_width = positive(own->width, common->width, 0.0);
}

qn_spiking_neuron qn_spiking_neuron_of(const qn_spiking_network_keys *keys, const qn_spiking_population_keys *own)
{
    static const char *const kinds[] = {"integrate-and-fire", "escape-rate", "poisson", "given", NULL};
    static const char *const synapses[] = {"exponential", "delta", NULL};
    const qn_spiking_neuron_keys *o = &own->neuron, *c = &keys->neuron;
    qn_spiking_neuron n = {.kind = (qn_neuron_kind)index_of(word(o->kind, c->kind, kinds[0]), kinds),
                           .synapse = (qn_synapse_kind)index_of(word(o->synapse, c->synapse, synapses[0]), synapses)};
    if (n.kind == QN_NEURON_POISSON || n.kind == QN_NEURON_GIVEN) return (qn_spiking_neuron){.kind = n.kind};
    n.membrane_time = positive(o->membrane_time, c->membrane_time, 10.0);
    n.capacitance = positive(o->capacitance, c->capacitance, 250.0);
    n.rest = said(o->rest, c->rest, -65.0);
    n.threshold = said(o->threshold, c->threshold, -50.0);
    n.reset = said(o->reset, c->reset, n.rest);
    n.refractory_time = said(o->refractory_time, c->refractory_time, n.kind == QN_NEURON_ESCAPE_RATE ? 0.0 : 2.0);
    if (n.synapse == QN_SYNAPSE_EXPONENTIAL) {
        n.synaptic_time = positive(o->synaptic_time, c->synaptic_time, 0.5);
        n.inhibitory_synaptic_time = positive(o->inhibitory_synaptic_time, c->inhibitory_synaptic_time, 0.0);
    }
    if (n.kind == QN_NEURON_ESCAPE_RATE) set_link(&o->link, &c->link, &n);
    return n;
}

static double strength_of(const qn_spiking_neuron *neuron, double value, double excursion, double jump)
{
    if (qn_is_said(value)) return value;
    if (qn_is_said(excursion)) return qn_weight_of_excursion(neuron, excursion);
    return qn_is_said(jump) ? qn_weight_of_jump(neuron, jump) : NAN;
}

// Of NAN and QN_UNSAID the second is what `strength_of` looks for.
static double table_entry(const qn_table *table, size_t target, size_t source)
{
    const double value = qn_table_at(table, target, source);
    return isnan(value) ? QN_UNSAID : value;
}

double qn_spiking_weight_of(const qn_spiking_network_keys *keys, const qn_spiking_weight_keys *weight, size_t target,
                            size_t source)
{
    const qn_spiking_neuron neuron = qn_spiking_neuron_of(keys, population_at(keys, target));
    const bool turned = population_at(keys, source)->inhibitory && qn_is_said(weight->relative_inhibition);
    double factor = turned ? -weight->relative_inhibition : 1.0;
    if (qn_table_is_said(&weight->factor)) factor *= qn_table_at(&weight->factor, target, source);
    double entries[] = {table_entry(&weight->value, target, source), table_entry(&weight->excursion, target, source),
                        table_entry(&weight->jump, target, source)};
    // The sign first: an inhibitory synapse has its own time constant.
    for (size_t k = 0; k < 3; ++k)
        if (qn_is_said(entries[k])) entries[k] *= factor;
    return strength_of(&neuron, entries[0], entries[1], entries[2]);
}

double qn_spiking_delay_of(const qn_spiking_network_keys *keys, const qn_spiking_delay_keys *delay, size_t target,
                           size_t source)
{
    const double distance = qn_table_at(&delay->distance, target, source);
    if (distance > 0.0) return distance / delay->velocity;
    const double by_type = population_at(keys, source)->inhibitory ? delay->inhibitory : delay->excitatory;
    return qn_is_said(by_type) ? by_type : qn_table_at(&delay->mean, target, source);
}

const qn_spiking_projection_keys *qn_spiking_projection_of(const qn_spiking_network_keys *keys, size_t target,
                                                           size_t source)
{
    const qn_spiking_projection_keys *projections = keys->projections.items;
    for (size_t k = 0; k < keys->projections.count; ++k)
        if (!strcmp(projections[k].target, population_at(keys, target)->name) &&
            !strcmp(projections[k].source, population_at(keys, source)->name))
            return &projections[k];
    return NULL;
}

static void set_external(const qn_spiking_network_keys *keys, const qn_spiking_population_keys *own,
                         qn_spiking_population *population)
{
    const qn_spiking_external_keys *o = &own->external, *c = &keys->external;
    const qn_spiking_strength_keys *weight = &o->weight;
    if (!qn_is_said(weight->value) && !qn_is_said(weight->excursion) && !qn_is_said(weight->jump)) weight = &c->weight;
    const double mean = strength_of(&population->neuron, weight->value, weight->excursion, weight->jump);
    population->external_count = said(o->count, c->count, 0.0);
    population->external_rate = said(o->rate, c->rate, 0.0);
    population->external_weight = isnan(mean) ? 0.0 : mean;
    if (strcmp(word(o->drive, c->drive, "poisson"), "constant") != 0) return;
    // Equation (6b): the mean charge of the trains, per time. tau_s in s; C J in fC.
    const double total = population->external_count * population->external_rate * population->external_weight;
    const double charge_time = population->neuron.synapse == QN_SYNAPSE_DELTA ? population->neuron.capacitance
                                                                              : population->neuron.synaptic_time;
    population->constant_current += total * charge_time * 1e-3;
    population->external_count = population->external_rate = 0.0;
}

static void set_population(const qn_spiking_network_keys *keys, const qn_spiking_population_keys *own,
                           qn_spiking_population *population)
{
    *population = (qn_spiking_population){
        .name = own->name, .size = (size_t)own->size, .neuron = qn_spiking_neuron_of(keys, own)};
    if (population->neuron.kind == QN_NEURON_POISSON) {
        population->source_rate = own->source.rate;
        population->source_start = own->source.start;
        population->source_stop = own->source.stop;
    }
    if (population->neuron.kind == QN_NEURON_POISSON || population->neuron.kind == QN_NEURON_GIVEN) return;
    population->constant_current = said(own->constant_current, keys->constant_current, 0.0);
    population->initial_mean = said(own->initial.mean, keys->initial.mean, population->neuron.rest);
    population->initial_spread = said(own->initial.spread, keys->initial.spread, 0.0);
    set_external(keys, own, population);
}

// Rule and count of an entry or a matrix; false: no synapses.
static bool set_rule(double probability, double total, double in_degree, double bernoulli, size_t targets,
                     size_t sources, qn_spiking_projection *p)
{
    if (qn_is_said(probability)) {
        p->rule = QN_RULE_TOTAL_NUMBER;
        p->count = qn_total_number_of_probability(probability, targets, sources);
    } else if (qn_is_said(total)) {
        p->rule = QN_RULE_TOTAL_NUMBER;
        p->count = total;
    } else if (qn_is_said(in_degree)) {
        p->rule = QN_RULE_IN_DEGREE;
        p->count = in_degree;
    } else if (qn_is_said(bernoulli)) {
        p->rule = QN_RULE_BERNOULLI;
        p->count = bernoulli;
    } else {
        return false;
    }
    return p->count > 0.0;
}

static bool set_wiring(const qn_spiking_network_keys *keys, const qn_spiking_projection_keys *own,
                       qn_spiking_projection *p)
{
    const qn_spiking_connectivity_keys *all = &keys->connectivity;
    const size_t targets = (size_t)population_at(keys, p->target)->size;
    const size_t sources = (size_t)population_at(keys, p->source)->size;
    const bool total = own ? qn_is_said(own->probability) || qn_is_said(own->total_number)
                           : qn_table_is_said(&all->probability) || qn_table_is_said(&all->total_number);
    p->no_multapses = !total && !(own ? own->multapses : all->multapses);
    p->no_autapses = !total && !(own ? own->autapses : all->autapses);
    if (own && own->edges) {
        p->rule = QN_RULE_EDGES;
        p->no_multapses = p->no_autapses = false;
        return true;
    }
    if (own) return set_rule(own->probability, own->total_number, own->in_degree, own->bernoulli, targets, sources, p);
    return set_rule(table_entry(&all->probability, p->target, p->source),
                    table_entry(&all->total_number, p->target, p->source),
                    table_entry(&all->in_degree, p->target, p->source),
                    table_entry(&all->bernoulli, p->target, p->source), targets, sources, p);
}

// Whether there are synapses at all.
static bool set_projection(const qn_spiking_network_keys *keys, size_t target, size_t source, qn_spiking_projection *p)
{
    const qn_spiking_projection_keys *own = qn_spiking_projection_of(keys, target, source);
    const qn_spiking_weight_keys *weight = own && own->weight ? own->weight : &keys->connectivity.weight;
    const qn_spiking_delay_keys *delay = own && own->delay ? own->delay : &keys->connectivity.delay;
    *p = (qn_spiking_projection){.target = target, .source = source};
    if (!set_wiring(keys, own, p)) return false;
    const double mean_weight = qn_spiking_weight_of(keys, weight, target, source);
    const double mean_delay = qn_spiking_delay_of(keys, delay, target, source);
    p->weight = (qn_weight_law){(qn_weight_kind)weight->law, isnan(mean_weight) ? 0.0 : mean_weight, weight->spread};
    p->delay = (qn_delay_law){(qn_delay_kind)delay->law, isnan(mean_delay) ? 0.0 : mean_delay, delay->spread};
    // A weight of 0 takes the projection away; one that is not said is a mistake, which the check finds.
    return p->rule == QN_RULE_EDGES || isnan(mean_weight) || mean_weight != 0.0;
}

static qn_status read_edges(const qn_spiking_network_keys *keys, const char *folder, qn_spiking_projection *p,
                            qn_spiking_built *built)
{
    const qn_spiking_projection_keys *own = qn_spiking_projection_of(keys, p->target, p->source);
    if (!folder || p->rule != QN_RULE_EDGES) return QN_OK;
    const qn_spiking_edges_options options = {.index_base = (int)own->index_base,
                                              .source_size = (size_t)population_at(keys, p->source)->size,
                                              .target_size = (size_t)population_at(keys, p->target)->size};
    qn_spiking_edges_owned *list = &built->edges[built->edge_lists];
    char *path = NULL;
    QN_TRY(qn_study_file(folder, own->edges, &path));
    const qn_status status = qn_spiking_edges_read(path, &options, list);
    free(path);
    QN_TRY(status);
    ++built->edge_lists;
    p->edges = qn_spiking_edges_view(list);
    return QN_OK;
}

static qn_status build_projections(const qn_spiking_network_keys *keys, const char *folder, qn_spiking_built *built)
{
    size_t count = 0;
    const size_t n = keys->populations.count;
    for (size_t target = 0; target < n; ++target)
        for (size_t source = 0; source < n; ++source) {
            qn_spiking_projection *p = &built->projections[count];
            if (!set_projection(keys, target, source, p)) continue;
            ++count;
            QN_TRY(read_edges(keys, folder, p, built));
        }
    built->network.projection_count = count;
    return QN_OK;
}

static void build_stimuli(const qn_spiking_network_keys *keys, qn_spiking_built *built)
{
    const qn_spiking_stimulus_keys *stimuli = keys->stimuli.items;
    for (size_t k = 0; k < keys->stimuli.count; ++k) {
        const int population = qn_spiking_population_named(keys, stimuli[k].population);
        if (population < 0) continue;
        built->stimuli[built->network.stimulus_count++] = (qn_spiking_stimulus){.population = (size_t)population,
                                                                                .start = stimuli[k].start,
                                                                                .stop = stimuli[k].stop,
                                                                                .current = stimuli[k].current,
                                                                                .rate = stimuli[k].rate};
    }
}

qn_status qn_spiking_build(const qn_spiking_network_keys *keys, const char *folder, qn_spiking_built *built)
{
    const size_t n = keys->populations.count;
    *built = (qn_spiking_built){0};
    built->populations = calloc(n + 1, sizeof *built->populations);
    built->projections = calloc(n * n + 1, sizeof *built->projections);
    built->stimuli = calloc(keys->stimuli.count + 1, sizeof *built->stimuli);
    built->edges = calloc(keys->projections.count + 1, sizeof *built->edges);
    built->spikes = calloc(n + 1, sizeof *built->spikes);
    QN_REQUIRE(built->populations && built->projections && built->stimuli && built->edges && built->spikes,
               QN_NO_MEMORY, "no memory for a network of %zu populations", n);
    built->network = (qn_spiking_network){.population_count = n,
                                          .populations = built->populations,
                                          .projections = built->projections,
                                          .stimuli = built->stimuli,
                                          .time_step = keys->time_step,
                                          .delay_minimum = keys->delay_minimum,
                                          .delay_split = (qn_delay_split)keys->delay_split,
                                          .unit_size = (size_t)keys->unit_size};
    for (size_t i = 0; i < n; ++i) {
        const qn_spiking_population_keys *own = population_at(keys, i);
        set_population(keys, own, &built->populations[i]);
        if (built->populations[i].neuron.kind != QN_NEURON_GIVEN || !folder || !own->spikes) continue;
        QN_TRY(qn_given_spikes_read(folder, own->spikes, (size_t)own->size, keys->time_step,
                                    &built->spikes[built->spike_lists]));
        built->populations[i].given = built->spikes[built->spike_lists++];
    }
    QN_TRY(build_projections(keys, folder, built));
    build_stimuli(keys, built);
    return QN_OK;
}

void qn_spiking_built_clear(qn_spiking_built *built)
{
    for (size_t i = 0; i < built->edge_lists; ++i) qn_spiking_edges_clear(&built->edges[i]);
    for (size_t i = 0; i < built->spike_lists; ++i) qn_given_spikes_clear(&built->spikes[i]);
    free(built->populations);
    free(built->projections);
    free(built->stimuli);
    free(built->edges);
    free(built->spikes);
    *built = (qn_spiking_built){0};
}
