#include <quenched/lif_mean_field.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/lif_search.h"
#include "theory/lif_warnings.h"

#include <math.h>
#include <string.h>

// A transient can rest beside a saddle for long: a fixed point counts as reached only when it is stable and near.
static const double STRETCH[] = {20.0, 20.0, 40.0, 80.0, 160.0}, WORTH_A_TRY = 0.05, NEAR = 0.02, SAME = 1e-5;
static const double FROM_BELOW_AND_ABOVE[] = {0.0, 100.0}, RATE_FLOOR = 0.01;

static qn_lif_mean_field_options with_defaults(const qn_lif_mean_field_options *options)
{
    qn_lif_mean_field_options chosen = options ? *options : (qn_lif_mean_field_options){0};
    if (chosen.nodes == 0) chosen.nodes = 11;
    if (chosen.rate_limit == 0.0) chosen.rate_limit = 100.0;
    if (chosen.tolerance == 0.0) chosen.tolerance = 1e-11;
    if (!chosen.starts) {
        chosen.starts = FROM_BELOW_AND_ABOVE;
        chosen.start_count = 2;
    }
    return chosen;
}

static qn_status check(size_t populations, const qn_lif_mean_field_options *options)
{
    QN_REQUIRE(options->nodes >= 3 && options->nodes <= 101, QN_BAD_VALUE,
               "mean field: nodes is %zu; allowed: 3 to 101", options->nodes);
    QN_REQUIRE(options->rate_limit > 0.0, QN_BAD_VALUE, "mean field: rate_limit is %g / s; it must be above 0",
               options->rate_limit);
    QN_REQUIRE(options->tolerance >= 1e-13 && options->tolerance < 1.0, QN_BAD_VALUE,
               "mean field: tolerance is %g; allowed: 1e-13 to 1", options->tolerance);
    QN_REQUIRE(options->start_count > 0 || options->start_rates, QN_BAD_VALUE,
               "mean field: start_count is 0 and there are no start_rates; at least one start is needed");
    for (size_t k = 0; k < options->start_count; ++k)
        QN_REQUIRE(options->starts[k] >= 0.0 && isfinite(options->starts[k]), QN_BAD_VALUE,
                   "mean field: starts[%zu] is %g / s; it must be finite and at least 0", k, options->starts[k]);
    for (size_t k = 0; options->start_rates && k < populations; ++k)
        QN_REQUIRE(options->start_rates[k] >= 0.0 && isfinite(options->start_rates[k]), QN_BAD_VALUE,
                   "mean field: start_rates[%zu] is %g / s; it must be finite and at least 0", k,
                   options->start_rates[k]);
    return QN_OK;
}

static double distance(size_t populations, const double *a, const double *b)
{
    double most = 0.0;
    for (size_t i = 0; i < populations; ++i) most = fmax(most, fabs(a[i] - b[i]) / (fmax(a[i], b[i]) + RATE_FLOOR));
    return most;
}

// Newton from x, taken over when it ends at a stable point near x.
static qn_status settle(qn_lif_map *map, double tolerance, double *x, double *trial, bool *settled)
{
    const size_t all = map->unknowns, n = map->input->populations;
    *settled = false;
    QN_TRY(qn_lif_map_evaluate(map, x, trial));
    if (qn_lif_residual(map, x, trial) > WORTH_A_TRY) return QN_OK;
    memcpy(trial, x, all * sizeof *x);
    if (qn_lif_newton(map, tolerance, trial) != QN_OK || distance(n, trial, x) > NEAR) return QN_OK;
    double stability, modulus;
    QN_TRY(qn_lif_stability(map, trial, &stability, &modulus));
    if (stability >= 1.0) return QN_OK;
    memcpy(x, trial, all * sizeof *x);
    *settled = true;
    return QN_OK;
}

static qn_status descend(qn_lif_map *map, double tolerance, double *x)
{
    double *trial;
    QN_TRY(QN_NEW(&trial, map->unknowns, "mean field"));
    qn_status status = QN_OK;
    bool settled = false;
    for (size_t k = 0; k < sizeof STRETCH / sizeof *STRETCH && status == QN_OK && !settled; ++k) {
        status = qn_lif_relax(map, STRETCH[k], x);
        if (status == QN_OK) status = settle(map, tolerance, x, trial, &settled);
    }
    qn_release(trial);
    QN_TRY(status);
    return settled ? QN_OK : qn_lif_newton(map, tolerance, x); // an unstable one, perhaps: its stability says so
}

static double average_rate(const qn_lif_input *input, const double *rate, size_t *busiest)
{
    double neurons = 0.0, spikes = 0.0;
    *busiest = 0;
    for (size_t i = 0; i < input->populations; ++i) {
        if (!input->fires[i]) continue;
        neurons += (double)input->population[i].size;
        spikes += (double)input->population[i].size * rate[i];
        if (!input->fires[*busiest] || rate[i] > rate[*busiest]) *busiest = i;
    }
    return spikes / neurons;
}

static qn_status refuse_high(const qn_lif_input *input, const double *rate, double limit)
{
    char name[64];
    size_t busiest;
    const double average = average_rate(input, rate, &busiest);
    if (average <= limit) return QN_OK;
    return qn_fail(QN_NO_SOLUTION,
                   "no low-activity fixed point found; the network probably runs away (mean rate %.4g / s, largest "
                   "%.4g / s in %s)",
                   average, rate[busiest], qn_lif_population_name(&input->population[busiest], busiest, name));
}

static void clear_state(qn_lif_state *state)
{
    qn_release(state->rate);
    qn_release(state->gain);
    qn_release(state->neuron);
    *state = (qn_lif_state){0};
}

static qn_status allocate_state(size_t n, qn_lif_state *state)
{
    QN_TRY(QN_NEW(&state->rate, 7 * n, "mean field"));
    QN_TRY(QN_NEW(&state->gain, n * n, "mean field"));
    QN_TRY(QN_NEW(&state->neuron, n, "mean field"));
    double **const field[] = {&state->rate_spread,  &state->mean_input, &state->input_noise,
                              &state->input_spread, &state->by_mean,    &state->by_variance};
    for (size_t k = 0; k < sizeof field / sizeof *field; ++k) *field[k] = state->rate + (k + 1) * n;
    return QN_OK;
}

static qn_status describe_state(qn_lif_map *map, const double *x, double start, qn_lif_state *state)
{
    const size_t n = map->input->populations;
    QN_TRY(allocate_state(n, state));
    state->start = start;
    for (size_t i = 0; i < n; ++i) {
        const qn_lif_population_state *at = &map->population[i];
        state->rate[i] = at->rate;
        state->rate_spread[i] = sqrt(at->rate_variance);
        state->mean_input[i] = at->mean;
        state->input_noise[i] = sqrt(at->variance);
        state->input_spread[i] = at->spread;
        state->by_mean[i] = at->by_mean;
        state->by_variance[i] = at->by_variance;
        state->neuron[i] = map->input->neuron[i];
        state->neuron[i].synaptic_time = at->time;
    }
    qn_lif_map_gain(map, state->gain);
    return qn_lif_stability(map, x, &state->stability, &state->spectral_radius);
}

static qn_status add_state(qn_lif_map *map, const double *x, double start, qn_lif_mean_field *found)
{
    for (size_t k = 0; k < found->state_count; ++k)
        if (distance(map->input->populations, found->states[k].rate, x) < SAME) return QN_OK;
    double *image;
    QN_TRY(QN_NEW(&image, map->unknowns, "mean field"));
    qn_status status = qn_lif_map_evaluate(map, x, image);
    if (status == QN_OK) status = describe_state(map, x, start, &found->states[found->state_count]);
    qn_release(image);
    ++found->state_count; // also half-made: it is cleared with the rest
    return status;
}

// Where Newton's method fails or runs off from given rates, they are a start like others.
static qn_status go_from_rates(qn_lif_map *map, const qn_lif_mean_field_options *options, double *x,
                               qn_lif_mean_field *found)
{
    const size_t n = map->input->populations;
    memcpy(x, options->start_rates, n * sizeof *x);
    for (size_t i = n; i < map->unknowns; ++i) x[i] = 0.0;
    if (map->heterogeneity) { // variances that go with these rates, to begin with
        double *image;
        QN_TRY(QN_NEW(&image, map->unknowns, "mean field"));
        const qn_status status = qn_lif_map_evaluate(map, x, image);
        for (size_t i = n; i < map->unknowns; ++i) x[i] = image[i];
        qn_release(image);
        QN_TRY(status);
    }
    if (qn_lif_newton(map, options->tolerance, x) != QN_OK) QN_TRY(descend(map, options->tolerance, x));
    QN_TRY(refuse_high(map->input, x, options->rate_limit));
    return add_state(map, x, NAN, found);
}

static qn_status go_from(qn_lif_map *map, const qn_lif_mean_field_options *options, double start, double *x,
                         qn_lif_mean_field *found)
{
    const size_t n = map->input->populations;
    for (size_t i = 0; i < map->unknowns; ++i) x[i] = i < n && map->input->fires[i] ? start : 0.0;
    for (size_t i = 0; i < n; ++i)
        if (!map->input->fires[i]) x[i] = map->input->fixed_rate[i];
    const qn_status status = descend(map, options->tolerance, x);
    if (found->state_count > 0) { // further starts may lead nowhere
        if (status == QN_NO_MEMORY) return status;
        found->failed_starts += status != QN_OK;
        return status == QN_OK ? add_state(map, x, start, found) : QN_OK;
    }
    if (status == QN_NO_SOLUTION)
        return qn_fail(status,
                       "no low-activity fixed point found from %g / s; the network probably runs away (some rate "
                       "passes 1e5 / s)",
                       start);
    QN_TRY(status);
    QN_TRY(refuse_high(map->input, x, options->rate_limit));
    return add_state(map, x, start, found);
}

static qn_status search(qn_lif_map *map, const qn_lif_mean_field_options *options, qn_lif_mean_field *found)
{
    QN_TRY(QN_NEW(&found->states, options->start_count + 1, "mean field"));
    double *x;
    QN_TRY(QN_NEW(&x, map->unknowns, "mean field"));
    qn_status status = QN_OK;
    if (options->start_rates) status = go_from_rates(map, options, x, found);
    for (size_t k = 0; k < options->start_count && status == QN_OK; ++k)
        status = go_from(map, options, options->starts[k], x, found);
    qn_release(x);
    return status;
}

qn_status qn_lif_mean_field_solve(const qn_spiking_network *network, const qn_lif_mean_field_options *options,
                                  qn_lif_mean_field *result)
{
    const qn_lif_mean_field_options chosen = with_defaults(options);
    qn_lif_input input;
    QN_TRY(qn_lif_input_create(network, &chosen, &input));
    qn_lif_map map = {0};
    qn_lif_mean_field found = {.population_count = input.populations};
    qn_status status = check(input.populations, &chosen);
    if (status == QN_OK) status = qn_lif_map_create(&input, &chosen, &map);
    if (status == QN_OK) status = search(&map, &chosen, &found);
    if (status == QN_OK) {
        size_t busiest;
        found.weighted_average = average_rate(&input, found.states[0].rate, &busiest);
        status = qn_lif_warnings(network, &input, &found);
    }
    qn_lif_map_clear(&map);
    qn_lif_input_clear(&input);
    if (status == QN_OK)
        *result = found;
    else
        qn_lif_mean_field_clear(&found);
    return status;
}

void qn_lif_mean_field_clear(qn_lif_mean_field *result)
{
    if (!result) return;
    for (size_t k = 0; k < result->state_count; ++k) clear_state(&result->states[k]);
    qn_release(result->states);
    qn_release(result->warnings);
    *result = (qn_lif_mean_field){0};
}
