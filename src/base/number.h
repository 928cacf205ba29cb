/// Numbers as text, with a decimal point whatever the locale of the host program says.
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { QN_NUMBER_SIZE = 48 }; ///< enough for every text below

/// The shortest text that reads back as exactly `value`: "0.1", "1e-300", "nan", "inf".
void qn_number_shortest(double value, char text[QN_NUMBER_SIZE]);

/// `value` with `decimals` digits (0 to 17) behind the point; large values fall back to %g.
void qn_number_fixed(double value, int decimals, char text[QN_NUMBER_SIZE]);

/// `value` with `digits` significant digits (1 to 17), as %g writes them.
void qn_number_general(double value, int digits, char text[QN_NUMBER_SIZE]);

/// The number that `text` is, whole and without blanks around it; false when it is none.
bool qn_number_read(const char *text, double *value);

/// `value` as %e writes it with `digits` significant digits (1 to 17).
void qn_number_scientific(double value, int digits, char text[QN_NUMBER_SIZE]);
