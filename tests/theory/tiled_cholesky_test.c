#include "testing.h"

#include "theory/tiled_cholesky.h"

#include <stdlib.h>

// L L^T of a triangle at random, factored again: whole tiles, parts of tiles, fewer points than a tile. L's diagonal
// dominates, so that the condition number is of order one and rounding alone separates both.
static void factors_what_was_multiplied(void **state)
{
    (void)state;
    const size_t counts[] = {1, 2, 255, 256, 257, 512, 700};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
        const size_t count = counts[c];
        double *root = calloc(count * count, sizeof *root), *matrix = malloc(count * count * sizeof *matrix);
        float *narrow = malloc(count * count * sizeof *narrow);
        assert_non_null(root);
        assert_non_null(matrix);
        assert_non_null(narrow);
        for (size_t i = 0; i < count; ++i) {
            qn_normal(&(qn_stream){.seed = 1, .purpose = QN_PURPOSE_TEST, .index = i}, 0, i + 1, root + i * count);
            for (size_t j = 0; j < i; ++j) root[i * count + j] *= 0.3 / sqrt((double)count);
            root[i * count + i] = 1.0 + 0.1 * tanh(root[i * count + i]);
        }
        for (size_t i = 0; i < count; ++i)
            for (size_t j = 0; j < count; ++j) {
                double sum = 0.0;
                for (size_t k = 0; k <= j && j <= i; ++k) sum += root[i * count + k] * root[j * count + k];
                matrix[i * count + j] = j <= i ? sum : 77.0;
                narrow[i * count + j] = (float)matrix[i * count + j];
            }
        assert_int_equal(qn_tiled_cholesky(count, matrix), 0);
        assert_int_equal(qn_tiled_cholesky_float(count, narrow), 0);
        for (size_t i = 0; i < count; ++i)
            for (size_t j = 0; j < count; ++j) {
                const double expected = j <= i ? root[i * count + j] : 77.0;
                assert_within(matrix[i * count + j], expected, 1e-13);
                assert_within((double)narrow[i * count + j], expected, 1e-5);
            }
        free(root);
        free(matrix);
        free(narrow);
    }
}

static void names_the_pivot_and_not_the_threads(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    double *first = calloc(COUNT * COUNT, sizeof *first), *second = calloc(COUNT * COUNT, sizeof *second);
    assert_non_null(first);
    assert_non_null(second);
    for (size_t i = 0; i < COUNT; ++i)
        for (size_t j = 0; j <= i; ++j)
            first[i * COUNT + j] = second[i * COUNT + j] = exp(-0.5 * (double)(i - j)) + (i == j ? 0.1 : 0.0);
    const int before = qn_threads();
    qn_set_threads(1);
    assert_int_equal(qn_tiled_cholesky(COUNT, first), 0);
    qn_set_threads(4);
    assert_int_equal(qn_tiled_cholesky(COUNT, second), 0);
    qn_set_threads(before);
    assert_memory_equal(first, second, COUNT * COUNT * sizeof *first);
    for (size_t i = 0; i < COUNT * COUNT; ++i) first[i] = 0.0;
    for (size_t i = 0; i < COUNT; ++i) first[i * COUNT + i] = i == 400 ? -1.0 : 1.0;
    assert_int_equal(qn_tiled_cholesky(COUNT, first), 401);
    free(first);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_what_was_multiplied),
        cmocka_unit_test(names_the_pivot_and_not_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
