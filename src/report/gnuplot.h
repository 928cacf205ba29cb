/// Drawing with gnuplot, a program of its own: no shell, no file names, nothing of the user's settings.
#pragma once
#include "report/plot.h"

#include <stdio.h>

typedef enum { QN_GNUPLOT_SVG, QN_GNUPLOT_PDF } qn_gnuplot_format;

/// The figure as bytes in that format; free with free(). QN_IO_ERROR when gnuplot is missing or refuses, with its
/// words.
qn_status qn_gnuplot_draw(const qn_plot *plot, qn_gnuplot_format format, char **bytes, size_t *size);

/// The commands that draw it.
qn_status qn_gnuplot_script(const qn_plot *plot, qn_gnuplot_format format, FILE *stream);
