#include "network/matrix_lines.h"

#include "base/fail.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

qn_status qn_lines_open(qn_lines *text, FILE *stream, const char *path)
{
    const locale_t numbers = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    QN_REQUIRE(numbers != (locale_t)0, QN_NO_MEMORY, "%s: no memory to read it", path);
    *text = (qn_lines){.stream = stream, .path = path, .numbers = numbers, .callers = uselocale(numbers)};
    return QN_OK;
}

void qn_lines_close(qn_lines *text)
{
    uselocale(text->callers);
    freelocale(text->numbers);
    *text = (qn_lines){0};
}

static qn_status read_line(qn_lines *text, bool *found)
{
    size_t length = 0;
    int character;
    while ((character = getc_unlocked(text->stream)) != EOF && character != '\n') {
        QN_REQUIRE(character != '\0', QN_BAD_FILE, "%s:%zu: not a text file: it has a zero byte", text->path,
                   text->line + 1);
        QN_REQUIRE(length + 1 < QN_LINES_LONGEST, QN_BAD_FILE, "%s:%zu: line is longer than %d characters", text->path,
                   text->line + 1, QN_LINES_LONGEST - 1);
        text->content[length++] = (char)character;
    }
    QN_REQUIRE(!ferror(text->stream), QN_BAD_FILE, "%s: cannot be read: %s", text->path, strerror(errno));
    *found = length > 0 || character == '\n';
    text->line += *found;
    if (length > 0 && text->content[length - 1] == '\r') --length;
    text->content[length] = '\0';
    return QN_OK;
}

qn_status qn_lines_next(qn_lines *text, char comment, bool *found)
{
    for (;;) {
        QN_TRY(read_line(text, found));
        if (!*found) return QN_OK;
        const bool marked = text->line == 1 && strncmp(text->content, "\xef\xbb\xbf", 3) == 0; // a byte-order mark
        if (marked) memmove(text->content, text->content + 3, strlen(text->content + 3) + 1);
        const char first = *qn_lines_skip(text->content);
        if (first != '\0' && first != comment) return QN_OK;
    }
}

qn_status qn_lines_tell(const qn_lines *text, qn_lines_place *place)
{
    const off_t offset = ftello(text->stream);
    QN_REQUIRE(offset >= 0, QN_BAD_FILE, "%s: cannot be read twice: %s", text->path, strerror(errno));
    *place = (qn_lines_place){.offset = offset, .line = text->line};
    return QN_OK;
}

qn_status qn_lines_return(qn_lines *text, const qn_lines_place *place)
{
    QN_REQUIRE(fseeko(text->stream, place->offset, SEEK_SET) == 0, QN_BAD_FILE, "%s: cannot be read twice: %s",
               text->path, strerror(errno));
    text->line = place->line;
    return QN_OK;
}

qn_status qn_lines_size(const qn_lines *text, double *bytes)
{
    const off_t here = ftello(text->stream);
    const bool moved = here >= 0 && fseeko(text->stream, 0, SEEK_END) == 0;
    const off_t end = moved ? ftello(text->stream) : -1;
    QN_REQUIRE(end >= 0 && fseeko(text->stream, here, SEEK_SET) == 0, QN_BAD_FILE, "%s: its size cannot be told: %s",
               text->path, strerror(errno));
    *bytes = (double)end;
    return QN_OK;
}

const char *qn_lines_skip(const char *cursor)
{
    while (*cursor == ' ' || *cursor == '\t') ++cursor;
    return cursor;
}

bool qn_lines_whole(const char **cursor, uint64_t *value)
{
    const char *digit = qn_lines_skip(*cursor);
    if (!isdigit((unsigned char)*digit)) return false;
    uint64_t number = 0;
    for (; isdigit((unsigned char)*digit); ++digit) {
        if (number > (UINT64_MAX - 9) / 10) return false;
        number = 10 * number + (uint64_t)(*digit - '0');
    }
    *cursor = digit;
    *value = number;
    return true;
}

// strtod also takes "0x1p3", "infinity" and "nan(...)": what may be passed to it is decided here.
static const char *end_of_decimal(const char *start)
{
    const char *at = start;
    if (*at == '+' || *at == '-') ++at;
    size_t digits = strspn(at, "0123456789");
    at += digits;
    if (*at == '.') {
        const size_t decimals = strspn(at + 1, "0123456789");
        at += 1 + decimals;
        digits += decimals;
    }
    if (digits == 0) return NULL;
    if (*at != 'e' && *at != 'E') return at;
    const char *exponent = at + 1;
    if (*exponent == '+' || *exponent == '-') ++exponent;
    const size_t exponent_digits = strspn(exponent, "0123456789");
    return exponent_digits > 0 ? exponent + exponent_digits : NULL;
}

static const char *end_of_not_finite(const char *start)
{
    static const char *const WORDS[] = {"infinity", "inf", "nan"};
    const char *at = *start == '+' || *start == '-' ? start + 1 : start;
    for (size_t word = 0; word < sizeof WORDS / sizeof *WORDS; ++word) {
        const size_t length = strlen(WORDS[word]);
        if (strncasecmp(at, WORDS[word], length) != 0) continue;
        return isalnum((unsigned char)at[length]) || at[length] == '_' ? NULL : at + length; // "info" is a word
    }
    return NULL;
}

qn_number_kind qn_lines_real(const char **cursor, double *value)
{
    const char *start = qn_lines_skip(*cursor);
    const char *end = end_of_decimal(start);
    if (end == NULL) {
        end = end_of_not_finite(start);
        if (end == NULL) return QN_NUMBER_NONE;
        *cursor = end;
        return QN_NUMBER_NOT_FINITE;
    }
    const double number = strtod(start, NULL);
    *cursor = end;
    if (!isfinite(number)) return QN_NUMBER_NOT_FINITE;
    *value = number;
    return QN_NUMBER_FINITE;
}

const char *qn_lines_excerpt(const char *content, const char *ends, char excerpt[QN_LINES_EXCERPT])
{
    const char *from = qn_lines_skip(content);
    size_t length = strcspn(from, ends);
    while (length > 0 && (from[length - 1] == ' ' || from[length - 1] == '\t')) --length;
    const bool cut = length > QN_LINES_EXCERPT - 4;
    if (cut) length = QN_LINES_EXCERPT - 4;
    for (size_t i = 0; i < length; ++i) excerpt[i] = isprint((unsigned char)from[i]) ? from[i] : '?';
    memcpy(excerpt + length, cut ? "..." : "", cut ? 4 : 1);
    return excerpt;
}
