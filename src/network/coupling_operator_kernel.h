/// The product of a coupling matrix with a block of vectors: the loop in which a simulation spends its time.
///
/// Packed J: columns are cut into bands of QN_PRODUCT_DEPTH (the last may be narrower), rows into panels of
/// qn_product_rows() (the last filled up with zeros). Band after band, panel after panel within a band, column after
/// column within a panel, the panel's rows side by side: one sequential stream for a thread that works through its
/// panels, while the band's part of `in` stays in the second-level cache.
#pragma once
#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QN_PRODUCT_DEPTH = 512, QN_PRODUCT_MAX_ROWS = 12 };

/// One thread's share of one band: out = J in, or out += J in when `add`, for `rows` rows starting with a panel.
/// columns: a multiple of 16, at most either stride. in: the band's units. out: the share's first row.
#define QN_PRODUCT_PARAMETERS(type)                                                                                    \
    (size_t rows, size_t depth, const type *packed, size_t columns, size_t in_stride, const type *in, bool add,        \
     size_t out_stride, type *out)

/// One row of out = start + J in for a sparse J; start NULL is 0.
#define QN_SPARSE_PARAMETERS(type)                                                                                     \
    (size_t entries, const uint32_t *column, const type *values, size_t columns, size_t stride, const type *in,        \
     const type *start, type *out)

QN_DECLARE_KERNEL(size_t, qn_product_rows, (void));
QN_DECLARE_KERNEL(void, qn_product_float, QN_PRODUCT_PARAMETERS(float));
QN_DECLARE_KERNEL(void, qn_product_double, QN_PRODUCT_PARAMETERS(double));
QN_DECLARE_KERNEL(void, qn_sparse_row_float, QN_SPARSE_PARAMETERS(float));
QN_DECLARE_KERNEL(void, qn_sparse_row_double, QN_SPARSE_PARAMETERS(double));
