#include "simulation/stored_rows.h"

#include "base/fail.h"
#include "base/memory.h"
#include "simulation/connection_rules.h"
#include "simulation/delivery_kernel.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

typedef struct {
    const qn_spiking_layout *layout;
    const qn_spiking_inputs *in;
    const qn_spiking_place *place;
    const qn_spiking_projection *projection;
    qn_delay_table delays;
    qn_stored_rows *rows;
    uint64_t *cursor; // per source neuron: where the next synapse goes
} filling;

static void count_one(const qn_drawn_synapse *synapse, void *context)
{
    uint64_t *first = context;
    ++first[synapse->source + 1];
}

static int32_t weight_of(const filling *f, const qn_drawn_synapse *synapse)
{
    const qn_spiking_projection *p = f->projection;
    if (p->rule == QN_RULE_EDGES && p->edges.weight)
        return (int32_t)lrint((double)p->edges.weight[synapse->edge] / f->in->quantum);
    if (p->weight.kind != QN_WEIGHT_LOGNORMAL)
        return f->in->weights[p->source * QN_WEIGHT_LEVELS + (synapse->word[1] & (QN_WEIGHT_LEVELS - 1))];
    const double z = gsl_cdf_ugaussian_Pinv((synapse->word[1] + 0.5) * 0x1p-32);
    const double variance = log1p(p->weight.relative_spread * p->weight.relative_spread);
    const double quanta = p->weight.mean / f->in->quantum * exp(sqrt(variance) * z - variance / 2.0);
    return (int32_t)lrint(fmax(-0x1p28, fmin(0x1p28, quanta)));
}

static uint32_t delay_of(const filling *f, const qn_drawn_synapse *synapse)
{
    const qn_spiking_projection *p = f->projection;
    if (p->rule != QN_RULE_EDGES || !p->edges.delay) return qn_delay_of_word(&f->delays, synapse->word[2] >> 16);
    const long steps = lround((double)p->edges.delay[synapse->edge] / f->layout->time_step);
    return steps > 1 ? (uint32_t)steps : 1;
}

static void fill_one(const qn_drawn_synapse *synapse, void *context)
{
    const filling *f = context;
    const int32_t weight = weight_of(f, synapse);
    const bool apart = f->in->two_lanes && weight < 0; // explicit weights may have either sign
    const uint32_t target = synapse->target - (uint32_t)f->place->first + (apart ? (uint32_t)f->place->padded : 0);
    const uint32_t delay = delay_of(f, synapse);
    if (delay > f->rows->longest) f->rows->longest = delay;
    f->rows->synapse[f->cursor[synapse->source]++] =
        (qn_stored_synapse){.place = target | delay << 20, .weight = weight};
}

static bool is_stored(const qn_spiking_projection *projection)
{
    return projection && !qn_projection_is_computed(projection);
}

static qn_status count_all(const qn_spiking_layout *layout, const qn_cipher_key *key, const qn_spiking_place *place,
                           qn_stored_rows *rows)
{
    for (size_t source = 0; source < layout->population_count; ++source) {
        const qn_spiking_projection *p = layout->inputs[place->population].projection[source];
        if (!is_stored(p)) continue;
        const size_t neurons = layout->network.populations[source].size;
        QN_TRY(QN_NEW(&rows->first[source], neurons + 1, "synapses"));
        uint64_t *first = rows->first[source];
        QN_TRY(qn_connection_rule_draw(layout, p, key, place, count_one, first));
        first[0] = rows->count;
        for (size_t i = 0; i < neurons; ++i) first[i + 1] += first[i];
        rows->count = first[neurons];
    }
    return QN_OK;
}

// The ring of sums and the words of synapses hold fewer than QN_DELAY_STEPS steps.
static qn_status check_delays(const qn_spiking_projection *p, double time_step)
{
    for (size_t e = 0; p->rule == QN_RULE_EDGES && p->edges.delay && e < p->edges.count; ++e) {
        const long steps = lround((double)p->edges.delay[e] / time_step);
        QN_REQUIRE(
            steps < QN_DELAY_STEPS, QN_BAD_VALUE,
            "projection from population %zu to %zu: edges.delay[%zu] is %g ms, %ld time steps; allowed: below %d steps",
            p->source, p->target, e, (double)p->edges.delay[e], steps, QN_DELAY_STEPS);
    }
    return QN_OK;
}

static qn_status fill_projection(filling *f, const qn_cipher_key *key)
{
    const qn_spiking_projection *p = f->projection;
    const size_t neurons = f->layout->network.populations[p->source].size;
    const qn_spiking_network *network = &f->layout->network;
    const bool drawn = p->rule != QN_RULE_EDGES || !p->edges.delay;
    QN_TRY(check_delays(p, f->layout->time_step));
    if (drawn)
        QN_TRY(qn_delay_table_make(&p->delay, f->layout->time_step, qn_spiking_delay_minimum(network), &f->delays));
    qn_status status = QN_NEW(&f->cursor, neurons, "synapses");
    if (status == QN_OK) {
        for (size_t i = 0; i < neurons; ++i) f->cursor[i] = f->rows->first[p->source][i];
        status = qn_connection_rule_draw(f->layout, p, key, f->place, fill_one, f);
    }
    qn_release(f->cursor);
    qn_release(f->delays.cumulative);
    f->cursor = NULL;
    f->delays = (qn_delay_table){0};
    return status;
}

static qn_status fill_all(const qn_spiking_layout *layout, const qn_cipher_key *key, const qn_spiking_place *place,
                          qn_stored_rows *rows)
{
    QN_TRY(QN_NEW(&rows->synapse, rows->count + 1, "synapses"));
    filling f = {.layout = layout, .in = &layout->inputs[place->population], .place = place, .rows = rows};
    for (size_t source = 0; source < layout->population_count; ++source) {
        f.projection = f.in->projection[source];
        if (is_stored(f.projection)) QN_TRY(fill_projection(&f, key));
    }
    return QN_OK;
}

qn_status qn_stored_rows_make(const qn_spiking_layout *layout, const qn_cipher_key *key, size_t unit,
                              qn_stored_rows *rows)
{
    const qn_spiking_place *place = &layout->places[unit];
    qn_stored_rows made = {.populations = layout->population_count};
    QN_TRY(QN_NEW(&made.first, layout->population_count, "synapses"));
    qn_status status = count_all(layout, key, place, &made);
    if (status == QN_OK) status = fill_all(layout, key, place, &made);
    if (status != QN_OK) {
        qn_stored_rows_clear(&made);
        return status;
    }
    *rows = made;
    return QN_OK;
}

void qn_stored_rows_clear(qn_stored_rows *rows)
{
    for (size_t p = 0; rows->first && p < rows->populations; ++p) qn_release(rows->first[p]);
    qn_release(rows->first);
    qn_release(rows->synapse);
    *rows = (qn_stored_rows){0};
}

double qn_stored_rows_expected(const qn_spiking_layout *layout)
{
    double count = 0.0;
    for (size_t target = 0; target < layout->population_count; ++target)
        for (size_t source = 0; source < layout->population_count; ++source) {
            const qn_spiking_projection *p = layout->inputs[target].projection[source];
            if (is_stored(p)) count += qn_connection_rule_expected(layout, p);
        }
    return count;
}
