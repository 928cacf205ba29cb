/// Two results as a study makes them, with hand-made numbers: `chaos_result` (one network, arrays along the lag) and
/// `transition_result` (a sweep over two keys). Free with qn_result_clear().
#pragma once
#include "testing.h"

#include "study/result_builder.h"

#include <stdlib.h>

static inline void fixture_texts(qn_result *result, const char *name, const char *title)
{
    assert_ok(qn_result_set_text(&result->name, name));
    assert_ok(qn_result_set_text(&result->kind, "activity"));
    assert_ok(qn_result_set_text(&result->title, title));
    assert_ok(qn_result_set_text(&result->source, "Sompolinsky, Crisanti & Sommers 1988, Phys. Rev. Lett. 61, 259"));
    assert_ok(qn_result_set_text(&result->study_text, "study: activity\ntitle: \"<b>& \xcf\x84\"\nseed: 1\n"));
    assert_ok(qn_result_set_text(&result->overrides, ""));
    assert_ok(qn_result_set_text(&result->header, "N = 2000, erf, g = 2.00, 12 networks x 32 trials"));
    assert_ok(qn_result_set_text(&result->conventions, "Time is in units of tau. phi(x) = erf(sqrt(pi) x/2)."));
    result->seed = 1;
    result->must_see_passed = true;
}

static inline void fixture_number(qn_result *result, size_t point, const char *name, const char *unit,
                                  const char *long_name, double theory, double value, double error, size_t samples)
{
    const qn_estimate estimate = {value, error, samples};
    assert_ok(qn_result_add_quantity(result, &(qn_quantity){.name = (char *)name,
                                                            .unit = (char *)unit,
                                                            .long_name = (char *)long_name,
                                                            .point = point,
                                                            .theory = theory,
                                                            .simulation = estimate,
                                                            .z = (value - theory) / error}));
}

static inline void fixture_array(qn_result *result, const char *name, const char *long_name, const char *unit,
                                 size_t count, const double *values)
{
    assert_ok(qn_result_add_array(result, &(qn_named_array){.name = (char *)name,
                                                            .long_name = (char *)long_name,
                                                            .unit = (char *)unit,
                                                            .rank = 1,
                                                            .dimensions = {"lag"},
                                                            .shape = {count},
                                                            .values = (double *)values}));
}

static inline double fixture_noise(size_t i) { return sin(12.9898 * (double)(i + 1)) * cos(78.233 * (double)i); }

static inline void fixture_lag_arrays(qn_result *result)
{
    enum { LAGS = 201 };
    double lag[LAGS], theory[LAGS], simulation[LAGS], error[LAGS], response[LAGS], measured[LAGS], bar[LAGS];
    for (size_t i = 0; i < LAGS; ++i) {
        lag[i] = 0.1 * (double)i;
        theory[i] = 1.1573 / pow(cosh(0.21 * lag[i]), 2);
        error[i] = 0.004 + 0.004 * (double)i / LAGS;
        simulation[i] = theory[i] + error[i] * fixture_noise(i);
        response[i] = exp(-lag[i]);
        bar[i] = i % 10 ? NAN : 0.01;
        measured[i] = i % 10 ? NAN : response[i] + bar[i] * fixture_noise(i);
    }
    fixture_array(result, "lag", "lag", "tau", LAGS, lag);
    fixture_array(result, "field_autocorrelation_theory", "autocorrelation of the field", "1", LAGS, theory);
    fixture_array(result, "field_autocorrelation_simulation", "autocorrelation of the field", "1", LAGS, simulation);
    fixture_array(result, "field_autocorrelation_simulation_error",
                  "standard error of the autocorrelation of the field", "1", LAGS, error);
    fixture_array(result, "response_theory", "response of one unit", "1/tau", LAGS, response);
    fixture_array(result, "response_simulation", "response of one unit", "1/tau", LAGS, measured);
    fixture_array(result, "response_simulation_error", "standard error of the response", "1/tau", LAGS, bar);
}

static inline qn_result chaos_result(void)
{
    qn_result result = {0};
    fixture_texts(&result, "chaos", "A random network is chaotic above g = 1");
    assert_ok(qn_result_add_point(&result, 0, NULL, NULL));
    assert_ok(qn_result_add_quantity(&result, &(qn_quantity){.name = "phase",
                                                             .long_name = "phase",
                                                             .unit = "1",
                                                             .theory = NAN,
                                                             .simulation = {NAN, NAN, 0},
                                                             .z = NAN,
                                                             .theory_text = "chaotic",
                                                             .simulation_text = "chaotic"}));
    fixture_number(&result, 0, "field_variance", "1", "variance of the field in time", 1.1572912, 1.1581, 0.0021, 12);
    fixture_number(&result, 0, "rate_variance", "1", "variance of the rate in time", 0.42311107, 0.42296, 0.00062, 12);
    fixture_number(&result, 0, "lyapunov_exponent", "1/tau", "largest Lyapunov exponent", 0.1 + 0.2, 0.28, 0.0031, 12);
    result.quantities[3].extrapolated_sizes[0] = 2000;
    result.quantities[3].extrapolated_sizes[1] = 1000;
    fixture_number(&result, 0, "mean_slope", "1", "mean slope of the transfer function", 0.6321, NAN, NAN, 0);
    fixture_number(&result, 0, "decay_rate", "1/tau", "decay rate of the autocorrelation", NAN, 0.4143, 0.012, 12);
    fixture_number(&result, 0, "frozen_variance", "1", "variance of the frozen part", NAN, NAN, NAN, 0);
    fixture_lag_arrays(&result);
    assert_ok(qn_result_add_figure(&result, &(qn_figure_request){.plot = "field_autocorrelation",
                                                                 .caption = "Autocorrelation of one unit's field."}));
    assert_ok(qn_result_add_figure(&result, &(qn_figure_request){.plot = "response", .scale = "log-y"}));
    assert_ok(qn_result_add_warning(&result, "1 of 12 networks settled to a cycle & was <left> out"));
    assert_ok(qn_result_add_must_see(&result, true, "field_variance: |z| = %.1f < 4", 0.4));
    return result;
}

static inline void fixture_sweep_point(qn_result *result, const char *strength, const char *noise)
{
    char *keys[] = {"network.coupling.strength", "network.noise"}, *values[] = {(char *)strength, (char *)noise};
    const size_t point = result->point_count;
    assert_ok(qn_result_add_point(result, 2, keys, values));
    const double g = strtod(strength, NULL), sigma = strtod(noise, NULL);
    const double variance = fmax(0.0, (g - 1) * 0.9) + sigma * sigma;
    assert_ok(qn_result_add_quantity(result, &(qn_quantity){.name = "phase",
                                                            .long_name = "phase",
                                                            .unit = "1",
                                                            .point = point,
                                                            .theory = NAN,
                                                            .simulation = {NAN, NAN, 0},
                                                            .z = NAN,
                                                            .theory_text = g > 1 ? "chaotic" : "quiescent",
                                                            .simulation_text = g > 1 ? "chaotic" : "quiescent"}));
    fixture_number(result, point, "field_variance", "1", "variance of the field in time", variance,
                   variance + 0.02 * fixture_noise(point), 0.02, 12);
    if (g > 1)
        fixture_number(result, point, "lyapunov_exponent", "1/tau", "largest Lyapunov exponent",
                       0.3 * (g - 1) - 0.2 * sigma, 0.3 * (g - 1) - 0.2 * sigma + 0.01 * fixture_noise(point + 7), 0.01,
                       12);
}

static inline qn_result transition_result(void)
{
    qn_result result = {0};
    fixture_texts(&result, "transition", "The transition to chaos, with and without noise");
    static const char *const strengths[] = {"0.5", "0.8", "1.0", "1.2", "1.5", "2.0", "2.50", "3"}, *const noises[] = {
                                                                                                        "0", "0.5"};
    for (size_t k = 0; k < 2; ++k)
        for (size_t i = 0; i < 8; ++i) fixture_sweep_point(&result, strengths[i], noises[k]);
    assert_ok(qn_result_add_figure(&result, &(qn_figure_request){.plot = "field_variance",
                                                                 .against = "network.coupling.strength",
                                                                 .by = "network.noise",
                                                                 .caption = "Variance of the field."}));
    assert_ok(qn_result_add_figure(
        &result, &(qn_figure_request){.plot = "lyapunov_exponent", .against = "strength", .by = "noise"}));
    return result;
}
