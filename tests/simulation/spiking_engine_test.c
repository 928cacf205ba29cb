// The whole engine on a network with everything in it: the same bits whatever runs it, and records that agree.
#include "spiking_zoo.h"

#include <stdlib.h>
#include <unistd.h>

static const char *program; // this test, run again with other instruction sets

static const qn_spiking_options kept = {.seed = 3, .duration = 100.0, .recorded = 100000, .traced = 40};

static qn_spiking_activity run(const qn_spiking_network *network, const qn_spiking_options *options, int threads)
{
    qn_spiking_activity a;
    qn_set_threads(threads);
    assert_ok(qn_spiking_simulate(network, options, 0, NULL, &a));
    qn_set_threads(0);
    return a;
}

// ---------------------------------------------------------------------------------------------------------- comparing

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; ++i) hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t hash_of(const qn_spiking_activity *a)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    hash = hash_bytes(hash, a->spikes.step, a->spikes.count * sizeof *a->spikes.step);
    hash = hash_bytes(hash, a->spikes.neuron, a->spikes.count * sizeof *a->spikes.neuron);
    hash = hash_bytes(hash, a->potential, a->traced_count * a->traced_steps * sizeof *a->potential);
    hash = hash_bytes(hash, a->current, a->traced_count * a->traced_steps * sizeof *a->current);
    hash = hash_bytes(hash, a->histogram, a->population_count * a->bin_count * sizeof *a->histogram);
    hash = hash_bytes(hash, a->spike_count, a->first_neuron[a->population_count] * sizeof *a->spike_count);
    return hash_bytes(hash, &a->events, sizeof a->events);
}

// Both precisions, both ways to split rows over delays.
static uint64_t hash_of_runs(int threads)
{
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    uint64_t hash = 0;
    for (int i = 0; i < 2; ++i) {
        qn_spiking_options options = kept;
        options.duration = 70.0;
        options.double_precision = i == 1;
        zoo.network.delay_split = (qn_delay_split)i;
        qn_spiking_activity a = run(&zoo.network, &options, threads);
        hash = hash * 31 + hash_of(&a);
        qn_spiking_activity_clear(&a);
    }
    return hash;
}

static void the_zoo_is_alive(void **state)
{
    (void)state;
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    qn_spiking_activity a = run(&zoo.network, &kept, 1);
    for (size_t p = 0; p + 1 < ZOO_POPULATIONS; ++p) {
        uint64_t spikes = 0;
        for (size_t i = a.first_neuron[p]; i < a.first_neuron[p + 1]; ++i) spikes += a.spike_count[i];
        const double rate = (double)spikes / (double)(a.first_neuron[p + 1] - a.first_neuron[p]) / 0.1;
        if (p != 5) assert_true(rate > 1.0 && rate < 100.0);
    }
    assert_true(a.events > 1000000);
    assert_false(a.ran_away);
    qn_spiking_activity_clear(&a);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const uint64_t one = hash_of_runs(1);
    assert_int_equal(hash_of_runs(2), one);
    assert_int_equal(hash_of_runs(3), one);
}

static void instruction_sets_do_not_change_a_bit(void **state)
{
    (void)state;
    static const char *const levels[] = {"baseline", "avx2", "avx512"};
    const uint64_t here = hash_of_runs(0);
    for (size_t i = 0; i < 3; ++i) {
        char command[4096], line[64] = "";
        snprintf(command, sizeof command, "QUENCHED_INSTRUCTIONS=%s '%s' hash", levels[i], program);
        FILE *child = popen(command, "r");
        assert_non_null(child);
        assert_non_null(fgets(line, sizeof line, child));
        assert_int_equal(pclose(child), 0);
        assert_int_equal(strtoull(line, NULL, 16), here);
    }
}

// -------------------------------------------------------------------------------------------------------- what is kept

// Of each population the first `n` neurons.
static size_t count_first(const qn_spiking_activity *all, const qn_spiking_activity *some, size_t n, bool compare)
{
    size_t count = 0;
    for (size_t k = 0; k < all->spikes.count; ++k) {
        size_t p = 0;
        while (all->spikes.neuron[k] >= all->spikes.first_neuron[p + 1]) ++p;
        const size_t local = all->spikes.neuron[k] - all->spikes.first_neuron[p];
        if (local >= n) continue;
        if (compare) {
            assert_true(count < some->spikes.count);
            assert_int_equal(some->spikes.step[count], all->spikes.step[k]);
            assert_int_equal(some->spikes.neuron[count], some->spikes.first_neuron[p] + local);
        }
        ++count;
    }
    return count;
}

static void a_record_of_some_is_part_of_the_record_of_all(void **state)
{
    (void)state;
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    qn_spiking_activity all = run(&zoo.network, &kept, 1);
    const size_t wanted[] = {0, 1, 700, 1024, 1100};
    for (size_t i = 0; i < 5; ++i) {
        qn_spiking_options options = kept;
        options.recorded = wanted[i];
        options.traced = i == 2 ? 1100 : 0;
        qn_spiking_activity some = run(&zoo.network, &options, 1);
        for (size_t p = 0; p < ZOO_POPULATIONS; ++p) {
            const size_t size = zoo.populations[p].size, there = size < wanted[i] ? size : wanted[i];
            assert_int_equal(some.spikes.first_neuron[p + 1] - some.spikes.first_neuron[p], there);
        }
        assert_int_equal(some.spikes.count, count_first(&all, &some, wanted[i], true));
        assert_memory_equal(some.spike_count, all.spike_count, all.first_neuron[ZOO_POPULATIONS] * sizeof(uint32_t));
        if (options.traced) {
            assert_int_equal(some.traced_count, 1100 + 1100 + 777 + 501);
            const size_t bytes = 40 * all.traced_steps * sizeof(float);
            assert_memory_equal(some.potential, all.potential, bytes);
            assert_memory_equal(some.potential + 1100 * all.traced_steps, all.potential + 40 * all.traced_steps, bytes);
            assert_memory_equal(some.current + 2200 * all.traced_steps, all.current + 80 * all.traced_steps, bytes);
        }
        qn_spiking_activity_clear(&some);
    }
    qn_spiking_activity_clear(&all);
}

static void what_is_discarded_is_simulated_alike(void **state)
{
    (void)state;
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    qn_spiking_options options = kept;
    qn_spiking_activity all = run(&zoo.network, &options, 1);
    options.discard = 30.0;
    options.duration = 70.0;
    qn_spiking_activity late = run(&zoo.network, &options, 1);
    qn_spikes tail;
    assert_ok(qn_spikes_copy(&all.spikes, 300, 1000, &tail));
    assert_int_equal(late.spikes.first_step, 300);
    assert_int_equal(late.spikes.last_step, 1000);
    assert_int_equal(late.spikes.count, tail.count);
    assert_memory_equal(late.spikes.step, tail.step, tail.count * sizeof *tail.step);
    assert_memory_equal(late.spikes.neuron, tail.neuron, tail.count * sizeof *tail.neuron);
    assert_int_equal(late.traced_steps, 700);
    for (size_t i = 0; i < late.traced_count; ++i)
        assert_memory_equal(late.potential + i * 700, all.potential + i * 1000 + 300, 700 * sizeof(float));
    assert_int_equal(late.bin_count, 70);
    for (size_t p = 0; p < ZOO_POPULATIONS; ++p)
        assert_memory_equal(late.histogram + p * 70, all.histogram + p * 100 + 30, 70 * sizeof(uint32_t));
    assert_int_equal(late.events, all.events);
    assert_int_equal(late.steps, all.steps);
    qn_spikes_clear(&tail);
    qn_spiking_activity_clear(&all);
    qn_spiking_activity_clear(&late);
}

static void statistics_are_those_of_the_spikes(void **state)
{
    (void)state;
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    qn_spiking_options options = kept;
    options.discard = 20.0;
    options.duration = 250.0;
    options.bin = 0.7;
    options.local_variation_refractory = 2.0;
    qn_spiking_activity a = run(&zoo.network, &options, 1);
    const size_t neurons = a.first_neuron[ZOO_POPULATIONS];
    uint32_t *count = calloc(neurons, sizeof *count), *half = calloc(neurons, sizeof *half);
    double *cv = calloc(neurons, sizeof *cv), *lvr = calloc(neurons, sizeof *lvr);
    assert_ok(qn_spike_neurons(&a.spikes, 2.0, count, half, cv, lvr));
    assert_memory_equal(count, a.spike_count, neurons * sizeof *count);
    size_t known = 0;
    for (size_t i = 0; i < neurons; ++i) {
        assert_true(cv[i] == a.cv[i] || (isnan(cv[i]) && isnan(a.cv[i])));
        assert_true(lvr[i] == a.lvr[i] || (isnan(lvr[i]) && isnan(a.lvr[i])));
        known += !isnan(lvr[i]);
    }
    assert_true(known > 1000);
    assert_int_equal(a.bin_count, 357); // 249.9 ms
    for (size_t p = 0; p < ZOO_POPULATIONS; ++p) {
        qn_spike_histogram histogram;
        assert_ok(qn_spike_histogram_make(&a.spikes, p, 0.7, &histogram));
        assert_int_equal(histogram.count, a.bin_count);
        assert_memory_equal(histogram.values, a.histogram + p * a.bin_count, a.bin_count * sizeof(uint32_t));
        qn_spike_histogram_clear(&histogram);
    }
    free(count);
    free(half);
    free(cv);
    free(lvr);
    qn_spiking_activity_clear(&a);
}

static void seeds_and_realisations_differ(void **state)
{
    (void)state;
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    uint64_t hashes[4];
    for (size_t i = 0; i < 4; ++i) {
        qn_spiking_options options = kept;
        options.seed += i == 1;
        qn_spiking_activity a;
        assert_ok(qn_spiking_simulate(&zoo.network, &options, i == 2 ? 1 : 0, NULL, &a));
        hashes[i] = hash_of(&a);
        qn_spiking_activity_clear(&a);
    }
    assert_true(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    assert_true(hashes[0] == hashes[3]);
}

// Units go on alone for as many steps as the shortest delay has. A projection without weight whose delay is one step
// makes them meet at every step, and must change no spike.
static void how_long_units_go_alone_changes_no_spike(void **state)
{
    (void)state;
    const qn_spiking_neuron neuron = {.refractory_time = 2.0};
    const qn_spiking_population populations[] = {
        {"E", 900, neuron, 0.0, 1000.0, 8.0, 90.0, -58.0, 5.0, 0, 0, 0, {0}},
        {"I", 300, neuron, 0.0, 1000.0, 8.0, 90.0, -58.0, 5.0, 0, 0, 0, {0}},
        {"P", 20, {.kind = QN_NEURON_POISSON}, 0, 0, 0, 0, 0, 0, 50.0, 0, 0, {0}}};
    const qn_spiking_projection projections[] = {
        {0, 0, QN_RULE_TOTAL_NUMBER, 40000, 0, 0, {0, 60.0, 0.1}, {QN_DELAY_CONSTANT, 1.5, 0.0}, {0}},
        {0, 1, QN_RULE_IN_DEGREE, 30, 0, 0, {0, -250.0, 0.1}, {QN_DELAY_CONSTANT, 1.2, 0.0}, {0}},
        {1, 0, QN_RULE_TOTAL_NUMBER, 20000, 0, 0, {0, 60.0, 0.1}, {QN_DELAY_CONSTANT, 2.0, 0.0}, {0}},
        {1, 2, QN_RULE_TOTAL_NUMBER, 500, 0, 0, {QN_WEIGHT_CONSTANT, 0.0, 0.0}, {QN_DELAY_CONSTANT, 0.1, 0.0}, {0}}};
    const qn_spiking_options options = {.seed = 3, .duration = 300.0, .recorded = SIZE_MAX};
    for (int split = 0; split < 2; ++split)
        for (int threads = 1; threads <= 3; ++threads) {
            qn_spiking_network network = {.population_count = 3,
                                          .populations = populations,
                                          .projection_count = 3,
                                          .projections = projections,
                                          .delay_split = (qn_delay_split)split,
                                          .unit_size = 320};
            qn_spiking_activity alone = run(&network, &options, threads);
            network.projection_count = 4;
            qn_spiking_activity meeting = run(&network, &options, threads);
            assert_true(alone.spikes.count > 1000 && meeting.events > alone.events);
            assert_int_equal(alone.spikes.count, meeting.spikes.count);
            assert_memory_equal(alone.spikes.step, meeting.spikes.step, alone.spikes.count * sizeof(uint32_t));
            assert_memory_equal(alone.spikes.neuron, meeting.spikes.neuron, alone.spikes.count * sizeof(uint32_t));
            qn_spiking_activity_clear(&alone);
            qn_spiking_activity_clear(&meeting);
        }
}

// ------------------------------------------------------------------------------------------------------------ running

static void excitation_alone_runs_away(void **state)
{
    (void)state;
    const qn_spiking_population population = {.size = 1000,
                                              .neuron = {.refractory_time = 2.0},
                                              .external_count = 1000.0,
                                              .external_rate = 10.0,
                                              .external_weight = 100.0,
                                              .initial_mean = -65.0};
    const qn_spiking_projection projection = {
        .count = 100000.0, .weight = {QN_WEIGHT_NORMAL, 300.0, 0.1}, .delay = {QN_DELAY_NORMAL, 1.5, 0.5}};
    const qn_spiking_network network = {
        .population_count = 1, .populations = &population, .projection_count = 1, .projections = &projection};
    for (double discard = 0.0; discard < 900.0; discard += 500.0) {
        const qn_spiking_options options = {.duration = 1000.0, .discard = discard, .recorded = 1000};
        qn_spiking_activity a = run(&network, &options, 1);
        assert_true(a.ran_away);
        assert_true(a.highest_rate > 100.0 && a.highest_rate < 1000.0 / 2.1);
        assert_true(a.steps >= 500 && a.steps < 2000);
        assert_within(a.duration, fmax(0.0, 0.1 * (double)a.steps - discard), 1e-9);
        assert_int_equal(a.bin_count, (size_t)a.duration);
        qn_spiking_activity_clear(&a);
    }
    const qn_spiking_options patient = {.duration = 300.0, .rate_limit = 1e4};
    qn_spiking_activity a = run(&network, &patient, 1);
    assert_false(a.ran_away);
    assert_true(a.steps == 3000 && a.highest_rate > 100.0);
    qn_spiking_activity_clear(&a);
}

static bool stop_at_once(const qn_progress_report *report, void *context)
{
    assert_true(report->fraction >= 0.0 && report->fraction <= 1.0);
    ++*(int *)context;
    return false;
}

static void a_run_can_be_stopped(void **state)
{
    (void)state;
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    int calls = 0;
    const qn_progress progress = {stop_at_once, &calls};
    qn_spiking_activity a = {.population_count = 77};
    assert_fails(qn_spiking_simulate(&zoo.network, &kept, 0, &progress, &a), QN_STOPPED, "");
    assert_int_equal(a.population_count, 77);
    assert_int_equal(calls, 1);
}

static bool stop_midway(const qn_progress_report *report, void *context)
{
    *(double *)context = report->fraction;
    return report->fraction < 0.1;
}

// Stopped on one thread and continued on two: the bits of one run.
static void a_stopped_run_continues_with_the_same_bits(void **state)
{
    (void)state;
    static spiking_zoo zoo;
    make_spiking_zoo(&zoo);
    char path[256];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/quenched-zoo-%ld", folder ? folder : "/tmp", (long)getpid());
    double stopped = 0.0;
    const qn_progress progress = {stop_midway, &stopped};
    for (int i = 0; i < 2; ++i) {
        qn_spiking_options options = kept;
        options.duration = 600.0;
        options.discard = 20.0;
        options.traced = 10;
        options.double_precision = i == 1;
        zoo.network.delay_split = (qn_delay_split)i;
        qn_spiking_activity whole = run(&zoo.network, &options, 2), a;
        options.checkpoint = path;
        options.resume = true;
        qn_set_threads(1);
        assert_fails(qn_spiking_simulate(&zoo.network, &options, 0, &progress, &a), QN_STOPPED, "");
        assert_true(stopped > 0.0 && stopped < 1.0);
        a = run(&zoo.network, &options, 2);
        assert_int_equal(hash_of(&a), hash_of(&whole));
        qn_spiking_activity_clear(&a);
        qn_spiking_activity_clear(&whole);
        remove(path);
    }
}

int main(int count, char **arguments)
{
    program = arguments[0];
    if (count > 1 && !strcmp(arguments[1], "hash")) {
        printf("%llx\n", (unsigned long long)hash_of_runs(0));
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zoo_is_alive),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(instruction_sets_do_not_change_a_bit),
        cmocka_unit_test(a_record_of_some_is_part_of_the_record_of_all),
        cmocka_unit_test(what_is_discarded_is_simulated_alike),
        cmocka_unit_test(statistics_are_those_of_the_spikes),
        cmocka_unit_test(seeds_and_realisations_differ),
        cmocka_unit_test(how_long_units_go_alone_changes_no_spike),
        cmocka_unit_test(excitation_alone_runs_away),
        cmocka_unit_test(a_run_can_be_stopped),
        cmocka_unit_test(a_stopped_run_continues_with_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
