#include "study/kernel_point.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

qn_status qn_kernel_point_warn(qn_kernel_point *point, const char *format, ...)
{
    va_list arguments;
    if (point->warning_count == sizeof point->warnings / sizeof *point->warnings) return QN_OK;
    va_start(arguments, format);
    const qn_status status = qn_text_vformat(&point->warnings[point->warning_count], format, arguments);
    va_end(arguments);
    if (status == QN_OK) ++point->warning_count;
    return status;
}

static void clear_function(qn_kernel_function *function)
{
    qn_release(function->theory);
    qn_release(function->measured);
    qn_release(function->error);
    *function = (qn_kernel_function){0};
}

qn_status qn_kernel_function_create(size_t count, qn_kernel_function *function)
{
    if (function->count) return QN_OK;
    QN_TRY(QN_NEW(&function->theory, count, "kernels by layer"));
    QN_TRY(QN_NEW(&function->measured, count, "kernels by layer"));
    QN_TRY(QN_NEW(&function->error, count, "kernels by layer"));
    function->count = count;
    for (size_t i = 0; i < count; ++i) function->theory[i] = function->measured[i] = function->error[i] = NAN;
    return QN_OK;
}

void qn_kernel_point_clear(qn_kernel_point *point)
{
    clear_function(&point->variance);
    clear_function(&point->overlap);
    clear_function(&point->lags);
    qn_release(point->few_values);
    qn_release(point->data.values);
    qn_release(point->data.train_values);
    qn_release(point->data.test_values);
    qn_release(point->data.targets);
    qn_release(point->data.classes);
    qn_release(point->data.test_rows);
    for (size_t i = 0; i < point->warning_count; ++i) free(point->warnings[i]);
    *point = (qn_kernel_point){0};
}

qn_status qn_kernel_pairs(const qn_wide_network *network, size_t *count, qn_wide_layer_pair **pairs)
{
    const size_t depth = network->depth;
    const bool recurrent = network->architecture == QN_WIDE_RECURRENT;
    *count = depth + 1 + (recurrent ? depth : 0);
    QN_TRY(QN_NEW(pairs, *count, "pairs of layers"));
    for (size_t a = 0; a <= depth; ++a) (*pairs)[a] = (qn_wide_layer_pair){a, a};
    for (size_t d = 1; recurrent && d <= depth; ++d) (*pairs)[depth + d] = (qn_wide_layer_pair){depth, depth - d};
    return QN_OK;
}

static double *side(qn_kernel_function *function, size_t which) { return *(double **)((char *)function + which); }

qn_status qn_kernel_fill(qn_kernel_point *point, size_t which, double scale, double offset, const double *values)
{
    const size_t layers = point->network.depth + 1, count = point->few.count, square = count * count;
    const bool recurrent = point->network.architecture == QN_WIDE_RECURRENT;
    QN_TRY(qn_kernel_function_create(layers, &point->variance));
    for (size_t a = 0; a < layers; ++a) side(&point->variance, which)[a] = offset + scale * values[a * square];
    if (count > 1) {
        QN_TRY(qn_kernel_function_create(layers, &point->overlap));
        for (size_t a = 0; a < layers; ++a) side(&point->overlap, which)[a] = offset + scale * values[a * square + 1];
    }
    if (!recurrent) return QN_OK;
    QN_TRY(qn_kernel_function_create(layers, &point->lags));
    for (size_t d = 0; d < layers; ++d)
        side(&point->lags, which)[d] = offset + scale * values[(layers - 1 + d) * square];
    return QN_OK;
}
