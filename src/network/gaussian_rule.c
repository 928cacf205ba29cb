#include "network/gaussian_rule.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/transfer_table.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

enum { NODES = 16, FEW_NODES = 6 }; // per panel; few where a cubic of a table meets an almost constant Gaussian
static const double NARROW = 0.05;
static const double TANH_REACH = 20.0; // |gain x| beyond which tanh is constant to rounding
static const double TANH_PANEL = 2.0;  // gain times width: with poles at pi / 2, 16 nodes leave 1e-17

static int ascending(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

// Where panels must end: the kinks, or the stretch over which tanh bends. Unsorted, some beyond the end.
static size_t places(const qn_transfer *transfer, double *x)
{
    if (transfer->kind == QN_TRANSFER_TABLE) {
        for (size_t k = 0; k < transfer->table->count; ++k) x[k] = transfer->table->x[k];
        return transfer->table->count;
    }
    size_t count = 0;
    for (double reach = -TANH_REACH; reach <= TANH_REACH; reach += TANH_PANEL) x[count++] = reach / transfer->gain;
    return count;
}

static size_t place_count(const qn_transfer *transfer)
{
    return transfer->kind == QN_TRANSFER_TABLE ? transfer->table->count : (size_t)(2.0 * TANH_REACH / TANH_PANEL) + 2;
}

static void fill_panel(double from, double to, bool cubic, qn_gaussian_rule *rule)
{
    const size_t nodes = cubic && to - from < NARROW ? FEW_NODES : NODES;
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(nodes); // tabulated in GSL
    for (size_t i = 0; i < nodes; ++i, ++rule->count) {
        gsl_integration_glfixed_point(from, to, i, &rule->z[rule->count], &rule->weight[rule->count], table);
        rule->weight[rule->count] *= 0.39894228040143267794 * exp(-0.5 * rule->z[rule->count] * rule->z[rule->count]);
    }
    gsl_integration_glfixed_table_free(table);
}

qn_status qn_gaussian_rule_create(const qn_transfer *transfer, double mean, double deviation, double end, double widest,
                                  bool mirrored, qn_gaussian_rule *rule)
{
    const size_t most = place_count(transfer);
    double *edge = NULL;
    QN_TRY(QN_NEW(&edge, 2 * most + 2, "Gaussian average"));
    const size_t found = places(transfer, edge);
    size_t edges = 0;
    for (size_t k = 0; k < found; ++k) {
        edge[most + k] = -(edge[k] - mean) / deviation;
        edge[k] = (edge[k] - mean) / deviation;
    }
    for (size_t k = 0; k < found; ++k)
        if (fabs(edge[k]) < end) edge[edges++] = edge[k];
    for (size_t k = 0; mirrored && k < found; ++k)
        if (fabs(edge[most + k]) < end) edge[edges++] = edge[most + k];
    edge[edges++] = -end;
    edge[edges++] = end;
    qsort(edge, edges, sizeof *edge, ascending);

    const bool cubic = transfer->kind == QN_TRANSFER_TABLE;
    qn_gaussian_rule made = {0};
    const size_t room = NODES * (edges + (size_t)ceil(2.0 * end / widest));
    qn_status status = QN_NEW(&made.z, 2 * room, "Gaussian average");
    if (status != QN_OK) {
        qn_release(edge);
        return status;
    }
    made.weight = made.z + room;
    for (size_t k = 0; k + 1 < edges; ++k) {
        const double from = edge[k], width = edge[k + 1] - from;
        if (width <= 0.0) continue;
        const size_t panels = (size_t)ceil(width / widest);
        for (size_t i = 0; i < panels; ++i)
            fill_panel(from + width * (double)i / (double)panels, from + width * (double)(i + 1) / (double)panels,
                       cubic, &made);
    }
    qn_release(edge);
    *rule = made;
    return QN_OK;
}

void qn_gaussian_rule_clear(qn_gaussian_rule *rule)
{
    qn_release(rule->z);
    *rule = (qn_gaussian_rule){0};
}
