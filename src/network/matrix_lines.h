/// Text files of numbers, read line by line: what the Matrix Market and edge-list readers share.
///
/// Numbers are written with a decimal point whatever the caller's locale: while a qn_lines is open this thread works in
/// the C locale, so every qn_lines_open() needs its qn_lines_close().
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

enum { QN_LINES_LONGEST = 4096, QN_LINES_EXCERPT = 48 };

typedef struct {
    FILE *stream;     ///< not owned; seekable
    const char *path; ///< for messages; not owned
    size_t line;      ///< number of the present line, from 1
    char content[QN_LINES_LONGEST];
    locale_t numbers, callers;
} qn_lines;

/// A place to come back to: readers go over a file more than once rather than keep it in memory.
typedef struct {
    off_t offset;
    size_t line;
} qn_lines_place;

qn_status qn_lines_open(qn_lines *text, FILE *stream, const char *path);
void qn_lines_close(qn_lines *text);

/// Next line that is neither blank nor begins with `comment`, in text->content without its end; *found tells whether
/// there was one. Refuses NUL bytes and lines of QN_LINES_LONGEST characters or more.
qn_status qn_lines_next(qn_lines *text, char comment, bool *found);

qn_status qn_lines_tell(const qn_lines *text, qn_lines_place *place);
qn_status qn_lines_return(qn_lines *text, const qn_lines_place *place);

/// Bytes from the beginning to the end of a seekable stream; the position stays.
qn_status qn_lines_size(const qn_lines *text, double *bytes);

typedef enum { QN_NUMBER_FINITE, QN_NUMBER_NOT_FINITE, QN_NUMBER_NONE } qn_number_kind;

/// Read a whole number (digits only) at *cursor, after blanks, and step over it. False, cursor unmoved, where there is
/// none or it does not fit.
bool qn_lines_whole(const char **cursor, uint64_t *value);

/// Read a decimal number at *cursor, after blanks, and step over it. "nan", "inf" and what is too large for a double
/// are QN_NUMBER_NOT_FINITE; anything else, hexadecimal included, is QN_NUMBER_NONE.
qn_number_kind qn_lines_real(const char **cursor, double *value);

/// Step over blanks.
const char *qn_lines_skip(const char *cursor);

/// First characters of `content`, fit to be quoted in a message: cut at `ends` (a set of characters), unprintable ones
/// replaced.
const char *qn_lines_excerpt(const char *content, const char *ends, char excerpt[QN_LINES_EXCERPT]);
