// Equation (E15): against known numbers, the formula as first written, and the case without overlaps (E6).
#include "testing.h"

#include "theory/overlap_four_point.h"

#include <math.h>
#include <quenched/overlap_four_point.h>

enum { CASES = 200 };

static qn_unit_spectrum at(double complex response, double power)
{
    return (qn_unit_spectrum){creal(response), cimag(response), power};
}

static const double first_power = 1.3, second_power = 0.8;
static double complex first_response(void) { return 0.5 / (1.0 + 0.4 * I); }
static double complex second_response(void) { return 0.5 / (1.0 - 0.9 * I); }

static void known_numbers(void **state)
{
    (void)state;
    const qn_unit_spectrum first = at(first_response(), first_power), second = at(second_response(), second_power);
    const qn_overlapping_modes none[] = {{1.1, 0.0, 1.0}}, mixed[] = {{1.2, 0.6, 0.5}, {0.8, -0.4, 0.3}},
                               opposed[] = {{1.3, -0.7, 0.6}};
    double theta;
    assert_ok(qn_overlap_four_point(1, none, &first, &second, &theta));
    assert_within(theta, 1.665380, 5e-7);
    assert_ok(qn_overlap_four_point(2, mixed, &first, &second, &theta));
    assert_within(theta, 2.225316, 5e-7);
    assert_ok(qn_overlap_four_point(1, opposed, &first, &second, &theta));
    assert_within(theta, 1.240811, 5e-7);
    assert_ok(qn_elliptic_four_point(1.1, 0.5, &first, &second, &theta));
    assert_within(theta, 1.718149, 5e-7);
}

// A fixed sequence that covers the unit interval evenly (golden ratio).
static double spread(size_t i, double from, double to)
{
    return from + (to - from) * fmod(0.5 + (double)(i + 1) * 0.618033988749894848, 1.0);
}

typedef struct {
    qn_overlapping_modes modes[3];
    double complex first, second;
} example;

// Stable networks: sum of weight D^2 / (1 - |rho D S|)^2 stays below 1 / |S|^2.
static example example_of(size_t i)
{
    example e = {.first = 0.5 / (1.0 + I * spread(7 * i, -3.0, 3.0)),
                 .second = 0.5 / (1.0 + I * spread(7 * i + 1, -3.0, 3.0))};
    for (size_t a = 0; a < 3; ++a)
        e.modes[a] = (qn_overlapping_modes){spread(11 * i + a, 0.2, 0.9), spread(13 * i + 5 * a, -0.9, 0.9),
                                            spread(17 * i + 3 * a, 0.1, 0.4)};
    return e;
}

static void it_is_real_and_symmetric(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; ++i) {
        const example e = example_of(i);
        qn_overlap_averages average = qn_overlap_averages_of(3, e.modes, e.first, e.second);
        const double complex theta = qn_overlap_theta(&average, e.first, e.second, first_power, second_power);
        assert_true(creal(theta) > 0.0);
        assert_within(cimag(theta), 0.0, 1e-12);
        average = qn_overlap_averages_of(3, e.modes, e.second, e.first);
        const double complex swapped = qn_overlap_theta(&average, e.second, e.first, second_power, first_power);
        assert_within(cabs(swapped - theta), 0.0, 1e-12);
        average = qn_elliptic_averages(1.2, spread(i, -1.0, 1.0));
        assert_within(cimag(qn_overlap_theta(&average, e.first, e.second, first_power, second_power)), 0.0, 1e-12);
    }
}

// As first written, with its quotients by G.
static double complex divided(const qn_overlap_averages *m, double complex first, double complex second)
{
    const double complex g1 = first, g2 = conj(first), g3 = conj(second), g4 = second;
    const double c1 = first_power, c2 = second_power;
    const double complex g23 = g2 * g3 / (1.0 - m->r23 * g2 * g3);
    const double complex g13 = c1 * g23 * (1.0 / g2 + g1 * g3 * m->b13) / (1.0 - g1 * g3 * m->a13);
    const double complex g24 = g23 * c2 * (1.0 / g3 + g2 * g4 * m->b24) / (1.0 - g2 * g4 * m->a24);
    const double complex u13 = m->a13 * g13 + m->b13 * c1 * g23, u24 = m->a24 * g24 + m->b24 * c2 * g23;
    const double complex u12 = c1 / (g1 * g2), u23 = g23 / (g2 * g3), u34 = c2 / (g3 * g4);
    return g1 * g4 *
           (m->c1 * c1 * g24 + m->c2 * c2 * g13 + m->d * c1 * c2 * g23 + u12 * g2 * u24 + u13 * g3 * u34 +
            u12 * g2 * u23 * g3 * u34) /
           (1.0 - g1 * g4 * m->r14);
}

static void multiplying_out_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; ++i) {
        const example e = example_of(i);
        const qn_overlap_averages average = qn_overlap_averages_of(3, e.modes, e.first, e.second);
        const double complex theta = qn_overlap_theta(&average, e.first, e.second, first_power, second_power);
        assert_within(cabs(theta - divided(&average, e.first, e.second)), 0.0, 1e-12);
    }
}

// (E6), with g^2 = <D^2> and kappa4 = <D^4>.
static void without_overlaps_it_is_that_of_independent_modes(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; ++i) {
        example e = example_of(i);
        double square = 0.0, fourth = 0.0;
        for (size_t a = 0; a < 3; ++a) {
            const double d2 = e.modes[a].strength * e.modes[a].strength;
            e.modes[a].overlap = 0.0;
            square += e.modes[a].weight * d2;
            fourth += e.modes[a].weight * d2 * d2;
        }
        const double complex below = 1.0 - square * e.first * e.second;
        const double across = creal(e.first * conj(e.first)) * creal(e.second * conj(e.second));
        const double shared = creal(below * conj(below)), both = first_power * second_power;
        const qn_unit_spectrum first = at(e.first, first_power), second = at(e.second, second_power);
        double theta;
        assert_ok(qn_overlap_four_point(3, e.modes, &first, &second, &theta));
        assert_within(theta, both * (1.0 + fourth * across) / shared, 1e-14);
        assert_ok(qn_elliptic_four_point(sqrt(square), 0.0, &first, &second, &theta));
        assert_within(theta, both / shared, 1e-14);
    }
}

// Groups that are alike are one group.
static void groups_add_up(void **state)
{
    (void)state;
    const qn_overlapping_modes whole[] = {{1.3, -0.7, 0.6}}, parts[] = {{1.3, -0.7, 0.2}, {1.3, -0.7, 0.4}};
    const qn_unit_spectrum first = at(first_response(), first_power), second = at(second_response(), second_power);
    double one, two;
    assert_ok(qn_overlap_four_point(1, whole, &first, &second, &one));
    assert_ok(qn_overlap_four_point(2, parts, &first, &second, &two));
    assert_within(two, one, 1e-14);
}

static void fast_frequencies_leave_units_alone(void **state)
{
    (void)state;
    const qn_overlapping_modes modes[] = {{1.2, 0.6, 0.5}, {0.8, -0.4, 0.3}};
    const double small[] = {1e-8, 1e-100, 1e-300, 0.0};
    for (size_t i = 0; i < 4; ++i) {
        const qn_unit_spectrum first = at(small[i] * (1.0 - 2.0 * I), first_power),
                               second = at(small[i] * I, second_power);
        double theta;
        assert_ok(qn_overlap_four_point(2, modes, &first, &second, &theta));
        assert_within(theta, first_power * second_power, 1e-13);
        assert_ok(qn_elliptic_four_point(1.1, 0.5, &first, &second, &theta));
        assert_within(theta, first_power * second_power, 1e-13);
    }
}

static void bad_values_are_named(void **state)
{
    (void)state;
    const qn_unit_spectrum good = at(0.5, 1.0), negative = at(0.5, -1.0), infinite = at(INFINITY, 1.0);
    const qn_overlapping_modes fine = {1.0, 0.2, 0.5};
    qn_overlapping_modes modes[] = {fine, {1.0, 1.5, 0.5}};
    double theta = 7.0;
    assert_fails(qn_overlap_four_point(0, modes, &good, &good, &theta), QN_BAD_VALUE, "there are none");
    assert_fails(qn_overlap_four_point(2, modes, &good, &good, &theta), QN_BAD_VALUE, "modes[1].overlap is 1.5");
    modes[1] = (qn_overlapping_modes){-1.0, 0.5, 0.5};
    assert_fails(qn_overlap_four_point(2, modes, &good, &good, &theta), QN_BAD_VALUE, "modes[1].strength is -1");
    modes[1] = (qn_overlapping_modes){1.0, 0.5, 0.0};
    assert_fails(qn_overlap_four_point(2, modes, &good, &good, &theta), QN_BAD_VALUE, "modes[1].weight is 0");
    assert_fails(qn_overlap_four_point(1, &fine, &good, &negative, &theta), QN_BAD_VALUE, "second.power is -1");
    assert_fails(qn_overlap_four_point(1, &fine, &infinite, &good, &theta), QN_BAD_VALUE, "first.response is inf");
    assert_fails(qn_elliptic_four_point(-1.0, 0.0, &good, &good, &theta), QN_BAD_VALUE, "strength is -1");
    assert_fails(qn_elliptic_four_point(1.0, NAN, &good, &good, &theta), QN_BAD_VALUE, "symmetry is nan");
    assert_fails(qn_elliptic_four_point(2.0, 0.0, &good, &good, &theta), QN_NO_SOLUTION, "diverges");
    modes[0] = (qn_overlapping_modes){2.0, 1.0, 0.5};
    assert_fails(qn_overlap_four_point(1, modes, &good, &good, &theta), QN_NO_SOLUTION, "diverges");
    assert_true(theta == 7.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_numbers),
                                       cmocka_unit_test(it_is_real_and_symmetric),
                                       cmocka_unit_test(multiplying_out_changes_nothing),
                                       cmocka_unit_test(without_overlaps_it_is_that_of_independent_modes),
                                       cmocka_unit_test(groups_add_up),
                                       cmocka_unit_test(fast_frequencies_leave_units_alone),
                                       cmocka_unit_test(bad_values_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
