#include <quenched/matrix_clean.h>

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>

static const uint32_t LEFT_OUT = UINT32_MAX;

typedef struct {
    const qn_matrix *from;
    qn_matrix_clean_options options;
    uint32_t *number; // of a unit among those that stay, or LEFT_OUT
    size_t units, entries;
} cleaning;

// The entries of a row that are not zero, one after the other, dense or sparse. `place` starts at 0.
static bool next_entry(const qn_matrix *matrix, size_t row, size_t *place, size_t *column, double *value)
{
    const size_t length = matrix->sparse ? matrix->row_start[row + 1] - matrix->row_start[row] : matrix->columns;
    const size_t first = matrix->sparse ? matrix->row_start[row] : row * matrix->columns;
    for (; *place < length; ++*place) {
        const size_t at = first + *place;
        if (matrix->values[at] == 0.0) continue;
        *column = matrix->sparse ? matrix->column[at] : *place;
        *value = matrix->values[at];
        ++*place;
        return true;
    }
    return false;
}

static qn_status look(const cleaning *c, bool *receives, bool *sends, qn_matrix_clean_report *found)
{
    const qn_matrix *matrix = c->from;
    for (size_t row = 0; row < matrix->rows; ++row) {
        size_t place = 0, column;
        double value;
        while (next_entry(matrix, row, &place, &column, &value)) {
            QN_REQUIRE(isfinite(value), QN_BAD_VALUE, "matrix[%zu][%zu] is %g; allowed: finite numbers", row, column,
                       value);
            ++found->entries;
            found->self_loops += row == column;
            if (row == column && c->options.drop_self_loops) continue;
            receives[row] = sends[column] = true;
        }
    }
    return QN_OK;
}

static qn_status count(cleaning *c, qn_matrix_clean_report *found)
{
    const size_t units = c->from->rows;
    bool *receives;
    QN_TRY(QN_NEW(&receives, 2 * units, "units of a matrix"));
    bool *sends = receives + units;
    const qn_status status = look(c, receives, sends, found);
    for (size_t i = 0; i < units; ++i) {
        found->silent_rows += !receives[i];
        found->silent_columns += !sends[i];
        const bool stays = !c->options.drop_silent || receives[i] || sends[i];
        c->number[i] = stays ? (uint32_t)c->units++ : LEFT_OUT;
    }
    qn_release(receives);
    c->entries = found->entries - (c->options.drop_self_loops ? found->self_loops : 0);
    found->units = units;
    found->dropped_units = units - c->units;
    found->dropped_entries = found->entries - c->entries;
    return status;
}

static bool stays(const cleaning *c, size_t row, size_t column)
{
    return !(c->options.drop_self_loops && row == column) && c->number[row] != LEFT_OUT;
}

static void fill(const cleaning *c, qn_matrix *made)
{
    size_t entries = 0;
    for (size_t row = 0; row < c->from->rows; ++row) {
        size_t place = 0, column;
        double value;
        while (next_entry(c->from, row, &place, &column, &value)) {
            if (!stays(c, row, column)) continue;
            const size_t to = c->number[row], from = c->number[column];
            if (!made->sparse) {
                made->values[to * c->units + from] = value;
                continue;
            }
            made->values[entries] = value;
            made->column[entries++] = (uint32_t)from;
        }
        if (made->sparse && c->number[row] != LEFT_OUT) made->row_start[c->number[row] + 1] = entries;
    }
}

static qn_status room(const cleaning *c, qn_matrix *made)
{
    const size_t values = c->from->sparse ? c->entries : c->units * c->units;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "matrix", (double)values, sizeof(double) + (c->from->sparse ? sizeof(uint32_t) : 0));
    QN_TRY(qn_memory_plan_check(&plan, 0));
    *made = (qn_matrix){.rows = c->units, .columns = c->units, .sparse = c->from->sparse};
    qn_status status = QN_NEW(&made->values, values, "matrix");
    if (made->sparse) {
        made->entries = values;
        if (status == QN_OK) status = QN_NEW(&made->column, values, "matrix");
        if (status == QN_OK) status = QN_NEW(&made->row_start, c->units + 1, "matrix");
    }
    if (status != QN_OK) qn_matrix_clear(made);
    return status;
}

qn_status qn_matrix_clean(const qn_matrix *matrix, const qn_matrix_clean_options *options, qn_matrix *result,
                          qn_matrix_clean_report *report)
{
    QN_REQUIRE(matrix->rows == matrix->columns && matrix->rows > 0 && matrix->rows < UINT32_MAX, QN_BAD_VALUE,
               "the matrix has %zu rows and %zu columns; must be square", matrix->rows, matrix->columns);
    cleaning c = {.from = matrix};
    if (options) c.options = *options;
    qn_matrix_clean_report found = {0};
    qn_matrix made = {0};
    QN_TRY(QN_NEW(&c.number, matrix->rows, "units of a matrix"));
    qn_status status = count(&c, &found);
    if (status == QN_OK && (c.units == 0 || c.entries == 0))
        status = qn_fail(QN_BAD_VALUE, "the matrix has no entries other than zero%s",
                         c.options.drop_self_loops ? " off the diagonal" : "");
    if (status == QN_OK) status = room(&c, &made);
    if (status == QN_OK) fill(&c, &made);
    qn_release(c.number);
    QN_TRY(status);
    *result = made;
    if (report) *report = found;
    return QN_OK;
}
