/// What a report writes to a stream, as text.
#pragma once
#include "testing.h"

#include <stdlib.h>

typedef struct {
    char *text;
    size_t size;
    FILE *stream;
} captured;

static inline void capture(captured *into)
{
    *into = (captured){0};
    into->stream = open_memstream(&into->text, &into->size);
    assert_non_null(into->stream);
}

static inline void end_capture(captured *into) { assert_int_equal(fclose(into->stream), 0); }
