/// C^phi(omega) of a network that fluctuates about zero, at any frequency: what theory of the population starts from.
#pragma once
#include "theory/frequency_grid.h"

#include <quenched/two_point.h>

typedef struct {
    double strength, noise, mean_slope; ///< g, sigma, S0
    double decay_rate;                  ///< kappa_inf
    double cusp;                        ///< -C^phi'(0+) = sigma^2 <phi'^2>
    double rate_variance, field_variance;
    double last_frequency; ///< beyond which psi holds nothing that counts
    qn_stationary rate;    ///< C^phi(lag), owned
} qn_rate_spectrum;

/// Take what is needed of `network` and its two-point part; where that one's lag grid is too short or too wide to
/// resolve C^phi it is solved again. QN_NO_SOLUTION when activity does not fluctuate; QN_BAD_VALUE for a phi that is
/// not odd, an input or a mean of the couplings or the rates.
qn_status qn_rate_spectrum_create(const qn_rate_network *network, const qn_two_point *two_point,
                                  qn_rate_spectrum *result);
void qn_rate_spectrum_clear(qn_rate_spectrum *spectrum);

/// The refusals above that do not need the two-point part.
qn_status qn_rate_spectrum_check(const qn_rate_network *network);

/// values[i] = C^phi at the grid's frequencies; C^phi falls as omega^-2 with noise.
void qn_rate_spectrum_at(const qn_rate_spectrum *spectrum, const qn_frequency_grid *grid, double *values);

/// C^phi(omega) at one frequency >= 0. Cost: some ns per lag.
double qn_rate_spectrum_value(const qn_rate_spectrum *spectrum, double frequency);
