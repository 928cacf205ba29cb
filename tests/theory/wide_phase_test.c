#include "testing.h"

static const qn_transfer ERF = {.kind = QN_TRANSFER_ERF}, RELU = {.kind = QN_TRANSFER_RELU},
                         TANH = {.kind = QN_TRANSFER_TANH}, LINEAR = {.kind = QN_TRANSFER_LINEAR};

static qn_wide_phase phase_of(qn_transfer phi, double strength, double bias)
{
    const qn_wide_map_parameters map = {.activation = phi, .strength = strength, .bias = bias};
    qn_wide_phase phase;
    assert_ok(qn_wide_phase_solve(&map, &phase));
    return phase;
}

static double critical_strength(qn_transfer phi, double bias)
{
    const qn_wide_map_parameters map = {.activation = phi, .bias = bias};
    double strength;
    assert_ok(qn_wide_critical_strength(&map, &strength));
    return strength;
}

static void the_phase_diagram_is_that_of_the_sheet(void **state)
{
    (void)state;
    const double rows[][9] = {
        {0.80, 0.20, 0.0911777107, 0.5642670124, 0.49357623, 1.0000000000, 0.5642670124, 1.41627, 1.74756},
        {1.50, 0.00, 0.8929340650, 1.1534314028, 0.48007283, 0.0000000000, 0.9364786338, 1.36274, 15.23727},
        {1.50, 0.50, 1.3061448106, 0.9959872518, 0.32637263, 1.0000000000, 0.9959872518, 0.89308, 248.70544},
        {3.00, 0.00, 6.5743441658, 1.9340795475, 0.17075016, 0.0000000000, 0.7945647767, 0.56575, 4.34857},
        {3.00, 0.20, 6.6225303254, 1.9273542680, 0.16902693, 0.0286772515, 0.7895607240, 0.56253, 4.23229},
        {1.20, 0.30, 0.5150452771, 0.8899641048, 0.49195619, 1.0000000000, 0.8899641048, 1.40971, 8.57823}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        const qn_wide_phase phase = phase_of(ERF, rows[i][0], rows[i][1]);
        assert_within(phase.variance, rows[i][2], 1e-10);
        assert_within(phase.chi, rows[i][3], 1e-10);
        assert_within(phase.variance_slope, rows[i][4], 6e-9);
        assert_within(phase.correlation, rows[i][5], 1e-10);
        assert_within(phase.correlation_slope, rows[i][6], 1e-10);
        assert_within(phase.variance_depth, rows[i][7], 6e-6);
        assert_within(phase.correlation_depth, rows[i][8], 6e-6);
    }
}

static void the_border_of_chaos_is_that_of_the_sheet(void **state)
{
    (void)state;
    const double rows[][2] = {
        {0.1, 1.1765658228}, {0.3, 1.3622984130}, {0.5, 1.5058474964}, {1.0, 1.7953238568}, {0.0, 1.0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        assert_within(critical_strength(ERF, rows[i][0]), rows[i][1], 1e-10);
    assert_within(critical_strength((qn_transfer){.kind = QN_TRANSFER_TANH, .gain = 2.0}, 0.0), 0.5, 1e-10);
    assert_within(critical_strength(RELU, 0.3), 1.4142135623730951, 1e-15);
    assert_within(critical_strength(LINEAR, 0.3), 1.0, 1e-15);
    const double border = critical_strength(TANH, 0.3);
    assert_within(phase_of(TANH, border, 0.3).chi, 1.0, 1e-10);
}

// A recurrent network's kernel between times d apart: the correlation map, along its diagonal.
static void kernels_of_distant_times_reach_the_fixed_points(void **state)
{
    (void)state;
    const double nothing = 0.0;
    const qn_wide_inputs inputs = {.count = 1, .dimension = 1, .times = 1, .values = &nothing};
    qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                               .activation = ERF,
                               .depth = 60,
                               .input_strength = 1.0,
                               .strength = 3.0,
                               .bias = 0.3};
    const qn_wide_layer_pair pairs[] = {{60, 60}, {60, 59}, {60, 55}};
    double kernel[3];
    assert_ok(qn_wide_kernel_pairs(&network, &inputs, NULL, QN_WIDE_FIELD, 3, pairs, NULL, kernel, NULL));
    const qn_wide_phase chaotic = phase_of(ERF, 3.0, 0.3);
    assert_within(kernel[0], 6.682624229, 6e-10);
    assert_within(kernel[1], 0.4151895120, 6e-11);
    assert_within(kernel[2], 0.4151888935, 6e-11);
    assert_within(chaotic.variance, 6.682624229, 6e-10);
    assert_within(chaotic.correlation * chaotic.variance, 0.4151875671, 6e-11);
    network.strength = 1.2;
    assert_ok(qn_wide_kernel_pairs(&network, &inputs, NULL, QN_WIDE_FIELD, 3, pairs, NULL, kernel, NULL));
    assert_within(kernel[1], 0.5149576712, 6e-11);
}

static void relu_has_a_fixed_point_below_root_two_only(void **state)
{
    (void)state;
    const qn_wide_phase phase = phase_of(RELU, 1.2, 0.5);
    assert_within(phase.variance, 0.25 / (1.0 - 0.72), 1e-14);
    assert_within(phase.variance_slope, 0.72, 1e-15);
    assert_within(phase.chi, 0.72, 1e-14);
    assert_true(phase.correlation == 1.0);
    qn_wide_map_parameters map = {.activation = RELU, .strength = 1.5, .bias = 0.1};
    qn_wide_phase untouched = {.variance = 7.0};
    assert_fails(
        qn_wide_phase_solve(&map, &untouched), QN_NO_SOLUTION,
        "variances grow without bound at strength 1.5: relu networks have a fixed point below 1.41421356237309");
    map.strength = 1.4142135623730951;
    assert_fails(qn_wide_phase_solve(&map, &untouched), QN_NO_SOLUTION, "variances grow without bound");
    assert_true(untouched.variance == 7.0);
    const qn_wide_phase critical = phase_of(RELU, 1.4142135623730951, 0.0);
    assert_true(isnan(critical.variance) && isinf(critical.variance_depth));
    map = (qn_wide_map_parameters){
        .activation = {.kind = QN_TRANSFER_THRESHOLD_POWER, .exponent = 2.0}, .strength = 1.0, .bias = 1.0};
    assert_fails(qn_wide_phase_solve(&map, &untouched), QN_NO_SOLUTION, "no fixed point below 1e+12");
}

static void below_the_transition_signals_die(void **state)
{
    (void)state;
    const qn_wide_phase phase = phase_of(TANH, 0.8, 0.0);
    assert_true(phase.variance == 0.0 && isnan(phase.correlation));
    assert_within(phase.chi, 0.64, 1e-15);
    assert_within(phase.variance_depth, -1.0 / log(0.64), 1e-14);
}

// The same input at every layer; two inputs of correlation 0.2. Against plain iteration of (8) and (10).
static void constant_inputs_shift_the_fixed_points(void **state)
{
    (void)state;
    const double sets[][3] = {{1.4, 0.5, 0.1}, {1.4, 0.5, -0.3}, {2.0, 0.3, 0.3}, {1.1, 1.0, 0.5}};
    const double pi = 3.14159265358979323846, k2 = pi / 2.0;
    for (size_t i = 0; i < 4; ++i) {
        const qn_wide_map_parameters map = {
            .activation = ERF, .strength = sets[i][0], .input = sets[i][1], .input_overlap = sets[i][2]};
        qn_wide_phase phase;
        assert_ok(qn_wide_phase_solve(&map, &phase));
        double q = 1.0, c = 0.0;
        for (int n = 0; n < 2000; ++n) {
            c = map.input_overlap + map.strength * map.strength * 2.0 / pi * asin(k2 * c / (1.0 + k2 * q));
            q = map.input + map.strength * map.strength * 2.0 / pi * asin(k2 * q / (1.0 + k2 * q));
        }
        assert_within(phase.variance, q, 1e-12);
        assert_within(phase.correlation, c / q, 1e-10);
    }
}

static void fields_at_fault_are_named(void **state)
{
    (void)state;
    qn_wide_phase phase;
    double strength;
    qn_wide_map_parameters map = {.activation = ERF, .strength = -1.0};
    assert_fails(qn_wide_phase_solve(&map, &phase), QN_BAD_VALUE, "strength is -1; allowed: greater than 0");
    map.strength = 1.0, map.bias = -0.1;
    assert_fails(qn_wide_phase_solve(&map, &phase), QN_BAD_VALUE, "bias is -0.1; allowed: 0 or more");
    map.bias = 0.0, map.input = NAN;
    assert_fails(qn_wide_critical_strength(&map, &strength), QN_BAD_VALUE, "input is nan; allowed: 0 or more");
    map.input = 0.1, map.input_overlap = 0.2;
    assert_fails(qn_wide_phase_solve(&map, &phase), QN_BAD_VALUE, "input_overlap is 0.2; allowed: at most input = 0.1");
    map.activation.gain = -1.0;
    assert_fails(qn_wide_phase_solve(&map, &phase), QN_BAD_VALUE, "activation: network.transfer.gain is -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_phase_diagram_is_that_of_the_sheet),
                                       cmocka_unit_test(the_border_of_chaos_is_that_of_the_sheet),
                                       cmocka_unit_test(kernels_of_distant_times_reach_the_fixed_points),
                                       cmocka_unit_test(relu_has_a_fixed_point_below_root_two_only),
                                       cmocka_unit_test(below_the_transition_signals_die),
                                       cmocka_unit_test(constant_inputs_shift_the_fixed_points),
                                       cmocka_unit_test(fields_at_fault_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
