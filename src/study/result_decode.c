#include "study/result_file.h"

#include "base/fail.h"
#include "study/result_reading.h"

#include <math.h>
#include <netcdf.h>
#include <netcdf_mem.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *duplicate(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

// A text attribute as an owned text; NULL where it is absent or not text.
qn_status qn_result_read_text(int file, int variable, const char *name, char **text)
{
    nc_type type;
    size_t length;
    if (nc_inq_att(file, variable, name, &type, &length) || type != NC_CHAR) return QN_OK;
    char *found = malloc(length + 1);
    QN_REQUIRE(found, QN_NO_MEMORY, "no memory for %zu bytes", length);
    const int code = nc_get_att_text(file, variable, name, found);
    if (code) free(found);
    QN_NETCDF(code, QN_BAD_FILE, name);
    found[length] = 0;
    *text = found;
    return QN_OK;
}

// A list of texts; "" gives NULL where `null` says so.
static qn_status get_texts(int file, const char *name, bool null, size_t *count, char ***texts)
{
    nc_type type;
    size_t length;
    if (nc_inq_att(file, NC_GLOBAL, name, &type, &length) || type != NC_STRING || !length) return QN_OK;
    char **raw = calloc(length, sizeof *raw), **list = calloc(length, sizeof *list);
    bool enough = raw && list;
    const int code = enough ? nc_get_att_string(file, NC_GLOBAL, name, raw) : 0;
    for (size_t i = 0; enough && !code && i < length; ++i) {
        const char *text = raw[i] ? raw[i] : "";
        if (null && !*text) continue;
        list[i] = strdup(text);
        enough = list[i] != NULL;
    }
    if (raw && !code) nc_free_string(length, raw);
    free(raw);
    *texts = list; // owned by the result from here, whole or not
    *count = list ? length : 0;
    QN_REQUIRE(enough, QN_NO_MEMORY, "no memory for %zu texts", length);
    QN_NETCDF(code, QN_BAD_FILE, name);
    return QN_OK;
}

static qn_status get_whole(int file, const char *name, long long *value)
{
    size_t length;
    QN_NETCDF(nc_inq_attlen(file, NC_GLOBAL, name, &length), QN_BAD_FILE, name);
    QN_REQUIRE(length == 1, QN_BAD_FILE, "attribute %s has %zu values, not one", name, length);
    QN_NETCDF(nc_get_att_longlong(file, NC_GLOBAL, name, value), QN_BAD_FILE, name);
    return QN_OK;
}

static qn_status get_figures(const qn_result_reading *r)
{
    static const char *const names[] = {"figure_plot", "figure_against", "figure_by", "figure_scale", "figure_caption"};
    size_t count = 0;
    if (nc_inq_attlen(r->file, NC_GLOBAL, names[0], &count) || !count) return QN_OK;
    r->result->figures = calloc(count, sizeof *r->result->figures);
    QN_REQUIRE(r->result->figures, QN_NO_MEMORY, "no memory for %zu figures", count);
    r->result->figure_count = count;
    for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
        size_t found = 0;
        char **column = NULL;
        const qn_status status = get_texts(r->file, names[k], true, &found, &column);
        for (size_t i = 0; i < found && i < count; ++i) {
            qn_figure_request *figure = &r->result->figures[i];
            char **fields[] = {&figure->plot, &figure->against, &figure->by, &figure->scale, &figure->caption};
            *fields[k] = column[i];
        }
        for (size_t i = count; i < found; ++i) free(column[i]);
        free(column);
        QN_TRY(status);
    }
    return QN_OK;
}

static qn_status get_performance(const qn_result_reading *r)
{
    qn_performance *p = &r->result->performance;
    double *const values[QN_PERFORMANCE_COUNT] = {&p->events_per_second, &p->real_time_factor, &p->peak_memory};
    for (size_t i = 0; i < QN_PERFORMANCE_COUNT; ++i) {
        size_t length;
        if (nc_inq_attlen(r->file, NC_GLOBAL, qn_performance_names[i], &length) || length != 1) continue;
        QN_NETCDF(nc_get_att_double(r->file, NC_GLOBAL, qn_performance_names[i], values[i]), QN_BAD_FILE,
                  qn_performance_names[i]);
    }
    return QN_OK;
}

static qn_status get_globals(const qn_result_reading *r)
{
    qn_result *result = r->result;
    const struct {
        const char *name;
        char **text;
    } texts[] = {{"title", &result->title},
                 {"source", &result->source},
                 {"study", &result->name},
                 {"study_kind", &result->kind},
                 {"study_text", &result->study_text},
                 {"overrides", &result->overrides},
                 {"header", &result->header},
                 {"conventions_of_numbers", &result->conventions}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
        QN_TRY(qn_result_read_text(r->file, NC_GLOBAL, texts[i].name, texts[i].text));
    size_t length;
    unsigned long long seed;
    QN_REQUIRE(!nc_inq_attlen(r->file, NC_GLOBAL, "seed", &length) && length == 1, QN_BAD_FILE, "it has no seed");
    QN_NETCDF(nc_get_att_ulonglong(r->file, NC_GLOBAL, "seed", &seed), QN_BAD_FILE, "seed");
    result->seed = seed;
    long long passed;
    QN_TRY(get_whole(r->file, "must_see_passed", &passed));
    result->must_see_passed = passed != 0;
    QN_TRY(get_texts(r->file, "warnings", false, &result->warning_count, &result->warnings));
    QN_TRY(get_texts(r->file, "must_see", false, &result->must_see_count, &result->must_see));
    QN_TRY(get_performance(r));
    return get_figures(r);
}

static qn_status get_point_count(qn_result_reading *r)
{
    int dimension;
    long long count;
    QN_NETCDF(nc_inq_dimid(r->file, "point", &dimension), QN_BAD_FILE, "dimension point");
    QN_NETCDF(nc_inq_dimlen(r->file, dimension, &r->points), QN_BAD_FILE, "dimension point");
    QN_TRY(get_whole(r->file, "point_count", &count));
    QN_REQUIRE(r->points <= QN_RESULT_MOST_ROWS && (count == 0 || count == (long long)r->points), QN_BAD_FILE,
               "it says that it has %lld points, but the dimension has %zu", count, r->points);
    if (!count) return QN_OK;
    r->result->points = calloc((size_t)count, sizeof *r->result->points);
    QN_REQUIRE(r->result->points, QN_NO_MEMORY, "no memory for %lld points", count);
    r->result->point_count = (size_t)count;
    return QN_OK;
}

static qn_status add_key(qn_sweep_point *point, const char *key, const char *value, size_t length)
{
    char **keys = realloc(point->keys, (point->count + 1) * sizeof *keys);
    if (keys) point->keys = keys;
    char **values = realloc(point->values, (point->count + 1) * sizeof *values);
    if (values) point->values = values;
    char *own_key = strdup(key), *own_value = duplicate(value, length);
    if (!keys || !values || !own_key || !own_value) {
        free(own_key);
        free(own_value);
        return qn_fail(QN_NO_MEMORY, "no memory for the swept values");
    }
    point->keys[point->count] = own_key;
    point->values[point->count++] = own_value;
    return QN_OK;
}

static qn_status get_sweep_key(const qn_result_reading *r, int variable, const char *key)
{
    char *spelling = NULL;
    QN_TRY(qn_result_read_text(r->file, variable, "spelling", &spelling));
    qn_status status = spelling ? QN_OK : qn_fail(QN_BAD_FILE, "swept key %s has no values", key);
    const char *start = spelling;
    for (size_t p = 0; p < r->result->point_count && status == QN_OK; ++p) {
        const size_t length = strcspn(start, "\n");
        status = add_key(&r->result->points[p], key, start, length);
        start += length + (start[length] == '\n');
    }
    free(spelling);
    return status;
}

static qn_status fill_array(const qn_result_reading *r, int variable, const char *name, qn_named_array *array)
{
    int rank, dimensions[NC_MAX_VAR_DIMS];
    nc_type type;
    QN_NETCDF(nc_inq_var(r->file, variable, NULL, &type, &rank, dimensions, NULL), QN_BAD_FILE, name);
    QN_REQUIRE(rank >= 1 && rank <= 3 && type != NC_STRING && type != NC_CHAR, QN_BAD_FILE,
               "array %s is of a strange form", name);
    array->rank = (size_t)rank;
    size_t count = 1;
    for (size_t axis = 0; axis < array->rank; ++axis) {
        char dimension[NC_MAX_NAME + 1];
        QN_NETCDF(nc_inq_dim(r->file, dimensions[axis], dimension, &array->shape[axis]), QN_BAD_FILE, name);
        array->dimensions[axis] = strdup(dimension);
        QN_REQUIRE(array->dimensions[axis], QN_NO_MEMORY, "no memory for names");
        QN_REQUIRE(array->shape[axis] && count <= SIZE_MAX / sizeof(double) / array->shape[axis], QN_BAD_FILE,
                   "array %s is of a strange size", name);
        count *= array->shape[axis];
    }
    array->name = strdup(name);
    array->values = malloc(count * sizeof *array->values);
    QN_REQUIRE(array->name && array->values, QN_NO_MEMORY, "no memory for the %zu values of %s", count, name);
    QN_TRY(qn_result_read_text(r->file, variable, "long_name", &array->long_name));
    QN_TRY(qn_result_read_text(r->file, variable, "units", &array->unit));
    QN_NETCDF(nc_get_var_double(r->file, variable, array->values), QN_BAD_FILE, name);
    return QN_OK;
}

static qn_status get_array(const qn_result_reading *r, int variable, const char *name)
{
    qn_result *result = r->result;
    qn_named_array *more = realloc(result->arrays, (result->array_count + 1) * sizeof *more);
    QN_REQUIRE(more, QN_NO_MEMORY, "no memory for array %s", name);
    result->arrays = more;
    more[result->array_count] = (qn_named_array){0};
    return fill_array(r, variable, name, &more[result->array_count++]);
}

typedef qn_status (*variable_reader)(const qn_result_reading *r, int variable, const char *name);

// Read, in order, what the global attribute `list` names; `ending` is what the variable's name has behind it.
static qn_status get_listed(const qn_result_reading *r, const char *list, const char *ending, variable_reader read)
{
    size_t count = 0;
    char **names = NULL;
    qn_status status = get_texts(r->file, list, false, &count, &names);
    for (size_t i = 0; i < count && status == QN_OK; ++i) {
        char full[NC_MAX_NAME + 1];
        int variable;
        snprintf(full, sizeof full, "%s%s", names[i], ending);
        status = nc_inq_varid(r->file, full, &variable) ? qn_fail(QN_BAD_FILE, "it has no variable %s", full)
                                                        : read(r, variable, names[i]);
    }
    for (size_t i = 0; i < count; ++i) free(names[i]);
    free(names);
    return status;
}

static qn_status get_everything(qn_result_reading *r)
{
    QN_TRY(get_globals(r));
    QN_TRY(get_point_count(r));
    QN_TRY(get_listed(r, "sweep_keys", "", get_sweep_key));
    QN_TRY(get_listed(r, "arrays", "", get_array));
    QN_TRY(get_listed(r, "quantities", "_" QN_COLUMN_THEORY, qn_result_read_quantity));
    for (size_t i = 0; i < r->result->quantity_count; ++i)
        QN_REQUIRE(r->result->quantities[i].name, QN_BAD_FILE, "row %zu of the table is missing", i);
    QN_REQUIRE(r->result->name, QN_BAD_FILE, "it does not name its study");
    return QN_OK;
}

qn_status qn_result_decode(const char *bytes, size_t size, qn_result *result)
{
    qn_result found = {0};
    qn_result_reading r = {.result = &found};
    // Opened for reading only, netCDF leaves the bytes alone.
    QN_NETCDF(nc_open_mem("result.nc", NC_NOWRITE, size, (void *)bytes, &r.file), QN_BAD_FILE, "cannot open");
    const qn_status status = get_everything(&r);
    nc_close(r.file);
    if (status != QN_OK) {
        qn_result_clear(&found);
        return status;
    }
    *result = found;
    return QN_OK;
}
