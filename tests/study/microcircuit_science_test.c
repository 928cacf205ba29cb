// The shipped studies of the cortical microcircuit give the rates of other implementations, by theory and simulation.
#include "testing.h"

static void see(const char *name, const qn_study_options *options, size_t count, const char *const *overrides,
                qn_result *result)
{
    char path[512];
    qn_study *study;
    snprintf(path, sizeof path, "%s/studies/%s.yaml", SOURCE_DIRECTORY, name);
    assert_ok(qn_study_read(path, count, overrides, &study));
    assert_ok(qn_study_run(study, options, result));
    for (size_t i = 0; i < result->must_see_count; ++i)
        if (strstr(result->must_see[i], "FAILED")) print_error("%s\n", result->must_see[i]);
    assert_true(result->must_see_passed);
    qn_study_destroy(study);
}

// Table 9.4 of docs/theory/spiking.md, heterogeneity on.
static void mean_field_of_the_microcircuit(void **state)
{
    (void)state;
    static const char *const names[] = {"23E", "23I", "4E", "4I", "5E", "5I", "6E", "6I"};
    static const double rate[] = {.7642, 2.8297, 4.3948, 5.905, 7.217, 8.5583, 1.2683, 7.9009};
    static const double spread[] = {.723, 1.847, 2.872, 3.568, 4.388, 4.763, 1.356, 4.470};
    qn_result result;
    see("microcircuit", &(qn_study_options){.wings = QN_WING_THEORY}, 0, NULL, &result);
    for (size_t p = 0; p < 8; ++p) {
        char name[32];
        snprintf(name, sizeof name, "rate(%s)", names[p]);
        const double found = qn_result_quantity(&result, name, 0)->theory;
        assert_true(fabs(found / rate[p] - 1.0) < 2e-3);
        snprintf(name, sizeof name, "rate_spread(%s)", names[p]);
        assert_within(qn_result_quantity(&result, name, 0)->theory, spread[p], 0.01); // made with (12) for c_w = 0 in v
    }
    assert_true(qn_result_quantity(&result, "stability", 0)->theory < 1.0);
    qn_result_clear(&result);
}

// Table 9.5: a tenth of the neurons and of the synapses onto each.
static void a_tenth_of_it(void **state)
{
    (void)state;
    static const char *const shorter[] = {"simulation.realisations=3", "simulation.duration=2500"};
    qn_result result;
    see("microcircuit-scaled", &(qn_study_options){0}, 2, shorter, &result);
    const double fano = qn_result_quantity(&result, "fano_factor", 0)->simulation.value;
    assert_true(fano > 4.3 && fano < 5.4);
    qn_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_field_of_the_microcircuit),
        cmocka_unit_test(a_tenth_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
