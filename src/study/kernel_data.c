// The inputs of a study of kernels: by their geometry, generated, or read.
#include "base/fail.h"
#include "base/memory.h"
#include "study/kernel_point.h"
#include "study/study_data.h"

#include <quenched/gaussian_process.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

// `count` inputs from number `first` on, all times.
static qn_status take(const qn_wide_inputs *from, size_t first, size_t count, double **values, qn_wide_inputs *taken)
{
    const size_t row = from->dimension;
    QN_TRY(QN_NEW(values, from->times * count * row, "inputs"));
    for (size_t t = 0; t < from->times; ++t)
        memcpy(*values + t * count * row, from->values + (t * from->count + first) * row,
               count * row * sizeof **values);
    *taken = (qn_wide_inputs){count, from->dimension, from->times, *values};
    return QN_OK;
}

// Vectors of one length and one angle: rows of the Cholesky factor of (1 - c) 1 + c 11^T.
static qn_status by_geometry(const qn_kernel_inputs *wanted, qn_kernel_point *point)
{
    const size_t count = (size_t)wanted->count, dimension = count;
    double *x;
    QN_TRY(QN_NEW(&x, count * dimension, "inputs"));
    point->few_values = x;
    memset(x, 0, count * dimension * sizeof *x);
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j <= i; ++j) {
            double rest = i == j ? 1.0 : wanted->overlap;
            for (size_t k = 0; k < j; ++k) rest -= x[i * dimension + k] * x[j * dimension + k];
            const double pivot = x[j * dimension + j];
            if (i == j)
                x[i * dimension + j] = sqrt(fmax(rest, 0.0));
            else
                x[i * dimension + j] = pivot > 1e-8 ? rest / pivot : 0.0;
        }
    for (size_t i = 0; i < count * dimension; ++i) x[i] *= sqrt(wanted->norm * (double)dimension);
    point->few = (qn_wide_inputs){count, dimension, 1, x};
    return QN_OK;
}

// One output, whose targets +1 and -1 stand for these labels.
static qn_status two_classes(double plus, double minus, qn_kernel_data *data)
{
    QN_TRY(QN_NEW(&data->classes, 2, "classes"));
    data->classes[0] = plus;
    data->classes[1] = minus;
    data->outputs = 1;
    return QN_OK;
}

static qn_status generate(const qn_kernel_study *study, qn_kernel_data *data)
{
    const qn_kernel_task *wanted = study->task;
    const qn_task task = {.kind = (qn_task_kind)wanted->name,
                          .dimension = (size_t)wanted->dimension,
                          .differing = (size_t)wanted->differing,
                          .flips = wanted->flips,
                          .noise = wanted->noise,
                          .depth = (size_t)study->network.depth};
    const size_t count = (size_t)(wanted->train + wanted->test), times = qn_task_times(&task);
    QN_TRY(qn_task_check(&task));
    QN_TRY(QN_NEW(&data->values, times * count * task.dimension, "inputs"));
    QN_TRY(QN_NEW(&data->targets, count, "targets"));
    QN_TRY(two_classes(1.0, -1.0, data));
    data->trained = (size_t)wanted->train;
    QN_TRY(QN_NEW(&data->test_rows, (size_t)wanted->test, "numbers of test points"));
    for (size_t i = 0; i < (size_t)wanted->test; ++i) data->test_rows[i] = data->trained + i;
    data->all = (qn_wide_inputs){count, task.dimension, times, data->values};
    return qn_task_generate(&task, (uint64_t)study->common.seed, 0, count, data->values, data->targets);
}

// Training and test points, one after the other, with the classes of both; test points without labels have none.
static qn_status join(const qn_labelled_data *train, const qn_labelled_data *test, const qn_list *pair,
                      qn_kernel_data *data)
{
    const size_t count = train->count + test->count, dimension = train->dimension;
    const size_t labelled = test->labels ? count : train->count;
    const double *label = pair->items;
    double *labels = NULL;
    QN_TRY(QN_NEW(&data->values, count * dimension, "inputs"));
    memcpy(data->values, train->inputs, train->count * dimension * sizeof(double));
    memcpy(data->values + train->count * dimension, test->inputs, test->count * dimension * sizeof(double));
    data->all = (qn_wide_inputs){count, dimension, 1, data->values};
    data->trained = train->count;
    QN_TRY(QN_NEW(&data->test_rows, test->count, "numbers of test points"));
    memcpy(data->test_rows, test->rows, test->count * sizeof *data->test_rows);
    QN_TRY(QN_NEW(&labels, labelled, "labels"));
    memcpy(labels, train->labels, train->count * sizeof *labels);
    if (test->labels) memcpy(labels + train->count, test->labels, test->count * sizeof *labels);
    if (pair->count == 2) {
        data->targets = labels;
        return two_classes(label[0], label[1], data);
    }
    const qn_labelled_data both = {.count = labelled, .dimension = dimension, .inputs = data->values, .labels = labels};
    const qn_status status = qn_labelled_data_one_hot(&both, &data->outputs, &data->classes, &data->targets);
    qn_release(labels);
    return status;
}

static qn_status normalise_and_join(const qn_kernel_files *files, qn_labelled_data *train, qn_labelled_data *test,
                                    qn_kernel_data *data)
{
    const qn_normalisation how = {files->divisor, files->centre, files->unit_norm};
    QN_TRY(qn_labelled_data_normalise(&how, train, test));
    QN_TRY(qn_labelled_data_normalise(&how, NULL, train));
    return join(train, test, &files->classes, data);
}

static qn_status split(const qn_kernel_study *study, const qn_labelled_data *whole, qn_kernel_data *data)
{
    const qn_kernel_files *files = study->files;
    const size_t test_count = (size_t)files->test;
    qn_labelled_data train = {0}, test = {0};
    QN_REQUIRE(whole->count >= test_count + 2, QN_BAD_VALUE,
               "%s has %zu points; allowed: at least 2 for training beside the %zu of files.test", files->inputs,
               whole->count, test_count);
    const size_t train_count = files->train ? (size_t)files->train : whole->count - test_count;
    QN_TRY(qn_labelled_data_split(whole, train_count, test_count, (uint64_t)study->common.seed, &train, &test));
    const qn_status status = normalise_and_join(files, &train, &test, data);
    qn_labelled_data_clear(&train);
    qn_labelled_data_clear(&test);
    return status;
}

// A CSV file of test points may have the column of labels or not: the number of columns tells.
static qn_status read_tests(const qn_kernel_files *files, const char *path, size_t dimension, qn_labelled_data *tests)
{
    qn_labelled_data_options options = {.no_labels = true};
    QN_TRY(qn_labelled_data_read(path, &options, tests));
    if (tests->dimension == dimension + 1) {
        qn_labelled_data_clear(tests);
        options = (qn_labelled_data_options){.label_column = files->label_column};
        QN_TRY(qn_labelled_data_read(path, &options, tests));
    }
    qn_labelled_data_free(tests->labels); // predictions do not look at them
    tests->labels = NULL;
    if (tests->dimension == dimension) return QN_OK;
    const size_t found = tests->dimension;
    qn_labelled_data_clear(tests);
    return qn_fail(QN_BAD_VALUE, "%s has %zu numbers in each point; allowed: %zu, as the training points", path, found,
                   dimension);
}

static qn_status train_for(const qn_kernel_study *study, const qn_labelled_data *whole, const char *path,
                           qn_kernel_data *data)
{
    const qn_kernel_files *files = study->files;
    const size_t count = files->train ? (size_t)files->train : whole->count;
    qn_labelled_data train = {0}, tests = {0};
    QN_REQUIRE(whole->count >= 2, QN_BAD_VALUE, "%s has %zu points; allowed: at least 2", files->inputs, whole->count);
    QN_TRY(qn_labelled_data_split(whole, count, 0, (uint64_t)study->common.seed, &train, NULL));
    qn_status status = read_tests(files, path, whole->dimension, &tests);
    if (status == QN_OK) status = normalise_and_join(files, &train, &tests, data);
    qn_labelled_data_clear(&train);
    qn_labelled_data_clear(&tests);
    return status;
}

static qn_status read_files(const qn_study *study, const qn_kernel_study *description, qn_labelled_data *read)
{
    const qn_kernel_files *files = description->files;
    char *inputs = NULL, *labels = NULL;
    QN_TRY(qn_study_file(study->folder, files->inputs, &inputs));
    qn_status status = files->labels ? qn_study_file(study->folder, files->labels, &labels) : QN_OK;
    const qn_labelled_data_options options = {.labels = labels, .label_column = files->label_column};
    if (status == QN_OK) status = qn_labelled_data_read(inputs, &options, read);
    free(inputs);
    free(labels);
    return status;
}

static qn_status from_files(const qn_study *study, const qn_kernel_study *description, const char *tests,
                            qn_kernel_data *data)
{
    const qn_list *classes = &description->files->classes;
    const double *label = classes->items;
    qn_labelled_data read = {0}, pair = {0};
    QN_TRY(read_files(study, description, &read));
    qn_status status = QN_OK;
    if (!read.labels)
        status = qn_fail(QN_BAD_VALUE, "%s has no labels: name their file by files.labels", description->files->inputs);
    else if (classes->count == 2)
        status = qn_labelled_data_pair(&read, label[0], label[1], &pair);
    const qn_labelled_data *whole = classes->count == 2 ? &pair : &read;
    if (status == QN_OK) status = tests ? train_for(description, whole, tests, data) : split(description, whole, data);
    qn_labelled_data_clear(&pair);
    qn_labelled_data_clear(&read);
    return status;
}

static qn_status labelled(const qn_study *study, const qn_kernel_study *description, const char *tests,
                          qn_kernel_point *point)
{
    qn_kernel_data *data = &point->data;
    QN_TRY(description->task ? generate(description, data) : from_files(study, description, tests, data));
    QN_TRY(take(&data->all, 0, data->trained, &data->train_values, &data->train));
    QN_TRY(take(&data->all, data->trained, data->all.count - data->trained, &data->test_values, &data->test));
    if (data->all.times > 1) point->network.input_mode = QN_WIDE_INPUT_SEQUENCE;
    return take(&data->all, 0, 2, &point->few_values, &point->few);
}

qn_status qn_kernel_point_begin(const qn_study *study, const qn_kernel_study *description, const char *tests,
                                qn_kernel_point *point)
{
    static const qn_kernel_inputs two = {.norm = 1.0, .overlap = 0.5, .count = 2};
    *point = (qn_kernel_point){.study = description, .network = qn_kernel_network_of(description)};
    for (size_t row = 0; row < QN_KERNEL_QUANTITIES; ++row)
        point->values[row] = (qn_kernel_value){NAN, 0.0, {NAN, NAN, 0}};
    if (description->task || description->files) return labelled(study, description, tests, point);
    return by_geometry(description->inputs ? description->inputs : &two, point);
}

qn_status qn_kernel_score(const qn_kernel_data *data, const double *mean, double *error, double *squared)
{
    const size_t count = data->test.count, outputs = data->outputs;
    const double *targets = data->targets + data->train.count * outputs;
    size_t *classes, missed = 0;
    double sum = 0.0;
    QN_TRY(QN_NEW(&classes, 2 * count, "classes of test points"));
    qn_classify(count, outputs, mean, classes);
    qn_classify(count, outputs, targets, classes + count);
    for (size_t i = 0; i < count; ++i) missed += classes[i] != classes[count + i];
    for (size_t i = 0; i < count * outputs; ++i) sum += (mean[i] - targets[i]) * (mean[i] - targets[i]);
    qn_release(classes);
    *error = (double)missed / (double)count;
    *squared = sum / (double)(count * outputs);
    return QN_OK;
}
