// Small studies from text to result: both wings, sweeps, checkpoints, and what is said when things go wrong.
#include "small_study.h"
#include "temporary.h"
#include "testing.h"

#include "study/must_see.h"
#include "study/result_builder.h"
#include "study/study_data.h"

#include <stdlib.h>
#include <unistd.h>

#define FIGURES                                                                                                        \
    "figures: [{plot: field_autocorrelation}, {plot: lyapunov_exponent, against: strength}]\n"                         \
    "must_see: [{quantity: phase, equals: chaotic}, {quantity: field_variance, max_z: 1e6, max_relative_error: 9},\n"  \
    "  {quantity: rate_variance, max_relative_bar: 1e-9}]\n"

// The bytes of the result file: the strictest comparison there is.
static char *bytes_of(const qn_result *result, size_t *size)
{
    char path[TEMPORARY_SIZE];
    temporary_name("run", path);
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_ok(qn_result_write(result, path, true));
    FILE *stream = fopen(path, "rb");
    char *bytes = malloc(4 << 20);
    *size = fread(bytes, 1, 4 << 20, stream);
    fclose(stream);
    remove(path);
    return bytes;
}

static void assert_same_bytes(const qn_result *a, const qn_result *b)
{
    size_t size_a, size_b;
    char *bytes_a = bytes_of(a, &size_a), *bytes_b = bytes_of(b, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    free(bytes_a);
    free(bytes_b);
}

static long size_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    fclose(file);
    return size;
}

static void both_wings_stand_side_by_side(void **state)
{
    (void)state;
    qn_result r = result_of(SMALL SIMULATION FIGURES, NULL, NULL);
    assert_string_equal(r.name, "small");
    assert_string_equal(r.kind, "activity");
    assert_non_null(strstr(r.header, "N = 60, erf, g = 2, 4 networks x 8 trials"));
    assert_int_equal(r.point_count, 1);
    const char *const names[] = {"phase",      "field_variance",   "rate_variance",     "mean_field",
                                 "mean_rate",  "frozen_variance",  "velocity_variance", "mean_slope",
                                 "decay_rate", "correlation_time", "lyapunov_exponent"};
    assert_int_equal(r.quantity_count, 11);
    for (size_t i = 0; i < 11; ++i) assert_string_equal(r.quantities[i].name, names[i]);
    const qn_quantity *variance = qn_result_quantity(&r, "field_variance", 0);
    assert_int_equal(variance->simulation.samples, 4);
    assert_true(variance->theory > 0 && variance->simulation.value > 0 && variance->simulation.standard_error > 0);
    assert_close(variance->z, (variance->simulation.value - variance->theory) / variance->simulation.standard_error,
                 1e-12);
    assert_string_equal(r.quantities[0].theory_text, "chaotic");

    const qn_named_array *theory = qn_result_array(&r, "field_autocorrelation_theory");
    const qn_named_array *simulated = qn_result_array(&r, "field_autocorrelation_simulation");
    assert_int_equal(theory->rank, 1);
    assert_close(theory->values[0], variance->theory, 1e-9);
    assert_string_equal(simulated->dimensions[0], "sample_lag");
    assert_close(simulated->values[0], variance->simulation.value, 1e-6);
    assert_close(qn_result_array(&r, "field_variance_networks")->values[3] + 0.0,
                 4 * variance->simulation.value - qn_result_array(&r, "field_variance_networks")->values[0] -
                     qn_result_array(&r, "field_variance_networks")->values[1] -
                     qn_result_array(&r, "field_variance_networks")->values[2],
                 1e-9);
    // The spectrum integrates to the variance: int domega / 2 pi over +-6 rad/tau holds nearly all of it.
    const qn_named_array *spectrum = qn_result_array(&r, "field_spectrum_theory");
    double integral = -spectrum->values[0] / 2;
    for (size_t i = 0; i < spectrum->shape[0]; ++i) integral += spectrum->values[i];
    assert_close(integral * 0.02 / M_PI, variance->theory, 0.01);

    assert_int_equal(r.figure_count, 1);
    assert_true(warned(&r, "the figure of lyapunov_exponent is left out"));
    assert_false(r.must_see_passed);
    assert_non_null(strstr(r.must_see[1], "field_variance: |z| ="));
    assert_non_null(strstr(r.must_see[3], "rate_variance: relative error bar ="));
    assert_non_null(strstr(r.must_see[3], "FAILED"));
    qn_result_clear(&r);
}

static void one_wing_alone_leaves_the_other_empty(void **state)
{
    (void)state;
    qn_result theory = result_of(SMALL SIMULATION, NULL, &(qn_study_options){.wings = QN_WING_THEORY});
    qn_result simulated = result_of(SMALL SIMULATION, NULL, &(qn_study_options){.wings = QN_WING_SIMULATION});
    assert_true(isnan(qn_result_quantity(&theory, "field_variance", 0)->simulation.value));
    assert_null(qn_result_array(&theory, "field_autocorrelation_simulation"));
    assert_true(isnan(qn_result_quantity(&simulated, "field_variance", 0)->theory));
    assert_null(qn_result_quantity(&simulated, "phase", 0)->theory_text);
    assert_null(qn_result_array(&simulated, "field_autocorrelation_theory"));
    qn_result_clear(&theory);
    qn_result_clear(&simulated);

    qn_study *study = study_of(SMALL, NULL);
    qn_result none = {0};
    assert_fails(qn_study_run(study, &(qn_study_options){.wings = QN_WING_SIMULATION}, &none), QN_BAD_VALUE,
                 "simulation is missing");
    qn_study_destroy(study);
}

static void a_sweep_has_a_row_for_every_point(void **state)
{
    (void)state;
    const char *text =
        SMALL SIMULATION FIGURES "sweep: {network.coupling.strength: [0.5, 2], network.noise: [0, 0.5]}\n";
    qn_result r = result_of(text, "simulation.realisations=2", NULL);
    assert_int_equal(r.point_count, 4);
    assert_string_equal(r.points[2].values[0], "2");
    assert_string_equal(r.quantities[0].theory_text, "quiescent");
    assert_string_equal(r.quantities[0].simulation_text, "quiescent");
    assert_within(qn_result_quantity(&r, "field_variance", 0)->z, 0, 0);
    assert_string_equal(qn_result_quantity(&r, "phase", 1)->theory_text, "noise-driven");
    assert_string_equal(qn_result_quantity(&r, "phase", 1)->simulation_text, "noise-driven");
    assert_int_equal(qn_result_array(&r, "field_autocorrelation_theory")->shape[0], 4);
    assert_string_equal(qn_result_array(&r, "rate_variance_networks")->dimensions[0], "point");
    assert_int_equal(r.figure_count, 2);
    assert_string_equal(r.figures[1].against, "network.coupling.strength");
    // A point of a sweep gives the numbers that a study of it alone gives.
    qn_result alone = result_of(SMALL SIMULATION, "simulation.realisations=2", NULL);
    assert_within(qn_result_quantity(&alone, "field_variance", 0)->simulation.value,
                  qn_result_quantity(&r, "field_variance", 2)->simulation.value, 0);
    qn_result_clear(&alone);
    qn_result_clear(&r);
}

static void extrapolation_uses_several_sizes(void **state)
{
    (void)state;
    const char *text =
        SMALL "simulation: {realisations: 3, trials: 4, duration: 40, burn_in: 20, lag_max: 10, tangents: 1,\n"
              "  extrapolate: [lyapunov_exponent], sizes: [50, 40]}\n";
    qn_result r = result_of(text, "network.noise=0.5", NULL); // noisy: no small network settles
    const qn_quantity *row = qn_result_quantity(&r, "lyapunov_exponent", 0);
    assert_int_equal(row->extrapolated_sizes[0], 60);
    assert_int_equal(row->extrapolated_sizes[2], 40);
    assert_int_equal(row->simulation.samples, 3 + 4 + 5);
    assert_true(warned(&r, "lyapunov_exponent is extrapolated to 1/N = 0; at N = 60 it is"));
    const qn_named_array *by_size = qn_result_array(&r, "lyapunov_exponent_by_size");
    assert_int_equal(by_size->shape[0], 3);
    assert_within(qn_result_array(&r, "network_size")->values[1], 50, 0);
    assert_int_equal(qn_result_quantity(&r, "field_variance", 0)->extrapolated_sizes[0], 0);
    qn_result_clear(&r);
}

static void theory_lines_pass_through_the_points_and_go_on_between(void **state)
{
    (void)state;
    // Listed out of order: a line goes to the next larger place of its own curve.
    const char *text = SMALL "sweep: {network.noise: [0, 0.5], network.coupling.strength: [2, 0.5, 1]}\n"
                             "figures: [{plot: field_variance, against: strength, by: noise}]\n";
    qn_result r = result_of(text, NULL, NULL);
    const qn_named_array *places = qn_result_array(&r, "line_place"),
                         *line = qn_result_array(&r, "field_variance_line");
    assert_non_null(places);
    assert_non_null(line);
    const size_t pieces = places->shape[1];
    assert_int_equal(places->shape[0], 6);
    for (size_t p = 0; p < 6; ++p)
        assert_within(line->values[p * pieces], qn_result_quantity(&r, "field_variance", p)->theory, 0);
    assert_true(isnan(places->values[1]));                           // 2 is the last place of its curve
    assert_within(places->values[4 * pieces + pieces / 2], 0.75, 0); // half way from 0.5 to 1, with noise
    qn_rate_network network = {
        .size = 60, .transfer = {.kind = QN_TRANSFER_ERF}, .coupling = {.strength = 0.75}, .noise = 0.5};
    qn_two_point theory;
    assert_ok(qn_two_point_solve(&network, NULL, &theory));
    assert_close(line->values[4 * pieces + pieces / 2], theory.field_variance, 1e-9);
    qn_two_point_clear(&theory);
    assert_null(qn_result_array(&r, "rate_variance_line")); // no figure draws it
    qn_result_clear(&r);
}

// Networks side by side, the last of an uneven number, and fewer networks than threads: inner threads then.
static void threads_do_not_change_the_result(void **state)
{
    (void)state;
    const char *const sweeps[] = {"simulation.realisations=5", "simulation.realisations=2"};
    for (size_t i = 0; i < 2; ++i) {
        qn_set_threads(1);
        qn_result one = result_of(SMALL SIMULATION FIGURES, sweeps[i], NULL);
        for (int threads = 2; threads <= 5; ++threads) {
            qn_set_threads(threads);
            qn_result more = result_of(SMALL SIMULATION FIGURES, sweeps[i], NULL);
            assert_same_bytes(&one, &more);
            qn_result_clear(&more);
        }
        qn_set_threads(0);
        qn_result_clear(&one);
    }
}

static bool stop_at_once(const qn_progress_report *report, void *context)
{
    (void)report, (void)context;
    return false;
}

// The first record of a checkpoint after the others: all are of one length, behind a head of 32 bytes.
static void swap_records(const char *path)
{
    const long size = size_of(path), record = (size - 32) / 4;
    char *bytes = malloc((size_t)size);
    FILE *file = fopen(path, "r+b");
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    fseek(file, 32, SEEK_SET);
    fwrite(bytes + 32 + record, 1, 3 * (size_t)record, file);
    fwrite(bytes + 32, 1, (size_t)record, file);
    fclose(file);
    free(bytes);
}

// Stopped before the first network, or killed in the middle of writing down the third: the same bytes in the end.
static void an_interrupted_run_resumes_to_the_same_bytes(void **state)
{
    (void)state;
    char path[TEMPORARY_SIZE];
    temporary_name("resume", path);
    close(mkstemp(path));
    const qn_study_options resuming = {.checkpoint = path, .resume = true};
    qn_study *study = study_of(SMALL SIMULATION, NULL);
    qn_result whole = {0}, resumed = {0};
    const qn_study_options stopping = {.checkpoint = path, .progress = {.report = stop_at_once}};
    assert_fails(qn_study_run(study, &stopping, &resumed), QN_STOPPED, "");
    assert_null(resumed.name);
    assert_ok(qn_study_run(study, &resuming, &whole));
    const long full = size_of(path);
    for (long kept = full - 1; kept > full / 8; kept -= full / 3) {
        assert_int_equal(truncate(path, kept), 0);
        assert_ok(qn_study_run(study, &resuming, &resumed));
        assert_same_bytes(&whole, &resumed);
        assert_int_equal(size_of(path), full);
        qn_result_clear(&resumed);
    }
    // Records stand in the order in which networks ended, which differs from run to run.
    for (int threads = 1; threads <= 4; ++threads) {
        qn_set_threads(threads);
        remove(path);
        assert_ok(qn_study_run(study, &resuming, &resumed));
        assert_same_bytes(&whole, &resumed);
        qn_result_clear(&resumed);
        swap_records(path);
        assert_int_equal(truncate(path, full - 1), 0);
        assert_ok(qn_study_run(study, &resuming, &resumed));
        assert_same_bytes(&whole, &resumed);
        qn_result_clear(&resumed);
    }
    qn_set_threads(0);
    qn_study_destroy(study);
    qn_result none = result_of(SMALL SIMULATION, NULL, NULL);
    assert_same_bytes(&whole, &none);
    qn_result_clear(&none);

    study = study_of(SMALL SIMULATION, "seed=2");
    assert_fails(qn_study_run(study, &resuming, &resumed), QN_BAD_VALUE, "a checkpoint of another study");
    qn_study_destroy(study);
    remove(path);
    qn_result_clear(&whole);
}

static void no_stationary_state_is_said(void **state)
{
    (void)state;
    qn_study *study = study_of(SMALL, "network.transfer=relu");
    qn_result r = {0};
    assert_fails(qn_study_run(study, NULL, &r), QN_NO_SOLUTION, "no stationary state: ");
    qn_study_destroy(study);

    r = result_of("study: activity\nnetwork: {size: 60, transfer: relu, coupling: {kind: iid, strength: 1}}\n"
                  "sweep: {network.coupling.strength: [1, 3]}\n",
                  NULL, NULL);
    assert_string_equal(qn_result_quantity(&r, "phase", 1)->theory_text, "diverging");
    assert_true(isnan(qn_result_quantity(&r, "field_variance", 1)->theory));
    assert_true(warned(&r, "at network.coupling.strength = 3: no stationary state: "));
    qn_result_clear(&r);
}

static void what_would_not_fit_is_refused_with_the_figure(void **state)
{
    (void)state;
    qn_study *study = study_of(SMALL SIMULATION, "network.size=200000");
    qn_result r = {0};
    assert_fails(qn_study_run(study, &(qn_study_options){.memory_limit = 21e9}, &r), QN_NO_MEMORY,
                 "network.size = 200000: coupling matrix needs 160 GB; ");
    qn_study_destroy(study);
    // Records of activity, from which the dimension is estimated, grow with the duration: 2 (x and phi) of 10^6 frames.
    study = study_of(SMALL SIMULATION "theory: {compute: [two-point, dimension]}\n", "simulation.duration=1e6");
    assert_fails(qn_study_run(study, &(qn_study_options){.memory_limit = 50e6}, &r), QN_NO_MEMORY,
                 "simulation.duration as they are, needs ");
    qn_study_destroy(study);
}

static void a_given_matrix_has_no_ensemble_and_no_z(void **state)
{
    (void)state;
    char folder[TEMPORARY_SIZE];
    temporary_name("given", folder);
    assert_non_null(mkdtemp(folder));
    char matrix[2 * TEMPORARY_SIZE], text[1024];
    snprintf(matrix, sizeof matrix, "%s/j.csv", folder);
    FILE *file = fopen(matrix, "w");
    for (int i = 0; i < 40; ++i)
        for (int j = 0; j < 40; ++j) {
            double value;
            qn_normal(&(qn_stream){.seed = 3, .purpose = QN_PURPOSE_TEST}, 40 * (uint64_t)i + (uint64_t)j, 1, &value);
            fprintf(file, "%d,%d,%.6f\n", i, j, value * 3 / sqrt(40));
        }
    fclose(file);
    snprintf(text, sizeof text,
             "study: activity\nnetwork: {transfer: tanh, coupling: {kind: file, file: %s, index_base: 0}}\n" SIMULATION,
             matrix);
    qn_result r = result_of(text, NULL, NULL);
    assert_non_null(strstr(r.header, "N = 40, tanh, J from"));
    const qn_quantity *row = qn_result_quantity(&r, "field_variance", 0);
    assert_true(row->theory > 0 && row->simulation.value > 0 && isnan(row->z));
    assert_non_null(strstr(r.conventions, "one given matrix"));
    qn_result_clear(&r);

    qn_study *study = study_of(text, "network.size=50");
    assert_fails(qn_study_run(study, NULL, &r), QN_BAD_VALUE, "network.size is 50; allowed: 40, the size of");
    qn_study_destroy(study);
    remove(matrix);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_wings_stand_side_by_side),
        cmocka_unit_test(one_wing_alone_leaves_the_other_empty),
        cmocka_unit_test(a_sweep_has_a_row_for_every_point),
        cmocka_unit_test(extrapolation_uses_several_sizes),
        cmocka_unit_test(theory_lines_pass_through_the_points_and_go_on_between),
        cmocka_unit_test(threads_do_not_change_the_result),
        cmocka_unit_test(an_interrupted_run_resumes_to_the_same_bytes),
        cmocka_unit_test(no_stationary_state_is_said),
        cmocka_unit_test(what_would_not_fit_is_refused_with_the_figure),
        cmocka_unit_test(a_given_matrix_has_no_ensemble_and_no_z),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
