#include "theory/lif_delays.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>

static const double TWO_PI = 6.28318530717958647693, MS_PER_S = 1000.0;

static bool alike(const qn_delay_law *a, const qn_delay_law *b)
{
    return a->kind == b->kind && a->mean == b->mean && a->relative_spread == b->relative_spread;
}

// Delays of a list are rounded to the grid, at least one step, as those of a law.
static size_t listed_steps(const qn_spiking_edges *edges, size_t k, double time_step)
{
    return (size_t)fmax(round((double)edges->delay[k] / time_step), 1.0);
}

static qn_status tabulate_list(const qn_spiking_edges *edges, double time_step, qn_lif_delay *table)
{
    table->last = 1;
    for (size_t k = 0; k < edges->count; ++k) {
        const size_t steps = listed_steps(edges, k, time_step);
        if (steps > table->last) table->last = steps;
    }
    QN_TRY(QN_NEW(&table->share, table->last, "delays"));
    for (size_t k = 0; k < edges->count; ++k)
        table->share[listed_steps(edges, k, time_step) - 1] += 1.0 / (double)edges->count;
    return QN_OK;
}

static qn_status tabulate(const qn_spiking_network *network, const qn_spiking_projection *projection,
                          qn_lif_delays *delays, size_t *at)
{
    const bool listed = projection->rule == QN_RULE_EDGES && projection->edges.delay && projection->edges.count > 0;
    for (*at = 0; !listed && *at < delays->count; ++*at)
        if (delays->delay[*at].law && alike(delays->delay[*at].law, &projection->delay)) return QN_OK;
    *at = delays->count++;
    qn_lif_delay *table = &delays->delay[*at];
    if (listed) return tabulate_list(&projection->edges, delays->time_step, table);
    const double minimum = qn_spiking_delay_minimum(network);
    table->law = &projection->delay;
    table->last = qn_delay_last(&projection->delay, delays->time_step, minimum);
    QN_TRY(QN_NEW(&table->share, table->last, "delays"));
    qn_delay_probabilities(&projection->delay, delays->time_step, minimum, table->last, table->share);
    return QN_OK;
}

static qn_status fill(const qn_spiking_network *network, qn_lif_delays *delays)
{
    QN_TRY(QN_NEW(&delays->delay, network->projection_count + 1, "delays"));
    QN_TRY(QN_NEW(&delays->of_projection, network->projection_count + 1, "delays"));
    for (size_t k = 0; k < network->projection_count; ++k)
        QN_TRY(tabulate(network, &network->projections[k], delays, &delays->of_projection[k]));
    return QN_OK;
}

qn_status qn_lif_delays_create(const qn_spiking_network *network, qn_lif_delays *delays)
{
    qn_lif_delays made = {.time_step = qn_spiking_time_step(network), .projection_count = network->projection_count};
    const qn_status status = fill(network, &made);
    if (status == QN_OK)
        *delays = made;
    else
        qn_lif_delays_clear(&made);
    return status;
}

void qn_lif_delays_clear(qn_lif_delays *delays)
{
    for (size_t k = 0; k < delays->count; ++k) qn_release(delays->delay[k].share);
    qn_release(delays->delay);
    qn_release(delays->of_projection);
    *delays = (qn_lif_delays){0};
}

void qn_lif_delays_transform(const qn_lif_delays *delays, double frequency, double complex *transform)
{
    const double phase = TWO_PI * frequency * delays->time_step / MS_PER_S;
    for (size_t k = 0; k < delays->count; ++k) {
        transform[k] = 0.0;
        for (size_t d = 0; d < delays->delay[k].last; ++d)
            transform[k] += delays->delay[k].share[d] * cexp(-I * phase * (double)(d + 1));
    }
}
