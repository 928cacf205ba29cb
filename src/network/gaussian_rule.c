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

// Panels between sorted edges, none wider than `widest`.
static qn_status rule_between(size_t edges, double *edge, double widest, bool cubic, qn_gaussian_rule *rule)
{
    qsort(edge, edges, sizeof *edge, ascending);
    qn_gaussian_rule made = {0};
    const size_t room = NODES * (edges + (size_t)ceil((edge[edges - 1] - edge[0]) / widest));
    QN_TRY(QN_NEW(&made.z, 2 * room, "Gaussian average"));
    made.weight = made.z + room;
    for (size_t k = 0; k + 1 < edges; ++k) {
        const double from = edge[k], width = edge[k + 1] - from;
        if (width <= 0.0) continue;
        const double panels = ceil(width / widest);
        for (double i = 0.0; i < panels; ++i)
            fill_panel(from + width * i / panels, from + width * (i + 1.0) / panels, cubic, &made);
    }
    *rule = made;
    return QN_OK;
}

qn_status qn_gaussian_rule_create(const qn_transfer *transfer, double mean, double deviation, double end, double widest,
                                  bool mirrored, qn_gaussian_rule *rule)
{
    const size_t most = place_count(transfer);
    double *edge = NULL;
    QN_TRY(QN_NEW(&edge, 3 * most + 2, "Gaussian average"));
    double *place = edge + 2 * most + 2;
    const size_t found = places(transfer, place);
    size_t edges = 0;
    edge[edges++] = -end;
    edge[edges++] = end;
    for (size_t k = 0; k < found; ++k) {
        const double z = (place[k] - mean) / deviation;
        if (fabs(z) >= end) continue;
        edge[edges++] = z;
        if (mirrored) edge[edges++] = -z;
    }
    const qn_status status = rule_between(edges, edge, widest, transfer->kind == QN_TRANSFER_TABLE, rule);
    qn_release(edge);
    return status;
}

qn_status qn_gaussian_rule_graded(size_t count, const double *centre, const double *width, bool geometric,
                                  qn_gaussian_rule *rule)
{
    enum { HALF = 4, MOST = 2 * (HALF + 60) + 1 };
    const double end = 9.0, panel = 2.25; // four panels of 2.25 widths reach exp(-9^2 / 2)
    const size_t each = geometric ? MOST : 2 * HALF + 1;
    double *edge = NULL;
    QN_TRY(qn_allocate(each * count + 2, sizeof *edge, "Gaussian average", (void **)&edge));
    size_t edges = 0;
    edge[edges++] = -end;
    edge[edges++] = end;
    for (size_t k = 0; k < count; ++k) {
        if (fabs(centre[k]) < end) edge[edges++] = centre[k];
        double offset = panel * width[k];
        for (size_t i = 0; i < (each - 1) / 2 && offset > 0.0; ++i) {
            if (fabs(centre[k] - offset) < end) edge[edges++] = centre[k] - offset;
            if (fabs(centre[k] + offset) < end) edge[edges++] = centre[k] + offset;
            offset = geometric && i >= 1 ? 2.0 * offset : offset + panel * width[k];
        }
    }
    const qn_status status = rule_between(edges, edge, 0.5, false, rule);
    qn_release(edge);
    return status;
}

void qn_gaussian_rule_clear(qn_gaussian_rule *rule)
{
    qn_release(rule->z);
    *rule = (qn_gaussian_rule){0};
}
