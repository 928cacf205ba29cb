#include <quenched/four_point.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/lag_cosines.h"
#include "theory/ridge.h"
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

// 1 - q = kappa_inf^2, which is known to more digits than the difference.
static double q_of(const qn_four_point *f) { return pow(f->strength * f->mean_slope, 2.0); }
static double gap_of(const qn_four_point *f) { return f->decay_rate * f->decay_rate; }

// What is summed, and on what frequencies.
typedef struct {
    qn_frequency_grid grid;
    qn_ridge ridge;
    double *rate, *field; // C^phi, C^x; one block
} plane;

static void plane_clear(plane *p)
{
    qn_release(p->rate);
    qn_ridge_clear(&p->ridge);
    qn_frequency_grid_clear(&p->grid);
}

static qn_status plane_create(const qn_four_point *f, double lag, plane *made)
{
    plane p = {0};
    qn_status status = qn_frequency_grid_create(f->decay_rate, last_frequency(f), lag, &p.grid);
    if (status == QN_OK) status = qn_ridge_create(&p.grid, &p.ridge);
    if (status == QN_OK) status = QN_NEW(&p.rate, 2 * p.grid.count, "spectrum");
    if (status != QN_OK) {
        plane_clear(&p);
        return status;
    }
    p.field = p.rate + p.grid.count;
    qn_frequency_grid_transform(&p.grid, &f->rate, f->cusp, trusted, p.rate);
    qn_frequency_grid_trim(&p.grid, 1, p.rate);
    for (size_t i = 0; i < p.grid.count; ++i) {
        const double heard = f->strength * f->strength * p.rate[i] + 2.0 * f->noise * f->noise;
        p.field[i] = heard / (1.0 + p.grid.frequency[i] * p.grid.frequency[i]);
    }
    *made = p;
    return QN_OK;
}

// With q = g^2 S0^2 and D = (1 + i omega1)(1 + i omega2) - q, s = g^2 S(omega1) S(omega2) makes
//     1/|1 - s|^2 - 1 = 2 q Re(1/D) + q^2/|D|^2,    |s|^2/|1 - s|^2 = q^2/|D|^2,    s/(1 - s) = q/D,
// and (E6), (E8) are sums of products of something at omega1, at omega2 and one of these: no differences of near
// equals.
typedef struct {
    double shared;     ///< int C C / |D|^2
    double loop;       ///< int C C Re(1/D)
    double field_loop; ///< int C^x C^x Re(1/D)
} sums;

// Theta is even under (omega1, omega2) -> -(omega1, omega2): half of the plane counts twice.
static sums sum_plane(const qn_four_point *f, plane *p)
{
    sums total = {0};
    for (size_t i = 0; i < p->grid.count; ++i) {
        qn_ridge_at(&p->grid, gap_of(f), p->grid.frequency[i], &p->ridge);
        sums row = {0};
        for (size_t j = 0; j < p->grid.count; ++j) {
            const double real = p->ridge.real[0][j] + p->ridge.real[1][j];
            row.shared += p->rate[j] * (p->ridge.square[0][j] + p->ridge.square[1][j]);
            row.loop += p->rate[j] * real;
            row.field_loop += p->field[j] * real;
        }
        total.shared += 2.0 * p->grid.weight[i] * p->rate[i] * row.shared;
        total.loop += 2.0 * p->grid.weight[i] * p->rate[i] * row.loop;
        total.field_loop += 2.0 * p->grid.weight[i] * p->field[i] * row.field_loop;
    }
    return total;
}

// (E7). psi is summed and C C added exactly: psi decays faster.
static qn_status solve(qn_four_point *f)
{
    plane p;
    QN_TRY(plane_create(f, 0.0, &p));
    const sums s = sum_plane(f, &p);
    plane_clear(&p);
    const double rate = f->rate_variance * f->rate_variance, field = f->field_variance * f->field_variance;
    const double g4 = pow(f->strength, 4.0), q = q_of(f);
    f->intercept = 1.0 + (2.0 * q * s.loop + q * q * s.shared) / rate;
    f->slope = q * q * s.shared / rate;
    f->field_intercept = 1.0 + (2.0 * q * s.field_loop + g4 * s.shared) / field;
    f->field_slope = g4 * s.shared / field;
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

// psi of one row of the plane, in place of the ridge's weights (real).
static void psi_of_row(const qn_four_point *f, double inverse_effective_rank, plane *p, size_t row)
{
    const double q = q_of(f), shared = (1.0 + inverse_effective_rank) * q * q;
    qn_ridge_at(&p->grid, gap_of(f), p->grid.frequency[row], &p->ridge);
    for (int side = 0; side < 2; ++side)
        for (size_t j = 0; j < p->grid.count; ++j)
            p->ridge.real[side][j] = 2.0 * p->grid.weight[row] * p->rate[row] * p->rate[j] *
                                     (2.0 * q * p->ridge.real[side][j] + shared * p->ridge.square[side][j]);
}

static qn_status add_lags(const qn_four_point *f, double inverse_effective_rank, plane *p, size_t count,
                          const double *first, const double *second, double *out)
{
    qn_lag_cosines cosines;
    QN_TRY(qn_lag_cosines_create(&p->grid, count, first, second, &cosines));
    for (size_t row = 0; row < p->grid.count; ++row) {
        psi_of_row(f, inverse_effective_rank, p, row);
        qn_lag_cosines_add(&cosines, row, p->ridge.real[0], p->ridge.real[1], out);
    }
    qn_lag_cosines_clear(&cosines);
    return QN_OK;
}

qn_status qn_four_point_at_lags(const qn_four_point *f, double inverse_effective_rank, size_t count,
                                const double *first_lag, const double *second_lag, double *out)
{
    QN_TRY(check_rank(inverse_effective_rank));
    double longest = 0.0;
    for (size_t k = 0; k < count; ++k) longest = fmax(longest, fmax(fabs(first_lag[k]), fabs(second_lag[k])));
    QN_REQUIRE(longest <= longest_lag, QN_BAD_VALUE, "four-point lag is %g tau; allowed: at most %g", longest,
               longest_lag);
    plane p;
    QN_TRY(plane_create(f, longest, &p));
    for (size_t k = 0; k < count; ++k)
        out[k] = qn_stationary_at(&f->rate, first_lag[k]) * qn_stationary_at(&f->rate, second_lag[k]);
    qn_status status = QN_OK;
    for (size_t k = 0; status == QN_OK && k < count; k += QN_LAG_PAIRS)
        status = add_lags(f, inverse_effective_rank, &p, count - k < QN_LAG_PAIRS ? count - k : QN_LAG_PAIRS,
                          first_lag + k, second_lag + k, out + k);
    plane_clear(&p);
    return status;
}
