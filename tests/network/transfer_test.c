// Transfer functions against the system's long double functions, on every instruction set this processor has.
#include "testing.h"

#include "base/cpu.h"
#include "network/transfer_kernel.h"

#include <float.h>

enum { MANY = 40003 }; // no multiple of any vector's width
static double x[MANY], y[MANY];
static float x_float[MANY], y_float[MANY];

typedef long double reference(long double x);

static const double GAIN = 1.75; // exact in float
static long double tanh_value(long double u) { return tanhl(GAIN * u); }
static long double tanh_slope(long double u) { return GAIN / (coshl(GAIN * u) * coshl(GAIN * u)); }
static long double erf_scale(void) { return sqrtl(acosl(-1.0L)) * GAIN / 2.0L; }
static long double erf_value(long double u) { return erfl(erf_scale() * u); }
static long double erf_slope(long double u) { return GAIN * expl(-erf_scale() * erf_scale() * u * u); }
static long double relu_value(long double u) { return u > 0.0L ? GAIN * u : 0.0L; }
static long double relu_slope(long double u) { return u > 0.0L ? GAIN : u < 0.0L ? 0.0L : GAIN / 2.0L; }
static long double linear_value(long double u) { return GAIN * u; }
static long double linear_slope(long double u) { return (void)u, (long double)GAIN; }

// Dense where phi bends, with tails, tiny arguments and ones far beyond saturation.
static void fill(void)
{
    for (int i = 0; i < MANY; ++i) {
        const double u = 2.0 * i / (MANY - 1) - 1.0;
        const double far = copysign(exp(80.0 * fabs(u) - 60.0), u);
        x_float[i] = (float)(i % 4 == 0 ? 4.0 * u : i % 4 == 1 ? 1e-3 * u : i % 4 == 2 ? 30.0 * u * u * u : far);
        x[i] = (double)x_float[i];
    }
}

static double relative_error(double found, long double expected, double smallest)
{
    if (fabsl(expected) < smallest) return fabs(found) <= 2.0 * smallest ? 0.0 : (double)INFINITY;
    return fabs((double)((found - expected) / expected));
}

// The argument gain x is rounded, which a steep tail magnifies by x phi'' / phi': allowed for by `condition`.
static void check(const char *what, reference *expected, double allowed, double condition)
{
    for (int i = 0; i < MANY; ++i) {
        const double error = relative_error(y[i], expected(x[i]), DBL_MIN);
        if (error <= allowed * (1.0 + condition * fabs(x[i]) * fmin(fabs(x[i]), 30.0))) continue;
        print_error("%s(%.17g) is %.17g, expected %.17Lg: relative error %.3g\n", what, x[i], y[i], expected(x[i]),
                    error);
        fail();
    }
}

static void check_float(const char *what, reference *expected, double allowed, double condition)
{
    for (int i = 0; i < MANY; ++i) {
        const double error = relative_error((double)y_float[i], expected((long double)x_float[i]), (double)FLT_MIN);
        if (error <= allowed * (1.0 + condition * fabs(x[i]) * fmin(fabs(x[i]), 30.0))) continue;
        print_error("%s(%.9g) is %.9g, expected %.9Lg: relative error %.3g\n", what, (double)x_float[i],
                    (double)y_float[i], expected((long double)x_float[i]), error);
        fail();
    }
}

static void values_and_slopes_against_long_double(void **state)
{
    (void)state;
    static const struct {
        qn_transfer_kind kind;
        reference *value, *slope;
        double condition;
    } cases[] = {{QN_TRANSFER_TANH, tanh_value, tanh_slope, 1.0},
                 {QN_TRANSFER_ERF, erf_value, erf_slope, 4.0},
                 {QN_TRANSFER_RELU, relu_value, relu_slope, 0.0},
                 {QN_TRANSFER_LINEAR, linear_value, linear_slope, 0.0}};
    fill();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        const qn_transfer transfer = {.kind = cases[k].kind, .gain = GAIN};
        const char *name = qn_transfer_name(transfer.kind);
        qn_transfer_value(&transfer, MANY, x, y);
        check(name, cases[k].value, 8e-16, 0.0);
        qn_transfer_slope(&transfer, MANY, x, y);
        check(name, cases[k].slope, 5e-16, cases[k].condition);
        qn_transfer_value_float(&transfer, MANY, x_float, y_float);
        check_float(name, cases[k].value, 4e-7, 0.0);
        qn_transfer_slope_float(&transfer, MANY, x_float, y_float);
        check_float(name, cases[k].slope, 3e-7, cases[k].condition);
    }
}

#ifdef QN_HAS_X86_KERNELS
#define COMPARE(name, type, in, out, tolerance)                                                                        \
    do {                                                                                                               \
        static type low[MANY];                                                                                         \
        name##_baseline((type)GAIN, MANY, in, low);                                                                    \
        for (int level = QN_CPU_AVX2; level <= (int)qn_cpu(); ++level) {                                               \
            (level == QN_CPU_AVX2 ? name##_avx2 : name##_avx512)((type)GAIN, MANY, in, out);                           \
            for (int i = 0; i < MANY; ++i)                                                                             \
                assert_within((double)out[i], (double)low[i], (tolerance)*fabs((double)low[i]) + 1e-37);               \
        }                                                                                                              \
    } while (0)
#endif

static void instruction_sets_agree(void **state)
{
    (void)state;
#ifdef QN_HAS_X86_KERNELS
    fill();
    for (int i = 0; i < MANY; ++i) {
        x[i] = fmax(-20.0, fmin(20.0, x[i]));
        x_float[i] = (float)fmax(-5.0, fmin(5.0, x[i]));
    }
    COMPARE(qn_tanh_value, double, x, y, 1e-15);
    COMPARE(qn_tanh_slope, double, x, y, 1e-15);
    COMPARE(qn_erf_value, double, x, y, 1e-15);
    COMPARE(qn_erf_slope, double, x, y, 2e-15);
    COMPARE(qn_relu_value, double, x, y, 0.0);
    COMPARE(qn_relu_slope, double, x, y, 0.0);
    COMPARE(qn_linear_value, double, x, y, 0.0);
    COMPARE(qn_tanh_value_float, float, x_float, y_float, 6e-7);
    COMPARE(qn_tanh_slope_float, float, x_float, y_float, 6e-7);
    COMPARE(qn_erf_value_float, float, x_float, y_float, 6e-7);
    COMPARE(qn_erf_slope_float, float, x_float, y_float, 1e-6);
    COMPARE(qn_relu_value_float, float, x_float, y_float, 0.0);
    COMPARE(qn_relu_slope_float, float, x_float, y_float, 0.0);
    COMPARE(qn_linear_value_float, float, x_float, y_float, 0.0);
#endif
}

static const qn_transfer EVERY[] = {
    {.kind = QN_TRANSFER_TANH, .gain = 0.7},
    {.kind = QN_TRANSFER_ERF, .gain = 3.0},
    {.kind = QN_TRANSFER_RELU},
    {.kind = QN_TRANSFER_LINEAR, .gain = 0.5},
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 0.5, .threshold = 0.3},
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .threshold = -0.3},
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 2.3, .threshold = -0.4, .gain = 1.3},
    {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 10.0, .threshold = -0.4, .gain = 0.3}};
enum { EVERY_COUNT = sizeof EVERY / sizeof *EVERY };

// Sixth-order central difference.
static double difference(void (*of)(const qn_transfer *, size_t, const double *, double *), const qn_transfer *transfer,
                         double at)
{
    const double h = 2e-3;
    double points[6] = {at + h, at - h, at + 2.0 * h, at - 2.0 * h, at + 3.0 * h, at - 3.0 * h};
    of(transfer, 6, points, points);
    return (45.0 * (points[0] - points[1]) - 9.0 * (points[2] - points[3]) + (points[4] - points[5])) / (60.0 * h);
}

static void slope_and_integral_are_derivative_and_antiderivative(void **state)
{
    (void)state;
    for (int k = 0; k < EVERY_COUNT; ++k) {
        double zero = 0.0;
        qn_transfer_integral(&EVERY[k], 1, &zero, &zero);
        assert_within(zero, 0.0, 1e-17);
        for (double at = -3.007; at < 4.0; at += 0.0131) {
            if (fabs(at - EVERY[k].threshold) < 0.15) continue;
            double value, slope;
            qn_transfer_value(&EVERY[k], 1, &at, &value);
            qn_transfer_slope(&EVERY[k], 1, &at, &slope);
            assert_close(difference(qn_transfer_value, &EVERY[k], at), slope, 1e-9);
            assert_close(difference(qn_transfer_integral, &EVERY[k], at), value, 1e-9);
        }
    }
}

static void power_in_float_agrees_with_double(void **state)
{
    (void)state;
    fill();
    for (int k = 4; k < EVERY_COUNT; ++k) {
        for (int i = 0; i < MANY; ++i) x[i] = (double)(x_float[i] = (float)fmax(-50.0, fmin(50.0, x[i])));
        qn_transfer_value(&EVERY[k], MANY, x, y);
        qn_transfer_value_float(&EVERY[k], MANY, x_float, y_float);
        for (int i = 0; i < MANY; ++i) assert_within((double)y_float[i], y[i], 1e-7 * y[i] + 1e-38);
        qn_transfer_slope(&EVERY[k], MANY, x, y);
        qn_transfer_slope_float(&EVERY[k], MANY, x_float, y_float);
        for (int i = 0; i < MANY; ++i) assert_within((double)y_float[i], y[i], 1e-7 * y[i] + 1e-38);
    }
}

static void any_length_in_place_and_nothing_beyond(void **state)
{
    (void)state;
    for (int k = 0; k < EVERY_COUNT; ++k)
        for (size_t count = 0; count < 70; ++count) {
            double at[72], out[72];
            float at_float[72], out_float[72];
            for (size_t i = 0; i < 72; ++i) {
                at_float[i] = (float)(at[i] = 0.1 * (double)i - 3.0);
                out[i] = out_float[i] = 77.0f;
            }
            qn_transfer_value(&EVERY[k], count, at, out);
            qn_transfer_value_float(&EVERY[k], count, at_float, out_float);
            assert_true(out[count] == 77.0 && out_float[count] == 77.0f);
            qn_transfer_value(&EVERY[k], count, at, at);
            qn_transfer_value_float(&EVERY[k], count, at_float, at_float);
            assert_memory_equal(at, out, count * sizeof *at);
            assert_memory_equal(at_float, out_float, count * sizeof *at_float);
        }
}

static void extreme_arguments(void **state)
{
    (void)state;
    for (int k = 0; k < EVERY_COUNT; ++k) {
        double value[4] = {NAN, INFINITY, -INFINITY, 0.0}, slope[4] = {NAN, 1e300, -1e300, 0.0};
        float value_float[4] = {NAN, INFINITY, -INFINITY, 0.0f}, slope_float[4] = {NAN, 1e30f, -1e30f, 0.0f};
        qn_transfer_value(&EVERY[k], 4, value, value);
        qn_transfer_slope(&EVERY[k], 4, slope, slope);
        qn_transfer_value_float(&EVERY[k], 4, value_float, value_float);
        qn_transfer_slope_float(&EVERY[k], 4, slope_float, slope_float);
        assert_true(isnan(value[0]) && isnan(slope[0]) && isnan(value_float[0]) && isnan(slope_float[0]));
        assert_true(value[1] == qn_transfer_bound(&EVERY[k]) && (double)value_float[1] == qn_transfer_bound(&EVERY[k]));
        assert_true(value[2] == (qn_transfer_is_odd(&EVERY[k]) ? -value[1] : 0.0));
        for (int i = 1; i < 4; ++i) assert_false(isnan(slope[i]) || isnan((double)slope_float[i]));
    }
}

static void bad_descriptions_are_refused(void **state)
{
    (void)state;
    assert_ok(qn_transfer_check(&(qn_transfer){0}));
    assert_fails(qn_transfer_check(&(qn_transfer){.kind = (qn_transfer_kind)17}), QN_BAD_VALUE,
                 "network.transfer.kind is 17");
    assert_fails(qn_transfer_check(&(qn_transfer){.gain = -1.0}), QN_BAD_VALUE,
                 "network.transfer.gain is -1; allowed: greater than 0");
    assert_fails(qn_transfer_check(&(qn_transfer){.gain = NAN}), QN_BAD_VALUE, "network.transfer.gain is nan");
    assert_fails(qn_transfer_check(&(qn_transfer){.kind = QN_TRANSFER_TABLE}), QN_BAD_VALUE,
                 "network.transfer.table is missing");
    assert_fails(qn_transfer_check(&(qn_transfer){.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 0.3}), QN_BAD_VALUE,
                 "network.transfer.exponent is 0.3; allowed: 0.5 to 10");
    assert_fails(qn_transfer_check(&(qn_transfer){.kind = QN_TRANSFER_THRESHOLD_POWER, .threshold = INFINITY}),
                 QN_BAD_VALUE, "network.transfer.threshold is inf");
    assert_string_equal(qn_transfer_name(QN_TRANSFER_THRESHOLD_POWER), "threshold-power");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_and_slopes_against_long_double),
                                       cmocka_unit_test(instruction_sets_agree),
                                       cmocka_unit_test(slope_and_integral_are_derivative_and_antiderivative),
                                       cmocka_unit_test(power_in_float_agrees_with_double),
                                       cmocka_unit_test(any_length_in_place_and_nothing_beyond),
                                       cmocka_unit_test(extreme_arguments),
                                       cmocka_unit_test(bad_descriptions_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
