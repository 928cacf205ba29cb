#include "theory/frequency_grid.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/quadrature.h"

#include <math.h>
#include <string.h>

enum { ORDER = 10, BLOCK = 256 };

void qn_frequency_grid_clear(qn_frequency_grid *grid)
{
    qn_release(grid->frequency);
    qn_release(grid->weight);
    *grid = (qn_frequency_grid){0};
}

// No wider than the ridge, nor than `widest`, which lets go where only a power-law tail is left.
static double panel_width(double decay_rate, double widest, double from)
{
    const double ridge = decay_rate * decay_rate + from * from, tail = from > 16.0 ? 0.25 * from : 0.0;
    return fmin(ridge, fmax(widest, tail));
}

qn_status qn_frequency_grid_create(double decay_rate, double last, double longest_lag, qn_frequency_grid *grid)
{
    const double widest = fmin(0.5, 8.0 / fmax(longest_lag, 1e-3));
    size_t panels = 0;
    for (double from = 0.0; from < last; from += panel_width(decay_rate, widest, from))
        QN_REQUIRE(++panels < 1000000, QN_NOT_CONVERGED, "four-point function: decay rate %g is too small to resolve",
                   decay_rate);
    qn_frequency_grid made = {.count = panels * ORDER};
    qn_status status = QN_NEW(&made.frequency, made.count, "frequencies");
    if (status == QN_OK) status = QN_NEW(&made.weight, made.count, "frequencies");
    double from = 0.0;
    for (size_t p = 0; status == QN_OK && p < panels; ++p) {
        const double to = from + panel_width(decay_rate, widest, from);
        status = qn_gauss_legendre(ORDER, from, to, made.frequency + p * ORDER, made.weight + p * ORDER);
        from = to;
    }
    if (status != QN_OK) {
        qn_frequency_grid_clear(&made);
        return status;
    }
    for (size_t i = 0; i < made.count; ++i) made.weight[i] /= 2.0 * M_PI;
    *grid = made;
    return QN_OK;
}

// 2 int_0^inf [C - cusp exp(-lag)] cos(omega lag) dlag for a block of frequencies: cosines by rotation.
static void transform_block(const qn_stationary *function, double cusp, size_t count, const double *frequency,
                            double *values)
{
    double cosine[BLOCK], sine[BLOCK], turn_cosine[BLOCK], turn_sine[BLOCK], sum[BLOCK];
    const double step = function->step;
    for (size_t i = 0; i < count; ++i) {
        cosine[i] = 1.0, sine[i] = 0.0;
        turn_cosine[i] = cos(frequency[i] * step), turn_sine[i] = sin(frequency[i] * step);
        sum[i] = 0.5 * (function->values[0] - cusp);
    }
    for (size_t k = 1; k < function->count; ++k) {
        const double value = function->values[k] - cusp * exp(-(double)k * step);
        for (size_t i = 0; i < count; ++i) {
            const double next = cosine[i] * turn_cosine[i] - sine[i] * turn_sine[i];
            sine[i] = sine[i] * turn_cosine[i] + cosine[i] * turn_sine[i];
            cosine[i] = next;
            sum[i] += value * next;
        }
    }
    for (size_t i = 0; i < count; ++i)
        values[i] = 2.0 * step * sum[i] + 2.0 * cusp / (1.0 + frequency[i] * frequency[i]);
}

void qn_frequency_grid_transform(const qn_frequency_grid *grid, const qn_stationary *function, double cusp,
                                 double trusted, double *values)
{
    size_t near = 0;
    while (near < grid->count && grid->frequency[near] <= trusted) ++near;
    for (size_t first = 0; first < near; first += BLOCK)
        transform_block(function, cusp, near - first < BLOCK ? near - first : BLOCK, grid->frequency + first,
                        values + first);
    double rest = 0.0;
    if (near > 0) {
        const double w = grid->frequency[near - 1];
        rest = (values[near - 1] - 2.0 * cusp / (1.0 + w * w)) * w * w * w * w;
    }
    for (size_t i = near; i < grid->count; ++i) {
        const double square = grid->frequency[i] * grid->frequency[i];
        values[i] = cusp > 0.0 ? 2.0 * cusp / (1.0 + square) + rest / (square * square) : 0.0;
    }
}
