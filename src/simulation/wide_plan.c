#include "simulation/wide_plan.h"

#include "base/fail.h"
#include "base/parallel.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>

static size_t most(size_t a, size_t b) { return a > b ? a : b; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t width_of(const qn_wide_plan *plan, size_t layer) { return qn_wide_width(plan->network, layer); }

// Pairs are kept with a >= b inside; what was asked the other way round is transposed when it is handed out.
static qn_status list_pairs(qn_wide_plan *plan)
{
    const qn_wide_simulation_options *options = &plan->options;
    const size_t layers = plan->layers;
    plan->pair_count = options->pair_count > 0 ? options->pair_count
                       : !options->all_pairs   ? 1
                       : plan->recurrent       ? layers * (layers + 1) / 2
                                               : layers;
    QN_TRY(QN_NEW(&plan->pairs, plan->pair_count, "pairs of layers"));
    if (options->pair_count > 0) {
        for (size_t i = 0; i < plan->pair_count; ++i) plan->pairs[i] = options->pairs[i];
    } else if (!options->all_pairs) {
        plan->pairs[0] = (qn_wide_layer_pair){layers - 1, layers - 1};
    } else {
        size_t next = 0;
        for (size_t a = 0; a < layers; ++a)
            for (size_t b = plan->recurrent ? 0 : a; b <= a; ++b) plan->pairs[next++] = (qn_wide_layer_pair){a, b};
    }
    return QN_OK;
}

// Marks, as block 0, which kernels must be computed.
static void mark_blocks(qn_wide_plan *plan)
{
    const size_t layers = plan->layers;
    const bool all = plan->recurrent && (!plan->weights || plan->options.tangent_kernel);
    const bool equal = !plan->recurrent && (!plan->weights || plan->options.tangent_kernel);
    for (size_t a = 0; a < layers; ++a)
        for (size_t b = 0; b < layers; ++b)
            plan->block[a * layers + b] = b <= a && (all || (equal && a == b)) ? 0 : QN_WIDE_NO_BLOCK;
    for (size_t i = 0; i < plan->pair_count; ++i) {
        const size_t a = plan->pairs[i].row, b = plan->pairs[i].column;
        plan->block[most(a, b) * layers + least(a, b)] = 0;
        if (!plan->recurrent && a != b) plan->keep_rates = true;
    }
    for (size_t i = 0; i < plan->readouts; ++i)
        for (size_t j = plan->recurrent ? 0 : i; j <= i; ++j)
            plan->block[qn_wide_readout(plan->network, i) * layers + qn_wide_readout(plan->network, j)] = 0;
}

// All kernels of a recurrent network are one matrix of S x S; of a deep one, blocks of P x P one after the other.
static void place_blocks(qn_wide_plan *plan)
{
    const size_t layers = plan->layers;
    plan->stride = plan->recurrent ? plan->rows : plan->points;
    size_t next = 0;
    for (size_t a = 0; a < layers; ++a)
        for (size_t b = 0; b <= a; ++b) {
            size_t *block = &plan->block[a * layers + b];
            if (*block == QN_WIDE_NO_BLOCK) continue;
            *block = plan->recurrent ? a * plan->points * plan->rows + b * plan->points : plan->block_count * next++;
        }
    plan->kernel_count = plan->recurrent ? plan->rows * plan->rows : plan->block_count * next;
}

// A layer's deviates begin where the layer before ends; a recurrent network's weights are the same at every step.
static qn_status place_weights(qn_wide_plan *plan)
{
    const size_t layers = plan->layers;
    QN_TRY(QN_NEW(&plan->row_position, 4 * layers, "positions of weights"));
    plan->weight_position = plan->row_position + layers;
    plan->input_position = plan->weight_position + layers;
    plan->bias_position = plan->input_position + layers;
    size_t row = 0, next = 0;
    for (size_t a = 0; a < layers; ++a) {
        const size_t width = width_of(plan, a);
        plan->row_position[a] = row;
        row += width * plan->points;
        const bool again = plan->recurrent && a > 0;
        plan->input_position[a] = again ? plan->input_position[0] : next;
        if (!again) next += width * plan->inputs->dimension;
        plan->bias_position[a] = again && !plan->network->fresh_bias ? plan->bias_position[0] : next;
        if (plan->bias_position[a] == next) next += width;
        if (a == 0) continue;
        plan->weight_position[a] = plan->recurrent && a > 1 ? plan->weight_position[1] : next;
        if (plan->weight_position[a] == next) next += width * width_of(plan, a - 1);
    }
    return QN_OK;
}

static const double *inputs_of(const qn_wide_plan *plan, size_t layer)
{
    const size_t time = plan->network->input_mode == QN_WIDE_INPUT_SEQUENCE ? layer : 0;
    return plan->inputs->values + time * plan->points * plan->inputs->dimension;
}

// Terms I and sigma^2 B of equation (2).
static qn_status fill_drive(qn_wide_plan *plan)
{
    const qn_wide_network *network = plan->network;
    const size_t dimension = plan->inputs->dimension, points = plan->points;
    const double scale = network->input_strength * network->input_strength / (double)dimension;
    QN_TRY(QN_NEW(&plan->drive, plan->kernel_count, "input terms of kernels"));
    for (size_t a = 0; a < plan->layers; ++a)
        for (size_t b = plan->recurrent ? 0 : a; b <= a; ++b) {
            const size_t block = plan->block[a * plan->layers + b];
            if (block == QN_WIDE_NO_BLOCK) continue;
            double *drive = plan->drive + block;
            if (qn_wide_has_input(network, a) && qn_wide_has_input(network, b))
                cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)points, (int)points, (int)dimension, scale,
                            inputs_of(plan, a), (int)dimension, inputs_of(plan, b), (int)dimension, 0.0, drive,
                            (int)plan->stride);
            if (a != b && network->fresh_bias) continue;
            const double bias = qn_wide_bias(network, a);
            for (size_t alpha = 0; alpha < points; ++alpha)
                for (size_t beta = 0; beta < points; ++beta) drive[alpha * plan->stride + beta] += bias * bias;
        }
    return QN_OK;
}

bool qn_wide_plan_couples(const qn_wide_plan *plan, size_t a, size_t b)
{
    return a > 0 && b > 0 && (plan->recurrent || a == b);
}

double qn_wide_plan_covariance(const qn_wide_plan *plan, const double *kernel, size_t a, size_t alpha, size_t b,
                               size_t beta)
{
    const size_t at = alpha * plan->stride + beta;
    const double drive = plan->drive[plan->block[a * plan->layers + b] + at];
    if (!qn_wide_plan_couples(plan, a, b)) return drive;
    const double strength = qn_wide_strength(plan->network, a);
    return drive + strength * strength * kernel[plan->block[(a - 1) * plan->layers + b - 1] + at];
}

// Nanoseconds on the processors at hand; the choice must not depend on which. A deviate 3, a multiplication and
// addition in a matrix product 0.1, phi 5 and, for other work, 1000 a layer.
static double cost_of(const qn_wide_plan *plan, bool weights)
{
    const double points = (double)plan->points, dimension = (double)plan->inputs->dimension;
    double cost = 0, before = 0;
    for (size_t a = 0; a < plan->layers; ++a) {
        const double width = (double)width_of(plan, a), rows = plan->recurrent ? (double)(a + 1) * points : points;
        cost += 1000 + 5 * width * points;
        const bool fresh = a == 0 || !plan->recurrent;
        if (weights) {
            const double entries = width * before;
            cost += (plan->recurrent && a > 1 ? 0 : 3) * entries + 0.1 * entries * points;
            if (qn_wide_has_input(plan->network, a)) cost += width * dimension * ((fresh ? 3 : 0) + 0.1 * points);
        } else {
            cost += 3 * width * points + 0.2 * width * points * rows + 0.5 * points * rows * rows;
        }
        before = width;
    }
    return cost;
}

double qn_wide_plan_cost(const qn_wide_plan *plan)
{
    double cost = cost_of(plan, plan->weights);
    const double rows = (double)(plan->readouts * plan->rows);
    if (plan->options.tangent_kernel) cost += 0.1 * rows * (double)plan->widest * ((double)plan->widest + rows);
    if (plan->options.training) {
        const double train = (double)plan->options.training->train_count,
                     test = (double)plan->options.training->test_count;
        cost += 0.3 * train * train * (train + test);
    }
    return cost;
}

static void choose(qn_wide_plan *plan)
{
    plan->weights = plan->options.sampler == QN_WIDE_SAMPLER_WEIGHTS || plan->options.tangent_kernel ||
                    (plan->options.sampler == QN_WIDE_SAMPLER_AUTOMATIC && cost_of(plan, true) < cost_of(plan, false));
    plan->options.sampler = plan->weights ? QN_WIDE_SAMPLER_WEIGHTS : QN_WIDE_SAMPLER_ROWS;
    plan->keep_rates = plan->recurrent || plan->options.tangent_kernel || (plan->weights && plan->options.outputs > 0);
}

double qn_wide_plan_scratch(const qn_wide_plan *plan)
{
    const double widest = (double)plan->widest, points = (double)plan->points, rows = (double)plan->rows;
    const double readout_rows = (double)plan->readouts * points;
    double count = (double)plan->kernel_count + widest * (plan->keep_rates ? rows : 2 * points) + widest * points;
    if (plan->weights) {
        const double layers = plan->options.tangent_kernel && !plan->recurrent ? (double)plan->layers : 1;
        count += layers * widest * widest + widest * (double)plan->inputs->dimension + 2 * widest;
    } else {
        count += plan->recurrent ? widest * rows + rows * rows : widest * points + points * points;
    }
    if (plan->options.tangent_kernel) {
        const double deltas = (double)plan->readouts * rows;
        count += widest * rows + deltas * widest + (plan->recurrent ? deltas * deltas : readout_rows * readout_rows);
    }
    count += 2 * readout_rows * readout_rows + readout_rows + widest;
    if (plan->options.training) {
        const double train = (double)plan->options.training->train_count,
                     test = (double)plan->options.training->test_count,
                     columns = (double)most(plan->options.training->target_count, 1);
        count += train * (train + test + columns);
    }
    return count;
}

static qn_status plan_memory(qn_wide_plan *plan)
{
    const qn_wide_simulation_options *options = &plan->options;
    const double elements = (double)plan->pair_count * (double)plan->block_count, all = (double)options->realisations,
                 readout_rows = (double)plan->readouts * (double)plan->points;
    qn_memory_plan memory = {0};
    qn_memory_plan_add(&memory, "moments of kernels", elements, 4 * sizeof(qn_estimate) + 8 * sizeof(double));
    qn_memory_plan_add(&memory, "kernels of realisations", elements,
                       (options->keep_kernels || options->covariance ? all : 1) * sizeof(double));
    if (options->covariance) qn_memory_plan_add(&memory, "covariances", elements * elements, sizeof(qn_estimate));
    qn_memory_plan_add(&memory, "outputs", all * (double)options->outputs * readout_rows, sizeof(double));
    if (options->training)
        qn_memory_plan_add(&memory, "predictions",
                           all * (double)options->training->test_count *
                               (1 + (double)most(options->training->target_count, 1)),
                           sizeof(double));
    if (options->tangent_kernel)
        qn_memory_plan_add(&memory, "tangent kernels", readout_rows * readout_rows, 8 * sizeof(double));
    qn_memory_plan_add(&memory, "input terms of kernels", (double)plan->kernel_count, sizeof(double));
    const double waiting = elements + (options->tangent_kernel ? readout_rows * readout_rows : 0);
    qn_memory_plan_add(&memory, "results to be added up", fmin(all * waiting * sizeof(double), QN_WIDE_WAVE_BYTES), 1);
    // One realisation at a time is the least; as many threads as fit beside it.
    const double scratch = qn_wide_plan_scratch(plan) + elements + readout_rows * readout_rows;
    const double fixed = memory.bytes;
    qn_memory_plan_add(&memory, "one network", scratch, sizeof(double));
    QN_TRY(qn_memory_plan_check(&memory, options->memory_limit));
    double available = qn_memory_available();
    if (options->memory_limit > 0 && options->memory_limit < available) available = options->memory_limit;
    const double fit = (available - fixed) / (scratch * sizeof(double));
    plan->most_threads = fit < 1 ? 1 : fit > 4096 ? 4096 : (size_t)fit;
    return QN_OK;
}

// Kernels of a recurrent network are one matrix of S rows, of a deep one matrices of P rows; BLAS counts in int.
static qn_status check_size(const qn_wide_plan *plan)
{
    const double most_rows = 46340,
                 rows = plan->recurrent ? (double)plan->layers * (double)plan->points : (double)plan->points;
    QN_REQUIRE(rows < most_rows, QN_BAD_VALUE,
               "inputs.count is %zu: kernels of %g rows (recurrent: times depth + 1 = %zu); allowed: less than %g",
               plan->points, rows, plan->layers, most_rows);
    const double gradients = (double)plan->readouts * rows;
    QN_REQUIRE(!plan->options.tangent_kernel || gradients < most_rows, QN_BAD_VALUE,
               "tangent_kernel of %zu readouts of %g rows; allowed: less than %g together", plan->readouts, rows,
               most_rows);
    QN_REQUIRE(plan->widest <= INT_MAX / 2, QN_BAD_VALUE, "width is %zu; allowed: at most %d in a simulation",
               plan->widest, INT_MAX / 2);
    QN_REQUIRE(plan->inputs->dimension <= INT_MAX / 2, QN_BAD_VALUE,
               "inputs.dimension is %zu; allowed: at most %d in a simulation", plan->inputs->dimension, INT_MAX / 2);
    qn_memory_plan memory = {0};
    qn_memory_plan_add(&memory, "places of kernels", (double)plan->layers * (double)plan->layers, 3 * sizeof(size_t));
    return qn_memory_plan_check(&memory, plan->options.memory_limit);
}

static qn_status check_reference(const qn_wide_plan *plan)
{
    for (size_t i = 0; plan->options.reference && i < plan->pair_count * plan->block_count; ++i)
        QN_REQUIRE(isfinite(plan->options.reference[i]), QN_BAD_VALUE,
                   "reference of pair %zu, element %zu, is %g; it must be finite", i / plan->block_count,
                   i % plan->block_count, plan->options.reference[i]);
    return QN_OK;
}

qn_status qn_wide_plan_make(const qn_wide_network *network, const qn_wide_inputs *inputs,
                            const qn_wide_simulation_options *options, qn_wide_plan *plan)
{
    *plan = (qn_wide_plan){0};
    QN_TRY(qn_wide_network_check(network));
    QN_TRY(qn_wide_inputs_check(network, inputs));
    if (options) plan->options = *options;
    if (plan->options.realisations == 0) plan->options.realisations = 1000;
    QN_TRY(qn_wide_options_check(network, inputs, &plan->options));
    plan->network = network;
    plan->inputs = inputs;
    plan->recurrent = network->architecture == QN_WIDE_RECURRENT;
    plan->layers = network->depth + 1;
    plan->points = inputs->count;
    plan->rows = plan->layers * plan->points;
    plan->block_count = plan->points * plan->points;
    plan->readouts = qn_wide_readout_count(network);
    for (size_t a = 0; a < plan->layers; ++a) plan->widest = most(plan->widest, width_of(plan, a));
    QN_TRY(check_size(plan));
    choose(plan);
    QN_TRY(list_pairs(plan));
    QN_TRY(check_reference(plan));
    QN_TRY(QN_NEW(&plan->block, plan->layers * plan->layers, "places of kernels"));
    mark_blocks(plan);
    place_blocks(plan);
    QN_TRY(plan_memory(plan));
    QN_TRY(place_weights(plan));
    qn_blas_single_thread();
    return fill_drive(plan);
}

void qn_wide_plan_clear(qn_wide_plan *plan)
{
    qn_release(plan->pairs);
    qn_release(plan->block);
    qn_release(plan->drive);
    qn_release(plan->row_position);
    *plan = (qn_wide_plan){0};
}
