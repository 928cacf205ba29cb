#include <quenched/four_point.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/lag_cosines.h"
#include "theory/rate_spectrum.h"
#include "theory/ridge.h"

#include <math.h>

static const double longest_lag = 1000.0;

struct qn_four_point {
    qn_rate_spectrum unit;
    double intercept, slope, field_intercept, field_slope;
};

void qn_four_point_destroy(qn_four_point *f)
{
    if (!f) return;
    qn_rate_spectrum_clear(&f->unit);
    qn_release(f);
}

// 1 - q = kappa_inf^2, which is known to more digits than the difference.
static double q_of(const qn_four_point *f) { return pow(f->unit.strength * f->unit.mean_slope, 2.0); }
static double gap_of(const qn_four_point *f) { return f->unit.decay_rate * f->unit.decay_rate; }

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
    qn_status status = qn_frequency_grid_create(f->unit.decay_rate, f->unit.last_frequency, lag, &p.grid);
    if (status == QN_OK) status = qn_ridge_create(&p.grid, &p.ridge);
    if (status == QN_OK) status = QN_NEW(&p.rate, 2 * p.grid.count, "spectrum");
    if (status != QN_OK) {
        plane_clear(&p);
        return status;
    }
    p.field = p.rate + p.grid.count;
    qn_rate_spectrum_at(&f->unit, &p.grid, p.rate);
    qn_frequency_grid_trim(&p.grid, 1, p.rate);
    for (size_t i = 0; i < p.grid.count; ++i) {
        const double heard = f->unit.strength * f->unit.strength * p.rate[i] + 2.0 * f->unit.noise * f->unit.noise;
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
    const double rate = f->unit.rate_variance * f->unit.rate_variance,
                 field = f->unit.field_variance * f->unit.field_variance;
    const double g4 = pow(f->unit.strength, 4.0), q = q_of(f);
    f->intercept = 1.0 + (2.0 * q * s.loop + q * q * s.shared) / rate;
    f->slope = q * q * s.shared / rate;
    f->field_intercept = 1.0 + (2.0 * q * s.field_loop + g4 * s.shared) / field;
    f->field_slope = g4 * s.shared / field;
    return QN_OK;
}

qn_status qn_four_point_create(const qn_rate_network *network, const qn_two_point *two_point, qn_four_point **result)
{
    qn_four_point *made;
    QN_TRY(QN_NEW(&made, 1, "four-point theory"));
    qn_status status = qn_rate_spectrum_create(network, two_point, &made->unit);
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
    const double q =
        f->unit.strength * f->unit.strength * f->unit.mean_slope * f->unit.mean_slope / (1.0 + frequency * frequency);
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
        .four_point_variance = inverse * f->unit.rate_variance * f->unit.rate_variance,
        .field_four_point_variance = field * f->unit.field_variance * f->unit.field_variance,
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
        out[k] = qn_stationary_at(&f->unit.rate, first_lag[k]) * qn_stationary_at(&f->unit.rate, second_lag[k]);
    qn_status status = QN_OK;
    for (size_t k = 0; status == QN_OK && k < count; k += QN_LAG_PAIRS)
        status = add_lags(f, inverse_effective_rank, &p, count - k < QN_LAG_PAIRS ? count - k : QN_LAG_PAIRS,
                          first_lag + k, second_lag + k, out + k);
    plane_clear(&p);
    return status;
}
