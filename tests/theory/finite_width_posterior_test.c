#include "scalar_kernel.h"
#include "testing.h"

enum { TRAIN = 3, TESTS = 2, OUTPUTS = 2, POINTS = TRAIN + TESTS, PAIRS = POINTS * (POINTS + 1) / 2 };
enum { VALUES = TESTS * OUTPUTS };

static const double TARGETS[TRAIN * OUTPUTS] = {1.0, 0.3, -1.0, 0.5, 1.0, -0.4};
static const qn_posterior_data DATA = {
    .train = TRAIN, .tests = TESTS, .outputs = OUTPUTS, .targets = TARGETS, .noise = 0.3};

static void plain_kernel(double *kernel)
{
    for (int i = 0; i < POINTS; ++i)
        for (int j = 0; j < POINTS; ++j)
            kernel[i * POINTS + j] = exp(-0.15 * (i - j) * (i - j)) + (i == j ? 0.1 * i : 0.0);
}

typedef struct {
    double evidence, mean[VALUES], variance[VALUES];
} answer;

static answer infer(const double *kernel)
{
    double block[TRAIN * TRAIN], cross[TESTS * TRAIN], prior[TESTS], variance[TESTS];
    for (int i = 0; i < TRAIN; ++i)
        for (int j = 0; j <= i; ++j) block[i * TRAIN + j] = kernel[i * POINTS + j];
    for (int t = 0; t < TESTS; ++t) {
        for (int j = 0; j < TRAIN; ++j) cross[t * TRAIN + j] = kernel[(TRAIN + t) * POINTS + j];
        prior[t] = kernel[(TRAIN + t) * POINTS + TRAIN + t];
    }
    answer out;
    qn_gaussian_process *process;
    assert_ok(qn_gaussian_process_fit(TRAIN, block, OUTPUTS, TARGETS,
                                      &(qn_gaussian_process_options){.noise = DATA.noise}, &process));
    assert_ok(qn_gaussian_process_predict(process, TESTS, cross, prior, NULL,
                                          &(qn_prediction){.mean = out.mean, .variance = variance}));
    out.evidence = qn_gaussian_process_log_evidence(process);
    qn_gaussian_process_destroy(process);
    for (int v = 0; v < VALUES; ++v) out.variance[v] = variance[v / OUTPUTS];
    return out;
}

// ---- (27) ----

static void two_kernels_weigh_by_their_evidence(void **state)
{
    (void)state;
    enum { DRAWS = 400 };
    static double kernels[DRAWS * POINTS * POINTS];
    double one[POINTS * POINTS], two[POINTS * POINTS];
    plain_kernel(one);
    for (int i = 0; i < POINTS * POINTS; ++i) two[i] = 1.7 * one[i];
    for (int r = 0; r < DRAWS; ++r)
        for (int i = 0; i < POINTS * POINTS; ++i) kernels[r * POINTS * POINTS + i] = r % 4 ? one[i] : two[i];
    qn_sampled_posterior found;
    assert_ok(qn_sampled_posterior_average(&DATA, DRAWS, kernels, &found));
    const answer a = infer(one), b = infer(two);
    const double wa = 0.75 * exp(a.evidence), wb = 0.25 * exp(b.evidence), share = wa / (wa + wb);
    assert_close(found.log_evidence, log(wa + wb), 1e-12);
    assert_close(found.effective_samples, DRAWS * (wa + wb) * (wa + wb) / (wa * wa / 0.75 + wb * wb / 0.25), 1e-10);
    for (int v = 0; v < VALUES; ++v) {
        const double mean = share * a.mean[v] + (1.0 - share) * b.mean[v];
        const double second =
            share * (a.variance[v] + a.mean[v] * a.mean[v]) + (1.0 - share) * (b.variance[v] + b.mean[v] * b.mean[v]);
        assert_close(found.mean[v], mean, 1e-12);
        assert_close(found.variance[v], second - mean * mean, 1e-12);
        assert_true(found.mean_error[v] > 0.0);
    }
    qn_sampled_posterior_clear(&found);
}

static void too_few_effective_samples_are_refused(void **state)
{
    (void)state;
    enum { DRAWS = 200 };
    static double kernels[DRAWS * POINTS * POINTS];
    for (int r = 0; r < DRAWS; ++r) {
        plain_kernel(kernels + r * POINTS * POINTS);
        if (r != 17) // its evidence is far below that of the one kernel left as it is
            for (int i = 0; i < POINTS * POINTS; ++i) kernels[r * POINTS * POINTS + i] *= 1e8;
    }
    qn_sampled_posterior found = {.effective_samples = 77.0};
    assert_fails(qn_sampled_posterior_average(&DATA, DRAWS, kernels, &found), QN_NO_SOLUTION,
                 "effective number of samples is 1 of 200 kernels; at least 100 are needed");
    kernels[5 * POINTS * POINTS] = -1.0;
    assert_fails(qn_sampled_posterior_average(&DATA, DRAWS, kernels, &found), QN_BAD_VALUE, "kernel 5: ");
    assert_true(found.effective_samples == 77.0 && found.mean == NULL);
}

// ---- (28) ----

// Second differences of Z, Z mu and Z S2 over all pairs of pairs: what (28) expands, without its algebra.
typedef struct {
    double z, mean[VALUES], second[VALUES];
} moments;

static moments moments_at(const double *kernel, double reference)
{
    const answer a = infer(kernel);
    moments out = {.z = exp(a.evidence - reference)};
    for (int v = 0; v < VALUES; ++v) {
        out.mean[v] = out.z * a.mean[v];
        out.second[v] = out.z * (a.variance[v] + a.mean[v] * a.mean[v]);
    }
    return out;
}

static void add(moments *sum, double factor, const moments *term)
{
    sum->z += factor * term->z;
    for (int v = 0; v < VALUES; ++v) {
        sum->mean[v] += factor * term->mean[v];
        sum->second[v] += factor * term->second[v];
    }
}

static moments shifted(const double *kernel, int p, double by_p, int q, double by_q, double reference)
{
    double moved[POINTS * POINTS];
    for (int i = 0; i < POINTS; ++i)
        for (int j = 0; j < POINTS; ++j) {
            const int pair = (int)qn_pair_index((size_t)i, (size_t)j);
            moved[i * POINTS + j] = kernel[i * POINTS + j] + (pair == p ? by_p : 0.0) + (pair == q ? by_q : 0.0);
        }
    return moments_at(moved, reference);
}

static void add_second_difference(moments *sum, double factor, const double *kernel, int p, int q, double h,
                                  double reference)
{
    for (int side = 0; side < 4; ++side) {
        const double a = side & 1 ? h : -h, b = side & 2 ? h : -h;
        const moments there = shifted(kernel, p, a, q, b, reference);
        add(sum, factor * (a * b > 0.0 ? 1.0 : -1.0) / (4.0 * h * h), &there);
    }
}

static void expansion_agrees_with_second_differences(void **state)
{
    (void)state;
    double kernel[POINTS * POINTS], shift[PAIRS], root[PAIRS * PAIRS], fluctuation[PAIRS * PAIRS];
    plain_kernel(kernel);
    qn_normal(&(qn_stream){.seed = 3, .purpose = QN_PURPOSE_TEST}, 0, PAIRS, shift);
    qn_normal(&(qn_stream){.seed = 4, .purpose = QN_PURPOSE_TEST}, 0, PAIRS * PAIRS, root);
    for (int p = 0; p < PAIRS; ++p)
        for (int q = 0; q < PAIRS; ++q)
            fluctuation[p * PAIRS + q] = scalar_overlap(PAIRS, root + p * PAIRS, root + q * PAIRS);
    const double reference = infer(kernel).evidence;
    moments first = {0};
    for (int p = 0; p < PAIRS; ++p) {
        for (int order = 0; order < 2; ++order) { // Richardson: errors of the fourth power of the step
            const double h = order ? 1e-3 : 2e-3, weight = order ? 4.0 / 3.0 : -1.0 / 3.0;
            const moments up = shifted(kernel, p, h, -1, 0.0, reference);
            const moments down = shifted(kernel, p, -h, -1, 0.0, reference);
            add(&first, weight * shift[p] / (2.0 * h), &up);
            add(&first, -weight * shift[p] / (2.0 * h), &down);
            for (int q = 0; q < PAIRS; ++q)
                add_second_difference(&first, 0.5 * weight * fluctuation[p * PAIRS + q], kernel, p, q, h, reference);
        }
    }
    for (int p = 0; p < PAIRS; ++p)
        for (int q = p + 1; q < PAIRS; ++q) fluctuation[p * PAIRS + q] = NAN; // the lower triangle is read
    qn_expanded_posterior found;
    assert_ok(qn_expanded_posterior_solve(&DATA, kernel, shift, fluctuation, &found));
    const answer at = infer(kernel);
    assert_close(found.log_evidence, at.evidence, 1e-13);
    assert_close(found.log_evidence_slope, first.z, 1e-6);
    for (int v = 0; v < VALUES; ++v) {
        const double slope = first.mean[v] - at.mean[v] * first.z;
        const double second = at.variance[v] + at.mean[v] * at.mean[v];
        assert_close(found.mean[v], at.mean[v], 1e-13);
        assert_close(found.variance[v], at.variance[v], 1e-13);
        assert_close(found.mean_slope[v], slope, 1e-6);
        assert_close(found.variance_slope[v], first.second[v] - second * first.z - 2.0 * at.mean[v] * slope, 1e-6);
    }
    qn_expanded_posterior_clear(&found);
}

// A network without hidden layers but one, identity: K is a Wishart matrix, whose V is known: K_ik K_jl + K_il K_jk.
static void both_posteriors_agree_at_large_width(void **state)
{
    (void)state;
    enum { DRAWS = 20000, WIDTH = 200 };
    static double kernels[DRAWS * POINTS * POINTS], field[POINTS * WIDTH];
    double kernel[POINTS * POINTS], root[POINTS * POINTS] = {0}, shift[PAIRS] = {0}, fluctuation[PAIRS * PAIRS];
    plain_kernel(kernel);
    for (int i = 0; i < POINTS; ++i)
        for (int j = 0; j <= i; ++j) {
            double sum = kernel[i * POINTS + j];
            for (int k = 0; k < j; ++k) sum -= root[i * POINTS + k] * root[j * POINTS + k];
            root[i * POINTS + j] = i == j ? sqrt(sum) : sum / root[j * POINTS + j];
        }
    for (int r = 0; r < DRAWS; ++r) {
        double *out = kernels + r * POINTS * POINTS;
        qn_normal(&(qn_stream){.seed = 5, .purpose = QN_PURPOSE_TEST, .index = (uint64_t)r}, 0, POINTS * WIDTH, field);
        double white[POINTS * POINTS];
        for (int i = 0; i < POINTS; ++i)
            for (int j = 0; j < POINTS; ++j)
                white[i * POINTS + j] = scalar_overlap(WIDTH, field + i * WIDTH, field + j * WIDTH);
        for (int i = 0; i < POINTS; ++i)
            for (int j = 0; j < POINTS; ++j) {
                double sum = 0.0;
                for (int k = 0; k <= i; ++k)
                    for (int l = 0; l <= j; ++l)
                        sum += root[i * POINTS + k] * white[k * POINTS + l] * root[j * POINTS + l];
                out[i * POINTS + j] = sum;
            }
    }
    for (int i = 0; i < POINTS; ++i)
        for (int j = 0; j <= i; ++j)
            for (int k = 0; k < POINTS; ++k)
                for (int l = 0; l <= k; ++l)
                    fluctuation[qn_pair_index((size_t)i, (size_t)j) * PAIRS + qn_pair_index((size_t)k, (size_t)l)] =
                        kernel[i * POINTS + k] * kernel[j * POINTS + l] +
                        kernel[i * POINTS + l] * kernel[j * POINTS + k];
    qn_sampled_posterior sampled;
    qn_expanded_posterior expanded;
    assert_ok(qn_sampled_posterior_average(&DATA, DRAWS, kernels, &sampled));
    assert_ok(qn_expanded_posterior_solve(&DATA, kernel, shift, fluctuation, &expanded));
    // Bounds: four standard errors and the square of the relative correction, the next order's size.
    const double next = expanded.log_evidence_slope / WIDTH * expanded.log_evidence_slope / WIDTH;
    assert_within(sampled.log_evidence - expanded.log_evidence, log(1.0 + expanded.log_evidence_slope / WIDTH),
                  4.0 * sampled.log_evidence_error + next);
    for (int v = 0; v < VALUES; ++v) {
        const double correction = expanded.mean_slope[v] / WIDTH;
        assert_within(sampled.mean[v] - expanded.mean[v], correction,
                      4.0 * sampled.mean_error[v] + 0.1 * fabs(correction));
        assert_within(sampled.variance[v] - expanded.variance[v], expanded.variance_slope[v] / WIDTH,
                      4.0 * expanded.variance[v] * sqrt(2.0 / (WIDTH * (double)DRAWS)) +
                          0.1 * fabs(expanded.variance_slope[v] / WIDTH));
    }
    qn_sampled_posterior_clear(&sampled);
    qn_expanded_posterior_clear(&expanded);
}

// Infinite-width columns of the table in section 10.8: erf of slope 1, A = 2, two biases.
static void infinite_width_of_the_theory_page(void **state)
{
    (void)state;
    enum { DIMENSION = 6, ALL = 4, PAIRS_HERE = 10 };
    double x[ALL][DIMENSION], kernel[ALL * ALL], none[PAIRS_HERE * PAIRS_HERE] = {0};
    for (int i = 0; i < ALL; ++i)
        for (int k = 0; k < DIMENSION; ++k) x[i][k] = cos(1.3 * i + 0.7 * k + 0.1 * i * k);
    const double bias[] = {0.0, 0.3}, mean[] = {0.90788, 1.56261}, variance[] = {0.24068, 0.54554};
    const double evidence[] = {-10.8479, -5.9779};
    const double y[] = {1.0, -1.0, 1.0};
    const qn_posterior_data data = {.train = 3, .tests = 1, .outputs = 1, .targets = y, .noise = 0.1};
    for (int row = 0; row < 2; ++row) {
        const scalar_network net = {
            .kappa = sqrt(atan(1.0)), .input = 1.0, .strength = 1.5, .bias = bias[row], .depth = 2};
        for (int i = 0; i < ALL; ++i)
            for (int j = 0; j < ALL; ++j)
                kernel[i * ALL + j] =
                    scalar_kernel_between(&net, DIMENSION, x[i], x[j]) - bias[row] * bias[row]; // sigma_out = 0
        qn_expanded_posterior found;
        assert_ok(qn_expanded_posterior_solve(&data, kernel, none, none, &found));
        assert_within(found.mean[0], mean[row], 5.1e-6);
        assert_within(found.variance[0], variance[row], 5.1e-6);
        assert_within(found.log_evidence, evidence[row], 5.1e-5);
        assert_true(found.mean_slope[0] == 0.0 && found.log_evidence_slope == 0.0);
        qn_expanded_posterior_clear(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_kernels_weigh_by_their_evidence),
        cmocka_unit_test(too_few_effective_samples_are_refused),
        cmocka_unit_test(expansion_agrees_with_second_differences),
        cmocka_unit_test(both_posteriors_agree_at_large_width),
        cmocka_unit_test(infinite_width_of_the_theory_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
