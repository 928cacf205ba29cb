// Are the options of a simulation of a wide network within what is allowed?
#include "simulation/wide_plan.h"

#include "base/fail.h"

#include <limits.h>
#include <math.h>

static qn_status check_pairs(const qn_wide_network *network, const qn_wide_simulation_options *options)
{
    QN_REQUIRE(!(options->all_pairs && options->pair_count > 0), QN_BAD_VALUE,
               "pair_count is %zu, and all_pairs is set; allowed: one of the two", options->pair_count);
    QN_REQUIRE(options->pair_count == 0 || options->pairs, QN_BAD_VALUE, "pairs is missing; pair_count is %zu",
               options->pair_count);
    for (size_t i = 0; i < options->pair_count; ++i) {
        const size_t a = options->pairs[i].row, b = options->pairs[i].column;
        QN_REQUIRE(a <= network->depth && b <= network->depth, QN_BAD_VALUE,
                   "pairs[%zu] is (%zu, %zu); allowed: layers 0 to depth = %zu", i, a, b, network->depth);
        QN_REQUIRE(qn_wide_width(network, a) == qn_wide_width(network, b), QN_BAD_VALUE,
                   "pairs[%zu] is (%zu, %zu), layers of widths %zu and %zu; allowed: layers of the same width", i, a, b,
                   qn_wide_width(network, a), qn_wide_width(network, b));
    }
    return QN_OK;
}

static qn_status check_points(const char *name, size_t count, const size_t *points, size_t allowed, const char *of)
{
    for (size_t i = 0; i < count; ++i)
        QN_REQUIRE(points[i] < allowed, QN_BAD_VALUE, "training.%s[%zu] is %zu; allowed: less than %s = %zu", name, i,
                   points[i], of, allowed);
    return QN_OK;
}

static qn_status check_training(const qn_wide_network *network, const qn_wide_inputs *inputs,
                                const qn_wide_training *training)
{
    const size_t readouts = qn_wide_readout_count(network);
    QN_REQUIRE(training->train_count >= 1 && training->train && training->targets, QN_BAD_VALUE,
               "training.%s is missing; at least one training point with its targets is needed",
               training->train_count < 1 ? "train_count"
               : training->train         ? "targets"
                                         : "train");
    QN_REQUIRE(training->test_count >= 1 && training->test, QN_BAD_VALUE,
               "training.%s is missing; at least one test point is needed",
               training->test_count < 1 ? "test_count" : "test");
    const size_t most = 46340; // LAPACK counts in int
    QN_REQUIRE(training->train_count <= most, QN_BAD_VALUE, "training.train_count is %zu; allowed: at most %zu",
               training->train_count, most);
    QN_REQUIRE(training->test_count <= INT_MAX, QN_BAD_VALUE, "training.test_count is %zu; allowed: at most %d",
               training->test_count, INT_MAX);
    QN_REQUIRE(training->target_count <= most, QN_BAD_VALUE, "training.target_count is %zu; allowed: at most %zu",
               training->target_count, most);
    QN_REQUIRE(training->noise >= 0 && isfinite(training->noise), QN_BAD_VALUE,
               "training.noise is %g; allowed: 0 or more", training->noise);
    QN_TRY(check_points("train", training->train_count, training->train, inputs->count, "inputs.count"));
    QN_TRY(check_points("test", training->test_count, training->test, inputs->count, "inputs.count"));
    if (training->train_readouts)
        QN_TRY(check_points("train_readouts", training->train_count, training->train_readouts, readouts,
                            "the number of readouts"));
    if (training->test_readouts)
        QN_TRY(check_points("test_readouts", training->test_count, training->test_readouts, readouts,
                            "the number of readouts"));
    const size_t columns = training->target_count ? training->target_count : 1;
    for (size_t i = 0; i < training->train_count * columns; ++i)
        QN_REQUIRE(isfinite(training->targets[i]), QN_BAD_VALUE,
                   "training.targets of training point %zu is %g; it must be finite", i / columns,
                   training->targets[i]);
    return QN_OK;
}

qn_status qn_wide_options_check(const qn_wide_network *network, const qn_wide_inputs *inputs,
                                const qn_wide_simulation_options *options)
{
    for (size_t a = 0; a <= network->depth; ++a)
        QN_REQUIRE(qn_wide_width(network, a) >= 1, QN_BAD_VALUE,
                   "width of layer %zu is infinite; allowed in a simulation: 1 or more units", a);
    QN_REQUIRE(options->realisations <= UINT64_MAX - options->first, QN_BAD_VALUE,
               "first is %llu, with realisations = %zu; allowed: numbers up to 2^64 - 1",
               (unsigned long long)options->first, options->realisations);
    QN_REQUIRE((unsigned)options->sampler <= QN_WIDE_SAMPLER_WEIGHTS, QN_BAD_VALUE,
               "sampler is %d; allowed: 0 (automatic), 1 (rows), 2 (weights)", (int)options->sampler);
    QN_REQUIRE(!options->tangent_kernel || options->sampler != QN_WIDE_SAMPLER_ROWS, QN_BAD_VALUE,
               "sampler is 1 (rows); tangent_kernel needs weights: 0 (automatic) or 2 (weights)");
    QN_REQUIRE(options->memory_limit >= 0, QN_BAD_VALUE, "memory_limit is %g; allowed: 0 (none) or more bytes",
               options->memory_limit);
    QN_TRY(check_pairs(network, options));
    return options->training ? check_training(network, inputs, options->training) : QN_OK;
}
