#include "testing.h"

// tanh, g = 1.2, sigma = 0.5, independent couplings: the theory of the limit N -> infinity has Theta(0, 0) = 0.2519 for
// rates and a participation ratio of 0.295 for fields. Deviations are of order 1/N, a few percent here.
static void noisy_tanh_network(void **state)
{
    (void)state;
    enum { NETWORKS = 16 };
    const qn_rate_network network = {.size = 300, .coupling = {.strength = 1.2}, .noise = 0.5};
    const qn_rate_simulation_options options = {
        .seed = 1, .trials = 32, .duration = 100, .burn_in = 60, .dimension = true};
    double four_point[NETWORKS], field[NETWORKS], square[NETWORKS], naive[NETWORKS];
    for (uint64_t i = 0; i < NETWORKS; ++i) {
        qn_rate_measurement found;
        assert_ok(qn_rate_simulate(&network, &options, i, NULL, &found));
        four_point[i] = found.four_point_variance, naive[i] = found.naive_four_point_variance;
        field[i] = found.field_four_point_variance, square[i] = found.field_variance * found.field_variance;
        qn_rate_measurement_clear(&found);
    }
    const qn_estimate theta = qn_estimate_of(NETWORKS, four_point), ratio = qn_estimate_ratio(NETWORKS, square, field);
    print_message("Theta(0,0) %.4f +- %.4f, naive %.4f; PR of fields %.4f +- %.4f\n", theta.value, theta.standard_error,
                  qn_estimate_of(NETWORKS, naive).value, ratio.value, ratio.standard_error);
    assert_agrees(0.2519, theta, .max_z = 3.5, .max_relative_error = 0.1, .max_relative_bar = 0.05);
    assert_agrees(0.295, ratio, .max_z = 3.5, .max_relative_error = 0.1, .max_relative_bar = 0.05);
    assert_true(qn_estimate_of(NETWORKS, naive).value > 1.5 * theta.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(noisy_tanh_network)};
    return cmocka_run_group_tests_name("dimension_science", tests, NULL, NULL);
}
