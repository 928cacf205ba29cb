// Quantile classes of fitted scales, for theory of unequal units.
#include <quenched/heterogeneity.h>

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    double row, column;
    size_t unit; // orders ties, so that classes do not depend on the sorting
} unit_scales;

static int by_unit(const unit_scales *left, const unit_scales *right)
{
    return (left->unit > right->unit) - (left->unit < right->unit);
}

static int by_row(const void *left, const void *right)
{
    const unit_scales *a = left, *b = right;
    if (a->row != b->row) return a->row < b->row ? -1 : 1;
    return by_unit(a, b);
}

static int by_column(const void *left, const void *right)
{
    const unit_scales *a = left, *b = right;
    if (a->column != b->column) return a->column < b->column ? -1 : 1;
    return by_unit(a, b);
}

static void collect(const qn_heterogeneity *from, unit_scales *units)
{
    size_t n = 0;
    for (size_t i = 0; i < from->size; ++i)
        if (from->row_scale[i] > 0.0) units[n++] = (unit_scales){from->row_scale[i], from->column_scale[i], i};
}

static void average(size_t count, const unit_scales *units, double *row, double *column)
{
    double rows = 0.0, columns = 0.0;
    for (size_t i = 0; i < count; ++i) {
        rows += units[i].row * units[i].row;
        columns += units[i].column * units[i].column;
    }
    *row = sqrt(rows / (double)count);
    *column = sqrt(columns / (double)count);
}

// Where part `part` of `parts` begins among `count`.
static size_t quantile(size_t part, size_t parts, size_t count)
{
    return (size_t)((double)part * (double)count / (double)parts);
}

qn_status qn_heterogeneity_joint_classes(const qn_heterogeneity *heterogeneity, size_t row_count, size_t column_count,
                                         double *gains, double *output_gains, double *weights)
{
    const size_t all = heterogeneity->receiving;
    QN_REQUIRE(row_count >= 1 && column_count >= 1 && row_count <= all && column_count <= all / row_count, QN_BAD_VALUE,
               "%zu x %zu classes of units are asked for; allowed: 1 to %zu, the units that receive", row_count,
               column_count, all);
    unit_scales *units;
    QN_TRY(QN_NEW(&units, all, "scales of units"));
    collect(heterogeneity, units);
    qsort(units, all, sizeof *units, by_row);
    for (size_t r = 0; r < row_count; ++r) {
        unit_scales *part = units + quantile(r, row_count, all);
        const size_t count = quantile(r + 1, row_count, all) - quantile(r, row_count, all);
        if (column_count > 1) qsort(part, count, sizeof *part, by_column);
        for (size_t c = 0; c < column_count; ++c) {
            const size_t k = r * column_count + c, first = quantile(c, column_count, count);
            const size_t members = quantile(c + 1, column_count, count) - first;
            average(members, part + first, &gains[k], &output_gains[k]);
            weights[k] = (double)members / (double)all;
        }
    }
    qn_release(units);
    return QN_OK;
}

qn_status qn_heterogeneity_classes(const qn_heterogeneity *heterogeneity, size_t count, double *gains, double *weights)
{
    QN_REQUIRE(count >= 1 && count <= heterogeneity->receiving, QN_BAD_VALUE,
               "%zu classes of units are asked for; allowed: 1 to %zu, the units that receive", count,
               heterogeneity->receiving);
    double *output;
    QN_TRY(QN_NEW(&output, count, "gains of classes"));
    const qn_status status = qn_heterogeneity_joint_classes(heterogeneity, count, 1, gains, output, weights);
    qn_release(output);
    return status;
}
