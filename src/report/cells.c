#include "report/cells.h"

#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// From here on a value would be a row of zeros: it is written with an exponent.
enum { MOST_DECIMALS = 7, MOST_DIGITS_BEFORE = 7, DIGITS_ALONE = 5 };

size_t qn_cells_beside(const qn_result *result)
{
    size_t count = 0;
    if (!result->kind || strcmp(result->kind, "spiking") != 0) return 0;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *row = &result->quantities[i];
        count += isnan(row->z) && !isnan(row->theory) && !isnan(row->simulation.value);
    }
    return count;
}

bool qn_cells_any(const qn_quantity *row)
{
    return row->theory_text || row->simulation_text || !isnan(row->theory) || !isnan(row->simulation.value);
}

// The decimal exponent of `value` once it is rounded to `digits` significant digits: 0.0998 to two is 0.10, thus -1.
static int exponent_rounded(double value, int digits)
{
    char text[QN_NUMBER_SIZE];
    snprintf(text, sizeof text, "%.*e", digits - 1, fabs(value));
    return atoi(strchr(text, 'e') + 1);
}

static void fixed(double value, int decimals, char text[QN_NUMBER_SIZE])
{
    qn_number_fixed(value, decimals, text);
    if (text[0] == '-' && text[strspn(text, "-0.")] == 0) memmove(text, text + 1, strlen(text)); // no "-0.0"
}

// A value without an error bar: five significant digits.
static void alone(double value, char text[QN_NUMBER_SIZE])
{
    if (!isfinite(value) || value == 0.0) {
        qn_number_general(value, DIGITS_ALONE, text);
        return;
    }
    const int exponent = exponent_rounded(value, DIGITS_ALONE);
    if (exponent < DIGITS_ALONE - 1 - MOST_DECIMALS || exponent >= MOST_DIGITS_BEFORE)
        qn_number_general(value, DIGITS_ALONE, text);
    else
        fixed(value, exponent < DIGITS_ALONE - 1 ? DIGITS_ALONE - 1 - exponent : 0, text);
}

// Value and theory to the last digit of the error's two. `theory` may be NAN or infinite.
static void with_error(double theory, qn_estimate estimate, qn_cells *cells)
{
    char value[QN_NUMBER_SIZE], error[QN_NUMBER_SIZE], expected[QN_NUMBER_SIZE];
    const int last = exponent_rounded(estimate.standard_error, 2) - 1; // the place of the error's second digit
    const double largest = fmax(fabs(estimate.value), isfinite(theory) ? fabs(theory) : 0.0);
    const int first = largest > 0.0 ? exponent_rounded(largest, 2) : last;
    if (last < -MOST_DECIMALS || first >= MOST_DIGITS_BEFORE) {
        const int digits = first - last + 1;
        const int kept = digits < 2 ? 2 : digits > 17 ? 17 : digits;
        qn_number_scientific(estimate.value, kept, value);
        qn_number_scientific(theory, kept, expected);
        qn_number_scientific(estimate.standard_error, 2, error);
    } else {
        const int decimals = last < 0 ? -last : 0;
        fixed(estimate.value, decimals, value);
        fixed(estimate.standard_error, decimals, error);
        fixed(theory, decimals, expected);
        if (theory != 0.0 && fabs(theory) < 0.5 * pow(10.0, last)) qn_number_general(theory, 2, expected);
    }
    snprintf(cells->simulation, sizeof cells->simulation, "%s +- %s", value, error);
    if (!isnan(theory)) snprintf(cells->theory, sizeof cells->theory, "%s", expected);
}

// Counts are whole.
static void known(double value, char text[QN_NUMBER_SIZE])
{
    if (value == floor(value) && fabs(value) < 1e12)
        fixed(value, 0, text);
    else
        alone(value, text);
}

static void numbers(const qn_quantity *row, qn_cells *cells)
{
    char text[QN_NUMBER_SIZE];
    const qn_estimate estimate = row->simulation;
    const bool bar = isfinite(estimate.value) && isfinite(estimate.standard_error) && estimate.standard_error > 0.0;
    if (bar) {
        with_error(row->theory, estimate, cells);
        return;
    }
    if (!isnan(row->theory)) {
        alone(row->theory, text);
        snprintf(cells->theory, sizeof cells->theory, "%s", text);
    }
    // No samples: not an estimate but a number that is known.
    if (!isnan(estimate.value) && estimate.samples == 0) {
        known(estimate.value, text);
        snprintf(cells->simulation, sizeof cells->simulation, "%s", text);
        if (!isnan(row->theory)) {
            known(row->theory, text);
            snprintf(cells->theory, sizeof cells->theory, "%s", text);
        }
        return;
    }
    if (!isnan(estimate.value)) {
        alone(estimate.value, text);
        snprintf(cells->simulation, sizeof cells->simulation,
                 estimate.standard_error == 0.0 ? "%s +- 0" : "%s (no error bar)", text);
    }
}

// Theory with an error of its own has digits of its own.
static void uncertain_theory(const qn_quantity *row, qn_cells *cells)
{
    if (!(row->theory_error > 0.0) || isnan(row->theory)) return;
    qn_cells own = {.theory = ""};
    with_error(NAN, (qn_estimate){row->theory, row->theory_error, 2}, &own);
    snprintf(cells->theory, sizeof cells->theory, "%.60s", own.simulation);
}

static void score(const qn_quantity *row, qn_cells *cells)
{
    if (row->theory_text && row->simulation_text) {
        cells->disagrees = strcmp(row->theory_text, row->simulation_text) != 0;
        snprintf(cells->z, sizeof cells->z, "%s", cells->disagrees ? "differs" : "same");
        return;
    }
    if (isnan(row->z)) return;
    char text[QN_NUMBER_SIZE];
    if (fabs(row->z) < 1e5)
        fixed(row->z, 1, text);
    else
        qn_number_general(row->z, 2, text);
    snprintf(cells->z, sizeof cells->z, "%s", text);
    cells->disagrees = !(fabs(row->z) < 4.0);
}

static int by_size(const void *a, const void *b)
{
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

static void note(const qn_quantity *row, qn_cells *cells)
{
    enum { MOST = sizeof row->extrapolated_sizes / sizeof *row->extrapolated_sizes };
    size_t sizes[MOST], count = 0;
    while (count < MOST && row->extrapolated_sizes[count]) {
        sizes[count] = row->extrapolated_sizes[count];
        ++count;
    }
    if (!count) return;
    qsort(sizes, count, sizeof *sizes, by_size);
    int length = snprintf(cells->note, sizeof cells->note, "N -> inf from N = ");
    for (size_t i = 0; i < count; ++i)
        length += snprintf(cells->note + length, sizeof cells->note - (size_t)length, i ? ", %zu" : "%zu", sizes[i]);
}

void qn_cells_words(const char *name, char *words, size_t size)
{
    snprintf(words, size, "%s", name);
    for (char *c = words; *c; ++c)
        if (*c == '_') *c = ' ';
    for (char *c = words; (c = strstr(c, "lyapunov")); ++c) *c = 'L'; // the one name of a person among them
}

void qn_cells_symbols(const char *unit, char *text, size_t size)
{
    static const struct {
        const char *word, *symbol;
    } known[] = {{"^phi", "\xe1\xb5\xa0"}, {"^x", "\xcb\xa3"},  {"^2", "\xc2\xb2"},
                 {"phi", "\xcf\x86"},      {"tau", "\xcf\x84"}, {"sigma", "\xcf\x83"}};
    size_t length = 0;
    for (const char *c = unit; *c && length + 8 < size;) {
        size_t i = 0;
        for (; i < sizeof known / sizeof *known; ++i) {
            const size_t span = strlen(known[i].word);
            const bool starts = c == unit || !isalnum((unsigned char)c[-1]) || *c == '^';
            if (starts && !strncmp(c, known[i].word, span) && !isalnum((unsigned char)c[span])) break;
        }
        if (i == sizeof known / sizeof *known) {
            text[length++] = *c++;
            continue;
        }
        memcpy(text + length, known[i].symbol, strlen(known[i].symbol));
        length += strlen(known[i].symbol);
        c += strlen(known[i].word);
    }
    text[length] = 0;
}

void qn_cells_of(const qn_quantity *row, qn_cells *cells)
{
    *cells = (qn_cells){.theory = "-", .simulation = "-", .z = "-"};
    qn_cells_words(row->name, cells->name, sizeof cells->name);
    if (row->unit && strcmp(row->unit, "1")) snprintf(cells->unit, sizeof cells->unit, "%s", row->unit);
    if (row->theory_text || row->simulation_text) {
        if (row->theory_text) snprintf(cells->theory, sizeof cells->theory, "%s", row->theory_text);
        if (row->simulation_text) snprintf(cells->simulation, sizeof cells->simulation, "%s", row->simulation_text);
    } else {
        numbers(row, cells);
        uncertain_theory(row, cells);
    }
    score(row, cells);
    note(row, cells);
}

const char *qn_cells_measured(const qn_result *result)
{
    return result->kind && !strcmp(result->kind, "connectome") ? "measured" : "simulation";
}

bool qn_cells_is_name(const char *key) { return !strcmp(key, "variant") || !strcmp(key, "matrix"); }

static const char *last_part(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot && dot[1] ? dot + 1 : key;
}

// Says little without what it is of: a rate alone would be the network's.
static bool needs_its_parent(const char *last)
{
    static const char *const words[] = {"rate", "count", "weight", "spread"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
        if (!strcmp(last, words[i])) return true;
    return false;
}

const char *qn_cells_key(const qn_sweep_point *point, size_t key)
{
    const char *whole = point->keys[key], *last = last_part(whole);
    for (size_t k = 0; k < point->count; ++k)
        if (k != key && !strcmp(last_part(point->keys[k]), last)) return whole;
    if (!needs_its_parent(last) || last == whole) return last;
    const char *parent = last - 1;
    while (parent > whole && parent[-1] != '.') --parent;
    return parent;
}
