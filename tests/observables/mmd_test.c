#include "testing.h"

#include <stdlib.h>

static void normals(uint64_t index, size_t count, double *out)
{
    qn_normal(&(qn_stream){.seed = 11, .purpose = QN_PURPOSE_TEST, .index = index}, 0, count, out);
}

static double average(const double a[4], const double b[4], double l2)
{
    const double x = 1 + (a[0] + b[0]) / l2, y = 1 + (a[3] + b[3]) / l2, z = (a[1] + b[1]) / l2;
    return 1 / sqrt(x * y - z * z);
}

// Random covariances around 1 of two points.
static void kernels_of(uint64_t index, size_t samples, double *kernels)
{
    double z[4];
    for (size_t r = 0; r < samples; ++r) {
        normals(index * 100000 + r, 4, z);
        const double a = 1 + 0.2 * z[0], b = 0.3 * z[1], c = 0.9 + 0.2 * z[2];
        const double kernel[4] = {a * a, a * b, a * b, b * b + c * c};
        memcpy(kernels + 4 * r, kernel, sizeof kernel);
    }
}

static void kernels_give_the_double_sum(void **state)
{
    (void)state;
    enum { SAMPLES = 101 };
    static double kernels[4 * SAMPLES], padded[9 * SAMPLES];
    const double gaussian[4] = {1.1, 0.2, 0.2, 0.9}, l2 = 0.7;
    kernels_of(1, SAMPLES, kernels);
    double pairs = 0, single = 0;
    for (int r = 0; r < SAMPLES; ++r) {
        single += average(kernels + 4 * r, gaussian, l2);
        for (int q = 0; q < SAMPLES; ++q)
            if (q != r) pairs += average(kernels + 4 * r, kernels + 4 * q, l2);
    }
    const double expected =
        pairs / (SAMPLES * (SAMPLES - 1.0)) - 2 * single / SAMPLES + average(gaussian, gaussian, l2);
    qn_estimate found;
    assert_ok(qn_mmd_of_kernels(2, SAMPLES, kernels, gaussian, l2, &found));
    assert_within(found.value, expected, 1e-14);
    assert_true(found.samples == SAMPLES);

    // A third output that is always 0 changes nothing: the general determinant against that of two.
    const double larger[9] = {1.1, 0.2, 0, 0.2, 0.9, 0, 0, 0, 0};
    for (int r = 0; r < SAMPLES; ++r)
        for (int i = 0; i < 4; ++i) padded[9 * r + i / 2 * 3 + i % 2] = kernels[4 * r + i];
    qn_estimate three;
    assert_ok(qn_mmd_of_kernels(3, SAMPLES, padded, larger, l2, &three));
    assert_within(three.value, expected, 1e-14);
    assert_within(three.standard_error, found.standard_error, 1e-14);
    // Default length: the mean variance.
    qn_estimate given, chosen;
    assert_ok(qn_mmd_of_kernels(2, SAMPLES, kernels, gaussian, 1, &given));
    assert_ok(qn_mmd_of_kernels(2, SAMPLES, kernels, gaussian, 0, &chosen));
    assert_within(chosen.value, given.value, 1e-15);
}

// Kernels w w^T / ... of one point, lognormal: over many repetitions the estimates scatter as their errors say, about
// the discrepancy that a long sum gives, and no less without any (all kernels equal: exactly 0).
static void errors_are_those_of_repetitions(void **state)
{
    (void)state;
    enum { REPEATS = 300, SAMPLES = 200, POINTS = 2 };
    static double kernels[4 * SAMPLES], many[4 * 4000], outputs[POINTS * SAMPLES];
    const double gaussian[4] = {1.05, 0, 0, 0.95};
    qn_estimate reference, found;
    double scatter[2];
    kernels_of(1, 4000, many);
    assert_ok(qn_mmd_of_kernels(POINTS, 4000, many, gaussian, 1, &reference));
    for (int plain = 0; plain < 2; ++plain) {
        double sum = 0, squares = 0, errors = 0, floors = 0;
        for (uint64_t repeat = 0; repeat < REPEATS; ++repeat) {
            double floor = 0;
            kernels_of(2 + repeat, SAMPLES, kernels);
            if (plain) {
                normals(7000000 + repeat, POINTS * SAMPLES, outputs);
                for (size_t r = 0; r < SAMPLES; ++r) {
                    const double *k = kernels + 4 * r, l = sqrt(k[0]);
                    double *y = outputs + 2 * r;
                    y[1] = k[1] / l * y[0] + sqrt(k[3] - k[1] * k[1] / k[0]) * y[1];
                    y[0] *= l;
                }
                assert_ok(qn_mmd_of_outputs(POINTS, SAMPLES, outputs, gaussian, 1, &found, &floor));
            } else {
                assert_ok(qn_mmd_of_kernels(POINTS, SAMPLES, kernels, gaussian, 1, &found));
            }
            sum += found.value;
            squares += found.value * found.value;
            errors += found.standard_error * found.standard_error;
            floors += floor * floor;
        }
        const double mean = sum / REPEATS, variance = squares / REPEATS - mean * mean;
        const double bar = sqrt(variance / REPEATS);
        assert_within(mean, reference.value, 4 * hypot(bar, reference.standard_error));
        // Var of a variance: sqrt(2 / 300) = 8 %; a skewed U-statistic may double it, the error's own noise adds.
        assert_within(errors / REPEATS / variance, 1, 0.35);
        if (plain) assert_within(sqrt(floors / REPEATS / variance), 1, 0.2);
        scatter[plain] = sqrt(variance);
    }
    assert_true(scatter[0] < 0.5 * scatter[1]); // what averaging over outputs is for
}

static void outputs_give_the_double_sum(void **state)
{
    (void)state;
    enum { SAMPLES = 50, NODES = 40 };
    double y[2 * SAMPLES], nodes[NODES], weights[NODES];
    const double gaussian[4] = {1.1, 0.2, 0.2, 0.9}, l2 = 0.7;
    normals(5, 2 * SAMPLES, y);
    // The Gaussian process by a trapezoidal rule over two normals.
    for (int i = 0; i < NODES; ++i) {
        nodes[i] = -8 + 16.0 * (i + 0.5) / NODES;
        weights[i] = exp(-nodes[i] * nodes[i] / 2) * 16 / NODES / sqrt(2 * M_PI);
    }
    const double l = sqrt(1.1), cross = 0.2 / l, rest = sqrt(0.9 - cross * cross);
    double pairs = 0, single = 0;
    for (int r = 0; r < SAMPLES; ++r) {
        for (int q = 0; q < SAMPLES; ++q) {
            const double u = y[2 * r] - y[2 * q], v = y[2 * r + 1] - y[2 * q + 1];
            if (q != r) pairs += exp(-(u * u + v * v) / (2 * l2));
        }
        for (int i = 0; i < NODES; ++i)
            for (int j = 0; j < NODES; ++j) {
                const double u = y[2 * r] - l * nodes[i], v = y[2 * r + 1] - cross * nodes[i] - rest * nodes[j];
                single += weights[i] * weights[j] * exp(-(u * u + v * v) / (2 * l2));
            }
    }
    const double expected =
        pairs / (SAMPLES * (SAMPLES - 1.0)) - 2 * single / SAMPLES + average(gaussian, gaussian, l2);
    qn_estimate found;
    assert_ok(qn_mmd_of_outputs(2, SAMPLES, y, gaussian, l2, &found, NULL));
    assert_within(found.value, expected, 1e-12);
}

static void same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    enum { SAMPLES = 203 };
    static double kernels[4 * SAMPLES];
    const double gaussian[4] = {1.1, 0.2, 0.2, 0.9};
    kernels_of(1, SAMPLES, kernels);
    qn_estimate found[2][2];
    double floor[2];
    for (int i = 0; i < 2; ++i) {
        qn_set_threads(i == 0 ? 1 : 3);
        assert_ok(qn_mmd_of_kernels(2, SAMPLES, kernels, gaussian, 0, &found[i][0]));
        assert_ok(qn_mmd_of_outputs(2, SAMPLES, kernels, gaussian, 0, &found[i][1], &floor[i]));
    }
    qn_set_threads(0);
    for (int k = 0; k < 2; ++k) {
        assert_true(found[0][k].value == found[1][k].value);
        assert_true(found[0][k].standard_error == found[1][k].standard_error);
    }
    assert_true(floor[0] == floor[1]);
}

static void refuses_what_is_no_covariance(void **state)
{
    (void)state;
    double kernels[16] = {1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1};
    const double gaussian[4] = {1, 0, 0, 1}, not_symmetric[4] = {1, 0.5, 0.4, 1}, negative[4] = {1, 2, 2, 1},
                 zero[4] = {0};
    qn_estimate found = {.samples = 77};
    assert_fails(qn_mmd_of_kernels(2, 3, kernels, gaussian, 0, &found), QN_BAD_VALUE, "3 samples; at least 4");
    assert_fails(qn_mmd_of_kernels(0, 4, kernels, gaussian, 0, &found), QN_BAD_VALUE, "points is 0");
    assert_fails(qn_mmd_of_kernels(2, 4, kernels, gaussian, -2, &found), QN_BAD_VALUE, "length_squared is -2");
    assert_fails(qn_mmd_of_kernels(2, 4, kernels, not_symmetric, 0, &found), QN_BAD_VALUE, "is not symmetric");
    assert_fails(qn_mmd_of_kernels(2, 4, kernels, negative, 0, &found), QN_BAD_VALUE,
                 "Gaussian kernel 0 is not a covar");
    assert_fails(qn_mmd_of_kernels(2, 4, kernels, zero, 0, &found), QN_BAD_VALUE, "the Gaussian kernel vanishes");
    kernels[9] = kernels[10] = 1.5;
    assert_fails(qn_mmd_of_kernels(2, 4, kernels, gaussian, 0, &found), QN_BAD_VALUE, "kernel 2 is not a covariance");
    kernels[9] = NAN;
    assert_fails(qn_mmd_of_kernels(2, 4, kernels, gaussian, 0, &found), QN_BAD_VALUE, "kernel 2 has the value nan");
    assert_fails(qn_mmd_of_outputs(2, 6, kernels, gaussian, 0, &found, NULL), QN_BAD_VALUE, "output 4 has the value");
    assert_true(found.samples == 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_give_the_double_sum),   cmocka_unit_test(errors_are_those_of_repetitions),
        cmocka_unit_test(outputs_give_the_double_sum),   cmocka_unit_test(same_bits_for_any_number_of_threads),
        cmocka_unit_test(refuses_what_is_no_covariance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
