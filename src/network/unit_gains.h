/// Input gains of the units: checked with the coupling they belong to.
#pragma once
#include <quenched/coupling.h>

/// QN_BAD_VALUE naming the gain at fault.
qn_status qn_unit_gains_check(const qn_unit_gains *gains, size_t size);
