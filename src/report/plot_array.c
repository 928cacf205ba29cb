#include "report/plot.h"

#include "base/fail.h"
#include "report/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Points with bars beyond this number hide the line they are to be compared with.
enum { MOST_POINTS = 31 };

// One wing along its last dimension: theory and simulation need not have the same places.
typedef struct {
    const qn_named_array *array, *coordinate;
    size_t length;
} wing;

typedef struct {
    wing theory, simulation, error, any; ///< arrays may be NULL, not both of the first two; `any` is one of them
    size_t points;                       ///< curves there are
} wings;

static wing wing_of(const qn_result *result, const char *base, const char *end)
{
    char name[256];
    snprintf(name, sizeof name, "%s%s", base, end);
    wing found = {.array = qn_result_array(result, name)};
    if (!found.array || found.array->rank > 2) return (wing){0};
    found.length = found.array->shape[found.array->rank - 1];
    const qn_named_array *along = qn_result_array(result, found.array->dimensions[found.array->rank - 1]);
    if (along && along->rank == 1 && along->shape[0] == found.length) found.coordinate = along;
    return found;
}

static size_t curves_of(const wing *w) { return w->array && w->array->rank == 2 ? w->array->shape[0] : 1; }

static bool find_wings(const qn_result *result, const char *base, wings *found)
{
    *found = (wings){.theory = wing_of(result, base, "_theory"),
                     .simulation = wing_of(result, base, "_simulation"),
                     .error = wing_of(result, base, "_simulation_error")};
    if (!found->theory.array && !found->simulation.array) found->theory = wing_of(result, base, "");
    found->any = found->theory.array ? found->theory : found->simulation;
    found->points = curves_of(&found->any);
    if (curves_of(&found->simulation) != found->points) found->simulation = (wing){0};
    if (found->error.length != found->simulation.length || curves_of(&found->error) != found->points)
        found->error = (wing){0};
    return found->any.array != NULL;
}

static double value(const wing *w, size_t point, size_t i)
{
    return w->array ? w->array->values[point * w->length + i] : NAN;
}

static double place(const wing *w, size_t i) { return w->coordinate ? w->coordinate->values[i] : (double)i; }

// Where a correlation function has died out there is nothing to see: stop a third beyond the last visible value.
static double last_visible(const wing *w, size_t points, double share)
{
    double largest = 0.0;
    size_t last = 0;
    for (size_t p = 0; p < points; ++p)
        for (size_t i = 0; i < w->length; ++i) largest = fmax(largest, fabs(value(w, p, i)));
    for (size_t p = 0; p < points; ++p)
        for (size_t i = 0; i < w->length; ++i)
            if (fabs(value(w, p, i)) > share * largest && i > last) last = i;
    const double end = place(w, w->length - 1), wanted = 1.3 * place(w, last);
    return wanted > 0.0 && wanted < end ? wanted : NAN;
}

// Of the simulated values within view, at most MOST_POINTS evenly spread ones (by ratio on a logarithmic axis). Returns
// how many were left out.
static size_t thin_out(const wings *w, size_t point, const qn_plot *plot, qn_plot_curve *curve)
{
    const wing *simulation = &w->simulation;
    const double end = isnan(plot->x_max) ? INFINITY : plot->x_max;
    size_t available = 0;
    for (size_t i = 0; i < simulation->length; ++i)
        available += isfinite(value(simulation, point, i)) && place(simulation, i) <= end;
    const size_t step = available ? (available - 1) / MOST_POINTS + 1 : 1;
    size_t seen = 0;
    double next = 0.0;
    for (size_t i = 0; i < simulation->length; ++i) {
        const double x = place(simulation, i), y = value(simulation, point, i);
        if (!isfinite(y) || x > end || (plot->log_x && x <= 0.0)) continue;
        if (plot->log_x ? x < next : seen++ % step != 0) continue;
        next = x * 1.15;
        curve->point_x[curve->point_count] = x;
        curve->point_y[curve->point_count] = y;
        curve->point_error[curve->point_count++] = value(&w->error, point, i);
    }
    return available - curve->point_count;
}

static void label_of(const qn_result *result, const wings *w, size_t point, char *label, size_t size)
{
    if (w->points < 2) return;
    const bool swept = point < result->point_count && result->points[point].count && w->points == result->point_count;
    size_t length = 0;
    for (size_t k = 0; swept && k < result->points[point].count && length < size; ++k) {
        const qn_sweep_point *here = &result->points[point];
        char symbol[96];
        qn_plot_key(here->keys[k], qn_cells_key(here, k), false, symbol, sizeof symbol);
        const int added =
            qn_cells_is_name(here->keys[k])
                ? snprintf(label + length, size - length, k ? ", %s" : "%s", here->values[k])
                : snprintf(label + length, size - length, k ? ", %s = %s" : "%s = %s", symbol, here->values[k]);
        length += added > 0 ? (size_t)added : 0;
    }
    if (!swept) snprintf(label, size, "%s %zu", w->any.array->dimensions[0], point);
}

static qn_status add_curve(const qn_result *result, const wings *w, size_t point, qn_plot *plot, bool *thinned)
{
    qn_plot_curve *curve;
    QN_TRY(qn_plot_add_curve(plot, w->theory.length, w->simulation.length, &curve));
    label_of(result, w, point, curve->label, sizeof curve->label);
    for (size_t i = 0; i < w->theory.length; ++i) {
        curve->line_x[curve->line_count] = place(&w->theory, i);
        curve->line_y[curve->line_count++] = value(&w->theory, point, i);
    }
    if (w->simulation.array && thin_out(w, point, plot, curve)) *thinned = true;
    return QN_OK;
}

static bool some_value(const wing *w, size_t point)
{
    for (size_t i = 0; i < w->length; ++i)
        if (isfinite(value(w, point, i))) return true;
    return false;
}

static bool has_values(const wings *w, size_t point)
{
    return some_value(&w->theory, point) || some_value(&w->simulation, point);
}

// Too many curves are no figure: then every second, third ... is drawn, the first among them.
static qn_status add_curves(const qn_result *result, const wings *w, qn_plot *plot)
{
    size_t drawable = 0, seen = 0;
    bool thinned = false;
    for (size_t p = 0; p < w->points; ++p) drawable += has_values(w, p);
    const size_t step = drawable ? (drawable - 1) / QN_PLOT_MOST_CURVES + 1 : 1;
    for (size_t p = 0; p < w->points; ++p)
        if (has_values(w, p) && seen++ % step == 0) QN_TRY(add_curve(result, w, p, plot, &thinned));
    if (thinned) qn_plot_remark(plot, "For clarity not every simulated value is shown.");
    if (step > 1) qn_plot_remark(plot, "%zu of %zu points of the sweep are shown.", plot->count, drawable);
    return QN_OK;
}

qn_status qn_plot_array(const qn_result *result, const qn_figure_request *request, qn_plot *plot)
{
    wings w;
    if (!find_wings(result, request->plot, &w)) return QN_OK;
    const qn_named_array *any = w.any.array, *coordinate = w.any.coordinate;
    qn_plot_describe(plot, request, any->long_name, any->unit);
    const char *dimension = any->dimensions[any->rank - 1];
    char words[128];
    qn_cells_words(dimension, words, sizeof words);
    qn_plot_label(coordinate && coordinate->long_name ? coordinate->long_name : words,
                  coordinate ? coordinate->unit : NULL, plot->x_label, sizeof plot->x_label);
    // On a logarithmic axis three decades are to be seen, on a linear one what differs from zero.
    if (strstr(dimension, "lag") && !plot->log_x)
        plot->x_max = last_visible(&w.any, w.points, plot->log_y ? 1e-3 : 1e-2);
    if (plot->log_y) {
        double largest = 0.0;
        for (size_t i = 0; i < w.points * w.any.length; ++i)
            if (isfinite(any->values[i])) largest = fmax(largest, any->values[i]);
        plot->y_min = largest > 0.0 ? largest * 3e-4 : NAN;
    }
    return add_curves(result, &w, plot);
}
