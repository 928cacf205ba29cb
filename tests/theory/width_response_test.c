#include "testing.h"

#include "theory/width_response.h"

enum { POINTS = 2, SIZE = 6, PAIRS = 21, SAMPLES = 100000 };

// By Price's theorem and along the path: different point by point, equal on average.
static void both_ways_have_one_average(void **state)
{
    (void)state;
    const double values[4] = {1, 0.6, -0.5, 1.1};
    const qn_wide_inputs inputs = {POINTS, 2, 1, values};
    const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH, QN_TRANSFER_LINEAR};
    for (int kind = 0; kind < 3; ++kind) {
        const qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                                         .activation = {.kind = kinds[kind], .gain = 0.8},
                                         .depth = 2,
                                         .input_strength = 1,
                                         .strength = 1.1,
                                         .bias = 0.4,
                                         .input_mode = QN_WIDE_INPUT_CONSTANT};
        qn_width_expansion e;
        qn_width_response price, path;
        double factor[SIZE * SIZE] = {0};
        assert_ok(qn_width_expansion_create(&network, &inputs, &e));
        assert_true(e.size == SIZE && e.count == PAIRS);
        for (int i = 0; i < SIZE; ++i)
            for (int j = 0; j <= i; ++j) {
                double rest = e.kernel[i * SIZE + j];
                for (int k = 0; k < j; ++k) rest -= factor[i * SIZE + k] * factor[j * SIZE + k];
                factor[i * SIZE + j] = i == j ? sqrt(rest) : rest / factor[j * SIZE + j];
            }
        assert_ok(qn_width_response_prepare(&e, &network.activation, factor, &price));
        path = price;
        path.reply = NULL;

        double scratch[2][2 * SIZE * (SIZE + 1)] = {0}, sum[PAIRS] = {0}, square[PAIRS] = {0};
        for (uint64_t sample = 0; sample < SAMPLES; ++sample) {
            double z[SIZE], h[SIZE] = {0}, value[SIZE], slope[SIZE], x[PAIRS], found[2][PAIRS] = {0};
            qn_normal(&(qn_stream){.seed = 2, .purpose = QN_PURPOSE_TEST}, SIZE * sample, SIZE, z);
            for (int i = 0; i < SIZE; ++i)
                for (int j = 0; j <= i; ++j) h[i] += factor[i * SIZE + j] * z[j];
            qn_transfer_value(&network.activation, SIZE, h, value);
            qn_transfer_slope(&network.activation, SIZE, h, slope);
            for (int p = 0; p < PAIRS; ++p) x[p] = value[e.pair[p].s] * value[e.pair[p].t] - e.pair[p].mean;
            qn_width_respond(&e, 1, x);
            const qn_width_sample now = {z, h, value, slope, x};
            qn_width_response_add(&price, &now, scratch[0], found[0]);
            qn_width_response_add(&path, &now, scratch[1], found[1]);
            for (int p = 0; p < PAIRS; ++p) {
                const double off = found[0][p] - found[1][p];
                sum[p] += off / SAMPLES, square[p] += off * off / SAMPLES;
            }
        }
        for (int p = 0; p < PAIRS; ++p) { // 4.5 errors: 63 comparisons
            const double error = sqrt((square[p] - sum[p] * sum[p]) / SAMPLES);
            assert_within(sum[p], 0, 4.5 * error);
            assert_true(error < 0.1);
            assert_true(e.pair[p].s < POINTS ? error == 0 : error > 0);
        }
        qn_width_response_clear(&price);
        qn_width_expansion_clear(&e);
    }
}

static void says_where_the_kernel_is_singular(void **state)
{
    (void)state;
    const double values[3] = {1, -0.6, 0.3};
    const qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                                     .activation = {.kind = QN_TRANSFER_RELU},
                                     .depth = 1,
                                     .input_strength = 1,
                                     .strength = 1,
                                     .bias = 0.1};
    qn_width_expansion e;
    qn_width_response response = {0};
    double factor[36] = {0};
    for (int i = 0; i < 6; ++i) factor[7 * i] = i != 2 && i != 4; // index 2 is at the first time, where nothing moves
    assert_ok(qn_width_expansion_create(&network, &(qn_wide_inputs){3, 1, 1, values}, &e));
    assert_fails(qn_width_response_prepare(&e, &network.activation, factor, &response), QN_NO_SOLUTION,
                 "the kernel is singular at a = 1, input 1");
    factor[7 * 4] = 1;
    assert_ok(qn_width_response_prepare(&e, &network.activation, factor, &response));
    qn_width_response_clear(&response);
    qn_width_expansion_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_have_one_average),
        cmocka_unit_test(says_where_the_kernel_is_singular),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
