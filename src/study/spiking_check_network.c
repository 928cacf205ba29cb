// Checks of populations and of what joins them.
#include "base/fail.h"
#include "study/spiking_build.h"
#include "study/spiking_check.h"
#include "study/study_data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_COUNT 2147483648.0

static bool is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    const size_t length = strlen(name);
    return length > 0 && length < 64 && strspn(name, allowed) == length;
}

static qn_status check_file(const qn_spiking_checking *c, const qn_node *node, const char *key, const char *file)
{
    char *path = NULL;
    QN_TRY(qn_study_file(c->folder, file, &path));
    const bool readable = access(path, R_OK) == 0;
    const int reason = errno;
    free(path);
    if (readable) return QN_OK;
    return qn_complain(c->complaints, node, "%s is \"%s\": %s", key, file, strerror(reason));
}

// Where the number of a neuron stands: with the population, or with all of them.
static const qn_node *neuron_place(const qn_spiking_checking *c, size_t index, const char *key, char path[128])
{
    snprintf(path, 128, "network.populations.%zu.neuron.%s", index, key);
    if (qn_node_at(c->tree, path)) return qn_node_at(c->tree, path);
    char common[128];
    snprintf(common, sizeof common, "network.neuron.%s", key);
    if (!qn_node_at(c->tree, common)) return qn_spiking_place(c, "%s", path);
    memcpy(path, common, sizeof common);
    return qn_node_at(c->tree, path);
}

static qn_status check_escape(const qn_spiking_checking *c, size_t index, const qn_spiking_neuron *neuron)
{
    char path[128];
    if (neuron->link != QN_LINK_TABLE) {
        if (!(neuron->link_rate > 0.0))
            QN_TRY(qn_complain(c->complaints, neuron_place(c, index, "link", path),
                               "%s.rate is missing: escape-rate neurons need the rate of their link, above 0 (1/s)",
                               path));
        if (!(neuron->link_width > 0.0))
            QN_TRY(qn_complain(c->complaints, neuron_place(c, index, "link", path),
                               "%s.width is missing: escape-rate neurons need the width of their link, above 0 (mV)",
                               path));
        return QN_OK;
    }
    bool increasing = neuron->table_count >= 2;
    for (size_t k = 1; k < neuron->table_count; ++k)
        increasing = increasing && neuron->table_potential[k] > neuron->table_potential[k - 1];
    if (increasing) return QN_OK;
    return qn_complain(c->complaints, neuron_place(c, index, "link.potentials", path),
                       "%s; allowed: at least two increasing potentials, with as many rates", path);
}

static qn_status check_neuron(const qn_spiking_checking *c, size_t index)
{
    const qn_spiking_population_keys *own = qn_spiking_population_keys_at(c, index);
    const qn_spiking_neuron neuron = qn_spiking_neuron_of(c->keys, own);
    char path[128];
    if (neuron.kind == QN_NEURON_POISSON) return QN_OK;
    if (neuron.kind == QN_NEURON_GIVEN) {
        snprintf(path, sizeof path, "network.populations.%zu.spikes", index);
        if (own->spikes) return check_file(c, qn_spiking_place(c, "%s", path), path, own->spikes);
        return qn_complain(c->complaints, qn_spiking_place(c, "%s", path),
                           "%s is missing: a population of kind given needs the file of its spikes", path);
    }
    const bool reset = neuron.kind == QN_NEURON_INTEGRATE_AND_FIRE;
    if (reset && !(neuron.reset < neuron.threshold)) {
        const qn_node *node = neuron_place(c, index, "reset", path);
        QN_TRY(qn_complain(c->complaints, node, "%s is %g mV in population %s; allowed: below the threshold, %g mV",
                           path, neuron.reset, own->name, neuron.threshold));
    }
    const double steps = neuron.refractory_time / c->keys->time_step;
    if (fabs(steps - round(steps)) > 1e-6) {
        const qn_node *node = neuron_place(c, index, "refractory_time", path);
        QN_TRY(qn_complain(c->complaints, node,
                           "%s is %g ms in population %s; allowed: a multiple of network.time_step, %g ms", path,
                           neuron.refractory_time, own->name, c->keys->time_step));
    }
    return neuron.kind == QN_NEURON_ESCAPE_RATE ? check_escape(c, index, &neuron) : QN_OK;
}

static qn_status check_drive(const qn_spiking_checking *c, size_t index)
{
    const qn_spiking_population_keys *own = qn_spiking_population_keys_at(c, index);
    const qn_spiking_external_keys *o = &own->external, *common = &c->keys->external;
    const qn_spiking_strength_keys *weights[] = {&o->weight, &common->weight};
    int units[2];
    for (size_t k = 0; k < 2; ++k)
        units[k] = qn_is_said(weights[k]->value) + qn_is_said(weights[k]->excursion) + qn_is_said(weights[k]->jump);
    const int said = units[0] ? units[0] : units[1];
    const bool trains =
        (qn_is_said(o->count) ? o->count : common->count) > 0.0 && (qn_is_said(o->rate) ? o->rate : common->rate) > 0.0;
    const char *path = units[0] || !units[1] ? "network.populations.%zu.external" : "network.external";
    char key[96];
    snprintf(key, sizeof key, path, index); // NOLINT(clang-diagnostic-format-nonliteral)
    if (said > 1 || (trains && !said))
        return qn_complain(c->complaints, qn_spiking_place(c, "%s.weight", key),
                           "%s.weight has %d of value, excursion and jump; allowed: one", key, said);
    return QN_OK;
}

qn_status qn_spiking_study_check_populations(const qn_spiking_checking *c)
{
    if (!c->keys->populations.count)
        return qn_complain(c->complaints, qn_spiking_place(c, "network.populations"),
                           "network.populations is empty; allowed: at least one population");
    for (size_t i = 0; i < c->keys->populations.count; ++i) {
        const char *name = qn_spiking_population_keys_at(c, i)->name;
        const qn_node *node = qn_spiking_place(c, "network.populations.%zu.name", i);
        if (!is_name(name))
            QN_TRY(qn_complain(c->complaints, node,
                               "network.populations.%zu.name is \"%.60s\"; allowed: letters, digits, and . _ + -, at "
                               "most 63",
                               i, name));
        const int first = qn_spiking_population_named(c->keys, name);
        if (first >= 0 && (size_t)first < i)
            QN_TRY(
                qn_complain(c->complaints, node,
                            "network.populations.%zu.name is \"%s\", as is that of population %d; allowed: a name of "
                            "its own",
                            i, name, first));
        QN_TRY(check_neuron(c, i));
        QN_TRY(check_drive(c, i));
    }
    const double least = c->keys->delay_minimum, step = c->keys->time_step;
    if (least > 0.0 && (least < step / 2 - 1e-9 || least > step + 1e-9))
        QN_TRY(qn_complain(c->complaints, qn_spiking_place(c, "network.delay_minimum"),
                           "network.delay_minimum is %g ms; allowed: %g to %g ms, half a time step to a whole one",
                           least, step / 2, step));
    return QN_OK;
}

// How many populations at the end are sources: matrices may leave them out.
static size_t trailing_sources(const qn_spiking_checking *c)
{
    size_t count = 0;
    for (size_t i = c->keys->populations.count; i-- > 0; ++count) {
        const qn_neuron_kind kind = qn_spiking_neuron_of(c->keys, qn_spiking_population_keys_at(c, i)).kind;
        if (kind != QN_NEURON_POISSON && kind != QN_NEURON_GIVEN) break;
    }
    return count;
}

static qn_status check_shape(const qn_spiking_checking *c, const char *key, const qn_table *table)
{
    const size_t n = c->keys->populations.count, least = n - trailing_sources(c);
    const size_t rows = (size_t)table->rows, columns = (size_t)table->columns;
    if (!rows || (rows == 1 && columns == 1)) return QN_OK;
    const bool fits = columns == n || columns == least;
    if (fits && (rows == 1 || rows == columns || (rows == least && columns == n))) return QN_OK;
    return qn_complain(
        c->complaints, qn_spiking_place(c, "network.connectivity.%s", key),
        "network.connectivity.%s is %zu x %zu; allowed: a number, %zu numbers (one per source), or %zu x "
        "%zu [target][source]",
        key, rows, columns, n, n, n);
}

static qn_status check_shapes(const qn_spiking_checking *c)
{
    const qn_spiking_connectivity_keys *m = &c->keys->connectivity;
    const struct {
        const char *key;
        const qn_table *table;
    } tables[] = {{"probability", &m->probability},   {"total_number", &m->total_number},
                  {"in_degree", &m->in_degree},       {"bernoulli", &m->bernoulli},
                  {"weight.value", &m->weight.value}, {"weight.excursion", &m->weight.excursion},
                  {"weight.jump", &m->weight.jump},   {"weight.factor", &m->weight.factor},
                  {"delay.mean", &m->delay.mean},     {"delay.distance", &m->delay.distance}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; ++k) QN_TRY(check_shape(c, tables[k].key, tables[k].table));
    const int rules = qn_table_is_said(&m->probability) + qn_table_is_said(&m->total_number) +
                      qn_table_is_said(&m->in_degree) + qn_table_is_said(&m->bernoulli);
    if (rules > 1)
        QN_TRY(qn_complain(c->complaints, qn_spiking_place(c, "network.connectivity"),
                           "network.connectivity has %d rules; allowed: one of probability, total_number, in_degree, "
                           "bernoulli",
                           rules));
    return QN_OK;
}

// Where a pair's `key` ("weight", "delay", "in_degree") is written, and what that place is called.
static const qn_node *pair_place(const qn_spiking_checking *c, size_t target, size_t source, const char *key,
                                 char path[160])
{
    const qn_spiking_projection_keys *own = qn_spiking_projection_of(c->keys, target, source);
    if (own) {
        const size_t index = (size_t)(own - (const qn_spiking_projection_keys *)c->keys->projections.items);
        snprintf(path, 160, "network.projections.%zu.%s", index, key);
        if (qn_node_at(c->tree, path)) return qn_node_at(c->tree, path);
    }
    snprintf(path, 160, "network.connectivity.%s", key);
    return qn_spiking_table_place(c, path, target, source);
}

static const char *rule_key(const qn_spiking_checking *c, const qn_spiking_projection *p)
{
    const qn_spiking_projection_keys *own = qn_spiking_projection_of(c->keys, p->target, p->source);
    switch (p->rule) {
    case QN_RULE_IN_DEGREE: return "in_degree";
    case QN_RULE_BERNOULLI: return "bernoulli";
    case QN_RULE_EDGES: return "edges";
    default: break;
    }
    const bool probability = own ? qn_is_said(own->probability) : qn_table_is_said(&c->keys->connectivity.probability);
    return probability ? "probability" : "total_number";
}

static qn_status check_number(const qn_spiking_checking *c, const qn_spiking_projection *p)
{
    const qn_spiking_population_keys *target = qn_spiking_population_keys_at(c, p->target);
    const qn_spiking_population_keys *source = qn_spiking_population_keys_at(c, p->source);
    char path[160];
    const qn_node *node = pair_place(c, p->target, p->source, rule_key(c, p), path);
    if (!target->size || !source->size)
        return qn_complain(c->complaints, node, "%s: %s -> %s has synapses, but population %s is empty", path,
                           source->name, target->name, target->size ? source->name : target->name);
    const qn_neuron_kind kind = qn_spiking_neuron_of(c->keys, target).kind;
    if (kind == QN_NEURON_POISSON || kind == QN_NEURON_GIVEN)
        return qn_complain(c->complaints, node, "%s: %s -> %s has synapses, but %s is a source without input", path,
                           source->name, target->name, target->name);
    if (p->rule == QN_RULE_TOTAL_NUMBER && !(p->count < LARGEST_COUNT))
        return qn_complain(c->complaints, node, "%s: %s -> %s has %.4g synapses; allowed: fewer than 2^31", path,
                           source->name, target->name, p->count);
    const double others = (double)source->size - (p->target == p->source && p->no_autapses);
    if (p->rule == QN_RULE_IN_DEGREE && p->no_multapses && p->count > others)
        return qn_complain(c->complaints, node,
                           "%s: %s -> %s is %g; allowed: at most %g, the sources there are, without multapses", path,
                           source->name, target->name, p->count, others);
    return QN_OK;
}

// The unit in which a pair's weight is written.
static const char *weight_key(const qn_spiking_checking *c, const qn_spiking_projection *p)
{
    const qn_spiking_projection_keys *own = qn_spiking_projection_of(c->keys, p->target, p->source);
    const qn_spiking_weight_keys *weight = own && own->weight ? own->weight : &c->keys->connectivity.weight;
    if (qn_table_is_said(&weight->excursion)) return "weight.excursion";
    if (qn_table_is_said(&weight->jump)) return "weight.jump";
    return qn_table_is_said(&weight->value) ? "weight.value" : "weight";
}

static qn_status check_weight(const qn_spiking_checking *c, const qn_spiking_projection *p)
{
    const qn_spiking_population_keys *source = qn_spiking_population_keys_at(c, p->source);
    const char *target = qn_spiking_population_keys_at(c, p->target)->name;
    char path[160];
    const qn_node *node = pair_place(c, p->target, p->source, weight_key(c, p), path);
    if (p->rule != QN_RULE_EDGES && p->weight.mean == 0.0)
        return qn_complain(c->complaints, node,
                           "%s has no value for %s -> %s; allowed: one of value, excursion and jump", path,
                           source->name, target);
    if (p->weight.mean != 0.0 && (p->weight.mean < 0.0) != source->inhibitory)
        return qn_complain(c->complaints, node, "%s of %s -> %s is %.5g; allowed: %s, since %s is %s", path,
                           source->name, target, p->weight.mean, source->inhibitory ? "less than 0" : "greater than 0",
                           source->name, source->inhibitory ? "inhibitory" : "not inhibitory");
    if (p->weight.kind == QN_WEIGHT_NORMAL && p->weight.relative_spread > 0.3)
        return qn_complain(c->complaints, pair_place(c, p->target, p->source, "weight.spread", path),
                           "%s is %g; allowed: at most 0.3 for the normal law (use law: lognormal)", path,
                           p->weight.relative_spread);
    return QN_OK;
}

static qn_status check_delay(const qn_spiking_checking *c, const qn_spiking_projection *p)
{
    char path[160];
    const char *source = qn_spiking_population_keys_at(c, p->source)->name;
    const char *target = qn_spiking_population_keys_at(c, p->target)->name;
    const qn_node *node = pair_place(c, p->target, p->source, "delay", path);
    if (p->rule != QN_RULE_EDGES && !(p->delay.mean > 0.0))
        return qn_complain(
            c->complaints, node,
            "%s has no value for %s -> %s; allowed: mean, or excitatory and inhibitory, or distance (ms)", path, source,
            target);
    if (p->delay.mean > 100.0)
        return qn_complain(c->complaints, node, "%s of %s -> %s is %g ms; allowed: at most 100", path, source, target,
                           p->delay.mean);
    return QN_OK;
}

static qn_status check_units(const qn_spiking_checking *c, const char *path, const qn_spiking_weight_keys *weight)
{
    const int units =
        qn_table_is_said(&weight->value) + qn_table_is_said(&weight->excursion) + qn_table_is_said(&weight->jump);
    if (units < 2) return QN_OK;
    return qn_complain(c->complaints, qn_spiking_place(c, "%s", path),
                       "%s has %d of value, excursion and jump; allowed: one", path, units);
}

static qn_status check_pair(const qn_spiking_checking *c, const qn_spiking_projection *p)
{
    const qn_spiking_projection_keys *own = qn_spiking_projection_of(c->keys, p->target, p->source);
    QN_TRY(check_number(c, p));
    QN_TRY(check_weight(c, p));
    QN_TRY(check_delay(c, p));
    if (!own) return QN_OK;
    char path[96];
    const size_t index = (size_t)(own - (const qn_spiking_projection_keys *)c->keys->projections.items);
    snprintf(path, sizeof path, "network.projections.%zu.weight", index);
    if (own->weight) QN_TRY(check_units(c, path, own->weight));
    snprintf(path, sizeof path, "network.projections.%zu.edges", index);
    return own->edges ? check_file(c, qn_spiking_place(c, "%s", path), path, own->edges) : QN_OK;
}

qn_status qn_spiking_study_check_connectivity(const qn_spiking_checking *c)
{
    QN_TRY(check_shapes(c));
    QN_TRY(check_units(c, "network.connectivity.weight", &c->keys->connectivity.weight));
    if (c->complaints->count) return QN_OK;
    qn_spiking_built built;
    qn_status status = qn_spiking_build(c->keys, NULL, &built);
    // The first pair that is wrong speaks for all that are wrong alike.
    for (size_t k = 0; status == QN_OK && !c->complaints->count && k < built.network.projection_count; ++k)
        status = check_pair(c, &built.projections[k]);
    qn_spiking_built_clear(&built);
    return status;
}
