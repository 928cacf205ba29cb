// The script for NEST: what stands in its tables, that Python reads it, and what is refused. That NEST runs it and
// finds what we find is tested in tests/nest.
#include "testing.h"

#include "temporary.h"

#include <stdlib.h>

// A network with one of everything that NEST knows.
typedef struct {
    qn_spiking_population populations[4];
    qn_spiking_projection projections[5];
    qn_spiking_stimulus stimuli[2];
    uint32_t given_neuron[3], edge_source[2], edge_target[2];
    double given_time[3];
    float edge_weight[2], edge_delay[2];
    qn_spiking_network network;
} everything;

enum { EXPONENTIAL, DELTA, POISSON, GIVEN };

static everything *fill(everything *all)
{
    *all = (everything){
        .populations = {{.name = "4E",
                         .size = 20,
                         .neuron = {.refractory_time = 2, .inhibitory_synaptic_time = 1.25},
                         .constant_current = 300,
                         .initial_mean = -63.33,
                         .initial_spread = 4.74,
                         .external_count = 2100,
                         .external_rate = 8,
                         .external_weight = 87.80849352920845},
                        {.size = 10, .neuron = {.synapse = QN_SYNAPSE_DELTA, .membrane_time = 20}, .initial_mean = -65},
                        {.name = "TC",
                         .size = 5,
                         .neuron = {.kind = QN_NEURON_POISSON},
                         .source_rate = 120,
                         .source_start = 700,
                         .source_stop = 710.04},
                        {.name = "given", .size = 3, .neuron = {.kind = QN_NEURON_GIVEN}}},
        .projections = {{.target = EXPONENTIAL,
                         .source = EXPONENTIAL,
                         .rule = QN_RULE_TOTAL_NUMBER,
                         .count = 123,
                         .weight = {QN_WEIGHT_NORMAL, 87.80849352920845, 0.1},
                         .delay = {QN_DELAY_NORMAL, 1.5, 0.5}},
                        {.target = DELTA,
                         .source = EXPONENTIAL,
                         .rule = QN_RULE_IN_DEGREE,
                         .count = 6.7,
                         .no_multapses = true,
                         .weight = {QN_WEIGHT_CONSTANT, 0.1, 0},
                         .delay = {QN_DELAY_CONSTANT, 0.3, 0}},
                        {.target = DELTA,
                         .source = DELTA,
                         .rule = QN_RULE_BERNOULLI,
                         .count = 0.3,
                         .no_autapses = true,
                         .weight = {QN_WEIGHT_LOGNORMAL, -0.5, 3},
                         .delay = {QN_DELAY_CONSTANT, 1.0, 0}},
                        {.target = EXPONENTIAL, .source = GIVEN, .rule = QN_RULE_EDGES, .delay = {.mean = 1}},
                        {.target = EXPONENTIAL, .source = POISSON, .delay = {.mean = 1}}},
        .stimuli = {{.population = EXPONENTIAL, .start = 3, .stop = 50.05, .current = 200},
                    {.population = EXPONENTIAL, .start = 20, .stop = 40, .rate = 1000}},
        .given_neuron = {2, 0, 0},
        .given_time = {0.2, 7, 7},
        .edge_source = {2, 0},
        .edge_target = {19, 0},
        .edge_weight = {0.1F, -250},
        .edge_delay = {0.1F, 7.5F},
    };
    all->populations[GIVEN].given = (qn_given_spikes){3, all->given_neuron, all->given_time};
    all->projections[3].edges =
        (qn_spiking_edges){2, all->edge_source, all->edge_target, all->edge_weight, all->edge_delay};
    all->network = (qn_spiking_network){.population_count = 4,
                                        .populations = all->populations,
                                        .projection_count = 5,
                                        .projections = all->projections,
                                        .stimulus_count = 2,
                                        .stimuli = all->stimuli,
                                        .delay_minimum = 0.05};
    return all;
}

static char *script_of(const qn_spiking_network *network, const qn_export_nest_options *options, const char *title)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_ok(qn_export_nest(network, options, title, stream));
    fclose(stream);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part)) return;
    print_error("the script has no \"%s\"\n", part);
    fail();
}

static void populations_stand_in_the_script_to_full_precision(void **state)
{
    (void)state;
    everything all;
    char *script = script_of(&fill(&all)->network, NULL, NULL);
    assert_has(script, "\"name\": \"4E\",\n        \"size\": 20,\n        \"model\": \"iaf_psc_exp\",\n");
    assert_has(script,
               "{\"tau_m\": 10.0, \"C_m\": 250.0, \"E_L\": -65.0, \"V_th\": -50.0, \"V_reset\": -65.0, \"t_ref\": 2.0, "
               "\"tau_syn_ex\": 0.5, \"tau_syn_in\": 1.25}");
    assert_has(script, "\"current\": 300.0,\n        \"initial\": (-63.33, 4.74),\n");
    assert_has(script, "\"drive\": (16800.0, 87.80849352920845),\n");
    assert_has(script, "\"name\": \"1\",\n        \"size\": 10,\n        \"model\": \"iaf_psc_delta\",\n"
                       "        \"neuron\": {\"tau_m\": 20.0, \"C_m\": 250.0, \"E_L\": -65.0, \"V_th\": -50.0, "
                       "\"V_reset\": -65.0, \"t_ref\": 0.0},\n");
    // 710.04 lies behind the step at 710.0, which is the last one that is active.
    assert_has(
        script,
        "\"model\": \"poisson\",\n        \"rate\": 120.0,\n        \"start\": 700.0,\n        \"stop\": 710.0,\n");
    assert_has(script, "\"spike_neuron\": [2, 0, 0],\n        \"spike_time\": [0.2, 7.0, 7.0],\n");
    free(script);
}

static void projections_and_stimuli_stand_in_the_script(void **state)
{
    (void)state;
    everything all;
    char *script = script_of(&fill(&all)->network, NULL, NULL);
    assert_has(script, "\"rule\": {\"rule\": \"fixed_total_number\", \"N\": 123},\n"
                       "        \"weight\": (\"normal\", 87.80849352920845, 8.780849352920844),\n"
                       "        \"delay\": (\"normal\", 1.5, 0.75),\n");
    assert_has(script, "\"rule\": {\"rule\": \"fixed_indegree\", \"indegree\": 7, \"allow_multapses\": False, "
                       "\"allow_autapses\": True},\n        \"weight\": (\"constant\", 0.1, 0.0),\n"
                       "        \"delay\": (\"constant\", 0.3, 0.0),\n");
    assert_has(script, "\"rule\": {\"rule\": \"pairwise_bernoulli\", \"p\": 0.3, \"allow_autapses\": False},\n"
                       "        \"weight\": (\"lognormal\", -0.5, 1.5),\n");
    // A float's value exactly; its delay on the grid.
    assert_has(script, "\"sources\": [2, 0],\n        \"targets\": [19, 0],\n"
                       "        \"weights\": [0.10000000149011612, -250.0],\n        \"delays\": [0.1, 7.5],\n");
    assert_has(script, "{\"population\": 0, \"start\": 3.0, \"stop\": 50.0, \"current\": 200.0, \"rate\": 0.0},\n");
    assert_has(script, "{\"population\": 0, \"start\": 20.0, \"stop\": 40.0, \"current\": 0.0, \"rate\": 1000.0},\n");
    assert_has(script, "LEAST_DELAY = 0.05 ");
    assert_null(strstr(script, "\"N\": 0")); // without synapses: no entry
    free(script);
}

static void options_are_the_script_s_defaults(void **state)
{
    (void)state;
    everything all;
    char *script = script_of(&fill(&all)->network, NULL, NULL);
    assert_has(script, "STEP = 0.1 ");
    assert_has(script, "SEED = 1\nDURATION = 1000.0 ");
    assert_has(script, "DISCARD = 0.0 ");
    assert_has(script, "THREADS = 1\n");
    free(script);
    const qn_export_nest_options options = {.seed = 4294967296, .duration = 250.3, .discard = 50, .threads = 2};
    script = script_of(&all.network, &options, NULL);
    assert_has(script, "SEED = 1\nDURATION = 250.3 "); // 2^32 is one beyond NEST's largest seed
    assert_has(script, "DISCARD = 50.0 ");
    assert_has(script, "THREADS = 2\n");
    free(script);
}

static void any_title_stays_a_string(void **state)
{
    (void)state;
    everything all;
    char *script = script_of(&fill(&all)->network, NULL, "\"\"\"\\\n\xc3\xa9 \xff\xe2\x82");
    assert_has(script, "TITLE = \"\\\"\\\"\\\"\\\\\\x0a\xc3\xa9 \\xff\\xe2\\x82\"\n");
    free(script);
}

static void python_reads_the_script(void **state)
{
    (void)state;
    if (system("python3 -c 'import ast' >/dev/null 2>&1")) skip();
    everything all;
    char *script = script_of(&fill(&all)->network, NULL, "\"\"\"\\\n\xc3\xa9 \xff");
    const char *path = temporary_text("script.py", script);
    free(script);
    char command[700];
    snprintf(command, sizeof command, "python3 -c 'import ast, sys; ast.parse(open(sys.argv[1], \"rb\").read())' '%s'",
             path);
    assert_int_equal(system(command), 0);
    remove(path);
}

// Fails, and writes nothing.
static void refused(const qn_spiking_network *network, const qn_export_nest_options *options, const char *part)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_fails(qn_export_nest(network, options, NULL, stream), QN_BAD_VALUE, part);
    fclose(stream);
    assert_int_equal(size, 0);
    free(text);
}

static void what_nest_cannot_do_is_refused(void **state)
{
    (void)state;
    everything all;
    fill(&all)->populations[DELTA].neuron =
        (qn_spiking_neuron){.kind = QN_NEURON_ESCAPE_RATE, .link_rate = 10, .link_width = 2};
    all.populations[DELTA].name = "glm";
    refused(&all.network, NULL, "population glm: NEST has no model of these escape-rate neurons");
    fill(&all)->given_time[1] = 0.1;
    refused(&all.network, NULL,
            "population given: given spike 1 is at 0.1 ms; allowed: from the second time step on, 0.2 ms");
    refused(&fill(&all)->network, &(qn_export_nest_options){.list_limit = 2}, "3 given spikes; allowed: 2");
    fill(&all)->populations[GIVEN].given.count = 0;
    refused(&all.network, &(qn_export_nest_options){.list_limit = 1}, "2 explicit synapses; allowed: 1");
}

static void bad_networks_and_options_are_refused(void **state)
{
    (void)state;
    everything all;
    fill(&all)->populations[EXPONENTIAL].neuron.membrane_time = -1;
    refused(&all.network, NULL, "4E");
    fill(&all);
    refused(&all.network, &(qn_export_nest_options){.duration = 10.05}, "duration is 10.05 ms; allowed: a multiple of");
    refused(&all.network, &(qn_export_nest_options){.duration = -1}, "duration is -1 ms; allowed: 0.1 or more");
    refused(&all.network, &(qn_export_nest_options){.discard = NAN}, "discard is nan ms; allowed: 0 or more");
}

// A full disk is said, not passed over.
static void a_stream_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    FILE *stream = fopen("/dev/full", "w");
    if (!stream) skip();
    everything all;
    assert_fails(qn_export_nest(&fill(&all)->network, NULL, NULL, stream), QN_IO_ERROR, "cannot be written");
    fclose(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(populations_stand_in_the_script_to_full_precision),
        cmocka_unit_test(projections_and_stimuli_stand_in_the_script),
        cmocka_unit_test(options_are_the_script_s_defaults),
        cmocka_unit_test(any_title_stays_a_string),
        cmocka_unit_test(python_reads_the_script),
        cmocka_unit_test(what_nest_cannot_do_is_refused),
        cmocka_unit_test(bad_networks_and_options_are_refused),
        cmocka_unit_test(a_stream_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
