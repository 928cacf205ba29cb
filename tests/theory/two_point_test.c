#include "testing.h"

#include <pthread.h>

static const double PI = 3.141592653589793238;

static qn_rate_network network(qn_transfer_kind kind, double strength, double noise)
{
    return (qn_rate_network){
        .size = 1000, .transfer = {.kind = kind}, .coupling = {.strength = strength}, .noise = noise};
}

static qn_rate_network shifted(qn_transfer_kind kind, double strength, double mean_coupling, double input)
{
    qn_rate_network made = network(kind, strength, 0.0);
    made.coupling.mean = mean_coupling;
    made.input = input;
    return made;
}

static qn_two_point solved(const qn_rate_network *of)
{
    qn_two_point result;
    assert_ok(qn_two_point_solve(of, NULL, &result));
    assert_true(result.energy_defect < 1e-9);
    return result;
}

static double mean_square_slope(const qn_rate_network *of, const qn_two_point *at)
{
    qn_gaussian_average *average;
    assert_ok(
        qn_gaussian_average_create(&of->transfer, at->mean_field, at->field_variance + at->frozen_variance, &average));
    const double square = qn_gaussian_average_square_slope(average);
    qn_gaussian_average_destroy(average);
    return square;
}

// docs/theory/random-mode.md, table A: C^x(0), C^phi(0), S0, kappa_inf, lambda, C^phi(1), C^phi(5), C^phi(omega = 0).
// Two lambdas differ from an earlier table whose box of 40 tau was too short for shallow wells (brute_force_test.c):
// with it (tanh, 0.5, 1) had -0.703188, below the edge of the continuum at -1 + g S0 = -0.701553, which no bound state
// can be.
static void table_a_of_the_theory_page(void **state)
{
    (void)state;
    static const struct {
        qn_transfer_kind kind;
        double g, sigma, expected[8];
    } rows[] = {
        {QN_TRANSFER_TANH, 1.5, 0.0, {0.747686, 0.342093, 0.657907, 0.161579, 0.046746, 0.336492, 0.240727, 6.2774}},
        {QN_TRANSFER_TANH, 2.0, 0.0, {1.924805, 0.513178, 0.486822, 0.228074, 0.112458, 0.491671, 0.251998, 6.2672}},
        {QN_TRANSFER_TANH, 3.0, 0.0, {5.446326, 0.680579, 0.319421, 0.285893, 0.235461, 0.617446, 0.222796, 6.0746}},
        {QN_TRANSFER_TANH, 5.0, 0.0, {16.964046, 0.810753, 0.189247, 0.323484, 0.433698, 0.677585, 0.192569, 5.8281}},
        {QN_TRANSFER_ERF, 1.5, 0.0, {0.838753, 0.384954, 0.656885, 0.170676, 0.051400, 0.377903, 0.261188, 6.6751}},
        {QN_TRANSFER_ERF, 2.0, 0.0, {2.064080, 0.553807, 0.485514, 0.238964, 0.123094, 0.527820, 0.255723, 6.4064}},
        {QN_TRANSFER_ERF, 3.0, 0.0, {5.637432, 0.710730, 0.318541, 0.294588, 0.254481, 0.638220, 0.218620, 6.0793}},
        {QN_TRANSFER_ERF, 5.0, 0.0, {17.201142, 0.829405, 0.188916, 0.328274, 0.462266, 0.684188, 0.188835, 5.8004}},
        {QN_TRANSFER_TANH, 1.2, 0.5, {0.514481, 0.278328, 0.721672, 0.500034, -0.130489, 0.166129, 0.022296, 1.0949}},
        {QN_TRANSFER_TANH, 0.5, 1.0, {1.049592, 0.403105, 0.596895, 0.954426, -0.701370, 0.145452, 0.003167, 0.8025}},
        {QN_TRANSFER_ERF, 2.0, 0.5, {2.104572, 0.557255, 0.481915, 0.266519, 0.066037, 0.459193, 0.169619, 4.6553}}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; ++row) {
        const qn_rate_network of = network(rows[row].kind, rows[row].g, rows[row].sigma);
        const double *expected = rows[row].expected;
        qn_two_point found = solved(&of);
        assert_within(found.field_variance, expected[0], 1e-6);
        assert_within(found.rate_variance, expected[1], 1e-6);
        assert_within(found.mean_slope, expected[2], 1e-6);
        assert_within(found.decay_rate, expected[3], 1e-6);
        assert_within(found.lyapunov_exponent, expected[4], 1e-6);
        assert_within(qn_stationary_at(&found.rate, 1.0), expected[5], 1e-6);
        assert_within(qn_stationary_at(&found.rate, 5.0), expected[6], 1e-6);
        const double cusp = -rows[row].sigma * rows[row].sigma * mean_square_slope(&of, &found);
        qn_spectrum spectrum;
        assert_ok(
            qn_stationary_transform(&found.rate, 4.0 * (double)found.rate.count * found.rate.step, cusp, &spectrum));
        assert_within(spectrum.values[0], expected[7], 6e-5);
        assert_true(found.mean_field == 0.0 && found.frozen_variance == 0.0);
        assert_int_equal(found.phase, expected[4] > 0.0 ? QN_PHASE_CHAOTIC : QN_PHASE_NOISE_DRIVEN);
        qn_spectrum_clear(&spectrum);
        qn_two_point_clear(&found);
    }
}

// Table E, theory column; the universal numbers of relu at g = 2 hold for any input and inhibition.
static void relu_with_inhibition(void **state)
{
    (void)state;
    const qn_rate_network of = shifted(QN_TRANSFER_RELU, 2.0, -12.0, 1.0);
    qn_two_point found = solved(&of);
    const double variance = found.field_variance + found.frozen_variance;
    assert_int_equal(found.phase, QN_PHASE_CHAOTIC);
    assert_within(found.mean_field, -0.16414, 5e-6);
    assert_within(variance, 0.17389, 5e-6);
    assert_within(found.frozen_variance, 0.11704, 5e-6);
    assert_within(found.mean_rate, 0.09701, 5e-6);
    assert_within(found.rate_variance, 0.015144, 5e-7);
    assert_within(found.decay_rate * found.decay_rate, 0.1004, 5e-5);
    assert_within(found.mean_field, 1.0 - 12.0 * found.mean_rate, 1e-13);
    qn_two_point_clear(&found);
    for (double inhibition = 2.0; inhibition < 200.0; inhibition *= 3.0)
        for (double input = 1e-3; input < 1e4; input *= 31.0) {
            const qn_rate_network other = shifted(QN_TRANSFER_RELU, 2.0, -inhibition, input);
            qn_two_point same = solved(&other);
            const double raw = same.field_variance + same.frozen_variance;
            assert_within(same.mean_field / sqrt(raw), -0.393625, 5e-7);
            assert_within(same.frozen_variance / raw, 0.673059, 5e-7);
            qn_two_point_clear(&same);
        }
    // sqrt(D0) = b / (m~ - Jbar <phi>_m~) must be positive: inhibition below 0.393625 / <phi> = 1.69 cannot hold it.
    qn_two_point none;
    const qn_rate_network weak = shifted(QN_TRANSFER_RELU, 2.0, -1.68, 1.0);
    assert_fails(qn_two_point_solve(&weak, NULL, &none), QN_NO_SOLUTION, "mean coupling -1.68");
    const qn_rate_network enough = shifted(QN_TRANSFER_RELU, 2.0, -1.70, 1.0);
    found = solved(&enough);
    qn_two_point_clear(&found);
}

// Beside g = 1, phi = x - beta x^3: c0 = eps / (3 beta), C = c0 sech(kappa lag), kappa = eps / sqrt 3, lambda = eps^2 /
// 2 (Poeschl-Teller well of 6 kappa^2 sech^2), all with corrections of relative order eps.
static void beside_the_transition(void **state)
{
    (void)state;
    const qn_transfer_kind kinds[] = {QN_TRANSFER_TANH, QN_TRANSFER_ERF};
    const double beta[] = {1.0 / 3.0, PI / 12.0};
    for (size_t k = 0; k < 2; ++k) {
        double error[2][4];
        for (size_t i = 0; i < 2; ++i) {
            const double eps = i == 0 ? 1e-3 : 1e-4;
            const qn_rate_network of = network(kinds[k], 1.0 + eps, 0.0);
            qn_two_point found = solved(&of);
            assert_int_equal(found.phase, QN_PHASE_CHAOTIC);
            error[i][0] = found.field_variance * 3.0 * beta[k] / eps - 1.0;
            error[i][1] = found.decay_rate * sqrt(3.0) / eps - 1.0;
            error[i][2] = found.lyapunov_exponent * 2.0 / (eps * eps) - 1.0;
            error[i][3] = found.correlation_time * eps / sqrt(3.0) / (PI / 2.0) - 1.0;
            const double lag = 2.0 / found.decay_rate;
            assert_within(qn_stationary_at(&found.field, lag) / found.field_variance, 1.0 / cosh(2.0), 2.0 * eps);
            qn_two_point_clear(&found);
        }
        for (size_t what = 0; what < 4; ++what) {
            assert_true(fabs(error[1][what]) < 1e-3);
            // Ten times closer, ten times smaller: the limit itself is right, not only near.
            assert_within(error[0][what] - 10.0 * error[1][what], 0.0, 5e-5);
        }
    }
}

// phi -> sign: E3 gives c0 = 2 (1 - 2/pi) g^2 and kappa^2 = 1 - (2/pi) g^2 / c0, with corrections in 1/g.
static void steep_transfer_function(void **state)
{
    (void)state;
    const qn_transfer_kind kinds[] = {QN_TRANSFER_TANH, QN_TRANSFER_ERF};
    for (size_t k = 0; k < 2; ++k) {
        double ratio[2], rate[2];
        for (size_t i = 0; i < 2; ++i) {
            const double g = i == 0 ? 60.0 : 120.0;
            const qn_rate_network of = network(kinds[k], g, 0.0);
            qn_two_point found = solved(&of);
            ratio[i] = found.field_variance / (g * g);
            rate[i] = found.decay_rate * found.decay_rate;
            assert_true(found.lyapunov_exponent > 1.4);
            qn_two_point_clear(&found);
        }
        const double limit = 2.0 * (1.0 - 2.0 / PI);
        assert_within(2.0 * ratio[1] - ratio[0], limit, 5e-4);
        assert_within(2.0 * rate[1] - rate[0], 1.0 - 2.0 / PI / limit, 5e-4);
    }
    const qn_rate_network thirty = network(QN_TRANSFER_ERF, 30.0, 0.0);
    qn_two_point found = solved(&thirty);
    assert_within(found.field_variance / 900.0, 2.0 * (1.0 - 2.0 / PI), 2e-3);
    qn_two_point_clear(&found);
}

static void silent_networks(void **state)
{
    (void)state;
    const qn_transfer_kind kinds[] = {QN_TRANSFER_TANH, QN_TRANSFER_ERF, QN_TRANSFER_LINEAR};
    for (size_t k = 0; k < 3; ++k) {
        qn_rate_network of = network(kinds[k], 0.7, 0.0);
        qn_two_point found = solved(&of);
        assert_int_equal(found.phase, QN_PHASE_QUIESCENT);
        assert_within(found.lyapunov_exponent, -0.3, 1e-15);
        assert_true(found.field_variance == 0.0 && found.rate_variance == 0.0 && found.mean_slope == 1.0);
        assert_true(isnan(found.decay_rate) && isnan(found.correlation_time));
        assert_within(qn_stationary_at(&found.response, 1.0), exp(-1.0), 1e-6);
        assert_true(qn_stationary_at(&found.field, 0.0) == 0.0);
        qn_two_point_clear(&found);
        // The eigenvalue Jbar of a uniform shift stands outside the disc of radius g.
        of.coupling.mean = 0.9;
        found = solved(&of);
        assert_within(found.lyapunov_exponent, -0.1, 1e-15);
        qn_two_point_clear(&found);
        of.coupling.mean = 0.0, of.transfer.gain = 1.25;
        found = solved(&of);
        assert_within(found.lyapunov_exponent, -1.0 + 0.7 * 1.25, 1e-15);
        qn_two_point_clear(&found);
    }
    assert_string_equal(qn_phase_name(QN_PHASE_QUIESCENT), "quiescent");
    assert_string_equal(qn_phase_name(QN_PHASE_FIXED_POINT), "fixed point");
    assert_string_equal(qn_phase_name(QN_PHASE_CHAOTIC), "chaotic");
    assert_string_equal(qn_phase_name(QN_PHASE_NOISE_DRIVEN), "noise-driven");
    assert_string_equal(qn_phase_name(QN_PHASE_DIVERGING), "diverging");
}

// C^x(lag) = sigma^2 exp(-kappa |lag|) / kappa, kappa = sqrt(1 - g^2): exact, and for every phi as g -> 0.
static void linear_network_with_noise(void **state)
{
    (void)state;
    for (double g = 0.1; g < 1.0; g += 0.2)
        for (double sigma = 0.01; sigma < 200.0; sigma *= 30.0) {
            const qn_rate_network of = network(QN_TRANSFER_LINEAR, g, sigma);
            qn_two_point found = solved(&of);
            const double kappa = sqrt(1.0 - g * g), variance = sigma * sigma / kappa;
            assert_within(found.field_variance / variance, 1.0, 1e-14);
            assert_within(found.decay_rate, kappa, 1e-14);
            assert_within(found.correlation_time * kappa, 1.0, 1e-12);
            assert_within(found.lyapunov_exponent, -1.0 + g, 1e-12);
            assert_within(found.velocity_variance / (variance * (g * g - 1.0) + 2.0 * sigma * sigma), 1.0, 1e-12);
            for (size_t i = 0; i < found.field.count; i += 7) {
                const double exact = variance * exp(-kappa * (double)i * found.field.step);
                assert_within(found.field.values[i] / variance, exact / variance, 1e-12);
                assert_within(found.rate.values[i] / variance, exact / variance, 1e-12);
            }
            qn_two_point_clear(&found);
        }
    const qn_rate_network weak = network(QN_TRANSFER_TANH, 1e-4, 0.6);
    qn_two_point found = solved(&weak);
    for (size_t i = 0; i < found.field.count; ++i)
        assert_within(found.field.values[i], 0.36 * exp(-(double)i * found.field.step), 1e-8);
    qn_two_point_clear(&found);
}

static void noise_gives_the_slope_at_zero_lag(void **state)
{
    (void)state;
    const double step = 1e-3;
    for (double sigma = 0.1; sigma < 2.0; sigma *= 2.5) {
        const qn_rate_network of = network(QN_TRANSFER_TANH, 1.5, sigma);
        qn_two_point found;
        assert_ok(qn_two_point_solve(&of, &(qn_two_point_options){.lag_step = step, .lag_max = 1.0}, &found));
        const double *c = found.field.values, *r = found.rate.values;
        assert_int_equal(found.field.count, 1001);
        // One-sided differences of fourth order.
        const double field = (-25.0 * c[0] + 48.0 * c[1] - 36.0 * c[2] + 16.0 * c[3] - 3.0 * c[4]) / (12.0 * step);
        const double rate = (-25.0 * r[0] + 48.0 * r[1] - 36.0 * r[2] + 16.0 * r[3] - 3.0 * r[4]) / (12.0 * step);
        assert_within(field, -sigma * sigma, 1e-9);
        assert_within(rate, -sigma * sigma * mean_square_slope(&of, &found), 1e-9);
        assert_within(found.velocity_variance, 2.25 * found.rate_variance - found.field_variance + 2.0 * sigma * sigma,
                      1e-12);
        qn_two_point_clear(&found);
    }
}

static void options_choose_the_grid(void **state)
{
    (void)state;
    const qn_rate_network of = network(QN_TRANSFER_ERF, 2.0, 0.0);
    qn_two_point fine = solved(&of), coarse;
    assert_within((double)(fine.field.count - 1) * fine.field.step * fine.decay_rate, 30.0, 0.02);
    assert_within(fine.field.step, 0.05, 0.0);
    assert_ok(qn_two_point_solve(&of, &(qn_two_point_options){.lag_step = 0.5, .lag_max = 7.0}, &coarse));
    assert_int_equal(coarse.field.count, 15);
    assert_int_equal(coarse.response.count, 15);
    for (size_t i = 0; i < 15; ++i) {
        assert_within(coarse.field.values[i], fine.field.values[10 * i], 1e-10);
        assert_within(coarse.rate.values[i], fine.rate.values[10 * i], 1e-10);
        assert_within(coarse.response.values[i], fine.mean_slope * exp(-0.5 * (double)i), 1e-13);
    }
    qn_two_point_clear(&fine);
    qn_two_point_clear(&coarse);
    assert_null(coarse.field.values);
}

static void errors_are_named(void **state)
{
    (void)state;
    qn_two_point result = {.mean_rate = 7.0};
    double critical = 5.0;
    qn_rate_network of = network(QN_TRANSFER_ERF, 2.0, 0.0);
    assert_fails(qn_two_point_solve(&of, &(qn_two_point_options){.tolerance = -1.0}, &result), QN_BAD_VALUE,
                 "tolerance is -1");
    assert_fails(qn_two_point_solve(&of, &(qn_two_point_options){.lag_step = -1.0}, &result), QN_BAD_VALUE,
                 "lag_step is -1");
    assert_fails(qn_two_point_solve(&of, &(qn_two_point_options){.lag_max = NAN}, &result), QN_BAD_VALUE,
                 "lag_max is nan");
    assert_fails(qn_two_point_solve(&of, &(qn_two_point_options){.lag_step = 1e-9, .lag_max = 50.0}, &result),
                 QN_BAD_VALUE, "lags; at most");
    of.size = 1;
    assert_fails(qn_two_point_solve(&of, NULL, &result), QN_BAD_VALUE, "network.size is 1");
    assert_fails(qn_transition_strength(&of, &critical), QN_BAD_VALUE, "network.size is 1");
    of = network(QN_TRANSFER_RELU, 2.0, 0.0);
    of.input = 1.0;
    assert_fails(qn_two_point_solve(&of, NULL, &result), QN_NO_SOLUTION, "no stationary state: relu with strength 2");
    of = network(QN_TRANSFER_RELU, 1.5, 0.3);
    assert_fails(qn_two_point_solve(&of, NULL, &result), QN_NO_SOLUTION, "no stationary state: relu with strength 1.5");
    of = shifted(QN_TRANSFER_RELU, 1.0, 1.5, 1.0);
    assert_fails(qn_two_point_solve(&of, NULL, &result), QN_NO_SOLUTION, "mean coupling 1.5");
    of = network(QN_TRANSFER_LINEAR, 1.0, 0.3);
    assert_fails(qn_two_point_solve(&of, NULL, &result), QN_NO_SOLUTION,
                 "no stationary state: a linear network with strength 1");
    of = shifted(QN_TRANSFER_LINEAR, 0.5, 1.2, 0.3);
    assert_fails(qn_two_point_solve(&of, NULL, &result), QN_NO_SOLUTION, "mean coupling 1.2");
    of = shifted(QN_TRANSFER_ERF, 1.17697224, 0.0, 0.1);
    assert_fails(qn_two_point_solve(&of, NULL, &result), QN_NOT_CONVERGED, "too close to the transition");
    assert_true(result.mean_rate == 7.0 && critical == 5.0);
}

static void *solve_in_thread(void *result)
{
    const qn_rate_network of = network(QN_TRANSFER_TANH, 2.5, 0.3);
    for (int repeat = 0; repeat < 5; ++repeat) {
        qn_two_point_clear(result);
        if (qn_two_point_solve(&of, NULL, result) != QN_OK) return NULL;
    }
    return result;
}

static void threads_find_the_same_bits(void **state)
{
    (void)state;
    qn_two_point results[3] = {{0}};
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i) assert_int_equal(pthread_create(&threads[i], NULL, solve_in_thread, &results[i]), 0);
    assert_non_null(solve_in_thread(&results[2]));
    for (int i = 0; i < 2; ++i) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        assert_non_null(done);
        assert_int_equal(results[i].field.count, results[2].field.count);
        assert_memory_equal(results[i].field.values, results[2].field.values, results[2].field.count * sizeof(double));
        assert_memory_equal(results[i].rate.values, results[2].rate.values, results[2].rate.count * sizeof(double));
        assert_memory_equal(&results[i].lyapunov_exponent, &results[2].lyapunov_exponent, sizeof(double));
        qn_two_point_clear(&results[i]);
    }
    qn_two_point_clear(&results[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table_a_of_the_theory_page),
                                       cmocka_unit_test(relu_with_inhibition),
                                       cmocka_unit_test(beside_the_transition),
                                       cmocka_unit_test(steep_transfer_function),
                                       cmocka_unit_test(silent_networks),
                                       cmocka_unit_test(linear_network_with_noise),
                                       cmocka_unit_test(noise_gives_the_slope_at_zero_lag),
                                       cmocka_unit_test(options_choose_the_grid),
                                       cmocka_unit_test(errors_are_named),
                                       cmocka_unit_test(threads_find_the_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
