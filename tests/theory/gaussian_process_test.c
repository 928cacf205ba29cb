#include "scalar_kernel.h"
#include "testing.h"

static const double PI = 3.14159265358979323846;

// ---- the data of the theory page, section 10.3 ----

enum { TRAIN = 6, TESTS = 2, POINTS = 8 };

static void page_data(int dimension, double x[][8], double *y, int points)
{
    for (int i = 0; i < points; ++i) {
        for (int k = 0; k < dimension; ++k) x[i][k] = cos(1.3 * i + 0.7 * k + 0.1 * i * k);
        y[i] = sin(1.1 * i + 0.2) > 0.0 ? 1.0 : -1.0;
    }
}

typedef struct {
    scalar_network net;
    double mean[2], covariance[4], evidence, loo[6], two_mean[2], two_evidence;
} page_row;

static double page_kernel(const scalar_network *net, double x[][8], int i, int j, bool two_times)
{
    const double xx = scalar_overlap(5, x[i], x[i]), xy = scalar_overlap(5, x[i], x[j]);
    const double yy = scalar_overlap(5, x[j], x[j]);
    const int a = net->depth;
    if (!two_times) return scalar_kernel(net, a, a, xx, xy, yy);
    return 0.25 * (scalar_kernel(net, a, a, xx, xy, yy) + scalar_kernel(net, a, a - 1, xx, xy, yy) +
                   scalar_kernel(net, a - 1, a, xx, xy, yy) + scalar_kernel(net, a - 1, a - 1, xx, xy, yy));
}

static void infer(const scalar_network *net, bool two_times, double *mean, double *covariance, double *evidence,
                  double *loo)
{
    double x[POINTS][8], y[POINTS], kernel[TRAIN * TRAIN] = {0}, cross[TESTS * TRAIN], among[TESTS * TESTS];
    page_data(5, x, y, POINTS);
    for (int i = 0; i < TRAIN; ++i)
        for (int j = 0; j <= i; ++j) kernel[i * TRAIN + j] = page_kernel(net, x, i, j, two_times);
    for (int s = 0; s < TESTS; ++s) {
        for (int j = 0; j < TRAIN; ++j) cross[s * TRAIN + j] = page_kernel(net, x, TRAIN + s, j, two_times);
        for (int t = 0; t < TESTS; ++t) among[s * TESTS + t] = page_kernel(net, x, TRAIN + s, TRAIN + t, two_times);
    }
    qn_gaussian_process *process;
    assert_ok(qn_gaussian_process_fit(TRAIN, kernel, 1, y, &(qn_gaussian_process_options){.noise = 0.05}, &process));
    assert_ok(qn_gaussian_process_predict(process, TESTS, cross, NULL, among,
                                          &(qn_prediction){.mean = mean, .covariance = covariance}));
    *evidence = qn_gaussian_process_log_evidence(process);
    assert_ok(qn_gaussian_process_leave_one_out(process, loo, NULL));
    qn_gaussian_process_destroy(process);
}

static void numbers_of_the_theory_page(void **state)
{
    (void)state;
    const page_row rows[] = {
        {{.kappa = sqrt(PI) / 2.0, .input = 1.0, .strength = 1.5, .bias = 0.2, .depth = 4},
         {1.2499610647, 0.2477076924},
         {0.2698512408, 0.0055210266, 0.0055210266, 0.2498603184},
         -18.6654179779,
         {-1.0943410641, 0.0145304840, -0.4763433680, 0.3119069843, 0.5494502869, 1.3940719784},
         {1.0070227614, 0.2122396071},
         -25.8608547633},
        {{.kappa = 1.0, .input = 1.0, .strength = 2.0, .bias = 0.0, .depth = 4},
         {0.5891451947, 1.3000904351},
         {0.8179777444, -0.0059423206, -0.0059423206, 0.5862619352},
         -13.5160354858,
         {-0.8961855724, 1.3329636009, -0.2377590001, 0.1006909563, -1.6640936106, 0.8609787115},
         {0.8159937167, 1.2348441427},
         -17.4441161786},
        {{.relu = true, .input = 1.0, .strength = sqrt(2.0), .bias = 0.1, .depth = 4},
         {0.4826655853, -0.4141793880},
         {0.0977788748, 0.0053751510, 0.0053751510, 0.1055273742},
         -29.5947758368,
         {-0.8092523448, -0.3632381294, -0.3446461107, 0.1923067026, 0.6221877958, 0.7605014732},
         {0.4178771655, -0.3307107125},
         -37.0120269301},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
        double mean[TESTS], covariance[TESTS * TESTS], evidence, loo[TRAIN];
        infer(&rows[r].net, false, mean, covariance, &evidence, loo);
        for (int t = 0; t < TESTS; ++t) assert_close(mean[t], rows[r].mean[t], 1e-9);
        for (int t = 0; t < 4; ++t) assert_close(covariance[t], rows[r].covariance[t], 1e-9);
        for (int i = 0; i < TRAIN; ++i) assert_close(loo[i], rows[r].loo[i], 1e-9);
        assert_close(evidence, rows[r].evidence, 1e-9);
        infer(&rows[r].net, true, mean, covariance, &evidence, loo);
        for (int t = 0; t < TESTS; ++t) assert_close(mean[t], rows[r].two_mean[t], 1e-9);
        assert_close(evidence, rows[r].two_evidence, 1e-9);
    }
}

// ---- a kernel at random, and brute force ----

enum { P = 40, T = 7, D = 3 };

static double random_kernel(double *kernel, double *cross, double *among, double *targets)
{
    enum { ALL = P + T, FEATURES = 60 };
    static double features[ALL * FEATURES];
    qn_normal(&(qn_stream){.seed = 1, .purpose = QN_PURPOSE_TEST}, 0, ALL * FEATURES, features);
    qn_normal(&(qn_stream){.seed = 2, .purpose = QN_PURPOSE_TEST}, 0, P * D, targets);
    for (int i = 0; i < ALL; ++i)
        for (int j = 0; j < ALL; ++j) {
            const double value = scalar_overlap(FEATURES, features + i * FEATURES, features + j * FEATURES);
            if (i < P && j < P) kernel[i * P + j] = j <= i ? value : NAN; // above the diagonal nothing is read
            if (i >= P && j < P) cross[(i - P) * P + j] = value;
            if (i >= P && j >= P) among[(i - P) * T + j - P] = j <= i ? value : NAN;
        }
    return 0.1;
}

// Gauss-Jordan, with ln det.
static double invert(int size, double *matrix)
{
    double determinant = 0.0;
    for (int k = 0; k < size; ++k) {
        const double pivot = matrix[k * size + k];
        determinant += log(pivot);
        matrix[k * size + k] = 1.0;
        for (int j = 0; j < size; ++j) matrix[k * size + j] /= pivot;
        for (int i = 0; i < size; ++i) {
            if (i == k) continue;
            const double factor = matrix[i * size + k];
            matrix[i * size + k] = 0.0;
            for (int j = 0; j < size; ++j) matrix[i * size + j] -= factor * matrix[k * size + j];
        }
    }
    return determinant;
}

typedef struct {
    double kernel[P * P], cross[T * P], among[T * T], prior[T], targets[P * D], noise;
    double inverse[P * P], weights[P * D], determinant;
} brute;

static void fill_brute(brute *b)
{
    b->noise = random_kernel(b->kernel, b->cross, b->among, b->targets);
    for (int i = 0; i < P; ++i)
        for (int j = 0; j < P; ++j)
            b->inverse[i * P + j] = (i >= j ? b->kernel[i * P + j] : b->kernel[j * P + i]) + (i == j ? b->noise : 0.0);
    b->determinant = invert(P, b->inverse);
    for (int t = 0; t < T; ++t) b->prior[t] = b->among[t * T + t];
    for (int i = 0; i < P * D; ++i) b->weights[i] = 0.0;
    for (int i = 0; i < P; ++i)
        for (int j = 0; j < P; ++j)
            for (int d = 0; d < D; ++d) b->weights[i * D + d] += b->inverse[i * P + j] * b->targets[j * D + d];
}

static void check_against_brute(const brute *b, const qn_gaussian_process *process, double tolerance)
{
    double mean[T * D], variance[T], covariance[T * T], loo[P * D], loo_variance[P];
    assert_ok(
        qn_gaussian_process_predict(process, T, b->cross, b->prior, b->among,
                                    &(qn_prediction){.mean = mean, .variance = variance, .covariance = covariance}));
    assert_ok(qn_gaussian_process_leave_one_out(process, loo, loo_variance));
    for (int s = 0; s < T; ++s) {
        for (int d = 0; d < D; ++d) {
            double expected = 0.0;
            for (int i = 0; i < P; ++i) expected += b->cross[s * P + i] * b->weights[i * D + d];
            assert_close(mean[s * D + d], expected, tolerance);
        }
        for (int t = 0; t < T; ++t) {
            double expected = b->among[s >= t ? s * T + t : t * T + s];
            for (int i = 0; i < P; ++i)
                for (int j = 0; j < P; ++j)
                    expected -= b->cross[s * P + i] * b->inverse[i * P + j] * b->cross[t * P + j];
            assert_close(covariance[s * T + t], expected, tolerance);
            if (s == t) assert_close(variance[s], expected, tolerance);
        }
    }
    double square = 0.0;
    for (int i = 0; i < P * D; ++i) square += b->targets[i] * b->weights[i];
    const double evidence = -0.5 * square - 0.5 * D * (b->determinant + P * log(2.0 * PI));
    assert_close(qn_gaussian_process_log_evidence(process), evidence, tolerance);
}

static void agrees_with_explicit_inverses(void **state)
{
    (void)state;
    static brute b;
    fill_brute(&b);
    double kernel[P * P];
    float narrow[P * P];
    for (int i = 0; i < P * P; ++i) kernel[i] = b.kernel[i], narrow[i] = (float)b.kernel[i];
    qn_gaussian_process *process;
    assert_ok(
        qn_gaussian_process_fit(P, kernel, D, b.targets, &(qn_gaussian_process_options){.noise = b.noise}, &process));
    check_against_brute(&b, process, 1e-11);
    qn_gaussian_process_destroy(process);

    // Float factor, refined: solutions are as good as in double, only the determinant is not.
    for (int i = 0; i < P * P; ++i) kernel[i] = b.kernel[i];
    assert_ok(qn_gaussian_process_fit(
        P, kernel, D, b.targets, &(qn_gaussian_process_options){.noise = b.noise, .single_precision = true}, &process));
    const double *weights = qn_gaussian_process_weights(process);
    for (int d = 0; d < D; ++d)
        for (int i = 0; i < P; ++i) assert_close(weights[d * P + i], b.weights[i * D + d], 1e-11);
    check_against_brute(&b, process, 1e-6);
    qn_gaussian_process_destroy(process);

    assert_ok(qn_gaussian_process_fit_float(P, narrow, D, b.targets, b.noise, &process));
    check_against_brute(&b, process, 1e-5);
    qn_gaussian_process_destroy(process);
}

// Leave-one-out by leaving one out.
static void leave_one_out_leaves_one_out(void **state)
{
    (void)state;
    static brute b;
    fill_brute(&b);
    double kernel[P * P], loo[P * D], variance[P];
    for (int i = 0; i < P * P; ++i) kernel[i] = b.kernel[i];
    qn_gaussian_process *process;
    assert_ok(
        qn_gaussian_process_fit(P, kernel, D, b.targets, &(qn_gaussian_process_options){.noise = b.noise}, &process));
    assert_ok(qn_gaussian_process_leave_one_out(process, loo, variance));
    qn_gaussian_process_destroy(process);
    for (int left = 0; left < P; left += 13) {
        double fewer[(P - 1) * (P - 1)], cross[P - 1], targets[(P - 1) * D], mean[D], found = 0.0;
        int which[P - 1] = {0};
        for (int i = 0, k = 0; i < P; ++i)
            if (i != left) which[k++] = i;
        for (int i = 0; i < P - 1; ++i) {
            for (int j = 0; j <= i; ++j) fewer[i * (P - 1) + j] = b.kernel[which[i] * P + which[j]];
            cross[i] = which[i] > left ? b.kernel[which[i] * P + left] : b.kernel[left * P + which[i]];
            for (int d = 0; d < D; ++d) targets[i * D + d] = b.targets[which[i] * D + d];
        }
        assert_ok(qn_gaussian_process_fit(P - 1, fewer, D, targets, &(qn_gaussian_process_options){.noise = b.noise},
                                          &process));
        assert_ok(qn_gaussian_process_predict(process, 1, cross, &b.kernel[left * P + left], NULL,
                                              &(qn_prediction){.mean = mean, .variance = &found}));
        qn_gaussian_process_destroy(process);
        for (int d = 0; d < D; ++d) assert_close(loo[left * D + d], mean[d], 1e-11);
        assert_close(variance[left], found + b.noise, 1e-11);
    }
}

static void noise_scan_agrees_with_each_fit(void **state)
{
    (void)state;
    static brute b;
    fill_brute(&b);
    double vectors[P * P], projected[T * P];
    for (int i = 0; i < P * P; ++i) vectors[i] = b.kernel[i];
    qn_noise_scan *scan;
    assert_ok(qn_noise_scan_create(P, vectors, D, b.targets, &scan));
    qn_noise_scan_project(scan, T, b.cross, projected);
    for (double noise = 1e-3; noise < 20.0; noise *= 7.0) {
        double kernel[P * P], mean[T * D], variance[T], loo[P * D], loo_variance[P];
        double scan_mean[T * D], scan_variance[T], scan_loo[P * D], scan_loo_variance[P], evidence;
        for (int i = 0; i < P * P; ++i) kernel[i] = b.kernel[i];
        qn_gaussian_process *process;
        assert_ok(
            qn_gaussian_process_fit(P, kernel, D, b.targets, &(qn_gaussian_process_options){.noise = noise}, &process));
        assert_ok(qn_gaussian_process_predict(process, T, b.cross, b.prior, NULL,
                                              &(qn_prediction){.mean = mean, .variance = variance}));
        assert_ok(qn_gaussian_process_leave_one_out(process, loo, loo_variance));
        assert_ok(qn_noise_scan_evaluate(scan, noise, &evidence, scan_loo, scan_loo_variance));
        assert_ok(qn_noise_scan_predict(scan, noise, T, projected, b.prior, scan_mean, scan_variance));
        assert_close(evidence, qn_gaussian_process_log_evidence(process), 1e-10);
        for (int i = 0; i < P * D; ++i) assert_close(scan_loo[i], loo[i], 1e-9);
        for (int i = 0; i < P; ++i) assert_close(scan_loo_variance[i], loo_variance[i], 1e-10);
        for (int i = 0; i < T * D; ++i) assert_close(scan_mean[i], mean[i], 1e-9);
        for (int i = 0; i < T; ++i) assert_close(scan_variance[i], variance[i], 1e-10);
        qn_gaussian_process_destroy(process);
    }
    qn_noise_scan_destroy(scan);
}

// ---- one and two points, by hand ----

static void one_and_two_points(void **state)
{
    (void)state;
    double kernel[] = {2.0}, target = 3.0, cross = 1.0, prior = 4.0, mean, variance, gradient;
    qn_gaussian_process *process;
    assert_ok(qn_gaussian_process_fit(1, kernel, 1, &target, &(qn_gaussian_process_options){.noise = 0.5}, &process));
    assert_ok(qn_gaussian_process_predict(process, 1, &cross, &prior, NULL,
                                          &(qn_prediction){.mean = &mean, .variance = &variance}));
    assert_close(mean, 3.0 / 2.5, 1e-15);
    assert_close(variance, 4.0 - 1.0 / 2.5, 1e-15);
    assert_close(qn_gaussian_process_log_evidence(process), -0.5 * (9.0 / 2.5 + log(2.0 * PI * 2.5)), 1e-15);
    const double *noise_alone[] = {NULL};
    assert_ok(qn_gaussian_process_gradient(process, 1, noise_alone, &gradient));
    assert_close(gradient, 0.5 * (9.0 / 6.25 - 1.0 / 2.5), 1e-15);
    qn_gaussian_process_destroy(process);

    // K = (2 1; 1 3): its inverse is (3 -1; -1 2) / 5.
    double pair[] = {2.0, NAN, 1.0, 3.0}, loo[2], loo_variance[2];
    assert_ok(qn_gaussian_process_fit(2, pair, 1, (double[]){1.0, -1.0}, NULL, &process));
    assert_close(qn_gaussian_process_weights(process)[0], 0.8, 1e-15);
    assert_close(qn_gaussian_process_weights(process)[1], -0.6, 1e-15);
    assert_close(qn_gaussian_process_log_evidence(process), -0.5 * 1.4 - 0.5 * log(5.0) - log(2.0 * PI), 1e-15);
    assert_ok(qn_gaussian_process_leave_one_out(process, loo, loo_variance));
    assert_close(loo[0], -1.0 / 3.0, 1e-15); // k_01 / k_11 * y_1
    assert_close(loo[1], 0.5, 1e-15);
    assert_close(loo_variance[0], 5.0 / 3.0, 1e-15);
    qn_gaussian_process_destroy(process);
}

static void classes_and_their_probabilities(void **state)
{
    (void)state;
    assert_close(qn_class_probability(0.0, 1.0, 0.0), 0.5, 1e-16);
    assert_close(qn_class_probability(2.0, 3.0, 1.0), 0.84134474606854294859, 1e-15); // Phi(1)
    assert_close(qn_class_probability(-2.0, 3.0, 1.0), 0.15865525393145705141, 1e-15);
    assert_close(qn_class_probability(-1e-300, 0.0, 0.0), 0.0, 0.0);
    assert_close(qn_class_probability(0.0, 0.0, 0.0), 0.5, 0.0);
    size_t classes[3];
    qn_classify(3, 1, (double[]){-0.1, 0.0, 2.0}, classes);
    assert_true(classes[0] == 0 && classes[1] == 1 && classes[2] == 1);
    qn_classify(2, 3, (double[]){0.1, 0.3, 0.2, 0.4, 0.1, 0.4}, classes);
    assert_true(classes[0] == 1 && classes[1] == 0);
}

// ---- failures ----

static void failures_say_what_to_do(void **state)
{
    (void)state;
    const double y[] = {1.0, -1.0, 1.0};
    double twins[] = {1.0, 9.0, 9.0, 0.5, 1.0, 9.0, 1.0, 0.5, 1.0}; // points 0 and 2 are the same
    qn_gaussian_process *process = NULL;
    assert_fails(qn_gaussian_process_fit(3, twins, 1, y, NULL, &process), QN_NO_SOLUTION, "pivot 3 of 3");
    assert_non_null(strstr(qn_last_error(), "closest before it: point 0, correlation 1"));
    assert_non_null(strstr(qn_last_error(), "smallest eigenvalue is at most 0.0e+00"));
    assert_non_null(strstr(qn_last_error(), "raise noise (now 0)"));
    assert_null(process);
    assert_true(twins[0] == 1.0 && twins[3] == 0.5 && twins[4] == 1.0 && twins[6] == 1.0 && twins[8] == 1.0);
    assert_ok(qn_gaussian_process_fit(3, twins, 1, y, &(qn_gaussian_process_options){.noise = 0.1}, &process));
    qn_gaussian_process_destroy(process);

    // (1 2; 2 1) has the eigenvalue -1; the bound is the Rayleigh quotient of (-2, 1): -3/5.
    double indefinite[] = {1.0, 0.0, 2.0, 1.0};
    assert_fails(qn_gaussian_process_fit(2, indefinite, 1, y, NULL, &process), QN_NO_SOLUTION, "at most -6.0e-01");
    double bad[] = {1.0, 0.0, NAN, 1.0};
    assert_fails(qn_gaussian_process_fit(2, bad, 1, y, NULL, &process), QN_BAD_VALUE, "kernel[1][0] is nan");
    bad[2] = 0.0;
    assert_fails(qn_gaussian_process_fit(2, bad, 1, y, &(qn_gaussian_process_options){.noise = -1.0}, &process),
                 QN_BAD_VALUE, "noise is -1");
    assert_fails(qn_gaussian_process_fit(2, bad, 1, (double[]){1.0, INFINITY}, NULL, &process), QN_BAD_VALUE,
                 "targets[1][0] is inf");
    qn_noise_scan *scan = NULL;
    assert_ok(qn_noise_scan_create(3, twins, 1, y, &scan));
    double evidence;
    assert_fails(qn_noise_scan_evaluate(scan, 0.0, &evidence, NULL, NULL), QN_NO_SOLUTION, "raise noise");
    qn_noise_scan_destroy(scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_the_theory_page),   cmocka_unit_test(agrees_with_explicit_inverses),
        cmocka_unit_test(leave_one_out_leaves_one_out), cmocka_unit_test(noise_scan_agrees_with_each_fit),
        cmocka_unit_test(one_and_two_points),           cmocka_unit_test(classes_and_their_probabilities),
        cmocka_unit_test(failures_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
