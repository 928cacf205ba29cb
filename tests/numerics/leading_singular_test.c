#include "testing.h"

#include "numerics/leading_singular.h"

#include <stdlib.h>

enum { SIZE = 6000, COUNT = 12 }; // more than one slab of the basis

// J moves entry i, times its value, to entry (i + 1) mod SIZE: singular values are the sizes of the values.
typedef struct {
    double value[SIZE];
    size_t products;
} shift;

static void product(bool transposed, size_t vectors, size_t stride, const double *in, double *out, const void *context)
{
    shift *of = (shift *)(uintptr_t)context;
    const size_t columns = (vectors + 15) / 16 * 16;
    ++of->products;
    for (size_t i = 0; i < SIZE; ++i) {
        const size_t next = (i + 1) % SIZE, to = transposed ? i : next, from = transposed ? next : i;
        for (size_t c = 0; c < columns; ++c) out[to * stride + c] = of->value[i] * in[from * stride + c];
    }
}

static shift of;
static double left[COUNT * SIZE], right[COUNT * SIZE], values[COUNT], residuals[COUNT];

static qn_leading_problem problem(void)
{
    return (qn_leading_problem){.of = {SIZE, product, &of},
                                .count = COUNT,
                                .tolerance = 1e-10,
                                .most_steps = 500,
                                .start = {1, QN_PURPOSE_TEST, 0}};
}

// Values 1/(k + 1), signs alternating, at scattered places.
static size_t place(size_t k) { return (k * 1201 + 17) % SIZE; }

static void known_triplets_are_found(void **state)
{
    (void)state;
    for (size_t k = 0; k < SIZE; ++k) of.value[place(k)] = (k % 2 ? -1.0 : 1.0) / (double)(k + 1);
    const qn_leading_problem posed = problem();
    size_t steps;
    assert_ok(qn_leading_singular(&posed, NULL, values, left, right, &steps));
    assert_true(steps > 0 && 2 * steps <= of.products);
    assert_ok(qn_singular_residuals(&posed.of, true, COUNT, values, left, right, residuals));
    for (size_t k = 0; k < COUNT; ++k) {
        assert_close(values[k] * (double)(k + 1), 1.0, 1e-13);
        assert_true(residuals[k] < 1e-10);
        const double output = left[k * SIZE + (place(k) + 1) % SIZE], input = right[k * SIZE + place(k)];
        assert_close(output * input, k % 2 ? -1.0 : 1.0, 1e-12);
    }
}

// The basis is worked on in slabs, whose sums must not depend on who made them.
static void threads_change_no_bit(void **state)
{
    (void)state;
    static double left_of_three[COUNT * SIZE], right_of_three[COUNT * SIZE];
    const qn_leading_problem posed = problem();
    size_t steps;
    qn_set_threads(1);
    assert_ok(qn_leading_singular(&posed, NULL, values, left, right, &steps));
    qn_set_threads(3);
    assert_ok(qn_leading_singular(&posed, NULL, values, left_of_three, right_of_three, &steps));
    qn_set_threads(0);
    assert_memory_equal(left, left_of_three, sizeof left);
    assert_memory_equal(right, right_of_three, sizeof right);
}

// What is wrong in a vector is seen on the side where it is wrong.
static void residuals_see_either_side(void **state)
{
    (void)state;
    const qn_leading_problem posed = problem();
    right[2 * SIZE] += 1e-3;
    assert_ok(qn_singular_residuals(&posed.of, false, COUNT, values, left, right, residuals));
    assert_close(residuals[2] / (1e-3 * values[2]), 1.0, 1e-6);
    right[2 * SIZE + place(0)] += 1e-2;
    assert_ok(qn_singular_residuals(&posed.of, true, COUNT, values, left, right, residuals));
    assert_close(residuals[2] / 1e-2, 1.0, 0.01); // J enlarges it by 1, the largest value
    assert_true(residuals[1] < 1e-10 && residuals[3] < 1e-10);
}

static double last_fraction;

static bool watch(const qn_progress_report *report, void *context)
{
    (void)context;
    assert_true(report->fraction >= last_fraction && report->fraction <= 1.0);
    last_fraction = report->fraction;
    return true;
}

// Values so close that they cannot be told apart within few steps.
static void what_does_not_converge_says_how_far_it_came(void **state)
{
    (void)state;
    for (size_t k = 0; k < SIZE; ++k) of.value[place(k)] = 1.0 + 1e-3 * (double)k / SIZE;
    qn_leading_problem posed = problem();
    posed.most_steps = 30;
    size_t steps;
    values[0] = -7.0;
    assert_fails(qn_leading_singular(&posed, &(qn_progress){watch, NULL}, values, left, right, &steps),
                 QN_NOT_CONVERGED, "12 leading singular vectors: residual ");
    assert_true(values[0] == -7.0);
    posed.count = qn_leading_singular_most(SIZE) + 1;
    assert_fails(qn_leading_singular(&posed, NULL, values, left, right, &steps), QN_BAD_VALUE, "of size 6000; allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_triplets_are_found),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(residuals_see_either_side),
        cmocka_unit_test(what_does_not_converge_says_how_far_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
