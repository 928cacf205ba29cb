#include "testing.h"

enum { N = 400, DRAWS = 20 };
static const double G = 1.5;

static double J[N * N];
static const qn_matrix MATRIX = {.rows = N, .columns = N, .values = J};

static void draw(uint64_t index)
{
    qn_normal(&(qn_stream){7, QN_PURPOSE_TEST, index}, 0, (size_t)N * N, J);
    for (size_t k = 0; k < (size_t)N * N; ++k) J[k] *= G / sqrt(N);
}

// theta x y^T, x and y random unit vectors.
static void add_rank_one(uint64_t index, double theta)
{
    double x[2 * N], *y = x + N, xx = 0.0, yy = 0.0;
    qn_normal(&(qn_stream){8, QN_PURPOSE_TEST, index}, 0, (size_t)2 * N, x);
    for (size_t i = 0; i < N; ++i) xx += x[i] * x[i], yy += y[i] * y[i];
    for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j) J[i * N + j] += theta * x[i] * y[j] / sqrt(xx * yy);
}

static void moments(bool remove_mean, double *m2, double *m4)
{
    qn_connectivity found;
    assert_ok(qn_connectivity_analyse(&MATRIX, NULL, NULL, &found));
    *m2 = remove_mean ? found.deviation_m2 : found.m2;
    *m4 = remove_mean ? (found.deviation_inverse_effective_rank + 2.0) * *m2 * *m2 : found.m4;
}

// By all values, and by the leading twenty and moments; both must count the same.
static qn_outliers outliers(bool remove_mean, double *largest)
{
    qn_singular_values all, leading;
    qn_outliers found, from_leading;
    double m2, m4;
    assert_ok(
        qn_singular_values_find(&MATRIX, &(qn_singular_options){.count = 1, .remove_mean = remove_mean}, NULL, &all));
    assert_ok(qn_singular_values_find(
        &MATRIX, &(qn_singular_options){.complete_to = 1, .tolerance = 1e-6, .remove_mean = remove_mean}, NULL,
        &leading));
    moments(remove_mean, &m2, &m4);
    assert_ok(qn_outliers_find(&all, NAN, NAN, &found));
    assert_ok(qn_outliers_find(&leading, m2, m4, &from_leading));
    assert_int_equal(from_leading.count, found.count);
    assert_true(!found.spread_is_bound && from_leading.spread_is_bound);
    assert_true(from_leading.spread >= found.spread - 1e-6 * found.edge); // what moments know of a spread of 0
    assert_close(from_leading.edge, found.edge, 1e-9);
    if (largest) *largest = all.values[0];
    qn_singular_values_clear(&all);
    qn_singular_values_clear(&leading);
    return found;
}

// Edge 2 g and the spread of a quarter circle of radius 2 g, g sqrt(1 - (8 / 3 pi)^2).
static void independent_couplings_have_none(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < DRAWS; ++k) {
        draw(k);
        const qn_outliers found = outliers(false, NULL);
        assert_int_equal(found.count, 0);
        assert_close(found.edge, 2.0 * G, 0.03);
        assert_close(found.spread, G * sqrt(1.0 - pow(8.0 / (3.0 * M_PI), 2.0)), 0.01);
        assert_true(found.distance >= 0.0 && found.distance < 0.5);
    }
}

// A mode of strength theta > g in independent couplings shows at theta + g^2 / theta (Benaych-Georges & Nadakuditi
// 2012).
static void one_strong_mode_is_one_outlier_where_theory_has_it(void **state)
{
    (void)state;
    const double theta = 4.0 * G;
    double sum = 0.0, squares = 0.0;
    for (uint64_t k = 0; k < DRAWS; ++k) {
        draw(100 + k);
        add_rank_one(k, theta);
        double largest;
        const qn_outliers found = outliers(false, &largest);
        assert_int_equal(found.count, 1);
        assert_close(found.edge, 2.0 * G, 0.03);
        assert_close(found.distance * found.spread, largest - found.edge, 1e-12);
        sum += largest;
        squares += largest * largest;
    }
    const double mean = sum / DRAWS;
    const qn_estimate estimate = {
        .value = mean, .standard_error = sqrt((squares / DRAWS - mean * mean) / (DRAWS - 1)), .samples = DRAWS};
    assert_agrees(theta + G * G / theta, estimate, .max_z = 4, .max_relative_error = 0.01, .max_relative_bar = 0.005);
}

// Beyond the transition at theta = g, but nowhere near three spreads off the edge.
static void a_weak_mode_is_none(void **state)
{
    (void)state;
    draw(200);
    add_rank_one(0, 2.0 * G);
    double largest;
    const qn_outliers found = outliers(false, &largest);
    assert_int_equal(found.count, 0);
    assert_close(largest, 2.5 * G, 0.05);
    assert_true(found.edge == largest);
    assert_true(found.distance > 0.5 && found.distance < 3.0);
}

static void three_modes_are_three_outliers(void **state)
{
    (void)state;
    const qn_coupling coupling = {.kind = QN_COUPLING_LOW_RANK, .strength = G, .rank = 3, .rank_strength = 5.0 * G};
    assert_ok(qn_coupling_draw(&coupling, N, 1, 0, J));
    assert_int_equal(outliers(false, NULL).count, 3);
}

static void the_mean_of_random_connections_is_one_outlier(void **state)
{
    (void)state;
    qn_uniform(&(qn_stream){7, QN_PURPOSE_TEST, 300}, 0, (size_t)N * N, J);
    for (size_t k = 0; k < (size_t)N * N; ++k) J[k] = J[k] < 0.1;
    assert_int_equal(outliers(false, NULL).count, 1);
    assert_int_equal(outliers(true, NULL).count, 0);
}

static void check_none(qn_coupling_kind kind, qn_mode_spectrum spectrum)
{
    const qn_coupling coupling = {.kind = kind, .strength = G, .spectrum = spectrum};
    assert_ok(qn_coupling_draw(&coupling, N, 2, 0, J));
    assert_int_equal(outliers(false, NULL).count, 0);
}

// With nothing beside them, modes are the bulk: few or many of equal strength, or all.
static void modes_alone_are_no_outliers(void **state)
{
    (void)state;
    check_none(QN_COUPLING_ORTHOGONAL_MODE, (qn_mode_spectrum){.effective_rank = 0.02});
    check_none(QN_COUPLING_ORTHOGONAL_MODE, (qn_mode_spectrum){.effective_rank = 1.0});
    check_none(QN_COUPLING_RANDOM_MODE, (qn_mode_spectrum){.effective_rank = 0.1});
    check_none(QN_COUPLING_RANDOM_MODE, (qn_mode_spectrum){.kind = QN_SPECTRUM_EXPONENTIAL, .effective_rank = 0.3});
}

// The moments without outliers are those of the matrix from which they are taken.
static void deflation_is_that_of_the_matrix(void **state)
{
    (void)state;
    for (int leading = 0; leading < 2; ++leading) {
        draw(400);
        add_rank_one(5, 10.0);
        add_rank_one(6, 7.0);
        double m2, m4;
        moments(false, &m2, &m4);
        qn_singular_values found;
        assert_ok(
            qn_singular_values_find(&MATRIX, &(qn_singular_options){.complete_to = leading ? 1 : N}, NULL, &found));
        qn_deflated deflated;
        assert_ok(qn_singular_values_deflate(&found, 0, m2, m4, &deflated));
        assert_close(deflated.m2, m2, 1e-13);
        assert_close(deflated.m4, m4, 1e-12);
        assert_ok(qn_singular_values_deflate(&found, 2, m2, m4, &deflated));
        for (size_t a = 0; a < 2; ++a)
            for (size_t i = 0; i < N; ++i)
                for (size_t j = 0; j < N; ++j)
                    J[i * N + j] -= found.values[a] * found.left[a * N + i] * found.right[a * N + j];
        qn_connectivity rest;
        assert_ok(qn_connectivity_analyse(&MATRIX, NULL, NULL, &rest));
        assert_close(deflated.m2, rest.m2, 1e-12);
        assert_close(deflated.m4, rest.m4, 1e-11);
        assert_close(deflated.kappa4, rest.kappa4, 1e-11);
        assert_close(deflated.inverse_effective_rank, rest.inverse_effective_rank, 1e-11);
        assert_close(deflated.effective_rank, rest.effective_rank, 1e-11);
        assert_true(m4 / (m2 * m2) - 2.0 > deflated.inverse_effective_rank + 1.0);
        qn_singular_values_clear(&found);
    }
}

static void nothing_remains_of_a_single_mode(void **state)
{
    (void)state;
    memset(J, 0, sizeof J);
    add_rank_one(7, 3.0);
    double m2, m4;
    moments(false, &m2, &m4);
    qn_singular_values found;
    assert_ok(qn_singular_values_find(&MATRIX, &(qn_singular_options){.complete_to = 1, .count = 4}, NULL, &found));
    qn_deflated rest;
    assert_ok(qn_singular_values_deflate(&found, 1, m2, m4, &rest));
    assert_true(rest.m2 == 0.0 && rest.m4 == 0.0 && isnan(rest.inverse_effective_rank) && isnan(rest.effective_rank));
    assert_fails(qn_singular_values_deflate(&found, 5, m2, m4, &rest), QN_BAD_VALUE,
                 "5 singular values to project out; known: 4");
    qn_outliers none = {.count = 9};
    assert_fails(qn_outliers_find(&found, 0.5 * m2, m4, &none), QN_BAD_VALUE, "the moments of another matrix?");
    found.known = 1;
    assert_fails(qn_outliers_find(&found, m2, m4, &none), QN_BAD_VALUE, "of a matrix of 400 units 1 is known");
    assert_int_equal(none.count, 9);
    qn_singular_values_clear(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_couplings_have_none),
        cmocka_unit_test(one_strong_mode_is_one_outlier_where_theory_has_it),
        cmocka_unit_test(a_weak_mode_is_none),
        cmocka_unit_test(three_modes_are_three_outliers),
        cmocka_unit_test(the_mean_of_random_connections_is_one_outlier),
        cmocka_unit_test(modes_alone_are_no_outliers),
        cmocka_unit_test(deflation_is_that_of_the_matrix),
        cmocka_unit_test(nothing_remains_of_a_single_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
