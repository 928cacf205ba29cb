/// A network of firing-rate units, equation (M1) of docs/theory/random-mode.md:
///     tau dx_i/dt = -x_i + sum_j J_ij phi(x_j) + b + sqrt(2 tau) sigma xi_i(t),
/// xi independent unit white noise: with J = 0, x has stationary variance sigma^2.
#pragma once
#include <quenched/coupling.h>
#include <quenched/transfer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t size;          ///< N, units; at least 2
    qn_transfer transfer; ///< phi; {0} is tanh
    qn_coupling coupling; ///< J
    double time_constant; ///< tau > 0, any unit of time; 0 means 1. All results are in units of tau
    double noise;         ///< sigma >= 0, unit of x
    double input;         ///< b, the same for all units, unit of x
} qn_rate_network;

/// QN_BAD_VALUE naming the field ("network.size is 1; at least 2 units are needed"), or QN_OK.
qn_status qn_rate_network_check(const qn_rate_network *network);

#ifdef __cplusplus
}
#endif
