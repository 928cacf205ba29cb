#include "testing.h"

#include "numerics/linear_algebra.h"

#include <stdlib.h>

static const double PAIR8[16] = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1};
static const qn_wide_inputs PAIR = {.count = 2, .dimension = 8, .times = 1, .values = PAIR8};
static const qn_transfer ERF = {.kind = QN_TRANSFER_ERF}, RELU = {.kind = QN_TRANSFER_RELU};

static void simulate(const qn_wide_network *network, const qn_wide_inputs *inputs, qn_wide_simulation_options options,
                     qn_wide_simulation *result)
{
    assert_ok(qn_wide_simulate(network, inputs, &options, NULL, result));
}

static void assert_same_estimate(qn_estimate a, qn_estimate b, const char *what, size_t i)
{
    const double z = (a.value - b.value) / hypot(a.standard_error, b.standard_error);
    if (fabs(z) < 4 || a.value == b.value) return;
    print_error("%s of element %zu: %g +- %g and %g +- %g: z %.2f\n", what, i, a.value, a.standard_error, b.value,
                b.standard_error, z);
    fail();
}

// Mean, variance and all covariances of all kernels, drawn with weights and without.
static void compare_samplers(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t realisations)
{
    qn_wide_simulation by[2];
    for (int i = 0; i < 2; ++i)
        simulate(network, inputs,
                 (qn_wide_simulation_options){.sampler = i == 0 ? QN_WIDE_SAMPLER_ROWS : QN_WIDE_SAMPLER_WEIGHTS,
                                              .seed = 11,
                                              .realisations = realisations,
                                              .all_pairs = true,
                                              .covariance = true},
                 &by[i]);
    const size_t elements = by[0].pair_count * inputs->count * inputs->count;
    for (size_t i = 0; i < elements; ++i) {
        assert_same_estimate(by[0].kernel[i], by[1].kernel[i], "mean", i);
        assert_same_estimate(by[0].variance[i], by[1].variance[i], "variance", i);
        assert_true(by[0].kernel[i].standard_error > 0);
    }
    for (size_t i = 0; i < elements * elements; ++i)
        assert_same_estimate(by[0].covariance[i], by[1].covariance[i], "covariance", i);
    for (int i = 0; i < 2; ++i) qn_wide_simulation_clear(&by[i]);
}

static void samplers_agree_for_recurrent_networks(void **state)
{
    (void)state;
    const qn_wide_network bias = {.architecture = QN_WIDE_RECURRENT,
                                  .activation = ERF,
                                  .depth = 3,
                                  .input_strength = 1,
                                  .strength = 1.5,
                                  .bias = 0.5,
                                  .width = 20};
    compare_samplers(&bias, &PAIR, 20000);
    qn_wide_network constant = bias;
    constant.activation = RELU;
    constant.strength = 1.2;
    constant.input_mode = QN_WIDE_INPUT_CONSTANT;
    compare_samplers(&constant, &PAIR, 20000);
    qn_wide_network narrow = bias; // eight rows of five units: the factor has no more directions
    narrow.width = 5;
    compare_samplers(&narrow, &PAIR, 20000);
    narrow.fresh_bias = true;
    compare_samplers(&narrow, &PAIR, 20000);
}

static void samplers_agree_for_deep_networks(void **state)
{
    (void)state;
    const double strengths[3] = {1.5, 0.7, 1.1}, biases[4] = {0.3, 0, 0.6, 0.1};
    const size_t widths[4] = {10, 25, 3, 17};
    const qn_wide_network network = {.activation = {.kind = QN_TRANSFER_TANH},
                                     .depth = 3,
                                     .input_strength = 1.3,
                                     .strength = 1,
                                     .strengths = strengths,
                                     .biases = biases,
                                     .widths = widths};
    compare_samplers(&network, &PAIR, 20000);
    double values[5 * 2 * 4];
    for (int a = 0; a < 5; ++a)
        for (int alpha = 0; alpha < 2; ++alpha)
            for (int k = 0; k < 4; ++k) values[(a * 2 + alpha) * 4 + k] = cos(a * (alpha + 1) + k);
    const qn_wide_inputs sequence = {.count = 2, .dimension = 4, .times = 5, .values = values};
    for (int architecture = 0; architecture < 2; ++architecture) {
        const qn_wide_network driven = {.architecture = (qn_wide_architecture)architecture,
                                        .activation = ERF,
                                        .depth = 4,
                                        .input_strength = 1,
                                        .strength = 1.5,
                                        .bias = 0.2,
                                        .input_mode = QN_WIDE_INPUT_SEQUENCE,
                                        .width = 12};
        compare_samplers(&driven, &sequence, 20000);
    }
}

// Kolmogorov's limit law: exceeded with probability 2 exp(-2 x^2) = 1e-4.
static void assert_in_range_of_chance(double x) { assert_within(x, 0, 2.2254); }

// The whole distribution, where units are fewer than rows.
static void samplers_agree_in_distribution(void **state)
{
    (void)state;
    const size_t count = 6000;
    const qn_wide_layer_pair pairs[3] = {{6, 6}, {6, 5}, {6, 4}};
    double *samples[2];
    for (int i = 0; i < 2; ++i) assert_non_null(samples[i] = malloc(count * sizeof *samples[i]));
    for (int architecture = 0; architecture < 2; ++architecture) {
        const qn_wide_network network = {.architecture = (qn_wide_architecture)architecture,
                                         .activation = ERF,
                                         .depth = 6,
                                         .input_strength = 1,
                                         .strength = 1.5,
                                         .bias = 0.3,
                                         .width = 12};
        qn_wide_simulation by[2];
        for (int i = 0; i < 2; ++i)
            simulate(&network, &PAIR,
                     (qn_wide_simulation_options){.sampler = (qn_wide_sampler)(1 + i),
                                                  .realisations = count,
                                                  .pair_count = 3,
                                                  .pairs = pairs,
                                                  .keep_kernels = true},
                     &by[i]);
        for (size_t element = 0; element < 12; ++element) {
            for (int i = 0; i < 2; ++i)
                for (size_t r = 0; r < count; ++r) samples[i][r] = by[i].kernels[12 * r + element];
            double distance;
            assert_ok(qn_kolmogorov_smirnov(count, samples[0], count, samples[1], &distance));
            assert_in_range_of_chance(distance * sqrt((double)count / 2));
        }
        qn_wide_simulation_clear(&by[0]);
        qn_wide_simulation_clear(&by[1]);
    }
    free(samples[0]);
    free(samples[1]);
}

// Kernels between layers of a deep network, and the order of a pair.
static void pairs_of_layers_are_what_they_are_called(void **state)
{
    (void)state;
    const qn_wide_layer_pair pairs[3] = {{2, 1}, {1, 2}, {1, 1}};
    for (int architecture = 0; architecture < 2; ++architecture) {
        const qn_wide_network network = {.architecture = (qn_wide_architecture)architecture,
                                         .activation = RELU,
                                         .depth = 2,
                                         .input_strength = 1,
                                         .strength = 1.2,
                                         .width = 9};
        qn_wide_simulation by[2];
        for (int i = 0; i < 2; ++i) {
            simulate(&network, &PAIR,
                     (qn_wide_simulation_options){.sampler = (qn_wide_sampler)(1 + i),
                                                  .realisations = 20000,
                                                  .pair_count = 3,
                                                  .pairs = pairs,
                                                  .keep_kernels = true},
                     &by[i]);
            for (size_t r = 0; r < 10; ++r)
                for (size_t alpha = 0; alpha < 2; ++alpha)
                    for (size_t beta = 0; beta < 2; ++beta)
                        assert_true(by[i].kernels[12 * r + 2 * alpha + beta] ==
                                    by[i].kernels[12 * r + 4 + 2 * beta + alpha]);
            assert_true(by[i].kernels[1] != by[i].kernels[2]);
        }
        for (size_t i = 0; i < 12; ++i) {
            assert_same_estimate(by[0].kernel[i], by[1].kernel[i], "mean", i);
            assert_same_estimate(by[0].variance[i], by[1].variance[i], "variance", i);
        }
        qn_wide_simulation_clear(&by[0]);
        qn_wide_simulation_clear(&by[1]);
    }
}

// Inputs that repeat, oppose each other or vanish: their rows add no direction of their own.
static void rows_that_repeat_are_the_same(void **state)
{
    (void)state;
    const double values[4 * 2] = {0.3, -1, 0, 0, 0.3, -1, -0.3, 1};
    const qn_wide_inputs inputs = {.count = 4, .dimension = 2, .times = 1, .values = values};
    for (int sampler = 1; sampler <= 2; ++sampler)
        for (int architecture = 0; architecture < 2; ++architecture)
            for (size_t depth = 0; depth <= 3; depth += 3) {
                const qn_wide_network network = {.architecture = (qn_wide_architecture)architecture,
                                                 .activation = ERF,
                                                 .depth = depth,
                                                 .input_strength = 1,
                                                 .strength = 1.5,
                                                 .width = 15};
                qn_wide_simulation result;
                simulate(&network, &inputs,
                         (qn_wide_simulation_options){
                             .sampler = (qn_wide_sampler)sampler, .realisations = 50, .keep_kernels = true},
                         &result);
                for (size_t r = 0; r < 50; ++r) {
                    const double *kernel = result.kernels + 16 * r;
                    assert_true(kernel[0] > 0);
                    for (size_t beta = 0; beta < 4; ++beta) assert_true(kernel[4 + beta] == 0);
                    assert_close(kernel[2], kernel[0], 1e-12);
                    assert_close(kernel[10], kernel[0], 1e-12);
                    assert_close(kernel[3], -kernel[0], 1e-12);
                }
                qn_wide_simulation_clear(&result);
            }
}

// Every number a result holds, of everything that can be asked for.
static void run_everything(int threads, uint64_t first, size_t realisations, int sampler, qn_wide_simulation *result)
{
    static const size_t train[2] = {0, 1}, test[1] = {1}, layers[2] = {1, 3}, at[2] = {0, 1};
    static const double targets[4] = {1, -0.5, 0.3, 2};
    const qn_wide_training training = {.train_count = 2,
                                       .test_count = 1,
                                       .train = train,
                                       .test = test,
                                       .train_readouts = at,
                                       .target_count = 2,
                                       .targets = targets,
                                       .noise = 0.1};
    const qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                                     .activation = ERF,
                                     .depth = 3,
                                     .input_strength = 1,
                                     .strength = 1.5,
                                     .bias = 0.5,
                                     .readout_count = 2,
                                     .readouts = layers,
                                     .width = 23};
    qn_set_threads(threads);
    simulate(&network, &PAIR,
             (qn_wide_simulation_options){.sampler = (qn_wide_sampler)sampler,
                                          .seed = 3,
                                          .realisations = realisations,
                                          .first = first,
                                          .all_pairs = true,
                                          .covariance = true,
                                          .keep_kernels = true,
                                          .outputs = 2,
                                          .tangent_kernel = sampler == QN_WIDE_SAMPLER_WEIGHTS,
                                          .training = &training},
             result);
    qn_set_threads(0);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    for (int sampler = 1; sampler <= 2; ++sampler) {
        qn_wide_simulation one, three, tail;
        run_everything(1, 0, 700, sampler, &one);
        run_everything(3, 0, 700, sampler, &three);
        run_everything(2, 600, 100, sampler, &tail);
        const size_t elements = 40, rows = 4;
        assert_memory_equal(one.kernels, three.kernels, 700 * elements * sizeof(double));
        assert_memory_equal(one.fourth, three.fourth, elements * sizeof(double));
        assert_memory_equal(one.outputs, three.outputs, 700 * 2 * rows * sizeof(double));
        assert_memory_equal(one.predictions, three.predictions, 700 * 2 * sizeof(double));
        assert_memory_equal(one.prediction_variances, three.prediction_variances, 700 * sizeof(double));
        for (size_t i = 0; i < elements; ++i) assert_true(one.variance[i].value == three.variance[i].value);
        for (size_t i = 0; i < elements * elements; ++i)
            assert_true(one.covariance[i].value == three.covariance[i].value);
        if (one.tangent)
            for (size_t i = 0; i < rows * rows; ++i)
                assert_true(one.tangent[i].value == three.tangent[i].value &&
                            one.tangent_spread[i] == three.tangent_spread[i]);
        // A realisation is what it is, whichever run it is part of.
        assert_memory_equal(one.kernels + 600 * elements, tail.kernels, 100 * elements * sizeof(double));
        assert_memory_equal(one.outputs + (size_t)600 * 2 * rows, tail.outputs, 100 * 2 * rows * sizeof(double));
        qn_wide_simulation_clear(&one);
        qn_wide_simulation_clear(&three);
        qn_wide_simulation_clear(&tail);
    }
}

// Mean, variance, fourth moment, shift and covariance against sums over the kernels kept.
static void estimates_are_sums_over_kernels(void **state)
{
    (void)state;
    const qn_wide_network network = {.activation = ERF, .depth = 1, .input_strength = 1, .strength = 1.5, .width = 10};
    const double reference[4] = {0.4, 0.1, 0.1, 0.4};
    const size_t count = 500;
    qn_wide_simulation result;
    simulate(&network, &PAIR,
             (qn_wide_simulation_options){
                 .realisations = count, .reference = reference, .covariance = true, .keep_kernels = true},
             &result);
    for (size_t i = 0; i < 4; ++i) {
        double mean = 0, second = 0, fourth = 0, mixed = 0, squares = 0;
        for (size_t r = 0; r < count; ++r) mean += result.kernels[4 * r + i] / (double)count;
        for (size_t r = 0; r < count; ++r) {
            const double d = result.kernels[4 * r + i] - mean, e = result.kernels[4 * r] - result.kernel[0].value;
            second += d * d / (double)(count - 1);
            fourth += d * d * d * d / (double)count;
            mixed += d * e / (double)(count - 1);
            squares += d * e * d * e / (double)count;
        }
        assert_close(result.kernel[i].value, mean, 1e-13);
        assert_close(result.kernel[i].standard_error, sqrt(second / (double)count), 1e-13);
        assert_close(result.variance[i].value, second, 1e-13);
        assert_close(result.variance[i].standard_error, sqrt((fourth - second * second) / (double)count), 1e-13);
        assert_within(result.fourth[i], fourth, 1e-13 * fourth);
        assert_close(result.scaled_variance[i].value, 10 * second, 1e-13);
        assert_close(result.scaled_shift[i].value, 10 * (mean - reference[i]), 1e-12);
        assert_close(result.scaled_shift[i].standard_error, 10 * result.kernel[i].standard_error, 1e-13);
        assert_close(result.covariance[i].value, mixed, 1e-13);
        assert_within(result.covariance[i].standard_error, sqrt((squares - mixed * mixed) / (double)count), 1e-13);
    }
    assert_int_equal(result.kernel[0].samples, count);
    assert_null(result.outputs);
    assert_null(result.tangent);
    qn_wide_simulation_clear(&result);
}

// Outputs given a realisation are Gaussian of covariance sigma_out^2 + g_out^2 C: y / C has that covariance on average.
static void outputs_have_the_covariance_of_the_output_kernel(void **state)
{
    (void)state;
    const size_t layers[2] = {0, 2}, count = 40000;
    for (int architecture = 0; architecture < 2; ++architecture)
        for (int sampler = 1; sampler <= 2; ++sampler) {
            const qn_wide_network network = {.architecture = (qn_wide_architecture)architecture,
                                             .activation = RELU,
                                             .depth = 2,
                                             .input_strength = 1,
                                             .strength = 1.2,
                                             .own_output = true,
                                             .output_strength = 0.8,
                                             .output_bias = 0.4,
                                             .readout_count = 2,
                                             .readouts = layers,
                                             .width = 6};
            const qn_wide_layer_pair pairs[3] = {{0, 0}, {2, 2}, {2, 0}};
            qn_wide_simulation result;
            simulate(&network, &PAIR,
                     (qn_wide_simulation_options){.sampler = (qn_wide_sampler)sampler,
                                                  .realisations = count,
                                                  .pair_count = 3,
                                                  .pairs = pairs,
                                                  .outputs = 2},
                     &result);
            double *products = malloc(count * sizeof *products);
            for (size_t i = 0; i < 4; ++i)
                for (size_t j = 0; j < 4; ++j)
                    for (size_t other = 0; other < 2; ++other) { // the same output neuron, or two
                        for (size_t r = 0; r < count; ++r)
                            products[r] = result.outputs[8 * r + i] * result.outputs[8 * r + 4 * other + j];
                        const qn_estimate found = qn_estimate_of(count, products);
                        const size_t a = i / 2, b = j / 2;
                        const qn_estimate *kernel = a == b  ? &result.kernel[4 * a + 2 * (i % 2) + j % 2]
                                                    : a > b ? &result.kernel[8 + 2 * (i % 2) + j % 2]
                                                            : &result.kernel[8 + 2 * (j % 2) + i % 2];
                        const bool independent = other == 1 || (a != b && architecture == QN_WIDE_DEEP);
                        const double expected = independent ? 0 : 0.16 + 0.64 * kernel->value;
                        assert_within(found.value, expected,
                                      4 * hypot(found.standard_error, 0.64 * kernel->standard_error));
                    }
            free(products);
            qn_wide_simulation_clear(&result);
        }
}

// Ridge regression by the dense formula, from the kernels kept.
static void trained_readouts_are_the_dense_formula(void **state)
{
    (void)state;
    double values[5 * 3];
    for (int i = 0; i < 15; ++i) values[i] = cos(1.3 * i);
    const qn_wide_inputs inputs = {.count = 5, .dimension = 3, .times = 1, .values = values};
    const size_t train[3] = {4, 0, 2}, test[2] = {1, 3};
    const double targets[3] = {1, -1, 0.5}, noise = 0.05;
    const qn_wide_training training = {
        .train_count = 3, .test_count = 2, .train = train, .test = test, .targets = targets, .noise = noise};
    const qn_wide_network network = {
        .activation = ERF, .depth = 2, .input_strength = 1, .strength = 1.5, .bias = 0.2, .width = 8};
    qn_wide_simulation result;
    simulate(&network, &inputs,
             (qn_wide_simulation_options){.realisations = 20, .keep_kernels = true, .training = &training}, &result);
    for (size_t r = 0; r < 20; ++r) {
        const double *kernel = result.kernels + 25 * r;
        for (size_t t = 0; t < 2; ++t) {
            double matrix[9], solution[3 * 2], mean = 0, variance = 0.04 + 2.25 * kernel[6 * test[t]];
            for (size_t i = 0; i < 3; ++i) {
                for (size_t j = 0; j < 3; ++j)
                    matrix[3 * i + j] = 0.04 + 2.25 * kernel[5 * train[i] + train[j]] + (i == j ? noise : 0);
                solution[2 * i] = targets[i];
                solution[2 * i + 1] = 0.04 + 2.25 * kernel[5 * train[i] + test[t]];
            }
            assert_ok(qn_solve_linear(3, matrix, 2, solution));
            for (size_t i = 0; i < 3; ++i) {
                const double overlap = 0.04 + 2.25 * kernel[5 * train[i] + test[t]];
                mean += overlap * solution[2 * i];
                variance -= overlap * solution[2 * i + 1];
            }
            assert_close(result.predictions[2 * r + t], mean, 1e-11);
            assert_close(result.prediction_variances[2 * r + t], variance, 1e-11);
        }
    }
    double mean = 0;
    for (size_t r = 0; r < 20; ++r) mean += result.predictions[2 * r + 1] / 20;
    assert_close(result.prediction[1].value, mean, 1e-13);
    qn_wide_simulation_clear(&result);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    const qn_wide_network good = {
        .activation = ERF, .depth = 2, .input_strength = 1, .strength = 1.5, .bias = 0.5, .width = 10};
    qn_wide_simulation result = {.realisations = 77};
#define REFUSED(network, options, status, part)                                                                        \
    assert_fails(qn_wide_simulate(&(network), &PAIR, &(options), NULL, &result), (status), (part))
    const qn_wide_simulation_options none = {0};
    qn_wide_network network = good;
    network.width = 0;
    REFUSED(network, none, QN_BAD_VALUE, "width of layer 0 is infinite; allowed in a simulation: 1 or more");
    network = good;
    network.strength = -1;
    REFUSED(network, none, QN_BAD_VALUE, "strength is -1");
    qn_wide_simulation_options options = {.sampler = (qn_wide_sampler)7};
    REFUSED(good, options, QN_BAD_VALUE, "sampler is 7; allowed: 0 (automatic)");
    options = (qn_wide_simulation_options){.sampler = QN_WIDE_SAMPLER_ROWS, .tangent_kernel = true};
    REFUSED(good, options, QN_BAD_VALUE, "tangent_kernel needs weights");
    options = (qn_wide_simulation_options){.memory_limit = -5};
    REFUSED(good, options, QN_BAD_VALUE, "memory_limit is -5");
    options = (qn_wide_simulation_options){.memory_limit = 1000};
    REFUSED(good, options, QN_NO_MEMORY, "");
    options = (qn_wide_simulation_options){.realisations = (size_t)1 << 50, .keep_kernels = true};
    REFUSED(good, options, QN_NO_MEMORY, "kernels of realisations");
    options = (qn_wide_simulation_options){.first = UINT64_MAX - 5};
    REFUSED(good, options, QN_BAD_VALUE, "first is 18446744073709551610, with realisations = 1000");
    const double reference[4] = {0, 0, INFINITY, 0};
    options = (qn_wide_simulation_options){.reference = reference};
    REFUSED(good, options, QN_BAD_VALUE, "reference of pair 0, element 2, is inf");
    const qn_wide_layer_pair pair = {3, 1};
    options = (qn_wide_simulation_options){.pair_count = 1, .pairs = &pair};
    REFUSED(good, options, QN_BAD_VALUE, "pairs[0] is (3, 1); allowed: layers 0 to depth = 2");
    options.all_pairs = true;
    REFUSED(good, options, QN_BAD_VALUE, "all_pairs is set");
    options = (qn_wide_simulation_options){.pair_count = 1};
    REFUSED(good, options, QN_BAD_VALUE, "pairs is missing");
    const size_t widths[3] = {4, 5, 6};
    const qn_wide_layer_pair uneven = {2, 0};
    network = good;
    network.widths = widths;
    options = (qn_wide_simulation_options){.pair_count = 1, .pairs = &uneven};
    REFUSED(network, options, QN_BAD_VALUE, "pairs[0] is (2, 0), layers of widths 6 and 4");

    const size_t points[2] = {0, 2}, readouts[1] = {1};
    double targets[2] = {1, NAN};
    qn_wide_training training = {
        .train_count = 1, .test_count = 2, .train = points, .test = points, .targets = targets};
    options = (qn_wide_simulation_options){.training = &training};
    REFUSED(good, options, QN_BAD_VALUE, "training.test[1] is 2; allowed: less than inputs.count = 2");
    training.test_count = 0;
    REFUSED(good, options, QN_BAD_VALUE, "training.test_count is missing");
    training.test_count = 1;
    training.noise = -0.1;
    REFUSED(good, options, QN_BAD_VALUE, "training.noise is -0.1");
    training.noise = 0.1;
    training.test_readouts = readouts;
    REFUSED(good, options, QN_BAD_VALUE, "training.test_readouts[0] is 1");
    training.test_readouts = NULL;
    training.target_count = 2;
    REFUSED(good, options, QN_BAD_VALUE, "training.targets of training point 0 is nan");
    training.target_count = 1;
    training.targets = NULL;
    REFUSED(good, options, QN_BAD_VALUE, "training.targets is missing");

    const size_t twice[2] = {0, 0};
    training = (qn_wide_training){.train_count = 2, .test_count = 1, .train = twice, .test = points, .targets = PAIR8};
    REFUSED(good, options, QN_NO_SOLUTION, "trained readout of realisation 0");
    network = good;
    network.activation = RELU;
    network.strength = 1e200;
    REFUSED(network, none, QN_NO_SOLUTION, "activity of realisation 0 overflows");
    network = good;
    network.architecture = QN_WIDE_RECURRENT;
    network.depth = 30000;
    REFUSED(network, none, QN_BAD_VALUE, "inputs.count is 2: kernels of 60002 rows");
#undef REFUSED
    assert_int_equal(result.realisations, 77); // untouched
}

static bool stop_halfway(const qn_progress_report *report, void *context)
{
    ++*(int *)context;
    return report->fraction < 1e-9;
}

static void progress_can_stop(void **state)
{
    (void)state;
    int calls = 0;
    const qn_progress progress = {stop_halfway, &calls};
    const qn_wide_network network = {
        .activation = ERF, .depth = 2, .input_strength = 1, .strength = 1.5, .bias = 0.5, .width = 500};
    const qn_wide_simulation_options options = {.realisations = 1000000};
    qn_wide_simulation result = {.realisations = 5};
    assert_fails(qn_wide_simulate(&network, &PAIR, &options, &progress, &result), QN_STOPPED, "");
    assert_int_equal(calls, 2);
    assert_int_equal(result.realisations, 5);
}

static void the_cheaper_sampler_is_chosen(void **state)
{
    (void)state;
    qn_wide_network network = {
        .activation = ERF, .depth = 2, .input_strength = 1, .strength = 1.5, .bias = 0.5, .width = 300};
    qn_wide_simulation result;
    simulate(&network, &PAIR, (qn_wide_simulation_options){.realisations = 2}, &result);
    assert_int_equal(result.sampler, QN_WIDE_SAMPLER_ROWS);
    qn_wide_simulation_clear(&result);
    simulate(&network, &PAIR, (qn_wide_simulation_options){.realisations = 2, .tangent_kernel = true}, &result);
    assert_int_equal(result.sampler, QN_WIDE_SAMPLER_WEIGHTS);
    qn_wide_simulation_clear(&result);
    double values[300];
    for (int i = 0; i < 300; ++i) values[i] = sin(i);
    const qn_wide_inputs many = {.count = 300, .dimension = 1, .times = 1, .values = values};
    network.width = 20;
    simulate(&network, &many, (qn_wide_simulation_options){.realisations = 2}, &result);
    assert_int_equal(result.sampler, QN_WIDE_SAMPLER_WEIGHTS);
    qn_wide_simulation_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samplers_agree_for_recurrent_networks),
        cmocka_unit_test(samplers_agree_for_deep_networks),
        cmocka_unit_test(samplers_agree_in_distribution),
        cmocka_unit_test(pairs_of_layers_are_what_they_are_called),
        cmocka_unit_test(rows_that_repeat_are_the_same),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(estimates_are_sums_over_kernels),
        cmocka_unit_test(outputs_have_the_covariance_of_the_output_kernel),
        cmocka_unit_test(trained_readouts_are_the_dense_formula),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(progress_can_stop),
        cmocka_unit_test(the_cheaper_sampler_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
