// The dimension of activity: theory for N to infinity against simulation, on couplings that differ in nothing but their
// effective rank. Orthogonal couplings vary least, and their approach is linear in 1/N: at 200 and 400 units 1/PR is 7
// % and 5 % above its limit.
#include "testing.h"

#include <quenched/four_point.h>
#include <quenched/heterogeneous.h>
#include <quenched/rate_simulation.h>

typedef struct {
    double rate, field, theta, field_theta; // sums over networks
} sums;

static qn_dimension theory_of(const qn_rate_network *network)
{
    qn_two_point two_point;
    qn_four_point *four_point;
    qn_dimension dimension;
    double inverse;
    assert_ok(qn_two_point_solve(network, NULL, &two_point));
    assert_ok(qn_four_point_create(network, &two_point, &four_point));
    assert_ok(qn_coupling_inverse_effective_rank(&network->coupling, network->size, &inverse));
    assert_ok(qn_four_point_dimension(four_point, inverse, &dimension));
    qn_four_point_destroy(four_point);
    qn_two_point_clear(&two_point);
    return dimension;
}

// 1/PR of every network over its mean variance: means over networks are what theory gives.
static void simulate(qn_rate_network network, size_t size, size_t networks, double *rates, double *fields)
{
    network.size = size;
    const qn_rate_simulation_options options = {
        .seed = 3, .trials = 16, .burn_in = 60, .duration = 60, .dimension = true};
    sums s = {0};
    for (size_t i = 0; i < networks; ++i) {
        qn_rate_measurement m;
        assert_ok(qn_rate_simulate(&network, &options, size * 1000 + i, NULL, &m));
        s.rate += m.rate_variance / (double)networks, s.field += m.field_variance / (double)networks;
        rates[i] = m.four_point_variance, fields[i] = m.field_four_point_variance;
        qn_rate_measurement_clear(&m);
    }
    for (size_t i = 0; i < networks; ++i) rates[i] /= s.rate * s.rate, fields[i] /= s.field * s.field;
}

static void orthogonal_couplings_reach_the_limit(void **state)
{
    (void)state;
    enum { NETWORKS = 28 };
    const qn_rate_network network = {
        .size = 400,
        .coupling = {.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 3.0, .spectrum = {.effective_rank = 1.0}}};
    const size_t sizes[2] = {200, 400};
    double rates[NETWORKS], fields[NETWORKS];
    qn_estimate rate[2], field[2];
    for (size_t k = 0; k < 2; ++k) {
        simulate(network, sizes[k], NETWORKS, rates, fields);
        rate[k] = qn_estimate_of(NETWORKS, rates), field[k] = qn_estimate_of(NETWORKS, fields);
    }
    const qn_dimension theory = theory_of(&network);
    assert_agrees(1.0 / theory.participation_ratio, qn_estimate_extrapolate(2, sizes, rate), .max_z = 4,
                  .max_relative_error = 0.05, .max_relative_bar = 0.02);
    assert_agrees(1.0 / theory.participation_ratio_field, qn_estimate_extrapolate(2, sizes, field), .max_z = 4,
                  .max_relative_error = 0.05, .max_relative_bar = 0.02);
}

// With noise activity is high-dimensional, so that even small networks are near the limit and tell effective ranks
// apart.
static void noisy_networks_agree_at_every_effective_rank(void **state)
{
    (void)state;
    enum { NETWORKS = 24 };
    const qn_coupling couplings[] = {{.strength = 1.2},
                                     {.kind = QN_COUPLING_RANDOM_MODE,
                                      .strength = 1.2,
                                      .spectrum = {.kind = QN_SPECTRUM_EXPONENTIAL, .effective_rank = 1.0}}};
    double limits[2];
    for (size_t c = 0; c < 2; ++c) {
        const qn_rate_network network = {.size = 400, .noise = 0.5, .coupling = couplings[c]};
        double rates[NETWORKS], fields[NETWORKS];
        simulate(network, 400, NETWORKS, rates, fields);
        const qn_dimension theory = theory_of(&network);
        limits[c] = theory.participation_ratio;
        assert_agrees(1.0 / theory.participation_ratio, qn_estimate_of(NETWORKS, rates), .max_z = 4,
                      .max_relative_error = 0.1, .max_relative_bar = 0.04);
        assert_agrees(1.0 / theory.participation_ratio_field, qn_estimate_of(NETWORKS, fields), .max_z = 4,
                      .max_relative_error = 0.1, .max_relative_bar = 0.04);
    }
    assert_true(limits[1] < 0.8 * limits[0]); // else the two cases would not be two
}

// Orthogonal couplings and noise: networks hardly differ, so that even a few percent in a formula would show.
static void noisy_orthogonal_networks_agree_to_two_percent(void **state)
{
    (void)state;
    enum { NETWORKS = 12 };
    const qn_rate_network network = {
        .size = 400,
        .noise = 0.5,
        .coupling = {.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 1.2, .spectrum = {.effective_rank = 1.0}}};
    double rates[NETWORKS], fields[NETWORKS];
    simulate(network, 400, NETWORKS, rates, fields);
    const qn_dimension theory = theory_of(&network);
    assert_agrees(1.0 / theory.participation_ratio, qn_estimate_of(NETWORKS, rates), .max_z = 4,
                  .max_relative_error = 0.02, .max_relative_bar = 0.007);
    assert_agrees(1.0 / theory.participation_ratio_field, qn_estimate_of(NETWORKS, fields), .max_z = 4,
                  .max_relative_error = 0.02, .max_relative_bar = 0.007);
}

// Units of two gains, with noise: raw, z-scored by class, and of the fields, each by theory of classes.
static void unequal_units_agree(void **state)
{
    (void)state;
    enum { NETWORKS = 12 };
    const double gains[] = {0.4, 1.6}, weights[] = {0.5, 0.5};
    const qn_rate_network network = {.size = 400,
                                     .noise = 0.5,
                                     .transfer = {.kind = QN_TRANSFER_ERF},
                                     .coupling = {.kind = QN_COUPLING_ORTHOGONAL_MODE,
                                                  .strength = 1.2,
                                                  .spectrum = {.effective_rank = 1.0},
                                                  .gains = {2, gains, weights}}};
    double rates[NETWORKS], fields[NETWORKS], zscored[NETWORKS], variance[NETWORKS];
    const qn_rate_simulation_options options = {
        .seed = 4, .trials = 16, .burn_in = 60, .duration = 100, .dimension = true};
    for (size_t i = 0; i < NETWORKS; ++i) {
        qn_rate_measurement m;
        assert_ok(qn_rate_simulate(&network, &options, i, NULL, &m));
        rates[i] = 1.0 / m.participation_ratio, fields[i] = 1.0 / m.participation_ratio_field;
        zscored[i] = m.class_zscored_four_point_variance, variance[i] = m.field_variance;
        qn_rate_measurement_clear(&m);
    }
    qn_two_point two_point;
    qn_heterogeneous *theory;
    double rate, field, z, theta;
    assert_ok(qn_heterogeneous_solve(&network, &two_point, &theory));
    assert_ok(qn_heterogeneous_dimension(theory, -1.0, false, &rate, &theta));
    assert_ok(qn_heterogeneous_dimension(theory, -1.0, true, &z, &theta));
    assert_ok(qn_heterogeneous_field_dimension(theory, -1.0, &field, &theta));
    assert_true(z > 1.25 * rate && field < 0.85 * rate); // else nothing would be told apart
    assert_agrees(1.0 / rate, qn_estimate_of(NETWORKS, rates), .max_z = 4, .max_relative_error = 0.05,
                  .max_relative_bar = 0.015);
    assert_agrees(1.0 / field, qn_estimate_of(NETWORKS, fields), .max_z = 4, .max_relative_error = 0.05,
                  .max_relative_bar = 0.015);
    assert_agrees(1.0 / z, qn_estimate_of(NETWORKS, zscored), .max_z = 4, .max_relative_error = 0.05,
                  .max_relative_bar = 0.015);
    assert_agrees(two_point.field_variance, qn_estimate_of(NETWORKS, variance), .max_z = 4, .max_relative_error = 0.02,
                  .max_relative_bar = 0.01);
    qn_heterogeneous_destroy(theory);
    qn_two_point_clear(&two_point);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(orthogonal_couplings_reach_the_limit),
                                       cmocka_unit_test(noisy_networks_agree_at_every_effective_rank),
                                       cmocka_unit_test(noisy_orthogonal_networks_agree_to_two_percent),
                                       cmocka_unit_test(unequal_units_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
