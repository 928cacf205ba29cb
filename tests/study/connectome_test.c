// Studies of a connectome: what is measured of a matrix whose structure is known, controls that keep what they say, and
// the command's worm.
#include "testing.h"

#include "study/study_data.h"
#include "temporary.h"

#include <quenched/random.h>
#include <quenched/threads.h>

#include <stdlib.h>

static void write_file(const char *name, const char *text) { temporary_text(name, text); }

static qn_status read_text(const char *text, qn_study **study)
{
    char path[512];
    snprintf(path, sizeof path, "%s", temporary_path("x.yaml"));
    return qn_study_read_text(text, strlen(text), path, 0, NULL, study);
}

static qn_result result_of(const char *text)
{
    qn_study *study;
    qn_result result;
    assert_ok(read_text(text, &study));
    assert_ok(qn_study_run(study, NULL, &result));
    qn_study_destroy(study);
    return result;
}

static const qn_quantity *row(const qn_result *result, const char *name, size_t point)
{
    const qn_quantity *found = qn_result_quantity(result, name, point);
    if (!found) fail_msg("no row %s", name);
    return found;
}

static double measured(const qn_result *result, const char *name, size_t point)
{
    return row(result, name, point)->simulation.value;
}

static void refused(const char *text, qn_status status, const char *message)
{
    qn_study *study = NULL;
    assert_fails(read_text(text, &study), status, message);
    assert_null(study);
}

// 40 units in a ring, each drives the next by 2 and the one after by -2: a circulant matrix, all of whose numbers are
// known. J J^T has 8 on the diagonal and -4 beside it, so m2 = 8, m4 = 96.
static void write_ring(void)
{
    char text[40 * 40] = "";
    size_t length = 0;
    for (int i = 0; i < 40; ++i)
        length += (size_t)snprintf(text + length, sizeof text - length, "%d,%d,2\n%d,%d,-2\n", (i + 1) % 40, i,
                                   (i + 2) % 40, i);
    write_file("ring.csv", text);
}

#define RING "study: connectome\nmatrix: {file: ring.csv, index_base: 0}\n"

static void a_ring_is_measured(void **state)
{
    (void)state;
    qn_result r = result_of(RING);
    assert_int_equal(r.point_count, 1);
    assert_within(measured(&r, "units", 0), 40, 0);
    assert_within(measured(&r, "entries", 0), 80, 0);
    assert_within(measured(&r, "self_loops", 0), 0, 0);
    assert_within(measured(&r, "mean_coupling", 0), 0, 1e-12);
    assert_within(measured(&r, "strength", 0), sqrt(8), 1e-12);
    assert_within(measured(&r, "inverse_effective_rank", 0), 96.0 / 64 - 2, 1e-12);
    assert_within(measured(&r, "effective_rank_singular", 0), 64.0 / 96, 1e-12);
    assert_within(measured(&r, "largest_singular_value", 0), 4, 1e-6);
    assert_within(measured(&r, "outliers", 0), 0, 0);
    assert_within(measured(&r, "input_spread", 0), 0, 1e-6);
    assert_within(measured(&r, "output_spread", 0), 0, 1e-6);
    // No way back in two or three steps: all powers of J up to the third are off the diagonal.
    for (int n = 1; n <= 3; ++n) {
        const char *const names[] = {"free_cumulant_1", "free_cumulant_2", "free_cumulant_3"};
        assert_within(measured(&r, names[n - 1], 0), 0, 1e-12);
    }
    assert_string_equal(row(&r, "phase", 0)->theory_text, "chaotic");
    assert_null(row(&r, "phase", 0)->simulation_text);
    for (size_t i = 0; i < r.quantity_count; ++i) assert_true(isnan(r.quantities[i].z)); // one matrix is no ensemble
    const qn_named_array *values = qn_result_array(&r, "singular_value_simulation");
    assert_non_null(values);
    assert_int_equal(values->shape[0], 40);
    for (size_t k = 1; k < 40; ++k) assert_true(values->values[k] <= values->values[k - 1] + 1e-12);
    // Independent couplings: a quarter circle of radius 2 g, whose squares have the mean g^2.
    const qn_named_array *circle = qn_result_array(&r, "singular_value_theory");
    double square = 0.0;
    for (size_t k = 0; k < 40; ++k) square += circle->values[k] * circle->values[k] / 40;
    assert_within(square / 8, 1, 0.01);
    qn_result_clear(&r);
}

static void controls_keep_what_they_say(void **state)
{
    (void)state;
    qn_result r = result_of(RING "controls: [degree-preserving, spectrum-preserving, weights, independent]\n");
    assert_int_equal(r.point_count, 5);
    assert_string_equal(r.points[0].keys[0], "matrix");
    assert_string_equal(r.points[0].values[0], "given");
    assert_string_equal(r.points[2].values[0], "spectrum-preserving");
    const qn_named_array *values = qn_result_array(&r, "singular_value_simulation");
    for (size_t k = 0; k < 40; ++k) assert_within(values->values[2 * 40 + k], values->values[k], 1e-9);
    for (size_t p = 0; p < 4; ++p) {
        assert_within(measured(&r, "entries", p), 80, 0);
        assert_within(measured(&r, "strength", p), sqrt(8), 1e-9);
    }
    assert_within(measured(&r, "inverse_effective_rank", 2), -0.5, 1e-9);
    assert_true(measured(&r, "kept_entries", 1) < 0.5);
    assert_within(measured(&r, "kept_entries", 3), 1, 0);
    qn_result_clear(&r);
}

static void cleaning_and_rescaling(void **state)
{
    (void)state;
    write_file("loops.csv", "0,1,3\n1,0,-3\n1,1,5\n4,5,0\n");
    qn_result r = result_of(
        "study: connectome\nmatrix: {file: loops.csv, index_base: 0, drop_self_loops: true, drop_silent: true}\n");
    assert_within(measured(&r, "units", 0), 2, 0);
    assert_within(measured(&r, "self_loops", 0), 1, 0);
    assert_within(measured(&r, "silent_rows", 0), 4, 0);
    assert_within(measured(&r, "strength", 0), 3, 1e-12);
    assert_true(r.warning_count > 0);
    assert_non_null(strstr(r.warnings[0], "4 units and 1 self-loops are left out"));
    qn_result_clear(&r);
    // Rescaled, the same matrix rests; with noise it moves.
    r = result_of("study: connectome\nmatrix: {file: ring.csv, index_base: 0, strength: 0.5}\n");
    assert_string_equal(row(&r, "phase", 0)->theory_text, "quiescent");
    qn_result_clear(&r);
    r = result_of("study: connectome\nmatrix: {file: ring.csv, index_base: 0, strength: 0.5}\nunits: {noise: 0.5}\n");
    assert_string_equal(row(&r, "phase", 0)->theory_text, "noise-driven");
    assert_true(row(&r, "participation_ratio", 0)->theory > 0.5);
    assert_true(row(&r, "participation_ratio_given", 0)->theory > 0.5);
    qn_result_clear(&r);
}

// An outlier far above the rest: found, projected off, and gone.
static void an_outlier_is_deflated(void **state)
{
    (void)state;
    enum { N = 60 };
    char *text = malloc(N * N * 32);
    double noise[N * N];
    const qn_stream stream = {3, QN_PURPOSE_TEST, 0};
    size_t length = 0;
    qn_normal(&stream, 0, N * N, noise);
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < N; ++j)
            length += (size_t)snprintf(text + length, 32, "%d,%d,%.6f\n", i, j,
                                       0.1 * noise[i * N + j] + 0.2 * cos(0.7 * i) * sin(0.9 * j));
    write_file("outlier.csv", text);
    free(text);
    qn_result r = result_of("study: connectome\nmatrix: {file: outlier.csv, index_base: 0}\n");
    assert_within(measured(&r, "outliers", 0), 1, 0);
    const double before = measured(&r, "inverse_effective_rank", 0),
                 expected = measured(&r, "inverse_effective_rank_deflated", 0);
    assert_true(before > 3 * fabs(expected));
    qn_result_clear(&r);
    r = result_of("study: connectome\nmatrix: {file: outlier.csv, index_base: 0, deflate: true}\n");
    assert_within(measured(&r, "outliers", 0), 0, 0);
    assert_within(measured(&r, "inverse_effective_rank", 0), expected, 1e-6 + 0.02 * fabs(expected));
    assert_non_null(strstr(r.warnings[0], "1 singular values that stand out are projected off"));
    qn_result_clear(&r);
}

static void simulation_stands_beside_theory(void **state)
{
    (void)state;
    const char *text = RING "units: {noise: 0.5}\nsimulation: {repetitions: 2, trials: 8, duration: 40, burn_in: 40}\n";
    const int before = qn_threads();
    qn_set_threads(1);
    qn_result one = result_of(text);
    qn_set_threads(2);
    qn_result two = result_of(text);
    qn_set_threads(before);
    for (size_t i = 0; i < one.quantity_count; ++i)
        if (!isnan(one.quantities[i].simulation.value))
            assert_within(two.quantities[i].simulation.value, one.quantities[i].simulation.value, 0);
    assert_non_null(row(&one, "phase", 0)->simulation_text);
    assert_true(row(&one, "rate_variance", 0)->simulation.standard_error > 0);
    assert_non_null(qn_result_array(&one, "principal_component_simulation"));
    qn_result_clear(&one);
    qn_result_clear(&two);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    refused("study: connectome\nmatrix: {file: ring.csv}\n", QN_BAD_VALUE, "matrix.index_base is missing");
    refused("study: connectome\nmatrix: {file: none.mtx}\n", QN_BAD_VALUE, "matrix.file is \"none.mtx\"");
    refused("study: connectome\n", QN_BAD_VALUE, "matrix is missing");
    refused(RING "controls: [degree]\n", QN_BAD_VALUE, "controls.0 is \"degree\"");
    refused(RING "simulation: {duration: 1}\n", QN_BAD_VALUE, "simulation.duration is 1");
    write_file("twice.csv", "0,1,3\n1,0,2\n0,1,3\n");
    qn_study *study;
    qn_result result;
    assert_ok(read_text("study: connectome\nmatrix: {file: twice.csv, index_base: 0}\n", &study));
    assert_fails(qn_study_run(study, NULL, &result), QN_BAD_FILE, "twice.csv");
    qn_study_destroy(study);
    assert_ok(read_text(RING "simulation: {duration: 20}\n", &study));
    assert_fails(qn_study_run(study, &(qn_study_options){.memory_limit = 1e4}, &result), QN_NO_MEMORY,
                 "simulation of 40 units in 32 trials needs ");
    qn_study_destroy(study);
    write_file("same.csv", "0,0,1\n0,1,1\n1,0,1\n1,1,1\n");
    result = result_of("study: connectome\nmatrix: {file: same.csv, index_base: 0}\n");
    assert_non_null(strstr(result.warnings[0], "all couplings are equal"));
    qn_result_clear(&result);
}

static int make_folder(void **state)
{
    (void)state;
    write_ring();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"ring.csv", "loops.csv", "outlier.csv", "twice.csv", "same.csv"};
    temporary_remove(sizeof names / sizeof *names, names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_measured),
        cmocka_unit_test(controls_keep_what_they_say),
        cmocka_unit_test(cleaning_and_rescaling),
        cmocka_unit_test(an_outlier_is_deflated),
        cmocka_unit_test(simulation_stands_beside_theory),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
