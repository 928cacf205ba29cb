#include "simulation/wide_state.h"

#include "base/fail.h"

#include <cblas.h>

static qn_status take_for_sampling(const qn_wide_plan *plan, qn_wide_state *state)
{
    const size_t widest = plan->widest, points = plan->points;
    const size_t kept = plan->recurrent ? plan->rows : points; // rows that matter for what follows
    QN_TRY(QN_NEW(&state->kernel, plan->kernel_count, "kernels"));
    QN_TRY(QN_NEW(&state->rates, widest * (plan->keep_rates ? plan->rows : 2 * points), "rates"));
    QN_TRY(QN_NEW(&state->field, widest * points, "pre-activations"));
    if (!plan->weights) {
        QN_TRY(QN_NEW(&state->deviates, widest * kept, "deviates"));
        QN_TRY(QN_NEW(&state->factor, kept * kept, "factor of kernels"));
        return QN_NEW(&state->inverse, kept, "factor of kernels");
    }
    const size_t kept_weights = plan->options.tangent_kernel && !plan->recurrent ? plan->layers : 1;
    QN_TRY(QN_NEW(&state->hidden, kept_weights * widest * widest, "hidden weights"));
    QN_TRY(QN_NEW(&state->input, widest * plan->inputs->dimension, "input weights"));
    return QN_NEW(&state->bias, widest, "biases");
}

static qn_status take_for_readouts(const qn_wide_plan *plan, qn_wide_state *state)
{
    const size_t rows = plan->readouts * plan->points, deltas = plan->readouts * plan->rows;
    if (plan->options.tangent_kernel) {
        QN_TRY(QN_NEW(&state->slopes, plan->rows * plan->widest, "slopes"));
        QN_TRY(QN_NEW(&state->deltas, deltas * plan->widest, "gradients"));
        QN_TRY(
            QN_NEW(&state->products, plan->recurrent ? deltas * deltas : plan->block_count, "products of gradients"));
    }
    QN_TRY(QN_NEW(&state->readout, plan->widest + 1, "readout weights"));
    QN_TRY(QN_NEW(&state->output_kernel, rows * rows, "output kernel"));
    QN_TRY(QN_NEW(&state->output_factor, rows * rows + rows, "output kernel"));
    const qn_wide_training *training = plan->options.training;
    if (!training) return QN_OK;
    const size_t columns = training->target_count ? training->target_count : 1;
    QN_TRY(QN_NEW(&state->train_kernel, training->train_count * training->train_count, "kernel of training points"));
    QN_TRY(QN_NEW(&state->train_targets, training->train_count * columns, "targets"));
    return QN_NEW(&state->test_kernel, training->train_count * training->test_count, "kernel of test points");
}

qn_status qn_wide_state_create(const qn_wide_plan *plan, qn_wide_state *state)
{
    *state = (qn_wide_state){.plan = plan};
    const qn_status status = take_for_sampling(plan, state);
    return status == QN_OK ? take_for_readouts(plan, state) : status;
}

void qn_wide_state_clear(qn_wide_state *state)
{
    double *const all[] = {state->kernel,        state->rates,         state->field,         state->deviates,
                           state->factor,        state->inverse,       state->hidden,        state->input,
                           state->bias,          state->slopes,        state->deltas,        state->products,
                           state->readout,       state->output_kernel, state->output_factor, state->train_kernel,
                           state->train_targets, state->test_kernel};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) qn_release(all[i]);
    *state = (qn_wide_state){0};
}

double *qn_wide_state_rates(const qn_wide_state *state, size_t layer)
{
    const qn_wide_plan *plan = state->plan;
    return state->rates + (plan->keep_rates ? layer : layer % 2) * plan->points * plan->widest;
}

// C = (1/n) left right^T, all rows of `count` numbers.
static void overlap(size_t rows, size_t columns, size_t count, const double *left, const double *right, double *kernel,
                    size_t stride)
{
    const double scale = 1 / (double)count;
    if (rows == 1)
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)columns, (int)count, scale, right, (int)count, left, 1, 0.0,
                    kernel, 1);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns, (int)count, scale, left,
                    (int)count, right, (int)count, 0.0, kernel, (int)stride);
}

void qn_wide_state_update(qn_wide_state *state, size_t layer)
{
    const qn_wide_plan *plan = state->plan;
    const size_t width = qn_wide_width(plan->network, layer), points = plan->points;
    const double *rates = qn_wide_state_rates(state, layer);
    if (plan->recurrent && !plan->weights) { // all are needed, and lie side by side
        overlap(points, (layer + 1) * points, width, rates, state->rates, state->kernel + layer * points * plan->rows,
                plan->stride);
        return;
    }
    for (size_t b = 0; b <= layer; ++b) {
        const size_t block = plan->block[layer * plan->layers + b];
        if (block == QN_WIDE_NO_BLOCK) continue;
        overlap(points, points, width, rates, qn_wide_state_rates(state, b), state->kernel + block, plan->stride);
    }
}
