#include <quenched/evidence_maximum.h>

#include "base/fail.h"
#include "base/memory.h"

#include <quenched/gaussian_process.h>

#include <math.h>
#include <nlopt.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PARAMETERS = 64, TEXT = 1024 };

typedef struct {
    const qn_evidence_problem *problem;
    nlopt_opt search;
    double *kernel;
    double *derivatives[MOST_PARAMETERS];
    double parameters[MOST_PARAMETERS];
    double best[MOST_PARAMETERS];
    double largest; // evidence at `best`
    size_t evaluations;
    qn_status status;
    char message[TEXT];
} ascent;

// ---- the searched variable: the parameter or its logarithm ----

static double to_searched(const qn_hyperparameter *parameter, double value)
{
    return parameter->logarithmic ? log(value) : value;
}

// Exponentials of rounded logarithms may leave the bounds by a rounding.
static double from_searched(const qn_hyperparameter *parameter, double value)
{
    return fmin(fmax(parameter->logarithmic ? exp(value) : value, parameter->lower), parameter->upper);
}

// ---- one evaluation ----

static double noise_at(const ascent *now)
{
    for (size_t k = 0; k < now->problem->parameter_count; ++k)
        if (now->problem->parameters[k].is_noise) return now->parameters[k];
    return now->problem->noise;
}

static qn_status evidence(ascent *now, double *value, double *gradient)
{
    const qn_evidence_problem *problem = now->problem;
    QN_TRY(problem->kernel(now->parameters, now->kernel, gradient ? now->derivatives : NULL, problem->context));
    qn_gaussian_process *process;
    QN_TRY(qn_gaussian_process_fit(problem->count, now->kernel, problem->outputs, problem->targets,
                                   &(qn_gaussian_process_options){.noise = noise_at(now)}, &process));
    const double found = qn_gaussian_process_log_evidence(process);
    qn_status status = QN_OK;
    if (gradient)
        status = qn_gaussian_process_gradient(process, problem->parameter_count,
                                              (const double *const *)now->derivatives, gradient);
    qn_gaussian_process_destroy(process);
    if (status == QN_OK) *value = found;
    return status;
}

static void describe(const ascent *now, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t k = 0; k < now->problem->parameter_count && length < size; ++k) {
        const int written = snprintf(text + length, size - length, "%s%s = %.6g", k ? ", " : "",
                                     now->problem->parameters[k].name, now->parameters[k]);
        length += written > 0 ? (size_t)written : 0;
    }
}

static double objective(unsigned count, const double *searched, double *gradient, void *context)
{
    ascent *now = context;
    const qn_hyperparameter *parameters = now->problem->parameters;
    for (unsigned k = 0; k < count; ++k) now->parameters[k] = from_searched(&parameters[k], searched[k]);
    ++now->evaluations;
    double value = -INFINITY;
    const qn_status status = evidence(now, &value, gradient);
    if (status == QN_NO_SOLUTION && !gradient) return -HUGE_VAL;
    if (status != QN_OK) {
        char where[TEXT / 2];
        describe(now, where, sizeof where);
        now->status = status;
        snprintf(now->message, sizeof now->message, "at %s: %.500s", where, qn_last_error());
        nlopt_force_stop(now->search);
        return -HUGE_VAL;
    }
    for (unsigned k = 0; gradient && k < count; ++k)
        if (parameters[k].logarithmic) gradient[k] *= now->parameters[k];
    if (value > now->largest) {
        now->largest = value;
        memcpy(now->best, now->parameters, count * sizeof *now->best);
    }
    return value;
}

// ---- checks ----

static qn_status check_parameter(const qn_hyperparameter *parameter, size_t number)
{
    QN_REQUIRE(parameter->name, QN_BAD_VALUE, "parameter %zu has no name", number);
    const char *name = parameter->name;
    QN_REQUIRE(isfinite(parameter->lower) && isfinite(parameter->upper) && parameter->lower < parameter->upper,
               QN_BAD_VALUE, "bounds of %s are %g and %g; allowed: finite, the lower below the upper", name,
               parameter->lower, parameter->upper);
    QN_REQUIRE(!parameter->logarithmic || parameter->lower > 0.0, QN_BAD_VALUE,
               "lower bound of %s is %g; allowed for a logarithmic search: greater than 0", name, parameter->lower);
    QN_REQUIRE(!parameter->is_noise || parameter->lower >= 0.0, QN_BAD_VALUE,
               "lower bound of %s, a variance, is %g; allowed: at least 0", name, parameter->lower);
    QN_REQUIRE(parameter->start >= parameter->lower && parameter->start <= parameter->upper, QN_BAD_VALUE,
               "start of %s is %g; allowed: %g to %g", name, parameter->start, parameter->lower, parameter->upper);
    return QN_OK;
}

static qn_status check(const qn_evidence_problem *problem)
{
    QN_REQUIRE(problem->parameter_count >= 1 && problem->parameter_count <= MOST_PARAMETERS, QN_BAD_VALUE,
               "parameter_count is %zu; allowed: 1 to %d", problem->parameter_count, MOST_PARAMETERS);
    QN_REQUIRE(problem->kernel, QN_BAD_VALUE, "kernel is NULL");
    QN_REQUIRE(problem->tolerance >= 0.0, QN_BAD_VALUE, "tolerance is %g; allowed: at least 0", problem->tolerance);
    size_t noises = 0;
    for (size_t k = 0; k < problem->parameter_count; ++k) {
        QN_TRY(check_parameter(&problem->parameters[k], k));
        noises += problem->parameters[k].is_noise;
    }
    QN_REQUIRE(noises <= 1, QN_BAD_VALUE, "%zu parameters are the noise; allowed: at most one", noises);
    return QN_OK;
}

// ---- the search ----

static qn_status set_up(ascent *now, double *start)
{
    const qn_evidence_problem *problem = now->problem;
    double lower[MOST_PARAMETERS], upper[MOST_PARAMETERS], step[MOST_PARAMETERS];
    for (size_t k = 0; k < problem->parameter_count; ++k) {
        const qn_hyperparameter *parameter = &problem->parameters[k];
        lower[k] = to_searched(parameter, parameter->lower);
        upper[k] = to_searched(parameter, parameter->upper);
        start[k] = fmin(fmax(to_searched(parameter, parameter->start), lower[k]), upper[k]);
        step[k] = 0.1 * (upper[k] - lower[k]);
        if (start[k] + step[k] > upper[k]) step[k] = -step[k];
    }
    const double tolerance = problem->tolerance > 0.0 ? problem->tolerance : 1e-6;
    bool good = nlopt_set_lower_bounds(now->search, lower) > 0 && nlopt_set_upper_bounds(now->search, upper) > 0;
    good = good && nlopt_set_max_objective(now->search, objective, now) > 0;
    good = good && nlopt_set_ftol_abs(now->search, tolerance) > 0;
    good = good && nlopt_set_maxeval(now->search, (int)(problem->evaluations ? problem->evaluations : 500)) > 0;
    good = good && (problem->has_derivatives || nlopt_set_initial_step(now->search, step) > 0);
    QN_REQUIRE(good, QN_INTERNAL, "NLopt refuses its settings");
    return QN_OK;
}

static qn_status judge(const ascent *now, nlopt_result code)
{
    QN_REQUIRE(now->status == QN_OK, now->status, "%s", now->message);
    QN_REQUIRE(code != NLOPT_OUT_OF_MEMORY, QN_NO_MEMORY, "no memory for the search of the largest evidence");
    QN_REQUIRE(isfinite(now->largest), QN_NOT_CONVERGED,
               "kernel + noise is singular wherever the evidence was asked for (%zu times); raise noise",
               now->evaluations);
    // At the limit of rounding a line search ends without the tolerance; what it found is the maximum.
    QN_REQUIRE(code > 0 || code == NLOPT_ROUNDOFF_LIMITED || code == NLOPT_FAILURE, QN_NOT_CONVERGED,
               "search of the largest evidence broke down (NLopt code %d) at ln Z = %.10g", (int)code, now->largest);
    return QN_OK;
}

static int bound_of(const qn_hyperparameter *parameter, double value)
{
    const double near = 1e-6 * (to_searched(parameter, parameter->upper) - to_searched(parameter, parameter->lower));
    if (to_searched(parameter, value) - to_searched(parameter, parameter->lower) <= near) return -1;
    return to_searched(parameter, parameter->upper) - to_searched(parameter, value) <= near;
}

static qn_status climb(ascent *now, qn_evidence_maximum *found)
{
    const size_t parameters = now->problem->parameter_count, count = now->problem->count;
    QN_TRY(QN_NEW(&found->parameters, parameters, "hyperparameters"));
    QN_TRY(QN_NEW(&found->bound, parameters, "hyperparameters"));
    QN_TRY(QN_NEW(&now->kernel, count * count, "kernel"));
    for (size_t k = 0; now->problem->has_derivatives && k < parameters; ++k)
        if (!now->problem->parameters[k].is_noise)
            QN_TRY(QN_NEW(&now->derivatives[k], count * count, "derivative of the kernel"));
    double searched[MOST_PARAMETERS], value;
    QN_TRY(set_up(now, searched));
    const nlopt_result code = nlopt_optimize(now->search, searched, &value);
    QN_TRY(judge(now, code));
    for (size_t k = 0; k < parameters; ++k) {
        found->parameters[k] = now->best[k];
        found->bound[k] = bound_of(&now->problem->parameters[k], now->best[k]);
    }
    found->parameter_count = parameters;
    found->log_evidence = now->largest;
    found->evaluations = now->evaluations;
    found->converged = code != NLOPT_MAXEVAL_REACHED && code != NLOPT_FAILURE;
    return QN_OK;
}

qn_status qn_evidence_maximise(const qn_evidence_problem *problem, qn_evidence_maximum *result)
{
    QN_TRY(check(problem));
    ascent now = {.problem = problem, .largest = -INFINITY};
    now.search =
        nlopt_create(problem->has_derivatives ? NLOPT_LD_LBFGS : NLOPT_LN_SBPLX, (unsigned)problem->parameter_count);
    QN_REQUIRE(now.search, QN_NO_MEMORY, "no memory for the search of the largest evidence");
    qn_evidence_maximum found = {0};
    const qn_status status = climb(&now, &found);
    nlopt_destroy(now.search);
    qn_release(now.kernel);
    for (size_t k = 0; k < problem->parameter_count; ++k) qn_release(now.derivatives[k]);
    if (status == QN_OK)
        *result = found;
    else
        qn_evidence_maximum_clear(&found);
    return status;
}

void qn_evidence_maximum_clear(qn_evidence_maximum *result)
{
    qn_release(result->parameters);
    qn_release(result->bound);
    *result = (qn_evidence_maximum){0};
}

void qn_evidence_maximum_bounds(const qn_evidence_problem *problem, const qn_evidence_maximum *result, char *text,
                                size_t size)
{
    size_t length = 0;
    if (size > 0) text[0] = '\0';
    for (size_t k = 0; k < result->parameter_count && length < size; ++k) {
        if (result->bound[k] == 0) continue;
        const qn_hyperparameter *parameter = &problem->parameters[k];
        const bool lower = result->bound[k] < 0;
        const int written =
            snprintf(text + length, size - length, "%s%s is at its %s bound %g", length ? "; " : "", parameter->name,
                     lower ? "lower" : "upper", lower ? parameter->lower : parameter->upper);
        length += written > 0 ? (size_t)written : 0;
    }
}
