#include "testing.h"

#include "numerics/linear_algebra.h"

static const double PI = 3.141592653589793238;

// The discrete Laplacian of n points between walls: 2 - 2 cos(k pi / (n + 1)).
static double laplacian(size_t n, size_t k) { return 4.0 * pow(sin((double)k * PI / (2.0 * ((double)n + 1.0))), 2.0); }

static void laplacian_has_its_spectrum(void **state)
{
    (void)state;
    enum { LARGEST = 1000 };
    double diagonal[LARGEST], off[LARGEST], lowest;
    const size_t sizes[] = {1, 2, 3, 50, LARGEST};
    for (size_t s = 0; s < 5; ++s) {
        const size_t n = sizes[s];
        for (size_t i = 0; i < n; ++i) diagonal[i] = 2.0, off[i] = -1.0;
        assert_ok(qn_tridiagonal_lowest(n, diagonal, off, &lowest));
        assert_within(lowest, laplacian(n, 1), 1e-14);
        assert_ok(qn_tridiagonal_eigenvalues(n, diagonal, off));
        for (size_t k = 0; k < n; ++k) assert_within(diagonal[k], laplacian(n, k + 1), 1e-13);
    }
}

static void symmetric_matrices_have_orthonormal_eigenvectors(void **state)
{
    (void)state;
    enum { N = 30 };
    double matrix[N * N] = {0}, original[N * N], values[N];
    for (size_t i = 0; i < N; ++i) {
        matrix[i * N + i] = 2.0;
        if (i > 0) matrix[i * N + i - 1] = -1.0; // the lower triangle is enough
    }
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) original[i * N + j] = matrix[(i > j ? i : j) * N + (i > j ? j : i)];
    assert_ok(qn_symmetric_eigenvalues(N, matrix, true, values));
    for (size_t k = 0; k < N; ++k) {
        assert_within(values[k], laplacian(N, k + 1), 1e-14);
        double norm = 0.0;
        for (size_t i = 0; i < N; ++i) {
            double row = 0.0;
            for (size_t j = 0; j < N; ++j) row += original[i * N + j] * matrix[k * N + j];
            assert_within(row, values[k] * matrix[k * N + i], 1e-14);
            norm += matrix[k * N + i] * matrix[k * N + i];
        }
        assert_within(norm, 1.0, 1e-14);
    }
}

// A cyclic shift of n places has the n-th roots of one as eigenvalues.
static void general_matrices_have_complex_eigenvalues(void **state)
{
    (void)state;
    enum { N = 12 };
    double matrix[N * N] = {0};
    double complex values[N];
    for (size_t i = 0; i < N; ++i) matrix[i * N + (i + 1) % N] = 1.0;
    assert_ok(qn_general_eigenvalues(N, matrix, values));
    double sum = 0.0;
    for (size_t k = 0; k < N; ++k) {
        assert_within(cabs(values[k]), 1.0, 1e-14);
        assert_within(cabs(cpow(values[k], N) - 1.0), 0.0, 1e-12);
        sum += creal(values[k]);
        for (size_t l = 0; l < k; ++l) assert_true(cabs(values[k] - values[l]) > 0.5);
    }
    assert_within(sum, 0.0, 1e-13);
}

static void linear_systems_are_solved(void **state)
{
    (void)state;
    // Not symmetric, so that a forgotten transposition shows.
    double matrix[9] = {2, 1, 0, -1, 3, 4, 0, 5, -2};
    double b[6];
    const double x[6] = {1, 3, 2, 1, 3, -1};
    const double original[9] = {2, 1, 0, -1, 3, 4, 0, 5, -2};
    for (size_t i = 0; i < 3; ++i)
        for (size_t c = 0; c < 2; ++c) {
            b[i * 2 + c] = 0.0;
            for (size_t j = 0; j < 3; ++j) b[i * 2 + c] += original[i * 3 + j] * x[j * 2 + c];
        }
    assert_ok(qn_solve_linear(3, matrix, 2, b));
    for (size_t i = 0; i < 6; ++i) assert_within(b[i], x[i], 1e-14);
}

static void what_cannot_be_solved_is_refused(void **state)
{
    (void)state;
    double singular[4] = {1, 2, 2, 4}, b[2] = {1, 1}, lowest = 5.0;
    assert_fails(qn_solve_linear(2, singular, 1, b), QN_NO_SOLUTION, "singular");
    assert_fails(qn_solve_linear(0, singular, 1, b), QN_BAD_VALUE, "size 0");
    assert_fails(qn_tridiagonal_lowest(0, singular, b, &lowest), QN_BAD_VALUE, "size 0");
    assert_true(lowest == 5.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(laplacian_has_its_spectrum),
                                       cmocka_unit_test(symmetric_matrices_have_orthonormal_eigenvectors),
                                       cmocka_unit_test(general_matrices_have_complex_eigenvalues),
                                       cmocka_unit_test(linear_systems_are_solved),
                                       cmocka_unit_test(what_cannot_be_solved_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
