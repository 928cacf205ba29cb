// What single keys of a spiking study cannot tell: names, times on the grid, and what is asked of the result.
#include "study/spiking_check.h"

#include "base/fail.h"
#include "study/spiking_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const qn_node *qn_spiking_place(const qn_spiking_checking *c, const char *format, ...)
{
    char path[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    for (;;) {
        const qn_node *node = qn_node_at(c->tree, path);
        char *dot = strrchr(path, '.');
        if (node || !dot) return node;
        *dot = '\0';
    }
}

const qn_node *qn_spiking_table_place(const qn_spiking_checking *c, const char *key, size_t target, size_t source)
{
    const qn_node *node = qn_spiking_place(c, "%s", key);
    if (!node || node->type != QN_NODE_SEQUENCE) return node;
    const qn_node *row =
        node->children[0]->type == QN_NODE_SEQUENCE && target < node->count ? node->children[target] : node;
    return row->type == QN_NODE_SEQUENCE && source < row->count ? row->children[source] : row;
}

const qn_spiking_population_keys *qn_spiking_population_keys_at(const qn_spiking_checking *c, size_t index)
{
    return (const qn_spiking_population_keys *)c->keys->populations.items + index;
}

static bool on_grid(double time, double step) { return fabs(time / step - round(time / step)) < 1e-6; }

// "did you mean" among the populations.
static const char *population_like(const qn_spiking_checking *c, const char *wrong)
{
    const char *names[65] = {NULL};
    for (size_t i = 0; i < c->keys->populations.count && i < 64; ++i)
        names[i] = qn_spiking_population_keys_at(c, i)->name;
    return qn_choice_like(names, wrong);
}

static qn_status check_known(const qn_spiking_checking *c, const char *list, size_t index, const char *key,
                             const char *name)
{
    if (qn_spiking_population_named(c->keys, name) >= 0) return QN_OK;
    const char *like = population_like(c, name);
    return qn_complain(c->complaints, qn_spiking_place(c, "network.%s.%zu.%s", list, index, key),
                       "network.%s.%zu.%s is \"%.60s\"; allowed: the name of a population%s%s%s", list, index, key,
                       name, like ? " (did you mean " : "", like ? like : "", like ? "?)" : "");
}

static qn_status check_projections(const qn_spiking_checking *c)
{
    const qn_spiking_projection_keys *p = c->keys->projections.items;
    for (size_t k = 0; k < c->keys->projections.count; ++k) {
        const qn_node *node = qn_spiking_place(c, "network.projections.%zu", k);
        QN_TRY(check_known(c, "projections", k, "source", p[k].source));
        QN_TRY(check_known(c, "projections", k, "target", p[k].target));
        for (size_t j = 0; j < k; ++j)
            if (!strcmp(p[j].source, p[k].source) && !strcmp(p[j].target, p[k].target))
                QN_TRY(qn_complain(c->complaints, node,
                                   "network.projections.%zu: there is one from %s to %s already, number %zu", k,
                                   p[k].source, p[k].target, j));
        const int rules = qn_is_said(p[k].probability) + qn_is_said(p[k].total_number) + qn_is_said(p[k].in_degree) +
                          qn_is_said(p[k].bernoulli) + (p[k].edges != NULL);
        if (rules != 1)
            QN_TRY(qn_complain(c->complaints, node,
                               "network.projections.%zu has %d rules; allowed: one of probability, total_number, "
                               "in_degree, bernoulli, edges",
                               k, rules));
    }
    return QN_OK;
}

static qn_status check_stimuli(const qn_spiking_checking *c)
{
    const qn_spiking_stimulus_keys *s = c->keys->stimuli.items;
    for (size_t k = 0; k < c->keys->stimuli.count; ++k) {
        QN_TRY(check_known(c, "stimuli", k, "population", s[k].population));
        if (!(s[k].stop > s[k].start))
            QN_TRY(qn_complain(c->complaints, qn_spiking_place(c, "network.stimuli.%zu.stop", k),
                               "network.stimuli.%zu.stop is %g ms; allowed: later than its start, %g ms", k, s[k].stop,
                               s[k].start));
    }
    return QN_OK;
}

static qn_status check_grid(const qn_spiking_checking *c, const char *key, double time)
{
    if (on_grid(time, c->keys->time_step)) return QN_OK;
    return qn_complain(c->complaints, qn_spiking_place(c, "%s", key),
                       "%s is %g ms; allowed: a multiple of network.time_step, %g ms", key, time, c->keys->time_step);
}

static qn_status check_simulation(const qn_spiking_checking *c)
{
    const qn_spiking_simulation_keys *s = c->study->simulation;
    if (!s) return QN_OK;
    QN_TRY(check_grid(c, "simulation.duration", s->duration));
    QN_TRY(check_grid(c, "simulation.discard", s->discard));
    QN_TRY(check_grid(c, "simulation.bin", s->bin));
    QN_TRY(check_grid(c, "simulation.correlation_bin", s->correlation_bin));
    QN_TRY(check_grid(c, "simulation.spectrum_bin", s->spectrum_bin));
    if (s->duration < 2.0 * s->bin)
        QN_TRY(qn_complain(c->complaints, qn_spiking_place(c, "simulation.duration"),
                           "simulation.duration is %g ms; allowed: at least two bins, %g ms", s->duration,
                           2.0 * s->bin));
    if ((s->duration + s->discard) / c->keys->time_step >= 4294967295.0)
        QN_TRY(qn_complain(c->complaints, qn_spiking_place(c, "simulation.duration"),
                           "simulation.duration is %g ms; allowed: fewer than 2^32 time steps", s->duration));
    return QN_OK;
}

static qn_status check_scale(const qn_spiking_checking *c)
{
    const qn_list *rates = &c->keys->scale.rates;
    if (rates->count && rates->count != c->keys->populations.count)
        QN_TRY(qn_complain(c->complaints, qn_spiking_place(c, "network.scale.rates"),
                           "network.scale.rates has %zu numbers; allowed: %zu, one per population", rates->count,
                           c->keys->populations.count));
    return QN_OK;
}

// "rate(4E)", "rate", "fano_factor", a function: is there such a thing?
static bool is_known(const qn_spiking_checking *c, const char *name, bool functions)
{
    const size_t length = strcspn(name, "(");
    for (size_t i = 0; qn_spiking_scalars[i]; ++i)
        if (!strcmp(qn_spiking_scalars[i], name)) return true;
    for (size_t i = 0; functions && qn_spiking_functions[i]; ++i)
        if (!strcmp(qn_spiking_functions[i], name)) return true;
    bool family = false;
    for (size_t i = 0; qn_spiking_families[i]; ++i)
        family |= strlen(qn_spiking_families[i]) == length && !strncmp(qn_spiking_families[i], name, length);
    for (size_t i = 0; functions && qn_spiking_functions[i]; ++i)
        family |= strlen(qn_spiking_functions[i]) == length && !strncmp(qn_spiking_functions[i], name, length);
    if (!family || !name[length]) return family;
    char population[128];
    const size_t end = strlen(name) - 1;
    if (name[end] != ')' || end - length - 1 >= sizeof population) return false;
    snprintf(population, sizeof population, "%.*s", (int)(end - length - 1), name + length + 1);
    return qn_spiking_population_named(c->keys, population) >= 0;
}

static qn_status complain_name(const qn_spiking_checking *c, const char *path, const char *name, bool functions)
{
    const char *like = qn_choice_like(qn_spiking_families, name);
    if (!like) like = qn_choice_like(qn_spiking_scalars, name);
    if (!like && functions) like = qn_choice_like(qn_spiking_functions, name);
    return qn_complain(c->complaints, qn_spiking_place(c, "%s", path),
                       "%s is \"%.60s\"; allowed: a quantity%s such as rate, rate(%s) or fano_factor%s%s%s", path, name,
                       functions ? " or function" : "", qn_spiking_population_keys_at(c, 0)->name,
                       like ? " (did you mean " : "", like ? like : "", like ? "?)" : "");
}

static qn_status check_asked(const qn_spiking_checking *c)
{
    const qn_figure_request *figures = c->study->common.figures.items;
    const qn_must_see *sought = c->study->common.must_see.items;
    char path[64];
    for (size_t i = 0; i < c->study->common.figures.count; ++i) {
        snprintf(path, sizeof path, "figures.%zu.plot", i);
        if (!is_known(c, figures[i].plot, true)) QN_TRY(complain_name(c, path, figures[i].plot, true));
    }
    for (size_t i = 0; i < c->study->common.must_see.count; ++i) {
        snprintf(path, sizeof path, "must_see.%zu.quantity", i);
        if (!is_known(c, sought[i].quantity, false)) QN_TRY(complain_name(c, path, sought[i].quantity, false));
        snprintf(path, sizeof path, "must_see.%zu.below", i);
        if (sought[i].below && !is_known(c, sought[i].below, false))
            QN_TRY(complain_name(c, path, sought[i].below, false));
        snprintf(path, sizeof path, "must_see.%zu.equals", i);
        if (sought[i].equals)
            QN_TRY(qn_complain(c->complaints, qn_spiking_place(c, "%s", path),
                               "%s: %s is a number; allowed: max_z, "
                               "max_relative_error, max_relative_bar, rises_with, falls_with, below, theory_within, "
                               "simulation_within",
                               path, sought[i].quantity));
    }
    return QN_OK;
}

// What is left is the network's own check: it knows all rules, but no lines.
static qn_status check_network(const qn_spiking_checking *c)
{
    qn_spiking_built built;
    qn_status status = qn_spiking_build(c->keys, NULL, &built);
    if (status == QN_OK) status = qn_spiking_network_check(&built.network);
    qn_spiking_built_clear(&built);
    if (status != QN_BAD_VALUE) return status;
    return qn_complain(c->complaints, qn_spiking_place(c, "network"), "network: %s", qn_last_error());
}

qn_status qn_spiking_check(const void *description, const char *folder, const qn_node *tree, qn_complaints *complaints)
{
    const qn_spiking_study *study = description;
    const qn_spiking_checking c = {study, &study->network, folder, tree, complaints};
    QN_TRY(qn_spiking_study_check_populations(&c));
    if (complaints->count) return QN_OK;
    QN_TRY(check_projections(&c));
    QN_TRY(check_stimuli(&c));
    QN_TRY(check_scale(&c));
    QN_TRY(check_simulation(&c));
    QN_TRY(check_asked(&c));
    if (complaints->count) return QN_OK;
    QN_TRY(qn_spiking_study_check_connectivity(&c));
    return complaints->count ? QN_OK : check_network(&c);
}
