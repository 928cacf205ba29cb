#include <quenched/coupling.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "network/coupling_entries.h"
#include "network/coupling_modes.h"
#include "network/unit_gains.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static qn_status check_iid(const qn_coupling *coupling)
{
    QN_REQUIRE(coupling->strength > 0.0, QN_BAD_VALUE, "network.coupling.strength is %g; allowed: greater than 0",
               coupling->strength);
    QN_REQUIRE(isfinite(coupling->strength), QN_BAD_VALUE,
               "network.coupling.strength is %g; allowed: finite, greater than 0", coupling->strength);
    QN_REQUIRE(isfinite(coupling->mean), QN_BAD_VALUE, "network.coupling.mean is %g; allowed: any finite number",
               coupling->mean);
    return QN_OK;
}

static qn_status check_rows(const qn_matrix *matrix)
{
    const size_t size = matrix->rows, *start = matrix->row_start;
    QN_REQUIRE(start && start[0] == 0 && start[size] == matrix->entries, QN_BAD_VALUE,
               "network.coupling.matrix: its rows do not cover its %zu entries", matrix->entries);
    for (size_t row = 0; row < size; ++row) {
        QN_REQUIRE(start[row] <= start[row + 1] && start[row + 1] <= matrix->entries, QN_BAD_VALUE,
                   "network.coupling.matrix: row %zu ends before it starts", row);
        for (size_t e = start[row]; e < start[row + 1]; ++e)
            QN_REQUIRE(matrix->column[e] < size && (e == start[row] || matrix->column[e - 1] < matrix->column[e]),
                       QN_BAD_VALUE, "network.coupling.matrix: row %zu has column %u out of range or order", row,
                       matrix->column[e]);
    }
    return QN_OK;
}

static size_t stored(const qn_matrix *matrix)
{
    return matrix->sparse ? matrix->entries : matrix->rows * matrix->columns;
}

static qn_status refuse_entry(const qn_matrix *matrix, size_t place)
{
    size_t row = matrix->sparse ? 0 : place / matrix->columns;
    while (matrix->sparse && matrix->row_start[row + 1] <= place) ++row;
    const size_t column = matrix->sparse ? matrix->column[place] : place % matrix->columns;
    return qn_fail(QN_BAD_VALUE, "network.coupling.matrix[%zu][%zu] is %g; allowed: finite numbers", row, column,
                   matrix->values[place]);
}

static qn_status check_given(const qn_coupling *coupling, size_t size)
{
    const qn_matrix *matrix = coupling->matrix;
    QN_REQUIRE(coupling->strength >= 0.0 && isfinite(coupling->strength), QN_BAD_VALUE,
               "network.coupling.strength is %g; allowed for a given matrix: 0 (as it is) or greater than 0",
               coupling->strength);
    QN_REQUIRE(coupling->mean == 0.0, QN_BAD_VALUE, "network.coupling.mean is %g; a given matrix has its own mean",
               coupling->mean);
    QN_REQUIRE(matrix, QN_BAD_VALUE, "network.coupling.matrix is missing");
    QN_REQUIRE(matrix->rows == size && matrix->columns == size, QN_BAD_VALUE,
               "network.coupling.matrix is %zu x %zu; network.size is %zu: it must be %zu x %zu", matrix->rows,
               matrix->columns, size, size, size);
    if (matrix->sparse) QN_TRY(check_rows(matrix));
    for (size_t i = 0; i < stored(matrix); ++i)
        if (!isfinite(matrix->values[i])) return refuse_entry(matrix, i);
    return QN_OK;
}

qn_status qn_coupling_check(const qn_coupling *coupling, size_t size)
{
    QN_REQUIRE(size >= 1, QN_BAD_VALUE, "network.size is 0; at least 1 unit is needed");
    QN_TRY(qn_unit_gains_check(&coupling->gains, size));
    switch (coupling->kind) {
    case QN_COUPLING_IID: return check_iid(coupling);
    case QN_COUPLING_GIVEN: return check_given(coupling, size);
    case QN_COUPLING_RANDOM_MODE:
    case QN_COUPLING_ORTHOGONAL_MODE:
    case QN_COUPLING_OVERLAPPING:
    case QN_COUPLING_ELLIPTIC:
    case QN_COUPLING_LOW_RANK: return qn_coupling_check_formed(coupling, size);
    }
    return qn_fail(QN_BAD_VALUE, "network.coupling.kind is %d; no such kind", (int)coupling->kind);
}

// Sum of (x - centre)^power, power 1 or 2, in eight strands: they hide the latency of addition and round less than one.
static double sum_of(size_t count, const double *x, double centre, int power)
{
    double strand[8] = {0};
    for (size_t i = 0; i < count; i += 8)
        for (size_t l = 0; l < 8 && i + l < count; ++l) {
            const double deviation = x[i + l] - centre;
            strand[l] += power == 2 ? deviation * deviation : deviation;
        }
    return ((strand[0] + strand[1]) + (strand[2] + strand[3])) + ((strand[4] + strand[5]) + (strand[6] + strand[7]));
}

// Block by block, so that rounding errors grow with the number of blocks only.
static double blocked_sum(size_t count, const double *x, double centre, int power)
{
    enum { BLOCK = 4096 };
    double sum = 0.0;
    for (size_t i = 0; i < count; i += BLOCK)
        sum += sum_of(count - i < BLOCK ? count - i : BLOCK, x + i, centre, power);
    return sum;
}

// (C1) of a matrix; what a sparse one does not store is 0. Deviations as small as the rounding of the mean are none.
static qn_coupling_statistics measured(const qn_matrix *matrix)
{
    const double size = (double)matrix->rows, all = size * size, absent = all - (double)stored(matrix);
    const double mean = blocked_sum(stored(matrix), matrix->values, 0.0, 1) / all;
    const double squares = blocked_sum(stored(matrix), matrix->values, mean, 2) + absent * mean * mean;
    const bool equal = sqrt(squares / all) <= 1e-13 * fabs(mean);
    return (qn_coupling_statistics){.strength = equal ? 0.0 : sqrt(squares / size), .mean = mean * size};
}

qn_status qn_coupling_statistics_of(const qn_coupling *coupling, size_t size, qn_coupling_statistics *result)
{
    QN_TRY(qn_coupling_check(coupling, size));
    if (coupling->kind != QN_COUPLING_GIVEN) {
        *result = (qn_coupling_statistics){coupling->strength, coupling->mean};
        return QN_OK;
    }
    qn_coupling_statistics found = measured(coupling->matrix);
    QN_REQUIRE(isfinite(found.strength) && isfinite(found.mean), QN_BAD_VALUE,
               "network.coupling.matrix has entries too large to be squared");
    QN_REQUIRE(
        coupling->strength == 0.0 || found.strength > 0.0, QN_BAD_VALUE,
        "network.coupling.strength is %g, but all entries of network.coupling.matrix are equal: nothing to rescale",
        coupling->strength);
    if (coupling->strength > 0.0) found.strength = coupling->strength;
    if (coupling->remove_mean) found.mean = 0.0;
    *result = found;
    return QN_OK;
}

static qn_status form(qn_coupling_entries *entries, uint64_t seed, uint64_t realisation)
{
    const qn_coupling *coupling = entries->coupling;
    const size_t size = entries->size;
    if (!qn_coupling_is_formed(coupling->kind)) return QN_OK;
    qn_memory_plan plan = {0};
    qn_coupling_form_plan(coupling, size, &plan);
    QN_TRY(qn_memory_plan_check(&plan, 0));
    QN_TRY(QN_NEW(&entries->formed, size * size, "couplings"));
    return qn_coupling_form(coupling, size, seed, realisation, entries->formed);
}

qn_status qn_coupling_entries_of(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                 qn_coupling_entries *result)
{
    QN_TRY(qn_coupling_check(coupling, size));
    qn_coupling_entries entries = {coupling, size, {seed, QN_PURPOSE_COUPLING, realisation}, 1.0, 0.0, NULL, NULL};
    if (coupling->kind == QN_COUPLING_IID) {
        entries.scale = coupling->strength / sqrt((double)size);
        entries.shift = coupling->mean / (double)size;
    } else if (coupling->kind == QN_COUPLING_GIVEN && (coupling->strength > 0.0 || coupling->remove_mean)) {
        qn_coupling_statistics wanted = {0};
        QN_TRY(qn_coupling_statistics_of(coupling, size, &wanted));
        const qn_coupling_statistics found = measured(coupling->matrix);
        if (coupling->strength > 0.0) entries.scale = wanted.strength / found.strength;
        entries.shift = (wanted.mean - entries.scale * found.mean) / (double)size;
    }
    qn_status status = form(&entries, seed, realisation);
    if (status == QN_OK && coupling->gains.count) {
        status = QN_NEW(&entries.gains, size, "gains of units");
        if (status == QN_OK) status = qn_coupling_unit_gains(coupling, size, entries.gains);
    }
    if (status != QN_OK) {
        qn_coupling_entries_clear(&entries);
        return status;
    }
    *result = entries;
    return QN_OK;
}

void qn_coupling_entries_clear(qn_coupling_entries *entries)
{
    qn_release(entries->formed);
    qn_release(entries->gains);
    entries->formed = entries->gains = NULL;
}

static void fill_from_sparse(const qn_matrix *matrix, size_t row, size_t first, size_t count, double *out)
{
    memset(out, 0, count * sizeof *out);
    for (size_t e = matrix->row_start[row]; e < matrix->row_start[row + 1]; ++e)
        if (matrix->column[e] >= first && matrix->column[e] - first < count)
            out[matrix->column[e] - first] = matrix->values[e];
}

// Position i * size + j of the stream is J_ij's: any piece can be drawn by itself.
void qn_coupling_entries_fill(const qn_coupling_entries *entries, size_t row, size_t first, size_t count, double *out)
{
    const qn_matrix *matrix = entries->coupling->matrix;
    if (entries->formed)
        memcpy(out, entries->formed + row * entries->size + first, count * sizeof *out);
    else if (entries->coupling->kind == QN_COUPLING_IID)
        qn_normal(&entries->stream, (uint64_t)row * entries->size + first, count, out);
    else if (matrix->sparse)
        fill_from_sparse(matrix, row, first, count, out);
    else
        memcpy(out, matrix->values + row * entries->size + first, count * sizeof *out);
    const double gain = entries->gains ? entries->gains[row] : 1.0, scale = gain * entries->scale,
                 shift = gain * entries->shift;
    if (scale == 1.0 && shift == 0.0) return;
    for (size_t j = 0; j < count; ++j) out[j] = shift + scale * out[j];
}

qn_status qn_coupling_draw(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                           double *values)
{
    qn_coupling_entries entries;
    QN_TRY(qn_coupling_entries_of(coupling, size, seed, realisation, &entries));
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(1 + size / 64))
    for (size_t row = 0; row < size; ++row) qn_coupling_entries_fill(&entries, row, 0, size, values + row * size);
    qn_coupling_entries_clear(&entries);
    return QN_OK;
}
