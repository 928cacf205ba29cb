/// From the (omega1, omega2) plane to pairs of lags: sums of psi cos(omega1 lag1 + omega2 lag2), row by row.
///
/// Cosines that turn too often within a panel of frequencies are integrated exactly against what is smooth there
/// (Filon's way): with the panel's nodes t and Legendre polynomials P_k, exp(i theta t) in a sum becomes
///     sum_k (2 k + 1) i^k j_k(theta) P_k(t),     theta: half the panel's width times the lag,
/// its projection on polynomials below the number of nodes. Sums over panels that a longest lag was told of stay as
/// they are.
#pragma once
#include "theory/frequency_grid.h"

enum { QN_LAG_PAIRS = 32 }; ///< at most so many pairs at a time

typedef struct {
    const qn_frequency_grid *grid; ///< not owned
    size_t count;
    double *first_cosine; ///< [j * count + n], of omega_j first[n]
    double *first_sine;
    double *second_cosine; ///< likewise of second
    double *second_sine;
} qn_lag_cosines;

/// `count` <= QN_LAG_PAIRS pairs of lags; grid must outlive it.
qn_status qn_lag_cosines_create(const qn_frequency_grid *grid, size_t count, const double *first_lag,
                                const double *second_lag, qn_lag_cosines *cosines);
void qn_lag_cosines_clear(qn_lag_cosines *cosines);

/// out[n] += sum_j [minus[j] cos(omega_row first[n] - omega_j second[n]) + plus[j] cos(... + ...)].
void qn_lag_cosines_add(const qn_lag_cosines *cosines, size_t row, const double *minus, const double *plus,
                        double *out);
