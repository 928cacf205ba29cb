#include "theory/wide_layers.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/wide_expectation.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;
static const double LARGEST_FLOAT = 1e37;

// |x|^2 / N_in of one input at one time.
static double mean_square(const qn_wide_inputs *inputs, size_t time, size_t row)
{
    const double *x = inputs->values + (time * inputs->count + row) * inputs->dimension;
    double sum = 0.0;
    for (size_t k = 0; k < inputs->dimension; ++k) sum += x[k] * x[k];
    return sum / (double)inputs->dimension;
}

static double input_term(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t layer, size_t row)
{
    if (!qn_wide_has_input(network, layer)) return 0.0;
    const size_t time = network->input_mode == QN_WIDE_INPUT_SEQUENCE ? layer : 0;
    return network->input_strength * network->input_strength * mean_square(inputs, time, row);
}

// The chain of one input: (2) at coinciding indices.
static qn_status chain(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t row, double *variance)
{
    double before = 0.0;
    for (size_t a = 0; a <= network->depth; ++a) {
        const double bias = qn_wide_bias(network, a);
        double now = input_term(network, inputs, a, row) + bias * bias;
        if (a > 0) {
            const double strength = qn_wide_strength(network, a);
            qn_wide_square square;
            QN_TRY(qn_wide_square_of(&network->activation, before, &square));
            now += strength * strength * square.value;
        }
        QN_REQUIRE(isfinite(now), QN_NO_SOLUTION,
                   "variance of input %zu overflows in layer %zu (it was %g): strength is too large for this "
                   "activation and depth",
                   row, a, before);
        variance[a * inputs->count + row] = before = now;
    }
    return QN_OK;
}

static void fill_factors(const qn_transfer *activation, qn_wide_layers *layers)
{
    const double gain = activation->gain == 0.0 ? 1.0 : activation->gain, k2 = 0.5 * PI * gain * gain;
    for (size_t i = 0; i < layers->layers * layers->count; ++i) {
        const double q = layers->variance[i];
        if (activation->kind == QN_TRANSFER_ERF) {
            layers->factor[i] = sqrt(k2 / (1.0 + k2 * q));
        } else {
            layers->factor[i] = sqrt(q);
            layers->inverse[i] = q > 0.0 ? 1.0 / sqrt(q) : 0.0;
        }
    }
}

static qn_status fill_floats(qn_wide_layers *layers)
{
    const size_t all = layers->layers * layers->count;
    for (size_t i = 0; i < all; ++i)
        QN_REQUIRE(layers->variance[i] < LARGEST_FLOAT, QN_NO_SOLUTION,
                   "variance of input %zu is %g in layer %zu; single precision holds less than %g", i % layers->count,
                   layers->variance[i], i / layers->count, LARGEST_FLOAT);
    if (!layers->factor) return QN_OK;
    QN_TRY(QN_NEW(&layers->factor_float, all, "factors of a kernel"));
    if (layers->inverse) QN_TRY(QN_NEW(&layers->inverse_float, all, "factors of a kernel"));
    for (size_t i = 0; i < all; ++i) {
        layers->factor_float[i] = (float)layers->factor[i];
        if (layers->inverse) layers->inverse_float[i] = (float)layers->inverse[i];
    }
    return QN_OK;
}

static qn_status fill_variances(const qn_wide_network *network, const qn_wide_inputs *inputs, double *variance)
{
    size_t at_fault = inputs->count;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(inputs->count / 64)) reduction(min : at_fault)
    for (size_t row = 0; row < inputs->count; ++row)
        if (chain(network, inputs, row, variance) != QN_OK && row < at_fault) at_fault = row;
    // Once more here, for a message is its thread's own.
    return at_fault < inputs->count ? chain(network, inputs, at_fault, variance) : QN_OK;
}

static qn_status fill(const qn_wide_network *network, const qn_wide_inputs *inputs, bool single, qn_wide_layers *layers)
{
    const size_t all = layers->layers * layers->count;
    const qn_transfer_kind kind = network->activation.kind;
    QN_TRY(QN_NEW(&layers->variance, all, "variances of a kernel"));
    QN_TRY(fill_variances(network, inputs, layers->variance));
    if (kind == QN_TRANSFER_ERF || kind == QN_TRANSFER_RELU) {
        QN_TRY(QN_NEW(&layers->factor, all, "factors of a kernel"));
        if (kind == QN_TRANSFER_RELU) QN_TRY(QN_NEW(&layers->inverse, all, "factors of a kernel"));
        fill_factors(&network->activation, layers);
    }
    return single ? fill_floats(layers) : QN_OK;
}

qn_status qn_wide_layers_create(const qn_wide_network *network, const qn_wide_inputs *inputs, bool single,
                                qn_wide_layers *layers)
{
    qn_wide_layers made = {.count = inputs->count, .layers = network->depth + 1};
    const qn_status status = fill(network, inputs, single, &made);
    if (status == QN_OK)
        *layers = made;
    else
        qn_wide_layers_clear(&made);
    return status;
}

void qn_wide_layers_clear(qn_wide_layers *layers)
{
    qn_release(layers->variance);
    qn_release(layers->factor);
    qn_release(layers->inverse);
    qn_release(layers->factor_float);
    qn_release(layers->inverse_float);
    memset(layers, 0, sizeof *layers);
}

void qn_wide_layers_report(const qn_wide_layers *layers, qn_wide_kernel_report *report)
{
    double first = 0.0, last = 0.0;
    *report = (qn_wide_kernel_report){.smallest_variance = INFINITY};
    for (size_t row = 0; row < layers->count; ++row) {
        bool silent = false;
        for (size_t a = 0; a < layers->layers; ++a) {
            const double q = layers->variance[a * layers->count + row];
            report->largest_variance = fmax(report->largest_variance, q);
            report->smallest_variance = fmin(report->smallest_variance, q);
            silent = silent || q == 0.0;
            if (a == 0) first = fmax(first, q);
            if (a + 1 == layers->layers) last = fmax(last, q);
        }
        report->silent += silent;
    }
    report->decay = first > 0.0 ? last / first : 1.0;
}
