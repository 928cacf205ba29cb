#include <quenched/report.h>

#include "base/fail.h"
#include "base/number.h"
#include "report/cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KEYS = 8, GAP = 2 };

// Where each column begins to be as wide as its widest cell.
typedef struct {
    size_t keys[MOST_KEYS], quantity, theory, simulation, z;
    size_t key_count;
    bool signed_theory, signed_simulation; ///< some value is negative: the others get a blank in front
} layout;

// Characters, not bytes: those that continue a UTF-8 sequence take no place.
static size_t width(const char *text)
{
    size_t count = 0;
    for (; *text; ++text) count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void widen(size_t *column, size_t needed)
{
    if (needed > *column) *column = needed;
}

static size_t name_width(const qn_cells *cells)
{
    return width(cells->name) + (*cells->unit ? width(cells->unit) + 4 : 0);
}

static bool negative(const char *text) { return text[0] == '-' && text[1]; }

static layout measure(const qn_result *result)
{
    layout columns = {.quantity = width("quantity"),
                      .theory = width("theory"),
                      .simulation = width(qn_cells_measured(result)),
                      .z = 5};
    for (size_t p = 0; p < result->point_count; ++p) {
        const qn_sweep_point *point = &result->points[p];
        columns.key_count = point->count < MOST_KEYS ? point->count : MOST_KEYS;
        for (size_t k = 0; k < columns.key_count; ++k) {
            widen(&columns.keys[k], width(point->values[k]));
            widen(&columns.keys[k], width(qn_cells_key(point, k)));
        }
    }
    for (size_t i = 0; i < result->quantity_count; ++i) {
        qn_cells cells;
        if (!qn_cells_any(&result->quantities[i])) continue;
        qn_cells_of(&result->quantities[i], &cells);
        columns.signed_theory |= negative(cells.theory);
        columns.signed_simulation |= negative(cells.simulation);
    }
    for (size_t i = 0; i < result->quantity_count; ++i) {
        qn_cells cells;
        if (!qn_cells_any(&result->quantities[i])) continue;
        qn_cells_of(&result->quantities[i], &cells);
        widen(&columns.quantity, name_width(&cells));
        widen(&columns.theory, width(cells.theory) + (columns.signed_theory && !negative(cells.theory)));
        widen(&columns.simulation,
              width(cells.simulation) + (columns.signed_simulation && !negative(cells.simulation)));
        widen(&columns.z, width(cells.z));
    }
    return columns;
}

static size_t total_width(const layout *columns)
{
    size_t total = columns->quantity + columns->theory + columns->simulation + columns->z + 3 * GAP;
    for (size_t k = 0; k < columns->key_count; ++k) total += columns->keys[k] + GAP;
    return total;
}

static void put_left(FILE *stream, const char *text, size_t column)
{
    fprintf(stream, "%s%*s", text, (int)(column - width(text) + GAP), "");
}

static void put_signed(FILE *stream, const char *text, size_t column, bool some_negative)
{
    char cell[160];
    snprintf(cell, sizeof cell, "%s%s", some_negative && !negative(text) ? " " : "", text);
    put_left(stream, cell, column);
}

static void put_heading(const qn_result *result, const layout *columns, FILE *stream)
{
    const char *header = result->header ? result->header : "";
    char seed[48];
    snprintf(seed, sizeof seed, "seed %llu", (unsigned long long)result->seed);
    const size_t left = width(result->name) + (*header ? 3 + width(header) : 0), total = total_width(columns);
    const size_t gap = left + 3 + strlen(seed) < total ? total - left - strlen(seed) : 3;
    fprintf(stream, "%s%s%s%*s%s\n", result->name, *header ? "   " : "", header, (int)gap, "", seed);
    for (size_t k = 0; k < columns->key_count; ++k)
        put_left(stream, qn_cells_key(&result->points[0], k), columns->keys[k]);
    put_left(stream, "quantity", columns->quantity);
    put_signed(stream, "theory", columns->theory, columns->signed_theory);
    put_signed(stream, qn_cells_measured(result), columns->simulation, columns->signed_simulation);
    fprintf(stream, "%*s\n", (int)columns->z, "z");
}

static void put_row(const qn_result *result, const qn_quantity *row, bool first, const layout *columns, FILE *stream)
{
    qn_cells cells;
    char name[224];
    qn_cells_of(row, &cells);
    for (size_t k = 0; k < columns->key_count; ++k)
        put_left(stream, first ? result->points[row->point].values[k] : "", columns->keys[k]);
    snprintf(name, sizeof name, *cells.unit ? "%s  (%s)" : "%s", cells.name, cells.unit);
    put_left(stream, name, columns->quantity);
    put_signed(stream, cells.theory, columns->theory, columns->signed_theory);
    put_signed(stream, cells.simulation, columns->simulation, columns->signed_simulation);
    fprintf(stream, "%*s%s%s%s\n", (int)(columns->z - width(cells.z) + strlen(cells.z)), cells.z,
            cells.disagrees ? "   DISAGREE" : "", *cells.note ? "   " : "", cells.note);
}

static void put_rows(const qn_result *result, const layout *columns, FILE *stream)
{
    size_t point = (size_t)-1;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *row = &result->quantities[i];
        if (!qn_cells_any(row)) continue;
        put_row(result, row, row->point != point, columns, stream);
        point = row->point;
    }
}

static size_t count_disagreeing(const qn_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        qn_cells cells;
        qn_cells_of(&result->quantities[i], &cells);
        count += cells.disagrees;
    }
    return count;
}

static void put_performance(const qn_performance *performance, FILE *stream)
{
    if (!(performance->real_time_factor > 0.0)) return;
    char events[QN_NUMBER_SIZE], factor[QN_NUMBER_SIZE], memory[QN_NUMBER_SIZE];
    qn_number_general(performance->events_per_second, 3, events);
    qn_number_general(performance->real_time_factor, 3, factor);
    qn_number_general(performance->peak_memory / 1e6, 3, memory);
    fprintf(stream, "events per second %s, real-time factor %s, peak memory %s MB\n", events, factor, memory);
}

static void put_closing(const qn_result *result, const char *page, const char *data, FILE *stream)
{
    size_t compared;
    qn_result_agrees(result, &compared);
    for (size_t i = 0; i < result->warning_count; ++i) fprintf(stream, "warning: %s\n", result->warnings[i]);
    for (size_t i = 0; i < result->must_see_count; ++i) fprintf(stream, "must see: %s\n", result->must_see[i]);
    put_performance(&result->performance, stream);
    if (!strcmp(qn_cells_measured(result), "measured") && !count_disagreeing(result))
        fputs("One matrix is no ensemble: there is no z.", stream);
    else if (compared)
        fprintf(stream, "%zu of %zu agree (|z| < 4).", compared - count_disagreeing(result), compared);
    else if (qn_cells_beside(result))
        fputs("Theory is approximate: there is no z.", stream);
    else
        fprintf(stream, "nothing to compare.");
    if (result->must_see_count && !result->must_see_passed)
        fprintf(stream, " What must be seen is not: a check FAILED.");
    if (page) fprintf(stream, "   figures: %s", page);
    if (data) fprintf(stream, "   data: %s", data);
    fputc('\n', stream);
}

qn_status qn_report_table(const qn_result *result, const char *page, const char *data, FILE *stream)
{
    QN_REQUIRE(result->name, QN_BAD_VALUE, "the result has no name");
    const layout columns = measure(result);
    put_heading(result, &columns, stream);
    put_rows(result, &columns, stream);
    put_closing(result, page, data, stream);
    QN_REQUIRE(!fflush(stream) && !ferror(stream), QN_IO_ERROR, "cannot write the table: %s", strerror(errno));
    return QN_OK;
}
