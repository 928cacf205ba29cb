#include "report/plot.h"

#include "base/fail.h"
#include "report/cells.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void qn_plot_clear(qn_plot *plot)
{
    for (size_t i = 0; i < plot->count; ++i) free(plot->curves[i].line_x);
    free(plot->raster.values);
    free(plot->map.theory);
    free(plot->map.simulation);
    *plot = (qn_plot){0};
}

bool qn_plot_is_empty(const qn_plot *plot) { return !plot->count && !plot->map.width && !plot->raster.count; }

qn_status qn_plot_add_curve(qn_plot *plot, size_t lines, size_t points, qn_plot_curve **curve)
{
    QN_REQUIRE(plot->count < QN_PLOT_MOST_CURVES, QN_INTERNAL, "figure %s has too many curves", plot->name);
    double *all = malloc((2 * lines + 3 * points + 1) * sizeof *all); // one block: line_x owns it
    QN_REQUIRE(all, QN_NO_MEMORY, "no memory for figure %s", plot->name);
    *curve = &plot->curves[plot->count++];
    **curve = (qn_plot_curve){.line_x = all,
                              .line_y = all + lines,
                              .point_x = all + 2 * lines,
                              .point_y = all + 2 * lines + points,
                              .point_error = all + 2 * lines + 2 * points};
    return QN_OK;
}

void qn_plot_remark(qn_plot *plot, const char *format, ...)
{
    size_t length = strlen(plot->caption);
    if (length && length + 1 < sizeof plot->caption) plot->caption[length++] = ' ';
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(plot->caption + length, sizeof plot->caption - length, format, arguments);
    va_end(arguments);
}

// Units that stand by themselves; others are a model's own.
static bool is_physical(const char *unit)
{
    static const char *const units[] = {"ms", "s", "Hz", "mV", "pA", "pF"};
    for (size_t i = 0; i < sizeof units / sizeof *units; ++i)
        if (!strcmp(unit, units[i])) return true;
    return false;
}

void qn_plot_label(const char *words, const char *unit, char *label, size_t size)
{
    char text[200], symbols[64] = "";
    qn_cells_symbols(words, text, sizeof text);
    if (unit && strcmp(unit, "1") && *unit) qn_cells_symbols(unit, symbols, sizeof symbols);
    if (!*symbols)
        snprintf(label, size, "%s", text);
    else if (strpbrk(symbols, "/^ ") || is_physical(symbols))
        snprintf(label, size, "%s (%s)", text, symbols);
    else
        snprintf(label, size, "%s (units of %s)", text, symbols);
}

void qn_plot_key(const char *key, const char *last_part, bool axis, char *words, size_t size)
{
    static const struct {
        const char *key, *words, *symbol;
    } known[] = {{"network.size", "network size N", "N"},
                 {"network.noise", "noise \xcf\x83", "\xcf\x83"},
                 {"network.input", "input b", "b"},
                 {"network.coupling.strength", "coupling strength g", "g"},
                 {"network.coupling.mean", "mean coupling", "mean"},
                 {"network.external.rate", "external rate (1/s)", "external rate"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        if (strcmp(known[i].key, key)) continue;
        snprintf(words, size, "%s", axis ? known[i].words : known[i].symbol);
        return;
    }
    qn_cells_words(last_part, words, size);
}

static void file_name(const char *name, char *text, size_t size)
{
    snprintf(text, size, "%s", name);
    for (char *c = text; *c; ++c)
        if (!isalnum((unsigned char)*c) && !strchr("_-", *c)) *c = '_';
}

void qn_plot_describe(qn_plot *plot, const qn_figure_request *request, const char *long_name, const char *unit)
{
    char words[128];
    qn_cells_words(request->plot, words, sizeof words);
    file_name(request->plot, plot->name, sizeof plot->name);
    qn_plot_label(long_name ? long_name : words, unit, plot->y_label, sizeof plot->y_label);
    const char *scale = request->scale ? request->scale : "linear";
    plot->log_x = !strcmp(scale, "log-x") || !strcmp(scale, "log-log");
    plot->log_y = !strcmp(scale, "log-y") || !strcmp(scale, "log-log");
    plot->x_max = plot->y_min = NAN;
    if (request->caption) snprintf(plot->caption, sizeof plot->caption, "%s", request->caption);
}
