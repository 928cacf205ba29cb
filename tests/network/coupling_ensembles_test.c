// Couplings drawn from modes, and with correlated entries: their moments are those theory is told of.
#include "testing.h"

#include "base/memory.h"
#include "numerics/linear_algebra.h"

#include <quenched/coupling.h>
#include <quenched/random.h>
#include <quenched/threads.h>

#include <stdlib.h>

enum { SIZE = 400 };

static double *draw(const qn_coupling *coupling, size_t size)
{
    double *j = malloc(size * size * sizeof *j);
    assert_non_null(j);
    assert_ok(qn_coupling_draw(coupling, size, 5, 2, j));
    return j;
}

typedef struct {
    double mean, second, inverse_rank, symmetry; // m2 and m4 / m2^2 - 2 of the drawn matrix; sum J_ij J_ji / sum J^2
} moments;

static moments moments_of(const double *j, size_t size)
{
    moments m = {0};
    double fourth = 0.0, transposed = 0.0;
    for (size_t a = 0; a < size; ++a)
        for (size_t b = 0; b < size; ++b) {
            double product = 0.0;
            for (size_t k = 0; k < size; ++k) product += j[a * size + k] * j[b * size + k];
            fourth += product * product;
            m.mean += j[a * size + b];
            m.second += j[a * size + b] * j[a * size + b];
            transposed += j[a * size + b] * j[b * size + a];
        }
    const double n = (double)size;
    m.symmetry = transposed / m.second;
    m.mean /= n, m.second /= n;
    m.inverse_rank = fourth / n / (m.second * m.second) - 2.0;
    return m;
}

static double told_rank(const qn_coupling *coupling, size_t size)
{
    double inverse;
    assert_ok(qn_coupling_inverse_effective_rank(coupling, size, &inverse));
    return inverse;
}

// The modes' own D give 1/PR^D exactly; m4 of the drawn matrix must give the same but for its fluctuation, of order 1/N
// relative to 2 + 1/PR^D (no factor of two would pass).
static void random_modes_have_the_effective_rank_asked_for(void **state)
{
    (void)state;
    const double ranks[] = {0.1, 0.5, 1.0, 2.0};
    for (size_t kind = 0; kind < 2; ++kind)
        for (size_t i = 0; i < 4; ++i) {
            const qn_coupling c = {
                .kind = QN_COUPLING_RANDOM_MODE,
                .strength = 1.7,
                .spectrum = {.kind = kind ? QN_SPECTRUM_EXPONENTIAL : QN_SPECTRUM_FLAT, .effective_rank = ranks[i]}};
            assert_close(told_rank(&c, SIZE), 1.0 / ranks[i], 1e-9);
            double *j = draw(&c, SIZE);
            const moments m = moments_of(j, SIZE);
            assert_close(m.second, 1.7 * 1.7, 0.05);
            assert_within(m.inverse_rank, 1.0 / ranks[i], 0.05 * (2.0 + 1.0 / ranks[i]));
            free(j);
        }
}

static void orthogonal_modes_are_orthogonal(void **state)
{
    (void)state;
    qn_coupling c = {.kind = QN_COUPLING_ORTHOGONAL_MODE,
                     .strength = 3.0,
                     .spectrum = {.kind = QN_SPECTRUM_FLAT, .effective_rank = 1.0}};
    double *j = draw(&c, SIZE);
    moments m = moments_of(j, SIZE);
    assert_close(m.second, 9.0, 1e-12);
    assert_close(m.inverse_rank, -1.0, 1e-12);
    assert_close(told_rank(&c, SIZE), -1.0, 1e-12);
    assert_within(m.symmetry, 0.0, 0.02);
    free(j);
    c.spectrum = (qn_mode_spectrum){.kind = QN_SPECTRUM_POWER_LAW, .exponent = 0.4};
    j = draw(&c, SIZE);
    m = moments_of(j, SIZE);
    assert_close(m.inverse_rank, told_rank(&c, SIZE), 1e-9);
    free(j);
}

// The trace of a Haar matrix has mean 0 and variance 1; with the signs LAPACK leaves, its mean is near -5.7 at N = 100.
static void orthogonal_matrices_are_haar(void **state)
{
    (void)state;
    enum { N = 100, DRAWS = 60 };
    double *q = malloc(N * N * sizeof *q), sum = 0.0, squares = 0.0;
    assert_non_null(q);
    for (uint64_t r = 0; r < DRAWS; ++r) {
        const qn_stream stream = {3, QN_PURPOSE_COUPLING, r};
        qn_normal(&stream, 0, N * N, q);
        assert_ok(qn_orthonormalise(N, N, q));
        double trace = 0.0;
        for (size_t i = 0; i < N; ++i) trace += q[i * N + i];
        sum += trace, squares += trace * trace;
    }
    assert_within(sum / DRAWS, 0.0, 0.6);     // standard error 0.13
    assert_within(squares / DRAWS, 1.0, 0.8); // standard error 0.18
    free(q);
}

// C4 of a given matrix, whatever its unit; one of equal entries has neither strength nor rank.
static void given_matrices_have_a_rank_unless_constant(void **state)
{
    (void)state;
    enum { N = 37 };
    const qn_coupling orthogonal = {
        .kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 1.0, .spectrum = {.effective_rank = 1.0}};
    double *j = draw(&orthogonal, N), mean = 0.0;
    for (size_t i = 0; i < N * N; ++i) mean += j[i] / (N * N);
    for (size_t i = 0; i < N * N; ++i) j[i] -= mean;
    const double expected = moments_of(j, N).inverse_rank, units[] = {1.0, 1e-90, 1e90};
    const qn_matrix matrix = {.rows = N, .columns = N, .values = j};
    for (size_t u = 0; u < 3; ++u) {
        for (size_t i = 0; i < N * N; ++i) j[i] *= units[u];
        assert_close(told_rank(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &matrix}, N), expected, 1e-9);
        for (size_t i = 0; i < N * N; ++i) j[i] /= units[u];
    }
    double inverse = 0.0;
    for (size_t i = 0; i < N * N; ++i) j[i] = 0.1;
    qn_coupling c = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix};
    assert_fails(qn_coupling_inverse_effective_rank(&c, N, &inverse), QN_BAD_VALUE, "are equal");
    c.strength = 1.0;
    assert_fails(qn_coupling_inverse_effective_rank(&c, N, &inverse), QN_BAD_VALUE, "nothing to rescale");
    c.strength = 0.0;
    for (size_t i = 0; i < N * N; ++i) j[i] = 1e200;
    assert_fails(qn_coupling_inverse_effective_rank(&c, N, &inverse), QN_BAD_VALUE, "too large");
    free(j);
}

// Half at rho, half at -rho: the trace cancels, tr J^2 / N = <(D rho)^2> does not, and m2 stays g^2.
static void the_other_modes_overlap_as_told(void **state)
{
    (void)state;
    const qn_coupling c = {.kind = QN_COUPLING_OVERLAPPING,
                           .strength = 0.8,
                           .spectrum = {.effective_rank = 1.0},
                           .overlap = 0.7,
                           .overlap_fraction = 0.5,
                           .overlap_rest = -0.7};
    double *j = draw(&c, SIZE), trace = 0.0;
    for (size_t i = 0; i < SIZE; ++i) trace += j[i * SIZE + i] / SIZE;
    const moments m = moments_of(j, SIZE);
    assert_within(trace, 0.0, 0.02);
    assert_close(m.second, 0.64, 0.03);
    assert_within(m.symmetry * m.second, 0.64 * 0.49, 0.02);
    free(j);
}

static void other_spectra_are_what_they_say(void **state)
{
    (void)state;
    const double list[] = {2.0, 1.0, 1.0};
    qn_coupling c = {.kind = QN_COUPLING_RANDOM_MODE,
                     .strength = 1.0,
                     .spectrum = {.kind = QN_SPECTRUM_LIST, .values = list, .count = 3}};
    size_t modes;
    double *d, *rho;
    assert_ok(qn_coupling_modes(&c, 100, &modes, &d, &rho));
    assert_int_equal(modes, 3);
    assert_close(d[0] * d[0] + d[1] * d[1] + d[2] * d[2], 100.0, 1e-12);
    assert_close(d[0] / d[1], 2.0, 1e-12);
    assert_close(told_rank(&c, 100), 100.0 * 18.0 / 36.0, 1e-12);
    free(d), free(rho);
    c.spectrum = (qn_mode_spectrum){.kind = QN_SPECTRUM_TWO_LEVEL, .ratio = 3.0, .fraction = 0.25, .modes = 0.4};
    assert_ok(qn_coupling_modes(&c, 100, &modes, &d, &rho));
    assert_int_equal(modes, 40);
    assert_close(d[9] / d[10], 3.0, 1e-12);
    free(d), free(rho);
}

static void overlaps_and_symmetry_are_seen_in_the_matrix(void **state)
{
    (void)state;
    // (1/N) tr J = <D rho>: half of the modes at 0.6, D = strength.
    qn_coupling c = {.kind = QN_COUPLING_OVERLAPPING,
                     .strength = 1.2,
                     .spectrum = {.kind = QN_SPECTRUM_FLAT, .effective_rank = 1.0},
                     .overlap = 0.6,
                     .overlap_fraction = 0.5};
    double *j = draw(&c, SIZE), trace = 0.0;
    for (size_t i = 0; i < SIZE; ++i) trace += j[i * SIZE + i] / SIZE;
    assert_within(trace, 1.2 * 0.6 * 0.5, 0.02);
    free(j);
    c = (qn_coupling){.kind = QN_COUPLING_ELLIPTIC, .strength = 1.1, .symmetry = -0.5};
    j = draw(&c, SIZE);
    const moments m = moments_of(j, SIZE);
    assert_within(m.symmetry, -0.5, 0.01);
    assert_close(m.second, 1.21, 0.02);
    assert_within(m.inverse_rank, told_rank(&c, SIZE), 0.05);
    free(j);
}

static void an_outlier_stands_above_the_bulk(void **state)
{
    (void)state;
    const qn_coupling c = {.kind = QN_COUPLING_LOW_RANK, .strength = 1.0, .rank = 1, .rank_strength = 5.0};
    double *j = draw(&c, SIZE);
    assert_close(moments_of(j, SIZE).second, 1.0 + 25.0 / SIZE, 0.02);
    free(j);
}

static void threads_change_nothing_and_the_operator_is_the_matrix(void **state)
{
    (void)state;
    enum { N = 130, VECTORS = 16 };
    const qn_coupling_kind kinds[] = {QN_COUPLING_RANDOM_MODE, QN_COUPLING_ORTHOGONAL_MODE, QN_COUPLING_ELLIPTIC};
    for (size_t k = 0; k < 3; ++k) {
        const qn_coupling c = {.kind = kinds[k],
                               .strength = 2.0,
                               .symmetry = 0.3,
                               .spectrum = {.kind = QN_SPECTRUM_FLAT, .effective_rank = 0.5}};
        qn_set_threads(1);
        double *one = draw(&c, N);
        qn_set_threads(2);
        double *two = draw(&c, N);
        assert_memory_equal(one, two, N * N * sizeof *one);
        qn_coupling_operator *operator;
        assert_ok(qn_coupling_operator_create(&c, N, 5, 2, QN_PRECISION_DOUBLE, &operator));
        double *in, *out;
        assert_ok(QN_NEW(&in, N * VECTORS, "test"));
        assert_ok(QN_NEW(&out, N * VECTORS, "test"));
        for (size_t i = 0; i < N; ++i) in[i * VECTORS] = (double)(i % 7) - 3.0;
        qn_coupling_operator_apply(operator, 1, VECTORS, in, out);
        for (size_t i = 0; i < N; ++i) {
            double sum = 0.0;
            for (size_t l = 0; l < N; ++l) sum += one[i * N + l] * in[l * VECTORS];
            assert_close(out[i * VECTORS], sum, 1e-12);
        }
        qn_release(in), qn_release(out);
        qn_coupling_operator_destroy(operator);
        free(one), free(two);
    }
}

static void bad_couplings_are_refused_by_name(void **state)
{
    (void)state;
    const double negative[] = {1.0, -2.0}, zero[] = {0.0, 0.0};
    const qn_mode_spectrum flat = {.effective_rank = 0.5};
    const struct {
        qn_coupling coupling;
        const char *message;
    } cases[] = {
        {{.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.0}, "spectrum.effective_rank is 0; allowed: greater than 0"},
        {{.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.0, .spectrum = {.effective_rank = -0.2}},
         "spectrum.effective_rank is -0.2; allowed: greater than 0"},
        {{.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 1.0, .spectrum = {.effective_rank = 1.5}},
         "spectrum.effective_rank is 1.5; allowed: greater than 0, at most 1"},
        {{.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.0, .spectrum = {.effective_rank = 0.001}}, "at least 1 mode"},
        {{.kind = QN_COUPLING_OVERLAPPING, .strength = 1.0, .spectrum = flat, .overlap = 1.1},
         "network.coupling.overlap is 1.1; allowed: -1 to 1"},
        {{.kind = QN_COUPLING_OVERLAPPING, .strength = 1.0, .spectrum = flat, .overlap_rest = -1.1},
         "network.coupling.overlap_rest is -1.1; allowed: -1 to 1"},
        {{.kind = QN_COUPLING_ELLIPTIC, .strength = 1.0, .symmetry = -2.0}, "symmetry is -2; allowed: -1 to 1"},
        {{.kind = QN_COUPLING_LOW_RANK, .strength = 1.0}, "rank_strength is 0; allowed: finite, greater than 0"},
        {{.kind = QN_COUPLING_RANDOM_MODE, .strength = 0.0, .spectrum = flat}, "strength is 0"},
        {{.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.0, .mean = 2.0, .spectrum = flat}, "mean is 2; only iid"},
        {{.kind = QN_COUPLING_RANDOM_MODE,
          .strength = 1.0,
          .spectrum = {.kind = QN_SPECTRUM_LIST, .values = negative, .count = 2}},
         "values[1] is -2"},
        {{.kind = QN_COUPLING_RANDOM_MODE,
          .strength = 1.0,
          .spectrum = {.kind = QN_SPECTRUM_LIST, .values = zero, .count = 2}},
         "are all 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_fails(qn_coupling_check(&cases[i].coupling, 100), QN_BAD_VALUE, cases[i].message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_modes_have_the_effective_rank_asked_for),
                                       cmocka_unit_test(orthogonal_modes_are_orthogonal),
                                       cmocka_unit_test(orthogonal_matrices_are_haar),
                                       cmocka_unit_test(given_matrices_have_a_rank_unless_constant),
                                       cmocka_unit_test(the_other_modes_overlap_as_told),
                                       cmocka_unit_test(other_spectra_are_what_they_say),
                                       cmocka_unit_test(overlaps_and_symmetry_are_seen_in_the_matrix),
                                       cmocka_unit_test(an_outlier_stands_above_the_bulk),
                                       cmocka_unit_test(threads_change_nothing_and_the_operator_is_the_matrix),
                                       cmocka_unit_test(bad_couplings_are_refused_by_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
