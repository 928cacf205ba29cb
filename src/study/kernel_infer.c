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

static qn_status infer(double limit, const qn_kernel_point *point, inference *all)
{
    const qn_kernel_data *data = &point->data;
    const qn_wide_network *network = &point->network;
    const qn_wide_kernel_options options = {.memory_limit = limit};
    const qn_gaussian_process_options noisy = {.noise = point->study->theory.noise};
    QN_TRY(refuse_duplicates(point));
    QN_TRY(take(limit, data, all));
    QN_TRY(qn_wide_kernel(network, &data->train, NULL, &options, all->kernel, NULL));
    QN_TRY(qn_wide_kernel(network, &data->test, &data->train, &options, all->cross, NULL));
    QN_TRY(qn_wide_output_variances(network, &data->test, all->prior));
    QN_TRY(
        qn_gaussian_process_fit(data->train.count, all->kernel, data->outputs, data->targets, &noisy, &all->process));
    return qn_gaussian_process_predict(all->process, data->test.count, all->cross, all->prior, NULL,
                                       &(qn_prediction){.mean = all->mean, .variance = all->variance});
}

static qn_status score(const inference *all, qn_kernel_point *point)
{
    const size_t test = point->data.test.count;
    qn_kernel_value *values = point->values;
    double sum = 0.0;
    QN_TRY(qn_kernel_score(&point->data, all->mean, &values[QN_KERNEL_test_error].theory,
                           &values[QN_KERNEL_squared_error].theory));
    for (size_t i = 0; i < test; ++i) sum += all->variance[i];
    values[QN_KERNEL_predictive_variance].theory = sum / (double)test;
    values[QN_KERNEL_log_evidence].theory = qn_gaussian_process_log_evidence(all->process);
    return QN_OK;
}

qn_status qn_kernel_infer(double limit, qn_kernel_point *point)
{
    inference all = {0};
    qn_status status = infer(limit, point, &all);
    if (status == QN_OK) status = score(&all, point);
    clear(&all);
    if (status == QN_NO_SOLUTION || status == QN_NOT_CONVERGED)
        return qn_kernel_point_warn(point, "inference: %s", qn_last_error());
    return status;
}

static void write_head(const qn_kernel_data *data, FILE *stream)
{
    fputs("row,class", stream);
    if (data->outputs == 1) fprintf(stream, ",probability_%g,mean", data->classes[0]);
    for (size_t d = 0; data->outputs > 1 && d < data->outputs; ++d) fprintf(stream, ",mean_%g", data->classes[d]);
    fputs(",variance\n", stream);
}

// One output: qn_classify() gives 1 for targets +1, which `classes` has first.
static qn_status write_rows(const qn_kernel_point *point, const inference *all, FILE *stream)
{
    const qn_kernel_data *data = &point->data;
    const size_t count = data->test.count, outputs = data->outputs;
    size_t *found;
    QN_TRY(QN_NEW(&found, count, "classes of test points"));
    qn_classify(count, outputs, all->mean, found);
    for (size_t i = 0; i < count; ++i) {
        const double *mean = all->mean + i * outputs;
        fprintf(stream, "%zu,%g", data->test_rows[i], data->classes[outputs == 1 ? 1 - found[i] : found[i]]);
        if (outputs == 1)
            fprintf(stream, ",%.10g", qn_class_probability(*mean, all->variance[i], point->study->theory.noise));
        for (size_t d = 0; d < outputs; ++d) fprintf(stream, ",%.10g", mean[d]);
        fprintf(stream, ",%.10g\n", all->variance[i]);
    }
    qn_release(found);
    return QN_OK;
}

qn_status qn_kernel_write_predictions(double limit, const qn_kernel_point *point, FILE *stream)
{
    inference all = {0};
    qn_status status = infer(limit, point, &all);
    if (status == QN_OK) write_head(&point->data, stream);
    if (status == QN_OK) status = write_rows(point, &all, stream);
    clear(&all);
    return status;
}
