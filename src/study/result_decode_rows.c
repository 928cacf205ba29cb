#include "study/result_reading.h"

#include "base/fail.h"
#include "study/result_file.h"

#include <math.h>
#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool along_points(const qn_result_reading *r, int variable)
{
    int rank, dimensions[NC_MAX_VAR_DIMS], point;
    if (nc_inq_varndims(r->file, variable, &rank) || rank != 1) return false;
    return !nc_inq_vardimid(r->file, variable, dimensions) && !nc_inq_dimid(r->file, "point", &point) &&
           dimensions[0] == point;
}

// The rows a quantity has, one per point; `*rows` is to be freed.
static qn_status get_rows(const qn_result_reading *r, int variable, long long **rows)
{
    nc_type type;
    size_t length;
    QN_NETCDF(nc_inq_att(r->file, variable, "row", &type, &length), QN_BAD_FILE, "row");
    QN_REQUIRE(length == r->points && type == NC_INT64, QN_BAD_FILE, "the rows of a quantity are damaged");
    *rows = malloc(length * sizeof **rows);
    QN_REQUIRE(*rows, QN_NO_MEMORY, "no memory for %zu points", length);
    QN_NETCDF(nc_get_att_longlong(r->file, variable, "row", *rows), QN_BAD_FILE, "row");
    for (size_t p = 0; p < length; ++p)
        QN_REQUIRE((*rows)[p] >= -1 && (*rows)[p] < (long long)QN_RESULT_MOST_ROWS, QN_BAD_FILE,
                   "the rows of a quantity are damaged");
    return QN_OK;
}

static qn_status grow_quantities(qn_result *result, size_t count)
{
    if (count <= result->quantity_count) return QN_OK;
    qn_quantity *more = realloc(result->quantities, count * sizeof *more);
    QN_REQUIRE(more, QN_NO_MEMORY, "no memory for %zu quantities", count);
    for (size_t i = result->quantity_count; i < count; ++i)
        more[i] = (qn_quantity){.theory = NAN, .simulation = {NAN, NAN, 0}, .z = NAN};
    result->quantities = more;
    result->quantity_count = count;
    return QN_OK;
}

static int column_of(const qn_result_reading *r, const char *name, const char *column)
{
    char full[NC_MAX_NAME + 1];
    int variable;
    if ((size_t)snprintf(full, sizeof full, "%s_%s", name, column) >= sizeof full) return -1;
    return nc_inq_varid(r->file, full, &variable) ? -1 : variable;
}

static double *field_of(qn_quantity *row, int column)
{
    double *const fields[] = {&row->theory, &row->simulation.value, &row->simulation.standard_error, &row->z,
                              &row->theory_error};
    return fields[column];
}

static qn_status get_numbers(const qn_result_reading *r, const char *name, const long long *rows, double *numbers)
{
    static const char *const columns[] = {QN_COLUMN_THEORY, QN_COLUMN_SIMULATION,   QN_COLUMN_ERROR,
                                          QN_COLUMN_Z,      QN_COLUMN_THEORY_ERROR, QN_COLUMN_SAMPLES};
    for (int k = 0; k < 6; ++k) {
        const int variable = column_of(r, name, columns[k]);
        nc_type type;
        if (variable < 0 || nc_inq_vartype(r->file, variable, &type) || type == NC_STRING) continue;
        QN_REQUIRE(along_points(r, variable), QN_BAD_FILE, "%s_%s does not lie along point", name, columns[k]);
        QN_NETCDF(nc_get_var_double(r->file, variable, numbers), QN_BAD_FILE, name);
        for (size_t p = 0; p < r->points; ++p) {
            if (rows[p] < 0) continue;
            qn_quantity *row = &r->result->quantities[rows[p]];
            if (k < 5)
                *field_of(row, k) = numbers[p];
            else if (numbers[p] > 0 && numbers[p] < 1e18)
                row->simulation.samples = (size_t)numbers[p];
        }
    }
    return QN_OK;
}

static qn_status get_words(const qn_result_reading *r, const char *name, const long long *rows, bool theory)
{
    const int variable = column_of(r, name, theory ? QN_COLUMN_THEORY : QN_COLUMN_SIMULATION);
    nc_type type;
    if (variable < 0 || nc_inq_vartype(r->file, variable, &type) || type != NC_STRING) return QN_OK;
    QN_REQUIRE(along_points(r, variable), QN_BAD_FILE, "%s does not lie along point", name);
    char **texts = calloc(r->points, sizeof *texts);
    QN_REQUIRE(texts, QN_NO_MEMORY, "no memory for %zu points", r->points);
    const int code = nc_get_var_string(r->file, variable, texts);
    bool enough = true;
    for (size_t p = 0; p < r->points && !code; ++p) {
        if (rows[p] < 0 || !texts[p] || !*texts[p]) continue;
        qn_quantity *row = &r->result->quantities[rows[p]];
        char **text = theory ? &row->theory_text : &row->simulation_text;
        free(*text);
        *text = strdup(texts[p]);
        enough &= *text != NULL;
    }
    if (!code) nc_free_string(r->points, texts);
    free(texts);
    QN_NETCDF(code, QN_BAD_FILE, name);
    QN_REQUIRE(enough, QN_NO_MEMORY, "no memory for texts");
    return QN_OK;
}

static qn_status get_sizes(const qn_result_reading *r, const char *name, const long long *rows)
{
    const int variable = column_of(r, name, QN_COLUMN_SIZES);
    int rank, dimensions[NC_MAX_VAR_DIMS];
    size_t lengths[2];
    if (variable < 0 || nc_inq_varndims(r->file, variable, &rank) || rank != 2) return QN_OK;
    if (nc_inq_vardimid(r->file, variable, dimensions) || nc_inq_dimlen(r->file, dimensions[0], &lengths[0]) ||
        nc_inq_dimlen(r->file, dimensions[1], &lengths[1]) || lengths[0] != r->points || lengths[1] != QN_RESULT_SIZES)
        return qn_fail(QN_BAD_FILE, "the network sizes of %s have a strange shape", name);
    long long *sizes = malloc(r->points * QN_RESULT_SIZES * sizeof *sizes);
    QN_REQUIRE(sizes, QN_NO_MEMORY, "no memory for %zu points", r->points);
    const int code = nc_get_var_longlong(r->file, variable, sizes);
    for (size_t i = 0; i < r->points * QN_RESULT_SIZES && !code; ++i)
        if (rows[i / QN_RESULT_SIZES] >= 0 && sizes[i] > 0)
            r->result->quantities[rows[i / QN_RESULT_SIZES]].extrapolated_sizes[i % QN_RESULT_SIZES] = (size_t)sizes[i];
    free(sizes);
    QN_NETCDF(code, QN_BAD_FILE, name);
    return QN_OK;
}

// `long_name` on file ends in ", theory"; the quantity's own does not.
static qn_status get_labels(const qn_result_reading *r, int variable, const char *name, const long long *rows)
{
    char *long_name = NULL, *unit = NULL;
    qn_status status = qn_result_read_text(r->file, variable, "long_name", &long_name);
    if (status == QN_OK) status = qn_result_read_text(r->file, variable, "units", &unit);
    char *suffix = long_name ? strrchr(long_name, ',') : NULL;
    if (suffix && !strcmp(suffix, ", theory")) *suffix = 0;
    for (size_t p = 0; p < r->points && status == QN_OK; ++p) {
        if (rows[p] < 0) continue;
        qn_quantity *row = &r->result->quantities[rows[p]];
        if (row->name) {
            status = qn_fail(QN_BAD_FILE, "two quantities share row %lld", rows[p]);
            break;
        }
        row->point = p;
        row->name = strdup(name);
        if (long_name) row->long_name = strdup(long_name);
        if (unit) row->unit = strdup(unit);
        if (!row->name || (long_name && !row->long_name) || (unit && !row->unit))
            status = qn_fail(QN_NO_MEMORY, "no memory for names");
    }
    free(long_name);
    free(unit);
    return status;
}

static qn_status fill_quantity(const qn_result_reading *r, int variable, const char *name, const long long *rows)
{
    size_t count = 0;
    for (size_t p = 0; p < r->points; ++p)
        if (rows[p] >= (long long)count) count = (size_t)rows[p] + 1;
    QN_TRY(grow_quantities(r->result, count));
    QN_TRY(get_labels(r, variable, name, rows));
    double *numbers = malloc(r->points * sizeof *numbers);
    QN_REQUIRE(numbers, QN_NO_MEMORY, "no memory for %zu points", r->points);
    qn_status status = get_numbers(r, name, rows, numbers);
    free(numbers);
    if (status == QN_OK) status = get_words(r, name, rows, true);
    if (status == QN_OK) status = get_words(r, name, rows, false);
    return status == QN_OK ? get_sizes(r, name, rows) : status;
}

qn_status qn_result_read_quantity(const qn_result_reading *r, int variable, const char *name)
{
    long long *rows = NULL;
    qn_status status = get_rows(r, variable, &rows);
    if (status == QN_OK) status = fill_quantity(r, variable, name, rows);
    free(rows);
    return status;
}
