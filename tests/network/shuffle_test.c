#include "sparse_matrix.h"
#include "testing.h"

#include <stdlib.h>

enum { N = 300 };

static double J[N * N], R[N * N];

// Hubs on both sides, some self-loops, two silent units.
static void draw(bool self_loops)
{
    static double u[N * N], gain[2 * N];
    qn_uniform(&(qn_stream){51, QN_PURPOSE_TEST, 0}, 0, N * N, u);
    qn_normal(&(qn_stream){51, QN_PURPOSE_TEST, 1}, 0, N * N, J);
    qn_normal(&(qn_stream){51, QN_PURPOSE_TEST, 2}, 0, 2 * N, gain);
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) {
            const bool linked = u[i * N + j] < 0.03 * exp(gain[i] + gain[N + j]) && i != 7 && j != 11;
            if (!linked || (i == j && !self_loops)) J[i * N + j] = 0.0;
        }
}

static qn_matrix dense(double *values, size_t size)
{
    return (qn_matrix){.rows = size, .columns = size, .values = values};
}

// Shuffle J in both storages, which must agree; the result, dense, in R.
static qn_shuffle_report shuffle(qn_shuffle_options options)
{
    qn_matrix full = dense(J, N), sparse = sparse_of(J, N), from_full, from_sparse;
    qn_shuffle_report report, other;
    qn_set_threads(1);
    assert_ok(qn_shuffle(&full, &options, NULL, &from_full, &report));
    qn_set_threads(3);
    assert_ok(qn_shuffle(&sparse, &options, NULL, &from_sparse, &other));
    qn_set_threads(0);
    assert_false(from_full.sparse);
    assert_true(from_sparse.sparse == (options.kind != QN_SHUFFLE_GAUSSIAN));
    memcpy(R, from_full.values, sizeof R);
    for (size_t i = 0; from_sparse.sparse && i < N; ++i)
        for (size_t k = from_sparse.row_start[i]; k < from_sparse.row_start[i + 1]; ++k) {
            assert_true(from_sparse.values[k] == R[i * N + from_sparse.column[k]]);
            assert_true(k == from_sparse.row_start[i] || from_sparse.column[k - 1] < from_sparse.column[k]);
        }
    assert_true(!from_sparse.sparse || from_sparse.entries == report.entries);
    assert_int_equal(report.entries, other.entries);
    qn_matrix_clear(&from_full);
    qn_matrix_clear(&from_sparse);
    forget(&sparse);
    return report;
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void assert_same_values(size_t count, const double *left, size_t step, const double *right)
{
    double *a = malloc(count * sizeof *a), *b = malloc(count * sizeof *b);
    for (size_t k = 0; k < count; ++k) a[k] = left[k * step], b[k] = right[k * step];
    qsort(a, count, sizeof *a, by_value);
    qsort(b, count, sizeof *b, by_value);
    assert_memory_equal(a, b, count * sizeof *a);
    free(a);
    free(b);
}

static void weights_are_permuted_where_they_are(void **state)
{
    (void)state;
    draw(true);
    const qn_shuffle_report report = shuffle((qn_shuffle_options){.kind = QN_SHUFFLE_WEIGHTS, .seed = 1});
    size_t same = 0, entries = 0;
    for (size_t k = 0; k < N * N; ++k) {
        assert_true((J[k] == 0.0) == (R[k] == 0.0));
        entries += J[k] != 0.0;
        same += J[k] != 0.0 && J[k] == R[k];
    }
    assert_same_values(N * N, J, 1, R);
    assert_true(same < 10 && entries > 2000); // one entry stays on average
    assert_int_equal(report.entries, entries);
    assert_true(report.kept == 1.0 && isnan(report.kept_by_chance));
}

static void rewiring_keeps_degrees_and_out_strength(void **state)
{
    (void)state;
    for (int loops = 0; loops < 2; ++loops) {
        draw(loops);
        const qn_shuffle_report report = shuffle((qn_shuffle_options){.kind = QN_SHUFFLE_REWIRE, .seed = 2});
        for (size_t i = 0; i < N; ++i) {
            size_t before = 0, after = 0;
            for (size_t j = 0; j < N; ++j) {
                before += J[i * N + j] != 0.0;
                after += R[i * N + j] != 0.0;
            }
            assert_int_equal(before, after);
            assert_same_values(N, J + i, N, R + i); // the weights of all that unit i sends
            assert_true(J[i * N + i] == R[i * N + i]);
        }
        // As unlike as two wirings with these degrees are; the chance formula counts pairs of hubs beyond 1.
        assert_true(report.kept < 1.05 * report.kept_by_chance && report.kept > 0.3 * report.kept_by_chance);
    }
}

// From as many rounds on as the default, nothing of the start is left: no more in common after three times as many.
static void thirty_rounds_are_enough(void **state)
{
    (void)state;
    draw(false);
    double one = 0.0, thirty = 0.0, many = 0.0, square = 0.0;
    for (uint64_t k = 0; k < 16; ++k) {
        qn_shuffle_options options = {.kind = QN_SHUFFLE_REWIRE, .seed = 3, .index = k, .rounds = 1};
        one += shuffle(options).kept / 16.0;
        options.rounds = 0;
        const double kept = shuffle(options).kept;
        thirty += kept / 16.0;
        square += kept * kept / 16.0;
        options.rounds = 100;
        many += shuffle(options).kept / 16.0;
    }
    const double error = sqrt((square - thirty * thirty) / 15.0);
    assert_true(one > thirty + 20.0 * error);
    assert_within(thirty, many, 4.0 * sqrt(2.0) * error);
}

// All wirings of five units with given degrees and no self-loops: each is reached, each as often.
static void every_wiring_is_as_likely(void **state)
{
    (void)state;
    enum { SIZE = 5, PAIRS = SIZE * (SIZE - 1), DRAWS = 5000 };
    static const double start[SIZE * SIZE] = {0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0,
                                              0, 1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0};
    size_t inputs[SIZE] = {0}, outputs[SIZE] = {0};
    for (size_t k = 0; k < SIZE * SIZE; ++k) inputs[k / SIZE] += start[k] != 0.0, outputs[k % SIZE] += start[k] != 0.0;
    static uint32_t tally[1 << PAIRS];
    static bool allowed[1 << PAIRS];
    size_t wirings = 0;
    for (size_t code = 0; code < 1 << PAIRS; ++code) {
        int left[2 * SIZE];
        for (size_t i = 0; i < SIZE; ++i) left[i] = (int)inputs[i], left[SIZE + i] = (int)outputs[i];
        for (size_t p = 0; p < PAIRS; ++p)
            if (code >> p & 1) {
                const size_t i = p / (SIZE - 1), place = p % (SIZE - 1), j = place + (place >= i);
                --left[i];
                --left[SIZE + j];
            }
        bool fits = true;
        for (size_t i = 0; i < 2 * SIZE; ++i) fits = fits && left[i] == 0;
        allowed[code] = fits;
        wirings += fits;
    }
    assert_true(wirings > 50 && wirings < 2000);
    double values[SIZE * SIZE];
    memcpy(values, start, sizeof values);
    const qn_matrix matrix = dense(values, SIZE);
    for (uint64_t d = 0; d < DRAWS; ++d) {
        qn_matrix made;
        assert_ok(qn_shuffle(&matrix, &(qn_shuffle_options){.kind = QN_SHUFFLE_REWIRE, .seed = 4, .index = d}, NULL,
                             &made, NULL));
        size_t code = 0;
        for (size_t p = 0; p < PAIRS; ++p) {
            const size_t i = p / (SIZE - 1), place = p % (SIZE - 1), j = place + (place >= i);
            code |= (size_t)(made.values[i * SIZE + j] != 0.0) << p;
        }
        assert_true(allowed[code]);
        ++tally[code];
        qn_matrix_clear(&made);
    }
    double chi = 0.0;
    const double expected = (double)DRAWS / (double)wirings;
    for (size_t code = 0; code < 1 << PAIRS; ++code)
        if (allowed[code]) chi += pow(tally[code] - expected, 2) / expected;
    const double freedom = (double)wirings - 1.0;
    assert_within(chi, freedom, 4.0 * sqrt(2.0 * freedom));
}

static void permuted_units_have_the_same_singular_values(void **state)
{
    (void)state;
    draw(true);
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < i; ++j) J[j * N + i] = J[i * N + j];
    const qn_matrix before = dense(J, N), after = dense(R, N);
    qn_moments a, b;
    qn_free_cumulants symmetric, destroyed;
    assert_ok(qn_moments_find(&before, NULL, NULL, &a));
    shuffle((qn_shuffle_options){.kind = QN_SHUFFLE_SINGULAR_VECTORS, .seed = 5});
    assert_ok(qn_moments_find(&after, NULL, NULL, &b));
    assert_same_values(N * N, J, 1, R);
    assert_close(b.m2, a.m2, 1e-13);
    assert_close(b.m4, a.m4, 1e-12);
    qn_free_cumulants_of(&a, &symmetric);
    qn_free_cumulants_of(&b, &destroyed);
    assert_true(symmetric.value[1] > 0.9 * a.m2 && symmetric.z[1] > 30.0);
    assert_true(fabs(destroyed.z[1]) < 4.0 && fabs(destroyed.z[2]) < 4.0);
}

static void independent_entries_keep_mean_and_strength(void **state)
{
    (void)state;
    draw(false);
    for (size_t k = 0; k < N * N; ++k)
        if (J[k] != 0.0) J[k] += 0.8;
    const qn_matrix before = dense(J, N), after = dense(R, N);
    qn_connectivity a, b;
    assert_ok(qn_connectivity_analyse(&before, NULL, NULL, &a));
    double fourth = 0.0;
    for (size_t k = 0; k < N * N; ++k) fourth += pow(J[k], 4) / N;
    for (int kind = QN_SHUFFLE_RANDOM_GRAPH; kind <= QN_SHUFFLE_GAUSSIAN; ++kind) {
        const qn_shuffle_report report = shuffle((qn_shuffle_options){.kind = (qn_shuffle_kind)kind, .seed = 6});
        assert_ok(qn_connectivity_analyse(&after, NULL, NULL, &b));
        // Sums of N^2 independent terms: variances are those of an entry and of its square.
        assert_within(b.mean, a.mean, 4.0 * sqrt(a.m2));
        assert_within(b.m2, a.m2, 4.0 * sqrt(fmax(fourth, 3.0 * a.m2 * a.m2 / N) / N));
        assert_int_equal(b.self_loops, 0);
        assert_true(fabs(b.deviation_inverse_effective_rank) < fmax(0.05, 1.5 * fourth / (a.m2 * a.m2)));
        if (kind == QN_SHUFFLE_GAUSSIAN) assert_int_equal(report.entries, N * (N - 1));
        if (kind == QN_SHUFFLE_RANDOM_GRAPH) {
            assert_within((double)report.entries, (double)a.entries, 4.0 * sqrt((double)a.entries));
            for (size_t k = 0; k < N * N; ++k) J[k] = R[k]; // its weights are among those of the matrix
        }
    }
    // With all pairs connected so is the graph.
    for (size_t k = 0; k < N * N; ++k) J[k] = 1.0 + (double)k;
    assert_int_equal(shuffle((qn_shuffle_options){.kind = QN_SHUFFLE_RANDOM_GRAPH}).entries, N * N);
}

static void another_index_is_another_shuffle(void **state)
{
    (void)state;
    draw(false);
    static double first[N * N];
    for (int kind = QN_SHUFFLE_WEIGHTS; kind <= QN_SHUFFLE_GAUSSIAN; ++kind) {
        shuffle((qn_shuffle_options){.kind = (qn_shuffle_kind)kind, .seed = 7});
        memcpy(first, R, sizeof R);
        shuffle((qn_shuffle_options){.kind = (qn_shuffle_kind)kind, .seed = 7});
        assert_memory_equal(first, R, sizeof R);
        shuffle((qn_shuffle_options){.kind = (qn_shuffle_kind)kind, .seed = 7, .index = 1});
        size_t same = 0, entries = 0;
        for (size_t k = 0; k < N * N; ++k) {
            entries += R[k] != 0.0;
            same += R[k] != 0.0 && R[k] == first[k];
        }
        assert_true(same < entries / 4);
    }
}

static bool stop(const qn_progress_report *report, void *context)
{
    (void)report;
    (void)context;
    return false;
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    draw(false);
    qn_matrix matrix = dense(J, N), made = {.rows = 7};
    assert_fails(qn_shuffle(&matrix, &(qn_shuffle_options){.kind = (qn_shuffle_kind)9}, NULL, &made, NULL),
                 QN_BAD_VALUE, "shuffle.kind is 9; allowed: 0 to 4");
    assert_fails(
        qn_shuffle(&matrix, &(qn_shuffle_options){.kind = QN_SHUFFLE_REWIRE}, &(qn_progress){stop, NULL}, &made, NULL),
        QN_STOPPED, "");
    matrix.columns = 5;
    assert_fails(qn_shuffle(&matrix, NULL, NULL, &made, NULL), QN_BAD_VALUE, "300 rows and 5 columns");
    memset(J, 0, sizeof J);
    matrix = dense(J, N);
    assert_fails(qn_shuffle(&matrix, NULL, NULL, &made, NULL), QN_BAD_VALUE, "no entries other than zero");
    assert_int_equal(made.rows, 7);
    // A network of one unit has nothing to shuffle but itself.
    J[0] = 2.0;
    matrix = dense(J, 1);
    for (int kind = QN_SHUFFLE_WEIGHTS; kind <= QN_SHUFFLE_GAUSSIAN; ++kind) {
        assert_ok(qn_shuffle(&matrix, &(qn_shuffle_options){.kind = (qn_shuffle_kind)kind}, NULL, &made, NULL));
        assert_true(made.values[0] == 2.0);
        qn_matrix_clear(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_permuted_where_they_are),
        cmocka_unit_test(rewiring_keeps_degrees_and_out_strength),
        cmocka_unit_test(thirty_rounds_are_enough),
        cmocka_unit_test(every_wiring_is_as_likely),
        cmocka_unit_test(permuted_units_have_the_same_singular_values),
        cmocka_unit_test(independent_entries_keep_mean_and_strength),
        cmocka_unit_test(another_index_is_another_shuffle),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
