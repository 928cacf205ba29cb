#include "base/fail.h"
#include "report/gnuplot_words.h"

#include <errno.h>
#include <math.h>
#include <string.h>

// Viridis, sampled: even steps of lightness, for eyes of every kind and in print.
static const char *const colours[] = {"#440154", "#482878", "#3e4a89", "#31688e", "#26828e",
                                      "#1f9e89", "#35b779", "#6dcd59", "#b4de2c", "#fde725"};

static void put_palette(FILE *stream)
{
    enum { COUNT = sizeof colours / sizeof *colours };
    fputs("set palette defined (", stream);
    for (size_t i = 0; i < COUNT; ++i) fprintf(stream, "%s%zu '%s'", i ? ", " : "", i, colours[i]);
    fputs(")\n", stream);
}

static void put_values(FILE *stream, const char *name, const qn_plot_map *map, const double *values)
{
    const double across = map->width > 1 ? (map->right - map->left) / (double)(map->width - 1) : 0.0;
    const double up = map->height > 1 ? (map->top - map->bottom) / (double)(map->height - 1) : 0.0;
    fprintf(stream, "$%s << END\n", name);
    for (size_t row = 0; row < map->height; ++row)
        for (size_t column = 0; column < map->width; ++column) {
            qn_gnuplot_put_number(stream, map->left + across * (double)column);
            qn_gnuplot_put_number(stream, map->bottom + up * (double)row);
            qn_gnuplot_put_number(stream, values[row * map->width + column]);
            fputc('\n', stream);
        }
    fputs("END\n", stream);
}

static void widen(const qn_plot_map *map, const double *values, double *low, double *high)
{
    for (size_t i = 0; values && i < map->width * map->height; ++i) {
        if (!isfinite(values[i])) continue;
        *low = fmin(*low, values[i]);
        *high = fmax(*high, values[i]);
    }
}

// Both panels in the colours of both; 0 among them where all is positive.
static void put_colour_range(FILE *stream, const qn_plot_map *map)
{
    double low = 0.0, high = -INFINITY;
    widen(map, map->theory, &low, &high);
    widen(map, map->simulation, &low, &high);
    if (!(high > low)) high = low + 1.0;
    qn_gnuplot_put_range(stream, "cb", low, high);
}

// Half a cell beyond the outermost places, which are the cells' middles.
static void put_extent(FILE *stream, const char *axis, double first, double last, size_t count)
{
    const double half = count > 1 ? 0.5 * (last - first) / (double)(count - 1) : 0.5;
    qn_gnuplot_put_range(stream, axis, first - half, last + half);
}

static void put_panel(FILE *stream, const char *name, double left, double right, bool last)
{
    fprintf(stream, "set lmargin at screen %g\nset rmargin at screen %g\n", left, right);
    fprintf(stream, "set title '%s' noenhanced\n", name);
    fputs(last ? "set colorbox\n" : "unset colorbox\n", stream);
    fprintf(stream, "plot $%s using 1:2:3 with image pixels notitle\n", name);
    fputs("unset ylabel\nset format y ''\n", stream);
}

qn_status qn_gnuplot_map(const qn_plot *plot, qn_gnuplot_format format, FILE *stream)
{
    const qn_plot_map *map = &plot->map;
    const bool both = map->theory && map->simulation;
    fprintf(stream,
            format == QN_GNUPLOT_SVG
                ? "set terminal svg size %d,370 dynamic enhanced background rgb 'white' font 'DejaVu Sans,13'\n"
                : "set terminal pdfcairo size %d.0cm,9.25cm enhanced color background rgb 'white' font 'DejaVu "
                  "Sans,13' linewidth 1.6\n",
            format == QN_GNUPLOT_SVG ? (both ? 720 : 440) : (both ? 18 : 11));
    fputs("set encoding utf8\nset border lw 1.2 lc rgb '#333333'\nset tics out nomirror scale 0.7 tc rgb '#222222'\n"
          "set tmargin at screen 0.91\nset bmargin at screen 0.2\nset title offset 0,-0.6\n",
          stream);
    put_palette(stream);
    put_colour_range(stream, map);
    put_extent(stream, "x", map->left, map->right, map->width);
    put_extent(stream, "y", map->bottom, map->top, map->height);
    qn_gnuplot_put_label(stream, "x", plot->x_label, 40);
    qn_gnuplot_put_label(stream, "y", map->row_label, 40);
    qn_gnuplot_put_label(stream, "cb", plot->y_label, 36);
    fputs("set cblabel offset 0.8,0\n", stream);
    if (map->theory) put_values(stream, "theory", map, map->theory);
    if (map->simulation) put_values(stream, "simulation", map, map->simulation);
    fprintf(stream, "set multiplot layout 1,%d\n", both ? 2 : 1);
    if (map->theory) put_panel(stream, "theory", both ? 0.11 : 0.17, both ? 0.45 : 0.73, !both);
    if (map->simulation) put_panel(stream, "simulation", both ? 0.47 : 0.17, both ? 0.81 : 0.73, true);
    fputs("unset multiplot\n", stream);
    QN_REQUIRE(!ferror(stream), QN_IO_ERROR, "cannot write gnuplot's commands: %s", strerror(errno));
    return QN_OK;
}
