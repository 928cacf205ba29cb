#include "testing.h"

#include "base/vector_math.h"
#include "theory/wide_rows_kernel.h"

static const double PI = 3.14159265358979323846;

// In units of the last place of the result.
static double units(double found, long double exact)
{
    const double unit = nextafter(fabs((double)exact), INFINITY) - fabs((double)exact);
    return (double)fabsl((long double)found - exact) / unit;
}

static void arcs_are_good_to_the_last_places(void **state)
{
    (void)state;
    double worst = 0.0;
    for (double x = -1.0; x <= 1.0; x += 1.0 / 65537.0) worst = fmax(worst, units(lane_asin(x), asinl((long double)x)));
    for (double x = 1e-300; x < 1.0; x *= 1.37)
        worst = fmax(worst, units(lane_asin(1.0 - x), asinl((long double)(1.0 - x))));
    for (double x = 1e-300; x < 1.0; x *= 1.37) worst = fmax(worst, units(lane_asin(x), asinl((long double)x)));
    assert_within(worst, 0.0, 4.0);
    assert_true(lane_asin(1.5) == lane_asin(1.0) && lane_asin(-1.5) == lane_asin(-1.0));
    assert_true(isnan(lane_asin(NAN)) && isnan(lane_arc_cosine(NAN)));
    for (float x = -1.0f; x <= 1.0f; x += 1.0f / 4099.0f) {
        assert_within(lane_asin_float(x), asin((double)x), 3e-7 * fmax(fabs((double)x), 1e-30));
        const double exact = sqrt(1.0 - (double)x * (double)x) + (double)x * (0.5 * PI + asin((double)x));
        assert_within(lane_arc_cosine_float(x), exact, 5e-7);
    }
}

// sqrt(1 - x^2) + x (pi - acos x): near -1 the formula itself loses digits, even in long double beyond 1e-6.
static void the_arc_cosine_kernel_keeps_its_relative_accuracy(void **state)
{
    (void)state;
    for (double x = -1.0 + 1e-4; x <= 1.0; x += 1.0 / 65537.0) {
        const long double y = (long double)x;
        const long double exact = sqrtl((1.0L - y) * (1.0L + y)) + y * (0.5L * 3.14159265358979323846264L + asinl(y));
        assert_within(lane_arc_cosine(x), (double)exact, 2e-15 * fabs((double)exact) + 1e-18);
    }
    for (double t = 1e-14; t < 1e-6; t *= 3.0) // (2 t)^(3/2) / 3 (1 + 3 t / 20), the angle's series
        assert_within(lane_arc_cosine(-1.0 + t) / (pow(1.0 - (1.0 - t), 1.5) * pow(2.0, 1.5) / 3.0), 1.0 + 0.05 * t,
                      1e-12);
}

enum { COUNT = 37 };

typedef void map(const qn_wide_row *, const double *, double *);
typedef void map_float(const qn_wide_row_float *, const float *, float *);

static void same_bits(map *one, map *other)
{
    double c[COUNT], column[COUNT], inverse[COUNT], input[COUNT], first[COUNT], second[COUNT];
    for (int j = 0; j < COUNT; ++j) {
        column[j] = 0.9 + 0.002 * j;
        inverse[j] = 1.0 / column[j];
        c[j] = -1.0 + 2.0 * j / (COUNT - 1.0);
        input[j] = 0.3 * c[j];
        first[j] = second[j] = 1.0;
    }
    qn_wide_row row = {COUNT, 0.1, 1.7, 0.93, 1.0 / 0.93, column, inverse, NULL};
    for (int with = 0; with < 2; ++with) {
        row.input = with ? input : NULL;
        one(&row, c, first);
        other(&row, c, second);
        assert_memory_equal(first, second, sizeof first);
    }
}

static void same_bits_float(map_float *one, map_float *other)
{
    float c[COUNT], column[COUNT], inverse[COUNT], first[COUNT], second[COUNT];
    for (int j = 0; j < COUNT; ++j) {
        column[j] = 0.9f + 0.002f * (float)j;
        inverse[j] = 1.0f / column[j];
        c[j] = -1.0f + 2.0f * (float)j / (COUNT - 1.0f);
    }
    const qn_wide_row_float row = {COUNT, 0.1f, 1.7f, 0.93f, 1.0f / 0.93f, column, inverse, NULL};
    one(&row, c, first);
    other(&row, c, second);
    assert_memory_equal(first, second, sizeof first);
}

static void every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    same_bits(qn_wide_erf_row_baseline, QN_PICK_KERNEL(qn_wide_erf_row));
    same_bits(qn_wide_relu_row_baseline, QN_PICK_KERNEL(qn_wide_relu_row));
    same_bits(qn_wide_linear_row_baseline, QN_PICK_KERNEL(qn_wide_linear_row));
    same_bits(qn_wide_erf_slope_row_baseline, QN_PICK_KERNEL(qn_wide_erf_slope_row));
    same_bits(qn_wide_relu_slope_row_baseline, QN_PICK_KERNEL(qn_wide_relu_slope_row));
    same_bits_float(qn_wide_erf_row_float_baseline, QN_PICK_KERNEL(qn_wide_erf_row_float));
    same_bits_float(qn_wide_relu_row_float_baseline, QN_PICK_KERNEL(qn_wide_relu_row_float));
#ifdef QN_HAS_X86_KERNELS
    if (qn_cpu() == QN_CPU_BASELINE) return;
    same_bits(qn_wide_erf_row_baseline, qn_wide_erf_row_avx2);
    same_bits(qn_wide_relu_row_baseline, qn_wide_relu_row_avx2);
    same_bits(qn_wide_erf_slope_row_baseline, qn_wide_erf_slope_row_avx2);
    same_bits_float(qn_wide_erf_row_float_baseline, qn_wide_erf_row_float_avx2);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(arcs_are_good_to_the_last_places),
                                       cmocka_unit_test(the_arc_cosine_kernel_keeps_its_relative_accuracy),
                                       cmocka_unit_test(every_instruction_set_gives_the_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
