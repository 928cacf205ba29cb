// Empirical neural tangent kernels. In a parameter omega of unit variance, W = g omega / sqrt(n), the gradient of y is
// a product of delta = d y / d h of a layer and the rates (or input, or bias) below it. Summed over all parameters:
//     Theta_(r alpha),(r' beta) = Kout + sum_(c,c') delta^(c)_(r alpha).delta^(c')_(r' beta) K^(c,c')_(alpha beta),
// K the covariance (2) with the empirical C, which is what sums over weights, inputs and biases are; deep: c = c' only.
#include "simulation/wide_state.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

static double *deltas_of(const qn_wide_state *state, size_t readout, size_t layer)
{
    const qn_wide_plan *plan = state->plan;
    return state->deltas + (readout * plan->layers + layer) * plan->points * plan->widest;
}

static void multiply_by_slopes(const qn_wide_state *state, size_t layer, double *deltas)
{
    const qn_wide_plan *plan = state->plan;
    const size_t count = plan->points * qn_wide_width(plan->network, layer);
    const double *slopes = state->slopes + layer * plan->points * plan->widest;
    for (size_t i = 0; i < count; ++i) deltas[i] *= slopes[i];
}

static void backpropagate(qn_wide_state *state, size_t which)
{
    const qn_wide_plan *plan = state->plan;
    const size_t last = qn_wide_readout(plan->network, which), width = qn_wide_width(plan->network, last);
    const double strength = qn_wide_output_strength(plan->network) / sqrt((double)width);
    qn_wide_weights_readout(state, 0, which);
    double *top = deltas_of(state, which, last);
    for (size_t alpha = 0; alpha < plan->points; ++alpha)
        for (size_t unit = 0; unit < width; ++unit) top[alpha * width + unit] = strength * state->readout[unit];
    multiply_by_slopes(state, last, top);
    for (size_t layer = last; layer-- > 0;) {
        const size_t above = qn_wide_width(plan->network, layer + 1), below = qn_wide_width(plan->network, layer);
        double *deltas = deltas_of(state, which, layer);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)plan->points, (int)below, (int)above,
                    qn_wide_strength(plan->network, layer + 1) / sqrt((double)below),
                    deltas_of(state, which, layer + 1), (int)above, qn_wide_weights_into(state, layer + 1), (int)below,
                    0.0, deltas, (int)below);
        multiply_by_slopes(state, layer, deltas);
    }
}

static double covariance(const qn_wide_state *state, size_t a, size_t alpha, size_t b, size_t beta)
{
    return a >= b ? qn_wide_plan_covariance(state->plan, state->kernel, a, alpha, b, beta)
                  : qn_wide_plan_covariance(state->plan, state->kernel, b, beta, a, alpha);
}

// Products of the gradients of readout i at layer a with those of j at b, and their number per row.
static const double *products_of(const qn_wide_state *state, size_t i, size_t a, size_t j, size_t b, size_t *stride)
{
    const qn_wide_plan *plan = state->plan;
    if (plan->recurrent) { // all were multiplied at once
        *stride = plan->readouts * plan->rows;
        return state->products + (i * plan->rows + a * plan->points) * *stride + j * plan->rows + b * plan->points;
    }
    const int points = (int)plan->points, width = (int)qn_wide_width(plan->network, a);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, points, points, width, 1.0, deltas_of(state, i, a), width,
                deltas_of(state, j, b), width, 0.0, state->products, points);
    *stride = plan->points;
    return state->products;
}

static void add_layers(const qn_wide_state *state, size_t i, size_t a, size_t j, size_t b, double *tangent)
{
    const qn_wide_plan *plan = state->plan;
    const size_t points = plan->points, rows = plan->readouts * points;
    size_t stride;
    const double *products = products_of(state, i, a, j, b, &stride);
    for (size_t alpha = 0; alpha < points; ++alpha)
        for (size_t beta = 0; beta < points; ++beta)
            tangent[(i * points + alpha) * rows + j * points + beta] +=
                products[alpha * stride + beta] * covariance(state, a, alpha, b, beta);
}

void qn_wide_drawn_tangent_kernel(qn_wide_state *state, double *tangent)
{
    const qn_wide_plan *plan = state->plan;
    const size_t rows = plan->readouts * plan->points, deltas = plan->readouts * plan->rows;
    for (size_t i = 0; i < plan->readouts; ++i) backpropagate(state, i);
    if (plan->recurrent) // layers above a readout were zero from the start
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)deltas, (int)deltas, (int)plan->widest, 1.0,
                    state->deltas, (int)plan->widest, state->deltas, (int)plan->widest, 0.0, state->products,
                    (int)deltas);
    memcpy(tangent, state->output_kernel, rows * rows * sizeof *tangent);
    for (size_t i = 0; i < plan->readouts; ++i)
        for (size_t j = 0; j <= i; ++j) {
            const size_t last_i = qn_wide_readout(plan->network, i), last_j = qn_wide_readout(plan->network, j);
            for (size_t a = 0; a <= last_i; ++a)
                for (size_t b = plan->recurrent ? 0 : a; b <= last_j && (plan->recurrent || b == a); ++b)
                    add_layers(state, i, a, j, b, tangent);
        }
    for (size_t row = 0; row < rows; ++row) // symmetric to the last bit
        for (size_t column = 0; column < row; ++column) tangent[column * rows + row] = tangent[row * rows + column];
}
