#include "testing.h"

#include "study/activity.h"
#include "study/study_data.h"

#define NETWORK                                                                                                        \
    "study: activity\n"                                                                                                \
    "network:\n"                                                                                                       \
    "  size: 60\n"                                                                                                     \
    "  transfer: erf\n"                                                                                                \
    "  coupling: {kind: iid, strength: 2}\n"

static qn_status read_with(const char *text, size_t count, const char *const *overrides, qn_study **study)
{
    return qn_study_read_text(text, strlen(text), "studies/x.yaml", count, overrides, study);
}

static void refused(const char *text, qn_status status, const char *message)
{
    qn_study *study = NULL;
    assert_fails(read_with(text, 0, NULL, &study), status, message);
    assert_null(study);
}

static void override_refused(const char *override, const char *message)
{
    qn_study *study = NULL;
    assert_fails(read_with(NETWORK, 1, &override, &study), QN_BAD_VALUE, message);
    assert_null(study);
}

static const qn_activity_study *point(const qn_study *study, size_t index) { return study->normal.descriptions[index]; }

static void values_and_defaults_are_loaded(void **state)
{
    (void)state;
    qn_study *study = NULL;
    assert_ok(read_with(NETWORK
                        "seed: 7\nsimulation: {trials: 1e2, step: .5e-1, tangents: 3, precision: double,\n"
                        "  extrapolate: [lyapunov_exponent], sizes: [30, 40]}\n"
                        "figures: [{plot: response}]\nmust_see: [{quantity: phase, equals: \"chaotic \\u03c6\"}]\n",
                        0, NULL, &study));
    const qn_activity_study *a = point(study, 0);
    assert_string_equal(qn_study_name(study), "x");
    assert_string_equal(qn_study_title(study), "x");
    assert_int_equal(a->common.seed, 7);
    assert_int_equal(a->network.size, 60);
    assert_int_equal(a->network.transfer.kind, QN_TRANSFER_ERF);
    assert_within(a->network.transfer.gain, 1, 0);
    assert_within(a->network.time_constant, 1, 0);
    assert_within(a->network.coupling.strength, 2, 0);
    assert_int_equal(a->theory.compute.count, 3);
    assert_true(qn_activity_computes(a, QN_COMPUTE_RESPONSE));
    assert_false(qn_activity_computes(a, QN_COMPUTE_TRANSITION));
    assert_int_equal(a->simulation->realisations, 12);
    assert_int_equal(a->simulation->trials, 100);
    assert_within(a->simulation->step, 0.05, 0);
    assert_int_equal(a->simulation->precision, QN_PRECISION_DOUBLE);
    assert_int_equal(a->simulation->tangents, 3);
    assert_int_equal(((const int64_t *)a->simulation->sizes.items)[1], 40);
    assert_string_equal(((char *const *)a->simulation->extrapolate.items)[0], "lyapunov_exponent");
    assert_string_equal(((const qn_figure_request *)a->common.figures.items)[0].plot, "response");
    assert_string_equal(((const qn_must_see *)a->common.must_see.items)[0].equals, "chaotic \u03c6");
    qn_study_destroy(study);

    assert_ok(read_with(NETWORK, 0, NULL, &study));
    assert_null(point(study, 0)->simulation);
    qn_study_destroy(study);
}

static void quick_is_cheaper_and_can_be_said(void **state)
{
    (void)state;
    qn_study *study = NULL;
    assert_ok(read_with(NETWORK "simulation: {realisations: 20, duration: 200}\n", 0, NULL, &study));
    const qn_activity_study *quick = study->quick.descriptions[0];
    assert_int_equal(quick->simulation->realisations, 10);
    assert_within(quick->simulation->duration, 100, 0);
    assert_int_equal(point(study, 0)->simulation->realisations, 20);
    qn_study_destroy(study);

    const char *override = "network.size=31";
    assert_ok(read_with(NETWORK
                        "simulation: {realisations: 20}\nquick: {network.size: 30, simulation.realisations: 2}\n",
                        1, &override, &study));
    quick = study->quick.descriptions[0];
    assert_int_equal(quick->simulation->realisations, 2);
    assert_int_equal(quick->network.size, 31);
    qn_study_destroy(study);
    refused(NETWORK "quick: {network.sise: 3}\n", QN_BAD_VALUE,
            "studies/x.yaml:6: network.sise: unknown key (did you mean size?)");
}

static void a_sweep_is_a_grid_with_the_first_key_outermost(void **state)
{
    (void)state;
    qn_study *study = NULL;
    const char *sweep = NETWORK "sweep:\n  network.coupling.strength: [1, 2.50, 3]\n  network.noise: [0, 0.5]\n";
    assert_ok(read_with(sweep, 0, NULL, &study));
    assert_int_equal(study->normal.count, 6);
    assert_string_equal(study->normal.keys[1], "network.noise");
    assert_string_equal(study->normal.values[2 * 2], "2.50");
    assert_within(point(study, 3)->network.coupling.strength, 2.5, 0);
    assert_within(point(study, 3)->network.noise, 0.5, 0);
    qn_study_destroy(study);

    const char *overrides[] = {"network.coupling.strength=1.5", "network.noise=0.25"};
    assert_ok(read_with(sweep, 1, overrides, &study));
    assert_int_equal(study->normal.count, 2);
    assert_within(point(study, 1)->network.coupling.strength, 1.5, 0);
    qn_study_destroy(study);
    assert_ok(read_with(sweep, 2, overrides, &study));
    assert_int_equal(study->normal.count, 1);
    assert_int_equal(study->normal.key_count, 0);
    qn_study_destroy(study);

    assert_ok(read_with(NETWORK "sweep: {network.transfer: [tanh, erf]}\n", 0, NULL, &study));
    assert_int_equal(point(study, 0)->network.transfer.kind, QN_TRANSFER_TANH);
    qn_study_destroy(study);
    const char *grow = "sweep.network.noise=[0, 0.1, 0.2]";
    assert_ok(read_with(NETWORK, 1, &grow, &study));
    assert_int_equal(study->normal.count, 3);
    qn_study_destroy(study);

    refused(NETWORK "sweep: {network.coupling.strength: [1, -1]}\n", QN_BAD_VALUE,
            "studies/x.yaml:6: network.coupling.strength is -1; allowed: greater than 0");
    refused(NETWORK "sweep: {network.coupling.strenght: [1]}\n", QN_BAD_VALUE,
            "sweep: network.coupling.strenght: unknown key (did you mean strength?)");
    refused(NETWORK "sweep: {network.noise: []}\n", QN_BAD_VALUE, "sweep: network.noise; allowed: a list");
    refused(NETWORK "sweep: {figures: [1]}\n", QN_BAD_VALUE, "cannot be swept");
}

static void overrides_change_any_key(void **state)
{
    (void)state;
    qn_study *study = NULL;
    const char *overrides[] = {"network.transfer.gain=3", "network.coupling={kind: iid, strength: 5, mean: -1}",
                               "simulation.trials=4", "figures.0.plot=field_spectrum", "seed=9223372036854775807"};
    assert_ok(read_with(NETWORK "figures: [{plot: response}]\n", 5, overrides, &study));
    const qn_activity_study *a = point(study, 0);
    assert_int_equal(a->network.transfer.kind, QN_TRANSFER_ERF);
    assert_within(a->network.transfer.gain, 3, 0);
    assert_within(a->network.coupling.mean, -1, 0);
    assert_int_equal(a->simulation->trials, 4);
    assert_true(a->common.seed == INT64_MAX);
    assert_string_equal(((const qn_figure_request *)a->common.figures.items)[0].plot, "field_spectrum");
    assert_string_equal(study->overrides,
                        "network.transfer.gain=3\nnetwork.coupling={kind: iid, strength: 5, mean: -1}\n"
                        "simulation.trials=4\nfigures.0.plot=field_spectrum\nseed=9223372036854775807");
    qn_study_destroy(study);

    override_refused("network.coupling.strenght=2",
                     "--set network.coupling.strenght: unknown key (did you mean strength?)");
    override_refused("strength=2", "--set strength: unknown key (did you mean network.coupling.strength?)");
    override_refused("network.size=-3", "--set network.size=-3: network.size is -3; allowed: at least 2");
    override_refused("network.size", "--set network.size: not of the form key.path=value");
    override_refused("network.size=", "--set network.size=: no value");
    override_refused("network.size=[1", "--set network.size=[1: not YAML");
    override_refused("figures.0.plot=response", "figures.0.plot cannot be set");
    override_refused("network.size.deep=1", "unknown key");
    override_refused("study=kernel", "cannot be overridden");
    override_refused("network.coupling={kind: iid, strenght: 2}",
                     "network.coupling.strenght: unknown key (did you mean");
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    refused("study: activity\nnetwork:\n  size: 60\n  coupling:\n    kind: iid\n    strength: -0.2\n", QN_BAD_VALUE,
            "studies/x.yaml:6: network.coupling.strength is -0.2; allowed: greater than 0");
    refused("study: activity\nnetwork: {size: 60, coupling: {kind: iid, strength: 0}}\n", QN_BAD_VALUE,
            "network.coupling.strength is 0; allowed: greater than 0");
    refused("study: activity\nnetwork:\n  size: 60\n  coupling: {kind: iid,\n     strenght: 1}\n", QN_BAD_VALUE,
            "studies/x.yaml:5: network.coupling.strenght: unknown key (did you mean strength?)");
    refused("study: activity\nnetwork:\n  size: many\n", QN_BAD_VALUE,
            "studies/x.yaml:3: network.size is \"many\"; allowed: a whole number, at least 2");
    refused("study: activity\nnetwork:\n  size: -4\n", QN_BAD_VALUE, "network.size is -4; allowed: at least 2");
    refused("study: activity\nnetwork: {size: 2.5}\n", QN_BAD_VALUE, "network.size is 2.5; allowed: a whole number");
    refused("study: activity\nnetwork: {size: 60}\n", QN_BAD_VALUE, "studies/x.yaml:2: network.coupling is missing");
    refused("study: activity\n", QN_BAD_VALUE, "studies/x.yaml: network is missing");
    refused(NETWORK "simulation: 3\n", QN_BAD_VALUE, "simulation is 3; allowed: a mapping of keys");
    refused(NETWORK "seed:\n", QN_BAD_VALUE, "seed is empty; allowed: a whole number");
    refused(NETWORK "title: [a]\n", QN_BAD_VALUE, "title is a list; allowed: text");
    refused(NETWORK "theory: {compute: [lyapunof]}\n", QN_BAD_VALUE, "theory.compute.0 is \"lyapunof\"");
    refused(NETWORK "theory: {compute: [lyapunof]}\n", QN_BAD_VALUE, "(did you mean lyapunov?)");
    refused("study: activity\nnetwork: {size: 9, transfer: tahn, coupling: {kind: iid, strength: 1}}\n", QN_BAD_VALUE,
            "network.transfer is \"tahn\"; allowed: tanh, erf, relu, threshold-power, linear or table (did you mean "
            "tanh?)");
    refused("study: activty\n", QN_BAD_VALUE,
            "studies/x.yaml:1: study is \"activty\"; allowed: activity, connectome, kernel, spiking (did you mean "
            "activity?)");
    refused("title: x\n", QN_BAD_VALUE, "study is missing");
    // Two mistakes, two lines.
    refused("study: activity\nnetwork: {size: 1, noise: -1}\n", QN_BAD_VALUE,
            "size is 1; allowed: at least 2, at most 1000000000 (units)\n"
            "studies/x.yaml:2: network.noise is -1; allowed: at least 0 (unit of x)\n");
}

static void numbers_are_those_of_yaml(void **state)
{
    (void)state;
    const char *const wrong[] = {".nan",  "-.inf",   "NaN", "inf", "0x10",  "1e999",
                                 "1_000", "\"0.5\"", "1e",  ".",   "1e-320"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        char text[512];
        snprintf(text, sizeof text, NETWORK "  noise: %s\n", wrong[i]);
        refused(text, QN_BAD_VALUE, "network.noise is ");
    }
    double value;
    assert_true(qn_parse_number("+.5", &value) && value == 0.5);
    assert_true(qn_parse_number("5.", &value) && value == 5.0);
    assert_true(qn_parse_number("1e3", &value) && value == 1000.0);
    int64_t whole;
    assert_true(qn_parse_whole("010", &whole) && whole == 10);
    assert_false(qn_parse_whole("9223372036854775808", &whole));
}

static void what_is_not_a_study_is_refused(void **state)
{
    (void)state;
    refused("", QN_BAD_VALUE, "studies/x.yaml: empty");
    refused("# only a comment\n", QN_BAD_VALUE, "studies/x.yaml: empty");
    refused("- a\n", QN_BAD_VALUE, "studies/x.yaml:1: a study is a mapping");
    refused("study: activity\nnetwork:\n\tsize: 3\n", QN_BAD_FILE, "studies/x.yaml:3: not YAML");
    refused("study: [activity\n", QN_BAD_FILE, "not YAML");
    refused("study: activity\ntitle: \"\xff\xfe\"\n", QN_BAD_FILE, "studies/x.yaml:2: not plain UTF-8 text");
    refused("study: activity\nseed: 1\nseed: 2\n", QN_BAD_FILE, "studies/x.yaml:3: seed stands twice");
    refused("study: &a activity\n", QN_BAD_FILE, "studies/x.yaml:1: anchors");
    refused("study: activity\ntitle: !!str x\n", QN_BAD_FILE, "studies/x.yaml:2: anchors");
    refused("study: activity\n<<: {a: 1}\n", QN_BAD_FILE, "merge keys");
    refused("study: activity\n---\nstudy: activity\n", QN_BAD_FILE, "second document");
    refused("study: activity\ntitle: \"a\\0b\"\n", QN_BAD_FILE, "NUL");
    qn_study *study = NULL;
    assert_fails(qn_study_read_text("a\0b", 3, "x.yaml", 0, NULL, &study), QN_BAD_FILE, "x.yaml: not a text file");
    assert_fails(qn_study_read("nowhere/x.yaml", 0, NULL, &study), QN_BAD_FILE,
                 "nowhere/x.yaml: cannot open: No such file or directory");
    assert_fails(qn_study_read("/", 0, NULL, &study), QN_BAD_FILE, "it is a folder");
    char deep[200] = "study: ";
    memset(deep + 7, '[', 100);
    refused(deep, QN_BAD_FILE, "nested deeper");
}

static void keys_that_exclude_or_need_each_other(void **state)
{
    (void)state;
    refused("study: activity\nnetwork: {size: 9, coupling: {kind: iid}}\n", QN_BAD_VALUE,
            "network.coupling.strength is missing");
    refused("study: activity\nnetwork: {coupling: {kind: iid, strength: 1}}\n", QN_BAD_VALUE,
            "network.size is missing");
    refused("study: activity\nnetwork: {coupling: {kind: file}}\n", QN_BAD_VALUE, "network.coupling.file is missing");
    refused("study: activity\nnetwork: {coupling: {kind: file, file: x.yaml, strength: 2}}\n", QN_BAD_VALUE,
            "network.coupling.strength is given, but a matrix from a file has its own strength; say rescale: true");
    refused("study: activity\nnetwork: {coupling: {kind: file, file: none.npy}}\n", QN_BAD_VALUE,
            "network.coupling.file is \"none.npy\": No such file or directory");
    refused("study: activity\nnetwork: {size: 9, transfer: table, coupling: {kind: iid, strength: 1}}\n", QN_BAD_VALUE,
            "network.transfer.file is missing");
    refused(
        "study: activity\nnetwork: {size: 9, transfer: {kind: erf, exponent: 2}, coupling: {kind: iid, strength: 1}}\n",
        QN_BAD_VALUE, "only threshold-power");
    refused(NETWORK "  noise: 1\nsimulation: {integrator: rk4}\n", QN_BAD_VALUE, "rk4 is for networks without noise");
    refused(NETWORK "simulation: {trials: 4, tangents: 5}\n", QN_BAD_VALUE,
            "simulation.tangents is 5; allowed: at most");
    refused(NETWORK "must_see: [{quantity: phase, max_z: 4}]\n", QN_BAD_VALUE, "must_see.0: phase is text");
    refused(NETWORK "must_see: [{quantity: mean_rate}]\n", QN_BAD_VALUE, "must_see.0: mean_rate is a number");
    refused(NETWORK "figures: [{plot: lyapunov_exponent, against: nonsense}]\n", QN_BAD_VALUE,
            "against is \"nonsense\"");
}

static void a_swept_axis_may_be_named_by_its_last_part(void **state)
{
    (void)state;
    char *keys[] = {"network.coupling.strength", "network.noise", "a.noise"};
    assert_string_equal(qn_swept_key(3, keys, "strength"), keys[0]);
    assert_string_equal(qn_swept_key(3, keys, "network.noise"), keys[1]);
    assert_null(qn_swept_key(3, keys, "noise"));
    assert_null(qn_swept_key(3, keys, "rength"));
}

// Every key of every table stands in the reference, under its mapping.
static void assert_in_reference(const qn_key *keys, const char *reference)
{
    for (const qn_key *key = keys; key->name; ++key) {
        char row[128];
        snprintf(row, sizeof row, "| `%s` | ", key->name);
        assert_non_null(strstr(reference, row));
        assert_non_null(strstr(reference, key->doc));
        if (key->keys) assert_in_reference(key->keys, reference);
    }
}

static void the_reference_names_every_key(void **state)
{
    (void)state;
    static char reference[65536];
    FILE *stream = fmemopen(reference, sizeof reference, "w");
    assert_ok(qn_study_reference(stream));
    fclose(stream);
    for (size_t i = 0; qn_study_kinds[i]; ++i) assert_in_reference(qn_study_kinds[i]->keys, reference);
    assert_non_null(strstr(reference, "### `network.coupling`"));
}

static void variants_set_what_goes_together(void **state)
{
    (void)state;
    qn_study *study = NULL;
    const char *text = NETWORK "sweep:\n  variant:\n    - {name: plain}\n    - {name: noisy pair, network.noise: 0.4,\n"
                               "       network.coupling: {kind: elliptic, strength: 1.5, symmetry: 0.2}}\n"
                               "    - {name: loud, network.coupling.gain: {values: [1, 3], weights: [0.5, 0.5]}}\n"
                               "  network.size: [60, 80]\nfigures: [{plot: rate_variance, against: variant}]\n";
    assert_ok(read_with(text, 0, NULL, &study));
    assert_int_equal(study->normal.count, 6);
    assert_string_equal(study->normal.keys[0], "variant");
    assert_string_equal(study->normal.values[2 * 2], "noisy pair");
    assert_int_equal(point(study, 1)->network.coupling.kind, QN_COUPLING_IID);
    assert_int_equal(point(study, 2)->network.coupling.kind, QN_COUPLING_ELLIPTIC);
    assert_within(point(study, 2)->network.noise, 0.4, 0);
    assert_within(point(study, 4)->network.noise, 0, 0);
    assert_int_equal(point(study, 5)->network.size, 80);
    assert_within(((const double *)point(study, 5)->network.coupling.gain.values.items)[1], 3, 0);
    qn_study_destroy(study);
    refused(NETWORK "sweep: {variant: [{network.noise: 1}]}\n", QN_BAD_VALUE, "sweep.variant.0: its name is missing");
    refused(NETWORK "sweep: {variant: {name: a}}\n", QN_BAD_VALUE, "allowed: a list of mappings");
    refused(NETWORK "sweep: {variant: [{name: a}, {name: a}]}\n", QN_BAD_VALUE, "the name \"a\" is there twice");
    refused(NETWORK "sweep: {variant: [{name: a, network.nois: 1}]}\n", QN_BAD_VALUE,
            "sweep.variant: network.nois: unknown key (did you mean noise?)");
    refused(NETWORK "sweep: {variant: [{name: a, seed: 1}]}\n", QN_BAD_VALUE, "sweep.variant: seed; allowed: name");
    refused(NETWORK "sweep: {variant: [{name: a, network.noise: 1}], network.noise: [0.1, 0.2]}\n", QN_BAD_VALUE,
            "sweep.variant: network.noise is set by a variant, and network.noise is swept too");
    refused(NETWORK "sweep: {network.coupling.strength: [1, 2], variant: [{name: a, network.coupling: {kind: iid, "
                    "strength: 3}}]}\n",
            QN_BAD_VALUE, "network.coupling is set by a variant, and network.coupling.strength is swept too");
    assert_ok(read_with(NETWORK "sweep: {variant: [{name: a, network.coupling: {kind: iid, strength: 3}}], "
                                "network.coupling.strength: [1, 2]}\n",
                        0, NULL, &study));
    assert_within(point(study, 1)->network.coupling.strength, 2, 0);
    qn_study_destroy(study);
    refused(NETWORK "sweep: {variant: [{name: a, network.transfer.gain: 2}], network.transfer: [tanh, erf]}\n",
            QN_BAD_VALUE, "network.transfer.gain is set by a variant, and network.transfer is swept too");
}

static void gains_are_checked(void **state)
{
    (void)state;
    static const char *const gains[][2] = {
        {"{values: [1, 2]}", "network.coupling.gain.values has 2 values for 60 units"},
        {"{values: [1, 2], weights: [0.5]}", "weights has 1 values; network.coupling.gain.values has 2"},
        {"{values: [1, 2], weights: [0.5, 0.6]}", "add up to 1.1"},
        {"{values: [1, -2], weights: [0.5, 0.5]}", "gain.values.1 is -2"}};
    for (size_t i = 0; i < sizeof gains / sizeof *gains; ++i) {
        char text[300];
        snprintf(text, sizeof text,
                 "study: activity\nnetwork: {size: 60, coupling: {kind: iid, strength: 2, gain: %s}}\n", gains[i][0]);
        refused(text, QN_BAD_VALUE, gains[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_defaults_are_loaded),
        cmocka_unit_test(quick_is_cheaper_and_can_be_said),
        cmocka_unit_test(a_sweep_is_a_grid_with_the_first_key_outermost),
        cmocka_unit_test(variants_set_what_goes_together),
        cmocka_unit_test(gains_are_checked),
        cmocka_unit_test(overrides_change_any_key),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(numbers_are_those_of_yaml),
        cmocka_unit_test(what_is_not_a_study_is_refused),
        cmocka_unit_test(keys_that_exclude_or_need_each_other),
        cmocka_unit_test(a_swept_axis_may_be_named_by_its_last_part),
        cmocka_unit_test(the_reference_names_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
