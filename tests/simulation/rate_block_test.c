#include "testing.h"

#include "simulation/lyapunov.h"
#include "simulation/rate_block.h"

#include <stdlib.h>

static void begin(const qn_rate_network *network, size_t trials, size_t tangents, bool single,
                  qn_coupling_operator **coupling, qn_rate_block *block)
{
    assert_ok(qn_coupling_operator_create(&network->coupling, network->size, 1, 0,
                                          single ? QN_PRECISION_SINGLE : QN_PRECISION_DOUBLE, coupling));
    assert_ok(qn_rate_block_create(network, *coupling, trials, tangents, single, 1, 0, block));
}

static void end(qn_coupling_operator *coupling, qn_rate_block *block)
{
    qn_rate_block_clear(block);
    qn_coupling_operator_destroy(coupling);
}

static void advance(qn_rate_block *block, qn_integrator integrator, double dt, double noise, size_t steps)
{
    const qn_integrator_scheme scheme = qn_integrator_scheme_of(integrator, dt, noise);
    for (size_t step = 0; step < steps; ++step) {
        qn_rate_block_field(block);
        qn_rate_block_advance(block, &scheme, step);
    }
}

static void without_coupling_all_decays_alike(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 70, .coupling = {.strength = 1e-9}};
    for (int single = 0; single < 2; ++single) {
        qn_coupling_operator *coupling;
        qn_rate_block now, before;
        begin(&network, 5, 0, single, &coupling, &now);
        assert_ok(qn_rate_block_create(&network, coupling, 5, 0, single, 1, 0, &before));
        advance(&now, QN_INTEGRATOR_EXPONENTIAL_EULER, 0.1, 0, 30);
        for (size_t row = 0; row < 70; ++row)
            for (size_t trial = 0; trial < 5; ++trial)
                assert_within(qn_rate_block_value(&now, now.state, row, trial),
                              exp(-3) * qn_rate_block_value(&before, before.state, row, trial), single ? 1e-6 : 1e-9);
        qn_rate_block_clear(&before);
        end(coupling, &now);
    }
}

// x(t) = exp((J - 1) t) x(0), the exponential from its series.
static void linear_network_is_a_matrix_exponential(void **state)
{
    (void)state;
    double entries[9] = {0.3, -1.2, 0.4, 0.9, 0.1, -0.5, -0.2, 0.7, -0.6};
    const qn_matrix matrix = {.rows = 3, .columns = 3, .values = entries};
    const qn_rate_network network = {.size = 3,
                                     .transfer = {.kind = QN_TRANSFER_LINEAR},
                                     .coupling = {.kind = QN_COUPLING_GIVEN, .matrix = &matrix}};
    qn_coupling_operator *coupling;
    qn_rate_block block;
    begin(&network, 2, 0, false, &coupling, &block);
    double exact[3][2], term[3][2];
    for (int i = 0; i < 3; ++i)
        for (int trial = 0; trial < 2; ++trial)
            exact[i][trial] = term[i][trial] = qn_rate_block_value(&block, block.state, (size_t)i, (size_t)trial);
    for (int order = 1; order < 40; ++order) {
        double next[3][2];
        for (int i = 0; i < 3; ++i)
            for (int trial = 0; trial < 2; ++trial) {
                next[i][trial] = -term[i][trial];
                for (int j = 0; j < 3; ++j) next[i][trial] += entries[3 * i + j] * term[j][trial];
            }
        for (int i = 0; i < 3; ++i)
            for (int trial = 0; trial < 2; ++trial) exact[i][trial] += term[i][trial] = next[i][trial] * 2.0 / order;
    }
    advance(&block, QN_INTEGRATOR_RK4, 0.01, 0, 200);
    for (size_t i = 0; i < 3; ++i)
        for (size_t trial = 0; trial < 2; ++trial)
            assert_within(qn_rate_block_value(&block, block.state, i, trial), exact[i][trial], 1e-8);
    end(coupling, &block);
}

static const qn_rate_network TANH = {.size = 60, .coupling = {.strength = 1.5}, .input = 0.1};

static double error_at_time_two(qn_integrator integrator, size_t steps, const qn_rate_block *exact, bool single)
{
    qn_coupling_operator *coupling;
    qn_rate_block block;
    begin(&TANH, 3, 1, single, &coupling, &block);
    advance(&block, integrator, 2.0 / (double)steps, 0, steps);
    double squares = 0;
    for (size_t row = 0; row < TANH.size; ++row)
        for (size_t column = 0; column < 4; ++column) {
            const double off = qn_rate_block_value(&block, block.state, row, column) -
                               qn_rate_block_value(exact, exact->state, row, column);
            squares += off * off;
        }
    end(coupling, &block);
    return sqrt(squares / 4 / (double)TANH.size);
}

// States and tangents together: orders of convergence, and that single precision adds its rounding and no more.
static void the_whole_network_converges_with_the_schemes_order(void **state)
{
    (void)state;
    qn_coupling_operator *coupling;
    qn_rate_block exact;
    begin(&TANH, 3, 1, false, &coupling, &exact);
    advance(&exact, QN_INTEGRATOR_RK4, 0.005, 0, 400);
    const double rk4 = error_at_time_two(QN_INTEGRATOR_RK4, 10, &exact, false);
    assert_within(log2(rk4 / error_at_time_two(QN_INTEGRATOR_RK4, 20, &exact, false)), 4, 0.3);
    const double heun = error_at_time_two(QN_INTEGRATOR_HEUN, 20, &exact, false);
    assert_within(log2(heun / error_at_time_two(QN_INTEGRATOR_HEUN, 40, &exact, false)), 2, 0.3);
    const double exponential = error_at_time_two(QN_INTEGRATOR_EXPONENTIAL_EULER, 20, &exact, false);
    assert_within(log2(exponential / error_at_time_two(QN_INTEGRATOR_EXPONENTIAL_EULER, 40, &exact, false)), 2, 0.3);
    assert_within(error_at_time_two(QN_INTEGRATOR_RK4, 40, &exact, true), 0, 3e-6);
    end(coupling, &exact);
}

// The tangent must be the derivative of the map: compare with the difference of two nearby trials.
static void tangents_are_the_derivative_of_the_trial(void **state)
{
    (void)state;
    const double small = 1e-6;
    qn_coupling_operator *coupling;
    qn_rate_block block;
    begin(&TANH, 2, 1, false, &coupling, &block);
    for (size_t row = 0; row < TANH.size; ++row) // trial 1 starts beside trial 0, in the tangent's direction
        qn_rate_block_set(&block, block.state, row, 1,
                          qn_rate_block_value(&block, block.state, row, 0) +
                              small * qn_rate_block_value(&block, block.state, row, 2));
    qn_rate_block_rate(&block);
    advance(&block, QN_INTEGRATOR_RK4, 0.2, 0, 15);
    for (size_t row = 0; row < TANH.size; ++row) {
        const double difference =
            qn_rate_block_value(&block, block.state, row, 1) - qn_rate_block_value(&block, block.state, row, 0);
        assert_within(difference / small, qn_rate_block_value(&block, block.state, row, 2), 2e-5);
    }
    end(coupling, &block);
}

static void padding_stays_zero(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 50, .coupling = {.strength = 2}, .input = 1, .noise = 0.3};
    qn_coupling_operator *coupling;
    qn_rate_block block;
    begin(&network, 3, 2, true, &coupling, &block);
    assert_int_equal(block.stride, 16);
    advance(&block, QN_INTEGRATOR_HEUN, 0.05, 0.3, 20);
    for (size_t row = 0; row < 50; ++row)
        for (size_t column = 5; column < 16; ++column)
            assert_true(qn_rate_block_value(&block, block.state, row, column) == 0);
    end(coupling, &block);
}

static void renormalised_tangents_have_length_one(void **state)
{
    (void)state;
    qn_coupling_operator *coupling;
    qn_rate_block block;
    begin(&TANH, 3, 2, true, &coupling, &block);
    double first[2] = {0}, second[2] = {0};
    qn_lyapunov_renormalise(&block, first);
    qn_lyapunov_renormalise(&block, second);
    for (int k = 0; k < 2; ++k) {
        assert_within(first[k], 0.5 * log(60), 0.5); // sixty normal deviates
        assert_within(second[k], 0, 1e-6);
    }
    end(coupling, &block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_coupling_all_decays_alike),
        cmocka_unit_test(linear_network_is_a_matrix_exponential),
        cmocka_unit_test(the_whole_network_converges_with_the_schemes_order),
        cmocka_unit_test(tangents_are_the_derivative_of_the_trial),
        cmocka_unit_test(padding_stays_zero),
        cmocka_unit_test(renormalised_tangents_have_length_one),
    };
    return cmocka_run_group_tests_name("rate_block", tests, NULL, NULL);
}
