// Equation (E11). All responses have the same form, S_k = w_k <phi'>_k / (1 + i omega), so that the vertex function is
//     y = g^2 <u^2 S_k S_k> / (1 - g^2 <S_k S_k>) = b / [(1 + i omega1)(1 + i omega2) - q],
// with b = g^2 <u^2 (w <phi'>)^2> and q = g^2 <(w <phi'>)^2>.
#include "theory/class_four_point.h"

#include "base/fail.h"
#include "base/memory.h"
#include "theory/frequency_grid.h"

#include <math.h>

// As for one class: without noise spectra fall off exponentially, with noise as omega^-2.
static const double last_smooth = 12.0, last_noisy = 1000.0, trusted = 30.0;

typedef struct {
    double plain;         // sum p C_k(1) C_k(2)
    double analysed;      // sum p u_k^2 C_k(1) C_k(2)
    double first, second; // sum p C_k(1), sum p C_k(2)
} averages;

typedef struct {
    double real, size; // Re y, |y|^2
} vertex;

static averages average(const qn_unit_classes *units, const double *square, const double *first, const double *second)
{
    averages sum = {0};
    for (size_t k = 0; k < units->classes; ++k) {
        const double one = units->weights[k] * first[k];
        sum.plain += one * second[k];
        sum.analysed += square[k] * one * second[k];
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

// Spectra of all classes, those of one frequency side by side.
static qn_status spectra_on(const qn_class_motion *motion, const qn_frequency_grid *grid, double **spectra)
{
    double *one, *all;
    QN_TRY(QN_NEW(&one, grid->count, "spectrum"));
    const qn_status status = QN_NEW(&all, grid->count * motion->classes, "spectra of unit classes");
    if (status == QN_OK) {
        for (size_t k = 0; k < motion->classes; ++k) {
            qn_frequency_grid_transform(grid, &motion->rate[k], motion->cusp[k], trusted, one);
            for (size_t i = 0; i < grid->count; ++i) all[i * motion->classes + k] = one[i];
        }
        *spectra = all;
    }
    qn_release(one);
    return status;
}

// int psi_u over the plane: even under (omega1, omega2) -> -(omega1, omega2), and in exchanging the two.
static qn_class_pair sum_plane(const qn_unit_classes *units, const qn_class_motion *motion,
                               const qn_frequency_grid *grid, const double *spectra, const double *square)
{
    const double b = loop(units, motion->slope, square), q = loop(units, motion->slope, NULL);
    qn_class_pair total = {0};
    for (size_t i = 0; i < grid->count; ++i) {
        qn_class_pair row = {0};
        for (size_t j = 0; j <= i; ++j) {
            const averages c = average(units, square, spectra + i * units->classes, spectra + j * units->classes);
            const double weight = (j < i ? 2.0 : 1.0) * grid->weight[j];
            for (int sign = -1; sign <= 1; sign += 2) {
                const qn_class_pair here = pair(&c, vertex_at(b, q, grid->frequency[i], sign * grid->frequency[j]));
                row.independent += weight * here.independent;
                row.ranked += weight * here.ranked;
            }
        }
        total.independent += 2.0 * grid->weight[i] * row.independent;
        total.ranked += 2.0 * grid->weight[i] * row.ranked;
    }
    return total;
}

// <u^4 C_k C_k> is exact at zero lag; only psi, which decays faster, is summed.
static qn_class_dimension dimension(const qn_unit_classes *units, const qn_class_motion *motion,
                                    const qn_frequency_grid *grid, const double *spectra, const double *square)
{
    const qn_class_pair psi = sum_plane(units, motion, grid, spectra, square);
    double mean = 0.0, diagonal = 0.0;
    for (size_t k = 0; k < units->classes; ++k) {
        const double variance = square[k] * motion->rate_variance[k];
        mean += units->weights[k] * variance;
        diagonal += units->weights[k] * variance * variance;
    }
    const double size = mean * mean;
    return (qn_class_dimension){
        .intercept = (diagonal + psi.independent) / size, .slope = psi.ranked / size, .size = size};
}

qn_status qn_class_four_point(const qn_unit_classes *units, const qn_class_motion *motion, qn_class_dimension *raw,
                              qn_class_dimension *zscored)
{
    qn_frequency_grid grid;
    double *square, *spectra = NULL;
    QN_TRY(qn_frequency_grid_create(motion->decay_rate, units->noise > 0.0 ? last_noisy : last_smooth, 0.0, &grid));
    qn_status status = QN_NEW(&square, units->classes, "analysis weights");
    if (status == QN_OK) {
        status = spectra_on(motion, &grid, &spectra);
        if (status == QN_OK) {
            for (size_t k = 0; k < units->classes; ++k) square[k] = 1.0;
            *raw = dimension(units, motion, &grid, spectra, square);
            for (size_t k = 0; k < units->classes; ++k) square[k] = 1.0 / motion->rate_variance[k];
            *zscored = dimension(units, motion, &grid, spectra, square);
            qn_release(spectra);
        }
        qn_release(square);
    }
    qn_frequency_grid_clear(&grid);
    return status;
}
