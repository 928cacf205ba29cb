#include "report/html.h"

#include <string.h>

void qn_html_part(FILE *stream, const char *text, size_t count)
{
    for (const char *end = text + count; text < end; ++text) {
        const unsigned char c = (unsigned char)*text;
        switch (c) {
        case '&': fputs("&amp;", stream); break;
        case '<': fputs("&lt;", stream); break;
        case '>': fputs("&gt;", stream); break;
        case '"': fputs("&quot;", stream); break;
        case '\'': fputs("&#39;", stream); break;
        default: fputc((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? ' ' : c, stream);
        }
    }
}

void qn_html_text(FILE *stream, const char *text)
{
    if (text) qn_html_part(stream, text, strlen(text));
}
