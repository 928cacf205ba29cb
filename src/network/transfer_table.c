#include "network/transfer_table.h"

#include "base/fail.h"
#include "base/memory.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINIMAL_ROWS = 4 };

// phi = value + d (slope + d (b + d c)) at distance d behind knot k.
typedef struct {
    double value, slope, b, c;
} cubic;

static cubic cubic_at(const qn_transfer_table *table, size_t k)
{
    const double h = table->x[k + 1] - table->x[k], left = table->slope[k], right = table->slope[k + 1];
    const double secant = (table->value[k + 1] - table->value[k]) / h;
    return (cubic){table->value[k], left, (3.0 * secant - 2.0 * left - right) / h,
                   (left + right - 2.0 * secant) / (h * h)};
}

static double cubic_integral(cubic p, double d)
{
    return d * (p.value + d * (p.slope / 2.0 + d * (p.b / 3.0 + d * p.c / 4.0)));
}

// The interval [x[k], x[k + 1]) that holds x, which lies within the table. NaN is sent to the first.
static size_t interval_of(const qn_transfer_table *table, double x)
{
    const double place = (x - table->x[0]) * table->bins_per_unit;
    const size_t bin = place > 0.0 ? (size_t)fmin(place, (double)(table->bins - 1)) : 0;
    size_t k = table->first[bin];
    while (k + 2 < table->count && table->x[k + 1] <= x) ++k;
    while (k > 0 && table->x[k] > x) --k; // an edge of a bin, rounded the other way
    return k;
}

// On a straight line, which may be level and x infinite.
static double beyond(double value, double slope, double distance)
{
    return slope == 0.0 ? value : value + distance * slope;
}

double qn_transfer_table_value(const qn_transfer_table *table, double x)
{
    const size_t last = table->count - 1;
    if (x <= table->x[0]) return beyond(table->value[0], table->slope[0], x - table->x[0]);
    if (x >= table->x[last]) return beyond(table->value[last], table->slope[last], x - table->x[last]);
    const size_t k = interval_of(table, x);
    const cubic p = cubic_at(table, k);
    const double d = x - table->x[k];
    return p.value + d * (p.slope + d * (p.b + d * p.c));
}

double qn_transfer_table_slope(const qn_transfer_table *table, double x)
{
    const size_t last = table->count - 1;
    if (x <= table->x[0]) return table->slope[0];
    if (x >= table->x[last]) return table->slope[last];
    const size_t k = interval_of(table, x);
    const cubic p = cubic_at(table, k);
    const double d = x - table->x[k];
    return p.slope + d * (2.0 * p.b + d * 3.0 * p.c);
}

static double integral_from_start(const qn_transfer_table *table, double x)
{
    const size_t last = table->count - 1;
    if (x <= table->x[0]) {
        const double d = x - table->x[0];
        return d == 0.0 ? 0.0 : d * beyond(table->value[0], 0.5 * table->slope[0], d);
    }
    if (x >= table->x[last]) {
        const double d = x - table->x[last];
        return d == 0.0 ? table->integral[last]
                        : table->integral[last] + d * beyond(table->value[last], 0.5 * table->slope[last], d);
    }
    const size_t k = interval_of(table, x);
    return table->integral[k] + cubic_integral(cubic_at(table, k), x - table->x[k]);
}

double qn_transfer_table_integral(const qn_transfer_table *table, double x)
{
    return integral_from_start(table, x) - table->origin;
}

bool qn_transfer_table_is_odd(const qn_transfer_table *table)
{
    const double tolerance = 1e-13; // tables are written by programs that round
    double highest = 0.0, steepest = 0.0;
    for (size_t k = 0; k < table->count; ++k) {
        highest = fmax(highest, fabs(table->value[k]));
        steepest = fmax(steepest, fabs(table->slope[k]));
    }
    const double width = table->x[table->count - 1] - table->x[0];
    for (size_t k = 0; k < table->count; ++k) {
        const size_t mirror = table->count - 1 - k;
        if (fabs(table->x[k] + table->x[mirror]) > tolerance * width) return false;
        if (fabs(table->value[k] + table->value[mirror]) > tolerance * highest) return false;
        if (fabs(table->slope[k] - table->slope[mirror]) > tolerance * steepest) return false;
    }
    return true;
}

double qn_transfer_table_bound(const qn_transfer_table *table)
{
    const size_t last = table->count - 1;
    if (table->slope[0] != 0.0 || table->slope[last] != 0.0) return (double)INFINITY;
    double bound = fabs(table->value[last]);
    for (size_t k = 0; k < last; ++k) {
        const cubic p = cubic_at(table, k);
        const double h = table->x[k + 1] - table->x[k], discriminant = p.b * p.b - 3.0 * p.c * p.slope;
        bound = fmax(bound, fabs(p.value));
        if (discriminant < 0.0) continue;
        const double q = -(p.b + copysign(sqrt(discriminant), p.b)); // the stable pair of roots of the slope
        const double extrema[] = {q / (3.0 * p.c), p.slope / q};
        for (int i = 0; i < 2; ++i) {
            const double d = extrema[i];
            if (d > 0.0 && d < h) bound = fmax(bound, fabs(p.value + d * (p.slope + d * (p.b + d * p.c))));
        }
    }
    return bound;
}

// A slope that has nothing to do with the values (degrees for radians, columns exchanged) would give a smooth-looking
// but wrong phi. A cubic through it then overshoots: allow any slope up to 4 times the larger neighbouring difference,
// plus a hundredth of the steepest one, which a kink or a coarse table can need; refuse beyond.
static qn_status check_rows(size_t count, const double *x, const double *value, const double *slope, size_t *row)
{
    double steepest = 0.0;
    for (size_t k = 0; k < count; ++k) {
        *row = k;
        QN_REQUIRE(isfinite(x[k]) && isfinite(value[k]) && isfinite(slope[k]), QN_BAD_VALUE,
                   "x = %g, phi = %g, dphi = %g; every number must be finite", x[k], value[k], slope[k]);
        if (!k) continue;
        QN_REQUIRE(x[k] > x[k - 1], QN_BAD_VALUE, "x = %.17g follows x = %.17g; x must be strictly increasing", x[k],
                   x[k - 1]);
        steepest = fmax(steepest, fabs((value[k] - value[k - 1]) / (x[k] - x[k - 1])));
    }
    for (size_t k = 0; k < count; ++k) {
        *row = k;
        const double before = k ? (value[k] - value[k - 1]) / (x[k] - x[k - 1]) : 0.0;
        const double after = k + 1 < count ? (value[k + 1] - value[k]) / (x[k + 1] - x[k]) : 0.0;
        const double largest = fmax(before, after), least = fmin(before, after);
        const double margin = 3.0 * fmax(fabs(before), fabs(after)) + 0.01 * steepest;
        QN_REQUIRE(slope[k] <= largest + margin && slope[k] >= least - margin, QN_BAD_VALUE,
                   "dphi = %g at x = %g does not fit phi, which changes by %g per unit of x before it and %g after it",
                   slope[k], x[k], before, after);
    }
    return QN_OK;
}

static void fill_bins(qn_transfer_table *table)
{
    const double width = table->x[table->count - 1] - table->x[0];
    table->bins_per_unit = (double)table->bins / width;
    for (size_t bin = 0, k = 0; bin < table->bins; ++bin) {
        const double edge = table->x[0] + (double)bin / table->bins_per_unit;
        while (k + 2 < table->count && table->x[k + 1] <= edge) ++k;
        table->first[bin] = k;
    }
}

static qn_status build(size_t count, const double *x, const double *value, const double *slope,
                       qn_transfer_table **table)
{
    qn_transfer_table *made = NULL;
    double *columns = NULL;
    size_t *first = NULL;
    const size_t bins = 2 * count;
    qn_status status = QN_NEW(&made, 1, "transfer table");
    if (status == QN_OK) status = QN_NEW(&columns, 4 * count, "transfer table");
    if (status == QN_OK) status = QN_NEW(&first, bins, "transfer table");
    if (status != QN_OK) {
        qn_release(made);
        qn_release(columns);
        return status;
    }
    *made = (qn_transfer_table){.count = count,
                                .x = columns,
                                .value = columns + count,
                                .slope = columns + 2 * count,
                                .integral = columns + 3 * count,
                                .bins = bins,
                                .first = first};
    memcpy(made->x, x, count * sizeof *x);
    memcpy(made->value, value, count * sizeof *value);
    memcpy(made->slope, slope, count * sizeof *slope);
    fill_bins(made);
    for (size_t k = 0; k + 1 < count; ++k)
        made->integral[k + 1] = made->integral[k] + cubic_integral(cubic_at(made, k), x[k + 1] - x[k]);
    made->origin = integral_from_start(made, 0.0);
    *table = made;
    return QN_OK;
}

qn_status qn_transfer_table_create(size_t count, const double *x, const double *value, const double *slope,
                                   qn_transfer_table **table)
{
    QN_REQUIRE(count >= MINIMAL_ROWS, QN_BAD_VALUE, "the transfer table has %zu rows; at least %d are needed", count,
               MINIMAL_ROWS);
    size_t row = 0;
    const qn_status status = check_rows(count, x, value, slope, &row);
    if (status != QN_OK) return qn_fail_in(status, "transfer table, row %zu", row + 1);
    return build(count, x, value, slope, table);
}

void qn_transfer_table_destroy(qn_transfer_table *table)
{
    if (!table) return;
    qn_release(table->x);
    qn_release(table->first);
    qn_release(table);
}

// Rows as they are read, with the line each stood on.
typedef struct {
    size_t count, capacity;
    double *numbers; // 3 per row
    size_t *line;
} rows;

static qn_status grow(rows *read)
{
    if (read->count < read->capacity) return QN_OK;
    const size_t capacity = read->capacity ? 2 * read->capacity : 256;
    double *numbers = realloc(read->numbers, capacity * 3 * sizeof *numbers);
    if (numbers) read->numbers = numbers;
    size_t *line = realloc(read->line, capacity * sizeof *line);
    if (line) read->line = line;
    QN_REQUIRE(numbers && line, QN_NO_MEMORY, "no memory for %zu rows of a transfer table", capacity);
    read->capacity = capacity;
    return QN_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '\v' || c == '\f';
}

// One line into a row; a line of blanks and comment adds none.
static qn_status read_line(char *text, size_t line, rows *read)
{
    text[strcspn(text, "#")] = '\0';
    double found[3];
    size_t columns = 0;
    for (char *at = text; *at;) {
        if (is_blank(*at)) {
            ++at;
            continue;
        }
        char *end = at;
        const double number = strtod(at, &end);
        if (end == at || (*end && !is_blank(*end)))
            return qn_fail(QN_BAD_FILE, "\"%.*s\" is not a number", (int)fmin((double)strcspn(at, " \t\r\n,"), 40.0),
                           at);
        QN_REQUIRE(isfinite(number), QN_BAD_FILE, "\"%.*s\" is not finite", (int)fmin((double)(end - at), 40.0), at);
        if (columns < 3) found[columns] = number;
        ++columns;
        at = end;
    }
    if (!columns) return QN_OK;
    QN_REQUIRE(columns == 3, QN_BAD_FILE, "%zu numbers; a row is x, phi, dphi", columns);
    QN_TRY(grow(read));
    memcpy(read->numbers + 3 * read->count, found, sizeof found);
    read->line[read->count++] = line;
    return QN_OK;
}

static qn_status read_rows(FILE *file, const char *path, rows *read)
{
    char *text = NULL;
    size_t capacity = 0, line = 0;
    qn_status status = QN_OK;
    for (ssize_t length; status == QN_OK && (length = getline(&text, &capacity, file)) >= 0;) {
        ++line;
        status = strlen(text) == (size_t)length ? read_line(text, line, read)
                                                : qn_fail(QN_BAD_FILE, "a zero byte; this is not a text file");
        if (status != QN_OK) status = qn_fail_in(status, "%s:%zu", path, line);
    }
    if (status == QN_OK && ferror(file)) status = qn_fail(QN_BAD_FILE, "%s: reading failed: %s", path, strerror(errno));
    free(text);
    return status;
}

static qn_status table_of(const char *path, const rows *read, qn_transfer_table **table)
{
    QN_REQUIRE(read->count >= MINIMAL_ROWS, QN_BAD_FILE, "%s: %zu rows of x, phi, dphi; at least %d are needed", path,
               read->count, MINIMAL_ROWS);
    double *columns = NULL;
    const size_t count = read->count;
    QN_TRY(QN_NEW(&columns, 3 * count, "transfer table"));
    for (size_t k = 0; k < count; ++k)
        for (size_t column = 0; column < 3; ++column) columns[column * count + k] = read->numbers[3 * k + column];
    size_t row = 0;
    qn_status status = check_rows(count, columns, columns + count, columns + 2 * count, &row);
    if (status == QN_BAD_VALUE) status = qn_fail_in(QN_BAD_FILE, "%s:%zu", path, read->line[row]);
    if (status == QN_OK) status = build(count, columns, columns + count, columns + 2 * count, table);
    qn_release(columns);
    return status;
}

qn_status qn_transfer_table_read(const char *path, qn_transfer_table **table)
{
    FILE *file = fopen(path, "r");
    QN_REQUIRE(file, QN_BAD_FILE, "%s: %s", path, strerror(errno));
    rows read = {0};
    qn_status status = read_rows(file, path, &read);
    fclose(file);
    if (status == QN_OK) status = table_of(path, &read, table);
    free(read.numbers);
    free(read.line);
    return status;
}
