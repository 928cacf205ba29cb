// Networks with their weights drawn and multiplied.
#include "simulation/wide_state.h"

#include <quenched/random.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

static qn_stream stream_of(const qn_wide_state *state, qn_purpose purpose)
{
    return (qn_stream){state->plan->options.seed, purpose, state->realisation};
}

double *qn_wide_weights_into(const qn_wide_state *state, size_t layer)
{
    const bool kept = state->plan->options.tangent_kernel && !state->plan->recurrent;
    return state->hidden + (kept ? layer * state->plan->widest * state->plan->widest : 0);
}

static void add_input(qn_wide_state *state, size_t layer)
{
    const qn_wide_plan *plan = state->plan;
    const size_t dimension = plan->inputs->dimension, width = qn_wide_width(plan->network, layer);
    const qn_stream stream = stream_of(state, QN_PURPOSE_WIDE_WEIGHTS);
    if (layer == 0 || !plan->recurrent)
        qn_normal(&stream, plan->input_position[layer], width * dimension, state->input);
    const size_t time = plan->network->input_mode == QN_WIDE_INPUT_SEQUENCE ? layer : 0;
    const double *inputs = plan->inputs->values + time * plan->points * dimension;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)plan->points, (int)width, (int)dimension,
                plan->network->input_strength / sqrt((double)dimension), inputs, (int)dimension, state->input,
                (int)dimension, 1.0, state->field, (int)width);
}

static void add_bias(qn_wide_state *state, size_t layer)
{
    const qn_wide_plan *plan = state->plan;
    const size_t width = qn_wide_width(plan->network, layer);
    const double bias = qn_wide_bias(plan->network, layer);
    if (bias == 0) return;
    const qn_stream stream = stream_of(state, QN_PURPOSE_WIDE_WEIGHTS);
    qn_normal(&stream, plan->bias_position[layer], width, state->bias);
    for (size_t alpha = 0; alpha < plan->points; ++alpha)
        for (size_t unit = 0; unit < width; ++unit) state->field[alpha * width + unit] += bias * state->bias[unit];
}

static void add_recurrent(qn_wide_state *state, size_t layer)
{
    const qn_wide_plan *plan = state->plan;
    const size_t width = qn_wide_width(plan->network, layer), before = qn_wide_width(plan->network, layer - 1);
    const qn_stream stream = stream_of(state, QN_PURPOSE_WIDE_WEIGHTS);
    double *weights = qn_wide_weights_into(state, layer);
    if (layer == 1 || !plan->recurrent) qn_normal(&stream, plan->weight_position[layer], width * before, weights);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)plan->points, (int)width, (int)before,
                qn_wide_strength(plan->network, layer) / sqrt((double)before), qn_wide_state_rates(state, layer - 1),
                (int)before, weights, (int)before, 1.0, state->field, (int)width);
}

void qn_wide_weights_draw(qn_wide_state *state, uint64_t realisation)
{
    const qn_wide_plan *plan = state->plan;
    state->realisation = realisation;
    for (size_t layer = 0; layer < plan->layers; ++layer) {
        const size_t count = plan->points * qn_wide_width(plan->network, layer);
        memset(state->field, 0, count * sizeof *state->field);
        if (qn_wide_has_input(plan->network, layer)) add_input(state, layer);
        add_bias(state, layer);
        if (layer > 0) add_recurrent(state, layer);
        qn_transfer_value(&plan->network->activation, count, state->field, qn_wide_state_rates(state, layer));
        if (state->slopes)
            qn_transfer_slope(&plan->network->activation, count, state->field,
                              state->slopes + layer * plan->points * plan->widest);
        qn_wide_state_update(state, layer);
    }
}

// Readouts of a deep network have weights of their own; those of a recurrent one share them.
void qn_wide_weights_readout(qn_wide_state *state, size_t output, size_t which)
{
    const qn_wide_plan *plan = state->plan;
    const size_t width = qn_wide_width(plan->network, qn_wide_readout(plan->network, which));
    const size_t block = output * plan->readouts + (plan->recurrent ? 0 : which);
    const qn_stream stream = stream_of(state, QN_PURPOSE_WIDE_OUTPUT);
    qn_normal(&stream, (uint64_t)block * (plan->widest + 1), width + 1, state->readout);
}
