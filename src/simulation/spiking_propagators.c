#include "simulation/spiking_propagators.h"

#include <math.h>

double qn_propagator_decay(double time_step, double time_constant) { return exp(-time_step / time_constant); }

// exp(-h / tau_m) - exp(-h / tau_s) = exp(-h / tau_s) (exp(x) - 1) with x = h (tau_m - tau_s) / (tau_m tau_s): no
// cancellation, and (exp(x) - 1) / x is 1 where the times are equal.
double qn_propagator_couple(double time_step, double membrane_time, double synaptic_time, double capacitance)
{
    const double x = time_step * (membrane_time - synaptic_time) / (membrane_time * synaptic_time);
    const double ratio = x == 0.0 ? 1.0 : expm1(x) / x;
    return time_step / capacitance * exp(-time_step / synaptic_time) * ratio;
}

double qn_propagator_drift(double time_step, double membrane_time, double capacitance)
{
    return -expm1(-time_step / membrane_time) * membrane_time / capacitance;
}
