#include "report/svg.h"

#include "base/fail.h"
#include "report/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// What stands before a name that must be unique in the page.
static const char *const before_names[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};

static const char font_before[] = "font-family=\"DejaVu Sans\"";
static const char font_after[] = "font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\"";

static bool starts(const char *text, const char *with) { return !strncmp(text, with, strlen(with)); }

// Copies one piece of the document, changed where it must be, and returns what follows it.
static const char *copy_piece(FILE *stream, const char *c, const char *prefix)
{
    if (starts(c, font_before)) {
        fputs(font_after, stream);
        return c + strlen(font_before);
    }
    for (size_t i = 0; i < sizeof before_names / sizeof *before_names; ++i) {
        if (!starts(c, before_names[i])) continue;
        fprintf(stream, "%s%s-", before_names[i], prefix);
        return c + strlen(before_names[i]);
    }
    fputc(*c, stream);
    return c + 1;
}

// gnuplot's own titles ("gnuplot_plot_1") would pop up under the mouse: they go.
static const char *behind_title(const char *c)
{
    const char *end = strstr(c, "</title>");
    return end ? end + strlen("</title>") : c + strlen(c);
}

static void copy(FILE *stream, const char *element, const char *prefix, const char *title)
{
    fprintf(stream, "<svg role=\"img\" aria-labelledby=\"%s-title\"", prefix);
    const char *c = element + strlen("<svg");
    while (*c && *c != '>') c = copy_piece(stream, c, prefix);
    fprintf(stream, "><title id=\"%s-title\">", prefix);
    qn_html_text(stream, title);
    fputs("</title>", stream);
    if (*c) ++c;
    while (*c) c = starts(c, "<title>") ? behind_title(c) : copy_piece(stream, c, prefix);
}

qn_status qn_svg_inline(const char *document, const char *prefix, const char *title, char **svg)
{
    const char *element = strstr(document, "<svg");
    QN_REQUIRE(element && strstr(element, "</svg>"), QN_IO_ERROR, "gnuplot's figure %s is no SVG", prefix);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    QN_REQUIRE(stream, QN_NO_MEMORY, "no memory for figure %s", prefix);
    copy(stream, element, prefix, title);
    if (fclose(stream)) {
        free(text);
        return qn_fail(QN_NO_MEMORY, "no memory for figure %s", prefix);
    }
    *svg = text;
    return QN_OK;
}
