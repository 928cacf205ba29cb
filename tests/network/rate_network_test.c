#include "testing.h"

static void fields_at_fault_are_named(void **state)
{
    (void)state;
    const qn_rate_network good = {.size = 10, .coupling = {.strength = 2}};
    assert_ok(qn_rate_network_check(&good));
    qn_rate_network bad = good;
    bad.size = 1;
    assert_fails(qn_rate_network_check(&bad), QN_BAD_VALUE, "network.size is 1; at least 2 units are needed");
    bad = good, bad.noise = -0.5;
    assert_fails(qn_rate_network_check(&bad), QN_BAD_VALUE, "network.noise is -0.5; allowed: 0 or more");
    bad = good, bad.input = INFINITY;
    assert_fails(qn_rate_network_check(&bad), QN_BAD_VALUE, "network.input is inf");
    bad = good, bad.time_constant = NAN;
    assert_fails(qn_rate_network_check(&bad), QN_BAD_VALUE, "network.time_constant is nan");
    bad = good, bad.transfer.gain = -1;
    assert_fails(qn_rate_network_check(&bad), QN_BAD_VALUE, "gain");
    bad = good, bad.coupling.strength = 0;
    assert_fails(qn_rate_network_check(&bad), QN_BAD_VALUE, "strength");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fields_at_fault_are_named)};
    return cmocka_run_group_tests_name("rate_network", tests, NULL, NULL);
}
