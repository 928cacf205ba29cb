#include "base/fail.h"
#include "report/cells.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The array X_end, where its last two dimensions have coordinates; else NULL.
static const qn_named_array *grid_of(const qn_result *result, const char *base, const char *end)
{
    char name[256];
    snprintf(name, sizeof name, "%s%s", base, end);
    const qn_named_array *found = qn_result_array(result, name);
    if (!found || found->rank < 2) return NULL;
    for (size_t d = found->rank - 2; d < found->rank; ++d) {
        const qn_named_array *along = qn_result_array(result, found->dimensions[d]);
        if (!along || along->rank != 1 || along->shape[0] != found->shape[d]) return NULL;
    }
    return found;
}

static size_t cells_of(const qn_named_array *a) { return a->shape[a->rank - 2] * a->shape[a->rank - 1]; }
static size_t points_of(const qn_named_array *a) { return a->rank == 3 ? a->shape[0] : 1; }

static bool has_values(const qn_named_array *a, size_t point)
{
    if (!a || point >= points_of(a)) return false;
    for (size_t i = 0; i < cells_of(a); ++i)
        if (isfinite(a->values[point * cells_of(a) + i])) return true;
    return false;
}

// The first point with both wings, or with one where none has both; beyond the last where there is nothing.
static size_t point_to_show(const qn_named_array *theory, const qn_named_array *simulation)
{
    const size_t points = points_of(theory ? theory : simulation);
    for (int wanted = 2; wanted > 0; --wanted)
        for (size_t p = 0; p < points; ++p)
            if (has_values(theory, p) + has_values(simulation, p) >= wanted) return p;
    return points;
}

static qn_status take(const qn_named_array *a, size_t point, const char *figure, double **values)
{
    if (!has_values(a, point)) return QN_OK;
    *values = malloc(cells_of(a) * sizeof **values);
    QN_REQUIRE(*values, QN_NO_MEMORY, "no memory for figure %s", figure);
    memcpy(*values, a->values + point * cells_of(a), cells_of(a) * sizeof **values);
    return QN_OK;
}

static void axis(const qn_result *result, const char *dimension, char *label, size_t size, double *first, double *last)
{
    const qn_named_array *along = qn_result_array(result, dimension);
    qn_plot_label(along->long_name, along->unit, label, size);
    *first = along->values[0];
    *last = along->values[along->shape[0] - 1];
}

static void say_where(const qn_result *result, size_t point, qn_plot *plot)
{
    if (point >= result->point_count || !result->points[point].count) return;
    const qn_sweep_point *here = &result->points[point];
    for (size_t k = 0; k < here->count; ++k) {
        char symbol[96];
        qn_plot_key(here->keys[k], qn_cells_key(here, k), false, symbol, sizeof symbol);
        qn_plot_remark(plot, "%s%s = %s%s", k ? "" : "Of the sweep, ", symbol, here->values[k],
                       k + 1 < here->count ? "," : ".");
    }
}

qn_status qn_plot_grid(const qn_result *result, const qn_figure_request *request, qn_plot *plot)
{
    const qn_named_array *theory = grid_of(result, request->plot, "_theory");
    const qn_named_array *simulation = grid_of(result, request->plot, "_simulation");
    const qn_named_array *any = theory ? theory : simulation;
    if (!any) return QN_OK;
    if (simulation && theory && cells_of(simulation) != cells_of(theory)) simulation = NULL;
    const size_t point = point_to_show(theory, simulation);
    if (point == points_of(any)) return QN_OK;
    qn_plot_describe(plot, request, any->long_name, any->unit);
    say_where(result, point, plot);
    QN_TRY(take(theory, point, plot->name, &plot->map.theory));
    QN_TRY(take(simulation, point, plot->name, &plot->map.simulation));
    qn_plot_map *map = &plot->map;
    map->height = any->shape[any->rank - 2];
    map->width = any->shape[any->rank - 1];
    axis(result, any->dimensions[any->rank - 2], map->row_label, sizeof map->row_label, &map->bottom, &map->top);
    axis(result, any->dimensions[any->rank - 1], plot->x_label, sizeof plot->x_label, &map->left, &map->right);
    return QN_OK;
}
