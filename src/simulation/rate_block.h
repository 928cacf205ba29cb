/// The states of many trials of one network, side by side, with tangent vectors in further columns: one product with J
/// serves all.
///
/// Arrays are units x stride, row-major; columns: `trials` states, then `tangents` tangent vectors (number k belongs to
/// trial k), then padding that stays zero.
#pragma once
#include <quenched/random.h>
#include <quenched/rate_network.h>

#include "base/memory.h"
#include "simulation/integrator.h"

#include <stdbool.h>

enum { QN_RATE_BLOCK_COLUMNS = 1024 }; ///< at most

typedef struct {
    const qn_rate_network *network;       ///< not owned
    const qn_coupling_operator *coupling; ///< not owned
    size_t units, trials, tangents, stride;
    bool single;
    size_t element;    ///< bytes
    void *state;       ///< x; tangent columns d
    void *rate;        ///< phi(x); tangent columns phi'(x) d: what J multiplies
    void *field;       ///< h = J rate, of the state after qn_rate_block_field()
    void *stage, *sum; ///< of a time step under way
    void *input;       ///< one row: b for states, 0 for tangents and padding
    qn_stream noise;
} qn_rate_block;

size_t qn_rate_block_stride(size_t trials, size_t tangents);
void qn_rate_block_plan(size_t units, size_t stride, bool single, qn_memory_plan *plan);

/// Draw initial states N(0, 1) and tangent vectors. `network` and `coupling` must outlive the block.
qn_status qn_rate_block_create(const qn_rate_network *network, const qn_coupling_operator *coupling, size_t trials,
                               size_t tangents, bool single, uint64_t seed, uint64_t realisation, qn_rate_block *block);
void qn_rate_block_clear(qn_rate_block *block);

/// rate = phi(state), after the state was changed by hand.
void qn_rate_block_rate(qn_rate_block *block);

/// field = J rate.
void qn_rate_block_field(qn_rate_block *block);

/// One time step, number `step` of the noise; the field must be that of the state.
void qn_rate_block_advance(qn_rate_block *block, const qn_integrator_scheme *scheme, uint64_t step);

/// Multiply a column of state, rate and field: a tangent vector may have any length.
void qn_rate_block_scale_column(qn_rate_block *block, size_t column, double factor);

/// phi and phi' of the network on `count` values of the block's precision; in place allowed.
void qn_rate_block_transfer(const qn_rate_block *block, size_t count, const void *in, void *out);
void qn_rate_block_slope(const qn_rate_block *block, size_t count, const void *in, void *out);

/// A row of one of the block's arrays; one value of it.
void *qn_rate_block_row(const qn_rate_block *block, const void *array, size_t row);
double qn_rate_block_value(const qn_rate_block *block, const void *array, size_t row, size_t column);
void qn_rate_block_set(const qn_rate_block *block, void *array, size_t row, size_t column, double value);
