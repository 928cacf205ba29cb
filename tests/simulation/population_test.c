// Principal components, dimension over frequency and pairs of lags, where the answer is known.
#include "testing.h"

#include <complex.h>
#include <stdlib.h>

enum { UNITS = 24 };
static const double NOISE = 0.5;

// A weak coupling, neither symmetric nor normal: columns 0 and 1 drive many.
static double coupling(size_t i, size_t j)
{
    double value;
    qn_normal(&(qn_stream){.seed = 4, .purpose = QN_PURPOSE_TEST}, i * UNITS + j, 1, &value);
    return 0.5 * value / sqrt(UNITS) + (j < 2 && i % 3 == j ? 0.5 : 0);
}

// (1 + i omega - J)^-1 by Gauss and Jordan; diagonally dominant enough to need no pivots.
static void response(double omega, double complex inverse[UNITS][UNITS])
{
    static double complex matrix[UNITS][UNITS];
    for (size_t i = 0; i < UNITS; ++i)
        for (size_t j = 0; j < UNITS; ++j) {
            matrix[i][j] = (i == j ? 1 + I * omega : 0) - coupling(i, j);
            inverse[i][j] = i == j;
        }
    for (size_t k = 0; k < UNITS; ++k) {
        const double complex pivot = matrix[k][k];
        for (size_t j = 0; j < UNITS; ++j) matrix[k][j] /= pivot, inverse[k][j] /= pivot;
        for (size_t i = 0; i < UNITS; ++i) {
            const double complex factor = matrix[i][k];
            for (size_t j = 0; i != k && j < UNITS; ++j)
                matrix[i][j] -= factor * matrix[k][j], inverse[i][j] -= factor * inverse[k][j];
        }
    }
}

// Of the spectrum 2 noise^2 chi chi^+: frames as coarse as these show it because they are averaged over their interval.
static double exact_dimension(double omega, double *power)
{
    static double complex spectrum[UNITS][UNITS], chi[UNITS][UNITS];
    memset(spectrum, 0, sizeof spectrum);
    response(omega, chi);
    for (size_t i = 0; i < UNITS; ++i)
        for (size_t j = 0; j < UNITS; ++j)
            for (size_t k = 0; k < UNITS; ++k) spectrum[i][j] += 2 * NOISE * NOISE * chi[i][k] * conj(chi[j][k]);
    double trace = 0, square = 0;
    for (size_t i = 0; i < UNITS; ++i)
        for (size_t j = 0; j < UNITS; ++j) {
            square += pow(cabs(spectrum[i][j]), 2);
            if (i == j) trace += creal(spectrum[i][i]);
        }
    *power = trace / UNITS;
    return trace * trace / (UNITS * square);
}

static void a_linear_network_has_the_dimension_of_its_response(void **state)
{
    (void)state;
    enum { REPETITIONS = 100, FREQUENCIES = 9, EVERY = 4 };
    static double values[UNITS * UNITS], power[FREQUENCIES][REPETITIONS], four[FREQUENCIES][REPETITIONS];
    for (size_t i = 0; i < UNITS; ++i)
        for (size_t j = 0; j < UNITS; ++j) values[i * UNITS + j] = coupling(i, j);
    const qn_matrix matrix = {.rows = UNITS, .columns = UNITS, .values = values};
    const qn_rate_network network = {.size = UNITS,
                                     .transfer = {.kind = QN_TRANSFER_LINEAR},
                                     .coupling = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix},
                                     .noise = NOISE};
    const qn_rate_simulation_options options = {.trials = 16,
                                                .duration = 64,
                                                .burn_in = 30,
                                                .step = 0.02,
                                                .sample_interval = 0.5,
                                                .lag_max = 8,
                                                .dimension = true};
    double step = 0;
    for (uint64_t r = 0; r < REPETITIONS; ++r) {
        qn_rate_measurement m;
        assert_ok(qn_rate_simulate(&network, &options, r, NULL, &m));
        assert_int_equal(m.rate_spectrum.count, 128 / 4 + 1);
        step = m.rate_spectrum.step;
        assert_close(step, 2 * M_PI / 64, 1e-12);
        for (size_t f = 0; f < FREQUENCIES; ++f) {
            power[f][r] = m.rate_spectrum.values[EVERY * f];
            four[f][r] = m.four_point_spectrum.values[EVERY * f];
        }
        qn_rate_measurement_clear(&m);
    }
    for (size_t f = 1; f < FREQUENCIES; ++f) {
        double exact_power;
        const double dimension = exact_dimension(step * EVERY * (double)f, &exact_power);
        assert_agrees(exact_power, qn_estimate_of(REPETITIONS, power[f]), .max_z = 4, .max_relative_error = 0.05,
                      .max_relative_bar = 0.02);
        assert_agrees(exact_power * exact_power / dimension, qn_estimate_of(REPETITIONS, four[f]), .max_z = 4,
                      .max_relative_error = 0.15, .max_relative_bar = 0.05);
        if (f == 1) assert_true(dimension < 0.6); // or nothing would be tested
    }
}

// Without couplings Theta(l, l') = C(l) C(l'), at a mean of 0 or another; and the components have the variance.
static void independent_units_factorise(void **state)
{
    (void)state;
    enum { NETWORKS = 24, LAGS = 3, WIDTH = 2 * LAGS + 1 };
    const qn_rate_network network = {.size = 60, .coupling = {.strength = 1e-9}, .noise = 0.5};
    const qn_rate_simulation_options options = {.seed = 3,
                                                .trials = 16,
                                                .duration = 100,
                                                .burn_in = 10,
                                                .sample_interval = 0.5,
                                                .lag_max = 6,
                                                .dimension = true,
                                                .pca = true,
                                                .dimension_map_lags = LAGS};
    static double map[LAGS + 1][WIDTH][NETWORKS], ratio[NETWORKS], trace[NETWORKS];
    double c[LAGS + 1] = {0};
    for (uint64_t i = 0; i < NETWORKS; ++i) {
        qn_rate_measurement m;
        assert_ok(qn_rate_simulate(&network, &options, i, NULL, &m));
        assert_int_equal(m.map_lags, LAGS);
        assert_int_equal(m.component_count, 60);
        assert_close(m.four_point_map[LAGS], m.four_point_variance, 1e-5);
        trace[i] = 0;
        for (size_t k = 0; k < 60; ++k) trace[i] += m.component_variances[k] / 60 / m.rate_variance;
        for (int l = 0; l <= LAGS; ++l) c[l] += m.rate.values[l] / NETWORKS;
        for (int l = 0; l <= LAGS; ++l)
            for (int j = 0; j < WIDTH; ++j) map[l][j][i] = m.four_point_map[l * WIDTH + j];
        ratio[i] = m.rate_spectrum.values[7] * m.rate_spectrum.values[7] / m.four_point_spectrum.values[7];
        qn_rate_measurement_clear(&m);
    }
    for (int l = 0; l <= LAGS; ++l)
        for (int j = 0; j < WIDTH; ++j)
            assert_agrees(c[l] * c[abs(j - LAGS)], qn_estimate_of(NETWORKS, map[l][j]), .max_z = 4.5,
                          .max_relative_error = 0.05, .max_relative_bar = 0.02);
    assert_agrees(1, qn_estimate_of(NETWORKS, ratio), .max_z = 4, .max_relative_error = 0.1, .max_relative_bar = 0.04);
    assert_within(qn_estimate_of(NETWORKS, trace).value, 1, 1e-3);
}

// One trial has principal components and nothing that compares trials; at rest there is neither.
static void components_need_one_trial_that_moves(void **state)
{
    (void)state;
    const qn_rate_network moving = {.size = 50, .coupling = {.strength = 1}, .noise = 0.5},
                          silent = {.size = 50, .coupling = {.strength = 0.3}};
    const qn_rate_simulation_options options = {.trials = 1, .duration = 60, .burn_in = 5, .pca = true};
    qn_rate_measurement m;
    assert_ok(qn_rate_simulate(&moving, &options, 0, NULL, &m));
    assert_int_equal(m.component_count, 50);
    assert_true(m.component_variances[0] > 2 * m.component_variances[40] && m.component_variances[40] > 0);
    assert_int_equal(m.rate_spectrum.count, 0);
    assert_null(m.four_point_map);
    qn_rate_measurement_clear(&m);
    assert_null(m.component_variances);
    assert_ok(qn_rate_simulate(&silent, &options, 0, NULL, &m));
    assert_int_equal(m.component_count, 0);
    qn_rate_measurement_clear(&m);
}

static void bad_options_are_named(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 50, .coupling = {.strength = 2}};
    qn_rate_measurement m;
    const qn_rate_simulation_options options = {
        .trials = 2, .duration = 30, .lag_max = 5, .dimension = true, .dimension_map_lags = 6};
    assert_fails(qn_rate_simulate(&network, &options, 0, NULL, &m), QN_BAD_VALUE,
                 "simulation.dimension_map_lags is 6; allowed: 0 to 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_network_has_the_dimension_of_its_response),
        cmocka_unit_test(independent_units_factorise),
        cmocka_unit_test(components_need_one_trial_that_moves),
        cmocka_unit_test(bad_options_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
