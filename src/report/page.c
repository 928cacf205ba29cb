#include <quenched/report.h>

#include "base/fail.h"
#include "base/file.h"
#include "report/cells.h"
#include "report/html.h"
#include "study/result_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light}*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:46rem;padding:1rem 1.1rem 3rem;background:#fff;color:#1a1a1a;"
    "font:1rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;overflow-wrap:break-word}"
    "h1{font-size:1.55rem;line-height:1.25;margin:.6rem 0 .3rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}"
    ".lead,.small,figcaption{color:#555}.lead{margin:.2rem 0}.small,figcaption{font-size:.9rem}"
    ".verdict{margin:1.2rem 0;padding:.6rem .9rem;border-left:.35rem solid #009e73;background:#f0f8f5;font-weight:600}"
    ".verdict.bad{border-color:#d55e00;background:#fdf3ec}.verdict.none{border-color:#999;background:#f5f5f5}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.94rem;font-variant-numeric:tabular-"
    "nums}"
    "th,td{padding:.35rem .7rem .35rem 0;text-align:left;white-space:nowrap}"
    "thead th{border-bottom:2px solid #333;font-weight:600}tbody td{border-bottom:1px solid #e4e4e4}"
    "td.q,td.z{white-space:normal}td.q{min-width:7.5rem}td.z,th.z{text-align:right;padding-right:.3rem}tr.first "
    "td{border-top:1px solid #999}"
    "tr.bad td{background:#fdf3ec}tr.bad td.z{color:#a63f00;font-weight:700}td .note{color:#555;font-size:.85rem}td "
    ".small{white-space:nowrap}"
    "figure{margin:1.2rem auto 1.8rem;max-width:38rem}figure "
    "svg{display:block;width:100%;height:auto}figcaption{margin-top:.3rem}"
    "pre{overflow-x:auto;background:#f6f6f6;padding:.8rem .9rem;font:.85rem/1.45 ui-monospace,Menlo,Consolas,'DejaVu "
    "Sans Mono',"
    "monospace}ul{padding-left:1.2rem}li{margin:.2rem "
    "0}.bad-mark{color:#a63f00;font-weight:700}.good-mark{color:#00694d}"
    "@media (max-width:30rem){table{font-size:.76rem}th,td{padding-right:.3rem}}"
    "@media print{body{max-width:none;padding:0;font-size:10pt}figure,tr,.verdict{break-inside:avoid}"
    "pre{white-space:pre-wrap}.wide{overflow:visible}}";

// "+-" becomes a plus-minus sign.
static void put_signed(FILE *stream, const char *text)
{
    static const char sign[] = " +- ";
    for (const char *bar; (bar = strstr(text, sign)); text = bar + strlen(sign)) {
        qn_html_part(stream, text, (size_t)(bar - text));
        fputs(" &plusmn; ", stream);
    }
    qn_html_text(stream, text);
}

// And a leading hyphen a minus sign, a lone one a dash.
static void put_cell(FILE *stream, const char *text)
{
    if (!strcmp(text, "-")) {
        fputs("&ndash;", stream);
        return;
    }
    if (text[0] == '-') {
        fputs("&minus;", stream);
        ++text;
    }
    put_signed(stream, text);
}

static void put_paragraph(FILE *stream, const char *class, const char *text)
{
    if (!text || !*text) return;
    fprintf(stream, "<p class=\"%s\">", class);
    qn_html_text(stream, text);
    fputs("</p>\n", stream);
}

static void put_head(FILE *stream, const qn_result *result)
{
    const char *title = result->title && *result->title ? result->title : result->name;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          stream);
    qn_html_text(stream, title);
    fprintf(stream, " &ndash; quenched</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>", style);
    qn_html_text(stream, title);
    fputs("</h1>\n", stream);
    put_paragraph(stream, "lead", result->header);
    put_paragraph(stream, "small", result->source);
}

static bool is_measured(const qn_result *result) { return !strcmp(qn_cells_measured(result), "measured"); }

static void put_verdict(FILE *stream, const qn_result *result)
{
    size_t compared, disagreeing = 0;
    const bool agrees = qn_result_agrees(result, &compared);
    for (size_t i = 0; i < result->quantity_count; ++i) {
        qn_cells cells;
        qn_cells_of(&result->quantities[i], &cells);
        disagreeing += cells.disagrees;
    }
    if (is_measured(result) && agrees) {
        fputs("<p class=\"verdict none\">One matrix is no ensemble: there is no z.</p>\n", stream);
        return;
    }
    const size_t beside = qn_cells_beside(result);
    if (!compared && beside) {
        const bool checked = result->must_see_count > 0;
        fprintf(stream,
                "<p class=\"verdict%s\">%s%zu quantities by theory and simulation. Theory is approximate: there is "
                "no z.%s</p>\n",
                agrees ? (checked ? "" : " none") : " bad",
                !checked ? ""
                : agrees ? "&#10003; "
                         : "&#10007; ",
                beside,
                !checked ? ""
                : agrees ? " Every check that the study states passed."
                         : " A check that the study states failed.");
        return;
    }
    if (!compared && agrees) {
        fputs("<p class=\"verdict none\">One wing only: nothing to compare.</p>\n", stream);
        return;
    }
    fprintf(stream,
            "<p class=\"verdict%s\">%s %zu of %zu quantities agree between theory and simulation (|z| &lt; 4).%s</p>\n",
            agrees ? "" : " bad", agrees ? "&#10003;" : "&#10007;", compared - disagreeing, compared,
            !result->must_see_count || result->must_see_passed ? "" : " A check that the study states failed.");
}

static void put_table_head(FILE *stream, const qn_result *result, const qn_sweep_point *point)
{
    fprintf(stream, "<h2>Theory and %s</h2>\n", is_measured(result) ? "measurement" : "simulation");
    fputs("<div class=\"wide\"><table>\n<thead><tr>", stream);
    for (size_t k = 0; point && k < point->count; ++k) {
        fputs("<th scope=\"col\">", stream);
        qn_html_text(stream, qn_cells_key(point, k));
        fputs("</th>", stream);
    }
    fprintf(stream,
            "<th scope=\"col\">quantity</th><th scope=\"col\">theory</th><th scope=\"col\">%s</th>"
            "<th scope=\"col\" class=\"z\">z</th></tr></thead>\n<tbody>\n",
            qn_cells_measured(result));
}

static void put_row(FILE *stream, const qn_quantity *row, const qn_sweep_point *point, bool first)
{
    qn_cells cells;
    qn_cells_of(row, &cells);
    fprintf(stream, "<tr class=\"%s%s\">", cells.disagrees ? "bad " : "", first && point ? "first" : "");
    for (size_t k = 0; point && k < point->count; ++k) {
        fputs("<td>", stream);
        if (first) qn_html_text(stream, point->values[k]);
        fputs("</td>", stream);
    }
    fputs("<td class=\"q\"", stream);
    if (row->long_name) {
        fputs(" title=\"", stream);
        qn_html_text(stream, row->long_name);
        fputc('"', stream);
    }
    fputc('>', stream);
    qn_html_text(stream, cells.name);
    if (*cells.unit) {
        fputs(" <span class=\"small\">(", stream);
        char unit[96];
        qn_cells_symbols(cells.unit, unit, sizeof unit);
        qn_html_text(stream, unit);
        fputs(")</span>", stream);
    }
    if (*cells.note) {
        fputs("<br><span class=\"note\">", stream);
        static const char limit[] = "N -> inf ";
        const bool known = !strncmp(cells.note, limit, strlen(limit));
        if (known) fputs("N &rarr; &infin; ", stream);
        qn_html_text(stream, cells.note + (known ? strlen(limit) : 0));
        fputs("</span>", stream);
    }
    fputs("</td><td>", stream);
    put_cell(stream, cells.theory);
    fputs("</td><td>", stream);
    put_cell(stream, cells.simulation);
    fputs("</td><td class=\"z\">", stream);
    put_cell(stream, cells.z);
    fputs(cells.disagrees ? " &#10007;&nbsp;disagrees</td></tr>\n" : "</td></tr>\n", stream);
}

static void put_table(FILE *stream, const qn_result *result)
{
    const qn_sweep_point *swept = result->point_count && result->points[0].count ? result->points : NULL;
    put_table_head(stream, result, swept);
    size_t point = (size_t)-1;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *row = &result->quantities[i];
        if (!qn_cells_any(row)) continue;
        put_row(stream, row, swept ? &result->points[row->point] : NULL, row->point != point);
        point = row->point;
    }
    if (is_measured(result)) {
        fputs("</tbody></table></div>\n", stream);
        return;
    }
    fputs("</tbody></table></div>\n<p class=\"small\">z is the difference between simulation and theory in standard "
          "errors of the "
          "simulation, over independent networks.</p>\n",
          stream);
}

static void put_figures(FILE *stream, size_t count, const qn_figure *figures)
{
    if (count) fputs("<h2>Figures</h2>\n", stream);
    for (size_t i = 0; i < count; ++i) {
        fprintf(stream, "<figure>\n%s\n<figcaption>", figures[i].svg);
        qn_html_text(stream, figures[i].caption);
        fputs("</figcaption>\n</figure>\n", stream);
    }
}

static void put_list(FILE *stream, const char *heading, size_t count, char *const *texts, bool checks)
{
    if (!count) return;
    fprintf(stream, "<h2>%s</h2>\n<ul>\n", heading);
    for (size_t i = 0; i < count; ++i) {
        const bool failed = checks && strstr(texts[i], "FAILED");
        fputs("<li>", stream);
        if (checks)
            fputs(failed ? "<span class=\"bad-mark\">&#10007;</span> " : "<span class=\"good-mark\">&#10003;</span> ",
                  stream);
        put_signed(stream, texts[i]);
        fputs("</li>\n", stream);
    }
    fputs("</ul>\n", stream);
}

// One argument of a shell command, quoted where it must be.
static void put_argument(FILE *stream, const char *text, size_t count)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+-";
    char *argument = malloc(4 * count + 3), *end = argument;
    if (!argument) return;
    const bool quote = strspn(text, plain) < count || !count;
    if (quote) *end++ = '\'';
    for (size_t i = 0; i < count; ++i) {
        if (text[i] == '\'') {
            memcpy(end, "'\\''", 4);
            end += 4;
        } else {
            *end++ = text[i];
        }
    }
    if (quote) *end++ = '\'';
    *end = 0;
    qn_html_text(stream, argument);
    free(argument);
}

// The command that makes such a result: both wings, or the one that has numbers.
static const char *command_for(const qn_result *result)
{
    bool theory = false, simulation = false;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *row = &result->quantities[i];
        theory |= row->theory_text || !isnan(row->theory);
        simulation |= row->simulation_text || !isnan(row->simulation.value);
    }
    return theory == simulation ? "run" : theory ? "theory" : "simulate";
}

static void put_repeat(FILE *stream, const qn_result *result)
{
    static const char quick[] = " (quick)";
    const size_t header = result->header ? strlen(result->header) : 0;
    const bool was_quick = header >= strlen(quick) && !strcmp(result->header + header - strlen(quick), quick);
    fprintf(stream, "<h2>How to repeat</h2>\n<pre>quenched %s ", command_for(result));
    put_argument(stream, result->name, strlen(result->name));
    if (was_quick) fputs(" --quick", stream);
    for (const char *line = result->overrides; line && *line;) {
        const size_t length = strcspn(line, "\n");
        if (length && strncmp(line, "seed=", 5)) {
            fputs(" --set ", stream);
            put_argument(stream, line, length);
        }
        line += length + (line[length] == '\n');
    }
    fprintf(stream, " --seed %llu</pre>\n<p class=\"small\">", (unsigned long long)result->seed);
    fputs("The same study, seed and build give the same numbers to the last bit, with any number of threads.</p>\n",
          stream);
}

static void put_citation(FILE *stream, const qn_result *result)
{
    fprintf(
        stream,
        "<h2>How to cite</h2>\n<ul>\n<li>quenched, version %s: large random neural networks with quenched disorder, by "
        "theory and by simulation.</li>\n",
        qn_version());
    if (result->source && *result->source) {
        fputs("<li>", stream);
        qn_html_text(stream, result->source);
        fputs("</li>\n", stream);
    }
    fputs("</ul>\n", stream);
}

static void put_foot(FILE *stream, const qn_result *result)
{
    char libraries[256];
    qn_library_versions(libraries, sizeof libraries);
    if (result->study_text && *result->study_text) {
        fputs("<h2>The study</h2>\n<pre>", stream);
        qn_html_text(stream, result->study_text);
        fputs("</pre>\n", stream);
    }
    put_repeat(stream, result);
    put_citation(stream, result);
    fprintf(stream, "<footer class=\"small\"><p>Made by quenched %s with ", qn_version());
    qn_html_text(stream, libraries);
    fputs(".</p></footer>\n</main>\n</body>\n</html>\n", stream);
}

static void put_page(FILE *stream, const qn_result *result, size_t count, const qn_figure *figures)
{
    put_head(stream, result);
    put_verdict(stream, result);
    put_list(stream, "Warnings", result->warning_count, result->warnings, false);
    put_figures(stream, count, figures);
    put_table(stream, result);
    put_list(stream, "What the study must show", result->must_see_count, result->must_see, true);
    if (result->conventions && *result->conventions) {
        fputs("<h2>Conventions</h2>\n", stream);
        put_paragraph(stream, "conventions", result->conventions);
    }
    put_foot(stream, result);
}

qn_status qn_report_page(const qn_result *result, size_t count, const qn_figure *figures, const char *path)
{
    QN_REQUIRE(result->name, QN_BAD_VALUE, "the result has no name");
    char *page = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&page, &size);
    QN_REQUIRE(stream, QN_NO_MEMORY, "no memory for the page");
    put_page(stream, result, count, figures);
    qn_status status = fclose(stream) ? qn_fail(QN_NO_MEMORY, "no memory for the page") : QN_OK;
    if (status == QN_OK) status = qn_file_write(path, page, size);
    free(page);
    return status;
}
