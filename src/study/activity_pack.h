/// A measurement as numbers, for the checkpoint.
#pragma once
#include <quenched/rate_simulation.h>

/// Changes when the layout does: part of a checkpoint's identity.
enum { QN_ACTIVITY_PACK_LAYOUT = 3 };

/// `*numbers`, *count of them, is to be freed with free().
qn_status qn_activity_pack(const qn_rate_measurement *measurement, size_t *count, double **numbers);

/// Whether these numbers can be a packed measurement.
bool qn_activity_pack_fits(size_t count, const double *numbers);

/// Numbers that fit; free the measurement with qn_rate_measurement_clear().
qn_status qn_activity_unpack(const double *numbers, qn_rate_measurement *measurement);
