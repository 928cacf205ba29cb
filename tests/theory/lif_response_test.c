// Responses of one neuron: against direct integration of the Fokker-Planck equation, and against limits known exactly.
#include "testing.h"

#include <complex.h>

static const double PI = 3.14159265358979323846;
static const qn_siegert_neuron SLOW = {.membrane_time = 20.0, .refractory_time = 2.0, .threshold = 20.0, .reset = 10.0};
static const qn_siegert_neuron CORTICAL = {
    .membrane_time = 10.0, .synaptic_time = 0.5, .refractory_time = 2.0, .threshold = 15.0, .reset = 0.0};

static double complex pair(const double *pairs, size_t k) { return pairs[2 * k] + I * pairs[2 * k + 1]; }

// Exact values (parabolic cylinder functions, all digits given).
static void spectra_of_one_neuron_are_exact(void **state)
{
    (void)state;
    static const double FREQUENCY[] = {.01, 1, 5, 10, 20, 50, 100, 200};
    static const struct {
        double mean, noise, power[8];
    } EXACT[] = {{14, 6, {7.35284, 7.35936, 7.50559, 7.87258, 8.74418, 10.0522, 10.0222, 9.99663}},
                 {12, 5, {2.54451, 2.54638, 2.58500, 2.66247, 2.78709, 2.86951, 2.85819, 2.85906}},
                 {22, 2, {2.39466, 2.40303, 2.61408, 3.41703, 10.6934, 24.4520, 28.6502, 28.8510}}};
    for (size_t c = 0; c < 3; ++c) {
        double power[8];
        assert_ok(qn_lif_spectrum(&SLOW, EXACT[c].mean, EXACT[c].noise, 8, FREQUENCY, power));
        for (size_t k = 0; k < 8; ++k)
            assert_within(power[k] / EXACT[c].power[k], 1.0, 5.1e-6); // half of the last digit given
    }
}

typedef struct {
    double complex interval, by_mean, by_variance;
} integrated;

// Threshold integration, second order, downwards from the threshold: the flux and the density of the stationary state,
// of the two homogeneous solutions (unit flux at the threshold; reinjection at the reset), and of the two responses.
static integrated by_integration(const qn_siegert_neuron *neuron, double mean, double noise, double frequency,
                                 size_t cells_above)
{
    const double omega = 2.0 * PI * frequency / 1000.0, tau = neuron->membrane_time, variance = noise * noise;
    const double step = (neuron->threshold - neuron->reset) / (double)cells_above;
    const double floor_at = fmin(mean - 7.0 * noise, neuron->reset - 4.0 * noise);
    const size_t cells = cells_above + (size_t)((neuron->reset - floor_at) / step);
    qn_siegert_response still;
    assert_ok(qn_siegert(neuron, mean, noise, &still));
    const double rate = still.rate / 1000.0;
    double density = 0.0, flux = rate;
    double complex p[4] = {0}, j[4] = {1.0, 0.0, 0.0, 0.0}; // at threshold, at reset, by mean, by variance
    for (size_t k = 0; k < cells; ++k) {
        const double middle = neuron->threshold - ((double)k + 0.5) * step;
        if (k == cells_above) {
            flux -= rate;
            j[1] -= cexp(-I * omega * neuron->refractory_time);
        }
        const double drift = 2.0 / variance * (middle - mean), diffusion = 2.0 * tau / variance;
        const double grow = exp(drift * step), fill = fabs(drift * step) < 1e-8 ? step : (grow - 1.0) / drift;
        const double before = density;
        density = density * grow + diffusion * flux * fill;
        const double centre = 0.5 * (before + density);
        // -d/dV P of the stationary state, from its own equation
        const double slope = drift * centre + diffusion * flux;
        for (int s = 0; s < 4; ++s) {
            // Downwards dP = drift P + diffusion J - source; a changed mean adds P0 / tau to the flux, a changed
            // noise^2 the term slope / (2 tau).
            const double source = s == 2 ? 2.0 / variance * centre : s == 3 ? slope / variance : 0.0;
            const double complex flux_middle = j[s] + 0.5 * I * omega * step * p[s];
            const double complex next = p[s] * grow + (diffusion * flux_middle - source) * fill;
            j[s] += 0.5 * I * omega * step * (p[s] + next);
            p[s] = next;
        }
    }
    const double complex both = j[0] + j[1];
    return (integrated){
        .interval = -j[1] / j[0], .by_mean = -1000.0 * j[2] / both, .by_variance = -1000.0 * j[3] / both};
}

static void responses_agree_with_integration(void **state)
{
    (void)state;
    static const double FREQUENCY[] = {0.1, 3.0, 20.0, 80.0, 250.0};
    static const struct {
        double mean, noise;
    } CASE[] = {{14, 6}, {12, 5}, {22, 2}};
    for (size_t c = 0; c < 3; ++c) {
        double by_mean[10], by_variance[10], power[5];
        assert_ok(qn_lif_transfer(&SLOW, CASE[c].mean, CASE[c].noise, 5, FREQUENCY, by_mean, by_variance));
        assert_ok(qn_lif_spectrum(&SLOW, CASE[c].mean, CASE[c].noise, 5, FREQUENCY, power));
        for (size_t k = 0; k < 5; ++k) {
            // second order: 4 times the cells, 16 times the accuracy; extrapolated
            const integrated coarse = by_integration(&SLOW, CASE[c].mean, CASE[c].noise, FREQUENCY[k], 2000);
            const integrated fine = by_integration(&SLOW, CASE[c].mean, CASE[c].noise, FREQUENCY[k], 4000);
            const double complex mean = fine.by_mean + (fine.by_mean - coarse.by_mean) / 3.0;
            const double complex variance = fine.by_variance + (fine.by_variance - coarse.by_variance) / 3.0;
            assert_within(cabs(pair(by_mean, k) / mean - 1.0), 0.0, 1e-5);
            assert_within(cabs(pair(by_variance, k) / variance - 1.0), 0.0, 1e-5);
            const double complex p = fine.interval;
            qn_siegert_response still;
            assert_ok(qn_siegert(&SLOW, CASE[c].mean, CASE[c].noise, &still));
            const double renewal = (1.0 - creal(p * conj(p))) / creal((1.0 - p) * conj(1.0 - p));
            assert_within(power[k] / (still.rate * renewal), 1.0, 1e-3);
        }
    }
}

// At zero frequency a response is a derivative, white or coloured, from one spike in a year to saturation.
static void slow_modulations_move_the_rate(void **state)
{
    (void)state;
    static const double MEAN[] = {-20.0, 0.0, 5.0, 10.0, 14.0, 16.0, 25.0}, NOISE[] = {2.0, 3.0, 5.0, 20.0};
    for (int colour = 0; colour < 2; ++colour)
        for (size_t m = 0; m < sizeof MEAN / sizeof *MEAN; ++m)
            for (size_t n = 0; n < sizeof NOISE / sizeof *NOISE; ++n) {
                qn_siegert_neuron neuron = CORTICAL;
                neuron.synaptic_time = colour ? 0.5 : 0.0;
                qn_siegert_response still;
                assert_ok(qn_siegert(&neuron, MEAN[m], NOISE[n], &still));
                double at_rest[2], at_rest_noise[2], slow[2], slow_noise[2];
                const double zero = 0.0, low = 1e-6 * still.rate;
                assert_ok(qn_lif_transfer(&neuron, MEAN[m], NOISE[n], 1, &zero, at_rest, at_rest_noise));
                assert_ok(qn_lif_transfer(&neuron, MEAN[m], NOISE[n], 1, &low, slow, slow_noise));
                assert_true(at_rest[0] == still.by_mean && at_rest_noise[0] == still.by_variance);
                assert_within(slow[0] / still.by_mean, 1.0, 1e-9);
                assert_within(slow[1] / still.by_mean, 0.0, 1e-4);
                assert_within(slow_noise[0], still.by_variance,
                              1e-9 * (fabs(still.by_variance) + still.by_mean / NOISE[n]));
            }
}

// White noise: the response to the mean falls as the root of the frequency, by 45 degrees late; that to the noise
// stays.
static void fast_modulations_have_their_laws(void **state)
{
    (void)state;
    const double frequency = 1e7;
    double by_mean[2], by_variance[2];
    qn_siegert_response still;
    assert_ok(qn_siegert(&SLOW, 14.0, 6.0, &still));
    assert_ok(qn_lif_transfer(&SLOW, 14.0, 6.0, 1, &frequency, by_mean, by_variance));
    const double complex s = I * 2.0 * PI * frequency * 0.02;
    assert_within(cabs(pair(by_mean, 0) / (sqrt(2.0) * still.rate / (6.0 * csqrt(s))) - 1.0), 0.0, 2e-3);
    assert_within(cabs(pair(by_variance, 0) / (still.rate / 36.0) - 1.0), 0.0, 2e-3);
}

// Brunel (2000): CV^2 = 2 pi (nu tau)^2 int exp(x^2) dx int_-inf^x exp(u^2) (1 + erf u)^2 du over the passage.
static void interval_variation_is_that_of_the_double_integral(void **state)
{
    (void)state;
    enum { CELLS = 40000 };
    qn_siegert_response still;
    double variation;
    assert_ok(qn_siegert(&SLOW, 14.0, 6.0, &still));
    assert_ok(qn_lif_interval_variation(&SLOW, 14.0, 6.0, &variation));
    const double low = (10.0 - 14.0) / 6.0, high = 1.0, start = -12.0, step = (high - start) / CELLS;
    double inner = 0.0, sum = 0.0;
    for (size_t k = 0; k < CELLS; ++k) {
        const double u = start + ((double)k + 0.5) * step, g = exp(u * u) * erfc(-u) * erfc(-u);
        inner += 0.5 * g * step;
        if (u > low) sum += exp(u * u) * inner * step;
        inner += 0.5 * g * step;
    }
    const double scale = still.rate * 0.02;
    assert_within(variation, sqrt(2.0 * PI * sum) * scale, 1e-4);

    assert_ok(qn_lif_interval_variation(&CORTICAL, -20.0, 2.0, &variation)); // so rare that intervals are exponential
    assert_within(variation, 1.0, 1e-8);
    assert_ok(qn_lif_interval_variation(&CORTICAL, 40.0, 0.05, &variation)); // hardly any noise: a clock
    assert_true(variation < 2e-3);
}

static void bad_values_are_named(void **state)
{
    (void)state;
    const double fine = 1.0, negative = -1.0;
    double untouched[2] = {7.0, 7.0};
    assert_fails(qn_lif_transfer(&SLOW, 14, 6, 1, &negative, untouched, NULL), QN_BAD_VALUE, "frequencies[0] is -1 Hz");
    assert_fails(qn_lif_transfer(&SLOW, 14, 0, 1, &fine, untouched, NULL), QN_BAD_VALUE, "noise is 0 mV");
    assert_fails(qn_lif_spectrum(&SLOW, 14, 1e-3, 1, &fine, untouched), QN_BAD_VALUE,
                 "further than 1000 times the noise");
    assert_fails(qn_lif_interval_variation(&SLOW, NAN, 1, untouched), QN_BAD_VALUE, "mean is nan");
    assert_true(untouched[0] == 7.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_of_one_neuron_are_exact),
        cmocka_unit_test(responses_agree_with_integration),
        cmocka_unit_test(slow_modulations_move_the_rate),
        cmocka_unit_test(fast_modulations_have_their_laws),
        cmocka_unit_test(interval_variation_is_that_of_the_double_integral),
        cmocka_unit_test(bad_values_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
