// The four-point theory against numbers computed by other means, and against a plain sum over a fine grid.
#include "testing.h"

#include <quenched/four_point.h>

#include <math.h>
#include <stdlib.h>

typedef struct {
    qn_transfer_kind kind;
    double strength, noise;
    double intercept, slope, field_intercept, field_slope, independent, ranked; // A, B, A_x, B_x, PR at 1/PR^D = 0, 10
    double diagonal[4], opposite, one_sided,
        ranked_diagonal;    // Theta(l, l) at 0, 2, 5, 10; (5, -5); (5, 0); (5, 5) at 1
    double at_zero, at_one; // PR(omega = 0), PR(omega = 1)
} known;

static const known table[] = {
    {QN_TRANSFER_TANH,
     1.5,
     0.0,
     160.27093,
     149.75969,
     178.21368,
     167.33580,
     0.006239,
     0.000603,
     {18.75618, 18.55389, 17.64516, 15.47397},
     13.90568,
     17.08513,
     34.17246,
     0.00068,
     0.26322},
    {QN_TRANSFER_TANH,
     2.0,
     0.0,
     50.65684,
     43.96203,
     62.83464,
     55.63648,
     0.019741,
     0.002040,
     {13.34057, 12.88881, 11.25860, 8.38676},
     7.15278,
     10.78122,
     21.14741,
     0.00271,
     0.27669},
    {QN_TRANSFER_TANH,
     3.0,
     0.0,
     22.39594,
     17.67657,
     31.87558,
     26.51534,
     0.044651,
     0.005021,
     {10.37354, 9.56733, 7.43769, 4.59016},
     3.73785,
     7.10404,
     13.51415,
     0.00668,
     0.29254},
    {QN_TRANSFER_TANH,
     5.0,
     0.0,
     13.50069,
     9.78488,
     21.91317,
     17.42449,
     0.074070,
     0.008981,
     {8.87428, 7.72798, 5.45435, 2.91422},
     2.30340,
     5.22575,
     9.67081,
     0.01095,
     0.30506},
    {QN_TRANSFER_ERF,
     1.5,
     0.0,
     135.06642,
     125.18329,
     151.88579,
     141.62475,
     0.007404,
     0.000721,
     {20.01543, 19.76052, 18.63682, 16.04665},
     14.33301,
     18.01422,
     35.96233,
     0.00085,
     0.26478},
    {QN_TRANSFER_ERF,
     2.0,
     0.0,
     43.45239,
     37.14723,
     54.94698,
     48.12631,
     0.023014,
     0.002410,
     {13.32694, 12.80136, 10.98006, 7.92247},
     6.70997,
     10.50697,
     20.50524,
     0.00326,
     0.27937},
    {QN_TRANSFER_ERF,
     3.0,
     0.0,
     20.10365,
     15.59934,
     29.24019,
     24.08179,
     0.049742,
     0.005679,
     {10.15509, 9.27515, 7.06423, 4.22404},
     3.42046,
     6.75098,
     12.76581,
     0.00753,
     0.29527},
    {QN_TRANSFER_ERF,
     5.0,
     0.0,
     12.69052,
     9.08343,
     20.97476,
     16.58019,
     0.078799,
     0.009660,
     {8.72998, 7.53202, 5.24589, 2.74861},
     2.16541,
     5.03014,
     9.27088,
     0.01161,
     0.30679},
    {QN_TRANSFER_TANH,
     1.2,
     0.5,
     3.25224,
     1.27725,
     3.39190,
     1.37814,
     0.307480,
     0.062403,
     {0.25194, 0.13917, 0.05533, 0.01220},
     0.01215,
     0.06314,
     0.08559,
     0.06252,
     0.39065},
    {QN_TRANSFER_TANH,
     0.5,
     1.0,
     1.04626,
     0.00213,
     1.05027,
     0.00248,
     0.955781,
     0.936692,
     {0.17001, 0.00511, 0.00005, 0.00000},
     0.00002,
     0.00163,
     0.00005,
     0.82979,
     0.91291},
    {QN_TRANSFER_ERF,
     2.0,
     0.5,
     21.91987,
     17.66368,
     27.64317,
     22.96047,
     0.045621,
     0.005036,
     {6.80686, 6.26457, 5.02528, 3.29668},
     2.63192,
     4.77118,
     9.23362,
     0.00505,
     0.28678},
};
enum { ROWS = sizeof table / sizeof *table };

static qn_rate_network network_of(const known *k)
{
    return (qn_rate_network){
        .size = 1000, .transfer = {.kind = k->kind}, .coupling = {.strength = k->strength}, .noise = k->noise};
}

static qn_four_point *solve(const qn_rate_network *network, qn_two_point *two_point)
{
    qn_four_point *four_point;
    assert_ok(qn_two_point_solve(network, NULL, two_point));
    assert_ok(qn_four_point_create(network, two_point, &four_point));
    return four_point;
}

// Printed digits, or 1e-4 of the value where that is more.
static void assert_printed(double value, double printed, double digit)
{
    const double allowed = fmax(0.6 * digit, 1e-4 * fabs(printed));
    if (!(fabs(value - printed) <= allowed)) fail_msg("%.8g, expected %.8g", value, printed);
}

static void dimension_agrees_with_known_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; ++i) {
        const known *k = &table[i];
        const qn_rate_network network = network_of(k);
        qn_two_point two_point;
        qn_four_point *f = solve(&network, &two_point);
        qn_dimension d;
        assert_ok(qn_four_point_dimension(f, 10.0, &d));
        assert_printed(d.intercept, k->intercept, 1e-5);
        assert_printed(d.slope, k->slope, 1e-5);
        assert_printed(d.field_intercept, k->field_intercept, 1e-5);
        assert_printed(d.field_slope, k->field_slope, 1e-5);
        assert_printed(d.participation_ratio, k->ranked, 1e-6);
        assert_ok(qn_four_point_dimension(f, 0.0, &d));
        assert_printed(d.participation_ratio, k->independent, 1e-6);
        assert_printed(d.participation_ratio_zero_frequency, k->at_zero, 1e-5);
        assert_printed(d.four_point_variance, k->diagonal[0], 1e-5);
        const double one = 1.0;
        double at_one;
        assert_ok(qn_four_point_frequency_dimension(f, 0.0, 1, &one, &at_one));
        assert_printed(at_one, k->at_one, 1e-5);
        qn_four_point_destroy(f);
        qn_two_point_clear(&two_point);
    }
}

static void lags_agree_with_known_numbers(void **state)
{
    (void)state;
    static const double first[] = {0, 2, 5, 10, 5, 5}, second[] = {0, 2, 5, 10, -5, 0};
    for (size_t i = 0; i < ROWS; ++i) {
        const known *k = &table[i];
        const qn_rate_network network = network_of(k);
        qn_two_point two_point;
        qn_four_point *f = solve(&network, &two_point);
        double theta[6], ranked;
        assert_ok(qn_four_point_at_lags(f, 0.0, 6, first, second, theta));
        for (size_t l = 0; l < 4; ++l) assert_printed(theta[l], k->diagonal[l], 1e-5);
        assert_printed(theta[4], k->opposite, 1e-5);
        assert_printed(theta[5], k->one_sided, 1e-5);
        assert_ok(qn_four_point_at_lags(f, 1.0, 1, &first[2], &second[2], &ranked));
        assert_printed(ranked, k->ranked_diagonal, 1e-5);
        qn_four_point_destroy(f);
        qn_two_point_clear(&two_point);
    }
}

// PR at 1/PR^D = 1 of every row of the table, and 1/PR linear in 1/PR^D down to orthogonal couplings.
static void inverse_dimension_is_linear_in_inverse_rank(void **state)
{
    (void)state;
    static const double full_rank[ROWS] = {0.003225, 0.010569, 0.024955, 0.042945, 0.003842, 0.012407,
                                           0.028009, 0.045926, 0.220775, 0.953837, 0.025263};
    static const double inverse_ranks[] = {-1.0, -0.5, 0.0, 1.0, 3.0, 10.0};
    for (size_t i = 0; i < ROWS; ++i) {
        const known *k = &table[i];
        const qn_rate_network network = network_of(k);
        qn_two_point two_point;
        qn_four_point *f = solve(&network, &two_point);
        qn_dimension d;
        assert_ok(qn_four_point_dimension(f, 1.0, &d));
        assert_printed(d.participation_ratio, full_rank[i], 1e-6);
        for (size_t r = 0; r < sizeof inverse_ranks / sizeof *inverse_ranks; ++r) {
            assert_ok(qn_four_point_dimension(f, inverse_ranks[r], &d));
            assert_close(1.0 / d.participation_ratio, k->intercept + k->slope * inverse_ranks[r], 1e-4);
            assert_close(1.0 / d.participation_ratio_field, k->field_intercept + k->field_slope * inverse_ranks[r],
                         1e-4);
            assert_close(d.four_point_variance * d.participation_ratio, pow(two_point.rate_variance, 2.0), 1e-12);
            assert_close(d.field_four_point_variance * d.participation_ratio_field, pow(two_point.field_variance, 2.0),
                         1e-12);
            assert_true(d.participation_ratio > 0.0 && d.participation_ratio_field > 0.0);
        }
        qn_four_point_destroy(f);
        qn_two_point_clear(&two_point);
    }
}

// What is asked of the two-point part must not show in the dimension: a grid too wide for C^phi aliases, a short one
// cuts its tail, and strong noise bends it within a fraction of the default step.
static void the_lag_grid_does_not_matter(void **state)
{
    (void)state;
    static const struct {
        double strength, noise, lag_step, lag_max;
    } cases[] = {{2.0, 0.0, 1.0, 0.0},  {2.0, 0.0, 0.0, 10.0}, {2.0, 0.0, 0.5, 20.0},
                 {2.0, 0.5, 0.25, 0.0}, {2.0, 0.5, 1.0, 10.0}, {10.0, 10.0, 0.05, 0.0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const qn_rate_network network = {
            .size = 100, .coupling = {.strength = cases[i].strength}, .noise = cases[i].noise};
        qn_two_point fine, given;
        qn_four_point *expected, *found;
        const double lag = 5.0;
        double expected_lag, found_lag;
        assert_ok(qn_two_point_solve(&network, &(qn_two_point_options){.lag_step = 0.005}, &fine));
        assert_ok(qn_four_point_create(&network, &fine, &expected));
        assert_ok(qn_four_point_at_lags(expected, 0.3, 1, &lag, &lag, &expected_lag));
        assert_ok(qn_two_point_solve(
            &network, &(qn_two_point_options){.lag_step = cases[i].lag_step, .lag_max = cases[i].lag_max}, &given));
        assert_ok(qn_four_point_create(&network, &given, &found));
        assert_ok(qn_four_point_at_lags(found, 0.3, 1, &lag, &lag, &found_lag));
        qn_dimension a, b;
        assert_ok(qn_four_point_dimension(expected, 0.0, &a));
        assert_ok(qn_four_point_dimension(found, 0.0, &b));
        assert_close(b.intercept, a.intercept, 1e-5);
        assert_close(b.slope, a.slope, 1e-5);
        assert_close(b.field_intercept, a.field_intercept, 1e-5);
        assert_close(b.field_slope, a.field_slope, 1e-5);
        assert_close(found_lag, expected_lag, 1e-5);
        qn_four_point_destroy(expected);
        qn_four_point_destroy(found);
        qn_two_point_clear(&fine);
        qn_two_point_clear(&given);
    }
}

// (E6) as it stands, S and all in complex numbers' moduli, on an even grid: no panels, no rewriting.
static void a_plain_sum_agrees(void **state)
{
    (void)state;
    const qn_rate_network network = {.size = 100, .transfer = {.kind = QN_TRANSFER_ERF}, .coupling = {.strength = 3.0}};
    qn_two_point t;
    qn_four_point *f = solve(&network, &t);
    qn_spectrum spectrum;
    assert_ok(qn_stationary_transform(&t.rate, 2.0 * t.rate.step * (double)(t.rate.count - 1), 0.0, &spectrum));
    const double w = spectrum.step, g2 = 9.0, kappa4 = 0.7 * g2 * g2;
    const long last = (long)(8.0 / w);
    double sum = 0.0;
    for (long i = -last; i <= last; ++i)
        for (long j = -last; j <= last; ++j) {
            const double first = w * (double)i, second = w * (double)j, s0 = t.mean_slope;
            const double across = (1.0 + first * first) * (1.0 + second * second);
            // s = g^2 S0^2 (1 - i first)(1 - i second) / across
            const double q = g2 * s0 * s0 / across;
            const double real = 1.0 - q * (1.0 - first * second), imaginary = q * (first + second);
            const double c = spectrum.values[labs(i)] * spectrum.values[labs(j)];
            sum += c * ((1.0 + kappa4 * pow(s0, 4.0) / across) / (real * real + imaginary * imaginary) - 1.0);
        }
    const double theta = t.rate_variance * t.rate_variance + sum * w * w / (4.0 * M_PI * M_PI);
    qn_dimension d;
    assert_ok(qn_four_point_dimension(f, 0.7, &d));
    assert_close(d.four_point_variance, theta, 1e-3);
    qn_spectrum_clear(&spectrum);
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

static qn_rate_network beside_transition(qn_transfer_kind kind, double strength)
{
    return (qn_rate_network){.size = 100, .transfer = {.kind = kind}, .coupling = {.strength = strength}};
}

// The same on a grid so fine that it resolves the ridge: the trapezoid rule is then exact to exp(-16). A quarter of
// the plane, either side of the ridge.
static void fine_sum(const qn_rate_network *network, const qn_two_point *t, double *intercept, double *slope)
{
    qn_spectrum spectrum;
    const double kappa = t->decay_rate, q = pow(network->coupling.strength * t->mean_slope, 2.0);
    assert_ok(qn_stationary_transform(&t->rate, 16.0 / (kappa * kappa), 0.0, &spectrum));
    const double w = spectrum.step, *c = spectrum.values;
    const size_t last = (size_t)(14.0 * kappa / w);
    double shared = 0.0, loop = 0.0;
    assert_true(last < spectrum.count);
    for (size_t i = 0; i <= last; ++i) {
        double row_shared = 0.0, row_loop = 0.0;
        const double first = w * (double)i;
        for (size_t j = 0; j <= last; ++j) {
            const double second = w * (double)j, share = j ? c[j] : 0.5 * c[j];
            const double below = 1.0 - q - first * second, above = 1.0 - q + first * second;
            const double plus = share / (below * below + pow(first + second, 2.0));
            const double minus = share / (above * above + pow(first - second, 2.0));
            row_shared += plus + minus;
            row_loop += below * plus + above * minus;
        }
        shared += (i ? 2.0 : 1.0) * c[i] * row_shared;
        loop += (i ? 2.0 : 1.0) * c[i] * row_loop;
    }
    qn_spectrum_clear(&spectrum);
    const double measure = pow(w / (2.0 * M_PI * t->rate_variance), 2.0);
    *slope = q * q * shared * measure;
    *intercept = 1.0 + 2.0 * q * loop * measure + *slope;
}

static void a_sum_that_resolves_the_ridge_agrees(void **state)
{
    (void)state;
    static const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH};
    static const double strengths[] = {1.05, 1.01};
    for (size_t i = 0; i < 4; ++i) {
        const qn_rate_network network = beside_transition(kinds[i % 2], strengths[i / 2]);
        qn_two_point t;
        qn_dimension d;
        double intercept, slope;
        qn_four_point *f = solve(&network, &t);
        fine_sum(&network, &t, &intercept, &slope);
        assert_ok(qn_four_point_dimension(f, 0.0, &d));
        assert_close(d.intercept / intercept, 1.0, 1e-6);
        assert_close(d.slope / slope, 1.0, 1e-6);
        qn_four_point_destroy(f);
        qn_two_point_clear(&t);
    }
}

// Values of a product grid with panels as narrow as the ridge everywhere, 10^7 to 10^9 pairs of frequencies.
static void resolved_ridges_are_known(void **state)
{
    (void)state;
    static const struct {
        qn_transfer_kind kind;
        double strength, intercept, slope, field_intercept, field_slope;
    } resolved[] = {
        {QN_TRANSFER_ERF, 1.01, 4425467.28748, 4425117.46228, 4426041.95071, 4425692.11044},
        {QN_TRANSFER_ERF, 1.002, 537970032.652, 537968297.168, 537972886.589, 537971151.103},
        {QN_TRANSFER_TANH, 1.01, 4488882.208, 4488530.72261, 4489459.62337, 4489108.12298},
        {QN_TRANSFER_TANH, 1.002, 539568974.065, 539567236.864, 539571830.831, 539570093.628},
    };
    for (size_t i = 0; i < sizeof resolved / sizeof *resolved; ++i) {
        const qn_rate_network network = beside_transition(resolved[i].kind, resolved[i].strength);
        qn_two_point t;
        qn_dimension d;
        qn_four_point *f = solve(&network, &t);
        assert_ok(qn_four_point_dimension(f, 0.0, &d));
        assert_close(d.intercept / resolved[i].intercept, 1.0, 1e-7);
        assert_close(d.slope / resolved[i].slope, 1.0, 1e-7);
        assert_close(d.field_intercept / resolved[i].field_intercept, 1.0, 1e-7);
        assert_close(d.field_slope / resolved[i].field_slope, 1.0, 1e-7);
        qn_four_point_destroy(f);
        qn_two_point_clear(&t);
    }
}

// Towards the transition C^phi becomes a sech of kappa lag, and the ridge a delta function across omega1 = -omega2 of
// weight pi / (kappa^2 + omega^2):
//     kappa^3 Theta / C^phi(0)^2 -> (pi / 4) int sech^2(pi x / 2) / (1 + x^2) dx = pi^2 / 12,
// for every odd phi and for rates and fields alike; what is missing is linear in kappa.
static void dimension_vanishes_as_the_cube_of_the_decay_rate(void **state)
{
    (void)state;
    static const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH};
    static const double strengths[] = {1.0005, 1.001};
    for (size_t k = 0; k < 2; ++k) {
        double kappa[2], scaled[4][2];
        for (size_t i = 0; i < 2; ++i) {
            const qn_rate_network network = beside_transition(kinds[k], strengths[i]);
            qn_two_point t;
            qn_dimension d;
            qn_four_point *f = solve(&network, &t);
            assert_ok(qn_four_point_dimension(f, 0.0, &d));
            kappa[i] = t.decay_rate;
            const double inverse[] = {d.intercept, d.slope, d.field_intercept, d.field_slope};
            for (size_t n = 0; n < 4; ++n) scaled[n][i] = pow(kappa[i], 3.0) * inverse[n];
            qn_four_point_destroy(f);
            qn_two_point_clear(&t);
        }
        for (size_t n = 0; n < 4; ++n) {
            const double slope = (scaled[n][1] - scaled[n][0]) / (kappa[1] - kappa[0]);
            assert_close(scaled[n][0] - slope * kappa[0], M_PI * M_PI / 12.0, 1e-5);
        }
    }
}

// Beside the transition and far from it: one frequency of the plane at a time, lags of either sign.
static void lags_of_a_fine_sum_agree(void **state)
{
    (void)state;
    const qn_rate_network network = beside_transition(QN_TRANSFER_ERF, 1.1);
    const double first[] = {0.0, 30.0, 30.0, 7.0}, second[] = {0.0, 30.0, -20.0, 0.0};
    qn_two_point t;
    qn_four_point *f = solve(&network, &t);
    const double kappa = t.decay_rate, q = pow(1.1 * t.mean_slope, 2.0);
    qn_spectrum spectrum;
    assert_ok(qn_stationary_transform(&t.rate, 16.0 / (kappa * kappa), 0.0, &spectrum));
    const long last = (long)(14.0 * kappa / spectrum.step);
    double expected[4], found[4];
    for (size_t n = 0; n < 4; ++n) {
        double sum = 0.0;
        for (long i = -last; i <= last; ++i)
            for (long j = -last; j <= last; ++j) {
                const double one = spectrum.step * (double)i, other = spectrum.step * (double)j;
                const double real = 1.0 - q - one * other, size = real * real + pow(one + other, 2.0);
                sum += spectrum.values[labs(i)] * spectrum.values[labs(j)] * (2.0 * q * real + 1.3 * q * q) / size *
                       cos(one * first[n] + other * second[n]);
            }
        expected[n] = qn_stationary_at(&t.rate, first[n]) * qn_stationary_at(&t.rate, second[n]) +
                      sum * pow(spectrum.step / (2.0 * M_PI), 2.0);
    }
    assert_ok(qn_four_point_at_lags(f, 0.3, 4, first, second, found));
    for (size_t n = 0; n < 4; ++n) assert_close(found[n] / expected[n], 1.0, 1e-6);
    qn_spectrum_clear(&spectrum);
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

// With noise spectra end as omega^-2, and where they are small panels are wider than the period of a cosine. On an even
// grid up to 100 rad per tau, from a transform on fine lags with its cusp's term.
static void lags_with_noise_agree_with_a_plain_sum(void **state)
{
    (void)state;
    enum { LAGS = 6, LAST = 1000 };
    static const double first[LAGS] = {0.0, 0.0, 5.0, 9.0, 20.0, -12.0},
                        second[LAGS] = {0.0, 8.0, 5.0, 6.1, -3.0, -9.0};
    const qn_rate_network network = {
        .size = 100, .transfer = {.kind = QN_TRANSFER_ERF}, .coupling = {.strength = 1.05}, .noise = 0.5};
    qn_two_point t, fine;
    qn_four_point *f = solve(&network, &t);
    qn_spectrum spectrum;
    assert_ok(qn_two_point_solve(&network, &(qn_two_point_options){.lag_step = 0.005, .lag_max = 30.0}, &fine));
    const double cusp = 0.25 / sqrt(1.0 + M_PI * t.field_variance), w = 0.1; // sigma^2 <phi'^2>
    assert_ok(qn_stationary_transform(&fine.rate, 2.0 * M_PI / w, -cusp, &spectrum));
    assert_close(spectrum.step, w, 1e-4);
    const double step = spectrum.step, q = pow(1.05 * t.mean_slope, 2.0);
    double expected[LAGS] = {0.0}, found[LAGS];
    for (long i = 0; i <= LAST; ++i)
        for (long j = -LAST; j <= LAST; ++j) {
            const double one = step * (double)i, other = step * (double)j;
            const double real = 1.0 - q - one * other, size = real * real + pow(one + other, 2.0);
            const double psi =
                (i ? 2.0 : 1.0) * spectrum.values[i] * spectrum.values[labs(j)] * (2.0 * q * real + 1.3 * q * q) / size;
            for (size_t n = 0; n < LAGS; ++n) expected[n] += psi * cos(one * first[n] + other * second[n]);
        }
    assert_ok(qn_four_point_at_lags(f, 0.3, LAGS, first, second, found));
    for (size_t n = 0; n < LAGS; ++n) {
        expected[n] = qn_stationary_at(&t.rate, first[n]) * qn_stationary_at(&t.rate, second[n]) +
                      expected[n] * pow(step / (2.0 * M_PI), 2.0);
        assert_within(found[n] / found[0], expected[n] / found[0], 1e-6);
    }
    qn_spectrum_clear(&spectrum);
    qn_four_point_destroy(f);
    qn_two_point_clear(&fine);
    qn_two_point_clear(&t);
}

// Many pairs are done in groups: each the same bits as alone with the longest of them.
static void pairs_of_lags_do_not_matter_to_each_other(void **state)
{
    (void)state;
    enum { PAIRS = 75 };
    const qn_rate_network network = beside_transition(QN_TRANSFER_TANH, 2.0);
    double first[PAIRS], second[PAIRS], together[PAIRS];
    qn_two_point t;
    qn_four_point *f = solve(&network, &t);
    for (size_t n = 0; n < PAIRS; ++n) {
        first[n] = 0.3 * (double)n - 7.0;
        second[n] = 12.0 - 0.2 * (double)n;
    }
    assert_ok(qn_four_point_at_lags(f, 0.4, PAIRS, first, second, together));
    for (size_t n = 0; n < PAIRS; n += 7) {
        const double lags[] = {first[n], first[PAIRS - 1]}, others[] = {second[n], second[PAIRS - 1]};
        double alone[2];
        assert_ok(qn_four_point_at_lags(f, 0.4, 2, lags, others, alone));
        assert_true(alone[0] == together[n]);
    }
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

static void what_has_no_dimension_is_refused(void **state)
{
    (void)state;
    qn_rate_network network = {.size = 100, .coupling = {.strength = 0.8}};
    qn_two_point t;
    qn_four_point *f = NULL;
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_NO_SOLUTION);
    assert_non_null(strstr(qn_last_error(), "quiescent"));
    qn_two_point_clear(&t);

    network.coupling.strength = 2.0;
    network.input = 0.3;
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "network.input is 0.3"));
    assert_null(f);
    qn_two_point_clear(&t);

    network = (qn_rate_network){.size = 100, .coupling = {.strength = 2.0, .mean = -0.5}};
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "network.coupling.mean is -0.5"));
    qn_two_point_clear(&t);

    network = (qn_rate_network){.size = 100,
                                .transfer = {.kind = QN_TRANSFER_RELU},
                                .coupling = {.strength = 2.0, .mean = -12.0},
                                .input = 1.0};
    assert_ok(qn_two_point_solve(&network, NULL, &t));
    assert_int_equal(qn_four_point_create(&network, &t, &f), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "network.transfer is relu"));
    assert_null(f);
    qn_two_point_clear(&t);

    network = (qn_rate_network){.size = 100, .coupling = {.strength = 2.0}};
    f = solve(&network, &t);
    qn_dimension d;
    assert_int_equal(qn_four_point_dimension(f, -1.2, &d), QN_BAD_VALUE);
    assert_non_null(strstr(qn_last_error(), "inverse effective rank is -1.2"));
    assert_int_equal(qn_four_point_dimension(f, NAN, &d), QN_BAD_VALUE);
    assert_int_equal(qn_four_point_dimension(f, INFINITY, &d), QN_BAD_VALUE);
    assert_ok(qn_four_point_dimension(f, -1.0, &d));
    assert_true(d.participation_ratio > 0.0 && d.participation_ratio < 1.0);
    qn_four_point_destroy(f);
    qn_two_point_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dimension_agrees_with_known_numbers),
                                       cmocka_unit_test(lags_agree_with_known_numbers),
                                       cmocka_unit_test(inverse_dimension_is_linear_in_inverse_rank),
                                       cmocka_unit_test(the_lag_grid_does_not_matter),
                                       cmocka_unit_test(a_plain_sum_agrees),
                                       cmocka_unit_test(a_sum_that_resolves_the_ridge_agrees),
                                       cmocka_unit_test(resolved_ridges_are_known),
                                       cmocka_unit_test(dimension_vanishes_as_the_cube_of_the_decay_rate),
                                       cmocka_unit_test(lags_of_a_fine_sum_agree),
                                       cmocka_unit_test(lags_with_noise_agree_with_a_plain_sum),
                                       cmocka_unit_test(pairs_of_lags_do_not_matter_to_each_other),
                                       cmocka_unit_test(what_has_no_dimension_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
