/// One row of the table as texts, rounded for people: errors to two significant digits, values to the digits their
/// errors leave. The text table and the page show the same cells.
#pragma once
#include <quenched/result.h>

typedef struct {
    char name[128];       ///< "rate variance", "Lyapunov exponent"
    char unit[64];        ///< "1/tau"; "" for a pure number
    char theory[64];      ///< "0.6423", "chaotic", "-"
    char simulation[128]; ///< "0.6431 +- 0.0012", "chaotic", "-"
    char z[32];           ///< "0.7", "-12.3", "same", "differs", "-"
    char note[192];       ///< "N -> inf from N = 1000, 2000" or ""
    bool disagrees;
} qn_cells;

/// What the column beside theory is called: what a matrix is like is measured, not simulated.
const char *qn_cells_measured(const qn_result *result);

/// How many rows have both wings but no z, for theory is an approximation that the study compares in other ways.
size_t qn_cells_beside(const qn_result *result);

/// Whether the row has anything to show in either wing.
bool qn_cells_any(const qn_quantity *row);
void qn_cells_of(const qn_quantity *row, qn_cells *cells);

/// A key whose values are names that stand by themselves: "variant", "matrix".
bool qn_cells_is_name(const char *key);

/// What to call a swept key: its last part ("strength"), or the whole path where that is ambiguous.
const char *qn_cells_key(const qn_sweep_point *point, size_t key);

/// A name of a quantity or array as words: "lyapunov_exponent" gives "Lyapunov exponent".
void qn_cells_words(const char *name, char *words, size_t size);

/// A unit or label with the symbols the field writes, in UTF-8: tau and phi become Greek letters, ^2 a raised 2.
void qn_cells_symbols(const char *unit, char *text, size_t size);
