/// What those who plan memory must know of an operator.
#pragma once
#include <quenched/coupling.h>

#include "base/memory.h"

/// What creating and keeping an operator takes, of a checked coupling.
void qn_coupling_operator_plan(const qn_coupling *coupling, size_t size, qn_precision precision, qn_memory_plan *plan);
