// Inference by the Gaussian process that an infinitely wide network is.
#include "base/fail.h"
#include "base/memory.h"
#include "study/kernel_point.h"

#include <quenched/gaussian_process.h>
#include <quenched/wide_kernel.h>

#include <stdlib.h>

typedef struct {
    double *kernel, *cross, *prior, *mean, *variance;
    qn_gaussian_process *process;
} inference;

static void clear(inference *all)
{
    qn_gaussian_process_destroy(all->process);
    qn_release(all->kernel);
    qn_release(all->cross);
    qn_release(all->prior);
    qn_release(all->mean);
    qn_release(all->variance);
}

static qn_status take(double limit, const qn_kernel_data *data, inference *all)
{
    const size_t train = data->train.count, test = data->test.count;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "kernel of the training points", (double)train * (double)train, sizeof(double));
    qn_memory_plan_add(&plan, "kernel between test and training points", (double)train * (double)test, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, limit));
    QN_TRY(QN_NEW(&all->kernel, train * train, "kernel of the training points"));
    QN_TRY(QN_NEW(&all->cross, train * test, "kernel between test and training points"));
    QN_TRY(QN_NEW(&all->prior, test, "variances of test points"));
    QN_TRY(QN_NEW(&all->mean, test * data->outputs, "predictions"));
    return QN_NEW(&all->variance, test, "predictions");
}

// Without noise, equal training points make the kernel singular.
static qn_status refuse_duplicates(const qn_kernel_point *point)
{
    bool found;
    size_t first, second;
    if (point->study->theory.noise > 0.0) return QN_OK;
    QN_TRY(qn_wide_duplicates(&point->data.train, &found, &first, &second));
    QN_REQUIRE(!found, QN_BAD_VALUE,
               "training points %zu and %zu are equal, and theory.noise is 0: their kernel is singular; allowed: noise "
               "greater than 0, or distinct points",
               first, second);
    return QN_OK;
}

static qn_status infer(double limit, qn_kernel_point *point, inference *all)
{
    const qn_kernel_data *data = &point->data;
    const qn_wide_network *network = &point->network;
    const qn_wide_kernel_options options = {.memory_limit = limit};
    const qn_gaussian_process_options noisy = {.noise = point->study->theory.noise};
    const size_t test = data->test.count;
    QN_TRY(refuse_duplicates(point));
    QN_TRY(take(limit, data, all));
    QN_TRY(qn_wide_kernel(network, &data->train, NULL, &options, all->kernel, NULL));
    QN_TRY(qn_wide_kernel(network, &data->test, &data->train, &options, all->cross, NULL));
    QN_TRY(qn_wide_output_variances(network, &data->test, all->prior));
    QN_TRY(
        qn_gaussian_process_fit(data->train.count, all->kernel, data->outputs, data->targets, &noisy, &all->process));
    QN_TRY(qn_gaussian_process_predict(all->process, test, all->cross, all->prior, NULL,
                                       &(qn_prediction){.mean = all->mean, .variance = all->variance}));
    qn_kernel_value *values = point->values;
    QN_TRY(qn_kernel_score(data, all->mean, &values[QN_KERNEL_test_error].theory,
                           &values[QN_KERNEL_squared_error].theory));
    double sum = 0.0;
    for (size_t i = 0; i < test; ++i) sum += all->variance[i];
    values[QN_KERNEL_predictive_variance].theory = sum / (double)test;
    values[QN_KERNEL_log_evidence].theory = qn_gaussian_process_log_evidence(all->process);
    return QN_OK;
}

qn_status qn_kernel_infer(double limit, qn_kernel_point *point)
{
    inference all = {0};
    const qn_status status = infer(limit, point, &all);
    clear(&all);
    if (status == QN_NO_SOLUTION || status == QN_NOT_CONVERGED)
        return qn_kernel_point_warn(point, "inference: %s", qn_last_error());
    return status;
}
