/// Spikes of escape-rate neurons: at random, with an intensity that depends on the potential.
#pragma once
#include "simulation/spiking_unit.h"

/// phi(V), 1/s, of a potential in mV, absolute.
double qn_escape_intensity(const qn_spiking_neuron *neuron, double potential);

/// Draw the spikes of a step from the potentials after it: with probability 1 - exp(-phi(V) h) where the last spike was
/// at least the refractory time ago (equation (E26) of docs/theory/spiking.md).
/// @return how many `spiked`
size_t qn_escape_spikes(const qn_cipher_key *key, qn_spiking_unit *unit, uint64_t step, uint32_t *spiked);
