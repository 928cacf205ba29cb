// The microcircuit at full scale, by its shipped study: rates, irregularity and synchrony of table 9.5 of
// docs/theory/spiking.md.
#include "testing.h"

static void full_scale(void **state)
{
    (void)state;
    qn_study *study;
    qn_result result;
    assert_ok(qn_study_read(SOURCE_DIRECTORY "/studies/microcircuit.yaml", 0, NULL, &study));
    assert_ok(qn_study_run(study, NULL, &result));
    for (size_t i = 0; i < result.must_see_count; ++i)
        if (strstr(result.must_see[i], "FAILED")) print_error("%s\n", result.must_see[i]);
    assert_true(result.must_see_passed);
    const double fano = qn_result_quantity(&result, "fano_factor", 0)->simulation.value;
    assert_true(fano > 50.0 && fano < 68.0); // 54 to 63 by seed
    assert_true(result.performance.peak_memory < 200e6);
    qn_result_clear(&result);
    qn_study_destroy(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(full_scale)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
