// Theory of couplings with feedback against known numbers, where they are known to the last digit but one, and against
// itself where nothing else is known: another seed, time step and box.
#include "testing.h"

#include <quenched/overlap.h>

typedef struct {
    const char *name;
    qn_coupling coupling;
    double rate_variance, rate_error, theta, theta_error, later, later_error, ratio, ratio_error; // later: Theta(2, 2)
} known;

#define OVERLAPPING(g, rho, part, rest)                                                                                \
    {                                                                                                                  \
        .kind = QN_COUPLING_OVERLAPPING, .strength = (g), .overlap = (rho), .overlap_fraction = (part),                \
        .overlap_rest = (rest), .spectrum = {                                                                          \
            .effective_rank = 1.0                                                                                      \
        }                                                                                                              \
    }

static const known table[] = {
    {"D = 1.2, rho = -0.6", OVERLAPPING(1.2, -0.6, 1.0, 0.0), 0.1436, 1e-4, 0.02483, 1e-5, 0.0, 0.0, 0.830, 1e-3},
    {"D = 1.4, half rho = -0.6", OVERLAPPING(1.4, -0.6, 0.5, 0.0), 0.2026, 1e-4, 0.0929, 4e-4, 0.0257, 3e-4, 0.4415,
     2e-3},
    {"elliptic g = 0.8, r = 0.4",
     {.kind = QN_COUPLING_ELLIPTIC, .strength = 0.8, .symmetry = 0.4},
     0.2377,
     2e-4,
     0.1155,
     5e-4,
     0.0,
     0.0,
     0.489,
     3e-3},
};

static qn_overlap solve(const qn_coupling *coupling, const qn_overlap_options *options)
{
    const qn_rate_network network = {.size = 300, .coupling = *coupling, .noise = 0.5};
    qn_overlap found = {0};
    assert_ok(qn_overlap_solve(&network, options, NULL, &found));
    return found;
}

static void assert_agree(qn_monte_carlo found, double expected, double error, const char *name, const char *what)
{
    const double bar = sqrt(found.standard_error * found.standard_error + error * error);
    if (error == 0.0 || fabs(found.value - expected) <= 4.0 * bar) return;
    print_error("%s: %s is %.6g +- %.2g, expected %.6g +- %.2g\n", name, what, found.value, found.standard_error,
                expected, error);
    fail();
}

static void known_rows_are_met(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
        const known *row = &table[i];
        qn_overlap found = solve(&row->coupling, NULL);
        assert_agree(found.rate_variance, row->rate_variance, row->rate_error, row->name, "C^phi(0)");
        assert_agree(found.four_point_variance, row->theta, row->theta_error, row->name, "Theta(0, 0)");
        assert_agree(found.four_point[2], row->later, row->later_error, row->name, "Theta(2, 2)");
        assert_agree(found.participation_ratio, row->ratio, row->ratio_error, row->name, "PR");
        assert_within(found.rate_variance.value / row->rate_variance, 1.0, 3e-3);
        assert_true(found.participation_ratio.standard_error < 0.005 * row->ratio);
        qn_overlap_clear(&found);
    }
}

// Slow single units, small margin: 1 % of PR asks for S(0) to 5e-4. Two runs that share nothing must agree.
static void a_slow_row_does_not_depend_on_how_it_is_solved(void **state)
{
    (void)state;
    const qn_coupling coupling = {.kind = QN_COUPLING_ELLIPTIC, .strength = 1.0, .symmetry = 0.5};
    qn_overlap one = solve(&coupling, &(qn_overlap_options){.seed = 11, .step = 0.1});
    qn_overlap other = solve(&coupling, &(qn_overlap_options){.seed = 12, .step = 0.2, .box = 400.0});
    assert_true(one.participation_ratio.standard_error < 0.0101 * one.participation_ratio.value);
    assert_agree(one.rate_variance, other.rate_variance.value, other.rate_variance.standard_error, "elliptic",
                 "C^phi(0)");
    assert_agree(one.participation_ratio, other.participation_ratio.value, other.participation_ratio.standard_error,
                 "elliptic", "PR");
    qn_overlap_clear(&one);
    qn_overlap_clear(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_rows_are_met),
                                       cmocka_unit_test(a_slow_row_does_not_depend_on_how_it_is_solved)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
