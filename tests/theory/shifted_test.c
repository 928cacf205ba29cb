// Means, inputs, frozen parts: states that are not centred, against closed forms, quadrature and limits.
#include "testing.h"

#include "numerics/quadrature.h"
#include "numerics/roots.h"

static const double PI = 3.141592653589793238;

static qn_rate_network network(qn_transfer_kind kind, double strength, double mean_coupling, double input, double noise)
{
    return (qn_rate_network){.size = 1000,
                             .transfer = {.kind = kind},
                             .coupling = {.strength = strength, .mean = mean_coupling},
                             .input = input,
                             .noise = noise};
}

static qn_two_point solved(const qn_rate_network *of)
{
    qn_two_point result;
    assert_ok(qn_two_point_solve(of, NULL, &result));
    assert_true(result.energy_defect < 1e-9);
    return result;
}

static double cumulative(double x) { return 0.5 * erfc(-x / sqrt(2.0)); }
static double density(double x) { return exp(-0.5 * x * x) / sqrt(2.0 * PI); }

// g^2 <relu^2> = 1 at mean m, variance 1.
static double relu_frozen(double m, void *context)
{
    const double g = *(double *)context;
    return g * g * ((1.0 + m * m) * cumulative(m) + m * density(m)) - 1.0;
}

static void relu_fixed_point(void **state)
{
    (void)state;
    for (double g = 0.2; g < 1.4; g += 0.15)
        for (double inhibition = 0.0; inhibition < 30.0; inhibition = 3.0 * inhibition + 1.0)
            for (double input = 1e-3; input < 2e3; input *= 1000.0) {
                double m;
                assert_ok(qn_find_root(relu_frozen, &g, -1.0, 50.0, 0.0, &m));
                const double deviation = input / (m + inhibition * (m * cumulative(m) + density(m)));
                const qn_rate_network of = network(QN_TRANSFER_RELU, g, -inhibition, input, 0.0);
                qn_two_point found = solved(&of);
                assert_int_equal(found.phase, QN_PHASE_FIXED_POINT);
                assert_within(found.mean_field / (m * deviation), 1.0, 1e-9);
                assert_within(sqrt(found.frozen_variance) / deviation, 1.0, 1e-9);
                assert_within(found.mean_rate / (deviation * (m * cumulative(m) + density(m))), 1.0, 1e-9);
                assert_within(found.lyapunov_exponent, -1.0 + g * sqrt(cumulative(m)), 1e-9);
                assert_within(found.mean_slope, cumulative(m), 1e-9);
                assert_true(found.field_variance == 0.0 && isnan(found.decay_rate));
                qn_two_point_clear(&found);
            }
}

static void linear_fixed_point(void **state)
{
    (void)state;
    const qn_rate_network of = network(QN_TRANSFER_LINEAR, 0.6, -2.0, 1.5, 0.0);
    qn_two_point found = solved(&of);
    assert_within(found.mean_field, 0.5, 1e-15);
    assert_within(found.frozen_variance, 0.36 * 0.25 / 0.64, 1e-15);
    assert_within(found.lyapunov_exponent, -0.4, 1e-15);
    qn_two_point_clear(&found);
}

static void silent_below_threshold(void **state)
{
    (void)state;
    const qn_rate_network of = network(QN_TRANSFER_RELU, 1.2, 0.0, -1.0, 0.0);
    qn_two_point found = solved(&of);
    assert_int_equal(found.phase, QN_PHASE_FIXED_POINT);
    assert_true(found.mean_field == -1.0 && found.frozen_variance == 0.0 && found.mean_rate == 0.0);
    assert_true(found.lyapunov_exponent == -1.0);
    qn_two_point_clear(&found);
    // Also where excitation would run away once units were active.
    const qn_rate_network excited = network(QN_TRANSFER_RELU, 1.2, 3.0, -1.0, 0.0);
    found = solved(&excited);
    assert_true(found.phase == QN_PHASE_FIXED_POINT && found.mean_field == -1.0 && found.lyapunov_exponent == -1.0);
    qn_two_point_clear(&found);
    const qn_rate_network idle = network(QN_TRANSFER_RELU, 1.2, 0.0, 0.0, 0.0);
    found = solved(&idle);
    assert_int_equal(found.phase, QN_PHASE_QUIESCENT);
    assert_within(found.lyapunov_exponent, -1.0 + 1.2 / sqrt(2.0), 1e-12);
    qn_two_point_clear(&found);
}

// The equations (E18) themselves, each put back by adaptive quadrature of F.
typedef struct {
    const qn_gaussian_average *average;
    double g;
} field;

static double force(double covariance, void *context)
{
    const field *of = context;
    double product;
    qn_gaussian_average_product(of->average, 1, &covariance, &product);
    return of->g * of->g * product - covariance;
}

static void equations_hold(const qn_rate_network *of, double tolerance)
{
    qn_two_point found = solved(of);
    const double g = of->coupling.strength, frozen = found.frozen_variance, variance = found.field_variance + frozen;
    qn_gaussian_average *average;
    assert_ok(qn_gaussian_average_create(&of->transfer, found.mean_field, variance, &average));
    field at = {.average = average, .g = g};
    assert_within(found.mean_rate, qn_gaussian_average_value(average), 1e-15);
    assert_within(found.mean_field - of->input - of->coupling.mean * found.mean_rate, 0.0, tolerance * sqrt(variance));
    assert_within(force(frozen, &at), 0.0, tolerance * variance);
    double energy = 0.0;
    if (found.field_variance > 0.0)
        assert_ok(qn_integrate(force, &at, frozen, variance, 1e-13 * variance * variance, 1e-12, &energy, NULL));
    assert_within(energy + 0.5 * pow(of->noise, 4.0), 0.0, tolerance * variance * variance);
    // Cross-check of the energy: C^phi(0) = <phi^2> - Dinf / g^2.
    assert_within(found.rate_variance, qn_gaussian_average_square(average) - frozen / (g * g), tolerance * variance);
    assert_within(found.velocity_variance,
                  g * g * found.rate_variance - found.field_variance + 2.0 * of->noise * of->noise,
                  tolerance * variance);
    const double growth = g * g * qn_gaussian_average_square_slope(average);
    if (found.phase == QN_PHASE_FIXED_POINT) assert_true(growth <= 1.0 && found.field_variance == 0.0);
    if (found.phase == QN_PHASE_CHAOTIC) assert_true(growth > 1.0 && found.lyapunov_exponent > 0.0);
    if (found.phase == QN_PHASE_CHAOTIC || found.phase == QN_PHASE_NOISE_DRIVEN) {
        double slope;
        qn_gaussian_average_slope_product(average, 1, &frozen, &slope);
        assert_within(found.decay_rate * found.decay_rate, 1.0 - g * g * slope, tolerance);
        assert_within(found.rate.values[0], found.rate_variance, 1e-12);
    }
    qn_gaussian_average_destroy(average);
    qn_two_point_clear(&found);
}

static void every_equation_holds(void **state)
{
    (void)state;
    const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH, QN_TRANSFER_RELU};
    for (size_t k = 0; k < 3; ++k)
        for (double noise = 0.0; noise < 1.0; noise += 0.4)
            for (double g = 0.8; g < 4.0; g *= 1.9)
                for (double input = -0.6; input < 1.0; input += 0.7) {
                    const double mean_coupling = k == 2 ? -8.0 : input > 0.5 ? 0.8 : -1.5;
                    const qn_rate_network of = network(kinds[k], g, mean_coupling, input, noise);
                    equations_hold(&of, k == 1 ? 1e-9 : 1e-10);
                }
}

// As the input vanishes, so do mean and frozen part (linearly and quadratically), and the rest is the odd solution.
static void small_input_is_the_odd_solution(void **state)
{
    (void)state;
    const qn_rate_network odd = network(QN_TRANSFER_ERF, 2.0, 0.0, 0.0, 0.0);
    qn_two_point centred = solved(&odd);
    double frozen[2];
    for (int i = 0; i < 2; ++i) {
        const double input = i == 0 ? 1e-3 : 1e-4;
        const qn_rate_network of = network(QN_TRANSFER_ERF, 2.0, 0.0, input, 0.0);
        qn_two_point found = solved(&of);
        frozen[i] = found.frozen_variance / (input * input);
        assert_within(found.mean_rate / input, centred.mean_slope, 1e-4);
        assert_within(found.field_variance, centred.field_variance, 30.0 * input * input);
        assert_within(found.lyapunov_exponent, centred.lyapunov_exponent, 30.0 * input * input);
        assert_within(found.decay_rate, centred.decay_rate, 30.0 * input * input);
        qn_two_point_clear(&found);
    }
    // Linear response: Dinf = g^2 S0^2 (b^2 + Dinf).
    const double loop = 4.0 * centred.mean_slope * centred.mean_slope;
    assert_within(frozen[1] / (loop / (1.0 - loop)), 1.0, 1e-4);
    assert_within(frozen[0] / frozen[1], 1.0, 1e-3);
    qn_two_point_clear(&centred);
}

// Jbar <phi'> > 1: the symmetric state cannot hold, units agree on a sign. Checked in closed form for erf.
static void spontaneous_mean(void **state)
{
    (void)state;
    qn_rate_network of = network(QN_TRANSFER_ERF, 1.2, 3.0, 0.0, 0.0);
    qn_two_point found = solved(&of);
    assert_int_equal(found.phase, QN_PHASE_FIXED_POINT);
    assert_true(found.mean_field > 2.0);
    const double mean = erf(sqrt(PI) / 2.0 * found.mean_field / sqrt(1.0 + PI / 2.0 * found.frozen_variance));
    assert_within(found.mean_rate, mean, 1e-13);
    assert_within(found.mean_field, 3.0 * mean, 1e-12);
    qn_two_point_clear(&found);
    // Symmetric as long as Jbar S0 < 1, even though Jbar > 1.
    of.coupling.mean = 1.2;
    found = solved(&of);
    assert_true(found.mean_field == 0.0 && 1.2 * found.mean_slope < 1.0);
    assert_int_equal(found.phase, QN_PHASE_CHAOTIC);
    qn_two_point_clear(&found);
    // Just past, the mean grows from zero as a square root.
    of = network(QN_TRANSFER_ERF, 0.5, 1.001, 0.0, 0.0);
    found = solved(&of);
    assert_true(found.mean_field > 0.01 && found.mean_field < 0.2);
    equations_hold(&of, 1e-10);
    qn_two_point_clear(&found);
    // Input of either sign, and no input at all as its limit from above.
    qn_rate_network up = network(QN_TRANSFER_ERF, 2.0, 1.5, 0.3, 0.2), down = up;
    down.input = -0.3;
    qn_two_point above = solved(&up), below = solved(&down);
    assert_within(above.mean_field + below.mean_field, 0.0, 1e-12);
    assert_within(above.mean_rate + below.mean_rate, 0.0, 1e-12);
    assert_true(above.mean_field > 0.0);
    assert_within(above.field_variance, below.field_variance, 1e-12);
    assert_within(above.lyapunov_exponent, below.lyapunov_exponent, 1e-9);
    qn_two_point_clear(&above);
    qn_two_point_clear(&below);
}

// Close to the onset of chaos the fluctuations are a thousandth of the frozen variance: nothing may be lost in
// rounding.
static void small_fluctuations_on_a_frozen_background(void **state)
{
    (void)state;
    qn_rate_network of = network(QN_TRANSFER_ERF, 1.0, 0.0, 0.1, 0.0);
    double critical, ratio[3];
    assert_ok(qn_transition_strength(&of, &critical));
    for (int i = 0; i < 3; ++i) {
        const double excess = i == 0 ? 1e-2 : i == 1 ? 1e-3 : 1e-4;
        of.coupling.strength = critical * (1.0 + excess);
        qn_two_point found = solved(&of);
        assert_int_equal(found.phase, QN_PHASE_CHAOTIC);
        ratio[i] = found.decay_rate * found.decay_rate / excess;
        assert_true(found.lyapunov_exponent > 0.0);
        qn_two_point_clear(&found);
    }
    assert_within(ratio[1] / ratio[2], 1.0, 2e-2);
    assert_within(ratio[0] / ratio[2], 1.0, 2e-1);
    of.coupling.strength = critical * (1.0 - 1e-6);
    qn_two_point found = solved(&of);
    assert_int_equal(found.phase, QN_PHASE_FIXED_POINT);
    assert_within(found.lyapunov_exponent, 0.0, 1e-5);
    qn_two_point_clear(&found);
}

// Weak noise on a fixed point: each unit is an Ornstein-Uhlenbeck process in a linear network of strength g
// sqrt<phi'^2>, however small the noise beside the frozen variance.
static void weak_noise_is_linear(void **state)
{
    (void)state;
    const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH, QN_TRANSFER_RELU};
    for (size_t k = 0; k < 3; ++k) {
        qn_rate_network of = network(kinds[k], 1.2, -1.0, 2.0, 0.0);
        qn_two_point frozen = solved(&of);
        assert_int_equal(frozen.phase, QN_PHASE_FIXED_POINT);
        const double kappa = sqrt(1.0 - pow(1.0 + frozen.lyapunov_exponent, 2.0));
        for (double noise = 1e-2; noise > 1e-7; noise *= 0.1) {
            of.noise = noise;
            qn_two_point found = solved(&of);
            const double variance = noise * noise / kappa;
            // relu's slope jumps: corrections are of first order in the noise there, of second elsewhere.
            const double tolerance = fmax(k == 2 ? 3.0 * noise : 30.0 * noise * noise, 1e-9);
            assert_within(found.field_variance / variance, 1.0, tolerance);
            assert_within(found.correlation_time * kappa, 1.0, tolerance);
            assert_within(qn_stationary_at(&found.field, 1.0) / variance, exp(-kappa), tolerance);
            assert_int_equal(found.phase, QN_PHASE_NOISE_DRIVEN);
            qn_two_point_clear(&found);
        }
        qn_two_point_clear(&frozen);
    }
}

// A threshold moves mean and input together; exponent 1 is relu.
static void threshold_power(void **state)
{
    (void)state;
    for (int k = 0; k < 3; ++k) {
        qn_rate_network relu =
            network(QN_TRANSFER_RELU, k == 0 ? 1.2 : 2.0, k == 1 ? -12.0 : -3.0, 1.0, k == 2 ? 0.4 : 0.0);
        qn_rate_network power = relu;
        power.transfer.kind = QN_TRANSFER_THRESHOLD_POWER;
        power.transfer.threshold = 0.3;
        power.input += 0.3;
        qn_two_point a = solved(&relu), b = solved(&power);
        assert_int_equal(a.phase, b.phase);
        assert_within(b.mean_field - 0.3, a.mean_field, 1e-9);
        assert_within(b.field_variance, a.field_variance, 1e-8);
        assert_within(b.frozen_variance, a.frozen_variance, 1e-8);
        assert_within(b.lyapunov_exponent, a.lyapunov_exponent, 1e-7);
        qn_two_point_clear(&a);
        qn_two_point_clear(&b);
    }
    const double exponents[] = {0.7, 1.5, 2.0};
    for (int k = 0; k < 3; ++k)
        for (double noise = 0.0; noise < 0.5; noise += 0.3) {
            qn_rate_network of = network(QN_TRANSFER_THRESHOLD_POWER, k == 0 ? 1.8 : 0.7, -2.0, 0.6, noise);
            of.transfer.exponent = exponents[k];
            equations_hold(&of, 1e-8);
        }
    qn_rate_network of = network(QN_TRANSFER_THRESHOLD_POWER, 2.0, 0.0, 1.0, 0.0);
    of.transfer.exponent = 2.0;
    qn_two_point none;
    assert_fails(qn_two_point_solve(&of, NULL, &none), QN_NO_SOLUTION,
                 "no stationary state: threshold-power with strength 2");
}

// erf from a fine table is erf, by both solvers: an odd table takes that of odd functions, one odd but for a last digit
// the other.
static void table_of_erf(void **state)
{
    (void)state;
    enum { HALF = 800, ROWS = 2 * HALF + 1 };
    double x[ROWS], value[ROWS], slope[ROWS];
    const qn_transfer erf_itself = {.kind = QN_TRANSFER_ERF};
    for (int i = 0; i <= HALF; ++i) x[HALF + i] = 8.0 * i / HALF, x[HALF - i] = -x[HALF + i];
    qn_transfer_value(&erf_itself, ROWS, x, value);
    qn_transfer_slope(&erf_itself, ROWS, x, slope);
    for (int i = 0; i <= HALF; ++i) value[HALF - i] = -value[HALF + i], slope[HALF - i] = slope[HALF + i];
    for (int nudged = 0; nudged < 2; ++nudged) {
        if (nudged) value[0] *= 1.0 + 1e-12;
        qn_transfer_table *table;
        assert_ok(qn_transfer_table_create(ROWS, x, value, slope, &table));
        qn_rate_network exact = network(QN_TRANSFER_ERF, 2.0, 0.0, 0.0, 0.0), tabulated = exact;
        tabulated.transfer = (qn_transfer){.kind = QN_TRANSFER_TABLE, .table = table};
        assert_int_equal(qn_transfer_is_odd(&tabulated.transfer), !nudged);
        qn_two_point a = solved(&exact), b = solved(&tabulated);
        assert_within(b.field_variance, a.field_variance, 2e-9);
        assert_within(b.rate_variance, a.rate_variance, 2e-9);
        assert_within(b.lyapunov_exponent, a.lyapunov_exponent, 2e-9);
        assert_within(b.decay_rate, a.decay_rate, 2e-9);
        qn_two_point_clear(&a);
        qn_two_point_clear(&b);
        qn_transfer_table_destroy(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(relu_fixed_point),
                                       cmocka_unit_test(linear_fixed_point),
                                       cmocka_unit_test(silent_below_threshold),
                                       cmocka_unit_test(every_equation_holds),
                                       cmocka_unit_test(small_input_is_the_odd_solution),
                                       cmocka_unit_test(spontaneous_mean),
                                       cmocka_unit_test(small_fluctuations_on_a_frozen_background),
                                       cmocka_unit_test(weak_noise_is_linear),
                                       cmocka_unit_test(threshold_power),
                                       cmocka_unit_test(table_of_erf)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
