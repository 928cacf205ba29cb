// Is a description of a wide network, and are inputs for it, complete and within what is allowed?
#include <quenched/wide_network.h>

#include "base/fail.h"

#include <math.h>
#include <stdint.h>

// More steps than anybody can compute: a negative number turned unsigned.
static const size_t MOST_STEPS = 1000000;

static qn_status check_positive(const char *name, double value)
{
    QN_REQUIRE(value > 0.0 && isfinite(value), QN_BAD_VALUE, "%s is %g; allowed: greater than 0", name, value);
    return QN_OK;
}

static qn_status check_not_negative(const char *name, double value)
{
    QN_REQUIRE(value >= 0.0 && isfinite(value), QN_BAD_VALUE, "%s is %g; allowed: 0 or more", name, value);
    return QN_OK;
}

static qn_status check_deep_only(const qn_wide_network *network, const char *name, const void *values)
{
    QN_REQUIRE(!values || network->architecture == QN_WIDE_DEEP, QN_BAD_VALUE,
               "%s is given by layer, but a recurrent network is the same at every step; allowed: one value for all",
               name);
    return QN_OK;
}

static qn_status check_strengths(const qn_wide_network *network)
{
    QN_TRY(check_not_negative("input_strength", network->input_strength));
    QN_TRY(check_deep_only(network, "strengths", network->strengths));
    // `strength` may be left out where nothing asks for it.
    const bool of_steps = network->depth > 0 && !network->strengths;
    if (of_steps || !network->own_output) QN_TRY(check_positive("strength", network->strength));
    if (network->own_output) QN_TRY(check_not_negative("output_strength", network->output_strength));
    if (!network->strengths) return QN_OK;
    for (size_t i = 0; i < network->depth; ++i)
        QN_REQUIRE(network->strengths[i] > 0.0 && isfinite(network->strengths[i]), QN_BAD_VALUE,
                   "strengths[%zu], of the step into layer %zu, is %g; allowed: greater than 0", i, i + 1,
                   network->strengths[i]);
    return QN_OK;
}

static qn_status check_biases(const qn_wide_network *network)
{
    QN_TRY(check_not_negative("bias", network->bias));
    QN_TRY(check_deep_only(network, "biases", network->biases));
    QN_REQUIRE(!network->fresh_bias || network->architecture == QN_WIDE_RECURRENT, QN_BAD_VALUE,
               "fresh_bias is true; allowed in recurrent networks only: layers of a deep network have biases of their "
               "own anyway");
    if (network->own_output) QN_TRY(check_not_negative("output_bias", network->output_bias));
    if (!network->biases) return QN_OK;
    for (size_t a = 0; a <= network->depth; ++a)
        QN_REQUIRE(network->biases[a] >= 0.0 && isfinite(network->biases[a]), QN_BAD_VALUE,
                   "biases[%zu] is %g; allowed: 0 or more", a, network->biases[a]);
    return QN_OK;
}

static qn_status check_readouts(const qn_wide_network *network)
{
    if (network->readout_count == 0) return QN_OK;
    QN_REQUIRE(network->readouts, QN_BAD_VALUE, "readouts is missing; readout_count is %zu", network->readout_count);
    for (size_t i = 0; i < network->readout_count; ++i) {
        QN_REQUIRE(network->readouts[i] <= network->depth, QN_BAD_VALUE,
                   "readouts[%zu] is %zu; allowed: 0 to depth = %zu", i, network->readouts[i], network->depth);
        QN_REQUIRE(i == 0 || network->readouts[i] > network->readouts[i - 1], QN_BAD_VALUE,
                   "readouts[%zu] is %zu, after %zu; allowed: increasing, each once", i, network->readouts[i],
                   network->readouts[i - 1]);
    }
    return QN_OK;
}

qn_status qn_wide_network_check(const qn_wide_network *network)
{
    QN_REQUIRE((unsigned)network->architecture <= QN_WIDE_RECURRENT, QN_BAD_VALUE,
               "architecture is %d; allowed: 0 (deep) and 1 (recurrent)", (int)network->architecture);
    const qn_status status = qn_transfer_check(&network->activation);
    if (status != QN_OK) return qn_fail_in(status, "activation");
    QN_REQUIRE(network->depth <= MOST_STEPS, QN_BAD_VALUE, "depth is %zu; allowed: 0 to %zu", network->depth,
               MOST_STEPS);
    QN_TRY(check_strengths(network));
    QN_TRY(check_biases(network));
    QN_REQUIRE((unsigned)network->input_mode <= QN_WIDE_INPUT_SEQUENCE, QN_BAD_VALUE,
               "input_mode is %d; allowed: 0 (first), 1 (constant), 2 (sequence)", (int)network->input_mode);
    QN_TRY(check_deep_only(network, "widths", network->widths));
    return check_readouts(network);
}

static qn_status check_values(const qn_wide_inputs *inputs)
{
    const double *values = inputs->values;
    for (size_t t = 0; t < inputs->times; ++t)
        for (size_t row = 0; row < inputs->count; ++row)
            for (size_t k = 0; k < inputs->dimension; ++k, ++values) {
                if (isfinite(*values)) continue;
                if (inputs->times == 1)
                    return qn_fail(QN_BAD_VALUE, "input %zu has %g at component %zu; it must be finite", row, *values,
                                   k);
                return qn_fail(QN_BAD_VALUE, "input %zu has %g at component %zu of time %zu; it must be finite", row,
                               *values, k, t);
            }
    return QN_OK;
}

qn_status qn_wide_inputs_check(const qn_wide_network *network, const qn_wide_inputs *inputs)
{
    QN_REQUIRE(inputs->count >= 1, QN_BAD_VALUE, "inputs.count is 0; at least one input is needed");
    QN_REQUIRE(inputs->dimension >= 1, QN_BAD_VALUE, "inputs.dimension is 0; at least one component is needed");
    const bool sequence = network->input_mode == QN_WIDE_INPUT_SEQUENCE;
    const size_t times = sequence ? network->depth + 1 : 1;
    QN_REQUIRE(inputs->times == times, QN_BAD_VALUE,
               sequence ? "inputs.times is %zu; a sequence has depth + 1 = %zu times"
                        : "inputs.times is %zu; allowed: %zu, for inputs that are not sequences",
               inputs->times, times);
    QN_REQUIRE(inputs->values, QN_BAD_VALUE, "inputs.values is missing");
    QN_REQUIRE((double)inputs->count * (double)inputs->dimension * (double)times < (double)PTRDIFF_MAX / sizeof(double),
               QN_BAD_VALUE, "inputs are %zu times %zu times %zu numbers; that many cannot be addressed", times,
               inputs->count, inputs->dimension);
    return check_values(inputs);
}
