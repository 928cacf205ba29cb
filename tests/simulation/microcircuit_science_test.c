// The cortical microcircuit at a tenth of its size: the rates that two independent prototypes found (section 9.5 of
// docs/theory/spiking.md).
#include "microcircuit_run.h"

enum { SEEDS = 4 };

static const double full_rates[COLUMN] = {.918, 3.002, 4.386, 5.878, 7.682, 8.664, 1.099, 7.844};
static const double found_before[2][COLUMN] = {{.449, 2.045, 4.034, 4.990, 6.497, 7.770, .835, 6.947},
                                               {.439, 2.025, 4.045, 5.013, 6.493, 7.761, .898, 6.887}};

static void a_tenth_has_the_rates_of_the_table(void **state)
{
    (void)state;
    // Of 485 neurons, the rate of 5E differs by 4.5 % from network to network: two standard errors.
    static const double tolerance[COLUMN] = {.10, .03, .03, .03, .045, .03, .10, .03};
    qn_spiking_network full, tenth;
    assert_ok(qn_microcircuit_create(NULL, &full));
    assert_ok(qn_spiking_down_scale(&full, 0.1, 0.1, full_rates, &tenth));
    double rate[COLUMN] = {0}, cv[COLUMN] = {0}, expected[COLUMN], fano = 0.0;
    for (uint64_t seed = 1; seed <= SEEDS; ++seed) {
        const column_activity c = run_column(&tenth, seed, 500.0);
        for (size_t p = 0; p < COLUMN; ++p) {
            rate[p] += c.rate[p] / SEEDS;
            cv[p] += c.cv[p] / SEEDS;
        }
        fano += c.fano / SEEDS;
    }
    for (size_t p = 0; p < COLUMN; ++p) expected[p] = (found_before[0][p] + found_before[1][p]) / 2.0;
    expect_rates(rate, expected, tolerance);
    // Three seconds are few intervals at half a spike a second, which biases their CV.
    for (size_t p = 0; p < COLUMN; ++p) assert_true(cv[p] > (rate[p] < 0.5 ? 0.68 : 0.74) && cv[p] < 0.83);
    print_message("Fano factor %.2f\n", fano);
    assert_within(fano, 4.8, 0.8);
    qn_spiking_network_clear(&full);
    qn_spiking_network_clear(&tenth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tenth_has_the_rates_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
