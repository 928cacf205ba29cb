#include <quenched/self_consistency.h>

#include "base/fail.h"
#include "base/memory.h"

#include <float.h>
#include <kinsol/kinsol.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdbool.h>
#include <string.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunlinsol/sunlinsol_spgmr.h>
#include <sunmatrix/sunmatrix_dense.h>

// A residual this many times the first one, or one that is no longer a number, is called divergence.
static const double DIVERGED = 1e4;

// What the map has shown so far. The answer is the best point it was ever asked about, whatever KINSOL thinks.
typedef struct {
    qn_self_consistency_map map;
    void *context;
    size_t size;
    const double *scale; // NULL: 1
    bool root;           // KINSOL wants F(x) - x rather than F(x)
    qn_status status;    // of the map, or of a failed allocation
    bool overflowed;     // the last image was not finite
    double *best;
    double best_residual;
    size_t count, capacity;
    double *history;
} progress;

static qn_self_consistency_options with_defaults(const qn_self_consistency_options *options)
{
    qn_self_consistency_options chosen = options ? *options : (qn_self_consistency_options){0};
    if (chosen.tolerance == 0.0) chosen.tolerance = 1e-10;
    if (chosen.iterations == 0) chosen.iterations = 200;
    if (chosen.depth == 0) chosen.depth = 5;
    if (chosen.damping == 0.0) chosen.damping = 1.0;
    return chosen;
}

static qn_status check(size_t size, const double *x, const qn_self_consistency_options *options)
{
    QN_REQUIRE(size > 0, QN_BAD_VALUE, "self-consistency: size is 0; at least 1 unknown is needed");
    QN_REQUIRE(options->method >= QN_METHOD_ANDERSON && options->method <= QN_METHOD_NEWTON_KRYLOV, QN_BAD_VALUE,
               "self-consistency: method is %d; allowed: 0 to 2", (int)options->method);
    QN_REQUIRE(options->tolerance > 0.0 && isfinite(options->tolerance), QN_BAD_VALUE,
               "self-consistency: tolerance is %g; it must be positive", options->tolerance);
    QN_REQUIRE(options->iterations > 0, QN_BAD_VALUE, "self-consistency: iterations is %d; it must be positive",
               options->iterations);
    QN_REQUIRE(options->depth > 0, QN_BAD_VALUE, "self-consistency: depth is %d; it must be positive", options->depth);
    QN_REQUIRE(options->damping > 0.0 && options->damping <= 1.0, QN_BAD_VALUE,
               "self-consistency: damping is %g; allowed: above 0, at most 1", options->damping);
    for (size_t i = 0; i < size; ++i) {
        QN_REQUIRE(isfinite(x[i]), QN_BAD_VALUE, "self-consistency: start value %zu is %g; it must be finite", i, x[i]);
        QN_REQUIRE(!options->scale || (options->scale[i] > 0.0 && isfinite(options->scale[i])), QN_BAD_VALUE,
                   "self-consistency: scale %zu is %g; it must be positive", i, options->scale[i]);
    }
    return QN_OK;
}

static qn_status remember(progress *seen, double residual)
{
    if (seen->count == seen->capacity) {
        double *longer;
        QN_TRY(QN_NEW(&longer, 2 * seen->capacity + 64, "convergence history"));
        if (seen->count) memcpy(longer, seen->history, seen->count * sizeof *longer);
        qn_release(seen->history);
        seen->history = longer;
        seen->capacity = 2 * seen->capacity + 64;
    }
    seen->history[seen->count++] = residual;
    return QN_OK;
}

// KINSOL's view of the map: 0 fine, positive "try a shorter step", negative stop.
static int evaluate(N_Vector at, N_Vector value, void *data)
{
    progress *seen = data;
    const double *x = N_VGetArrayPointer(at);
    double *image = N_VGetArrayPointer(value);
    for (size_t i = 0; i < seen->size; ++i)
        if (!isfinite(x[i])) return -1; // the accelerator broke down: the map is never asked about NAN
    seen->status = seen->map(seen->size, x, image, seen->context);
    if (seen->status != QN_OK) return -1;

    double residual = 0.0;
    for (size_t i = 0; i < seen->size; ++i) {
        const double off = fabs(image[i] - x[i]) / (seen->scale ? seen->scale[i] : 1.0);
        if (!(off <= residual)) residual = off;
    }
    seen->overflowed = !isfinite(residual);
    seen->status = remember(seen, residual);
    if (seen->status != QN_OK) return -1;
    if (residual < seen->best_residual) {
        seen->best_residual = residual;
        memcpy(seen->best, x, seen->size * sizeof *x);
    }
    if (seen->overflowed) return 1;
    if (seen->root)
        for (size_t i = 0; i < seen->size; ++i) image[i] -= x[i];
    return 0;
}

static void say_nothing(int code, const char *module, const char *function, char *message, void *data)
{
    (void)code, (void)module, (void)function, (void)message, (void)data;
}

static void inform_nobody(const char *module, const char *function, char *message, void *data)
{
    (void)module, (void)function, (void)message, (void)data;
}

// Everything KINSOL owns during one solve; whatever was made is freed, whether or not the rest could be.
typedef struct {
    SUNContext context;
    void *memory;
    N_Vector x, scale;
    SUNMatrix jacobian;
    SUNLinearSolver linear;
} solver;

static void clear(solver *kinsol)
{
    if (kinsol->memory) KINFree(&kinsol->memory);
    if (kinsol->linear) SUNLinSolFree(kinsol->linear);
    if (kinsol->jacobian) SUNMatDestroy(kinsol->jacobian);
    if (kinsol->scale) N_VDestroy(kinsol->scale);
    if (kinsol->x) N_VDestroy(kinsol->x);
    if (kinsol->context) SUNContext_Free(&kinsol->context);
}

static bool attach_linear_solver(solver *kinsol, size_t size, qn_method method)
{
    if (method == QN_METHOD_NEWTON) {
        kinsol->jacobian = SUNDenseMatrix((sunindextype)size, (sunindextype)size, kinsol->context);
        if (!kinsol->jacobian) return false;
        kinsol->linear = SUNLinSol_Dense(kinsol->x, kinsol->jacobian, kinsol->context);
    } else {
        kinsol->linear = SUNLinSol_SPGMR(kinsol->x, SUN_PREC_NONE, size < 30 ? (int)size : 30, kinsol->context);
    }
    if (!kinsol->linear || KINSetLinearSolver(kinsol->memory, kinsol->linear, kinsol->jacobian) != 0) return false;
    // A fresh Jacobian at every step: maps are dear, and an old Jacobian costs more of them than it saves.
    return method != QN_METHOD_NEWTON || KINSetMaxSetupCalls(kinsol->memory, 1) == KIN_SUCCESS;
}

static bool prepare(solver *kinsol, progress *seen, const qn_self_consistency_options *options, const double *start)
{
    const size_t size = seen->size;
    if (SUNContext_Create(NULL, &kinsol->context) != 0) return false;
    kinsol->memory = KINCreate(kinsol->context);
    kinsol->x = N_VNew_Serial((sunindextype)size, kinsol->context);
    kinsol->scale = N_VNew_Serial((sunindextype)size, kinsol->context);
    if (!kinsol->memory || !kinsol->x || !kinsol->scale) return false;
    memcpy(N_VGetArrayPointer(kinsol->x), start, size * sizeof *start);
    double length = 1.0;
    for (size_t i = 0; i < size; ++i) {
        const double scale = seen->scale ? seen->scale[i] : 1.0;
        N_VGetArrayPointer(kinsol->scale)[i] = 1.0 / scale;
        length += fabs(start[i]) / scale;
    }

    void *memory = kinsol->memory;
    const size_t depth = (size_t)options->depth < size ? (size_t)options->depth : size;
    if (KINSetErrHandlerFn(memory, say_nothing, NULL) != KIN_SUCCESS ||
        KINSetInfoHandlerFn(memory, inform_nobody, NULL) != KIN_SUCCESS ||
        KINSetUserData(memory, seen) != KIN_SUCCESS || KINSetNumMaxIters(memory, options->iterations) != KIN_SUCCESS ||
        KINSetFuncNormTol(memory, options->tolerance) != KIN_SUCCESS ||
        KINSetScaledStepTol(memory, DBL_EPSILON) != KIN_SUCCESS ||
        // KINSOL's own limit, 1000 times the start, is no step at all from a start at zero.
        KINSetMaxNewtonStep(memory, 1e6 * length) != KIN_SUCCESS)
        return false;
    // More remembered steps than unknowns are linearly dependent: KINSOL would divide by zero.
    if (options->method == QN_METHOD_ANDERSON &&
        (KINSetMAA(memory, (long)depth) != KIN_SUCCESS || KINSetDampingAA(memory, options->damping) != KIN_SUCCESS))
        return false;
    if (KINInit(memory, evaluate, kinsol->x) != KIN_SUCCESS) return false;
    return options->method == QN_METHOD_ANDERSON || attach_linear_solver(kinsol, size, options->method);
}

static qn_verdict judge(const progress *seen, const qn_self_consistency_options *options, int outcome)
{
    if (seen->status != QN_OK) return QN_VERDICT_MAP_FAILED;
    if (seen->best_residual <= options->tolerance) return QN_VERDICT_CONVERGED;
    const double first = seen->count ? seen->history[0] : 0.0,
                 last = seen->count ? seen->history[seen->count - 1] : 0.0;
    if (seen->overflowed || last > DIVERGED * fmax(first, options->tolerance)) return QN_VERDICT_DIVERGED;
    return outcome == KIN_MAXITER_REACHED ? QN_VERDICT_TOO_MANY_ITERATIONS : QN_VERDICT_STALLED;
}

static qn_status solve(progress *seen, const qn_self_consistency_options *options, double *x, qn_verdict *verdict)
{
    QN_TRY(QN_NEW(&seen->best, seen->size, "self-consistency"));
    solver kinsol = {0};
    if (!prepare(&kinsol, seen, options, x)) {
        clear(&kinsol);
        return qn_fail(QN_NO_MEMORY, "self-consistency: KINSOL could not be set up for %zu unknowns", seen->size);
    }
    const int strategy = options->method == QN_METHOD_ANDERSON ? KIN_FP : KIN_LINESEARCH;
    const int outcome = KINSol(kinsol.memory, kinsol.x, strategy, kinsol.scale, kinsol.scale);
    clear(&kinsol);
    *verdict = judge(seen, options, outcome);
    if (*verdict == QN_VERDICT_MAP_FAILED) return seen->status; // its message stands
    QN_REQUIRE(*verdict == QN_VERDICT_CONVERGED, QN_NOT_CONVERGED,
               "self-consistency %s: residual %.3g after %zu evaluations of the map; wanted %.3g",
               qn_verdict_name(*verdict), seen->best_residual, seen->count, options->tolerance);
    memcpy(x, seen->best, seen->size * sizeof *x);
    return QN_OK;
}

qn_status qn_self_consistency_solve(qn_self_consistency_map map, void *context, size_t size, double *x,
                                    const qn_self_consistency_options *options, qn_self_consistency_report *report)
{
    const qn_self_consistency_options chosen = with_defaults(options);
    QN_TRY(check(size, x, &chosen));
    progress seen = {.map = map,
                     .context = context,
                     .size = size,
                     .scale = chosen.scale,
                     .root = chosen.method != QN_METHOD_ANDERSON,
                     .best_residual = INFINITY};
    qn_verdict verdict = QN_VERDICT_STALLED;
    const qn_status status = solve(&seen, &chosen, x, &verdict);
    qn_release(seen.best);
    if (report && (status == QN_OK || status == QN_NOT_CONVERGED) && verdict != QN_VERDICT_MAP_FAILED) {
        *report = (qn_self_consistency_report){.verdict = verdict,
                                               .residual = seen.best_residual,
                                               .evaluations = seen.count,
                                               .count = seen.count,
                                               .history = seen.history};
        seen.history = NULL;
    }
    qn_release(seen.history);
    return status;
}

void qn_self_consistency_report_clear(qn_self_consistency_report *report)
{
    qn_release(report->history);
    *report = (qn_self_consistency_report){0};
}

const char *qn_verdict_name(qn_verdict verdict)
{
    switch (verdict) {
    case QN_VERDICT_CONVERGED: return "converged";
    case QN_VERDICT_STALLED: return "stalled";
    case QN_VERDICT_DIVERGED: return "diverged";
    case QN_VERDICT_TOO_MANY_ITERATIONS: return "ran out of iterations";
    case QN_VERDICT_MAP_FAILED: return "stopped by the map";
    }
    return "unknown verdict";
}
