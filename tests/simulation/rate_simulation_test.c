#include "testing.h"

#include <stdlib.h>

static qn_rate_measurement simulate(const qn_rate_network *network, const qn_rate_simulation_options *options,
                                    uint64_t realisation)
{
    qn_rate_measurement found;
    assert_ok(qn_rate_simulate(network, options, realisation, NULL, &found));
    return found;
}

// With J = 0 every unit is an Ornstein-Uhlenbeck process of variance sigma^2 and autocorrelation exp(-lag), whatever
// the step.
static void uncoupled_units_are_exact_with_any_step(void **state)
{
    (void)state;
    enum { NETWORKS = 8 };
    const qn_rate_network network = {.size = 200, .coupling = {.strength = 1e-9}, .noise = 0.5};
    const double step[] = {0.05, 0.5};
    for (int s = 0; s < 2; ++s) {
        const qn_rate_simulation_options options = {.seed = 3,
                                                    .trials = 16,
                                                    .duration = 100,
                                                    .burn_in = 10,
                                                    .step = step[s],
                                                    .sample_interval = 0.5,
                                                    .lag_max = 6};
        double variance[NETWORKS], at_one[NETWORKS], drift[NETWORKS], slope[NETWORKS], speed[NETWORKS];
        qn_rate_measurement found[NETWORKS];
        const qn_stationary *fields[NETWORKS];
        for (uint64_t i = 0; i < NETWORKS; ++i) {
            found[i] = simulate(&network, &options, i);
            fields[i] = &found[i].field;
            variance[i] = found[i].field_variance, at_one[i] = found[i].field.values[2], drift[i] = found[i].drift;
            slope[i] = found[i].mean_slope, speed[i] = found[i].velocity_variance;
            assert_int_equal(found[i].settled_trials + found[i].cycling_trials, 0);
            assert_close(found[i].field.step, 0.5, 1e-15);
        }
        assert_agrees(0.25, qn_estimate_of(NETWORKS, variance), .max_z = 4, .max_relative_error = 0.01,
                      .max_relative_bar = 0.003);
        assert_agrees(0.25, qn_estimate_of(NETWORKS, speed), .max_z = 4, .max_relative_error = 0.01,
                      .max_relative_bar = 0.003);
        assert_agrees(0.25 * exp(-1), qn_estimate_of(NETWORKS, at_one), .max_z = 4, .max_relative_error = 0.02,
                      .max_relative_bar = 0.008);
        // <1 - tanh^2> for variance 1/4, by quadrature
        double expected = 0;
        for (int i = -800; i <= 800; ++i)
            expected += 0.01 * exp(-0.5e-4 * i * i) / sqrt(2 * M_PI) / pow(cosh(0.5 * 0.01 * i), 2);
        assert_agrees(expected, qn_estimate_of(NETWORKS, slope), .max_z = 4, .max_relative_error = 0.003,
                      .max_relative_bar = 0.001);
        const qn_estimate rest = qn_estimate_of(NETWORKS, drift);
        assert_within(rest.value, 0, 4 * rest.standard_error);
        const qn_estimate rate = qn_decay_rate_of(NETWORKS, fields, true),
                          time = qn_correlation_time_of(NETWORKS, fields, true);
        assert_agrees(1, rate, .max_z = 4, .max_relative_error = 0.05, .max_relative_bar = 0.02);
        assert_agrees(1, time, .max_z = 4, .max_relative_error = 0.02, .max_relative_bar = 0.01);
        for (int i = 0; i < NETWORKS; ++i) qn_rate_measurement_clear(&found[i]);
    }
}

// Solve a x = b in place by elimination with pivoting; n at most 9.
static void solve(int n, double a[9][9], double b[9])
{
    for (int k = 0; k < n; ++k) {
        int pivot = k;
        for (int i = k; i < n; ++i)
            if (fabs(a[i][k]) > fabs(a[pivot][k])) pivot = i;
        for (int j = 0; j < n; ++j) {
            const double swap = a[k][j];
            a[k][j] = a[pivot][j], a[pivot][j] = swap;
        }
        const double swap = b[k];
        b[k] = b[pivot], b[pivot] = swap;
        for (int i = 0; i < n; ++i) {
            if (i == k) continue;
            const double factor = a[i][k] / a[k][k];
            for (int j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
            b[i] -= factor * b[k];
        }
    }
    for (int k = 0; k < n; ++k) b[k] /= a[k][k];
}

// Stationary covariance P of a linear network with noise: A P + P A^T + 2 sigma^2 = 0, A = J - 1; and C(lag) = exp(A
// lag) P.
static void linear_network_has_the_covariance_of_lyapunovs_equation(void **state)
{
    (void)state;
    enum { NETWORKS = 8 };
    double entries[9] = {0.3, -1.2, 0.4, 0.9, 0.1, -0.5, -0.2, 0.7, -0.6}, equations[9][9] = {{0}}, p[9];
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            p[3 * i + j] = i == j ? -2 * 0.16 : 0;
            for (int k = 0; k < 3; ++k) {
                equations[3 * i + j][3 * k + j] += entries[3 * i + k] - (i == k);
                equations[3 * i + j][3 * i + k] += entries[3 * j + k] - (j == k);
            }
        }
    solve(9, equations, p);
    double term[9], lagged[9];
    memcpy(term, p, sizeof p);
    memcpy(lagged, p, sizeof p);
    for (int order = 1; order < 40; ++order) {
        double next[9];
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) {
                next[3 * i + j] = -term[3 * i + j];
                for (int k = 0; k < 3; ++k) next[3 * i + j] += entries[3 * i + k] * term[3 * k + j];
            }
        for (int i = 0; i < 9; ++i) lagged[i] += term[i] = next[i] / order;
    }

    const qn_matrix matrix = {.rows = 3, .columns = 3, .values = entries};
    const qn_rate_network network = {.size = 3,
                                     .transfer = {.kind = QN_TRANSFER_LINEAR},
                                     .coupling = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix},
                                     .noise = 0.4};
    const qn_integrator integrators[] = {QN_INTEGRATOR_EXPONENTIAL_EULER, QN_INTEGRATOR_HEUN};
    for (int s = 0; s < 2; ++s) {
        const qn_rate_simulation_options options = {.seed = 4,
                                                    .trials = 96,
                                                    .duration = 400,
                                                    .burn_in = 20,
                                                    .step = 0.05,
                                                    .integrator = integrators[s],
                                                    .lag_max = 8,
                                                    .precision = QN_PRECISION_DOUBLE};
        double variance[NETWORKS], at_one[NETWORKS];
        for (uint64_t i = 0; i < NETWORKS; ++i) {
            qn_rate_measurement found = simulate(&network, &options, i);
            variance[i] = found.field_variance, at_one[i] = found.field.values[1];
            qn_rate_measurement_clear(&found);
        }
        assert_agrees((p[0] + p[4] + p[8]) / 3, qn_estimate_of(NETWORKS, variance), .max_z = 4,
                      .max_relative_error = 0.01, .max_relative_bar = 0.004);
        assert_agrees((lagged[0] + lagged[4] + lagged[8]) / 3, qn_estimate_of(NETWORKS, at_one), .max_z = 4,
                      .max_relative_error = 0.03, .max_relative_bar = 0.01);
    }
}

// A linear network: the largest Lyapunov exponent is the largest real part of J's eigenvalues (0.4 +- 0.9 i here, -0.2)
// minus 1.
static void lyapunov_exponent_of_a_linear_network(void **state)
{
    (void)state;
    double entries[9] = {0.4, -0.9, 0, 0.9, 0.4, 0, 0, 0, -0.2};
    const qn_matrix matrix = {.rows = 3, .columns = 3, .values = entries};
    const qn_rate_network network = {.size = 3,
                                     .transfer = {.kind = QN_TRANSFER_LINEAR},
                                     .coupling = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix}};
    qn_rate_simulation_options options = {.trials = 4, .tangents = 2, .duration = 100, .burn_in = 50, .step = 0.1};
    for (int s = 0; s < 2; ++s) {
        options.precision = s == 0 ? QN_PRECISION_DOUBLE : QN_PRECISION_SINGLE;
        qn_rate_measurement found = simulate(&network, &options, 0);
        assert_within(found.lyapunov_exponent, -0.6, 1e-5);
        assert_int_equal(found.settled_trials, 4);
        qn_rate_measurement_clear(&found);
    }
}

static void weak_coupling_is_silent(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 200, .transfer = {.kind = QN_TRANSFER_ERF}, .coupling = {.strength = 0.5}};
    qn_rate_simulation_options options = {.trials = 8};
    for (int s = 0; s < 2; ++s) {
        options.tangents = s == 0 ? 0 : 2;
        qn_rate_measurement found = simulate(&network, &options, 0);
        assert_int_equal(found.settled_trials, 8);
        assert_false(found.diverged);
        assert_within(found.field_variance, 0, 0);
        assert_within(found.rate_variance, 0, 0);
        assert_within(found.frozen_variance, 0, 1e-10);
        assert_within(found.mean_field, 0, 1e-5);
        assert_within(found.mean_slope, 1, 1e-6);
        assert_true(isnan(found.decay_rate));
        if (s == 1)
            assert_within(found.lyapunov_exponent, -0.5, 0.1); // the edge of the spectrum at this size
        else
            assert_true(isnan(found.lyapunov_exponent));
        qn_rate_measurement_clear(&found);
    }
}

// x_i = 2 tanh(x_i), each unit by itself: +-1.9150080481545375.
static void bistable_units_come_to_rest(void **state)
{
    (void)state;
    double entries[64] = {0};
    for (int i = 0; i < 8; ++i) entries[9 * i] = 2;
    const qn_matrix matrix = {.rows = 8, .columns = 8, .values = entries};
    const qn_rate_network network = {.size = 8, .coupling = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix}};
    const qn_rate_simulation_options options = {.trials = 16, .burn_in = 60, .duration = 40};
    qn_rate_measurement found = simulate(&network, &options, 0);
    const double x = 1.9150080481545375;
    assert_int_equal(found.settled_trials, 16);
    assert_within(found.mean_slope, 1 - x * x / 4, 1e-5);
    assert_within(found.field_variance, 0, 0);
    assert_true(found.frozen_variance > 0.5 * x * x &&
                found.frozen_variance <= x * x); // signs are random: x^2 - mean^2
    qn_rate_measurement_clear(&found);
}

// Two units that chase one another.
static void oscillations_are_counted_as_such(void **state)
{
    (void)state;
    double entries[4] = {2, -3, 3, 2};
    const qn_matrix matrix = {.rows = 2, .columns = 2, .values = entries};
    const qn_rate_network network = {.size = 2, .coupling = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix}};
    const qn_rate_simulation_options options = {.trials = 16, .tangents = 4};
    qn_rate_measurement found = simulate(&network, &options, 0);
    assert_int_equal(found.cycling_trials, 16);
    assert_int_equal(found.settled_trials, 0);
    assert_within(found.lyapunov_exponent, 0, 0.01);
    assert_true(found.field_variance > 0.5);
    qn_rate_measurement_clear(&found);
}

static void chaos_is_neither_rest_nor_cycle(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 300, .coupling = {.strength = 3}};
    const qn_rate_simulation_options options = {.trials = 12, .tangents = 4, .duration = 100, .burn_in = 60};
    qn_rate_measurement found = simulate(&network, &options, 0);
    assert_int_equal(found.settled_trials + found.cycling_trials, 0);
    assert_within(found.lyapunov_exponent, 0.19, 0.06); // 0.2355 as N -> infinity, 0.195 at 400
    assert_within(found.field_variance, 5.446, 0.8);
    assert_within(found.drift, 0, 0.1);
    qn_rate_measurement_clear(&found);
}

static void growth_without_bound_is_divergence(void **state)
{
    (void)state;
    const qn_rate_network network = {
        .size = 100, .transfer = {.kind = QN_TRANSFER_RELU}, .coupling = {.strength = 3}, .input = 1};
    for (int precision = 0; precision < 2; ++precision) {
        const qn_rate_simulation_options options = {.trials = 8, .tangents = 2, .precision = (qn_precision)precision};
        qn_rate_measurement found = simulate(&network, &options, 0);
        assert_true(found.diverged);
        assert_true(isnan(found.field_variance) && isnan(found.mean_field) && isnan(found.lyapunov_exponent) &&
                    isnan(found.frozen_variance));
        assert_int_equal(found.field.count, 0);
        assert_int_equal(found.settled_trials, 0);
        qn_rate_measurement_clear(&found);
    }
}

// Same network, two schemes, and two precisions: the same statistics.
static void integrators_and_precisions_agree(void **state)
{
    (void)state;
    enum { NETWORKS = 6 };
    const qn_rate_network network = {.size = 120, .coupling = {.strength = 1.2}, .noise = 0.5};
    const qn_rate_simulation_options base = {.seed = 2, .trials = 16, .duration = 150, .burn_in = 20, .lag_max = 5};
    double difference[3][NETWORKS], variance[NETWORKS];
    for (uint64_t i = 0; i < NETWORKS; ++i) {
        qn_rate_measurement reference = simulate(&network, &base, i);
        variance[i] = reference.field_variance;
        for (int s = 0; s < 3; ++s) {
            qn_rate_simulation_options other = base;
            if (s == 0) other.integrator = QN_INTEGRATOR_HEUN;
            if (s == 1) other.step = 0.2;
            if (s == 2) other.precision = QN_PRECISION_DOUBLE;
            qn_rate_measurement found = simulate(&network, &other, i);
            difference[s][i] = found.field_variance - reference.field_variance;
            qn_rate_measurement_clear(&found);
        }
        qn_rate_measurement_clear(&reference);
    }
    for (int s = 0; s < 3; ++s) {
        const qn_estimate off = qn_estimate_of(NETWORKS, difference[s]);
        assert_within(off.value, 0, 4 * off.standard_error + 0.002 * variance[0]);
        assert_true(off.standard_error < 0.01 * variance[0]);
    }
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const qn_rate_network networks[] = {{.size = 150, .coupling = {.strength = 2}},
                                        {.size = 150, .coupling = {.strength = 2}, .noise = 0.4, .input = 0.2}};
    const qn_rate_simulation_options options = {
        .seed = 5, .trials = 20, .tangents = 3, .duration = 12, .burn_in = 4, .lag_max = 5};
    for (int s = 0; s < 2; ++s) {
        qn_set_threads(1);
        qn_rate_measurement one = simulate(&networks[s], &options, 7);
        for (int threads = 2; threads < 4; ++threads) {
            qn_set_threads(threads);
            qn_rate_measurement many = simulate(&networks[s], &options, 7);
            assert_memory_equal(one.field.values, many.field.values, one.field.count * sizeof(double));
            assert_memory_equal(one.rate.values, many.rate.values, one.rate.count * sizeof(double));
            assert_memory_equal(&one, &many, offsetof(qn_rate_measurement, settled_trials));
            qn_rate_measurement_clear(&many);
        }
        qn_rate_measurement_clear(&one);
    }
    qn_set_threads(0);
}

static void bad_options_are_named(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 50, .coupling = {.strength = 2}},
                          noisy = {.size = 50, .coupling = {.strength = 2}, .noise = 0.5};
    qn_rate_measurement untouched = {.trials = 77};
    const struct {
        qn_rate_simulation_options options;
        const char *message;
    } cases[] = {
        {{.step = 0.8}, "simulation.step is 0.8; allowed: above 0, at most 0.5"},
        {{.step = -0.1}, "simulation.step is -0.1"},
        {{.step = NAN}, "simulation.step is nan"},
        {{.trials = 5000}, "simulation.trials is 5000; allowed: 1 to 1024"},
        {{.trials = 4, .tangents = 5}, "simulation.tangents is 5; allowed: 0 to 4"},
        {{.duration = -1}, "simulation.duration is -1"},
        {{.duration = INFINITY}, "simulation.duration is inf"},
        {{.burn_in = -5}, "simulation.burn_in is -5"},
        {{.sample_interval = 0.01}, "simulation.sample_interval is 0.01"},
        {{.lag_max = 300}, "simulation.lag_max is 300; allowed: 0 to 200"},
        {{.integrator = (qn_integrator)9}, "simulation.integrator is 9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_fails(qn_rate_simulate(&network, &cases[i].options, 0, NULL, &untouched), QN_BAD_VALUE,
                     cases[i].message);
    const qn_rate_simulation_options rk4 = {.integrator = QN_INTEGRATOR_RK4};
    assert_fails(qn_rate_simulate(&noisy, &rk4, 0, NULL, &untouched), QN_BAD_VALUE,
                 "simulation.integrator is rk4, which takes no noise");
    const qn_rate_network huge = {.size = 20000000, .coupling = {.strength = 2}};
    assert_fails(qn_rate_simulate(&huge, NULL, 0, NULL, &untouched), QN_NO_MEMORY, "");
    const qn_rate_network single = {.size = 1, .coupling = {.strength = 2}};
    assert_fails(qn_rate_simulate(&single, NULL, 0, NULL, &untouched), QN_BAD_VALUE, "network.size is 1");
    assert_int_equal(untouched.trials, 77);
}

static bool stop_soon(const qn_progress_report *report, void *context)
{
    assert_non_null(report->message);
    return ++*(int *)context < 2;
}

static void can_be_stopped(void **state)
{
    (void)state;
    int calls = 0;
    const qn_progress progress = {stop_soon, &calls};
    const qn_rate_network network = {.size = 200, .coupling = {.strength = 2}};
    const qn_rate_simulation_options options = {.duration = 1e6};
    qn_rate_measurement untouched = {.trials = 77};
    assert_int_equal(qn_rate_simulate(&network, &options, 0, &progress, &untouched), QN_STOPPED);
    assert_int_equal(untouched.trials, 77);
    assert_int_equal(calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uncoupled_units_are_exact_with_any_step),
        cmocka_unit_test(linear_network_has_the_covariance_of_lyapunovs_equation),
        cmocka_unit_test(lyapunov_exponent_of_a_linear_network),
        cmocka_unit_test(weak_coupling_is_silent),
        cmocka_unit_test(bistable_units_come_to_rest),
        cmocka_unit_test(oscillations_are_counted_as_such),
        cmocka_unit_test(chaos_is_neither_rest_nor_cycle),
        cmocka_unit_test(growth_without_bound_is_divergence),
        cmocka_unit_test(integrators_and_precisions_agree),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(can_be_stopped),
    };
    return cmocka_run_group_tests_name("rate_simulation", tests, NULL, NULL);
}
