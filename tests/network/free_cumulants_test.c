#include "testing.h"

enum { N = 100 };

static qn_free_cumulants of_matrix(size_t size, double *values)
{
    const qn_matrix matrix = {.rows = size, .columns = size, .values = values};
    qn_moments moments;
    qn_free_cumulants found;
    assert_ok(qn_moments_find(&matrix, NULL, NULL, &moments));
    qn_free_cumulants_of(&moments, &found);
    return found;
}

// J = c identity: m_n = c^n, so k_1 = c and nothing else.
static void a_shift_has_one_cumulant(void **state)
{
    (void)state;
    static double J[N * N];
    for (size_t i = 0; i < N; ++i) J[i * N + i] = 1.7;
    const qn_free_cumulants found = of_matrix(N, J);
    assert_close(found.value[0], 1.7, 1e-13);
    assert_within(found.value[1], 0.0, 1e-13);
    assert_within(found.value[2], 0.0, 1e-13);
}

// Free Poisson: for J = X X^T / N with independent N x M deviates every k_n is M / N, to O(1 / N) of means.
static void a_free_poisson_law_has_all_alike(void **state)
{
    (void)state;
    enum { SIZE = 400, M = 200 };
    static double X[SIZE * M], J[SIZE * SIZE];
    qn_normal(&(qn_stream){31, QN_PURPOSE_TEST, 0}, 0, (size_t)SIZE * M, X);
    for (size_t i = 0; i < SIZE; ++i)
        for (size_t j = 0; j < SIZE; ++j)
            for (size_t a = 0; a < M; ++a) J[i * SIZE + j] += X[i * M + a] * X[j * M + a] / SIZE;
    const qn_free_cumulants found = of_matrix(SIZE, J);
    for (size_t n = 0; n < 3; ++n) assert_within(found.value[n], 0.5, 0.02);
    for (size_t n = 0; n < 3; ++n) assert_true(found.z[n] > 20.0);
}

// The null's mean and deviation against 400 matrices; unequal units, whose strengths as senders and receivers agree.
static void check_null(double spread)
{
    enum { DRAWS = 400 };
    static double J[N * N], gain[N];
    double mean[3] = {0}, square[3] = {0};
    qn_normal(&(qn_stream){32, QN_PURPOSE_TEST, 1000}, 0, N, gain);
    for (size_t i = 0; i < N; ++i) gain[i] = exp(spread * gain[i]);
    for (uint64_t d = 0; d < DRAWS; ++d) {
        qn_normal(&(qn_stream){32, QN_PURPOSE_TEST, d}, 0, N * N, J);
        for (size_t k = 0; k < N * N; ++k) J[k] *= 1.3 * gain[k / N] * gain[k % N] / sqrt(N);
        const qn_free_cumulants found = of_matrix(N, J);
        for (size_t n = 0; n < 3; ++n) {
            mean[n] += found.z[n] / DRAWS;
            square[n] += found.z[n] * found.z[n] / DRAWS;
        }
    }
    // Standard errors: 0.05 of the mean, 0.07 of the mean square; corrections of relative order 1 / N, more with
    // spread.
    for (size_t n = 0; n < 3; ++n) {
        assert_within(mean[n], 0.0, 0.2);
        assert_within(square[n], 1.0, 0.3);
    }
}

static void the_null_is_what_independent_entries_do(void **state)
{
    (void)state;
    check_null(0.0);
    check_null(0.3);
}

// Six matrices against the ensemble's formula.
static void check_ensemble(const qn_coupling *coupling)
{
    enum { SIZE = 500 };
    static double J[SIZE * SIZE];
    double expected[3], mean[3] = {0};
    assert_ok(qn_coupling_free_cumulants(coupling, SIZE, 3, expected));
    for (uint64_t draw = 0; draw < 6; ++draw) {
        assert_ok(qn_coupling_draw(coupling, SIZE, 40, draw, J));
        const qn_free_cumulants found = of_matrix(SIZE, J);
        for (size_t n = 0; n < 3; ++n) mean[n] += found.value[n] / 6.0;
    }
    // Deviations are of order g^n / N = up to 0.007, over sqrt(6), times a number that grows with n and the overlap.
    for (size_t n = 0; n < 3; ++n) assert_within(mean[n], expected[n], 0.02);
}

static void ensembles_have_those_of_their_matrices(void **state)
{
    (void)state;
    const qn_coupling flat = {.kind = QN_COUPLING_OVERLAPPING,
                              .strength = 0.9,
                              .spectrum = {.effective_rank = 1.0},
                              .overlap = 0.8,
                              .overlap_fraction = 0.5,
                              .overlap_rest = -0.4};
    const qn_coupling elliptic = {.kind = QN_COUPLING_ELLIPTIC, .strength = 1.5, .symmetry = 0.4};
    check_ensemble(&flat);
    check_ensemble(&elliptic);
    check_ensemble(&(qn_coupling){.kind = QN_COUPLING_OVERLAPPING,
                                  .strength = 1.2,
                                  .spectrum = {.kind = QN_SPECTRUM_EXPONENTIAL, .effective_rank = 0.5},
                                  .overlap = -0.6});
    check_ensemble(&(qn_coupling){.kind = QN_COUPLING_IID, .strength = 1.5});
    const qn_mode_spectrum half = {.effective_rank = 0.5};
    check_ensemble(&(qn_coupling){.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.5, .spectrum = half});
    check_ensemble(&(qn_coupling){.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 1.5, .spectrum = half});
    double k[4];
    assert_ok(qn_coupling_free_cumulants(&flat, N, 4, k)); // D = 0.9: half at 0.72, half at -0.36
    for (int n = 1; n <= 4; ++n) assert_close(k[n - 1], 0.5 * pow(0.72, n) + 0.5 * pow(-0.36, n), 1e-12);
    assert_ok(qn_coupling_free_cumulants(&elliptic, N, 4, k));
    assert_true(k[0] == 0.0 && k[2] == 0.0 && k[3] == 0.0);
    assert_close(k[1], 0.9, 1e-15);
}

// Its mean taken off, at the strength asked for.
static void a_given_matrix_is_computed(void **state)
{
    (void)state;
    static double J[N * N], deviations[N * N];
    double mean = 0.0, square = 0.0;
    qn_normal(&(qn_stream){33, QN_PURPOSE_TEST, 0}, 0, N * N, J);
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < i; ++j) J[j * N + i] = J[i * N + j];
    for (size_t k = 0; k < N * N; ++k) mean += (J[k] += 0.5) / (N * N);
    for (size_t k = 0; k < N * N; ++k) square += pow(J[k] - mean, 2) / N;
    for (size_t k = 0; k < N * N; ++k) deviations[k] = (J[k] - mean) * 1.4 / sqrt(square);
    const qn_free_cumulants expected = of_matrix(N, deviations);
    assert_within(expected.value[1], 1.96, 0.05); // symmetric: k_2 = g^2
    const qn_matrix matrix = {.rows = N, .columns = N, .values = J};
    double k[4];
    assert_ok(qn_coupling_free_cumulants(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &matrix, .strength = 1.4},
                                         N, 3, k));
    for (size_t n = 0; n < 3; ++n) assert_close(k[n], expected.value[n], 1e-11);
    const qn_coupling given = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix};
    assert_fails(qn_coupling_free_cumulants(&given, N, 4, k), QN_BAD_VALUE, "allowed: 1 to 3");
    assert_fails(qn_coupling_free_cumulants(&given, N, 0, k), QN_BAD_VALUE, "at least 1");
    assert_fails(qn_coupling_free_cumulants(&given, N + 1, 1, k), QN_BAD_VALUE, "network.coupling.matrix is 100 x 100");
    for (size_t e = 0; e < N * N; ++e) J[e] = 0.25;
    assert_ok(qn_coupling_free_cumulants(&given, N, 3, k));
    assert_true(k[0] == 0.0 && k[1] == 0.0 && k[2] == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shift_has_one_cumulant),
        cmocka_unit_test(a_free_poisson_law_has_all_alike),
        cmocka_unit_test(the_null_is_what_independent_entries_do),
        cmocka_unit_test(ensembles_have_those_of_their_matrices),
        cmocka_unit_test(a_given_matrix_is_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
