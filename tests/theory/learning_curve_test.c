#include "scalar_kernel.h"
#include "testing.h"

#include <stdlib.h>

// Learning curves of the theory page, section 10.10: erf of slope 1, A = 3, g = 1.5, sigma = 0.1, noise 0.1, N = 100,
// 200 test points, mean of 10 draws of the task.
enum { N = 100, TESTS = 200, MOST = 256, DRAWS = 10 };

typedef struct {
    double accuracy, error, variance;
} score;

static double kernel(const double *x, const double *y)
{
    const scalar_network net = {.kappa = sqrt(atan(1.0)), .input = 1.0, .strength = 1.5, .bias = 0.1, .depth = 3};
    return scalar_kernel_between(&net, N, x, y);
}

static score one_draw(qn_task_kind kind, size_t train, uint64_t seed)
{
    double *x = malloc((MOST + TESTS) * N * sizeof *x), labels[MOST + TESTS], mean[TESTS], variance[TESTS];
    double *block = calloc(train * train, sizeof *block), *cross = calloc(TESTS * train, sizeof *cross), prior[TESTS];
    assert_non_null(x);
    assert_non_null(block);
    assert_non_null(cross);
    assert_ok(qn_task_generate(&(qn_task){.kind = kind}, seed, 0, train + TESTS, x, labels));
    for (size_t i = 0; i < train; ++i)
        for (size_t j = 0; j <= i; ++j) block[i * train + j] = kernel(x + i * N, x + j * N);
    for (size_t t = 0; t < TESTS; ++t) {
        const double *here = x + (train + t) * N;
        for (size_t j = 0; j < train; ++j) cross[t * train + j] = kernel(here, x + j * N);
        prior[t] = kernel(here, here);
    }
    qn_gaussian_process *process;
    assert_ok(qn_gaussian_process_fit(train, block, 1, labels, &(qn_gaussian_process_options){.noise = 0.1}, &process));
    assert_ok(qn_gaussian_process_predict(process, TESTS, cross, prior, NULL,
                                          &(qn_prediction){.mean = mean, .variance = variance}));
    qn_gaussian_process_destroy(process);
    size_t classes[TESTS];
    qn_classify(TESTS, 1, mean, classes);
    score out = {0};
    for (size_t t = 0; t < TESTS; ++t) {
        const double off = mean[t] - labels[train + t];
        out.accuracy += (classes[t] == (labels[train + t] > 0.0)) / (double)TESTS;
        out.error += off * off / TESTS;
        out.variance += variance[t] / TESTS;
    }
    free(x);
    free(block);
    free(cross);
    return out;
}

// Mean over draws, and its standard error.
static score mean_score(qn_task_kind kind, size_t train, score *bar)
{
    score sum = {0}, square = {0};
    for (uint64_t seed = 1; seed <= DRAWS; ++seed) {
        const score one = one_draw(kind, train, seed);
        sum.accuracy += one.accuracy / DRAWS, square.accuracy += one.accuracy * one.accuracy / DRAWS;
        sum.error += one.error / DRAWS, square.error += one.error * one.error / DRAWS;
        sum.variance += one.variance / DRAWS, square.variance += one.variance * one.variance / DRAWS;
    }
    bar->accuracy = sqrt((square.accuracy - sum.accuracy * sum.accuracy) / (DRAWS - 1));
    bar->error = sqrt((square.error - sum.error * sum.error) / (DRAWS - 1));
    bar->variance = sqrt((square.variance - sum.variance * sum.variance) / (DRAWS - 1));
    return sum;
}

// The page's numbers are means of as many draws as ours and have the same scatter: four joint standard errors, and half
// of the last digit printed. Its curves begin at 4 points; there it matters that ours always have two of each class.
static void learning_curves_of_the_theory_page(void **state)
{
    (void)state;
    const struct {
        qn_task_kind kind;
        size_t train;
        double accuracy, error, variance; // NAN: not on the page
    } rows[] = {{QN_TASK_PROTOTYPES, 16, 0.84, 0.62, 0.762},     {QN_TASK_PROTOTYPES, 64, 0.92, 0.33, 0.586},
                {QN_TASK_PROTOTYPES, 256, 0.94, 0.28, 0.337},    {QN_TASK_SIGNED_PROTOTYPES, 16, 0.60, NAN, NAN},
                {QN_TASK_SIGNED_PROTOTYPES, 64, 0.64, NAN, NAN}, {QN_TASK_SIGNED_PROTOTYPES, 256, 0.94, NAN, NAN}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
        score bar;
        const score found = mean_score(rows[r].kind, rows[r].train, &bar);
        const double joint = 4.0 * sqrt(2.0);
        assert_true(bar.accuracy < 0.02 && bar.error < 0.05 && bar.variance < 0.005);
        assert_within(found.accuracy, rows[r].accuracy, joint * bar.accuracy + 0.005);
        if (isnan(rows[r].error)) continue;
        assert_within(found.error, rows[r].error, joint * bar.error + 0.005);
        assert_within(found.variance, rows[r].variance, joint * bar.variance + 0.0005);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(learning_curves_of_the_theory_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
