/// Time steps as tables. Every scheme here is linear in what is stored, so a stage is two rows of coefficients:
///     next <- state, stage, sum, field, noise        (the next stage's argument; after the last stage, the new state)
///     sum  <- the same                               (what the stages leave for the last one)
/// where `field` is h + b = J phi(stage) + b and `noise` a deviate N(0, 1) that all stages of a step share.
/// Time in units of tau: dx/dt = -x + h + b + sqrt(2) sigma xi.
#pragma once
#include <quenched/rate_simulation.h>

typedef struct {
    double state, stage, sum, field, noise;
} qn_combination;

typedef struct {
    qn_combination next, sum;
} qn_integrator_stage;

typedef struct {
    size_t stages; ///< products with J per step
    qn_integrator_stage stage[4];
} qn_integrator_scheme;

/// The scheme of one step of length `step`, with noise of stationary variance noise^2 when J = 0.
///
/// RK4: classical; the noise is ignored.
/// Heun: predictor x + dt f(x) + w, corrector x + dt/2 (f(x) + f(predictor)) + w, w ~ N(0, 2 sigma^2 dt).
/// Exponential: with E = exp(-dt), a = E x + (1 - E) (h(x) + b) + w, w ~ N(0, sigma^2 (1 - E^2)), and then
/// x' = a + (E - 1 + dt) / dt (h(a) - h(x)): ETD2RK of Cox & Matthews (2002) with the exact increment of the
/// Ornstein-Uhlenbeck process inside. Second order without noise, weak order 2 with it; exact in law when J = 0.
qn_integrator_scheme qn_integrator_scheme_of(qn_integrator integrator, double step, double noise);

/// "automatic", "rk4", "heun", "exponential-euler".
const char *qn_integrator_name(qn_integrator integrator);
