#include "base/fail.h"
#include "base/memory.h"
#include "network/spiking_check.h"

#include <math.h>
#include <stdlib.h>

static qn_status check_kinds(const qn_spiking_projection *projection)
{
    QN_REQUIRE(projection->rule >= QN_RULE_TOTAL_NUMBER && projection->rule <= QN_RULE_EDGES, QN_BAD_VALUE,
               "rule is %d; allowed: 0 to %d", (int)projection->rule, QN_RULE_EDGES);
    QN_REQUIRE(projection->weight.kind >= QN_WEIGHT_NORMAL && projection->weight.kind <= QN_WEIGHT_CONSTANT,
               QN_BAD_VALUE, "weight.kind is %d; allowed: 0 to %d", (int)projection->weight.kind, QN_WEIGHT_CONSTANT);
    QN_REQUIRE(projection->delay.kind == QN_DELAY_NORMAL || projection->delay.kind == QN_DELAY_CONSTANT, QN_BAD_VALUE,
               "delay.kind is %d; allowed: normal (0) or constant (1)", (int)projection->delay.kind);
    return QN_OK;
}

static qn_status check_weight(const qn_weight_law *law)
{
    QN_TRY(qn_check_numbers(
        2, (const qn_checked_number[]){{"weight.mean", law->mean, "", QN_ANY_NUMBER},
                                       {"weight.relative_spread", law->relative_spread, "", QN_NOT_NEGATIVE}}));
    QN_REQUIRE(law->kind != QN_WEIGHT_NORMAL || law->relative_spread <= 0.3, QN_BAD_VALUE,
               "weight.relative_spread is %g; allowed: 0 to 0.3 for normal weights", law->relative_spread);
    QN_REQUIRE(law->kind != QN_WEIGHT_CONSTANT || law->relative_spread == 0.0, QN_BAD_VALUE,
               "weight.relative_spread is %g; allowed: 0 for constant weights", law->relative_spread);
    return QN_OK;
}

static qn_status check_delay(const qn_delay_law *law)
{
    QN_REQUIRE(law->mean > 0.0 && law->mean <= 100.0, QN_BAD_VALUE,
               "delay.mean is %g ms; allowed: greater than 0, at most 100 ms", law->mean);
    QN_REQUIRE(law->relative_spread >= 0.0 && law->relative_spread <= 1.0, QN_BAD_VALUE,
               "delay.relative_spread is %g; allowed: 0 to 1", law->relative_spread);
    QN_REQUIRE(law->kind != QN_DELAY_CONSTANT || law->relative_spread == 0.0, QN_BAD_VALUE,
               "delay.relative_spread is %g; allowed: 0 for constant delays", law->relative_spread);
    return QN_OK;
}

// A row is kept as 16 bits for every source neuron and unit of targets; rows are near Poisson around their mean.
static qn_status check_rows(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    const double targets = (double)network->populations[projection->target].size;
    const double sources = (double)network->populations[projection->source].size;
    const double unit = fmin((double)qn_spiking_unit_size(network), targets);
    const double row = round(projection->count) / sources * unit / targets;
    QN_REQUIRE(row + 8.0 * sqrt(row) <= 65535.0, QN_BAD_VALUE,
               "%.0f synapses are %.0f per source neuron onto a unit of %.0f neurons; allowed: up to about 63000 (a "
               "smaller unit_size helps)",
               projection->count, row, unit);
    return QN_OK;
}

static qn_status check_total_number(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    QN_REQUIRE(!projection->no_multapses, QN_BAD_VALUE,
               "no_multapses is set; not for a total number of synapses, whose sources and targets are independent");
    QN_REQUIRE(!projection->no_autapses, QN_BAD_VALUE,
               "no_autapses is set; not for a total number of synapses, whose sources and targets are independent");
    return projection->count > 0.0 ? check_rows(network, projection) : QN_OK;
}

static qn_status check_in_degree(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    const size_t sources = network->populations[projection->source].size;
    const bool own = projection->no_autapses && projection->source == projection->target;
    const size_t available = own ? sources - 1 : sources;
    const double degree = round(projection->count);
    QN_REQUIRE(!projection->no_multapses || degree <= (double)available, QN_BAD_VALUE,
               "count is %g synapses per neuron without multapses; allowed: at most %zu, the source neurons there are",
               projection->count, available);
    QN_REQUIRE(degree == 0.0 || available > 0, QN_BAD_VALUE,
               "count is %g synapses per neuron; allowed: 0, as the only source neuron is the target itself",
               projection->count);
    return QN_OK;
}

static qn_status check_rule(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    switch (projection->rule) {
    case QN_RULE_TOTAL_NUMBER: return check_total_number(network, projection);
    case QN_RULE_IN_DEGREE: return check_in_degree(network, projection);
    case QN_RULE_BERNOULLI: return QN_OK;
    case QN_RULE_EDGES: break;
    }
    return qn_spiking_check_edges(network, projection);
}

static qn_status check_count(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    QN_TRY(qn_check_numbers(1, &(const qn_checked_number){"count", projection->count, "", QN_NOT_NEGATIVE}));
    QN_REQUIRE(projection->rule != QN_RULE_BERNOULLI || projection->count <= 1.0, QN_BAD_VALUE,
               "count is %g; allowed: a probability, 0 to 1", projection->count);
    QN_REQUIRE(projection->rule == QN_RULE_EDGES || projection->edges.count == 0, QN_BAD_VALUE,
               "edges.count is %zu; allowed: 0 but for the rule of explicit edges", projection->edges.count);
    const size_t targets = network->populations[projection->target].size;
    const size_t sources = network->populations[projection->source].size;
    const bool some = projection->rule == QN_RULE_EDGES ? projection->edges.count > 0 : projection->count > 0.0;
    QN_REQUIRE(!some || (targets > 0 && sources > 0), QN_BAD_VALUE,
               "there are synapses, but %zu source and %zu target neurons; allowed: none where a population is empty",
               sources, targets);
    const double synapses = qn_spiking_projection_count(network, projection);
    QN_REQUIRE(synapses <= 0x1p31, QN_BAD_VALUE, "%.0f synapses; allowed: at most 2^31 = 2147483648", synapses);
    return QN_OK;
}

static qn_status check_ends(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    QN_REQUIRE(projection->target < network->population_count, QN_BAD_VALUE,
               "target is population %zu; allowed: 0 to %zu", projection->target, network->population_count - 1);
    QN_REQUIRE(projection->source < network->population_count, QN_BAD_VALUE,
               "source is population %zu; allowed: 0 to %zu", projection->source, network->population_count - 1);
    return QN_OK;
}

static qn_status check_projection(const qn_spiking_network *network, const qn_spiking_projection *projection)
{
    QN_REQUIRE(!qn_is_source(&network->populations[projection->target]), QN_BAD_VALUE,
               "the target is a source of spikes and takes no input; allowed: populations of neurons");
    QN_TRY(check_kinds(projection));
    QN_TRY(check_weight(&projection->weight));
    if (projection->rule != QN_RULE_EDGES || projection->edges.delay == NULL) QN_TRY(check_delay(&projection->delay));
    QN_TRY(check_count(network, projection));
    return check_rule(network, projection);
}

qn_status qn_fail_in_projection(qn_status status, const qn_spiking_network *network, size_t projection)
{
    const qn_spiking_projection *wrong = &network->projections[projection];
    char source[QN_POPULATION_NAME], target[QN_POPULATION_NAME];
    return qn_fail_in(status, "projections[%zu] (%.60s -> %.60s)", projection,
                      qn_spiking_population_name(network, wrong->source, source),
                      qn_spiking_population_name(network, wrong->target, target));
}

typedef struct {
    size_t target, source, place;
} pair;

static int compare(size_t left, size_t right) { return (left > right) - (left < right); }

static int compare_pairs(const void *left, const void *right)
{
    const pair *a = left, *b = right;
    if (a->target != b->target) return compare(a->target, b->target);
    if (a->source != b->source) return compare(a->source, b->source);
    return compare(a->place, b->place);
}

static qn_status check_duplicates(const qn_spiking_network *network)
{
    const size_t count = network->projection_count;
    if (count < 2) return QN_OK;
    pair *pairs = NULL;
    QN_TRY(QN_NEW(&pairs, count, "pairs of populations"));
    for (size_t i = 0; i < count; ++i)
        pairs[i] = (pair){network->projections[i].target, network->projections[i].source, i};
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    qn_status status = QN_OK;
    for (size_t i = 1; i < count && status == QN_OK; ++i)
        if (pairs[i].target == pairs[i - 1].target && pairs[i].source == pairs[i - 1].source)
            status = qn_fail_in_projection(qn_fail(QN_BAD_VALUE,
                                                   "the same populations as projections[%zu]; allowed: one "
                                                   "projection for a source and a target",
                                                   pairs[i - 1].place),
                                           network, pairs[i].place);
    qn_release(pairs);
    return status;
}

qn_status qn_spiking_check_projections(const qn_spiking_network *network)
{
    for (size_t i = 0; i < network->projection_count; ++i) {
        qn_status status = check_ends(network, &network->projections[i]);
        if (status != QN_OK) return qn_fail_in(status, "projections[%zu]", i);
        status = check_projection(network, &network->projections[i]);
        if (status != QN_OK) return qn_fail_in_projection(status, network, i);
    }
    return check_duplicates(network);
}
