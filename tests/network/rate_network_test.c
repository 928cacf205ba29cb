#include "testing.h"

static qn_rate_network good(void) { return (qn_rate_network){.size = 100, .coupling = {.strength = 1.5}}; }

static void zeros_are_defaults(void **state)
{
    (void)state;
    const qn_rate_network network = good();
    assert_ok(qn_rate_network_check(&network));
}

#define REFUSED(field, value_, message)                                                                                \
    do {                                                                                                               \
        qn_rate_network network = good();                                                                              \
        network.field = (value_);                                                                                      \
        assert_fails(qn_rate_network_check(&network), QN_BAD_VALUE, message);                                          \
    } while (0)

static void each_field_at_fault_is_named(void **state)
{
    (void)state;
    REFUSED(size, 1, "network.size is 1; at least 2 units are needed");
    REFUSED(size, 0, "network.size is 0; at least 2 units are needed");
    REFUSED(time_constant, -1.0, "network.time_constant is -1; allowed: greater than 0");
    REFUSED(time_constant, INFINITY, "network.time_constant is inf");
    REFUSED(noise, -0.5, "network.noise is -0.5; allowed: 0 or more");
    REFUSED(noise, NAN, "network.noise is nan");
    REFUSED(input, NAN, "network.input is nan; allowed: any finite number");
    REFUSED(input, -INFINITY, "network.input is -inf");
    REFUSED(transfer.gain, -2.0, "network.transfer.gain is -2; allowed: greater than 0");
    REFUSED(transfer.kind, QN_TRANSFER_TABLE, "network.transfer.table is missing");
    REFUSED(coupling.strength, 0.0, "network.coupling.strength is 0; allowed: greater than 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(zeros_are_defaults),
                                       cmocka_unit_test(each_field_at_fault_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
