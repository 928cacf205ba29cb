// Simulated networks of a study of kernels: moments of their kernels, and readouts trained on them.
#include "base/fail.h"
#include "base/memory.h"
#include "study/kernel_point.h"

#include <quenched/mmd.h>
#include <quenched/wide_kernel.h>

#include <math.h>
#include <stdlib.h>

enum { MOST_FOR_DISCREPANCY = 20000 }; // networks: the cost grows with their square

// The value times a factor.
static qn_estimate scaled(qn_estimate estimate, double factor, double offset)
{
    estimate.value = offset + factor * estimate.value;
    estimate.standard_error *= fabs(factor);
    return estimate;
}

// The square root of an estimate that may lie anywhere above -error.
static qn_estimate root(qn_estimate estimate)
{
    const double value = estimate.value, error = estimate.standard_error;
    const bool clear = value > error;
    estimate.value = sqrt(fmax(value, 0.0));
    estimate.standard_error = clear ? error / (2.0 * estimate.value) : sqrt(error);
    return estimate;
}

typedef struct {
    size_t count;
    qn_wide_layer_pair *pairs;
    double *reference, *means, *errors;
} followed;

static void clear_followed(followed *all)
{
    qn_release(all->pairs);
    qn_release(all->reference);
    qn_release(all->means);
    qn_release(all->errors);
}

// Pairs of layers, and the limits of their moments, which shifts are measured from.
static qn_status follow(double limit, const qn_kernel_point *point, followed *all)
{
    const size_t square = point->few.count * point->few.count;
    const qn_wide_kernel_options options = {.memory_limit = limit};
    QN_TRY(qn_kernel_pairs(&point->network, &all->count, &all->pairs));
    QN_TRY(QN_NEW(&all->reference, all->count * square, "limits of kernels"));
    QN_TRY(QN_NEW(&all->means, all->count * square, "kernels by layer"));
    QN_TRY(QN_NEW(&all->errors, all->count * square, "kernels by layer"));
    return qn_wide_kernel_pairs(&point->network, &point->few, NULL, QN_WIDE_MOMENT, all->count, all->pairs, &options,
                                all->reference, NULL);
}

// Discrepancy of the outputs from the Gaussian process, from the kernels of the last layer of each network.
static qn_status discrepancy(const qn_wide_simulation *simulated, const double *reference, qn_kernel_point *point)
{
    const size_t points = point->few.count, square = points * points, last = point->network.depth;
    const size_t samples =
        simulated->realisations < MOST_FOR_DISCREPANCY ? simulated->realisations : MOST_FOR_DISCREPANCY;
    const double g = qn_wide_output_strength(&point->network), bias = qn_wide_output_bias(&point->network);
    double *kernels, *gaussian = NULL;
    qn_estimate squared;
    QN_TRY(QN_NEW(&kernels, samples * square, "output kernels"));
    qn_status status = QN_NEW(&gaussian, square, "output kernels");
    for (size_t r = 0; status == QN_OK && r < samples; ++r)
        for (size_t e = 0; e < square; ++e)
            kernels[r * square + e] =
                bias * bias + g * g * simulated->kernels[(r * simulated->pair_count + last) * square + e];
    for (size_t e = 0; status == QN_OK && e < square; ++e)
        gaussian[e] = bias * bias + g * g * reference[last * square + e];
    if (status == QN_OK) status = qn_mmd_of_kernels(points, samples, kernels, gaussian, 0.0, &squared);
    qn_release(kernels);
    qn_release(gaussian);
    if (status == QN_BAD_VALUE) return qn_kernel_point_warn(point, "mmd: %s", qn_last_error());
    QN_TRY(status);
    point->values[QN_KERNEL_mmd].simulation = root(squared);
    return QN_OK;
}

static qn_status measure(const qn_wide_simulation *simulated, followed *all, qn_kernel_point *point)
{
    const size_t square = point->few.count * point->few.count, last = point->network.depth;
    const double g = qn_wide_output_strength(&point->network), bias = qn_wide_output_bias(&point->network);
    const double scale = g * g, offset = bias * bias;
    const size_t first = last * square; // element (0, 0) of the last layer
    qn_kernel_value *values = point->values;
    for (size_t e = 0; e < all->count * square; ++e) {
        all->means[e] = simulated->kernel[e].value;
        all->errors[e] = simulated->kernel[e].standard_error;
    }
    QN_TRY(qn_kernel_fill(point, offsetof(qn_kernel_function, measured), scale, offset, all->means));
    QN_TRY(qn_kernel_fill(point, offsetof(qn_kernel_function, error), scale, 0.0, all->errors));
    const qn_estimate variance = scaled(simulated->variance[first], scale * scale, 0.0);
    const qn_estimate kernel = scaled(simulated->kernel[first], scale, offset);
    values[QN_KERNEL_kernel_variance].simulation = kernel;
    if (point->few.count > 1)
        values[QN_KERNEL_kernel_overlap].simulation = scaled(simulated->kernel[first + 1], scale, offset);
    if (point->lags.count > 1)
        values[QN_KERNEL_cross_time_kernel].simulation = scaled(simulated->kernel[(last + 1) * square], scale, offset);
    values[QN_KERNEL_kernel_deviation].simulation = root(variance);
    values[QN_KERNEL_kernel_fluctuation].simulation = simulated->scaled_variance[first];
    values[QN_KERNEL_kernel_shift].simulation = simulated->scaled_shift[first];
    // Given its kernel the output is Gaussian: <y^4> / <y^2>^2 - 3 = 3 Var(Kout) / <Kout>^2.
    if (kernel.value > 0.0)
        values[QN_KERNEL_excess_kurtosis].simulation = scaled(variance, 3.0 / (kernel.value * kernel.value), 0.0);
    return discrepancy(simulated, all->reference, point);
}

qn_status qn_kernel_simulate(double limit, const qn_progress *progress, qn_kernel_point *point)
{
    followed all = {0};
    qn_wide_simulation simulated = {0};
    qn_status status = follow(limit, point, &all);
    const qn_wide_simulation_options options = {.realisations = (size_t)point->study->simulation->realisations,
                                                .seed = (uint64_t)point->study->common.seed,
                                                .pair_count = all.count,
                                                .pairs = all.pairs,
                                                .reference = all.reference,
                                                .keep_kernels = true,
                                                .memory_limit = limit};
    if (status == QN_OK) status = qn_wide_simulate(&point->network, &point->few, &options, progress, &simulated);
    if (status == QN_OK) {
        status = measure(&simulated, &all, point);
        qn_wide_simulation_clear(&simulated);
    }
    clear_followed(&all);
    return status;
}

// Errors of each network's readout, and their means over networks.
static qn_status score(const qn_wide_simulation *simulated, qn_kernel_point *point)
{
    const qn_kernel_data *data = &point->data;
    const size_t test = data->test.count, networks = simulated->realisations;
    double *missed;
    qn_status status = QN_OK;
    QN_TRY(QN_NEW(&missed, 3 * networks, "errors of readouts"));
    double *squared = missed + networks, *variance = squared + networks;
    for (size_t r = 0; status == QN_OK && r < networks; ++r) {
        status = qn_kernel_score(data, simulated->predictions + r * test * data->outputs, &missed[r], &squared[r]);
        variance[r] = 0.0;
        for (size_t i = 0; i < test; ++i) variance[r] += simulated->prediction_variances[r * test + i] / (double)test;
    }
    if (status == QN_OK) {
        point->values[QN_KERNEL_test_error].simulation = qn_estimate_of(networks, missed);
        point->values[QN_KERNEL_squared_error].simulation = qn_estimate_of(networks, squared);
        point->values[QN_KERNEL_predictive_variance].simulation = qn_estimate_of(networks, variance);
    }
    qn_release(missed);
    return status;
}

qn_status qn_kernel_train(double limit, const qn_progress *progress, qn_kernel_point *point)
{
    const qn_kernel_data *data = &point->data;
    const size_t train = data->train.count, count = data->all.count;
    size_t *which;
    QN_TRY(QN_NEW(&which, count, "numbers of points"));
    for (size_t i = 0; i < count; ++i) which[i] = i;
    const qn_wide_training training = {.train_count = train,
                                       .test_count = count - train,
                                       .train = which,
                                       .test = which + train,
                                       .target_count = data->outputs,
                                       .targets = data->targets,
                                       .noise = point->study->theory.noise};
    const qn_wide_simulation_options options = {.realisations = (size_t)point->study->simulation->realisations,
                                                .seed = (uint64_t)point->study->common.seed,
                                                .training = &training,
                                                .memory_limit = limit};
    qn_wide_simulation simulated = {0};
    qn_status status = qn_wide_simulate(&point->network, &data->all, &options, progress, &simulated);
    if (status == QN_OK) {
        status = score(&simulated, point);
        qn_wide_simulation_clear(&simulated);
    }
    qn_release(which);
    return status;
}
