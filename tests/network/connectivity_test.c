#include "testing.h"

enum { N = 200 };

static double J[N * N];

static void draw(uint64_t index)
{
    qn_normal(&(qn_stream){3, QN_PURPOSE_TEST, index}, 0, N * N, J);
    for (size_t k = 0; k < N * N; ++k) J[k] *= 1.5 / sqrt(N);
}

static qn_matrix dense(size_t size) { return (qn_matrix){.rows = size, .columns = size, .values = J}; }

// The same sums over J with its mean taken off every entry.
static void check_deviations(const qn_connectivity *found)
{
    static double deviation[N * N];
    double m2 = 0.0, m4 = 0.0;
    for (size_t k = 0; k < N * N; ++k) deviation[k] = J[k] - found->mean / N;
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) {
            double product = 0.0;
            for (size_t k = 0; k < N; ++k) product += deviation[i * N + k] * deviation[j * N + k];
            m4 += product * product / N;
            m2 += i == j ? product / N : 0.0;
        }
    assert_close(found->deviation_m2, m2, 1e-11);
    assert_close(found->deviation_inverse_effective_rank, m4 / (m2 * m2) - 2.0, 1e-10);
}

// A large mean on sparse entries, the same by both ways a coupling may be given; all entries equal have no deviations.
static void the_mean_is_taken_off(void **state)
{
    (void)state;
    draw(4);
    for (size_t k = 0; k < N * N; ++k) J[k] = k % 5 == 0 ? 1.0 + J[k] : 0.0;
    const qn_matrix full = dense(N);
    qn_connectivity found;
    assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &found));
    assert_true(found.mean > 30.0);
    check_deviations(&found);
    double inverse;
    assert_ok(
        qn_coupling_inverse_effective_rank(&(qn_coupling){.kind = QN_COUPLING_GIVEN, .matrix = &full}, N, &inverse));
    assert_close(found.deviation_inverse_effective_rank, inverse, 1e-10);
    for (size_t k = 0; k < N * N; ++k) J[k] = 0.1;
    assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &found));
    assert_true(found.deviation_m2 == 0.0 && isnan(found.deviation_inverse_effective_rank));
}

// Of `period` pairs, `kept` have an entry: more than an eighth is analysed dense, less sparse.
static void check_moments(size_t kept, size_t period)
{
    draw(1);
    for (size_t k = 0; k < N * N; ++k)
        if (k % period >= kept || k / N == 5 || k % N == 9 || k / N == 17 || k % N == 17) J[k] = 0.0;
    static size_t start[N + 1];
    static uint32_t column[N * N];
    static double value[N * N];
    size_t n = 0, loops = 0;
    double sum = 0.0, m2 = 0.0, m4 = 0.0;
    for (size_t i = 0; i < N; ++i) {
        for (size_t j = 0; j < N; ++j) {
            double product = 0.0;
            for (size_t k = 0; k < N; ++k) product += J[i * N + k] * J[j * N + k];
            m4 += product * product / N;
            m2 += i == j ? product / N : 0.0;
            sum += J[i * N + j] / N;
            if (J[i * N + j] == 0.0) continue;
            loops += i == j;
            column[n] = (uint32_t)j;
            value[n++] = J[i * N + j];
        }
        start[i + 1] = n;
    }
    const qn_matrix full = dense(N), sparse = {N, N, true, value, n, start, column};
    qn_connectivity a, b;
    assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &a));
    assert_ok(qn_connectivity_analyse(&sparse, NULL, NULL, &b));
    assert_memory_equal(&a, &b, sizeof a);
    assert_close(a.mean, sum, 1e-12);
    assert_close(a.m2, m2, 1e-12);
    assert_close(a.m4, m4, 1e-12);
    assert_close(a.kappa4, m4 - 2.0 * m2 * m2, 1e-12);
    assert_close(a.effective_rank, m2 * m2 / m4, 1e-12);
    check_deviations(&a);
    assert_int_equal(a.entries, n);
    assert_int_equal(a.self_loops, loops);
    assert_int_equal(a.silent_rows, 2);
    assert_int_equal(a.silent_columns, 2);
    assert_ok(qn_connectivity_analyse(&full, &(qn_connectivity_options){true, true}, NULL, &b));
    assert_int_equal(b.entries, n - loops);
    assert_int_equal(b.size, N - 1);
    assert_int_equal(b.dropped, 1);
    assert_close(b.deviation_m2, b.m2 - b.mean * b.mean / (N - 1), 1e-11);
}

static void moments_are_those_of_the_plain_sums(void **state)
{
    (void)state;
    check_moments(3, 7);
    check_moments(1, 11);
}

static void independent_entries_have_no_effective_rank(void **state)
{
    (void)state;
    double mean = 0.0, square = 0.0, error = 0.0;
    for (uint64_t k = 0; k < 20; ++k) {
        draw(10 + k);
        const qn_matrix full = dense(N);
        qn_connectivity found;
        assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &found));
        mean += found.inverse_effective_rank / 20.0;
        square += found.inverse_effective_rank * found.inverse_effective_rank / 20.0;
        error += found.inverse_effective_rank_error / 20.0;
    }
    // E = 1 / N up to O(1 / N^2): (1/N) E tr (J J^T)^2 = g^4 (2 + 1/N).
    assert_within(mean, 1.0 / N, 0.006);
    const double spread = sqrt(square - mean * mean);
    assert_true(error > 0.4 * spread && error < 3.0 * spread);
}

static void an_orthogonal_matrix_gives_minus_one(void **state)
{
    (void)state;
    memset(J, 0, sizeof J);
    // A reflection: I - 2 v v^T with v all equal.
    for (size_t k = 0; k < N * N; ++k) J[k] = 3.0 * ((k / N == k % N) - 2.0 / N);
    const qn_matrix full = dense(N);
    qn_connectivity found;
    assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &found));
    assert_close(found.m2, 9.0, 1e-12);
    assert_within(found.inverse_effective_rank, -1.0, 1e-12);
    assert_within(found.effective_rank, 1.0, 1e-12);
}

static void check_threads(void)
{
    const qn_matrix full = dense(N);
    qn_connectivity one, four;
    qn_set_threads(1);
    assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &one));
    qn_set_threads(4);
    assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &four));
    qn_set_threads(0);
    assert_memory_equal(&one, &four, sizeof one);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    draw(2);
    check_threads();
    for (size_t k = 0; k < N * N; ++k)
        if (k % 9 > 0) J[k] = 0.0;
    check_threads();
}

// Products by BLAS and scattered ones: fills on either side of where one turns into the other. The jackknife too must
// not care; here against leaving rows out by hand, which leaves n rows of N and counts pairs of them as if all N were
// there.
static void the_error_is_the_jackknife_over_rows(void **state)
{
    (void)state;
    enum { SIZE = 60, GROUPS = 20 };
    for (size_t period = 3; period < 40; period += 30) {
        draw(5);
        static double small[SIZE * SIZE];
        for (size_t k = 0; k < SIZE * SIZE; ++k) small[k] = k % period ? 0.0 : J[k];
        double without[GROUPS], mean = 0.0, spread = 0.0;
        for (size_t g = 0; g < GROUPS; ++g) {
            double m2 = 0.0, own = 0.0, others = 0.0;
            const size_t left = SIZE - SIZE / GROUPS;
            const double n = (double)left;
            for (size_t i = 0; i < SIZE; ++i)
                for (size_t j = 0; j < SIZE; ++j) {
                    if (i % GROUPS == g || j % GROUPS == g) continue;
                    double product = 0.0;
                    for (size_t k = 0; k < SIZE; ++k) product += small[i * SIZE + k] * small[j * SIZE + k];
                    m2 += i == j ? product / n : 0.0;
                    own += i == j ? product * product / n : 0.0;
                    others += i != j ? product * product / n : 0.0;
                }
            without[g] = (own + others * (SIZE - 1) / (n - 1)) / (m2 * m2);
            mean += without[g] / GROUPS;
        }
        for (size_t g = 0; g < GROUPS; ++g) spread += (without[g] - mean) * (without[g] - mean);
        const qn_matrix full = {.rows = SIZE, .columns = SIZE, .values = small};
        qn_connectivity found;
        assert_ok(qn_connectivity_analyse(&full, NULL, NULL, &found));
        assert_close(found.inverse_effective_rank_error, sqrt(spread * (GROUPS - 1.0) / GROUPS), 1e-11);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    memset(J, 0, sizeof J);
    qn_connectivity found = {.size = 7};
    qn_matrix matrix = dense(4);
    assert_fails(qn_connectivity_analyse(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "no entries other than zero");
    J[5] = 1.0;
    assert_fails(qn_connectivity_analyse(&matrix, &(qn_connectivity_options){.drop_self_loops = true}, NULL, &found),
                 QN_BAD_VALUE, "other than zero off the diagonal, of 4 units");
    matrix.columns = 3;
    assert_fails(qn_connectivity_analyse(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "4 rows and 3 columns");
    matrix = (qn_matrix){0};
    assert_fails(qn_connectivity_analyse(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "has 0 units");
    matrix = dense(4);
    J[5] = 1e200;
    assert_fails(qn_connectivity_analyse(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "leave the range of numbers");
    assert_int_equal(found.size, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_of_the_plain_sums),
        cmocka_unit_test(the_mean_is_taken_off),
        cmocka_unit_test(independent_entries_have_no_effective_rank),
        cmocka_unit_test(an_orthogonal_matrix_gives_minus_one),
        cmocka_unit_test(the_error_is_the_jackknife_over_rows),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
