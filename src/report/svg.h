/// A figure of gnuplot made fit to stand inside a page.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

/// From gnuplot's SVG document: the <svg> element alone, with every id and reference prefixed by `prefix` (a page holds
/// many figures), `title` as its accessible name, and fonts that every viewer has. Free with free().
qn_status qn_svg_inline(const char *document, const char *prefix, const char *title, char **svg);
