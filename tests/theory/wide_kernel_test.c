#include "testing.h"

#include "theory/wide_expectation.h"

#include <stdlib.h>

enum { P = 8, N = 5, DEPTH = 4 };
static const double PLAIN = 2.0 / 1.77245385090551602730; // erf(h)

static double sheet_values[P * N];

static qn_wide_inputs sheet_inputs(void)
{
    for (int i = 0; i < P; ++i)
        for (int k = 0; k < N; ++k) sheet_values[i * N + k] = cos(1.3 * i + 0.7 * k + 0.1 * i * k);
    return (qn_wide_inputs){.count = P, .dimension = N, .times = 1, .values = sheet_values};
}

static qn_wide_network network_of(qn_transfer phi, double strength, double bias, qn_wide_architecture architecture)
{
    return (qn_wide_network){.architecture = architecture,
                             .activation = phi,
                             .depth = DEPTH,
                             .input_strength = 1.0,
                             .strength = strength,
                             .bias = bias};
}

static double at(const qn_wide_network *network, const qn_wide_inputs *inputs, qn_wide_quantity quantity, size_t a,
                 size_t b, size_t i, size_t j)
{
    double kernel[P * P];
    const qn_wide_layer_pair pair = {a, b};
    assert_ok(qn_wide_kernel_pairs(network, inputs, NULL, quantity, 1, &pair, NULL, kernel, NULL));
    return kernel[i * inputs->count + j];
}

#define CLOSE(found, expected, tolerance) assert_within((found), (expected), (tolerance)*fabs(expected))

typedef struct {
    qn_transfer phi;
    double strength, bias, output[3], cross[3], tangent[3], tolerance;
} row;

static void kernels_are_those_of_the_sheet(void **state)
{
    (void)state;
    const row rows[] = {{{.kind = QN_TRANSFER_ERF},
                         1.5,
                         0.2,
                         {0.957346306691, 0.302106334284, 0.00683877434875},
                         {0.0631670777313, 0.0675170619912, 0.0533598365044},
                         {7.35468551174, 1.28405901315, 0.583071909336},
                         1e-11},
                        {{.kind = QN_TRANSFER_ERF, .gain = PLAIN},
                         2.0,
                         0.0,
                         {2.50388761873, 0.193775294394, -0.543033220523},
                         {0.0, 0.0, 0.0},
                         {44.0558393445, 1.17017624865, 0.0},
                         1e-11},
                        {{.kind = QN_TRANSFER_RELU},
                         1.4142135623730951,
                         0.1,
                         {0.61130498594, 0.412705735666, 0.429579593022},
                         {0.207334047659, 0.180712370971, 0.159013087654},
                         {3.51782991564, 1.05578419627, 0.782972858061},
                         1e-11},
                        {{.kind = QN_TRANSFER_TANH},
                         1.7,
                         0.2,
                         {1.31582961483, 0.351564499587, -0.0492306042645},
                         {0.0533687750887, 0.0573765261284, 0.0453899978932},
                         {11.8688167289, 1.58089125706, 0.648347074187},
                         1e-8}};
    const qn_wide_inputs inputs = sheet_inputs();
    for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
        const qn_wide_network network = network_of(rows[r].phi, rows[r].strength, rows[r].bias, QN_WIDE_RECURRENT);
        const double tolerance = rows[r].tolerance;
        double kernel[P * P], tangent[P * P];
        assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, kernel, NULL));
        CLOSE(kernel[0], rows[r].output[0], tolerance);
        CLOSE(kernel[1], rows[r].output[1], tolerance);
        CLOSE(kernel[7], rows[r].output[2], tolerance);
        CLOSE(at(&network, &inputs, QN_WIDE_MOMENT, 4, 3, 0, 0), rows[r].cross[0], tolerance);
        CLOSE(at(&network, &inputs, QN_WIDE_MOMENT, 4, 3, 0, 1), rows[r].cross[1], tolerance);
        CLOSE(at(&network, &inputs, QN_WIDE_MOMENT, 4, 2, 0, 1), rows[r].cross[2], tolerance);
        assert_ok(qn_wide_tangent_kernel(&network, &inputs, NULL, NULL, tangent, NULL));
        CLOSE(tangent[0], rows[r].tangent[0], tolerance);
        CLOSE(tangent[1], rows[r].tangent[1], tolerance);
        CLOSE(at(&network, &inputs, QN_WIDE_TANGENT, 4, 3, 0, 1), rows[r].tangent[2], tolerance);
    }
}

// (32), (33) at a constant input and against finite networks in the sheet.
static void tangent_kernels_of_two_bits_are_those_of_the_sheet(void **state)
{
    (void)state;
    double values[16];
    for (int i = 0; i < 16; ++i) values[i] = i == 8 || i == 9 ? -1.0 : 1.0;
    const qn_wide_inputs inputs = {.count = 2, .dimension = 8, .times = 1, .values = values};
    qn_wide_network network = network_of((qn_transfer){.kind = QN_TRANSFER_ERF}, 1.5, 0.5, QN_WIDE_RECURRENT);
    network.own_output = true, network.output_strength = 1.2, network.output_bias = 0.3;
    const double expected[][4] = {{4, 4, 4.87357, 2.33378}, {4, 3, 1.17778, 1.17778}, {3, 3, 4.05349, 2.00021},
                                  {4, 4, 4.51799, 1.37136}, {4, 3, 3.07201, 1.26815}, {3, 3, 4.08603, 1.36370}};
    for (size_t k = 0; k < 6; ++k) {
        network.input_mode = k < 3 ? QN_WIDE_INPUT_FIRST : QN_WIDE_INPUT_CONSTANT;
        const size_t a = (size_t)expected[k][0], b = (size_t)expected[k][1];
        assert_within(at(&network, &inputs, QN_WIDE_TANGENT, a, b, 0, 0), expected[k][2], 6e-6);
        assert_within(at(&network, &inputs, QN_WIDE_TANGENT, a, b, 0, 1), expected[k][3], 6e-6);
        assert_within(at(&network, &inputs, QN_WIDE_TANGENT, a, b, 1, 1), expected[k][2], 6e-6);
    }
}

// R4 and R5 of the sheet, and the deep network with inputs in every layer.
static void second_moments_between_times_are_those_of_the_sheet(void **state)
{
    (void)state;
    double values[5 * 2 * 4];
    for (int a = 0; a < 5; ++a)
        for (int i = 0; i < 2; ++i)
            for (int k = 0; k < 4; ++k) values[(a * 2 + i) * 4 + k] = cos(a * (i + 1) + k);
    const qn_wide_inputs inputs = {.count = 2, .dimension = 4, .times = 5, .values = values};
    qn_wide_network network = network_of((qn_transfer){.kind = QN_TRANSFER_ERF}, 1.5, 0.2, QN_WIDE_RECURRENT);
    network.input_mode = QN_WIDE_INPUT_SEQUENCE;
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 4, 0, 0), 0.52083944, 6e-9);
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 4, 0, 1), -0.06839961, 6e-9);
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 4, 1, 1), 0.50859996, 6e-9);
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 3, 0, 0), 0.23979527, 6e-9);
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 2, 0, 0), -0.10070870, 6e-9);
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 3, 0, 1), 0.10208624, 6e-9);
    network.bias = 0.5, network.fresh_bias = true;
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 4, 0, 0), 0.54743840, 6e-9);
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 3, 0, 1), 0.03286671, 6e-9);
    network = network_of((qn_transfer){.kind = QN_TRANSFER_ERF}, 1.5, 0.2, QN_WIDE_DEEP);
    network.input_mode = QN_WIDE_INPUT_SEQUENCE;
    assert_within(at(&network, &inputs, QN_WIDE_MOMENT, 4, 4, 0, 1), -0.06839961, 6e-9);
    assert_true(at(&network, &inputs, QN_WIDE_FIELD, 4, 3, 0, 1) == 0.0);
    assert_true(at(&network, &inputs, QN_WIDE_MOMENT, 4, 3, 0, 1) == 0.0);
}

// --- against (1)-(4) written out one pair at a time ---------------------------------------------------------------

static double dot(const qn_wide_inputs *x, size_t t, size_t i, const qn_wide_inputs *y, size_t u, size_t j)
{
    double sum = 0.0;
    for (size_t k = 0; k < x->dimension; ++k)
        sum += x->values[(t * x->count + i) * x->dimension + k] * y->values[(u * y->count + j) * y->dimension + k];
    return sum / (double)x->dimension;
}

static double brute_field(const qn_wide_network *net, const qn_wide_inputs *x, size_t a, size_t i,
                          const qn_wide_inputs *y, size_t b, size_t j)
{
    double k = 0.0;
    const bool first = net->input_mode == QN_WIDE_INPUT_FIRST, sequence = net->input_mode == QN_WIDE_INPUT_SEQUENCE;
    if (!first || (a == 0 && b == 0))
        k += net->input_strength * net->input_strength * dot(x, sequence ? a : 0, i, y, sequence ? b : 0, j);
    if (a == b || !net->fresh_bias) k += qn_wide_bias(net, a) * qn_wide_bias(net, b);
    if (a == 0 || b == 0) return k;
    qn_wide_moment moment;
    assert_ok(qn_wide_moment_of(&net->activation, brute_field(net, x, a - 1, i, x, a - 1, i),
                                brute_field(net, x, a - 1, i, y, b - 1, j), brute_field(net, y, b - 1, j, y, b - 1, j),
                                &moment));
    return k + qn_wide_strength(net, a) * qn_wide_strength(net, b) * moment.value;
}

enum { MANY = 203, FEW = 5, TIMES = 4 }; // more than a tile

static void fill_random(size_t count, double *values)
{
    uint64_t seed = 12345;
    for (size_t i = 0; i < count; ++i) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        values[i] = 2.0 * (double)(seed >> 11) / 9007199254740992.0 - 1.0;
    }
}

static void tiles_agree_with_brute_force(void **state)
{
    (void)state;
    const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_RELU, QN_TRANSFER_LINEAR};
    double *x = malloc(TIMES * MANY * 3 * sizeof *x), *y = malloc(TIMES * FEW * 3 * sizeof *y);
    double *kernel = malloc(MANY * MANY * sizeof *kernel), *other = malloc(MANY * FEW * sizeof *other);
    assert_non_null(x);
    assert_non_null(y);
    assert_non_null(kernel);
    assert_non_null(other);
    fill_random(TIMES * MANY * 3, x);
    fill_random(TIMES * FEW * 3, y);
    for (size_t k = 0; k < 3; ++k)
        for (int mode = QN_WIDE_INPUT_FIRST; mode <= QN_WIDE_INPUT_SEQUENCE; ++mode)
            for (size_t b = 1; b < TIMES; b += 2) {
                const size_t times = mode == QN_WIDE_INPUT_SEQUENCE ? TIMES : 1;
                const qn_wide_inputs rows = {MANY, 3, times, x}, columns = {FEW, 3, times, y};
                const qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                                                 .activation = {.kind = kinds[k], .gain = 0.8},
                                                 .depth = TIMES - 1,
                                                 .input_strength = 1.2,
                                                 .strength = 1.4,
                                                 .bias = 0.3,
                                                 .input_mode = (qn_wide_input_mode)mode};
                const qn_wide_layer_pair pair = {3, b};
                assert_ok(qn_wide_kernel_pairs(&network, &rows, NULL, QN_WIDE_FIELD, 1, &pair, NULL, kernel, NULL));
                assert_ok(qn_wide_kernel_pairs(&network, &rows, &columns, QN_WIDE_FIELD, 1, &pair, NULL, other, NULL));
                for (size_t i = 0; i < MANY; i += 17) {
                    for (size_t j = 0; j < MANY; j += 13)
                        assert_close(kernel[i * MANY + j], brute_field(&network, &rows, 3, i, &rows, b, j), 1e-14);
                    for (size_t j = 0; j < FEW; ++j)
                        assert_close(other[i * FEW + j], brute_field(&network, &rows, 3, i, &columns, b, j), 1e-14);
                }
            }
    free(x), free(y), free(kernel), free(other);
}

static void deep_and_recurrent_kernels_are_the_same_bits(void **state)
{
    (void)state;
    const qn_wide_inputs inputs = sheet_inputs();
    const qn_transfer all[] = {{.kind = QN_TRANSFER_ERF}, {.kind = QN_TRANSFER_RELU}, {.kind = QN_TRANSFER_TANH}};
    for (size_t k = 0; k < 3; ++k) {
        const qn_wide_network deep = network_of(all[k], 1.4, 0.2, QN_WIDE_DEEP);
        const qn_wide_network recurrent = network_of(all[k], 1.4, 0.2, QN_WIDE_RECURRENT);
        double first[P * P], second[P * P];
        assert_ok(qn_wide_kernel(&deep, &inputs, NULL, NULL, first, NULL));
        assert_ok(qn_wide_kernel(&recurrent, &inputs, NULL, NULL, second, NULL));
        assert_memory_equal(first, second, sizeof first);
    }
}

static void several_readouts_make_blocks(void **state)
{
    (void)state;
    const qn_wide_inputs inputs = sheet_inputs();
    const size_t readouts[] = {1, 4};
    for (int architecture = 0; architecture < 2; ++architecture) {
        qn_wide_network network =
            network_of((qn_transfer){.kind = QN_TRANSFER_RELU}, 1.3, 0.2, (qn_wide_architecture)architecture);
        network.readout_count = 2, network.readouts = readouts;
        double kernel[4 * P * P];
        assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, kernel, NULL));
        for (size_t r = 0; r < 2; ++r)
            for (size_t s = 0; s < 2; ++s)
                for (size_t i = 0; i < P; ++i)
                    for (size_t j = 0; j < P; ++j) {
                        const double found = kernel[(r * P + i) * 2 * P + s * P + j];
                        assert_true(found == kernel[(s * P + j) * 2 * P + r * P + i]);
                        assert_true(found == at(&network, &inputs, QN_WIDE_OUTPUT, readouts[r], readouts[s], i, j));
                        if (architecture == QN_WIDE_DEEP && r != s) assert_true(found == 0.0);
                    }
        double variance[2 * P];
        assert_ok(qn_wide_output_variances(&network, &inputs, variance));
        for (size_t s = 0; s < 2 * P; ++s) assert_close(variance[s], kernel[s * 2 * P + s], 1e-15);
    }
}

static void layers_of_a_deep_network_are_independent(void **state)
{
    (void)state;
    const qn_wide_inputs inputs = sheet_inputs();
    const qn_wide_network network = network_of((qn_transfer){.kind = QN_TRANSFER_RELU}, 1.3, 0.2, QN_WIDE_DEEP);
    double variance[(DEPTH + 1) * P];
    assert_ok(qn_wide_variances(&network, &inputs, variance, NULL));
    const double expected = sqrt(variance[3 * P + 2] * variance[1 * P + 5]) / (2.0 * 3.14159265358979323846);
    assert_close(at(&network, &inputs, QN_WIDE_MOMENT, 3, 1, 2, 5), expected, 1e-15);
    assert_true(at(&network, &inputs, QN_WIDE_FIELD, 3, 1, 2, 5) == 0.0);
    assert_true(at(&network, &inputs, QN_WIDE_TANGENT, 3, 1, 2, 5) == 0.0);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    double *x = malloc(3 * MANY * 7 * sizeof *x), *one = malloc(3 * MANY * MANY * sizeof *one);
    assert_non_null(x);
    assert_non_null(one);
    double *two = one + MANY * MANY, *given = two + MANY * MANY;
    fill_random(MANY * 7, x);
    const qn_wide_inputs inputs = {MANY, 7, 1, x};
    const qn_wide_network network = network_of((qn_transfer){.kind = QN_TRANSFER_ERF}, 1.5, 0.1, QN_WIDE_DEEP);
    qn_set_threads(1);
    assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, one, NULL));
    qn_set_threads(3);
    assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, two, NULL));
    qn_set_threads(0);
    assert_memory_equal(one, two, MANY * MANY * sizeof *one);
    double *gram = two;
    assert_ok(qn_wide_gram(&inputs, NULL, 0, gram));
    const qn_wide_kernel_options options = {.gram = gram};
    assert_ok(qn_wide_kernel(&network, &inputs, NULL, &options, given, NULL));
    for (size_t i = 0; i < MANY * MANY; ++i) assert_close(given[i], one[i], 1e-14);
    free(x), free(one);
}

static void single_precision_is_close(void **state)
{
    (void)state;
    double *x = malloc(MANY * 7 * sizeof *x), *exact = malloc(MANY * MANY * sizeof *exact);
    float *found = malloc(MANY * MANY * sizeof *found);
    assert_non_null(x);
    assert_non_null(exact);
    assert_non_null(found);
    fill_random(MANY * 7, x);
    const qn_wide_inputs inputs = {MANY, 7, 1, x};
    const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_RELU, QN_TRANSFER_LINEAR};
    for (size_t k = 0; k < 3; ++k) {
        qn_wide_network network = network_of((qn_transfer){.kind = kinds[k]}, 1.2, 0.1, QN_WIDE_DEEP);
        network.input_mode = QN_WIDE_INPUT_CONSTANT;
        assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, exact, NULL));
        assert_ok(qn_wide_kernel_float(&network, &inputs, NULL, NULL, found, NULL));
        // Five maps of 2e-7 each, a little amplified on the way; relative to the largest of a row.
        for (size_t i = 0; i < MANY * MANY; ++i)
            assert_within(found[i], exact[i], 2e-6 * fabs(exact[i / MANY * (MANY + 1)]));
    }
    free(x), free(exact), free(found);
}

// tanh and max(0, x) - 0.3 by their series, against quadrature and a closed form.
static void interpolated_kernels_are_as_good_as_their_report_says(void **state)
{
    (void)state;
    double *x = malloc(MANY * 7 * sizeof *x), *found = malloc(4 * MANY * MANY * sizeof *found);
    assert_non_null(x);
    assert_non_null(found);
    double *exact = found + MANY * MANY;
    fill_random(MANY * 7, x);
    const qn_wide_inputs inputs = {MANY, 7, 1, x};
    qn_wide_network network = network_of((qn_transfer){.kind = QN_TRANSFER_TANH}, 1.5, 0.1, QN_WIDE_RECURRENT);
    network.depth = 2;
    const qn_wide_layer_pair pairs[] = {{2, 2}, {2, 1}};
    qn_wide_kernel_report report;
    assert_ok(qn_wide_kernel_pairs(&network, &inputs, NULL, QN_WIDE_MOMENT, 2, pairs, NULL, found, &report));
    assert_true(report.interpolation_error > 0.0 && report.interpolation_error < 2e-10);
    for (size_t k = 0; k < 2; ++k)
        for (size_t i = 0; i < MANY; i += 40)
            for (size_t j = 0; j < MANY; j += 23) {
                const size_t a = pairs[k].row, b = pairs[k].column;
                qn_wide_moment moment;
                assert_ok(qn_wide_moment_of(&network.activation, brute_field(&network, &inputs, a, i, &inputs, a, i),
                                            brute_field(&network, &inputs, a, i, &inputs, b, j),
                                            brute_field(&network, &inputs, b, j, &inputs, b, j), &moment));
                assert_within(found[(k * MANY + i) * MANY + j], moment.value, 6.0 * report.interpolation_error);
            }
    // A threshold-power of exponent 1 is relu.
    network.activation = (qn_transfer){.kind = QN_TRANSFER_RELU};
    assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, exact, NULL));
    network.activation = (qn_transfer){.kind = QN_TRANSFER_THRESHOLD_POWER};
    assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, found, &report));
    for (size_t i = 0; i < MANY * MANY; ++i) assert_within(found[i], exact[i], 20.0 * report.interpolation_error);
    assert_true(report.interpolation_error < 1e-6);
    free(x), free(found);
}

static void interpolated_tangents_agree_with_quadrature(void **state)
{
    (void)state;
    double *x = malloc(MANY * 7 * sizeof *x), *all = malloc(MANY * MANY * sizeof *all);
    assert_non_null(x);
    assert_non_null(all);
    fill_random(MANY * 7, x);
    const qn_wide_inputs inputs = {MANY, 7, 1, x}, few = {P, 7, 1, x};
    qn_wide_network network = network_of((qn_transfer){.kind = QN_TRANSFER_TANH}, 1.5, 0.1, QN_WIDE_DEEP);
    network.depth = 1;
    double exact[P * P];
    assert_ok(qn_wide_tangent_kernel(&network, &inputs, NULL, NULL, all, NULL));
    assert_ok(qn_wide_tangent_kernel(&network, &few, NULL, NULL, exact, NULL));
    for (size_t i = 0; i < P; ++i)
        for (size_t j = 0; j < P; ++j) assert_close(all[i * MANY + j], exact[i * P + j], 1e-8);
    free(x), free(all);
}

static void what_users_must_know_is_reported(void **state)
{
    (void)state;
    const qn_wide_inputs inputs = sheet_inputs();
    qn_wide_network network = network_of((qn_transfer){.kind = QN_TRANSFER_ERF}, 0.2, 0.0, QN_WIDE_DEEP);
    double kernel[P * P], variance[(DEPTH + 1) * P];
    qn_wide_kernel_report report;
    assert_ok(qn_wide_kernel(&network, &inputs, NULL, NULL, kernel, &report));
    assert_true(report.decay < 1e-4 && report.decay > 0.0);
    assert_int_equal(report.silent, 0);
    network.input_strength = 0.0;
    assert_ok(qn_wide_variances(&network, &inputs, variance, &report));
    assert_int_equal(report.silent, P);
    network = network_of((qn_transfer){.kind = QN_TRANSFER_RELU}, 1e40, 1.0, QN_WIDE_DEEP);
    kernel[0] = 7.0;
    assert_fails(qn_wide_kernel(&network, &inputs, NULL, NULL, kernel, NULL), QN_NO_SOLUTION,
                 "variance of input 0 overflows in layer 4");
    assert_true(kernel[0] == 7.0);
    network.strength = 1e10;
    float single[P * P];
    assert_fails(qn_wide_kernel_float(&network, &inputs, NULL, NULL, single, NULL), QN_NO_SOLUTION,
                 "single precision holds less than 1e+37");
    network.strength = -1.0;
    assert_fails(qn_wide_kernel(&network, &inputs, NULL, NULL, kernel, NULL), QN_BAD_VALUE, "strength is -1");
    network.strength = 1.0;
    const qn_wide_layer_pair beyond = {4, 5};
    assert_fails(qn_wide_kernel_pairs(&network, &inputs, NULL, QN_WIDE_FIELD, 1, &beyond, NULL, kernel, NULL),
                 QN_BAD_VALUE, "pairs[0] is (4, 5); allowed: 0 to depth = 4");
    const qn_wide_inputs narrow = {.count = 2, .dimension = 3, .times = 1, .values = inputs.values};
    assert_fails(qn_wide_kernel(&network, &inputs, &narrow, NULL, kernel, NULL), QN_BAD_VALUE,
                 "rows have 5 components and columns 3");
    const qn_wide_kernel_options tight = {.memory_limit = 1e4};
    assert_fails(qn_wide_kernel(&network, &inputs, NULL, &tight, kernel, NULL), QN_NO_MEMORY, "tiles of a kernel");
    const qn_wide_kernel_options loose = {.tolerance = -1.0};
    assert_fails(qn_wide_kernel(&network, &inputs, NULL, &loose, kernel, NULL), QN_BAD_VALUE, "tolerance is -1");
}

static void duplicates_are_named(void **state)
{
    (void)state;
    double values[] = {1, 2, 3, 4, 0, 0, 3, 4, 1, 2, 3, 5};
    qn_wide_inputs inputs = {.count = 6, .dimension = 2, .times = 1, .values = values};
    bool found;
    size_t first = 9, second = 9;
    assert_ok(qn_wide_duplicates(&inputs, &found, &first, &second));
    assert_true(found);
    assert_int_equal(first, 1);
    assert_int_equal(second, 3);
    inputs.count = 3, inputs.times = 2;
    assert_ok(qn_wide_duplicates(&inputs, &found, &first, &second));
    assert_false(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kernels_are_those_of_the_sheet),
                                       cmocka_unit_test(tangent_kernels_of_two_bits_are_those_of_the_sheet),
                                       cmocka_unit_test(second_moments_between_times_are_those_of_the_sheet),
                                       cmocka_unit_test(tiles_agree_with_brute_force),
                                       cmocka_unit_test(deep_and_recurrent_kernels_are_the_same_bits),
                                       cmocka_unit_test(several_readouts_make_blocks),
                                       cmocka_unit_test(layers_of_a_deep_network_are_independent),
                                       cmocka_unit_test(threads_do_not_change_a_bit),
                                       cmocka_unit_test(single_precision_is_close),
                                       cmocka_unit_test(interpolated_kernels_are_as_good_as_their_report_says),
                                       cmocka_unit_test(interpolated_tangents_agree_with_quadrature),
                                       cmocka_unit_test(what_users_must_know_is_reported),
                                       cmocka_unit_test(duplicates_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
