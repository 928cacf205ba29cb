/// The vectorised inside of the random streams: whole groups of QN_RANDOM_BLOCKS Philox blocks.
#pragma once
#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

enum {
    QN_RANDOM_BLOCKS = 16,                       ///< Philox4x32 blocks of a group
    QN_RANDOM_GROUP = 2 * QN_RANDOM_BLOCKS,      ///< double deviates of a group
    QN_RANDOM_GROUP_FLOAT = 4 * QN_RANDOM_BLOCKS ///< float deviates of a group
};

/// What random.h makes of a stream's name and kind: the key, and the upper half of every counter.
typedef struct {
    uint32_t key[2], counter[2];
} qn_random_name;

QN_DECLARE_KERNEL(void, qn_random_uniform, (const qn_random_name *name, uint64_t group, size_t groups, double *out));
QN_DECLARE_KERNEL(void, qn_random_normal, (const qn_random_name *name, uint64_t group, size_t groups, double *out));
QN_DECLARE_KERNEL(void, qn_random_normal_float,
                  (const qn_random_name *name, uint64_t group, size_t groups, float *out));
