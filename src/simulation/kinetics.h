/// One look at a block: what each trial is doing now.
#pragma once
#include "simulation/rate_block.h"

typedef struct {
    size_t trials;
    double *field, *field_square; ///< means over units of x, x^2, one per trial
    double *rate, *slope;         ///< of phi, phi'
    double *velocity_square;      ///< of (dx/dt)^2 of the drift
    double *storage;              ///< owned: the five above, and partial sums
} qn_kinetics;

qn_status qn_kinetics_create(const qn_rate_block *block, qn_kinetics *kinetics);
void qn_kinetics_clear(qn_kinetics *kinetics);
void qn_kinetics_plan(size_t units, size_t stride, qn_memory_plan *plan);

/// Look at `block`, whose field must be that of its state. The same bits for any number of threads.
void qn_kinetics_look(const qn_rate_block *block, qn_kinetics *kinetics);
