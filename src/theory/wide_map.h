/// From the covariances of one pair of layers to those of the next: a tile's rows by the vectorised loops, or by
/// quadrature.
#pragma once
#include "theory/wide_tile.h"

enum { QN_WIDE_MAP_WORK = 32 * QN_WIDE_TILE + 20 * 49 }; ///< of qn_wide_tile.work: see wide_map_series.c

/// out = base + [input] + scale <phi phi>(c) with the tile's c at layers (a, b); out may be c.
qn_status qn_wide_map(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, double base, double scale,
                      bool with_input, double *out);
void qn_wide_map_float(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, double base,
                       double scale, bool with_input, float *out);

/// tangent *= scale <phi' phi'>(c).
qn_status qn_wide_map_slope(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, double scale,
                            double *tangent);

/// erf, relu and linear.
bool qn_wide_has_closed_form(const qn_transfer *phi);

/// What both ways give without closed form: mean[j] = <phi phi>, or with `slope` <phi' phi'>, for row i of the tile.
/// `mean` is in tile->work. By series, qn_wide_map_prepare() comes first, once for all rows.
void qn_wide_map_prepare(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, bool slope);
qn_status qn_wide_map_means(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, size_t i,
                            bool slope, const double **mean);
