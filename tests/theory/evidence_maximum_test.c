#include "scalar_kernel.h"
#include "testing.h"

enum { P = 6, DIMENSION = 6 };

typedef struct {
    double x[P][DIMENSION], y[P];
    int calls, fail_at;
} page_set;

static page_set page_data(void)
{
    page_set set = {.calls = 0};
    for (int i = 0; i < P; ++i) {
        for (int k = 0; k < DIMENSION; ++k) set.x[i][k] = cos(1.3 * i + 0.7 * k + 0.1 * i * k);
        set.y[i] = sin(1.1 * i + 0.2) > 0.0 ? 1.0 : -1.0;
    }
    return set;
}

// erf of slope 1, depth 4; parameters: g, sigma, and the noise, which is not the kernel's.
static void kernel_of(const page_set *set, double strength, double bias, double *kernel)
{
    const scalar_network net = {.kappa = sqrt(atan(1.0)), .input = 1.0, .strength = strength, .bias = bias, .depth = 4};
    for (int i = 0; i < P; ++i)
        for (int j = 0; j <= i; ++j) kernel[i * P + j] = scalar_kernel_between(&net, DIMENSION, set->x[i], set->x[j]);
}

static void slope(const page_set *set, const double *parameters, int which, double *out)
{
    const double h = 1e-5;
    double up[P * P] = {0}, down[P * P] = {0}, shifted[2];
    for (int side = 0; side < 2; ++side) {
        for (int k = 0; k < 2; ++k) shifted[k] = parameters[k] + (k == which ? (side ? h : -h) : 0.0);
        kernel_of(set, shifted[0], shifted[1], side ? up : down);
    }
    for (int i = 0; i < P; ++i)
        for (int j = 0; j <= i; ++j) out[i * P + j] = (up[i * P + j] - down[i * P + j]) / (2.0 * h);
}

static qn_status kernel_at(const double *parameters, double *kernel, double *const *derivatives, void *context)
{
    page_set *set = context;
    ++set->calls;
    if (set->fail_at == set->calls) return QN_INTERNAL;
    kernel_of(set, parameters[0], parameters[1], kernel);
    for (int which = 0; derivatives && which < 2; ++which) slope(set, parameters, which, derivatives[which]);
    return QN_OK;
}

static double evidence_at(const page_set *set, double strength, double bias, double noise)
{
    double kernel[P * P];
    qn_gaussian_process *process;
    kernel_of(set, strength, bias, kernel);
    assert_ok(qn_gaussian_process_fit(P, kernel, 1, set->y, &(qn_gaussian_process_options){.noise = noise}, &process));
    const double evidence = qn_gaussian_process_log_evidence(process);
    qn_gaussian_process_destroy(process);
    return evidence;
}

// Central difference along g, sigma or the noise, with the error of fourth order in the step.
static double difference(const page_set *set, const double *at, int along, double step)
{
    double out = 0.0;
    for (int order = 0; order < 2; ++order) {
        const double h = order ? 0.5 * step : step, weight = order ? 4.0 / 3.0 : -1.0 / 3.0;
        for (int side = -1; side <= 1; side += 2) {
            double moved[] = {at[0], at[1], at[2]};
            moved[along] += side * h;
            out += weight * side * evidence_at(set, moved[0], moved[1], moved[2]) / (2.0 * h);
        }
    }
    return out;
}

// The numbers of the theory page, and differences of the evidence itself.
static void gradient_of_the_theory_page(void **state)
{
    (void)state;
    const page_set set = page_data();
    double kernel[P * P], derivative[2][P * P], gradient[3];
    const double at[] = {1.5, 0.2, 0.05}, noise = at[2];
    for (int which = 0; which < 2; ++which) slope(&set, at, which, derivative[which]);
    kernel_of(&set, at[0], at[1], kernel);
    qn_gaussian_process *process;
    assert_ok(qn_gaussian_process_fit(P, kernel, 1, set.y, &(qn_gaussian_process_options){.noise = noise}, &process));
    const double *derivatives[] = {derivative[0], derivative[1], NULL};
    assert_ok(qn_gaussian_process_gradient(process, 3, derivatives, gradient));
    assert_close(qn_gaussian_process_log_evidence(process), -15.7418463892, 1e-9);
    qn_gaussian_process_destroy(process);
    assert_close(gradient[0], 24.5259841, 1e-7);
    assert_close(gradient[1], 0.1759791, 1e-6);
    const double step[] = {1e-3, 1e-3, 1e-4};
    for (int k = 0; k < 3; ++k) assert_close(gradient[k], difference(&set, at, k, step[k]), 1e-6);
}

// Nothing on a grid of the box is better than what both searches find, and they find the same.
static void both_searches_find_the_maximum(void **state)
{
    (void)state;
    page_set set = page_data();
    const qn_hyperparameter parameters[] = {
        {.name = "g", .start = 1.5, .lower = 0.5, .upper = 4.0, .logarithmic = true},
        {.name = "sigma", .start = 0.2, .lower = 0.0, .upper = 1.5},
        {.name = "noise", .start = 0.05, .lower = 1e-3, .upper = 1.0, .logarithmic = true, .is_noise = true}};
    qn_evidence_problem problem = {.count = P,
                                   .outputs = 1,
                                   .targets = set.y,
                                   .parameter_count = 3,
                                   .parameters = parameters,
                                   .kernel = kernel_at,
                                   .context = &set,
                                   .tolerance = 1e-10,
                                   .evaluations = 5000,
                                   .has_derivatives = true};
    qn_evidence_maximum by_gradient, without;
    assert_ok(qn_evidence_maximise(&problem, &by_gradient));
    problem.has_derivatives = false;
    assert_ok(qn_evidence_maximise(&problem, &without));
    assert_true(without.converged);
    assert_close(by_gradient.log_evidence, without.log_evidence, 1e-6);
    assert_true(by_gradient.evaluations < without.evaluations);
    double best = -INFINITY;
    for (double g = 0.5; g <= 4.0; g += 0.1)
        for (double sigma = 0.0; sigma <= 1.5; sigma += 0.1)
            for (double noise = 1e-3; noise <= 1.0; noise *= 1.5) best = fmax(best, evidence_at(&set, g, sigma, noise));
    assert_true(best <= by_gradient.log_evidence + 1e-9);
    assert_true(best > by_gradient.log_evidence - 0.1);
    const double *at = by_gradient.parameters;
    assert_close(evidence_at(&set, at[0], at[1], at[2]), by_gradient.log_evidence, 1e-12);
    qn_evidence_maximum_clear(&by_gradient);
    qn_evidence_maximum_clear(&without);
}

static void active_bounds_are_named(void **state)
{
    (void)state;
    page_set set = page_data(); // at g = 1.5 the evidence rises with g (24.5 per unit): 1.2 to 1.6 ends at 1.6
    const qn_hyperparameter parameters[] = {{.name = "g", .start = 1.3, .lower = 1.2, .upper = 1.6},
                                            {.name = "sigma", .start = 0.2, .lower = 0.1, .upper = 0.3}};
    qn_evidence_problem problem = {.count = P,
                                   .outputs = 1,
                                   .targets = set.y,
                                   .noise = 0.05,
                                   .parameter_count = 2,
                                   .parameters = parameters,
                                   .kernel = kernel_at,
                                   .context = &set,
                                   .has_derivatives = true};
    for (int derivatives = 0; derivatives < 2; ++derivatives) {
        problem.has_derivatives = derivatives;
        qn_evidence_maximum found;
        assert_ok(qn_evidence_maximise(&problem, &found));
        char text[128];
        qn_evidence_maximum_bounds(&problem, &found, text, sizeof text);
        assert_true(found.bound[0] == 1);
        assert_non_null(strstr(text, "g is at its upper bound 1.6"));
        qn_evidence_maximum_clear(&found);
    }
}

static void noise_alone_has_a_known_evidence(void **state)
{
    (void)state;
    // K = 0, noise alone: ln Z = -|Y|^2/(2 s^2) - (P/2) ln(2 pi s^2), largest at s^2 = |Y|^2 / P = 1.
    page_set set = page_data();
    double kernel[P * P] = {0};
    qn_noise_scan *scan;
    assert_ok(qn_noise_scan_create(P, kernel, 1, set.y, &scan));
    double here, beside;
    assert_ok(qn_noise_scan_evaluate(scan, 1.0, &here, NULL, NULL));
    assert_close(here, -0.5 * P * (1.0 + log(8.0 * atan(1.0))), 1e-14);
    assert_ok(qn_noise_scan_evaluate(scan, 1.1, &beside, NULL, NULL));
    assert_true(beside < here);
    qn_noise_scan_destroy(scan);
}

static qn_status no_kernel(const double *parameters, double *kernel, double *const *derivatives, void *context)
{
    (void)parameters, (void)derivatives, (void)context;
    for (int i = 0; i < P * P; ++i) kernel[i] = 0.0;
    return QN_OK;
}

static void noise_alone_explains_the_targets(void **state)
{
    (void)state;
    page_set set = page_data();
    const qn_hyperparameter noise = {
        .name = "noise", .start = 0.1, .lower = 1e-4, .upper = 100.0, .logarithmic = true, .is_noise = true};
    qn_evidence_problem problem = {.count = P,
                                   .outputs = 1,
                                   .targets = set.y,
                                   .parameter_count = 1,
                                   .parameters = &noise,
                                   .kernel = no_kernel,
                                   .tolerance = 1e-12};
    for (int derivatives = 0; derivatives < 2; ++derivatives) {
        problem.has_derivatives = derivatives;
        qn_evidence_maximum found;
        assert_ok(qn_evidence_maximise(&problem, &found));
        assert_close(found.parameters[0], 1.0, 1e-4); // the maximum is flat: the square root of the tolerance
        assert_close(found.log_evidence, -0.5 * P * (1.0 + log(8.0 * atan(1.0))), 1e-9);
        assert_true(found.bound[0] == 0);
        qn_evidence_maximum_clear(&found);
    }
}

static void errors_name_the_parameters(void **state)
{
    (void)state;
    page_set set = page_data();
    qn_hyperparameter parameters[] = {{.name = "g", .start = 1.5, .lower = 0.5, .upper = 4.0},
                                      {.name = "sigma", .start = 0.2, .lower = 0.0, .upper = 1.5}};
    qn_evidence_problem problem = {.count = P,
                                   .outputs = 1,
                                   .targets = set.y,
                                   .noise = 0.05,
                                   .parameter_count = 2,
                                   .parameters = parameters,
                                   .kernel = kernel_at,
                                   .context = &set,
                                   .has_derivatives = true};
    qn_evidence_maximum found = {.evaluations = 77};
    set.fail_at = 1;
    assert_fails(qn_evidence_maximise(&problem, &found), QN_INTERNAL, "at g = 1.5, sigma = 0.2");
    parameters[0].start = 5.0;
    assert_fails(qn_evidence_maximise(&problem, &found), QN_BAD_VALUE, "start of g is 5; allowed: 0.5 to 4");
    parameters[0].start = 1.5;
    parameters[1].logarithmic = true;
    assert_fails(qn_evidence_maximise(&problem, &found), QN_BAD_VALUE, "lower bound of sigma is 0");
    parameters[1] = (qn_hyperparameter){.name = "sigma", .start = 0.2, .lower = 0.3, .upper = 0.1};
    assert_fails(qn_evidence_maximise(&problem, &found), QN_BAD_VALUE, "bounds of sigma are 0.3 and 0.1");
    assert_true(found.evaluations == 77);
    // No noise and no kernel: singular everywhere.
    problem.kernel = no_kernel;
    problem.noise = 0.0;
    problem.has_derivatives = false;
    parameters[1] = (qn_hyperparameter){.name = "sigma", .start = 0.2, .lower = 0.1, .upper = 0.3};
    assert_fails(qn_evidence_maximise(&problem, &found), QN_NOT_CONVERGED, "raise noise");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_of_the_theory_page),      cmocka_unit_test(both_searches_find_the_maximum),
        cmocka_unit_test(active_bounds_are_named),          cmocka_unit_test(noise_alone_has_a_known_evidence),
        cmocka_unit_test(noise_alone_explains_the_targets), cmocka_unit_test(errors_name_the_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
