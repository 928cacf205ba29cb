// The cortical microcircuit at full scale, 3 s: rates, regularity and synchrony of section 9.5 of
// docs/theory/spiking.md.
#include "microcircuit_run.h"

static void the_full_column_has_the_rates_of_the_table(void **state)
{
    (void)state;
    // Mean of the table's two seeds.
    static const double expected[COLUMN] = {.899, 2.988, 4.3935, 5.8815, 7.741, 8.662, 1.1155, 7.8485};
    static const double cv[COLUMN] = {.780, .805, .803, .807, .787, .764, .772, .760};
    static const double tolerance[COLUMN] = {.05, .01, .01, .01, .03, .01, .05, .01};
    qn_spiking_network network;
    assert_ok(qn_microcircuit_create(NULL, &network));
    const column_activity c = run_column(&network, 1, 200.0);
    print_message("%.1f spikes per ms, Fano factor %.1f, autocorrelation %.3f\n", c.mean, c.fano, c.next);
    expect_rates(c.rate, expected, tolerance);
    for (size_t p = 0; p < COLUMN; ++p) assert_within(c.cv[p], cv[p], 0.02);
    assert_true(c.fano > 45.0 && c.fano < 75.0);
    assert_true(c.next > 0.12 && c.next < 0.25);
    qn_spiking_network_clear(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_full_column_has_the_rates_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
