/// A dense matrix in the order in which the product with a block of vectors reads it (coupling_operator_kernel.h).
#pragma once
#include <quenched/coupling.h>

typedef struct {
    size_t rows, columns, bytes;
    qn_precision precision;
    void *values; ///< owned
} qn_packed_matrix;

/// out[k] = entry (row, first + k), k < count. Thread-safe.
typedef void (*qn_packed_entries)(const void *context, size_t row, size_t first, size_t count, double *out);

/// What one takes, in bytes: rows are filled up to a multiple of 12 at most.
double qn_packed_matrix_bytes(double rows, double columns, qn_precision precision);

/// Pack piece by piece: there is never a second copy. Free with qn_packed_matrix_clear(); QN_NO_MEMORY naming `what`.
qn_status qn_packed_matrix_create(size_t rows, size_t columns, qn_precision precision, qn_packed_entries entries,
                                  const void *context, const char *what, qn_packed_matrix *result);
void qn_packed_matrix_clear(qn_packed_matrix *matrix);

/// out = matrix in, or out += matrix in when `add`, for `vectors` vectors side by side, a multiple of 16 and at most
/// either stride. Threads share the rows; each sum runs over the columns in the same order whatever their number.
void qn_packed_matrix_multiply(const qn_packed_matrix *matrix, size_t vectors, size_t in_stride, const void *in,
                               bool add, size_t out_stride, void *out);

/// Threads worth waking for `entries` entries times `vectors` vectors that come in `pieces`.
int qn_product_threads(double entries, size_t vectors, size_t pieces);
