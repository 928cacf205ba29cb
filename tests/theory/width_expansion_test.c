#include "testing.h"

#include "theory/width_expansion.h"

enum { DEPTH = 4, POINTS = 3, LAYERS = DEPTH + 1 };

// The plain recursion against the tiled one, over all pairs of times.
static void compare(const qn_wide_network *network, const qn_wide_inputs *inputs)
{
    qn_wide_layer_pair pairs[LAYERS * LAYERS];
    static double field[LAYERS * LAYERS][POINTS][POINTS], moment[LAYERS * LAYERS][POINTS][POINTS];
    for (size_t i = 0; i < LAYERS * LAYERS; ++i) pairs[i] = (qn_wide_layer_pair){i / LAYERS, i % LAYERS};
    assert_ok(qn_wide_kernel_pairs(network, inputs, NULL, QN_WIDE_FIELD, LAYERS * LAYERS, pairs, NULL, &field[0][0][0],
                                   NULL));
    assert_ok(qn_wide_kernel_pairs(network, inputs, NULL, QN_WIDE_MOMENT, LAYERS * LAYERS, pairs, NULL,
                                   &moment[0][0][0], NULL));
    qn_width_expansion e;
    assert_ok(qn_width_expansion_create(network, inputs, &e));
    assert_true(e.size == LAYERS * POINTS);
    for (size_t s = 0; s < e.size; ++s)
        for (size_t t = 0; t < e.size; ++t) {
            const size_t pair = s / POINTS * LAYERS + t / POINTS, number = e.at[s * e.size + t];
            assert_close(e.kernel[s * e.size + t], field[pair][s % POINTS][t % POINTS], 1e-9);
            if (number == QN_NO_PAIR) {
                assert_true(!e.recurrent && s / POINTS != t / POINTS);
                continue;
            }
            assert_close(e.pair[number].mean, moment[pair][s % POINTS][t % POINTS], 1e-9);
        }
    qn_width_expansion_clear(&e);
}

static void kernels_are_those_of_the_tiled_recursion(void **state)
{
    (void)state;
    double values[LAYERS * POINTS * 4];
    for (int i = 0; i < LAYERS * POINTS * 4; ++i) values[i] = cos(1.0 + 1.3 * i + 0.1 * i * i);
    const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_RELU, QN_TRANSFER_TANH, QN_TRANSFER_LINEAR};
    const double strengths[DEPTH] = {0.7, 1.4, 1.1, 0.9}, biases[LAYERS] = {0.1, 0, 0.5, 0.2, 0.3};
    for (int i = 0; i < 4 * 3 * 2; ++i) {
        const qn_wide_input_mode mode = (qn_wide_input_mode)(i / 4 % 3);
        const qn_wide_inputs inputs = {POINTS, 4, mode == QN_WIDE_INPUT_SEQUENCE ? LAYERS : 1, values};
        qn_wide_network network = {.architecture = i / 12 ? QN_WIDE_RECURRENT : QN_WIDE_DEEP,
                                   .activation = {.kind = kinds[i % 4], .gain = 1.2},
                                   .depth = DEPTH,
                                   .input_strength = 0.8,
                                   .strength = 1.3,
                                   .bias = 0.4,
                                   .input_mode = mode};
        compare(&network, &inputs);
        if (i / 12)
            network.fresh_bias = true;
        else
            network.strengths = strengths, network.biases = biases;
        compare(&network, &inputs);
    }
}

// Slopes and curvatures by moving the strength of one step: every parent's moment enters weighted by it, so that
// d mean_p / d g^2 = sum_i slope_i mean_parent / g^2 along the last step of a deep network.
static void slopes_are_derivatives_of_the_map(void **state)
{
    (void)state;
    const double values[8] = {1, 0.3, -0.4, 0.9, 0.5, 0.2, 0.8, -1};
    const qn_wide_inputs inputs = {2, 4, 1, values};
    double means[5][3], first[3], second[3];
    for (int k = 0; k < 5; ++k) {
        const double strengths[2] = {1.2, sqrt(1.69 + 0.01 * (k - 2))};
        const qn_wide_network network = {.activation = {.kind = QN_TRANSFER_ERF},
                                         .depth = 2,
                                         .input_strength = 1,
                                         .strength = 1,
                                         .strengths = strengths,
                                         .bias = 0.3};
        qn_width_expansion e;
        assert_ok(qn_width_expansion_create(&network, &inputs, &e));
        assert_true(e.count == 9);
        for (size_t p = 0; p < 3; ++p) {
            const qn_width_pair *pair = &e.pair[6 + p];
            means[k][p] = pair->mean;
            assert_true(pair->parents == (pair->s == pair->t ? 1 : 3));
            if (k != 2) continue;
            first[p] = second[p] = 0;
            for (size_t i = 0; i < pair->parents; ++i) {
                const double one = e.pair[pair->parent[i]].mean / 1.69;
                first[p] += pair->slope[i] * one;
                for (size_t j = 0; j < pair->parents; ++j)
                    second[p] += pair->curvature[i][j] * one * e.pair[pair->parent[j]].mean / 1.69;
            }
        }
        qn_width_expansion_clear(&e);
    }
    for (int p = 0; p < 3; ++p) { // five-point differences: errors of h^4
        assert_within(first[p], (means[0][p] - 8 * means[1][p] + 8 * means[3][p] - means[4][p]) / 0.12, 1e-8);
        assert_within(second[p],
                      (-means[0][p] + 16 * means[1][p] - 30 * means[2][p] + 16 * means[3][p] - means[4][p]) / 12e-4,
                      1e-7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_those_of_the_tiled_recursion),
        cmocka_unit_test(slopes_are_derivatives_of_the_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
