#include "base/number.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

// The separator of the locale replaced by a point: it is the only thing in such a text that is no ASCII letter, digit
// or sign.
static void use_point(char *text)
{
    const char *separator = localeconv()->decimal_point;
    const size_t length = strlen(separator);
    if (!length || !strcmp(separator, ".")) return;
    char *place = strstr(text, separator);
    if (!place) return;
    *place = '.';
    memmove(place + 1, place + length, strlen(place + length) + 1);
}

void qn_number_general(double value, int digits, char text[QN_NUMBER_SIZE])
{
    snprintf(text, QN_NUMBER_SIZE, "%.*g", digits, value);
    use_point(text);
}

void qn_number_scientific(double value, int digits, char text[QN_NUMBER_SIZE])
{
    snprintf(text, QN_NUMBER_SIZE, "%.*e", digits - 1, value);
    use_point(text);
}

void qn_number_fixed(double value, int decimals, char text[QN_NUMBER_SIZE])
{
    if (fabs(value) < 1e16)
        snprintf(text, QN_NUMBER_SIZE, "%.*f", decimals, value);
    else
        snprintf(text, QN_NUMBER_SIZE, "%.6g", value);
    use_point(text);
}

void qn_number_shortest(double value, char text[QN_NUMBER_SIZE])
{
    if (isnan(value)) {
        strcpy(text, "nan");
        return;
    }
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, QN_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    use_point(text);
}

bool qn_number_read(const char *text, double *value)
{
    if (!*text || isspace((unsigned char)*text)) return false;
    static const char c_name[] = "C";
    const locale_t c = newlocale(LC_NUMERIC_MASK, c_name, (locale_t)0);
    if (!c) return false;
    const locale_t before = uselocale(c);
    char *end;
    const double read = strtod(text, &end);
    uselocale(before);
    freelocale(c);
    if (*end || end == text) return false;
    *value = read;
    return true;
}
