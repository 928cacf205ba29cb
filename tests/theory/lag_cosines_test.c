// Sums over the plane at pairs of lags against transforms in closed form, on panels far wider than a cosine's period.
#include "testing.h"

#include "base/memory.h"
#include "theory/lag_cosines.h"

#include <math.h>

enum { LAGS = 7 };
static const double first[LAGS] = {0.0, 2.0, -3.0, 1.0, 40.0, -100.0, 1.0};
static const double second[LAGS] = {0.0, 1.0, 2.0, -2.5, 1.0, 30.0, 300.0};

// sum_ij f_i f_j [minus cos(a - b) + plus cos(a + b)].
static void sum_of(const qn_frequency_grid *grid, double (*f)(double), double minus, double plus, double *out)
{
    qn_lag_cosines cosines;
    double *memory;
    assert_ok(QN_NEW(&memory, 2 * grid->count, "test"));
    double *below = memory, *above = memory + grid->count;
    assert_ok(qn_lag_cosines_create(grid, LAGS, first, second, &cosines));
    for (size_t n = 0; n < LAGS; ++n) out[n] = 0.0;
    for (size_t i = 0; i < grid->count; ++i) {
        const double row = grid->weight[i] * f(grid->frequency[i]);
        for (size_t j = 0; j < grid->count; ++j) {
            below[j] = minus * row * grid->weight[j] * f(grid->frequency[j]);
            above[j] = plus * row * grid->weight[j] * f(grid->frequency[j]);
        }
        qn_lag_cosines_add(&cosines, i, below, above, out);
    }
    qn_lag_cosines_clear(&cosines);
    qn_release(memory);
}

static double lorentzian(double frequency) { return 2.0 / (1.0 + frequency * frequency); }
static double gaussian(double frequency) { return exp(-0.5 * frequency * frequency); }
static double odd_gaussian(double frequency) { return frequency * exp(-0.5 * frequency * frequency); }

// Half lines of domega / (2 pi) cos: exp(-lag) / 2, less what is beyond 1000 rad per tau.
static void power_law_tails(void **state)
{
    (void)state;
    qn_frequency_grid grid;
    double found[LAGS];
    assert_ok(qn_frequency_grid_create(0.5, 1000.0, 300.0, &grid));
    const double end = grid.edge[grid.panels], missing = 1.0 / (M_PI * end); // at lag 0; at others, oscillating, less
    sum_of(&grid, lorentzian, 1.0, 1.0, found);
    for (size_t n = 0; n < LAGS; ++n) {
        const double a = 0.5 * exp(-fabs(first[n])) - (first[n] == 0.0 ? missing : 0.0);
        const double b = 0.5 * exp(-fabs(second[n])) - (second[n] == 0.0 ? missing : 0.0);
        assert_within(found[n], 2.0 * a * b, 1e-6);
    }
    qn_frequency_grid_clear(&grid);
}

// The same to rounding: cosines with exp(-omega^2 / 2), sines with omega exp(-omega^2 / 2).
static void even_and_odd_parts(void **state)
{
    (void)state;
    qn_frequency_grid grid;
    double even[LAGS], odd[LAGS];
    assert_ok(qn_frequency_grid_create(0.5, 12.0, 300.0, &grid));
    sum_of(&grid, gaussian, 1.0, 1.0, even);
    sum_of(&grid, odd_gaussian, 1.0, -1.0, odd);
    for (size_t n = 0; n < LAGS; ++n) {
        const double both = exp(-0.5 * (first[n] * first[n] + second[n] * second[n])) / (8.0 * M_PI);
        assert_within(even[n], 2.0 * both, 1e-10);
        assert_within(odd[n], 2.0 * first[n] * second[n] * both, 1e-10);
    }
    qn_frequency_grid_clear(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(power_law_tails), cmocka_unit_test(even_and_odd_parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
