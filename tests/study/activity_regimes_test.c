// What is said of networks that theory covers in part, or that rest.
#include "small_study.h"
#include "testing.h"

#include <stdlib.h>

// Whatever the couplings: rest is a state, and no growth without bound.
static void rest_is_said_where_units_feed_back_on_themselves(void **state)
{
    (void)state;
    qn_result r = result_of("study: activity\nnetwork: {size: 60, transfer: tanh, coupling: {kind: elliptic, strength: "
                            "0.5, symmetry: 0.3}}\ntheory: {compute: [two-point, dimension]}\n",
                            NULL, NULL);
    assert_string_equal(qn_result_quantity(&r, "phase", 0)->theory_text, "quiescent");
    assert_true(qn_result_quantity(&r, "rate_variance", 0)->theory == 0.0);
    assert_true(isnan(qn_result_quantity(&r, "participation_ratio", 0)->theory));
    assert_true(warned(&r, "activity is quiescent: it does not fluctuate and has no dimension"));
    qn_result_clear(&r);
    // Eigenvalues reach 0.8 x 1.9: whatever is there, it is not silence.
    qn_study *study = study_of("study: activity\nnetwork: {size: 60, transfer: tanh, coupling: {kind: elliptic, "
                               "strength: 0.8, symmetry: 0.9}}\n",
                               NULL);
    assert_fails(qn_study_run(study, NULL, &r), QN_NO_SOLUTION, "silence is unstable");
    qn_study_destroy(study);
}

static void a_mode_that_stands_out_is_said(void **state)
{
    (void)state;
    static const char text[] =
        "study: activity\nnetwork: {size: 60, transfer: tanh, coupling: {kind: random-mode, strength: 2, spectrum: "
        "{kind: list, values: [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}}}\n"; // 4 of 20: a fifth
    qn_result r = result_of(text, NULL, NULL);
    assert_false(warned(&r, "of the sum of D^2"));
    qn_result_clear(&r);
    r = result_of(text, "network.coupling.spectrum.values=[2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", NULL);
    assert_true(warned(&r, "the strongest of 16 modes has 21.1 % of the sum of D^2"));
    qn_result_clear(&r);
    r = result_of(
        "study: activity\nnetwork: {size: 60, transfer: tanh, coupling: {kind: low-rank, strength: 2, rank: 1, "
        "rank_strength: 1}}\n",
        NULL, NULL);
    assert_true(warned(&r, "theory is that of the iid part of the couplings: outlier modes are left out"));
    qn_result_clear(&r);
}

static void what_theory_of_unequal_units_leaves_out_is_simulated(void **state)
{
    (void)state;
    static const char gains[] = "network.coupling.gain={values: [0.5, 1.5], weights: [0.5, 0.5]}";
    static const char text[] = "study: activity\nnetwork: {size: 60, transfer: tanh, input: 0.5, coupling: {kind: iid, "
                               "strength: 2}}\n";
    qn_study *study = study_of(text, gains);
    qn_result r = {0};
    assert_fails(qn_study_run(study, NULL, &r), QN_BAD_VALUE,
                 "network.input is 0.5; theory of units of different gains");
    qn_study_destroy(study);
    char both[600];
    snprintf(both, sizeof both, "%s%s", text, SIMULATION);
    r = result_of(both, gains, NULL);
    assert_true(warned(&r, "network.input is 0.5; theory of units of different gains covers 0"));
    assert_true(qn_result_quantity(&r, "field_variance", 0)->simulation.value > 0.0);
    assert_true(isnan(qn_result_quantity(&r, "field_variance", 0)->theory));
    qn_result_clear(&r);
}

// g_c = 1 / sqrt(<w^2>), as long as units do not move together.
static void chaos_begins_earlier_where_gains_are_unequal(void **state)
{
    (void)state;
    static const char text[] =
        "study: activity\nnetwork: {size: 60, transfer: tanh, coupling: {kind: iid, strength: 2, gain: {values: "
        "[0.5, 1.5], weights: [0.5, 0.5]}}}\ntheory: {compute: [two-point, transition]}\n";
    qn_result r = result_of(text, "network.coupling.mean=0.9", NULL);
    assert_close(qn_result_quantity(&r, "critical_strength", 0)->theory, 1.0 / sqrt(1.25), 1e-12);
    qn_result_clear(&r);
    qn_study *study = study_of(text, "network.coupling.mean=3.5");
    assert_fails(qn_study_run(study, NULL, &r), QN_BAD_VALUE, "makes all units move together");
    qn_study_destroy(study);
    char simulated[600];
    snprintf(simulated, sizeof simulated, "%s%s", text, SIMULATION);
    r = result_of(simulated, "network.coupling.mean=3.5", NULL);
    assert_true(isnan(qn_result_quantity(&r, "critical_strength", 0)->theory));
    qn_result_clear(&r);
}

// What one variant sets is not said of all.
static void words_are_those_of_all_variants(void **state)
{
    (void)state;
    qn_result r =
        result_of(SMALL "sweep:\n  variant:\n    - {name: plain}\n"
                        "    - {name: noisy, network.noise: 0.5}\n"
                        "    - {name: modes, network.coupling: {kind: random-mode, strength: 3, spectrum: "
                        "{kind: flat, effective_rank: 1}}}\n"
                        "    - {name: unequal, network.coupling.gain: {values: [1, 3], weights: [0.5, 0.5]}}\n",
                  NULL, NULL);
    assert_null(strstr(r.header, "g = "));
    assert_null(strstr(r.header, "noise"));
    assert_null(strstr(r.header, "gains"));
    assert_non_null(strstr(r.conventions, "x' = -x + w J phi(x)"));
    assert_non_null(strstr(r.conventions, "J_ij = mean / N + g / sqrt(N) N(0, 1)"));
    assert_non_null(strstr(r.conventions, "J = L diag(D) R^T, entries of L and R N(0, 1/N), sum D^2"));
    qn_result_clear(&r);
}

// Frames are whole steps apart: theory is asked at the lag that is measured.
static void memory_is_compared_at_the_same_lag(void **state)
{
    (void)state;
    static const char text[] = "study: activity\n"
                               "network: {size: 60, transfer: tanh, noise: 0.5, coupling: {kind: iid, strength: 1}}\n"
                               "theory: {compute: [two-point, dimension]}\n"
                               "simulation: {realisations: 2, trials: 4, burn_in: 10, duration: 20, step: 0.3}\n";
    qn_result rounded = result_of(text, NULL, NULL), exact = result_of(text, "simulation.sample_interval=0.9", NULL);
    const double memory = qn_result_quantity(&rounded, "rate_memory", 0)->theory;
    assert_true(memory > 0.0 && memory == qn_result_quantity(&exact, "rate_memory", 0)->theory);
    qn_result_clear(&rounded);
    qn_result_clear(&exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rest_is_said_where_units_feed_back_on_themselves),
        cmocka_unit_test(a_mode_that_stands_out_is_said),
        cmocka_unit_test(what_theory_of_unequal_units_leaves_out_is_simulated),
        cmocka_unit_test(words_are_those_of_all_variants),
        cmocka_unit_test(chaos_begins_earlier_where_gains_are_unequal),
        cmocka_unit_test(memory_is_compared_at_the_same_lag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
