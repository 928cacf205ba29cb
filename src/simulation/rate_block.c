#include "simulation/rate_block.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "simulation/rate_block_kernel.h"

#include <string.h>

// Values worked on at a time: what one stage touches of a tile stays in the first-level cache.
enum { TILE = QN_RATE_BLOCK_COLUMNS };

size_t qn_rate_block_stride(size_t trials, size_t tangents) { return (trials + tangents + 15) / 16 * 16; }

void qn_rate_block_plan(size_t units, size_t stride, bool single, qn_memory_plan *plan)
{
    qn_memory_plan_add(plan, "states", (5.0 * (double)units + 1) * (double)stride, single ? 4 : 8);
}

void *qn_rate_block_row(const qn_rate_block *block, const void *array, size_t row)
{
    return (char *)array + row * block->stride * block->element;
}

double qn_rate_block_value(const qn_rate_block *block, const void *array, size_t row, size_t column)
{
    const size_t at = row * block->stride + column;
    return block->single ? (double)((const float *)array)[at] : ((const double *)array)[at];
}

void qn_rate_block_set(const qn_rate_block *block, void *array, size_t row, size_t column, double value)
{
    const size_t at = row * block->stride + column;
    if (block->single)
        ((float *)array)[at] = (float)value;
    else
        ((double *)array)[at] = value;
}

void qn_rate_block_transfer(const qn_rate_block *block, size_t count, const void *in, void *out)
{
    if (block->single)
        qn_transfer_value_float(&block->network->transfer, count, in, out);
    else
        qn_transfer_value(&block->network->transfer, count, in, out);
}

void qn_rate_block_slope(const qn_rate_block *block, size_t count, const void *in, void *out)
{
    if (block->single)
        qn_transfer_slope_float(&block->network->transfer, count, in, out);
    else
        qn_transfer_slope(&block->network->transfer, count, in, out);
}

static size_t tile_rows(const qn_rate_block *block) { return TILE / block->stride; }

static size_t tile_count(const qn_rate_block *block)
{
    return (block->units + tile_rows(block) - 1) / tile_rows(block);
}

// phi'(x) d in the tangents' columns, zero in the padding.
static void tangent_rates(const qn_rate_block *block, size_t rows, const void *x, void *rate)
{
    _Alignas(64) unsigned char slope[TILE * sizeof(double)];
    const size_t bytes = block->tangents * block->element;
    if (block->tangents > 0) {
        for (size_t row = 0; row < rows; ++row) memcpy(slope + row * bytes, qn_rate_block_row(block, x, row), bytes);
        qn_rate_block_slope(block, rows * block->tangents, slope, slope);
    }
    for (size_t row = 0; row < rows; ++row) {
        const size_t first = row * block->stride + block->trials, from = row * block->tangents;
        for (size_t k = 0; k < block->tangents; ++k)
            if (block->single)
                ((float *)rate)[first + k] = ((const float *)slope)[from + k] * ((const float *)x)[first + k];
            else
                ((double *)rate)[first + k] = ((const double *)slope)[from + k] * ((const double *)x)[first + k];
        memset((char *)rate + (first + block->tangents) * block->element, 0,
               (block->stride - block->trials - block->tangents) * block->element);
    }
}

static void rates_of_tile(const qn_rate_block *block, const void *x, size_t row, size_t rows)
{
    const void *from = qn_rate_block_row(block, x, row);
    void *rate = qn_rate_block_row(block, block->rate, row);
    qn_rate_block_transfer(block, rows * block->stride, from, rate);
    if (block->trials < block->stride) tangent_rates(block, rows, from, rate);
}

// Deviates of this step for the rows of a tile: named by (step, unit, trial), whoever draws them.
static void draw_noise(const qn_rate_block *block, uint64_t step, size_t row, size_t rows, void *noise)
{
    _Alignas(64) unsigned char packed[TILE * sizeof(double)];
    const uint64_t first = (step * block->units + row) * block->trials;
    const bool spread = block->trials < block->stride;
    void *to = spread ? packed : noise;
    if (block->single)
        qn_normal_float(&block->noise, first, rows * block->trials, to);
    else
        qn_normal(&block->noise, first, rows * block->trials, to);
    if (!spread) return;
    const size_t bytes = block->trials * block->element;
    memset(noise, 0, rows * block->stride * block->element);
    for (size_t i = 0; i < rows; ++i) memcpy(qn_rate_block_row(block, noise, i), packed + i * bytes, bytes);
}

static void update_tile(const qn_rate_block *block, const qn_integrator_stage *of, const void *argument, void *next,
                        uint64_t step, size_t row, size_t rows)
{
    _Alignas(64) unsigned char noise[TILE * sizeof(double)];
    const bool noisy = of->next.noise != 0;
    if (noisy) draw_noise(block, step, row, rows, noise);
    const void *state = qn_rate_block_row(block, block->state, row),
               *field = qn_rate_block_row(block, block->field, row);
    const void *stage = qn_rate_block_row(block, argument, row), *deviates = noisy ? noise : NULL;
    void *sum = qn_rate_block_row(block, block->sum, row), *to = qn_rate_block_row(block, next, row);
    if (block->single) QN_PICK_KERNEL(qn_rate_combine_float)
    (of, rows, block->stride, state, stage, sum, field, block->input, deviates, to);
    else QN_PICK_KERNEL(qn_rate_combine_double)(of, rows, block->stride, state, stage, sum, field, block->input,
                                                deviates, to);
    rates_of_tile(block, next, row, rows);
}

void qn_rate_block_rate(qn_rate_block *block)
{
    for (size_t row = 0; row < block->units; ++row) rates_of_tile(block, block->state, row, 1);
}

void qn_rate_block_field(qn_rate_block *block)
{
    qn_coupling_operator_apply(block->coupling, block->trials + block->tangents, block->stride, block->rate,
                               block->field);
}

void qn_rate_block_advance(qn_rate_block *block, const qn_integrator_scheme *scheme, uint64_t step)
{
    const size_t tiles = tile_count(block), height = tile_rows(block);
    for (size_t stage = 0; stage < scheme->stages; ++stage) {
        const void *argument = stage == 0 ? block->state : block->stage;
        void *next = stage + 1 == scheme->stages ? block->state : block->stage;
        if (stage > 0) qn_rate_block_field(block);
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(tiles))
        for (size_t tile = 0; tile < tiles; ++tile) {
            const size_t row = tile * height, rows = block->units - row < height ? block->units - row : height;
            update_tile(block, &scheme->stage[stage], argument, next, step, row, rows);
        }
    }
}

void qn_rate_block_scale_column(qn_rate_block *block, size_t column, double factor)
{
    void *arrays[] = {block->state, block->rate, block->field};

    for (size_t i = 0; i < 3; ++i)
        for (size_t row = 0; row < block->units; ++row)
            qn_rate_block_set(block, arrays[i], row, column,
                              factor * qn_rate_block_value(block, arrays[i], row, column));
}

static void draw_columns(qn_rate_block *block, qn_purpose purpose, uint64_t seed, uint64_t realisation,
                         size_t first_column, size_t columns)
{
    const qn_stream stream = {seed, purpose, realisation};
    double deviates[QN_RATE_BLOCK_COLUMNS];
    for (size_t row = 0; row < block->units; ++row) {
        qn_normal(&stream, row * columns, columns, deviates);
        for (size_t i = 0; i < columns; ++i) qn_rate_block_set(block, block->state, row, first_column + i, deviates[i]);
    }
}

static qn_status allocate(qn_rate_block *block)
{
    void **arrays[] = {&block->state, &block->rate, &block->field, &block->stage, &block->sum};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; ++i)
        QN_TRY(qn_allocate(block->units * block->stride, block->element, "states", arrays[i]));
    return qn_allocate(block->stride, block->element, "input", &block->input);
}

qn_status qn_rate_block_create(const qn_rate_network *network, const qn_coupling_operator *coupling, size_t trials,
                               size_t tangents, bool single, uint64_t seed, uint64_t realisation, qn_rate_block *block)
{
    qn_rate_block created = {.network = network,
                             .coupling = coupling,
                             .units = network->size,
                             .trials = trials,
                             .tangents = tangents,
                             .stride = qn_rate_block_stride(trials, tangents),
                             .single = single,
                             .element = single ? sizeof(float) : sizeof(double),
                             .noise = {seed, QN_PURPOSE_NOISE, realisation}};
    const qn_status status = allocate(&created);
    if (status != QN_OK) {
        qn_rate_block_clear(&created);
        return status;
    }
    for (size_t trial = 0; trial < trials; ++trial)
        qn_rate_block_set(&created, created.input, 0, trial, network->input);
    draw_columns(&created, QN_PURPOSE_INITIAL_STATE, seed, realisation, 0, trials);
    if (tangents > 0) draw_columns(&created, QN_PURPOSE_TANGENT, seed, realisation, trials, tangents);
    qn_rate_block_rate(&created);
    *block = created;
    return QN_OK;
}

void qn_rate_block_clear(qn_rate_block *block)
{
    qn_release(block->state);
    qn_release(block->rate);
    qn_release(block->field);
    qn_release(block->stage);
    qn_release(block->sum);
    qn_release(block->input);
    *block = (qn_rate_block){0};
}
