#include "study/must_see.h"

#include "base/fail.h"
#include "base/number.h"
#include "study/result_builder.h"
#include "study/study_data.h"

#include <math.h>
#include <string.h>

bool qn_must_see_means(const char *sought, const char *quantity)
{
    const size_t length = strlen(sought);
    return !strncmp(sought, quantity, length) && (!quantity[length] || quantity[length] == '(');
}

// The largest of a measure over the points of a sweep: NAN where it cannot be formed anywhere.
typedef double measure(const qn_quantity *row);

static double z(const qn_quantity *row) { return fabs(row->z); }

static double relative(double difference, double theory)
{
    if (difference == 0.0) return 0.0;
    return theory == 0.0 ? (fabs(difference) < 1e-10 ? 0.0 : INFINITY) : fabs(difference / theory);
}

static double relative_error(const qn_quantity *row)
{
    return relative(row->simulation.value - row->theory, row->theory);
}
static double relative_bar(const qn_quantity *row) { return relative(row->simulation.standard_error, row->theory); }

static double largest(const qn_result *result, const char *name, measure *of)
{
    double most = NAN;
    for (size_t i = 0; i < result->quantity_count; ++i)
        if (qn_must_see_means(name, result->quantities[i].name)) most = fmax(most, of(&result->quantities[i]));
    return most;
}

static qn_status hold(const char *name, const char *what, double found, double bound, qn_result *result)
{
    if (!(bound > 0.0)) return QN_OK;
    if (isnan(found)) return qn_result_add_must_see(result, true, "%s: %s not compared", name, what);
    const bool passed = found < bound;
    return qn_result_add_must_see(result, passed, "%s: %s = %.3g %s %g%s", name, what, found,
                                  passed ? "<" : ">=", bound, passed ? "" : " FAILED");
}

static qn_status hold_text(const qn_must_see *sought, qn_result *result)
{
    bool passed = true, any = false;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *row = &result->quantities[i];
        if (strcmp(row->name, sought->quantity)) continue;
        const char *const found[] = {row->theory_text, row->simulation_text};
        for (size_t side = 0; side < 2; ++side) {
            if (!found[side]) continue;
            any = true;
            if (!strcmp(found[side], sought->equals)) continue;
            passed = false;
            QN_TRY(qn_result_add_must_see(result, false, "%s: %s says %s, not %s FAILED", row->name,
                                          side ? "simulation" : "theory", found[side], sought->equals));
        }
    }
    if (!passed) return QN_OK;
    return qn_result_add_must_see(result, true, "%s: %s%s", sought->quantity, sought->equals,
                                  any ? "" : " not compared");
}

// Two points of a sweep that differ in key number `k` only.
static bool differ_only_in(const qn_sweep_point *a, const qn_sweep_point *b, size_t k)
{
    for (size_t i = 0; i < a->count; ++i)
        if (i != k && strcmp(a->values[i], b->values[i])) return false;
    return true;
}

typedef struct {
    size_t steps, against;
} trend;

// One side's step from a point to the next place along the key: a change against `sign` by more than 2 standard errors
// (theory has none) counts as one.
static void add_step(double from, double to, double error, double sign, trend *found)
{
    const double change = sign * (to - from);
    if (isnan(change)) return;
    ++found->steps;
    if (change < -2.0 * (isfinite(error) ? error : 0.0)) ++found->against;
}

static void follow(const qn_result *result, const char *name, size_t key, double sign, trend *found)
{
    for (size_t p = 0; p < result->point_count; ++p) {
        double here, there, next = NAN;
        size_t beyond = p;
        if (!qn_number_read(result->points[p].values[key], &here)) continue;
        for (size_t o = 0; o < result->point_count; ++o) {
            if (!differ_only_in(&result->points[p], &result->points[o], key)) continue;
            if (!qn_number_read(result->points[o].values[key], &there) || there <= here || there >= next) continue;
            next = there, beyond = o;
        }
        const qn_quantity *from = qn_result_quantity(result, name, p), *to = qn_result_quantity(result, name, beyond);
        if (beyond == p || !from || !to) continue;
        add_step(from->theory, to->theory, 0.0, sign, found);
        add_step(from->simulation.value, to->simulation.value,
                 hypot(from->simulation.standard_error, to->simulation.standard_error), sign, found);
    }
}

static qn_status hold_trend(const char *name, const char *along, double sign, qn_result *result)
{
    if (!along) return QN_OK;
    const char *words = sign > 0.0 ? "rises" : "falls";
    const qn_sweep_point *first = result->point_count ? &result->points[0] : NULL;
    const char *key = first ? qn_swept_key(first->count, first->keys, along) : NULL;
    trend found = {0};
    for (size_t k = 0; key && k < first->count; ++k)
        if (first->keys[k] == key) follow(result, name, k, sign, &found);
    if (!found.steps) return qn_result_add_must_see(result, true, "%s %s with %s: not compared", name, words, along);
    return qn_result_add_must_see(result, !found.against, "%s %s with %s: %zu of %zu steps%s", name, words, along,
                                  found.steps - found.against, found.steps, found.against ? " FAILED" : "");
}

static qn_status hold_order(const char *name, const char *other, qn_result *result)
{
    if (!other) return QN_OK;
    size_t compared = 0, below = 0;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *row = &result->quantities[i];
        if (strcmp(row->name, name)) continue;
        const qn_quantity *above = qn_result_quantity(result, other, row->point);
        if (!above) continue;
        const double gaps[] = {above->theory - row->theory, above->simulation.value - row->simulation.value};
        for (size_t side = 0; side < 2; ++side) {
            compared += !isnan(gaps[side]);
            below += gaps[side] > 0.0;
        }
    }
    if (!compared) return qn_result_add_must_see(result, true, "%s below %s: not compared", name, other);
    return qn_result_add_must_see(result, below == compared, "%s below %s: %zu of %zu%s", name, other, below, compared,
                                  below == compared ? "" : " FAILED");
}

typedef double side(const qn_quantity *row);
static double theory_of(const qn_quantity *row) { return row->theory; }
static double simulation_of(const qn_quantity *row) { return row->simulation.value; }

static qn_status hold_range(const char *name, const char *words, side *of, const qn_list *range, qn_result *result)
{
    const double *ends = range->items;
    bool any = false, passed = true;
    if (range->count != 2) return QN_OK;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        const qn_quantity *row = &result->quantities[i];
        if (!qn_must_see_means(name, row->name) || isnan(of(row))) continue;
        any = true;
        if (of(row) >= ends[0] && of(row) <= ends[1]) continue;
        passed = false;
        QN_TRY(qn_result_add_must_see(result, false, "%s: %s %.4g is not within %g ... %g FAILED", row->name, words,
                                      of(row), ends[0], ends[1]));
    }
    if (!passed) return QN_OK;
    return qn_result_add_must_see(result, true, "%s: %s within %g ... %g%s", name, words, ends[0], ends[1],
                                  any ? "" : " not compared");
}

static qn_status check_range(const qn_list *range, const qn_node *statement, const char *key, size_t index,
                             qn_complaints *complaints)
{
    const double *ends = range->items;
    if (!range->count || (range->count == 2 && ends[0] <= ends[1])) return QN_OK;
    const qn_node *node = qn_node_child(statement, key);
    return qn_complain(complaints, node ? node : statement, "must_see.%zu.%s has %zu numbers; allowed: [least, most]",
                       index, key, range->count);
}

qn_status qn_must_see_check(const qn_study_common *common, const qn_node *tree, qn_complaints *complaints)
{
    const qn_must_see *sought = common->must_see.items;
    for (size_t i = 0; i < common->must_see.count; ++i) {
        const qn_node *statement = qn_node_child(tree, "must_see")->children[i];
        QN_TRY(check_range(&sought[i].theory_within, statement, "theory_within", i, complaints));
        QN_TRY(check_range(&sought[i].simulation_within, statement, "simulation_within", i, complaints));
    }
    return QN_OK;
}

qn_status qn_must_see_evaluate(const qn_study_common *common, qn_result *result)
{
    const qn_must_see *sought = common->must_see.items;
    result->must_see_passed = true;
    for (size_t i = 0; i < common->must_see.count; ++i) {
        const char *name = sought[i].quantity;
        if (sought[i].equals) QN_TRY(hold_text(&sought[i], result));
        QN_TRY(hold(name, "|z|", largest(result, name, z), sought[i].max_z, result));
        QN_TRY(
            hold(name, "relative error", largest(result, name, relative_error), sought[i].max_relative_error, result));
        QN_TRY(
            hold(name, "relative error bar", largest(result, name, relative_bar), sought[i].max_relative_bar, result));
        QN_TRY(hold_range(name, "theory", theory_of, &sought[i].theory_within, result));
        QN_TRY(hold_range(name, "simulation", simulation_of, &sought[i].simulation_within, result));
        QN_TRY(hold_trend(name, sought[i].rises_with, 1.0, result));
        QN_TRY(hold_trend(name, sought[i].falls_with, -1.0, result));
        QN_TRY(hold_order(name, sought[i].below, result));
    }
    return QN_OK;
}
