#include "network/coupling_operator.h"

#include "base/fail.h"
#include "network/coupling_entries.h"
#include "network/coupling_modes.h"
#include "network/coupling_operator_kernel.h"
#include "network/packed_matrix.h"
#include "network/thin_coupling.h"

#include <string.h>

struct qn_coupling_operator {
    size_t size, bytes;
    qn_precision precision;
    qn_thin_coupling thin;  ///< modes only, few of them; else empty
    qn_packed_matrix dense; ///< neither thin nor sparse; else empty
    void *values;           ///< sparse: one per entry
    size_t *row_start;      ///< sparse only, else NULL
    uint32_t *column;
    double shift;  ///< sparse only: added to every entry, stored or not
    double *gains; ///< sparse with shift only: each row's factor on it; NULL: 1
};

static size_t bytes_of(qn_precision precision)
{
    return precision == QN_PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

static void put(qn_precision precision, void *values, size_t place, double value)
{
    if (precision == QN_PRECISION_DOUBLE)
        ((double *)values)[place] = value;
    else
        ((float *)values)[place] = (float)value;
}

static void entries_of(const void *context, size_t row, size_t first, size_t count, double *out)
{
    qn_coupling_entries_fill(context, row, first, count, out);
}

// Straight into the packed order: there is never a second copy of J.
static qn_status pack_dense(const qn_coupling_entries *entries, qn_coupling_operator *made)
{
    QN_TRY(qn_packed_matrix_create(made->size, made->size, made->precision, entries_of, entries, "coupling matrix",
                                   &made->dense));
    made->bytes = made->dense.bytes;
    return QN_OK;
}

static qn_status take_sparse(const qn_coupling_entries *entries, qn_coupling_operator *made)
{
    const qn_matrix *matrix = entries->coupling->matrix;
    QN_TRY(qn_allocate(matrix->entries, bytes_of(made->precision), "coupling matrix", &made->values));
    QN_TRY(QN_NEW(&made->column, matrix->entries, "coupling matrix"));
    QN_TRY(QN_NEW(&made->row_start, made->size + 1, "coupling matrix"));
    made->bytes =
        matrix->entries * (bytes_of(made->precision) + sizeof *made->column) + (made->size + 1) * sizeof(size_t);
    for (size_t row = 0; row < made->size; ++row) {
        const double scale = entries->gains ? entries->scale * entries->gains[row] : entries->scale;
        for (size_t e = matrix->row_start[row]; e < matrix->row_start[row + 1]; ++e) {
            made->column[e] = matrix->column[e];
            put(made->precision, made->values, e, scale * matrix->values[e]);
        }
        made->row_start[row + 1] = matrix->row_start[row + 1];
    }
    made->shift = entries->shift;
    if (!entries->gains || made->shift == 0.0) return QN_OK;
    QN_TRY(QN_NEW(&made->gains, made->size, "gains of units"));
    memcpy(made->gains, entries->gains, made->size * sizeof *made->gains);
    made->bytes += made->size * sizeof *made->gains;
    return QN_OK;
}

// With a third of the entries present the dense product takes as long, since it need not look up columns.
static bool stays_sparse(const qn_coupling *coupling)
{
    if (coupling->kind != QN_COUPLING_GIVEN || !coupling->matrix->sparse) return false;
    return (double)coupling->matrix->entries < (double)coupling->matrix->rows * (double)coupling->matrix->columns / 3.0;
}

void qn_coupling_operator_plan(const qn_coupling *coupling, size_t size, qn_precision precision, qn_memory_plan *plan)
{
    const double units = (double)size;
    const size_t modes = qn_coupling_thin_modes(coupling, size);
    if (modes) {
        qn_thin_coupling_plan(size, modes, precision, plan);
        return;
    }
    const qn_matrix *matrix = coupling->kind == QN_COUPLING_GIVEN ? coupling->matrix : NULL;
    if (matrix && stays_sparse(coupling))
        qn_memory_plan_add(plan, "couplings", (double)matrix->entries, (double)bytes_of(precision) + sizeof(uint32_t));
    else
        qn_memory_plan_add(plan, "couplings", qn_packed_matrix_bytes(units, units, precision), 1);
    qn_coupling_form_plan(coupling, size, plan);
}

// J by its entries, one after the other.
static qn_status take_entries(const qn_coupling *coupling, uint64_t seed, uint64_t realisation,
                              qn_coupling_operator *made)
{
    qn_coupling_entries entries;
    QN_TRY(qn_coupling_entries_of(coupling, made->size, seed, realisation, &entries));
    const qn_status status = stays_sparse(coupling) ? take_sparse(&entries, made) : pack_dense(&entries, made);
    qn_coupling_entries_clear(&entries);
    return status;
}

static qn_status take_factors(const qn_coupling *coupling, uint64_t seed, uint64_t realisation,
                              qn_coupling_operator *made)
{
    QN_TRY(qn_thin_coupling_create(coupling, made->size, seed, realisation, made->precision, &made->thin));
    made->bytes = made->thin.bytes;
    return QN_OK;
}

qn_status qn_coupling_operator_create(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                      qn_precision precision, qn_coupling_operator **result)
{
    QN_REQUIRE(precision == QN_PRECISION_SINGLE || precision == QN_PRECISION_DOUBLE, QN_BAD_VALUE,
               "simulation.precision is %d; no such precision", (int)precision);
    QN_TRY(qn_coupling_check(coupling, size));
    qn_coupling_operator *made = NULL;
    QN_TRY(QN_NEW(&made, 1, "coupling operator"));
    made->size = size;
    made->precision = precision;
    const qn_status status =
        (qn_coupling_thin_modes(coupling, size) ? take_factors : take_entries)(coupling, seed, realisation, made);
    if (status != QN_OK) {
        qn_coupling_operator_destroy(made);
        return status;
    }
    made->bytes += sizeof *made;
    *result = made;
    return QN_OK;
}

void qn_coupling_operator_destroy(qn_coupling_operator *coupling)
{
    if (!coupling) return;
    qn_thin_coupling_clear(&coupling->thin);
    qn_packed_matrix_clear(&coupling->dense);
    qn_release(coupling->values);
    qn_release(coupling->column);
    qn_release(coupling->row_start);
    qn_release(coupling->gains);
    qn_release(coupling);
}

size_t qn_coupling_operator_bytes(const qn_coupling_operator *coupling) { return coupling->bytes; }

enum { SUMS = 128 };

// shift times the sums over units of up to SUMS vectors: what a constant added to all entries of J adds to each row.
static void shift_of(const qn_coupling_operator *coupling, size_t columns, size_t stride, const void *in, void *start)
{
    double sum[SUMS] = {0};
    for (size_t unit = 0; unit < coupling->size; ++unit)
        for (size_t c = 0; c < columns; ++c)
            sum[c] += coupling->precision == QN_PRECISION_DOUBLE ? ((const double *)in)[unit * stride + c]
                                                                 : (double)((const float *)in)[unit * stride + c];
    for (size_t c = 0; c < columns; ++c) put(coupling->precision, start, c, coupling->shift * sum[c]);
}

static void scale_start(qn_precision precision, double gain, size_t columns, const void *start, void *scaled)
{
    for (size_t c = 0; c < columns; ++c)
        put(precision, scaled, c,
            gain * (precision == QN_PRECISION_DOUBLE ? ((const double *)start)[c] : (double)((const float *)start)[c]));
}

static void apply_row(const qn_coupling_operator *coupling, size_t row, size_t columns, size_t stride, const void *in,
                      const void *start, void *out)
{
    const size_t first = coupling->row_start[row], entries = coupling->row_start[row + 1] - first;
    const uint32_t *column = coupling->column + first;
    _Alignas(64) double scaled[SUMS];
    if (start && coupling->gains) {
        scale_start(coupling->precision, coupling->gains[row], columns, start, scaled);
        start = scaled;
    }
    if (coupling->precision == QN_PRECISION_DOUBLE) QN_PICK_KERNEL(qn_sparse_row_double)
    (entries, column, (const double *)coupling->values + first, columns, stride, in, start,
     (double *)out + row * stride);
    else QN_PICK_KERNEL(qn_sparse_row_float)(entries, column, (const float *)coupling->values + first, columns, stride,
                                             in, start, (float *)out + row * stride);
}

static int threads_for(const qn_coupling_operator *coupling, size_t vectors)
{
    return qn_product_threads((double)coupling->row_start[coupling->size], vectors, 1 + coupling->size / 16);
}

// Rows of a connectome differ much in length, so threads take them as they come: every row is summed by one of them.
static void apply_sparse(const qn_coupling_operator *coupling, size_t columns, size_t stride, const void *in, void *out)
{
    _Alignas(64) double start[SUMS];
    for (size_t first = 0; first < columns; first += SUMS) {
        const size_t some = columns - first < SUMS ? columns - first : SUMS;
        const char *in_some = (const char *)in + first * bytes_of(coupling->precision);
        char *out_some = (char *)out + first * bytes_of(coupling->precision);
        const bool shifted = coupling->shift != 0.0;
        if (shifted) shift_of(coupling, some, stride, in_some, start);
#pragma omp parallel for schedule(dynamic, 16) num_threads(threads_for(coupling, some))
        for (size_t row = 0; row < coupling->size; ++row)
            apply_row(coupling, row, some, stride, in_some, shifted ? start : NULL, out_some);
    }
}

void qn_coupling_operator_apply(const qn_coupling_operator *coupling, size_t vectors, size_t stride, const void *in,
                                void *out)
{
    const size_t columns = (vectors + 15) / 16 * 16;
    if (coupling->row_start)
        apply_sparse(coupling, columns, stride, in, out);
    else if (coupling->thin.count)
        qn_thin_coupling_apply(&coupling->thin, columns, stride, in, out);
    else
        qn_packed_matrix_multiply(&coupling->dense, columns, stride, in, false, stride, out);
}
