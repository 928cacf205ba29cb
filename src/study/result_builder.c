#include "study/result_builder.h"

#include "base/fail.h"
#include "study/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Room for one more element of `size` bytes, zeroed; counts grow by one only when the caller has filled it in.
static qn_status grow(void **items, size_t count, size_t size)
{
    char *larger = realloc(*items, (count + 1) * size);
    QN_REQUIRE(larger, QN_NO_MEMORY, "no memory for %zu entries of a result", count + 1);
    memset(larger + count * size, 0, size);
    *items = larger;
    return QN_OK;
}

qn_status qn_result_set_text(char **field, const char *text)
{
    char *copy = NULL;
    QN_TRY(qn_text_copy(text, &copy));
    free(*field);
    *field = copy;
    return QN_OK;
}

qn_status qn_result_add_quantity(qn_result *result, const qn_quantity *quantity)
{
    QN_TRY(grow((void **)&result->quantities, result->quantity_count, sizeof *result->quantities));
    qn_quantity *added = &result->quantities[result->quantity_count++];
    *added = *quantity;
    added->name = added->unit = added->long_name = added->theory_text = added->simulation_text = NULL;
    QN_TRY(qn_text_copy(quantity->name, &added->name));
    QN_TRY(qn_text_copy(quantity->unit, &added->unit));
    QN_TRY(qn_text_copy(quantity->long_name, &added->long_name));
    QN_TRY(qn_text_copy(quantity->theory_text, &added->theory_text));
    return qn_text_copy(quantity->simulation_text, &added->simulation_text);
}

qn_status qn_result_add_array(qn_result *result, const qn_named_array *array)
{
    QN_REQUIRE(array->rank >= 1 && array->rank <= 3, QN_INTERNAL, "array %s has rank %zu", array->name, array->rank);
    size_t count = 1;
    for (size_t axis = 0; axis < array->rank; ++axis) count *= array->shape[axis];

    QN_TRY(grow((void **)&result->arrays, result->array_count, sizeof *result->arrays));
    qn_named_array *added = &result->arrays[result->array_count++];
    added->rank = array->rank;
    QN_TRY(qn_text_copy(array->name, &added->name));
    QN_TRY(qn_text_copy(array->long_name, &added->long_name));
    QN_TRY(qn_text_copy(array->unit, &added->unit));
    for (size_t axis = 0; axis < array->rank; ++axis) {
        added->shape[axis] = array->shape[axis];
        QN_TRY(qn_text_copy(array->dimensions[axis], &added->dimensions[axis]));
    }
    added->values = malloc((count ? count : 1) * sizeof *added->values);
    QN_REQUIRE(added->values, QN_NO_MEMORY, "no memory for %zu values of %s", count, array->name);
    if (array->values) memcpy(added->values, array->values, count * sizeof *added->values);
    for (size_t i = 0; !array->values && i < count; ++i) added->values[i] = NAN;
    return QN_OK;
}

qn_status qn_result_add_point(qn_result *result, size_t count, char *const *keys, char *const *values)
{
    QN_TRY(grow((void **)&result->points, result->point_count, sizeof *result->points));
    qn_sweep_point *added = &result->points[result->point_count++];
    if (!count) return QN_OK;
    added->keys = calloc(count, sizeof *added->keys);
    added->values = calloc(count, sizeof *added->values);
    QN_REQUIRE(added->keys && added->values, QN_NO_MEMORY, "no memory for a point of a sweep");
    added->count = count;
    for (size_t i = 0; i < count; ++i) {
        QN_TRY(qn_text_copy(keys[i], &added->keys[i]));
        QN_TRY(qn_text_copy(values[i], &added->values[i]));
    }
    return QN_OK;
}

qn_status qn_result_add_figure(qn_result *result, const qn_figure_request *figure)
{
    QN_TRY(grow((void **)&result->figures, result->figure_count, sizeof *result->figures));
    qn_figure_request *added = &result->figures[result->figure_count++];
    QN_TRY(qn_text_copy(figure->plot, &added->plot));
    QN_TRY(qn_text_copy(figure->against, &added->against));
    QN_TRY(qn_text_copy(figure->by, &added->by));
    QN_TRY(qn_text_copy(figure->scale, &added->scale));
    return qn_text_copy(figure->caption, &added->caption);
}

qn_status qn_result_add_warning(qn_result *result, const char *format, ...)
{
    QN_TRY(grow((void **)&result->warnings, result->warning_count, sizeof *result->warnings));
    va_list arguments;
    va_start(arguments, format);
    const qn_status status = qn_text_vformat(&result->warnings[result->warning_count], format, arguments);
    va_end(arguments);
    if (status == QN_OK) ++result->warning_count;
    return status;
}

qn_status qn_result_add_must_see(qn_result *result, bool passed, const char *format, ...)
{
    QN_TRY(grow((void **)&result->must_see, result->must_see_count, sizeof *result->must_see));
    va_list arguments;
    va_start(arguments, format);
    const qn_status status = qn_text_vformat(&result->must_see[result->must_see_count], format, arguments);
    va_end(arguments);
    if (status != QN_OK) return status;
    ++result->must_see_count;
    if (!passed) result->must_see_passed = false;
    return QN_OK;
}
