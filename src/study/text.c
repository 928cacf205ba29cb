#include "study/text.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

qn_status qn_text_copy(const char *text, char **out)
{
    *out = NULL;
    if (!text) return QN_OK;
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    QN_REQUIRE(copy, QN_NO_MEMORY, "no memory for %zu bytes of text", size);
    memcpy(copy, text, size);
    *out = copy;
    return QN_OK;
}

qn_status qn_text_vformat(char **out, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    QN_REQUIRE(length >= 0, QN_INTERNAL, "text that cannot be formatted: %s", format);
    char *text = malloc((size_t)length + 1);
    QN_REQUIRE(text, QN_NO_MEMORY, "no memory for %d bytes of text", length + 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    *out = text;
    return QN_OK;
}

qn_status qn_text_format(char **out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const qn_status status = qn_text_vformat(out, format, arguments);
    va_end(arguments);
    return status;
}

qn_status qn_text_add_bytes(qn_text *text, const char *bytes, size_t count)
{
    if (text->length + count + 1 > text->room) {
        const size_t room = 2 * (text->length + count + 1);
        char *larger = realloc(text->bytes, room);
        QN_REQUIRE(larger, QN_NO_MEMORY, "no memory for %zu bytes of text", room);
        text->bytes = larger;
        text->room = room;
    }
    memcpy(text->bytes + text->length, bytes, count);
    text->length += count;
    text->bytes[text->length] = '\0';
    return QN_OK;
}

qn_status qn_text_add(qn_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *piece = NULL;
    qn_status status = qn_text_vformat(&piece, format, arguments);
    va_end(arguments);
    if (status == QN_OK) status = qn_text_add_bytes(text, piece, strlen(piece));
    free(piece);
    return status;
}
