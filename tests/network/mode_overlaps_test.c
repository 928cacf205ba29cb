#include "testing.h"

#include "numerics/linear_algebra.h"

enum { N = 200, DRAWS = 20, STATISTICS = 32 };

static double J[N * N];
static const qn_matrix MATRIX = {.rows = N, .columns = N, .values = J};

static qn_mode_overlaps overlaps_of(qn_singular_options decomposition, qn_mode_overlap_options options)
{
    qn_singular_values values;
    qn_mode_overlaps found;
    assert_ok(qn_singular_values_find(&MATRIX, &decomposition, NULL, &values));
    assert_ok(qn_mode_overlaps_measure(&values, &options, NULL, &found));
    qn_singular_values_clear(&values);
    return found;
}

static size_t list(const qn_mode_overlaps *found, const qn_overlap_statistics *all[STATISTICS])
{
    size_t count = 0;
    all[count++] = &found->diagonal;
    all[count++] = &found->off_diagonal;
    for (size_t k = 0; k < found->distances; ++k) all[count++] = &found->distance[k];
    return count;
}

// Sums over all z, of number and square.
typedef struct {
    double count, squares, worst;
} scores;

static void add_score(scores *to, double z)
{
    to->count += 1.0;
    to->squares += z * z;
    to->worst = fmax(to->worst, fabs(z));
}

static void add_scores(scores *to, const qn_mode_overlaps *found)
{
    const qn_overlap_statistics *all[STATISTICS];
    const size_t count = list(found, all);
    for (size_t k = 0; k < count; ++k) {
        add_score(to, all[k]->z_mean);
        if (!isnan(all[k]->z_deviation)) add_score(to, all[k]->z_deviation);
    }
}

// No z beyond 4, and neither are they too small: their mean square is 1, here to about 0.1 (400 of them, not all
// independent).
static void check_null(const scores *found)
{
    assert_true(found->count > 300.0);
    assert_true(found->worst < 4.0);
    assert_within(found->squares / found->count, 1.0, 0.3);
}

static void independent_modes_pass_the_null(void **state)
{
    (void)state;
    const qn_coupling kinds[] = {
        {.kind = QN_COUPLING_IID, .strength = 2.0},
        {.kind = QN_COUPLING_RANDOM_MODE,
         .strength = 2.0,
         .spectrum = {.kind = QN_SPECTRUM_EXPONENTIAL, .effective_rank = 0.3}},
    };
    for (size_t kind = 0; kind < 2; ++kind)
        for (size_t some = 0; some < 2; ++some) {
            scores found = {0};
            for (uint64_t k = 0; k < DRAWS; ++k) {
                assert_ok(qn_coupling_draw(&kinds[kind], N, 11 + kind, k, J));
                qn_mode_overlaps overlaps =
                    overlaps_of((qn_singular_options){.count = some ? 40 : N}, (qn_mode_overlap_options){0});
                assert_int_equal(overlaps.modes, some ? 40 : N);
                add_scores(&found, &overlaps);
                qn_mode_overlaps_clear(&overlaps);
            }
            check_null(&found);
        }
}

// Means over many small Haar matrices, of which some rows and columns are used: variances are 1 on average, and
// fluctuate as their degrees of freedom say. Counting all entries as independent would be wrong by a factor of two and
// more where all rows and columns are used.
static void degrees_of_freedom_are_those_of_haar_matrices(void **state)
{
    (void)state;
    enum { SIZE = 16, MANY = 20000 };
    static double unit[SIZE * SIZE], haar[SIZE * SIZE];
    double falling[SIZE];
    for (size_t i = 0; i < SIZE; ++i) unit[i * SIZE + i] = 1.0, falling[i] = 2.0 - 0.1 * (double)i;
    for (size_t modes = 10; modes <= SIZE; modes += 6) {
        double mean[STATISTICS] = {0}, square[STATISTICS] = {0}, freedom[STATISTICS] = {0};
        size_t count = 0;
        for (uint64_t k = 0; k < MANY; ++k) {
            qn_normal(&(qn_stream){13, QN_PURPOSE_TEST, k}, 0, (size_t)SIZE * SIZE, haar);
            assert_ok(qn_orthonormalise(SIZE, SIZE, haar));
            const qn_singular_values values = {
                .size = SIZE, .known = SIZE, .count = modes, .values = falling, .left = unit, .right = haar};
            qn_mode_overlaps found;
            assert_ok(qn_mode_overlaps_measure(&values, NULL, NULL, &found));
            const qn_overlap_statistics *all[STATISTICS];
            count = list(&found, all);
            for (size_t s = 0; s < count; ++s) {
                const double variance = all[s]->deviation * all[s]->deviation;
                mean[s] += variance / MANY;
                square[s] += variance * variance / MANY;
                freedom[s] = all[s]->freedom;
            }
            qn_mode_overlaps_clear(&found);
        }
        for (size_t s = 0; s < count; ++s) {
            assert_close(mean[s], 1.0, 0.02);
            // Sampling error of a variance from MANY values: 1 % (a little more: chi-squared has tails). Taking the
            // mean off as if entries were independent costs up to 1 / N.
            assert_within((square[s] - mean[s] * mean[s]) / (2.0 / freedom[s]), 1.0, 0.05 + 1.0 / SIZE);
        }
    }
}

// Rows and columns of J, each in an order of their own.
static void shuffle(uint64_t seed)
{
    static double kept[N * N];
    double random[2 * N];
    size_t order[2][N];
    qn_uniform(&(qn_stream){seed, QN_PURPOSE_TEST, 0}, 0, (size_t)2 * N, random);
    for (size_t side = 0; side < 2; ++side) {
        for (size_t i = 0; i < N; ++i) order[side][i] = i;
        for (size_t i = N - 1; i > 0; --i) {
            const size_t j = (size_t)(random[side * N + i] * (double)(i + 1)), other = order[side][j];
            order[side][j] = order[side][i];
            order[side][i] = other;
        }
    }
    memcpy(kept, J, sizeof J);
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) J[i * N + j] = kept[order[0][i] * N + order[1][j]];
}

static void check_shuffled(uint64_t seed)
{
    shuffle(seed);
    qn_mode_overlaps found = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){0});
    scores z = {0};
    add_scores(&z, &found);
    assert_true(z.worst < 4.0);
    qn_mode_overlaps_clear(&found);
}

static void overlapping_modes_show_their_sign(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        const qn_coupling coupling = {.kind = QN_COUPLING_OVERLAPPING,
                                      .strength = 1.0,
                                      .spectrum = {.kind = QN_SPECTRUM_EXPONENTIAL, .effective_rank = 0.3},
                                      .overlap = 0.5 * sign};
        assert_ok(qn_coupling_draw(&coupling, N, 17, 0, J));
        double trace = 0.0, sum = 0.0;
        for (size_t i = 0; i < N; ++i) trace += J[i * N + i];
        qn_singular_values values;
        assert_ok(qn_singular_values_find(&MATRIX, NULL, NULL, &values));
        qn_mode_overlaps found;
        assert_ok(qn_mode_overlaps_measure(&values, NULL, NULL, &found));
        for (size_t a = 0; a < found.modes; ++a) sum += values.values[a] * found.overlaps[a];
        assert_close(sum, trace, 1e-11); // tr J = sum_a s_a v_a . u_a
        assert_true(sign * found.diagonal.z_mean > 8.0);
        assert_true(fabs(found.off_diagonal.z_mean) < 4.0);
        qn_mode_overlaps_clear(&found);
        qn_singular_values_clear(&values);
        check_shuffled(23);
    }
}

// v_a = u_a or -u_a, by the sign of the eigenvalue: half and half.
static void a_symmetric_matrix_overlaps_wholly(void **state)
{
    (void)state;
    const qn_coupling coupling = {.kind = QN_COUPLING_ELLIPTIC, .strength = 1.0, .symmetry = 1.0};
    assert_ok(qn_coupling_draw(&coupling, N, 19, 0, J));
    qn_mode_overlaps found = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){0});
    size_t positive = 0;
    for (size_t a = 0; a < N; ++a) {
        assert_close(fabs(found.overlaps[a]), 1.0, 1e-10);
        positive += found.overlaps[a] > 0.0;
    }
    assert_within((double)positive, N / 2.0, 3.0);
    assert_close(found.diagonal.deviation, sqrt(N), 0.01);
    assert_true(found.off_diagonal.deviation < 1e-8);
    qn_mode_overlaps_clear(&found);
    check_shuffled(29);
}

// Modes of partly symmetric couplings overlap most with those of similar rank.
static void elliptic_couplings_overlap_near_the_diagonal(void **state)
{
    (void)state;
    const qn_coupling coupling = {.kind = QN_COUPLING_ELLIPTIC, .strength = 1.0, .symmetry = 0.5};
    assert_ok(qn_coupling_draw(&coupling, N, 21, 0, J));
    qn_mode_overlaps found = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){0});
    assert_true(found.diagonal.z_deviation > 4.0);
    assert_true(found.distance[0].z_deviation > 4.0 && found.distance[1].z_deviation > 4.0);
    assert_true(found.distance[found.distances - 1].deviation < 0.9);
    for (size_t k = 1; k < found.distances; ++k)
        assert_true(found.distance[k].deviation < found.distance[k - 1].deviation + 0.1);
    qn_mode_overlaps_clear(&found);
    check_shuffled(31);
}

// Every pair once: distances tile, and a complete O is orthogonal, whence sum x^2 = N^2.
static void every_pair_counts_once(void **state)
{
    (void)state;
    assert_ok(qn_coupling_draw(&(qn_coupling){.strength = 1.0}, N, 25, 0, J));
    qn_mode_overlaps found = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){0});
    size_t next = 1, entries = 0;
    double squares = 0.0;
    const qn_overlap_statistics *all[STATISTICS];
    const size_t count = list(&found, all);
    for (size_t k = 2; k < count; ++k) {
        assert_int_equal(all[k]->from, next);
        next = all[k]->to + 1;
        entries += all[k]->entries;
    }
    assert_int_equal(next, N);
    assert_int_equal(entries, N * (N - 1));
    assert_int_equal(found.diagonal.entries, N);
    for (size_t k = 0; k < 2; ++k) {
        const double n = (double)all[k]->entries;
        squares += (n - 1.0) * all[k]->deviation * all[k]->deviation + n * all[k]->mean * all[k]->mean;
    }
    assert_close(squares, (double)N * N, 1e-12);
    qn_mode_overlaps_clear(&found);
}

static void outliers_can_be_left_out(void **state)
{
    (void)state;
    assert_ok(qn_coupling_draw(&(qn_coupling){.strength = 1.0, .mean = 8.0}, N, 27, 0, J));
    qn_mode_overlaps found = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){0});
    assert_true(found.overlaps[0] > 0.9 && found.diagonal.z_deviation > 4.0);
    const double second = found.overlaps[1];
    qn_mode_overlaps_clear(&found);
    found = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){.skip = 1, .most = 50});
    assert_true(found.first == 1 && found.modes == 50);
    assert_close(found.overlaps[0], second, 1e-13);
    assert_true(fabs(found.diagonal.z_deviation) < 4.0);
    qn_mode_overlaps_clear(&found);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    assert_ok(qn_coupling_draw(&(qn_coupling){.strength = 1.0}, N, 33, 0, J));
    qn_set_threads(1);
    qn_mode_overlaps one = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){0});
    qn_set_threads(3);
    qn_mode_overlaps three = overlaps_of((qn_singular_options){0}, (qn_mode_overlap_options){0});
    qn_set_threads(0);
    assert_memory_equal(&one.diagonal, &three.diagonal, sizeof one.diagonal);
    assert_memory_equal(&one.off_diagonal, &three.off_diagonal, sizeof one.off_diagonal);
    assert_memory_equal(one.distance, three.distance, one.distances * sizeof *one.distance);
    assert_memory_equal(one.overlaps, three.overlaps, N * sizeof(double));
    qn_mode_overlaps_clear(&one);
    qn_mode_overlaps_clear(&three);
}

static void modes_of_no_strength_have_no_overlaps(void **state)
{
    (void)state;
    memset(J, 0, sizeof J);
    for (size_t i = 0; i < 5; ++i) J[i * N + i + 1] = 1.0 + (double)i;
    qn_singular_values values;
    assert_ok(qn_singular_values_find(&MATRIX, NULL, NULL, &values));
    qn_mode_overlaps found = {.size = 77};
    assert_fails(qn_mode_overlaps_measure(&values, &(qn_mode_overlap_options){.skip = 5}, NULL, &found), QN_BAD_VALUE,
                 "5 modes to leave out of 5 whose vectors are known");
    assert_int_equal(found.size, 77);
    assert_ok(qn_mode_overlaps_measure(&values, &(qn_mode_overlap_options){.skip = 4}, NULL, &found));
    assert_true(found.modes == 1 && found.distances == 0 && isnan(found.diagonal.z_deviation));
    qn_mode_overlaps_clear(&found);
    qn_singular_values_clear(&values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_modes_pass_the_null),
        cmocka_unit_test(degrees_of_freedom_are_those_of_haar_matrices),
        cmocka_unit_test(overlapping_modes_show_their_sign),
        cmocka_unit_test(a_symmetric_matrix_overlaps_wholly),
        cmocka_unit_test(elliptic_couplings_overlap_near_the_diagonal),
        cmocka_unit_test(every_pair_counts_once),
        cmocka_unit_test(outliers_can_be_left_out),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(modes_of_no_strength_have_no_overlaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
