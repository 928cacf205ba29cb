#include "simulation/spiking_plan.h"

#include "base/fail.h"
#include "base/memory.h"
#include "simulation/connection_rules.h"
#include "simulation/spiking_engine.h"

#include <math.h>

// -------------------------------------------------------------------------------------------------------------- memory

// Without better knowledge, as of cortex when awake.
static const double usual_rate = 10.0; // 1/s

static double rate_of(const qn_spiking_layout *layout, const double *rate, size_t population)
{
    const qn_spiking_population *p = &layout->network.populations[population];
    if (p->neuron.kind == QN_NEURON_POISSON) return p->source_rate;
    return rate ? rate[population] : usual_rate;
}

static double spikes_per_second(const qn_spiking_layout *layout, const double *rate)
{
    double spikes = 0.0;
    for (size_t p = 0; p < layout->population_count; ++p)
        spikes += rate_of(layout, rate, p) * (double)layout->network.populations[p].size;
    return spikes;
}

static void add_neurons(const qn_spiking_layout *layout, const qn_spiking_options *o, qn_memory_plan *plan)
{
    for (size_t u = 0; u < layout->unit_count; ++u) {
        const qn_spiking_place *place = &layout->places[u];
        const qn_spiking_neuron n = qn_spiking_neuron_resolved(&layout->network.populations[place->population].neuron);
        const double currents = layout->inputs[place->population].two_lanes ? 2.0 : 1.0;
        const double lists = fmax(2.0 * (double)layout->block, n.refractory_time / layout->time_step + 1.0);
        qn_memory_plan_add(plan, "neurons", (double)place->padded,
                           (o->double_precision ? 8.0 : 4.0) * (1.0 + currents));
        qn_memory_plan_add(plan, "neurons", (double)place->padded, 4.0 * currents);
        qn_memory_plan_add(plan, "statistics of neurons", (double)place->size, sizeof(qn_interval_record) + 28.0);
        qn_memory_plan_add(plan, "spike lists", lists * (double)place->size, 4.0);
    }
}

static void add_records(const qn_spiking_layout *layout, const qn_spiking_options *o, const double *rate,
                        qn_memory_plan *plan)
{
    const double measured = o->duration / layout->time_step;
    for (size_t p = 0; p < layout->population_count; ++p) {
        const double size = (double)layout->network.populations[p].size;
        const double spikes = fmin(size, (double)o->recorded) * rate_of(layout, rate, p) * o->duration * 1e-3;
        // Growing by doubling, then put together: three copies at most.
        qn_memory_plan_add(plan, "recorded spikes", spikes, 3.0 * 8.0);
        qn_memory_plan_add(plan, "recorded potentials", fmin(size, (double)o->traced) * measured, 2.0 * 8.0);
    }
    qn_memory_plan_add(plan, "histograms", (double)(layout->unit_count + layout->population_count),
                       4.0 * o->duration / o->bin);
}

static void add_synapses(const qn_spiking_layout *layout, const double *rate, qn_memory_plan *plan)
{
    qn_memory_plan_add(plan, "sizes of rows", qn_spiking_rows_bytes(layout), 1.0);
    qn_memory_plan_add(plan, "stored synapses", qn_stored_rows_expected(layout), sizeof(qn_stored_synapse));
    const double per_step = spikes_per_second(layout, rate) * layout->time_step * 1e-3;
    for (size_t target = 0; target < layout->population_count; ++target) {
        const qn_spiking_inputs *in = &layout->inputs[target];
        const double units = (double)(layout->first_unit[target + 1] - layout->first_unit[target]);
        double longest = 0.0;
        for (size_t c = 0; c < in->delay_count; ++c) longest = fmax(longest, (double)in->delays[c].last);
        qn_memory_plan_add(plan, "spikes on their way", units * longest * per_step, 4.0 * 12.0);
        for (size_t source = 0; source < layout->population_count; ++source) {
            const qn_spiking_projection *p = in->projection[source];
            if (!p || qn_projection_is_computed(p)) continue;
            const double last =
                (double)qn_delay_last(&p->delay, layout->time_step, qn_spiking_delay_minimum(&layout->network));
            qn_memory_plan_add(plan, "stored synapses", units * (double)layout->network.populations[source].size, 8.0);
            qn_memory_plan_add(plan, "input sums", (double)layout->network.populations[target].size,
                               4.0 * 2.0 * last * (in->two_lanes ? 2.0 : 1.0));
        }
    }
}

static qn_memory_plan memory_of(const qn_spiking_layout *layout, const qn_spiking_options *o, const double *rate)
{
    qn_memory_plan plan = {0};
    add_neurons(layout, o, &plan);
    add_synapses(layout, rate, &plan);
    add_records(layout, o, rate, &plan);
    return plan;
}

qn_status qn_spiking_plan_fits(const qn_spiking_network *network, const qn_spiking_options *resolved)
{
    qn_spiking_layout layout;
    QN_TRY(qn_spiking_layout_make(network, &layout));
    const qn_memory_plan plan = memory_of(&layout, resolved, NULL);
    qn_spiking_layout_clear(&layout);
    return qn_memory_plan_check(&plan, resolved->memory_limit);
}

// ---------------------------------------------------------------------------------------------------------------- time

typedef struct {
    double neuron_step, computed_event, stored_event; // seconds, of one core
} costs;

// A network of one population, run for a moment: what the engine itself says it took.
static qn_status measure(qn_connection_rule rule, double count, double *neuron_step, double *event)
{
    enum { NEURONS = 16384 };
    const qn_spiking_population population = {.size = NEURONS,
                                              .neuron = {.refractory_time = 2.0},
                                              .constant_current = 500.0,
                                              .external_count = 1000.0,
                                              .external_rate = 8.0,
                                              .external_weight = 50.0,
                                              .initial_mean = -60.0,
                                              .initial_spread = 5.0};
    const qn_spiking_projection projection = {
        .rule = rule, .count = count, .weight = {QN_WEIGHT_NORMAL, -1.0, 0.1}, .delay = {QN_DELAY_NORMAL, 1.5, 0.5}};
    const qn_spiking_network network = {
        .population_count = 1, .populations = &population, .projection_count = 1, .projections = &projection};
    const qn_spiking_options options = {.duration = 20.0, .discard = 10.0, .rate_limit = INFINITY};
    qn_spiking_options resolved;
    qn_spiking_engine engine;
    QN_TRY(qn_spiking_options_resolve(&network, &options, &resolved));
    QN_TRY(qn_spiking_engine_make(&network, &resolved, 0, &engine));
    engine.threads = 1;
    const qn_status status = qn_spiking_engine_run(&engine, engine.steps);
    if (status == QN_OK) {
        *neuron_step = engine.units[0].update_seconds / (double)(engine.steps * NEURONS);
        *event = engine.units[0].deliver_seconds / fmax(1.0, (double)engine.units[0].events);
    }
    qn_spiking_engine_clear(&engine);
    return status;
}

static qn_status measure_costs(costs *c)
{
    double ignored;
    QN_TRY(measure(QN_RULE_TOTAL_NUMBER, 2e7, &c->neuron_step, &c->computed_event));
    return measure(QN_RULE_IN_DEGREE, 100.0, &ignored, &c->stored_event);
}

static void add_events(const qn_spiking_layout *layout, const double *rate, double seconds, const costs *c,
                       qn_spiking_plan *plan)
{
    const size_t count = layout->population_count;
    for (size_t target = 0; target < count; ++target)
        for (size_t source = 0; source < count; ++source) {
            const qn_spiking_projection *p = layout->inputs[target].projection[source];
            if (!p) continue;
            const double synapses = qn_connection_rule_expected(layout, p);
            const double events = synapses * rate_of(layout, rate, source) * seconds;
            const bool computed = qn_projection_is_computed(p);
            *(computed ? &plan->computed_synapses : &plan->stored_synapses) += synapses;
            plan->events += events;
            plan->seconds += events * (computed ? c->computed_event : c->stored_event);
        }
}

qn_status qn_spiking_plan_make(const qn_spiking_network *network, const qn_spiking_options *options, const double *rate,
                               qn_spiking_plan *plan)
{
    qn_spiking_options resolved;
    qn_spiking_layout layout;
    costs c;
    QN_TRY(qn_spiking_network_check(network));
    QN_TRY(qn_spiking_options_resolve(network, options, &resolved));
    QN_TRY(measure_costs(&c));
    QN_TRY(qn_spiking_layout_make(network, &layout));
    const double seconds = (resolved.duration + resolved.discard) * 1e-3;
    qn_spiking_plan made = {.bytes = memory_of(&layout, &resolved, rate).bytes};
    made.spikes = spikes_per_second(&layout, rate) * seconds;
    made.neuron_steps = (double)qn_spiking_neuron_count(network) * round(seconds * 1e3 / layout.time_step);
    made.seconds = made.neuron_steps * c.neuron_step;
    add_events(&layout, rate, seconds, &c, &made);
    made.seconds /= (double)qn_spiking_engine_threads(&layout);
    qn_spiking_layout_clear(&layout);
    *plan = made;
    return QN_OK;
}
