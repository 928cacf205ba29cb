/// Values as Python writes them.
#pragma once
#include <stddef.h>
#include <stdio.h>

/// A float that reads back as exactly `value`: "0.1", "250.0".
void qn_python_put_number(FILE *stream, double value);
/// A time that lies on the grid up to rounding, in ms: 12 digits say it all, "0.3" and not 0.30000000000000004.
void qn_python_put_time(FILE *stream, double time);
/// A string in double quotes. Whatever is no UTF-8 is taken for Latin-1.
void qn_python_put_string(FILE *stream, const char *text);
