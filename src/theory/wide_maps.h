/// The series of all pairs of layers that the diagonals of sorted requests pass through.
#pragma once
#include "theory/wide_tile.h"

/// Fills pass->maps and each request's first_map where the activation has no closed form and there are more pairs of
/// inputs than quadratures for a series; else leaves them NULL and 0. `error` receives the largest absolute error of
/// <phi phi>. Free with qn_wide_maps_destroy().
qn_status qn_wide_maps_create(double tolerance, size_t count, qn_wide_request *requests, qn_wide_pass *pass,
                              size_t *maps, double *error);
void qn_wide_maps_destroy(size_t maps, const qn_wide_map_series *series);
