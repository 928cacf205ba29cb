// Spiking studies through the command: plans, limits, spikes, export, and what stands below the table.
#include "run_command.h"
#include "temporary.h"
#include "testing.h"

#include "base/file.h"

#include <time.h>

static char folder[TEMPORARY_SIZE];

static const char small[] = "study: spiking\n"
                            "network:\n"
                            "  external: {count: 100, rate: 60, weight: {jump: 0.3}}\n"
                            "  populations: [{name: E, size: 80}, {name: I, size: 20, inhibitory: true}]\n"
                            "  connectivity: {bernoulli: 0.1, weight: {jump: 0.3, relative_inhibition: 5}, delay: 1}\n"
                            "simulation: {realisations: 2, duration: 200, discard: 50}\n"
                            "figures: [{plot: rate}, {plot: raster}, {plot: rate_distribution}, {plot: time_course}]\n";

static int make_folder(void **state)
{
    (void)state;
    temporary_name("spiking", folder);
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    assert_ok(qn_file_write("small.yaml", small, strlen(small)));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[2 * TEMPORARY_SIZE];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") || system(command);
}

static void assert_same_files(const char *first, const char *second)
{
    char *a, *b;
    size_t size_a, size_b;
    assert_ok(qn_file_read(first, 1 << 26, &a, &size_a));
    assert_ok(qn_file_read(second, 1 << 26, &b, &size_b));
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    free(a);
    free(b);
}

static void a_run_leaves_figures_and_spikes(void **state)
{
    (void)state;
    assert_prints("run small.yaml --spikes both", "events per second ");
    static const char *const files[] = {
        "small-rate.svg",        "small-raster.svg",  "small-raster.pdf",   "small-rate_distribution.svg",
        "small-time_course.svg", "small-0-spikes.h5", "small-1-spikes.npy", "small.html"};
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        char path[128];
        snprintf(path, sizeof path, "out/%s", files[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    assert_int_equal(access("out/small.checkpoint.0", F_OK), -1);
    assert_prints("report out/small.nc -o again", "real-time factor"); // kept in the file
    assert_same_files("out/small.html", "again/small.html");
}

static void threads_and_time_do_not_change_a_byte(void **state)
{
    (void)state;
    assert_prints("run small.yaml --reproducible --no-figures --threads 1 -o one", "no z");
    assert_prints("run small.yaml --reproducible --no-figures --threads 2 -o two", "no z");
    assert_same_files("one/small.nc", "two/small.nc");
}

static void plans_and_limits(void **state)
{
    (void)state;
    assert_prints("run small.yaml --plan -o never", "expected time ");
    assert_int_equal(access("never", F_OK), -1);
    assert_refuses("run small.yaml --time-limit 0.0001s", 2,
                   "refused: it would take longer than the limit of 0.0001 s");
    assert_refuses("run small.yaml --limit 0.1ms", 2,
                   "--limit needs a size such as 4G or a time such as 90s, 10m or 2h");
    assert_refuses("run small.yaml --limit 100", 2, "--limit needs a size");
    assert_refuses("run small.yaml --limit 1k", 2, "refused: it would take more memory than the limit");
    assert_refuses("run small.yaml --time-limit 5y", 2, "--time-limit needs a time such as 90s, 10m or 2h, not 5y");
    assert_refuses("run small.yaml --memory-limit 1k", 2, "refused: it would take more memory than the limit");
    assert_refuses("run small.yaml --spikes nwb", 2, "--spikes needs sonata, npy, both or none, not nwb");
}

static void networks_are_exported_for_nest(void **state)
{
    (void)state;
    assert_prints("export --to nest small.yaml", "import nest");
    assert_prints("export --to nest small.yaml -o scripts", "scripts/small-nest.py");
    assert_int_equal(access("scripts/small-nest.py", R_OK), 0);
    assert_refuses("export small.yaml", 2, "say for which program: --to nest");
    assert_refuses("export --to brian small.yaml", 2, "--to knows nest, not brian");
    const char rate[] = "study: activity\nnetwork: {size: 50, coupling: {kind: iid, strength: 2}}\n";
    assert_ok(qn_file_write("rate.yaml", rate, strlen(rate)));
    assert_refuses("export --to nest rate.yaml", 2, "only studies of kind spiking are networks for NEST");
    assert_refuses("run rate.yaml --plan", 2, "studies of kind activity have no plan");
}

// Killed at random places, without a chance to tidy up, and continued each time: the same result, the same spikes.
static void killed_runs_are_continued_to_the_same_bytes(void **state)
{
    (void)state;
    char name[] = COMMAND_PATH, run[] = "run", study[] = "small.yaml", plain[] = "--no-figures",
         same[] = "--reproducible", set[] = "--set", longer[] = "simulation.duration=20000",
         often[] = "simulation.checkpoint_interval=200", spikes[] = "--spikes=npy", one[] = "--threads=1", to[] = "-o",
         place[] = "killed", resume[] = "--resume";
    char *words[] = {name, run, study, plain, same, set, longer, set, often, spikes, one, to, place, resume, NULL};
    enum { KILLS = 6 };
    int code = -1;
    for (int i = 0; i < KILLS + 40 && code != 0; ++i) {
        FILE *out = tmpfile(), *err = tmpfile();
        const pid_t child = start_command(words, fileno(out), fileno(err));
        if (i < KILLS) {
            nanosleep(&(struct timespec){0, 60000000 + 37000000 * (i * 5 % 7)}, NULL);
            kill(child, SIGKILL);
        }
        code = end_command(child);
        fclose(out);
        fclose(err);
        assert_true(code == 0 || code == 128 + SIGKILL);
    }
    assert_int_equal(code, 0);
    assert_prints("run small.yaml --no-figures --reproducible --set simulation.duration=20000 --set "
                  "simulation.checkpoint_interval=200 --spikes=npy --threads=1 -o peaceful",
                  "data: peaceful/small.nc");
    assert_same_files("killed/small.nc", "peaceful/small.nc");
    assert_same_files("killed/small-0-spikes.npy", "peaceful/small-0-spikes.npy");
    assert_same_files("killed/small-1-spikes.npy", "peaceful/small-1-spikes.npy");
    assert_int_equal(access("killed/small.checkpoint.1", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_leaves_figures_and_spikes),
        cmocka_unit_test(threads_and_time_do_not_change_a_byte),
        cmocka_unit_test(plans_and_limits),
        cmocka_unit_test(networks_are_exported_for_nest),
        cmocka_unit_test(killed_runs_are_continued_to_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
