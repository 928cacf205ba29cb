// Theory between the points of a sweep, so that its lines in the figures are curves and bend where theory bends.
#include "base/fail.h"
#include "base/number.h"
#include "study/activity_point.h"
#include "study/result_builder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES = 8, NONE = -1 }; // of the way from one point to the next

typedef struct {
    const qn_activity_execution *run;
    size_t key;      // the swept key that is the figures' axis
    ptrdiff_t field; // its place in qn_rate_network
} axis;

// Axes along which only a number of the network changes.
static ptrdiff_t field_of(const char *key)
{
    static const struct {
        const char *key;
        size_t offset;
    } fields[] = {
        {"network.coupling.strength", offsetof(qn_rate_network, coupling.strength)},
        {"network.coupling.mean", offsetof(qn_rate_network, coupling.mean)},
        {"network.coupling.spectrum.effective_rank", offsetof(qn_rate_network, coupling.spectrum.effective_rank)},
        {"network.noise", offsetof(qn_rate_network, noise)},
        {"network.input", offsetof(qn_rate_network, input)},
        {"network.transfer.gain", offsetof(qn_rate_network, transfer.gain)}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i)
        if (!strcmp(fields[i].key, key)) return (ptrdiff_t)fields[i].offset;
    return NONE;
}

// Some milliseconds each: threshold-powers and tables would take a figure longer than the study.
static bool is_quick(const qn_activity_execution *run)
{
    for (size_t i = 0; i < run->count; ++i) {
        const qn_transfer_kind kind = run->points[i].network.transfer.kind;
        if (kind == QN_TRANSFER_THRESHOLD_POWER || kind == QN_TRANSFER_TABLE) return false;
        if (qn_activity_feeds_back(&run->points[i].network)) return false;
    }
    return run->count <= 100;
}

static bool find_axis(const qn_activity_execution *run, const qn_result *result, axis *found)
{
    const qn_study_variant *v = run->variant;
    for (size_t f = 0; f < result->figure_count; ++f)
        for (size_t k = 0; result->figures[f].against && k < v->key_count; ++k) {
            if (strcmp(v->keys[k], result->figures[f].against) || field_of(v->keys[k]) == NONE) continue;
            *found = (axis){run, k, field_of(v->keys[k])};
            return true;
        }
    return false;
}

static double place_of(const axis *a, size_t point)
{
    double place;
    return qn_number_read(a->run->variant->values[point * a->run->variant->key_count + a->key], &place) ? place : NAN;
}

static bool same_curve(const axis *a, size_t one, size_t other)
{
    const qn_study_variant *v = a->run->variant;
    for (size_t k = 0; k < v->key_count; ++k)
        if (k != a->key && strcmp(v->values[one * v->key_count + k], v->values[other * v->key_count + k])) return false;
    return true;
}

// Where the point's curve goes on: the least place beyond it; NAN at its end.
static double next_place(const axis *a, size_t point)
{
    double next = NAN;
    for (size_t p = 0; p < a->run->count; ++p)
        if (same_curve(a, point, p) && place_of(a, p) > place_of(a, point) && !(place_of(a, p) >= next))
            next = place_of(a, p);
    return next;
}

static bool draws_collective(double *const *lines)
{
    for (size_t q = 1; q < QN_ACTIVITY_QUANTITIES; ++q)
        if (lines[q] && qn_activity_quantities[q].collective) return true;
    return false;
}

static qn_status solve_piece(const axis *a, size_t point, double place, bool population, qn_two_point *theory,
                             qn_activity_collective *collective)
{
    const qn_activity_point *from = &a->run->points[point];
    qn_rate_network network = from->network;
    memcpy((char *)&network + a->field, &place, sizeof place);
    const qn_activity_theory *wanted = &from->activity->theory;
    const qn_two_point_options options = {
        .tolerance = wanted->tolerance, .lag_step = wanted->lag_step, .lag_max = wanted->lag_max};
    qn_activity_population solved = {0};
    char *trouble = NULL;
    qn_status status = qn_activity_solve_units(&network, &options, 0, NULL, theory, &solved);
    if (status == QN_OK && population)
        status = qn_activity_solve_population(&network, theory, &solved, collective, &trouble);
    qn_activity_population_clear(&solved);
    free(trouble);
    return status;
}

// places and lines[quantity] are the rows of the arrays that belong to the point.
static qn_status fill_point(const axis *a, size_t point, double *places, double *const *lines)
{
    const double from = place_of(a, point), to = next_place(a, point);
    for (size_t piece = 0; piece < (isnan(to) ? 1 : PIECES); ++piece) {
        places[piece] = from + (to - from) * (double)piece / PIECES;
        if (piece == 0) places[piece] = from;
        qn_two_point theory = {0};
        qn_activity_collective collective = qn_activity_collective_none();
        const qn_status status = solve_piece(a, point, places[piece], draws_collective(lines), &theory, &collective);
        QN_REQUIRE(status == QN_OK || status == QN_NO_SOLUTION || status == QN_NOT_CONVERGED, status, "%s",
                   qn_last_error());
        for (size_t q = 1; status == QN_OK && q < QN_ACTIVITY_QUANTITIES; ++q)
            if (lines[q]) lines[q][piece] = qn_activity_theory_value(&qn_activity_quantities[q], &theory, &collective);
        qn_two_point_clear(&theory);
    }
    return QN_OK;
}

static qn_status add_line(const axis *a, const char *name, const char *long_name, const char *unit, qn_result *result,
                          double **values)
{
    const qn_named_array array = {.name = (char *)name,
                                  .long_name = (char *)long_name,
                                  .unit = (char *)unit,
                                  .rank = 2,
                                  .dimensions = {(char *)"point", (char *)"piece"},
                                  .shape = {a->run->count, PIECES}};
    QN_TRY(qn_result_add_array(result, &array));
    *values = result->arrays[result->array_count - 1].values;
    return QN_OK;
}

static qn_status add_lines_of_figures(const axis *a, qn_result *result, double **lines)
{
    for (size_t q = 1; q < QN_ACTIVITY_QUANTITIES; ++q) {
        const qn_activity_quantity *quantity = &qn_activity_quantities[q];
        bool drawn = false;
        for (size_t f = 0; f < result->figure_count; ++f) drawn |= !strcmp(result->figures[f].plot, quantity->name);
        if (!drawn || quantity->theory < 0) continue;
        char name[96], long_name[160];
        snprintf(name, sizeof name, "%s_line", quantity->name);
        snprintf(long_name, sizeof long_name, "%s by theory, from each point to the next", quantity->long_name);
        QN_TRY(add_line(a, name, long_name, quantity->unit, result, &lines[q]));
    }
    return QN_OK;
}

qn_status qn_activity_add_lines(const qn_activity_execution *run, qn_result *result)
{
    axis a;
    if (run->options->wings == QN_WING_SIMULATION || !is_quick(run) || !find_axis(run, result, &a)) return QN_OK;
    double *places, *lines[QN_ACTIVITY_QUANTITIES] = {NULL};
    QN_TRY(add_line(&a, "line_place", run->variant->keys[a.key], "1", result, &places));
    QN_TRY(add_lines_of_figures(&a, result, lines));
    for (size_t point = 0; point < run->count; ++point) {
        double *rows[QN_ACTIVITY_QUANTITIES] = {NULL};
        for (size_t q = 1; q < QN_ACTIVITY_QUANTITIES; ++q)
            if (lines[q]) rows[q] = lines[q] + point * PIECES;
        QN_TRY(fill_point(&a, point, places + point * PIECES, rows));
    }
    return QN_OK;
}
