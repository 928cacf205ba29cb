// What the command does without running anything: usage, lookup, checks, reports of result files.
#include "result_fixture.h"
#include "run_command.h"
#include "temporary.h"
#include "testing.h"

#include "base/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char folder[TEMPORARY_SIZE];

static int make_folder(void **state)
{
    (void)state;
    temporary_name("command", folder);
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    unsetenv("QUENCHED_STUDIES");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[2 * TEMPORARY_SIZE];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") || system(command);
}

static void write_text(const char *path, const char *text) { assert_ok(qn_file_write(path, text, strlen(text))); }

static void it_says_what_it_is(void **state)
{
    (void)state;
    assert_prints("--version", "quenched 0.");
    assert_prints("version", "quenched 0.");
    assert_prints("--help", "Exit codes: 0 agreement or nothing to compare");
    assert_prints("help run", "--memory-limit SIZE");
    assert_prints("run --help", "--memory-limit SIZE");
    assert_prints("compare -h", "--strict");
    assert_prints("reference", "network.coupling.strength");
    const command_outcome *bare = run_command("");
    assert_int_equal(bare->code, 2);
}

static void bad_usage_is_refused_with_two(void **state)
{
    (void)state;
    assert_refuses("rnu chaos", 2, "unknown command rnu (did you mean run?)");
    assert_refuses("frobnicate", 2, "unknown command frobnicate; see quenched help");
    assert_refuses("run", 2, "usage: quenched run STUDY");
    assert_refuses("run a b", 2, "usage: quenched run STUDY");
    assert_refuses("run chaos --quik", 2, "unknown option --quik (did you mean --quick?)");
    assert_refuses("list --json", 2, "unknown option --json");
    assert_refuses("run chaos --quick=yes", 2, "no value is wanted by --quick");
    assert_refuses("run chaos --set", 2, "a value is missing behind --set");
    assert_refuses("run chaos --set seed", 2, "--set needs KEY=VALUE, not seed");
    assert_refuses("run chaos --threads 0", 2, "--threads needs a whole number from 1 to 4096, not 0");
    assert_refuses("run chaos --threads=two", 2, "not two");
    assert_refuses("run chaos --memory-limit 5Q", 2, "--memory-limit needs a size such as 4G or 500M, not 5Q");
    assert_refuses("help nonsense", 2, "there is no command nonsense");
    assert_refuses("simulate " SOURCE_DIRECTORY "/studies/chaos.yaml --resume", 2, "--resume needs the folder");
}

static void studies_are_found_by_name(void **state)
{
    (void)state;
    assert_prints("check chaos", "chaos.yaml: ok"); // beside the program: the tree it was built from
    assert_prints("show chaos", "study: activity");
    assert_prints("list", "must show: phase is chaotic");
    assert_refuses("run chaoss", 2, "there is no study chaoss (did you mean chaos?); looked in ");
    assert_refuses("check nowhere/chaos.yaml", 2, "nowhere/chaos.yaml");
    assert_refuses("show nowhere/chaos.yaml", 2, "nowhere/chaos.yaml: cannot read: No such file or directory");
    mkdir("studies", 0777);
    write_text("studies/mine.yaml", "study: activity\nnetwork: {size: 100, coupling: {kind: iid, strength: 2}}\n");
    assert_prints("check mine", "studies/mine.yaml: ok");
    rename("studies", "elsewhere");
    setenv("QUENCHED_STUDIES", "/nowhere::elsewhere", 1);
    assert_prints("check mine chaos", "elsewhere/mine.yaml: ok");
    unsetenv("QUENCHED_STUDIES");
    assert_refuses("check mine", 2, "there is no study mine");
}

static void bad_studies_are_refused_with_two(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"study: activity\nnetwork:\n  sise: 100\n", "bad.yaml:3: network.sise: unknown key (did you mean size?)"},
        {"study: activity\nnetwork:\n  size: many\n", "bad.yaml:3: network.size"},
        {"study: activity\nnetwork:\n  size: -5\n", "bad.yaml:3: network.size is -5"},
        {"study: activty\n", "activity"},
        {"study: [\n", "bad.yaml:"},
        {"", "bad.yaml"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        write_text("bad.yaml", cases[i].text);
        assert_refuses("check bad.yaml", 2, cases[i].part);
        assert_refuses("run bad.yaml", 2, cases[i].part);
    }
    assert_refuses("check chaos --set network.sise=3", 2, "network.sise");
    assert_refuses("check chaos --seed many", 2, "seed");
    assert_int_equal(access("out", F_OK), -1); // nothing was begun
}

static void output_folders_are_tried_before_a_run(void **state)
{
    (void)state;
    write_text("file", "x");
    assert_refuses("run chaos -o file", 2, "cannot write to the output folder file: ");
    assert_refuses("run chaos -o file/below", 2, "cannot write to the output folder file/below: Not a directory");
    assert_refuses("run chaos -o /proc/quenched", 2, "cannot write to the output folder /proc/quenched: ");
    mkdir("taken", 0777);
    mkdir("taken/chaos.nc", 0777);
    assert_refuses("run chaos -o taken", 2, "taken/chaos.nc: it is not a regular file");
    if (geteuid()) {
        mkdir("locked", 0555);
        assert_refuses("run chaos -o locked", 2, "Permission denied");
    }
}

static void a_result_is_reported_again(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    mkdir("results", 0777);
    assert_ok(qn_result_write(&result, "results/chaos.nc", true));
    assert_prints("report results/chaos.nc",
                  "3 of 4 agree (|z| < 4).   figures: results/chaos.html   data: results/chaos.nc");
    assert_int_equal(access("results/chaos-response.pdf", R_OK), 0);
    assert_int_equal(run_command("report results/chaos.nc --strict -o again/here --no-figures")->code, 3);
    assert_int_equal(access("again/here/chaos.html", R_OK), 0);
    assert_int_equal(access("again/here/chaos-response.svg", R_OK), -1);
    const command_outcome *json = run_command("report results/chaos.nc --json");
    assert_int_equal(json->out[0], '{');
    assert_string_equal(json->err, "");
    assert_refuses("report nowhere.nc", 2, "nowhere.nc: cannot open: No such file or directory");
    assert_refuses("report file", 2, "file: not a netCDF file; a result of quenched is one");
    qn_result_clear(&result);
}

static void a_missing_gnuplot_costs_only_the_figures(void **state)
{
    (void)state;
    const char *before = getenv("PATH");
    assert_non_null(before);
    char *path = strdup(before);
    setenv("PATH", "/nowhere", 1);
    const command_outcome *outcome = run_command("report results/chaos.nc -o plain");
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(outcome->code, 1);
    assert_non_null(strstr(outcome->err, "no figures: gnuplot is not installed"));
    assert_non_null(strstr(outcome->out, "3 of 4 agree"));
    assert_int_equal(access("plain/chaos.html", R_OK), 0);
}

static void results_are_compared(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    assert_ok(qn_result_write(&result, "a.nc", true));
    result.quantities[1].simulation.value += 5 * hypot(0.0021, 0.0021);
    assert_ok(qn_result_write(&result, "b.nc", true));
    assert_prints("compare a.nc a.nc --strict", "6 of 6 agree");
    assert_prints("compare a.nc b.nc", "1.1581 +- 0.0021    1.1729 +- 0.0021          5.0   DISAGREE");
    assert_int_equal(run_command("compare a.nc b.nc --strict")->code, 3);
    assert_refuses("compare a.nc file", 2, "file: not a netCDF file");
    qn_result_clear(&result);
}

static void a_matrix_is_analysed(void **state)
{
    (void)state;
    // A cycle of three units with weight 2: J J^T = 4.
    write_text("cycle.csv", "1,2,2\n2,3,2\n3,1,2\n");
    assert_refuses("connectome cycle.csv", 2, "say which with --index-base 0 or 1");
    assert_refuses("connectome cycle.csv --index-base 2", 2, "--index-base needs 0 or 1, not 2");
    assert_refuses("connectome cycle.csv --index-base 1 --rescale -1", 2, "--rescale needs a strength above 0");
    assert_refuses("connectome nothing.mtx", 2, "nothing.mtx: cannot be opened");
    assert_refuses("connectome", 2, "usage: quenched connectome FILE");
    assert_prints("connectome cycle.csv --index-base 1 --json", "\"name\":\"strength\"");
    // Without the mean two singular values of three are left: m2 = 8/3, m4 = 32/3.
    assert_prints("connectome cycle.csv --index-base 1", "0.66667");
    assert_prints("connectome cycle.csv --index-base 1 --keep-mean", "phase                             fixed point");
    assert_prints("connectome cycle.csv --index-base 1", "0.017643");
    write_text("pair.csv", "0,1,3\n1,0,-3\n1,1,5\n");
    assert_prints("connectome pair.csv --index-base 0 --drop-self-loops", "0 units and 1 self-loops are left out");
    // Odd phi, no mean: strength 3 is chaotic, 0.5 rests, and noise moves it.
    assert_prints("connectome pair.csv --index-base 0 --drop-self-loops", "chaotic");
    assert_prints("connectome pair.csv --index-base 0 --drop-self-loops --rescale 0.5", "all units rest at zero");
    assert_prints("connectome pair.csv --index-base 0 --rescale 0.5 --noise 0.3", "noise-driven");
    assert_prints("connectome cycle.csv --index-base 1 --controls", "spectrum-preserving");
    assert_prints("connectome cycle.csv --index-base 1 --set simulation.trials=2 --set simulation.duration=20 --quick",
                  "measured");
    assert_refuses("connectome cycle.csv --index-base 1 --noise -1", 2, "--noise needs a number of at least 0");
    write_text("equal.csv", "0,0,1\n0,1,1\n1,0,1\n1,1,1\n");
    assert_prints("connectome equal.csv --index-base 0", "all couplings are equal");
    write_text("zero.csv", "0,0,1\n");
    assert_refuses("connectome zero.csv --index-base 0 --drop-self-loops", 2,
                   "no entries other than zero off the diagonal");
    assert_prints("connectome cycle.csv --index-base 1 -o worm --no-figures", "data: worm/cycle.nc");
}

// A disk that fills up: a limit on file sizes says the same, without the rights to mount one.
static void a_full_disk_leaves_the_old_page(void **state)
{
    (void)state;
    char *before, *after;
    size_t size, size_after;
    assert_prints("report results/chaos.nc --no-figures", "agree");
    assert_ok(qn_file_read("results/chaos.html", 1 << 24, &before, &size));
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 4096, .rlim_max = limit.rlim_max});
    const command_outcome *outcome = run_command("report results/chaos.nc --no-figures");
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(outcome->code, 2);
    assert_non_null(strstr(outcome->err, "results/chaos.html: cannot write: File too large"));
    assert_ok(qn_file_read("results/chaos.html", 1 << 24, &after, &size_after));
    assert_int_equal(size, size_after);
    assert_memory_equal(before, after, size);
    free(before);
    free(after);
}

static void a_reader_may_leave(void **state)
{
    (void)state;
    int ends[2];
    char name[] = COMMAND_PATH, word[] = "reference", *words[] = {name, word, NULL};
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    FILE *err = tmpfile();
    const pid_t child = start_command(words, ends[1], fileno(err));
    close(ends[1]);
    assert_int_equal(end_command(child), 0);
    static char text[COMMAND_TEXT];
    read_back(err, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_says_what_it_is),
                                       cmocka_unit_test(bad_usage_is_refused_with_two),
                                       cmocka_unit_test(studies_are_found_by_name),
                                       cmocka_unit_test(bad_studies_are_refused_with_two),
                                       cmocka_unit_test(output_folders_are_tried_before_a_run),
                                       cmocka_unit_test(a_result_is_reported_again),
                                       cmocka_unit_test(a_missing_gnuplot_costs_only_the_figures),
                                       cmocka_unit_test(results_are_compared),
                                       cmocka_unit_test(a_matrix_is_analysed),
                                       cmocka_unit_test(a_full_disk_leaves_the_old_page),
                                       cmocka_unit_test(a_reader_may_leave)};
    return cmocka_run_group_tests_name("command", tests, make_folder, remove_folder);
}
