#include "testing.h"

static void mean_and_error_are_those_of_the_book(void **state)
{
    (void)state;
    const double samples[] = {1, 2, NAN, 3, 6};
    const qn_estimate e = qn_estimate_of(5, samples);
    assert_close(e.value, 3, 1e-15);
    assert_close(e.standard_error, sqrt(14.0 / 12.0), 1e-15); // sum of squares 14, n (n - 1) = 12
    assert_int_equal(e.samples, 4);
    assert_close(qn_estimate_z(&e, 3 - sqrt(14.0 / 12.0)), 1, 1e-14);
}

static void too_few_samples_say_so(void **state)
{
    (void)state;
    const double one[] = {NAN, 5};
    assert_true(isnan(qn_estimate_of(2, one).standard_error));
    assert_close(qn_estimate_of(2, one).value, 5, 0);
    assert_true(isnan(qn_estimate_of(1, one).value));
    assert_int_equal(qn_estimate_of(1, one).samples, 0);
    assert_true(isnan(qn_estimate_of(0, NULL).value));
}

static void extrapolation_recovers_a_line_exactly(void **state)
{
    (void)state;
    const size_t sizes[] = {200, 400, 800, 100};
    qn_estimate at[4];
    for (int i = 0; i < 4; ++i) at[i] = (qn_estimate){4.72 + 72.0 / (double)sizes[i], 0.01 * (i + 1), 5};
    at[3].standard_error = NAN; // left out
    at[3].value = 1e9;
    const qn_estimate limit = qn_estimate_extrapolate(4, sizes, at);
    assert_close(limit.value, 4.72, 1e-12);
    assert_int_equal(limit.samples, 15);
    assert_true(isnan(qn_estimate_extrapolate(1, sizes, at).value));
    const size_t same[] = {200, 200};
    assert_true(isnan(qn_estimate_extrapolate(2, same, at).value));
}

// Two sizes: a = 2 y(2N) - y(N), so the error is sqrt(4 s2^2 + s1^2).
static void extrapolated_error_is_propagated(void **state)
{
    (void)state;
    const size_t sizes[] = {300, 600};
    const qn_estimate at[] = {{5.0, 0.3, 8}, {4.9, 0.1, 8}};
    const qn_estimate limit = qn_estimate_extrapolate(2, sizes, at);
    assert_close(limit.value, 4.8, 1e-12);
    assert_close(limit.standard_error, sqrt(4 * 0.01 + 0.09), 1e-12);
}

static void ratio_takes_the_correlation_of_its_sides_into_account(void **state)
{
    (void)state;
    const double below[] = {1, 2, 3, 4, NAN}, proportional[] = {2, 4, 6, 8, 1};
    const qn_estimate exact = qn_estimate_ratio(5, proportional, below);
    assert_close(exact.value, 2, 1e-14);
    assert_within(exact.standard_error, 0, 1e-14);
    assert_int_equal(exact.samples, 4);
    // With a constant denominator the jackknife is the standard error of the mean.
    const double ones[] = {2, 2, 2, 2, 2};
    const qn_estimate plain = qn_estimate_ratio(4, below, ones), mean = qn_estimate_of(4, below);
    assert_close(plain.standard_error, mean.standard_error / 2, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_error_are_those_of_the_book),
        cmocka_unit_test(too_few_samples_say_so),
        cmocka_unit_test(extrapolation_recovers_a_line_exactly),
        cmocka_unit_test(extrapolated_error_is_propagated),
        cmocka_unit_test(ratio_takes_the_correlation_of_its_sides_into_account),
    };
    return cmocka_run_group_tests_name("estimate", tests, NULL, NULL);
}
