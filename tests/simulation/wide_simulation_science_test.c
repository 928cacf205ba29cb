// Networks of finite width against exact moments, and against recorded simulations of an independent program and limits
// of infinite width (docs/theory/gaussian-processes.md, section 10).
#include "testing.h"

#include <stdlib.h>

static const double PAIR8[16] = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1};
static const qn_wide_inputs PAIR = {.count = 2, .dimension = 8, .times = 1, .values = PAIR8};
static const qn_wide_inputs ONE = {.count = 1, .dimension = 8, .times = 1, .values = PAIR8};
enum { MOST_TIMES = 9 };
static double sequence_values[MOST_TIMES * 2 * 4];

static qn_wide_inputs sequence(size_t times)
{
    for (size_t a = 0; a < times; ++a)
        for (size_t alpha = 0; alpha < 2; ++alpha)
            for (size_t k = 0; k < 4; ++k)
                sequence_values[(a * 2 + alpha) * 4 + k] = cos((double)(a * (alpha + 1) + k));
    return (qn_wide_inputs){.count = 2, .dimension = 4, .times = times, .values = sequence_values};
}

static qn_wide_network erf_network(qn_wide_architecture architecture, size_t depth, double strength, double bias,
                                   size_t width)
{
    return (qn_wide_network){.architecture = architecture,
                             .activation = {.kind = QN_TRANSFER_ERF},
                             .depth = depth,
                             .input_strength = 1,
                             .strength = strength,
                             .bias = bias,
                             .width = width};
}

static void within_errors(qn_estimate found, double expected, double error, const char *what, size_t row)
{
    const double bar = hypot(found.standard_error, error), z = (found.value - expected) / bar;
    if (fabs(z) < 4) return;
    print_error("row %zu, %s: %g +- %g, expected %g +- %g: z %.2f\n", row, what, found.value, found.standard_error,
                expected, error, z);
    fail();
}

static double polynomial(size_t count, const double *coefficients, double inverse)
{
    double sum = 0;
    for (size_t i = count; i-- > 0;) sum = sum * inverse + coefficients[i];
    return sum;
}

// Wick's theorem: exact for every width.
static const struct {
    size_t a, b;
    double coefficients[8];
} MEANS[] = {
    {1, 1, {1}},
    {2, 2, {1, 0, 2}},
    {3, 3, {1, 0, 10, 4}},
    {4, 4, {1, 0, 28, 28, 48}},
    {5, 5, {1, 0, 62, 110, 468, 304}},
    {2, 0, {0, 1}},
    {3, 1, {0, 2, 1}},
    {4, 0, {0, 1, 2}},
    {4, 2, {0, 3, 4, 8}},
    {5, 3, {0, 4, 11, 54, 36}},
    {2, 1, {0}},
    {5, 4, {0}},
};
static const double VARIANCES[3][8] = {{0, 4, 4}, {0, 6, 16, 56, 116, 112}, {0, 8, 40, 388, 1988, 7000, 12640, 8896}};

static void recurrent_linear_networks_have_their_exact_moments(void **state)
{
    (void)state;
    enum { ROWS = sizeof MEANS / sizeof *MEANS };
    qn_wide_layer_pair pairs[ROWS];
    for (size_t i = 0; i < ROWS; ++i) pairs[i] = (qn_wide_layer_pair){MEANS[i].a, MEANS[i].b};
    const size_t widths[3] = {3, 10, 20};
    for (int sampler = 1; sampler <= 2; ++sampler)
        for (size_t w = 0; w < 3; ++w) {
            const double inverse = 1 / (double)widths[w], strength = 1.1;
            const qn_wide_network network = {.architecture = QN_WIDE_RECURRENT,
                                             .activation = {.kind = QN_TRANSFER_LINEAR},
                                             .depth = 5,
                                             .input_strength = 1,
                                             .strength = strength,
                                             .width = widths[w]};
            const qn_wide_simulation_options options = {.sampler = (qn_wide_sampler)sampler,
                                                        .seed = 5,
                                                        .realisations = 100000,
                                                        .pair_count = ROWS,
                                                        .pairs = pairs};
            qn_wide_simulation result;
            assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
            for (size_t i = 0; i < ROWS; ++i)
                within_errors(result.kernel[i],
                              pow(strength, (double)(pairs[i].row + pairs[i].column)) *
                                  polynomial(8, MEANS[i].coefficients, inverse),
                              0, "mean", i);
            for (size_t a = 1; a <= 3; ++a)
                within_errors(result.variance[a - 1],
                              pow(strength, 4.0 * (double)a) * polynomial(8, VARIANCES[a - 1], inverse), 0, "variance",
                              a);
            qn_wide_simulation_clear(&result);
        }
}

static void deep_linear_networks_have_their_exact_moments(void **state)
{
    (void)state;
    const qn_wide_network network = {
        .activation = {.kind = QN_TRANSFER_LINEAR}, .depth = 6, .input_strength = 1, .strength = 1, .width = 40};
    for (int sampler = 1; sampler <= 2; ++sampler) {
        const qn_wide_simulation_options options = {.sampler = (qn_wide_sampler)sampler,
                                                    .realisations = sampler == 1 ? 100000 : 20000};
        qn_wide_simulation result;
        assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
        within_errors(result.kernel[0], 1, 0, "mean", 0);
        within_errors(result.variance[0], pow(1 + 2.0 / 40, 7) - 1, 0, "variance", 0);
        qn_wide_simulation_clear(&result);
    }
}

// Recorded: kernel of infinite width, n Var and n shift with their errors, at width 100.
typedef struct {
    size_t a, b, alpha, beta;
    double limit, variance, variance_error, shift, shift_error;
} record;

static void compare_records(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t realisations,
                            size_t count, const record *records)
{
    qn_wide_layer_pair *pairs = malloc(count * sizeof *pairs);
    const size_t points = inputs->count;
    for (size_t i = 0; i < count; ++i) pairs[i] = (qn_wide_layer_pair){records[i].a, records[i].b};
    const qn_wide_simulation_options options = {
        .realisations = realisations, .seed = 2, .pair_count = count, .pairs = pairs};
    qn_wide_simulation result;
    assert_ok(qn_wide_simulate(network, inputs, &options, NULL, &result));
    for (size_t i = 0; i < count; ++i) {
        const record *row = &records[i];
        const size_t at = (i * points + row->alpha) * points + row->beta;
        const double n = (double)qn_wide_width(network, row->a);
        const qn_estimate shift = {n * (result.kernel[at].value - row->limit), n * result.kernel[at].standard_error,
                                   realisations};
        within_errors(result.scaled_variance[at], row->variance, row->variance_error, "n variance", i);
        within_errors(shift, row->shift, row->shift_error, "n shift", i);
    }
    qn_wide_simulation_clear(&result);
    free(pairs);
}
#define COMPARE_RECORDS(network, inputs, realisations, ...)                                                            \
    compare_records((network), (inputs), (realisations), sizeof((record[]){__VA_ARGS__}) / sizeof(record),             \
                    (const record[]){__VA_ARGS__})

static void recorded_simulations_of_pairs_are_met(void **state)
{
    (void)state;
    qn_wide_network network = erf_network(QN_WIDE_DEEP, 5, 1.5, 0, 100);
    COMPARE_RECORDS(&network, &PAIR, 40000, {5, 5, 0, 0, 0.39738532, 0.13759, 0.00048, -0.1474, 0.0093},
                    {5, 5, 0, 1, 0.14172433, 0.59837, 0.00210, 0.0445, 0.0193});
    network.architecture = QN_WIDE_RECURRENT;
    COMPARE_RECORDS(
        &network, &PAIR, 40000, {5, 5, 0, 0, 0.39738532, 0.14338, 0.00051, -0.1148, 0.0095},
        {5, 5, 0, 1, 0.14172433, 0.60011, 0.00212, 0.0669, 0.0194}, {5, 4, 0, 0, 0, 0.63414, 0.00229, -0.0154, 0.0199},
        {5, 3, 0, 0, 0, 0.54226, 0.00193, 1.3469, 0.0184}, {5, 4, 0, 1, 0, 0.61790, 0.00216, -0.0258, 0.0197});
    network.bias = 0.5;
    COMPARE_RECORDS(&network, &PAIR, 40000, {5, 5, 0, 0, 0.46936646, 0.16500, 0.00058, 0.0644, 0.0102},
                    {5, 5, 0, 1, 0.34445368, 0.46056, 0.00166, 0.1796, 0.0170},
                    {5, 4, 0, 0, 0.25793821, 0.67621, 0.00239, -0.0829, 0.0206},
                    {5, 3, 0, 0, 0.22885527, 0.55226, 0.00195, 0.8207, 0.0186},
                    {5, 4, 0, 1, 0.25793821, 0.62485, 0.00220, 0.0421, 0.0198});
    network.architecture = QN_WIDE_DEEP;
    COMPARE_RECORDS(&network, &PAIR, 40000, {5, 5, 0, 0, 0.46936646, 0.13601, 0.00048, -0.0691, 0.0092},
                    {5, 5, 0, 1, 0.34445368, 0.32209, 0.00115, 0.0996, 0.0142});
    network = erf_network(QN_WIDE_RECURRENT, 8, 1.5, 0, 100);
    COMPARE_RECORDS(&network, &PAIR, 20000, {8, 8, 0, 0, 0.39691769, 0.14853, 0.00074, -0.0232, 0.0136},
                    {8, 8, 0, 1, 0.11855039, 0.81823, 0.00410, 0.2970, 0.0320},
                    {8, 7, 0, 0, 0, 0.92211, 0.00488, -0.0321, 0.0340},
                    {8, 6, 0, 0, 0, 0.85148, 0.00432, 2.1880, 0.0326});
}

static void recorded_simulations_of_sequences_are_met(void **state)
{
    (void)state;
    const qn_wide_inputs inputs = sequence(5);
    qn_wide_network network = erf_network(QN_WIDE_RECURRENT, 4, 1.5, 0.2, 100);
    network.input_mode = QN_WIDE_INPUT_SEQUENCE;
    COMPARE_RECORDS(&network, &inputs, 40000, {4, 4, 0, 0, 0.52083944, 0.14775, 0.00052, -0.2829, 0.0096},
                    {4, 4, 0, 1, -0.06839961, 0.33768, 0.00119, 0.1341, 0.0145},
                    {4, 4, 1, 1, 0.50859996, 0.14179, 0.00050, -0.2342, 0.0094},
                    {4, 3, 0, 0, 0.23979527, 0.21432, 0.00077, -0.1478, 0.0116},
                    {4, 2, 0, 0, -0.10070870, 0.28872, 0.00103, 0.4749, 0.0134},
                    {4, 3, 0, 1, 0.10208624, 0.32077, 0.00114, -0.2958, 0.0142});
    // Constant input; (a,0) kernels know of the first step's missing recurrence.
    network = erf_network(QN_WIDE_RECURRENT, 3, 1.5, 0, 60);
    network.input_strength = 1.5;
    network.input_mode = QN_WIDE_INPUT_CONSTANT;
    const qn_wide_simulation_options options = {
        .realisations = 100000, .pair_count = 2, .pairs = (const qn_wide_layer_pair[]){{1, 0}, {3, 3}}};
    qn_wide_simulation result;
    assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
    within_errors(result.scaled_variance[0], 0.18661, 0.00029, "n variance", 0);
    within_errors(result.scaled_variance[1], 0.15120, 0.00024, "n variance", 1);
    qn_wide_simulation_clear(&result);
    // Layers of a deep network driven by the same sequence; and a bias drawn afresh at each step.
    const qn_wide_simulation_options wide = {
        .realisations = 4000, .pair_count = 2, .pairs = (const qn_wide_layer_pair[]){{4, 4}, {4, 3}}};
    network = erf_network(QN_WIDE_DEEP, 4, 1.5, 0.2, 400);
    network.input_mode = QN_WIDE_INPUT_SEQUENCE;
    assert_ok(qn_wide_simulate(&network, &inputs, &wide, NULL, &result));
    within_errors(result.kernel[0], 0.5195, 0.0008, "mean", 0);
    within_errors(result.kernel[1], -0.0685, 0.0014, "mean", 1);
    within_errors(result.kernel[3], 0.5089, 0.0007, "mean", 3);
    qn_wide_simulation_clear(&result);
    network = erf_network(QN_WIDE_RECURRENT, 4, 1.5, 0.5, 400);
    network.input_mode = QN_WIDE_INPUT_SEQUENCE;
    network.fresh_bias = true;
    assert_ok(qn_wide_simulate(&network, &inputs, &wide, NULL, &result));
    within_errors(result.kernel[0], 0.5470, 0.0010, "mean", 0);
    within_errors(result.kernel[5], 0.0317, 0.0015, "mean", 5);
    qn_wide_simulation_clear(&result);
}

static void recorded_simulations_of_other_activations_are_met(void **state)
{
    (void)state;
    qn_wide_network network = erf_network(QN_WIDE_RECURRENT, 3, sqrt(2), 0.2, 100);
    const qn_wide_simulation_options options = {
        .realisations = 40000, .pair_count = 3, .pairs = (const qn_wide_layer_pair[]){{3, 3}, {3, 2}, {3, 1}}};
    qn_wide_simulation result;
    network.activation.kind = QN_TRANSFER_RELU;
    assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
    within_errors(result.scaled_variance[0], 11.26, 0.09, "relu", 0);
    within_errors(result.scaled_variance[1], 4.57, 0.04, "relu", 1);
    qn_wide_simulation_clear(&result);
    network.architecture = QN_WIDE_DEEP;
    assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
    within_errors(result.scaled_variance[0], 6.56, 0.05, "relu, deep", 0);
    qn_wide_simulation_clear(&result);
    network.architecture = QN_WIDE_RECURRENT;
    network.activation.kind = QN_TRANSFER_TANH;
    network.strength = 1.5;
    network.bias = 0.3;
    assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
    within_errors(result.scaled_variance[0], 0.1228, 0.0009, "tanh", 0);
    within_errors(result.scaled_variance[1], 0.3894, 0.0028, "tanh", 1);
    within_errors(result.scaled_variance[2], 0.2705, 0.0019, "tanh", 2);
    qn_wide_simulation_clear(&result);
}

static void layers_may_have_widths_of_their_own(void **state)
{
    (void)state;
    const size_t widths[4] = {40, 80, 160, 60};
    qn_wide_network network = erf_network(QN_WIDE_DEEP, 3, 1.5, 0.3, 0);
    network.widths = widths;
    const qn_wide_simulation_options options = {.realisations = 60000};
    qn_wide_simulation result;
    assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
    within_errors(result.variance[0], 2.0625e-3, 0.012e-3, "variance", 0);
    assert_close(result.scaled_variance[0].value, 60 * result.variance[0].value, 1e-14);
    qn_wide_simulation_clear(&result);
}

// Recurrent networks leave the limit of large width earlier than deep ones, the more the deeper.
static const struct {
    size_t depth;
    double strength, limit;
    double variance[2], variance_error[2], shift[2], shift_error[2]; // deep, recurrent
} DEPTHS[] = {
    {2, 0.9, 0.14334, {0.04477, 0.04538}, {0.00042, 0.00042}, {-0.0586, -0.0285}, {0.0137, 0.0138}},
    {5, 0.9, 0.05288, {0.01413, 0.01548}, {0.00014, 0.00016}, {-0.0549, -0.0449}, {0.0077, 0.0080}},
    {10, 0.9, 0.01500, {0.00255, 0.00453}, {0.00003, 0.00008}, {-0.0340, 0.0440}, {0.0033, 0.0043}},
    {5, 1.1, 0.16164, {0.06720, 0.07382}, {0.00063, 0.00070}, {-0.1367, -0.1172}, {0.0167, 0.0175}},
    {10, 1.1, 0.12909, {0.06038, 0.08636}, {0.00057, 0.00093}, {-0.2482, -0.0167}, {0.0159, 0.0190}},
    {20, 1.1, 0.11605, {0.05846, 0.17574}, {0.00055, 0.00209}, {-0.3645, 1.3519}, {0.0156, 0.0271}},
    {10, 1.5, 0.39687, {0.13861, 0.15255}, {0.00125, 0.00140}, {-0.1766, 0.0667}, {0.0240, 0.0252}},
    {20, 1.5, 0.39686, {0.13688, 0.17467}, {0.00151, 0.00203}, {-0.1711, 0.8399}, {0.0292, 0.0330}},
    {20, 3.0, 0.73048, {0.12032, 0.12444}, {0.00133, 0.00137}, {-0.0316, 0.0940}, {0.0274, 0.0279}},
};

static void recurrent_networks_leave_the_limit_earlier(void **state)
{
    (void)state;
    const double rounding = 100 * 5e-6; // of the limit, printed to five digits
    for (size_t i = 0; i < sizeof DEPTHS / sizeof *DEPTHS; ++i) {
        qn_estimate variance[2];
        for (int architecture = 0; architecture < 2; ++architecture) {
            const qn_wide_network network =
                erf_network((qn_wide_architecture)architecture, DEPTHS[i].depth, DEPTHS[i].strength, 0, 100);
            const qn_wide_simulation_options options = {
                .realisations = 20000, .seed = 4, .reference = &DEPTHS[i].limit};
            qn_wide_simulation result;
            assert_ok(qn_wide_simulate(&network, &ONE, &options, NULL, &result));
            variance[architecture] = result.scaled_variance[0];
            within_errors(variance[architecture], DEPTHS[i].variance[architecture],
                          DEPTHS[i].variance_error[architecture], "n variance", i);
            within_errors(result.scaled_shift[0], DEPTHS[i].shift[architecture],
                          hypot(DEPTHS[i].shift_error[architecture], rounding), "n shift", i);
            qn_wide_simulation_clear(&result);
        }
        if (DEPTHS[i].depth == 20 && DEPTHS[i].strength < 2)
            assert_true(variance[1].value > 1.2 * variance[0].value); // 3.0 at g = 1.1, 1.28 at 1.5
    }
}

// Limits of infinite width of the tangent kernel and of the kernel of outputs; width 400, whose own correction is below
// the errors.
static const struct {
    qn_transfer activation;
    double strength, bias, tangent00, tangent01, cross01, output00, output01;
} TANGENTS[] = {
    {{.kind = QN_TRANSFER_ERF}, 1.5, 0.2, 7.35468551174, 1.28405901315, 0.583071909336, 0.957346306691, 0.302106334284},
    {{.kind = QN_TRANSFER_RELU},
     1.4142135623730951,
     0.1,
     3.51782991564,
     1.05578419627,
     0.782972858061,
     0.61130498594,
     0.412705735666},
    {{.kind = QN_TRANSFER_TANH}, 1.7, 0.2, 11.8688167289, 1.58089125706, 0.648347074187, 1.31582961483, 0.351564499587},
};

static void tangent_kernels_have_their_limits(void **state)
{
    (void)state;
    double values[2 * 5];
    for (int alpha = 0; alpha < 2; ++alpha)
        for (int k = 0; k < 5; ++k) values[alpha * 5 + k] = cos(1.3 * alpha + 0.7 * k + 0.1 * alpha * k);
    const qn_wide_inputs inputs = {.count = 2, .dimension = 5, .times = 1, .values = values};
    const size_t readouts[2] = {3, 4};
    for (size_t i = 0; i < sizeof TANGENTS / sizeof *TANGENTS; ++i)
        for (int architecture = 0; architecture < 2; ++architecture) {
            const qn_wide_network network = {.architecture = (qn_wide_architecture)architecture,
                                             .activation = TANGENTS[i].activation,
                                             .depth = 4,
                                             .input_strength = 1,
                                             .strength = TANGENTS[i].strength,
                                             .bias = TANGENTS[i].bias,
                                             .readout_count = 2,
                                             .readouts = readouts,
                                             .width = 400};
            const qn_wide_simulation_options options = {.realisations = 150, .tangent_kernel = true};
            qn_wide_simulation result;
            assert_ok(qn_wide_simulate(&network, &inputs, &options, NULL, &result));
            const qn_estimate *tangent = result.tangent; // rows: readout 3, readout 4
            within_errors(tangent[2 * 4 + 2], TANGENTS[i].tangent00, 0, "tangent 00", i);
            within_errors(tangent[2 * 4 + 3], TANGENTS[i].tangent01, 0, "tangent 01", i);
            within_errors(tangent[2 * 4 + 1], architecture == QN_WIDE_RECURRENT ? TANGENTS[i].cross01 : 0, 0,
                          "tangent of two times", i);
            assert_true(tangent[2 * 4 + 1].value == tangent[1 * 4 + 2].value);
            assert_true(tangent[2 * 4 + 2].standard_error < 0.03 * tangent[2 * 4 + 2].value);
            assert_close(result.tangent_spread[0], sqrt(150) * tangent[0].standard_error, 1e-12);
            const double square = TANGENTS[i].strength * TANGENTS[i].strength, bias = TANGENTS[i].bias;
            within_errors(result.kernel[0], (TANGENTS[i].output00 - bias * bias) / square, 0, "kernel 00", i);
            within_errors(result.kernel[1], (TANGENTS[i].output01 - bias * bias) / square, 0, "kernel 01", i);
            qn_wide_simulation_clear(&result);
        }
}

// The same of readouts with a strength of their own; with input at every step; and of layers of unequal widths.
static void tangent_kernels_of_driven_networks_have_their_limits(void **state)
{
    (void)state;
    const size_t readouts[2] = {3, 4}, widths[5] = {500, 300, 400, 350, 450};
    qn_wide_network network = erf_network(QN_WIDE_RECURRENT, 4, 1.5, 0.5, 400);
    network.own_output = true;
    network.output_strength = 1.2;
    network.output_bias = 0.3;
    network.readout_count = 2;
    network.readouts = readouts;
    // (3,3), (4,3), (4,4): diagonal and off-diagonal
    const double expected[3][6] = {{4.05349, 2.00021, 1.17778, 1.17778, 4.87357, 2.33378},
                                   {4.08603, 1.36370, 3.07201, 1.26815, 4.51799, 1.37136},
                                   {4.05349, 2.00021, 0, 0, 4.87357, 2.33378}};
    for (size_t i = 0; i < 3; ++i) {
        network.input_mode = i == 1 ? QN_WIDE_INPUT_CONSTANT : QN_WIDE_INPUT_FIRST;
        network.architecture = i == 2 ? QN_WIDE_DEEP : QN_WIDE_RECURRENT;
        network.widths = i == 2 ? widths : NULL;
        const qn_wide_simulation_options options = {.seed = 1, .realisations = 200, .tangent_kernel = true};
        qn_wide_simulation result;
        assert_ok(qn_wide_simulate(&network, &PAIR, &options, NULL, &result));
        const size_t elements[6] = {0, 1, 2 * 4, 2 * 4 + 1, 2 * 4 + 2, 2 * 4 + 3};
        for (size_t k = 0; k < 6; ++k) within_errors(result.tangent[elements[k]], expected[i][k], 5e-6, "tangent", k);
        qn_wide_simulation_clear(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recurrent_linear_networks_have_their_exact_moments),
        cmocka_unit_test(deep_linear_networks_have_their_exact_moments),
        cmocka_unit_test(recorded_simulations_of_pairs_are_met),
        cmocka_unit_test(recorded_simulations_of_sequences_are_met),
        cmocka_unit_test(recorded_simulations_of_other_activations_are_met),
        cmocka_unit_test(layers_may_have_widths_of_their_own),
        cmocka_unit_test(recurrent_networks_leave_the_limit_earlier),
        cmocka_unit_test(tangent_kernels_have_their_limits),
        cmocka_unit_test(tangent_kernels_of_driven_networks_have_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
