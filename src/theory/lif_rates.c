// How rates are distributed over the neurons of a population: the mean input is normal over neurons, and the rate is an
// increasing function of it (12).
#include <quenched/lif_mean_field.h>

#include "base/fail.h"
#include "numerics/roots.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double SQRT_2PI = 2.5066282746310005024;

qn_status qn_lif_rate_quantiles(const qn_lif_state *state, size_t population, size_t count, const double *probabilities,
                                double *rates)
{
    for (size_t k = 0; k < count; ++k)
        QN_REQUIRE(probabilities[k] > 0.0 && probabilities[k] < 1.0, QN_BAD_VALUE,
                   "rate quantiles: probabilities[%zu] is %g; allowed: between 0 and 1", k, probabilities[k]);
    for (size_t k = 0; k < count; ++k) {
        if (state->input_spread[population] == 0.0) {
            rates[k] = state->rate[population];
            continue;
        }
        const double mean =
            state->mean_input[population] + state->input_spread[population] * gsl_cdf_ugaussian_Pinv(probabilities[k]);
        qn_siegert_response response;
        QN_TRY(qn_siegert(&state->neuron[population], mean, state->input_noise[population], &response));
        rates[k] = response.rate;
    }
    return QN_OK;
}

typedef struct {
    const qn_siegert_neuron *neuron;
    double noise, mean, spread, log_rate;
} inversion;

static double excess(double z, void *context)
{
    const inversion *wanted = context;
    qn_siegert_response response;
    if (qn_siegert(wanted->neuron, wanted->mean + wanted->spread * z, wanted->noise, &response) != QN_OK) return NAN;
    return fmax(response.log_rate, -1e300) - wanted->log_rate;
}

// p(nu) = N(z(nu)) / |d nu / dz|; 0 where no neuron is within 38 standard deviations.
static qn_status density_at(inversion *wanted, double *density)
{
    const double furthest = 38.0;
    *density = 0.0;
    if (excess(-furthest, wanted) >= 0.0 || excess(furthest, wanted) <= 0.0) return QN_OK;
    double z;
    QN_TRY(qn_find_root(excess, wanted, -furthest, furthest, 0.0, &z));
    qn_siegert_response response;
    QN_TRY(qn_siegert(wanted->neuron, wanted->mean + wanted->spread * z, wanted->noise, &response));
    if (response.by_mean > 0.0) *density = exp(-0.5 * z * z) / (SQRT_2PI * wanted->spread * response.by_mean);
    return QN_OK;
}

qn_status qn_lif_rate_density(const qn_lif_state *state, size_t population, size_t count, const double *rates,
                              double *density)
{
    QN_REQUIRE(state->input_spread[population] > 0.0, QN_BAD_VALUE,
               "rate density: neurons of population %zu have one rate; solve with heterogeneity", population);
    for (size_t k = 0; k < count; ++k)
        QN_REQUIRE(rates[k] > 0.0 && isfinite(rates[k]), QN_BAD_VALUE,
                   "rate density: rates[%zu] is %g / s; it must be finite and above 0", k, rates[k]);
    inversion wanted = {.neuron = &state->neuron[population],
                        .noise = state->input_noise[population],
                        .mean = state->mean_input[population],
                        .spread = state->input_spread[population]};
    for (size_t k = 0; k < count; ++k) {
        wanted.log_rate = log(rates[k]);
        QN_TRY(density_at(&wanted, &density[k]));
    }
    return QN_OK;
}
