#include "simulation/integrator.h"

#include <math.h>

// field - stage is the drift at the stage's argument; in the first stage the argument is the state itself.
static qn_integrator_scheme runge_kutta(double dt)
{
    return (qn_integrator_scheme){
        .stages = 4,
        .stage = {
            {.next = {.state = 1 - dt / 2, .field = dt / 2}, .sum = {.state = 1 - dt / 6, .field = dt / 6}},
            {.next = {.state = 1, .stage = -dt / 2, .field = dt / 2},
             .sum = {.sum = 1, .stage = -dt / 3, .field = dt / 3}},
            {.next = {.state = 1, .stage = -dt, .field = dt}, .sum = {.sum = 1, .stage = -dt / 3, .field = dt / 3}},
            {.next = {.sum = 1, .stage = -dt / 6, .field = dt / 6}},
        }};
}

static qn_integrator_scheme heun(double dt, double noise)
{
    const double width = noise * sqrt(2 * dt);
    return (qn_integrator_scheme){.stages = 2,
                                  .stage = {
                                      {.next = {.state = 1 - dt, .field = dt, .noise = width},
                                       .sum = {.state = 1 - dt / 2, .field = dt / 2, .noise = width}},
                                      {.next = {.sum = 1, .stage = -dt / 2, .field = dt / 2}},
                                  }};
}

static qn_integrator_scheme exponential(double dt, double noise)
{
    const double keep = exp(-dt), gain = -expm1(-dt), second = 1 + expm1(-dt) / dt;
    const double width = noise * sqrt(-expm1(-2 * dt));
    return (qn_integrator_scheme){.stages = 2,
                                  .stage = {
                                      {.next = {.state = keep, .field = gain, .noise = width},
                                       .sum = {.state = keep, .field = gain - second, .noise = width}},
                                      {.next = {.sum = 1, .field = second}},
                                  }};
}

qn_integrator_scheme qn_integrator_scheme_of(qn_integrator integrator, double step, double noise)
{
    switch (integrator) {
    case QN_INTEGRATOR_HEUN: return heun(step, noise);
    case QN_INTEGRATOR_EXPONENTIAL_EULER: return exponential(step, noise);
    case QN_INTEGRATOR_AUTOMATIC:
    case QN_INTEGRATOR_RK4: break;
    }
    return runge_kutta(step);
}

const char *qn_integrator_name(qn_integrator integrator)
{
    static const char *const names[] = {"automatic", "rk4", "heun", "exponential-euler"};
    return names[integrator];
}
