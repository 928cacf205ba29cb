#include "base/fail.h"
#include "report/gnuplot_words.h"

#include <errno.h>
#include <math.h>
#include <string.h>

// Neighbouring populations are told apart; excitatory and inhibitory ones usually take turns.
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7"};
enum { COLOURS = sizeof colours / sizeof *colours };

static void put_dots(FILE *stream, const qn_plot_raster *raster, size_t population)
{
    fprintf(stream, "$dots%zu << END\n", population);
    for (size_t k = 0; k < raster->count; ++k) {
        const double *spike = raster->values + 3 * k;
        if (spike[2] != (double)population) continue;
        qn_gnuplot_put_number(stream, spike[0]);
        qn_gnuplot_put_number(stream, spike[1]);
        fputc('\n', stream);
    }
    fputs("END\n", stream);
}

// The middle of a population's places; NAN where it has no spike.
static double middle_of(const qn_plot_raster *raster, size_t population)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < raster->count; ++k) {
        if (raster->values[3 * k + 2] != (double)population) continue;
        low = fmin(low, raster->values[3 * k + 1]);
        high = fmax(high, raster->values[3 * k + 1]);
    }
    return low <= high ? 0.5 * (low + high) : NAN;
}

static void put_names(FILE *stream, const qn_plot *plot)
{
    const char *separator = "set ytics noenhanced scale 0 font ',13' (";
    for (size_t p = 0; p < plot->category_count; ++p) {
        const double middle = middle_of(&plot->raster, p);
        if (isnan(middle)) continue;
        fprintf(stream, "%s'%s'", separator, plot->categories[p]);
        qn_gnuplot_put_number(stream, middle);
        separator = ", ";
    }
    fputs(*separator == ',' ? ")\n" : "unset ytics\n", stream);
}

qn_status qn_gnuplot_raster(const qn_plot *plot, qn_gnuplot_format format, FILE *stream)
{
    const qn_plot_raster *raster = &plot->raster;
    double last = 0.0, top = 0.0, populations = 0.0;
    for (size_t k = 0; k < raster->count; ++k) {
        last = fmax(last, raster->values[3 * k]);
        top = fmax(top, raster->values[3 * k + 1]);
        populations = fmax(populations, raster->values[3 * k + 2] + 1.0);
    }
    fputs(format == QN_GNUPLOT_SVG
              ? "set terminal svg size 640,480 dynamic enhanced background rgb 'white' font 'DejaVu Sans,16'\n"
              : "set terminal pdfcairo size 16cm,12cm enhanced color background rgb 'white' font 'DejaVu Sans,15'\n",
          stream);
    fputs("set encoding utf8\nset border 3 lw 1.2 lc rgb '#333333'\nset xtics out nomirror scale 0.7\nunset key\n",
          stream);
    qn_gnuplot_put_label(stream, "x", plot->x_label, 52);
    put_names(stream, plot);
    qn_gnuplot_put_range(stream, "x", 0.0, last);
    qn_gnuplot_put_range(stream, "y", top + 1.0, -1.0); // the first population on top, as layers lie
    for (size_t p = 0; p < (size_t)populations; ++p) put_dots(stream, raster, p);
    for (size_t p = 0; p < (size_t)populations; ++p)
        fprintf(stream, "%s$dots%zu using 1:2 with points pt 7 ps 0.14 lc rgb '%s'", p ? ", \\\n" : "plot \\\n", p,
                colours[p % COLOURS]);
    fputc('\n', stream);
    QN_REQUIRE(!ferror(stream), QN_IO_ERROR, "cannot write gnuplot's commands: %s", strerror(errno));
    return QN_OK;
}
