// Random features of finite width with Bayesian readouts: classification of noisy patterns, which a network of infinite
// width does best (docs/theory/gaussian-processes.md, section 10.12: mean of 24 networks of an independent program).
#include "testing.h"

#include <stdlib.h>

enum { BITS = 100, DIFFERENT = 20, TRAIN = 64, TEST = 200, POINTS = TRAIN + TEST, DRAWS = 60 };

// Two prototypes of random signs that differ in some bits; each pattern is one of them with 30 % of the bits flipped.
static void draw_task(uint64_t draw, double *inputs, double *labels)
{
    static double numbers[BITS + POINTS * (BITS + 1)];
    const qn_stream stream = {17, QN_PURPOSE_TEST, draw};
    qn_uniform(&stream, 0, sizeof numbers / sizeof *numbers, numbers);
    for (size_t alpha = 0; alpha < POINTS; ++alpha) {
        const double *own = numbers + BITS + alpha * (BITS + 1);
        labels[alpha] = own[BITS] < 0.5 ? 1 : -1;
        for (size_t k = 0; k < BITS; ++k) {
            const double prototype = numbers[k] < 0.5 ? 1 : -1;
            const double bit = k < DIFFERENT ? labels[alpha] * prototype : prototype;
            inputs[alpha * BITS + k] = own[k] < 0.3 ? -bit : bit;
        }
    }
}

typedef struct {
    double accuracy[DRAWS], error[DRAWS];
} performance;

static void classify(qn_wide_architecture architecture, size_t width, performance *found)
{
    static double inputs[POINTS * BITS], labels[POINTS];
    size_t train[TRAIN], test[TEST];
    for (size_t i = 0; i < TRAIN; ++i) train[i] = i;
    for (size_t i = 0; i < TEST; ++i) test[i] = TRAIN + i;
    const qn_wide_inputs points = {.count = POINTS, .dimension = BITS, .times = 1, .values = inputs};
    const qn_wide_training training = {
        .train_count = TRAIN, .test_count = TEST, .train = train, .test = test, .targets = labels, .noise = 0.1};
    const qn_wide_network network = {.architecture = architecture,
                                     .activation = {.kind = QN_TRANSFER_ERF},
                                     .depth = 3,
                                     .input_strength = 1,
                                     .strength = 1.5,
                                     .bias = 0.1,
                                     .width = width};
    for (size_t draw = 0; draw < DRAWS; ++draw) {
        draw_task(draw, inputs, labels);
        const qn_wide_simulation_options options = {.realisations = 1, .first = draw, .training = &training};
        qn_wide_simulation result;
        assert_ok(qn_wide_simulate(&network, &points, &options, NULL, &result));
        found->accuracy[draw] = found->error[draw] = 0;
        for (size_t i = 0; i < TEST; ++i) {
            const double label = labels[TRAIN + i], mean = result.predictions[i];
            found->accuracy[draw] += (mean * label > 0) / (double)TEST;
            found->error[draw] += (mean - label) * (mean - label) / TEST;
        }
        qn_wide_simulation_clear(&result);
    }
}

static void within_errors(const double *samples, double expected, double error)
{
    const qn_estimate found = qn_estimate_of(DRAWS, samples);
    assert_within(found.value, expected, 4 * hypot(found.standard_error, error));
}

static void wider_networks_classify_better(void **state)
{
    (void)state;
    static const struct {
        size_t width;
        double accuracy[2], accuracy_error, error[2];
    } recorded[] = {{25, {0.677, 0.668}, 0.012, {0.90, 0.94}},
                    {100, {0.752, 0.735}, 0.009, {0.76, 0.81}},
                    {400, {0.855, 0.850}, 0.006, {0.473, 0.470}}};
    performance found;
    for (int architecture = 0; architecture < 2; ++architecture)
        for (size_t i = 0; i < 3; ++i) {
            classify((qn_wide_architecture)architecture, recorded[i].width, &found);
            within_errors(found.accuracy, recorded[i].accuracy[architecture], recorded[i].accuracy_error);
            // Errors of these were not recorded: those of as many of ours.
            const double bar = qn_estimate_of(DRAWS, found.error).standard_error;
            within_errors(found.error, recorded[i].error[architecture], bar * sqrt(DRAWS / 24.0));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wider_networks_classify_better)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
