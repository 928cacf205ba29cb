#include <quenched/report.h>

#include "base/fail.h"
#include "base/file.h"
#include "report/cells.h"
#include "report/gnuplot.h"
#include "report/plot.h"
#include "report/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What is drawn when a study does not say: every curve and every swept number it has, up to this many figures.
enum { MOST_UNASKED = 8 };

typedef struct {
    const qn_result *result;
    const char *directory;
    size_t count;
    qn_figure *figures;
} drawing;

void qn_figures_destroy(size_t count, qn_figure *figures)
{
    for (size_t i = 0; i < count; ++i) {
        free(figures[i].name);
        free(figures[i].caption);
        free(figures[i].svg);
    }
    free(figures);
}

static bool taken(const drawing *d, const char *name)
{
    for (size_t i = 0; i < d->count; ++i)
        if (!strcmp(d->figures[i].name, name)) return true;
    return false;
}

static qn_status make_name_unique(const drawing *d, qn_plot *plot)
{
    char base[sizeof plot->name];
    memcpy(base, plot->name, sizeof base);
    for (int number = 2; taken(d, plot->name); ++number)
        snprintf(plot->name, sizeof plot->name, "%.100s-%d", base, number);
    return QN_OK;
}

static qn_status save(const drawing *d, const char *name, const char *ending, const char *bytes, size_t size)
{
    char *path = NULL;
    const size_t room = strlen(d->directory) + strlen(d->result->name) + strlen(name) + 16;
    path = malloc(room);
    QN_REQUIRE(path, QN_NO_MEMORY, "no memory for a file name");
    snprintf(path, room, "%s/%s-%s.%s", d->directory, d->result->name, name, ending);
    const qn_status status = qn_file_write(path, bytes, size);
    free(path);
    return status;
}

static qn_status save_pdf(const drawing *d, const qn_plot *plot)
{
    char *bytes;
    size_t size;
    QN_TRY(qn_gnuplot_draw(plot, QN_GNUPLOT_PDF, &bytes, &size));
    const qn_status status = save(d, plot->name, "pdf", bytes, size);
    free(bytes);
    return status;
}

static qn_status add_to_caption(const qn_plot *plot, const char *how, char **caption)
{
    const size_t room = strlen(plot->caption) + strlen(how) + 2;
    *caption = malloc(room);
    QN_REQUIRE(*caption, QN_NO_MEMORY, "no memory for a caption");
    snprintf(*caption, room, "%s%s%s", plot->caption, *plot->caption ? " " : "", how);
    return QN_OK;
}

// How to read the figure, behind what the study says it shows.
static qn_status caption_of(const qn_plot *plot, char **caption)
{
    const qn_plot_map *map = &plot->map;
    if (map->width)
        return add_to_caption(plot,
                              map->theory && map->simulation ? "Left: theory; right: simulation; the same colours."
                              : map->theory                  ? "Theory."
                                                             : "Simulation.",
                              caption);
    if (plot->raster.count) return add_to_caption(plot, "Each dot is a spike of the first network.", caption);
    if (plot->bars) return add_to_caption(plot, "Bars: simulation with its standard error; dashes: theory.", caption);
    bool line = false, marks = false;
    for (size_t i = 0; i < plot->count; ++i) {
        line |= plot->curves[i].line_count > 0;
        marks |= plot->curves[i].point_count > 0;
    }
    const bool measured = plot->measured && !strcmp(plot->measured, "measured");
    const char *how = line && marks ? (measured ? "Lines: theory; points: measured."
                                                : "Lines: theory; points: simulation with its standard error.")
                      : line        ? (plot->measured_lines ? "Simulation." : "Theory.")
                                    : "Simulation with its standard error.";
    return add_to_caption(plot, how, caption);
}

static qn_status draw(drawing *d, qn_plot *plot)
{
    QN_TRY(make_name_unique(d, plot));
    qn_figure *more = realloc(d->figures, (d->count + 1) * sizeof *more);
    QN_REQUIRE(more, QN_NO_MEMORY, "no memory for figure %s", plot->name);
    d->figures = more;
    qn_figure *figure = &more[d->count++];
    *figure = (qn_figure){.name = strdup(plot->name)};
    QN_REQUIRE(figure->name, QN_NO_MEMORY, "no memory for figure %s", plot->name);
    QN_TRY(caption_of(plot, &figure->caption));

    char *document, title[400];
    size_t size;
    snprintf(title, sizeof title, plot->map.width ? "%s over %s and %s" : "%s against %s", plot->y_label, plot->x_label,
             plot->map.row_label);
    QN_TRY(qn_gnuplot_draw(plot, QN_GNUPLOT_SVG, &document, &size));
    const qn_status status = qn_svg_inline(document, plot->name, title, &figure->svg);
    free(document);
    QN_TRY(status);
    if (!d->directory) return QN_OK;
    QN_TRY(save(d, plot->name, "svg", figure->svg, strlen(figure->svg)));
    return save_pdf(d, plot);
}

static qn_status draw_request(drawing *d, const qn_figure_request *request)
{
    if (!request->plot) return QN_OK;
    qn_plot plot = {0};
    qn_status status = qn_plot_sweep(d->result, request, &plot);
    if (status == QN_OK && qn_plot_is_empty(&plot)) status = qn_plot_raster_of(d->result, request, &plot);
    if (status == QN_OK && qn_plot_is_empty(&plot)) status = qn_plot_population(d->result, request, &plot);
    if (status == QN_OK && qn_plot_is_empty(&plot)) status = qn_plot_grid(d->result, request, &plot);
    if (status == QN_OK && qn_plot_is_empty(&plot)) status = qn_plot_array(d->result, request, &plot);
    plot.measured = qn_cells_measured(d->result);
    if (status == QN_OK && !qn_plot_is_empty(&plot)) status = draw(d, &plot);
    qn_plot_clear(&plot);
    return status;
}

static bool ends_with(const char *name, const char *end, size_t *stem)
{
    const size_t length = strlen(name), tail = strlen(end);
    if (length <= tail || strcmp(name + length - tail, end)) return false;
    *stem = length - tail;
    return true;
}

static qn_status draw_unasked_arrays(drawing *d)
{
    for (size_t i = 0; i < d->result->array_count && d->count < MOST_UNASKED; ++i) {
        char base[128];
        size_t stem;
        const char *name = d->result->arrays[i].name;
        if (!ends_with(name, "_theory", &stem) && !ends_with(name, "_simulation", &stem)) continue;
        if (stem >= sizeof base) continue;
        snprintf(base, sizeof base, "%.*s", (int)stem, name);
        if (!taken(d, base)) QN_TRY(draw_request(d, &(qn_figure_request){.plot = base}));
    }
    return QN_OK;
}

static qn_status draw_unasked_quantities(drawing *d)
{
    if (d->result->point_count < 2) return QN_OK;
    for (size_t i = 0; i < d->result->quantity_count && d->count < MOST_UNASKED; ++i) {
        const qn_quantity *row = &d->result->quantities[i];
        if (row->theory_text || row->simulation_text || !qn_cells_any(row) || taken(d, row->name)) continue;
        if (qn_result_quantity(d->result, row->name, row->point) == row)
            QN_TRY(draw_request(d, &(qn_figure_request){.plot = row->name}));
    }
    return QN_OK;
}

static qn_status draw_all(drawing *d)
{
    for (size_t i = 0; i < d->result->figure_count; ++i) QN_TRY(draw_request(d, &d->result->figures[i]));
    if (d->result->figure_count) return QN_OK;
    QN_TRY(draw_unasked_quantities(d));
    return draw_unasked_arrays(d);
}

qn_status qn_report_figures(const qn_result *result, const char *directory, size_t *count, qn_figure **figures)
{
    QN_REQUIRE(result->name, QN_BAD_VALUE, "the result has no name");
    drawing d = {.result = result, .directory = directory};
    const qn_status status = draw_all(&d);
    if (status != QN_OK) {
        qn_figures_destroy(d.count, d.figures);
        return status;
    }
    *count = d.count;
    *figures = d.figures;
    return QN_OK;
}
