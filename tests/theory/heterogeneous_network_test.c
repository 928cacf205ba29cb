// A network's gains and static fields: averages over units, fields, lags and frequencies.
#include "testing.h"

#include "theory/class_four_point.h"

#include <math.h>
#include <quenched/four_point.h>
#include <quenched/heterogeneous.h>

static const double two_gains[] = {0.3, 2.0}, two_weights[] = {0.7, 0.3}, twice[] = {2.0, 2.0};

static qn_rate_network network(qn_transfer_kind kind, double strength, double noise, const double *gains)
{
    qn_rate_network made = {.size = 100, .transfer = {kind, .gain = 1.0}, .noise = noise};
    made.coupling.strength = strength;
    if (gains) made.coupling.gains = (qn_unit_gains){2, gains, two_weights};
    return made;
}

// Two classes of the same gain 2 against equal units of twice the strength: every average and function.
static void check_equal_gains(qn_transfer_kind kind, double strength, double noise, double tolerance)
{
    const qn_rate_network classes = network(kind, 0.5 * strength, noise, twice),
                          equal = network(kind, strength, noise, NULL);
    qn_two_point found, expected;
    qn_heterogeneous *theory;
    qn_four_point *four_point;
    assert_ok(qn_heterogeneous_solve(&classes, &found, &theory));
    assert_ok(qn_two_point_solve(&equal, NULL, &expected));
    assert_ok(qn_four_point_create(&equal, &expected, &four_point));
    assert_int_equal(found.phase, expected.phase);
    assert_within(found.field_variance / expected.field_variance, 1.0, tolerance);
    assert_within(found.rate_variance, expected.rate_variance, tolerance);
    assert_within(found.velocity_variance / expected.velocity_variance, 1.0, 10.0 * tolerance);
    assert_within(found.mean_slope, expected.mean_slope, tolerance);
    assert_within(found.correlation_time / expected.correlation_time, 1.0, 10.0 * tolerance);
    assert_within(found.lyapunov_exponent, expected.lyapunov_exponent, 10.0 * tolerance);
    for (double lag = 0.0; lag < 20.0; lag += 0.9) {
        assert_within(qn_stationary_at(&found.field, lag), qn_stationary_at(&expected.field, lag), 10.0 * tolerance);
        assert_within(qn_stationary_at(&found.rate, lag), qn_stationary_at(&expected.rate, lag), 10.0 * tolerance);
    }
    const double first[] = {0.0, 2.0, 5.0, 5.0, 10.0}, second[] = {0.0, 2.0, -5.0, 0.0, 10.0};
    const double frequency[] = {0.0, 0.1, 0.5, 1.0, 3.0};
    for (double rank = -1.0; rank <= 3.0; rank += 2.0) {
        double ratio, theta, here[5], there[5];
        qn_dimension dimension;
        assert_ok(qn_heterogeneous_field_dimension(theory, rank, &ratio, &theta));
        assert_ok(qn_four_point_dimension(four_point, rank, &dimension));
        assert_within(ratio / dimension.participation_ratio_field, 1.0, 1e-4);
        assert_within(theta / dimension.field_four_point_variance, 1.0, 1e-4);
        assert_ok(qn_heterogeneous_at_lags(theory, rank, 5, first, second, here));
        assert_ok(qn_four_point_at_lags(four_point, rank, 5, first, second, there));
        for (size_t i = 0; i < 5; ++i) assert_within(here[i] / there[i], 1.0, 2e-4);
        assert_ok(qn_heterogeneous_frequency_dimension(theory, rank, 5, frequency, here));
        assert_ok(qn_four_point_frequency_dimension(four_point, rank, 5, frequency, there));
        for (size_t i = 0; i < 5; ++i) assert_within(here[i] / there[i], 1.0, 1e-4);
    }
    qn_four_point_destroy(four_point);
    qn_heterogeneous_destroy(theory);
    qn_two_point_clear(&found);
    qn_two_point_clear(&expected);
}

static void equal_gains_are_strength(void **state)
{
    (void)state;
    check_equal_gains(QN_TRANSFER_TANH, 3.0, 0.0, 1e-8);
    check_equal_gains(QN_TRANSFER_ERF, 2.0, 0.5, 1e-6);
    check_equal_gains(QN_TRANSFER_TANH, 1.2, 0.5, 1e-6);
}

// When phi(x) = x rates are fields, and two different sums over the couplings must agree.
static void linear_units_have_one_dimension(void **state)
{
    (void)state;
    const double gains[] = {0.4, 1.5};
    const qn_rate_network linear = network(QN_TRANSFER_LINEAR, 0.8, 0.5, gains);
    qn_two_point activity;
    qn_heterogeneous *theory;
    assert_ok(qn_heterogeneous_solve(&linear, &activity, &theory));
    assert_within(activity.rate_variance / activity.field_variance, 1.0, 1e-8);
    assert_within(activity.mean_slope, 1.0, 1e-12);
    for (double rank = -1.0; rank <= 4.0; rank += 1.0) {
        double rates, fields, rate_theta, field_theta;
        assert_ok(qn_heterogeneous_dimension(theory, rank, false, &rates, &rate_theta));
        assert_ok(qn_heterogeneous_field_dimension(theory, rank, &fields, &field_theta));
        assert_within(fields / rates, 1.0, 1e-4);
        assert_within(field_theta / rate_theta, 1.0, 1e-4);
    }
    qn_heterogeneous_destroy(theory);
    qn_two_point_clear(&activity);
}

// The same at one pair of frequencies, where it is algebra: S = w / (1 + i omega), C_k whatever solves the linear
// network's own equation C_k = |S_k|^2 g^2 <C> + 2 sigma^2 / (1 + omega^2).
static void linear_units_agree_at_every_frequency(void **state)
{
    (void)state;
    const double gains[] = {0.4, 1.5}, g2 = 0.64, noise = 2.0 * 0.25;
    const qn_unit_classes units = {{QN_TRANSFER_LINEAR, .gain = 1.0}, 0.8, 0.5, 2, gains, two_weights, NULL};
    const double one[] = {1.0, 1.0}, square = 0.7 * 0.16 + 0.3 * 2.25;
    for (double first = -2.0; first <= 2.0; first += 0.4)
        for (double second = 0.1; second <= 3.0; second += 0.7) {
            double c[2][2];
            const double omega[2] = {first, second};
            for (size_t i = 0; i < 2; ++i) {
                const double filter = 1.0 / (1.0 + omega[i] * omega[i]);
                const double mean = noise * filter / (1.0 - g2 * square * filter);
                for (size_t k = 0; k < 2; ++k) c[i][k] = filter * (g2 * gains[k] * gains[k] * mean + noise);
            }
            const qn_class_pair rates = qn_class_four_point_pair(&units, gains, one, first, second, c[0], c[1]);
            const qn_class_pair fields = qn_class_field_pair(&units, gains, first, second, c[0], c[1]);
            assert_within(fields.independent / rates.independent, 1.0, 1e-12);
            assert_within(fields.ranked / rates.ranked, 1.0, 1e-12);
        }
}

// Output gains: common ones are strength; when phi(x) = x rates are fields whatever each unit sends; and with hardly
// any noise the integral equation finds the orbit.
static void outputs_weigh_what_is_sent(void **state)
{
    (void)state;
    const double gains[] = {0.4, 1.5}, outputs[] = {1.3, 0.6}, common[] = {2.0, 2.0};
    qn_unit_classes units = {{QN_TRANSFER_ERF, .gain = 1.0}, 3.0, 0.0, 2, gains, two_weights, NULL};
    double plain[4] = {0}, doubled[4] = {0}, theta;
    qn_heterogeneous *theory;
    qn_class_activity activity;
    for (int twice_as_loud = 0; twice_as_loud < 2; ++twice_as_loud) {
        double *found = twice_as_loud ? doubled : plain;
        units.strength = twice_as_loud ? 1.5 : 3.0, units.outputs = twice_as_loud ? common : NULL;
        assert_ok(qn_heterogeneous_create(&units, &theory));
        qn_heterogeneous_activity(theory, &activity);
        found[0] = activity.base_variance;
        assert_ok(qn_heterogeneous_dimension(theory, 1.0, false, &found[1], &theta));
        assert_ok(qn_heterogeneous_dimension(theory, 1.0, true, &found[2], &theta));
        assert_ok(qn_heterogeneous_field_dimension(theory, 1.0, &found[3], &theta));
        qn_heterogeneous_destroy(theory);
    }
    for (size_t i = 0; i < 4; ++i) assert_within(doubled[i] / plain[i], 1.0, 1e-9);
    units = (qn_unit_classes){{QN_TRANSFER_LINEAR, .gain = 1.0}, 0.8, 0.5, 2, gains, two_weights, outputs};
    assert_ok(qn_heterogeneous_create(&units, &theory));
    for (double rank = -1.0; rank <= 4.0; rank += 1.0) {
        double rates, fields, rate_theta, field_theta;
        assert_ok(qn_heterogeneous_dimension(theory, rank, false, &rates, &rate_theta));
        assert_ok(qn_heterogeneous_field_dimension(theory, rank, &fields, &field_theta));
        assert_within(fields / rates, 1.0, 1e-4);
        assert_within(field_theta / rate_theta, 1.0, 1e-4);
    }
    qn_heterogeneous_destroy(theory);
    double quiet[3] = {0}, stirred[3] = {0};
    for (int noisy = 0; noisy < 2; ++noisy) {
        double *found = noisy ? stirred : quiet;
        units =
            (qn_unit_classes){{QN_TRANSFER_ERF, .gain = 1.0}, 3.0, noisy ? 1e-3 : 0.0, 2, gains, two_weights, outputs};
        assert_ok(qn_heterogeneous_create(&units, &theory));
        qn_heterogeneous_activity(theory, &activity);
        found[0] = activity.rate_variance, found[1] = activity.decay_rate, found[2] = activity.lyapunov_exponent;
        qn_heterogeneous_destroy(theory);
    }
    for (size_t i = 0; i < 3; ++i) assert_within(stirred[i], quiet[i], 2e-5);
}

static void silence_is_a_result(void **state)
{
    (void)state;
    const double slope = sqrt(0.7 * 0.09 + 0.3 * 4.0);
    qn_two_point activity;
    qn_heterogeneous *theory = (qn_heterogeneous *)1;
    const qn_rate_network silent = network(QN_TRANSFER_TANH, 0.5, 0.0, two_gains);
    assert_ok(qn_heterogeneous_solve(&silent, &activity, &theory));
    assert_null(theory);
    assert_int_equal(activity.phase, QN_PHASE_QUIESCENT);
    assert_within(activity.lyapunov_exponent, 0.5 * slope - 1.0, 1e-12);
    qn_two_point_clear(&activity);
    qn_rate_network wrong = network(QN_TRANSFER_TANH, 3.0, 0.0, two_gains);
    wrong.input = 0.3;
    assert_fails(qn_heterogeneous_solve(&wrong, &activity, &theory), QN_BAD_VALUE, "network.input is 0.3");
    wrong.input = 0.0, wrong.coupling.mean = 9.0;
    assert_fails(qn_heterogeneous_solve(&wrong, &activity, &theory), QN_BAD_VALUE, "mean, 9");
    wrong.coupling.mean = 0.0, wrong.coupling.gains.weights = NULL;
    assert_fails(qn_heterogeneous_solve(&wrong, &activity, &theory), QN_BAD_VALUE, "2 values for 100 units");
    wrong.coupling.gains.weights = two_weights;
    assert_fails(qn_two_point_solve(&wrong, NULL, &activity), QN_BAD_VALUE, "different gains");
}

// Where chaos begins under noise the exponent vanishes; one class with a gain is known from the theory of equal units.
static void noise_lowers_the_lyapunov_exponent(void **state)
{
    (void)state;
    double last = INFINITY;
    for (double noise = 0.0; noise < 1.0; noise += 0.3) {
        const qn_rate_network at = network(QN_TRANSFER_ERF, 1.6, noise, two_gains);
        qn_two_point activity;
        qn_heterogeneous *theory;
        assert_ok(qn_heterogeneous_solve(&at, &activity, &theory));
        assert_true(activity.lyapunov_exponent < last);
        assert_int_equal(activity.phase,
                         noise == 0.0 || activity.lyapunov_exponent > 0.0 ? QN_PHASE_CHAOTIC : QN_PHASE_NOISE_DRIVEN);
        last = activity.lyapunov_exponent;
        qn_heterogeneous_destroy(theory);
        qn_two_point_clear(&activity);
    }
    assert_true(last < 0.0);
}

// relu with inhibition: known numbers, and the response of units at their static fields against the decay rate.
static void relu_numbers_are_known(void **state)
{
    (void)state;
    qn_rate_network relu = {.size = 1500, .transfer = {.kind = QN_TRANSFER_RELU}, .input = 1.0};
    relu.coupling.strength = 2.0, relu.coupling.mean = -12.0;
    qn_two_point activity;
    qn_heterogeneous *theory;
    assert_ok(qn_two_point_solve(&relu, NULL, &activity));
    assert_ok(qn_static_fields_create(&relu, &activity, &theory));
    double ratio, theta;
    assert_ok(qn_heterogeneous_dimension(theory, 0.0, false, &ratio, &theta));
    assert_within(theta, 0.01357, 5.1e-6);
    assert_within(ratio, 0.01690, 5.1e-6);
    qn_class_activity classes;
    qn_heterogeneous_activity(theory, &classes);
    assert_within(classes.rate_variance, 0.015144, 5.1e-7);
    assert_within(activity.decay_rate * activity.decay_rate, 0.1004, 5.1e-5);
    qn_heterogeneous_destroy(theory);
    qn_two_point_clear(&activity);
}

// Without a static part there is one class, and it is that of equal units; where nothing moves there is none.
static void no_static_field_is_one_class(void **state)
{
    (void)state;
    const qn_rate_network odd = network(QN_TRANSFER_TANH, 2.0, 0.0, NULL);
    qn_two_point activity;
    qn_heterogeneous *theory;
    qn_four_point *four_point;
    qn_dimension expected;
    double ratio, theta;
    assert_ok(qn_two_point_solve(&odd, NULL, &activity));
    assert_ok(qn_four_point_create(&odd, &activity, &four_point));
    assert_ok(qn_four_point_dimension(four_point, 1.0, &expected));
    assert_ok(qn_static_fields_create(&odd, &activity, &theory));
    assert_ok(qn_heterogeneous_dimension(theory, 1.0, false, &ratio, &theta));
    assert_within(ratio / expected.participation_ratio, 1.0, 1e-5);
    assert_ok(qn_heterogeneous_field_dimension(theory, 1.0, &ratio, &theta));
    assert_within(ratio / expected.participation_ratio_field, 1.0, 1e-5);
    qn_heterogeneous_destroy(theory);
    qn_four_point_destroy(four_point);
    qn_two_point_clear(&activity);
    qn_rate_network still = odd;
    still.coupling.strength = 0.5, still.input = 0.3;
    assert_ok(qn_two_point_solve(&still, NULL, &activity));
    assert_fails(qn_static_fields_create(&still, &activity, &theory), QN_NO_SOLUTION, "at a fixed point");
    qn_two_point_clear(&activity);
    still.noise = 0.3;
    assert_ok(qn_two_point_solve(&still, &(qn_two_point_options){.lag_max = 2.0}, &activity));
    assert_fails(qn_static_fields_create(&still, &activity, &theory), QN_NOT_CONVERGED, "lags of 0 to 2");
    qn_two_point_clear(&activity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_gains_are_strength),
        cmocka_unit_test(linear_units_have_one_dimension),
        cmocka_unit_test(linear_units_agree_at_every_frequency),
        cmocka_unit_test(outputs_weigh_what_is_sent),
        cmocka_unit_test(silence_is_a_result),
        cmocka_unit_test(noise_lowers_the_lyapunov_exponent),
        cmocka_unit_test(relu_numbers_are_known),
        cmocka_unit_test(no_static_field_is_one_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
