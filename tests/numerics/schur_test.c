// Schur forms multiplied back, and triangular operations against plain sums.
#include "testing.h"

#include "numerics/schur.h"

#include <complex.h>
#include <stdlib.h>

enum { SIZE = 31 };

static void draw(size_t size, uint64_t index, double *matrix)
{
    qn_normal(&(qn_stream){.seed = 1, .purpose = QN_PURPOSE_TEST, .index = index}, 0, size * size, matrix);
}

// largest |(Q T Q^T) - A| over all entries, A row-major, Q and T column-major
static double defect(const qn_schur *schur, const double *matrix)
{
    const size_t n = schur->size;
    double worst = 0.0;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            double sum = 0.0;
            for (size_t k = 0; k < n; ++k)
                for (size_t l = 0; l < n; ++l)
                    sum += schur->vectors[k * n + i] * schur->form[l * n + k] * schur->vectors[l * n + j];
            worst = fmax(worst, fabs(sum - matrix[i * n + j]));
        }
    return worst;
}

static void form_multiplies_back(void **state)
{
    (void)state;
    double matrix[SIZE * SIZE];
    draw(SIZE, 0, matrix);
    qn_schur schur;
    assert_ok(qn_schur_create(SIZE, matrix, &schur));
    assert_within(defect(&schur, matrix), 0.0, 1e-12);
    double complex trace = 0.0;
    double diagonal = 0.0;
    for (size_t i = 0; i < SIZE; ++i) trace += schur.values[i], diagonal += matrix[i * SIZE + i];
    assert_within(creal(trace), diagonal, 1e-12);
    assert_within(cimag(trace), 0.0, 1e-12);
    qn_schur_clear(&schur);
    assert_fails(qn_schur_create(0, matrix, &schur), QN_BAD_VALUE, "size 0");
}

static void chosen_eigenvalues_come_first(void **state)
{
    (void)state;
    double matrix[SIZE * SIZE];
    draw(SIZE, 1, matrix);
    qn_schur schur;
    assert_ok(qn_schur_create(SIZE, matrix, &schur));
    int chosen[SIZE];
    size_t expected = 0, count = 0;
    for (size_t i = 0; i < SIZE; ++i) expected += (size_t)(chosen[i] = creal(schur.values[i]) > 1.0);
    assert_true(expected > 0 && expected < SIZE);
    assert_ok(qn_schur_move_first(&schur, chosen, &count));
    assert_int_equal(count, expected);
    for (size_t i = 0; i < SIZE; ++i) assert_true((creal(schur.values[i]) > 1.0) == (i < count));
    assert_within(defect(&schur, matrix), 0.0, 1e-12);
    qn_schur_clear(&schur);
}

// G T' G^* is T again, its diagonal are the eigenvalues, and G^* applied to the columns of 1 is G^*.
static void triangle_rotates_back(void **state)
{
    (void)state;
    double matrix[SIZE * SIZE];
    draw(SIZE, 2, matrix);
    qn_schur schur;
    assert_ok(qn_schur_create(SIZE, matrix, &schur));
    size_t from = 1;
    if (cimag(schur.values[0]) != 0.0) from = 2;
    const size_t m = SIZE - from;
    double complex triangle[SIZE * SIZE], identity[SIZE * SIZE] = {0};
    qn_schur_rotation rotation;
    assert_ok(qn_schur_triangular(&schur, from, triangle, &rotation));
    size_t pairs = 0;
    for (size_t j = 0; j < m; ++j) {
        assert_within(cabs(triangle[j * m + j] - schur.values[from + j]), 0.0, 1e-12);
        for (size_t i = j + 1; i < m; ++i) assert_true(triangle[j * m + i] == 0.0);
        pairs += rotation.second[j] != 0.0;
        identity[j * m + j] = 1.0;
    }
    assert_true(pairs > 3);
    qn_schur_rotate_vectors(&rotation, m, identity); // column j: G^* e_j
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < m; ++j) {
            double complex sum = 0.0; // (G T' G^*)_ij with G_ik = conj (G^*)_ki
            for (size_t k = 0; k < m; ++k)
                for (size_t l = k; l < m; ++l)
                    sum += conj(identity[i * m + k]) * triangle[l * m + k] * identity[j * m + l];
            assert_within(cabs(sum - schur.form[(from + j) * SIZE + from + i]), 0.0, 1e-12);
        }
    qn_schur_rotate_back(&rotation, triangle);
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < m; ++j)
            assert_within(cabs(triangle[j * m + i] - schur.form[(from + j) * SIZE + from + i]), 0.0, 1e-12);
    qn_schur_rotation_clear(&rotation);
    qn_schur_clear(&schur);
}

static void triangular_operations(void **state)
{
    (void)state;
    enum { M = 70 }; // more than two blocks
    double real[M * M], imaginary[M * M];
    draw(M, 3, real);
    draw(M, 4, imaginary);
    double complex w[M * M] = {0}, inverse[M * M], square[M * M];
    for (size_t j = 0; j < M; ++j)
        for (size_t i = 0; i <= j; ++i) w[j * M + i] = 0.2 * (real[j * M + i] + I * imaginary[j * M + i]) + (i == j);
    memcpy(inverse, w, sizeof w);
    assert_ok(qn_triangular_inverse(M, inverse));
    memcpy(square, inverse, sizeof w);
    qn_triangular_square(M, square);
    for (size_t i = 0; i < M; ++i)
        for (size_t j = 0; j < M; ++j) {
            double complex unity = 0.0, sum = 0.0;
            for (size_t k = 0; k < M; ++k) {
                unity += w[k * M + i] * inverse[j * M + k];
                sum += inverse[k * M + i] * conj(inverse[k * M + j]);
            }
            assert_within(cabs(unity - (i == j)), 0.0, 1e-12);
            assert_within(cabs(square[j * M + i] - sum), 0.0, 1e-12);
        }
    w[5 * M + 5] = 0.0;
    assert_fails(qn_triangular_inverse(M, w), QN_NO_SOLUTION, "element 6 is zero");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_multiplies_back), cmocka_unit_test(chosen_eigenvalues_come_first),
        cmocka_unit_test(triangle_rotates_back), cmocka_unit_test(triangular_operations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
