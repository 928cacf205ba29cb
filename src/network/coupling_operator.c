#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "network/coupling_entries.h"
#include "network/coupling_operator_kernel.h"

#include <quenched/coupling.h>

#include <omp.h>
#include <string.h>

struct qn_coupling_operator {
    size_t size, bytes;
    qn_precision precision;
    void *values;      ///< dense: packed as the kernel reads it (coupling_operator_kernel.h); sparse: one per entry
    size_t *row_start; ///< sparse only, else NULL
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

static size_t panels_of(size_t size)
{
    const size_t height = QN_PICK_KERNEL(qn_product_rows)();
    return (size + height - 1) / height;
}

// Rows side by side, column after column.
static void interleave(const double *rows, size_t height, size_t depth, qn_precision precision, void *packed)
{
    if (precision == QN_PRECISION_DOUBLE)
        for (size_t k = 0; k < depth; ++k)
            for (size_t row = 0; row < height; ++row)
                ((double *)packed)[k * height + row] = rows[row * QN_PRODUCT_DEPTH + k];
    else
        for (size_t k = 0; k < depth; ++k)
            for (size_t row = 0; row < height; ++row)
                ((float *)packed)[k * height + row] = (float)rows[row * QN_PRODUCT_DEPTH + k];
}

// Draw a panel's rows, band by band, straight into the packed order: there is never a second copy of J.
static void pack_panel(const qn_coupling_entries *entries, size_t panel, qn_precision precision, void *packed)
{
    const size_t size = entries->size, height = QN_PICK_KERNEL(qn_product_rows)(), padded = panels_of(size) * height;
    double rows[QN_PRODUCT_MAX_ROWS * QN_PRODUCT_DEPTH] = {0};
    for (size_t first = 0; first < size; first += QN_PRODUCT_DEPTH) {
        const size_t depth = size - first < QN_PRODUCT_DEPTH ? size - first : QN_PRODUCT_DEPTH;
        const size_t place = padded * first + panel * height * depth;
        for (size_t row = 0; row < height && panel * height + row < size; ++row)
            qn_coupling_entries_fill(entries, panel * height + row, first, depth, rows + row * QN_PRODUCT_DEPTH);
        interleave(rows, height, depth, precision, (char *)packed + place * bytes_of(precision));
    }
}

static qn_status pack_dense(const qn_coupling_entries *entries, qn_coupling_operator *made)
{
    const size_t size = made->size, panels = panels_of(size), height = QN_PICK_KERNEL(qn_product_rows)();
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "coupling matrix", (double)(panels * height) * (double)size,
                       (double)bytes_of(made->precision));
    QN_TRY(qn_memory_plan_check(&plan, 0));
    QN_TRY(qn_allocate(panels * height * size, bytes_of(made->precision), "coupling matrix", &made->values));
    made->bytes = panels * height * size * bytes_of(made->precision);
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(panels))
    for (size_t panel = 0; panel < panels; ++panel) pack_panel(entries, panel, made->precision, made->values);
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

qn_status qn_coupling_operator_create(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                      qn_precision precision, qn_coupling_operator **result)
{
    QN_REQUIRE(precision == QN_PRECISION_SINGLE || precision == QN_PRECISION_DOUBLE, QN_BAD_VALUE,
               "simulation.precision is %d; no such precision", (int)precision);
    qn_coupling_entries entries;
    QN_TRY(qn_coupling_entries_of(coupling, size, seed, realisation, &entries));
    qn_coupling_operator *made = NULL;
    qn_status status = QN_NEW(&made, 1, "coupling operator");
    if (status == QN_OK) {
        made->size = size;
        made->precision = precision;
        status = stays_sparse(coupling) ? take_sparse(&entries, made) : pack_dense(&entries, made);
    }
    qn_coupling_entries_clear(&entries);
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
    qn_release(coupling->values);
    qn_release(coupling->column);
    qn_release(coupling->row_start);
    qn_release(coupling->gains);
    qn_release(coupling);
}

size_t qn_coupling_operator_bytes(const qn_coupling_operator *coupling) { return coupling->bytes; }

// Below this many flops per thread, waking the thread costs more than it saves.
static const double WORTH_A_THREAD = 1e6;

static int threads_for(const qn_coupling_operator *coupling, size_t pieces, size_t columns)
{
    const size_t size = coupling->size;
    const double entries = coupling->row_start ? (double)coupling->row_start[size] : (double)size * (double)size;
    const double worth = 1.0 + 2.0 * entries * (double)columns / WORTH_A_THREAD;
    return qn_threads_for(worth < (double)pieces ? (size_t)worth : pieces);
}

static void apply_band(const qn_coupling_operator *coupling, size_t first_row, size_t rows, size_t band, size_t columns,
                       size_t stride, const void *in, void *out)
{
    const size_t size = coupling->size, padded = panels_of(size) * QN_PICK_KERNEL(qn_product_rows)();
    const size_t depth = size - band < QN_PRODUCT_DEPTH ? size - band : QN_PRODUCT_DEPTH;
    const size_t place = padded * band + first_row * depth;
    if (coupling->precision == QN_PRECISION_DOUBLE) QN_PICK_KERNEL(qn_product_double)
    (rows, depth, (const double *)coupling->values + place, columns, stride, (const double *)in + band * stride,
     band > 0, (double *)out + first_row * stride);
    else QN_PICK_KERNEL(qn_product_float)(rows, depth, (const float *)coupling->values + place, columns, stride,
                                          (const float *)in + band * stride, band > 0,
                                          (float *)out + first_row * stride);
}

// Threads share the rows; each sum runs over the columns in the same order whatever their number.
static void apply_dense(const qn_coupling_operator *coupling, size_t columns, size_t stride, const void *in, void *out)
{
    const size_t size = coupling->size, height = QN_PICK_KERNEL(qn_product_rows)(), panels = panels_of(size);
#pragma omp parallel num_threads(threads_for(coupling, panels, columns))
    {
        const size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        const size_t first = panels * thread / threads * height, beyond = panels * (thread + 1) / threads * height;
        const size_t rows = (beyond < size ? beyond : size) - first;
        for (size_t band = 0; band < size; band += QN_PRODUCT_DEPTH)
            apply_band(coupling, first, rows, band, columns, stride, in, out);
    }
}

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
#pragma omp parallel for schedule(dynamic, 16) num_threads(threads_for(coupling, 1 + coupling->size / 16, some))
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
    else
        apply_dense(coupling, columns, stride, in, out);
}
