// Theory against simulation, for what the population shows beyond equal times: over frequency, and at pairs of lags.
#include "testing.h"

#include "study/study_data.h"

static const char *const study_text =
    "study: activity\n"
    "network: {size: 200, transfer: tanh, noise: 0.5, coupling: {kind: iid, strength: 1.2}}\n"
    "theory: {compute: [two-point, dimension]}\n"
    "simulation: {realisations: 48, trials: 16, burn_in: 60, duration: 100, sample_interval: 0.5,\n"
    "  dimension_map_lags: 3}\n";

static const qn_named_array *array_of(const qn_result *result, const char *name)
{
    const qn_named_array *array = qn_result_array(result, name);
    assert_non_null(array);
    return array;
}

static double between(const qn_named_array *places, const qn_named_array *values, double place)
{
    for (size_t i = 1; i < places->shape[0]; ++i) {
        if (places->values[i] < place) continue;
        const double part = (place - places->values[i - 1]) / (places->values[i] - places->values[i - 1]);
        return values->values[i - 1] + part * (values->values[i] - values->values[i - 1]);
    }
    return NAN;
}

// Frames every half a time constant fold five percent of private noise into the spectrum unless it is averaged away:
// the mean over a band is sharp enough to see a fifth of that. Neighbouring frequencies share a taper, so that of three
// one counts.
static void dimension_over_frequency_agrees(const qn_result *result)
{
    const qn_named_array *places = array_of(result, "sample_frequency"), *theory = array_of(result, "dimension_theory"),
                         *simulated = array_of(result, "dimension_simulation");
    double ratio[2][100];
    size_t count[2] = {0};
    for (size_t f = 0; f < places->shape[0]; f += 3) {
        const double omega = places->values[f];
        if (omega < 0.6) continue; // resolution and finite size show
        const size_t band = omega > 1.7;
        ratio[band][count[band]++] = simulated->values[f] / between(array_of(result, "frequency"), theory, omega);
    }
    for (int band = 0; band < 2; ++band)
        assert_agrees(1, qn_estimate_of(count[band], ratio[band]), .max_z = 4, .max_relative_error = 0.025,
                      .max_relative_bar = 0.01);
}

static void map_agrees(const qn_result *result)
{
    const qn_named_array *theory = array_of(result, "four_point_theory"),
                         *simulated = array_of(result, "four_point_simulation"),
                         *error = array_of(result, "four_point_simulation_error");
    for (size_t i = 0; i < 49; ++i)
        assert_agrees(theory->values[i], ((qn_estimate){simulated->values[i], error->values[i], 48}), .max_z = 4,
                      .max_relative_error = 0.12, .max_relative_bar = 0.05);
}

static void the_population_agrees(void **state)
{
    (void)state;
    qn_study *study;
    qn_result result = {0};
    assert_ok(qn_study_read_text(study_text, strlen(study_text), "studies/noise.yaml", 0, NULL, &study));
    assert_ok(qn_study_run(study, NULL, &result));
    qn_study_destroy(study);
    dimension_over_frequency_agrees(&result);
    map_agrees(&result);
    qn_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_population_agrees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
