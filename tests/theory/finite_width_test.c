#include "testing.h"

#include "theory/fourth_moment.h"

#include <stdlib.h>

enum { MAX_DEPTH = 8 };
static const qn_transfer ERF = {.kind = QN_TRANSFER_ERF}, RELU = {.kind = QN_TRANSFER_RELU},
                         LINEAR = {.kind = QN_TRANSFER_LINEAR};
static const double ONES[8] = {1, 1, 1, 1, 1, 1, 1, 1};
static const double PAIR8[16] = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1};
static const qn_wide_inputs ONE = {1, 8, 1, ONES}, TWO = {2, 8, 1, PAIR8};

// x^(a)_{alpha k} = cos(a (alpha + 1) + k)
static qn_wide_inputs sequence(size_t depth, double values[(MAX_DEPTH + 1) * 2 * 4])
{
    for (size_t a = 0; a <= depth; ++a)
        for (size_t i = 0; i < 2; ++i)
            for (size_t k = 0; k < 4; ++k) values[(a * 2 + i) * 4 + k] = cos((double)(a * (i + 1) + k));
    return (qn_wide_inputs){2, 4, depth + 1, values};
}

static qn_wide_network network(qn_wide_architecture architecture, size_t depth, double strength, double bias)
{
    return (qn_wide_network){.architecture = architecture,
                             .activation = ERF,
                             .depth = depth,
                             .input_strength = 1,
                             .strength = strength,
                             .bias = bias,
                             .width = 100};
}

typedef struct {
    qn_wide_pair pair;
    double moment, fluctuation, shift, curvature, response;
} row;

static void check_rows(const qn_wide_network *net, const qn_wide_inputs *inputs, size_t count, const row *rows,
                       double covariance_of_first)
{
    qn_wide_pair pairs[8];
    for (size_t i = 0; i < count; ++i) pairs[i] = rows[i].pair;
    qn_finite_width found;
    assert_ok(qn_finite_width_solve(net, inputs, count, pairs, NULL, &found));
    for (size_t i = 0; i < count; ++i) {
        assert_within(found.moment[i], rows[i].moment, 6e-9);
        assert_within(found.fluctuation[i * (count + 1)], rows[i].fluctuation, 6e-7);
        assert_within(found.shift[i], rows[i].shift, 6e-7);
        assert_within(found.curvature[i], rows[i].curvature, 6e-7);
        assert_within(found.response[i], rows[i].response, 6e-7);
        assert_true(found.fluctuation_error[i] == 0 && found.shift_error[i] == 0);
    }
    assert_within(found.fluctuation[1], covariance_of_first, 6e-7);
    assert_false(found.sampled);
    qn_finite_width_clear(&found);
}

static void has_the_tables_values(void **state)
{
    (void)state;
    const row r1[] = {{{5, 5, 0, 0}, 0.39738532, 0.138097, -0.145305, -0.145305, 0},
                      {{5, 5, 0, 1}, 0.14172433, 0.607271, 0.046691, 0.046691, 0},
                      {{5, 5, 1, 1}, 0.39738532, 0.138097, -0.145305, -0.145305, 0},
                      {{5, 4, 0, 0}, 0, 0.617112, 0, 0, 0},
                      {{5, 3, 0, 0}, 0, 0.525454, 1.352452, 0, 1.352452},
                      {{5, 4, 0, 1}, 0, 0.617112, 0, 0, 0}};
    qn_wide_network net = network(QN_WIDE_DEEP, 5, 1.5, 0);
    check_rows(&net, &TWO, 3, r1, 0.071702);
    net.architecture = QN_WIDE_RECURRENT; // odd, without bias: the same at equal times
    check_rows(&net, &TWO, 6, r1, 0.071702);

    const row r3[] = {{{5, 5, 0, 0}, 0.46936646, 0.136172, -0.060812, -0.060812, 0},
                      {{5, 5, 0, 1}, 0.34445368, 0.325288, 0.122275, 0.122275, 0},
                      {{5, 5, 1, 1}, 0.46936646, 0.136172, -0.060812, -0.060812, 0}};
    net = network(QN_WIDE_DEEP, 5, 1.5, 0.5);
    check_rows(&net, &TWO, 3, r3, 0.119670);
    const row r4[] = {{{5, 5, 0, 0}, 0.46936646, 0.162868, 0.045473, -0.068256, 0.113729},
                      {{5, 5, 0, 1}, 0.34445368, 0.466904, 0.156401, 0.093209, 0.063192},
                      {{5, 5, 1, 1}, 0.46936646, 0.162868, 0.045473, -0.068256, 0.113729},
                      {{5, 4, 0, 0}, 0.25793821, 0.675742, -0.091866, 0.111231, -0.203096},
                      {{5, 3, 0, 0}, 0.22885527, 0.564103, 0.810839, 0.086105, 0.724734},
                      {{5, 4, 0, 1}, 0.25793821, 0.628034, 0.040085, 0.098534, -0.058449}};
    net.architecture = QN_WIDE_RECURRENT;
    check_rows(&net, &TWO, 6, r4, 0.185148);

    const row r5[] = {{{4, 4, 0, 0}, 0.52083944, 0.148011, -0.294700, -0.034738, -0.259961},
                      {{4, 4, 0, 1}, -0.06839961, 0.335219, 0.145265, -0.076045, 0.221310},
                      {{4, 4, 1, 1}, 0.50859996, 0.141912, -0.246597, -0.037715, -0.208882},
                      {{4, 3, 0, 0}, 0.23979527, 0.210387, -0.152015, 0.021783, -0.173798},
                      {{4, 2, 0, 0}, -0.10070870, 0.284839, 0.472981, -0.015879, 0.488860},
                      {{4, 3, 0, 1}, 0.10208624, 0.319349, -0.284677, 0.006336, -0.291013}};
    double values[(MAX_DEPTH + 1) * 2 * 4];
    const qn_wide_inputs inputs = sequence(4, values);
    net = network(QN_WIDE_RECURRENT, 4, 1.5, 0.2);
    net.input_mode = QN_WIDE_INPUT_SEQUENCE;
    check_rows(&net, &inputs, 6, r5, -0.012489);

    const row r6[] = {{{8, 8, 0, 0}, 0.39691769, 0.138171, -0.152022, -0.152022, 0},
                      {{8, 8, 0, 1}, 0.11855039, 0.811767, 0.199389, 0.199389, 0},
                      {{8, 8, 1, 1}, 0.39691769, 0.138171, -0.152022, -0.152022, 0},
                      {{8, 7, 0, 0}, 0, 0.831466, 0, 0, 0},
                      {{8, 6, 0, 0}, 0, 0.768954, 2.152719, 0, 2.152719},
                      {{8, 7, 0, 1}, 0, 0.831466, 0, 0, 0}};
    net = network(QN_WIDE_RECURRENT, 8, 1.5, 0);
    check_rows(&net, &TWO, 6, r6, 0.061190);
}

// C^(a,0) depends on the variance at a, though K^(a,0) has no recurrent term: rows B1 and B2 tell.
static void keeps_what_exists_at_the_boundary(void **state)
{
    (void)state;
    const qn_wide_pair pairs[] = {{1, 0, 0, 0}, {2, 0, 0, 0}, {3, 2, 0, 0}, {3, 3, 0, 0}};
    const double b1[2][2] = {{0.258471, -0.019161}, {0.263660, 0.290088}};
    const double b2[4][2] = {{0.185670, -0.016657}, {0.200146, 0.217532}, {0.258764, -0.164198}, {0.151702, -0.052511}};
    qn_wide_network net = network(QN_WIDE_RECURRENT, 3, 1.5, 1);
    qn_finite_width found;
    assert_ok(qn_finite_width_solve(&net, &ONE, 2, pairs, NULL, &found));
    for (size_t i = 0; i < 2; ++i) {
        assert_within(found.fluctuation[3 * i], b1[i][0], 6e-7);
        assert_within(found.shift[i], b1[i][1], 6e-7);
    }
    qn_finite_width_clear(&found);

    net.bias = 0;
    net.input_strength = 1.5;
    net.input_mode = QN_WIDE_INPUT_CONSTANT;
    assert_ok(qn_finite_width_solve(&net, &ONE, 4, pairs, NULL, &found));
    for (size_t i = 0; i < 4; ++i) {
        assert_within(found.fluctuation[5 * i], b2[i][0], 6e-7);
        assert_within(found.shift[i], b2[i][1], 6e-7);
    }
    qn_finite_width_clear(&found);
}

static void relu_and_layers_of_their_own_width(void **state)
{
    (void)state;
    const qn_wide_pair pairs[] = {{3, 3, 0, 0}, {3, 3, 1, 0}, {3, 3, 1, 1}};
    qn_wide_network net = network(QN_WIDE_DEEP, 3, sqrt(2), 0.2);
    net.activation = RELU;
    qn_finite_width found;
    assert_ok(qn_finite_width_solve(&net, &TWO, 3, pairs, NULL, &found));
    assert_false(found.sampled);
    const double moment[] = {0.58, 0.46541089, 0.58}, shift[] = {0, -0.20601439, 0};
    const double v[9] = {6.06,       4.18778559, 3.32235701, 4.18778559, 3.87892926,
                         4.18778559, 3.32235701, 4.18778559, 6.06};
    for (size_t i = 0; i < 3; ++i) {
        assert_within(found.moment[i], moment[i], 6e-9);
        assert_within(found.shift[i], shift[i], 6e-9);
    }
    for (size_t i = 0; i < 9; ++i) assert_within(found.fluctuation[i], v[i], 6e-9);
    qn_finite_width_clear(&found);

    const size_t widths[] = {40, 80, 160, 60};
    net = network(QN_WIDE_DEEP, 3, 1.5, 0.3);
    net.widths = widths;
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, pairs, NULL, &found));
    assert_true(found.width == 40);
    assert_within(found.fluctuation[0] / 40, 2.0664e-3, 6e-8);
    qn_finite_width_clear(&found);
}

static double covariance_of(const qn_transfer *activation, const double kernel[4][4], const size_t index[4])
{
    qn_fourth_moment moment;
    double largest = 0, block[4][4];
    for (int i = 0; i < 4; ++i) largest = fmax(largest, kernel[i][i]);
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) block[i][j] = kernel[index[i]][index[j]];
    assert_ok(qn_fourth_moment_prepare(activation, largest, &moment));
    return qn_fourth_covariance(&moment, index, block);
}

static const double KERNEL[4][4] = {{1, .3, .2, -.1}, {.3, .8, .25, .4}, {.2, .25, 1.2, .5}, {-.1, .4, .5, .9}};

static void fourth_moments_have_the_tables_values(void **state)
{
    (void)state;
    const size_t index[5][4] = {{0, 1, 2, 3}, {0, 0, 0, 0}, {0, 1, 0, 1}, {0, 0, 1, 1}, {0, 2, 1, 3}};
    const double kap[] = {0.007800954008, 0.111470378288, 0.150048867236, 0.008421214295, 0.019147343019};
    const double one[] = {0.009501598344, 0.120821619824, 0.185547051491, 0.008504315421, 0.023145376080};
    const qn_transfer plain = {.kind = QN_TRANSFER_ERF, .gain = 2 / sqrt(M_PI)};
    for (int i = 0; i < 5; ++i) {
        assert_within(covariance_of(&ERF, KERNEL, index[i]), kap[i], 1e-12);
        assert_within(covariance_of(&plain, KERNEL, index[i]), one[i], 1e-12);
    }
    const double q[] = {1, 6.6, 30, 100, 1000};
    const double variance[] = {0.111470378288, 0.120160279655, 0.074762142291, 0.045224201517, 0.015427095394};
    for (int i = 0; i < 5; ++i) {
        double same[4][4];
        for (int j = 0; j < 16; ++j) same[j / 4][j % 4] = q[i];
        assert_within(covariance_of(&ERF, same, index[1]), variance[i], 1e-10);
    }
    double relu[4][4] = {{1, .35}, {.35, 1}};
    const double product = 0.5 / M_PI * (sqrt(1 - .35 * .35) + .35 * (M_PI - acos(.35)));
    assert_within(covariance_of(&RELU, relu, (size_t[]){0, 0, 0, 1}) + product / 2, 0.6386946816795, 1e-12);
    assert_within(covariance_of(&RELU, relu, (size_t[]){0, 0, 1, 1}) + 0.25, 0.5386447271862, 1e-12);
    assert_within(covariance_of(&RELU, relu, (size_t[]){0, 1, 1, 0}) + product * product, 0.5386447271862, 1e-12);
    assert_within(covariance_of(&LINEAR, KERNEL, index[0]), .2 * .4 - .1 * .25, 1e-15);
}

// Trapezoidal rule over two normals, of spectral accuracy for smooth functions of them.
static double by_quadrature(const double kernel[4][4], double gain)
{
    enum { NODES = 120 };
    double fourth = 0, product = 0;
    const double l = sqrt(kernel[0][0]), cross = kernel[0][1] / l, rest = sqrt(kernel[1][1] - cross * cross);
    for (int i = 0; i < NODES; ++i)
        for (int j = 0; j < NODES; ++j) {
            const double x = -8.6 + 17.2 * (i + 0.5) / NODES, y = -8.6 + 17.2 * (j + 0.5) / NODES;
            const double weight = exp(-(x * x + y * y) / 2) / (2 * M_PI) * pow(17.2 / NODES, 2);
            const double one = erf(sqrt(M_PI) / 2 * gain * l * x),
                         two = erf(sqrt(M_PI) / 2 * gain * (cross * x + rest * y));
            fourth += weight * one * two * one * two;
            product += weight * one * two;
        }
    return fourth - product * product;
}

static void fourth_moments_agree_with_quadrature(void **state)
{
    (void)state;
    for (double gain = 0.3; gain < 2; gain += 0.4)
        for (double rho = -0.95; rho < 1; rho += 0.38) {
            const double kernel[4][4] = {{1.3, rho}, {rho, 0.8}};
            const qn_transfer activation = {.kind = QN_TRANSFER_ERF, .gain = gain};
            assert_within(covariance_of(&activation, kernel, (size_t[]){0, 1, 1, 0}), by_quadrature(kernel, gain),
                          1e-12);
        }
}

// Analytic derivative of (19) against a difference: Richardson's removes the error of the step at its second order.
static void fourth_moment_derivative_is_that_of_the_moment(void **state)
{
    (void)state;
    const size_t indices[3][4] = {{0, 1, 2, 3}, {0, 0, 1, 1}, {2, 2, 2, 2}};
    for (int sample = 0; sample < 6; ++sample) {
        const qn_transfer activation = sample % 2 ? LINEAR : ERF;
        const size_t *index = indices[sample / 2];
        double kernel[4][4], change[4][4], moved[4][4], difference = 0;
        for (int i = 0; i < 4; ++i)
            for (int j = 0; j < 4; ++j) {
                kernel[i][j] = KERNEL[index[i]][index[j]];
                change[i][j] = cos(1.0 + (double)(index[i] + index[j]) + (double)(index[i] * index[j]));
            }
        qn_fourth_moment moment;
        assert_ok(qn_fourth_moment_prepare(&activation, 2, &moment));
        const double steps[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
        for (int k = 0; k < 4; ++k) {
            for (int i = 0; i < 16; ++i)
                moved[i / 4][i % 4] = kernel[i / 4][i % 4] + 1e-3 * steps[k] * change[i / 4][i % 4];
            difference += weights[k] * qn_fourth_covariance(&moment, index, moved) / 12e-3;
        }
        assert_within(qn_fourth_derivative(&moment, kernel, change), difference, 1e-10);
    }
}

// Linear networks, Wick counting: V = 2 (A + 1), <C^(a,a)> without 1/n, <C^(a,b)> of the recurrent one (a - b even)
// from the polynomials of 10.5, with C^(0,0) itself averaging to 1.
static void linear_networks_obey_wick(void **state)
{
    (void)state;
    qn_wide_network net = network(QN_WIDE_RECURRENT, 5, 1, 0);
    net.activation = LINEAR;
    const qn_wide_pair pairs[] = {{5, 5, 0, 0}, {2, 0, 0, 0}, {3, 1, 0, 0}, {4, 0, 0, 0},
                                  {4, 2, 0, 0}, {5, 3, 0, 0}, {4, 3, 0, 0}, {3, 3, 0, 0}};
    const double shift[] = {0, 1, 2, 1, 3, 4, 0, 0};
    qn_finite_width found;
    assert_ok(qn_finite_width_solve(&net, &ONE, 8, pairs, NULL, &found));
    for (int i = 0; i < 8; ++i) assert_within(found.shift[i], shift[i], 1e-13);
    assert_within(found.fluctuation[0], 12, 1e-13);
    assert_within(found.fluctuation[63], 8, 1e-13);
    assert_close(found.next_variance, 20.0 / 300, 1e-15);
    assert_close(found.next_mean, 62e-4, 1e-15);
    qn_finite_width_clear(&found);
    net.architecture = QN_WIDE_DEEP;
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, pairs, NULL, &found));
    assert_within(found.fluctuation[0], 12, 1e-13);
    assert_true(found.shift[0] == 0 && found.next_variance == 0);
    qn_finite_width_clear(&found);
    assert_true(qn_recurrent_mean_growth(0) == 0 && qn_recurrent_mean_growth(9) == 500);
    assert_true(qn_recurrent_mean_growth(20) == 9260);
}

static double squared_erf_variance(double q)
{
    double same[4][4];
    for (int j = 0; j < 16; ++j) same[j / 4][j % 4] = q;
    return covariance_of(&ERF, same, (size_t[4]){0});
}

// One input: V_a = Var(phi^2) + (g^2 E')^2 V_{a-1}, m_a = g^2 E' m_{a-1} + g^4 E'' V_{a-1} / 2, with (5e); strengths
// and biases differ by layer.
static void one_input_obeys_the_scalar_recursion(void **state)
{
    (void)state;
    const double strengths[] = {1.2, 0.7, 2}, biases[] = {0.1, 0.4, 0, 0.3};
    qn_wide_network net = network(QN_WIDE_DEEP, 3, 1, 0);
    net.strengths = strengths;
    net.biases = biases;
    double q = 1 + biases[0] * biases[0], v = squared_erf_variance(q), m = 0;
    for (int a = 1; a <= 3; ++a) {
        const double k2 = M_PI / 2, weight = strengths[a - 1] * strengths[a - 1];
        q = biases[a] * biases[a] + weight * 2 / M_PI * asin(k2 * q / (1 + k2 * q));
        const double slope = weight * 2 * k2 / M_PI / ((1 + k2 * q) * sqrt(1 + 2 * k2 * q));
        const double bend = -weight * weight * 2 * k2 * k2 / M_PI / ((1 + k2 * q) * sqrt(1 + 2 * k2 * q)) *
                            (1 / (1 + k2 * q) + 1 / (1 + 2 * k2 * q));
        m = slope * m + 0.5 * bend * v;
        v = squared_erf_variance(q) + slope * slope * v;
    }
    const qn_wide_pair pair = {3, 3, 0, 0};
    qn_finite_width found;
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, &pair, NULL, &found));
    assert_within(found.fluctuation[0], v, 1e-13);
    assert_within(found.shift[0], m, 1e-13);
    qn_finite_width_clear(&found);

    const size_t widths[] = {0, 0, 0, 60}; // only the last layer fluctuates
    net.widths = widths;
    assert_ok(qn_finite_width_solve(&net, &ONE, 1, &pair, NULL, &found));
    assert_true(found.width == 60 && found.shift[0] == 0);
    assert_within(found.fluctuation[0], squared_erf_variance(q), 1e-13);
    qn_finite_width_clear(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fourth_moments_have_the_tables_values),
        cmocka_unit_test(fourth_moments_agree_with_quadrature),
        cmocka_unit_test(fourth_moment_derivative_is_that_of_the_moment),
        cmocka_unit_test(has_the_tables_values),
        cmocka_unit_test(keeps_what_exists_at_the_boundary),
        cmocka_unit_test(relu_and_layers_of_their_own_width),
        cmocka_unit_test(linear_networks_obey_wick),
        cmocka_unit_test(one_input_obeys_the_scalar_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
