// Studies of kernels: recorded values of theory, simulation beside it, inference by hand, and what is refused.
#include "testing.h"

#include "study/study_data.h"
#include "temporary.h"

#include <quenched/labelled_data.h>
#include <quenched/tasks.h>
#include <quenched/threads.h>
#include <quenched/wide_kernel.h>

#include <stdlib.h>

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

static double theory(const qn_result *result, const char *name, size_t point)
{
    return row(result, name, point)->theory;
}

static void refused(const char *text, const char *message)
{
    qn_study *study = NULL;
    assert_fails(read_text(text, &study), QN_BAD_VALUE, message);
    assert_null(study);
}

#define READOUT "g_out: 1, sigma_out: 0"

// Recorded by an independent implementation: two inputs of norm 1 and overlap 1/2, depth 5, g = 1.5, no bias.
static void recorded_values_are_met(void **state)
{
    (void)state;
    const double n = 50.0;
    qn_result r = result_of("study: kernel\nnetwork: {depth: 5, g: 1.5, width: 50, " READOUT "}\n"
                            "sweep: {network.architecture: [deep, recurrent]}\n");
    assert_int_equal(r.point_count, 2);
    for (size_t p = 0; p < 2; ++p) {
        assert_within(theory(&r, "kernel_variance", p), 0.39738532 - 0.145305 / n, 3e-8);
        assert_within(theory(&r, "kernel_overlap", p), 0.14172433 + 0.046691 / n, 3e-8);
        assert_within(theory(&r, "kernel_fluctuation", p), 0.138097, 1e-6);
        assert_within(theory(&r, "kernel_shift", p), -0.145305, 1e-6);
        assert_within(theory(&r, "kernel_deviation", p), sqrt(0.13809713 / n), 1e-7);
        assert_within(theory(&r, "excess_kurtosis", p), 2.623507 / n, 1e-7);
        assert_within(theory(&r, "mmd", p), sqrt(0.377450) / n, 1e-6);
        assert_true(isnan(row(&r, "kernel_variance", p)->simulation.value));
    }
    assert_null(qn_result_quantity(&r, "cross_time_kernel", 0)); // layers of deep networks are independent
    assert_within(theory(&r, "cross_time_kernel", 1), 0, 1e-12); // an odd phi without a bias
    const qn_named_array *layers = qn_result_array(&r, "kernel_variance_by_layer_theory");
    assert_non_null(layers);
    assert_int_equal(layers->shape[1], 6);
    for (size_t a = 0; a < 6; ++a) assert_true(layers->values[a] == layers->values[6 + a]); // the same bits
    assert_within(layers->values[5], 0.3973853245, 1e-10);
    qn_result_clear(&r);
}

static void one_input_has_recorded_discrepancy(void **state)
{
    (void)state;
    qn_result r = result_of("study: kernel\nnetwork: {depth: 5, sigma: 0.5, width: 10, " READOUT "}\n"
                            "inputs: {count: 1}\nsweep: {network.architecture: [deep, recurrent]}\n");
    assert_within(theory(&r, "mmd", 0), sqrt(8.48629362e-03) / 10, 1e-7);
    assert_within(theory(&r, "mmd", 1), sqrt(3.97122211e-03) / 10, 1e-7);
    assert_within(theory(&r, "kernel_fluctuation", 1), 0.16286814, 1e-7);
    assert_within(theory(&r, "kernel_shift", 1), 0.04547300, 1e-7);
    assert_null(qn_result_quantity(&r, "kernel_overlap", 0));
    qn_result_clear(&r);
}

static void phases_are_told(void **state)
{
    (void)state;
    qn_result r = result_of("study: kernel\nnetwork: {g: 1.5}\ntheory: {compute: [phase]}\n"
                            "sweep: {network.sigma: [0, 0.5]}\n");
    assert_string_equal(row(&r, "phase", 0)->theory_text, "chaotic");
    assert_string_equal(row(&r, "phase", 1)->theory_text, "ordered");
    assert_within(theory(&r, "critical_g", 0), 1, 1e-9);
    assert_within(theory(&r, "correlation_fixed_point", 1), 1, 1e-9);
    const double chi = theory(&r, "chi_1", 1);
    assert_within(theory(&r, "depth_scale_correlation", 1), -1 / log(chi), 1e-6);
    assert_null(qn_result_quantity(&r, "kernel_variance", 0));
    qn_result_clear(&r);
    // relu: chi_1 = g^2 / 2, and q* = sigma^2 / (1 - g^2 / 2) where there is one.
    r = result_of("study: kernel\nnetwork: {activation: relu, g: 1.2, sigma: 0.5}\ntheory: {compute: [phase]}\n");
    assert_within(theory(&r, "chi_1", 0), 0.72, 1e-12);
    assert_within(theory(&r, "variance_fixed_point", 0), 0.25 / 0.28, 1e-9);
    assert_within(theory(&r, "critical_g", 0), sqrt(2), 1e-9);
    qn_result_clear(&r);
    r = result_of("study: kernel\nnetwork: {activation: relu, g: 1.5, sigma: 0.5}\ntheory: {compute: [phase]}\n");
    assert_null(qn_result_quantity(&r, "chi_1", 0));
    assert_int_equal(r.warning_count, 1); // the variance grows without bound
    qn_result_clear(&r);
}

#define SIMULATED                                                                                                      \
    "study: kernel\nnetwork: {architecture: recurrent, depth: 3, sigma: 0.3, width: 150, g_out: 1.2}\n"                \
    "simulation: {realisations: 3000}\n"

static void simulation_agrees_and_is_the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    const char *const names[] = {"kernel_variance",    "kernel_overlap", "cross_time_kernel", "kernel_deviation",
                                 "kernel_fluctuation", "kernel_shift",   "excess_kurtosis",   "mmd"};
    qn_result r = result_of(SIMULATED), again;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const qn_quantity *q = row(&r, names[i], 0);
        assert_true(fabs(q->z) < 4.0);
        assert_true(q->simulation.standard_error > 0.0);
    }
    assert_true(theory(&r, "cross_time_kernel", 0) > 0.1); // carried by the shared bias
    const qn_named_array *lags = qn_result_array(&r, "cross_time_kernel_by_lag_theory");
    const qn_named_array *seen = qn_result_array(&r, "cross_time_kernel_by_lag_simulation");
    for (size_t d = 0; d < 4; ++d) assert_within(seen->values[d], lags->values[d], 0.02);
    const int threads = qn_threads();
    qn_set_threads(threads == 1 ? 2 : 1);
    again = result_of(SIMULATED);
    qn_set_threads(threads);
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        assert_true(row(&r, names[i], 0)->simulation.value == row(&again, names[i], 0)->simulation.value);
    qn_result_clear(&again);
    qn_result_clear(&r);
}

// A recurrent network too narrow for its depth: theory warns, and claims no agreement.
static void widths_beyond_theory_have_no_z(void **state)
{
    (void)state;
    qn_result r = result_of("study: kernel\nnetwork: {architecture: recurrent, depth: 5, width: 20}\n"
                            "simulation: {realisations: 100}\n");
    assert_int_equal(r.warning_count, 1);
    assert_non_null(strstr(r.warnings[0], "outside the perturbative regime at width 20"));
    for (size_t i = 0; i < r.quantity_count; ++i) assert_true(isnan(r.quantities[i].z));
    assert_true(isfinite(row(&r, "kernel_fluctuation", 0)->simulation.value));
    qn_result_clear(&r);
}

// Two training points: everything by hand.
static void inference_of_two_points_is_right(void **state)
{
    (void)state;
    enum { DIMENSION = 20 };
    qn_result r = result_of("study: kernel\nseed: 5\nnetwork: {depth: 2, sigma: 0.2}\n"
                            "task: {name: prototypes, dimension: 20, train: 2, test: 1}\n"
                            "theory: {compute: [gp], noise: 0.2}\n");
    double x[3 * DIMENSION], y[3], k[9];
    assert_ok(qn_task_generate(&(qn_task){.dimension = DIMENSION}, 5, 0, 3, x, y));
    const qn_wide_network network = {
        .activation = {.kind = QN_TRANSFER_ERF}, .depth = 2, .input_strength = 1, .strength = 1.5, .bias = 0.2};
    assert_ok(qn_wide_kernel(&network, &(qn_wide_inputs){3, DIMENSION, 1, x}, NULL, NULL, k, NULL));
    const double a = k[0] + 0.2, b = k[1], c = k[4] + 0.2, det = a * c - b * b;
    const double w0 = (c * y[0] - b * y[1]) / det, w1 = (a * y[1] - b * y[0]) / det;
    const double mean = k[6] * w0 + k[7] * w1;
    assert_true(fabs(mean) > 1e-3); // the class is clear
    const double variance = k[8] - (c * k[6] * k[6] - 2 * b * k[6] * k[7] + a * k[7] * k[7]) / det;
    assert_within(theory(&r, "log_evidence", 0), -0.5 * (y[0] * w0 + y[1] * w1) - 0.5 * log(det) - log(2 * M_PI),
                  1e-10);
    assert_within(theory(&r, "predictive_variance", 0), variance, 1e-10);
    assert_within(theory(&r, "squared_error", 0), (mean - y[2]) * (mean - y[2]), 1e-10);
    assert_within(theory(&r, "test_error", 0), (mean >= 0) == (y[2] > 0) ? 0 : 1, 0);
    qn_result_clear(&r);
}

// Trained readouts of wide hidden layers approach the Gaussian process; no z is claimed.
static void readouts_approach_the_process(void **state)
{
    (void)state;
    qn_result r = result_of("study: kernel\nnetwork: {depth: 1, width: 2000}\n"
                            "task: {name: prototypes, dimension: 50, flips: 0.2, train: 16, test: 40}\n"
                            "theory: {compute: [gp]}\nsimulation: {realisations: 8}\n");
    const char *const names[] = {"squared_error", "predictive_variance"};
    for (size_t i = 0; i < 2; ++i) {
        const qn_quantity *q = row(&r, names[i], 0);
        assert_within(q->simulation.value / q->theory, 1, 0.06);
        assert_true(isnan(q->z));
    }
    assert_null(qn_result_quantity(&r, "kernel_variance", 0));
    qn_result_clear(&r);
}

static void sequences_are_learnt(void **state)
{
    (void)state;
    qn_result r = result_of("study: kernel\nnetwork: {architecture: recurrent, depth: 4}\n"
                            "task: {name: sequence-order, train: 32, test: 60}\n");
    assert_true(theory(&r, "test_error", 0) <= 0.1);
    assert_null(qn_result_quantity(&r, "chi_1", 0));
    qn_result_clear(&r);
}

static void digits_are_told_apart(void **state)
{
    (void)state;
#define DIGITS                                                                                                         \
    "study: kernel\nnetwork: {depth: 1, sigma: 0.1}\nfiles: {inputs: " SOURCE_DIRECTORY                                \
    "/data/digits.npy, labels: " SOURCE_DIRECTORY "/data/digits-labels.npy, divisor: 16, centre: true, train: 300, "
    qn_result r = result_of(DIGITS "test: 200}\n");
    assert_true(theory(&r, "test_error", 0) < 0.1); // chance: 0.9
    qn_result_clear(&r);
    r = result_of(DIGITS "test: 40, classes: [3, 8]}\n");
    assert_true(theory(&r, "test_error", 0) < 0.1);
    qn_result_clear(&r);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    refused("study: kernel\nnetwork: {activation: relu, kappa: 1}\n",
            "x.yaml:2: network.kappa is given, but it is the gain inside erf; for others say network.gain");
    refused("study: kernel\nnetwork: {kappa: 1, gain: 1}\n", "network.gain and network.kappa are both given");
    refused("study: kernel\nnetwork: {g: -1}\n", "network.g");
    refused("study: kernel\nnetwork: {depth: -1}\n", "network.depth is -1; allowed: ");
    refused("study: kernel\nnetwork: {width: 0}\n", "network.width is 0; allowed: ");
    refused("study: kernel\nnetwork: {depth: 3, g: [1, 2]}\n",
            "network.g has 2 values; allowed: 1 or 3, one for each step");
    refused("study: kernel\nnetwork: {architecture: recurrent, depth: 2, g: [1, 2]}\n",
            "network.g is a list; allowed: one number, a recurrent network has the same at every step");
    refused("study: kernel\nnetwork: {bias_shared_over_time: false}\n", "allowed: for recurrent networks");
    refused("study: kernel\ninputs: {count: 4, overlap: -0.5}\n",
            "x.yaml:2: inputs.overlap is -0.5; allowed: at least -0.333");
    refused("study: kernel\ninputs: {norm: 1}\ntask: {name: prototypes}\n",
            "x.yaml:3: 2 of inputs, task and files are given; allowed: one of them");
    refused("study: kernel\nsimulation: {realisations: 100}\n",
            "x.yaml:2: simulation needs a finite network: network.width is missing");
    refused("study: kernel\ntheory: {compute: [gp]}\n", "theory.compute has gp, which needs task or files");
    refused("study: kernel\ntheory: {compute: [finite-width]}\n",
            "theory.compute has finite-width, which needs network.width");
    refused("study: kernel\nnetwork: {depth: 2, g: [1, 2]}\ntheory: {compute: [phase]}\n",
            "theory.compute has phase, which needs one g");
    refused("study: kernel\nnetwork: {depth: 0}\ntask: {name: sequence-order}\n", "a sequence has two cues");
    refused("study: kernel\ntask: {name: prototypes, dimension: 10, differing: 11}\n",
            "task.differing is 11; allowed: at most the dimension, 10");
    refused("study: kernel\nfiles: {inputs: none.npy}\n", "x.yaml:2: files.inputs is \"none.npy\": No such file");
    refused("study: kernel\nfiles: {inputs: x.yaml, classes: [1]}\n", "files.classes has 1 labels; allowed: two");
}

static void equal_points_without_noise_are_refused(void **state)
{
    (void)state;
    temporary_text("points.csv", "1,0,1\n1,0,1\n0,1,-1\n1,0,1\n");
    qn_study *study;
    qn_result result;
    assert_ok(read_text("study: kernel\nfiles: {inputs: points.csv, train: 3, test: 1, classes: [1, -1]}\n"
                        "theory: {compute: [gp], noise: 0}\n",
                        &study));
    assert_fails(qn_study_run(study, NULL, &result), QN_BAD_VALUE, "are equal, and theory.noise is 0");
    qn_study_destroy(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_values_are_met),
                                       cmocka_unit_test(one_input_has_recorded_discrepancy),
                                       cmocka_unit_test(phases_are_told),
                                       cmocka_unit_test(simulation_agrees_and_is_the_same_on_any_number_of_threads),
                                       cmocka_unit_test(widths_beyond_theory_have_no_z),
                                       cmocka_unit_test(inference_of_two_points_is_right),
                                       cmocka_unit_test(readouts_approach_the_process),
                                       cmocka_unit_test(sequences_are_learnt),
                                       cmocka_unit_test(digits_are_told_apart),
                                       cmocka_unit_test(mistakes_are_named),
                                       cmocka_unit_test(equal_points_without_noise_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
