// Membranes without threshold under Poisson input: mean and variance of potential and current against theory (table 9.1
// of docs/theory/spiking.md). The formulas are those of the time grid, hence exact.
#include "simulation/spiking_propagators.h"
#include "testing.h"

#include <stdlib.h>

enum { NEURONS = 2000, STEPS = 20000, DISCARD = 1500 };

typedef struct {
    double value, error;
} measured;

// Of numbers that are independent between neurons: mean over neurons and its standard error.
static measured over_neurons(const double *values)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < NEURONS; ++i) {
        sum += values[i] / NEURONS;
        squares += values[i] * values[i] / NEURONS;
    }
    return (measured){sum, sqrt((squares - sum * sum) / (NEURONS - 1))};
}

static void agree(measured m, double theory, double most_error, const char *what)
{
    const double z = (m.value - theory) / m.error;
    if (fabs(z) < 4.0 && m.error < most_error * fabs(theory)) return;
    fail_msg("%s is %.7g +- %.2g, theory %.7g: %.1f standard errors", what, m.value, m.error, theory, z);
}

// Mean over time, and mean square deviation from the theoretical mean (no bias), of each neuron.
static void moments(const float *trace, double offset, double mean, double *average, double *variance)
{
    for (size_t i = 0; i < NEURONS; ++i) {
        average[i] = variance[i] = 0.0;
        for (size_t t = 0; t < STEPS; ++t) {
            const double x = (double)trace[i * STEPS + t] - offset;
            average[i] += x / STEPS;
            variance[i] += (x - mean) * (x - mean) / STEPS;
        }
    }
}

typedef struct {
    double mean, variance, current_mean, current_variance;
} theory;

// V_{t+1} = a V_t + c I_t, I_{t+1} = b I_t + w n_{t+1}, n Poisson of mean l: second moments of the linear recursion.
static theory exponential_theory(double count_mean, double weight)
{
    const double a = qn_propagator_decay(0.1, 10.0), b = qn_propagator_decay(0.1, 0.5);
    const double c = qn_propagator_couple(0.1, 10.0, 0.5, 250.0);
    const double current_variance = weight * weight * count_mean / (1.0 - b * b),
                 current = weight * count_mean / (1.0 - b);
    const double covariance = b * c * current_variance / (1.0 - a * b);
    return (theory){c * current / (1.0 - a), (2.0 * a * c * covariance + c * c * current_variance) / (1.0 - a * a),
                    current, current_variance};
}

static theory delta_theory(double count_mean, double weight)
{
    const double a = qn_propagator_decay(0.1, 10.0);
    return (theory){weight * count_mean / (1.0 - a), weight * weight * count_mean / (1.0 - a * a), 0.0, 0.0};
}

static void check(qn_synapse_kind synapse, double rate, double weight)
{
    const double l = rate * 1e-4;
    const theory t = synapse == QN_SYNAPSE_DELTA ? delta_theory(l, weight) : exponential_theory(l, weight);
    const qn_spiking_population population = {
        .size = NEURONS,
        .neuron = {.synapse = synapse, .rest = -65.0, .threshold = 1e6, .reset = -65.0},
        .external_count = rate / 8.0,
        .external_rate = 8.0,
        .external_weight = weight,
        .initial_mean = -65.0 + t.mean};
    const qn_spiking_network network = {.population_count = 1, .populations = &population, .unit_size = 512};
    const qn_spiking_options options = {
        .seed = 2, .duration = 0.1 * STEPS, .discard = 0.1 * DISCARD, .traced = NEURONS, .recorded = NEURONS};
    qn_spiking_activity a;
    assert_ok(qn_spiking_simulate(&network, &options, 0, NULL, &a));
    assert_int_equal(a.spikes.count, 0);
    double average[NEURONS], variance[NEURONS];
    moments(a.potential, -65.0, t.mean, average, variance);
    agree(over_neurons(average), t.mean, 2e-3, "mean potential");
    agree(over_neurons(variance), t.variance, 0.01, "variance of the potential");
    if (synapse == QN_SYNAPSE_EXPONENTIAL) {
        moments(a.current, 0.0, t.current_mean, average, variance);
        agree(over_neurons(average), t.current_mean, 2e-3, "mean current");
        agree(over_neurons(variance), t.current_variance, 0.01, "variance of the current");
        // The continuous formulas of the sheet, up to the grid's 1 %.
        const double jump = weight * 0.5 / 250.0, noise = 0.01 * rate * jump * jump;
        assert_within(t.mean / (0.01 * rate * jump), 1.0, 0.11);
        assert_within(t.variance / (noise / 2.0 * 10.0 / 10.5), 1.0, 0.25);
    }
    qn_spiking_activity_clear(&a);
}

static void free_membranes_have_the_mean_and_variance_of_theory(void **state)
{
    (void)state;
    check(QN_SYNAPSE_EXPONENTIAL, 12800.0, 87.8085);
    check(QN_SYNAPSE_EXPONENTIAL, 120000.0, 20.0); // two draws a step
    check(QN_SYNAPSE_EXPONENTIAL, 355000.0, -7.0); // four
    check(QN_SYNAPSE_DELTA, 20000.0, 0.1);
    check(QN_SYNAPSE_DELTA, 250000.0, -0.02); // three
}

// Input of a few spikes a second: every one of them of the weight that was asked for.
static void rare_input_has_its_weight_and_rate(void **state)
{
    (void)state;
    const double rates[] = {1.0, 0.1, 0.03, 11.0};
    for (size_t r = 0; r < 4; ++r) {
        const qn_spiking_population population = {.size = 20000,
                                                  .neuron = {.rest = -65.0, .threshold = 1e6, .reset = -65.0},
                                                  .external_count = 1.0,
                                                  .external_rate = rates[r],
                                                  .external_weight = 100.0,
                                                  .initial_mean = -65.0};
        const qn_spiking_network network = {.population_count = 1, .populations = &population};
        const qn_spiking_options options = {.duration = 100.0, .traced = 20000};
        qn_spiking_activity a;
        assert_ok(qn_spiking_simulate(&network, &options, 0, NULL, &a));
        double events = 0.0, worst = 0.0;
        for (size_t i = 0; i < 20000; ++i)
            for (size_t t = 1; t < a.traced_steps; ++t) {
                const double before = (double)a.current[i * a.traced_steps + t - 1];
                const double weight = (double)a.current[i * a.traced_steps + t] - before * exp(-0.2);
                if (weight < 1.0) continue;
                const double many = round(weight / 100.0);
                events += many;
                worst = fmax(worst, fabs(weight - 100.0 * many) / 100.0);
            }
        const double expected = 20000.0 * 0.0999 * rates[r];
        assert_within(events, expected, 4.0 * sqrt(expected));
        assert_true(worst < 1e-3);
        qn_spiking_activity_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_membranes_have_the_mean_and_variance_of_theory),
        cmocka_unit_test(rare_input_has_its_weight_and_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
