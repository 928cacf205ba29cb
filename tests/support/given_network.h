/// One network as drawn, and the theory of its matrix.
#pragma once
#include "testing.h"

#include <quenched/given_matrix.h>
#include <stdlib.h>

/// Zeroed.
static inline double *room(size_t count)
{
    double *values = calloc(count, sizeof *values);
    assert_non_null(values);
    return values;
}

/// The couplings of one realisation. Free it.
static inline double *draw(const qn_rate_network *network, uint64_t realisation)
{
    double *matrix = room(network->size * network->size);
    assert_ok(qn_coupling_draw(&network->coupling, network->size, 7, realisation, matrix));
    return matrix;
}

static inline qn_given_matrix *prepare(const qn_rate_network *network, const double *matrix,
                                       const qn_given_options *options)
{
    qn_two_point two_point;
    qn_given_matrix *given;
    assert_ok(qn_two_point_solve(network, NULL, &two_point));
    assert_ok(qn_given_matrix_create(network, &two_point, matrix, options, NULL, &given));
    qn_two_point_clear(&two_point);
    return given;
}
