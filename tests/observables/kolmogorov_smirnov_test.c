#include "testing.h"

static double distance(size_t n, const double *a, size_t m, const double *b)
{
    double there = -1, back = -1;
    assert_ok(qn_kolmogorov_smirnov(n, a, m, b, &there));
    assert_ok(qn_kolmogorov_smirnov(m, b, n, a, &back));
    assert_true(there == back || (isnan(there) && isnan(back)));
    return there;
}

static void small_samples_by_hand(void **state)
{
    (void)state;
    assert_close(distance(3, (double[]){3, 1, 2}, 3, (double[]){4, 2, 3}), 1. / 3, 1e-15);
    assert_close(distance(3, (double[]){3, 1, 2}, 2, (double[]){5, 4}), 1, 1e-15);
    assert_close(distance(3, (double[]){3, 1, 2}, 3, (double[]){2, 3, 1}), 0, 1e-15);
    assert_close(distance(4, (double[]){0, 0, 0, 1}, 2, (double[]){0, 1}), 0.25, 1e-15); // ties
    assert_close(distance(4, (double[]){2, NAN, 1, 3}, 1, (double[]){2.5}), 2. / 3, 1e-15);
    assert_true(isnan(distance(1, (double[]){NAN}, 2, (double[]){1, 2})));
    assert_true(isnan(distance(0, NULL, 2, (double[]){1, 2})));
}

// By definition, at every value of either sample.
static void large_samples_by_definition(void **state)
{
    (void)state;
    enum { N = 300, M = 170 };
    double a[N], b[M], largest = 0;
    qn_normal(&(qn_stream){1, QN_PURPOSE_TEST, 0}, 0, N, a);
    qn_normal(&(qn_stream){1, QN_PURPOSE_TEST, 1}, 0, M, b);
    for (size_t i = 0; i < N; ++i) a[i] = nearbyint(10 * a[i]);
    for (size_t i = 0; i < M; ++i) b[i] = nearbyint(8 * b[i] + 2);
    for (size_t k = 0; k < N + M; ++k) {
        const double at = k < N ? a[k] : b[k - N];
        double below_a = 0, below_b = 0;
        for (size_t i = 0; i < N; ++i) below_a += a[i] <= at;
        for (size_t i = 0; i < M; ++i) below_b += b[i] <= at;
        largest = fmax(largest, fabs(below_a / N - below_b / M));
    }
    assert_close(distance(N, a, M, b), largest, 1e-15);
    assert_true(largest > 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_samples_by_hand),
        cmocka_unit_test(large_samples_by_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
