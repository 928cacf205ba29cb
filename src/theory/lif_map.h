/// The map whose fixed points are the states of a network of integrate-and-fire neurons: (9), and (12) when neurons
/// differ.
///
/// Its unknowns are `populations` rates nu (1/s) and, with heterogeneity, as many variances v of the rate over neurons
/// (1/s^2), one after the other.
#pragma once
#include "theory/lif_input.h"

/// Everything about one population at given rates of all.
typedef struct {
    double mean, variance, spread; // mu, sigma^2; s, the standard deviation of mu over neurons
    double time, time_variance;    // synaptic time; sigma^2, 0 where the time does not depend on rates
    double rate, rate_variance;
    // Averages over neurons: of the derivatives of the rate r by mean, variance and shift; of r times these; and the
    // derivatives of <r> and <r^2> by s^2.
    double by_mean, by_variance, by_shift, by_spread;
    double square_by_mean, square_by_variance, square_by_shift, square_by_spread;
} qn_lif_population_state;

typedef struct {
    const qn_lif_input *input;
    bool heterogeneity;
    size_t nodes;
    const double *node, *weight; // of the standard normal density
    size_t unknowns;
    qn_lif_population_state *population;
} qn_lif_map;

/// `node`, `weight`: owned by the map.
qn_status qn_lif_map_create(const qn_lif_input *input, const qn_lif_mean_field_options *options, qn_lif_map *map);
void qn_lif_map_clear(qn_lif_map *map);

/// image = F(x); negative entries of x count as 0. Leaves map->population at x.
qn_status qn_lif_map_evaluate(qn_lif_map *map, const double *x, double *image);
/// dF/dx [unknowns, unknowns], row-major, where it was evaluated last.
void qn_lif_map_jacobian(const qn_lif_map *map, const double *x, double *jacobian);
/// M of (11) there: averages over neurons of S and T, [populations, populations].
void qn_lif_map_gain(const qn_lif_map *map, double *gain);
