/// Angular frequencies at which the four-point function is summed, and a spectrum's values there.
///
/// Theta has a ridge along omega1 = -omega2 whose width is kappa_inf^2 + omega^2, far narrower near zero than anything
/// in a two-point function. Gauss-Legendre panels that are no wider than the ridge resolve it with some hundred nodes.
#pragma once
#include <quenched/stationary.h>

typedef struct {
    size_t count;
    double *frequency; ///< increasing, above 0
    double *weight;    ///< of int_0^infinity domega / (2 pi)
} qn_frequency_grid;

/// `decay_rate` kappa_inf; `last`: where the integrand has gone; `longest_lag`: of the cosines to be resolved.
qn_status qn_frequency_grid_create(double decay_rate, double last, double longest_lag, qn_frequency_grid *grid);
void qn_frequency_grid_clear(qn_frequency_grid *grid);

/// values[i] = C(omega_i) of a function with C'(0+) = -cusp (cusp >= 0; 0: smooth). The cusp's share, that of cusp
/// exp(-lag), is transformed in closed form, the rest by the trapezoid rule up to `trusted` rad per tau and as
/// omega^-4 beyond.
void qn_frequency_grid_transform(const qn_frequency_grid *grid, const qn_stationary *function, double cusp,
                                 double trusted, double *values);
