// The theory of one given matrix: what its covariances must satisfy, and the ensemble's theory on average.
#include "given_network.h"
#include "testing.h"

#include <math.h>
#include <quenched/four_point.h>
#include <quenched/given_matrix.h>
#include <stdlib.h>

static const qn_rate_network noisy = {.size = 30, .coupling = {.strength = 1.2}, .noise = 0.5};

static void covariances_are_consistent(void **state)
{
    (void)state;
    qn_rate_network network = noisy;
    network.size = 60;
    const size_t n = network.size;
    double *matrix = draw(&network, 3);
    qn_two_point two_point;
    assert_ok(qn_two_point_solve(&network, NULL, &two_point));
    for (int source = QN_GIVEN_SOURCE_AUTOMATIC; source <= QN_GIVEN_SOURCE_TRACE; ++source) {
        qn_given_matrix *given = prepare(&network, matrix, &(qn_given_options){.source = (qn_given_source)source});
        qn_given_structure structure;
        qn_given_matrix_structure(given, &structure);
        assert_int_equal(structure.source, source ? source : QN_GIVEN_SOURCE_UNIFORM);
        assert_int_equal(structure.response, QN_GIVEN_INDEPENDENT);
        assert_false(structure.overlaps);
        assert_close(structure.strength, 1.2, 1e-12);
        qn_given_prediction found, again;
        assert_ok(qn_given_matrix_predict(given, 0, NULL, NULL, &found));
        double trace = 0.0, square = 0.0;
        for (size_t i = 0; i < n; ++i) {
            trace += found.eigenvalue[i];
            square += found.eigenvalue[i] * found.eigenvalue[i];
            if (i > 0) assert_true(found.eigenvalue[i] <= found.eigenvalue[i - 1]);
            for (size_t j = 0; j < n; ++j) assert_true(found.covariance[i * n + j] == found.covariance[j * n + i]);
        }
        assert_true(found.eigenvalue[n - 1] > 0.0);
        assert_close(trace, (double)n * found.rate_variance, 1e-12);
        assert_close(square, (double)n * found.four_point_variance, 1e-12);
        assert_close(found.participation_ratio, trace * trace / ((double)n * square), 1e-12);
        assert_true(found.quadrature_error < 2e-6);
        if (source == QN_GIVEN_SOURCE_TRACE) assert_close(found.rate_variance, two_point.rate_variance, 1e-6);
        // The same bits for any number of threads.
        qn_set_threads(1);
        assert_ok(qn_given_matrix_predict(given, 0, NULL, NULL, &again));
        qn_set_threads(0);
        assert_memory_equal(found.covariance, again.covariance, n * n * sizeof *found.covariance);
        qn_given_prediction_clear(&found);
        qn_given_prediction_clear(&again);
        qn_given_matrix_destroy(given);
    }
    qn_two_point_clear(&two_point);
    free(matrix);
}

// In chaos, where poles are closest to the axis: the default tolerance against one a thousand times smaller.
static void the_tolerance_is_met(void **state)
{
    (void)state;
    const double lag = 7.0;
    const qn_rate_network network = {
        .size = 80,
        .coupling = {.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 2.0, .spectrum = {.effective_rank = 1.0}}};
    const size_t n = network.size;
    double *matrix = draw(&network, 5);
    for (int source = QN_GIVEN_SOURCE_UNIFORM; source <= QN_GIVEN_SOURCE_TRACE; ++source) {
        qn_given_options options = {.source = (qn_given_source)source};
        qn_given_matrix *coarse = prepare(&network, matrix, &options);
        options.tolerance = 1e-9;
        qn_given_matrix *fine = prepare(&network, matrix, &options);
        qn_given_prediction found, exact;
        assert_ok(qn_given_matrix_predict(coarse, 1, &lag, NULL, &found));
        assert_ok(qn_given_matrix_predict(fine, 1, &lag, NULL, &exact));
        assert_true(exact.frequencies > found.frequencies);
        double worst = 0.0;
        for (size_t i = 0; i < n * n; ++i)
            worst = fmax(
                worst, fmax(fabs(found.covariance[i] - exact.covariance[i]), fabs(found.lagged[i] - exact.lagged[i])));
        print_message("tolerance 1e-6: %zu frequencies, stated %.1e, covariances off by %.1e of the variance\n",
                      found.frequencies, found.quadrature_error, worst / exact.rate_variance);
        assert_within(worst, 0.0, 1e-6 * exact.rate_variance);
        qn_given_prediction_clear(&found), qn_given_prediction_clear(&exact);
        qn_given_matrix_destroy(coarse), qn_given_matrix_destroy(fine);
    }
    free(matrix);
}

// Orthogonal couplings vary little from one to the next. Deep in chaos 1 - g S0 is 0.04, not far above the distance
// 2 pi / N of eigenvalues: Theta and the variance of one matrix are off by some 15 / N, their ratio by about 1 / N.
static void orthogonal_matrices_have_their_ensembles_dimension(void **state)
{
    (void)state;
    enum { DRAWS = 2 };
    const qn_rate_network network = {
        .size = 300,
        .coupling = {.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 3.0, .spectrum = {.effective_rank = 1.0}}};
    qn_two_point two_point;
    qn_four_point *four_point;
    qn_dimension expected;
    assert_ok(qn_two_point_solve(&network, NULL, &two_point));
    assert_ok(qn_four_point_create(&network, &two_point, &four_point));
    assert_ok(qn_four_point_dimension(four_point, -1.0, &expected));
    const double one = 1.0 / (double)network.size;
    for (uint64_t k = 0; k < DRAWS; ++k) {
        double *matrix = draw(&network, k), at_one, expected_at_one;
        const double frequency = 1.0;
        qn_given_matrix *given = prepare(&network, matrix, NULL);
        qn_given_prediction found;
        assert_ok(qn_given_matrix_predict(given, 0, NULL, NULL, &found));
        print_message("orthogonal: Theta %.5f (ensemble %.5f), variance %.5f (%.5f), PR %.5f (%.5f)\n",
                      found.four_point_variance, expected.four_point_variance, found.rate_variance,
                      two_point.rate_variance, found.participation_ratio, expected.participation_ratio);
        assert_close(found.participation_ratio / expected.participation_ratio, 1.0, 4.0 * one);
        assert_close(found.four_point_variance / expected.four_point_variance, 1.0, 20.0 * one);
        assert_close(found.rate_variance / two_point.rate_variance, 1.0, 20.0 * one);
        assert_ok(qn_given_matrix_frequency_dimension(given, 1, &frequency, &at_one));
        assert_ok(qn_four_point_frequency_dimension(four_point, -1.0, 1, &frequency, &expected_at_one));
        assert_close(at_one / expected_at_one, 1.0, one);
        qn_given_prediction_clear(&found);
        qn_given_matrix_destroy(given);
        free(matrix);
    }
    qn_four_point_destroy(four_point);
    qn_two_point_clear(&two_point);
}

// Independent entries: the strength is such that a quarter of Theta is off the diagonal. (Nearer to chaos one matrix in
// ten has a nearly unstable eigenvalue, and the average over matrices of this size is dominated by it.)
static void independent_entries_have_their_ensembles_dimension(void **state)
{
    (void)state;
    enum { DRAWS = 12 };
    qn_rate_network network = noisy;
    network.size = 200;
    network.coupling.strength = 0.8;
    qn_two_point two_point;
    qn_four_point *four_point;
    qn_dimension expected;
    assert_ok(qn_two_point_solve(&network, NULL, &two_point));
    assert_ok(qn_four_point_create(&network, &two_point, &four_point));
    assert_ok(qn_four_point_dimension(four_point, 0.0, &expected));
    double theta[DRAWS], trace[DRAWS];
    for (uint64_t k = 0; k < DRAWS; ++k) {
        double *matrix = draw(&network, k);
        qn_given_matrix *given = prepare(&network, matrix, NULL);
        qn_given_prediction found;
        assert_ok(qn_given_matrix_predict(given, 0, NULL, NULL, &found));
        theta[k] = found.four_point_variance, trace[k] = found.rate_variance;
        qn_given_prediction_clear(&found);
        qn_given_matrix_destroy(given);
        free(matrix);
    }
    const qn_estimate mean = qn_estimate_of(DRAWS, theta), variance = qn_estimate_of(DRAWS, trace);
    print_message("iid: Theta %.5f +- %.5f (%.5f), trace %.5f +- %.5f (%.5f)\n", mean.value, mean.standard_error,
                  expected.four_point_variance, variance.value, variance.standard_error, two_point.rate_variance);
    assert_agrees(expected.four_point_variance, mean, .max_z = 4, .max_relative_error = 0.02, .max_relative_bar = 0.01);
    assert_agrees(two_point.rate_variance, variance, .max_z = 4, .max_relative_error = 0.01, .max_relative_bar = 0.004);
    qn_four_point_destroy(four_point);
    qn_two_point_clear(&two_point);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(covariances_are_consistent),
                                       cmocka_unit_test(the_tolerance_is_met),
                                       cmocka_unit_test(orthogonal_matrices_have_their_ensembles_dimension),
                                       cmocka_unit_test(independent_entries_have_their_ensembles_dimension)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
