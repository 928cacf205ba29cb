#include "simulation/lyapunov.h"

#include <float.h>
#include <math.h>

static double length_of(const qn_rate_block *block, size_t column)
{
    double squares = 0;
    for (size_t row = 0; row < block->units; ++row) {
        const double value = qn_rate_block_value(block, block->state, row, column);
        squares += value * value;
    }
    return sqrt(squares);
}

void qn_lyapunov_renormalise(qn_rate_block *block, double *growth)
{
    for (size_t k = 0; k < block->tangents; ++k) {
        // A vector that vanishes (phi' = 0 in all units) decays with the leak from the least number that can be held.
        const double length = fmax(length_of(block, block->trials + k), FLT_MIN);
        if (growth) growth[k] += log(length);
        qn_rate_block_scale_column(block, block->trials + k, 1.0 / length);
    }
}
