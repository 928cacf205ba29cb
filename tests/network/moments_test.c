#include "testing.h"

enum { N = 241 };

static double J[N * N], U[2 * N], V[2 * N];

static qn_matrix dense(void) { return (qn_matrix){.rows = N, .columns = N, .values = J}; }

// Independent entries of which one in `period` is kept, a mean, and one that sends to all.
static void draw(uint64_t index, size_t period)
{
    qn_normal(&(qn_stream){21, QN_PURPOSE_TEST, index}, 0, N * N, J);
    for (size_t k = 0; k < N * N; ++k)
        J[k] = k % period == 0 || k % N == 5 ? (J[k] + 0.7) * sqrt((double)period / N) : 0.0;
    qn_normal(&(qn_stream){22, QN_PURPOSE_TEST, index}, 0, 2 * N, U);
    qn_normal(&(qn_stream){23, QN_PURPOSE_TEST, index}, 0, 2 * N, V);
    for (size_t i = 0; i < 2 * N; ++i) U[i] /= N;
}

// By products of whole matrices.
static qn_moments plain(bool reduced)
{
    static double d[N * N], square[N * N], gram[N * N];
    double mean = 0.0, sum = 0.0, matched = 0.0;
    for (size_t k = 0; k < N * N; ++k) mean += J[k] / (N * N);
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) {
            d[i * N + j] = J[i * N + j];
            if (reduced) d[i * N + j] -= mean + U[2 * i] * V[2 * j] + U[2 * i + 1] * V[2 * j + 1];
        }
    qn_moments found = {.size = N};
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) {
            square[i * N + j] = gram[i * N + j] = 0.0;
            for (size_t k = 0; k < N; ++k) {
                square[i * N + j] += d[i * N + k] * d[k * N + j];
                gram[i * N + j] += d[i * N + k] * d[j * N + k];
            }
            found.m4 += gram[i * N + j] * gram[i * N + j] / N;
        }
    for (size_t i = 0; i < N; ++i) {
        double column = 0.0;
        for (size_t j = 0; j < N; ++j) {
            found.trace[2] += square[i * N + j] * d[j * N + i] / N;
            column += d[j * N + i] * d[j * N + i];
        }
        found.trace[0] += d[i * N + i] / N;
        found.trace[1] += square[i * N + i] / N;
        found.m2 += gram[i * N + i] / N;
        found.diagonal_square += d[i * N + i] * d[i * N + i] / N;
        sum += gram[i * N + i];
        matched += gram[i * N + i] * column;
    }
    found.matched_m2 = matched / sum;
    return found;
}

static void check(const qn_moments *found, const qn_moments *expected)
{
    for (size_t n = 0; n < 3; ++n) assert_close(found->trace[n], expected->trace[n], 1e-11);
    assert_close(found->m2, expected->m2, 1e-11);
    assert_close(found->m4, expected->m4, 1e-11);
    assert_close(found->diagonal_square, expected->diagonal_square, 1e-11);
    assert_close(found->matched_m2, expected->matched_m2, 1e-11);
    assert_close(found->inverse_effective_rank, expected->m4 / pow(expected->m2, 2) - 2.0, 1e-10);
    assert_true(!found->estimated && found->trace3_error == 0.0 && found->m4_error == 0.0);
}

// One entry in three: by BLAS; one in eleven: scattered.
static void exact_moments_are_those_of_the_plain_products(void **state)
{
    (void)state;
    for (size_t period = 3; period <= 11; period += 8) {
        draw(period, period);
        const qn_matrix matrix = dense();
        qn_moments found, expected = plain(false);
        assert_ok(qn_moments_find(&matrix, NULL, NULL, &found));
        check(&found, &expected);
        expected = plain(true);
        const qn_moments_options reduced = {.remove_mean = true, .rank = 2, .left = U, .right = V};
        assert_ok(qn_moments_find(&matrix, &reduced, NULL, &found));
        check(&found, &expected);
        assert_true(fabs(plain(false).trace[2] - expected.trace[2]) > 0.1);
    }
}

static void without_the_mean_it_is_as_connectivity_says(void **state)
{
    (void)state;
    draw(1, 9);
    const qn_matrix matrix = dense();
    qn_moments found;
    qn_connectivity structure;
    assert_ok(qn_connectivity_analyse(&matrix, NULL, NULL, &structure));
    assert_ok(qn_moments_find(&matrix, &(qn_moments_options){.remove_mean = true}, NULL, &found));
    assert_close(found.m2, structure.deviation_m2, 1e-12);
    assert_close(found.inverse_effective_rank, structure.deviation_inverse_effective_rank, 1e-11);
    assert_ok(qn_connectivity_analyse(&matrix, &(qn_connectivity_options){.drop_self_loops = true}, NULL, &structure));
    assert_ok(qn_moments_find(&matrix, &(qn_moments_options){.drop_self_loops = true}, NULL, &found));
    assert_close(found.inverse_effective_rank, structure.inverse_effective_rank, 1e-12);
    assert_true(found.trace[0] == 0.0 && found.diagonal_square == 0.0);
    for (size_t k = 0; k < N * N; ++k) J[k] = 0.3;
    assert_ok(qn_moments_find(&matrix, &(qn_moments_options){.remove_mean = true}, NULL, &found));
    assert_true(found.m2 == 0.0 && isnan(found.inverse_effective_rank));
}

// Error bars are neither too small nor too large: chi^2 of 30 seeds, between its 0.1 % quantiles.
static void check_error_bars(const qn_moments_options *options, double largest_error)
{
    const qn_matrix matrix = dense();
    qn_moments_options chosen = *options;
    qn_moments exact, found;
    assert_ok(qn_moments_find(&matrix, &chosen, NULL, &exact));
    assert_false(exact.estimated);
    double third = 0.0, fourth = 0.0, error = 0.0;
    chosen.method = QN_MOMENTS_ESTIMATED;
    for (chosen.seed = 1; chosen.seed <= 30; ++chosen.seed) {
        assert_ok(qn_moments_find(&matrix, &chosen, NULL, &found));
        assert_true(found.estimated);
        assert_close(found.m2, exact.m2, 1e-14);
        third += pow((found.trace[2] - exact.trace[2]) / found.trace3_error, 2);
        fourth += pow((found.m4 - exact.m4) / found.m4_error, 2);
        error += found.m4_error / exact.m4 / 30.0;
    }
    assert_true(third > 11.6 && third < 59.7);
    assert_true(fourth > 11.6 && fourth < 59.7);
    assert_true(error < largest_error);
}

// The matrix has an outlier (the mean) that dominates m4: its fluctuations are gone once leading directions are exact.
// Then the relative error is at most that of the bulk, sqrt(2 * 14 / N) / 2 / sqrt(probes) for independent entries
// (moments 2 and 14 of J J^T, Marchenko-Pastur): 0.021 of 64 probes, 0.017 of 100.
static void errors_of_estimates_are_honest(void **state)
{
    (void)state;
    draw(2, 10);
    check_error_bars(&(qn_moments_options){0}, 0.021);
    check_error_bars(&(qn_moments_options){.remove_mean = true, .rank = 2, .left = U, .right = V}, 0.021);
    draw(3, 2);
    check_error_bars(&(qn_moments_options){.leading = 4, .probes = 100}, 0.017);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    draw(4, 10);
    const qn_matrix matrix = dense();
    for (int method = QN_MOMENTS_EXACT; method <= QN_MOMENTS_ESTIMATED; ++method) {
        const qn_moments_options options = {.method = (qn_moments_method)method, .remove_mean = true};
        qn_moments one, four;
        memset(&one, 0, sizeof one);
        memset(&four, 0, sizeof four);
        qn_set_threads(1);
        assert_ok(qn_moments_find(&matrix, &options, NULL, &one));
        qn_set_threads(4);
        assert_ok(qn_moments_find(&matrix, &options, NULL, &four));
        qn_set_threads(0);
        assert_memory_equal(&one, &four, sizeof one);
    }
}

// A hub costs the square of its entries; beyond the limit the choice is made for it.
static void the_cost_decides(void **state)
{
    (void)state;
    memset(J, 0, sizeof J);
    for (size_t i = 0; i < N; ++i) J[i * N + 3] = J[i * N + (i * 7) % N] = 1.0;
    const qn_matrix matrix = dense();
    double expected = 0.0;
    for (size_t i = 0; i < N; ++i) {
        double row = 0.0, column = 0.0;
        for (size_t j = 0; j < N; ++j) {
            row += J[i * N + j] != 0.0;
            column += J[j * N + i] != 0.0;
        }
        expected += column * (0.5 * column + row);
    }
    assert_close(qn_moments_cost(&matrix), expected, 1e-14);
    qn_moments found;
    assert_ok(qn_moments_find(&matrix, &(qn_moments_options){.limit = expected}, NULL, &found));
    assert_false(found.estimated);
    assert_ok(qn_moments_find(&matrix, &(qn_moments_options){.limit = expected - 1.0}, NULL, &found));
    assert_true(found.estimated);
    assert_close(found.cost, expected, 1e-14);
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
    draw(5, 10);
    const qn_matrix matrix = dense();
    qn_moments found = {.size = 7};
    assert_fails(qn_moments_find(&matrix, &(qn_moments_options){.rank = 1}, NULL, &found), QN_BAD_VALUE,
                 "moments.left or moments.right is missing");
    assert_fails(qn_moments_find(&matrix, &(qn_moments_options){.probes = 3}, NULL, &found), QN_BAD_VALUE,
                 "moments.probes is 3; allowed: 0 (the default) or at least 8");
    assert_fails(qn_moments_find(&matrix, &(qn_moments_options){.limit = -1}, NULL, &found), QN_BAD_VALUE,
                 "moments.limit is -1");
    assert_fails(qn_moments_find(&matrix, NULL, &(qn_progress){stop, NULL}, &found), QN_STOPPED, "");
    assert_fails(qn_moments_find(&matrix, &(qn_moments_options){.method = QN_MOMENTS_ESTIMATED},
                                 &(qn_progress){stop, NULL}, &found),
                 QN_STOPPED, "");
    J[0] = 1e200;
    assert_fails(qn_moments_find(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "leave the range of numbers");
    assert_int_equal(found.size, 7);
    memset(J, 0, sizeof J);
    assert_true(qn_moments_cost(&matrix) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_moments_are_those_of_the_plain_products),
        cmocka_unit_test(without_the_mean_it_is_as_connectivity_says),
        cmocka_unit_test(errors_of_estimates_are_honest),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(the_cost_decides),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
