// Siegert's formula against values of 40 digits, in every regime of its evaluation; its derivatives against
// differences.
#include "testing.h"

static const qn_siegert_neuron CORTICAL = {
    .membrane_time = 10.0, .synaptic_time = 0.5, .refractory_time = 2.0, .threshold = 15.0, .reset = 0.0};

static qn_siegert_response response(const qn_siegert_neuron *neuron, double mean, double noise)
{
    qn_siegert_response found;
    assert_ok(qn_siegert(neuron, mean, noise, &found));
    return found;
}

static double rate(const qn_siegert_neuron *neuron, double mean, double noise)
{
    return response(neuron, mean, noise).rate;
}

static qn_siegert_neuron white(qn_siegert_neuron neuron)
{
    neuron.synaptic_time = 0.0;
    return neuron;
}

// 1/s, by 40-digit quadrature of (8).
static const struct {
    double mean, noise, shifted, white;
} EXACT[] = {
    {5, 3, 0.00058472285518145145, 0.0026685427118025657},
    {10, 5, 11.65712690131312, 16.760209246684318},
    {14, 5, 31.533591199353137, 37.871309062110991},
    {20, 5, 63.805982476646079, 69.648998025520326},
    {-20, 2, 2.9096208593362763e-134, 9.7963898480133578e-131},
    {0, 1000, 424.4989240673288, 440.89024441181948},
    {30, 1, 111.10203620117137, 112.06775976635912},
    {200, 0.01, 359.76078826048112, 359.76199984067613},
    {15, 0.5, 19.81595049294471, 21.818674009082842},
    {14.9, 0.1, 7.7257568040394696, 9.7814425552002601},
    {-3000, 300, 1.1267673832341075e-43, 1.220192870933413e-41},
    {14, 200, 271.05833893199135, 304.64209244758668},
};

static void rates_are_exact_in_every_regime(void **state)
{
    (void)state;
    const qn_siegert_neuron pale = white(CORTICAL);
    for (size_t k = 0; k < sizeof EXACT / sizeof *EXACT; ++k) {
        const double tolerance = 1e-13 + 2e-15 * fabs(log(EXACT[k].shifted));
        assert_within(rate(&CORTICAL, EXACT[k].mean, EXACT[k].noise) / EXACT[k].shifted, 1.0, tolerance);
        assert_within(rate(&pale, EXACT[k].mean, EXACT[k].noise) / EXACT[k].white, 1.0, tolerance);
    }
}

// 1.6e-314 / s is a denormal number; of 1e-2000 / s the logarithm is left.
static void rates_of_silent_neurons_do_not_break(void **state)
{
    (void)state;
    const qn_siegert_response denormal = response(&CORTICAL, -60.0, 2.8);
    assert_within(denormal.log_rate, log(1.5569323129357102) - 314.0 * log(10.0), 1e-10);
    assert_within(denormal.rate / 1.5569323129357102e-314, 1.0, 1e-8);
    const qn_siegert_response silent = response(&CORTICAL, -60.0, 1.0);
    assert_true(silent.rate == 0.0 && silent.by_mean == 0.0 && silent.by_variance == 0.0);
    assert_true(silent.log_rate < -5000.0 && isfinite(silent.log_rate));
    const qn_siegert_response far = response(&CORTICAL, -1e8, 1e-3);
    assert_true(far.rate == 0.0 && far.by_mean == 0.0 && far.by_variance == 0.0 && isfinite(far.log_rate));
    for (double mean = -100.0; mean < 100.0; mean += 0.37)
        for (double noise = 1e-3; noise < 1e5; noise *= 1.7) {
            const qn_siegert_response any = response(&CORTICAL, mean, noise);
            assert_true(any.rate >= 0.0 && any.rate <= 500.0 && any.by_mean >= 0.0 && isfinite(any.by_mean));
            assert_true(isfinite(any.by_variance) && isfinite(any.by_shift) && any.log_rate < log(501.0));
        }
}

static void derivatives_are_those_of_the_sheet(void **state)
{
    (void)state;
    const qn_siegert_response found = response(&CORTICAL, 10.0, 5.0);
    assert_close(found.by_mean, 4.06835056836, 1e-11);
    assert_close(found.by_variance, 0.44765890748, 1e-11);
}

static double by_difference(double minus_two, double minus, double plus, double plus_two, double step)
{
    return (8.0 * (plus - minus) - (plus_two - minus_two)) / (12.0 * step);
}

static void derivatives_agree_with_differences(void **state)
{
    (void)state;
    static const double MEAN[] = {-5.0, 5.0, 10.0, 14.0, 17.0, 30.0, 100.0}, NOISE[] = {2.0, 5.0, 20.0, 300.0};
    for (size_t m = 0; m < sizeof MEAN / sizeof *MEAN; ++m)
        for (size_t k = 0; k < sizeof NOISE / sizeof *NOISE; ++k) {
            const qn_siegert_neuron *n = &CORTICAL;
            const double mean = MEAN[m], noise = NOISE[k], h = 1e-4 * noise, v = noise * noise, e = 1e-4 * v;
            const qn_siegert_response found = response(n, mean, noise);
            const double by_mean = by_difference(rate(n, mean - 2 * h, noise), rate(n, mean - h, noise),
                                                 rate(n, mean + h, noise), rate(n, mean + 2 * h, noise), h);
            const double by_variance = by_difference(rate(n, mean, sqrt(v - 2 * e)), rate(n, mean, sqrt(v - e)),
                                                     rate(n, mean, sqrt(v + e)), rate(n, mean, sqrt(v + 2 * e)), e);
            assert_within(found.by_mean / by_mean, 1.0, 1e-8);
            assert_within(found.by_variance * v, by_variance * v, 1e-8 * fabs(by_variance * v) + 1e-10 * found.rate);
        }
}

// A change of the shift is one of the mean by as many standard deviations, the other way.
static void shift_acts_as_a_mean(void **state)
{
    (void)state;
    const qn_siegert_neuron pale = white(CORTICAL);
    assert_close(qn_siegert_shift(&CORTICAL), 0.2309023, 1e-7);
    assert_close(rate(&CORTICAL, 10.0, 5.0), rate(&pale, 10.0 - 5.0 * qn_siegert_shift(&CORTICAL), 5.0), 1e-13);
    const qn_siegert_response found = response(&CORTICAL, 10.0, 5.0);
    assert_close(found.by_shift, -5.0 * found.by_mean, 1e-15);
}

// The membrane of 20 ms with reset half way, white and coloured.
static void slower_neuron_has_its_known_rates(void **state)
{
    (void)state;
    const qn_siegert_neuron slow = {.membrane_time = 20.0, .refractory_time = 2.0, .threshold = 20.0, .reset = 10.0};
    assert_close(rate(&slow, 14.0, 6.0), 9.996872, 5e-7 / 9.996872);
    assert_close(rate(&slow, 12.0, 5.0), 2.858984, 5e-7 / 2.858984);
    assert_close(rate(&slow, 22.0, 2.0), 28.850314, 5e-7 / 28.850314);
    static const struct {
        double synaptic_time, mean, rate;
    } COLOURED[] = {{0.5, 12, 4.487}, {0.5, 15, 10.932}, {2, 12, 3.029}, {2, 15, 8.356}, {5, 12, 1.797},
                    {5, 15, 5.826},   {10, 15, 3.613},   {0, 12, 6.34},  {0, 15, 13.83}};
    for (size_t k = 0; k < sizeof COLOURED / sizeof *COLOURED; ++k) {
        qn_siegert_neuron neuron = slow;
        neuron.synaptic_time = COLOURED[k].synaptic_time;
        assert_within(rate(&neuron, COLOURED[k].mean, sqrt(40.0)), COLOURED[k].rate, k < 7 ? 5e-4 : 5e-3);
    }
}

// Without noise: a regular train above threshold, silence below, and the limit of little noise.
static void no_noise_is_the_limit_of_little(void **state)
{
    (void)state;
    const qn_siegert_neuron pale = white(CORTICAL);
    assert_close(rate(&CORTICAL, 20.0, 0.0), 1000.0 / (2.0 + 10.0 * log(4.0)), 1e-14);
    assert_close(rate(&pale, 20.0, 1e-4), rate(&pale, 20.0, 0.0), 1e-9);
    assert_close(response(&pale, 20.0, 1e-4).by_mean, response(&pale, 20.0, 0.0).by_mean, 1e-8);
    const qn_siegert_response silent = response(&CORTICAL, 15.0, 0.0);
    assert_true(silent.rate == 0.0 && isinf(silent.log_rate) && silent.by_mean == 0.0 && silent.by_variance == 0.0);
    assert_close(rate(&pale, 20.0, 1e-200), rate(&pale, 20.0, 0.0), 1e-15);
}

static void bad_values_are_named(void **state)
{
    (void)state;
    qn_siegert_response untouched = {.rate = 7.0};
    qn_siegert_neuron neuron = CORTICAL;
    neuron.membrane_time = 0.0;
    assert_fails(qn_siegert(&neuron, 1, 1, &untouched), QN_BAD_VALUE, "membrane_time is 0 ms");
    neuron = CORTICAL, neuron.reset = 15.0;
    assert_fails(qn_siegert(&neuron, 1, 1, &untouched), QN_BAD_VALUE, "reset is 15 mV; allowed: below the threshold");
    neuron = CORTICAL, neuron.synaptic_time = -1.0;
    assert_fails(qn_siegert(&neuron, 1, 1, &untouched), QN_BAD_VALUE, "synaptic_time is -1 ms");
    neuron = CORTICAL, neuron.refractory_time = NAN;
    assert_fails(qn_siegert(&neuron, 1, 1, &untouched), QN_BAD_VALUE, "refractory_time is nan ms");
    assert_fails(qn_siegert(&CORTICAL, NAN, 1, &untouched), QN_BAD_VALUE, "mean is nan");
    assert_fails(qn_siegert(&CORTICAL, 1, -1, &untouched), QN_BAD_VALUE, "noise is -1 mV");
    assert_true(untouched.rate == 7.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_exact_in_every_regime),
        cmocka_unit_test(rates_of_silent_neurons_do_not_break),
        cmocka_unit_test(derivatives_are_those_of_the_sheet),
        cmocka_unit_test(derivatives_agree_with_differences),
        cmocka_unit_test(shift_acts_as_a_mean),
        cmocka_unit_test(slower_neuron_has_its_known_rates),
        cmocka_unit_test(no_noise_is_the_limit_of_little),
        cmocka_unit_test(bad_values_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
