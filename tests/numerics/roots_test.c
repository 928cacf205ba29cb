#include "testing.h"

#include "numerics/roots.h"

static double cosine_less_x(double x, void *context)
{
    (void)context;
    return cos(x) - x;
}
static double tiny_cubic(double x, void *context)
{
    (void)context;
    return x * x * x - 1e-30;
}
static double wave(double x, void *context)
{
    (void)context;
    return sin(x);
}
static double broken(double x, void *context)
{
    (void)context;
    return x > 0.3 && x < 0.7 ? NAN : x - 0.5;
}
static double bowl(double x, void *context)
{
    (void)context;
    return (x - 0.3) * (x - 0.3) * (x - 0.3) * (x - 0.3) - 1.0;
}
static double parabola(double x, void *context)
{
    ++*(int *)context;
    return 3.0 + (x - 1.25) * (x - 1.25);
}
static double holes(double x, void *context)
{
    (void)context;
    return fmod(x, 2.0) > 1.5 ? NAN : sin(x);
}

static void roots_are_found_to_the_last_bits(void **state)
{
    (void)state;
    double root;
    assert_ok(qn_find_root(cosine_less_x, NULL, 0.0, 1.0, 0.0, &root));
    assert_within(root, 0.739085133215160642, 2e-16);
    assert_ok(qn_find_root(tiny_cubic, NULL, 0.0, 1.0, 0.0, &root));
    assert_within(root / 1e-10, 1.0, 1e-14);
    assert_ok(qn_find_root(wave, NULL, 0.0, 1.0, 0.0, &root));
    assert_true(root == 0.0);
    assert_ok(qn_find_root(wave, NULL, 3.0, 4.0, 0.0, &root));
    assert_within(root, 3.141592653589793, 5e-16);
}

static void roots_that_are_not_there_are_refused(void **state)
{
    (void)state;
    double root = 9.0;
    assert_fails(qn_find_root(wave, NULL, 1.0, 2.0, 0.0, &root), QN_NO_SOLUTION, "same sign");
    assert_fails(qn_find_root(broken, NULL, 0.0, 1.1, 0.0, &root), QN_NO_SOLUTION, "not finite");
    assert_fails(qn_find_root(wave, NULL, 0.0, INFINITY, 0.0, &root), QN_BAD_VALUE, "not a finite interval");
    assert_true(root == 9.0);
}

static void minima_are_found(void **state)
{
    (void)state;
    int calls = 0;
    double place;
    assert_ok(qn_find_minimum(parabola, &calls, -2.0, 3.0, 0.0, &place));
    assert_within(place, 1.25, 5e-8);
    assert_true(calls < 120);
    assert_ok(qn_find_minimum(bowl, NULL, 0.0, 1.0, 0.0, &place));
    assert_within(place, 0.3, 1e-3); // flat to fourth order: no method knows better than eps^(1/4)
    assert_ok(qn_find_minimum(parabola, &calls, 2.0, 3.0, 0.0, &place));
    assert_true(place == 2.0);
    assert_fails(qn_find_minimum(broken, NULL, 0.0, 1.0, 0.0, &place), QN_NO_SOLUTION, "not finite");
}

static void first_and_last_sign_changes_differ(void **state)
{
    (void)state;
    double places[121], low, high;
    for (int i = 0; i <= 120; ++i)
        places[i] = 0.5 + 0.1 * i; // 0.5 to 12.5: roots at pi (falling), 2 pi (rising), 3 pi (falling)
    assert_true(qn_first_sign_change(wave, NULL, 121, places, 0, &low, &high));
    assert_within(low, 3.1, 1e-12);
    assert_within(high, 3.2, 1e-12);
    assert_true(qn_last_sign_change(wave, NULL, 120, places, 0, &low, &high));
    assert_within(low, 9.4, 1e-12);
    assert_true(qn_last_sign_change(wave, NULL, 120, places, 1, &low, &high));
    assert_within(low, 6.2, 1e-12);
    assert_within(high, 6.3, 1e-12);
    assert_true(qn_first_sign_change(wave, NULL, 120, places, 1, &low, &high));
    assert_within(low, 6.2, 1e-12);
    assert_true(qn_first_sign_change(holes, NULL, 120, places, 0, &low, &high));
    assert_true(low < 3.1415 && high > 3.1415);
    assert_false(qn_first_sign_change(wave, NULL, 20, places, 0, &low, &high));
    assert_false(qn_last_sign_change(wave, NULL, 20, places, -1, &low, &high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_found_to_the_last_bits), cmocka_unit_test(roots_that_are_not_there_are_refused),
        cmocka_unit_test(minima_are_found), cmocka_unit_test(first_and_last_sign_changes_differ)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
