/// Both parts of the theory of a network of equal units.
#pragma once
#include "testing.h"

#include <quenched/four_point.h>

/// Destroy what is returned and clear `two_point`.
static inline qn_four_point *solve(const qn_rate_network *network, qn_two_point *two_point)
{
    qn_four_point *four_point;
    assert_ok(qn_two_point_solve(network, NULL, two_point));
    assert_ok(qn_four_point_create(network, two_point, &four_point));
    return four_point;
}
