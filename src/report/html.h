/// Text that is safe inside HTML and SVG.
#pragma once
#include <stdio.h>

/// Escape & < > " '; control characters other than tab and newline become blanks. NULL writes nothing.
void qn_html_text(FILE *stream, const char *text);
/// The same for the first `count` characters.
void qn_html_part(FILE *stream, const char *text, size_t count);
