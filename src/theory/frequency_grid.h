/// Angular frequencies at which the four-point function is summed, and a spectrum's values there.
///
/// Gauss-Legendre panels that resolve spectra, which vary on the scale kappa_inf + omega; the four-point function's
/// ridge, which is narrower, is theory/ridge.h's.
#pragma once
#include <quenched/stationary.h>

enum { QN_FREQUENCY_PANEL = 12 };
enum { QN_FREQUENCY_FREE = 1 }; ///< rad per tau; from here on panels resolve spectra, but not cosines of long lags

typedef struct {
    size_t panels, count;            ///< count = QN_FREQUENCY_PANEL * panels
    double *frequency;               ///< increasing, above 0
    double *weight;                  ///< of int_0^infinity domega / (2 pi)
    double *edge;                    ///< of panels, panels + 1, from 0 on
    double pole[QN_FREQUENCY_PANEL]; ///< 1 / (pi P'(t)) at the nodes t of [-1, 1], for poles beside a panel
} qn_frequency_grid;

/// `decay_rate` kappa_inf > 0; `last`: where the integrand has gone; `longest_lag`: of the cosines to be resolved below
/// QN_FREQUENCY_FREE.
qn_status qn_frequency_grid_create(double decay_rate, double last, double longest_lag, qn_frequency_grid *grid);
void qn_frequency_grid_clear(qn_frequency_grid *grid);

/// values[i] = C(omega_i) of a function with C'(0+) = -cusp (cusp >= 0; 0: smooth). The cusp's share, that of cusp
/// exp(-lag), is transformed in closed form, the rest by the trapezoid rule up to `trusted` rad per tau and as
/// omega^-4 beyond. Without a cusp, values are 0 from where they are rounding on; bare frequencies without panels are
/// all transformed.
void qn_frequency_grid_transform(const qn_frequency_grid *grid, const qn_stationary *function, double cusp,
                                 double trusted, double *values);

/// Leave out the last panels, where the values of all classes (side by side) are 0.
void qn_frequency_grid_trim(qn_frequency_grid *grid, size_t classes, const double *values);
