#include "testing.h"

#include <stdlib.h>

enum { N = 400, COUNT = 20 };

static double J[N * N];

static qn_matrix dense(size_t size) { return (qn_matrix){.rows = size, .columns = size, .values = J}; }

static void draw(uint64_t index, size_t size)
{
    qn_normal(&(qn_stream){3, QN_PURPOSE_TEST, index}, 0, size * size, J);
    for (size_t k = 0; k < size * size; ++k) J[k] *= 1.5 / sqrt((double)size);
}

// The entries of J that are not zero.
static qn_matrix sparse(size_t size)
{
    static size_t start[N + 1];
    static uint32_t column[N * N];
    static double value[N * N];
    size_t n = 0;
    for (size_t i = 0; i < size; ++i) {
        for (size_t j = 0; j < size; ++j)
            if (J[i * size + j] != 0.0) column[n] = (uint32_t)j, value[n++] = J[i * size + j];
        start[i + 1] = n;
    }
    return (qn_matrix){.rows = size,
                       .columns = size,
                       .sparse = true,
                       .values = value,
                       .entries = n,
                       .row_start = start,
                       .column = column};
}

static void thin_out(uint64_t index)
{
    draw(index, N);
    for (size_t k = 0; k < (size_t)N * N; ++k) J[k] = (k * 7919 + k / N) % 9 == 0 ? J[k] + 0.1 : 0.0;
}

static double dot(size_t size, const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t i = 0; i < size; ++i) sum += x[i] * y[i];
    return sum;
}

static void check_orthonormal(const qn_singular_values *found, const double *vectors)
{
    for (size_t a = 0; a < found->count; ++a)
        for (size_t b = 0; b <= a; ++b)
            assert_within(dot(found->size, vectors + a * found->size, vectors + b * found->size), a == b, 1e-12);
}

static void check_order_and_signs(const qn_singular_values *found)
{
    for (size_t a = 1; a < found->known; ++a) assert_true(found->values[a - 1] >= found->values[a]);
    assert_true(found->values[found->known - 1] >= 0.0);
    for (size_t a = 0; a < found->count; ++a) {
        double largest = 0.0;
        for (size_t i = 0; i < found->size; ++i)
            if (fabs(found->left[a * found->size + i]) > fabs(largest)) largest = found->left[a * found->size + i];
        assert_true(largest > 0.0);
    }
}

// u is the output: J_ij = sum_a s_a u_ai v_aj, and not its transpose.
static void a_complete_decomposition_gives_the_matrix_back(void **state)
{
    (void)state;
    enum { SIZE = 70 };
    draw(1, SIZE);
    for (size_t k = 0; k < SIZE; ++k) J[5 * SIZE + k] *= 3.0;
    const qn_matrix matrix = dense(SIZE);
    qn_singular_values found;
    assert_ok(qn_singular_values_find(&matrix, NULL, NULL, &found));
    assert_true(found.size == SIZE && found.known == SIZE && found.count == SIZE && found.steps == 0);
    check_order_and_signs(&found);
    check_orthonormal(&found, found.left);
    check_orthonormal(&found, found.right);
    for (size_t i = 0; i < SIZE; ++i)
        for (size_t j = 0; j < SIZE; ++j) {
            double sum = 0.0;
            for (size_t a = 0; a < SIZE; ++a)
                sum += found.values[a] * found.left[a * SIZE + i] * found.right[a * SIZE + j];
            assert_within(sum, J[i * SIZE + j], 1e-13);
        }
    assert_true(found.worst_residual > 0.0 && found.worst_residual < 1e-13);
    qn_connectivity structure;
    assert_ok(qn_connectivity_analyse(&matrix, NULL, NULL, &structure));
    assert_close(found.effective_rank, structure.effective_rank, 1e-12);
    qn_singular_values_clear(&found);
    assert_null(found.values);
}

static void residuals_are_true(const qn_singular_values *found, double shift)
{
    for (size_t a = 0; a < found->count; ++a) {
        const double *u = found->left + a * N, *v = found->right + a * N;
        double forward = 0.0, backward = 0.0;
        for (size_t i = 0; i < N; ++i) {
            double in_row = -found->values[a] * u[i], in_column = -found->values[a] * v[i];
            for (size_t j = 0; j < N; ++j) {
                in_row += (J[i * N + j] - shift) * v[j];
                in_column += (J[j * N + i] - shift) * u[j];
            }
            forward += in_row * in_row;
            backward += in_column * in_column;
        }
        // Below 1e-14 both are rounding.
        assert_within(found->residuals[a], sqrt(fmax(forward, backward)), 3e-14 + 1e-3 * found->residuals[a]);
        assert_true(found->residuals[a] <= found->worst_residual);
    }
}

// The vectors agree where values are further apart than the tolerance: their error is residual over distance.
static void check_against_complete(const qn_singular_values *leading, const qn_singular_values *all)
{
    for (size_t a = 0; a < leading->count; ++a) {
        assert_close(leading->values[a] / all->values[a], 1.0, 1e-13);
        const double above = a ? all->values[a - 1] - all->values[a] : INFINITY;
        const double distance = fmin(above, all->values[a] - all->values[a + 1]);
        const double error = 3.0 * leading->worst_residual / distance + 1e-12;
        for (size_t i = 0; i < N; ++i) {
            assert_within(leading->left[a * N + i], all->left[a * N + i], error);
            assert_within(leading->right[a * N + i], all->right[a * N + i], error);
        }
    }
}

static void leading_triplets_are_those_of_the_complete_decomposition(void **state)
{
    (void)state;
    thin_out(2);
    double mean = 0.0;
    for (size_t k = 0; k < (size_t)N * N; ++k) mean += J[k] / (N * N);
    const qn_matrix matrices[] = {dense(N), sparse(N)};
    for (int remove = 0; remove < 2; ++remove) {
        const qn_singular_options complete = {.remove_mean = remove};
        qn_singular_values all;
        assert_ok(qn_singular_values_find(&matrices[0], &complete, NULL, &all));
        for (size_t k = 0; k < 2; ++k) {
            const qn_singular_options few = {.count = COUNT, .complete_to = 1, .remove_mean = remove};
            qn_singular_values leading;
            assert_ok(qn_singular_values_find(&matrices[k], &few, NULL, &leading));
            assert_true(leading.known == COUNT && leading.count == COUNT && leading.steps > 0);
            assert_true(isnan(leading.effective_rank));
            assert_true(leading.worst_residual <= 1e-8 * leading.values[0]);
            check_order_and_signs(&leading);
            check_orthonormal(&leading, leading.left);
            check_orthonormal(&leading, leading.right);
            check_against_complete(&leading, &all);
            residuals_are_true(&leading, remove ? mean : 0.0);
            qn_singular_values_clear(&leading);
        }
        qn_singular_values_clear(&all);
    }
}

// More equal values than a block has vectors, and an orthogonal matrix, of which every vector is one.
static void values_that_coincide_are_all_found(void **state)
{
    (void)state;
    enum { EQUAL = 40, WANTED = 50 };
    memset(J, 0, sizeof J);
    for (size_t i = 0; i < N; ++i) J[i * N + (i * 3) % N] = i % 10 == 0 ? 2.0 : 1.0 / (2.0 + (double)i);
    for (size_t i = 0; i < N; ++i) J[i * N + (i * 3) % N] *= i % 2 ? 1.0 : -1.0;
    const qn_matrix matrix = sparse(N);
    const qn_singular_options options = {.count = WANTED, .complete_to = 1};
    qn_singular_values found;
    assert_ok(qn_singular_values_find(&matrix, &options, NULL, &found));
    for (size_t a = 0; a < EQUAL; ++a) assert_close(found.values[a], 2.0, 1e-13);
    assert_close(found.values[EQUAL], 1.0 / 3.0, 1e-12);
    qn_singular_values_clear(&found);

    const qn_coupling orthogonal = {.kind = QN_COUPLING_ORTHOGONAL_MODE, .strength = 1.5, .spectrum.effective_rank = 1};
    assert_ok(qn_coupling_draw(&orthogonal, N, 5, 0, J));
    const qn_matrix haar = dense(N);
    assert_ok(qn_singular_values_find(&haar, &options, NULL, &found));
    for (size_t a = 0; a < WANTED; ++a) assert_close(found.values[a], 1.5, 1e-12);
    qn_singular_values_clear(&found);
}

static void a_matrix_of_low_rank_has_zeros(void **state)
{
    (void)state;
    double modes[6][N];
    qn_normal(&(qn_stream){3, QN_PURPOSE_TEST, 9}, 0, (size_t)6 * N, &modes[0][0]);
    memset(J, 0, sizeof J);
    for (size_t k = 0; k < 3; ++k)
        for (size_t i = 0; i < N; ++i)
            for (size_t j = 0; j < N; ++j) J[i * N + j] += modes[k][i] * modes[3 + k][j] / N;
    const qn_matrix matrix = dense(N);
    qn_singular_values found;
    assert_ok(qn_singular_values_find(&matrix, &(qn_singular_options){.count = 5, .complete_to = 1}, NULL, &found));
    assert_true(found.values[2] > 0.5 && found.values[3] < 1e-13 && found.worst_residual < 1e-13);
    qn_singular_values_clear(&found);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    thin_out(3);
    const qn_matrix matrix = sparse(N);
    for (size_t complete_to = 1; complete_to <= N; complete_to += N - 1) {
        const qn_singular_options options = {.count = COUNT, .complete_to = complete_to, .remove_mean = true};
        qn_singular_values one, three;
        qn_set_threads(1);
        assert_ok(qn_singular_values_find(&matrix, &options, NULL, &one));
        qn_set_threads(3);
        assert_ok(qn_singular_values_find(&matrix, &options, NULL, &three));
        qn_set_threads(0);
        assert_memory_equal(one.values, three.values, one.known * sizeof(double));
        assert_memory_equal(one.left, three.left, (size_t)COUNT * N * sizeof(double));
        assert_memory_equal(one.right, three.right, (size_t)COUNT * N * sizeof(double));
        assert_memory_equal(one.residuals, three.residuals, COUNT * sizeof(double));
        qn_singular_values_clear(&one);
        qn_singular_values_clear(&three);
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
    draw(4, N);
    qn_matrix matrix = dense(N);
    qn_singular_values found = {.size = 77};
    qn_singular_options options = {.count = N + 1};
    assert_fails(qn_singular_values_find(&matrix, &options, NULL, &found), QN_BAD_VALUE,
                 "401 singular values asked for of a matrix of 400 units");
    options = (qn_singular_options){.tolerance = 1e-15};
    assert_fails(qn_singular_values_find(&matrix, &options, NULL, &found), QN_BAD_VALUE,
                 "tolerance of singular vectors: 1e-15; allowed: 1e-13 to 1");
    options = (qn_singular_options){.complete_to = 1, .most_steps = 1, .count = 5};
    assert_fails(qn_singular_values_find(&matrix, &options, NULL, &found), QN_NOT_CONVERGED, "asked for: 1e-08");
    options = (qn_singular_options){.complete_to = 1};
    assert_fails(qn_singular_values_find(&matrix, &options, &(qn_progress){stop, NULL}, &found), QN_STOPPED, "");
    J[N + 2] = NAN;
    assert_fails(qn_singular_values_find(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "[1][2] is nan");
    matrix.columns = 3;
    assert_fails(qn_singular_values_find(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "400 rows and 3 columns");
    matrix = dense(0);
    assert_fails(qn_singular_values_find(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "has 0 units");
    for (size_t k = 0; k < 16; ++k) J[k] = 0.3;
    matrix = dense(4);
    options = (qn_singular_options){.remove_mean = true};
    assert_fails(qn_singular_values_find(&matrix, &options, NULL, &found), QN_BAD_VALUE,
                 "other than zero once its mean is taken off, of 4 units");
    memset(J, 0, sizeof J);
    assert_fails(qn_singular_values_find(&matrix, NULL, NULL, &found), QN_BAD_VALUE, "other than zero, of 4 units");
    assert_int_equal(found.size, 77);
}

// A diagonal matrix that fits, and bases of 40000 vectors of a million entries, which do not.
static void what_would_not_fit_is_refused_beforehand(void **state)
{
    (void)state;
    enum { MANY = 1000000 };
    qn_matrix matrix = {.rows = MANY, .columns = MANY, .sparse = true, .entries = MANY};
    matrix.values = malloc(MANY * sizeof *matrix.values);
    matrix.column = malloc(MANY * sizeof *matrix.column);
    matrix.row_start = malloc((MANY + 1) * sizeof *matrix.row_start);
    assert_true(matrix.values && matrix.column && matrix.row_start);
    for (size_t i = 0; i <= MANY; ++i) matrix.row_start[i] = i;
    for (size_t i = 0; i < MANY; ++i) matrix.values[i] = 1.0, matrix.column[i] = (uint32_t)i;
    qn_singular_values found = {.size = 77};
    assert_fails(qn_singular_values_find(&matrix, &(qn_singular_options){.count = 200000}, NULL, &found), QN_NO_MEMORY,
                 "search for singular vectors");
    assert_int_equal(found.size, 77);
    free(matrix.values);
    free(matrix.column);
    free(matrix.row_start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_decomposition_gives_the_matrix_back),
        cmocka_unit_test(leading_triplets_are_those_of_the_complete_decomposition),
        cmocka_unit_test(values_that_coincide_are_all_found),
        cmocka_unit_test(a_matrix_of_low_rank_has_zeros),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(what_would_not_fit_is_refused_beforehand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
