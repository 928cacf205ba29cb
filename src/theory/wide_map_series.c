// Activations without closed form: a row of <phi phi> by the series of its layers, or by quadrature.
#include "base/fail.h"
#include "theory/wide_map.h"

#include <math.h>
#include <quenched/gaussian_average.h>

enum { MOST = 20 };

// Parts of tile->work.
static double *means_of(const qn_wide_tile *tile) { return tile->work; }
static double *correlations_of(const qn_wide_tile *tile) { return tile->work + QN_WIDE_TILE; }
static double *same_of(const qn_wide_tile *tile) { return tile->work + 2 * QN_WIDE_TILE; }
static double *basis_of(const qn_wide_tile *tile) { return tile->work + 3 * QN_WIDE_TILE; }
static double *scratch_of(const qn_wide_tile *tile) { return basis_of(tile) + MOST * QN_WIDE_TILE; }

static const qn_wide_interpolant *series_at(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b,
                                            bool slope)
{
    const qn_wide_map_series *maps = &pass->maps[tile->first_map + (a < b ? a : b)];
    return slope ? &maps->slope : &maps->value;
}

static const double *column_variances(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t b)
{
    return pass->columns->variance + b * pass->columns->count + tile->column;
}

void qn_wide_map_prepare(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, bool slope)
{
    if (!pass->maps) return;
    const qn_wide_interpolant *series = series_at(pass, tile, a, b, slope);
    const double *column = column_variances(pass, tile, b);
    double *basis = basis_of(tile), one[MOST];
    for (size_t j = 0; j < tile->columns; ++j) {
        qn_wide_interpolant_basis(series, 1, column[j], one);
        for (size_t m = 0; m < series->count[1]; ++m) basis[m * tile->columns + j] = one[m];
    }
}

static qn_status one_mean(const qn_wide_pass *pass, double a, double c, double b, bool slope, double *mean)
{
    const qn_transfer *phi = &pass->network->activation;
    return slope ? qn_wide_slope_by_quadrature(phi, a, c, b, mean) : qn_gaussian_product(phi, 1, &a, &b, &c, mean);
}

static qn_status means_by_quadrature(const qn_wide_pass *pass, const qn_wide_tile *tile, double variance,
                                     const double *column, const double *c, bool slope, double *mean)
{
    double *clipped = correlations_of(tile), *same = same_of(tile);
    for (size_t j = 0; j < tile->columns; ++j) {
        const double bound = sqrt(variance) * sqrt(column[j]);
        clipped[j] = fmax(-bound, fmin(bound, c[j]));
        same[j] = variance;
    }
    if (!slope) return qn_gaussian_product(&pass->network->activation, tile->columns, same, column, clipped, mean);
    for (size_t j = 0; j < tile->columns; ++j) QN_TRY(one_mean(pass, variance, clipped[j], column[j], slope, &mean[j]));
    return QN_OK;
}

static qn_status means_by_series(const qn_wide_pass *pass, const qn_wide_tile *tile, const qn_wide_interpolant *series,
                                 double variance, const double *column, const double *c, bool slope, double *mean)
{
    double *rho = correlations_of(tile), basis[MOST];
    for (size_t j = 0; j < tile->columns; ++j) {
        const double scale = sqrt(variance) * sqrt(column[j]);
        rho[j] = scale > 0.0 ? fmax(-1.0, fmin(1.0, c[j] / scale)) : 0.0;
    }
    qn_wide_interpolant_basis(series, 0, variance, basis);
    qn_wide_interpolant_row(series, basis, tile->columns, basis_of(tile), rho, scratch_of(tile), mean);
    for (size_t j = 0; j < tile->columns; ++j) // silent inputs are outside the range of the series
        if (variance == 0.0 || column[j] == 0.0) QN_TRY(one_mean(pass, variance, 0.0, column[j], slope, &mean[j]));
    return QN_OK;
}

qn_status qn_wide_map_means(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, size_t i,
                            bool slope, const double **mean)
{
    const double variance = pass->rows->variance[a * pass->rows->count + tile->row + i];
    const double *column = column_variances(pass, tile, b), *c = tile->c + i * tile->columns;
    *mean = means_of(tile);
    if (!pass->maps) return means_by_quadrature(pass, tile, variance, column, c, slope, means_of(tile));
    return means_by_series(pass, tile, series_at(pass, tile, a, b, slope), variance, column, c, slope, means_of(tile));
}
