// The same spike trains into the same neurons give the same spikes as in NEST, each in the same step: with one and with
// two synaptic time constants, with delta synapses, with a constant current and one that is switched.
#include "nest_run.h"

enum { TRAINS = 300, COPIES = 4, MOST_SPIKES = 40000, MOST_EDGES = TRAINS * COPIES, TARGETS = 4 };

static const double STEP = 0.1, DURATION = 2000.0; // ms
static const double TRAIN_RATE = 20.0;             // 1/s

// A network of given trains onto four populations of four neurons: every train once onto every neuron.
typedef struct {
    uint32_t spike_neuron[MOST_SPIKES];
    double spike_time[MOST_SPIKES];
    size_t spike_count;
    uint32_t source[TARGETS][MOST_EDGES], target[TARGETS][MOST_EDGES];
    float weight[TARGETS][MOST_EDGES], delay[TARGETS][MOST_EDGES];
    qn_spiking_population populations[TARGETS + 1];
    qn_spiking_projection projections[TARGETS];
    qn_spiking_stimulus stimulus;
    qn_spiking_network network;
} driven;

// A small generator of its own: which trains they are does not matter.
static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(((*state >> 32) * below) >> 32);
}

static void draw_trains(driven *d, uint64_t *state)
{
    const uint32_t steps = (uint32_t)(DURATION / STEP), chance = (uint32_t)(1000.0 / (TRAIN_RATE * STEP));
    for (uint32_t neuron = 0; neuron < TRAINS; ++neuron)
        for (uint32_t step = 2; step < steps; ++step) {
            if (draw(state, chance) != 0) continue;
            assert_true(d->spike_count < MOST_SPIKES);
            d->spike_neuron[d->spike_count] = neuron;
            d->spike_time[d->spike_count++] = (double)step * STEP;
        }
}

// Weights are multiples of half the smallest, so that sums of integers hold them exactly; every fifth train inhibits.
static void draw_edges(driven *d, size_t t, float unit, uint64_t *state)
{
    static const float EXCITATORY[] = {1.0F, 1.5F, 2.0F, 4.0F}, INHIBITORY[] = {-2.0F, -4.0F, -6.5F};
    size_t edge = 0;
    for (uint32_t train = 0; train < TRAINS; ++train)
        for (uint32_t copy = 0; copy < COPIES; ++copy, ++edge) {
            d->source[t][edge] = train;
            d->target[t][edge] = copy;
            d->weight[t][edge] = unit * (train % 5 == 4 ? INHIBITORY[draw(state, 3)] : EXCITATORY[draw(state, 4)]);
            d->delay[t][edge] = 0.1F * (float)(1 + draw(state, 80));
        }
    d->projections[t] = (qn_spiking_projection){
        .target = t + 1,
        .source = 0,
        .rule = QN_RULE_EDGES,
        .delay = {QN_DELAY_CONSTANT, 1.0, 0.0},
        .edges = {edge, d->source[t], d->target[t], d->weight[t], d->delay[t]},
    };
}

static driven *driven_neurons(void)
{
    driven *d = calloc(1, sizeof *d);
    assert_non_null(d);
    uint64_t state = 42;
    draw_trains(d, &state);
    d->populations[0] = (qn_spiking_population){.name = "trains", .size = TRAINS, .neuron = {.kind = QN_NEURON_GIVEN}};
    d->populations[0].given = (qn_given_spikes){d->spike_count, d->spike_neuron, d->spike_time};
    d->populations[1] = (qn_spiking_population){
        .name = "exponential", .size = COPIES, .neuron = {.refractory_time = 2.0}, .initial_mean = -58.0};
    d->populations[2] =
        (qn_spiking_population){.name = "two times",
                                .size = COPIES,
                                .neuron = {.membrane_time = 15.0,
                                           .synaptic_time = 2.0,
                                           .inhibitory_synaptic_time = 5.0,
                                           .capacitance = 200.0,
                                           .rest = -70.0,
                                           .threshold = -54.0,
                                           .reset = -62.0,
                                           .refractory_time = 0.5},
                                .constant_current = 247.3,
                                .initial_mean = -51.0}; // above the threshold: a spike in the first step
    d->populations[3] = (qn_spiking_population){
        .name = "switched", .size = COPIES, .neuron = {.refractory_time = 1.0}, .initial_mean = -65.0};
    d->populations[4] = (qn_spiking_population){.name = "delta",
                                                .size = COPIES,
                                                .neuron = {.synapse = QN_SYNAPSE_DELTA,
                                                           .membrane_time = 20.0,
                                                           .rest = 0.0,
                                                           .threshold = 20.0,
                                                           .reset = 10.0,
                                                           .refractory_time = 2.0},
                                                .constant_current = 31.7};
    draw_edges(d, 0, 128.0F, &state);
    draw_edges(d, 1, 32.0F, &state);
    draw_edges(d, 2, 64.0F, &state);
    draw_edges(d, 3, 0.1875F, &state);
    d->stimulus = (qn_spiking_stimulus){.population = 3, .start = 200.0, .stop = 1500.3, .current = 350.0};
    d->network = (qn_spiking_network){.population_count = TARGETS + 1,
                                      .populations = d->populations,
                                      .projection_count = TARGETS,
                                      .projections = d->projections,
                                      .stimulus_count = 1,
                                      .stimuli = &d->stimulus};
    return d;
}

static void compare(const qn_spiking_network *network, const qn_spikes *ours, const qn_spikes *theirs)
{
    size_t spikes[TARGETS + 1] = {0};
    for (size_t i = 0; i < ours->count && i < theirs->count; ++i) {
        if (ours->step[i] != theirs->step[i] || ours->neuron[i] != theirs->neuron[i]) {
            print_error("spike %zu: neuron %u in step %u, in NEST neuron %u in step %u\n", i, ours->neuron[i],
                        ours->step[i], theirs->neuron[i], theirs->step[i]);
            fail();
        }
        size_t population = 0;
        while (ours->neuron[i] >= ours->first_neuron[population + 1]) ++population;
        ++spikes[population];
    }
    assert_int_equal(ours->count, theirs->count);
    for (size_t p = 1; p < network->population_count; ++p) {
        print_message("%s: %zu spikes, the same\n", network->populations[p].name, spikes[p]);
        assert_true(spikes[p] > 100);
    }
}

static void the_same_trains_give_the_same_spikes(void **state)
{
    (void)state;
    require_nest();
    driven *d = driven_neurons();
    qn_spikes theirs = nest_spikes(&d->network, &(qn_export_nest_options){.duration = DURATION});
    const qn_spiking_options options = {
        .duration = DURATION, .recorded = TRAINS, .double_precision = true, .rate_limit = 1e4};
    qn_spiking_activity ours;
    assert_ok(qn_spiking_simulate(&d->network, &options, 0, NULL, &ours));
    compare(&d->network, &ours.spikes, &theirs);
    qn_spiking_activity_clear(&ours);
    nest_spikes_free(&theirs);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_trains_give_the_same_spikes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
