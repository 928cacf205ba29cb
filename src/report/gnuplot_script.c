#include "report/gnuplot.h"
#include "report/gnuplot_words.h"

#include "base/fail.h"
#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <string.h>

// Okabe and Ito's colours, told apart by colour-blind readers; dashes and marks tell the curves apart without colour.
static const struct {
    const char *colour, *dash;
    int mark;
    double size;
} styles[QN_PLOT_MOST_CURVES] = {
    {"#0072B2", "solid", 7, 0.55},       {"#D55E00", "(12,5)", 5, 0.5},    {"#009E73", "(3,3)", 9, 0.7},
    {"#CC79A7", "(12,4,3,4)", 13, 0.75}, {"#E69F00", "(6,3)", 11, 0.7},    {"#56B4E9", "(12,4,3,4,3,4)", 6, 0.6},
    {"#000000", "(2,4)", 4, 0.55},       {"#8C6D31", "(8,3,3,3)", 8, 0.6},
};

// Single quotes keep gnuplot from reading anything into a text; a quote inside is doubled, control characters go.
static void put_text(FILE *stream, const char *text, size_t count)
{
    fputc('\'', stream);
    for (size_t i = 0; i < count; ++i) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '\'') fputc('\'', stream);
        fputc(c < 0x20 ? ' ' : c, stream);
    }
    fputc('\'', stream);
}

// In two lines where one would run out of the figure.
void qn_gnuplot_put_label(FILE *stream, const char *axis, const char *label, size_t most)
{
    const size_t length = strlen(label);
    size_t cut = length;
    if (length > most) {
        for (size_t i = 1; i < length; ++i)
            if (label[i] == ' ' && (cut == length || (i > length / 2 ? i - length / 2 : length / 2 - i) <
                                                         (cut > length / 2 ? cut - length / 2 : length / 2 - cut)))
                cut = i;
    }
    fprintf(stream, "set %slabel ", axis);
    put_text(stream, label, cut);
    if (cut < length) {
        fputs(".\"\\n\".", stream);
        put_text(stream, label + cut + 1, length - cut - 1);
    }
    fputs(" noenhanced\n", stream);
}

void qn_gnuplot_put_number(FILE *stream, double number)
{
    char text[QN_NUMBER_SIZE];
    if (isfinite(number))
        qn_number_general(number, 10, text);
    else
        strcpy(text, "NaN");
    fprintf(stream, " %s", text);
}

static void put_curve(FILE *stream, const qn_plot_curve *curve, size_t index, const qn_plot *plot)
{
    fprintf(stream, "$line%zu << END\n", index);
    for (size_t i = 0; i < curve->line_count; ++i) {
        qn_gnuplot_put_number(stream, curve->line_x[i]);
        qn_gnuplot_put_number(stream, curve->line_y[i]);
        fputc('\n', stream);
    }
    fprintf(stream, "END\n$points%zu << END\n", index);
    for (size_t i = 0; i < curve->point_count; ++i) {
        const double y = curve->point_y[i], error = isfinite(curve->point_error[i]) ? curve->point_error[i] : 0.0;
        if (plot->log_y && y <= 0.0) continue; // has no place on this axis
        const double low = plot->log_y ? fmax(y - error, y * 1e-6) : y - error;
        qn_gnuplot_put_number(stream, curve->point_x[i]);
        qn_gnuplot_put_number(stream, y);
        qn_gnuplot_put_number(stream, low);
        qn_gnuplot_put_number(stream, y + error);
        fputc('\n', stream);
    }
    fputs("END\n", stream);
}

typedef struct {
    double x_low, x_high, y_low, y_high;
} extent;

static void include(extent *e, const qn_plot *plot, double x, double low, double high)
{
    if (!isfinite(x) || (plot->x_max < x) || (plot->log_x && x <= 0.0) || (plot->log_y && high <= 0.0)) return;
    e->x_low = fmin(e->x_low, x);
    e->x_high = fmax(e->x_high, x);
    e->y_low = fmin(e->y_low, plot->log_y && low <= 0.0 ? high : low);
    e->y_high = fmax(e->y_high, high);
}

// What the curves within view reach, bars included.
static extent extent_of(const qn_plot *plot)
{
    extent e = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t k = 0; k < plot->count; ++k) {
        const qn_plot_curve *curve = &plot->curves[k];
        for (size_t i = 0; i < curve->line_count; ++i)
            if (isfinite(curve->line_y[i])) include(&e, plot, curve->line_x[i], curve->line_y[i], curve->line_y[i]);
        for (size_t i = 0; i < curve->point_count; ++i) {
            const double bar = isfinite(curve->point_error[i]) ? curve->point_error[i] : 0.0;
            include(&e, plot, curve->point_x[i], curve->point_y[i] - bar, curve->point_y[i] + bar);
        }
    }
    return e;
}

void qn_gnuplot_put_range(FILE *stream, const char *axis, double low, double high)
{
    fprintf(stream, "set %srange [", axis);
    qn_gnuplot_put_number(stream, low);
    fputs(" :", stream);
    qn_gnuplot_put_number(stream, high);
    fputs("]\n", stream);
}

// A little air around the data; zero is shown where the data come near it.
static void widen(double *low, double *high, bool logarithmic)
{
    if (logarithmic) {
        const double air = fmax(pow(*high / *low, 0.04), 1.1);
        *low /= air;
        *high *= air;
        return;
    }
    if (*low > 0.0 && *low < 0.4 * *high) *low = 0.0;
    const double span = *high - *low, air = span > 0.0 ? 0.04 * span : fmax(fabs(*high), 1.0) * 0.1;
    if (*low != 0.0) *low -= air;
    *high += air;
}

static void put_ranges(FILE *stream, const qn_plot *plot)
{
    extent e = extent_of(plot);
    if (!(e.x_low <= e.x_high)) return;
    if (!(e.y_low < 0.0) || plot->log_y) {
        if (plot->y_min > e.y_low) e.y_low = plot->y_min;
    } else if (e.y_high > 0.0) {
        fputs("set xzeroaxis lt 1 lw 1.0 lc rgb '#999999'\n", stream);
    }
    if (plot->bars && !plot->log_y) e.y_low = fmin(e.y_low, 0.0);
    widen(&e.y_low, &e.y_high, plot->log_y);
    qn_gnuplot_put_range(stream, "y", e.y_low, e.y_high);
    const double air = plot->over_sweep && !plot->log_x ? 0.03 * (e.x_high - e.x_low) : 0.0;
    if (e.x_low < e.x_high) qn_gnuplot_put_range(stream, "x", e.x_low - (e.x_low != 0.0 ? air : 0.0), e.x_high + air);
}

// Where a long name is broken in two lines, behind a blank or hyphen; 0: nowhere.
static size_t category_cut(const char *name)
{
    const size_t length = strlen(name), half = length / 2;
    size_t cut = 0;
    for (size_t i = 1; length > 11 && i + 1 < length; ++i) {
        if (name[i - 1] != ' ' && name[i - 1] != '-') continue;
        const size_t off = i > half ? i - half : half - i, best = cut > half ? cut - half : half - cut;
        if (!cut || off < best) cut = i;
    }
    return cut;
}

static void put_category(FILE *stream, const char *name)
{
    const size_t cut = category_cut(name);
    if (cut) {
        put_text(stream, name, cut);
        fputs(".\"\\n\".", stream);
    }
    put_text(stream, name + cut, strlen(name + cut));
}

static void put_categories(FILE *stream, const qn_plot *plot)
{
    if (!plot->category_count) return;
    fputs("set xtics noenhanced font ',15' (", stream);
    for (size_t c = 0; c < plot->category_count; ++c) {
        if (c) fputs(", ", stream);
        put_category(stream, plot->categories[c]);
        fprintf(stream, " %zu", c);
    }
    fprintf(stream, ")\nset xrange [-0.5 : %zu.5]\n", plot->category_count - 1);
    bool broken = false;
    for (size_t c = 0; c < plot->category_count; ++c) broken |= category_cut(plot->categories[c]) > 0;
    if (broken) fputs("set bmargin 5\nset xlabel offset 0,-0.7\n", stream);
}

static void put_axes(FILE *stream, const qn_plot *plot)
{
    fputs(
        "set encoding utf8\nset border 3 lw 1.2 lc rgb '#333333'\nset tics out nomirror scale 0.7 tc rgb '#222222'\n"
        "set xtics offset 0,0.2\nset grid back lt 1 lw 0.6 lc rgb '#e6e6e6'\nset bars 0.5\nset pointintervalbox 0.01\n"
        "set key outside center top horizontal Left reverse noenhanced samplen 2.6 spacing 1.15 width 0.5\n",
        stream);
    qn_gnuplot_put_label(stream, "x", plot->x_label, 52);
    qn_gnuplot_put_label(stream, "y", plot->y_label, 30);
    fputs("set xlabel offset 0,0.3\nset ylabel offset 0.6,0\n", stream);
    if (plot->log_x) fputs("set logscale x\nset format x '10^{%T}'\n", stream);
    if (plot->log_y) fputs("set logscale y\nset format y '10^{%T}'\n", stream);
    put_ranges(stream, plot);
    put_categories(stream, plot);
}

// A curve's line and marks: alone, the two wings differ in colour; among others, the curves do.
static void put_line_style(FILE *stream, size_t index)
{
    fprintf(stream, " lc rgb '%s' lw 2.4 dt %s", styles[index].colour, styles[index].dash);
}

static void put_mark_style(FILE *stream, const qn_plot *plot, size_t index)
{
    const size_t colour = plot->count == 1 ? 1 : index;
    fprintf(stream, " lc rgb '%s' lw 1.6 pt %d ps %g", styles[colour].colour, styles[index].mark, styles[index].size);
}

static void put_title(FILE *stream, const char *text)
{
    fputs(" title ", stream);
    put_text(stream, text, strlen(text));
}

static void put_curve_entry(FILE *stream, const qn_plot *plot, size_t index)
{
    const qn_plot_curve *curve = &plot->curves[index];
    const bool line = curve->line_count > 0, marks = curve->point_count > 0;
    fprintf(stream, ", \\\nkeyentry with %s", line && marks ? "linespoints" : line ? "lines" : "points");
    if (marks) put_mark_style(stream, plot, index);
    if (line) fprintf(stream, "%s dt %s", marks ? "" : " lw 2.4", styles[index].dash);
    if (!marks) fprintf(stream, " lc rgb '%s'", styles[index].colour);
    put_title(stream, curve->label);
}

static void put_bars(FILE *stream, const qn_plot *plot)
{
    const qn_plot_curve *curve = &plot->curves[0];
    const char *separator = "plot \\\n";
    if (curve->point_count) {
        fputs("set boxwidth 0.6\nset style fill solid 1.0 border lc rgb '#56B4E9'\n", stream);
        fprintf(stream, "%s$points0 using 1:2 with boxes lc rgb '#9FD3F0' title 'simulation'", separator);
        separator = ", \\\n";
        fprintf(stream, "%s$points0 using 1:2:3:4 with yerrorbars lc rgb '#1F4E79' lw 1.8 pt 0 notitle", separator);
    }
    if (curve->line_count)
        fprintf(stream, "%s$line0 using 1:2 with lines lc rgb '#D55E00' lw 3.2 title 'theory'", separator);
    fputc('\n', stream);
}

static void put_plot(FILE *stream, const qn_plot *plot)
{
    if (plot->bars) {
        put_bars(stream, plot);
        return;
    }
    const bool single = plot->count == 1;
    const char *separator = "plot \\\n";
    for (size_t i = 0; i < plot->count; ++i) {
        if (!plot->curves[i].line_count) continue;
        fprintf(stream, "%s$line%zu using 1:2 with lines", separator, i);
        put_line_style(stream, i);
        put_title(stream, !single ? "" : plot->measured_lines ? "simulation" : "theory");
        separator = ", \\\n";
    }
    for (size_t i = 0; i < plot->count; ++i) {
        if (!plot->curves[i].point_count) continue;
        fprintf(stream, "%s$points%zu using 1:2:3:4 with yerrorbars", separator, i);
        put_mark_style(stream, plot, i);
        put_title(stream, !single ? "" : plot->measured ? plot->measured : "simulation");
        separator = ", \\\n";
    }
    for (size_t i = 0; i < plot->count && !single; ++i) put_curve_entry(stream, plot, i);
    fputc('\n', stream);
}

qn_status qn_gnuplot_script(const qn_plot *plot, qn_gnuplot_format format, FILE *stream)
{
    if (plot->map.width) return qn_gnuplot_map(plot, format, stream);
    if (plot->raster.count) return qn_gnuplot_raster(plot, format, stream);
    fputs(format == QN_GNUPLOT_SVG
              ? "set terminal svg size 600,440 dynamic enhanced background rgb 'white' font 'DejaVu Sans,18'\n"
              : "set terminal pdfcairo size 16cm,11.5cm enhanced color background rgb 'white' font 'DejaVu Sans,16' "
                "linewidth 1.6\n",
          stream);
    put_axes(stream, plot);
    for (size_t i = 0; i < plot->count; ++i) put_curve(stream, &plot->curves[i], i, plot);
    put_plot(stream, plot);
    QN_REQUIRE(!ferror(stream), QN_IO_ERROR, "cannot write gnuplot's commands: %s", strerror(errno));
    return QN_OK;
}
