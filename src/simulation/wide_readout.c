// Readouts of a realisation. Given C, outputs are Gaussian of covariance (4), so that the posterior of readout weights
// needs C only.
#include "simulation/wide_state.h"

#include <quenched/random.h>

#include <cblas.h>
#include <math.h>

void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);

void qn_wide_readout_kernel(qn_wide_state *state)
{
    const qn_wide_plan *plan = state->plan;
    const size_t points = plan->points, rows = plan->readouts * points;
    const double strength = qn_wide_output_strength(plan->network), bias = qn_wide_output_bias(plan->network);
    for (size_t i = 0; i < plan->readouts; ++i)
        for (size_t j = plan->recurrent ? 0 : i; j <= i; ++j) {
            const size_t a = qn_wide_readout(plan->network, i), b = qn_wide_readout(plan->network, j);
            const double *kernel = state->kernel + plan->block[a * plan->layers + b];
            for (size_t alpha = 0; alpha < points; ++alpha)
                for (size_t beta = 0; beta < points; ++beta) {
                    const double value = bias * bias + strength * strength * kernel[alpha * plan->stride + beta];
                    state->output_kernel[(i * points + alpha) * rows + j * points + beta] = value;
                    state->output_kernel[(j * points + beta) * rows + i * points + alpha] = value;
                }
        }
}

// y = w.phi(h) + xi of the weights themselves.
static void draw_with_weights(qn_wide_state *state, double *outputs)
{
    const qn_wide_plan *plan = state->plan;
    for (size_t output = 0; output < plan->options.outputs; ++output)
        for (size_t i = 0; i < plan->readouts; ++i) {
            const size_t layer = qn_wide_readout(plan->network, i), width = qn_wide_width(plan->network, layer);
            const double *rates = qn_wide_state_rates(state, layer);
            const double strength = qn_wide_output_strength(plan->network) / sqrt((double)width);
            qn_wide_weights_readout(state, output, i);
            for (size_t alpha = 0; alpha < plan->points; ++alpha)
                *outputs++ = strength * cblas_ddot((int)width, state->readout, 1, rates + alpha * width, 1) +
                             qn_wide_output_bias(plan->network) * state->readout[width];
        }
}

// A factor of the output kernel, which may be singular: rows that add no direction have a pivot of 0.
static void factorise_outputs(qn_wide_state *state, size_t rows)
{
    double *factor = state->output_factor;
    for (size_t s = 0; s < rows; ++s) {
        double *row = factor + s * rows;
        for (size_t t = 0; t < s; ++t) {
            const double pivot = factor[t * rows + t];
            const double rest = state->output_kernel[s * rows + t] - cblas_ddot((int)t, row, 1, factor + t * rows, 1);
            row[t] = pivot > 0 ? rest / pivot : 0;
        }
        const double variance = state->output_kernel[s * rows + s],
                     pivot = variance - cblas_ddot((int)s, row, 1, row, 1);
        row[s] = pivot > 1e-10 * variance ? sqrt(pivot) : 0;
    }
}

void qn_wide_readout_draw(qn_wide_state *state, double *outputs)
{
    const qn_wide_plan *plan = state->plan;
    if (plan->weights) {
        draw_with_weights(state, outputs);
        return;
    }
    const size_t rows = plan->readouts * plan->points;
    factorise_outputs(state, rows);
    double *deviates = state->output_factor + rows * rows;
    const qn_stream stream = {plan->options.seed, QN_PURPOSE_WIDE_OUTPUT, state->realisation};
    for (size_t output = 0; output < plan->options.outputs; ++output) {
        qn_normal(&stream, (uint64_t)output * rows, rows, deviates);
        for (size_t s = 0; s < rows; ++s)
            *outputs++ = cblas_ddot((int)s + 1, state->output_factor + s * rows, 1, deviates, 1);
    }
}

static size_t row_of(const qn_wide_plan *plan, const size_t *points, const size_t *readouts, size_t which)
{
    return (readouts ? readouts[which] : plan->readouts - 1) * plan->points + points[which];
}

// Training points' covariance with noise, and test points' with them.
static void gather(qn_wide_state *state)
{
    const qn_wide_plan *plan = state->plan;
    const qn_wide_training *training = plan->options.training;
    const size_t train = training->train_count, rows = plan->readouts * plan->points;
    const size_t columns = training->target_count ? training->target_count : 1;
    for (size_t j = 0; j < train; ++j) {
        const size_t column = row_of(plan, training->train, training->train_readouts, j);
        for (size_t i = 0; i < train; ++i)
            state->train_kernel[i * train + j] =
                state->output_kernel[row_of(plan, training->train, training->train_readouts, i) * rows + column];
        state->train_kernel[j * train + j] += training->noise;
        for (size_t i = 0; i < training->test_count; ++i)
            state->test_kernel[i * train + j] =
                state->output_kernel[row_of(plan, training->test, training->test_readouts, i) * rows + column];
        for (size_t d = 0; d < columns; ++d) state->train_targets[j * columns + d] = training->targets[j * columns + d];
    }
}

bool qn_wide_readout_train(qn_wide_state *state, double *mean, double *variance)
{
    const qn_wide_plan *plan = state->plan;
    const qn_wide_training *training = plan->options.training;
    const int train = (int)training->train_count, test = (int)training->test_count,
              columns = training->target_count ? (int)training->target_count : 1;
    gather(state);
    int info = 0;
    dpotrf_("U", &train, state->train_kernel, &train, &info, 1); // row-major: L of K = L L^T in the lower triangle
    if (info != 0) return false;
    // With v = L^-1 Y and u = L^-1 k: mean u.v and variance k_** - u.u, equation (22).
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, train, columns, 1.0,
                state->train_kernel, train, state->train_targets, columns);
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, test, train, 1.0, state->train_kernel,
                train, state->test_kernel, train);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, test, columns, train, 1.0, state->test_kernel, train,
                state->train_targets, columns, 0.0, mean, columns);
    const size_t rows = plan->readouts * plan->points;
    for (size_t i = 0; i < training->test_count; ++i) {
        const size_t row = row_of(plan, training->test, training->test_readouts, i);
        const double *u = state->test_kernel + i * training->train_count;
        variance[i] = state->output_kernel[row * rows + row] - cblas_ddot(train, u, 1, u, 1);
    }
    return true;
}
