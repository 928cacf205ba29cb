#include <quenched/labelled_data.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/memory.h"
#include "network/labelled_data_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- reading ----

static qn_status open_file(const char *path, qn_data_file *file, char **bytes)
{
    const double room = qn_memory_available();
    QN_TRY(qn_file_read(path, room < 1e15 ? (size_t)room : SIZE_MAX / 2, bytes, &file->size));
    file->path = path;
    file->bytes = *bytes;
    return QN_OK;
}

// An IDX file begins with two zero bytes, whatever else is wrong with it.
static qn_status parse(const qn_data_file *file, const qn_labelled_data_options *options, bool labels,
                       qn_data_array *array, size_t *label)
{
    *label = SIZE_MAX;
    if (file->size >= 6 && memcmp(file->bytes, "\x93NUMPY", 6) == 0)
        return qn_labelled_data_read_npy(file, labels, array);
    const bool zeros = file->size >= 2 && file->bytes[0] == 0 && file->bytes[1] == 0;
    const char *ending = strrchr(file->path, '.');
    const bool called_npy = ending && strcmp(ending, ".npy") == 0;
    const bool called_idx = strstr(file->path, "-ubyte") || (ending && strncmp(ending, ".idx", 4) == 0);
    if (zeros || called_idx) return qn_labelled_data_read_idx(file, labels, array);
    if (called_npy) return qn_labelled_data_read_npy(file, labels, array);
    const qn_labelled_data_options plain = {.no_labels = true};
    return qn_labelled_data_read_csv(file, labels ? &plain : options, array, label);
}

static qn_status read_array(const char *path, const qn_labelled_data_options *options, bool labels,
                            qn_data_array *array, size_t *label)
{
    qn_data_file file;
    char *bytes = NULL;
    QN_TRY(open_file(path, &file, &bytes));
    const qn_status status = parse(&file, options, labels, array, label);
    free(bytes);
    return status;
}

static qn_status read_labels(const char *path, const qn_labelled_data_options *options, qn_labelled_data *data)
{
    qn_data_array array = {0};
    size_t none;
    QN_TRY(read_array(options->labels, options, true, &array, &none));
    const size_t count = array.count, dimension = array.dimension;
    if (count == data->count && dimension == 1) {
        data->labels = array.values;
        return QN_OK;
    }
    qn_release(array.values);
    QN_REQUIRE(dimension == 1, QN_BAD_FILE, "%s: %zu columns; labels are one column", options->labels, dimension);
    return qn_fail(QN_BAD_FILE, "%s: %zu labels for the %zu points of %s", options->labels, count, data->count, path);
}

static qn_status number_rows(qn_labelled_data *data)
{
    QN_TRY(QN_NEW(&data->rows, data->count, "rows of data"));
    for (size_t i = 0; i < data->count; ++i) data->rows[i] = i;
    return QN_OK;
}

// Take the column of labels out of a table.
static qn_status divide(const qn_data_array *table, size_t label, qn_labelled_data *data)
{
    data->dimension = table->dimension - 1;
    QN_TRY(QN_NEW(&data->labels, data->count, "labels"));
    QN_TRY(QN_NEW(&data->inputs, data->count * data->dimension, "data"));
    for (size_t i = 0; i < data->count; ++i) {
        const double *row = table->values + i * table->dimension;
        double *out = data->inputs + i * data->dimension;
        for (size_t k = 0; k < table->dimension; ++k)
            if (k == label)
                data->labels[i] = row[k];
            else
                *out++ = row[k];
    }
    return QN_OK;
}

static qn_status assemble(const char *path, const qn_labelled_data_options *options, qn_data_array *table, size_t label,
                          qn_labelled_data *data)
{
    data->count = table->count;
    data->dimension = table->dimension;
    QN_TRY(number_rows(data));
    if (label != SIZE_MAX) return divide(table, label, data);
    data->inputs = table->values;
    table->values = NULL;
    return options->labels ? read_labels(path, options, data) : QN_OK;
}

qn_status qn_labelled_data_read(const char *path, const qn_labelled_data_options *options, qn_labelled_data *data)
{
    const qn_labelled_data_options chosen = options ? *options : (qn_labelled_data_options){0};
    qn_data_array table = {0};
    size_t label;
    QN_REQUIRE(!chosen.labels || !chosen.label_column, QN_BAD_VALUE,
               "labels and label_column are both given (%s, %s); allowed: one", chosen.labels, chosen.label_column);
    QN_TRY(read_array(path, &chosen, false, &table, &label));
    qn_labelled_data read = {0};
    const qn_status status = assemble(path, &chosen, &table, label, &read);
    qn_release(table.values);
    if (status == QN_OK)
        *data = read;
    else
        qn_labelled_data_clear(&read);
    return status;
}

void qn_labelled_data_clear(qn_labelled_data *data)
{
    qn_release(data->inputs);
    qn_release(data->labels);
    qn_release(data->rows);
    *data = (qn_labelled_data){0};
}

void qn_labelled_data_free(double *values) { qn_release(values); }

// ---- checks ----

qn_status qn_labelled_data_check_signs(const qn_labelled_data *data)
{
    QN_REQUIRE(data->labels, QN_BAD_VALUE, "the data have no labels");
    for (size_t i = 0; i < data->count; ++i)
        QN_REQUIRE(data->labels[i] == 1.0 || data->labels[i] == -1.0, QN_BAD_VALUE,
                   "label of row %zu is %g; allowed: +1 or -1 (choose two classes, or one output per class)",
                   data->rows[i], data->labels[i]);
    return QN_OK;
}

typedef struct {
    const double *point;
    size_t dimension, row;
} keyed_point;

static int by_content(const void *a, const void *b)
{
    const keyed_point *first = a, *second = b;
    for (size_t k = 0; k < first->dimension; ++k) {
        if (first->point[k] < second->point[k]) return -1;
        if (first->point[k] > second->point[k]) return 1;
    }
    return (first->row > second->row) - (first->row < second->row);
}

static bool same_point(const keyed_point *a, const keyed_point *b)
{
    for (size_t k = 0; k < a->dimension; ++k)
        if (a->point[k] != b->point[k]) return false;
    return true;
}

qn_status qn_labelled_data_check_distinct(const qn_labelled_data *data)
{
    keyed_point *points;
    QN_TRY(QN_NEW(&points, data->count, "order of data"));
    for (size_t i = 0; i < data->count; ++i)
        points[i] = (keyed_point){data->inputs + i * data->dimension, data->dimension, data->rows[i]};
    qsort(points, data->count, sizeof *points, by_content);
    size_t pairs = 0, first = 0, second = 0;
    for (size_t i = 1; i < data->count; ++i) {
        if (!same_point(&points[i - 1], &points[i])) continue;
        if (pairs == 0 || points[i - 1].row < first) first = points[i - 1].row, second = points[i].row;
        ++pairs;
    }
    qn_release(points);
    if (pairs > 1)
        return qn_fail(QN_BAD_VALUE,
                       "rows %zu and %zu have the same inputs, as have %zu more pairs: the kernel is singular; "
                       "give noise > 0 or drop duplicates",
                       first, second, pairs - 1);
    QN_REQUIRE(pairs == 0, QN_BAD_VALUE,
               "rows %zu and %zu have the same inputs: the kernel is singular; give noise > 0 or drop one", first,
               second);
    return QN_OK;
}
