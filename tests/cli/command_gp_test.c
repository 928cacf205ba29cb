// Studies of kernels through the command: figures of a run, and predictions from data alone.
#include "run_command.h"
#include "temporary.h"
#include "testing.h"

#include "base/file.h"

static char folder[TEMPORARY_SIZE];

static void write_text(const char *name, const char *text) { assert_ok(qn_file_write(name, text, strlen(text))); }

static int make_folder(void **state)
{
    (void)state;
    temporary_name("gp", folder);
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    write_text("train.csv", "a,b,label\n1,0,3\n0.9,0.1,3\n0,1,5\n0.1,1,5\n1,0.2,3\n");
    write_text("test.csv", "a,b\n1,0.1\n0.1,0.9\n");
    write_text("labelled.csv", "1,0.1,5\n0.1,0.9,5\n");
    write_text("wide.csv", "1,2,3,4,5\n");
    write_text("geometry.yaml", "study: kernel\n");
    write_text("rate.yaml", "study: activity\nnetwork: {size: 100, coupling: {kind: iid, strength: 2}}\n");
    write_text("pair.yaml",
               "study: kernel\nnetwork: {depth: 2, width: 30}\nfiles: {inputs: train.csv, classes: [3, 5], "
               "test: 2}\nsimulation: {realisations: 40}\nfigures: [{plot: kernel_variance_by_layer}]\n");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[2 * TEMPORARY_SIZE];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") || system(command);
}

static void data_alone_predict(void **state)
{
    (void)state;
    assert_prints("gp train.csv test.csv", "row,class,mean_3,mean_5,variance\n0,3,");
    assert_prints("gp train.csv test.csv", "\n1,5,");
    // Labels of the points to be predicted are not looked at.
    assert_prints("gp train.csv labelled.csv --set files.classes=[3,5]",
                  "row,class,probability_3,mean,variance\n0,3,0.9");
    assert_prints("gp train.csv labelled.csv --set files.classes=[3,5]", "\n1,5,0.0");
    assert_prints("gp train.csv --set files.test=2", "row,class,mean_3,mean_5,variance\n");
}

static void studies_predict_and_run(void **state)
{
    (void)state;
    assert_prints("gp pair.yaml test.csv -o made", "made/pair-predictions.csv");
    assert_int_equal(access("made/pair-predictions.csv", R_OK), 0);
    assert_prints("run pair.yaml", "test error");
    assert_int_equal(access("out/pair-kernel_variance_by_layer.svg", R_OK), 0);
    assert_prints("theory pair.yaml", "log evidence");
}

static void mistakes_are_named(void **state)
{
    (void)state;
    assert_refuses("gp train.csv wide.csv", 2,
                   "wide.csv has 5 numbers in each point; allowed: 2, as the training points");
    assert_refuses("gp train.csv", 2,
                   "train.csv has 5 points; allowed: at least 2 for training beside the 200 of files.test");
    assert_refuses("gp train.csv none.csv", 2, "none.csv: cannot be opened: No such file");
    assert_refuses("gp train.csv test.csv --set files.classes=[3,4]", 2, "4");
    assert_refuses("gp geometry.yaml", 2, "there is nothing to learn from");
    assert_refuses("gp rate.yaml", 2, "only studies of kind kernel predict, this is one of kind activity");
    assert_int_equal(access("out/train-predictions.csv", F_OK), -1);
    assert_refuses("gp train.csv wide.csv -o refused", 2, "wide.csv has 5 numbers");
    assert_int_equal(access("refused/train-predictions.csv", F_OK), -1); // nothing half-written is left
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(data_alone_predict), cmocka_unit_test(studies_predict_and_run),
                                       cmocka_unit_test(mistakes_are_named)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
