// What a whole run leaves behind, and how it ends: files, streams, exit codes, interruption.
#include "run_command.h"
#include "temporary.h"
#include "testing.h"

#include "base/file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static char folder[TEMPORARY_SIZE];

static const char small[] = "study: activity\n"
                            "title: A small network\n"
                            "seed: 3\n"
                            "network: {size: 100, transfer: erf, coupling: {kind: iid, strength: 2}}\n"
                            "theory: {compute: [two-point]}\n"
                            "simulation: {realisations: 3, trials: 2, duration: 10}\n";

static void write_text(const char *path, const char *text) { assert_ok(qn_file_write(path, text, strlen(text))); }

static int make_folder(void **state)
{
    (void)state;
    temporary_name("run", folder);
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    setenv("OMP_WAIT_POLICY", "passive", 1); // threads that wait do not burn the cores of other tests
    write_text("small.yaml", small);
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

static void a_run_leaves_data_page_and_figures(void **state)
{
    (void)state;
    const command_outcome *outcome = run_command("run small.yaml");
    assert_string_equal(outcome->err, ""); // quiet in a pipe
    assert_int_equal(outcome->code, 0);
    assert_says_at(outcome->out, "figures: out/small.html   data: out/small.nc\n", "run", __FILE__, __LINE__);
    assert_int_equal(access("out/small.nc", R_OK), 0);
    assert_int_equal(access("out/small.html", R_OK), 0);
    assert_int_equal(access("out/small-field_autocorrelation.svg", R_OK), 0);
    assert_int_equal(access("out/small-field_autocorrelation.pdf", R_OK), 0);
    assert_int_equal(access("out/small.checkpoint", F_OK), -1);
    assert_prints("report out/small.nc -o again", "quantity"); // the file alone is enough
    assert_same_files("out/small.html", "again/small.html");
}

static void one_wing_writes_only_where_asked(void **state)
{
    (void)state;
    mkdir("empty", 0777);
    assert_prints("theory small.yaml", "nothing to compare.");
    assert_prints("simulate small.yaml", "nothing to compare.");
    assert_prints("theory small.yaml -o wing --no-figures", "data: wing/small.nc");
    assert_int_equal(access("wing/small.nc", R_OK), 0);
}

static void json_is_alone_on_standard_output(void **state)
{
    (void)state;
    const command_outcome *outcome = run_command("run small.yaml --json --no-figures -o json");
    assert_int_equal(outcome->code, 0);
    assert_memory_equal(outcome->out, "{\"study\":\"small\"", 16);
    assert_ptr_equal(strchr(outcome->out, '\n'), outcome->out + strlen(outcome->out) - 1);
    assert_string_equal(outcome->err, "");
    assert_prints("theory small.yaml --json --seed 17", "\"seed\":17");
    char text[1024];
    snprintf(text, sizeof text, "%ssweep: {network.noise: [0, 0.5]}\n", small);
    write_text("swept.yaml", text);
    assert_prints("theory swept.yaml --json", "\"at\":{\"network.noise\":0.5}");
}

static void threads_and_time_do_not_change_a_byte(void **state)
{
    (void)state;
    assert_prints("run small.yaml --reproducible --no-figures --threads 1 -o one", "agree");
    sleep(1);
    assert_prints("run small.yaml --reproducible --no-figures --threads 2 -o two", "agree");
    assert_same_files("one/small.nc", "two/small.nc");
}

static void strict_tells_disagreement(void **state)
{
    (void)state;
    char text[1024];
    // A bound that no simulation of this size keeps.
    snprintf(text, sizeof text, "%smust_see: [{quantity: field_variance, max_relative_error: 1e-9}]\n", small);
    write_text("harsh.yaml", text);
    assert_int_equal(run_command("run harsh.yaml --no-figures -o harsh")->code, 0);
    assert_int_equal(run_command("run harsh.yaml --no-figures -o harsh --strict")->code, 3);
}

static void what_cannot_be_run_is_refused_with_two(void **state)
{
    (void)state;
    assert_refuses("run small.yaml --memory-limit 10k", 2, "are available");
    assert_refuses("run small.yaml --set network.size=2000000", 2, "are available");
    assert_refuses("theory small.yaml --set network.transfer=relu", 2, "no stationary state");
    assert_refuses("run small.yaml --set network.coupling.strength=0", 2, "network.coupling.strength");
    assert_refuses("run small.yaml --set network.sise=5", 2, "network.sise");
}

static void a_full_disk_leaves_the_old_result(void **state)
{
    (void)state;
    assert_prints("run small.yaml --no-figures -o full", "agree");
    assert_int_equal(link("full/small.nc", "kept.nc"), 0);
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 20000, .rlim_max = limit.rlim_max});
    const command_outcome *outcome = run_command("run small.yaml --no-figures -o full --seed 4");
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_says_at(outcome->err, "full/small.nc: cannot write: File too large", "run", __FILE__, __LINE__);
    assert_int_equal(outcome->code, 2);
    assert_same_files("full/small.nc", "kept.nc");
}

// Interrupted once its first checkpoint is there; continued, it gives the numbers of a run that was left in peace.
static void an_interrupted_run_resumes_to_the_same_bytes(void **state)
{
    (void)state;
    char name[] = COMMAND_PATH, run[] = "run", study[] = "small.yaml", plain[] = "--no-figures",
         same[] = "--reproducible", set[] = "--set", more[] = "simulation.realisations=30",
         longer[] = "simulation.duration=200", to[] = "-o", place[] = "stopped", one[] = "--threads=1";
    char *words[] = {name, run, study, plain, same, one, set, more, set, longer, to, place, NULL};
    FILE *out = tmpfile(), *err = tmpfile();
    const pid_t child = start_command(words, fileno(out), fileno(err));
    for (int i = 0; i < 2000 && access("stopped/small.checkpoint", F_OK); ++i)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    nanosleep(&(struct timespec){0, 50000000}, NULL);
    kill(child, SIGINT);
    assert_int_equal(end_command(child), 130);
    static char text[COMMAND_TEXT];
    read_back(out, text);
    assert_string_equal(text, "");
    read_back(err, text);
    assert_says_at(text, "stopped; what is done is in stopped/small.checkpoint", "run", __FILE__, __LINE__);
    assert_int_equal(access("stopped/small.nc", F_OK), -1);
    assert_prints("run small.yaml --no-figures --reproducible --threads=1 --set simulation.realisations=30 --set "
                  "simulation.duration=200 -o stopped --resume",
                  "data: stopped/small.nc");
    assert_prints("run small.yaml --no-figures --reproducible --threads=1 --set simulation.realisations=30 --set "
                  "simulation.duration=200 -o peaceful",
                  "data: peaceful/small.nc");
    assert_same_files("stopped/small.nc", "peaceful/small.nc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_run_leaves_data_page_and_figures),
                                       cmocka_unit_test(one_wing_writes_only_where_asked),
                                       cmocka_unit_test(json_is_alone_on_standard_output),
                                       cmocka_unit_test(threads_and_time_do_not_change_a_byte),
                                       cmocka_unit_test(strict_tells_disagreement),
                                       cmocka_unit_test(what_cannot_be_run_is_refused_with_two),
                                       cmocka_unit_test(a_full_disk_leaves_the_old_result),
                                       cmocka_unit_test(an_interrupted_run_resumes_to_the_same_bytes)};
    return cmocka_run_group_tests_name("runs", tests, make_folder, remove_folder);
}
