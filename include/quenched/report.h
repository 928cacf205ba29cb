/// Reports of a result: the table, JSON, figures, and one self-contained HTML page.
#pragma once
#include <quenched/result.h>
#include <quenched/status.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The table of quantities: name, theory, simulation +- standard error, z. `page` and `data` are the paths named in its
/// last line, NULL for none.
qn_status qn_report_table(const qn_result *result, const char *page, const char *data, FILE *stream);

/// One JSON object: {"study","version","seed","quantities":[...],"warnings":[...]}; numbers in full precision, missing
/// ones null.
qn_status qn_report_json(const qn_result *result, FILE *stream);

typedef struct {
    char *name;    ///< "autocorrelation", "lyapunov_exponent"
    char *caption; ///< one sentence for the page
    char *svg;     ///< the figure, inline SVG text, owned
} qn_figure;

/// Draw the study's figures with gnuplot: NAME-FIGURE.svg and .pdf into `directory` (NULL: only in memory). QN_IO_ERROR
/// when gnuplot is missing or fails.
qn_status qn_report_figures(const qn_result *result, const char *directory, size_t *count, qn_figure **figures);
void qn_figures_destroy(size_t count, qn_figure *figures);

/// NAME.html: one file, figures inline, nothing fetched from a network. Written whole or not at all: QN_IO_ERROR.
qn_status qn_report_page(const qn_result *result, size_t count, const qn_figure *figures, const char *path);

#ifdef __cplusplus
}
#endif
