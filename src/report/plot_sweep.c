#include "report/plot.h"

#include "base/fail.h"
#include "base/number.h"
#include "report/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

// A key by its whole path or its last part.
static int key_named(const qn_sweep_point *point, const char *name)
{
    for (size_t k = 0; name && k < point->count; ++k) {
        const char *dot = strrchr(point->keys[k], '.');
        if (!strcmp(point->keys[k], name) || (dot && !strcmp(dot + 1, name))) return (int)k;
    }
    return NONE;
}

// The first key with two different numbers, for requests that do not say.
static int key_varying(const qn_result *result, int except)
{
    for (size_t k = 0; k < result->points[0].count; ++k) {
        double first, value;
        if ((int)k == except || !qn_number_read(result->points[0].values[k], &first)) continue;
        for (size_t p = 1; p < result->point_count; ++p)
            if (qn_number_read(result->points[p].values[k], &value) && value != first) return (int)k;
    }
    return NONE;
}

// Whether two points belong to one curve: all keys but the horizontal one are the same.
static bool same_curve(const qn_sweep_point *a, const qn_sweep_point *b, int across)
{
    for (size_t k = 0; k < a->count; ++k)
        if ((int)k != across && strcmp(a->values[k], b->values[k])) return false;
    return true;
}

// "g = 2, N = 500": every key that tells the curves apart.
static void label_of(const qn_result *result, size_t point, int across, char *label, size_t size)
{
    const qn_sweep_point *here = &result->points[point];
    size_t length = 0;
    for (size_t k = 0; k < here->count; ++k) {
        bool varies = false;
        for (size_t p = 0; p < result->point_count && !varies; ++p)
            varies = strcmp(result->points[p].values[k], here->values[k]);
        if ((int)k == across || !varies || length >= size) continue;
        char words[96];
        qn_plot_key(here->keys[k], qn_cells_key(here, k), false, words, sizeof words);
        const int added =
            qn_cells_is_name(here->keys[k])
                ? snprintf(label + length, size - length, length ? ", %s" : "%s", here->values[k])
                : snprintf(label + length, size - length, length ? ", %s = %s" : "%s = %s", words, here->values[k]);
        length += added > 0 ? (size_t)added : 0;
    }
}

typedef struct {
    double x, theory, simulation, error;
    size_t point;
} place;

static int by_x(const void *a, const void *b)
{
    const double left = ((const place *)a)->x, right = ((const place *)b)->x;
    return (left > right) - (left < right);
}

// Place of a point on the axis: its number, or the number of its category; NAN: none.
static double place_of(const qn_plot *plot, const char *value)
{
    double x;
    if (!plot->category_count) return qn_number_read(value, &x) ? x : NAN;
    for (size_t c = 0; c < plot->category_count; ++c)
        if (!strncmp(plot->categories[c], value, sizeof plot->categories[c] - 1)) return (double)c;
    return NAN;
}

// An axis of names, in the order in which they come.
static void name_categories(const qn_result *result, int across, qn_plot *plot)
{
    double number;
    const bool named = qn_cells_is_name(result->points[0].keys[across]);
    if (!named && qn_number_read(result->points[0].values[across], &number)) return;
    for (size_t p = 0; p < result->point_count && plot->category_count < QN_PLOT_MOST_CATEGORIES; ++p) {
        const char *name = result->points[p].values[across];
        if (plot->category_count && !isnan(place_of(plot, name))) continue;
        snprintf(plot->categories[plot->category_count++], sizeof plot->categories[0], "%s", name);
    }
}

// The places of the curve that `point` begins, sorted; marks its points as used.
static size_t collect(const qn_result *result, const char *name, int across, size_t point, const qn_plot *plot,
                      bool *used, place *places)
{
    size_t count = 0;
    for (size_t p = point; p < result->point_count; ++p) {
        const qn_quantity *row = qn_result_quantity(result, name, p);
        if (used[p] || !same_curve(&result->points[point], &result->points[p], across)) continue;
        used[p] = true;
        const double x = place_of(plot, result->points[p].values[across]);
        if (!row || isnan(x)) continue;
        places[count++] = (place){x, row->theory, row->simulation.value, row->simulation.standard_error, p};
    }
    qsort(places, count, sizeof *places, by_x);
    return count;
}

static bool anything(size_t count, const place *places)
{
    for (size_t i = 0; i < count; ++i)
        if (isfinite(places[i].theory) || isfinite(places[i].simulation)) return true;
    return false;
}

// Theory from each point to the next, where the result has it for this axis: rows of places and of values.
typedef struct {
    const qn_named_array *places, *values;
    size_t pieces; // 1: at the points only
} between;

static between find_between(const qn_result *result, const char *name, const char *key)
{
    char line[128];
    snprintf(line, sizeof line, "%s_line", name);
    const between found = {qn_result_array(result, "line_place"), qn_result_array(result, line), 1};
    const between nothing = {NULL, NULL, 1};
    if (!found.places || !found.values || !found.places->long_name || strcmp(found.places->long_name, key))
        return nothing;
    if (found.places->rank != 2 || found.values->rank != 2 || found.places->shape[0] != result->point_count ||
        found.values->shape[0] != result->point_count || found.places->shape[1] != found.values->shape[1])
        return nothing;
    return (between){found.places, found.values, found.places->shape[1]};
}

static void add_to_line(qn_plot_curve *curve, double x, double y)
{
    curve->line_x[curve->line_count] = x;
    curve->line_y[curve->line_count++] = y; // a NAN inside breaks the line where theory says nothing
}

// Names have nothing between them: theory is a dash at each.
static void add_dash(qn_plot_curve *curve, double x, double y)
{
    add_to_line(curve, x - 0.25, y);
    add_to_line(curve, x + 0.25, y);
    add_to_line(curve, x + 0.25, NAN);
}

static qn_status add_curve(qn_plot *plot, size_t count, const place *places, const between *more, qn_plot_curve **curve)
{
    const bool named = plot->category_count > 0;
    QN_TRY(qn_plot_add_curve(plot, count * (named ? 3 : more->pieces), count, curve));
    bool theory = false;
    for (size_t i = 0; i < count; ++i) theory |= isfinite(places[i].theory);
    for (size_t i = 0; i < count; ++i) {
        if (theory && named) add_dash(*curve, places[i].x, places[i].theory);
        if (theory && !named) add_to_line(*curve, places[i].x, places[i].theory);
        for (size_t piece = 1; theory && !named && piece < more->pieces; ++piece) {
            const size_t at = places[i].point * more->pieces + piece;
            if (isfinite(more->places->values[at]))
                add_to_line(*curve, more->places->values[at], more->values->values[at]);
        }
        if (!isfinite(places[i].simulation)) continue;
        (*curve)->point_x[(*curve)->point_count] = places[i].x;
        (*curve)->point_y[(*curve)->point_count] = places[i].simulation;
        (*curve)->point_error[(*curve)->point_count++] = places[i].error;
    }
    return QN_OK;
}

static qn_status add_curves(const qn_result *result, const char *name, int across, bool *used, place *places,
                            qn_plot *plot)
{
    size_t left_out = 0;
    const between more = find_between(result, name, result->points[0].keys[across]);
    for (size_t p = 0; p < result->point_count; ++p) {
        if (used[p]) continue;
        const size_t count = collect(result, name, across, p, plot, used, places);
        if (!anything(count, places)) continue;
        if (plot->count == QN_PLOT_MOST_CURVES) {
            ++left_out;
            continue;
        }
        qn_plot_curve *curve;
        QN_TRY(add_curve(plot, count, places, &more, &curve));
        label_of(result, p, across, curve->label, sizeof curve->label);
    }
    if (left_out) qn_plot_remark(plot, "%zu further curves are in the data file.", left_out);
    return QN_OK;
}

qn_status qn_plot_sweep(const qn_result *result, const qn_figure_request *request, qn_plot *plot)
{
    if (result->point_count < 2 || !result->points[0].count) return QN_OK;
    int across = key_named(&result->points[0], request->against);
    if (across == NONE) across = key_varying(result, key_named(&result->points[0], request->by));
    if (across == NONE && result->points[0].count == 1) across = 0;
    if (across == NONE) return QN_OK;

    const qn_quantity *first = NULL;
    for (size_t p = 0; p < result->point_count && !first; ++p) first = qn_result_quantity(result, request->plot, p);
    if (!first) return QN_OK;
    qn_plot_describe(plot, request, first->long_name, first->unit);
    char words[128];
    qn_plot_key(result->points[0].keys[across], qn_cells_key(&result->points[0], (size_t)across), true, words,
                sizeof words);
    plot->over_sweep = true;
    name_categories(result, across, plot);
    qn_plot_label(words, NULL, plot->x_label, sizeof plot->x_label);

    bool *used = calloc(result->point_count, sizeof *used);
    place *places = malloc(result->point_count * sizeof *places);
    const qn_status status = used && places ? add_curves(result, request->plot, across, used, places, plot)
                                            : qn_fail(QN_NO_MEMORY, "no memory for figure %s", plot->name);
    free(used);
    free(places);
    return status;
}
