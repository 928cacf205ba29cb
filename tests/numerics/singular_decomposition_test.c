#include "testing.h"

#include "numerics/singular_decomposition.h"

enum { SIZE = 40, COLUMNS = 7 };

static void draw(uint64_t index, size_t count, double *values)
{
    qn_normal(&(qn_stream){5, QN_PURPOSE_TEST, index}, 0, count, values);
}

static double dot(size_t size, const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t i = 0; i < size; ++i) sum += x[i] * y[i];
    return sum;
}

// Column-major: entry (i, j) is at j size + i.
static void the_matrix_is_the_product_of_its_parts(void **state)
{
    (void)state;
    double matrix[SIZE * SIZE], kept[SIZE * SIZE], left[SIZE * SIZE], right[SIZE * SIZE], values[SIZE];
    draw(1, (size_t)SIZE * SIZE, matrix);
    memcpy(kept, matrix, sizeof matrix);
    assert_ok(qn_singular_decompose(SIZE, matrix, values, left, right));
    for (size_t a = 0; a < SIZE; ++a) {
        assert_true(a == 0 ? values[0] > 0.0 : values[a] <= values[a - 1]);
        for (size_t b = 0; b < SIZE; ++b) {
            assert_within(dot(SIZE, left + a * SIZE, left + b * SIZE), a == b, 1e-13);
            assert_within(dot(SIZE, right + a * SIZE, right + b * SIZE), a == b, 1e-13);
        }
    }
    for (size_t i = 0; i < SIZE; ++i)
        for (size_t j = 0; j < SIZE; ++j) {
            double sum = 0.0;
            for (size_t a = 0; a < SIZE; ++a) sum += values[a] * left[a * SIZE + i] * right[a * SIZE + j];
            assert_close(sum, kept[j * SIZE + i], 1e-12);
        }
    assert_fails(qn_singular_decompose(50000, matrix, values, left, right), QN_BAD_VALUE,
                 "size 50000; allowed: 1 to 23000");
}

static void a_basis_spans_its_vectors_in_order(void **state)
{
    (void)state;
    double vectors[COLUMNS * SIZE], kept[COLUMNS * SIZE], triangle[COLUMNS * COLUMNS];
    draw(2, (size_t)COLUMNS * SIZE, vectors);
    memcpy(kept, vectors, sizeof vectors);
    assert_ok(qn_orthonormal_basis(SIZE, COLUMNS, vectors, triangle));
    for (size_t a = 0; a < COLUMNS; ++a)
        for (size_t b = 0; b < COLUMNS; ++b) {
            assert_within(dot(SIZE, vectors + a * SIZE, vectors + b * SIZE), a == b, 1e-14);
            assert_close(triangle[b * COLUMNS + a], a <= b ? dot(SIZE, vectors + a * SIZE, kept + b * SIZE) : 0.0,
                         1e-13);
        }
    for (size_t b = 0; b < COLUMNS; ++b)
        for (size_t i = 0; i < SIZE; ++i) {
            double sum = 0.0;
            for (size_t a = 0; a <= b; ++a) sum += vectors[a * SIZE + i] * triangle[b * COLUMNS + a];
            assert_close(sum, kept[b * SIZE + i], 1e-13);
        }
    assert_ok(qn_orthonormal_basis(SIZE, COLUMNS, kept, NULL));
    assert_memory_equal(kept, vectors, sizeof vectors);
    assert_fails(qn_orthonormal_basis(3, 4, kept, NULL), QN_BAD_VALUE, "4 vectors of 3 entries");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matrix_is_the_product_of_its_parts),
        cmocka_unit_test(a_basis_spans_its_vectors_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
