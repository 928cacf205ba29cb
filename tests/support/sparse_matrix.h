/// A dense matrix stored sparse.
#pragma once
#include "testing.h"

#include <quenched/matrix.h>
#include <stdlib.h>

/// Entries that are 0 are left out; sizes are square. forget() it.
static inline qn_matrix sparse_of(const double *values, size_t size)
{
    qn_matrix made = {.rows = size, .columns = size, .sparse = true};
    made.values = malloc(size * size * sizeof *made.values);
    made.column = malloc(size * size * sizeof *made.column);
    made.row_start = calloc(size + 1, sizeof *made.row_start);
    for (size_t i = 0; i < size; ++i) {
        for (size_t j = 0; j < size; ++j) {
            if (values[i * size + j] == 0.0) continue;
            made.column[made.entries] = (uint32_t)j;
            made.values[made.entries++] = values[i * size + j];
        }
        made.row_start[i + 1] = made.entries;
    }
    return made;
}

static inline void forget(qn_matrix *matrix)
{
    free(matrix->values);
    free(matrix->column);
    free(matrix->row_start);
}
