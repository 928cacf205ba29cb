// What the kernel says of inputs alone: products, variances, duplicates.
#include <quenched/wide_kernel.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/wide_expectation.h"
#include "theory/wide_layers.h"

#include <cblas.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { BAND = 192 };

qn_status qn_wide_gram(const qn_wide_inputs *rows, const qn_wide_inputs *columns, size_t time, double *gram)
{
    const qn_wide_inputs *others = columns ? columns : rows;
    QN_REQUIRE(rows->dimension == others->dimension && rows->dimension >= 1 && rows->dimension <= INT_MAX, QN_BAD_VALUE,
               "rows have %zu components and columns %zu; they must have the same number, 1 to %d", rows->dimension,
               others->dimension, INT_MAX);
    QN_REQUIRE(time < rows->times && time < others->times, QN_BAD_VALUE, "time is %zu; allowed: below %zu", time,
               rows->times < others->times ? rows->times : others->times);
    QN_REQUIRE(others->count <= INT_MAX, QN_BAD_VALUE, "columns are %zu inputs; allowed: at most %d", others->count,
               INT_MAX);
    const int dimension = (int)rows->dimension, count = (int)others->count;
    const double *x = rows->values + time * rows->count * rows->dimension;
    const double *y = others->values + time * others->count * others->dimension;
    const size_t bands = (rows->count + BAND - 1) / BAND;
    qn_blas_single_thread();
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(bands))
    for (size_t band = 0; band < bands; ++band) {
        const size_t from = band * BAND, height = rows->count - from < BAND ? rows->count - from : BAND;
        const int width = columns ? count : (int)(from + height);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)height, width, dimension, 1.0 / (double)dimension,
                    x + from * rows->dimension, dimension, y, dimension, 0.0, gram + from * others->count, count);
    }
    if (columns) return QN_OK;
    for (size_t i = 0; i < rows->count; ++i)
        for (size_t j = 0; j < i; ++j) gram[j * rows->count + i] = gram[i * rows->count + j];
    return QN_OK;
}

qn_status qn_wide_variances(const qn_wide_network *network, const qn_wide_inputs *inputs, double *variance,
                            qn_wide_kernel_report *report)
{
    QN_TRY(qn_wide_network_check(network));
    QN_TRY(qn_wide_inputs_check(network, inputs));
    qn_wide_layers layers;
    QN_TRY(qn_wide_layers_create(network, inputs, false, &layers));
    memcpy(variance, layers.variance, layers.layers * layers.count * sizeof *variance);
    if (report) qn_wide_layers_report(&layers, report);
    qn_wide_layers_clear(&layers);
    return QN_OK;
}

static qn_status fill_outputs(const qn_wide_network *network, const qn_wide_layers *layers, double *variance)
{
    const double strength = qn_wide_output_strength(network), bias = qn_wide_output_bias(network);
    for (size_t r = 0; r < qn_wide_readout_count(network); ++r)
        for (size_t i = 0; i < layers->count; ++i) {
            qn_wide_square square;
            const double q = layers->variance[qn_wide_readout(network, r) * layers->count + i];
            QN_TRY(qn_wide_square_of(&network->activation, q, &square));
            variance[r * layers->count + i] = bias * bias + strength * strength * square.value;
        }
    return QN_OK;
}

qn_status qn_wide_output_variances(const qn_wide_network *network, const qn_wide_inputs *inputs, double *variance)
{
    QN_TRY(qn_wide_network_check(network));
    QN_TRY(qn_wide_inputs_check(network, inputs));
    qn_wide_layers layers;
    QN_TRY(qn_wide_layers_create(network, inputs, false, &layers));
    const qn_status status = fill_outputs(network, &layers, variance);
    qn_wide_layers_clear(&layers);
    return status;
}

typedef struct {
    size_t row;
    const qn_wide_inputs *inputs;
} place;

static int compare_values(const place *left, const place *right)
{
    const qn_wide_inputs *inputs = left->inputs;
    for (size_t t = 0; t < inputs->times; ++t) {
        const double *x = inputs->values + (t * inputs->count + left->row) * inputs->dimension;
        const double *y = inputs->values + (t * inputs->count + right->row) * inputs->dimension;
        for (size_t k = 0; k < inputs->dimension; ++k)
            if (x[k] != y[k]) return x[k] < y[k] ? -1 : 1;
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const place *x = left, *y = right;
    const int order = compare_values(x, y);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

qn_status qn_wide_duplicates(const qn_wide_inputs *inputs, bool *found, size_t *first, size_t *second)
{
    place *places = NULL;
    QN_TRY(QN_NEW(&places, inputs->count, "order of inputs"));
    for (size_t i = 0; i < inputs->count; ++i) places[i] = (place){.row = i, .inputs = inputs};
    qsort(places, inputs->count, sizeof *places, compare);
    bool any = false;
    for (size_t i = 0; i + 1 < inputs->count; ++i) {
        if (compare_values(&places[i], &places[i + 1]) != 0) continue;
        if (any && places[i + 1].row >= *second) continue; // the earliest repetition is named
        any = true;
        *first = places[i].row;
        *second = places[i + 1].row;
    }
    *found = any;
    qn_release(places);
    return QN_OK;
}
