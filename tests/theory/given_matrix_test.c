// The theory of one given matrix against linear networks, which it must solve exactly, and against plain inverses.
#include "given_network.h"
#include "testing.h"

#include "theory/given.h"
#include "theory/given_quadrature.h"

#include <complex.h>
#include <math.h>
#include <quenched/given_matrix.h>
#include <stdlib.h>

static void multiply(size_t n, const double *a, const double *b, double *out)
{
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            double sum = 0.0;
            for (size_t k = 0; k < n; ++k) sum += a[i * n + k] * b[k * n + j];
            out[i * n + j] = sum;
        }
}

// exp(matrix) by Taylor series of a 2^-12th of it, squared twelve times
static void exponential(size_t n, const double *matrix, double *out)
{
    double *term = room(n * n), *next = room(n * n);
    for (size_t i = 0; i < n; ++i) out[i * n + i] = term[i * n + i] = 1.0;
    for (int order = 1; order < 12; ++order) {
        multiply(n, term, matrix, next);
        for (size_t i = 0; i < n * n; ++i) out[i] += term[i] = next[i] / (4096.0 * order);
    }
    for (int square = 0; square < 12; ++square) {
        multiply(n, out, out, next);
        memcpy(out, next, n * n * sizeof *out);
    }
    free(term);
    free(next);
}

static const qn_rate_network linear = {
    .size = 40, .transfer = {.kind = QN_TRANSFER_LINEAR, .gain = 1.0}, .coupling = {.strength = 0.8}, .noise = 0.7};

// dx = (J - 1) x dt + sqrt(2) sigma dW: (J - 1) C + C (J - 1)^T + 2 sigma^2 = 0, which has one solution, and C(lag) =
// <x(t) x(t + lag)^T> = C exp((J - 1)^T lag) for lag > 0. The strength enters single-unit theory only, and must drop
// out: that of the matrix is another one.
static void linear_networks_are_exact(void **state)
{
    (void)state;
    enum { LAGS = 4 };
    static const double lag[LAGS] = {0.5, -0.5, 3.0, 12.0};
    const size_t n = linear.size;
    double *matrix = draw(&linear, 0);
    qn_rate_network weaker = linear;
    weaker.coupling.strength = 0.5;
    for (int other = 0; other < 2; ++other) {
        qn_given_matrix *given = prepare(other ? &weaker : &linear, matrix,
                                         &(qn_given_options){.source = QN_GIVEN_SOURCE_UNIFORM, .tolerance = 1e-8});
        qn_given_prediction found;
        assert_ok(qn_given_matrix_predict(given, LAGS, lag, NULL, &found));
        print_message("linear: %zu frequencies, quadrature error %.1e\n", found.frequencies, found.quadrature_error);
        double worst = 0.0, *rate = room(n * n), *power = room(n * n), *scaled = room(n * n);
        for (size_t i = 0; i < n * n; ++i) rate[i] = matrix[i] - (i % (n + 1) == 0);
        multiply(n, rate, found.covariance, power);
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < n; ++j)
                worst = fmax(worst, fabs(power[i * n + j] + power[j * n + i] + (i == j ? 2.0 * 0.49 : 0.0)));
        assert_within(worst, 0.0, 1e-6);
        for (size_t l = 0; l < LAGS; ++l) {
            // C_ij(lag) = sum_k C_ik exp(A lag)_jk, and C_ij(-lag) = C_ji(lag)
            for (size_t i = 0; i < n * n; ++i) scaled[i] = rate[i] * fabs(lag[l]), power[i] = 0.0;
            exponential(n, scaled, power);
            worst = 0.0;
            for (size_t i = 0; i < n; ++i)
                for (size_t j = 0; j < n; ++j) {
                    double sum = 0.0;
                    for (size_t k = 0; k < n; ++k) sum += found.covariance[i * n + k] * power[j * n + k];
                    const size_t at = lag[l] > 0.0 ? i * n + j : j * n + i;
                    worst = fmax(worst, fabs(found.lagged[l * n * n + at] - sum));
                }
            print_message("lag %g: off by %.1e\n", lag[l], worst);
            assert_within(worst, 0.0, 1e-6);
        }
        free(rate), free(power), free(scaled);
        qn_given_prediction_clear(&found);
        qn_given_matrix_destroy(given);
    }
    free(matrix);
}

// The answer of a linear network whatever direction its instability takes: without it, the rest is still a linear
// network of its own, in the complement of the unstable eigenvector.
static void unstable_directions_are_refused_or_left_out(void **state)
{
    (void)state;
    const size_t n = linear.size;
    double *matrix = draw(&linear, 1);
    for (size_t i = 0; i < n * n; ++i) matrix[i] += 1.5 / (double)n; // an eigenvalue near 1.5
    qn_two_point two_point;
    qn_given_matrix *given = NULL;
    assert_ok(qn_two_point_solve(&linear, NULL, &two_point));
    assert_fails(qn_given_matrix_create(&linear, &two_point, matrix, NULL, NULL, &given), QN_NO_SOLUTION,
                 "1 eigenvalue is unstable: 1.");
    assert_null(given);
    assert_ok(qn_given_matrix_create(&linear, &two_point, matrix, &(qn_given_options){.exclude_unstable = true}, NULL,
                                     &given));
    qn_two_point_clear(&two_point);
    qn_given_structure structure;
    qn_given_matrix_structure(given, &structure);
    assert_int_equal(structure.excluded, 1);
    assert_true(structure.leading_real > 1.2 && structure.leading_real < 1.8);
    qn_given_prediction found;
    assert_ok(qn_given_matrix_predict(given, 0, NULL, NULL, &found));
    // The left-out direction v: C v = 0, and v is the eigenvector by power iteration.
    double *v = room(n), *next = room(n), *rate = room(n * n), *power = room(n * n);
    for (size_t i = 0; i < n; ++i) v[i] = 1.0;
    for (int repeat = 0; repeat < 300; ++repeat) {
        double norm = 0.0;
        for (size_t i = 0; i < n; ++i) {
            next[i] = 0.0;
            for (size_t j = 0; j < n; ++j) next[i] += matrix[i * n + j] * v[j];
            norm += next[i] * next[i];
        }
        for (size_t i = 0; i < n; ++i) v[i] = next[i] / sqrt(norm);
    }
    for (size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        for (size_t j = 0; j < n; ++j) sum += found.covariance[i * n + j] * v[j];
        assert_within(sum, 0.0, 1e-9);
    }
    // P (J - 1) C + its transpose + 2 sigma^2 P = 0, P = 1 - v v^T
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            double projected = 0.0;
            for (size_t k = 0; k < n; ++k) projected += v[k] * matrix[k * n + j];
            rate[i * n + j] = matrix[i * n + j] - v[i] * projected - (i == j) + v[i] * v[j];
        }
    multiply(n, rate, found.covariance, power);
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j)
            assert_within(power[i * n + j] + power[j * n + i], -2.0 * 0.49 * ((i == j) - v[i] * v[j]), 1e-5);
    free(v), free(next), free(rate), free(power), free(matrix);
    qn_given_prediction_clear(&found);
    qn_given_matrix_destroy(given);
}

static const qn_rate_network noisy = {.size = 30, .coupling = {.strength = 1.2}, .noise = 0.5};

// (1 + S K - S J)^-1 by Gauss-Jordan elimination
static void invert(size_t n, double complex *a, double complex *out)
{
    for (size_t i = 0; i < n * n; ++i) out[i] = i % (n + 1) == 0;
    for (size_t p = 0; p < n; ++p) {
        size_t best = p;
        for (size_t i = p; i < n; ++i)
            if (cabs(a[i * n + p]) > cabs(a[best * n + p])) best = i;
        for (size_t j = 0; j < n; ++j) {
            const double complex x = a[p * n + j], y = out[p * n + j];
            a[p * n + j] = a[best * n + j], a[best * n + j] = x;
            out[p * n + j] = out[best * n + j], out[best * n + j] = y;
        }
        const double complex pivot = a[p * n + p];
        for (size_t j = 0; j < n; ++j) a[p * n + j] /= pivot, out[p * n + j] /= pivot;
        for (size_t i = 0; i < n; ++i) {
            const double complex factor = a[i * n + p];
            if (i == p || factor == 0.0) continue;
            for (size_t j = 0; j < n; ++j)
                a[i * n + j] -= factor * a[p * n + j], out[i * n + j] -= factor * out[p * n + j];
        }
    }
}

// C_ij(omega) is [chi Sigma chi^+]_ji, at frequencies of either sign; every source.
static void cross_spectra_agree_with_plain_inverses(void **state)
{
    (void)state;
    const size_t n = noisy.size;
    double *matrix = draw(&noisy, 2), *spectrum = room(2 * n * n);
    double complex a[30 * 30], chi[30 * 30];
    static const qn_given_source sources[] = {QN_GIVEN_SOURCE_UNIFORM, QN_GIVEN_SOURCE_TRACE, QN_GIVEN_SOURCE_DIAGONAL};
    for (size_t k = 0; k < 3; ++k)
        for (int side = -1; side <= 1; side += 2) {
            const double frequency = 1.3 * side;
            qn_given_matrix *given = prepare(&noisy, matrix, &(qn_given_options){.source = sources[k]});
            qn_given_structure found;
            qn_given_matrix_structure(given, &found);
            const double complex s = found.mean_slope / (1.0 + I * frequency);
            for (size_t i = 0; i < n * n; ++i) a[i] = (i % (n + 1) == 0) - s * matrix[i];
            invert(n, a, chi);
            assert_ok(qn_given_matrix_cross_spectrum(given, frequency, spectrum));
            double trace = 0.0, whole = 0.0, square = 0.0;
            for (size_t i = 0; i < n; ++i) trace += spectrum[2 * (i * n + i)] / (double)n;
            for (size_t i = 0; i < n * n; ++i) {
                whole += pow(cabs(chi[i]), 2.0) / (double)n;
                square += pow(spectrum[2 * i], 2.0) + pow(spectrum[2 * i + 1], 2.0);
            }
            const double size = found.strength * cabs(s), power = qn_rate_spectrum_value(&given->spectrum, 1.3);
            if (sources[k] == QN_GIVEN_SOURCE_UNIFORM) assert_close(trace, whole * power * (1.0 - size * size), 1e-10);
            if (sources[k] == QN_GIVEN_SOURCE_TRACE) assert_close(trace, power, 1e-10);
            double dimension;
            assert_ok(qn_given_matrix_frequency_dimension(given, 1, &frequency, &dimension));
            assert_close(dimension, trace * trace * (double)n / square, 1e-10);
            double worst = 0.0;
            for (size_t i = 0; i < n; ++i) {
                if (sources[k] == QN_GIVEN_SOURCE_DIAGONAL) assert_close(spectrum[2 * (i * n + i)], power, 1e-10);
                for (size_t j = 0; j < n && sources[k] != QN_GIVEN_SOURCE_DIAGONAL; ++j) {
                    double complex sum = 0.0;
                    for (size_t l = 0; l < n; ++l) sum += chi[j * n + l] * conj(chi[i * n + l]);
                    const double complex here = spectrum[2 * (i * n + j)] + I * spectrum[2 * (i * n + j) + 1];
                    worst = fmax(worst, cabs(here - sum * trace / whole));
                }
            }
            assert_within(worst, 0.0, 1e-10);
            qn_given_matrix_destroy(given);
        }
    free(matrix), free(spectrum);
}

// Weak couplings need no negative source: then every unit has the variance of two-point theory, at no lag more.
static void diagonal_source_makes_units_alike(void **state)
{
    (void)state;
    qn_rate_network network = noisy;
    network.coupling.strength = 0.4;
    const size_t n = network.size;
    double *matrix = draw(&network, 4);
    qn_two_point two_point;
    assert_ok(qn_two_point_solve(&network, NULL, &two_point));
    qn_given_matrix *given = prepare(&network, matrix, &(qn_given_options){.source = QN_GIVEN_SOURCE_DIAGONAL});
    qn_given_prediction found;
    const double lag = -2.0;
    assert_ok(qn_given_matrix_predict(given, 1, &lag, NULL, &found));
    double least = 1.0;
    for (size_t i = 0; i < n; ++i) {
        assert_within(found.covariance[i * (n + 1)], two_point.rate_variance, 1e-6);
        assert_within(found.lagged[i * (n + 1)], qn_stationary_at(&two_point.rate, lag), 1e-6);
        for (size_t j = 0; j < i; ++j) least = fmin(least, found.covariance[i * n + j]);
    }
    assert_true(least < -0.01); // and the covariances are there
    qn_given_prediction_clear(&found);
    qn_given_matrix_destroy(given);
    qn_two_point_clear(&two_point);
    free(matrix);
}

static bool stop_at_once(const qn_progress_report *report, void *context)
{
    (void)report, (void)context;
    return false;
}

static void a_callback_stops(void **state)
{
    (void)state;
    double *matrix = draw(&noisy, 2);
    const qn_progress stop = {.report = stop_at_once};
    qn_two_point two_point;
    qn_given_matrix *given = NULL;
    assert_ok(qn_two_point_solve(&noisy, NULL, &two_point));
    assert_int_equal(qn_given_matrix_create(&noisy, &two_point, matrix, NULL, &stop, &given), QN_STOPPED);
    assert_null(given);
    qn_two_point_clear(&two_point);
    given = prepare(&noisy, matrix, NULL);
    qn_given_prediction found = {.size = 77};
    assert_int_equal(qn_given_matrix_predict(given, 0, NULL, &stop, &found), QN_STOPPED);
    assert_int_equal(found.size, 77);
    qn_given_matrix_destroy(given);
    free(matrix);
}

// Panels and Filon weights: int exp(i omega lag) omega^3 / 2 pi over [1, 3], by a fine midpoint sum.
static void lagged_weights_integrate_polynomials(void **state)
{
    (void)state;
    static const double lags[] = {0.0, 0.3, -2.0, 24.5, 23.5, 200.0};
    for (size_t l = 0; l < sizeof lags / sizeof *lags; ++l) {
        double nodes[QN_GIVEN_NODES];
        double complex weights[QN_GIVEN_NODES], found = 0.0, expected = 0.0;
        qn_given_panel_rule(1.0, 3.0, lags[l], nodes, weights);
        for (size_t j = 0; j < QN_GIVEN_NODES; ++j) found += weights[j] * pow(nodes[j], 3.0);
        enum { POINTS = 400000 };
        for (size_t i = 0; i < POINTS; ++i) {
            const double omega = 1.0 + 2.0 * ((double)i + 0.5) / POINTS;
            expected += cexp(I * omega * lags[l]) * pow(omega, 3.0) * 2.0 / POINTS / (2.0 * M_PI);
        }
        assert_within(cabs(found - expected), 0.0, 1e-8);
    }
}

// K(S) of a semicircle is k_2 S, of eigenvalues all alike that eigenvalue.
static void feedback_is_the_r_transform(void **state)
{
    (void)state;
    enum { N = 4000 };
    double complex *values = calloc(N, sizeof *values);
    assert_non_null(values);
    const double complex s = 0.5 - 0.3 * I;
    for (size_t i = 0; i < N; ++i) { // quantiles of the semicircle of radius 2 r: theta - sin(2 theta) / 2 = pi u
        const double u = ((double)i + 0.5) / N;
        double low = 0.0, high = M_PI;
        for (int step = 0; step < 60; ++step) {
            const double middle = 0.5 * (low + high);
            if (middle - 0.5 * sin(2.0 * middle) < M_PI * u)
                low = middle;
            else
                high = middle;
        }
        values[i] = 0.3 - 2.0 * 0.7 * cos(low);
    }
    double complex k = 0.0;
    assert_ok(qn_given_feedback(N, values, s, &k));
    assert_within(cabs(k - (0.3 + 0.49 * s)), 0.0, 1e-4);
    for (size_t i = 0; i < N; ++i) values[i] = -0.4;
    assert_ok(qn_given_feedback(N, values, s, &k));
    assert_within(cabs(k + 0.4), 0.0, 1e-12);
    assert_ok(qn_given_feedback(N, values, 0.0, &k));
    assert_within(cabs(k + 0.4), 0.0, 1e-12);
    free(values);
}

static void what_is_not_covered_is_refused(void **state)
{
    (void)state;
    double *matrix = draw(&noisy, 2);
    qn_two_point two_point;
    qn_given_matrix *given = NULL;
    assert_ok(qn_two_point_solve(&noisy, NULL, &two_point));
    qn_rate_network other = noisy;
    other.transfer.kind = QN_TRANSFER_RELU;
    assert_fails(qn_given_matrix_create(&other, &two_point, matrix, NULL, NULL, &given), QN_BAD_VALUE,
                 "network.transfer is relu; theory covers odd transfer functions");
    other = noisy, other.input = 0.1;
    assert_fails(qn_given_matrix_create(&other, &two_point, matrix, NULL, NULL, &given), QN_BAD_VALUE,
                 "network.input is 0.1");
    other = noisy, other.size = 5001;
    assert_fails(qn_given_matrix_create(&other, &two_point, matrix, NULL, NULL, &given), QN_BAD_VALUE,
                 "network.size is 5001; allowed: at most 5000");
    assert_fails(qn_given_matrix_create(&noisy, NULL, matrix, NULL, NULL, &given), QN_BAD_VALUE,
                 "two_point is missing");
    assert_fails(
        qn_given_matrix_create(&noisy, &two_point, matrix, &(qn_given_options){.tolerance = -1.0}, NULL, &given),
        QN_BAD_VALUE, "tolerance is -1");
    qn_two_point quiet = two_point;
    quiet.phase = QN_PHASE_QUIESCENT;
    assert_fails(qn_given_matrix_create(&noisy, &quiet, matrix, NULL, NULL, &given), QN_NO_SOLUTION,
                 "activity is quiescent");
    const double kept = matrix[31];
    matrix[31] = NAN;
    assert_fails(qn_given_matrix_create(&noisy, &two_point, matrix, NULL, NULL, &given), QN_BAD_VALUE,
                 "matrix[1][1] is nan");
    matrix[31] = kept;
    const qn_given_unit no_unit = {.last_frequency = 1.0};
    assert_fails(qn_given_matrix_create(&noisy, NULL, matrix, &(qn_given_options){.unit = &no_unit}, NULL, &given),
                 QN_BAD_VALUE, "unit.at is missing");
    assert_null(given);
    assert_ok(qn_given_matrix_create(&noisy, &two_point, matrix,
                                     &(qn_given_options){.source = QN_GIVEN_SOURCE_DIAGONAL}, NULL, &given));
    qn_given_prediction found;
    assert_fails(qn_given_matrix_predict(given, 0, NULL, NULL, &found), QN_NO_SOLUTION, "negative power");
    const double lag = 2000.0;
    assert_fails(qn_given_matrix_predict(given, 1, &lag, NULL, &found), QN_BAD_VALUE, "lag is 2000 tau");
    qn_given_matrix_destroy(given);
    qn_two_point_clear(&two_point);
    free(matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lagged_weights_integrate_polynomials),
                                       cmocka_unit_test(linear_networks_are_exact),
                                       cmocka_unit_test(unstable_directions_are_refused_or_left_out),
                                       cmocka_unit_test(cross_spectra_agree_with_plain_inverses),

                                       cmocka_unit_test(diagonal_source_makes_units_alike),
                                       cmocka_unit_test(a_callback_stops),

                                       cmocka_unit_test(feedback_is_the_r_transform),
                                       cmocka_unit_test(what_is_not_covered_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
