// The factorisation turns the lower triangle into L of K + s^2 1 = L L^T. The upper
// triangle is not touched by it, so that the kernel is kept there: for refinement, and for what a failure is to say.
#include "theory/gaussian_process_parts.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/tiled_cholesky.h"

#include <float.h>
#include <math.h>

enum { LARGEST = 46340 }; // count^2 in LAPACK's 32-bit integers

// ---- the kernel, kept in the upper triangle ----

static double kernel_at(const qn_gaussian_process *process, size_t row, size_t column)
{
    const size_t at = row * process->count + column;
    return process->kernel ? process->kernel[at] : (double)process->kernel_float[at];
}

// In bands of rows, so that both what is read and what is written stays in cache.
static void mirror(const qn_gaussian_process *process)
{
    enum { BAND = 32 };
    const size_t count = process->count, bands = (count + BAND - 1) / BAND;
#pragma omp parallel for schedule(dynamic, 1) num_threads(qn_threads_for(count / 256 + 1))
    for (size_t band = 0; band < bands; ++band) {
        const size_t first = band * BAND, end = first + BAND < count ? first + BAND : count;
        for (size_t j = 0; j < end; ++j)
            for (size_t i = j < first ? first : j + 1; i < end; ++i) {
                if (process->kernel)
                    process->kernel[j * count + i] = process->kernel[i * count + j];
                else
                    process->kernel_float[j * count + i] = process->kernel_float[i * count + j];
            }
    }
}

static void restore(const qn_gaussian_process *process, const double *own)
{
    const size_t count = process->count;
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j <= i; ++j) {
            const size_t to = i * count + j, from = j * count + i;
            if (process->kernel)
                process->kernel[to] = i == j ? own[i] : process->kernel[from];
            else
                process->kernel_float[to] = i == j ? (float)own[i] : process->kernel_float[from];
        }
}

double qn_gaussian_process_element(const qn_gaussian_process *process, size_t row, size_t column)
{
    if (row == column) return process->diagonal[row];
    return row < column ? kernel_at(process, row, column) : kernel_at(process, column, row);
}

// ---- factor ----

static qn_status factor(qn_gaussian_process *process)
{
    const size_t count = process->count;
    size_t failed;
    if (process->factor) {
        for (size_t i = 0; i < count; ++i) process->factor[i * count + i] = process->diagonal[i];
        failed = qn_tiled_cholesky(count, process->factor);
    } else {
        for (size_t i = 0; i < count; ++i) {
            if (process->factor_float != process->kernel_float)
                for (size_t j = 0; j < i; ++j)
                    process->factor_float[i * count + j] = (float)process->kernel[i * count + j];
            process->factor_float[i * count + i] = (float)process->diagonal[i];
        }
        failed = qn_tiled_cholesky_float(count, process->factor_float);
    }
    if (failed > 0) return qn_gaussian_process_blame(process, failed - 1);

    // Rounding may leave a pivot that is noise, but positive: solutions would be noise too.
    double largest = 0.0;
    const double unit = process->factor ? DBL_EPSILON : FLT_EPSILON;
    for (size_t i = 0; i < count; ++i) largest = fmax(largest, process->diagonal[i]);
    for (size_t i = 0; i < count; ++i) {
        const double root =
            process->factor ? process->factor[i * count + i] : (double)process->factor_float[i * count + i];
        if (root * root <= 4.0 * unit * largest) return qn_gaussian_process_blame(process, i);
    }
    return QN_OK;
}

static double log_evidence(const qn_gaussian_process *process)
{
    const size_t count = process->count;
    double determinant = 0.0, square = 0.0; // of L, its logarithm; sum_d Y^T Kt^-1 Y
    for (size_t i = 0; i < count; ++i)
        determinant +=
            log(process->factor ? process->factor[i * count + i] : (double)process->factor_float[i * count + i]);
    for (size_t i = 0; i < process->outputs * count; ++i) square += process->targets[i] * process->weights[i];
    const double pi = 3.14159265358979323846;
    return -0.5 * square - (double)process->outputs * (determinant + 0.5 * (double)count * log(2.0 * pi));
}

// ---- checks ----

static qn_status check(const qn_gaussian_process *asked, const double *targets)
{
    const size_t count = asked->count;
    QN_REQUIRE(count >= 1 && count <= LARGEST, QN_BAD_VALUE, "count is %zu; allowed: 1 to %d training points", count,
               LARGEST);
    QN_REQUIRE(asked->outputs >= 1 && asked->outputs <= LARGEST, QN_BAD_VALUE, "outputs is %zu; allowed: 1 to %d",
               asked->outputs, LARGEST);
    QN_REQUIRE(asked->kernel || asked->kernel_float, QN_BAD_VALUE, "kernel is NULL");
    QN_REQUIRE(targets, QN_BAD_VALUE, "targets is NULL");
    QN_REQUIRE(isfinite(asked->noise) && asked->noise >= 0.0, QN_BAD_VALUE,
               "noise is %g; allowed: at least 0 (a variance)", asked->noise);
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j <= i; ++j) {
            const double value = kernel_at(asked, i, j);
            QN_REQUIRE(isfinite(value), QN_BAD_VALUE, "kernel[%zu][%zu] is %g; allowed: finite", i, j, value);
            QN_REQUIRE(i != j || value >= 0.0, QN_BAD_VALUE, "kernel[%zu][%zu] is %g; a variance is at least 0", i, i,
                       value);
        }
    for (size_t i = 0; i < count * asked->outputs; ++i)
        QN_REQUIRE(isfinite(targets[i]), QN_BAD_VALUE, "targets[%zu][%zu] is %g; allowed: finite", i / asked->outputs,
                   i % asked->outputs, targets[i]);
    return QN_OK;
}

static qn_status prepare(qn_gaussian_process *process, bool single_precision, const double *targets)
{
    const size_t count = process->count, outputs = process->outputs;
    qn_memory_plan plan = {0};
    if (single_precision && process->kernel)
        qn_memory_plan_add(&plan, "kernel in float", (double)count * (double)count, 4.0);
    qn_memory_plan_add(&plan, "targets", 2.0 * (double)count * (double)outputs, 8.0);
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(QN_NEW(&process->diagonal, count, "kernel diagonal"));
    QN_TRY(QN_NEW(&process->targets, count * outputs, "targets"));
    QN_TRY(QN_NEW(&process->weights, count * outputs, "weights"));
    if (!process->kernel)
        process->factor_float = process->kernel_float;
    else if (!single_precision)
        process->factor = process->kernel;
    else
        QN_TRY(QN_NEW(&process->factor_float, count * count, "kernel in float"));
    for (size_t i = 0; i < count; ++i) {
        process->diagonal[i] = kernel_at(process, i, i) + process->noise;
        for (size_t d = 0; d < outputs; ++d)
            process->targets[d * count + i] = process->weights[d * count + i] = targets[i * outputs + d];
    }
    return QN_OK;
}

static qn_status fit(const qn_gaussian_process *asked, bool single_precision, const double *targets,
                     qn_gaussian_process **process)
{
    QN_TRY(check(asked, targets));
    qn_gaussian_process *made;
    QN_TRY(QN_NEW(&made, 1, "Gaussian process"));
    *made = *asked;
    qn_status status = prepare(made, single_precision, targets);
    double *own = NULL; // the kernel's diagonal, bit by bit: what the factor overwrites
    if (status == QN_OK) status = QN_NEW(&own, asked->count, "kernel diagonal");
    if (status == QN_OK) {
        for (size_t i = 0; i < asked->count; ++i) own[i] = kernel_at(made, i, i);
        mirror(made);
        status = factor(made);
        if (status == QN_OK) status = qn_gaussian_process_solve(made, made->outputs, made->weights);
        if (status != QN_OK) restore(made, own);
    }
    qn_release(own);
    if (status != QN_OK) {
        qn_gaussian_process_destroy(made);
        return status;
    }
    made->log_evidence = log_evidence(made);
    *process = made;
    return QN_OK;
}

qn_status qn_gaussian_process_fit(size_t count, double *kernel, size_t outputs, const double *targets,
                                  const qn_gaussian_process_options *options, qn_gaussian_process **process)
{
    const qn_gaussian_process_options chosen = options ? *options : (qn_gaussian_process_options){0};
    return fit(&(qn_gaussian_process){.count = count, .outputs = outputs, .noise = chosen.noise, .kernel = kernel},
               chosen.single_precision, targets, process);
}

qn_status qn_gaussian_process_fit_float(size_t count, float *kernel, size_t outputs, const double *targets,
                                        double noise, qn_gaussian_process **process)
{
    return fit(&(qn_gaussian_process){.count = count, .outputs = outputs, .noise = noise, .kernel_float = kernel}, true,
               targets, process);
}

void qn_gaussian_process_destroy(qn_gaussian_process *process)
{
    if (process == NULL) return;
    qn_release(process->diagonal);
    qn_release(process->targets);
    qn_release(process->weights);
    if (process->factor_float != process->kernel_float) qn_release(process->factor_float);
    qn_release(process);
}

size_t qn_gaussian_process_count(const qn_gaussian_process *process) { return process->count; }
size_t qn_gaussian_process_outputs(const qn_gaussian_process *process) { return process->outputs; }
double qn_gaussian_process_noise(const qn_gaussian_process *process) { return process->noise; }
const double *qn_gaussian_process_weights(const qn_gaussian_process *process) { return process->weights; }
double qn_gaussian_process_log_evidence(const qn_gaussian_process *process) { return process->log_evidence; }
