#include "study/python_text.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

// NEST tells an integer from a float: a float has a point or an exponent.
static void put_float(FILE *stream, const char *text)
{
    fputs(text, stream);
    if (!strpbrk(text, ".en")) fputs(".0", stream);
}

void qn_python_put_number(FILE *stream, double value)
{
    char text[QN_NUMBER_SIZE];
    qn_number_shortest(value, text);
    put_float(stream, text);
}

void qn_python_put_time(FILE *stream, double time)
{
    char text[QN_NUMBER_SIZE];
    qn_number_general(time, 12, text);
    put_float(stream, text);
}

// Bytes of a character of UTF-8 at `text` beyond ASCII, 0 where there is none. Surrogates and overlong forms are none.
static size_t wide_character(const unsigned char *text)
{
    static const struct {
        unsigned char first, last, second_first, second_last;
        size_t length;
    } FORM[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof FORM / sizeof *FORM; ++i) {
        if (*text < FORM[i].first || *text > FORM[i].last) continue;
        if (text[1] < FORM[i].second_first || text[1] > FORM[i].second_last) return 0;
        for (size_t k = 2; k < FORM[i].length; ++k)
            if ((text[k] & 0xc0) != 0x80) return 0; // the closing zero, too: never read beyond it
        return FORM[i].length;
    }
    return 0;
}

void qn_python_put_string(FILE *stream, const char *text)
{
    fputc('"', stream);
    for (const unsigned char *c = (const unsigned char *)text; *c; ++c) {
        const size_t wide = wide_character(c);
        if (wide) {
            fwrite(c, 1, wide, stream);
            c += wide - 1;
        } else if (*c == '"' || *c == '\\') {
            fprintf(stream, "\\%c", *c);
        } else if (*c < 0x20 || *c >= 0x7f) {
            fprintf(stream, "\\x%02x", *c);
        } else {
            fputc(*c, stream);
        }
    }
    fputc('"', stream);
}
