#include "numerics/roots.h"

#include "base/fail.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_roots.h>
#include <math.h>

// GSL calls its error handler, which would end the process, on a value that is not finite: it never sees one.
typedef struct {
    qn_function f;
    void *context;
    bool finite;
    double end[2], value[2]; // known already; asked again they are not computed again
    int known;
} guarded;

static double guarded_value(double x, void *data)
{
    guarded *guard = data;
    for (int i = 0; i < guard->known; ++i)
        if (x == guard->end[i]) return guard->value[i];
    const double value = guard->f(x, guard->context);
    if (!isfinite(value)) guard->finite = false;
    return guard->finite ? value : 0.0;
}

enum { ITERATIONS = 200 };

static double iterate_root(gsl_root_fsolver *solver, const guarded *guard, double tolerance)
{
    double width = INFINITY;
    for (int i = 0, idle = 0; i < ITERATIONS && guard->finite && idle < 3; ++i) {
        if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS) break;
        const double low = gsl_root_fsolver_x_lower(solver), high = gsl_root_fsolver_x_upper(solver);
        const double least = fmin(fabs(low), fabs(high));
        if (high - low <= fmax(tolerance, 2.0 * DBL_EPSILON) * least || high - low <= DBL_MIN) break;
        idle = high - low < width ? 0 : idle + 1;
        width = high - low;
    }
    return gsl_root_fsolver_root(solver);
}

qn_status qn_find_root(qn_function f, void *context, double low, double high, double tolerance, double *root)
{
    QN_REQUIRE(low <= high && isfinite(low) && isfinite(high), QN_BAD_VALUE, "root in [%g, %g]: not a finite interval",
               low, high);
    guarded guard = {.f = f, .context = context, .finite = true};
    const double at_low = guarded_value(low, &guard), at_high = guarded_value(high, &guard);
    QN_REQUIRE(guard.finite, QN_NO_SOLUTION, "root in [%g, %g]: the function is not finite at an end", low, high);
    if (at_low == 0.0 || at_high == 0.0) {
        *root = at_low == 0.0 ? low : high;
        return QN_OK;
    }
    QN_REQUIRE((at_low < 0.0) != (at_high < 0.0), QN_NO_SOLUTION, "root in [%g, %g]: same sign at both ends (%g, %g)",
               low, high, at_low, at_high);
    guard.end[0] = low, guard.end[1] = high;
    guard.value[0] = at_low, guard.value[1] = at_high;
    guard.known = 2;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    QN_REQUIRE(solver, QN_NO_MEMORY, "no memory for a root solver");
    gsl_function wrapped = {.function = guarded_value, .params = &guard};
    double found = NAN;
    if (gsl_root_fsolver_set(solver, &wrapped, low, high) == GSL_SUCCESS)
        found = iterate_root(solver, &guard, tolerance);
    gsl_root_fsolver_free(solver);
    QN_REQUIRE(guard.finite && isfinite(found), QN_NO_SOLUTION, "root in [%g, %g]: the function is not finite inside",
               low, high);
    *root = found;
    return QN_OK;
}

static double iterate_minimum(gsl_min_fminimizer *solver, const guarded *guard, double width)
{
    for (int i = 0; i < ITERATIONS && guard->finite; ++i) {
        if (gsl_min_fminimizer_iterate(solver) != GSL_SUCCESS) break;
        if (gsl_min_fminimizer_x_upper(solver) - gsl_min_fminimizer_x_lower(solver) <= width) break;
    }
    return gsl_min_fminimizer_x_minimum(solver);
}

qn_status qn_find_minimum(qn_function f, void *context, double low, double high, double tolerance, double *place)
{
    enum { TRIALS = 64 };
    QN_REQUIRE(low < high && isfinite(low) && isfinite(high), QN_BAD_VALUE,
               "minimum in [%g, %g]: not a finite interval", low, high);
    guarded guard = {.f = f, .context = context, .finite = true};
    double x[TRIALS + 1], value[TRIALS + 1];
    size_t best = 0;
    for (size_t i = 0; i <= TRIALS; ++i) {
        x[i] = i == TRIALS ? high : low + (high - low) * (double)i / TRIALS;
        value[i] = guarded_value(x[i], &guard);
        if (value[i] < value[best]) best = i;
    }
    QN_REQUIRE(guard.finite, QN_NO_SOLUTION, "minimum in [%g, %g]: the function is not finite", low, high);
    double found = x[best];
    // Brent needs a point strictly below both neighbours; a flat or terminal minimum is as good as it gets.
    if (best > 0 && best < TRIALS && value[best] < value[best - 1] && value[best] < value[best + 1]) {
        gsl_min_fminimizer *solver = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
        QN_REQUIRE(solver, QN_NO_MEMORY, "no memory for a minimiser");
        gsl_function wrapped = {.function = guarded_value, .params = &guard};
        if (gsl_min_fminimizer_set_with_values(solver, &wrapped, x[best], value[best], x[best - 1], value[best - 1],
                                               x[best + 1], value[best + 1]) == GSL_SUCCESS)
            found = iterate_minimum(solver, &guard, (high - low) * (tolerance > 0.0 ? tolerance : 1e-8));
        gsl_min_fminimizer_free(solver);
        QN_REQUIRE(guard.finite, QN_NO_SOLUTION, "minimum in [%g, %g]: the function is not finite", low, high);
    }
    *place = found;
    return QN_OK;
}

// From `start` in direction `step`, so that a scan that succeeds early evaluates no more than it must.
static bool scan(qn_function f, void *context, size_t count, const double *places, bool backwards, int rising,
                 double *low, double *high)
{
    size_t before = 0;
    double value_before = NAN;
    for (size_t i = 0; i < count; ++i) {
        const size_t here = backwards ? count - 1 - i : i;
        const double value = f(places[here], context);
        if (isnan(value)) continue;
        if (!isnan(value_before) && (value < 0.0) != (value_before < 0.0)) {
            const bool up = backwards ? value < 0.0 : value_before < 0.0;
            if (rising == 0 || up == (rising > 0)) {
                *low = places[backwards ? here : before];
                *high = places[backwards ? before : here];
                return true;
            }
        }
        before = here;
        value_before = value;
    }
    return false;
}

bool qn_first_sign_change(qn_function f, void *context, size_t count, const double *places, int rising, double *low,
                          double *high)
{
    return scan(f, context, count, places, false, rising, low, high);
}

bool qn_last_sign_change(qn_function f, void *context, size_t count, const double *places, int rising, double *low,
                         double *high)
{
    return scan(f, context, count, places, true, rising, low, high);
}
