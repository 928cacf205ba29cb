// tanh against reference numbers: F, F1 and W from the conditional two-dimensional trapezoid sum in 80-bit arithmetic
// (64-bit mantissa), steps 0.2 / sqrt(c0) and finer, W as the covariance of log cosh; each row computed with two steps
// that agree to 1e-16 or better.
#include "testing.h"

static const struct {
    double mean, variance, correlation, product, slope_product, potential;
} REFERENCE[] = {
    {0.0, 0.5, 0.3, 0.07937132887388329, 0.53236545187128936, 0.0059438427472236063},
    {0.0, 0.5, 0.8, 0.21585627474627656, 0.56574599462410535, 0.042675435849404864},
    {0.0, 0.5, 0.86, 0.2329304444900912, 0.5726682011195261, 0.049406717594759654},
    {0.0, 0.5, 0.97, 0.26482566262750284, 0.58770887703759112, 0.063091222590616808},
    {0.0, 0.5, 0.99999, 0.27367334581182601, 0.59242417179870144, 0.067128530560801924},
    {0.0, 16.964046, 0.3, 0.18485680551357273, 0.037381211364533151, 0.46705043081626141},
    {0.0, 16.964046, 0.8, 0.55322175825659292, 0.055560179905799423, 3.4977487426046343},
    {0.0, 16.964046, 0.86, 0.61323521897352984, 0.062911368613294286, 4.090752353367205},
    {0.0, 16.964046, 0.97, 0.7547967758983597, 0.096856848119424702, 5.3578590526337724},
    {0.0, 16.964046, 0.99999, 0.81073154982024387, 0.12792285200950149, 5.755439504325957},
    {0.7, 2.0, 0.3, 0.22482662410130638, 0.20377280621627158, 0.09902543879478691},
    {0.7, 2.0, 0.8, 0.44909565826798131, 0.25558219082513717, 0.43181814614460651},
    {0.7, 2.0, 0.86, 0.48050766182042459, 0.26840663838145995, 0.48757897451173426},
    {0.7, 2.0, 0.97, 0.54292069410182986, 0.30168583937992804, 0.60002276639451735},
    {0.7, 2.0, 0.99999, 0.5613846117236001, 0.31434379684121933, 0.63313709101406357},
    {0.7, 2.0, -0.6, -0.11910779909357276, 0.18550874818800184, 0.0083923502129234495},
    {0.7, 2.0, -0.95, -0.24631887920299075, 0.17208709085388135, 0.13677058874152326},
    {0.0, 400.0, 0.3, 0.19356285398231088, 0.0016646387617245384, 11.523466413737417},
    {0.0, 400.0, 0.8, 0.58859757085096687, 0.002637570422536963, 86.839155889607426},
    {0.0, 400.0, 0.86, 0.65688057391281873, 0.0030945787843585778, 101.76313428839579},
    {0.0, 400.0, 0.97, 0.83855648717177567, 0.0063319752356985684, 134.20771248889125},
    {0.0, 400.0, 0.99999, 0.96004052594511857, 0.026500901474319379, 144.84869932126259},
    {-1.5, 30.0, 0.3, 0.22235222005957561, 0.020413885119858224, 1.1966832184639633},
    {-1.5, 30.0, 0.8, 0.5845119626462193, 0.031634594453875314, 7.0572660979805235},
    {-1.5, 30.0, 0.86, 0.64536400881426703, 0.036359996813999672, 8.162886594600959},
    {-1.5, 30.0, 0.97, 0.7951714463636359, 0.061318452723878626, 10.518835563620071},
    {-1.5, 30.0, 0.99999, 0.86139426196725855, 0.093057928446478422, 11.262016360831412},
    {-1.5, 30.0, -0.6, -0.31002531779548254, 0.02135383111695181, 2.325714743834487},
    {-1.5, 30.0, -0.95, -0.55039679861704383, 0.020294354614199608, 6.8264317228627824},
    {0.0, 0.0001, 0.3, 2.9994001517525781e-05, 0.99980005178323328, 4.4991002262799462e-10},
    {0.0, 0.0001, 0.8, 7.9984004339834236e-05, 0.99980006277443911, 3.1993601667721607e-09},
    {0.0, 0.0001, 0.86, 8.5982804722380154e-05, 0.99980006476484673, 3.6972605939528327e-09},
    {0.0, 0.0001, 0.97, 9.6980605456475452e-05, 0.99980006878762828, 4.7035593498959742e-09},
    {0.0, 0.0001, 0.99999, 9.997900586453096e-05, 0.99980006996828374, 4.998900287070939e-09},
};

static void tanh_agrees_with_reference_numbers(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof REFERENCE / sizeof *REFERENCE; ++k) {
        qn_gaussian_average *average;
        const double c0 = REFERENCE[k].variance, c = REFERENCE[k].correlation * c0;
        assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, REFERENCE[k].mean, c0, &average));
        double found;
        qn_gaussian_average_product(average, 1, &c, &found);
        assert_within(found, REFERENCE[k].product, 1e-13 * qn_gaussian_average_square(average));
        qn_gaussian_average_slope_product(average, 1, &c, &found);
        assert_within(found, REFERENCE[k].slope_product, 1e-12 * qn_gaussian_average_square_slope(average));
        qn_gaussian_average_potential(average, 1, &c, &found);
        assert_within(found, REFERENCE[k].potential, 1e-13 * qn_gaussian_average_potential_at_variance(average));
        qn_gaussian_average_destroy(average);
    }
}

// tanh(gain x) is tanh at another mean and variance.
static void gain_is_a_change_of_units(void **state)
{
    (void)state;
    const double gain = 2.5, variance = 3.0, mean = 0.4;
    qn_gaussian_average *one, *two;
    assert_ok(qn_gaussian_average_create(&(qn_transfer){.gain = gain}, mean, variance, &one));
    assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, gain * mean, gain * gain * variance, &two));
    for (double rho = -1.0; rho <= 1.0; rho += 0.0625) {
        double c = rho * variance, scaled = gain * gain * c, a, b;
        qn_gaussian_average_product(one, 1, &c, &a);
        qn_gaussian_average_product(two, 1, &scaled, &b);
        assert_within(a, b, 1e-13);
        qn_gaussian_average_slope_product(one, 1, &c, &a);
        qn_gaussian_average_slope_product(two, 1, &scaled, &b);
        assert_within(a, gain * gain * b, 1e-12);
        qn_gaussian_average_potential(one, 1, &c, &a);
        qn_gaussian_average_potential(two, 1, &scaled, &b);
        assert_within(a, b / (gain * gain), 1e-12);
    }
    qn_gaussian_average_destroy(one);
    qn_gaussian_average_destroy(two);
}

static void tanh_reproduces_table_a(void **state)
{
    (void)state;
    static const double rows[][3] = {{0.747686, 0.342093, 0.657907},
                                     {1.924805, 0.513178, 0.486822},
                                     {5.446326, 0.680579, 0.319421},
                                     {16.964046, 0.810753, 0.189247}};
    for (size_t k = 0; k < 4; ++k) {
        qn_gaussian_average *average;
        assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, 0.0, rows[k][0], &average));
        assert_within(qn_gaussian_average_square(average), rows[k][1], 1e-6);
        assert_within(qn_gaussian_average_slope(average), rows[k][2], 1e-6);
        qn_gaussian_average_destroy(average);
    }
}

// tanh^2 = 1 - tanh', and <x tanh x> = c0 <tanh'>, over the whole range of steepness.
static void identities_of_tanh(void **state)
{
    (void)state;
    for (double variance = 1e-8; variance < 2e4; variance *= 7.0)
        for (int m = 0; m < 3; ++m) {
            const double mean = m * 0.8 * sqrt(variance);
            qn_gaussian_average *average;
            assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, mean, variance, &average));
            assert_within(qn_gaussian_average_square(average), 1.0 - qn_gaussian_average_slope(average), 1e-14);
            double sum = 0.0;
            const double step = fmin(0.05, 0.1 / sqrt(variance)), deviation = sqrt(variance);
            for (double z = -9.0; z < 9.0; z += step)
                sum += step * 0.39894228040143267794 * exp(-0.5 * z * z) * deviation * z * tanh(mean + deviation * z);
            assert_within(sum, variance * qn_gaussian_average_slope(average), 1e-12 * deviation);
            qn_gaussian_average_destroy(average);
        }
}

// F1 = dF/dc and F = dW/dc across every change of method, for steep tanh too.
static void derivatives_fit_together(void **state)
{
    (void)state;
    static const double variances[] = {1e-8, 0.05, 3.0, 60.0, 1e4}, means[] = {0.0, 0.3, -4.0};
    for (int v = 0; v < 5; ++v)
        for (int m = 0; m < 3; ++m) {
            const double c0 = variances[v];
            qn_gaussian_average *average;
            assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, means[m], c0, &average));
            for (double rho = -0.9985; rho < 1.0; rho += 0.0107) {
                const double h = 0.02 * c0 * (1.0 - fabs(rho));
                double c[7], f[7], w[7], slope[7];
                for (int i = 0; i < 7; ++i) c[i] = rho * c0 + (i - 3) * h;
                qn_gaussian_average_product(average, 7, c, f);
                qn_gaussian_average_potential(average, 7, c, w);
                qn_gaussian_average_slope_product(average, 7, c, slope);
                const double df = (45.0 * (f[4] - f[2]) - 9.0 * (f[5] - f[1]) + (f[6] - f[0])) / (60.0 * h);
                const double dw = (45.0 * (w[4] - w[2]) - 9.0 * (w[5] - w[1]) + (w[6] - w[0])) / (60.0 * h);
                const double square = qn_gaussian_average_square(average);
                assert_within(df, slope[3], 1e-10 * qn_gaussian_average_square_slope(average) + 3e-14 * square / h);
                assert_within(dw, f[3],
                              1e-10 * square + 3e-14 * qn_gaussian_average_potential_at_variance(average) / h);
            }
            qn_gaussian_average_destroy(average);
        }
}

static void limits(void **state)
{
    (void)state;
    qn_gaussian_average *average;
    assert_ok(qn_gaussian_average_create(&(qn_transfer){0}, 0.6, 4.0, &average));
    double c[] = {4.0, 0.0, -4.0, 4.0 * (1.0 - 1e-15), NAN}, f[5], w[5], slope[5];
    qn_gaussian_average_product(average, 5, c, f);
    qn_gaussian_average_potential(average, 5, c, w);
    qn_gaussian_average_slope_product(average, 5, c, slope);
    assert_close(f[0], qn_gaussian_average_square(average), 1e-15);
    assert_close(f[3], f[0], 1e-14);
    assert_close(w[0], qn_gaussian_average_potential_at_variance(average), 1e-15);
    assert_close(w[3], w[0], 1e-14);
    assert_close(slope[0], qn_gaussian_average_square_slope(average), 1e-15);
    assert_close(slope[3], slope[0], 1e-13);
    assert_close(f[1], pow(qn_gaussian_average_value(average), 2.0), 1e-15);
    assert_within(slope[1], pow(qn_gaussian_average_slope(average), 2.0), 1e-14);
    assert_true(w[1] == 0.0);
    assert_true(isnan(f[4]) && isnan(w[4]) && isnan(slope[4]));
    double anti = 0.0, anti_slope = 0.0; // x and 2 mean - x
    for (double z = -9.0; z < 9.0; z += 0.01) {
        const double weight = 0.01 * 0.39894228040143267794 * exp(-0.5 * z * z), a = tanh(0.6 + 2.0 * z),
                     b = tanh(0.6 - 2.0 * z);
        anti += weight * a * b;
        anti_slope += weight * (1.0 - a * a) * (1.0 - b * b);
    }
    assert_within(f[2], anti, 1e-13);
    assert_within(slope[2], anti_slope, 1e-13);
    qn_gaussian_average_destroy(average);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tanh_agrees_with_reference_numbers),
                                       cmocka_unit_test(gain_is_a_change_of_units),
                                       cmocka_unit_test(tanh_reproduces_table_a),
                                       cmocka_unit_test(identities_of_tanh),
                                       cmocka_unit_test(derivatives_fit_together),
                                       cmocka_unit_test(limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
