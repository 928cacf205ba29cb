// Importance sampling from the prior, (27). Weights span hundreds of orders of magnitude: logarithms throughout, the
// largest subtracted before they are exponentiated.
#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/finite_width_posterior_check.h"

#include <quenched/gaussian_process.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { FEWEST_SAMPLES = 100, MOST_POINTS = 4096 };

qn_status qn_posterior_data_check(const qn_posterior_data *data)
{
    QN_REQUIRE(data->train >= 1 && data->train <= MOST_POINTS, QN_BAD_VALUE, "train is %zu; allowed: 1 to %d",
               data->train, MOST_POINTS);
    QN_REQUIRE(data->tests >= 1 && data->tests <= MOST_POINTS, QN_BAD_VALUE, "tests is %zu; allowed: 1 to %d",
               data->tests, MOST_POINTS);
    QN_REQUIRE(data->outputs >= 1 && data->outputs <= MOST_POINTS, QN_BAD_VALUE, "outputs is %zu; allowed: 1 to %d",
               data->outputs, MOST_POINTS);
    QN_REQUIRE(isfinite(data->noise) && data->noise >= 0.0, QN_BAD_VALUE,
               "noise is %g; allowed: at least 0 (a variance)", data->noise);
    for (size_t i = 0; i < data->train * data->outputs; ++i)
        QN_REQUIRE(isfinite(data->targets[i]), QN_BAD_VALUE, "targets[%zu][%zu] is %g; allowed: finite",
                   i / data->outputs, i % data->outputs, data->targets[i]);
    return QN_OK;
}

void qn_posterior_data_blocks(const qn_posterior_data *data, const double *kernel, double *block, double *cross,
                              double *prior)
{
    const size_t train = data->train, points = train + data->tests;
    for (size_t i = 0; i < train; ++i)
        for (size_t j = 0; j <= i; ++j) block[i * train + j] = kernel[i * points + j];
    for (size_t t = 0; t < data->tests; ++t) {
        const double *row = kernel + (train + t) * points;
        for (size_t j = 0; j < train; ++j) cross[t * train + j] = row[j];
        prior[t] = row[train + t];
    }
}

// ---- one draw ----

typedef struct {
    const qn_posterior_data *data;
    const double *kernels;
    size_t draws;
    double *log_weight; // draws
    double *mean;       // draws x tests x outputs
    double *variance;   // draws x tests
} sampler;

static qn_status infer(const sampler *all, size_t draw, double *work)
{
    const qn_posterior_data *data = all->data;
    const size_t train = data->train, tests = data->tests, points = train + tests;
    double *block = work, *cross = block + train * train, *prior = cross + tests * train;
    qn_posterior_data_blocks(data, all->kernels + draw * points * points, block, cross, prior);
    qn_gaussian_process *process;
    qn_status status = qn_gaussian_process_fit(train, block, data->outputs, data->targets,
                                               &(qn_gaussian_process_options){.noise = data->noise}, &process);
    if (status != QN_OK) return qn_fail_in(status, "kernel %zu", draw);
    all->log_weight[draw] = qn_gaussian_process_log_evidence(process);
    status = qn_gaussian_process_predict(
        process, tests, cross, prior, NULL,
        &(qn_prediction){.mean = all->mean + draw * tests * data->outputs, .variance = all->variance + draw * tests});
    qn_gaussian_process_destroy(process);
    return status == QN_OK ? QN_OK : qn_fail_in(status, "kernel %zu", draw);
}

// The first draw that fails, whatever the threads do, is the one whose message stands.
static qn_status infer_all(const sampler *all)
{
    const size_t train = all->data->train, tests = all->data->tests;
    size_t first_failed = SIZE_MAX;
    qn_status memory = QN_OK, failed = QN_OK;
    char message[512] = "";
    qn_blas_single_thread();
#pragma omp parallel num_threads(qn_threads_for(all->draws / 16 + 1))
    {
        double *work = NULL;
        const qn_status own = QN_NEW(&work, train * train + tests * train + tests, "kernel of a draw");
#pragma omp critical(qn_sampled_posterior)
        if (own != QN_OK) memory = own;
#pragma omp for schedule(static)
        for (size_t draw = 0; draw < all->draws; ++draw) {
            if (own != QN_OK) continue;
            const qn_status status = infer(all, draw, work);
            if (status == QN_OK) continue;
#pragma omp critical(qn_sampled_posterior)
            if (draw < first_failed) {
                first_failed = draw;
                failed = status;
                snprintf(message, sizeof message, "%s", qn_last_error());
            }
        }
        qn_release(work);
    }
    QN_REQUIRE(memory == QN_OK, memory, "no memory for the kernel of a draw (%zu training points)", train);
    QN_REQUIRE(first_failed == SIZE_MAX, failed, "%s", message);
    return QN_OK;
}

// ---- the average ----

static qn_status weigh(sampler *all, qn_sampled_posterior *found)
{
    double largest = -INFINITY, sum = 0.0, squares = 0.0;
    for (size_t r = 0; r < all->draws; ++r) largest = fmax(largest, all->log_weight[r]);
    for (size_t r = 0; r < all->draws; ++r) {
        const double weight = exp(all->log_weight[r] - largest);
        all->log_weight[r] = weight; // from here on: the weight itself
        sum += weight;
        squares += weight * weight;
    }
    const double samples = sum * sum / squares, draws = (double)all->draws;
    QN_REQUIRE(samples >= FEWEST_SAMPLES, QN_NO_SOLUTION,
               "effective number of samples is %.3g of %zu kernels; at least %d are needed: draw about %.2g times as "
               "many, or use fewer training points or the expansion in 1/n",
               samples, all->draws, FEWEST_SAMPLES, 1.2 * FEWEST_SAMPLES / samples);
    found->effective_samples = samples;
    found->log_evidence = largest + log(sum / draws);
    found->log_evidence_error = sqrt(fmax(1.0 / samples - 1.0 / draws, 0.0));
    for (size_t r = 0; r < all->draws; ++r) all->log_weight[r] /= sum;
    return QN_OK;
}

static void average(const sampler *all, qn_sampled_posterior *found)
{
    const size_t outputs = all->data->outputs, values = all->data->tests * outputs;
    for (size_t v = 0; v < values; ++v) {
        double mean = 0.0, second = 0.0, error = 0.0;
        for (size_t r = 0; r < all->draws; ++r) mean += all->log_weight[r] * all->mean[r * values + v];
        for (size_t r = 0; r < all->draws; ++r) {
            // Moments about the mean: no cancellation between the second moment and mean^2.
            const double weight = all->log_weight[r], off = all->mean[r * values + v] - mean;
            second += weight * (all->variance[r * all->data->tests + v / outputs] + off * off);
            error += weight * weight * off * off;
        }
        found->mean[v] = mean;
        found->mean_error[v] = sqrt(error);
        found->variance[v] = second;
    }
}

static qn_status take(sampler *all, qn_sampled_posterior *found)
{
    const size_t tests = all->data->tests, values = tests * all->data->outputs;
    QN_TRY(QN_NEW(&all->log_weight, all->draws, "weights of kernels"));
    QN_TRY(QN_NEW(&all->mean, all->draws * values, "predictions of kernels"));
    QN_TRY(QN_NEW(&all->variance, all->draws * tests, "predictions of kernels"));
    QN_TRY(infer_all(all));
    QN_TRY(QN_NEW(&found->mean, values, "posterior mean"));
    QN_TRY(QN_NEW(&found->mean_error, values, "posterior mean"));
    QN_TRY(QN_NEW(&found->variance, values, "posterior variance"));
    QN_TRY(weigh(all, found));
    average(all, found);
    return QN_OK;
}

qn_status qn_sampled_posterior_average(const qn_posterior_data *data, size_t draws, const double *kernels,
                                       qn_sampled_posterior *result)
{
    QN_TRY(qn_posterior_data_check(data));
    QN_REQUIRE(draws >= FEWEST_SAMPLES, QN_BAD_VALUE, "draws is %zu; allowed: at least %d", draws, FEWEST_SAMPLES);
    sampler all = {.data = data, .kernels = kernels, .draws = draws};
    qn_sampled_posterior found = {0};
    const qn_status status = take(&all, &found);
    qn_release(all.log_weight);
    qn_release(all.mean);
    qn_release(all.variance);
    if (status == QN_OK)
        *result = found;
    else
        qn_sampled_posterior_clear(&found);
    return status;
}

void qn_sampled_posterior_clear(qn_sampled_posterior *result)
{
    qn_release(result->mean);
    qn_release(result->mean_error);
    qn_release(result->variance);
    *result = (qn_sampled_posterior){0};
}
