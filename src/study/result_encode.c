#include "study/result_file.h"

#include "base/fail.h"
#include "base/number.h"

#include <math.h>
#include <netcdf.h>
#include <netcdf_mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAME_SIZE = 512, SIZES = 8 };

// What every part of the writing needs.
typedef struct {
    const qn_result *result;
    int file, point_dimension;
    size_t points;       ///< length of the dimension "point": at least 1
    char *coordinates;   ///< the swept keys, separated by blanks; NULL when nothing is swept
    double *numbers;     ///< scratch, one per point
    long long *integers; ///< scratch, SIZES per point
    const char **texts;  ///< scratch, one per point
} writing;

static qn_status put_text(int file, int variable, const char *name, const char *text)
{
    if (text) QN_NETCDF(nc_put_att_text(file, variable, name, strlen(text), text), QN_INTERNAL, name);
    return QN_OK;
}

static qn_status put_texts(int file, const char *name, size_t count, char **texts)
{
    if (!count) return QN_OK;
    const char **list = malloc(count * sizeof *list);
    QN_REQUIRE(list, QN_NO_MEMORY, "no memory for %zu texts", count);
    for (size_t i = 0; i < count; ++i) list[i] = texts[i] ? texts[i] : "";
    const int code = nc_put_att_string(file, NC_GLOBAL, name, count, list);
    free(list);
    QN_NETCDF(code, QN_INTERNAL, name);
    return QN_OK;
}

static qn_status put_whole(int file, const char *name, nc_type type, long long value)
{
    QN_NETCDF(nc_put_att_longlong(file, NC_GLOBAL, name, type, 1, &value), QN_INTERNAL, name);
    return QN_OK;
}

static qn_status put_time_stamp(int file)
{
    const time_t now = time(NULL);
    struct tm calendar;
    char stamp[32];
    QN_REQUIRE(gmtime_r(&now, &calendar) && strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &calendar), QN_INTERNAL,
               "the clock gives no date");
    return put_text(file, NC_GLOBAL, "created", stamp);
}

static qn_status put_figures(const writing *w)
{
    const size_t count = w->result->figure_count;
    char **column = malloc((count + 1) * sizeof *column);
    QN_REQUIRE(column, QN_NO_MEMORY, "no memory for %zu figures", count);
    static const char *const names[] = {"figure_plot", "figure_against", "figure_by", "figure_scale", "figure_caption"};
    qn_status status = QN_OK;
    for (size_t k = 0; k < sizeof names / sizeof *names && status == QN_OK; ++k) {
        for (size_t i = 0; i < count; ++i) {
            const qn_figure_request *figure = &w->result->figures[i];
            char *const fields[] = {figure->plot, figure->against, figure->by, figure->scale, figure->caption};
            column[i] = fields[k];
        }
        status = put_texts(w->file, names[k], count, column);
    }
    free(column);
    return status;
}

const char *const qn_performance_names[QN_PERFORMANCE_COUNT] = {"events_per_second", "real_time_factor", "peak_memory"};

static qn_status put_performance(const writing *w)
{
    const qn_performance *p = &w->result->performance;
    if (!(p->real_time_factor > 0.0)) return QN_OK;
    const double values[QN_PERFORMANCE_COUNT] = {p->events_per_second, p->real_time_factor, p->peak_memory};
    for (size_t i = 0; i < QN_PERFORMANCE_COUNT; ++i)
        QN_NETCDF(nc_put_att_double(w->file, NC_GLOBAL, qn_performance_names[i], NC_DOUBLE, 1, &values[i]), QN_INTERNAL,
                  qn_performance_names[i]);
    return QN_OK;
}

static qn_status put_globals(const writing *w, bool reproducible)
{
    const qn_result *result = w->result;
    char libraries[256];
    qn_library_versions(libraries, sizeof libraries);
    const struct {
        const char *name, *text;
    } texts[] = {{"Conventions", "CF-1.8"},
                 {"title", result->title},
                 {"source", result->source},
                 {"study", result->name},
                 {"study_kind", result->kind},
                 {"study_text", result->study_text},
                 {"overrides", result->overrides},
                 {"header", result->header},
                 {"conventions_of_numbers", result->conventions},
                 {"quenched_version", qn_version()},
                 {"libraries", libraries}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
        QN_TRY(put_text(w->file, NC_GLOBAL, texts[i].name, texts[i].text));
    const unsigned long long seed = result->seed;
    QN_NETCDF(nc_put_att_ulonglong(w->file, NC_GLOBAL, "seed", NC_UINT64, 1, &seed), QN_INTERNAL, "seed");
    QN_TRY(put_whole(w->file, "point_count", NC_INT64, (long long)result->point_count));
    QN_TRY(put_whole(w->file, "must_see_passed", NC_BYTE, result->must_see_passed));
    QN_TRY(put_texts(w->file, "warnings", result->warning_count, result->warnings));
    QN_TRY(put_texts(w->file, "must_see", result->must_see_count, result->must_see));
    QN_TRY(put_figures(w));
    if (reproducible) return QN_OK;
    QN_TRY(put_performance(w));
    return put_time_stamp(w->file);
}

static qn_status define(const writing *w, const char *name, nc_type type, int rank, const int *dimensions,
                        int *variable)
{
    const int code = nc_def_var(w->file, name, type, rank, dimensions, variable);
    QN_REQUIRE(code != NC_ENAMEINUSE, QN_BAD_VALUE, "two things in the result would be stored as \"%s\"", name);
    QN_NETCDF(code, QN_BAD_VALUE, name);
    return QN_OK;
}

static bool all_numbers(const writing *w)
{
    for (size_t p = 0; p < w->points; ++p)
        if (!qn_number_read(w->texts[p], &w->numbers[p])) return false;
    return true;
}

// The study's own spelling of the values, one per line.
static qn_status put_spelling(const writing *w, int variable)
{
    size_t size = 1;
    for (size_t p = 0; p < w->points; ++p) size += strlen(w->texts[p]) + 1;
    char *joined = calloc(size, 1), *end = joined;
    QN_REQUIRE(joined, QN_NO_MEMORY, "no memory for the swept values");
    for (size_t p = 0; p < w->points; ++p) end += sprintf(end, p ? "\n%s" : "%s", w->texts[p]);
    const qn_status status = put_text(w->file, variable, "spelling", joined);
    free(joined);
    return status;
}

static qn_status put_sweep_key(const writing *w, size_t key)
{
    const qn_sweep_point *points = w->result->points;
    const char *name = points[0].keys[key];
    for (size_t p = 0; p < w->points; ++p) {
        QN_REQUIRE(points[p].count == points[0].count && !strcmp(points[p].keys[key], name), QN_BAD_VALUE,
                   "point %zu of the sweep has other keys than the first", p);
        w->texts[p] = points[p].values[key];
    }
    const bool numbers = all_numbers(w);
    int variable;
    QN_TRY(define(w, name, numbers ? NC_DOUBLE : NC_STRING, 1, &w->point_dimension, &variable));
    QN_TRY(put_text(w->file, variable, "long_name", name));
    QN_TRY(put_spelling(w, variable));
    QN_NETCDF(numbers ? nc_put_var_double(w->file, variable, w->numbers)
                      : nc_put_var_string(w->file, variable, w->texts),
              QN_INTERNAL, name);
    return QN_OK;
}

static qn_status put_sweep(writing *w)
{
    const qn_result *result = w->result;
    if (!qn_result_array(result, "point")) {
        int variable;
        QN_TRY(define(w, "point", NC_INT64, 1, &w->point_dimension, &variable));
        QN_TRY(put_text(w->file, variable, "long_name", "index of the point in the sweep"));
        QN_TRY(put_text(w->file, variable, "units", "1"));
        for (size_t p = 0; p < w->points; ++p) w->integers[p] = (long long)p;
        QN_NETCDF(nc_put_var_longlong(w->file, variable, w->integers), QN_INTERNAL, "point");
    }
    if (!result->point_count || !result->points[0].count) return QN_OK;
    size_t size = 1;
    for (size_t k = 0; k < result->points[0].count; ++k) size += strlen(result->points[0].keys[k]) + 1;
    w->coordinates = calloc(size, 1);
    QN_REQUIRE(w->coordinates, QN_NO_MEMORY, "no memory for the names of the swept keys");
    char *end = w->coordinates;
    for (size_t k = 0; k < result->points[0].count; ++k) {
        QN_TRY(put_sweep_key(w, k));
        end += sprintf(end, k ? " %s" : "%s", result->points[0].keys[k]);
    }
    return put_texts(w->file, "sweep_keys", result->points[0].count, result->points[0].keys);
}

// One column of one quantity, without its values.
static qn_status define_column(const writing *w, const qn_quantity *quantity, const char *column, const char *words,
                               nc_type type, int rank, const int *dimensions, int *variable)
{
    char name[NAME_SIZE], long_name[NAME_SIZE];
    snprintf(name, sizeof name, "%s_%s", quantity->name, column);
    QN_TRY(define(w, name, type, rank, dimensions, variable));
    if (quantity->long_name) {
        snprintf(long_name, sizeof long_name, "%s, %s", quantity->long_name, words);
        QN_TRY(put_text(w->file, *variable, "long_name", long_name));
    }
    const bool bare =
        !strcmp(column, QN_COLUMN_Z) || !strcmp(column, QN_COLUMN_SAMPLES) || !strcmp(column, QN_COLUMN_SIZES);
    QN_TRY(put_text(w->file, *variable, "units", bare ? "1" : quantity->unit));
    return put_text(w->file, *variable, "coordinates", w->coordinates);
}

// The rows of quantity `name`: for each point its index in the table, or -1.
static void find_rows(const writing *w, const char *name, long long *rows)
{
    for (size_t p = 0; p < w->points; ++p) rows[p] = -1;
    for (size_t i = w->result->quantity_count; i-- > 0;)
        if (!strcmp(w->result->quantities[i].name, name)) rows[w->result->quantities[i].point] = (long long)i;
}

static double number_of(const qn_quantity *quantity, const char *column)
{
    if (!strcmp(column, QN_COLUMN_THEORY)) return quantity->theory;
    if (!strcmp(column, QN_COLUMN_THEORY_ERROR)) return quantity->theory_error;
    if (!strcmp(column, QN_COLUMN_SIMULATION)) return quantity->simulation.value;
    if (!strcmp(column, QN_COLUMN_ERROR)) return quantity->simulation.standard_error;
    if (!strcmp(column, QN_COLUMN_SAMPLES)) return (double)quantity->simulation.samples;
    return quantity->z;
}

static qn_status put_numbers(const writing *w, const qn_quantity *first, const long long *rows, const char *column,
                             const char *words, nc_type type)
{
    int variable;
    QN_TRY(define_column(w, first, column, words, type, 1, &w->point_dimension, &variable));
    for (size_t p = 0; p < w->points; ++p)
        w->numbers[p] = rows[p] >= 0 ? number_of(&w->result->quantities[rows[p]], column) : type == NC_INT64 ? 0 : NAN;
    QN_NETCDF(nc_put_var_double(w->file, variable, w->numbers), QN_INTERNAL, first->name);
    if (!strcmp(column, QN_COLUMN_THEORY))
        QN_NETCDF(nc_put_att_longlong(w->file, variable, "row", NC_INT64, w->points, rows), QN_INTERNAL, first->name);
    if (!strcmp(column, QN_COLUMN_SIMULATION)) {
        char companions[2 * NAME_SIZE];
        snprintf(companions, sizeof companions, "%s_" QN_COLUMN_ERROR " %s_" QN_COLUMN_SAMPLES, first->name,
                 first->name);
        QN_TRY(put_text(w->file, variable, "ancillary_variables", companions));
    }
    return QN_OK;
}

static qn_status put_words(const writing *w, const qn_quantity *first, const long long *rows, bool theory)
{
    int variable;
    QN_TRY(define_column(w, first, theory ? QN_COLUMN_THEORY : QN_COLUMN_SIMULATION, theory ? "theory" : "simulation",
                         NC_STRING, 1, &w->point_dimension, &variable));
    for (size_t p = 0; p < w->points; ++p) {
        const qn_quantity *here = rows[p] >= 0 ? &w->result->quantities[rows[p]] : NULL;
        const char *text = !here ? NULL : theory ? here->theory_text : here->simulation_text;
        w->texts[p] = text ? text : "";
    }
    if (theory)
        QN_NETCDF(nc_put_att_longlong(w->file, variable, "row", NC_INT64, w->points, rows), QN_INTERNAL, first->name);
    QN_NETCDF(nc_put_var_string(w->file, variable, w->texts), QN_INTERNAL, first->name);
    return QN_OK;
}

static qn_status put_sizes(const writing *w, const qn_quantity *first, const long long *rows)
{
    bool any = false;
    memset(w->integers, 0, w->points * SIZES * sizeof *w->integers);
    for (size_t p = 0; p < w->points; ++p)
        for (size_t k = 0; k < SIZES && rows[p] >= 0; ++k) {
            w->integers[p * SIZES + k] = (long long)w->result->quantities[rows[p]].extrapolated_sizes[k];
            any |= w->integers[p * SIZES + k] != 0;
        }
    if (!any) return QN_OK;
    int dimensions[2] = {w->point_dimension, 0}, variable;
    if (nc_inq_dimid(w->file, "extrapolation", &dimensions[1]))
        QN_NETCDF(nc_def_dim(w->file, "extrapolation", SIZES, &dimensions[1]), QN_INTERNAL, "extrapolation");
    QN_TRY(define_column(w, first, QN_COLUMN_SIZES, "network sizes extrapolated from (1/N -> 0), 0 for none", NC_INT64,
                         2, dimensions, &variable));
    QN_NETCDF(nc_put_var_longlong(w->file, variable, w->integers), QN_INTERNAL, first->name);
    return QN_OK;
}

static qn_status put_quantity(const writing *w, const qn_quantity *first, long long *rows)
{
    find_rows(w, first->name, rows);
    bool text = false, uncertain = false;
    for (size_t p = 0; p < w->points; ++p) {
        const qn_quantity *here = rows[p] >= 0 ? &w->result->quantities[rows[p]] : NULL;
        uncertain |= here && here->theory_error > 0.0;
        text |= here && (here->theory_text || here->simulation_text);
    }
    if (text) {
        QN_TRY(put_words(w, first, rows, true));
        QN_TRY(put_words(w, first, rows, false));
    } else {
        QN_TRY(put_numbers(w, first, rows, QN_COLUMN_THEORY, "theory", NC_DOUBLE));
        if (uncertain)
            QN_TRY(put_numbers(w, first, rows, QN_COLUMN_THEORY_ERROR, "standard error of theory", NC_DOUBLE));
        QN_TRY(put_numbers(w, first, rows, QN_COLUMN_SIMULATION, "simulation", NC_DOUBLE));
        QN_TRY(put_numbers(w, first, rows, QN_COLUMN_ERROR, "standard error of the simulation", NC_DOUBLE));
    }
    QN_TRY(put_numbers(w, first, rows, QN_COLUMN_SAMPLES, "independent samples of the simulation", NC_INT64));
    if (!text) QN_TRY(put_numbers(w, first, rows, QN_COLUMN_Z, "(simulation - theory) / standard error", NC_DOUBLE));
    return put_sizes(w, first, rows);
}

static qn_status put_quantities(const writing *w, char **names)
{
    const qn_result *result = w->result;
    long long *rows = malloc(w->points * sizeof *rows);
    QN_REQUIRE(rows, QN_NO_MEMORY, "no memory for %zu points", w->points);
    qn_status status = QN_OK;
    size_t count = 0;
    for (size_t i = 0; i < result->quantity_count && status == QN_OK; ++i) {
        bool seen = false;
        for (size_t j = 0; j < count && !seen; ++j) seen = !strcmp(names[j], result->quantities[i].name);
        if (seen) continue;
        names[count++] = result->quantities[i].name;
        status = put_quantity(w, &result->quantities[i], rows);
    }
    free(rows);
    return status == QN_OK ? put_texts(w->file, "quantities", count, names) : status;
}

static qn_status dimension_of(const writing *w, const qn_named_array *array, size_t axis, int *dimension)
{
    const char *name = array->dimensions[axis];
    size_t length;
    if (nc_inq_dimid(w->file, name, dimension)) {
        QN_NETCDF(nc_def_dim(w->file, name, array->shape[axis], dimension), QN_BAD_VALUE, name);
        return QN_OK;
    }
    QN_NETCDF(nc_inq_dimlen(w->file, *dimension, &length), QN_INTERNAL, name);
    QN_REQUIRE(length == array->shape[axis], QN_BAD_VALUE, "array %s has %zu values along %s, which has %zu",
               array->name, array->shape[axis], name, length);
    return QN_OK;
}

static qn_status put_array(const writing *w, const qn_named_array *array)
{
    QN_REQUIRE(array->rank >= 1 && array->rank <= 3, QN_BAD_VALUE, "array %s has rank %zu; allowed: 1 to 3",
               array->name, array->rank);
    int dimensions[3], variable;
    for (size_t axis = 0; axis < array->rank; ++axis) {
        QN_REQUIRE(array->shape[axis] > 0, QN_BAD_VALUE, "array %s is empty along %s", array->name,
                   array->dimensions[axis]);
        QN_TRY(dimension_of(w, array, axis, &dimensions[axis]));
    }
    QN_TRY(define(w, array->name, NC_DOUBLE, (int)array->rank, dimensions, &variable));
    QN_TRY(put_text(w->file, variable, "long_name", array->long_name));
    QN_TRY(put_text(w->file, variable, "units", array->unit));
    if (!strcmp(array->dimensions[0], "point") && strcmp(array->name, "point"))
        QN_TRY(put_text(w->file, variable, "coordinates", w->coordinates));
    char companion[NAME_SIZE];
    snprintf(companion, sizeof companion, "%s_error", array->name);
    if (qn_result_array(w->result, companion)) QN_TRY(put_text(w->file, variable, "ancillary_variables", companion));
    QN_NETCDF(nc_put_var_double(w->file, variable, array->values), QN_INTERNAL, array->name);
    return QN_OK;
}

static qn_status put_arrays(const writing *w, char **names)
{
    for (size_t i = 0; i < w->result->array_count; ++i) {
        names[i] = w->result->arrays[i].name;
        QN_TRY(put_array(w, &w->result->arrays[i]));
    }
    return put_texts(w->file, "arrays", w->result->array_count, names);
}

static qn_status put_everything(writing *w, bool reproducible)
{
    QN_NETCDF(nc_set_fill(w->file, NC_NOFILL, NULL), QN_INTERNAL, "result");
    QN_NETCDF(nc_def_dim(w->file, "point", w->points, &w->point_dimension), QN_INTERNAL, "point");
    QN_TRY(put_globals(w, reproducible));
    QN_TRY(put_sweep(w));
    const size_t most = w->result->array_count + w->result->quantity_count;
    char **names = malloc((most + 1) * sizeof *names);
    QN_REQUIRE(names, QN_NO_MEMORY, "no memory for %zu names", most);
    qn_status status = put_arrays(w, names);
    if (status == QN_OK) status = put_quantities(w, names);
    free(names);
    return status;
}

static qn_status encode(writing *w, bool reproducible, char **bytes, size_t *size)
{
    for (size_t i = 0; i < w->result->quantity_count; ++i)
        QN_REQUIRE(w->result->quantities[i].point < w->points, QN_BAD_VALUE, "quantity %s is at point %zu of %zu",
                   w->result->quantities[i].name, w->result->quantities[i].point, w->points);
    w->numbers = malloc(w->points * sizeof *w->numbers);
    w->integers = malloc(w->points * SIZES * sizeof *w->integers);
    w->texts = malloc(w->points * sizeof *w->texts);
    QN_REQUIRE(w->numbers && w->integers && w->texts, QN_NO_MEMORY, "no memory for %zu points", w->points);
    QN_NETCDF(nc_create_mem("result.nc", NC_NETCDF4, 0, &w->file), QN_INTERNAL, "result");
    const qn_status status = put_everything(w, reproducible);
    NC_memio image = {0};
    const int code = nc_close_memio(w->file, &image);
    if (status != QN_OK || code) free(image.memory);
    if (status != QN_OK) return status;
    QN_NETCDF(code, QN_INTERNAL, "result");
    *bytes = image.memory;
    *size = image.size;
    return QN_OK;
}

qn_status qn_result_encode(const qn_result *result, bool reproducible, char **bytes, size_t *size)
{
    writing w = {.result = result, .points = result->point_count ? result->point_count : 1};
    const qn_status status = encode(&w, reproducible, bytes, size);
    free(w.numbers);
    free(w.integers);
    free(w.texts);
    free(w.coordinates);
    return status;
}
