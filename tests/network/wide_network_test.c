#include "testing.h"

static const double ONE_TWO[] = {1.0, 2.0}, THREE[] = {0.0, 0.5, 0.7}, BAD_STRENGTHS[] = {1.0, 0.0},
                    BAD_BIASES[] = {0.0, 1.0, -0.1};
static const size_t TWO_LAST[] = {1, 2}, BEYOND[] = {1, 3}, TWICE[] = {2, 2}, DECREASING[] = {2, 1},
                    WIDTHS[] = {10, 20, 30};

static qn_wide_network good(void) { return (qn_wide_network){.depth = 2, .input_strength = 1.0, .strength = 1.5}; }

static void a_plain_network_passes_and_says_its_defaults(void **state)
{
    (void)state;
    const qn_wide_network network = good();
    assert_ok(qn_wide_network_check(&network));
    for (size_t step = 1; step <= 2; ++step) assert_true(qn_wide_strength(&network, step) == 1.5);
    assert_true(qn_wide_bias(&network, 2) == 0.0);
    assert_true(qn_wide_output_strength(&network) == 1.5 && qn_wide_output_bias(&network) == 0.0);
    assert_int_equal(qn_wide_width(&network, 1), 0);
    assert_int_equal(qn_wide_readout_count(&network), 1);
    assert_int_equal(qn_wide_readout(&network, 0), 2);
    assert_true(qn_wide_has_input(&network, 0));
    assert_false(qn_wide_has_input(&network, 1));
}

static void values_by_layer_are_found(void **state)
{
    (void)state;
    qn_wide_network network = good();
    network.strengths = ONE_TWO, network.biases = THREE, network.widths = WIDTHS;
    network.own_output = true, network.output_strength = 0.3, network.output_bias = 0.2;
    network.readouts = TWO_LAST, network.readout_count = 2, network.input_mode = QN_WIDE_INPUT_CONSTANT;
    network.strength = 0.0; // nothing asks for it
    assert_ok(qn_wide_network_check(&network));
    assert_true(qn_wide_strength(&network, 1) == 1.0 && qn_wide_strength(&network, 2) == 2.0);
    assert_true(qn_wide_bias(&network, 0) == 0.0 && qn_wide_bias(&network, 2) == 0.7);
    assert_true(qn_wide_output_strength(&network) == 0.3 && qn_wide_output_bias(&network) == 0.2);
    assert_int_equal(qn_wide_width(&network, 2), 30);
    assert_int_equal(qn_wide_readout_count(&network), 2);
    assert_int_equal(qn_wide_readout(&network, 0), 1);
    assert_int_equal(qn_wide_readout(&network, 1), 2);
    assert_true(qn_wide_has_input(&network, 2));
}

static void depth_zero_is_allowed(void **state)
{
    (void)state;
    qn_wide_network network = {.strength = 1.0};
    assert_ok(qn_wide_network_check(&network));
    network = (qn_wide_network){.own_output = true, .output_strength = 1.0};
    assert_ok(qn_wide_network_check(&network));
}

#define REFUSED_IN(message, ...)                                                                                       \
    do {                                                                                                               \
        qn_wide_network network = good();                                                                              \
        __VA_ARGS__;                                                                                                   \
        assert_fails(qn_wide_network_check(&network), QN_BAD_VALUE, message);                                          \
    } while (0)
#define REFUSED(field, value_, message) REFUSED_IN(message, network.field = (value_))
#define RECURRENT network.architecture = QN_WIDE_RECURRENT

static void each_field_at_fault_is_named(void **state)
{
    (void)state;
    REFUSED(architecture, (qn_wide_architecture)7, "architecture is 7; allowed: 0 (deep) and 1 (recurrent)");
    REFUSED(activation.gain, -1.0, "activation: network.transfer.gain is -1; allowed: greater than 0");
    REFUSED(depth, (size_t)-1, "; allowed: 0 to 1000000");
    REFUSED(input_strength, -0.1, "input_strength is -0.1; allowed: 0 or more");
    REFUSED(input_strength, NAN, "input_strength is nan; allowed: 0 or more");
    REFUSED(strength, -1.0, "strength is -1; allowed: greater than 0");
    REFUSED(strength, 0.0, "strength is 0; allowed: greater than 0");
    REFUSED(strength, INFINITY, "strength is inf; allowed: greater than 0");
    REFUSED(strengths, BAD_STRENGTHS, "strengths[1], of the step into layer 2, is 0; allowed: greater than 0");
    REFUSED_IN("strength is 0; allowed", network.strengths = ONE_TWO, network.strength = 0.0);
    REFUSED_IN("strengths is given by layer, but a recurrent network", RECURRENT, network.strengths = ONE_TWO);
    REFUSED(bias, -0.5, "bias is -0.5; allowed: 0 or more");
    REFUSED(biases, BAD_BIASES, "biases[2] is -0.1; allowed: 0 or more");
    REFUSED_IN("biases is given by layer, but a recurrent network", RECURRENT, network.biases = THREE);
    REFUSED(fresh_bias, true, "fresh_bias is true; allowed in recurrent networks only");
    REFUSED_IN("output_strength is -1; allowed: 0 or more", network.own_output = true, network.output_strength = -1.0);
    REFUSED_IN("output_bias is inf; allowed: 0 or more", network.own_output = true, network.output_bias = INFINITY);
    REFUSED(input_mode, (qn_wide_input_mode)3, "input_mode is 3; allowed: 0 (first), 1 (constant), 2 (sequence)");
    REFUSED(readout_count, 2, "readouts is missing; readout_count is 2");
    REFUSED_IN("readouts[1] is 3; allowed: 0 to depth = 2", network.readout_count = 2, network.readouts = BEYOND);
    REFUSED_IN("readouts[1] is 2, after 2; allowed: increasing", network.readout_count = 2, network.readouts = TWICE);
    REFUSED_IN("readouts[1] is 1, after 2; allowed: increasing", network.readout_count = 2,
               network.readouts = DECREASING);
    REFUSED_IN("widths is given by layer, but a recurrent network", RECURRENT, network.widths = WIDTHS);
}

static void inputs_at_fault_are_named(void **state)
{
    (void)state;
    qn_wide_network network = good();
    double values[12] = {0.0};
    qn_wide_inputs inputs = {.count = 2, .dimension = 2, .times = 1, .values = values};
    assert_ok(qn_wide_inputs_check(&network, &inputs));
    values[3] = NAN;
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE,
                 "input 1 has nan at component 1; it must be finite");
    inputs.times = 3;
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE, "inputs.times is 3; allowed: 1, for inputs");
    network.input_mode = QN_WIDE_INPUT_SEQUENCE;
    values[3] = 0.0, values[10] = INFINITY;
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE,
                 "input 1 has inf at component 0 of time 2; it must be finite");
    values[10] = 1.0;
    assert_ok(qn_wide_inputs_check(&network, &inputs));
    inputs.times = 2;
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE,
                 "inputs.times is 2; a sequence has depth + 1 = 3");
    inputs = (qn_wide_inputs){.count = 0, .dimension = 2, .times = 3, .values = values};
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE, "inputs.count is 0");
    inputs = (qn_wide_inputs){.count = 2, .dimension = 0, .times = 3, .values = values};
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE, "inputs.dimension is 0");
    inputs = (qn_wide_inputs){.count = 2, .dimension = 2, .times = 3};
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE, "inputs.values is missing");
    inputs = (qn_wide_inputs){.count = (size_t)1 << 40, .dimension = (size_t)1 << 30, .times = 3, .values = values};
    assert_fails(qn_wide_inputs_check(&network, &inputs), QN_BAD_VALUE, "that many cannot be addressed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_network_passes_and_says_its_defaults), cmocka_unit_test(values_by_layer_are_found),
        cmocka_unit_test(depth_zero_is_allowed), cmocka_unit_test(each_field_at_fault_is_named),
        cmocka_unit_test(inputs_at_fault_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
