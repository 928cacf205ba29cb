#include <quenched/four_point.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/rate_spectrum.h"

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
    const double g2 = f->unit.strength * f->unit.strength, q = g2 * f->unit.mean_slope * f->unit.mean_slope;
    const double damping = 1.0 / ((1.0 + first * first) * (1.0 + second * second));
    const vertex v = vertex_at(q, first, second);
    const double rates = weight * c1 * c2, noise = 2.0 * f->unit.noise * f->unit.noise;
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
    QN_TRY(qn_frequency_grid_create(f->unit.decay_rate, f->unit.last_frequency, lag, grid));
    const qn_status status = QN_NEW(spectrum, grid->count, "spectrum");
    if (status != QN_OK) {
        qn_frequency_grid_clear(grid);
        return status;
    }
    qn_rate_spectrum_at(&f->unit, grid, *spectrum);
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
    const double rate = f->unit.rate_variance * f->unit.rate_variance,
                 field = f->unit.field_variance * f->unit.field_variance;
    f->intercept = 1.0 + s.independent / rate;
    f->slope = s.ranked / rate;
    f->field_intercept = 1.0 + s.field_independent / field;
    f->field_slope = s.field_ranked / field;
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
            out[k] = qn_stationary_at(&f->unit.rate, first_lag[k]) * qn_stationary_at(&f->unit.rate, second_lag[k]);
        for (size_t row = 0; row < grid.count; ++row)
            add_row(f, inverse_effective_rank, &grid, spectrum, row, count, first_lag, second_lag, psi, out);
        qn_release(psi);
    }
    qn_release(spectrum);
    qn_frequency_grid_clear(&grid);
    return status;
}
