#include <quenched/four_point.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/frequency_grid.h"
#include "theory/site.h"

#include <math.h>
#include <quenched/gaussian_average.h>
#include <stdbool.h>
#include <string.h>

// Without noise C^phi(omega) falls off exponentially; with noise as omega^-2, and what is summed as omega^-3.
static const double last_smooth = 12.0, last_noisy = 1000.0, trusted = 30.0, longest_lag = 1000.0;
static const double decay_times = 12.0;

struct qn_four_point {
    double strength, noise, mean_slope, decay_rate, cusp;
    double rate_variance, field_variance;
    double intercept, slope, field_intercept, field_slope;
    qn_stationary rate;
};

void qn_four_point_destroy(qn_four_point *f)
{
    if (!f) return;
    qn_stationary_clear(&f->rate);
    qn_release(f);
}

static qn_status check(const qn_rate_network *network, const qn_two_point *two_point)
{
    QN_REQUIRE(two_point->phase == QN_PHASE_CHAOTIC || two_point->phase == QN_PHASE_NOISE_DRIVEN, QN_NO_SOLUTION,
               "activity is %s: it does not fluctuate and has no dimension",
               two_point->phase == QN_PHASE_FIXED_POINT ? "at a fixed point" : qn_phase_name(two_point->phase));
    QN_REQUIRE(qn_transfer_is_odd(&network->transfer), QN_BAD_VALUE,
               "dimension: network.transfer is %s; theory covers odd transfer functions (tanh, erf, linear)",
               qn_transfer_name(network->transfer.kind));
    QN_REQUIRE(network->input == 0.0, QN_BAD_VALUE, "dimension: network.input is %g; theory covers 0 only",
               network->input);
    QN_REQUIRE(network->coupling.mean == 0.0, QN_BAD_VALUE,
               "dimension: network.coupling.mean is %g; theory covers 0 only", network->coupling.mean);
    QN_REQUIRE(two_point->mean_rate == 0.0, QN_BAD_VALUE,
               "dimension: the mean rate is %.3g (the couplings have a mean); theory covers 0 only",
               two_point->mean_rate);
    QN_REQUIRE(two_point->decay_rate > 0.0, QN_NOT_CONVERGED, "dimension: the decay rate is %g; it must be positive",
               two_point->decay_rate);
    return QN_OK;
}

// <phi'^2>, by which white noise kinks C^phi: C^phi'(0+) = -sigma^2 <phi'^2>.
static qn_status square_slope(const qn_rate_network *network, double variance, double *square)
{
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(&network->transfer, 0.0, variance, &average));
    *square = qn_gaussian_average_square_slope(average);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

// Whether lags reach far enough, and are close enough, for 1e-5: 12 decay times leave out exp(-12); with strong noise
// C^phi bends within 1/C^x(0) of zero lag; beside the transition everything scales with the decay time.
static double widest_step(const qn_rate_network *network, const qn_two_point *two_point)
{
    const double smooth = fmax(0.05, 0.002 / two_point->decay_rate);
    return network->noise > 0.0 ? fmin(smooth, fmax(1.0 / two_point->field_variance, 0.0025)) : smooth;
}

static bool resolves(const qn_rate_network *network, const qn_two_point *two_point)
{
    const qn_stationary *rate = &two_point->rate;
    return rate->step <= widest_step(network, two_point) * (1.0 + 1e-9) &&
           rate->step * (double)(rate->count - 1) >= decay_times / two_point->decay_rate;
}

// C^phi on lags that resolve it: the caller's where they do, else those of another solution. (Its default tolerance is
// as good as any: a given tolerance moves the numbers, a given lag grid must not.)
static qn_status take_rate(const qn_rate_network *network, const qn_two_point *two_point, qn_stationary *rate)
{
    qn_two_point again = {0};
    const qn_stationary *source = &two_point->rate;
    if (!resolves(network, two_point)) {
        const double step = widest_step(network, two_point);
        QN_TRY(qn_two_point_solve(network, &(qn_two_point_options){.lag_step = step}, &again));
        source = &again.rate;
    }
    const qn_status status = qn_stationary_create(source->count, source->step, rate);
    if (status == QN_OK) memcpy(rate->values, source->values, source->count * sizeof *source->values);
    qn_two_point_clear(&again);
    return status;
}

static qn_status take(const qn_rate_network *network, const qn_two_point *two_point, qn_four_point *f)
{
    qn_site site;
    QN_TRY(qn_site_of(network, &site));
    f->strength = site.strength;
    f->noise = network->noise;
    f->mean_slope = two_point->mean_slope;
    f->decay_rate = two_point->decay_rate;
    f->rate_variance = two_point->rate_variance;
    f->field_variance = two_point->field_variance;
    if (f->noise > 0.0) QN_TRY(square_slope(network, f->field_variance, &f->cusp));
    f->cusp *= f->noise * f->noise;
    return take_rate(network, two_point, &f->rate);
}

static double last_frequency(const qn_four_point *f) { return f->noise > 0.0 ? last_noisy : last_smooth; }

typedef struct {
    double independent; ///< 1/|1 - s|^2 - 1
    double shared;      ///< 1/|1 - s|^2
    double loop;        ///< 2 Re[s / (1 - s)]
} vertex;

// s = g^2 S(omega1) S(omega2) at one pair of frequencies, q = g^2 S0^2. Written without differences of near equals.
static vertex vertex_at(double q, double first, double second)
{
    const double real = 1.0 - first * second, imaginary = first + second; // 1/s = (real + i imaginary) / q
    const double size = real * real + imaginary * imaginary;
    const double below = (real - q) * (real - q) + imaginary * imaginary; // |1 - s|^2 size
    return (vertex){
        .independent = (2.0 * q * real - q * q) / below, .shared = size / below, .loop = 2.0 * q * (real - q) / below};
}

typedef struct {
    double independent, ranked, field_independent, field_ranked;
} sums;

// psi of the rates (E6) and of the fields (E8), each as a part that is always there and one that 1/PR^D multiplies.
static void add_pair(const qn_four_point *f, double first, double second, double c1, double c2, double weight, sums *s)
{
    const double g2 = f->strength * f->strength, q = g2 * f->mean_slope * f->mean_slope;
    const double damping = 1.0 / ((1.0 + first * first) * (1.0 + second * second));
    const vertex v = vertex_at(q, first, second);
    const double rates = weight * c1 * c2, noise = 2.0 * f->noise * f->noise;
    s->independent += rates * v.independent;
    s->ranked += rates * v.shared * q * q * damping;
    s->field_independent +=
        damping * (weight * (g2 * c1 + noise) * (g2 * c2 + noise) * v.loop + rates * g2 * g2 * v.shared);
    s->field_ranked += damping * rates * g2 * g2 * v.shared;
}

// Theta is even under (omega1, omega2) -> -(omega1, omega2): half of the plane counts twice.
static sums sum_plane(const qn_four_point *f, const qn_frequency_grid *grid, const double *spectrum)
{
    sums total = {0};
    for (size_t i = 0; i < grid->count; ++i) {
        sums row = {0};
        for (size_t j = 0; j < grid->count; ++j)
            for (int sign = -1; sign <= 1; sign += 2)
                add_pair(f, grid->frequency[i], sign * grid->frequency[j], spectrum[i], spectrum[j], grid->weight[j],
                         &row);
        total.independent += 2.0 * grid->weight[i] * row.independent;
        total.ranked += 2.0 * grid->weight[i] * row.ranked;
        total.field_independent += 2.0 * grid->weight[i] * row.field_independent;
        total.field_ranked += 2.0 * grid->weight[i] * row.field_ranked;
    }
    return total;
}

static qn_status spectrum_on(const qn_four_point *f, double lag, qn_frequency_grid *grid, double **spectrum)
{
    QN_TRY(qn_frequency_grid_create(f->decay_rate, last_frequency(f), lag, grid));
    const qn_status status = QN_NEW(spectrum, grid->count, "spectrum");
    if (status != QN_OK) {
        qn_frequency_grid_clear(grid);
        return status;
    }
    qn_frequency_grid_transform(grid, &f->rate, f->cusp, trusted, *spectrum);
    return QN_OK;
}

// (E7). psi is summed and C C added exactly: psi decays faster.
static qn_status solve(qn_four_point *f)
{
    qn_frequency_grid grid;
    double *spectrum;
    QN_TRY(spectrum_on(f, 0.0, &grid, &spectrum));
    const sums s = sum_plane(f, &grid, spectrum);
    qn_release(spectrum);
    qn_frequency_grid_clear(&grid);
    const double rate = f->rate_variance * f->rate_variance, field = f->field_variance * f->field_variance;
    f->intercept = 1.0 + s.independent / rate;
    f->slope = s.ranked / rate;
    f->field_intercept = 1.0 + s.field_independent / field;
    f->field_slope = s.field_ranked / field;
    return QN_OK;
}

qn_status qn_four_point_create(const qn_rate_network *network, const qn_two_point *two_point, qn_four_point **result)
{
    QN_TRY(check(network, two_point));
    qn_four_point *made;
    QN_TRY(QN_NEW(&made, 1, "four-point theory"));
    qn_status status = take(network, two_point, made);
    if (status == QN_OK) status = solve(made);
    if (status != QN_OK) {
        qn_four_point_destroy(made);
        return status;
    }
    *result = made;
    return QN_OK;
}

static qn_status check_rank(double inverse_effective_rank)
{
    QN_REQUIRE(inverse_effective_rank >= -1.0 - 1e-9 && isfinite(inverse_effective_rank), QN_BAD_VALUE,
               "inverse effective rank is %g; allowed: at least -1 (0: iid couplings, -1: orthogonal ones)",
               inverse_effective_rank);
    return QN_OK;
}

static double zero_frequency_dimension(const qn_four_point *f, double inverse_effective_rank, double frequency)
{
    const double q = f->strength * f->strength * f->mean_slope * f->mean_slope / (1.0 + frequency * frequency);
    return (1.0 - q) * (1.0 - q) / (1.0 + q * q * inverse_effective_rank);
}

qn_status qn_four_point_dimension(const qn_four_point *f, double inverse_effective_rank, qn_dimension *result)
{
    QN_TRY(check_rank(inverse_effective_rank));
    const double inverse = f->intercept + f->slope * inverse_effective_rank;
    const double field = f->field_intercept + f->field_slope * inverse_effective_rank;
    *result = (qn_dimension){
        .participation_ratio = 1.0 / inverse,
        .participation_ratio_field = 1.0 / field,
        .participation_ratio_zero_frequency = zero_frequency_dimension(f, inverse_effective_rank, 0.0),
        .four_point_variance = inverse * f->rate_variance * f->rate_variance,
        .field_four_point_variance = field * f->field_variance * f->field_variance,
        .intercept = f->intercept,
        .slope = f->slope,
        .field_intercept = f->field_intercept,
        .field_slope = f->field_slope,
    };
    return QN_OK;
}

qn_status qn_four_point_frequency_dimension(const qn_four_point *f, double inverse_effective_rank, size_t count,
                                            const double *frequency, double *out)
{
    QN_TRY(check_rank(inverse_effective_rank));
    for (size_t i = 0; i < count; ++i) out[i] = zero_frequency_dimension(f, inverse_effective_rank, frequency[i]);
    return QN_OK;
}

// Row by row of the plane: psi once, then its share in every pair of lags.
static void add_row(const qn_four_point *f, double inverse_effective_rank, const qn_frequency_grid *grid,
                    const double *spectrum, size_t row, size_t count, const double *first, const double *second,
                    double *psi, double *out)
{
    for (size_t j = 0; j < grid->count; ++j)
        for (int side = 0; side < 2; ++side) {
            sums s = {0};
            add_pair(f, grid->frequency[row], side ? grid->frequency[j] : -grid->frequency[j], spectrum[row],
                     spectrum[j], 2.0 * grid->weight[row] * grid->weight[j], &s);
            psi[2 * j + (size_t)side] = s.independent + inverse_effective_rank * s.ranked;
        }
    for (size_t k = 0; k < count; ++k) {
        const double phase = grid->frequency[row] * first[k];
        double sum = 0.0;
        for (size_t j = 0; j < grid->count; ++j) {
            const double other = grid->frequency[j] * second[k];
            sum += psi[2 * j] * cos(phase - other) + psi[2 * j + 1] * cos(phase + other);
        }
        out[k] += sum;
    }
}

qn_status qn_four_point_at_lags(const qn_four_point *f, double inverse_effective_rank, size_t count,
                                const double *first_lag, const double *second_lag, double *out)
{
    QN_TRY(check_rank(inverse_effective_rank));
    double longest = 0.0;
    for (size_t k = 0; k < count; ++k) longest = fmax(longest, fmax(fabs(first_lag[k]), fabs(second_lag[k])));
    QN_REQUIRE(longest <= longest_lag, QN_BAD_VALUE, "four-point lag is %g tau; allowed: at most %g", longest,
               longest_lag);
    qn_frequency_grid grid;
    double *spectrum, *psi;
    QN_TRY(spectrum_on(f, longest, &grid, &spectrum));
    const qn_status status = QN_NEW(&psi, 2 * grid.count, "four-point function");
    if (status == QN_OK) {
        for (size_t k = 0; k < count; ++k)
            out[k] = qn_stationary_at(&f->rate, first_lag[k]) * qn_stationary_at(&f->rate, second_lag[k]);
        for (size_t row = 0; row < grid.count; ++row)
            add_row(f, inverse_effective_rank, &grid, spectrum, row, count, first_lag, second_lag, psi, out);
        qn_release(psi);
    }
    qn_release(spectrum);
    qn_frequency_grid_clear(&grid);
    return status;
}
