#include "testing.h"

#include "numerics/chebyshev.h"

static void a_series_is_its_function_and_its_integral(void **state)
{
    (void)state;
    enum { DEGREE = 32 };
    double values[DEGREE + 1], c[DEGREE + 1], integral[DEGREE + 2], x[23], out[23];
    for (size_t j = 0; j <= DEGREE; ++j) {
        double rest;
        const double point = qn_chebyshev_point(DEGREE, j, &rest);
        assert_within(point + rest, 1.0, 3e-16);
        values[j] = exp(-3.0 * point) * cos(5.0 * point);
    }
    qn_chebyshev_coefficients(DEGREE, values, c);
    assert_true(qn_chebyshev_tail(DEGREE, c) < 1e-15);
    assert_true(qn_chebyshev_chop(DEGREE, c, 1e-8) < 16);
    qn_chebyshev_integrate(DEGREE, c, integral);
    for (size_t i = 0; i < 23; ++i) x[i] = (double)i / 22.0;
    qn_chebyshev_values(DEGREE, c, 23, x, out);
    for (size_t i = 0; i < 23; ++i) {
        assert_within(out[i], exp(-3.0 * x[i]) * cos(5.0 * x[i]), 2e-15);
        assert_true(out[i] == qn_chebyshev_value(DEGREE, c, x[i]));
        const double exact = (3.0 + exp(-3.0 * x[i]) * (5.0 * sin(5.0 * x[i]) - 3.0 * cos(5.0 * x[i]))) / 34.0;
        assert_within(qn_chebyshev_value(DEGREE + 1, integral, x[i]), exact, 1e-15);
    }
}

static void a_polynomial_is_exact_at_its_degree_and_not_below(void **state)
{
    (void)state;
    double values[6], c[6];
    for (size_t degree = 4; degree <= 5; ++degree) {
        for (size_t j = 0; j <= degree; ++j) values[j] = pow(qn_chebyshev_point(degree, j, NULL), 5.0);
        qn_chebyshev_coefficients(degree, values, c);
        const double error = fabs(qn_chebyshev_value(degree, c, 0.37) - pow(0.37, 5.0));
        if (degree == 5)
            assert_within(error, 0.0, 1e-16);
        else
            assert_true(error > 1e-5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_series_is_its_function_and_its_integral),
                                       cmocka_unit_test(a_polynomial_is_exact_at_its_degree_and_not_below)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
