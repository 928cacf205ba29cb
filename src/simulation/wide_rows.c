// Networks without weights. The rows of W are independent Gaussians: given the rates of earlier rows s = (layer,
// input), the pre-activations (h_{i,s})_s of the units i are independent of each other and Gaussian, of covariance (2)
// with the empirical C. So h = L z, with one more row of the Cholesky factor L for each row s.
#include "simulation/wide_state.h"

#include <quenched/random.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

// Below this fraction of its variance a row is a combination of earlier ones (always so beyond n rows): what is left is
// rounding.
static const double LEAST_PIVOT = 1e-10;
enum { SHORT = 24 }; // products shorter than this are faster without BLAS

static double product(size_t count, const double *a, const double *b)
{
    if (count >= SHORT) return cblas_ddot((int)count, a, 1, b, 1);
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

// Row s of the factor, which holds the covariances with rows 0 ... s.
static void factorise(double *factor, size_t stride, size_t s, double *inverse)
{
    double *row = factor + s * stride;
    for (size_t t = 0; t < s; ++t) row[t] = (row[t] - product(t, row, factor + t * stride)) * inverse[t];
    const double variance = row[s], pivot = variance - product(s, row, row);
    const bool new_direction = pivot > LEAST_PIVOT * variance;
    row[s] = new_direction ? sqrt(pivot) : 0;
    inverse[s] = new_direction ? 1 / row[s] : 0;
}

// Covariances (2) of row `alpha` of a layer with that of another, up to and without column `end`.
static void covariances(const qn_wide_state *state, size_t a, size_t alpha, size_t b, size_t end, double *row)
{
    const qn_wide_plan *plan = state->plan;
    const double *drive = plan->drive + plan->block[a * plan->layers + b] + alpha * plan->stride;
    memcpy(row, drive, end * sizeof *row);
    if (!qn_wide_plan_couples(plan, a, b)) return;
    const double strength = qn_wide_strength(plan->network, a), square = strength * strength;
    const double *kernel = state->kernel + plan->block[(a - 1) * plan->layers + b - 1] + alpha * plan->stride;
    for (size_t beta = 0; beta < end; ++beta) row[beta] += square * kernel[beta];
}

static void draw_layer(qn_wide_state *state, size_t layer)
{
    const qn_wide_plan *plan = state->plan;
    const size_t points = plan->points, width = qn_wide_width(plan->network, layer);
    const size_t first = plan->recurrent ? layer * points : 0, stride = plan->stride, rows = first + points;
    for (size_t alpha = 0; alpha < points; ++alpha) {
        double *row = state->factor + (first + alpha) * stride;
        for (size_t b = plan->recurrent ? 0 : layer; b <= layer; ++b)
            covariances(state, layer, alpha, b, b == layer ? alpha + 1 : points,
                        row + (plan->recurrent ? b * points : 0));
        factorise(state->factor, stride, first + alpha, state->inverse);
    }
    const qn_stream stream = {plan->options.seed, QN_PURPOSE_WIDE_ROWS, state->realisation};
    qn_normal(&stream, plan->row_position[layer], points * width, state->deviates + first * width);
    const double *factor = state->factor + first * stride;
    if (points == 1)
        cblas_dgemv(CblasRowMajor, CblasTrans, (int)rows, (int)width, 1.0, state->deviates, (int)width, factor, 1, 0.0,
                    state->field, 1);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)points, (int)width, (int)rows, 1.0, factor,
                    (int)stride, state->deviates, (int)width, 0.0, state->field, (int)width);
    qn_transfer_value(&plan->network->activation, points * width, state->field, qn_wide_state_rates(state, layer));
    qn_wide_state_update(state, layer);
}

void qn_wide_rows_draw(qn_wide_state *state, uint64_t realisation)
{
    state->realisation = realisation;
    for (size_t layer = 0; layer < state->plan->layers; ++layer) draw_layer(state, layer);
}
