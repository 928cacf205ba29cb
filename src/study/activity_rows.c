// From measured networks to the rows of the table: estimates over networks, the phase, and what the reader must know.
#include "base/fail.h"
#include "observables/jackknife.h"
#include "study/activity_point.h"
#include "study/result_builder.h"

#include <quenched/autocorrelation.h>
#include <quenched/estimate.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Below this a variance is what rounding leaves of zero in single precision.
static const double rounding = 1e-10;

static bool is_whole_at_rest(const qn_rate_measurement *m)
{
    return m->settled_trials + m->cycling_trials >= m->trials;
}

static double mean_lyapunov(const qn_rate_measurement *m, size_t networks)
{
    double sum = 0.0, count = 0.0;
    for (size_t i = 0; i < networks; ++i) {
        if (m[i].diverged || isnan(m[i].lyapunov_exponent) || is_whole_at_rest(&m[i])) continue;
        sum += m[i].lyapunov_exponent;
        count += 1.0;
    }
    return count > 0.0 ? sum / count : NAN;
}

// Every network at rest at zero?
static bool all_silent(const qn_rate_measurement *m, size_t networks)
{
    for (size_t i = 0; i < networks; ++i) {
        const double second_moment = m[i].field_variance + m[i].frozen_variance + m[i].mean_field * m[i].mean_field;
        if (!(fabs(second_moment) < rounding)) return false;
    }
    return true;
}

static const char *phase_of(const qn_activity_point *point, const qn_rate_measurement *m, size_t networks,
                            const qn_activity_verdict *v)
{
    if (2 * v->diverged > networks) return qn_phase_name(QN_PHASE_DIVERGING);
    const double lyapunov = mean_lyapunov(m, networks);
    if (point->network.noise > 0.0) {
        if (isnan(lyapunov)) return NULL;
        return qn_phase_name(lyapunov > 0.0 ? QN_PHASE_CHAOTIC : QN_PHASE_NOISE_DRIVEN);
    }
    if (all_silent(m, networks)) return qn_phase_name(QN_PHASE_QUIESCENT);
    if (2 * v->settled > v->trials) return qn_phase_name(QN_PHASE_FIXED_POINT);
    if (2 * v->cycling > v->trials) return "periodic";
    if (isnan(lyapunov)) return NULL;
    return lyapunov > 0.0 ? qn_phase_name(QN_PHASE_CHAOTIC) : "slow transient";
}

qn_status qn_activity_judge(const qn_activity_point *point, size_t size, qn_activity_verdict *verdict)
{
    const qn_rate_measurement *m = point->measurements[size];
    const size_t networks = point->networks[size];
    qn_activity_verdict v = {.left_out = calloc(networks, sizeof(bool))};
    QN_REQUIRE(v.left_out, QN_NO_MEMORY, "no memory for %zu networks", networks);
    for (size_t i = 0; i < networks; ++i) {
        v.diverged += m[i].diverged;
        if (m[i].diverged) continue;
        v.trials += m[i].trials;
        v.settled += m[i].settled_trials;
        v.cycling += m[i].cycling_trials;
    }
    v.phase = phase_of(point, m, networks, &v);
    // Networks wholly at rest among networks that move are another state: reported, not averaged in.
    const bool moving = 2 * (v.settled + v.cycling) <= v.trials;
    for (size_t i = 0; i < networks; ++i) v.left_out[i] = m[i].diverged || (moving && is_whole_at_rest(&m[i]));
    *verdict = v;
    return QN_OK;
}

void qn_activity_verdict_clear(qn_activity_verdict *verdict) { free(verdict->left_out); }

static qn_status estimate_function(const qn_activity_point *point, size_t size, const qn_activity_verdict *v,
                                   const char *name, qn_estimate *estimate)
{
    const size_t networks = point->networks[size];
    const qn_stationary **fields = calloc(networks, sizeof *fields);
    QN_REQUIRE(fields, QN_NO_MEMORY, "no memory for %zu networks", networks);
    const bool odd = qn_activity_is_odd(point) && point->network.coupling.mean == 0.0;
    for (size_t i = 0; i < networks; ++i)
        if (!v->left_out[i]) fields[i] = &point->measurements[size][i].field;
    *estimate = !strcmp(name, "decay_rate") ? qn_decay_rate_of(networks, fields, odd)
                                            : qn_correlation_time_of(networks, fields, odd);
    free(fields);
    return QN_OK;
}

static qn_status estimate_scalar(const qn_activity_point *point, size_t size, const qn_activity_verdict *v,
                                 ptrdiff_t offset, qn_estimate *estimate)
{
    const size_t networks = point->networks[size];
    double *values = malloc(networks * sizeof *values);
    QN_REQUIRE(values, QN_NO_MEMORY, "no memory for %zu networks", networks);
    for (size_t i = 0; i < networks; ++i)
        values[i] = v->left_out[i] ? NAN : qn_activity_value(&point->measurements[size][i], offset);
    *estimate = qn_estimate_of(networks, values);
    free(values);
    return QN_OK;
}

typedef struct {
    const qn_activity_point *point;
    const qn_activity_verdict *verdict;
    size_t size;
    const qn_activity_quantity *quantity;
} squares;

// <C>^2 / <Theta> over networks: the mean of every network's own ratio would be biased upwards, for Theta varies by
// much from network to network (S1).
static double ratio_of_squares(size_t left_out, void *context)
{
    const squares *of = context;
    const qn_rate_measurement *m = of->point->measurements[of->size];
    double variance = 0.0, four_point = 0.0, count = 0.0;
    for (size_t i = 0; i < of->point->networks[of->size]; ++i) {
        const double theta = qn_activity_value(&m[i], of->quantity->measurement);
        if (i == left_out || of->verdict->left_out[i] || isnan(theta)) continue;
        variance += qn_activity_value(&m[i], of->quantity->per_square);
        four_point += theta;
        count += 1.0;
    }
    return count > 0.0 ? variance * variance / (count * four_point) : NAN;
}

qn_status qn_activity_estimate(const qn_activity_point *point, size_t size, size_t quantity, qn_estimate *estimate)
{
    const qn_activity_quantity *q = &qn_activity_quantities[quantity];
    *estimate = (qn_estimate){NAN, NAN, 0};
    if (q->measurement < 0) return QN_OK;
    qn_activity_verdict v;
    QN_TRY(qn_activity_judge(point, size, &v));
    const bool of_function = !strcmp(q->name, "decay_rate") || !strcmp(q->name, "correlation_time");
    if (!strcmp(q->name, "rate_memory") || !strcmp(q->name, "collective_memory")) {
        *estimate = qn_activity_memory_estimate(point, size, &v, !strcmp(q->name, "collective_memory"));
        qn_activity_verdict_clear(&v);
        return QN_OK;
    }
    if (q->per_square) {
        squares of = {point, &v, size, q};
        *estimate = qn_jackknife(point->networks[size], ratio_of_squares, &of);
        qn_activity_verdict_clear(&v);
        return QN_OK;
    }
    const qn_status status = of_function ? estimate_function(point, size, &v, q->name, estimate)
                                         : estimate_scalar(point, size, &v, q->measurement, estimate);
    qn_activity_verdict_clear(&v);
    return status;
}

static qn_estimate inverse_of(qn_estimate e)
{
    return (qn_estimate){1.0 / e.value, e.standard_error / (e.value * e.value), e.samples};
}

// As many as two digits of an error bar have.
static int decimals_of(double error)
{
    return error > 0.0 && error < 10.0 ? (int)fmin(12.0, 1.0 - floor(log10(error))) : 0;
}

static qn_status extrapolate(const qn_activity_point *point, size_t quantity, qn_quantity *row, qn_result *result)
{
    qn_estimate estimates[QN_MOST_SIZES] = {{NAN, NAN, 0}};
    for (size_t s = 0; s < point->size_count; ++s) QN_TRY(qn_activity_estimate(point, s, quantity, &estimates[s]));
    // It is 1 / PR that averages over networks and is linear in 1/N.
    const bool inverse = qn_activity_quantities[quantity].per_square > 0;
    for (size_t s = 0; inverse && s < point->size_count; ++s) estimates[s] = inverse_of(estimates[s]);
    qn_estimate limit = qn_estimate_extrapolate(point->size_count, point->sizes, estimates);
    if (inverse) limit = inverse_of(limit), estimates[0] = inverse_of(estimates[0]);
    if (isnan(limit.value))
        return qn_result_add_warning(result,
                                     "%s%s%s could not be extrapolated to 1/N = 0: two sizes with error bars are "
                                     "needed; the table has N = %zu",
                                     point->label, *point->label ? ": " : "", row->name, point->sizes[0]);
    row->simulation = limit;
    for (size_t s = 0; s < point->size_count; ++s) row->extrapolated_sizes[s] = point->sizes[s];
    if (*point->label) // a sweep: said once
        return row->point > 0
                   ? QN_OK
                   : qn_result_add_warning(result,
                                           "%s is extrapolated to 1/N = 0 at every point; its values at each "
                                           "size are in the result file, as %s_by_size",
                                           row->name, row->name);
    return qn_result_add_warning(result, "%s is extrapolated to 1/N = 0; at N = %zu it is %.*f +- %.2g", row->name,
                                 point->sizes[0], decimals_of(estimates[0].standard_error), estimates[0].value,
                                 estimates[0].standard_error);
}

static bool is_mean(const char *name) { return !strcmp(name, "mean_field") || !strcmp(name, "mean_rate"); }

// Positive mean coupling can hold an odd network without input at a mean of either sign.
static bool has_two_states(const qn_activity_point *point)
{
    return point->solved == QN_OK && qn_activity_is_odd(point) && point->theory.mean_rate != 0.0;
}

static double z_of(const qn_activity_point *point, const qn_quantity *row)
{
    // One given matrix has no ensemble: its error bar is over initial conditions, and its distance from theory is its
    // own.
    if (point->network.coupling.kind == QN_COUPLING_GIVEN) return NAN;
    if (is_mean(row->name) && has_two_states(point)) return NAN;
    const bool both_zero = row->theory == 0.0 && fabs(row->simulation.value) < rounding;
    const bool exact = row->simulation.standard_error == 0.0 && row->simulation.value == row->theory;
    if (both_zero || exact) return 0.0;
    return (row->simulation.value - row->theory) / hypot(row->simulation.standard_error, row->theory_error);
}

// What a reader who sees this row disagree should know before he looks for a mistake.
static qn_status explain(const qn_activity_point *point, const qn_quantity *row, qn_result *result)
{
    const char *label = point->label, *colon = *label ? ": " : "";
    if (!strcmp(row->name, "mean_rate") && has_two_states(point) && point->size_count)
        return qn_result_add_warning(result,
                                     "%s%sthe states of mean rate +%.4g and -%.4g are equally stable, and every run "
                                     "ends in either: the simulated means are averages over both",
                                     label, colon, row->theory, row->theory);
    if (strcmp(row->name, "lyapunov_exponent") != 0 || !(fabs(row->z) >= 4.0) || row->extrapolated_sizes[0])
        return QN_OK;
    return qn_result_add_warning(result,
                                 "%s%sLyapunov exponents of finite networks lie below theory by a large term in 1/N: "
                                 "simulation.extrapolate: [lyapunov_exponent] takes it out",
                                 label, colon);
}

static qn_status add_row(const qn_activity_point *point, size_t index, size_t quantity, qn_result *result)
{
    const qn_activity_quantity *q = &qn_activity_quantities[quantity];
    qn_quantity row = {.name = (char *)q->name,
                       .unit = (char *)q->unit,
                       .long_name = (char *)q->long_name,
                       .point = index,
                       .theory = NAN,
                       .simulation = {NAN, NAN, 0},
                       .z = NAN};
    if (point->solved == QN_OK) row.theory = qn_activity_theory_value(q, &point->theory, &point->collective);
    if (point->solved == QN_OK) row.theory_error = qn_activity_theory_error(&point->population, q->name);
    if (q->computed_by == QN_COMPUTE_TRANSITION) row.theory = point->critical_strength;
    if (point->size_count) QN_TRY(qn_activity_estimate(point, 0, quantity, &row.simulation));
    if (point->size_count > 1 && qn_activity_extrapolates(point, q->name))
        QN_TRY(extrapolate(point, quantity, &row, result));
    row.z = z_of(point, &row);
    QN_TRY(explain(point, &row, result));
    return qn_result_add_quantity(result, &row);
}

static qn_status add_phase(const qn_activity_point *point, size_t index, const char *simulated, qn_result *result)
{
    const qn_activity_quantity *q = &qn_activity_quantities[0];
    // Whether noise drives activity, or it is chaotic, is the Lyapunov exponent's to say, which theory may not know.
    const bool told = point->theory.phase != QN_PHASE_NOISE_DRIVEN || !isnan(point->theory.lyapunov_exponent);
    // Without a solution activity grows without bound, or fluctuates in a way that theory does not cover.
    const bool unbounded =
        point->solved == QN_NO_SOLUTION && point->trouble && strstr(point->trouble, "grows without bound");
    const char *theory = point->solved == QN_OK ? (told ? qn_phase_name(point->theory.phase) : NULL)
                         : unbounded            ? qn_phase_name(QN_PHASE_DIVERGING)
                                                : NULL;
    const qn_quantity row = {.name = (char *)q->name,
                             .unit = (char *)q->unit,
                             .long_name = (char *)q->long_name,
                             .point = index,
                             .theory = NAN,
                             .simulation = {NAN, NAN, 0},
                             .z = NAN,
                             .theory_text = (char *)theory,
                             .simulation_text = (char *)simulated};
    return qn_result_add_quantity(result, &row);
}

static qn_status warn_of_rest(const qn_activity_point *point, const qn_activity_verdict *v, qn_result *result)
{
    const char *label = point->label, *colon = *label ? ": " : "";
    const bool moving = 2 * (v->settled + v->cycling) <= v->trials;
    const char *fate = moving ? "are left out" : "are what is measured";
    if (v->diverged)
        QN_TRY(qn_result_add_warning(result,
                                     "%s%sactivity of %zu of %zu networks grew without bound; they are left out", label,
                                     colon, v->diverged, point->networks[0]));
    const bool silent = v->phase && !strcmp(v->phase, qn_phase_name(QN_PHASE_QUIESCENT));
    const bool as_predicted = point->solved == QN_OK && point->theory.phase == QN_PHASE_FIXED_POINT && !moving;
    if (v->settled && !silent && !as_predicted)
        QN_TRY(qn_result_add_warning(result, "%s%s%zu of %zu runs settled to a fixed point and %s", label, colon,
                                     v->settled, v->trials, fate));
    if (v->cycling && !silent)
        QN_TRY(qn_result_add_warning(result, "%s%s%zu of %zu runs ended on a cycle and %s", label, colon, v->cycling,
                                     v->trials, fate));
    return QN_OK;
}

// Was it stationary? The drift from the first half to the second, as a mean over networks.
static qn_status warn_of_drift(const qn_activity_point *point, const qn_activity_verdict *v, qn_result *result)
{
    if (v->phase && !strcmp(v->phase, qn_phase_name(QN_PHASE_QUIESCENT))) return QN_OK;
    qn_estimate drift;
    QN_TRY(estimate_scalar(point, 0, v, offsetof(qn_rate_measurement, drift), &drift));
    if (!(fabs(drift.value) > 0.02 && fabs(drift.value) > 4.0 * drift.standard_error)) return QN_OK;
    return qn_result_add_warning(result,
                                 "%s%sthe field variance still drifts, by %.1f %% between the halves of the run: "
                                 "burn_in = %g tau is too short",
                                 point->label, *point->label ? ": " : "", 100.0 * drift.value, point->options.burn_in);
}

// With noise the phase is the sign of the Lyapunov exponent, which finite networks have too low: of the one
// extrapolated, if there is one.
static qn_status phase_in_the_limit(const qn_activity_point *point, const char **phase)
{
    static const char name[] = "lyapunov_exponent";
    qn_estimate estimates[QN_MOST_SIZES] = {{NAN, NAN, 0}};
    size_t quantity = 0;
    if (!*phase || point->network.noise == 0.0 || point->size_count < 2 || !qn_activity_extrapolates(point, name))
        return QN_OK;
    while (strcmp(qn_activity_quantities[quantity].name, name) != 0) ++quantity;
    for (size_t s = 0; s < point->size_count; ++s) QN_TRY(qn_activity_estimate(point, s, quantity, &estimates[s]));
    const double limit = qn_estimate_extrapolate(point->size_count, point->sizes, estimates).value;
    if (!isnan(limit)) *phase = qn_phase_name(limit > 0.0 ? QN_PHASE_CHAOTIC : QN_PHASE_NOISE_DRIVEN);
    return QN_OK;
}

static bool is_shown(const qn_activity_study *activity, const qn_activity_quantity *quantity)
{
    if (quantity->zscored && !activity->theory.zscore) return false;
    if (quantity->naive && !(activity->simulation && activity->simulation->naive)) return false;
    return qn_activity_computes(activity, quantity->computed_by);
}

static qn_status add_point_rows(const qn_activity_point *point, size_t index, qn_result *result)
{
    qn_activity_verdict v = {0};
    if (point->size_count) QN_TRY(qn_activity_judge(point, 0, &v));
    qn_status status = point->size_count ? phase_in_the_limit(point, &v.phase) : QN_OK;
    if (status == QN_OK) status = add_phase(point, index, v.phase, result);
    if (status == QN_OK && point->size_count) status = warn_of_rest(point, &v, result);
    if (status == QN_OK && point->size_count) status = warn_of_drift(point, &v, result);
    qn_activity_verdict_clear(&v);
    for (size_t q = 1; status == QN_OK && q < QN_ACTIVITY_QUANTITIES; ++q)
        if (is_shown(point->activity, &qn_activity_quantities[q])) status = add_row(point, index, q, result);
    return status;
}

qn_status qn_activity_add_rows(const qn_activity_execution *run, qn_result *result)
{
    for (size_t i = 0; i < run->count; ++i) QN_TRY(add_point_rows(&run->points[i], i, result));
    return QN_OK;
}
