// Arrays of the population in a result: what is there, how it hangs together, and that a checkpoint keeps it.
#include "temporary.h"
#include "testing.h"

#include "study/study_data.h"

#include <stdlib.h>
#include <unistd.h>

#define STUDY                                                                                                          \
    "study: activity\n"                                                                                                \
    "network: {size: 40, transfer: erf, noise: 0.5, coupling: {kind: iid, strength: 1}}\n"                             \
    "theory: {compute: [two-point, dimension]}\n"                                                                      \
    "simulation: {realisations: 3, trials: 4, duration: 40, burn_in: 20, pca: true, dimension_map_lags: 4}\n"

static qn_study *study_of(const char *override)
{
    qn_study *study = NULL;
    assert_ok(qn_study_read_text(STUDY, strlen(STUDY), "studies/small.yaml", override ? 1 : 0, &override, &study));
    return study;
}

static qn_result result_of(const char *override, const qn_study_options *options)
{
    qn_study *study = study_of(override);
    qn_result result = {0};
    assert_ok(qn_study_run(study, options, &result));
    qn_study_destroy(study);
    return result;
}

static const double *values_of(const qn_result *result, const char *name, size_t *count)
{
    const qn_named_array *array = qn_result_array(result, name);
    assert_non_null(array);
    *count = 1;
    for (size_t d = 0; d < array->rank; ++d) *count *= array->shape[d];
    return array->values;
}

static void arrays_hang_together(void **state)
{
    (void)state;
    enum { WIDTH = 9, MIDDLE = 4 };
    qn_result r = result_of(NULL, NULL);
    size_t count;
    const double *mode = values_of(&r, "mode", &count);
    assert_int_equal(count, 40);
    assert_close(mode[0], 1.0 / 40, 1e-15);
    assert_close(mode[39], 1, 0);
    const double *variances = values_of(&r, "pca_spectrum_simulation", &count);
    double trace = 0;
    for (size_t i = 0; i < count; ++i) trace += variances[i] / 40;
    assert_within(trace, qn_result_quantity(&r, "rate_variance", 0)->simulation.value, 0.01);

    const double *first = values_of(&r, "first_lag", &count),
                 *c = values_of(&r, "rate_autocorrelation_simulation", &count);
    assert_within(first[0], -4, 0);
    const char *const wings[] = {"theory", "simulation"};
    for (int w = 0; w < 2; ++w) {
        char name[64];
        snprintf(name, sizeof name, "four_point_%s", wings[w]);
        const double *theta = values_of(&r, name, &count);
        assert_int_equal(count, WIDTH * WIDTH);
        snprintf(name, sizeof name, "four_point_map_%s", wings[w]);
        const double *psi = values_of(&r, name, &count);
        for (int l = 0; l < WIDTH; ++l)
            for (int m = 0; m < WIDTH; ++m) {
                assert_within(theta[l * WIDTH + m], theta[m * WIDTH + l], 0);
                assert_within(theta[l * WIDTH + m], theta[(WIDTH - 1 - l) * WIDTH + WIDTH - 1 - m], 0);
                assert_true(isfinite(psi[l * WIDTH + m]));
            }
        assert_close(theta[MIDDLE * WIDTH + MIDDLE],
                     w ? qn_result_quantity(&r, "four_point_variance", 0)->simulation.value
                       : qn_result_quantity(&r, "four_point_variance", 0)->theory,
                     1e-5);
        // The mean over networks of products of autocorrelations is nearly the product of the means.
        if (w)
            for (int l = 0; l < WIDTH; ++l)
                assert_within(psi[l * WIDTH + 6], theta[l * WIDTH + 6] - c[abs(l - MIDDLE)] * c[2], 0.01);
    }
    // Theta(2, -2) is not Theta(2, 2): lags have signs.
    const double *theta = values_of(&r, "four_point_theory", &count);
    assert_true(theta[6 * WIDTH + 6] > 1.1 * theta[6 * WIDTH + 2]);

    const double *dimension = values_of(&r, "dimension_simulation", &count);
    assert_int_equal(count, 40 / 4 + 1);
    assert_close(values_of(&r, "sample_frequency", &count)[1], 2 * M_PI / 40, 1e-12);
    for (size_t f = 0; f < count; ++f) assert_true(dimension[f] > 0 && dimension[f] < 1.3);
    qn_result_clear(&r);
}

static void one_wing_alone_has_its_map(void **state)
{
    (void)state;
    qn_result theory = result_of(NULL, &(qn_study_options){.wings = QN_WING_THEORY}), both = result_of(NULL, NULL),
              simulated = result_of(NULL, &(qn_study_options){.wings = QN_WING_SIMULATION});
    size_t count;
    const double *alone = values_of(&theory, "four_point_theory", &count);
    assert_memory_equal(alone, values_of(&both, "four_point_theory", &count), count * sizeof *alone);
    assert_null(qn_result_array(&theory, "four_point_simulation"));
    assert_null(qn_result_array(&theory, "pca_spectrum_simulation"));
    assert_null(qn_result_array(&simulated, "four_point_theory"));
    alone = values_of(&simulated, "four_point_map_simulation", &count);
    assert_memory_equal(alone, values_of(&both, "four_point_map_simulation", &count), count * sizeof *alone);
    qn_result_clear(&theory), qn_result_clear(&both), qn_result_clear(&simulated);
    qn_result none = result_of("simulation.dimension_map_lags=0", NULL);
    assert_null(qn_result_array(&none, "four_point_theory"));
    qn_result_clear(&none);
}

// Networks that came back from a checkpoint have all their arrays.
static void a_checkpoint_keeps_all_of_it(void **state)
{
    (void)state;
    char path[TEMPORARY_SIZE];
    temporary_name("population", path);
    close(mkstemp(path));
    const qn_study_options fresh = {.checkpoint = path}, resuming = {.checkpoint = path, .resume = true};
    qn_set_threads(1);
    qn_result whole = result_of(NULL, &fresh);
    qn_set_threads(3);
    qn_result resumed = result_of(NULL, &resuming);
    assert_int_equal(truncate(path, 3000), 0);
    qn_result mended = result_of(NULL, &resuming);
    qn_set_threads(0);
    const char *const names[] = {"pca_spectrum_simulation_error", "dimension_simulation", "four_point_map_simulation",
                                 "rate_autocorrelation_simulation", "four_point_diagonal_simulation"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        size_t count;
        const double *values = values_of(&whole, names[i], &count);
        assert_true(isfinite(values[count / 2]));
        assert_memory_equal(values_of(&resumed, names[i], &count), values, count * sizeof *values);
        assert_memory_equal(values_of(&mended, names[i], &count), values, count * sizeof *values);
    }
    qn_result_clear(&whole), qn_result_clear(&resumed), qn_result_clear(&mended);
    remove(path);
}

// Half the duration may be too short for the map: a quick run has what fits. Asked for outright, it is refused.
static void maps_fit_into_the_duration(void **state)
{
    (void)state;
    const qn_study_options quickly = {.quick = true, .wings = QN_WING_SIMULATION};
    qn_result quick = result_of("simulation.dimension_map_lags=20", &quickly);
    assert_int_equal(qn_result_array(&quick, "first_lag")->shape[0], 41);
    qn_result_clear(&quick);
    quick = result_of("simulation.lag_max=3", &quickly);
    assert_int_equal(qn_result_array(&quick, "first_lag")->shape[0], 7);
    qn_result_clear(&quick);
    qn_study *study = NULL;
    const char *override = "simulation.dimension_map_lags=21";
    assert_fails(qn_study_read_text(STUDY, strlen(STUDY), "studies/small.yaml", 1, &override, &study), QN_BAD_VALUE,
                 "simulation.dimension_map_lags is 21, of simulation.sample_interval 1 each; allowed: at most half of "
                 "simulation.duration, 20");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_hang_together),
        cmocka_unit_test(one_wing_alone_has_its_map),
        cmocka_unit_test(a_checkpoint_keeps_all_of_it),
        cmocka_unit_test(maps_fit_into_the_duration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
