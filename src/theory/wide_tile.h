/// One tile of kernels of a wide network, taken through all layers while it stays in cache.
#pragma once
#include "theory/wide_interpolant.h"
#include "theory/wide_layers.h"

enum { QN_WIDE_TILE = 192 }; ///< rows and columns

/// One quantity at one pair of layers, wanted for all inputs.
typedef struct {
    size_t row, column; ///< layers
    void *matrix;       ///< element (i, j) at matrix[i stride + j]
    void *mirror;       ///< element (i, j) also at mirror[j stride + i]; NULL: nowhere
    size_t stride;
    size_t first_map; ///< of its diagonal: qn_wide_pass.maps at [first_map + min(row, column)]
} qn_wide_request;

/// <phi phi> and, for tangents, <phi' phi'> at one pair of layers.
typedef struct {
    qn_wide_interpolant value, slope;
} qn_wide_map_series;

typedef struct {
    const qn_wide_network *network;
    const qn_wide_inputs *row_inputs, *column_inputs;
    const qn_wide_layers *rows, *columns;
    bool same; ///< columns are the rows: kernels of one layer are symmetric, only tiles on or below the diagonal are
               ///< made
    bool float_matrix; ///< requested matrices are float
    bool single;       ///< so is the arithmetic: closed forms only
    qn_wide_quantity quantity;
    const double *gram;             ///< given, or NULL
    const qn_wide_map_series *maps; ///< for activations without closed form; NULL: by quadrature
} qn_wide_pass;

/// Scratch of one thread. `{0}` is empty.
typedef struct {
    size_t row, rows, column, columns; ///< where the tile is
    bool holds_gram;                   ///< `input` is that of time 0
    size_t first_map;                  ///< of the diagonal it walks
    double *input, *c, *out, *tangent, *work;
    float *input_float, *c_float, *out_float;
} qn_wide_tile;

qn_status qn_wide_tile_create(const qn_wide_pass *pass, qn_wide_tile *tile);
void qn_wide_tile_clear(qn_wide_tile *tile);

/// Move to the tile that begins at (row, column).
void qn_wide_tile_move(const qn_wide_pass *pass, size_t row, size_t column, qn_wide_tile *tile);

/// Requests of one diagonal (row - column), by increasing layer: the tile's part of each.
qn_status qn_wide_tile_walk(const qn_wide_pass *pass, size_t count, const qn_wide_request *requests,
                            qn_wide_tile *tile);
