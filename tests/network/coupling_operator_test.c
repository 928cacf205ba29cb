#include "testing.h"

#include "base/cpu.h"
#include "base/memory.h"

#include <stdlib.h>

typedef struct {
    size_t size, vectors, stride;
} shape;

static const shape SHAPES[] = {
    {1, 1, 16},    {2, 1, 16},    {5, 3, 16},    {11, 16, 16},   {12, 17, 32},  {13, 32, 48},
    {24, 33, 48},  {64, 64, 64},  {97, 48, 64},  {100, 8, 16},   {250, 32, 32}, {511, 16, 32},
    {512, 20, 32}, {513, 32, 32}, {1030, 5, 16}, {61, 300, 304},
};

static size_t bytes_of(qn_precision precision)
{
    return precision == QN_PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

static double get(qn_precision precision, const void *values, size_t place)
{
    return precision == QN_PRECISION_DOUBLE ? ((const double *)values)[place] : (double)((const float *)values)[place];
}

static void fill_with(qn_precision precision, void *values, size_t count, double scale)
{
    for (size_t i = 0; i < count; ++i) {
        const double value = scale * sin(0.1 + 1.7 * (double)i);
        if (precision == QN_PRECISION_DOUBLE)
            ((double *)values)[i] = value;
        else
            ((float *)values)[i] = (float)value;
    }
}

// Applies the product and compares every element with the plain double loop over qn_coupling_draw()'s matrix. The bound
// is a rigorous one for sums of `size` rounded terms: size times the unit roundoff times the sum of absolute values.
static void check_product(const qn_coupling *coupling, shape s, qn_precision precision)
{
    double *matrix = NULL;
    void *in = NULL, *out = NULL;
    const size_t bytes = bytes_of(precision), elements = s.size * s.stride, guard = 64;
    assert_ok(QN_NEW(&matrix, s.size * s.size, "matrix"));
    assert_ok(qn_allocate(elements, bytes, "in", &in));
    assert_ok(qn_allocate(elements + guard, bytes, "out", &out));
    assert_ok(qn_coupling_draw(coupling, s.size, 21, 4, matrix));
    fill_with(precision, in, elements, 1.0);
    fill_with(precision, out, elements + guard, 1e6);
    void *before = malloc((elements + guard) * bytes);
    memcpy(before, out, (elements + guard) * bytes);

    qn_coupling_operator *product = NULL;
    assert_ok(qn_coupling_operator_create(coupling, s.size, 21, 4, precision, &product));
    qn_coupling_operator_apply(product, s.vectors, s.stride, in, out);
    const double roundoff = precision == QN_PRECISION_DOUBLE ? 0x1p-53 : 0x1p-24;
    for (size_t i = 0; i < s.size; ++i)
        for (size_t r = 0; r < s.vectors; ++r) {
            double sum = 0, magnitude = 0;
            for (size_t j = 0; j < s.size; ++j) {
                const double term = matrix[i * s.size + j] * get(precision, in, j * s.stride + r);
                sum += term;
                magnitude += fabs(term);
            }
            assert_within(get(precision, out, i * s.stride + r), sum,
                          ((double)s.size + 4) * roundoff * magnitude + 1e-300);
        }
    // Nothing past the last row, and no column past the vectors rounded up to 16.
    assert_memory_equal((char *)out + elements * bytes, (char *)before + elements * bytes, guard * bytes);
    const size_t columns = (s.vectors + 15) / 16 * 16;
    for (size_t i = 0; i < s.size && columns < s.stride; ++i) {
        const size_t place = (i * s.stride + columns) * bytes;
        assert_memory_equal((char *)out + place, (char *)before + place, (s.stride - columns) * bytes);
    }
    qn_coupling_operator_destroy(product);
    qn_release(matrix);
    qn_release(in);
    qn_release(out);
    free(before);
}

static void check_everywhere(const qn_coupling *coupling, shape s)
{
    check_product(coupling, s, QN_PRECISION_SINGLE);
    check_product(coupling, s, QN_PRECISION_DOUBLE);
}

static void iid_product_is_the_plain_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; ++i)
        check_everywhere(&(qn_coupling){.strength = 1.3, .mean = 0.4}, SHAPES[i]);
}

static void given_product_is_the_plain_loop(void **state)
{
    (void)state;
    for (size_t i = 1; i < sizeof SHAPES / sizeof *SHAPES; ++i) {
        const size_t size = SHAPES[i].size;
        double *values = malloc(size * size * sizeof *values);
        fill_with(QN_PRECISION_DOUBLE, values, size * size, 2.0);
        const qn_matrix matrix = {.rows = size, .columns = size, .values = values};
        check_everywhere(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &matrix}, SHAPES[i]);
        check_everywhere(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &matrix, .strength = 0.7}, SHAPES[i]);
        free(values);
    }
}

// Row i holds every (2 + i % 7)-th column, so that rows differ in length and some are empty.
static qn_matrix sparse_matrix(size_t size, size_t spacing)
{
    qn_matrix matrix = {.rows = size, .columns = size, .sparse = true};
    matrix.values = malloc(size * size * sizeof *matrix.values);
    matrix.column = malloc(size * size * sizeof *matrix.column);
    matrix.row_start = calloc(size + 1, sizeof *matrix.row_start);
    for (size_t i = 0; i < size; ++i) {
        for (size_t j = i % 3; j < size && i % 5 != 4; j += spacing + i % 7) {
            matrix.values[matrix.entries] = cos((double)(i * size + j));
            matrix.column[matrix.entries++] = (uint32_t)j;
        }
        matrix.row_start[i + 1] = matrix.entries;
    }
    return matrix;
}

static void free_matrix(qn_matrix *matrix)
{
    free(matrix->values);
    free(matrix->column);
    free(matrix->row_start);
}

static void sparse_product_is_the_plain_loop(void **state)
{
    (void)state;
    for (size_t i = 2; i < sizeof SHAPES / sizeof *SHAPES; ++i)
        for (size_t spacing = 1; spacing <= 4; spacing += 3) {
            qn_matrix matrix = sparse_matrix(SHAPES[i].size, spacing);
            check_everywhere(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &matrix}, SHAPES[i]);
            check_everywhere(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &matrix, .strength = 0.7}, SHAPES[i]);
            free_matrix(&matrix);
        }
}

static void check_threads(const qn_coupling *coupling, size_t size, qn_precision precision)
{
    enum { VECTORS = 48 };
    const size_t bytes = size * VECTORS * bytes_of(precision);
    void *in = NULL, *out[3] = {NULL};
    assert_ok(qn_allocate(bytes, 1, "in", &in));
    fill_with(precision, in, size * VECTORS, 1.0);
    for (int threads = 1; threads <= 3; ++threads) {
        qn_coupling_operator *product = NULL;
        assert_ok(qn_allocate(bytes, 1, "out", &out[threads - 1]));
        qn_set_threads(threads);
        assert_ok(qn_coupling_operator_create(coupling, size, 1, 2, precision, &product));
        qn_coupling_operator_apply(product, VECTORS, VECTORS, in, out[threads - 1]);
        qn_set_threads(0);
        qn_coupling_operator_destroy(product);
        assert_memory_equal(out[threads - 1], out[0], bytes);
    }
    qn_release(in);
    for (int i = 0; i < 3; ++i) qn_release(out[i]);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    for (qn_precision precision = QN_PRECISION_SINGLE; precision <= QN_PRECISION_DOUBLE; ++precision) {
        check_threads(&(qn_coupling){.strength = 1.3, .mean = 2.0}, 1013, precision);
        qn_matrix matrix = sparse_matrix(1013, 5);
        check_threads(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &matrix, .strength = 2.0}, 1013, precision);
        free_matrix(&matrix);
    }
}

static void memory_is_one_copy(void **state)
{
    (void)state;
    qn_coupling_operator *product = NULL;
    assert_ok(qn_coupling_operator_create(&(qn_coupling){.strength = 1}, 1000, 1, 1, QN_PRECISION_SINGLE, &product));
    assert_true(qn_coupling_operator_bytes(product) >= 4000000);
    assert_true(qn_coupling_operator_bytes(product) <= 4100000);
    qn_coupling_operator_destroy(product);
    qn_matrix matrix = sparse_matrix(1000, 20);
    const qn_coupling given = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix};
    assert_ok(qn_coupling_operator_create(&given, 1000, 1, 1, QN_PRECISION_SINGLE, &product));
    assert_true(qn_coupling_operator_bytes(product) <= 8 * matrix.entries + 10000);
    qn_coupling_operator_destroy(product);
    free_matrix(&matrix);
    qn_coupling_operator_destroy(NULL);
}

static void what_cannot_be_made_is_refused(void **state)
{
    (void)state;
    int here;
    qn_coupling_operator *product = (void *)&here;
    assert_fails(qn_coupling_operator_create(&(qn_coupling){.strength = 0}, 10, 1, 1, QN_PRECISION_SINGLE, &product),
                 QN_BAD_VALUE, "network.coupling.strength is 0");
    assert_fails(qn_coupling_operator_create(&(qn_coupling){.strength = 1}, 10, 1, 1, (qn_precision)9, &product),
                 QN_BAD_VALUE, "precision is 9");
    assert_fails(
        qn_coupling_operator_create(&(qn_coupling){.strength = 1}, 100000000, 1, 1, QN_PRECISION_SINGLE, &product),
        QN_NO_MEMORY, "coupling matrix needs 40.0 PB");
    assert_ptr_equal(product, &here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iid_product_is_the_plain_loop),
        cmocka_unit_test(given_product_is_the_plain_loop),
        cmocka_unit_test(sparse_product_is_the_plain_loop),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(memory_is_one_copy),
        cmocka_unit_test(what_cannot_be_made_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
