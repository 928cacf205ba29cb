#include "theory/frequency_grid.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/quadrature.h"

#include <math.h>
#include <string.h>

// Of the largest value: below, the trapezoid rule gives its own rounding.
static const double SILENT = 1e-11;

static const double WIDEST = 0.5, PHASE = 5.0; // rad per tau; rad of a cosine across a panel

enum { ORDER = QN_FREQUENCY_PANEL, BLOCK = 8 * ORDER, MOST_PANELS = 1000000 };

void qn_frequency_grid_clear(qn_frequency_grid *grid)
{
    qn_release(grid->frequency);
    *grid = (qn_frequency_grid){0};
}

// Poles of spectra are at distance kappa_inf and more from zero, on the imaginary axis; what falls off exponentially
// wants no more than WIDEST, which lets go where only a power-law tail is left. Beside the ridge, which ends before
// QN_FREQUENCY_FREE, a panel must resolve cosines as well.
static double panel_width(double decay_rate, double longest_lag, double from)
{
    const double spectrum = decay_rate + 0.5 * from, tail = from > 16.0 ? 0.25 * from : 0.0;
    const double width = fmin(spectrum, fmax(WIDEST, tail));
    return from < QN_FREQUENCY_FREE ? fmin(width, PHASE / fmax(longest_lag, 1e-3)) : width;
}

static qn_status create_panels(double decay_rate, double last, double longest_lag, qn_frequency_grid *made)
{
    size_t panels = 0;
    for (double from = 0.0; from < last; from += panel_width(decay_rate, longest_lag, from))
        QN_REQUIRE(++panels < MOST_PANELS, QN_NOT_CONVERGED, "four-point function: lags are too long to resolve");
    double *memory;
    QN_TRY(QN_NEW(&memory, (2 * ORDER + 1) * panels + 1, "frequencies"));
    *made = (qn_frequency_grid){.count = panels * ORDER,
                                .panels = panels,
                                .frequency = memory,
                                .weight = memory + panels * ORDER,
                                .edge = memory + 2 * panels * ORDER};
    for (size_t p = 0; p < panels; ++p)
        made->edge[p + 1] = made->edge[p] + panel_width(decay_rate, longest_lag, made->edge[p]);
    return QN_OK;
}

qn_status qn_frequency_grid_create(double decay_rate, double last, double longest_lag, qn_frequency_grid *grid)
{
    double node[ORDER], weight[ORDER];
    QN_REQUIRE(decay_rate > 0.0, QN_BAD_VALUE, "four-point function: decay rate is %g; it must be positive",
               decay_rate);
    QN_TRY(qn_gauss_legendre(ORDER, -1.0, 1.0, node, weight));
    QN_TRY(create_panels(decay_rate, last, longest_lag, grid));
    for (size_t k = 0; k < ORDER; ++k) { // weight = 2 / [(1 - t^2) P'(t)^2]
        const double slope = sqrt(2.0 / ((1.0 - node[k] * node[k]) * weight[k]));
        grid->pole[k] = ((ORDER - k) % 2 ? 1.0 : -1.0) / (M_PI * slope);
    }
    for (size_t p = 0; p < grid->panels; ++p) {
        const double half = 0.5 * (grid->edge[p + 1] - grid->edge[p]);
        for (size_t k = 0; k < ORDER; ++k) {
            grid->frequency[p * ORDER + k] = grid->edge[p] + half * (1.0 + node[k]);
            grid->weight[p * ORDER + k] = half * weight[k] / (2.0 * M_PI);
        }
    }
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

static double largest(size_t count, const double *values)
{
    double most = 0.0;
    for (size_t i = 0; i < count; ++i) most = fmax(most, fabs(values[i]));
    return most;
}

// Block by block, up to and without the first that is silent; returns how many are done.
static size_t transform_near(const qn_frequency_grid *grid, const qn_stationary *function, double cusp, size_t near,
                             double *values)
{
    double most = 0.0;
    for (size_t first = 0; first < near; first += BLOCK) {
        const size_t count = near - first < BLOCK ? near - first : BLOCK;
        transform_block(function, cusp, count, grid->frequency + first, values + first);
        const double here = largest(count, values + first);
        if (grid->panels && here < SILENT * most) return first;
        most = fmax(most, here);
    }
    return near;
}

void qn_frequency_grid_transform(const qn_frequency_grid *grid, const qn_stationary *function, double cusp,
                                 double trusted, double *values)
{
    size_t near = 0;
    while (near < grid->count && grid->frequency[near] <= trusted) ++near;
    near = transform_near(grid, function, cusp, near, values);
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

void qn_frequency_grid_trim(qn_frequency_grid *grid, size_t classes, const double *values)
{
    while (grid->panels > 1 && largest(ORDER * classes, values + (grid->count - ORDER) * classes) == 0.0) {
        --grid->panels;
        grid->count -= ORDER;
    }
}
