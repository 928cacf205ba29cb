#include "testing.h"

#include "simulation/integrator.h"

// One step of dx/dt = -x + h(x) by the table, as the engine reads it.
static double drive(double x) { return 2.5 * tanh(x - 0.3) + 0.2; }

static double step(const qn_integrator_scheme *scheme, double state, double noise)
{
    double argument = state, sum = 0;
    for (size_t i = 0; i < scheme->stages; ++i) {
        const qn_combination *next = &scheme->stage[i].next, *keep = &scheme->stage[i].sum;
        const double h = drive(argument), old = sum;
        const double new_argument =
            next->state * state + next->stage * argument + next->sum * old + next->field * h + next->noise * noise;
        sum = keep->state * state + keep->stage * argument + keep->sum * old + keep->field * h + keep->noise * noise;
        argument = new_argument;
    }
    return argument;
}

static double at_time_two(qn_integrator integrator, int steps)
{
    const qn_integrator_scheme scheme = qn_integrator_scheme_of(integrator, 2.0 / steps, 0);
    double x = 0.9;
    for (int i = 0; i < steps; ++i) x = step(&scheme, x, 0);
    return x;
}

static void converges_with_order(qn_integrator integrator, double order)
{
    const double exact = at_time_two(QN_INTEGRATOR_RK4, 4000);
    const double coarse = at_time_two(integrator, 40) - exact, fine = at_time_two(integrator, 80) - exact;
    assert_within(log2(coarse / fine), order, 0.15);
}

static void orders_are_those_of_the_books(void **state)
{
    (void)state;
    converges_with_order(QN_INTEGRATOR_RK4, 4);
    converges_with_order(QN_INTEGRATOR_HEUN, 2);
    converges_with_order(QN_INTEGRATOR_EXPONENTIAL_EULER, 2);
}

// x' = E x + w with the exact variance, whatever the step: read off the table with no field.
static void exponential_step_is_exact_without_coupling(void **state)
{
    (void)state;
    for (double dt = 0.01; dt < 0.6; dt *= 1.5) {
        const qn_integrator_scheme s = qn_integrator_scheme_of(QN_INTEGRATOR_EXPONENTIAL_EULER, dt, 0.7);
        assert_int_equal(s.stages, 2);
        const double keep = s.stage[1].next.sum * s.stage[0].sum.state,
                     width = s.stage[1].next.sum * s.stage[0].sum.noise;
        assert_close(keep, exp(-dt), 1e-14);
        assert_close(width * width / (1 - keep * keep), 0.49, 1e-13);
    }
}

// Heun's own stationary variance: 2 dt (1 - dt/2)^2 / (1 - (1 - dt + dt^2/2)^2), 0.26 % low at dt = 0.1. The
// predictor's own noise enters the corrector's leak.
static void heun_has_the_bias_it_is_known_for(void **state)
{
    (void)state;
    const double dt = 0.1;
    const qn_integrator_scheme s = qn_integrator_scheme_of(QN_INTEGRATOR_HEUN, dt, 1);
    const qn_integrator_stage *first = &s.stage[0], *last = &s.stage[1];
    const double keep = last->next.sum * first->sum.state + last->next.stage * first->next.state;
    const double width = last->next.sum * first->sum.noise + last->next.stage * first->next.noise;
    assert_close(keep, 1 - dt + dt * dt / 2, 1e-14);
    assert_close(width * width / (1 - keep * keep), 2 * dt * (1 - dt / 2) * (1 - dt / 2) / (1 - keep * keep), 1e-13);
    assert_within(width * width / (1 - keep * keep), 1 - 0.0026, 1e-4);
}

// A constant drive and the exponential step: exact to rounding.
static void exponential_step_is_exact_for_constant_input(void **state)
{
    (void)state;
    const qn_integrator_scheme s = qn_integrator_scheme_of(QN_INTEGRATOR_EXPONENTIAL_EULER, 0.4, 0);
    double x = 3;
    for (int i = 0; i < 10; ++i) {
        const double h = 0.25, next = s.stage[0].sum.state * x + s.stage[0].sum.field * h + s.stage[1].next.field * h;
        x = next;
    }
    assert_close(x, 0.25 + 2.75 * exp(-4), 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_those_of_the_books),
        cmocka_unit_test(exponential_step_is_exact_without_coupling),
        cmocka_unit_test(heun_has_the_bias_it_is_known_for),
        cmocka_unit_test(exponential_step_is_exact_for_constant_input),
    };
    return cmocka_run_group_tests_name("integrator", tests, NULL, NULL);
}
