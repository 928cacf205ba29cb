#include <quenched/siegert.h>

#include "base/fail.h"

#include <gsl/gsl_sf_dawson.h>
#include <math.h>
#include <stddef.h>

static const double SHIFT = 2.0652531522312173; // sqrt(2) |zeta(1/2)|
static const double SQRT_PI = 1.7724538509055160273;
static const double MS_PER_S = 1000.0;

// Gauss-Legendre on [-1, 1], 16 nodes, the positive half. 1e-17 on an interval [x, 2x] of a function like 1/x.
enum { HALF = 8 };
static const double NODE[HALF] = {0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863,
                                  0.6178762444026437484, 0.7554044083550030339, 0.8656312023878317439,
                                  0.9445750230732325761, 0.9894009349916499326};
static const double WEIGHT[HALF] = {0.1894506104550684963, 0.1826034150449235889, 0.1691565193950025382,
                                    0.1495959888165767321, 0.1246289712555338720, 0.0951585116824927848,
                                    0.0622535239386478929, 0.0271524594117540949};

// exp(u^2) erfc(u) for u >= 0. The rounding of u^2 is made good; beyond 25, where erfc nears the end of the doubles,
// the asymptotic series has its full accuracy after 6 terms.
static double scaled_erfc(double u)
{
    if (u < 25.0) {
        const double square = u * u, rest = fma(u, u, -square);
        return exp(square) * (1.0 + rest) * erfc(u);
    }
    const double step = -0.5 / (u * u);
    double term = 1.0, sum = 1.0;
    for (int k = 1; k <= 6; ++k) {
        term *= step * (2 * k - 1);
        sum += term;
    }
    return sum / (u * SQRT_PI);
}

// exp(u^2 - top^2) (1 + erf u) for u <= top, top >= 0: never overflows.
static double lowered(double u, double top)
{
    if (u <= 0.0) return scaled_erfc(-u) * exp(-top * top);
    return exp((u - top) * (u + top)) * (1.0 + erf(u));
}

static double panel_scaled_erfc(double low, double high)
{
    const double middle = 0.5 * (low + high), half = 0.5 * (high - low);
    double sum = 0.0;
    for (int k = 0; k < HALF; ++k)
        sum += WEIGHT[k] * (scaled_erfc(middle - half * NODE[k]) + scaled_erfc(middle + half * NODE[k]));
    return half * sum;
}

// int_low^high exp(u^2) erfc(u) du, 0 <= low < high: panels that double, as the integrand falls like 1/u.
static double integral_scaled_erfc(double low, double high)
{
    double sum = 0.0;
    while (low < high) {
        double end = low < 1.0 ? low + 1.0 : 2.0 * low;
        if (end > high) end = high;
        sum += panel_scaled_erfc(low, end);
        low = end;
    }
    return sum;
}

static double panel_lowered(double low, double high)
{
    const double middle = 0.5 * (low + high), half = 0.5 * (high - low);
    double sum = 0.0;
    for (int k = 0; k < HALF; ++k)
        sum += WEIGHT[k] * (lowered(middle - half * NODE[k], high) + lowered(middle + half * NODE[k], high));
    return half * sum;
}

// int_low^high exp(u^2) (1 + erf u) du times exp(-max(high, 0)^2). Where the two Dawson functions below would cancel,
// the integrand is smooth enough for one panel.
static double passage_integral(double low, double high)
{
    if (high <= 0.0) return integral_scaled_erfc(-high, -low);
    const double factor = exp(-high * high);
    if (low < 0.0)
        return factor * (integral_scaled_erfc(0.0, -low) - integral_scaled_erfc(0.0, high)) + 2.0 * gsl_sf_dawson(high);
    if ((high - low) * (high + low) < 4.0) return panel_lowered(low, high);
    return 2.0 * (gsl_sf_dawson(high) - exp((low - high) * (low + high)) * gsl_sf_dawson(low)) -
           factor * integral_scaled_erfc(low, high);
}

static qn_status check(const qn_siegert_neuron *neuron, double mean, double noise)
{
    QN_REQUIRE(neuron->membrane_time > 0.0 && isfinite(neuron->membrane_time), QN_BAD_VALUE,
               "rate of a neuron: membrane_time is %g ms; it must be finite and above 0", neuron->membrane_time);
    QN_REQUIRE(neuron->synaptic_time >= 0.0 && isfinite(neuron->synaptic_time), QN_BAD_VALUE,
               "rate of a neuron: synaptic_time is %g ms; it must be finite and at least 0", neuron->synaptic_time);
    QN_REQUIRE(neuron->refractory_time >= 0.0 && isfinite(neuron->refractory_time), QN_BAD_VALUE,
               "rate of a neuron: refractory_time is %g ms; it must be finite and at least 0", neuron->refractory_time);
    QN_REQUIRE(isfinite(neuron->threshold) && neuron->reset < neuron->threshold && isfinite(neuron->reset),
               QN_BAD_VALUE, "rate of a neuron: reset is %g mV; allowed: below the threshold, %g mV", neuron->reset,
               neuron->threshold);
    QN_REQUIRE(isfinite(mean), QN_BAD_VALUE, "rate of a neuron: mean is %g mV; it must be finite", mean);
    QN_REQUIRE(noise >= 0.0 && isfinite(noise), QN_BAD_VALUE,
               "rate of a neuron: noise is %g mV; it must be finite and at least 0", noise);
    return QN_OK;
}

double qn_siegert_shift(const qn_siegert_neuron *neuron)
{
    return 0.5 * SHIFT * sqrt(neuron->synaptic_time / neuron->membrane_time);
}

static qn_siegert_response without_noise(const qn_siegert_neuron *neuron, double mean)
{
    const double above = mean - neuron->threshold, membrane = neuron->membrane_time / MS_PER_S;
    if (above <= 0.0) return (qn_siegert_response){.log_rate = -INFINITY};
    const double rise = log1p((neuron->threshold - neuron->reset) / above);
    const double rate = 1.0 / (neuron->refractory_time / MS_PER_S + membrane * rise);
    return (qn_siegert_response){.rate = rate,
                                 .log_rate = log(rate),
                                 .by_mean = rate * rate * membrane * (neuron->threshold - neuron->reset) /
                                            (above * (mean - neuron->reset))};
}

qn_status qn_siegert(const qn_siegert_neuron *neuron, double mean, double noise, qn_siegert_response *response)
{
    QN_TRY(check(neuron, mean, noise));
    const double shift = qn_siegert_shift(neuron);
    const double low = (neuron->reset - mean) / noise + shift, high = (neuron->threshold - mean) / noise + shift;
    // Noise so weak that the limits cannot be told from infinity, or from each other, is none.
    if (noise == 0.0 || !(fabs(low) < 1e100 && fabs(high) < 1e100) || low == high) {
        *response = without_noise(neuron, mean);
        return QN_OK;
    }

    // Everything by the factor exp(-top^2) smaller: interval = exp(-top^2) / rate.
    const double top = fmax(high, 0.0), factor = exp(-top * top);
    const double membrane = neuron->membrane_time / MS_PER_S, dead = neuron->refractory_time / MS_PER_S;
    const double interval = dead * factor + SQRT_PI * membrane * passage_integral(low, high);
    const double at_high = high > 0.0 ? 1.0 + erf(high) : scaled_erfc(-high);
    const double at_low = high > 0.0 ? lowered(low, high) : scaled_erfc(-low);
    const double rate = factor / interval, slope = SQRT_PI * membrane * rate / (interval * noise);
    const double log_rate = -top * top - log(interval);
    response->rate = factor > 1e-290 ? rate : exp(log_rate);
    response->log_rate = log_rate;
    const double scale = factor > 1e-290 ? slope : SQRT_PI * membrane * response->rate / (interval * noise);
    response->by_mean = scale * (at_high - at_low);
    response->by_variance = scale / (2.0 * noise) * ((high - shift) * at_high - (low - shift) * at_low);
    response->by_shift = -noise * response->by_mean;
    return QN_OK;
}
