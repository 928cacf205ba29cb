#include "testing.h"

static const double ONES[8] = {1, 1, 1, 1, 1, 1, 1, 1};
static const double PAIR8[16] = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1};
static const qn_wide_inputs ONE = {1, 8, 1, ONES}, TWO = {2, 8, 1, PAIR8};

static qn_wide_network network(qn_wide_architecture architecture, size_t depth, double strength, double bias)
{
    return (qn_wide_network){.architecture = architecture,
                             .activation = {.kind = QN_TRANSFER_ERF},
                             .depth = depth,
                             .input_strength = 1,
                             .strength = strength,
                             .bias = bias,
                             .own_output = true,
                             .output_strength = 1,
                             .width = 100};
}

static void discrepancy_has_the_tables_values(void **state)
{
    (void)state;
    const struct {
        size_t depth;
        double strength, bias;
        qn_wide_architecture architecture;
        double moment, fluctuation, shift, discrepancy, kurtosis;
    } rows[] = {
        {5, 1.5, 0.0, QN_WIDE_DEEP, 0.3973853245, 0.13809713, -0.14530544, 2.81964114e-02, 2.623507},
        {5, 1.5, 0.0, QN_WIDE_RECURRENT, 0.3973853245, 0.13809713, -0.14530544, 2.81964114e-02, 2.623507},
        {5, 1.5, 0.5, QN_WIDE_DEEP, 0.4693664638, 0.13617220, -0.06081249, 8.48629362e-03, 1.854324},
        {5, 1.5, 0.5, QN_WIDE_RECURRENT, 0.4693664638, 0.16286814, 0.04547300, 3.97122211e-03, 2.217856},
        {10, 1.2, 0.3, QN_WIDE_DEEP, 0.2952604799, 0.10168909, -0.10368114, 3.82657326e-02, 3.499330},
        {10, 1.2, 0.3, QN_WIDE_RECURRENT, 0.2952604799, 0.19534134, 0.10898960, 3.21062393e-02, 6.722097},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        const qn_wide_network net = network(rows[i].architecture, rows[i].depth, rows[i].strength, rows[i].bias);
        qn_output_corrections found;
        double discrepancy, again;
        assert_ok(qn_output_corrections_solve(&net, &ONE, NULL, &found));
        assert_within(found.kernel[0], rows[i].moment, 6e-11);
        assert_within(found.fluctuation[0], rows[i].fluctuation, 6e-9);
        assert_within(found.shift[0], rows[i].shift, 1e-7); // the table's response is a difference of 1e-7
        assert_within(found.kurtosis[0], rows[i].kurtosis, 6e-7);
        assert_ok(qn_mmd_leading_order(&found, 0, &discrepancy));
        assert_close(discrepancy / rows[i].discrepancy, 1, 1e-5);
        // Equation (31) for one point.
        const double b = 1 / rows[i].moment, u = 3, m = found.shift[0], v = found.fluctuation[0];
        assert_ok(qn_mmd_leading_order(&found, found.kernel[0], &again));
        assert_close(again,
                     m * m * 0.75 * b * b * pow(u, -2.5) - m * v * 15 / 8 * pow(b, 3) * pow(u, -3.5) +
                         v * v * 105 / 64 * pow(b, 4) * pow(u, -4.5),
                     1e-9);
        qn_output_corrections_clear(&found);
    }
    const double pair[3] = {0.377450, 0.160567, 0.156144};
    for (int i = 0; i < 3; ++i) {
        const qn_wide_network net = network(i == 2 ? QN_WIDE_RECURRENT : QN_WIDE_DEEP, 5, 1.5, i > 0 ? 0.5 : 0);
        qn_output_corrections found;
        double discrepancy;
        assert_ok(qn_output_corrections_solve(&net, &TWO, NULL, &found));
        assert_ok(qn_mmd_leading_order(&found, 0, &discrepancy));
        assert_within(discrepancy, pair[i], 6e-7);
        qn_output_corrections_clear(&found);
    }
}

// D(S) = det(1 + S / l^2)^(-1/2) of two points, packed as in the corrections.
static double average_kernel(const double s[3], double l2)
{
    return 1 / sqrt((1 + s[0] / l2) * (1 + s[2] / l2) - s[1] * s[1] / (l2 * l2));
}

// (31) by differences: the operator m d + V d d / 2 twice.
static double operate(const qn_output_corrections *c, const double s[3], double l2, int times)
{
    if (times == 0) return average_kernel(s, l2);
    const double h = 0.02;
    double sum = 0, moved[3];
    for (int p = 0; p < 3; ++p)
        for (int q = 0; q < 3; ++q) {
            double second = 0;
            for (int corner = 0; corner < 4; ++corner) {
                const double up = corner & 1 ? h : -h, right = corner & 2 ? h : -h;
                memcpy(moved, s, sizeof moved);
                moved[p] += up, moved[q] += right;
                second += (up * right > 0 ? 1 : -1) * operate(c, moved, l2, times - 1);
                if (q == 0 && corner < 2) {
                    memcpy(moved, s, sizeof moved);
                    moved[p] += up;
                    sum += c->shift[p] * (up > 0 ? 1 : -1) * operate(c, moved, l2, times - 1) / (2 * h);
                }
            }
            sum += 0.5 * c->fluctuation[p * 3 + q] * second / (4 * h * h);
        }
    return sum;
}

static void discrepancy_is_that_of_derivatives(void **state)
{
    (void)state;
    double kernel[3] = {1.3, 0.4, 0.9}, shift[3] = {-0.3, 0.2, 0.5}, scaled[3];
    double fluctuation[9] = {1, 0.3, 0.2, 0.3, 0.6, -0.1, 0.2, -0.1, 0.8};
    const qn_output_corrections made = {
        .points = 2, .pairs = 3, .kernel = kernel, .shift = shift, .fluctuation = fluctuation};
    double discrepancy;
    for (int i = 0; i < 3; ++i) scaled[i] = 2 * kernel[i];
    assert_ok(qn_mmd_leading_order(&made, 1.7, &discrepancy));
    assert_close(operate(&made, scaled, 1.7, 2) / discrepancy, 1, 2e-3); // h^2 of the differences
}

// Cumulants (13) of one and of two neurons; several readouts of a recurrent network.
static void cumulants_are_sums_of_covariances(void **state)
{
    (void)state;
    const size_t readouts[] = {2, 4};
    qn_wide_network net = network(QN_WIDE_RECURRENT, 4, 1.5, 0.5);
    net.output_strength = 1.2;
    net.output_bias = 0.4;
    net.readouts = readouts;
    net.readout_count = 2;
    qn_output_corrections found;
    assert_ok(qn_output_corrections_solve(&net, &TWO, NULL, &found));
    assert_true(found.points == 4 && found.pairs == 10);
    // points 1 = (a 2, input 1), 2 = (a 4, input 0), 3 = (a 4, input 1)
    const qn_wide_pair pairs[] = {{4, 2, 0, 1}, {4, 4, 1, 1}, {4, 4, 0, 1}, {2, 4, 1, 1}};
    qn_finite_width moments;
    assert_ok(qn_finite_width_solve(&net, &TWO, 4, pairs, NULL, &moments));
    const double g4 = pow(1.2, 4), *v = moments.fluctuation;
    const size_t point[4] = {1, 2, 3, 3};
    assert_close(qn_output_cross_cumulant(&found, point), g4 * v[1], 1e-13);
    assert_close(qn_output_cumulant(&found, point), g4 * (v[1] + 2 * v[2 * 4 + 3]), 1e-13);
    assert_close(found.kernel[2 * 3 / 2 + 1], 0.16 + 1.44 * moments.moment[0], 1e-14);
    assert_close(found.shift[4], 1.44 * moments.shift[0], 1e-13);
    assert_close(found.kurtosis[3], 3 * g4 * v[5] / pow(0.16 + 1.44 * moments.moment[1], 2), 1e-13);
    qn_finite_width_clear(&moments);
    qn_output_corrections_clear(&found);

    net.architecture = QN_WIDE_DEEP;
    assert_fails(qn_output_corrections_solve(&net, &TWO, NULL, &found), QN_BAD_VALUE, "2 readouts");
}

static void warns_outside_its_regime(void **state)
{
    (void)state;
    const qn_wide_pair pair = {10, 10, 0, 0};
    qn_finite_width found;
    qn_wide_network net = network(QN_WIDE_RECURRENT, 10, 1.5, 0);
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, &pair, NULL, &found));
    assert_close(found.next_variance, 0.3, 1e-15);
    assert_true(found.outside);
    assert_non_null(
        strstr(found.warning, "at width 100: next order of V, A (A - 1) / (3 n) is 0.3, trusted up to 0.1"));
    qn_finite_width_clear(&found);

    net.architecture = QN_WIDE_DEEP;
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, &pair, NULL, &found));
    assert_true(!found.outside && found.warning[0] == 0);
    assert_close(found.relative_fluctuation, 0.13818 / 100 / pow(0.39687, 2), 1e-4);
    assert_close(found.relative_shift, 0.1528 / 100 / 0.39687, 1e-4);
    qn_finite_width_clear(&found);
    net.strength = 0.5; // the signal dies, relative fluctuations grow with depth
    net.width = 5;
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, &pair, NULL, &found));
    assert_true(found.outside);
    assert_non_null(strstr(found.warning, "fluctuation V / (n C^2)"));
    qn_finite_width_clear(&found);
    net.width = 0;
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, &pair, NULL, &found));
    assert_true(!found.outside && isinf(found.width) && found.fluctuation[0] > 0);
    qn_finite_width_clear(&found);
}

static void refuses_what_it_cannot_do(void **state)
{
    (void)state;
    qn_finite_width found = {.count = 77};
    qn_wide_network net = network(QN_WIDE_DEEP, 2, 1.5, 0);
    const qn_wide_pair crossed = {2, 1, 0, 0}, late = {3, 3, 0, 0}, other = {2, 2, 0, 2};
    assert_fails(qn_finite_width_solve(&net, &TWO, 1, &crossed, NULL, &found), QN_BAD_VALUE,
                 "pair 0 joins a = 2 and a = 1; layers of a deep network are independent");
    assert_fails(qn_finite_width_solve(&net, &TWO, 1, &late, NULL, &found), QN_BAD_VALUE, "pair 0 has a = 3");
    assert_fails(qn_finite_width_solve(&net, &TWO, 1, &other, NULL, &found), QN_BAD_VALUE, "pair 0 has input 2");
    assert_fails(qn_finite_width_solve(&net, &TWO, 0, NULL, NULL, &found), QN_BAD_VALUE, "no pairs");
    net.architecture = QN_WIDE_RECURRENT;
    net.depth = 30;
    assert_fails(qn_finite_width_solve(&net, &TWO, 1, &other, NULL, &found), QN_BAD_VALUE,
                 "2 inputs and depth 30 have 1953 pairs of (time, input) pairs; allowed: at most 1830");
    net.depth = 2;
    net.strength = -1;
    assert_fails(qn_finite_width_solve(&net, &TWO, 1, &other, NULL, &found), QN_BAD_VALUE, "strength");
    assert_true(found.count == 77);

    double one = 1, discrepancy = 77;
    const qn_output_corrections made = {.points = 1, .pairs = 1, .kernel = &one, .shift = &one, .fluctuation = &one};
    assert_fails(qn_mmd_leading_order(&made, -1, &discrepancy), QN_BAD_VALUE, "length_squared is -1");
    one = 0;
    assert_fails(qn_mmd_leading_order(&made, 0, &discrepancy), QN_BAD_VALUE, "all outputs vanish");
    assert_true(discrepancy == 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrepancy_has_the_tables_values), cmocka_unit_test(discrepancy_is_that_of_derivatives),
        cmocka_unit_test(cumulants_are_sums_of_covariances), cmocka_unit_test(warns_outside_its_regime),
        cmocka_unit_test(refuses_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
