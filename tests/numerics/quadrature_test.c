#include "testing.h"

#include "numerics/quadrature.h"

static const double PI = 3.141592653589793238;

static void legendre_is_exact_to_its_degree(void **state)
{
    (void)state;
    double x[100], w[100];
    const size_t counts[] = {1, 2, 3, 7, 20, 33, 100};
    for (size_t c = 0; c < 7; ++c) {
        const size_t n = counts[c];
        assert_ok(qn_gauss_legendre(n, 0.0, 1.0, x, w));
        for (size_t degree = 0; degree <= 2 * n; ++degree) {
            double sum = 0.0;
            for (size_t i = 0; i < n; ++i) sum += w[i] * pow(x[i], (double)degree);
            const double error = sum - 1.0 / ((double)degree + 1.0);
            if (degree < 2 * n)
                assert_within(error, 0.0, 2e-15);
            else if (n <= 7)
                assert_true(fabs(error) > 1e-12); // and not beyond
        }
        for (size_t i = 1; i < n; ++i) assert_true(x[i] > x[i - 1]);
    }
}

static void hermite_has_the_moments_of_a_gaussian(void **state)
{
    (void)state;
    double z[512], w[512];
    const size_t counts[] = {1, 2, 3, 8, 31, 64, 200, 512};
    for (size_t c = 0; c < 8; ++c) {
        const size_t n = counts[c];
        assert_ok(qn_gauss_hermite(n, z, w));
        double moment = 1.0;
        for (size_t degree = 0; degree <= 2 * n && degree <= 40; degree += 2) {
            if (degree > 0) moment *= (double)degree - 1.0;
            double even = 0.0, odd = 0.0;
            for (size_t i = 0; i < n; ++i) {
                even += w[i] * pow(z[i], (double)degree);
                odd += w[i] * pow(z[i], (double)degree + 1.0);
            }
            if (degree < 2 * n)
                assert_within(even / moment, 1.0, 1e-12);
            else
                assert_true(fabs(even / moment - 1.0) > 1e-7);
            assert_within(odd / moment, 0.0, 1e-12);
        }
        for (size_t i = 1; i < n; ++i) assert_true(z[i] > z[i - 1]);
    }
    // Outermost weight of 20 nodes, to its own accuracy (Abramowitz & Stegun 25.10: 2.22939364554e-13 for exp(-x^2),
    // times 1/sqrt(pi)).
    assert_ok(qn_gauss_hermite(20, z, w));
    assert_within(w[0] * sqrt(PI) / 2.22939364554e-13, 1.0, 1e-10);
    assert_within(z[19] / sqrt(2.0), 5.3874808900112, 1e-12);
}

static double bell(double x, void *context)
{
    (void)context;
    return exp(-0.5 * x * x);
}
static double kink(double x, void *context) { return fabs(x - *(double *)context); }
static double root(double x, void *context)
{
    (void)context;
    return sqrt(x);
}
static double decay(double x, void *context)
{
    (void)context;
    return exp(-x);
}
static double pole(double x, void *context)
{
    (void)context;
    return x == 0.5 ? INFINITY : 1.0 / (x - 0.5);
}
static double noise(double x, void *context)
{
    (void)context;
    return sin(1e9 * sin(1e9 * x));
}

static void adaptive_integrals_meet_their_tolerance(void **state)
{
    (void)state;
    double value, error, place = 0.3;
    assert_ok(qn_integrate(bell, NULL, -INFINITY, INFINITY, 0.0, 1e-12, &value, &error));
    assert_within(value, sqrt(2.0 * PI), 1e-12);
    assert_true(error <= 1e-12 * value);
    assert_ok(qn_integrate(decay, NULL, 2.0, INFINITY, 0.0, 1e-12, &value, NULL));
    assert_within(value / exp(-2.0), 1.0, 1e-12);
    assert_ok(qn_integrate(bell, NULL, -INFINITY, 0.0, 1e-13, 0.0, &value, NULL));
    assert_within(value, sqrt(PI / 2.0), 1e-13);
    assert_ok(qn_integrate(kink, &place, 0.0, 1.0, 0.0, 1e-13, &value, NULL));
    assert_within(value, 0.5 * (0.09 + 0.49), 1e-13);
    assert_ok(qn_integrate(root, NULL, 0.0, 1.0, 1e-12, 0.0, &value, NULL));
    assert_within(value, 2.0 / 3.0, 1e-12);
}

// GSL's own integrators would end the process here, or need a handler that belongs to the caller's program.
static void failure_is_a_status(void **state)
{
    (void)state;
    double value = 7.0, nodes[1], weights[1];
    assert_fails(qn_integrate(pole, NULL, 0.0, 1.0, 0.0, 1e-10, &value, NULL), QN_NO_SOLUTION, "not finite");
    assert_fails(qn_integrate(noise, NULL, 0.0, 1.0, 0.0, 1e-14, &value, NULL), QN_NOT_CONVERGED, "error estimate");
    assert_fails(qn_integrate(bell, NULL, 1.0, 1.0, 0.0, 1e-10, &value, NULL), QN_BAD_VALUE, "integral from 1 to 1");
    assert_true(value == 7.0);
    assert_fails(qn_gauss_legendre(0, 0.0, 1.0, nodes, weights), QN_BAD_VALUE, "count is 0");
    assert_fails(qn_gauss_hermite(513, nodes, weights), QN_BAD_VALUE, "allowed: 1 to 512");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legendre_is_exact_to_its_degree), cmocka_unit_test(hermite_has_the_moments_of_a_gaussian),
        cmocka_unit_test(adaptive_integrals_meet_their_tolerance), cmocka_unit_test(failure_is_a_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
