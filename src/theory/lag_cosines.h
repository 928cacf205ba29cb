/// From the (omega1, omega2) plane to pairs of lags: sums of psi cos(omega1 lag1 + omega2 lag2), row by row.
#pragma once
#include "theory/frequency_grid.h"

enum { QN_LAG_PAIRS = 32 }; ///< at most so many pairs at a time

typedef struct {
    const qn_frequency_grid *grid; ///< not owned
    size_t count;
    const double *first; ///< not owned
    double *cosine;      ///< cosine[j * count + n] = cos(omega_j second[n])
    double *sine;
} qn_lag_cosines;

/// `count` <= QN_LAG_PAIRS pairs of lags; grid and first_lag must outlive it.
qn_status qn_lag_cosines_create(const qn_frequency_grid *grid, size_t count, const double *first_lag,
                                const double *second_lag, qn_lag_cosines *cosines);
void qn_lag_cosines_clear(qn_lag_cosines *cosines);

/// out[n] += sum_j [minus[j] cos(omega_row first[n] - omega_j second[n]) + plus[j] cos(... + ...)].
void qn_lag_cosines_add(const qn_lag_cosines *cosines, size_t row, const double *minus, const double *plus,
                        double *out);
