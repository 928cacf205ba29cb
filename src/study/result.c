#include <quenched/result.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void clear_quantity(qn_quantity *quantity)
{
    free(quantity->name);
    free(quantity->unit);
    free(quantity->long_name);
    free(quantity->theory_text);
    free(quantity->simulation_text);
}

static void clear_point(qn_sweep_point *point)
{
    for (size_t i = 0; i < point->count; ++i) {
        free(point->keys[i]);
        free(point->values[i]);
    }
    free(point->keys);
    free(point->values);
}

static void clear_array(qn_named_array *array)
{
    free(array->name);
    free(array->long_name);
    free(array->unit);
    for (size_t axis = 0; axis < array->rank; ++axis) free(array->dimensions[axis]);
    free(array->values);
}

static void clear_figure(qn_figure_request *figure)
{
    free(figure->plot);
    free(figure->against);
    free(figure->by);
    free(figure->scale);
    free(figure->caption);
}

static void clear_texts(size_t count, char **texts)
{
    for (size_t i = 0; i < count; ++i) free(texts[i]);
    free(texts);
}

void qn_result_clear(qn_result *result)
{
    if (!result) return;
    char *const texts[] = {result->name,       result->kind,      result->title,  result->source,
                           result->study_text, result->overrides, result->header, result->conventions};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) free(texts[i]);
    for (size_t i = 0; i < result->point_count; ++i) clear_point(&result->points[i]);
    for (size_t i = 0; i < result->quantity_count; ++i) clear_quantity(&result->quantities[i]);
    for (size_t i = 0; i < result->array_count; ++i) clear_array(&result->arrays[i]);
    for (size_t i = 0; i < result->figure_count; ++i) clear_figure(&result->figures[i]);
    free(result->points);
    free(result->quantities);
    free(result->arrays);
    free(result->figures);
    clear_texts(result->warning_count, result->warnings);
    clear_texts(result->must_see_count, result->must_see);
    *result = (qn_result){0};
}

const qn_named_array *qn_result_array(const qn_result *result, const char *name)
{
    for (size_t i = 0; i < result->array_count; ++i)
        if (!strcmp(result->arrays[i].name, name)) return &result->arrays[i];
    return NULL;
}

const qn_quantity *qn_result_quantity(const qn_result *result, const char *name, size_t point)
{
    for (size_t i = 0; i < result->quantity_count; ++i)
        if (result->quantities[i].point == point && !strcmp(result->quantities[i].name, name))
            return &result->quantities[i];
    return NULL;
}

static bool row_agrees(const qn_quantity *row, size_t *compared)
{
    if (row->theory_text && row->simulation_text) {
        ++*compared;
        return !strcmp(row->theory_text, row->simulation_text);
    }
    if (isnan(row->z)) return true;
    ++*compared;
    return fabs(row->z) < 4.0;
}

bool qn_result_agrees(const qn_result *result, size_t *compared)
{
    bool agrees = !result->must_see_count || result->must_see_passed;
    size_t rows = 0;
    for (size_t i = 0; i < result->quantity_count; ++i)
        if (!row_agrees(&result->quantities[i], &rows)) agrees = false;
    if (compared) *compared = rows;
    return agrees;
}
