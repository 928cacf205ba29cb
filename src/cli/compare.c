// compare: the quantities of two results side by side, their difference in combined standard errors.
#include "cli/command.h"
#include "cli/finish.h"

#include "base/number.h"
#include "report/cells.h"

#include <math.h>
#include <quenched/quenched.h>
#include <stdio.h>
#include <string.h>

// What a result says about a quantity: its simulation, or where it has none its theory, which has no error.
typedef struct {
    const char *text;
    double value, error;
    char shown[160];
} side;

typedef struct {
    char name[320], difference[48];
    side first, second;
    bool compared, disagrees;
} pair;

static side side_of(const qn_quantity *row)
{
    qn_cells cells;
    qn_cells_of(row, &cells);
    const bool simulated = row->simulation_text || !isnan(row->simulation.value);
    side found = {.text = simulated ? row->simulation_text : row->theory_text,
                  .value = simulated ? row->simulation.value : row->theory,
                  .error = simulated ? row->simulation.standard_error : 0.0};
    snprintf(found.shown, sizeof found.shown, simulated ? "%s" : "%s (theory)",
             simulated ? cells.simulation : cells.theory);
    return found;
}

// Theories are solved to ten digits: a part in a million tells two of them apart.
static const double theory_tolerance = 1e-6;

static void judge(pair *both)
{
    const side *a = &both->first, *b = &both->second;
    strcpy(both->difference, "-");
    if (a->text || b->text) {
        both->compared = a->text && b->text;
        both->disagrees = both->compared && strcmp(a->text, b->text);
        if (both->compared) strcpy(both->difference, both->disagrees ? "differs" : "same");
        return;
    }
    const double error = hypot(a->error, b->error), difference = b->value - a->value;
    if (isnan(difference) || isnan(error)) return;
    both->compared = true;
    if (error > 0.0) {
        qn_number_fixed(difference / error, 1, both->difference);
        both->disagrees = !(fabs(difference) < 4.0 * error);
        return;
    }
    both->disagrees = !(fabs(difference) <= theory_tolerance * fmax(fabs(a->value), fabs(b->value)));
    strcpy(both->difference, both->disagrees ? "differs" : "same");
}

static bool same_place(const qn_result *a, size_t p, const qn_result *b, size_t q)
{
    const size_t keys = p < a->point_count ? a->points[p].count : 0,
                 others = q < b->point_count ? b->points[q].count : 0;
    if (keys != others) return false;
    for (size_t k = 0; k < keys; ++k)
        if (strcmp(a->points[p].keys[k], b->points[q].keys[k]) ||
            strcmp(a->points[p].values[k], b->points[q].values[k]))
            return false;
    return true;
}

static const qn_quantity *partner(const qn_result *a, const qn_quantity *row, const qn_result *b)
{
    for (size_t i = 0; i < b->quantity_count; ++i)
        if (!strcmp(b->quantities[i].name, row->name) && same_place(a, row->point, b, b->quantities[i].point))
            return &b->quantities[i];
    return NULL;
}

static pair pair_of(const qn_result *a, const qn_quantity *row, const qn_quantity *other)
{
    pair both = {.first = side_of(row), .second = side_of(other)};
    qn_cells cells;
    qn_cells_of(row, &cells);
    size_t length =
        (size_t)snprintf(both.name, sizeof both.name, *cells.unit ? "%s  (%s)" : "%s", cells.name, cells.unit);
    const size_t keys = row->point < a->point_count ? a->points[row->point].count : 0;
    for (size_t k = 0; k < keys && length < sizeof both.name; ++k)
        length += (size_t)snprintf(both.name + length, sizeof both.name - length, "%s%s = %s", k ? ", " : "  at ",
                                   qn_cells_key(&a->points[row->point], k), a->points[row->point].values[k]);
    judge(&both);
    return both;
}

typedef struct {
    size_t name, first, second, compared, disagreeing;
} totals;

// First to measure (`print` false), then to print.
static void walk(const qn_result *a, const qn_result *b, bool print, totals *sum)
{
    for (size_t i = 0; i < a->quantity_count; ++i) {
        const qn_quantity *row = &a->quantities[i], *other = partner(a, row, b);
        if (!other || !qn_cells_any(row) || !qn_cells_any(other)) continue;
        const pair both = pair_of(a, row, other);
        if (print) {
            printf("%-*s  %-*s  %-*s  %9s%s\n", (int)sum->name, both.name, (int)sum->first, both.first.shown,
                   (int)sum->second, both.second.shown, both.difference, both.disagrees ? "   DISAGREE" : "");
            continue;
        }
        if (strlen(both.name) > sum->name) sum->name = strlen(both.name);
        if (strlen(both.first.shown) > sum->first) sum->first = strlen(both.first.shown);
        if (strlen(both.second.shown) > sum->second) sum->second = strlen(both.second.shown);
        sum->compared += both.compared;
        sum->disagreeing += both.disagrees;
    }
}

static int compare(const command_line *line, const qn_result *a, const qn_result *b)
{
    totals sum = {
        .name = strlen("quantity"), .first = strlen(line->arguments[0]), .second = strlen(line->arguments[1])};
    walk(a, b, false, &sum);
    printf("%-*s  %-*s  %-*s  %9s\n", (int)sum.name, "quantity", (int)sum.first, line->arguments[0], (int)sum.second,
           line->arguments[1], "z");
    walk(a, b, true, &sum);
    if (!sum.compared) {
        printf("nothing to compare: no quantity has numbers in both results at the same place\n");
        return EXIT_FINE;
    }
    printf("%zu of %zu agree (difference below 4 combined standard errors).\n", sum.compared - sum.disagreeing,
           sum.compared);
    return line->strict && sum.disagreeing ? EXIT_DISAGREE : EXIT_FINE;
}

int command_compare(const command_line *line)
{
    qn_result a, b;
    qn_status status = qn_result_read(line->arguments[0], &a);
    if (status != QN_OK) return finish_failed(status);
    status = qn_result_read(line->arguments[1], &b);
    const int code = status == QN_OK ? compare(line, &a, &b) : finish_failed(status);
    qn_result_clear(&a);
    if (status == QN_OK) qn_result_clear(&b);
    return code;
}
