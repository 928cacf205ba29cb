#include "network/packed_matrix.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "network/coupling_operator_kernel.h"

#include <omp.h>

static size_t bytes_of(qn_precision precision)
{
    return precision == QN_PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

static size_t panels_of(size_t rows)
{
    const size_t height = QN_PICK_KERNEL(qn_product_rows)();
    return (rows + height - 1) / height;
}

double qn_packed_matrix_bytes(double rows, double columns, qn_precision precision)
{
    return (rows + QN_PRODUCT_MAX_ROWS - 1) * columns * (double)bytes_of(precision);
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

// A panel's rows, band by band, straight into the packed order.
static void pack_panel(const qn_packed_matrix *matrix, size_t panel, qn_packed_entries entries, const void *context)
{
    const size_t height = QN_PICK_KERNEL(qn_product_rows)(), padded = panels_of(matrix->rows) * height;
    double rows[QN_PRODUCT_MAX_ROWS * QN_PRODUCT_DEPTH] = {0};
    for (size_t first = 0; first < matrix->columns; first += QN_PRODUCT_DEPTH) {
        const size_t left = matrix->columns - first, depth = left < QN_PRODUCT_DEPTH ? left : QN_PRODUCT_DEPTH;
        const size_t place = padded * first + panel * height * depth;
        for (size_t row = 0; row < height && panel * height + row < matrix->rows; ++row)
            entries(context, panel * height + row, first, depth, rows + row * QN_PRODUCT_DEPTH);
        interleave(rows, height, depth, matrix->precision,
                   (char *)matrix->values + place * bytes_of(matrix->precision));
    }
}

qn_status qn_packed_matrix_create(size_t rows, size_t columns, qn_precision precision, qn_packed_entries entries,
                                  const void *context, const char *what, qn_packed_matrix *result)
{
    qn_packed_matrix made = {.rows = rows, .columns = columns, .precision = precision};
    const size_t panels = panels_of(rows), height = QN_PICK_KERNEL(qn_product_rows)();
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, what, (double)(panels * height) * (double)columns, (double)bytes_of(precision));
    QN_TRY(qn_memory_plan_check(&plan, 0));
    QN_TRY(qn_allocate(panels * height * columns, bytes_of(precision), what, &made.values));
    made.bytes = panels * height * columns * bytes_of(precision);
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(panels))
    for (size_t panel = 0; panel < panels; ++panel) pack_panel(&made, panel, entries, context);
    *result = made;
    return QN_OK;
}

void qn_packed_matrix_clear(qn_packed_matrix *matrix)
{
    qn_release(matrix->values);
    *matrix = (qn_packed_matrix){0};
}

// Below this many flops per thread, waking the thread costs more than it saves.
static const double WORTH_A_THREAD = 1e6;

int qn_product_threads(double entries, size_t vectors, size_t pieces)
{
    const double worth = 1.0 + 2.0 * entries * (double)vectors / WORTH_A_THREAD;
    return qn_threads_for(worth < (double)pieces ? (size_t)worth : pieces);
}

typedef struct {
    size_t vectors, in_stride, out_stride;
    const void *in;
    void *out;
    bool add;
} product;

static void multiply_band(const qn_packed_matrix *matrix, const product *p, size_t first_row, size_t rows, size_t band)
{
    const size_t left = matrix->columns - band, depth = left < QN_PRODUCT_DEPTH ? left : QN_PRODUCT_DEPTH;
    const size_t padded = panels_of(matrix->rows) * QN_PICK_KERNEL(qn_product_rows)();
    const size_t place = padded * band + first_row * depth;
    const bool add = p->add || band > 0;
    if (matrix->precision == QN_PRECISION_DOUBLE) QN_PICK_KERNEL(qn_product_double)
    (rows, depth, (const double *)matrix->values + place, p->vectors, p->in_stride,
     (const double *)p->in + band * p->in_stride, add, p->out_stride, (double *)p->out + first_row * p->out_stride);
    else QN_PICK_KERNEL(qn_product_float)(rows, depth, (const float *)matrix->values + place, p->vectors, p->in_stride,
                                          (const float *)p->in + band * p->in_stride, add, p->out_stride,
                                          (float *)p->out + first_row * p->out_stride);
}

void qn_packed_matrix_multiply(const qn_packed_matrix *matrix, size_t vectors, size_t in_stride, const void *in,
                               bool add, size_t out_stride, void *out)
{
    const size_t size = matrix->rows, height = QN_PICK_KERNEL(qn_product_rows)(), panels = panels_of(size);
    const product p = {vectors, in_stride, out_stride, in, out, add};
#pragma omp parallel num_threads(qn_product_threads((double)size *(double)matrix->columns, vectors, panels))
    {
        const size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        const size_t first = panels * thread / threads * height, beyond = panels * (thread + 1) / threads * height;
        const size_t rows = (beyond < size ? beyond : size) - first;
        for (size_t band = 0; band < matrix->columns; band += QN_PRODUCT_DEPTH)
            multiply_band(matrix, &p, first, rows, band);
    }
}
