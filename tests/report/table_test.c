#include "captured.h"
#include "result_fixture.h"
#include "testing.h"

#include "report/cells.h"

static void a_study_prints_this_table(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    captured table;
    capture(&table);
    assert_ok(qn_report_table(&result, "out/chaos.html", "out/chaos.nc", table.stream));
    end_capture(&table);
    assert_string_equal(
        table.text,
        "chaos   N = 2000, erf, g = 2.00, 12 networks x 32 trials   seed 1\n"
        "quantity                    theory   simulation              z\n"
        "phase                       chaotic  chaotic              same\n"
        "field variance              1.1573   1.1581 +- 0.0021      0.4\n"
        "rate variance               0.42311  0.42296 +- 0.00062   -0.2\n"
        "Lyapunov exponent  (1/tau)  0.3000   0.2800 +- 0.0031     -6.5   DISAGREE   N -> inf from N = 1000, 2000\n"
        "mean slope                  0.63210  -                       -\n"
        "decay rate  (1/tau)         -        0.414 +- 0.012          -\n"
        "warning: 1 of 12 networks settled to a cycle & was <left> out\n"
        "must see: field_variance: |z| = 0.4 < 4\n"
        "3 of 4 agree (|z| < 4).   figures: out/chaos.html   data: out/chaos.nc\n");
    free(table.text);
    qn_result_clear(&result);
}

static void a_sweep_names_its_values_once_per_point(void **state)
{
    (void)state;
    qn_result result = transition_result();
    captured table;
    capture(&table);
    assert_ok(qn_report_table(&result, NULL, NULL, table.stream));
    end_capture(&table);
    assert_non_null(
        strstr(table.text, "\nstrength  noise  quantity                     theory      simulation          z\n"));
    assert_non_null(strstr(table.text,
                           "\n2.50      0      phase                        chaotic     chaotic          same\n"
                           "                 field variance               1.350 "));
    assert_non_null(strstr(table.text, "\n42 of 42 agree (|z| < 4).\n"));
    free(table.text);
    qn_result_clear(&result);
}

static void nothing_simulated_means_nothing_to_compare(void **state)
{
    (void)state;
    qn_result result = {.name = strdup("theory"), .must_see_passed = true};
    captured table;
    fixture_number(&result, 0, "field_variance", "1", NULL, 1.5, NAN, NAN, 0);
    capture(&table);
    assert_ok(qn_report_table(&result, NULL, NULL, table.stream));
    end_capture(&table);
    assert_non_null(strstr(table.text, "field variance  1.5000  -               -\nnothing to compare.\n"));
    free(table.text);
    qn_result_clear(&result);
}

static qn_cells cells(double theory, double value, double error)
{
    qn_cells found;
    const qn_quantity row = {
        .name = "x", .theory = theory, .simulation = {value, error, 9}, .z = (value - theory) / error};
    qn_cells_of(&row, &found);
    return found;
}

// Two digits of the error, and the digits of the values that it leaves.
static void numbers_are_rounded_by_their_errors(void **state)
{
    (void)state;
    static const struct {
        double theory, value, error;
        const char *expected_theory, *expected_simulation;
    } cases[] = {{0.64234, 0.64311, 0.00118, "0.6423", "0.6431 +- 0.0012"},
                 {0.013271, 0.013409, 0.000384, "0.01327", "0.01341 +- 0.00038"},
                 {1, 1.01, 0.0998, "1.00", "1.01 +- 0.10"}, // the error rounds up to another decade
                 {123.4, 120, 12.4, "123", "120 +- 12"},
                 {-0.5, -0.00001, 0.0031, "-0.5000", "0.0000 +- 0.0031"},
                 {1e-5, 0.01, 0.02, "1e-05", "0.010 +- 0.020"}, // not "0.000": theory is not zero
                 {1.2345e-9, 1.2359e-9, 1.3e-12, "1.2345e-09", "1.2359e-09 +- 1.3e-12"},
                 {4.2e9, 4.1e9, 2e7, "4.200e+09", "4.100e+09 +- 2.0e+07"},
                 {NAN, 2, NAN, "-", "2.0000 (no error bar)"},
                 {0, 0, 0, "0", "0 +- 0"},
                 {INFINITY, 2, 0.1, "inf", "2.00 +- 0.10"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const qn_cells found = cells(cases[i].theory, cases[i].value, cases[i].error);
        assert_string_equal(found.theory, cases[i].expected_theory);
        assert_string_equal(found.simulation, cases[i].expected_simulation);
    }
    assert_string_equal(cells(1, 0.99999, 0.01).z, "0.0");
    // Theory by Monte Carlo has digits of its own; a number that is no estimate has no bar, and counts are whole.
    qn_cells found;
    qn_cells_of(&(qn_quantity){.name = "x", .theory = 0.44149, .theory_error = 0.0021, .simulation = {0.43, 0.008, 9}},
                &found);
    assert_string_equal(found.theory, "0.4415 +- 0.0021");
    assert_string_equal(found.simulation, "0.4300 +- 0.0080");
    qn_cells_of(&(qn_quantity){.name = "x", .theory = NAN, .theory_error = 0.1, .simulation = {279, NAN, 0}}, &found);
    assert_string_equal(found.theory, "-");
    assert_string_equal(found.simulation, "279");
    qn_cells_of(&(qn_quantity){.name = "x", .theory = 0.5, .simulation = {0.107251, NAN, 0}}, &found);
    assert_string_equal(found.theory, "0.50000");
    assert_string_equal(found.simulation, "0.10725");
    assert_false(cells(1, 1.0399, 0.01).disagrees);
    assert_true(cells(1, 0.96, 0.01).disagrees);
}

static void a_stream_that_is_full_is_an_error(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full) skip();
    qn_result result = chaos_result();
    assert_fails(qn_report_table(&result, NULL, NULL, full), QN_IO_ERROR, "cannot write the table: No space left");
    assert_fails(qn_report_json(&result, full), QN_IO_ERROR, "cannot write the JSON object");
    fclose(full);
    qn_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_prints_this_table), cmocka_unit_test(a_sweep_names_its_values_once_per_point),
        cmocka_unit_test(nothing_simulated_means_nothing_to_compare),
        cmocka_unit_test(numbers_are_rounded_by_their_errors), cmocka_unit_test(a_stream_that_is_full_is_an_error)};
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
