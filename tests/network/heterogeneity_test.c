#include "sparse_matrix.h"
#include "testing.h"

#include <stdlib.h>

enum { N = 800 };

static double J[N * N], w[N], v[N];

static double mean_power(const double *values, int power)
{
    double sum = 0.0;
    for (size_t i = 0; i < N; ++i) sum += pow(values[i], power) / N;
    return sum;
}

// Lognormal scales, (1/N) sum v^2 = 1.
static void draw_scales(double spread_of_rows, double spread_of_columns)
{
    qn_normal(&(qn_stream){11, QN_PURPOSE_TEST, 1}, 0, N, w);
    qn_normal(&(qn_stream){11, QN_PURPOSE_TEST, 2}, 0, N, v);
    for (size_t i = 0; i < N; ++i) {
        w[i] = 1.5 * exp(spread_of_rows * w[i]);
        v[i] = exp(spread_of_columns * v[i]);
    }
    const double norm = sqrt(mean_power(v, 2));
    for (size_t i = 0; i < N; ++i) v[i] /= norm;
}

static void scale(void)
{
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) J[i * N + j] *= w[i] * v[j];
}

static void draw_independent(uint64_t index)
{
    qn_normal(&(qn_stream){11, QN_PURPOSE_TEST, index}, 0, N * N, J);
    for (size_t k = 0; k < N * N; ++k) J[k] /= sqrt(N);
}

static qn_matrix dense(size_t size) { return (qn_matrix){.rows = size, .columns = size, .values = J}; }

static double relative_rms(const double *found, const double *expected)
{
    double sum = 0.0;
    for (size_t i = 0; i < N; ++i) sum += pow(found[i] / expected[i] - 1.0, 2) / N;
    return sqrt(sum);
}

typedef struct {
    qn_heterogeneity scales;
    qn_connectivity raw, equal;
    qn_effective_rank_parts raw_parts, equal_parts;
} findings;

static findings analyse(const qn_matrix *matrix)
{
    findings found;
    qn_matrix rescaled;
    assert_ok(qn_heterogeneity_fit(matrix, NULL, NULL, &found.scales));
    assert_ok(qn_heterogeneity_rescale(&found.scales, matrix, &rescaled));
    assert_ok(qn_connectivity_analyse(matrix, NULL, NULL, &found.raw));
    assert_ok(qn_connectivity_analyse(&rescaled, NULL, NULL, &found.equal));
    assert_ok(qn_effective_rank_parts_of(matrix, NULL, &found.raw, &found.raw_parts));
    assert_ok(qn_effective_rank_parts_of(&rescaled, NULL, &found.equal, &found.equal_parts));
    qn_matrix_clear(&rescaled);
    return found;
}

// 1/PR^D of w_i X_ij v_j with X independent: <w^4>/<w^2>^2 + <v^4>/<v^2>^2 - 2.
static double closed_form(void)
{
    return mean_power(w, 4) / pow(mean_power(w, 2), 2) + mean_power(v, 4) / pow(mean_power(v, 2), 2) - 2.0;
}

static void known_scales_are_recovered(void **state)
{
    (void)state;
    draw_scales(0.4, 0.6);
    draw_independent(3);
    scale();
    const qn_matrix matrix = dense(N);
    findings found = analyse(&matrix);
    assert_true(found.scales.converged && found.scales.unbalanced == 0 && found.scales.imbalance < 1e-8);
    assert_int_equal(found.scales.receiving, N);
    // A sum of N squares is known to sqrt(2 / N), its root to half of that.
    const double expected = 1.0 / sqrt(2.0 * N);
    assert_true(relative_rms(found.scales.row_scale, w) < 1.15 * expected);
    assert_true(relative_rms(found.scales.row_scale, w) > 0.85 * expected);
    assert_true(relative_rms(found.scales.column_scale, v) < 1.15 * expected);
    assert_true(relative_rms(found.scales.column_scale, v) > 0.85 * expected);
    assert_close(mean_power(found.scales.column_scale, 2), 1.0, 1e-12);
    assert_close(found.equal.m2, 1.0, 1e-12);
    // The raw matrix is far from independent entries, and as far as the closed form says: to 1 / N of its parts.
    const double low_rank = closed_form();
    assert_true(low_rank > 3.0);
    assert_close(found.scales.inverse_effective_rank, low_rank, 0.02);
    assert_close(found.raw.inverse_effective_rank, low_rank, 0.03);
    // What remains is 0 within its error, which is 2 / N here.
    assert_close(found.equal_parts.cycles_error, 2.0 / N * pow(1.0 - 3.0 / N, 2), 1e-5);
    assert_within(found.equal_parts.cycles, 0.0, 3.5 * found.equal_parts.cycles_error);
    assert_within(found.equal.inverse_effective_rank, 0.0, 4.0 * found.equal.inverse_effective_rank_error);
    assert_within(found.raw_parts.cycles, 0.0, 3.5 * found.raw_parts.cycles_error);
    assert_true(found.raw_parts.cycles_error > 5.0 / N);
    qn_heterogeneity_clear(&found.scales);
}

// The error of `cycles` is what it says, also for unequal units.
static void independent_entries_have_cycles_of_their_error(void **state)
{
    (void)state;
    enum { SIZE = 120, DRAWS = 60 };
    double square = 0.0, mean = 0.0;
    draw_scales(0.5, 0.5);
    for (uint64_t k = 0; k < DRAWS; ++k) {
        qn_normal(&(qn_stream){12, QN_PURPOSE_TEST, k}, 0, (size_t)SIZE * SIZE, J);
        for (size_t e = 0; e < (size_t)SIZE * SIZE; ++e) J[e] *= w[e / SIZE] * v[e % SIZE];
        const qn_matrix matrix = dense(SIZE);
        qn_connectivity raw;
        qn_effective_rank_parts parts;
        assert_ok(qn_connectivity_analyse(&matrix, NULL, NULL, &raw));
        assert_ok(qn_effective_rank_parts_of(&matrix, NULL, &raw, &parts));
        assert_close(raw.inverse_effective_rank, parts.rows + parts.columns - parts.entries + parts.cycles, 1e-12);
        const double z = parts.cycles / parts.cycles_error;
        mean += z / DRAWS;
        square += z * z / DRAWS;
    }
    // Standard errors: 0.13 of the mean, 0.2 of the mean square; corrections of relative order few / SIZE.
    assert_within(mean, 0.0, 0.45);
    assert_within(square, 1.0, 0.6);
}

// Contributions add up: flat random modes with M = N have 1/PR^D = 1, whatever units are.
static void low_rank_is_what_is_left(void **state)
{
    (void)state;
    draw_scales(0.5, 0.3);
    const qn_coupling modes = {.kind = QN_COUPLING_RANDOM_MODE, .strength = 1.0, .spectrum = {.effective_rank = 1.0}};
    assert_ok(qn_coupling_draw(&modes, N, 5, 0, J));
    scale();
    const qn_matrix matrix = dense(N);
    findings found = analyse(&matrix);
    assert_within(found.equal_parts.cycles, 1.0, 0.02);
    assert_close(found.raw.inverse_effective_rank, closed_form() + 1.0, 0.05);
    // What is alike in squares was taken off with w and v: nothing but the cycles is left.
    assert_within(found.equal_parts.rows, 0.0, 1e-7);
    assert_within(found.equal_parts.columns, 0.0, 1e-12);
    qn_heterogeneity_clear(&found.scales);
}

// Units that receive or send nothing have scale 0 and make a low rank by themselves: N / receiving + N / sending - 2.
static void silent_units_are_left_out(void **state)
{
    (void)state;
    draw_independent(6);
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j)
            if (i < N / 4 || j >= N / 2) J[i * N + j] = 0.0;
    const qn_matrix matrix = dense(N);
    findings found = analyse(&matrix);
    assert_int_equal(found.scales.receiving, 3 * N / 4);
    assert_int_equal(found.scales.sending, N / 2);
    assert_true(found.scales.row_scale[3] == 0.0 && found.scales.column_scale[N - 1] == 0.0);
    assert_true(found.scales.converged);
    assert_close(found.equal.m2, 1.0, 1e-12);
    assert_within(found.equal_parts.rows, 1.0 / 3.0, 1e-7);
    assert_within(found.equal_parts.columns, 1.0, 1e-7);
    // A Gaussian's fourth moment 3 over the 3/8 N^2 pairs that connect is 8 / N.
    assert_within(found.equal_parts.entries, 8.0 / N, 0.2 / N);
    assert_close(found.equal_parts.cycles_error, 2.0 / N * (4.0 / 3.0 - 8.0 / N) * (2.0 - 8.0 / N), 1e-5);
    assert_within(found.equal_parts.cycles, 0.0, 3.5 * found.equal_parts.cycles_error);
    assert_within(found.scales.inverse_effective_rank, 4.0 / 3.0, 0.03);
    qn_heterogeneity_clear(&found.scales);
}

static void sparse_and_dense_agree_and_threads_change_no_bit(void **state)
{
    (void)state;
    enum { SIZE = 301 };
    for (size_t period = 3; period < 30; period += 13) { // a third: analysed dense; a sixteenth: sparse
        draw_independent(7);
        for (size_t k = 0; k < (size_t)SIZE * SIZE; ++k)
            J[k] = fabs(J[k]) * sqrt(N) * (double)period < 1.25 ? 1.0 / (1.0 + (double)(k % 101)) : 0.0;
        qn_matrix full = dense(SIZE), sparse = sparse_of(J, SIZE);
        qn_heterogeneity a, b;
        qn_set_threads(1);
        assert_ok(qn_heterogeneity_fit(&full, NULL, NULL, &a));
        qn_set_threads(3);
        assert_ok(qn_heterogeneity_fit(&sparse, NULL, NULL, &b));
        qn_set_threads(0);
        assert_memory_equal(a.row_scale, b.row_scale, SIZE * sizeof *a.row_scale);
        assert_memory_equal(a.column_scale, b.column_scale, SIZE * sizeof *a.column_scale);
        qn_matrix x, y;
        assert_ok(qn_heterogeneity_rescale(&a, &full, &x));
        assert_ok(qn_heterogeneity_rescale(&a, &sparse, &y));
        for (size_t i = 0; i < SIZE; ++i) {
            double sum = 0.0;
            for (size_t k = y.row_start[i]; k < y.row_start[i + 1]; ++k) {
                assert_true(y.values[k] == x.values[i * SIZE + y.column[k]]);
                sum += y.values[k] * y.values[k];
            }
            assert_close(sum, 1.0, 1e-8);
        }
        qn_matrix_clear(&x);
        qn_matrix_clear(&y);
        qn_heterogeneity_clear(&a);
        qn_heterogeneity_clear(&b);
        forget(&sparse);
    }
}

// Rows 0 and 1 have no entry but in column 0: their two sums of 1 cannot fit into a column of sum 1.
static void a_pattern_without_support_is_said(void **state)
{
    (void)state;
    enum { SIZE = 40 };
    draw_independent(8);
    for (size_t j = 1; j < SIZE; ++j) J[j] = J[SIZE + j] = 0.0;
    const qn_matrix matrix = dense(SIZE);
    qn_heterogeneity found;
    assert_ok(qn_heterogeneity_fit(&matrix, NULL, NULL, &found));
    assert_false(found.converged);
    assert_true(found.imbalance > 0.3 && found.unbalanced >= 2 && found.iterations < 2000);
    qn_heterogeneity_clear(&found);
    assert_ok(qn_heterogeneity_fit(&matrix, &(qn_heterogeneity_options){.evened = 0.01}, NULL, &found));
    assert_true(found.converged && found.unbalanced == 0);
    assert_true(found.row.smallest > 1e-3 && found.row.largest < 1e3);
    qn_matrix rescaled;
    qn_connectivity equal;
    assert_ok(qn_heterogeneity_rescale(&found, &matrix, &rescaled));
    assert_ok(qn_connectivity_analyse(&rescaled, NULL, NULL, &equal));
    assert_close(equal.m2, 1.0, 1e-12);
    qn_matrix_clear(&rescaled);
    qn_heterogeneity_clear(&found);
}

// One entry in twelve, as in a wiring diagram: each part is what it would be at N -> infinity, and scales from
// sums exist where balanced ones do not.
static void few_entries_are_a_part_of_their_own(void **state)
{
    (void)state;
    draw_scales(0.3, 0.3);
    draw_independent(9);
    double kept = 0.0, fourth = 0.0, squares = 0.0;
    for (size_t k = 0; k < N * N; ++k) {
        const bool entry = fabs(J[k]) * sqrt(N) > 1.732; // 0.083 of them
        J[k] = entry ? J[k] * sqrt(N) : 0.0;
        kept += entry;
    }
    const double second = 5.29; // J_ij^2 of a normal deviate beyond 1.732, for the scale only
    for (size_t k = 0; k < N * N; ++k) J[k] /= sqrt(second * kept / N);
    for (size_t k = 0; k < N * N; ++k) fourth += pow(J[k], 4) / (N * N), squares += pow(J[k], 2) / (N * N);
    scale();
    for (size_t j = 0; j + 1 < N; ++j) J[j] = 0.0; // two units driven by one source alone
    for (size_t j = 0; j + 1 < N; ++j) J[N + j] = 0.0;
    J[N - 1] = J[2 * N - 1] = 0.2;
    const qn_matrix matrix = dense(N);
    const findings found = analyse(&matrix);
    assert_false(found.scales.converged);
    assert_true(isfinite(found.scales.inverse_effective_rank) && found.scales.row.largest < 1e9);
    const double w4 = mean_power(w, 4) / pow(mean_power(w, 2), 2), v4 = mean_power(v, 4) / pow(mean_power(v, 2), 2);
    assert_within(found.raw_parts.rows - found.raw_parts.entries, w4 - 1.0, 0.05);
    assert_within(found.raw_parts.columns - found.raw_parts.entries, v4 - 1.0, 0.05);
    // Every unit has some 66 entries, their fourth power w^4 v^4.
    assert_close(found.raw_parts.entries, fourth / (N * squares * squares) * w4 * v4, 0.05);
    assert_within(found.raw_parts.cycles, 0.0, 4.0 * found.raw_parts.cycles_error);
    qn_heterogeneity sums;
    assert_ok(qn_heterogeneity_fit(&matrix, &(qn_heterogeneity_options){.from_sums = true}, NULL, &sums));
    assert_true(sums.converged && sums.iterations == 0 && sums.unbalanced > N / 2);
    assert_close(mean_power(sums.column_scale, 2), 1.0, 1e-12);
    double row = 0.0, column = 0.0;
    for (size_t k = 0; k < N; ++k) row += pow(J[5 * N + k], 2), column += pow(J[k * N + 5], 2);
    assert_close(pow(sums.row_scale[5], 2), row, 1e-12);
    assert_close(pow(sums.column_scale[5], 2) * found.raw.m2, column, 1e-12);
    assert_close(sums.inverse_effective_rank, found.raw_parts.rows + found.raw_parts.columns, 1e-12);
    qn_heterogeneity_clear(&sums);
    qn_heterogeneity scales = found.scales;
    qn_heterogeneity_clear(&scales);
}

static void classes_are_quantiles(void **state)
{
    (void)state;
    double row[10] = {3, 1, 0, 2, 5, 4, 7, 6, 9, 8}, column[10] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 10};
    const qn_heterogeneity scales = {.size = 10, .row_scale = row, .column_scale = column, .receiving = 9};
    double gains[6], outputs[6], weights[6];
    assert_ok(qn_heterogeneity_classes(&scales, 3, gains, weights));
    assert_close(gains[0], sqrt((1.0 + 4.0 + 9.0) / 3.0), 1e-15);
    assert_close(gains[2], sqrt((49.0 + 64.0 + 81.0) / 3.0), 1e-15);
    assert_close(weights[1], 1.0 / 3.0, 1e-15);
    // Upper half by w (four or five units), in it the lower half by v.
    assert_ok(qn_heterogeneity_joint_classes(&scales, 2, 2, gains, outputs, weights));
    assert_close(weights[0] + weights[1], 4.0 / 9.0, 1e-15);
    double gain = 0.0, output = 0.0;
    for (size_t k = 0; k < 4; ++k) {
        gain += weights[k] * gains[k] * gains[k];
        output += weights[k] * outputs[k] * outputs[k];
    }
    assert_close(gain, 285.0 / 9.0, 1e-14);
    assert_close(output, (385.0 - 81.0 - 9.0) / 9.0, 1e-14); // but for the unit that receives nothing, and v = 0 for 9
    // w of 5, 6, 7, 8, 9 send 5, 8, 7, 10, 0: the two weakest senders are those with w = 9 and 5.
    assert_close(gains[2], sqrt((81.0 + 25.0) / 2.0), 1e-14);
    assert_close(outputs[2], sqrt(12.5), 1e-14);
    assert_fails(qn_heterogeneity_classes(&scales, 10, gains, weights), QN_BAD_VALUE, "allowed: 1 to 9");
    assert_fails(qn_heterogeneity_joint_classes(&scales, 3, 4, gains, outputs, weights), QN_BAD_VALUE, "3 x 4 classes");
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    memset(J, 0, sizeof J);
    qn_matrix matrix = dense(4);
    qn_heterogeneity found = {.size = 7};
    assert_fails(qn_heterogeneity_fit(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "no entries other than zero");
    J[5] = 1.0;
    assert_fails(qn_heterogeneity_fit(&matrix, &(qn_heterogeneity_options){.evened = 1.0}, NULL, &found), QN_BAD_VALUE,
                 "evened is 1; allowed: 0 to below 1");
    assert_fails(qn_heterogeneity_fit(&matrix, &(qn_heterogeneity_options){.tolerance = -1.0}, NULL, &found),
                 QN_BAD_VALUE, "tolerance is -1");
    matrix.columns = 3;
    assert_fails(qn_heterogeneity_fit(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "4 rows and 3 columns");
    assert_int_equal(found.size, 7);
    matrix = dense(5);
    qn_matrix rescaled;
    assert_fails(qn_heterogeneity_rescale(&found, &matrix, &rescaled), QN_BAD_VALUE, "scales are those of 7 units");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_scales_are_recovered),
        cmocka_unit_test(independent_entries_have_cycles_of_their_error),
        cmocka_unit_test(low_rank_is_what_is_left),
        cmocka_unit_test(silent_units_are_left_out),
        cmocka_unit_test(sparse_and_dense_agree_and_threads_change_no_bit),
        cmocka_unit_test(a_pattern_without_support_is_said),
        cmocka_unit_test(few_entries_are_a_part_of_their_own),
        cmocka_unit_test(classes_are_quantiles),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
