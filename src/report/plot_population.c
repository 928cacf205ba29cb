// Figures over populations: quantities of all of them side by side, and functions with one curve each. A population
// is known by the quantities that carry its name: "rate(4E)".
#include "base/fail.h"
#include "report/cells.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The name in "family(name)"; false where the quantity is of another family, or of none.
static bool name_in(const char *quantity, const char *family, char *name, size_t size)
{
    const size_t length = strlen(family), all = strlen(quantity);
    if (strncmp(quantity, family, length) != 0 || quantity[length] != '(' || quantity[all - 1] != ')') return false;
    snprintf(name, size, "%.*s", (int)(all - length - 2), quantity + length + 1);
    return true;
}

bool qn_plot_population_name(const qn_result *result, size_t index, char *name, size_t size)
{
    for (size_t i = 0; i < result->quantity_count; ++i)
        if (result->quantities[i].point == 0 && name_in(result->quantities[i].name, "rate", name, size) && index-- == 0)
            return true;
    return false;
}

// "rate_spectrum(4E)": the array, and which population; -1: all of them.
static void split(const qn_result *result, const char *request, char array[128], int *population)
{
    char wanted[128], name[128];
    const size_t length = strcspn(request, "(");
    snprintf(array, 128, "%.*s", (int)length, request);
    *population = -1;
    if (!request[length] || !name_in(request, array, wanted, sizeof wanted)) return;
    for (size_t p = 0; qn_plot_population_name(result, p, name, sizeof name); ++p)
        if (!strcmp(name, wanted)) *population = (int)p;
}

typedef struct {
    const qn_named_array *theory, *simulation, *error, *any;
    size_t places, populations;
} functions;

static const qn_named_array *find(const qn_result *result, const char *base, const char *end)
{
    char name[256];
    snprintf(name, sizeof name, "%s%s", base, end);
    const qn_named_array *found = qn_result_array(result, name);
    const bool fits = found && found->rank >= 2 && !strcmp(found->dimensions[found->rank - 2], "population");
    return fits ? found : NULL;
}

static bool find_functions(const qn_result *result, const char *base, functions *f)
{
    *f = (functions){.theory = find(result, base, "_theory"),
                     .simulation = find(result, base, "_simulation"),
                     .error = find(result, base, "_simulation_error")};
    f->any = f->simulation ? f->simulation : f->theory;
    if (!f->any) return false;
    f->places = f->any->shape[f->any->rank - 1];
    f->populations = f->any->shape[f->any->rank - 2];
    if (f->theory && f->theory->shape[f->theory->rank - 1] != f->places) f->theory = NULL;
    return true;
}

static const double *row(const qn_named_array *array, const functions *f, size_t point, size_t population)
{
    return array ? array->values + (point * f->populations + population) * f->places : NULL;
}

static bool has_values(const double *values, size_t count)
{
    for (size_t i = 0; values && i < count; ++i)
        if (isfinite(values[i])) return true;
    return false;
}

// A measured function with hundreds of places is a line of its own where theory has none.
static qn_status add_curve(const qn_result *result, const functions *f, size_t point, size_t population, qn_plot *plot)
{
    enum { MOST_POINTS = 40 };
    const double *theory = row(f->theory, f, point, population), *simulation = row(f->simulation, f, point, population);
    const double *error = row(f->error, f, point, population);
    const qn_named_array *along = qn_result_array(result, f->any->dimensions[f->any->rank - 1]);
    const bool lines = !has_values(theory, f->places);
    const double *line = lines ? simulation : theory;
    double next = 0.0;
    qn_plot_curve *curve;
    if (!has_values(line, f->places) && !has_values(simulation, f->places)) return QN_OK;
    QN_TRY(qn_plot_add_curve(plot, f->places, f->places, &curve));
    plot->measured_lines |= lines;
    for (size_t i = 0; i < f->places; ++i) {
        const double x = along ? along->values[i] : (double)i;
        if (line && isfinite(line[i]) && !(plot->log_x && x <= 0.0)) {
            curve->line_x[curve->line_count] = x;
            curve->line_y[curve->line_count++] = line[i];
        }
        if (lines || !simulation || !isfinite(simulation[i]) || (plot->log_x && x <= 0.0)) continue;
        if (plot->log_x ? x < next : i % (f->places / MOST_POINTS + 1) != 0) continue;
        next = 1.12 * x;
        curve->point_x[curve->point_count] = x;
        curve->point_y[curve->point_count] = simulation[i];
        curve->point_error[curve->point_count++] = error ? error[i] : NAN;
    }
    return QN_OK;
}

static void label_population(const qn_result *result, size_t population, qn_plot *plot)
{
    if (!plot->count) return;
    char *label = plot->curves[plot->count - 1].label;
    if (!qn_plot_population_name(result, population, label, sizeof plot->curves[0].label))
        snprintf(label, sizeof plot->curves[0].label, "population %zu", population);
}

static qn_status add_populations(const qn_result *result, const functions *f, qn_plot *plot)
{
    const size_t step = (f->populations - 1) / QN_PLOT_MOST_CURVES + 1;
    for (size_t p = 0; p < f->populations; p += step) {
        const size_t before = plot->count;
        QN_TRY(add_curve(result, f, 0, p, plot));
        if (plot->count > before) label_population(result, p, plot);
    }
    if (step > 1) qn_plot_remark(plot, "%zu of %zu populations are shown.", plot->count, f->populations);
    if (result->point_count > 1) qn_plot_remark(plot, "The first point of the sweep.");
    return QN_OK;
}

static qn_status add_points(const qn_result *result, const functions *f, size_t population, qn_plot *plot)
{
    const size_t points = f->any->rank == 3 ? f->any->shape[0] : 1, step = (points - 1) / QN_PLOT_MOST_CURVES + 1;
    for (size_t i = 0; i < points; i += step) {
        const size_t before = plot->count;
        QN_TRY(add_curve(result, f, i, population, plot));
        if (plot->count == before || points < 2 || i >= result->point_count || !result->points[i].count) continue;
        const qn_sweep_point *here = &result->points[i];
        char words[96], *label = plot->curves[plot->count - 1].label;
        qn_plot_key(here->keys[0], qn_cells_key(here, 0), false, words, sizeof words);
        snprintf(label, sizeof plot->curves[0].label, "%.40s = %.40s", words, here->values[0]);
    }
    if (step > 1) qn_plot_remark(plot, "%zu of %zu points of the sweep are shown.", plot->count, points);
    return QN_OK;
}

// On a logarithmic axis: four decades, and what was measured.
static double lowest_of(const functions *f)
{
    double most = 0.0, least = INFINITY;
    const size_t all = f->populations * f->places * (f->any->rank == 3 ? f->any->shape[0] : 1);
    for (size_t i = 0; i < all; ++i) {
        if (f->theory && isfinite(f->theory->values[i])) most = fmax(most, f->theory->values[i]);
        if (!f->simulation || !(f->simulation->values[i] > 0.0)) continue;
        most = fmax(most, f->simulation->values[i]);
        least = fmin(least, f->simulation->values[i]);
    }
    return fmin(least * 0.5, most * 1e-4);
}

static qn_status plot_functions(const qn_result *result, const qn_figure_request *request, qn_plot *plot)
{
    char base[128];
    int population;
    functions f;
    split(result, request->plot, base, &population);
    if (!find_functions(result, base, &f)) return QN_OK;
    const char *dimension = f.any->dimensions[f.any->rank - 1];
    const qn_named_array *along = qn_result_array(result, dimension);
    qn_plot_describe(plot, request, f.any->long_name, f.any->unit);
    qn_plot_label(along && along->long_name ? along->long_name : dimension, along ? along->unit : NULL, plot->x_label,
                  sizeof plot->x_label);
    if (plot->log_y) plot->y_min = lowest_of(&f);
    if (population >= 0) return add_points(result, &f, (size_t)population, plot);
    return add_populations(result, &f, plot);
}

// Bars of the simulation with theory as dashes, one place per population.
static qn_status plot_bars(const qn_result *result, const qn_figure_request *request, qn_plot *plot)
{
    size_t count = 0;
    char name[128];
    const qn_quantity *first = NULL;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        if (result->quantities[i].point != 0 || !qn_cells_any(&result->quantities[i])) continue;
        if (!name_in(result->quantities[i].name, request->plot, name, sizeof name)) continue;
        if (!first) first = &result->quantities[i];
        ++count;
    }
    if (!first || count > QN_PLOT_MOST_CATEGORIES) return QN_OK;
    char words[200];
    snprintf(words, sizeof words, "%.150s", first->long_name ? first->long_name : request->plot);
    words[strcspn(words, ",")] = '\0';
    qn_plot_describe(plot, request, words, first->unit);
    snprintf(plot->x_label, sizeof plot->x_label, "population");
    plot->bars = true;
    qn_plot_curve *curve;
    QN_TRY(qn_plot_add_curve(plot, 3 * count, count, &curve));
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *q = &result->quantities[i];
        if (q->point != 0 || !qn_cells_any(q) || !name_in(q->name, request->plot, name, sizeof name)) continue;
        const double x = (double)plot->category_count;
        snprintf(plot->categories[plot->category_count++], sizeof plot->categories[0], "%.60s", name);
        if (isfinite(q->theory)) {
            const double ends[] = {x - 0.4, x + 0.4, x + 0.4}, heights[] = {q->theory, q->theory, NAN};
            for (size_t k = 0; k < 3; ++k) {
                curve->line_x[curve->line_count] = ends[k];
                curve->line_y[curve->line_count++] = heights[k];
            }
        }
        if (!isfinite(q->simulation.value)) continue;
        curve->point_x[curve->point_count] = x;
        curve->point_y[curve->point_count] = q->simulation.value;
        curve->point_error[curve->point_count++] = q->simulation.standard_error;
    }
    if (result->point_count > 1) qn_plot_remark(plot, "The first point of the sweep.");
    return QN_OK;
}

qn_status qn_plot_population(const qn_result *result, const qn_figure_request *request, qn_plot *plot)
{
    if (request->against) return QN_OK; // over a sweep
    QN_TRY(plot_functions(result, request, plot));
    return qn_plot_is_empty(plot) ? plot_bars(result, request, plot) : QN_OK;
}

// Dots at (time, place), coloured by population, whose names stand at the middle of their places.
qn_status qn_plot_raster_of(const qn_result *result, const qn_figure_request *request, qn_plot *plot)
{
    const qn_named_array *raster = strcmp(request->plot, "raster") ? NULL : qn_result_array(result, "raster");
    if (!raster || raster->rank != 2 || raster->shape[1] != 3) return QN_OK;
    const size_t count = raster->shape[0];
    qn_plot_describe(plot, request, "population", NULL);
    snprintf(plot->x_label, sizeof plot->x_label, "time (ms)");
    plot->raster.count = count;
    plot->raster.values = malloc((3 * count + 1) * sizeof *plot->raster.values);
    QN_REQUIRE(plot->raster.values, QN_NO_MEMORY, "no memory for a raster of %zu spikes", count);
    memcpy(plot->raster.values, raster->values, 3 * count * sizeof *plot->raster.values);
    for (size_t p = 0; p < QN_PLOT_MOST_CATEGORIES; ++p) {
        if (!qn_plot_population_name(result, p, plot->categories[p], sizeof plot->categories[p])) break;
        ++plot->category_count;
    }
    return QN_OK;
}
