/// Mean-field theory of a network of leaky integrate-and-fire neurons: stationary rates, their spread over neurons, and
/// how far that state is from instability.
///
/// Source: section 4.3 of docs/theory/spiking.md, equations (6)-(12), (E4) (Brunel 2000; Fourcaud & Brunel 2002; van
/// Vreeswijk & Sompolinsky 1998; Schuecker et al. 2017). Matrices are [target, source], row-major.
#pragma once
#include <quenched/siegert.h>
#include <quenched/spiking_network.h>

#ifdef __cplusplus
extern "C" {
#endif

/// {0} is the theory to compare with simulation, but for the spread over neurons.
typedef struct {
    bool heterogeneity;         ///< neurons differ in their mean input by (12); false: all of a population are alike
    size_t nodes;               ///< Gauss-Hermite nodes over that spread, 3 to 101; 0 means 11
    bool ignore_weight_spread;  ///< c_w = 0 in (6), (11), (12), as the published theory of the multi-area model has it
    bool average_synaptic_time; ///< where excitatory and inhibitory synaptic times differ: their mean, weighted with
                                ///< the variances; false: refuse
    size_t start_count;
    const double *starts;      ///< 1/s: where to begin, all populations alike; NULL means 0 and 100
    const double *start_rates; ///< 1/s, [population]: begin there, by Newton's method at once, before any of `starts`
                               ///< (continuation); NULL: no
    double rate_limit; ///< 1/s, mean over neurons: a first state above it is no solution; 0 means 100, INFINITY: none
    double tolerance;  ///< largest |Phi_i(nu) - nu_i| / (nu_i + 0.001 / s); 0 means 1e-11
} qn_lif_mean_field_options;

/// A fixed point. Arrays of `population_count`; entries of Poisson sources have their rate, and 0 elsewhere; empty
/// populations are silent.
typedef struct {
    double start;              ///< rate the search set out from, 1/s; NAN: `start_rates`
    double *rate;              ///< mean over neurons, 1/s
    double *rate_spread;       ///< standard deviation over neurons, 1/s; 0 without heterogeneity
    double *mean_input;        ///< mu, mV from rest, mean over neurons
    double *input_noise;       ///< sigma, mV (6)
    double *input_spread;      ///< standard deviation of mu over neurons, mV (12)
    double *by_mean;           ///< S, 1/(s mV), mean over neurons (10)
    double *by_variance;       ///< T, 1/(s mV^2), mean over neurons
    qn_siegert_neuron *neuron; ///< what the rate formula was given, synaptic times averaged where they differ
    double *gain;              ///< M, population_count^2 entries (11)
    double stability;          ///< largest real part among the eigenvalues of the map's Jacobian: of M, and with
                               ///< heterogeneity of that of (nu, v) together; stable below 1
    double spectral_radius;    ///< largest modulus of the same
} qn_lif_state;

typedef struct {
    size_t population_count;
    size_t state_count;
    qn_lif_state *states;    ///< distinct, in the order found; the first is from the first start
    size_t failed_starts;    ///< later starts that led nowhere within s = 320
    double weighted_average; ///< of states[0].rate over integrate-and-fire neurons, 1/s
    size_t warning_count;
    char (*warnings)[192]; ///< doubts about states[0], one sentence each
} qn_lif_mean_field;

/// Solve nu = Phi(mu(nu), sigma(nu)): from each start d nu / ds = Phi(nu) - nu is integrated with error control (BDF),
/// which cannot leave the basin, then Newton's method with the exact Jacobian. Stimuli, and sources that stop, are no
/// part of a stationary state: they count as silent.
///
/// @param[in]  network  integrate-and-fire populations, exponential (7) or delta synapses (white noise), and Poisson
///                      sources; any rule of connection
/// @param[in]  options  NULL for defaults
/// @param[out] result   free with qn_lif_mean_field_clear(). Untouched on error.
/// @return QN_NO_SOLUTION when the first start runs away; QN_NOT_CONVERGED; QN_BAD_VALUE naming the population and
///         what is allowed (escape-rate neurons, given spike trains, two synaptic times).
/// Cost: 8 populations 6 ms, with heterogeneity 40 ms; 254 populations 0.4 s and 4 s. Memory: 30 population_count^2
/// doubles at most. Thread-safe.
qn_status qn_lif_mean_field_solve(const qn_spiking_network *network, const qn_lif_mean_field_options *options,
                                  qn_lif_mean_field *result);
void qn_lif_mean_field_clear(qn_lif_mean_field *result);

/// Rates (1/s) below which shares `probabilities`, in (0, 1), of a population's neurons are: (12). Without
/// heterogeneity all are the rate.
qn_status qn_lif_rate_quantiles(const qn_lif_state *state, size_t population, size_t count, const double *probabilities,
                                double *rates);
/// Density (s) of a population's rates over neurons at `rates` > 0 (1/s); needs input_spread > 0. Cost: 60 us each.
qn_status qn_lif_rate_density(const qn_lif_state *state, size_t population, size_t count, const double *rates,
                              double *density);

#ifdef __cplusplus
}
#endif
