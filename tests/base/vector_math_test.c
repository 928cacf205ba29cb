// Every function against the system's long double one, over its whole range.
#include "testing.h"

#include "base/vector_math.h"

// Relative error in units of the type's epsilon, where the expected value is a normal number.
static double ulps(double found, long double expected, double epsilon, double smallest)
{
    if (fabsl(expected) < smallest) return fabs(found) <= 2.0 * smallest ? 0.0 : 1e9;
    return (double)(fabsl(found - expected) / fabsl(expected)) / epsilon;
}

#define WORST(result, type, function, reference, from, to, step, epsilon, smallest)                                    \
    do {                                                                                                               \
        (result) = 0.0;                                                                                                \
        for (double at_ = (from); at_ <= (to); at_ += (step)) {                                                        \
            const type x_ = (type)at_;                                                                                 \
            const double error_ = ulps((double)function(x_), reference((long double)x_), (epsilon), (smallest));       \
            if (!(error_ <= (result))) (result) = error_;                                                              \
        }                                                                                                              \
    } while (0)

static void doubles_are_good_to_a_few_units_in_the_last_place(void **state)
{
    (void)state;
    double worst;
    WORST(worst, double, lane_exp, expl, -745.0, 709.7, 0.00371, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 1.5);
    WORST(worst, double, lane_exp, expl, -1e-3, 1e-3, 1.7e-8, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 1.5);
    WORST(worst, double, lane_log, logl, 1e-6, 4.0, 1.37e-5, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 1.5);
    WORST(worst, double, lane_log, logl, 1e-300, 1e305, 1.1e300, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 1.5);
    WORST(worst, double, lane_tanh, tanhl, -25.0, 25.0, 1.3e-4, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 3.0);
    WORST(worst, double, lane_tanh, tanhl, -1e-3, 1e-3, 1.7e-8, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 3.0);
    WORST(worst, double, lane_erf, erfl, -7.0, 7.0, 1.1e-4, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 3.0);
    WORST(worst, double, lane_erf, erfl, -1e-3, 1e-3, 1.7e-8, DBL_EPSILON, DBL_MIN);
    assert_true(worst < 3.0);
}

static void floats_are_good_to_a_few_units_in_the_last_place(void **state)
{
    (void)state;
    double worst;
    WORST(worst, float, lane_exp_float, expl, -103.0, 88.7, 0.00171, FLT_EPSILON, FLT_MIN);
    assert_true(worst < 2.0);
    WORST(worst, float, lane_log_float, logl, 1e-6, 4.0, 1.37e-5, FLT_EPSILON, FLT_MIN);
    assert_true(worst < 2.0);
    WORST(worst, float, lane_tanh_float, tanhl, -12.0, 12.0, 1.3e-4, FLT_EPSILON, FLT_MIN);
    assert_true(worst < 3.0);
    WORST(worst, float, lane_tanh_float, tanhl, -1e-3, 1e-3, 1.7e-8, FLT_EPSILON, FLT_MIN);
    assert_true(worst < 3.0);
    WORST(worst, float, lane_erf_float, erfl, -6.0, 6.0, 1.1e-4, FLT_EPSILON, FLT_MIN);
    assert_true(worst < 3.0);
    WORST(worst, float, lane_erf_float, erfl, -1e-3, 1e-3, 1.7e-8, FLT_EPSILON, FLT_MIN);
    assert_true(worst < 3.0);
}

static void turns_have_their_sine_and_cosine(void **state)
{
    (void)state;
    for (double u = -3.0; u < 3.0; u += 1.37e-5) {
        double s, c;
        lane_sincos_turns(u, &s, &c);
        const long double angle = 2.0L * 3.14159265358979323846264338328L * (long double)u;
        assert_within(s, (double)sinl(angle), 2e-16);
        assert_within(c, (double)cosl(angle), 2e-16);
        float sf, cf;
        lane_sincos_turns_float((float)u, &sf, &cf);
        const long double rounded = 2.0L * 3.14159265358979323846264338328L * (long double)(float)u;
        assert_within((double)sf, (double)sinl(rounded), 1.2e-7);
        assert_within((double)cf, (double)cosl(rounded), 1.2e-7);
    }
    double s, c;
    lane_sincos_turns(0.5, &s, &c);
    assert_true(s == 0.0 && c == -1.0);
    lane_sincos_turns(1e9 + 0.25, &s, &c);
    assert_true(s == 1.0 && c == 0.0);
}

static void ends_of_the_range(void **state)
{
    (void)state;
    assert_true(lane_exp(INFINITY) == INFINITY && lane_exp(-INFINITY) == 0.0 && lane_exp(0.0) == 1.0);
    assert_true(lane_exp(710.0) == INFINITY && lane_exp(-800.0) == 0.0);
    assert_true(lane_exp(-740.0) > 0.0 && lane_exp(-740.0) < DBL_MIN); // gradual underflow
    assert_true(lane_exp_float(INFINITY) == INFINITY && lane_exp_float(-INFINITY) == 0.0f);
    assert_true(lane_log(0.0) == -INFINITY && lane_log(INFINITY) == INFINITY && isnan(lane_log(-1.0)) &&
                lane_log(1.0) == 0.0);
    assert_true(lane_log_float(0.0f) == -INFINITY && lane_log_float(INFINITY) == INFINITY &&
                isnan(lane_log_float(-1.0f)));
    assert_true(lane_tanh(INFINITY) == 1.0 && lane_tanh(-1e300) == -1.0 && lane_tanh(1e-310) == 1e-310);
    assert_true(lane_tanh_float(INFINITY) == 1.0f && lane_tanh_float(-1e30f) == -1.0f);
    assert_true(lane_erf(INFINITY) == 1.0 && lane_erf(-1e300) == -1.0);
    assert_true(lane_erf_float(INFINITY) == 1.0f && lane_erf_float(-1e30f) == -1.0f);
    assert_true(signbit(lane_tanh(-0.0)) && signbit(lane_erf(-0.0)));
    assert_true(isnan(lane_exp(NAN)) && isnan(lane_log(NAN)) && isnan(lane_tanh(NAN)) && isnan(lane_erf(NAN)));
    assert_true(isnan(lane_exp_float(NAN)) && isnan(lane_log_float(NAN)) && isnan(lane_tanh_float(NAN)) &&
                isnan(lane_erf_float(NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(doubles_are_good_to_a_few_units_in_the_last_place),
                                       cmocka_unit_test(floats_are_good_to_a_few_units_in_the_last_place),
                                       cmocka_unit_test(turns_have_their_sine_and_cosine),
                                       cmocka_unit_test(ends_of_the_range)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
