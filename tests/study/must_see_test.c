// What a study states must be seen: bounds, trends along a sweep, and the order of two quantities.
#include "testing.h"

#include "study/must_see.h"
#include "study/result_builder.h"

// A sweep over strength (1, 2, 3) and noise (0, 1): `low` and `high` of both sides at each point.
static qn_result swept(const double *low, const double *high, double error)
{
    qn_result result = {0};
    static const char *const strengths[] = {"3", "1", "2"}, *const noises[] = {"0", "1"};
    for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 2; ++j) {
            char *keys[] = {"network.coupling.strength", "network.noise"},
                 *values[] = {(char *)strengths[i], (char *)noises[j]};
            const size_t point = result.point_count, place = (size_t)(strengths[i][0] - '1') * 2 + j;
            assert_ok(qn_result_add_point(&result, 2, keys, values));
            const qn_quantity rows[] = {
                {.name = "low", .point = point, .theory = low[place], .simulation = {low[place], error, 5}},
                {.name = "high", .point = point, .theory = NAN, .simulation = {high[place], error, 5}}};
            for (size_t k = 0; k < 2; ++k) assert_ok(qn_result_add_quantity(&result, &rows[k]));
        }
    return result;
}

static bool holds(qn_must_see sought, const double *low, const double *high, double error, const char *words)
{
    qn_result result = swept(low, high, error);
    const qn_study_common common = {.must_see = {.items = &sought, .count = 1}};
    assert_ok(qn_must_see_evaluate(&common, &result));
    assert_int_equal(result.must_see_count, 1);
    if (!strstr(result.must_see[0], words)) fail_msg("%s does not say %s", result.must_see[0], words);
    const bool passed = result.must_see_passed;
    qn_result_clear(&result);
    return passed;
}

// In the order of strength, then noise.
static const double rising[6] = {1, 6, 2, 5, 3, 4}, above[6] = {7, 7, 7, 7, 7, 7}, mixed[6] = {7, 7, 7, 7, 7, 3.9};

static void trends_are_followed_along_one_key(void **state)
{
    (void)state;
    // At noise 0 it rises with strength, at noise 1 it falls: of eight steps (four of theory) four go either way.
    const qn_must_see up = {.quantity = "low", .rises_with = "strength"},
                      down = {.quantity = "low", .falls_with = "strength"},
                      noise = {.quantity = "low", .rises_with = "network.noise"},
                      none = {.quantity = "low", .rises_with = "size"};
    assert_false(holds(up, rising, above, 0.1, "low rises with strength: 4 of 8 steps FAILED"));
    assert_false(holds(down, rising, above, 0.1, "low falls with strength: 4 of 8 steps FAILED"));
    assert_true(holds(noise, rising, above, 0.1, "low rises with network.noise: 6 of 6 steps"));
    assert_true(holds(none, rising, above, 0.1, "not compared"));
    // Within error bars simulation may go down; theory may not.
    assert_false(holds(up, rising, above, 1, "low rises with strength: 6 of 8 steps FAILED"));
}

static void order_holds_on_every_side(void **state)
{
    (void)state;
    const qn_must_see order = {.quantity = "low", .below = "high"}, unknown = {.quantity = "low", .below = "other"};
    assert_true(holds(order, rising, above, 0.1, "low below high: 6 of 6"));
    assert_false(holds(order, rising, mixed, 0.1, "low below high: 5 of 6 FAILED"));
    assert_true(holds(unknown, rising, above, 0.1, "low below other: not compared"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trends_are_followed_along_one_key),
                                       cmocka_unit_test(order_holds_on_every_side)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
