/// What is done to a tile of a block of states between two products with J. Rows are `stride` values apart.
#pragma once
#include "base/cpu.h"
#include "simulation/integrator.h"

/// One stage of a time step: see qn_integrator_stage. `input` is one row, added to the field; `noise` is of the tile's
/// shape, or NULL. next may be state or stage. A stage that leaves no sum (all of its coefficients 0) does not write
/// it.
QN_DECLARE_KERNEL(void, qn_rate_combine_float,
                  (const qn_integrator_stage *of, size_t rows, size_t stride, const float *state, const float *stage,
                   float *sum, const float *field, const float *input, const float *noise, float *next));
QN_DECLARE_KERNEL(void, qn_rate_combine_double,
                  (const qn_integrator_stage *of, size_t rows, size_t stride, const double *state, const double *stage,
                   double *sum, const double *field, const double *input, const double *noise, double *next));

/// sums[0..4][stride] += x, x^2, phi, phi', v^2 with v = field + input - state, column by column.
QN_DECLARE_KERNEL(void, qn_rate_kinetics_float,
                  (size_t rows, size_t stride, const float *state, const float *rate, const float *slope,
                   const float *field, const float *input, double *sums));
QN_DECLARE_KERNEL(void, qn_rate_kinetics_double,
                  (size_t rows, size_t stride, const double *state, const double *rate, const double *slope,
                   const double *field, const double *input, double *sums));
