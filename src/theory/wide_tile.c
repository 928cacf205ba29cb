#include "theory/wide_tile.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/wide_map.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

enum { AREA = QN_WIDE_TILE * QN_WIDE_TILE };

static qn_status take(const qn_wide_pass *pass, qn_wide_tile *tile)
{
    QN_TRY(QN_NEW(&tile->input, AREA, "a tile of a kernel"));
    if (pass->single) {
        QN_TRY(QN_NEW(&tile->input_float, 3 * AREA, "a tile of a kernel"));
        tile->c_float = tile->input_float + AREA;
        tile->out_float = tile->c_float + AREA;
        return QN_OK;
    }
    QN_TRY(QN_NEW(&tile->c, 2 * AREA, "a tile of a kernel"));
    tile->out = tile->c + AREA;
    if (pass->quantity == QN_WIDE_TANGENT) QN_TRY(QN_NEW(&tile->tangent, 2 * AREA, "a tile of a kernel"));
    return QN_NEW(&tile->work, QN_WIDE_MAP_WORK, "a tile of a kernel");
}

qn_status qn_wide_tile_create(const qn_wide_pass *pass, qn_wide_tile *tile)
{
    const qn_status status = take(pass, tile);
    if (status != QN_OK) qn_wide_tile_clear(tile);
    return status;
}

void qn_wide_tile_clear(qn_wide_tile *tile)
{
    qn_release(tile->input);
    qn_release(tile->input_float);
    qn_release(tile->c);
    qn_release(tile->tangent);
    qn_release(tile->work);
    *tile = (qn_wide_tile){0};
}

void qn_wide_tile_move(const qn_wide_pass *pass, size_t row, size_t column, qn_wide_tile *tile)
{
    const size_t below = pass->rows->count - row, right = pass->columns->count - column;
    tile->row = row;
    tile->column = column;
    tile->rows = below < QN_WIDE_TILE ? below : QN_WIDE_TILE;
    tile->columns = right < QN_WIDE_TILE ? right : QN_WIDE_TILE;
    tile->holds_gram = false;
}

static size_t area(const qn_wide_tile *tile) { return tile->rows * tile->columns; }

// (1) of the tile into tile->input.
static void fill_input(const qn_wide_pass *pass, size_t a, size_t b, qn_wide_tile *tile)
{
    const bool sequence = pass->network->input_mode == QN_WIDE_INPUT_SEQUENCE;
    if (tile->holds_gram && !sequence) return;
    const double strength = pass->network->input_strength, scale = strength * strength;
    if (pass->gram) {
        for (size_t i = 0; i < tile->rows; ++i) {
            const double *from = pass->gram + (tile->row + i) * pass->columns->count + tile->column;
            for (size_t j = 0; j < tile->columns; ++j) tile->input[i * tile->columns + j] = scale * from[j];
        }
    } else {
        const size_t dimension = pass->row_inputs->dimension;
        const double *x = pass->row_inputs->values, *y = pass->column_inputs->values;
        x += ((sequence ? a * pass->rows->count : 0) + tile->row) * dimension;
        y += ((sequence ? b * pass->columns->count : 0) + tile->column) * dimension;
        qn_blas_single_thread();
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)tile->rows, (int)tile->columns, (int)dimension,
                    scale / (double)dimension, x, (int)dimension, y, (int)dimension, 0.0, tile->input,
                    (int)tile->columns);
    }
    for (size_t i = 0; pass->single && i < area(tile); ++i) tile->input_float[i] = (float)tile->input[i];
    tile->holds_gram = true;
}

// sigma^2 B of (2).
static double bias_term(const qn_wide_network *network, size_t a, size_t b)
{
    if (a != b && network->fresh_bias) return 0.0;
    return qn_wide_bias(network, a) * qn_wide_bias(network, a);
}

// Inputs enter both layers: the one at a = 0 alone meets no other.
static bool inputs_meet(const qn_wide_network *network, size_t a, size_t b)
{
    return qn_wide_has_input(network, a) && qn_wide_has_input(network, b) && network->input_strength > 0.0;
}

static void start(const qn_wide_pass *pass, size_t a, size_t b, qn_wide_tile *tile)
{
    const double bias = bias_term(pass->network, a, b);
    const bool met = inputs_meet(pass->network, a, b);
    if (met) fill_input(pass, a, b, tile);
    for (size_t i = 0; pass->single && i < area(tile); ++i)
        tile->c_float[i] = (float)bias + (met ? tile->input_float[i] : 0.0f);
    for (size_t i = 0; !pass->single && i < area(tile); ++i) tile->c[i] = bias + (met ? tile->input[i] : 0.0);
}

// Coinciding inputs have the variances that all else is measured by, to the last bit.
static void pin_diagonal(const qn_wide_pass *pass, size_t a, size_t b, qn_wide_tile *tile)
{
    if (!pass->same || a != b || tile->row != tile->column) return;
    const double *variance = pass->rows->variance + a * pass->rows->count + tile->row;
    for (size_t i = 0; i < tile->rows; ++i) {
        if (pass->single)
            tile->c_float[i * tile->columns + i] = (float)variance[i];
        else
            tile->c[i * tile->columns + i] = variance[i];
    }
}

#define STORE(from_type, type, name)                                                                                   \
    static void name(const qn_wide_tile *tile, const from_type *from, bool lower, const qn_wide_request *request)      \
    {                                                                                                                  \
        type *matrix = request->matrix, *mirror = request->mirror;                                                     \
        for (size_t i = 0; i < tile->rows; ++i) {                                                                      \
            const size_t count = lower ? i + 1 : tile->columns;                                                        \
            type *to = matrix + (tile->row + i) * request->stride + tile->column;                                      \
            for (size_t j = 0; j < count; ++j) to[j] = (type)from[i * tile->columns + j];                              \
        }                                                                                                              \
        if (!mirror) return;                                                                                           \
        for (size_t j = 0; j < tile->columns; ++j) {                                                                   \
            type *to = mirror + (tile->column + j) * request->stride + tile->row;                                      \
            for (size_t i = lower ? j : 0; i < tile->rows; ++i) to[i] = (type)from[i * tile->columns + j];             \
        }                                                                                                              \
    }
STORE(double, double, store)
STORE(double, float, store_rounded)
STORE(float, float, store_float)

static qn_status output(const qn_wide_pass *pass, size_t a, size_t b, qn_wide_tile *tile)
{
    const double strength = qn_wide_output_strength(pass->network), bias = qn_wide_output_bias(pass->network);
    const double base = bias * bias, scale = strength * strength;
    if (pass->single) {
        qn_wide_map_float(pass, tile, a, b, base, scale, false, tile->out_float);
        return QN_OK;
    }
    QN_TRY(qn_wide_map(pass, tile, a, b, base, scale, false, tile->out));
    if (!tile->tangent) return QN_OK;
    double *tangent = tile->tangent + AREA;
    memcpy(tangent, tile->tangent, area(tile) * sizeof *tangent);
    QN_TRY(qn_wide_map_slope(pass, tile, a, b, scale, tangent));
    for (size_t i = 0; i < area(tile); ++i) tile->out[i] += tangent[i];
    return QN_OK;
}

static qn_status emit(const qn_wide_pass *pass, const qn_wide_request *request, qn_wide_tile *tile)
{
    const size_t a = request->row, b = request->column;
    const bool lower = pass->same && a == b && tile->row == tile->column;
    const double *from = tile->out;
    switch (pass->quantity) {
    case QN_WIDE_FIELD: from = tile->c; break;
    case QN_WIDE_MOMENT: QN_TRY(qn_wide_map(pass, tile, a, b, 0.0, 1.0, false, tile->out)); break;
    case QN_WIDE_OUTPUT:
    case QN_WIDE_TANGENT: QN_TRY(output(pass, a, b, tile)); break;
    }
    if (pass->single)
        store_float(tile, tile->out_float, lower, request);
    else if (pass->float_matrix)
        store_rounded(tile, from, lower, request);
    else
        store(tile, from, lower, request);
    return QN_OK;
}

// From layers (a, b) to the next: (2), (3) and (32).
static qn_status advance(const qn_wide_pass *pass, size_t a, size_t b, qn_wide_tile *tile)
{
    const double strength = qn_wide_strength(pass->network, a + 1), scale = strength * strength;
    const double base = bias_term(pass->network, a + 1, b + 1);
    const bool met = inputs_meet(pass->network, a + 1, b + 1);
    if (met) fill_input(pass, a + 1, b + 1, tile);
    if (pass->single) {
        qn_wide_map_float(pass, tile, a, b, base, scale, met, tile->c_float);
        return QN_OK;
    }
    if (tile->tangent) QN_TRY(qn_wide_map_slope(pass, tile, a, b, scale, tile->tangent));
    return qn_wide_map(pass, tile, a, b, base, scale, met, tile->c);
}

qn_status qn_wide_tile_walk(const qn_wide_pass *pass, size_t count, const qn_wide_request *requests, qn_wide_tile *tile)
{
    const size_t least = requests->row < requests->column ? requests->row : requests->column;
    size_t a = requests->row - least, b = requests->column - least;
    tile->first_map = requests->first_map;
    start(pass, a, b, tile);
    pin_diagonal(pass, a, b, tile);
    if (tile->tangent) memcpy(tile->tangent, tile->c, area(tile) * sizeof *tile->c);
    for (size_t next = 0;; ++a, ++b) {
        for (; next < count && requests[next].row == a; ++next) QN_TRY(emit(pass, &requests[next], tile));
        if (next == count) return QN_OK;
        QN_TRY(advance(pass, a, b, tile));
        pin_diagonal(pass, a + 1, b + 1, tile);
        for (size_t i = 0; tile->tangent && i < area(tile); ++i) tile->tangent[i] += tile->c[i];
    }
}
