// Eigenvalues and inverses of complex matrices against their defining equations.
#include "testing.h"

#include "numerics/complex_matrix.h"

enum { SIZE = 5 };

static void fill(double complex *matrix)
{
    for (size_t i = 0; i < SIZE; ++i)
        for (size_t j = 0; j < SIZE; ++j)
            matrix[i * SIZE + j] = sin(1.0 + 3.0 * (double)i + 7.0 * (double)j) +
                                   I * cos(2.0 + 5.0 * (double)i - 1.3 * (double)j) + (i == j ? 3.0 : 0.0);
}

static void inverse_times_matrix_is_one(void **state)
{
    (void)state;
    double complex matrix[SIZE * SIZE], inverse[SIZE * SIZE];
    fill(matrix);
    fill(inverse);
    assert_ok(qn_complex_inverse(SIZE, inverse));
    for (size_t i = 0; i < SIZE; ++i)
        for (size_t j = 0; j < SIZE; ++j) {
            double complex sum = 0.0;
            for (size_t k = 0; k < SIZE; ++k) sum += inverse[i * SIZE + k] * matrix[k * SIZE + j];
            assert_within(cabs(sum - (i == j)), 0.0, 1e-13);
        }
}

// Power sums of eigenvalues are traces of powers.
static void eigenvalues_have_the_traces(void **state)
{
    (void)state;
    double complex matrix[SIZE * SIZE], copy[SIZE * SIZE], values[SIZE], trace = 0.0, square = 0.0;
    fill(matrix);
    fill(copy);
    assert_ok(qn_complex_eigenvalues(SIZE, copy, values));
    for (size_t i = 0; i < SIZE; ++i) {
        trace += matrix[i * SIZE + i] - values[i];
        square -= values[i] * values[i];
        for (size_t j = 0; j < SIZE; ++j) square += matrix[i * SIZE + j] * matrix[j * SIZE + i];
    }
    assert_within(cabs(trace), 0.0, 1e-13);
    assert_within(cabs(square), 0.0, 1e-12);
}

static void singular_and_empty_matrices_are_refused(void **state)
{
    (void)state;
    double complex matrix[4] = {1.0, I, I, -1.0}, value;
    assert_fails(qn_complex_inverse(2, matrix), QN_NO_SOLUTION, "singular");
    assert_fails(qn_complex_inverse(0, matrix), QN_BAD_VALUE, "size 0");
    assert_fails(qn_complex_eigenvalues(0, matrix, &value), QN_BAD_VALUE, "size 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverse_times_matrix_is_one),
        cmocka_unit_test(eigenvalues_have_the_traces),
        cmocka_unit_test(singular_and_empty_matrices_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
