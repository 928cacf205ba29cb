#include "base/hash.h"
#include "testing.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// Everything that has a state: computed and stored synapses, lognormal weights, two currents, dead times, stimuli,
// Poisson sources, given spikes, escape-rate neurons.
typedef struct {
    qn_spiking_population populations[5];
    qn_spiking_projection projections[7];
    qn_spiking_stimulus stimulus;
    uint32_t given_neuron[3];
    double given_time[3];
    qn_spiking_network network;
} model;

static void make_model(model *m, qn_delay_split split)
{
    const qn_spiking_neuron lif = {.refractory_time = 2.0, .inhibitory_synaptic_time = 1.0};
    const qn_spiking_neuron escape = {.kind = QN_NEURON_ESCAPE_RATE,
                                      .refractory_time = 3.0,
                                      .link_rate = 20.0,
                                      .link_potential = -55.0,
                                      .link_width = 4.0};
    *m = (model){
        .populations = {{"E", 800, lif, 100.0, 1000.0, 8.0, 90.0, -58.0, 5.0, 0, 0, 0, {0}},
                        {"I", 200, lif, 100.0, 1000.0, 8.0, 90.0, -58.0, 5.0, 0, 0, 0, {0}},
                        {"G", 50, escape, 0.0, 100.0, 8.0, 50.0, -60.0, 3.0, 0, 0, 0, {0}},
                        {"P", 40, {.kind = QN_NEURON_POISSON}, 0, 0, 0, 0, 0, 0, 50.0, 10.0, 0.0, {0}},
                        {"S", 3, {.kind = QN_NEURON_GIVEN}, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}}},
        .projections = {{0, 0, QN_RULE_TOTAL_NUMBER, 40000, 0, 0, {0, 60.0, 0.1}, {0, 1.5, 0.5}, {0}},
                        {0, 1, QN_RULE_TOTAL_NUMBER, 20000, 0, 0, {0, -250.0, 0.1}, {0, 0.8, 0.5}, {0}},
                        {1, 0, QN_RULE_IN_DEGREE, 50, 0, 0, {0, 60.0, 0.1}, {0, 1.5, 0.5}, {0}},
                        {1, 1, QN_RULE_BERNOULLI, 0.1, 0, 0, {0, -250.0, 0.1}, {0, 0.8, 0.5}, {0}},
                        {2, 0, QN_RULE_TOTAL_NUMBER, 2000, 0, 0, {QN_WEIGHT_LOGNORMAL, 60.0, 1.0}, {0, 1.5, 0.5}, {0}},
                        {0, 3, QN_RULE_TOTAL_NUMBER, 3000, 0, 0, {0, 90.0, 0.1}, {0, 2.0, 0.5}, {0}},
                        {0, 4, QN_RULE_TOTAL_NUMBER, 900, 0, 0, {0, 500.0, 0.1}, {0, 20.0, 0.1}, {0}}},
        .stimulus = {0, 300.0, 600.0, 50.0, 500.0},
        .given_neuron = {0, 1, 2},
        .given_time = {100.0, 100.0, 700.0}};
    m->populations[4].given = (qn_given_spikes){3, m->given_neuron, m->given_time};
    m->network = (qn_spiking_network){.population_count = 5,
                                      .populations = m->populations,
                                      .projection_count = 7,
                                      .projections = m->projections,
                                      .stimulus_count = 1,
                                      .stimuli = &m->stimulus,
                                      .delay_split = split,
                                      .unit_size = 320};
}

static qn_spiking_options options_of(double duration, const char *checkpoint)
{
    return (qn_spiking_options){.seed = 7,
                                .duration = duration,
                                .discard = 50.0,
                                .recorded = SIZE_MAX,
                                .traced = 2,
                                .checkpoint = checkpoint,
                                .checkpoint_interval = 30.0,
                                .resume = checkpoint != NULL};
}

static uint64_t hash_of(const qn_spiking_activity *a)
{
    const size_t neurons = a->first_neuron[a->population_count];
    uint64_t hash = qn_hash(QN_HASH_START, a->spikes.step, a->spikes.count * sizeof *a->spikes.step);
    hash = qn_hash(hash, a->spikes.neuron, a->spikes.count * sizeof *a->spikes.neuron);
    hash = qn_hash(hash, a->spike_count, neurons * sizeof *a->spike_count);
    hash = qn_hash(hash, a->cv, neurons * sizeof *a->cv);
    hash = qn_hash(hash, a->lvr, neurons * sizeof *a->lvr);
    hash = qn_hash(hash, a->histogram, a->population_count * a->bin_count * sizeof *a->histogram);
    hash = qn_hash(hash, a->potential, a->traced_count * a->traced_steps * sizeof *a->potential);
    hash = qn_hash(hash, a->current, a->traced_count * a->traced_steps * sizeof *a->current);
    hash = qn_hash(hash, &a->events, sizeof a->events);
    return qn_hash(hash, &a->highest_rate, sizeof a->highest_rate);
}

static uint64_t uninterrupted(const qn_spiking_network *network, double duration)
{
    const qn_spiking_options options = options_of(duration, NULL);
    qn_spiking_activity activity;
    assert_ok(qn_spiking_simulate(network, &options, 3, NULL, &activity));
    for (size_t p = 0; p < activity.population_count; ++p) {
        uint64_t spikes = 0;
        for (size_t i = activity.first_neuron[p]; i < activity.first_neuron[p + 1]; ++i)
            spikes += activity.spike_count[i];
        assert_true(spikes > 0);
    }
    const uint64_t hash = hash_of(&activity);
    qn_spiking_activity_clear(&activity);
    return hash;
}

static void path_of(char *path, size_t size, const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/quenched-%s-%ld", folder ? folder : "/tmp", name, (long)getpid());
    unlink(path);
}

static bool stop_at(const qn_progress_report *report, void *context)
{
    return report->fraction < *(const double *)context;
}

// Stopped half way, then continued.
static void restart_gives_the_same_spikes(void **state)
{
    (void)state;
    for (int split = 0; split < 2; ++split) {
        model m;
        char path[256];
        make_model(&m, (qn_delay_split)split);
        path_of(path, sizeof path, "restart");
        // A callback is heard ten times a second: long enough for that.
        const qn_spiking_options options = options_of(6000.0, path);
        double until = 1e-3;
        const qn_progress progress = {stop_at, &until};
        qn_spiking_activity activity;
        qn_status status = qn_spiking_simulate(&m.network, &options, 3, &progress, &activity);
        if (status == QN_STOPPED) {
            assert_int_equal(access(path, F_OK), 0);
            status = qn_spiking_simulate(&m.network, &options, 3, NULL, &activity);
        }
        assert_ok(status);
        assert_true(hash_of(&activity) == uninterrupted(&m.network, 6000.0));
        qn_spiking_activity_clear(&activity);
        unlink(path);
    }
}

static void run_in_child(const qn_spiking_network *network, const qn_spiking_options *options, int answer)
{
    qn_spiking_activity activity;
    qn_set_threads(1);
    if (qn_spiking_simulate(network, options, 3, NULL, &activity) != QN_OK) _exit(1);
    const uint64_t hash = hash_of(&activity);
    _exit(write(answer, &hash, sizeof hash) == sizeof hash ? 0 : 1);
}

// Whenever it dies, at most an interval is lost, and what comes out in the end is the same.
static void fifty_kills_change_nothing(void **state)
{
    (void)state;
    enum { KILLS = 50 };
    const double duration = 3000.0;
    model m;
    char path[256];
    make_model(&m, QN_DELAY_SPLIT_SYSTEMATIC);
    path_of(path, sizeof path, "kills");
    const qn_spiking_options options = options_of(duration, path);
    const uint64_t expected = uninterrupted(&m.network, duration);
    double wait[KILLS];
    qn_uniform(&(qn_stream){5, QN_PURPOSE_TEST, 0}, 0, KILLS, wait);
    uint64_t found = 0;
    for (int life = 0, killed = 0;; ++life) {
        int channel[2], result;
        assert_int_equal(pipe(channel), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) run_in_child(&m.network, &options, channel[1]);
        close(channel[1]);
        if (killed < KILLS) {
            usleep((useconds_t)(60000.0 * wait[killed]));
            kill(child, SIGKILL);
        }
        assert_int_equal(waitpid(child, &result, 0), child);
        const bool answered = read(channel[0], &found, sizeof found) == sizeof found;
        close(channel[0]);
        if (WIFSIGNALED(result)) ++killed;
        if (answered && killed < KILLS) { // done too soon: once more from the beginning
            assert_true(found == expected);
            unlink(path);
            continue;
        }
        if (answered) break;
        assert_true(WIFSIGNALED(result));
        assert_true(life < 10 * KILLS);
    }
    assert_true(found == expected);
    unlink(path);
}

static void what_is_not_its_checkpoint_is_refused(void **state)
{
    (void)state;
    model m;
    char path[256];
    make_model(&m, QN_DELAY_SPLIT_SYSTEMATIC);
    path_of(path, sizeof path, "other");
    qn_spiking_options options = options_of(200.0, path);
    qn_spiking_activity activity;
    assert_ok(qn_spiking_simulate(&m.network, &options, 3, NULL, &activity));
    qn_spiking_activity_clear(&activity);
    assert_fails(qn_spiking_simulate(&m.network, &options, 4, NULL, &activity), QN_BAD_FILE, "another network");
    m.projections[0].count += 1.0;
    assert_fails(qn_spiking_simulate(&m.network, &options, 3, NULL, &activity), QN_BAD_FILE, "another network");
    m.projections[0].count -= 1.0;
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, 1000, SEEK_SET);
    const int byte = fgetc(file);
    fseek(file, 1000, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
    assert_fails(qn_spiking_simulate(&m.network, &options, 3, NULL, &activity), QN_BAD_FILE, "damaged");
    assert_int_equal(truncate(path, 10), 0);
    assert_fails(qn_spiking_simulate(&m.network, &options, 3, NULL, &activity), QN_BAD_FILE, "no checkpoint");
    unlink(path);
    options.checkpoint = "/nonexistent/folder/checkpoint";
    assert_fails(qn_spiking_simulate(&m.network, &options, 3, NULL, &activity), QN_IO_ERROR, "/nonexistent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restart_gives_the_same_spikes),
        cmocka_unit_test(fifty_kills_change_nothing),
        cmocka_unit_test(what_is_not_its_checkpoint_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
