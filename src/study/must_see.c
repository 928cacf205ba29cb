#include "study/must_see.h"

#include "base/fail.h"
#include "study/result_builder.h"

#include <math.h>
#include <string.h>

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
        if (!strcmp(result->quantities[i].name, name)) most = fmax(most, of(&result->quantities[i]));
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
    }
    return QN_OK;
}
