// Unit classes: against known numbers, one class against the theory of equal units, and a plain sum over a fine grid.
#include "testing.h"

#include "theory/class_four_point.h"
#include "theory/overlap_four_point.h"

#include <math.h>
#include <quenched/four_point.h>
#include <quenched/heterogeneous.h>

static const double two_gains[] = {0.3, 2.0}, two_weights[] = {0.7, 0.3}, one[] = {1.0};
static const double three_gains[] = {0.5, 1.0, 2.0}, three_weights[] = {0.3, 0.4, 0.3};
static const double noisy_gains[] = {0.4, 1.6}, noisy_weights[] = {0.5, 0.5};

static const qn_unit_classes two = {{QN_TRANSFER_ERF, .gain = 1.0}, 3.0, 0.0, 2, two_gains, two_weights, NULL};
static const qn_unit_classes single = {{QN_TRANSFER_ERF, .gain = 1.0}, 3.0, 0.0, 1, one, one, NULL};
static const qn_unit_classes three = {{QN_TRANSFER_ERF, .gain = 1.0}, 2.5, 0.0, 3, three_gains, three_weights, NULL};
static const qn_unit_classes noisy = {{QN_TRANSFER_ERF, .gain = 1.0}, 1.2, 0.5, 2, noisy_gains, noisy_weights, NULL};

static qn_heterogeneous *solve(const qn_unit_classes *units)
{
    qn_heterogeneous *theory = NULL;
    assert_ok(qn_heterogeneous_create(units, &theory));
    return theory;
}

static double ratio(const qn_heterogeneous *theory, double inverse_effective_rank, bool zscored)
{
    double participation, variance;
    assert_ok(qn_heterogeneous_dimension(theory, inverse_effective_rank, zscored, &participation, &variance));
    return participation;
}

// Tolerances relative to the printed value; half of the last digit printed is allowed besides.
static void without_noise_numbers_are_known(void **state)
{
    (void)state;
    static const struct {
        const qn_unit_classes *units;
        double inverse_rank, base_variance, raw, zscored;
    } known[] = {
        {&two, 0.0, 3.032764, 0.02206, 0.01985},    {&two, 1.0, 3.032764, 0.01405, 0.01232},
        {&two, -1.0, 3.032764, 0.05133, 0.05102},   {&single, 0.0, 5.637432, 0.04974, 0.04974},
        {&single, 1.0, 5.637432, 0.02801, 0.02801}, {&three, 0.0, 3.427842, 0.03819, 0.03704},
        {&three, 2.0, 3.427842, 0.01512, 0.01453},  {&three, 10.0, 3.427842, 0.00443, 0.00424},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        qn_heterogeneous *theory = solve(known[i].units);
        qn_class_activity activity;
        qn_heterogeneous_activity(theory, &activity);
        assert_within(activity.base_variance, known[i].base_variance, 5.1e-7);
        assert_true(activity.defect < 1e-9);
        assert_within(ratio(theory, known[i].inverse_rank, false), known[i].raw, 5.1e-6);
        assert_within(ratio(theory, known[i].inverse_rank, true), known[i].zscored, 5.1e-6);
        qn_heterogeneous_destroy(theory);
    }
}

static void with_noise_numbers_are_known(void **state)
{
    (void)state;
    qn_heterogeneous *theory = solve(&noisy);
    qn_class_activity activity;
    qn_heterogeneous_activity(theory, &activity);
    assert_int_equal(activity.classes, 2);
    assert_within(activity.class_rate_variance[0], 0.207271, 5.1e-7);
    assert_within(activity.class_rate_variance[1], 0.426025, 5.1e-7);
    assert_within(activity.rate_variance, 0.5 * (0.207271 + 0.426025), 5.1e-7);
    assert_within(activity.class_slope[0], 0.329883, 5.1e-7);
    assert_within(activity.class_slope[1], 0.985843, 5.1e-7);
    assert_within(activity.decay_rate * activity.decay_rate, 0.2219, 5.1e-5);
    assert_true(activity.base_variance > 0.0 && activity.lyapunov_exponent < 0.0);
    static const double known[][3] = {{0.0, 0.2140, 0.2941}, {1.0, 0.1573, 0.2203}, {-1.0, 0.3346, 0.4424}};
    for (size_t i = 0; i < 3; ++i) {
        // Known to a few 1e-4 of their value only.
        assert_within(ratio(theory, known[i][0], false) / known[i][1], 1.0, 1e-3);
        assert_within(ratio(theory, known[i][0], true) / known[i][2], 1.0, 1e-3);
    }
    qn_heterogeneous_destroy(theory);
}

// Classes that differ in gain alone, from dynamics: orthogonal couplings, w = [0.1, 1.5].
static void orthogonal_couplings_give_known_numbers(void **state)
{
    (void)state;
    const double gains[] = {0.1, 1.5}, weights[] = {0.5, 0.5};
    const qn_unit_classes units = {{QN_TRANSFER_ERF, .gain = 1.0}, 3.0, 0.0, 2, gains, weights, NULL};
    qn_heterogeneous *theory = solve(&units);
    assert_within(ratio(theory, -1.0, false), 0.0478, 5.1e-5);
    assert_within(ratio(theory, -1.0, true), 0.0480, 5.1e-5);
    qn_heterogeneous_destroy(theory);
}

// Equal units in one class or in two equal ones, by (E10, E11) and by (E2-E6).
static void check_equal_units(qn_transfer_kind kind, double strength, double noise, double two_point_tolerance,
                              double dimension_tolerance)
{
    const double gains[] = {1.0, 1.0}, weights[] = {0.4, 0.6};
    const qn_unit_classes units = {{kind, .gain = 1.0}, strength, noise, 2, gains, weights, NULL};
    const qn_rate_network network = {
        .size = 100, .transfer = {kind, .gain = 1.0}, .noise = noise, .coupling = {.strength = strength}};
    qn_two_point expected;
    qn_four_point *four_point;
    qn_class_activity activity;
    qn_heterogeneous *theory = solve(&units);
    assert_ok(qn_two_point_solve(&network, NULL, &expected));
    assert_ok(qn_four_point_create(&network, &expected, &four_point));
    qn_heterogeneous_activity(theory, &activity);
    assert_within(activity.rate_variance, expected.rate_variance, two_point_tolerance);
    assert_within(activity.class_slope[1], expected.mean_slope, two_point_tolerance);
    assert_within(activity.decay_rate, expected.decay_rate, two_point_tolerance);
    if (noise == 0.0) {
        assert_within(activity.base_variance / expected.field_variance, 1.0, two_point_tolerance);
        assert_within(activity.lyapunov_exponent, expected.lyapunov_exponent, two_point_tolerance);
    }
    const double lags[] = {0.0, 0.05, 1.0, -3.0, 10.0};
    double found[5];
    assert_ok(qn_heterogeneous_autocovariance(theory, 1, 5, lags, found));
    for (size_t i = 0; i < 5; ++i)
        assert_within(found[i], qn_stationary_at(&expected.rate, lags[i]), two_point_tolerance);
    for (double inverse_rank = -1.0; inverse_rank <= 5.0; inverse_rank += 1.5) {
        qn_dimension dimension;
        double participation, variance;
        assert_ok(qn_four_point_dimension(four_point, inverse_rank, &dimension));
        assert_ok(qn_heterogeneous_dimension(theory, inverse_rank, false, &participation, &variance));
        assert_within(participation / dimension.participation_ratio, 1.0, dimension_tolerance);
        assert_within(variance / dimension.four_point_variance, 1.0, dimension_tolerance);
        assert_ok(qn_heterogeneous_dimension(theory, inverse_rank, true, &participation, &variance));
        assert_within(participation / dimension.participation_ratio, 1.0, dimension_tolerance);
        assert_within(variance * participation, 1.0, 1e-12);
    }
    qn_heterogeneous_destroy(theory);
    qn_four_point_destroy(four_point);
    qn_two_point_clear(&expected);
}

static void equal_units_without_noise(void **state)
{
    (void)state;
    check_equal_units(QN_TRANSFER_TANH, 3.0, 0.0, 1e-9, 1e-7);
    check_equal_units(QN_TRANSFER_ERF, 1.5, 0.0, 1e-9, 1e-7);
}

static void equal_units_with_noise(void **state)
{
    (void)state;
    check_equal_units(QN_TRANSFER_ERF, 0.5, 1.0, 1e-6, 1e-5);
    check_equal_units(QN_TRANSFER_TANH, 1.2, 0.5, 1e-6, 1e-5);
    check_equal_units(QN_TRANSFER_ERF, 2.0, 0.5, 1e-6, 1e-4);
    check_equal_units(QN_TRANSFER_ERF, 3.0, 0.1, 1e-6, 1e-4);
    check_equal_units(QN_TRANSFER_LINEAR, 0.7, 0.3, 1e-6, 1e-5);
    check_equal_units(QN_TRANSFER_TANH, 1.0, 0.1, 1e-6, 1e-5);
}

// The integral equation with hardly any noise against the orbit without: two solvers, unequal classes.
static void little_noise_changes_little(void **state)
{
    (void)state;
    qn_unit_classes units = two;
    units.noise = 1e-3;
    qn_heterogeneous *quiet = solve(&two), *stirred = solve(&units);
    qn_class_activity expected, found;
    qn_heterogeneous_activity(quiet, &expected);
    qn_heterogeneous_activity(stirred, &found);
    assert_within(found.decay_rate, expected.decay_rate, 1e-5);
    const double lags[] = {0.0, 0.7, 2.0, -5.0, 12.0};
    for (size_t k = 0; k < 2; ++k) {
        double with[5], without[5];
        assert_within(found.class_slope[k], expected.class_slope[k], 1e-5);
        assert_within(found.class_rate_variance[k], expected.class_rate_variance[k], 1e-5);
        assert_ok(qn_heterogeneous_autocovariance(stirred, k, 5, lags, with));
        assert_ok(qn_heterogeneous_autocovariance(quiet, k, 5, lags, without));
        for (size_t i = 0; i < 5; ++i) assert_within(with[i], without[i], 1e-5);
    }
    for (int zscored = 0; zscored < 2; ++zscored)
        assert_within(ratio(stirred, 1.0, zscored) / ratio(quiet, 1.0, zscored), 1.0, 3e-4);
    qn_heterogeneous_destroy(quiet);
    qn_heterogeneous_destroy(stirred);
}

// A gain common to all units is part of the strength, and that of the transfer function a scale of x.
static void common_gain_is_strength(void **state)
{
    (void)state;
    const double gains[] = {0.6, 4.0};
    const qn_unit_classes twice = {{QN_TRANSFER_ERF, .gain = 1.0}, 1.5, 0.0, 2, gains, two_weights, NULL};
    const qn_unit_classes steep = {{QN_TRANSFER_ERF, .gain = 2.0}, 1.5, 0.0, 2, two_gains, two_weights, NULL};
    qn_heterogeneous *base = solve(&two), *doubled = solve(&twice), *scaled = solve(&steep);
    qn_class_activity one_way, other_way;
    qn_heterogeneous_activity(base, &one_way);
    qn_heterogeneous_activity(doubled, &other_way);
    assert_close(other_way.base_variance, 0.25 * one_way.base_variance, 1e-10);
    assert_close(other_way.lyapunov_exponent, one_way.lyapunov_exponent, 1e-9);
    assert_close(ratio(doubled, 1.0, true) / ratio(base, 1.0, true), 1.0, 1e-9);
    assert_close(ratio(scaled, 1.0, false) / ratio(base, 1.0, false), 1.0, 1e-9);
    qn_heterogeneous_destroy(base);
    qn_heterogeneous_destroy(doubled);
    qn_heterogeneous_destroy(scaled);
}

// (E10) itself, by differences along the lags: C^y'' = C^y - g^2 sum p C_k. For erf, C^y follows from C_k.
static void orbit_obeys_its_equation(void **state)
{
    (void)state;
    qn_heterogeneous *theory = solve(&two);
    qn_class_activity activity;
    qn_heterogeneous_activity(theory, &activity);
    for (int i = 1; i <= 60; ++i) {
        const double h = 0.05;
        double field[3], mean = 0.0;
        for (int d = -1; d <= 1; ++d) {
            const double lag = h * (double)(2 * i + d), variance = 4.0 * activity.base_variance;
            double rate;
            assert_ok(qn_heterogeneous_autocovariance(theory, 1, 1, &lag, &rate));
            field[d + 1] = sin(0.5 * M_PI * rate) * (1.0 + 0.5 * M_PI * variance) / (0.5 * M_PI) / 4.0;
            if (d) continue;
            for (size_t k = 0; k < 2; ++k) {
                assert_ok(qn_heterogeneous_autocovariance(theory, k, 1, &lag, &rate));
                mean += two_weights[k] * rate;
            }
        }
        const double second = (field[0] - 2.0 * field[1] + field[2]) / (h * h);
        assert_within(second, field[1] - 9.0 * mean, 1e-3);
    }
    qn_heterogeneous_destroy(theory);
}

// Where two classes go silent together, and what is left just above.
static void transition_is_where_silence_becomes_unstable(void **state)
{
    (void)state;
    const double critical = 1.0 / sqrt(0.7 * 0.09 + 0.3 * 4.0);
    qn_unit_classes units = two;
    qn_heterogeneous *theory = NULL;
    units.strength = critical * (1.0 - 1e-9);
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_NO_SOLUTION, "quiescent");
    assert_null(theory);
    units.strength = critical * 1.02;
    theory = solve(&units);
    qn_class_activity activity;
    qn_heterogeneous_activity(theory, &activity);
    assert_true(activity.base_variance > 0.0 && activity.base_variance < 0.1);
    assert_true(activity.lyapunov_exponent > 0.0 && activity.lyapunov_exponent < 0.01);
    qn_heterogeneous_destroy(theory);
}

// Values of a product grid with panels as narrow as the ridge everywhere.
static void resolved_ridges_are_known(void **state)
{
    (void)state;
    static const struct {
        double above, raw, zscored, field, lag;
    } known[] = {{1.01, 6.92521983213e-08, 1.05274460268e-07, 6.924276041e-08, 251.7005912},
                 {1.05, 7.57780797557e-06, 1.15475460538e-05, 7.55458218862e-06, 52.21595194}};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        qn_unit_classes units = two;
        const double first = 9.0, second = 3.0;
        double participation, theta, at_lag;
        units.strength = known[i].above / sqrt(0.7 * 0.09 + 0.3 * 4.0);
        qn_heterogeneous *theory = solve(&units);
        assert_close(ratio(theory, 0.5, false) / known[i].raw, 1.0, 1e-8);
        assert_close(ratio(theory, -0.7, true) / known[i].zscored, 1.0, 1e-8);
        assert_ok(qn_heterogeneous_field_dimension(theory, 0.5, &participation, &theta));
        assert_close(participation / known[i].field, 1.0, 1e-8);
        assert_ok(qn_heterogeneous_at_lags(theory, 0.5, 1, &first, &second, &at_lag));
        assert_close(at_lag / known[i].lag, 1.0, 1e-7);
        qn_heterogeneous_destroy(theory);
    }
}

// (E11) at a pair of frequencies: one class is (E6), and so is (E15) without overlaps.
static void one_class_is_that_of_equal_units(void **state)
{
    (void)state;
    const double g = 1.1, fourth = 0.7 * g * g * g * g, slope = 0.6, c1 = 1.3, c2 = 0.8;
    const qn_unit_classes units = {{QN_TRANSFER_ERF, .gain = 1.0}, g, 0.0, 1, one, one, NULL};
    for (double first = -3.0; first <= 3.0; first += 0.5)
        for (double second = -2.2; second <= 2.2; second += 0.4) {
            const double complex s1 = slope / (1.0 + I * first), s2 = slope / (1.0 + I * second);
            const qn_class_pair psi = qn_class_four_point_pair(&units, &slope, one, first, second, &c1, &c2);
            const double theta = c1 * c2 + psi.independent + 0.7 * psi.ranked;
            const double shared = pow(cabs(1.0 - g * g * s1 * s2), 2.0), across = pow(cabs(s1) * cabs(s2), 2.0);
            assert_within(theta, c1 * c2 * (1.0 + fourth * across) / shared, 1e-14);
            // D^2 = 0.7 g^2 in weight 1 / 0.7: g^2 and kappa4 = 0.7 g^4.
            const qn_overlapping_modes modes = {sqrt(0.7) * g, 0.0, 1.0 / 0.7};
            const qn_overlap_averages average = qn_overlap_averages_of(1, &modes, s1, s2);
            assert_within(creal(qn_overlap_theta(&average, s1, s2, c1, c2)), theta, 1e-14);
        }
}

// (E11) as it stands, complex, against the form that is summed.
static void pair_is_the_equation(void **state)
{
    (void)state;
    const double slope[] = {0.25, 0.5, 0.35}, square[] = {2.0, 0.7, 1.3}, c1[] = {0.3, 1.0, 0.6},
                 c2[] = {0.9, 0.2, 0.4};
    for (double first = -3.0; first <= 3.0; first += 0.75) {
        const double second = 0.4 - 0.6 * first, g2 = three.strength * three.strength;
        double complex a = 0.0, analysed = 0.0;
        double theta = 0.0, whole = 0.0, mean1 = 0.0, mean2 = 0.0;
        for (size_t k = 0; k < 3; ++k) {
            const double complex both = slope[k] * slope[k] / (1.0 + I * first) / (1.0 + I * second);
            a += three_weights[k] * both;
            analysed += three_weights[k] * square[k] * both;
            mean1 += three_weights[k] * c1[k];
            mean2 += three_weights[k] * c2[k];
        }
        const double complex y = g2 * analysed / (1.0 - g2 * a);
        for (size_t k = 0; k < 3; ++k) {
            theta += three_weights[k] * c1[k] * c2[k] * pow(cabs(square[k] + y), 2.0);
            whole += three_weights[k] * c1[k] * c2[k] * square[k] * square[k];
        }
        const qn_class_pair psi = qn_class_four_point_pair(&three, slope, square, first, second, c1, c2);
        assert_within(whole + psi.independent, theta, 1e-13);
        assert_within(psi.ranked, mean1 * mean2 * pow(cabs(y), 2.0), 1e-13);
    }
}

static void bad_classes_are_named(void **state)
{
    (void)state;
    const double bad_gains[] = {1.0, 0.0}, heavy[] = {0.7, 0.31}, negative[] = {1.2, -0.2};
    qn_heterogeneous *theory = NULL;
    qn_unit_classes units = two;
    units.classes = 0;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_BAD_VALUE, "unit classes: there are 0");
    units = two, units.gains = bad_gains;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_BAD_VALUE, "gains[1] is 0");
    units = two, units.weights = heavy;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_BAD_VALUE, "weights add up to 1.01");
    units.weights = negative;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_BAD_VALUE, "weights[1] is -0.2");
    units = two, units.strength = -1.0;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_BAD_VALUE, "strength is -1");
    units = two, units.noise = NAN;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_BAD_VALUE, "noise is nan");
    units = two, units.transfer.kind = QN_TRANSFER_RELU;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_BAD_VALUE, "transfer is relu");
    units = two, units.transfer.kind = QN_TRANSFER_LINEAR;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_NO_SOLUTION, "grows without bound");
    units.noise = 0.5;
    assert_fails(qn_heterogeneous_create(&units, &theory), QN_NO_SOLUTION, "grows without bound");
    assert_null(theory);

    theory = solve(&single);
    double participation, variance, lag = 0.0, value;
    assert_fails(qn_heterogeneous_dimension(theory, -1.5, false, &participation, &variance), QN_BAD_VALUE,
                 "inverse effective rank is -1.5");
    assert_fails(qn_heterogeneous_autocovariance(theory, 1, 1, &lag, &value), QN_BAD_VALUE, "unit class is 1");
    qn_heterogeneous_destroy(theory);
    qn_heterogeneous_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_noise_numbers_are_known),
                                       cmocka_unit_test(with_noise_numbers_are_known),
                                       cmocka_unit_test(orthogonal_couplings_give_known_numbers),
                                       cmocka_unit_test(equal_units_without_noise),
                                       cmocka_unit_test(equal_units_with_noise),
                                       cmocka_unit_test(little_noise_changes_little),
                                       cmocka_unit_test(common_gain_is_strength),
                                       cmocka_unit_test(orbit_obeys_its_equation),
                                       cmocka_unit_test(transition_is_where_silence_becomes_unstable),
                                       cmocka_unit_test(resolved_ridges_are_known),
                                       cmocka_unit_test(one_class_is_that_of_equal_units),
                                       cmocka_unit_test(pair_is_the_equation),
                                       cmocka_unit_test(bad_classes_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
