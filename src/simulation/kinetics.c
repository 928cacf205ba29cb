#include "simulation/kinetics.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "simulation/rate_block_kernel.h"

#include <string.h>

enum {
    TILE = QN_RATE_BLOCK_COLUMNS,
    QUANTITIES = 5,
    GROUP_UNITS = 128, // units summed in one piece; the pieces are then added in order
    MAX_GROUPS = 64
};

static size_t group_count(size_t units)
{
    const size_t groups = (units + GROUP_UNITS - 1) / GROUP_UNITS;
    return groups < MAX_GROUPS ? groups : MAX_GROUPS;
}

static size_t value_count(size_t units, size_t stride) { return QUANTITIES * stride * (group_count(units) + 1); }

void qn_kinetics_plan(size_t units, size_t stride, qn_memory_plan *plan)
{
    qn_memory_plan_add(plan, "kinetics", (double)value_count(units, stride), sizeof(double));
}

qn_status qn_kinetics_create(const qn_rate_block *block, qn_kinetics *kinetics)
{
    double *storage;
    QN_TRY(QN_NEW(&storage, value_count(block->units, block->stride), "kinetics"));
    *kinetics = (qn_kinetics){.trials = block->trials,
                              .field = storage,
                              .field_square = storage + block->stride,
                              .rate = storage + 2 * block->stride,
                              .slope = storage + 3 * block->stride,
                              .velocity_square = storage + 4 * block->stride,
                              .storage = storage};
    return QN_OK;
}

void qn_kinetics_clear(qn_kinetics *kinetics)
{
    qn_release(kinetics->storage);
    *kinetics = (qn_kinetics){0};
}

static void sum_rows(const qn_rate_block *block, size_t begin, size_t end, double *sums)
{
    _Alignas(64) unsigned char slope[TILE * sizeof(double)];
    const size_t height = TILE / block->stride;
    for (size_t row = begin; row < end; row += height) {
        const size_t rows = end - row < height ? end - row : height;
        const void *state = qn_rate_block_row(block, block->state, row),
                   *rate = qn_rate_block_row(block, block->rate, row);
        const void *field = qn_rate_block_row(block, block->field, row), *slopes = slope;
        qn_rate_block_slope(block, rows * block->stride, state, slope);
        if (block->single)
            QN_PICK_KERNEL(qn_rate_kinetics_float)(rows, block->stride, state, rate, slopes, field, block->input, sums);
        else
            QN_PICK_KERNEL(qn_rate_kinetics_double)
        (rows, block->stride, state, rate, slopes, field, block->input, sums);
    }
}

void qn_kinetics_look(const qn_rate_block *block, qn_kinetics *kinetics)
{
    const size_t groups = group_count(block->units), width = QUANTITIES * block->stride;
    double *total = kinetics->storage, *partial = total + width;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(groups))
    for (size_t group = 0; group < groups; ++group) {
        memset(partial + group * width, 0, width * sizeof *partial);
        sum_rows(block, block->units * group / groups, block->units * (group + 1) / groups, partial + group * width);
    }
    memset(total, 0, width * sizeof *total);
    for (size_t group = 0; group < groups; ++group)
        for (size_t i = 0; i < width; ++i) total[i] += partial[group * width + i];
    for (size_t i = 0; i < width; ++i) total[i] /= (double)block->units;
}
