/// Text files of numbers, read line by line: what the Matrix Market and edge-list readers share.
///
/// Numbers are written with a decimal point whatever the caller's locale: while a qn_text is open this thread works in
/// the C locale, so every qn_text_open() needs its qn_text_close().
#pragma once
#include <quenched/status.h>

#include <locale.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { QN_TEXT_LINE = 4096, QN_TEXT_EXCERPT = 48 };

typedef struct {
    FILE *stream;     ///< not owned; seekable
    const char *path; ///< for messages; not owned
    size_t line;      ///< number of the present line, from 1
    char content[QN_TEXT_LINE];
    locale_t numbers, callers;
} qn_text;

/// A place to come back to: readers go over a file more than once rather than keep it in memory.
typedef struct {
    off_t offset;
    size_t line;
} qn_text_place;

qn_status qn_text_open(qn_text *text, FILE *stream, const char *path);
void qn_text_close(qn_text *text);

/// Next line that is neither blank nor begins with `comment`, in text->content without its end; *found tells whether
/// there was one. Refuses NUL bytes and lines of QN_TEXT_LINE characters or more.
qn_status qn_text_next(qn_text *text, char comment, bool *found);

qn_status qn_text_tell(const qn_text *text, qn_text_place *place);
qn_status qn_text_return(qn_text *text, const qn_text_place *place);

/// Bytes from the beginning to the end of a seekable stream; the position stays.
qn_status qn_text_size(const qn_text *text, double *bytes);

typedef enum { QN_NUMBER_FINITE, QN_NUMBER_NOT_FINITE, QN_NUMBER_NONE } qn_number_kind;

/// Read a whole number (digits only) at *cursor, after blanks, and step over it. False, cursor unmoved, where there is
/// none or it does not fit.
bool qn_text_whole(const char **cursor, uint64_t *value);

/// Read a decimal number at *cursor, after blanks, and step over it. "nan", "inf" and what is too large for a double
/// are QN_NUMBER_NOT_FINITE; anything else, hexadecimal included, is QN_NUMBER_NONE.
qn_number_kind qn_text_real(const char **cursor, double *value);

/// Step over blanks.
const char *qn_text_skip(const char *cursor);

/// First characters of `content`, fit to be quoted in a message: cut at `ends` (a set of characters), unprintable ones
/// replaced.
const char *qn_text_excerpt(const char *content, const char *ends, char excerpt[QN_TEXT_EXCERPT]);
