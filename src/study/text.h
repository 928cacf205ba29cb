/// Owned text: printf into fresh memory, and text that grows.
#pragma once
#include <quenched/status.h>

#include <stdarg.h>
#include <stddef.h>

/// *out = a fresh copy of `text` (NULL stays NULL). Free with free(). What *out held before is not freed.
qn_status qn_text_copy(const char *text, char **out);

/// *out = fresh memory with the formatted text.
qn_status qn_text_format(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
qn_status qn_text_vformat(char **out, const char *format, va_list arguments);

/// Text that grows at its end. `{0}` is empty; `bytes` is NULL until something is added; free(text.bytes).
typedef struct {
    char *bytes;
    size_t length, room;
} qn_text;

qn_status qn_text_add(qn_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
qn_status qn_text_add_bytes(qn_text *text, const char *bytes, size_t count);
