#include "simulation/connection_rules.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { BATCH = 64 };

typedef struct {
    const qn_spiking_projection *projection;
    const qn_cipher_key *key;
    uint32_t sources;
    uint32_t first_global; // of the target population
    qn_synapse_visit visit;
    void *context;
    uint8_t *taken; // per source: has a synapse onto the present target; NULL: multapses are allowed
} drawing;

// Random words, one counter after another.
typedef struct {
    const qn_cipher_key *key;
    uint32_t counter[4], words[4 * BATCH];
    size_t next;
} words_in_turn;

static void begin(words_in_turn *w, const drawing *d, uint32_t target, uint32_t stream)
{
    w->key = d->key;
    w->counter[0] = d->first_global + target;
    w->counter[1] = (uint32_t)d->projection->source;
    w->counter[2] = 0;
    w->counter[3] = stream;
    w->next = BATCH;
}

static const uint32_t *next_words(words_in_turn *w)
{
    if (w->next == BATCH) {
        qn_cipher_words(w->key, w->counter, 2, BATCH, w->words);
        w->counter[2] += BATCH;
        w->next = 0;
    }
    return w->words + 4 * w->next++;
}

static void visit(const drawing *d, uint32_t source, uint32_t target, const uint32_t *words, size_t edge)
{
    qn_drawn_synapse synapse = {.source = source, .target = target, .edge = edge};
    memcpy(synapse.word, words, sizeof synapse.word);
    d->visit(&synapse, d->context);
}

// Draws that are not allowed are drawn again.
static void draw_in_degree(const drawing *d, uint32_t target)
{
    const qn_spiking_projection *p = d->projection;
    const uint32_t count = (uint32_t)lrint(p->count);
    const bool no_self = p->no_autapses && p->source == p->target;
    words_in_turn w = {0};
    begin(&w, d, target, QN_SPIKING_IN_DEGREE);
    if (d->taken) memset(d->taken, 0, d->sources);
    for (uint32_t k = 0; k < count;) {
        const uint32_t *words = next_words(&w);
        const uint32_t source = (uint32_t)((uint64_t)words[0] * d->sources >> 32);
        if ((no_self && source == target) || (d->taken && d->taken[source])) continue;
        if (d->taken) d->taken[source] = 1;
        visit(d, source, target, words, 0);
        ++k;
    }
}

// Each source with probability p: the gaps between chosen ones are geometric.
static void draw_bernoulli(const drawing *d, uint32_t target)
{
    const qn_spiking_projection *p = d->projection;
    const bool no_self = p->no_autapses && p->source == p->target;
    const double scale = p->count < 1.0 ? 1.0 / log1p(-p->count) : 0.0;
    words_in_turn w = {0};
    begin(&w, d, target, QN_SPIKING_BERNOULLI);
    for (double source = 0.0;; source += 1.0) {
        const uint32_t *words = next_words(&w);
        source += floor(log((words[0] + 0.5) * 0x1p-32) * scale);
        if (source >= d->sources) return;
        if (!no_self || (uint32_t)source != target) visit(d, (uint32_t)source, target, words, 0);
    }
}

static void draw_edges(const drawing *d, const qn_spiking_place *place)
{
    const qn_spiking_edges *edges = &d->projection->edges;
    const bool random = !edges->weight || !edges->delay;
    for (size_t e = 0; e < edges->count; ++e) {
        if (edges->target[e] < place->first || edges->target[e] >= place->first + place->size) continue;
        const uint32_t counter[4] = {(uint32_t)e, (uint32_t)d->projection->source, (uint32_t)d->projection->target,
                                     QN_SPIKING_EDGE};
        uint32_t words[4] = {0};
        if (random) qn_cipher_words(d->key, counter, 0, 1, words);
        visit(d, edges->source[e], edges->target[e], words, e);
    }
}

qn_status qn_connection_rule_draw(const qn_spiking_layout *layout, const qn_spiking_projection *projection,
                                  const qn_cipher_key *key, const qn_spiking_place *place, qn_synapse_visit visitor,
                                  void *context)
{
    drawing d = {.projection = projection,
                 .key = key,
                 .sources = (uint32_t)layout->network.populations[projection->source].size,
                 .first_global = layout->first_neuron[projection->target],
                 .visit = visitor,
                 .context = context};
    if (projection->rule == QN_RULE_EDGES) {
        draw_edges(&d, place);
        return QN_OK;
    }
    if (projection->rule == QN_RULE_IN_DEGREE && projection->no_multapses)
        QN_TRY(QN_NEW(&d.taken, d.sources, "connections"));
    for (size_t i = 0; i < place->size; ++i) {
        if (projection->rule == QN_RULE_IN_DEGREE) draw_in_degree(&d, (uint32_t)(place->first + i));
        if (projection->rule == QN_RULE_BERNOULLI && projection->count > 0.0)
            draw_bernoulli(&d, (uint32_t)(place->first + i));
    }
    qn_release(d.taken);
    return QN_OK;
}

double qn_connection_rule_expected(const qn_spiking_layout *layout, const qn_spiking_projection *projection)
{
    const double sources = (double)layout->network.populations[projection->source].size;
    const double targets = (double)layout->network.populations[projection->target].size;
    switch (projection->rule) {
    case QN_RULE_TOTAL_NUMBER: return projection->count;
    case QN_RULE_IN_DEGREE: return projection->count * targets;
    case QN_RULE_BERNOULLI: return projection->count * targets * sources;
    case QN_RULE_EDGES: break;
    }
    return (double)projection->edges.count;
}
