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

/// J, size x size, row-major. Checked couplings only.
qn_status qn_coupling_form(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                           double *values);
