/// Stationary rate of a leaky integrate-and-fire neuron under Gaussian noise: Siegert's formula, white or with the
/// first-order shift for synapses that take a short time.
///
/// Source: equations (7), (8), (10), (E14) of docs/theory/spiking.md (Siegert 1951; Brunel 2000; Fourcaud & Brunel
/// 2002).
#pragma once
#include <quenched/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Membrane: tau_m dV/dt = -V + mean + noise sqrt(tau_m) xi(t), so that without a threshold V has variance noise^2 / 2.
typedef struct {
    double membrane_time;    ///< tau_m, ms, > 0
    double synaptic_time;    ///< tau_s of exponential currents, ms, >= 0; 0: white noise
    double refractory_time;  ///< ms, >= 0
    double threshold, reset; ///< mV from rest, reset < threshold
} qn_siegert_neuron;

typedef struct {
    double rate;        ///< 1/s; 0 only where it is below the smallest double
    double log_rate;    ///< its natural logarithm, also then; -INFINITY for a rate of exactly 0
    double by_mean;     ///< S = d rate / d mean, 1/(s mV)
    double by_variance; ///< T = d rate / d noise^2, 1/(s mV^2); 0 for noise 0
    double by_shift;    ///< d rate / d q, q the shift (7) of both limits, 1/s: -noise S
} qn_siegert_response;

/// @param[in]  mean   mV from rest, finite
/// @param[in]  noise  sigma, mV, >= 0, finite. 0: the neuron without noise, silent up to mean = threshold
/// @return QN_BAD_VALUE naming the field at fault. `response` untouched on error.
/// Accuracy: 1e-13 relative for rates above 1e-10 / s, 1e-15 |log rate| below. Cost: 1 to 3 us. Thread-safe.
qn_status qn_siegert(const qn_siegert_neuron *neuron, double mean, double noise, qn_siegert_response *response);

/// The shift q of both limits of integration, in units of noise: sqrt(2) |zeta(1/2)| / 2 sqrt(tau_s / tau_m).
double qn_siegert_shift(const qn_siegert_neuron *neuron);

#ifdef __cplusplus
}
#endif
