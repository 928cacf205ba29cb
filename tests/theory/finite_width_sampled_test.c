#include "testing.h"

static const qn_transfer ERF = {.kind = QN_TRANSFER_ERF}, RELU = {.kind = QN_TRANSFER_RELU},
                         TANH = {.kind = QN_TRANSFER_TANH};
static const double ONES[8] = {1, 1, 1, 1, 1, 1, 1, 1};
static const double PAIR8[16] = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1};
static const qn_wide_inputs ONE = {1, 8, 1, ONES}, TWO = {2, 8, 1, PAIR8};
enum { COUNT = 4 };
static const qn_wide_pair PAIRS[COUNT] = {{3, 3, 0, 0}, {3, 2, 0, 0}, {3, 1, 0, 0}, {2, 0, 0, 0}};

static qn_wide_network network(qn_wide_architecture architecture, qn_transfer activation, double strength, double bias)
{
    return (qn_wide_network){.architecture = architecture,
                             .activation = activation,
                             .depth = 3,
                             .input_strength = 1,
                             .strength = strength,
                             .bias = bias,
                             .width = 100};
}

// Two ways that share only the kernel and its derivatives: exact Gamma with its derivative, or one unit's path. The
// errors are those of 16 replicates: 5 of them for the some 70 comparisons.
static void compare(const qn_wide_network *net, const qn_wide_inputs *inputs, size_t count, const qn_wide_pair *pairs,
                    double largest_error)
{
    const qn_finite_width_options sampled = {.sampled = true, .points = 4096, .seed = 1};
    qn_finite_width exact, found;
    assert_ok(qn_finite_width_solve(net, inputs, count, pairs, NULL, &exact));
    assert_ok(qn_finite_width_solve(net, inputs, count, pairs, &sampled, &found));
    assert_true(found.sampled && !exact.sampled);
    for (size_t i = 0; i < count; ++i) {
        const double *error = found.shift_error;
        assert_within(found.shift[i], exact.shift[i], 5 * error[i] + 1e-12);
        assert_within(found.curvature[i], exact.curvature[i], 5 * error[count + i] + 1e-12);
        assert_within(found.response[i], exact.response[i], 5 * error[2 * count + i] + 1e-12);
        assert_true(error[i] < largest_error && error[count + i] < largest_error);
        assert_true(found.fluctuation_error[i * (count + 1)] < largest_error);
        for (size_t j = 0; j < count; ++j)
            assert_within(found.fluctuation[i * count + j], exact.fluctuation[i * count + j],
                          5 * found.fluctuation_error[i * count + j]);
    }
    qn_finite_width_clear(&exact);
    qn_finite_width_clear(&found);
}

static void agrees_with_exact_fourth_moments(void **state)
{
    (void)state;
    qn_wide_network net = network(QN_WIDE_RECURRENT, ERF, 1.5, 0.5);
    compare(&net, &ONE, COUNT, PAIRS, 2e-3);
    net.input_mode = QN_WIDE_INPUT_CONSTANT;
    net.depth = 4;
    const qn_wide_pair two[3] = {{4, 4, 0, 1}, {4, 3, 0, 1}, {2, 0, 1, 0}};
    compare(&net, &TWO, 3, two, 1e-2);
    net = network(QN_WIDE_RECURRENT, (qn_transfer){.kind = QN_TRANSFER_LINEAR}, 1.1, 0.3);
    compare(&net, &ONE, COUNT, PAIRS, 0.5);
    net = network(QN_WIDE_DEEP, RELU, sqrt(2), 0.2);
    const size_t widths[] = {40, 80, 160, 60};
    net.widths = widths;
    compare(&net, &TWO, 2, (qn_wide_pair[]){{3, 3, 0, 1}, {2, 2, 1, 1}}, 0.1);
}

typedef struct {
    double moment, fluctuation, shift, curvature, response;
} row;

// Sheet: V to 0.5 %, m to 2 % of its larger part, with digits as printed.
static void check(const qn_wide_network *net, size_t count, const row *rows)
{
    qn_finite_width found;
    assert_ok(qn_finite_width_solve(net, &ONE, count, PAIRS, &(qn_finite_width_options){.seed = 3}, &found));
    assert_true(found.sampled);
    for (size_t i = 0; i < count; ++i) {
        const double scale = fmax(fabs(rows[i].curvature), fabs(rows[i].response));
        assert_within(found.moment[i], rows[i].moment, 6e-7);
        assert_within(found.fluctuation[i * (count + 1)], rows[i].fluctuation, 0.005 * rows[i].fluctuation);
        assert_within(found.shift[i], rows[i].shift, 0.02 * scale + 6e-4);
        assert_within(found.curvature[i], rows[i].curvature, 0.02 * scale + 6e-4);
        assert_within(found.response[i], rows[i].response, 0.02 * scale + 6e-4);
        assert_true(found.shift_error[i] < 0.02 * scale);
    }
    qn_finite_width_clear(&found);
}

static void has_the_tables_values(void **state)
{
    (void)state;
    qn_wide_network net = network(QN_WIDE_RECURRENT, RELU, sqrt(2), 0.2);
    check(&net, 2, (row[]){{0.58, 9.013, 2.773, 0, 2.773}, {0.361253, 3.717, 1.953, -0.079, 2.031}});
    net = network(QN_WIDE_RECURRENT, TANH, 1.5, 0.3);
    check(&net, 3,
          (row[]){{0.388732, 0.1209, -0.040, -0.083, 0.043},
                  {0.083743, 0.3868, -0.003, 0.025, -0.028},
                  {0.060145, 0.2671, 0.604, 0.014, 0.590}});
    net.architecture = QN_WIDE_DEEP;
    check(&net, 1, (row[]){{0.388732, 0.1169, -0.083, -0.083, 0}});
}

static void same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    const qn_wide_network net = network(QN_WIDE_RECURRENT, TANH, 1.5, 0.3);
    const qn_finite_width_options options = {.points = 100, .replicates = 5};
    qn_finite_width one, three;
    qn_set_threads(1);
    assert_ok(qn_finite_width_solve(&net, &ONE, COUNT, PAIRS, &options, &one));
    qn_set_threads(3);
    assert_ok(qn_finite_width_solve(&net, &ONE, COUNT, PAIRS, &options, &three));
    qn_set_threads(0);
    assert_memory_equal(one.fluctuation, three.fluctuation, COUNT * COUNT * sizeof(double));
    assert_memory_equal(one.shift_error, three.shift_error, 3 * COUNT * sizeof(double));
    qn_finite_width_clear(&one);
    qn_finite_width_clear(&three);
}

static void says_what_it_cannot_do(void **state)
{
    (void)state;
    qn_finite_width found = {.count = 77};
    qn_wide_network net = network(QN_WIDE_RECURRENT, TANH, 1.5, 0.3);
    assert_fails(qn_finite_width_solve(&net, &ONE, 1, PAIRS, &(qn_finite_width_options){.replicates = 3}, &found),
                 QN_BAD_VALUE, "replicates is 3; allowed: 4 to 4096");
    assert_fails(
        qn_finite_width_solve(&net, &ONE, 1, PAIRS, &(qn_finite_width_options){.points = (size_t)1 << 25}, &found),
        QN_BAD_VALUE, "points is 33554432; allowed: at most 2^24");
    net.depth = 40;
    assert_fails(qn_finite_width_solve(&net, &ONE, 1, PAIRS, NULL, &found), QN_BAD_VALUE,
                 "41 (time, input) pairs; allowed for this activation: at most 40");
    net.depth = 3;
    net.activation = RELU;
    net.bias = 0.2;
    assert_fails(qn_finite_width_solve(&net, &(qn_wide_inputs){2, 4, 1, ONES}, 1, PAIRS, NULL, &found), QN_NO_SOLUTION,
                 "input 1 at a = 1 and input 0 at a = 1 has no second derivatives");
    assert_true(found.count == 77);
}

// More inputs than dimensions: the kernel of a = 0 is singular, which no response sees.
static void inputs_may_be_dependent(void **state)
{
    (void)state;
    const double values[] = {1, -0.6, 0.3};
    const qn_wide_inputs inputs = {3, 1, 1, values};
    qn_wide_network net = network(QN_WIDE_RECURRENT, ERF, 1.5, 0);
    net.depth = 2;
    compare(&net, &inputs, 3, (qn_wide_pair[]){{2, 2, 0, 1}, {2, 1, 1, 2}, {2, 0, 0, 0}}, 1e-2);
    const double opposite[] = {1, -1}; // singular at all times; phi is smooth
    compare(&net, &(qn_wide_inputs){2, 1, 1, opposite}, 3, (qn_wide_pair[]){{2, 2, 0, 1}, {2, 1, 1, 1}, {2, 0, 0, 0}},
            1e-2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_exact_fourth_moments),
        cmocka_unit_test(has_the_tables_values),
        cmocka_unit_test(same_bits_for_any_number_of_threads),
        cmocka_unit_test(says_what_it_cannot_do),
        cmocka_unit_test(inputs_may_be_dependent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
