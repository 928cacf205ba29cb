#include "testing.h"

static const double PI = 3.141592653589793238;

static double gaussian(double lag) { return exp(-0.5 * lag * lag); }
static double cusp(double lag) { return exp(-fabs(lag)); }
static double sech(double lag) { return 1.0 / cosh(lag); }

static qn_stationary sampled(double (*function)(double), size_t count, double step)
{
    qn_stationary result;
    assert_ok(qn_stationary_create(count, step, &result));
    for (size_t i = 0; i < count; ++i) result.values[i] = function((double)i * step);
    return result;
}

static void gaussian_has_its_transform(void **state)
{
    (void)state;
    qn_stationary c = sampled(gaussian, 201, 0.05);
    qn_spectrum s;
    assert_ok(qn_stationary_transform(&c, 40.0, 0.0, &s));
    assert_int_equal(s.count, 401);
    assert_close(s.step, 2.0 * PI / 40.0, 1e-15);
    for (size_t k = 0; k < s.count; ++k) {
        const double omega = (double)k * s.step;
        assert_within(s.values[k], sqrt(2.0 * PI) * exp(-0.5 * omega * omega), 1e-14);
    }
    qn_spectrum_clear(&s);
    qn_stationary_clear(&c);
}

static void hyperbolic_secant_has_its_transform(void **state)
{
    (void)state;
    qn_stationary c = sampled(sech, 1001, 0.04);
    qn_spectrum s;
    assert_ok(qn_stationary_transform(&c, 100.0, 0.0, &s));
    for (size_t k = 0; k < s.count; ++k) assert_within(s.values[k], PI / cosh(PI * (double)k * s.step / 2.0), 1e-13);
    qn_spectrum_clear(&s);
    qn_stationary_clear(&c);
}

// Without the Euler-Maclaurin term the error would be step^2 / 6 = 7e-5 at every frequency.
static void exponential_needs_the_cusp_term(void **state)
{
    (void)state;
    for (double step = 0.02; step > 0.005; step /= 2.0) {
        qn_stationary c = sampled(cusp, (size_t)lround(40.0 / step) + 1, step);
        qn_spectrum plain, corrected;
        assert_ok(qn_stationary_transform(&c, 160.0, 0.0, &plain));
        assert_ok(qn_stationary_transform(&c, 160.0, -1.0, &corrected));
        assert_within(plain.values[0] - 2.0, step * step / 6.0, 1e-8);
        for (size_t k = 0; (double)k * corrected.step < 3.0; ++k) {
            const double omega = (double)k * corrected.step;
            // Next Euler-Maclaurin term: -(step^4 / 360) d^3/dtau^3 [C cos] at 0+, C''' - 3 omega^2 C' = -1 + 3
            // omega^2.
            const double next = step * step * step * step / 360.0 * (3.0 * omega * omega - 1.0);
            assert_within(corrected.values[k] - 2.0 / (1.0 + omega * omega), next, 2e-3 * step * step * step * step);
        }
        qn_spectrum_clear(&plain);
        qn_spectrum_clear(&corrected);
        qn_stationary_clear(&c);
    }
}

static void round_trip_is_exact(void **state)
{
    (void)state;
    for (size_t count = 2; count < 3000; count = count * 2 + 1) {
        qn_stationary c, back;
        assert_ok(qn_stationary_create(count, 0.1, &c));
        for (size_t i = 0; i < count; ++i) c.values[i] = sin((double)(i * i)) / (1.0 + (double)i);
        qn_spectrum s;
        assert_ok(qn_stationary_transform(&c, 0.1 * 2.0 * (double)(count + 6), 0.0, &s));
        assert_ok(qn_spectrum_transform(&s, &back));
        assert_int_equal(back.count, count + 7);
        assert_close(back.step, 0.1, 1e-14);
        for (size_t i = 0; i < back.count; ++i) assert_within(back.values[i], i < count ? c.values[i] : 0.0, 1e-14);
        qn_stationary_clear(&c);
        qn_stationary_clear(&back);
        qn_spectrum_clear(&s);
    }
}

static void cubics_are_interpolated_exactly(void **state)
{
    (void)state;
    qn_stationary c;
    assert_ok(qn_stationary_create(9, 0.5, &c));
    for (size_t i = 0; i < 9; ++i) {
        const double x = 0.5 * (double)i;
        c.values[i] = 1.0 - x + 0.3 * x * x - 0.05 * x * x * x;
    }
    for (double x = -4.0; x <= 4.0; x += 0.013) {
        const double y = fabs(x);
        assert_within(qn_stationary_at(&c, x), 1.0 - y + 0.3 * y * y - 0.05 * y * y * y, 1e-14);
    }
    assert_within(qn_stationary_at(&c, 4.0), c.values[8], 1e-15);
    assert_true(qn_stationary_at(&c, 4.01) == 0.0);
    assert_true(isnan(qn_stationary_at(&c, NAN)));
    c.count = 2;
    assert_within(qn_stationary_at(&c, 0.25), 0.5 * (c.values[0] + c.values[1]), 1e-15);
    c.count = 1;
    assert_within(qn_stationary_at(&c, 0.0), 1.0, 0.0);
    qn_stationary_clear(&c);
    assert_true(qn_stationary_at(&c, 0.0) == 0.0);
}

static void integrals_of_cubics_are_exact(void **state)
{
    (void)state;
    for (size_t count = 3; count < 12; ++count) {
        qn_stationary c;
        assert_ok(qn_stationary_create(count, 0.5, &c));
        for (size_t i = 0; i < count; ++i) c.values[i] = pow(0.5 * (double)i, 3.0);
        assert_close(qn_stationary_integral(&c), pow(0.5 * (double)(count - 1), 4.0) / 4.0, 1e-14);
        qn_stationary_clear(&c);
    }
    qn_stationary c = sampled(gaussian, 201, 0.05);
    assert_within(qn_stationary_integral(&c), sqrt(PI / 2.0), 1e-9);
    qn_stationary_clear(&c);
}

static void bad_values_are_named(void **state)
{
    (void)state;
    qn_stationary c = {0};
    qn_spectrum s = {0};
    assert_fails(qn_stationary_create(0, 1.0, &c), QN_BAD_VALUE, "count is 0");
    assert_fails(qn_stationary_create(3, 0.0, &c), QN_BAD_VALUE, "step is 0");
    assert_fails(qn_stationary_create(3, INFINITY, &c), QN_BAD_VALUE, "step is inf");
    assert_fails(qn_stationary_transform(&c, 1.0, 0.0, &s), QN_BAD_VALUE, "empty");
    assert_null(c.values);
    assert_ok(qn_stationary_create(11, 0.1, &c));
    assert_fails(qn_stationary_transform(&c, 1.7, 0.0, &s), QN_BAD_VALUE, "at least 2");
    assert_fails(qn_stationary_transform(&c, 2.0, NAN, &s), QN_BAD_VALUE, "slope_at_zero");
    assert_fails(qn_spectrum_transform(&s, &c), QN_BAD_VALUE, "at least 2 are needed");
    assert_null(s.values);
    qn_stationary_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gaussian_has_its_transform),
                                       cmocka_unit_test(hyperbolic_secant_has_its_transform),
                                       cmocka_unit_test(exponential_needs_the_cusp_term),
                                       cmocka_unit_test(round_trip_is_exact),
                                       cmocka_unit_test(cubics_are_interpolated_exactly),
                                       cmocka_unit_test(integrals_of_cubics_are_exact),
                                       cmocka_unit_test(bad_values_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
