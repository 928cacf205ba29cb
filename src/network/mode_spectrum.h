/// The law of the modes' strengths.
#pragma once
#include <quenched/coupling.h>

#include <stdbool.h>

qn_status qn_mode_spectrum_check(const qn_mode_spectrum *spectrum, size_t size, bool orthogonal);

/// D before it is rescaled; free(*strengths). Checked spectra only.
qn_status qn_mode_spectrum_values(const qn_mode_spectrum *spectrum, size_t size, bool orthogonal, size_t *modes,
                                  double **strengths);
