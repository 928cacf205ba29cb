#include "numerics/quadrature.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/linear_algebra.h"

#include <float.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdbool.h>

qn_status qn_gauss_legendre(size_t count, double low, double high, double *nodes, double *weights)
{
    QN_REQUIRE(count > 0, QN_BAD_VALUE, "Gauss-Legendre: count is 0; at least 1 node is needed");
    QN_REQUIRE(isfinite(low) && isfinite(high), QN_BAD_VALUE, "Gauss-Legendre: interval [%g, %g] is not finite", low,
               high);
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(count);
    QN_REQUIRE(table, QN_NO_MEMORY, "Gauss-Legendre: no memory for %zu nodes", count);
    for (size_t i = 0; i < count; ++i) gsl_integration_glfixed_point(low, high, i, &nodes[i], &weights[i], table);
    gsl_integration_glfixed_table_free(table);
    return QN_OK;
}

// Normalised Hermite polynomials he_{count-1}, he_count at z; returns sum_{k < count} he_k^2.
static double hermite(size_t count, double z, double *before, double *last)
{
    double previous = 0.0, present = 1.0, squares = 0.0;
    for (size_t k = 0; k < count; ++k) {
        squares += present * present;
        const double next = (z * present - sqrt((double)k) * previous) / sqrt((double)k + 1.0);
        previous = present;
        present = next;
    }
    *before = previous;
    *last = present;
    return squares;
}

// Golub and Welsch's eigenvalues, polished by Newton; Christoffel's weights 1 / sum_k he_k^2, which unlike squared
// eigenvector components are accurate however small.
qn_status qn_gauss_hermite(size_t count, double *nodes, double *weights)
{
    QN_REQUIRE(count > 0 && count <= 512, QN_BAD_VALUE, "Gauss-Hermite: count is %zu; allowed: 1 to 512", count);
    for (size_t i = 0; i < count; ++i) {
        nodes[i] = 0.0;
        weights[i] = sqrt((double)i + 1.0);
    }
    QN_TRY(qn_tridiagonal_eigenvalues(count, nodes, weights));
    for (size_t i = 0; i < count; ++i) {
        double before, last;
        for (int repeat = 0; repeat < 2; ++repeat) {
            hermite(count, nodes[i], &before, &last);
            const double change = last / (sqrt((double)count) * before);
            if (isfinite(change)) nodes[i] -= change;
        }
    }
    for (size_t i = 0; i < count; ++i) { // symmetric to the last bit
        const double node = 0.5 * (nodes[count - 1 - i] - nodes[i]);
        if (2 * i >= count) break;
        nodes[i] = -node;
        nodes[count - 1 - i] = node;
    }
    for (size_t i = 0; i < count; ++i) {
        double before, last;
        weights[i] = 1.0 / hermite(count, nodes[i], &before, &last);
    }
    return QN_OK;
}

typedef struct {
    qn_integrand f;
    void *context;
    double low, high; // of the integral asked for
    bool finite;      // every value so far
} problem;

// The integrand on a finite interval of t: x = t, or x = low + t/(1-t), high - t/(1-t), t/(1-t^2).
static double mapped(double t, void *data)
{
    problem *task = data;
    double x = t, stretch = 1.0;
    if (isinf(task->low) && isinf(task->high)) {
        x = t / (1.0 - t * t);
        stretch = (1.0 + t * t) / ((1.0 - t * t) * (1.0 - t * t));
    } else if (isinf(task->high)) {
        x = task->low + t / (1.0 - t);
        stretch = 1.0 / ((1.0 - t) * (1.0 - t));
    } else if (isinf(task->low)) {
        x = task->high - t / (1.0 - t);
        stretch = 1.0 / ((1.0 - t) * (1.0 - t));
    }
    const double value = task->f(x, task->context);
    if (value == 0.0) return 0.0;
    if (!isfinite(value * stretch)) task->finite = false;
    return task->finite ? value * stretch : 0.0;
}

typedef struct {
    double low, high, value, error;
} interval;

static interval measure(problem *task, double low, double high)
{
    const gsl_function f = {.function = mapped, .params = task};
    interval piece = {.low = low, .high = high};
    double magnitude, deviation;
    gsl_integration_qk21(&f, low, high, &piece.value, &piece.error, &magnitude, &deviation);
    return piece;
}

enum { INTERVALS = 2000 };

qn_status qn_integrate(qn_integrand f, void *context, double low, double high, double absolute, double relative,
                       double *result, double *error)
{
    QN_REQUIRE(low < high, QN_BAD_VALUE, "integral from %g to %g; the first must be below the second", low, high);
    problem task = {.f = f, .context = context, .low = low, .high = high, .finite = true};
    const bool infinite = isinf(low) || isinf(high);
    const double first = infinite ? (isinf(low) && isinf(high) ? -1.0 : 0.0) : low, last = infinite ? 1.0 : high;

    interval *pieces;
    QN_TRY(QN_NEW(&pieces, INTERVALS, "adaptive integration"));
    size_t count = 1;
    pieces[0] = measure(&task, first, last);
    double value, estimate;
    for (;;) {
        size_t worst = 0;
        value = estimate = 0.0;
        for (size_t i = 0; i < count; ++i) {
            value += pieces[i].value;
            estimate += pieces[i].error;
            if (pieces[i].error > pieces[worst].error) worst = i;
        }
        if (!task.finite || estimate <= fmax(absolute, relative * fabs(value)) || count == INTERVALS) break;
        const interval piece = pieces[worst];
        const double middle = 0.5 * (piece.low + piece.high);
        if (middle <= piece.low || middle >= piece.high) break;
        pieces[worst] = measure(&task, piece.low, middle);
        pieces[count++] = measure(&task, middle, piece.high);
    }
    qn_release(pieces);
    QN_REQUIRE(task.finite, QN_NO_SOLUTION, "integral from %g to %g: the integrand is not finite", low, high);
    // Below the rounding of the sum itself no estimate can go.
    const double floor = fmax(fmax(absolute, relative * fabs(value)), 50.0 * DBL_EPSILON * fabs(value));
    QN_REQUIRE(estimate <= floor, QN_NOT_CONVERGED, "integral from %g to %g: error estimate %.3g; wanted %.3g", low,
               high, estimate, floor);
    *result = value;
    if (error) *error = estimate;
    return QN_OK;
}
