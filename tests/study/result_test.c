#include "testing.h"

#include "study/result_builder.h"

static void rows_arrays_and_points_are_found_again(void **state)
{
    (void)state;
    qn_result result = {.must_see_passed = true};
    char *keys[] = {"network.noise"}, *values[] = {"0.5"};
    double lags[] = {0, 1, 2};
    assert_ok(qn_result_add_point(&result, 1, keys, values));
    assert_ok(qn_result_add_quantity(
        &result,
        &(qn_quantity){.name = "field_variance", .unit = "1", .theory = 1, .simulation = {1.1, 0.1, 5}, .z = 1}));
    assert_ok(qn_result_add_array(
        &result, &(qn_named_array){
                     .name = "lag", .unit = "tau", .rank = 1, .dimensions = {"lag"}, .shape = {3}, .values = lags}));
    assert_ok(qn_result_add_array(
        &result,
        &(qn_named_array){.name = "empty", .unit = "1", .rank = 2, .dimensions = {"point", "lag"}, .shape = {1, 3}}));
    assert_non_null(qn_result_quantity(&result, "field_variance", 0));
    assert_null(qn_result_quantity(&result, "field_variance", 1));
    assert_null(qn_result_quantity(&result, "rate_variance", 0));
    assert_within(qn_result_array(&result, "lag")->values[2], 2, 0);
    assert_true(isnan(qn_result_array(&result, "empty")->values[2]));
    assert_string_equal(result.points[0].keys[0], "network.noise");
    qn_result_clear(&result);
    assert_int_equal(result.quantity_count, 0);
}

static void a_large_z_another_phase_or_a_failed_must_see_disagree(void **state)
{
    (void)state;
    qn_result result = {.must_see_passed = true};
    size_t compared = 99;
    assert_true(qn_result_agrees(&result, &compared));
    assert_int_equal(compared, 0);
    assert_ok(qn_result_add_quantity(&result, &(qn_quantity){.name = "a", .z = 3.9}));
    assert_ok(qn_result_add_quantity(&result, &(qn_quantity){.name = "b", .z = NAN}));
    assert_ok(qn_result_add_quantity(
        &result, &(qn_quantity){.name = "phase", .z = NAN, .theory_text = "chaotic", .simulation_text = "chaotic"}));
    assert_true(qn_result_agrees(&result, &compared));
    assert_int_equal(compared, 2);
    result.quantities[0].z = -4.1;
    assert_false(qn_result_agrees(&result, NULL));
    result.quantities[0].z = 0;
    result.quantities[2].simulation_text[0] = 'C';
    assert_false(qn_result_agrees(&result, NULL));
    result.quantities[2].simulation_text[0] = 'c';
    assert_ok(qn_result_add_must_see(&result, true, "a: |z| = %.1f < 4", 0.0));
    assert_true(qn_result_agrees(&result, NULL));
    assert_ok(qn_result_add_must_see(&result, false, "a: FAILED"));
    assert_false(qn_result_agrees(&result, NULL));
    qn_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_arrays_and_points_are_found_again),
                                       cmocka_unit_test(a_large_z_another_phase_or_a_failed_must_see_disagree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
