// The ridge's weights against adaptive integration over it, and a spectrum on its frequencies against a closed form.
#include "testing.h"

#include "numerics/quadrature.h"
#include "theory/ridge.h"

#include <math.h>

enum { POWERS = QN_FREQUENCY_PANEL };

typedef struct {
    double gap, first, sign, low, high;
    int power, real; // f = [2 (omega2 - low) / (high - low) - 1]^power in one panel; Re(1/D) or 1/|D|^2
} integrand;

static double value(double second, void *context)
{
    const integrand *at = context;
    const double f = pow(2.0 * (second - at->low) / (at->high - at->low) - 1.0, at->power);
    const double real = at->gap - at->first * at->sign * second, imaginary = at->first + at->sign * second;
    return f * (at->real ? real : 1.0) / (real * real + imaginary * imaginary) / (2.0 * M_PI);
}

// In two parts where the ridge crosses the panel, for an adaptive rule may miss it.
static double panel_integral(integrand at)
{
    const double crest = at.first / (1.0 + at.first * at.first); // near enough
    double left = 0.0, right = 0.0, error;
    const double middle = at.sign < 0.0 && crest > at.low && crest < at.high ? crest : 0.5 * (at.low + at.high);
    assert_ok(qn_integrate(value, &at, at.low, middle, 1e-12, 1e-10, &left, &error));
    assert_ok(qn_integrate(value, &at, middle, at.high, 1e-12, 1e-10, &right, &error));
    return left + right;
}

static void check_row(const qn_frequency_grid *grid, double gap, double first, size_t panels)
{
    qn_ridge ridge;
    assert_ok(qn_ridge_create(grid, &ridge));
    qn_ridge_at(grid, gap, first, &ridge);
    double largest[2] = {0.0, 0.0};
    for (int side = 0; side < 2; ++side)
        for (size_t j = 0; j < grid->count; ++j) {
            largest[0] = fmax(largest[0], fabs(ridge.square[side][j]));
            largest[1] = fmax(largest[1], fabs(ridge.real[side][j]));
        }
    for (int side = 0; side < 2; ++side)
        for (size_t panel = 0; panel < panels; ++panel)
            for (int power = 0; power < POWERS; power += power ? 5 : 1)
                for (int real = 0; real < 2; ++real) {
                    const double low = grid->edge[panel], high = grid->edge[panel + 1];
                    const double *weight = real ? ridge.real[side] : ridge.square[side];
                    double sum = 0.0;
                    for (size_t j = panel * QN_FREQUENCY_PANEL; j < (panel + 1) * QN_FREQUENCY_PANEL; ++j)
                        sum += weight[j] * pow(2.0 * (grid->frequency[j] - low) / (high - low) - 1.0, power);
                    const integrand at = {gap, first, side ? 1.0 : -1.0, low, high, power, real};
                    assert_within(sum / largest[real], panel_integral(at) / largest[real], 1e-8);
                }
    qn_ridge_clear(&ridge);
}

static void weights_integrate_the_ridge(void **state)
{
    (void)state;
    static const double gaps[] = {1e-6, 1e-3, 0.1, 0.8};
    for (size_t i = 0; i < 4; ++i) {
        qn_frequency_grid grid;
        assert_ok(qn_frequency_grid_create(sqrt(gaps[i]), 12.0, 0.0, &grid));
        const size_t few = grid.panels < 12 ? grid.panels : 12;
        for (size_t row = 0; row < few; ++row) {
            check_row(&grid, gaps[i], grid.frequency[row * QN_FREQUENCY_PANEL], few);     // beside an edge
            check_row(&grid, gaps[i], grid.frequency[row * QN_FREQUENCY_PANEL + 6], few); // inside
        }
        qn_frequency_grid_clear(&grid);
    }
}

// C = exp(-lag^2 / 2) has C(omega) = sqrt(2 pi) exp(-omega^2 / 2), silent from omega = 7 on.
static void spectra_are_left_out_where_they_are_silent(void **state)
{
    (void)state;
    qn_stationary function;
    qn_frequency_grid grid;
    double values[1000];
    assert_ok(qn_stationary_create(400, 0.05, &function));
    for (size_t i = 0; i < function.count; ++i) function.values[i] = exp(-0.5 * pow(0.05 * (double)i, 2.0));
    assert_ok(qn_frequency_grid_create(0.3, 25.0, 0.0, &grid));
    assert_true(grid.count < 1000);
    const size_t whole = grid.count;
    qn_frequency_grid_transform(&grid, &function, 0.0, 30.0, values);
    for (size_t i = 0; i < whole; ++i)
        assert_within(values[i], sqrt(2.0 * M_PI) * exp(-0.5 * pow(grid.frequency[i], 2.0)), 1e-11);
    qn_frequency_grid_trim(&grid, 1, values);
    assert_true(grid.count < whole && grid.count == grid.panels * QN_FREQUENCY_PANEL);
    assert_true(grid.edge[grid.panels] > 6.9);
    qn_frequency_grid_clear(&grid);
    qn_stationary_clear(&function);
}

static void weights_are_those_of_the_half_line(void **state)
{
    (void)state;
    qn_frequency_grid grid;
    double sum = 0.0;
    assert_ok(qn_frequency_grid_create(1e-4, 1000.0, 0.0, &grid));
    for (size_t i = 0; i < grid.count; ++i) {
        assert_true(grid.weight[i] > 0.0 && grid.frequency[i] > (i ? grid.frequency[i - 1] : 0.0));
        sum += grid.weight[i] / (1.0 + grid.frequency[i] * grid.frequency[i]);
    }
    assert_within(sum, atan(grid.edge[grid.panels]) / (2.0 * M_PI), 1e-10);
    assert_true(grid.count < 1000);
    qn_frequency_grid_clear(&grid);
    assert_fails(qn_frequency_grid_create(0.0, 12.0, 0.0, &grid), QN_BAD_VALUE, "decay rate is 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(weights_integrate_the_ridge),
                                       cmocka_unit_test(spectra_are_left_out_where_they_are_silent),
                                       cmocka_unit_test(weights_are_those_of_the_half_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
