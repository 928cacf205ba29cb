// Equation (E11). All responses have the same form, S_k = w_k <phi'>_k / (1 + i omega), so that the vertex function is
//     y = g^2 <u^2 S_k S_k> / (1 - g^2 <S_k S_k>) = b / [(1 + i omega1)(1 + i omega2) - q],
// with b = g^2 <u^2 (w <phi'>)^2> and q = g^2 <(w <phi'>)^2>.
#include "theory/class_four_point.h"

#include "base/fail.h"
#include "base/memory.h"
#include "theory/lag_cosines.h"
#include "theory/ridge.h"

#include <math.h>

// As for one class: without noise spectra fall off exponentially, with noise as omega^-2.
static const double last_smooth = 12.0, last_noisy = 1000.0, trusted = 30.0;

typedef struct {
    double plain;         // sum p C_k(1) C_k(2)
    double analysed;      // sum p u_k^2 C_k(1) C_k(2), if there are u
    double first, second; // sum p C_k(1), sum p C_k(2)
} averages;

typedef struct {
    double real, size; // Re y, |y|^2; over a panel of the plane, their integral's weights
} vertex;

static averages average(const qn_unit_classes *units, const double *square, const double *first, const double *second)
{
    averages sum = {0};
    for (size_t k = 0; k < units->classes; ++k) {
        const double one = units->weights[k] * first[k];
        sum.plain += one * second[k];
        if (square) sum.analysed += square[k] * one * second[k];
        sum.first += one;
        sum.second += units->weights[k] * second[k];
    }
    return sum;
}

// g^2 sum p u^2 (w <phi'>)^2; `square` NULL: u = 1.
static double loop(const qn_unit_classes *units, const double *slope, const double *square)
{
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k)
        sum += units->weights[k] * slope[k] * slope[k] * (square ? square[k] : 1.0);
    return units->strength * units->strength * sum;
}

static vertex vertex_at(double b, double q, double first, double second)
{
    const double real = 1.0 - first * second - q, imaginary = first + second;
    const double below = real * real + imaginary * imaginary;
    return (vertex){.real = b * real / below, .size = b * b / below};
}

// |u^2 + y|^2 = u^4 + 2 u^2 Re y + |y|^2; kappa4 / g^4 = 1/PR^D.
static qn_class_pair pair(const averages *c, vertex y)
{
    return (qn_class_pair){.independent = 2.0 * y.real * c->analysed + y.size * c->plain,
                           .ranked = y.size * c->first * c->second};
}

qn_class_pair qn_class_four_point_pair(const qn_unit_classes *units, const double *slope, const double *square,
                                       double first_frequency, double second_frequency, const double *first,
                                       const double *second)
{
    const averages c = average(units, square, first, second);
    return pair(&c, vertex_at(loop(units, slope, square), loop(units, slope, NULL), first_frequency, second_frequency));
}

// <(phi')^2 C^h_k(1) C^h_k(2)>: the response to all input, the gain being in it already.
static double driven(const qn_unit_classes *units, const double *slope, const averages *c)
{
    const double g2 = units->strength * units->strength, noise = 2.0 * units->noise * units->noise;
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k) {
        const double heard = g2 * units->gains[k] * units->gains[k], response = slope[k] / units->gains[k];
        sum += units->weights[k] * response * response * (heard * c->first + noise) * (heard * c->second + noise);
    }
    return sum;
}

static double mean_square_gain(const qn_unit_classes *units)
{
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k) sum += units->weights[k] * units->gains[k] * units->gains[k];
    return sum;
}

// Y S S = g^2 <w^2> slope^2 / D, and |Y|^2 damping is that factor's square: y is g^2 <w^2> / D here.
static qn_class_pair field_pair(const qn_unit_classes *units, const double *slope, double damping, const averages *c,
                                vertex y)
{
    return (qn_class_pair){.independent = 2.0 * damping * y.real * driven(units, slope, c) + y.size * c->plain,
                           .ranked = y.size * c->first * c->second};
}

static double damping(double frequency) { return 1.0 / (1.0 + frequency * frequency); }

static double field_loop(const qn_unit_classes *units)
{
    return units->strength * units->strength * mean_square_gain(units);
}

qn_class_pair qn_class_field_pair(const qn_unit_classes *units, const double *slope, double first_frequency,
                                  double second_frequency, const double *first, const double *second)
{
    const averages c = average(units, NULL, first, second);
    const vertex y = vertex_at(field_loop(units), loop(units, slope, NULL), first_frequency, second_frequency);
    return field_pair(units, slope, damping(first_frequency) * damping(second_frequency), &c, y);
}

// Spectra of what all classes send, those of one frequency side by side.
static qn_status spectra_on(const qn_unit_classes *units, const qn_class_motion *motion, const qn_frequency_grid *grid,
                            double **spectra)
{
    double *one, *all;
    QN_TRY(QN_NEW(&one, grid->count, "spectrum"));
    const qn_status status = QN_NEW(&all, grid->count * motion->classes, "spectra of unit classes");
    if (status == QN_OK) {
        for (size_t k = 0; k < motion->classes; ++k) {
            qn_frequency_grid_transform(grid, &motion->rate[k], motion->cusp[k], trusted, one);
            const double sent = qn_class_output_square(units, k);
            for (size_t i = 0; i < grid->count; ++i) all[i * motion->classes + k] = sent * one[i];
        }
        *spectra = all;
    }
    qn_release(one);
    return status;
}

// What is summed, and on what frequencies.
typedef struct {
    const qn_unit_classes *units;
    const qn_class_motion *motion;
    qn_frequency_grid grid;
    qn_ridge ridge;
    double *spectra;
    double *slope;  // responses of what is sent
    double *square; // scratch: analysis weights of what is sent
} plane;

// Responses of what classes send, and weights by which their rates are analysed.
static qn_status sent_quantities(const qn_unit_classes *units, const qn_class_motion *motion, double **slope,
                                 double **square)
{
    QN_TRY(QN_NEW(slope, 2 * units->classes, "responses of unit classes"));
    *square = *slope + units->classes;
    for (size_t k = 0; k < units->classes; ++k) {
        const double sent = qn_class_output_square(units, k);
        (*slope)[k] = sqrt(sent) * motion->slope[k];
        (*square)[k] = 1.0 / sent;
    }
    return QN_OK;
}

static void plane_clear(plane *p)
{
    qn_release(p->spectra);
    qn_release(p->slope);
    qn_ridge_clear(&p->ridge);
    qn_frequency_grid_clear(&p->grid);
}

static qn_status plane_create(const qn_unit_classes *units, const qn_class_motion *motion, double lag, plane *made)
{
    plane p = {.units = units, .motion = motion};
    const double last = units->noise > 0.0 ? last_noisy : last_smooth;
    QN_TRY(qn_frequency_grid_create(motion->decay_rate, last, lag, &p.grid));
    qn_status status = spectra_on(units, motion, &p.grid, &p.spectra);
    if (status == QN_OK) status = qn_ridge_create(&p.grid, &p.ridge);
    if (status == QN_OK) status = sent_quantities(units, motion, &p.slope, &p.square);
    if (status != QN_OK) {
        plane_clear(&p);
        return status;
    }
    qn_frequency_grid_trim(&p.grid, motion->classes, p.spectra);
    *made = p;
    return QN_OK;
}

// 1 - q, from the classes themselves: where they are nodes of a distribution, the decay rate is only nearly theirs.
static double gap_of(const plane *p) { return 1.0 - loop(p->units, p->slope, NULL); }

// int psi_u over the plane: even under (omega1, omega2) -> -(omega1, omega2). `square` NULL: of the fields.
static qn_class_pair sum_plane(plane *p, const double *square)
{
    const double b = square ? loop(p->units, p->slope, square) : field_loop(p->units), gap = gap_of(p);
    qn_class_pair total = {0};
    for (size_t i = 0; i < p->grid.count; ++i) {
        const double *first = p->spectra + i * p->units->classes, one = damping(p->grid.frequency[i]);
        qn_class_pair row = {0};
        qn_ridge_at(&p->grid, gap, p->grid.frequency[i], &p->ridge);
        for (size_t j = 0; j < p->grid.count; ++j) {
            const averages c = average(p->units, square, first, p->spectra + j * p->units->classes);
            const vertex y = {.real = b * (p->ridge.real[0][j] + p->ridge.real[1][j]),
                              .size = b * b * (p->ridge.square[0][j] + p->ridge.square[1][j])};
            const qn_class_pair here =
                square ? pair(&c, y) : field_pair(p->units, p->slope, one * damping(p->grid.frequency[j]), &c, y);
            row.independent += here.independent;
            row.ranked += here.ranked;
        }
        total.independent += 2.0 * p->grid.weight[i] * row.independent;
        total.ranked += 2.0 * p->grid.weight[i] * row.ranked;
    }
    return total;
}

// <u^4 C_k C_k> is exact at zero lag; only psi, which decays faster, is summed. `weight` u_k^2; NULL: 1.
static qn_class_dimension dimension(const plane *p, const double *variance, const double *weight, qn_class_pair psi)
{
    double mean = 0.0, diagonal = 0.0;
    for (size_t k = 0; k < p->units->classes; ++k) {
        const double own = (weight ? weight[k] : 1.0) * variance[k];
        mean += p->units->weights[k] * own;
        diagonal += p->units->weights[k] * own * own;
    }
    const double size = mean * mean;
    return (qn_class_dimension){
        .intercept = (diagonal + psi.independent) / size, .slope = psi.ranked / size, .size = size};
}

qn_status qn_class_four_point(const qn_unit_classes *units, const qn_class_motion *motion, qn_class_dimensions *result)
{
    plane p;
    double *weight;
    QN_TRY(plane_create(units, motion, 0.0, &p));
    const qn_status status = QN_NEW(&weight, units->classes, "analysis weights");
    if (status == QN_OK) {
        result->raw = dimension(&p, motion->rate_variance, NULL, sum_plane(&p, p.square));
        result->field = dimension(&p, motion->field_variance, NULL, sum_plane(&p, NULL));
        // A unit that a static field holds far below threshold is silent to the last bit: it has no correlations.
        for (size_t k = 0; k < units->classes; ++k) {
            weight[k] = motion->rate_variance[k] > 1e-200 ? 1.0 / motion->rate_variance[k] : 0.0;
            p.square[k] *= weight[k];
        }
        result->zscored = dimension(&p, motion->rate_variance, weight, sum_plane(&p, p.square));
        qn_release(weight);
    }
    plane_clear(&p);
    return status;
}

// psi of one row of the plane, in place of the ridge's weights (real).
static void psi_of_row(plane *p, double inverse_effective_rank, size_t row)
{
    const double b = loop(p->units, p->slope, p->square);
    const double *first = p->spectra + row * p->units->classes;
    qn_ridge_at(&p->grid, gap_of(p), p->grid.frequency[row], &p->ridge);
    for (size_t j = 0; j < p->grid.count; ++j) {
        const averages c = average(p->units, p->square, first, p->spectra + j * p->units->classes);
        for (int side = 0; side < 2; ++side) {
            const vertex y = {.real = b * p->ridge.real[side][j], .size = b * b * p->ridge.square[side][j]};
            const qn_class_pair here = pair(&c, y);
            p->ridge.real[side][j] =
                2.0 * p->grid.weight[row] * (here.independent + inverse_effective_rank * here.ranked);
        }
    }
}

static qn_status add_lags(plane *p, double inverse_effective_rank, size_t count, const double *first,
                          const double *second, double *out)
{
    qn_lag_cosines cosines;
    QN_TRY(qn_lag_cosines_create(&p->grid, count, first, second, &cosines));
    for (size_t row = 0; row < p->grid.count; ++row) {
        psi_of_row(p, inverse_effective_rank, row);
        qn_lag_cosines_add(&cosines, row, p->ridge.real[0], p->ridge.real[1], out);
    }
    qn_lag_cosines_clear(&cosines);
    return QN_OK;
}

static void diagonal_at_lags(const plane *p, size_t count, const double *first, const double *second, double *out)
{
    for (size_t n = 0; n < count; ++n) {
        out[n] = 0.0;
        for (size_t k = 0; k < p->units->classes; ++k)
            out[n] += p->units->weights[k] * qn_stationary_at(&p->motion->rate[k], first[n]) *
                      qn_stationary_at(&p->motion->rate[k], second[n]);
    }
}

qn_status qn_class_four_point_at_lags(const qn_unit_classes *units, const qn_class_motion *motion,
                                      double inverse_effective_rank, size_t count, const double *first_lag,
                                      const double *second_lag, double *out)
{
    double longest = 0.0;
    for (size_t n = 0; n < count; ++n) longest = fmax(longest, fmax(fabs(first_lag[n]), fabs(second_lag[n])));
    plane p;
    QN_TRY(plane_create(units, motion, longest, &p));
    diagonal_at_lags(&p, count, first_lag, second_lag, out);
    qn_status status = QN_OK;
    for (size_t n = 0; status == QN_OK && n < count; n += QN_LAG_PAIRS)
        status = add_lags(&p, inverse_effective_rank, count - n < QN_LAG_PAIRS ? count - n : QN_LAG_PAIRS,
                          first_lag + n, second_lag + n, out + n);
    plane_clear(&p);
    return status;
}

// Below this, in units of the variance, a spectrum is the rounding of its transform.
static const double SMALLEST_POWER = 1e-10;

static double mean_variance(const qn_unit_classes *units, const qn_class_motion *motion)
{
    double sum = 0.0;
    for (size_t k = 0; k < units->classes; ++k) sum += units->weights[k] * motion->rate_variance[k];
    return sum;
}

// C_k, C_k^2 of the rates themselves, averaged: the outputs undone.
static averages of_rates(const qn_unit_classes *units, const double *spectra)
{
    averages sum = {0};
    for (size_t k = 0; k < units->classes; ++k) {
        const double power = spectra[k] / qn_class_output_square(units, k);
        sum.first += units->weights[k] * power;
        sum.plain += units->weights[k] * power * power;
    }
    return sum;
}

// The spectra at the frequencies asked for, by the same transform as on the grid of sums.
qn_status qn_class_frequency_dimension(const qn_unit_classes *units, const qn_class_motion *motion,
                                       double inverse_effective_rank, size_t count, const double *frequency,
                                       double *out)
{
    const qn_frequency_grid asked = {.count = count, .frequency = (double *)frequency};
    double *spectra, *slope, *square;
    QN_TRY(spectra_on(units, motion, &asked, &spectra));
    const qn_status status = sent_quantities(units, motion, &slope, &square);
    for (size_t i = 0; status == QN_OK && i < count; ++i) {
        const double *at = spectra + i * units->classes;
        const averages c = of_rates(units, at);
        const qn_class_pair psi = qn_class_four_point_pair(units, slope, square, frequency[i], -frequency[i], at, at);
        const double theta = c.plain + psi.independent + inverse_effective_rank * psi.ranked;
        out[i] = c.first > SMALLEST_POWER * mean_variance(units, motion) ? c.first * c.first / theta : NAN;
    }
    if (status == QN_OK) qn_release(slope);
    qn_release(spectra);
    return status;
}
