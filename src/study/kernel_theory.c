// What theory says of a network's kernels: in the limit, their fixed points, and at finite width.
#include "base/fail.h"
#include "base/memory.h"
#include "study/kernel_point.h"

#include <quenched/finite_width.h>
#include <quenched/wide_kernel.h>
#include <quenched/wide_phase.h>

#include <math.h>
#include <stdlib.h>

static bool is_trouble_of_theory(qn_status status)
{
    return status == QN_NO_SOLUTION || status == QN_NOT_CONVERGED || status == QN_BAD_VALUE;
}

// What went wrong becomes a warning, unless it is memory, a stop or a file.
static qn_status note(qn_status status, const char *what, qn_kernel_point *point)
{
    if (!is_trouble_of_theory(status)) return status;
    return qn_kernel_point_warn(point, "%s: %s", what, qn_last_error());
}

static void set(qn_kernel_point *point, size_t row, double theory)
{
    if (isfinite(theory)) point->values[row].theory = theory;
}

static qn_status warn_of_kernels(const qn_wide_kernel_report *report, qn_kernel_point *point)
{
    if (report->largest_variance > 1e12)
        QN_TRY(qn_kernel_point_warn(point, "variances grow to %.2g", report->largest_variance));
    if (report->decay < 1e-3)
        QN_TRY(qn_kernel_point_warn(point, "the signal dies: the last layer has %.2g of the variance of the first",
                                    report->decay));
    return QN_OK;
}

static qn_status kernels(double limit, qn_kernel_point *point)
{
    const size_t square = point->few.count * point->few.count;
    const qn_wide_kernel_options options = {.memory_limit = limit};
    qn_wide_kernel_report report = {0};
    qn_wide_layer_pair *pairs;
    double *kernel = NULL;
    size_t count;
    QN_TRY(qn_kernel_pairs(&point->network, &count, &pairs));
    qn_status status = QN_NEW(&kernel, count * square, "kernels by layer");
    if (status == QN_OK)
        status = qn_wide_kernel_pairs(&point->network, &point->few, NULL, QN_WIDE_OUTPUT, count, pairs, &options,
                                      kernel, &report);
    if (status == QN_OK) status = qn_kernel_fill(point, offsetof(qn_kernel_function, theory), 1.0, 0.0, kernel);
    if (status == QN_OK) status = warn_of_kernels(&report, point);
    qn_release(kernel);
    qn_release(pairs);
    QN_TRY(status);
    const size_t last = point->network.depth;
    set(point, QN_KERNEL_kernel_variance, point->variance.theory[last]);
    if (point->overlap.count) set(point, QN_KERNEL_kernel_overlap, point->overlap.theory[last]);
    if (point->lags.count > 1) set(point, QN_KERNEL_cross_time_kernel, point->lags.theory[1]);
    return QN_OK;
}

static double dot(const qn_wide_inputs *inputs, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t k = 0; k < inputs->dimension; ++k)
        sum += inputs->values[i * inputs->dimension + k] * inputs->values[j * inputs->dimension + k];
    return sum / (double)inputs->dimension;
}

static qn_status phase(qn_kernel_point *point)
{
    const qn_wide_network *network = &point->network;
    const double input = network->input_strength * network->input_strength;
    qn_wide_map_parameters map = {network->activation, network->strength, network->bias, 0.0, 0.0};
    qn_wide_phase found;
    double critical;
    if (network->input_mode == QN_WIDE_INPUT_CONSTANT) {
        map.input = input * dot(&point->few, 0, 0);
        map.input_overlap = point->few.count > 1 ? input * dot(&point->few, 0, 1) : map.input;
        map.input_overlap = fmax(-map.input, fmin(map.input, map.input_overlap));
    }
    const qn_status solved = qn_wide_phase_solve(&map, &found);
    if (solved != QN_OK) return note(solved, "phase", point);
    set(point, QN_KERNEL_variance_fixed_point, found.variance);
    set(point, QN_KERNEL_correlation_fixed_point, found.correlation);
    set(point, QN_KERNEL_chi_1, found.chi);
    set(point, QN_KERNEL_depth_scale_variance, found.variance_depth);
    set(point, QN_KERNEL_depth_scale_correlation, found.correlation_depth);
    point->phase = found.chi > 1.0 ? "chaotic" : "ordered";
    const qn_status status = qn_wide_critical_strength(&map, &critical);
    if (status == QN_OK) set(point, QN_KERNEL_critical_g, critical);
    return status == QN_NO_SOLUTION ? QN_OK : note(status, "critical g", point); // some have no chaos at any g
}

// V and m of C of the last layer (first input, first and second), and of the step before.
static qn_status corrections(qn_kernel_point *point)
{
    enum { MOST = 3 };
    const size_t last = point->network.depth;
    const double n = (double)point->network.width, g = qn_wide_output_strength(&point->network);
    qn_wide_pair pairs[MOST] = {{last, last, 0, 0}};
    size_t rows[MOST] = {QN_KERNEL_kernel_variance}, count = 1;
    qn_finite_width found;
    if (point->few.count > 1) {
        pairs[count] = (qn_wide_pair){last, last, 0, 1};
        rows[count++] = QN_KERNEL_kernel_overlap;
    }
    if (point->network.architecture == QN_WIDE_RECURRENT && last > 0) {
        pairs[count] = (qn_wide_pair){last, last - 1, 0, 0};
        rows[count++] = QN_KERNEL_cross_time_kernel;
    }
    QN_TRY(qn_finite_width_solve(&point->network, &point->few, count, pairs,
                                 &(qn_finite_width_options){.seed = (uint64_t)point->study->common.seed}, &found));
    for (size_t i = 0; i < count; ++i) {
        qn_kernel_value *value = &point->values[rows[i]];
        value->theory += g * g * found.shift[i] / n; // stays NAN where kernels are not asked for
        value->theory_error = g * g * found.shift_error[i] / n;
    }
    point->values[QN_KERNEL_kernel_fluctuation].theory_error = found.fluctuation_error[0];
    point->values[QN_KERNEL_kernel_shift].theory_error = found.shift_error[0];
    set(point, QN_KERNEL_kernel_fluctuation, found.fluctuation[0]);
    set(point, QN_KERNEL_kernel_shift, found.shift[0]);
    set(point, QN_KERNEL_kernel_deviation, g * g * sqrt(found.fluctuation[0] / n));
    point->outside = found.outside;
    const qn_status status = found.outside ? qn_kernel_point_warn(point, "%s", found.warning) : QN_OK;
    qn_finite_width_clear(&found);
    return status;
}

static qn_status outputs(qn_kernel_point *point)
{
    const double n = (double)point->network.width;
    qn_output_corrections found;
    double squared;
    QN_TRY(qn_output_corrections_solve(
        &point->network, &point->few, &(qn_finite_width_options){.seed = (uint64_t)point->study->common.seed}, &found));
    set(point, QN_KERNEL_excess_kurtosis, found.kurtosis[0] / n);
    const qn_status status = qn_mmd_leading_order(&found, 0.0, &squared);
    qn_output_corrections_clear(&found);
    if (status == QN_OK) set(point, QN_KERNEL_mmd, sqrt(fmax(squared, 0.0)) / n);
    return status;
}

qn_status qn_kernel_predict(double limit, qn_kernel_point *point)
{
    if (qn_kernel_computes(point->study, QN_KERNEL_PART_KERNEL)) QN_TRY(note(kernels(limit, point), "kernel", point));
    if (qn_kernel_computes(point->study, QN_KERNEL_PART_PHASE)) QN_TRY(phase(point));
    if (!qn_kernel_computes(point->study, QN_KERNEL_PART_FINITE_WIDTH)) return QN_OK;
    QN_TRY(note(corrections(point), "finite width", point));
    return note(outputs(point), "finite width of outputs", point);
}
