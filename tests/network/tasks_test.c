#include "testing.h"

#include <stdlib.h>

enum { N = 100, COUNT = 4000, HALF = COUNT / 2 };

static double agreement(const double *a, const double *b, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; ++i) sum += a[i] * b[i];
    return sum / count;
}

// Two classes' patterns, recovered as the sign of the mean of many samples: they differ in exactly a fifth of the bits.
static void prototypes_differ_as_said(void **state)
{
    (void)state;
    double *x = malloc(sizeof *x * COUNT * N), labels[COUNT], mean[2][N] = {{0.0}};
    assert_ok(qn_task_generate(&(qn_task){0}, 7, 0, COUNT, x, labels));
    for (int k = 0; k < COUNT; ++k) {
        assert_true(labels[k] == (k % 2 == 0 ? 1.0 : -1.0));
        for (int i = 0; i < N; ++i) {
            assert_true(x[k * N + i] == 1.0 || x[k * N + i] == -1.0);
            mean[k % 2][i] += x[k * N + i] / HALF;
        }
    }
    int differing = 0;
    double strength = 0.0;
    for (int i = 0; i < N; ++i) {
        differing += (mean[0][i] > 0.0) != (mean[1][i] > 0.0);
        strength += (fabs(mean[0][i]) + fabs(mean[1][i])) / (2 * N);
    }
    assert_int_equal(differing, 20);
    // 1 - 2 flips, from 400 000 bits: standard error 0.0014.
    assert_within(strength, 0.4, 0.007);
    free(x);
}

// A random sign makes the mean of each class vanish, while its samples agree with one pattern up to that sign.
static void signed_prototypes_need_a_quadratic_rule(void **state)
{
    (void)state;
    double *x = malloc(sizeof *x * COUNT * N), labels[COUNT], mean[N] = {0.0}, same = 0.0, other = 0.0;
    assert_ok(qn_task_generate(&(qn_task){.kind = QN_TASK_SIGNED_PROTOTYPES}, 7, 0, COUNT, x, labels));
    for (int k = 0; k < COUNT; k += 2)
        for (int i = 0; i < N; ++i) mean[i] += x[k * N + i] / HALF;
    assert_true(agreement(mean, mean, N) < 0.01); // of order 1 / 2000 where the sign is fair
    for (int k = 2; k < COUNT; k += 2) {
        same += fabs(agreement(x + k * N, x, N)) / (HALF - 1);
        other += fabs(agreement(x + (k + 1) * N, x, N)) / (HALF - 1);
    }
    assert_within(same, 0.7 * 0.7, 0.12); // (1 - 2 flips)^2, the first sample's own scatter included
    assert_true(other < 0.25);
    free(x);
}

static void cues_come_in_order(void **state)
{
    (void)state;
    enum { DEPTH = 3, TIMES = DEPTH + 1 };
    const qn_task task = {.kind = QN_TASK_SEQUENCE_ORDER, .depth = DEPTH};
    assert_int_equal(qn_task_times(&task), TIMES);
    double *x = malloc(sizeof *x * TIMES * COUNT * N), labels[COUNT], mean[2][TIMES][N] = {{{0.0}}}, variance = 0.0;
    assert_ok(qn_task_generate(&task, 7, 0, COUNT, x, labels));
    for (int a = 0; a < TIMES; ++a)
        for (int k = 0; k < COUNT; ++k)
            for (int i = 0; i < N; ++i) mean[k % 2][a][i] += x[(a * COUNT + k) * N + i] / HALF;
    const double bar = 0.5 / sqrt(HALF);
    for (int i = 0; i < N; ++i) {
        assert_within(fabs(mean[0][0][i]), 1.0, 5.0 * bar);
        assert_within(mean[0][1][i], 0.0, 5.0 * bar); // noise only between the cues
        assert_within(mean[1][2][i], 0.0, 5.0 * bar);
        assert_within(mean[0][0][i], mean[1][DEPTH][i], 7.0 * bar); // cue 1 first or last
        assert_within(mean[0][DEPTH][i], mean[1][0][i], 7.0 * bar);
    }
    assert_true(fabs(agreement(mean[0][0], mean[1][0], N)) < 0.5); // two cues
    for (int k = 0; k < COUNT * N; ++k) variance += x[COUNT * N + k] * x[COUNT * N + k] / (COUNT * N);
    assert_close(variance, 0.25, 0.01);
    free(x);
}

static void samples_do_not_depend_on_their_company(void **state)
{
    (void)state;
    const qn_task tasks[] = {{0}, {.kind = QN_TASK_SIGNED_PROTOTYPES}, {.kind = QN_TASK_SEQUENCE_ORDER, .depth = 1}};
    for (int t = 0; t < 3; ++t) {
        const int times = (int)qn_task_times(&tasks[t]);
        double all[2 * 9 * N], part[2 * 4 * N], labels[9];
        assert_ok(qn_task_generate(&tasks[t], 3, 0, 9, all, labels));
        assert_ok(qn_task_generate(&tasks[t], 3, 5, 4, part, labels));
        assert_true(labels[0] == -1.0);
        for (int a = 0; a < times; ++a)
            assert_memory_equal(all + (a * 9 + 5) * N, part + a * 4 * N, 4 * N * sizeof(double));
        assert_ok(qn_task_generate(&tasks[t], 4, 5, 4, all, labels));
        assert_memory_not_equal(all, part, N * sizeof(double));
    }
}

static void bad_tasks_are_named(void **state)
{
    (void)state;
    assert_fails(qn_task_check(&(qn_task){.flips = 0.6}), QN_BAD_VALUE, "flips is 0.6");
    assert_fails(qn_task_check(&(qn_task){.dimension = 10, .differing = 11}), QN_BAD_VALUE, "differing is 11");
    assert_fails(qn_task_check(&(qn_task){.kind = QN_TASK_SEQUENCE_ORDER}), QN_BAD_VALUE, "depth is 0");
    assert_fails(qn_task_check(&(qn_task){.noise = -1.0}), QN_BAD_VALUE, "noise is -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prototypes_differ_as_said), cmocka_unit_test(signed_prototypes_need_a_quadratic_rule),
        cmocka_unit_test(cues_come_in_order),        cmocka_unit_test(samples_do_not_depend_on_their_company),
        cmocka_unit_test(bad_tasks_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
