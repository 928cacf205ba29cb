#include "network/coupling_modes.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "network/mode_spectrum.h"
#include "numerics/linear_algebra.h"

#include <cblas.h>
#include <math.h>
#include <quenched/random.h>
#include <stdlib.h>

enum { BLOCK_ROWS = 64 };

static bool has_modes(qn_coupling_kind kind)
{
    return kind == QN_COUPLING_RANDOM_MODE || kind == QN_COUPLING_ORTHOGONAL_MODE || kind == QN_COUPLING_OVERLAPPING;
}

bool qn_coupling_is_formed(qn_coupling_kind kind)
{
    return has_modes(kind) || kind == QN_COUPLING_ELLIPTIC || kind == QN_COUPLING_LOW_RANK;
}

static qn_status check_correlation(const char *name, double value)
{
    QN_REQUIRE(fabs(value) <= 1.0, QN_BAD_VALUE, "network.coupling.%s is %g; allowed: -1 to 1", name, value);
    return QN_OK;
}

qn_status qn_coupling_check_formed(const qn_coupling *coupling, size_t size)
{
    QN_REQUIRE(coupling->strength > 0.0 && isfinite(coupling->strength), QN_BAD_VALUE,
               "network.coupling.strength is %g; allowed: finite, greater than 0", coupling->strength);
    QN_REQUIRE(coupling->mean == 0.0, QN_BAD_VALUE, "network.coupling.mean is %g; only iid couplings have a mean",
               coupling->mean);
    if (has_modes(coupling->kind))
        QN_TRY(qn_mode_spectrum_check(&coupling->spectrum, size, coupling->kind == QN_COUPLING_ORTHOGONAL_MODE));
    if (coupling->kind == QN_COUPLING_OVERLAPPING) {
        QN_TRY(check_correlation("overlap", coupling->overlap));
        QN_TRY(check_correlation("overlap_rest", coupling->overlap_rest));
        QN_REQUIRE(coupling->overlap_fraction >= 0.0 && coupling->overlap_fraction <= 1.0, QN_BAD_VALUE,
                   "network.coupling.overlap_fraction is %g; allowed: 0 to 1", coupling->overlap_fraction);
    }
    if (coupling->kind == QN_COUPLING_ELLIPTIC) QN_TRY(check_correlation("symmetry", coupling->symmetry));
    if (coupling->kind == QN_COUPLING_LOW_RANK) {
        QN_REQUIRE(coupling->rank_strength > 0.0 && isfinite(coupling->rank_strength), QN_BAD_VALUE,
                   "network.coupling.rank_strength is %g; allowed: finite, greater than 0", coupling->rank_strength);
        QN_REQUIRE(coupling->rank <= size, QN_BAD_VALUE, "network.coupling.rank is %zu; allowed: at most %zu",
                   coupling->rank, size);
    }
    return QN_OK;
}

// Modes that overlap are spread evenly, so that overlap and strength are independent.
static double overlap_of(const qn_coupling *coupling, size_t mode)
{
    if (coupling->kind != QN_COUPLING_OVERLAPPING) return 0.0;
    const double fraction = coupling->overlap_fraction == 0.0 ? 1.0 : coupling->overlap_fraction;
    const bool chosen = ceil(fraction * (double)(mode + 1)) > ceil(fraction * (double)mode);
    return chosen ? coupling->overlap : coupling->overlap_rest;
}

qn_status qn_coupling_modes(const qn_coupling *coupling, size_t size, size_t *modes, double **strengths,
                            double **overlaps)
{
    QN_REQUIRE(has_modes(coupling->kind), QN_BAD_VALUE, "network.coupling.kind has no modes");
    QN_TRY(qn_coupling_check(coupling, size));
    size_t count;
    double *d;
    QN_TRY(
        qn_mode_spectrum_values(&coupling->spectrum, size, coupling->kind == QN_COUPLING_ORTHOGONAL_MODE, &count, &d));
    double *rho = malloc(count * sizeof *rho), squares = 0.0;
    if (!rho) {
        free(d);
        return qn_fail(QN_NO_MEMORY, "no memory for %zu modes", count);
    }
    for (size_t a = 0; a < count; ++a) squares += d[a] * d[a];
    const double scale = coupling->strength * sqrt((double)size / squares);
    for (size_t a = 0; a < count; ++a) d[a] *= scale, rho[a] = overlap_of(coupling, a);
    *modes = count;
    *strengths = d;
    *overlaps = rho;
    return QN_OK;
}

// `first` N(0, 1/N) entries of the stream on; mode after mode.
static void draw_modes(const qn_stream *stream, uint64_t first, size_t size, size_t modes, double *mode)
{
    const double scale = 1.0 / sqrt((double)size);
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(1 + modes / 16))
    for (size_t a = 0; a < modes; ++a) {
        qn_normal(stream, first + (uint64_t)a * size, size, mode + a * size);
        for (size_t i = 0; i < size; ++i) mode[a * size + i] *= scale;
    }
}

static void overlap(size_t size, size_t modes, const double *rho, const double *left, double *right)
{
    for (size_t a = 0; a < modes; ++a) {
        if (rho[a] == 0.0) continue;
        const double rest = sqrt(1.0 - rho[a] * rho[a]);
        for (size_t i = 0; i < size; ++i)
            right[a * size + i] = rho[a] * left[a * size + i] + rest * right[a * size + i];
    }
}

static qn_status fill_factors(const qn_coupling *coupling, const qn_stream *stream, const double *d, const double *rho,
                              qn_coupling_factors *made)
{
    const size_t size = made->size, modes = made->modes;
    QN_TRY(QN_NEW(&made->left, modes * size, "modes of the couplings"));
    QN_TRY(QN_NEW(&made->right, modes * size, "modes of the couplings"));
    draw_modes(stream, 0, size, modes, made->left);
    draw_modes(stream, (uint64_t)modes * size, size, modes, made->right);
    overlap(size, modes, rho, made->left, made->right);
    if (coupling->kind == QN_COUPLING_ORTHOGONAL_MODE) {
        QN_TRY(qn_orthonormalise(size, modes, made->left));
        QN_TRY(qn_orthonormalise(size, modes, made->right));
    }
    for (size_t a = 0; a < modes; ++a)
        for (size_t i = 0; i < size; ++i) made->left[a * size + i] *= d[a];
    return QN_OK;
}

qn_status qn_coupling_factors_draw(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                   qn_coupling_factors *result)
{
    const qn_stream stream = {seed, QN_PURPOSE_COUPLING, realisation};
    qn_coupling_factors made = {.size = size};
    double *d, *rho;
    QN_TRY(qn_coupling_modes(coupling, size, &made.modes, &d, &rho));
    const qn_status status = fill_factors(coupling, &stream, d, rho, &made);
    free(d);
    free(rho);
    if (status != QN_OK) {
        qn_coupling_factors_clear(&made);
        return status;
    }
    *result = made;
    return QN_OK;
}

void qn_coupling_factors_clear(qn_coupling_factors *factors)
{
    qn_release(factors->left);
    qn_release(factors->right);
    *factors = (qn_coupling_factors){0};
}

// In blocks of rows that do not depend on the number of threads.
static void multiply(const qn_coupling_factors *factors, double *values)
{
    const size_t size = factors->size, modes = factors->modes, blocks = (size + BLOCK_ROWS - 1) / BLOCK_ROWS;
    qn_blas_single_thread();
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(blocks))
    for (size_t b = 0; b < blocks; ++b) {
        const size_t row = b * BLOCK_ROWS, rows = size - row < BLOCK_ROWS ? size - row : BLOCK_ROWS;
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows, (int)size, (int)modes, 1.0, factors->left + row,
                    (int)size, factors->right, (int)size, 0.0, values + row * size, (int)size);
    }
}

// J = (g / sqrt N)(a A + b A^T) with A iid: a^2 + b^2 = 1, 2 a b = symmetry.
static void correlate(double symmetry, size_t size, double *values)
{
    const double a = sqrt(0.5 * (1.0 + sqrt(1.0 - symmetry * symmetry))), b = symmetry / (2.0 * a);
    for (size_t i = 0; i < size; ++i) {
        values[i * size + i] *= a + b;
        for (size_t j = 0; j < i; ++j) {
            const double low = values[i * size + j], high = values[j * size + i];
            values[i * size + j] = a * low + b * high;
            values[j * size + i] = a * high + b * low;
        }
    }
}

static qn_status add_outliers(const qn_coupling *coupling, size_t size, const qn_stream *stream, double *values)
{
    double *m;
    QN_TRY(QN_NEW(&m, 2 * size, "outlier modes"));
    const size_t rank = coupling->rank == 0 ? 1 : coupling->rank;
    for (size_t k = 0; k < rank; ++k) {
        qn_normal(stream, (uint64_t)size * size + 2 * (uint64_t)k * size, 2 * size, m);
        const double *n = m + size;
        for (size_t i = 0; i < size; ++i)
            for (size_t j = 0; j < size; ++j)
                values[i * size + j] += coupling->rank_strength / (double)size * m[i] * n[j];
    }
    qn_release(m);
    return QN_OK;
}

static double modes_drawn(const qn_coupling *coupling, size_t size)
{
    size_t modes;
    double *d, *rho;
    if (!has_modes(coupling->kind) || qn_coupling_modes(coupling, size, &modes, &d, &rho) != QN_OK) return 0.0;
    free(d);
    free(rho);
    return (double)modes;
}

size_t qn_coupling_thin_modes(const qn_coupling *coupling, size_t size)
{
    const size_t modes = (size_t)modes_drawn(coupling, size);
    return 2 * modes < size ? modes : 0;
}

void qn_coupling_form_plan(const qn_coupling *coupling, size_t size, qn_memory_plan *plan)
{
    if (!qn_coupling_is_formed(coupling->kind)) return;
    const double n = (double)size;
    qn_memory_plan_add(plan, "couplings being formed", n * n + 2.0 * n * modes_drawn(coupling, size), sizeof(double));
}

qn_status qn_coupling_form(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                           double *values)
{
    const qn_stream stream = {seed, QN_PURPOSE_COUPLING, realisation};
    if (has_modes(coupling->kind)) {
        qn_coupling_factors factors;
        QN_TRY(qn_coupling_factors_draw(coupling, size, seed, realisation, &factors));
        multiply(&factors, values);
        qn_coupling_factors_clear(&factors);
        return QN_OK;
    }
    const double scale = coupling->strength / sqrt((double)size);
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(1 + size / 64))
    for (size_t i = 0; i < size; ++i) {
        qn_normal(&stream, (uint64_t)i * size, size, values + i * size);
        for (size_t j = 0; j < size; ++j) values[i * size + j] *= scale;
    }
    if (coupling->kind == QN_COUPLING_LOW_RANK) return add_outliers(coupling, size, &stream, values);
    correlate(coupling->symmetry, size, values);
    return QN_OK;
}
