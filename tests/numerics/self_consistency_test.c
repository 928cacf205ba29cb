#include "testing.h"

#include "base/fail.h"

static const qn_method METHODS[] = {QN_METHOD_ANDERSON, QN_METHOD_NEWTON, QN_METHOD_NEWTON_KRYLOV};

static qn_status cosine(size_t size, const double *x, double *image, void *context)
{
    (void)context;
    for (size_t i = 0; i < size; ++i) image[i] = cos(x[i]);
    return QN_OK;
}

static void cosine_has_its_fixed_point(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; ++m)
        for (size_t size = 1; size <= 7; size += 3) {
            double x[7] = {0.1, 0.5, 1.0, 0.2, 0.9, 0.7, 0.3};
            qn_self_consistency_report report;
            assert_ok(qn_self_consistency_solve(
                cosine, NULL, size, x, &(qn_self_consistency_options){.method = METHODS[m], .tolerance = 1e-13},
                &report));
            for (size_t i = 0; i < size; ++i) assert_within(x[i], 0.739085133215160642, 1e-13);
            assert_int_equal(report.verdict, QN_VERDICT_CONVERGED);
            assert_int_equal(report.count, report.evaluations);
            assert_true(report.evaluations < 100);
            assert_true(report.residual <= 1e-13);
            assert_within(report.history[0],
                          fmax(fabs(cos(0.1) - 0.1), size > 1 ? fabs(cos(0.2) - 0.2) * (size > 3) : 0.0), 1e-15);
            qn_self_consistency_report_clear(&report);
            assert_null(report.history);
        }
}

// Rotation by 2 rad and stretching by 1.5 about (1, 2): plain iteration spirals outwards.
static qn_status rotation(size_t size, const double *x, double *image, void *context)
{
    (void)size;
    size_t *calls = context;
    ++*calls;
    const double c = 1.5 * cos(2.0), s = 1.5 * sin(2.0), dx = x[0] - 1.0, dy = x[1] - 2.0;
    image[0] = 1.0 + c * dx - s * dy;
    image[1] = 2.0 + s * dx + c * dy;
    return QN_OK;
}

static void maps_that_plain_iteration_cannot_solve(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; ++m) {
        double x[2] = {30.0, -40.0};
        size_t calls = 0;
        qn_self_consistency_report report;
        assert_ok(qn_self_consistency_solve(rotation, &calls, 2, x,
                                            &(qn_self_consistency_options){.method = METHODS[m]}, &report));
        assert_within(x[0], 1.0, 1e-9);
        assert_within(x[1], 2.0, 1e-9);
        assert_int_equal(report.evaluations, calls);
        assert_true(calls < 40);
        qn_self_consistency_report_clear(&report);
    }
}

// x = A x + b with A_ij = 0.9 / (1 + |i - j|^2): solution checked by putting it back. Unknowns of very different size.
enum { LINEAR = 40 };
static qn_status linear(size_t size, const double *x, double *image, void *context)
{
    const double *scale = context;
    for (size_t i = 0; i < size; ++i) {
        image[i] = (double)(i % 5);
        for (size_t j = 0; j < size; ++j) {
            const double d = (double)i - (double)j;
            image[i] += 0.4 / (1.0 + d * d) * x[j] / scale[j];
        }
        image[i] *= scale[i];
    }
    return QN_OK;
}

static void unknowns_of_different_size_are_scaled(void **state)
{
    (void)state;
    double scale[LINEAR];
    for (size_t i = 0; i < LINEAR; ++i) scale[i] = pow(10.0, (double)(i % 9) - 4.0);
    double solutions[3][LINEAR] = {{0}};
    for (size_t m = 0; m < 3; ++m) {
        const qn_self_consistency_options options = {
            .method = METHODS[m], .scale = scale, .tolerance = 1e-11, .depth = 10};
        assert_ok(qn_self_consistency_solve(linear, scale, LINEAR, solutions[m], &options, NULL));
        double image[LINEAR];
        linear(LINEAR, solutions[m], image, scale);
        for (size_t i = 0; i < LINEAR; ++i) {
            assert_within((image[i] - solutions[m][i]) / scale[i], 0.0, 1e-11);
            assert_within((solutions[m][i] - solutions[0][i]) / scale[i], 0.0, 1e-8);
        }
    }
}

static qn_status runaway(size_t size, const double *x, double *image, void *context)
{
    (void)context;
    for (size_t i = 0; i < size; ++i) image[i] = 1.0 + x[i] * x[i] + x[i]; // F(x) - x = 1 + x^2 has no real root
    return QN_OK;
}

static void a_map_without_fixed_point_is_reported(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; ++m) {
        double x[2] = {3.0, 5.0};
        qn_self_consistency_report report = {0};
        const qn_self_consistency_options options = {.method = METHODS[m], .iterations = 60};
        assert_fails(qn_self_consistency_solve(runaway, NULL, 2, x, &options, &report), QN_NOT_CONVERGED, "residual");
        assert_true(x[0] == 3.0 && x[1] == 5.0);
        assert_true(report.verdict != QN_VERDICT_CONVERGED && report.verdict != QN_VERDICT_MAP_FAILED);
        assert_non_null(strstr(qn_last_error(), qn_verdict_name(report.verdict)));
        assert_true(report.count > 1 && report.history[0] == 26.0);
        assert_true(report.residual > 0.999); // 1 + x^2, to rounding
        qn_self_consistency_report_clear(&report);
    }
}

static qn_status explosion(size_t size, const double *x, double *image, void *context)
{
    (void)size, (void)context;
    image[0] = exp(5.0 + x[0] * x[0]);
    return QN_OK;
}

static void divergence_has_its_verdict(void **state)
{
    (void)state;
    double x = 2.0;
    qn_self_consistency_report report = {0};
    assert_fails(qn_self_consistency_solve(explosion, NULL, 1, &x, NULL, &report), QN_NOT_CONVERGED, "diverged");
    assert_int_equal(report.verdict, QN_VERDICT_DIVERGED);
    qn_self_consistency_report_clear(&report);
}

static void too_few_iterations_have_their_verdict(void **state)
{
    (void)state;
    double x = 0.1;
    qn_self_consistency_report report = {0};
    const qn_self_consistency_options options = {.iterations = 2, .tolerance = 1e-14};
    assert_fails(qn_self_consistency_solve(cosine, NULL, 1, &x, &options, &report), QN_NOT_CONVERGED,
                 "ran out of iterations");
    assert_int_equal(report.verdict, QN_VERDICT_TOO_MANY_ITERATIONS);
    assert_true(x == 0.1);
    qn_self_consistency_report_clear(&report);
}

static qn_status refusing(size_t size, const double *x, double *image, void *context)
{
    (void)size, (void)x, (void)image;
    int *left = context;
    if (--*left < 0) return qn_fail(QN_NO_SOLUTION, "the map met a wall");
    image[0] = 2.0 * x[0] + 1.0;
    return QN_OK;
}

static void failure_of_the_map_passes(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; ++m)
        for (int calls = 0; calls < 2; ++calls) {
            double x = 5.0;
            int left = calls;
            qn_self_consistency_report report = {0};
            assert_fails(qn_self_consistency_solve(refusing, &left, 1, &x,
                                                   &(qn_self_consistency_options){.method = METHODS[m]}, &report),
                         QN_NO_SOLUTION, "the map met a wall");
            assert_true(x == 5.0);
            assert_null(report.history);
        }
}

static void bad_values_are_named(void **state)
{
    (void)state;
    double x = 0.0, zero = 0.0, infinite = INFINITY;
    assert_fails(qn_self_consistency_solve(cosine, NULL, 0, &x, NULL, NULL), QN_BAD_VALUE, "size is 0");
    assert_fails(qn_self_consistency_solve(cosine, NULL, 1, &infinite, NULL, NULL), QN_BAD_VALUE,
                 "start value 0 is inf");
#define WITH(...) qn_self_consistency_solve(cosine, NULL, 1, &x, &(qn_self_consistency_options){__VA_ARGS__}, NULL)
    assert_fails(WITH(.tolerance = -1.0), QN_BAD_VALUE, "tolerance is -1");
    assert_fails(WITH(.iterations = -1), QN_BAD_VALUE, "iterations is -1");
    assert_fails(WITH(.depth = -1), QN_BAD_VALUE, "depth is -1");
    assert_fails(WITH(.damping = 1.5), QN_BAD_VALUE, "damping is 1.5");
    assert_fails(WITH(.method = (qn_method)7), QN_BAD_VALUE, "method is 7");
    assert_fails(WITH(.scale = &zero), QN_BAD_VALUE, "scale 0 is 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cosine_has_its_fixed_point),
                                       cmocka_unit_test(maps_that_plain_iteration_cannot_solve),
                                       cmocka_unit_test(unknowns_of_different_size_are_scaled),
                                       cmocka_unit_test(a_map_without_fixed_point_is_reported),
                                       cmocka_unit_test(divergence_has_its_verdict),
                                       cmocka_unit_test(too_few_iterations_have_their_verdict),
                                       cmocka_unit_test(failure_of_the_map_passes),
                                       cmocka_unit_test(bad_values_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
