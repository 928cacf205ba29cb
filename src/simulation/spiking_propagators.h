/// Exact integration of a membrane with exponential currents over a time step: equation (2) of docs/theory/spiking.md.
#pragma once
#include <quenched/spiking_network.h>

/// exp(-h / tau_m), 1; exp(-h / tau_s), 1.
double qn_propagator_decay(double time_step, double time_constant);
/// P21: potential after a step per current before it, mV/pA.
double qn_propagator_couple(double time_step, double membrane_time, double synaptic_time, double capacitance);
/// P20: potential after a step per constant current, mV/pA.
double qn_propagator_drift(double time_step, double membrane_time, double capacitance);
