// The same answers by other roads: no potential, no energy, no orbit.
#include "testing.h"

#include "numerics/linear_algebra.h"

#include <stdlib.h>

static qn_rate_network network(qn_transfer_kind kind, double strength, double noise)
{
    return (qn_rate_network){
        .size = 1000, .transfer = {.kind = kind}, .coupling = {.strength = strength}, .noise = noise};
}

// C(omega) = [g^2 C^phi(omega) + 2 sigma^2] / (1 + omega^2), iterated on a grid of lags.
enum { LAGS = 1201 };
static const double STEP = 0.05;

static qn_status next_covariance(size_t size, const double *c, double *image, void *context)
{
    const qn_rate_network *of = context;
    const double g2 = of->coupling.strength * of->coupling.strength, s2 = of->noise * of->noise;
    qn_gaussian_average *average;
    qn_status status = qn_gaussian_average_create(&of->transfer, 0.0, c[0], &average);
    if (status != QN_OK) return status;
    qn_stationary rate;
    qn_spectrum spectrum;
    assert_ok(qn_stationary_create(size, STEP, &rate));
    for (size_t i = 0; i < size; ++i) rate.values[i] = fmax(-c[0], fmin(c[0], c[i]));
    qn_gaussian_average_product(average, size, rate.values, rate.values);
    // Its cusp, taken off before the transform and put back in closed form: exp(-2 |lag|) has slope -2 and transform 4
    // / (4 + omega^2).
    const double cusp = 0.5 * s2 * qn_gaussian_average_square_slope(average);
    for (size_t i = 0; i < size; ++i) rate.values[i] -= cusp * exp(-2.0 * STEP * (double)i);
    assert_ok(qn_stationary_transform(&rate, 4.0 * (double)size * STEP, 0.0, &spectrum));
    for (size_t k = 0; k < spectrum.count; ++k) {
        const double omega = spectrum.step * (double)k;
        spectrum.values[k] *= g2 / (1.0 + omega * omega);
    }
    qn_stationary_clear(&rate);
    assert_ok(qn_spectrum_transform(&spectrum, &rate));
    for (size_t i = 0; i < size; ++i) {
        const double lag = STEP * (double)i; // exp(-2 |lag|) filtered: (4 exp(-lag) - 2 exp(-2 lag)) / 6
        image[i] = rate.values[i] + s2 * exp(-lag) + g2 * cusp * (2.0 * exp(-lag) - exp(-2.0 * lag)) / 3.0;
    }
    qn_spectrum_clear(&spectrum);
    qn_stationary_clear(&rate);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

static void iteration_in_the_frequency_domain(void **state)
{
    (void)state;
    const qn_rate_network cases[] = {network(QN_TRANSFER_TANH, 1.2, 0.5), network(QN_TRANSFER_ERF, 0.9, 1.0),
                                     network(QN_TRANSFER_ERF, 2.0, 0.5)};
    for (size_t k = 0; k < 3; ++k) {
        qn_rate_network of = cases[k];
        double c[LAGS];
        const double start = k == 2 ? 2.0 : 0.5;
        for (size_t i = 0; i < LAGS; ++i) c[i] = start * exp(-0.3 * STEP * (double)i);
        assert_ok(qn_self_consistency_solve(next_covariance, &of, LAGS, c,
                                            &(qn_self_consistency_options){.depth = 8, .tolerance = 1e-10}, NULL));
        qn_two_point found;
        assert_ok(qn_two_point_solve(&of, NULL, &found));
        for (size_t i = 0; i < 600; ++i) assert_within(qn_stationary_at(&found.field, STEP * (double)i), c[i], 2e-6);
        qn_two_point_clear(&found);
    }
}

// C'' = C - g^2 F(C0, C) as a boundary-value problem: C'(0) = 0, C' = -kappa C far out. Numerov's fourth-order
// differences, Newton on all values at once, C0 among them.
enum { POINTS = 300 };

static void boundary_residual(const qn_rate_network *of, double step, double slope_square, const double *c,
                              double *residual)
{
    const double g2 = of->coupling.strength * of->coupling.strength;
    qn_gaussian_average *average;
    double force[POINTS];
    assert_ok(qn_gaussian_average_create(&of->transfer, 0.0, c[0], &average));
    qn_gaussian_average_product(average, POINTS, c, force);
    qn_gaussian_average_destroy(average);
    for (size_t i = 0; i < POINTS; ++i) force[i] = c[i] - g2 * force[i];
    for (size_t i = 0; i + 1 < POINTS; ++i) {
        const double left = i ? c[i - 1] : c[1], push = i ? force[i - 1] : force[1];
        residual[i] = left - 2.0 * c[i] + c[i + 1] - step * step / 12.0 * (push + 10.0 * force[i] + force[i + 1]);
    }
    residual[POINTS - 1] = c[POINTS - 1] - c[POINTS - 2] * exp(-sqrt(1.0 - g2 * slope_square) * step);
}

static void boundary_value_problem(void **state)
{
    (void)state;
    const qn_rate_network cases[] = {network(QN_TRANSFER_ERF, 2.0, 0.0), network(QN_TRANSFER_TANH, 3.0, 0.0)};
    double *jacobian = malloc(POINTS * POINTS * sizeof *jacobian);
    for (size_t k = 0; k < 2; ++k) {
        const qn_rate_network *of = &cases[k];
        qn_two_point found;
        assert_ok(qn_two_point_solve(of, NULL, &found));
        const double step = 0.1, slope_square = found.mean_slope * found.mean_slope;
        double c[POINTS], residual[POINTS], shifted_residual[POINTS];
        // From 5 % beside the solution: Newton must come back to it.
        for (size_t i = 0; i < POINTS; ++i) c[i] = 1.05 * qn_stationary_at(&found.field, 1.03 * step * (double)i);
        for (int iteration = 0; iteration < 6; ++iteration) {
            boundary_residual(of, step, slope_square, c, residual);
            for (size_t j = 0; j < POINTS; ++j) {
                const double move = 1e-6 * c[0], before = c[j];
                c[j] += j == 0 ? move : -move;
                boundary_residual(of, step, slope_square, c, shifted_residual);
                for (size_t i = 0; i < POINTS; ++i)
                    jacobian[i * POINTS + j] = (shifted_residual[i] - residual[i]) / (c[j] - before);
                c[j] = before;
            }
            assert_ok(qn_solve_linear(POINTS, jacobian, 1, residual));
            for (size_t i = 0; i < POINTS; ++i) c[i] -= residual[i];
        }
        boundary_residual(of, step, slope_square, c, residual);
        for (size_t i = 0; i < POINTS; ++i) assert_within(residual[i], 0.0, 1e-10);
        for (size_t i = 0; i < POINTS; ++i)
            assert_within(c[i], qn_stationary_at(&found.field, step * (double)i), 1e-5 * found.field_variance);
        qn_two_point_clear(&found);
    }
    free(jacobian);
}

// Lowest eigenvalue of -d^2 + 1 - g^2 F1 on midpoints (section 5.5), even (Neumann) or odd (Dirichlet) at zero lag,
// with Richardson extrapolation in the step.
static double well(const qn_rate_network *of, double length, double step, bool odd)
{
    double energy[2];
    for (int level = 0; level < 2; ++level) {
        const double h = level == 0 ? step : step / 2.0;
        const size_t count = (size_t)lround(length / h);
        qn_two_point found;
        assert_ok(qn_two_point_solve(of, &(qn_two_point_options){.lag_step = h / 2.0, .lag_max = length}, &found));
        double *diagonal = malloc(count * sizeof *diagonal), *off = malloc(count * sizeof *off);
        for (size_t i = 0; i < count; ++i) diagonal[i] = found.frozen_variance + found.field.values[2 * i + 1];
        qn_gaussian_average *average;
        assert_ok(qn_gaussian_average_create(&of->transfer, found.mean_field,
                                             found.field_variance + found.frozen_variance, &average));
        qn_gaussian_average_slope_product(average, count, diagonal, diagonal);
        qn_gaussian_average_destroy(average);
        const double g2 = of->coupling.strength * of->coupling.strength;
        for (size_t i = 0; i < count; ++i) {
            diagonal[i] = 1.0 - g2 * diagonal[i] + (i > 0 ? 2.0 : odd ? 3.0 : 1.0) / (h * h);
            off[i] = -1.0 / (h * h);
        }
        assert_ok(qn_tridiagonal_lowest(count, diagonal, off, &energy[level]));
        free(diagonal);
        free(off);
        qn_two_point_clear(&found);
    }
    return energy[1] + (energy[1] - energy[0]) / 3.0;
}

static void lyapunov_exponent_by_finite_differences(void **state)
{
    (void)state;
    qn_rate_network with_input = network(QN_TRANSFER_ERF, 2.0, 0.3);
    with_input.input = 0.4;
    qn_rate_network relu = network(QN_TRANSFER_RELU, 2.0, 0.0);
    relu.input = 1.0, relu.coupling.mean = -12.0;
    const struct {
        qn_rate_network of;
        double length;
    } cases[] = {{network(QN_TRANSFER_TANH, 1.5, 0.0), 100.0},
                 {network(QN_TRANSFER_ERF, 3.0, 0.0), 40.0},
                 {network(QN_TRANSFER_ERF, 5.0, 0.0), 40.0},
                 {network(QN_TRANSFER_ERF, 2.0, 0.5), 60.0},
                 {network(QN_TRANSFER_TANH, 1.2, 0.5), 200.0},
                 {with_input, 60.0},
                 {relu, 60.0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        qn_two_point found;
        assert_ok(qn_two_point_solve(&cases[k].of, NULL, &found));
        assert_within(found.lyapunov_exponent, -1.0 + sqrt(1.0 - well(&cases[k].of, cases[k].length, 0.02, false)),
                      1e-6);
        qn_two_point_clear(&found);
    }
    // C'(lag) has a node at 0 and energy 0: the zero mode, for any phi without noise.
    for (size_t k = 0; k < 3; ++k) assert_within(well(&cases[k].of, cases[k].length, 0.04, true), 0.0, 1e-6);
    assert_within(well(&relu, 60.0, 0.04, true), 0.0, 1e-6);
}

// A shallow well binds its ground state over about 100 tau: a box of 40 gives lambda = -0.7032, 2e-3 too low.
static void shallow_well_needs_a_long_box(void **state)
{
    (void)state;
    const qn_rate_network of = network(QN_TRANSFER_TANH, 0.5, 1.0);
    qn_two_point found;
    assert_ok(qn_two_point_solve(&of, NULL, &found));
    assert_within(found.lyapunov_exponent, -1.0 + sqrt(1.0 - well(&of, 1500.0, 0.05, false)), 1e-6);
    assert_within(-1.0 + sqrt(1.0 - well(&of, 40.0, 0.05, false)), -0.7032, 2e-4);
    // Bound: between the continuum's edge and weak binding, k = int [g^2 F1 - g^2 S0^2] over half the line.
    assert_true(found.lyapunov_exponent > -1.0 + 0.5 * found.mean_slope);
    qn_two_point_clear(&found);
}

static void transition_under_noise(void **state)
{
    (void)state;
    double before = 1.0;
    for (double noise = 0.05; noise < 2.0; noise *= 2.3) {
        qn_rate_network of = network(QN_TRANSFER_ERF, 0.0, noise);
        double critical;
        assert_ok(qn_transition_strength(&of, &critical));
        assert_true(critical > before);
        before = critical;
        of.coupling.strength = critical;
        assert_within(well(&of, 250.0, 0.02, false), 0.0, 2e-6);
        for (int side = -1; side <= 1; side += 2) {
            of.coupling.strength = critical * (1.0 + 1e-3 * side);
            qn_two_point found;
            assert_ok(qn_two_point_solve(&of, NULL, &found));
            assert_int_equal(found.phase, side > 0 ? QN_PHASE_CHAOTIC : QN_PHASE_NOISE_DRIVEN);
            assert_true(found.lyapunov_exponent * side > 1e-6);
            qn_two_point_clear(&found);
        }
    }
}

static void transition_without_noise(void **state)
{
    (void)state;
    double critical;
    qn_rate_network of = network(QN_TRANSFER_TANH, 0.0, 0.0);
    of.transfer.gain = 1.6;
    assert_ok(qn_transition_strength(&of, &critical));
    assert_within(critical, 1.0 / 1.6, 1e-15);
    of = network(QN_TRANSFER_LINEAR, 3.0, 0.7);
    assert_ok(qn_transition_strength(&of, &critical));
    assert_within(critical, 1.0, 1e-9);
    // relu: sqrt 2 whatever input and inhibition.
    for (double inhibition = 0.0; inhibition < 20.0; inhibition += 6.0) {
        of = network(QN_TRANSFER_RELU, 1.0, 0.0);
        of.input = 0.7, of.coupling.mean = -inhibition;
        assert_ok(qn_transition_strength(&of, &critical));
        assert_within(critical, sqrt(2.0), 1e-9);
    }
    // An input delays chaos; at the transition the fixed point's exponent is zero.
    double before = 1.0;
    for (double input = 0.01; input < 2.0; input *= 3.0) {
        of = network(QN_TRANSFER_ERF, 0.0, 0.0);
        of.input = input;
        assert_ok(qn_transition_strength(&of, &critical));
        assert_true(critical > before);
        before = critical;
        of.coupling.strength = critical * (1.0 - 1e-9);
        qn_two_point found;
        assert_ok(qn_two_point_solve(&of, NULL, &found));
        assert_int_equal(found.phase, QN_PHASE_FIXED_POINT);
        assert_within(found.lyapunov_exponent, 0.0, 1e-7);
        qn_two_point_clear(&found);
    }
    critical = 7.0;
    of = network(QN_TRANSFER_TANH, 1.0, 0.0);
    of.transfer.gain = 1e-3;
    assert_fails(qn_transition_strength(&of, &critical), QN_NO_SOLUTION, "no transition to chaos below strength 100");
    of = network(QN_TRANSFER_RELU, 1.0, 0.0);
    of.input = -1.0;
    assert_fails(qn_transition_strength(&of, &critical), QN_NO_SOLUTION, "no transition to chaos below strength 100");
    assert_true(critical == 7.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(iteration_in_the_frequency_domain),
                                       cmocka_unit_test(boundary_value_problem),
                                       cmocka_unit_test(lyapunov_exponent_by_finite_differences),
                                       cmocka_unit_test(shallow_well_needs_a_long_box),
                                       cmocka_unit_test(transition_under_noise),
                                       cmocka_unit_test(transition_without_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
