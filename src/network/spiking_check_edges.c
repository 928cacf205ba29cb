#include "base/fail.h"
#include "base/memory.h"
#include "network/spiking_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static qn_status check_ends(const qn_spiking_projection *projection, size_t sources, size_t targets)
{
    const qn_spiking_edges *edges = &projection->edges;
    const bool own = projection->no_autapses && projection->source == projection->target;
    for (size_t i = 0; i < edges->count; ++i) {
        QN_REQUIRE(edges->source[i] < sources, QN_BAD_VALUE,
                   "edges.source[%zu] is %" PRIu32 "; allowed: below %zu, the number of neurons", i, edges->source[i],
                   sources);
        QN_REQUIRE(edges->target[i] < targets, QN_BAD_VALUE,
                   "edges.target[%zu] is %" PRIu32 "; allowed: below %zu, the number of neurons", i, edges->target[i],
                   targets);
        QN_REQUIRE(!own || edges->source[i] != edges->target[i], QN_BAD_VALUE,
                   "edges[%zu] joins neuron %" PRIu32 " to itself; not with no_autapses", i, edges->source[i]);
    }
    return QN_OK;
}

static qn_status check_values(const qn_spiking_projection *projection)
{
    const qn_spiking_edges *edges = &projection->edges;
    const double mean = projection->weight.mean;
    for (size_t i = 0; i < edges->count && edges->weight != NULL; ++i) {
        QN_REQUIRE(isfinite(edges->weight[i]), QN_BAD_VALUE, "edges.weight[%zu] is %g; allowed: a finite number", i,
                   (double)edges->weight[i]);
        QN_REQUIRE(mean * (double)edges->weight[i] >= 0.0, QN_BAD_VALUE,
                   "edges.weight[%zu] is %g; allowed: the sign of weight.mean, %g (any sign where that is 0)", i,
                   (double)edges->weight[i], mean);
    }
    for (size_t i = 0; i < edges->count && edges->delay != NULL; ++i)
        QN_REQUIRE(edges->delay[i] > 0.0f && edges->delay[i] <= 100.0f, QN_BAD_VALUE,
                   "edges.delay[%zu] is %g ms; allowed: greater than 0, at most 100 ms", i, (double)edges->delay[i]);
    return QN_OK;
}

static int compare_keys(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static qn_status check_multapses(const qn_spiking_edges *edges)
{
    uint64_t *keys = NULL;
    QN_TRY(QN_NEW(&keys, edges->count, "pairs of neurons"));
    for (size_t i = 0; i < edges->count; ++i) keys[i] = (uint64_t)edges->source[i] << 32 | edges->target[i];
    qsort(keys, edges->count, sizeof *keys, compare_keys);
    qn_status status = QN_OK;
    for (size_t i = 1; i < edges->count && status == QN_OK; ++i)
        if (keys[i] == keys[i - 1])
            status = qn_fail(QN_BAD_VALUE,
                             "edges: neuron %" PRIu64 " is joined to %" PRIu64 " more than once; not with no_multapses",
                             keys[i] >> 32, keys[i] & UINT32_MAX);
    qn_release(keys);
    return status;
}

qn_status qn_spiking_check_edges(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    const qn_spiking_edges *edges = &projection->edges;
    if (edges->count == 0) return QN_OK;
    QN_REQUIRE(edges->source != NULL && edges->target != NULL, QN_BAD_VALUE,
               "edges: %zu are announced but source or target is NULL", edges->count);
    QN_TRY(check_ends(projection, network->populations[projection->source].size,
                      network->populations[projection->target].size));
    QN_TRY(check_values(projection));
    return projection->no_multapses ? check_multapses(edges) : QN_OK;
}
