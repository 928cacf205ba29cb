#include "testing.h"

#include "base/memory.h"
#include "numerics/fourier.h"

static void transforms_are_the_sum_they_stand_for(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 30; ++n) {
        double *in;
        double complex *out;
        assert_ok(QN_NEW(&in, n, "signal"));
        assert_ok(QN_NEW(&out, n / 2 + 1, "transform"));
        qn_normal(&(qn_stream){1, QN_PURPOSE_TEST, n}, 0, n, in);
        qn_fourier *fourier;
        assert_ok(qn_fourier_create(n, &fourier));
        qn_fourier_transform(fourier, in, out);
        double again[30];
        qn_normal(&(qn_stream){1, QN_PURPOSE_TEST, n}, 0, n, again);
        assert_memory_equal(in, again, n * sizeof *in);
        for (size_t k = 0; k <= n / 2; ++k) {
            double complex sum = 0;
            for (size_t t = 0; t < n; ++t) sum += in[t] * cexp(-2 * M_PI * I * (double)(k * t) / (double)n);
            assert_within(cabs(out[k] - sum), 0, 1e-12);
        }
        qn_fourier_destroy(fourier);
        qn_release(in);
        qn_release(out);
    }
    qn_fourier_destroy(NULL);
}

static void cosines(void **state)
{
    (void)state;
    for (size_t n = 1; n < 12; ++n) {
        double values[13], given[13];
        qn_normal(&(qn_stream){2, QN_PURPOSE_TEST, n}, 0, n + 1, values);
        memcpy(given, values, sizeof given);
        assert_ok(qn_fourier_cosine(n, values));
        for (size_t k = 0; k <= n; ++k) {
            double sum = given[0] + (k % 2 ? -1 : 1) * given[n];
            for (size_t j = 1; j < n; ++j) sum += 2 * given[j] * cos(M_PI * (double)(j * k) / (double)n);
            assert_close(values[k], sum, 1e-13);
        }
    }
}

static void lengths_that_are_refused(void **state)
{
    (void)state;
    qn_fourier *fourier = NULL;
    double value = 0;
    assert_fails(qn_fourier_create(0, &fourier), QN_BAD_VALUE, "transform of 0 values");
    assert_fails(qn_fourier_create(((size_t)1 << 30) + 1, &fourier), QN_BAD_VALUE, "allowed: 1 to 2^30");
    assert_fails(qn_fourier_cosine((size_t)1 << 30, &value), QN_BAD_VALUE, "at most 2^30");
    assert_null(fourier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_are_the_sum_they_stand_for),
        cmocka_unit_test(cosines),
        cmocka_unit_test(lengths_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
