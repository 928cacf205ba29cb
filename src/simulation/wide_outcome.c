#include "simulation/wide_outcome.h"

#include "base/fail.h"
#include "base/parallel.h"

#include <math.h>
#include <string.h>

static size_t columns_of(const qn_wide_plan *plan)
{
    return plan->options.training->target_count ? plan->options.training->target_count : 1;
}

qn_status qn_wide_outcome_begin(const qn_wide_plan *plan, qn_wide_simulation *result)
{
    const qn_wide_simulation_options *options = &plan->options;
    const size_t all = options->realisations;
    result->sampler = options->sampler;
    result->realisations = all;
    result->point_count = plan->points;
    result->pair_count = plan->pair_count;
    result->readout_count = plan->readouts;
    QN_TRY(QN_NEW(&result->pairs, plan->pair_count, "pairs of layers"));
    memcpy(result->pairs, plan->pairs, plan->pair_count * sizeof *plan->pairs);
    if (options->outputs)
        QN_TRY(QN_NEW(&result->outputs, all * options->outputs * plan->readouts * plan->points, "outputs"));
    if (!options->training) return QN_OK;
    const size_t tests = options->training->test_count;
    QN_TRY(QN_NEW(&result->predictions, all * tests * columns_of(plan), "predictions"));
    return QN_NEW(&result->prediction_variances, all * tests, "predictions");
}

static qn_estimate times(double factor, qn_estimate estimate)
{
    return (qn_estimate){factor * estimate.value, factor * estimate.standard_error, estimate.samples};
}

static qn_status kernel_estimates(const qn_wide_plan *plan, const qn_wide_moments *moments, qn_wide_simulation *result)
{
    const size_t elements = moments->elements;
    const double *reference = plan->options.reference;
    QN_TRY(QN_NEW(&result->kernel, elements, "kernels"));
    QN_TRY(QN_NEW(&result->variance, elements, "variances of kernels"));
    QN_TRY(QN_NEW(&result->scaled_variance, elements, "variances of kernels"));
    QN_TRY(QN_NEW(&result->fourth, elements, "fourth moments of kernels"));
    if (reference) QN_TRY(QN_NEW(&result->scaled_shift, elements, "shifts of kernels"));
    for (size_t i = 0; i < elements; ++i) {
        const double width = (double)qn_wide_width(plan->network, plan->pairs[i / plan->block_count].row);
        result->kernel[i] = qn_wide_moments_mean(moments, i);
        result->variance[i] = qn_wide_moments_variance(moments, i);
        result->scaled_variance[i] = times(width, result->variance[i]);
        result->fourth[i] = qn_wide_moments_fourth(moments, i);
        if (!reference) continue;
        result->scaled_shift[i] = times(width, result->kernel[i]);
        result->scaled_shift[i].value -= width * reference[i];
    }
    return QN_OK;
}

// Cov(p, q), with the error sqrt((<dp^2 dq^2> - cov^2) / R).
static qn_estimate covariance(const qn_wide_moments *moments, const double *kernels, size_t p, size_t q)
{
    const size_t elements = moments->elements, samples = moments->samples;
    if (samples < 2) return (qn_estimate){(double)NAN, (double)NAN, samples};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < samples; ++i) {
        const double *values = kernels + i * elements;
        const double product = (values[p] - moments->mean[p]) * (values[q] - moments->mean[q]);
        sum += product;
        squares += product * product;
    }
    const double count = (double)samples, value = sum / (count - 1);
    return (qn_estimate){value, sqrt(fmax(squares / count - value * value, 0) / count), samples};
}

static qn_status covariances(const qn_wide_moments *moments, const double *kernels, qn_wide_simulation *result)
{
    const size_t elements = moments->elements;
    QN_TRY(QN_NEW(&result->covariance, elements * elements, "covariances of kernels"));
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(elements))
    for (size_t p = 0; p < elements; ++p)
        for (size_t q = 0; q <= p; ++q) {
            const qn_estimate estimate = covariance(moments, kernels, p, q);
            result->covariance[p * elements + q] = result->covariance[q * elements + p] = estimate;
        }
    return QN_OK;
}

static qn_status tangent_estimates(const qn_wide_moments *moments, qn_wide_simulation *result)
{
    QN_TRY(QN_NEW(&result->tangent, moments->elements, "tangent kernels"));
    QN_TRY(QN_NEW(&result->tangent_spread, moments->elements, "tangent kernels"));
    for (size_t i = 0; i < moments->elements; ++i) {
        result->tangent[i] = qn_wide_moments_mean(moments, i);
        result->tangent_spread[i] = sqrt(qn_wide_moments_variance(moments, i).value);
    }
    return QN_OK;
}

// Means over realisations, of arrays realisations x count.
static qn_status means(size_t count, size_t realisations, const double *values, qn_estimate **estimates)
{
    QN_TRY(QN_NEW(estimates, count, "predictions"));
    qn_wide_moments moments;
    QN_TRY(qn_wide_moments_create(count, &moments));
    qn_wide_moments_add(&moments, realisations, values);
    for (size_t i = 0; i < count; ++i) (*estimates)[i] = qn_wide_moments_mean(&moments, i);
    qn_wide_moments_clear(&moments);
    return QN_OK;
}

qn_status qn_wide_outcome_finish(const qn_wide_plan *plan, qn_wide_sums *sums, qn_wide_simulation *result)
{
    const qn_wide_simulation_options *options = &plan->options;
    QN_TRY(kernel_estimates(plan, &sums->kernel, result));
    if (options->covariance) QN_TRY(covariances(&sums->kernel, sums->kernels, result));
    if (options->tangent_kernel) QN_TRY(tangent_estimates(&sums->tangent, result));
    if (options->training) {
        const size_t tests = options->training->test_count;
        QN_TRY(means(tests * columns_of(plan), options->realisations, result->predictions, &result->prediction));
        QN_TRY(means(tests, options->realisations, result->prediction_variances, &result->prediction_variance));
    }
    if (!options->keep_kernels) return QN_OK;
    result->kernels = sums->kernels;
    sums->kernels = NULL;
    return QN_OK;
}

void qn_wide_simulation_clear(qn_wide_simulation *simulation)
{
    void *const all[] = {simulation->pairs,
                         simulation->kernel,
                         simulation->variance,
                         simulation->scaled_shift,
                         simulation->scaled_variance,
                         simulation->fourth,
                         simulation->covariance,
                         simulation->kernels,
                         simulation->outputs,
                         simulation->tangent,
                         simulation->tangent_spread,
                         simulation->predictions,
                         simulation->prediction,
                         simulation->prediction_variance,
                         simulation->prediction_variances};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) qn_release(all[i]);
    *simulation = (qn_wide_simulation){0};
}
