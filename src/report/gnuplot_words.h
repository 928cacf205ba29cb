/// Pieces of gnuplot's commands that several kinds of figures are written with.
#pragma once
#include "report/gnuplot.h"

/// "set xlabel ...", in two lines where one of more than `most` bytes would run out of the figure.
void qn_gnuplot_put_label(FILE *stream, const char *axis, const char *label, size_t most);

/// A number behind a blank; "NaN" where it is none.
void qn_gnuplot_put_number(FILE *stream, double number);

/// "set xrange [low : high]".
void qn_gnuplot_put_range(FILE *stream, const char *axis, double low, double high);

/// The commands that draw a raster.
qn_status qn_gnuplot_raster(const qn_plot *plot, qn_gnuplot_format format, FILE *stream);

/// The commands that draw a map.
qn_status qn_gnuplot_map(const qn_plot *plot, qn_gnuplot_format format, FILE *stream);
