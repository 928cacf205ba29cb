#include "network/coupling_operator_kernel.h"

#include <string.h>

// A tile of the output is two vectors wide and as tall as the registers allow: its sums stay in registers together with
// the two vectors of `in` and one broadcast entry of J.
#if defined(__AVX512F__)
enum { BYTES = 64, ROWS = 12 };
#elif defined(__AVX__)
enum { BYTES = 32, ROWS = 6 };
#elif defined(__aarch64__)
enum { BYTES = 16, ROWS = 12 };
#else
enum { BYTES = 16, ROWS = 6 };
#endif

// Bytes of packed J to fetch ahead: about 170 columns, enough to hide memory when J is larger than the caches.
enum { AHEAD = 8192 };

typedef float float_vector __attribute__((vector_size(BYTES), may_alias));
typedef double double_vector __attribute__((vector_size(BYTES), may_alias));

size_t QN_KERNEL(qn_product_rows)(void) { return ROWS; }

#define DEFINE_TILE(name, type, vector, WIDE)                                                                          \
    static inline __attribute__((always_inline)) void name(size_t depth, const type *packed, size_t in_stride,         \
                                                           const type *in, bool add, size_t out_stride, type *out)     \
    {                                                                                                                  \
        enum { LANES = BYTES / sizeof(type) };                                                                         \
        vector sum[ROWS][WIDE] = {{{0}}};                                                                              \
        if (add)                                                                                                       \
            for (int r = 0; r < ROWS; ++r)                                                                             \
                for (int w = 0; w < WIDE; ++w)                                                                         \
                    sum[r][w] = *(const vector *)(out + (size_t)r * out_stride + w * LANES);                           \
        for (size_t k = 0; k < depth; ++k, packed += ROWS, in += in_stride) {                                          \
            vector x[WIDE];                                                                                            \
            for (int w = 0; w < WIDE; ++w) x[w] = *(const vector *)(in + w * LANES);                                   \
            __builtin_prefetch(packed + AHEAD / sizeof(type));                                                         \
            for (int r = 0; r < ROWS; ++r)                                                                             \
                for (int w = 0; w < WIDE; ++w) sum[r][w] += packed[r] * x[w];                                          \
        }                                                                                                              \
        for (int r = 0; r < ROWS; ++r)                                                                                 \
            for (int w = 0; w < WIDE; ++w) *(vector *)(out + (size_t)r * out_stride + w * LANES) = sum[r][w];          \
    }

DEFINE_TILE(wide_tile_float, float, float_vector, 2)
DEFINE_TILE(narrow_tile_float, float, float_vector, 1)
DEFINE_TILE(wide_tile_double, double, double_vector, 2)
DEFINE_TILE(narrow_tile_double, double, double_vector, 1)

#define DEFINE_PRODUCT(name, type)                                                                                     \
    static void panel_##type(size_t depth, const type *packed, size_t columns, size_t in_stride, const type *in,       \
                             bool add, size_t out_stride, type *out)                                                   \
    {                                                                                                                  \
        enum { NARROW = BYTES / sizeof(type), WIDE = 2 * NARROW };                                                     \
        size_t c = 0;                                                                                                  \
        for (; c + WIDE <= columns; c += WIDE)                                                                         \
            wide_tile_##type(depth, packed, in_stride, in + c, add, out_stride, out + c);                              \
        for (; c < columns; c += NARROW)                                                                               \
            narrow_tile_##type(depth, packed, in_stride, in + c, add, out_stride, out + c);                            \
    }                                                                                                                  \
                                                                                                                       \
    /* A panel that reaches past the last row of `out` is worked out aside, some columns at a time. */                 \
    static void last_panel_##type(size_t rows, size_t depth, const type *packed, size_t columns, size_t in_stride,     \
                                  const type *in, bool add, size_t out_stride, type *out)                              \
    {                                                                                                                  \
        enum { PIECE = 16 };                                                                                           \
        _Alignas(64) type aside[ROWS * PIECE] = {0};                                                                   \
        for (size_t c = 0; c < columns; c += PIECE) {                                                                  \
            for (size_t r = 0; add && r < rows; ++r)                                                                   \
                memcpy(aside + r * PIECE, out + r * out_stride + c, PIECE * sizeof *aside);                            \
            panel_##type(depth, packed, PIECE, in_stride, in + c, add, PIECE, aside);                                  \
            for (size_t r = 0; r < rows; ++r)                                                                          \
                memcpy(out + r * out_stride + c, aside + r * PIECE, PIECE * sizeof *aside);                            \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    void QN_KERNEL(name) QN_PRODUCT_PARAMETERS(type)                                                                   \
    {                                                                                                                  \
        for (; rows >= ROWS; rows -= ROWS, packed += depth * ROWS, out += ROWS * out_stride)                           \
            panel_##type(depth, packed, columns, in_stride, in, add, out_stride, out);                                 \
        if (rows) last_panel_##type(rows, depth, packed, columns, in_stride, in, add, out_stride, out);                \
    }

DEFINE_PRODUCT(qn_product_float, float)
DEFINE_PRODUCT(qn_product_double, double)

// Rows of a sparse J: every entry adds a multiple of one row of `in`, some vectors of it at a time. Eight sums, in
// STRANDS of every so manyth entry, hide the latency of multiply-add.
#define DEFINE_SPARSE_TILE(name, type, vector, WIDE)                                                                   \
    static inline __attribute__((always_inline)) void name(size_t entries, const uint32_t *column, const type *values, \
                                                           size_t stride, const type *in, const type *start,           \
                                                           type *out)                                                  \
    {                                                                                                                  \
        enum { LANES = BYTES / sizeof(type), STRANDS = 8 / WIDE };                                                     \
        vector sum[STRANDS][WIDE] = {{{0}}};                                                                           \
        if (start)                                                                                                     \
            for (int w = 0; w < WIDE; ++w) sum[0][w] = *(const vector *)(start + w * LANES);                           \
        size_t e = 0;                                                                                                  \
        for (; e + STRANDS <= entries; e += STRANDS)                                                                   \
            for (int s = 0; s < STRANDS; ++s)                                                                          \
                for (int w = 0; w < WIDE; ++w)                                                                         \
                    sum[s][w] += values[e + s] * *(const vector *)(in + column[e + s] * stride + w * LANES);           \
        for (; e < entries; ++e)                                                                                       \
            for (int w = 0; w < WIDE; ++w)                                                                             \
                sum[0][w] += values[e] * *(const vector *)(in + column[e] * stride + w * LANES);                       \
        for (int s = 1; s < STRANDS; ++s)                                                                              \
            for (int w = 0; w < WIDE; ++w) sum[0][w] += sum[s][w];                                                     \
        for (int w = 0; w < WIDE; ++w) *(vector *)(out + w * LANES) = sum[0][w];                                       \
    }

DEFINE_SPARSE_TILE(sparse_four_float, float, float_vector, 4)
DEFINE_SPARSE_TILE(sparse_two_float, float, float_vector, 2)
DEFINE_SPARSE_TILE(sparse_one_float, float, float_vector, 1)
DEFINE_SPARSE_TILE(sparse_four_double, double, double_vector, 4)
DEFINE_SPARSE_TILE(sparse_two_double, double, double_vector, 2)
DEFINE_SPARSE_TILE(sparse_one_double, double, double_vector, 1)

#define DEFINE_SPARSE(name, type)                                                                                      \
    void QN_KERNEL(name) QN_SPARSE_PARAMETERS(type)                                                                    \
    {                                                                                                                  \
        enum { LANES = BYTES / sizeof(type) };                                                                         \
        size_t c = 0;                                                                                                  \
        for (; c + 4 * LANES <= columns; c += 4 * LANES)                                                               \
            sparse_four_##type(entries, column, values, stride, in + c, start ? start + c : NULL, out + c);            \
        for (; c + 2 * LANES <= columns; c += 2 * LANES)                                                               \
            sparse_two_##type(entries, column, values, stride, in + c, start ? start + c : NULL, out + c);             \
        for (; c < columns; c += LANES)                                                                                \
            sparse_one_##type(entries, column, values, stride, in + c, start ? start + c : NULL, out + c);             \
    }

DEFINE_SPARSE(qn_sparse_row_float, float)
DEFINE_SPARSE(qn_sparse_row_double, double)
