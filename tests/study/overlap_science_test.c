// Couplings that feed a unit's past back to it: theory by Monte Carlo against simulation, both with error bars.
#include "testing.h"

#include <quenched/overlap.h>
#include <quenched/rate_simulation.h>

typedef struct {
    double max_relative_error, max_relative_bar; // of the dimension
} bounds;

static void compare(qn_coupling coupling, bounds of)
{
    enum { NETWORKS = 12 };
    const qn_rate_network network = {.size = 300, .noise = 0.5, .coupling = coupling};
    const qn_rate_simulation_options options = {
        .seed = 7, .trials = 16, .burn_in = 60, .duration = 100, .dimension = true};
    double rates[NETWORKS], inverse[NETWORKS];
    for (size_t i = 0; i < NETWORKS; ++i) {
        qn_rate_measurement m;
        assert_ok(qn_rate_simulate(&network, &options, i, NULL, &m));
        rates[i] = m.rate_variance, inverse[i] = 1.0 / m.participation_ratio;
        qn_rate_measurement_clear(&m);
    }
    qn_overlap theory;
    assert_ok(qn_overlap_solve(&network, &(qn_overlap_options){.seed = 1}, NULL, &theory));
    assert_true(theory.rate_variance.standard_error < 0.003 * theory.rate_variance.value);
    assert_true(theory.inverse_participation_ratio.standard_error < 0.01 * theory.inverse_participation_ratio.value);
    qn_estimate rate = qn_estimate_of(NETWORKS, rates), dimension = qn_estimate_of(NETWORKS, inverse);
    rate.standard_error = hypot(rate.standard_error, theory.rate_variance.standard_error);
    dimension.standard_error = hypot(dimension.standard_error, theory.inverse_participation_ratio.standard_error);
    assert_agrees(theory.rate_variance.value, rate, .max_z = 4, .max_relative_error = 0.01, .max_relative_bar = 0.005);
    assert_agrees(theory.inverse_participation_ratio.value, dimension, .max_z = 4,
                  .max_relative_error = of.max_relative_error, .max_relative_bar = of.max_relative_bar);
    qn_overlap_clear(&theory);
}

static void negative_overlaps_agree(void **state)
{
    (void)state;
    compare(
        (qn_coupling){
            .kind = QN_COUPLING_OVERLAPPING, .strength = 1.2, .spectrum = {.effective_rank = 1.0}, .overlap = -0.6},
        (bounds){0.01, 0.003});
}

static void elliptic_couplings_agree(void **state)
{
    (void)state;
    compare((qn_coupling){.kind = QN_COUPLING_ELLIPTIC, .strength = 0.8, .symmetry = 0.4}, (bounds){0.05, 0.015});
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(negative_overlaps_agree),
                                       cmocka_unit_test(elliptic_couplings_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
