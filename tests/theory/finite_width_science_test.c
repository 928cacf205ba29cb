#include "testing.h"

#include <stdlib.h>

// Networks of two widths with explicit weights, extrapolated to 1/n -> 0: n Var -> V and n (mean - Cbar) -> m.
enum { DEPTH = 3, POINTS = 2, SMALL = 20, LARGE = 40, ELEMENTS = 3 };

typedef struct {
    double sum[ELEMENTS], square[ELEMENTS], third[ELEMENTS], fourth[ELEMENTS]; // of C - Cbar
} powers;

typedef struct {
    const qn_wide_network *network;
    const qn_wide_inputs *inputs;
    const qn_wide_pair *pairs;
    const double *centre;
} task;

// out += scale W x
static void add_product(size_t n, size_t inputs, double scale, const double *weights, const double *x, double *out)
{
    for (size_t i = 0; i < n; ++i) {
        double sum = 0;
        for (size_t j = 0; j < inputs; ++j) sum += weights[i * inputs + j] * x[j];
        out[i] += scale * sum;
    }
}

static void run(const task *t, size_t n, uint64_t realisation, powers *p)
{
    const qn_wide_network *net = t->network;
    const bool recurrent = net->architecture == QN_WIDE_RECURRENT;
    const size_t dimension = t->inputs->dimension, set = n * n + n * dimension + n;
    const size_t count = recurrent ? set : (DEPTH + 1) * set;
    static double normal[(DEPTH + 1) * (LARGE * LARGE + 9 * LARGE)], h[LARGE], phi[DEPTH + 1][POINTS][LARGE];
    qn_normal(&(qn_stream){.seed = 4 + n, .purpose = QN_PURPOSE_TEST, .index = realisation}, 0, count, normal);
    for (size_t alpha = 0; alpha < t->inputs->count; ++alpha)
        for (size_t a = 0; a <= DEPTH; ++a) {
            const double *w = normal + (recurrent ? 0 : a * set), *w_in = w + n * n, *xi = w_in + n * dimension;
            for (size_t i = 0; i < n; ++i) h[i] = net->bias * xi[i];
            if (qn_wide_has_input(net, a))
                add_product(n, dimension, net->input_strength / sqrt((double)dimension), w_in,
                            t->inputs->values + alpha * dimension, h);
            if (a > 0) add_product(n, n, net->strength / sqrt((double)n), w, phi[a - 1][alpha], h);
            qn_transfer_value(&net->activation, n, h, phi[a][alpha]);
        }
    for (int e = 0; e < ELEMENTS; ++e) {
        const qn_wide_pair q = t->pairs[e];
        double c = 0;
        for (size_t i = 0; i < n; ++i) c += phi[q.first_time][q.first_input][i] * phi[q.second_time][q.second_input][i];
        const double off = c / (double)n - t->centre[e];
        p->sum[e] += off, p->square[e] += off * off, p->third[e] += off * off * off, p->fourth[e] += pow(off, 4);
    }
}

static void measure(const task *t, size_t n, size_t realisations, qn_estimate fluctuation[ELEMENTS],
                    qn_estimate shift[ELEMENTS])
{
    powers p = {0};
    for (uint64_t r = 0; r < realisations; ++r) run(t, n, r, &p);
    const double count = (double)realisations, width = (double)n;
    for (int e = 0; e < ELEMENTS; ++e) {
        const double m = p.sum[e] / count, second = p.square[e] / count, variance = second - m * m;
        const double fourth = p.fourth[e] / count - 4 * m * p.third[e] / count + 6 * m * m * second - 3 * m * m * m * m;
        fluctuation[e] =
            (qn_estimate){width * variance, width * sqrt((fourth - variance * variance) / count), realisations};
        shift[e] = (qn_estimate){width * m, width * sqrt(variance / count), realisations};
    }
}

// What is left after the extrapolation is of order 1/n^2: 1/(20 40) times coefficients of some tens (16 and 56 over 6
// for a linear network), some percent.
static void compare(const qn_wide_network *network, const qn_wide_inputs *inputs, const qn_wide_pair *pairs,
                    size_t realisations, double largest_shift_bar)
{
    qn_finite_width theory;
    assert_ok(qn_finite_width_solve(network, inputs, ELEMENTS, pairs, NULL, &theory));
    const task t = {network, inputs, pairs, theory.moment};
    const size_t sizes[2] = {SMALL, LARGE};
    qn_estimate fluctuation[2][ELEMENTS], shift[2][ELEMENTS];
    for (int i = 0; i < 2; ++i) measure(&t, sizes[i], realisations, fluctuation[i], shift[i]);
    for (int e = 0; e < ELEMENTS; ++e) {
        const qn_estimate v = qn_estimate_extrapolate(2, sizes, (qn_estimate[]){fluctuation[0][e], fluctuation[1][e]});
        const qn_estimate m = qn_estimate_extrapolate(2, sizes, (qn_estimate[]){shift[0][e], shift[1][e]});
        assert_agrees(theory.fluctuation[e * (ELEMENTS + 1)], v, 4, 0.06, 0.03);
        assert_within(m.value, theory.shift[e], 4 * m.standard_error);
        assert_true(m.standard_error < largest_shift_bar);
    }
    qn_finite_width_clear(&theory);
}

static const double VALUES[4] = {1, 1, -0.4, 1.2};

static qn_wide_network network(qn_wide_architecture architecture, double bias)
{
    return (qn_wide_network){.architecture = architecture,
                             .activation = {.kind = QN_TRANSFER_ERF},
                             .depth = DEPTH,
                             .input_strength = 1,
                             .strength = 1.5,
                             .bias = bias};
}

static void recurrent_networks_fluctuate_as_predicted(void **state)
{
    (void)state;
    const qn_wide_pair pairs[ELEMENTS] = {{3, 3, 0, 0}, {3, 1, 0, 0}, {1, 0, 0, 0}};
    qn_wide_network net = network(QN_WIDE_RECURRENT, 0);
    net.input_mode = QN_WIDE_INPUT_CONSTANT;
    compare(&net, &(qn_wide_inputs){1, 2, 1, VALUES}, pairs, 200000, 0.02);
}

static void deep_networks_fluctuate_as_predicted(void **state)
{
    (void)state;
    const qn_wide_pair pairs[ELEMENTS] = {{3, 3, 0, 0}, {3, 3, 0, 1}, {2, 2, 1, 1}};
    const qn_wide_network net = network(QN_WIDE_DEEP, 0.3);
    compare(&net, &(qn_wide_inputs){2, 2, 1, VALUES}, pairs, 100000, 0.03);
}

static void kinked_recurrent_networks_fluctuate_as_predicted(void **state)
{
    (void)state;
    const qn_wide_pair pairs[ELEMENTS] = {{2, 2, 0, 0}, {2, 1, 0, 0}, {2, 0, 0, 0}};
    qn_wide_network net = network(QN_WIDE_RECURRENT, 0.2);
    net.activation.kind = QN_TRANSFER_RELU;
    net.strength = sqrt(2);
    compare(&net, &(qn_wide_inputs){1, 2, 1, VALUES}, pairs, 200000, 0.1);
}

// Rows of independent weights are Gaussian given the layer before: a deep network's kernel without its weights.
static void draw_kernel(size_t n, uint64_t realisation, double kernel[4])
{
    static double z[2 * 80], phi[2 * 80];
    const qn_transfer activation = {.kind = QN_TRANSFER_ERF};
    double k[3] = {1, 0.5, 1}; // both inputs of pair8
    for (size_t a = 0; a <= 5; ++a) {
        qn_normal(&(qn_stream){.seed = n + a, .purpose = QN_PURPOSE_TEST, .index = realisation}, 0, 2 * n, z);
        const double l = sqrt(k[0]), cross = k[1] / l, rest = sqrt(k[2] - cross * cross);
        for (size_t i = 0; i < n; ++i) {
            z[n + i] = cross * z[i] + rest * z[n + i];
            z[i] *= l;
        }
        qn_transfer_value(&activation, 2 * n, z, phi);
        double c[3] = {0};
        for (size_t i = 0; i < n; ++i) {
            c[0] += phi[i] * phi[i] / (double)n;
            c[1] += phi[i] * phi[n + i] / (double)n;
            c[2] += phi[n + i] * phi[n + i] / (double)n;
        }
        kernel[0] = c[0], kernel[1] = kernel[2] = c[1], kernel[3] = c[2];
        for (int i = 0; i < 3; ++i) k[i] = 2.25 * c[i];
    }
}

static void discrepancy_is_as_predicted(void **state)
{
    (void)state;
    enum { REALISATIONS = 8000 };
    static double kernels[4 * REALISATIONS];
    const double pair8[16] = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1};
    qn_wide_network net = network(QN_WIDE_DEEP, 0);
    net.depth = 5;
    net.own_output = true;
    net.output_strength = 1;
    qn_output_corrections theory;
    double expected;
    assert_ok(qn_output_corrections_solve(&net, &(qn_wide_inputs){2, 8, 1, pair8}, NULL, &theory));
    assert_ok(qn_mmd_leading_order(&theory, 0, &expected));
    const double gaussian[4] = {theory.kernel[0], theory.kernel[1], theory.kernel[1], theory.kernel[2]};
    const size_t sizes[2] = {40, 80};
    qn_estimate found[2];
    for (int i = 0; i < 2; ++i) {
        for (uint64_t r = 0; r < REALISATIONS; ++r) draw_kernel(sizes[i], r, kernels + 4 * r);
        assert_ok(qn_mmd_of_kernels(2, REALISATIONS, kernels, gaussian, 0, &found[i]));
        found[i].value *= (double)(sizes[i] * sizes[i]);
        found[i].standard_error *= (double)(sizes[i] * sizes[i]);
        assert_agrees(expected, found[i], 4, 0.25, 0.1); // the next order is some 2 / n of it
    }
    qn_output_corrections_clear(&theory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recurrent_networks_fluctuate_as_predicted),
        cmocka_unit_test(deep_networks_fluctuate_as_predicted),
        cmocka_unit_test(kinked_recurrent_networks_fluctuate_as_predicted),
        cmocka_unit_test(discrepancy_is_as_predicted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
