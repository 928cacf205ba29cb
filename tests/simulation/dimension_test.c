#include "testing.h"

static qn_rate_measurement simulate(const qn_rate_network *network, const qn_rate_simulation_options *options,
                                    uint64_t realisation)
{
    qn_rate_measurement found;
    assert_ok(qn_rate_simulate(network, options, realisation, NULL, &found));
    return found;
}

// With J = 0 units are independent: C_ij = C delta_ij, so that Theta(l, l) = C(l)^2 and every participation ratio is 1,
// at a mean of 0 or another. To subtract the latter's
// estimate takes C / 800 off each C(l): 2 correlation times in 16 trials of 100. One trial's covariance with itself is
// far off.
static void independent_units_have_full_dimension(void **state)
{
    (void)state;
    enum { NETWORKS = 24, LAGS = 3 };
    const double input[] = {0, 0.4};
    for (int k = 0; k < 2; ++k) {
        const qn_rate_network network = {.size = 60, .coupling = {.strength = 1e-9}, .noise = 0.5, .input = input[k]};
        const qn_rate_simulation_options options = {.seed = 3,
                                                    .trials = 16,
                                                    .duration = 100,
                                                    .burn_in = 10,
                                                    .sample_interval = 0.5,
                                                    .lag_max = 6,
                                                    .dimension = true,
                                                    .dimension_lags = LAGS};
        double ratio[3][NETWORKS], field[NETWORKS], naive[NETWORKS], lagged[LAGS][NETWORKS];
        for (uint64_t i = 0; i < NETWORKS; ++i) {
            qn_rate_measurement found = simulate(&network, &options, i);
            ratio[0][i] = found.participation_ratio, ratio[1][i] = found.participation_ratio_field;
            ratio[2][i] = found.participation_ratio_zscored;
            field[i] = found.field_four_point_variance;
            naive[i] = found.naive_four_point_variance / found.four_point_variance;
            assert_int_equal(found.four_point.count, LAGS);
            assert_close(found.four_point.step, 0.5, 1e-15);
            assert_close(found.four_point.values[0], found.four_point_variance, 0);
            for (int lag = 0; lag < LAGS; ++lag)
                lagged[lag][i] = found.four_point.values[lag] / pow(found.rate.values[lag], 2);
            qn_rate_measurement_clear(&found);
        }
        const double lost = k == 0 ? 0 : 2.0 / 800;
        assert_agrees(0.0625 * (1 - lost), qn_estimate_of(NETWORKS, field), .max_z = 4, .max_relative_error = 0.02,
                      .max_relative_bar = 0.01);
        for (int which = 0; which < 3; ++which)
            assert_agrees(which == 2 ? 1 : 1 + lost, qn_estimate_of(NETWORKS, ratio[which]), .max_z = 4,
                          .max_relative_error = 0.02, .max_relative_bar = 0.01);
        for (int lag = 0; lag < LAGS; ++lag)
            assert_agrees(1 - lost * exp(0.5 * lag), qn_estimate_of(NETWORKS, lagged[lag]), .max_z = 4,
                          .max_relative_error = 0.03, .max_relative_bar = 0.015);
        // (N / duration) int exp(-2 |lag|) dlag = 0.6, roughly: frames are discrete and phi bends
        assert_within(qn_estimate_of(NETWORKS, naive).value, 1.6, 0.1);
    }
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const int before = qn_threads();
    const qn_rate_network network = {.size = 200, .coupling = {.strength = 2}};
    const qn_rate_simulation_options options = {
        .trials = 4, .duration = 20, .burn_in = 20, .dimension = true, .dimension_lags = 2};
    double found[2][7];
    for (int run = 0; run < 2; ++run) {
        qn_set_threads(run + 1);
        qn_rate_measurement one = simulate(&network, &options, 0);
        const double values[7] = {one.four_point.values[0],       one.four_point.values[1],
                                  one.field_four_point_variance,  one.zscored_four_point_variance,
                                  one.naive_four_point_variance,  one.participation_ratio,
                                  one.participation_ratio_zscored};
        memcpy(found[run], values, sizeof values);
        for (int i = 0; i < 7; ++i) assert_true(isfinite(values[i]));
        qn_rate_measurement_clear(&one);
    }
    assert_memory_equal(found[0], found[1], sizeof found[0]);
    qn_set_threads(before);
}

static void assert_absent(qn_rate_measurement found)
{
    assert_true(isnan(found.four_point_variance) && isnan(found.field_four_point_variance));
    assert_true(isnan(found.zscored_four_point_variance) && isnan(found.naive_four_point_variance));
    assert_true(isnan(found.participation_ratio) && isnan(found.participation_ratio_field));
    assert_true(isnan(found.participation_ratio_zscored));
    assert_int_equal(found.four_point.count, 0);
    qn_rate_measurement_clear(&found);
}

static void absent_when_not_asked_or_at_rest(void **state)
{
    (void)state;
    const qn_rate_network moving = {.size = 50, .coupling = {.strength = 1}, .noise = 0.5},
                          silent = {.size = 50, .coupling = {.strength = 0.3}};
    const qn_rate_simulation_options plain = {.trials = 3, .duration = 10, .burn_in = 5},
                                     asked = {.trials = 3, .duration = 100, .dimension = true};
    assert_absent(simulate(&moving, &plain, 0));
    assert_absent(simulate(&silent, &asked, 0));
}

static void bad_options_are_named(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 50, .coupling = {.strength = 2}};
    qn_rate_measurement found;
    qn_rate_simulation_options options = {.trials = 1, .duration = 10, .dimension = true};
    assert_fails(qn_rate_simulate(&network, &options, 0, NULL, &found), QN_BAD_VALUE, "simulation.trials is 1");
    options.trials = 2, options.dimension_lags = 11;
    assert_fails(qn_rate_simulate(&network, &options, 0, NULL, &found), QN_BAD_VALUE, "simulation.dimension_lags");
    options.dimension_lags = 1, options.duration = 1e11;
    assert_fails(qn_rate_simulate(&network, &options, 0, NULL, &found), QN_NO_MEMORY, "recorded activity");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_units_have_full_dimension),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(absent_when_not_asked_or_at_rest),
        cmocka_unit_test(bad_options_are_named),
    };
    return cmocka_run_group_tests_name("dimension", tests, NULL, NULL);
}
