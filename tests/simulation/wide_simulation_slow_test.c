// Shifts of order 1/n, whose error bars take a million networks, and rare large kernels: recorded simulations of
// docs/theory/gaussian-processes.md, sections 10.4 and 10.6.
#include "testing.h"

static const double ONES[8] = {1, 1, 1, 1, 1, 1, 1, 1};
static const qn_wide_inputs ONE = {.count = 1, .dimension = 8, .times = 1, .values = ONES};
static const double PAIR8[16] = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1};
static const qn_wide_inputs PAIR = {.count = 2, .dimension = 8, .times = 1, .values = PAIR8};

static void within_errors(qn_estimate found, double expected, double error)
{
    assert_within(found.value, expected, 4 * hypot(found.standard_error, error));
}

static void simulate(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t realisations,
                     size_t pair_count, const qn_wide_layer_pair *pairs, const double *reference,
                     qn_wide_simulation *result)
{
    const qn_wide_simulation_options options = {.realisations = realisations,
                                                .seed = 8,
                                                .pair_count = pair_count,
                                                .pairs = pairs,
                                                .reference = reference,
                                                .covariance = inputs->count > 1};
    assert_ok(qn_wide_simulate(network, inputs, &options, NULL, result));
}

static void kernels_with_the_first_layer_are_met(void **state)
{
    (void)state;
    qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                               .activation = {.kind = QN_TRANSFER_ERF},
                               .depth = 3,
                               .input_strength = 1,
                               .strength = 1.5,
                               .bias = 1,
                               .width = 60};
    const qn_wide_layer_pair pairs[4] = {{1, 0}, {2, 0}, {3, 2}, {3, 3}};
    qn_wide_simulation result;
    simulate(&network, &ONE, 200000, 2, pairs, NULL, &result);
    within_errors(result.scaled_variance[0], 0.25910, 0.00082);
    within_errors(result.scaled_variance[1], 0.26300, 0.00083);
    qn_wide_simulation_clear(&result);
    network.bias = 0;
    network.input_strength = 1.5;
    network.input_mode = QN_WIDE_INPUT_CONSTANT;
    simulate(&network, &ONE, 800000, 4, pairs, NULL, &result);
    within_errors(result.scaled_variance[0], 0.18661, 0.00029);
    within_errors(result.scaled_variance[1], 0.19951, 0.00031);
    within_errors(result.scaled_variance[2], 0.26392, 0.00043);
    within_errors(result.scaled_variance[3], 0.15120, 0.00024);
    qn_wide_simulation_clear(&result);
}

static void shifts_of_relu_are_met(void **state)
{
    (void)state;
    const qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                                     .activation = {.kind = QN_TRANSFER_RELU},
                                     .depth = 3,
                                     .input_strength = 1,
                                     .strength = sqrt(2),
                                     .bias = 0.2,
                                     .width = 200};
    const qn_wide_layer_pair pairs[2] = {{3, 3}, {3, 2}};
    const double limit[2] = {0.58, 0.361253};
    qn_wide_simulation result;
    simulate(&network, &ONE, 2000000, 2, pairs, limit, &result);
    within_errors(result.scaled_shift[0], 2.899, 0.024);
    within_errors(result.scaled_shift[1], 2.015, 0.015);
    qn_wide_simulation_clear(&result);
}

static void covariances_of_relu_are_met(void **state)
{
    (void)state;
    const qn_wide_network network = {.activation = {.kind = QN_TRANSFER_RELU},
                                     .depth = 3,
                                     .input_strength = 1,
                                     .strength = sqrt(2),
                                     .bias = 0.2,
                                     .width = 400};
    const double recorded[4][4] = {
        {6.16, 4.26, 4.26, 3.40}, {4.26, 3.96, 3.96, 4.29}, {4.26, 3.96, 3.96, 4.29}, {3.40, 4.29, 4.29, 6.22}};
    qn_wide_simulation result;
    simulate(&network, &PAIR, 40000, 0, NULL, NULL, &result);
    for (size_t i = 0; i < 4; ++i)
        for (size_t j = 0; j < 4; ++j) {
            qn_estimate covariance = result.covariance[4 * i + j];
            covariance.value *= 400;
            covariance.standard_error *= 400;
            within_errors(covariance, recorded[i][j], 0.01 * recorded[i][j]);
        }
    qn_wide_simulation_clear(&result);
}

// Below the transition the variance of deep recurrent networks is carried by rare ones.
static void recurrent_networks_below_the_transition_have_heavy_tails(void **state)
{
    (void)state;
    qn_wide_network network = {
        .activation = {.kind = QN_TRANSFER_ERF}, .depth = 20, .input_strength = 1, .strength = 0.9, .width = 100};
    qn_wide_simulation deep, recurrent;
    simulate(&network, &ONE, 200000, 0, NULL, NULL, &deep);
    network.architecture = QN_WIDE_RECURRENT;
    simulate(&network, &ONE, 200000, 0, NULL, NULL, &recurrent);
    within_errors(deep.scaled_variance[0], 8.61e-5, 0.12e-5);
    within_errors(recurrent.scaled_variance[0], 3.35e-3, 0.28e-3);
    qn_wide_simulation_clear(&deep);
    qn_wide_simulation_clear(&recurrent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_with_the_first_layer_are_met),
        cmocka_unit_test(shifts_of_relu_are_met),
        cmocka_unit_test(covariances_of_relu_are_met),
        cmocka_unit_test(recurrent_networks_below_the_transition_have_heavy_tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
