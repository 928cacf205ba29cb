// J of few modes is applied through its factors: the product of the matrix that is drawn, to rounding.
#include "testing.h"

#include "base/memory.h"
#include "network/coupling_modes.h"
#include "network/coupling_operator.h"

#include <stdlib.h>

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

static size_t bytes_of(qn_precision precision)
{
    return precision == QN_PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

// Every element against the plain double loop over the drawn matrix. The bound is a rigorous one: N + M + 4 roundings
// of the sum over modes of |L_ia| sum_j |R_ja| |x_j|.
static void check_product(const qn_coupling *coupling, size_t size, size_t vectors, size_t stride,
                          qn_precision precision)
{
    const size_t elements = size * stride, guard = 64, bytes = bytes_of(precision);
    double *matrix = NULL;
    void *in = NULL, *out = NULL;
    assert_ok(QN_NEW(&matrix, size * size, "matrix"));
    assert_ok(qn_allocate(elements, bytes, "in", &in));
    assert_ok(qn_allocate(elements + guard, bytes, "out", &out));
    assert_ok(qn_coupling_draw(coupling, size, 3, 7, matrix));
    fill_with(precision, in, elements, 1.0);
    fill_with(precision, out, elements + guard, 1e6);
    void *before = malloc((elements + guard) * bytes);
    assert_non_null(before);
    memcpy(before, out, (elements + guard) * bytes);

    qn_coupling_operator *product = NULL;
    assert_ok(qn_coupling_operator_create(coupling, size, 3, 7, precision, &product));
    qn_coupling_operator_apply(product, vectors, stride, in, out);
    qn_coupling_factors f;
    assert_ok(qn_coupling_factors_draw(coupling, size, 3, 7, &f));
    assert_int_equal(f.modes, qn_coupling_thin_modes(coupling, size));
    double *through = calloc(f.modes, sizeof *through);
    assert_non_null(through);
    const double roundoff = precision == QN_PRECISION_DOUBLE ? 0x1p-53 : 0x1p-24;
    for (size_t r = 0; r < vectors; r += 1 + vectors / 5) {
        for (size_t a = 0; a < f.modes; ++a) {
            through[a] = 0;
            for (size_t j = 0; j < size; ++j)
                through[a] += fabs(f.right[a * size + j] * get(precision, in, j * stride + r));
        }
        for (size_t i = 0; i < size; ++i) {
            double sum = 0, magnitude = 0;
            for (size_t j = 0; j < size; ++j) sum += matrix[i * size + j] * get(precision, in, j * stride + r);
            for (size_t a = 0; a < f.modes; ++a) magnitude += fabs(f.left[a * size + i]) * through[a];
            assert_within(get(precision, out, i * stride + r), sum,
                          (double)(size + f.modes + 4) * roundoff * magnitude);
        }
    }
    // Nothing past the last row, and no column past the vectors rounded up to 16.
    assert_memory_equal((char *)out + elements * bytes, (char *)before + elements * bytes, guard * bytes);
    const size_t columns = (vectors + 15) / 16 * 16;
    for (size_t i = 0; i < size && columns < stride; ++i) {
        const size_t place = (i * stride + columns) * bytes;
        assert_memory_equal((char *)out + place, (char *)before + place, (stride - columns) * bytes);
    }
    qn_coupling_factors_clear(&f);
    qn_coupling_operator_destroy(product);
    qn_release(matrix), qn_release(in), qn_release(out);
    free(before), free(through);
}

static qn_coupling coupling_of(qn_coupling_kind kind, double effective_rank)
{
    return (qn_coupling){.kind = kind,
                         .strength = 1.7,
                         .spectrum = {.kind = QN_SPECTRUM_FLAT, .effective_rank = effective_rank},
                         .overlap = kind == QN_COUPLING_OVERLAPPING ? -0.6 : 0.0};
}

static const qn_coupling_kind KINDS[] = {QN_COUPLING_RANDOM_MODE, QN_COUPLING_ORTHOGONAL_MODE, QN_COUPLING_OVERLAPPING};

// Fewer modes than a panel is high, several panels, and more than one band of modes; few vectors, and more than fit
// into the room between the factors.
static void the_product_is_the_plain_loop(void **state)
{
    (void)state;
    const struct {
        size_t size;
        double effective_rank;
        size_t vectors, stride;
    } shapes[] = {
        {9, 0.12, 1, 16}, {61, 0.3, 17, 48}, {130, 0.49, 100, 112}, {520, 0.02, 33, 48}, {1300, 0.45, 32, 32}};
    for (size_t k = 0; k < 3; ++k)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; ++s) {
            if (shapes[s].size > 1000 && k > 0) continue; // time
            const qn_coupling coupling = coupling_of(KINDS[k], shapes[s].effective_rank);
            check_product(&coupling, shapes[s].size, shapes[s].vectors, shapes[s].stride, QN_PRECISION_SINGLE);
            check_product(&coupling, shapes[s].size, shapes[s].vectors, shapes[s].stride, QN_PRECISION_DOUBLE);
        }
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    enum { SIZE = 1211, VECTORS = 80 };
    for (qn_precision precision = QN_PRECISION_SINGLE; precision <= QN_PRECISION_DOUBLE; ++precision) {
        const qn_coupling coupling = coupling_of(QN_COUPLING_RANDOM_MODE, 0.44); // 533 modes: two bands
        const size_t bytes = (size_t)SIZE * VECTORS * bytes_of(precision);
        void *in = NULL, *out[3] = {NULL};
        assert_ok(qn_allocate(bytes, 1, "in", &in));
        fill_with(precision, in, (size_t)SIZE * VECTORS, 1.0);
        for (int threads = 1; threads <= 3; ++threads) {
            qn_coupling_operator *product = NULL;
            assert_ok(qn_allocate(bytes, 1, "out", &out[threads - 1]));
            qn_set_threads(threads);
            assert_ok(qn_coupling_operator_create(&coupling, SIZE, 1, 2, precision, &product));
            qn_coupling_operator_apply(product, VECTORS, VECTORS, in, out[threads - 1]);
            qn_set_threads(0);
            qn_coupling_operator_destroy(product);
            assert_memory_equal(out[threads - 1], out[0], bytes);
        }
        qn_release(in);
        for (int i = 0; i < 3; ++i) qn_release(out[i]);
    }
}

// The matrix would be 160 GB; the factors are 16 MB each, in double while they are drawn.
static void j_is_never_formed(void **state)
{
    (void)state;
    const size_t size = 200000;
    const qn_coupling coupling = {.kind = QN_COUPLING_RANDOM_MODE,
                                  .strength = 2,
                                  .spectrum = {.kind = QN_SPECTRUM_POWER_LAW, .exponent = 0.5, .modes = 1e-4}};
    qn_memory_plan plan = {0};
    qn_coupling_operator_plan(&coupling, size, QN_PRECISION_SINGLE, &plan);
    assert_true(plan.bytes < 1.2 * 20 * (double)size * (16 + 8));
    qn_coupling_operator *product = NULL;
    assert_ok(qn_coupling_operator_create(&coupling, size, 1, 1, QN_PRECISION_SINGLE, &product));
    assert_true((double)qn_coupling_operator_bytes(product) < 1.2 * 20 * (double)size * 8);
    qn_coupling_operator_destroy(product);
}

static void many_modes_are_formed(void **state)
{
    (void)state;
    qn_coupling coupling = coupling_of(QN_COUPLING_RANDOM_MODE, 0.5);
    assert_int_equal(qn_coupling_thin_modes(&coupling, 200), 0);
    coupling = coupling_of(QN_COUPLING_RANDOM_MODE, 0.495);
    assert_int_equal(qn_coupling_thin_modes(&coupling, 200), 99);
    assert_int_equal(qn_coupling_thin_modes(&(qn_coupling){.strength = 1}, 200), 0);
    qn_coupling_operator *product = NULL;
    coupling.spectrum.effective_rank = -1;
    assert_fails(qn_coupling_operator_create(&coupling, 200, 1, 1, QN_PRECISION_SINGLE, &product), QN_BAD_VALUE,
                 "effective_rank");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_is_the_plain_loop),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(j_is_never_formed),
        cmocka_unit_test(many_modes_are_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
