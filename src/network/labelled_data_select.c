#include <quenched/labelled_data.h>
#include <quenched/random.h>

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CLASSES = 1000 };

// ---- normalising ----

static void column_means(const qn_labelled_data *data, double divisor, double *means)
{
    for (size_t k = 0; k < data->dimension; ++k) means[k] = 0.0;
    for (size_t i = 0; i < data->count; ++i)
        for (size_t k = 0; k < data->dimension; ++k) means[k] += data->inputs[i * data->dimension + k] / divisor;
    for (size_t k = 0; k < data->dimension; ++k) means[k] /= (double)data->count;
}

static qn_status scale_to_dimension(const qn_labelled_data *data, size_t point, double *x)
{
    double square = 0.0;
    for (size_t k = 0; k < data->dimension; ++k) square += x[k] * x[k];
    QN_REQUIRE(square > 0.0 && isfinite(square), QN_BAD_VALUE,
               "row %zu has the norm %g before it is scaled to |x|^2 = %zu; allowed: greater than 0", data->rows[point],
               sqrt(square), data->dimension);
    const double scale = sqrt((double)data->dimension / square);
    for (size_t k = 0; k < data->dimension; ++k) x[k] *= scale;
    return QN_OK;
}

static qn_status normalise(const qn_normalisation *how, double divisor, const double *means,
                           const qn_labelled_data *data, double *out)
{
    for (size_t i = 0; i < data->count; ++i) {
        double *x = out + i * data->dimension;
        for (size_t k = 0; k < data->dimension; ++k)
            x[k] = data->inputs[i * data->dimension + k] / divisor - (how->centre ? means[k] : 0.0);
        if (how->unit_norm) QN_TRY(scale_to_dimension(data, i, x));
    }
    return QN_OK;
}

qn_status qn_labelled_data_normalise(const qn_normalisation *how, const qn_labelled_data *reference,
                                     qn_labelled_data *data)
{
    const double divisor = how->divisor == 0.0 ? 1.0 : how->divisor;
    const qn_labelled_data *centre = reference ? reference : data;
    QN_REQUIRE(isfinite(divisor) && divisor > 0.0, QN_BAD_VALUE, "divisor is %g; allowed: greater than 0",
               how->divisor);
    QN_REQUIRE(centre->dimension == data->dimension, QN_BAD_VALUE,
               "points have %zu numbers, those of the reference %zu", data->dimension, centre->dimension);
    double *means, *out = NULL;
    QN_TRY(QN_NEW(&means, data->dimension, "means of data"));
    qn_status status = QN_NEW(&out, data->count * data->dimension, "data");
    if (status == QN_OK) column_means(centre, divisor, means);
    if (status == QN_OK) status = normalise(how, divisor, means, data, out);
    if (status == QN_OK) memcpy(data->inputs, out, data->count * data->dimension * sizeof *out);
    qn_release(out);
    qn_release(means);
    return status;
}

// ---- selecting ----

// `chosen` holds which of the points, `count` of them, in the order they are to have.
static qn_status take(const qn_labelled_data *data, size_t count, const size_t *chosen, qn_labelled_data *part)
{
    qn_labelled_data made = {.count = count, .dimension = data->dimension};
    qn_status status = QN_NEW(&made.inputs, count * data->dimension, "data");
    if (status == QN_OK) status = QN_NEW(&made.rows, count, "rows of data");
    if (status == QN_OK && data->labels) status = QN_NEW(&made.labels, count, "labels");
    if (status != QN_OK) {
        qn_labelled_data_clear(&made);
        return status;
    }
    for (size_t i = 0; i < count; ++i) {
        memcpy(made.inputs + i * data->dimension, data->inputs + chosen[i] * data->dimension,
               data->dimension * sizeof *made.inputs);
        made.rows[i] = data->rows[chosen[i]];
        if (made.labels && data->labels) made.labels[i] = data->labels[chosen[i]];
    }
    *part = made;
    return QN_OK;
}

static int by_value(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

// The different labels, increasing, in front of `labels` (room for every point).
static void different_labels(const qn_labelled_data *data, double *labels, size_t *count)
{
    memcpy(labels, data->labels, data->count * sizeof *labels);
    qsort(labels, data->count, sizeof *labels, by_value);
    *count = 0;
    for (size_t i = 0; i < data->count; ++i)
        if (i == 0 || labels[i] != labels[i - 1]) labels[(*count)++] = labels[i];
}

static qn_status no_such_class(const qn_labelled_data *data, double class)
{
    double *labels;
    size_t count;
    QN_TRY(QN_NEW(&labels, data->count, "labels"));
    different_labels(data, labels, &count);
    char text[128] = "";
    size_t length = 0;
    for (size_t i = 0; i < count && i < 12 && length < sizeof text; ++i)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%g", i ? ", " : "", labels[i]);
    qn_release(labels);
    return qn_fail(QN_BAD_VALUE, "no point has the label %g; there are %s%s", class, text, count > 12 ? ", ..." : "");
}

qn_status qn_labelled_data_pair(const qn_labelled_data *data, double plus, double minus, qn_labelled_data *pair)
{
    QN_REQUIRE(data->labels, QN_BAD_VALUE, "the data have no labels");
    QN_REQUIRE(plus != minus, QN_BAD_VALUE, "both classes are %g; two different ones are needed", plus);
    size_t *chosen, count = 0, of_plus = 0;
    QN_TRY(QN_NEW(&chosen, data->count, "chosen points"));
    for (size_t i = 0; i < data->count; ++i) {
        if (data->labels[i] != plus && data->labels[i] != minus) continue;
        of_plus += data->labels[i] == plus;
        chosen[count++] = i;
    }
    qn_labelled_data made = {0};
    qn_status status = QN_OK;
    if (of_plus == 0 || of_plus == count) status = no_such_class(data, of_plus == 0 ? plus : minus);
    if (status == QN_OK) status = take(data, count, chosen, &made);
    qn_release(chosen);
    QN_TRY(status);
    for (size_t i = 0; i < count; ++i) made.labels[i] = made.labels[i] == plus ? 1.0 : -1.0;
    *pair = made;
    return QN_OK;
}

qn_status qn_labelled_data_one_hot(const qn_labelled_data *data, size_t *class_count, double **classes,
                                   double **targets)
{
    QN_REQUIRE(data->labels, QN_BAD_VALUE, "the data have no labels");
    double *labels, *made = NULL;
    size_t count;
    QN_TRY(QN_NEW(&labels, data->count, "labels"));
    different_labels(data, labels, &count);
    qn_status status = QN_OK;
    if (count > MOST_CLASSES)
        status = qn_fail(QN_BAD_VALUE, "%zu different labels; allowed: at most %d classes", count, MOST_CLASSES);
    else
        status = QN_NEW(&made, data->count * count, "targets");
    if (status != QN_OK) {
        qn_release(labels);
        return status;
    }
    for (size_t i = 0; i < data->count; ++i)
        for (size_t c = 0; c < count; ++c)
            made[i * count + c] = (data->labels[i] == labels[c] ? 1.0 : 0.0) - 1.0 / (double)count;
    *class_count = count;
    *classes = labels;
    *targets = made;
    return QN_OK;
}

// ---- splitting ----

typedef struct {
    double key;
    size_t point;
} lot;

static int by_lot(const void *a, const void *b)
{
    const lot *first = a, *second = b;
    if (first->key != second->key) return first->key < second->key ? -1 : 1;
    return (first->point > second->point) - (first->point < second->point);
}

static qn_status draw_order(size_t count, uint64_t seed, size_t *order)
{
    double *keys;
    lot *lots = NULL;
    QN_TRY(QN_NEW(&keys, count, "order of data"));
    const qn_status status = QN_NEW(&lots, count, "order of data");
    if (status == QN_OK) {
        qn_uniform(&(qn_stream){.seed = seed, .purpose = QN_PURPOSE_DATA_SPLIT}, 0, count, keys);
        for (size_t i = 0; i < count; ++i) lots[i] = (lot){keys[i], i};
        qsort(lots, count, sizeof *lots, by_lot);
        for (size_t i = 0; i < count; ++i) order[i] = lots[i].point;
    }
    qn_release(lots);
    qn_release(keys);
    return status;
}

qn_status qn_labelled_data_split(const qn_labelled_data *data, size_t train, size_t tests, uint64_t seed,
                                 qn_labelled_data *train_part, qn_labelled_data *test_part)
{
    QN_REQUIRE(train >= 1 && train <= data->count, QN_BAD_VALUE,
               "train is %zu; allowed: 1 to %zu, the points there are", train, data->count);
    const size_t left = data->count - train, asked = tests == 0 ? left : tests;
    QN_REQUIRE(asked <= left, QN_BAD_VALUE, "train + tests is %zu + %zu; allowed: at most %zu, the points there are",
               train, tests, data->count);
    QN_REQUIRE(asked > 0 || !test_part, QN_BAD_VALUE, "train is %zu, all points there are: none is left for the test",
               train);
    size_t *order;
    QN_TRY(QN_NEW(&order, data->count, "order of data"));
    qn_labelled_data first = {0}, second = {0};
    qn_status status = draw_order(data->count, seed, order);
    if (status == QN_OK && train_part) status = take(data, train, order, &first);
    if (status == QN_OK && test_part) status = take(data, asked, order + train, &second);
    qn_release(order);
    if (status != QN_OK) {
        qn_labelled_data_clear(&first);
        return status;
    }
    if (train_part) *train_part = first;
    if (test_part) *test_part = second;
    return QN_OK;
}
