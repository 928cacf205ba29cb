/// Couplings that are formed whole, in double precision: from modes, or with correlated entries.
#pragma once
#include <quenched/coupling.h>

#include "base/memory.h"

#include <stdbool.h>

/// Whether J of this kind must be formed before any piece of it is known.
bool qn_coupling_is_formed(qn_coupling_kind kind);

/// QN_BAD_VALUE naming the field of a formed kind at fault.
qn_status qn_coupling_check_formed(const qn_coupling *coupling, size_t size);

/// What forming J takes, J included; nothing for other kinds.
void qn_coupling_form_plan(const qn_coupling *coupling, size_t size, qn_memory_plan *plan);

/// J = left right^T of a kind that has modes: `modes` x `size` each, mode after mode, D within `left`.
typedef struct {
    size_t size, modes;
    double *left, *right;
} qn_coupling_factors;

/// The factors whose product qn_coupling_form() writes out. Free with qn_coupling_factors_clear().
qn_status qn_coupling_factors_draw(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                   qn_coupling_factors *result);
void qn_coupling_factors_clear(qn_coupling_factors *factors);

/// The number of modes where applying J through its factors takes fewer operations than J itself, 2 M < N; else 0.
size_t qn_coupling_thin_modes(const qn_coupling *coupling, size_t size);

/// J, size x size, row-major. Checked couplings only.
qn_status qn_coupling_form(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                           double *values);
